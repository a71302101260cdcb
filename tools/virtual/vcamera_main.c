/* vcamera: a virtual tethered camera on PTP/IP. See tools/virtual/camera/README.md. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/camera/ptpip.h"

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: vcamera [--body NAME] [--model TEXT] [--serial TEXT] [--port N] [--control PATH]\n"
		"               [--portraits DIR] [--live DIR]\n"
		"  --body NAME      nikon (default), canon, ptp, phone\n"
		"  --model TEXT     model name it shows\n"
		"  --serial TEXT    serial number it shows\n"
		"  --port N         TCP port on 127.0.0.1; 0 (default) takes a free one\n"
		"  --control PATH   UNIX socket for commands, one a line\n"
		"  --portraits DIR  JPEG files the shots are taken from, in order\n"
		"  --live DIR       JPEG files for live view; default: the next picture, scaled\n"
		"Prints READY port=N. Connect with ptpip:127.0.0.1:N:N\n");
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "control", required_argument, NULL, 'c' },
		{ "portraits", required_argument, NULL, 'd' },
		{ "live", required_argument, NULL, 'l' },
		{ "body", required_argument, NULL, 'b' },
		{ "model", required_argument, NULL, 'm' },
		{ "serial", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct vcam_options o = { 0 };
	const char *control = NULL;
	struct vcam *v;
	int c, rc, port = 0;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'c':
			control = optarg;
			break;
		case 'd':
			o.portraits = optarg;
			break;
		case 'l':
			o.live = optarg;
			break;
		case 'b':
			o.body = optarg;
			break;
		case 'm':
			o.model = optarg;
			break;
		case 's':
			o.serial = optarg;
			break;
		case 'h':
			return usage(0);
		default:
			return usage(64);
		}
	}
	v = vcam_new(&o);
	if (!v)
		return usage(64);
	rc = ptpip_serve(v, port, control, 1);
	vcam_free(v);
	if (rc)
		fprintf(stderr, "vcamera: %s\n", strerror(rc < 0 ? -rc : rc));
	return rc ? 2 : 0;
}
