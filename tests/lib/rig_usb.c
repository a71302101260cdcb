/* The virtual USB of a rig. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/rig.h"

bool rig_usb_kind(const struct rig *r, const char *prefix)
{
	for (int i = 0; i < RIG_USB_MAX && r->usb_devices[i]; i++)
		if (!strncmp(r->usb_devices[i], prefix, strlen(prefix)))
			return true;
	return false;
}

static void connect_all(struct rig *r)
{
	char control[320];

	for (int i = 0; i < RIG_USB_MAX && r->usb_devices[i]; i++) {
		snprintf(control, sizeof(control), "%s/usb%d.ctl", r->dir, i);
		r->usb_sock[i] = rig_connect(control);
		if (r->reader_sock < 0 && !strncmp(r->usb_devices[i], "reader-", 7))
			r->reader_sock = dup(r->usb_sock[i]);
		if (r->camera_sock < 0 && !strncmp(r->usb_devices[i], "camera-", 7))
			r->camera_sock = dup(r->usb_sock[i]);
	}
}

void rig_usb_start(struct rig *r)
{
	char exe[300], words[RIG_USB_MAX][1200], flag[] = "--device", line[800];
	char *argv[2 * RIG_USB_MAX + 2] = { exe };
	int n = 1;

	snprintf(exe, sizeof(exe), "%.250s/vusb", r->bin);
	snprintf(r->usb.log, sizeof(r->usb.log), "%s/usb.log", r->dir);
	for (int i = 0; i < RIG_USB_MAX && r->usb_devices[i]; i++) {
		bool pictures = r->portraits[0] && !strncmp(r->usb_devices[i], "camera-", 7);

		snprintf(words[i], sizeof(words[i]), "%s,control=%s/usb%d.ctl%s%s",
			 r->usb_devices[i], r->dir, i, pictures ? ",portraits=" : "",
			 pictures ? r->portraits : "");
		argv[n++] = flag;
		argv[n++] = words[i];
	}
	rig_spawn(&r->usb, argv);
	if (!rig_wait_ready(&r->usb, line, sizeof(line)) ||
	    sscanf(line, "READY bus=%63s preload=%599s", r->usb_root, r->usb_preload) != 2) {
		fprintf(stderr, "rig: virtual USB: see %s\n", r->usb.log);
		abort();
	}
	connect_all(r);
	if (r->portraits[0] && rig_usb_kind(r, "camera-"))
		rig_camera(r, "deck %s/good-1.jpg %s/good-2.jpg %s/good-3.jpg", r->portraits,
			   r->portraits, r->portraits);
}

void rig_usb_stop(struct rig *r)
{
	for (int i = 0; i < RIG_USB_MAX; i++) {
		if (r->usb_sock[i] >= 0)
			close(r->usb_sock[i]);
		r->usb_sock[i] = -1;
	}
	rig_end(&r->usb, SIGTERM);
	r->usb_root[0] = '\0';
}

bool rig_usb(struct rig *r, int device, const char *fmt, ...)
{
	char line[2048], answer[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!rig_ask(r->usb_sock[device], answer, sizeof(answer), "%s", line))
		return false;
	if (strncmp(answer, "ok", 2))
		fprintf(stderr, "rig: device answered: %s\n", answer);
	return !strncmp(answer, "ok", 2);
}
