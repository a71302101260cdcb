/* `tapshot camera list | shoot`: is the camera there, does it shoot? Without a kiosk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/camera.h"
#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"

enum { SHOT_DEADLINE_MS = 10000 };

static const char *const causes[CAMERA_CAUSE_COUNT] = {
	[CAMERA_OK] = "ok",
	[CAMERA_GONE] = "no camera there: switched off, asleep or unplugged",
	[CAMERA_BUSY] = "the camera stays busy",
	[CAMERA_CLAIMED] = "another program holds the camera",
	[CAMERA_NO_FOCUS] = "it could not focus",
	[CAMERA_CARD_FULL] = "its card is full",
	[CAMERA_NO_CARD] = "it has no card",
	[CAMERA_BATTERY] = "its battery is low",
	[CAMERA_SETTINGS] = "it refuses JPEG, full size, sRGB or the card as target",
	[CAMERA_CARD_LOCKED] = "its card is write-protected",
	[CAMERA_RAW_ONLY] = "only a raw file came: set the body to JPEG or RAW+JPEG",
	[CAMERA_NO_PICTURE] = "it was triggered, but no picture came",
	[CAMERA_TRANSFER] = "the picture came damaged",
	[CAMERA_UNSUPPORTED] = "it cannot do that",
	[CAMERA_FAULT] = "it failed",
	[CAMERA_HUNG] = "it hangs",
};

static int complain(enum camera_cause cause)
{
	fprintf(stderr, "tapshot camera: %s\n", causes[cause]);
	return EXIT_CANNOT;
}

static int write_file(void *ctx, const void *data, size_t bytes)
{
	return fwrite(data, 1, bytes, ctx) == bytes ? 0 : -EIO;
}

static int list(const struct camera_ops *ops, void *priv, int json)
{
	enum camera_cause cause;
	struct camera_status s;

	if (ops->status(priv, &s, &cause) < 0)
		return complain(cause);
	if (json)
		printf("{\"model\":\"%s\",\"serial\":\"%s\",\"battery_pct\":%d,\"shots_left\":%d,"
		       "\"cause\":%u}\n",
		       s.model, s.serial, s.battery_pct, s.shots_left, s.cause);
	else
		printf("%s, serial %s, battery %d %%, %d shots left: %s\n", s.model, s.serial,
		       s.battery_pct, s.shots_left, causes[s.cause]);
	return s.cause == CAMERA_OK ? 0 : EXIT_NO;
}

static int shoot(const struct camera_ops *ops, void *priv, const char *path)
{
	struct camera_object o;
	enum camera_cause cause;
	bool triggered;
	SCOPED_FILE FILE *f = fopen(path, "wbxe");
	struct camera_sink sink = { .write = write_file, .ctx = f };

	if (!f) {
		fprintf(stderr, "tapshot camera: cannot make %s: %s\n", path, strerror(errno));
		return EXIT_CANNOT;
	}
	if (ops->shoot(priv, SHOT_DEADLINE_MS, NULL, &o, &triggered, &cause) < 0 ||
	    ops->fetch(priv, &o, &sink, &cause) < 0) {
		unlink(path);
		return complain(cause);
	}
	if (fflush(f) || fsync(fileno(f))) {
		fprintf(stderr, "tapshot camera: cannot write %s: %s\n", path, strerror(errno));
		return EXIT_CANNOT;
	}
	printf("%s: %" PRIu64 " bytes; the camera keeps %s/%s\n", path, o.size_bytes, o.folder,
	       o.name);
	return 0;
}

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: tapshot camera list [--port PORT]\n"
		    "       tapshot camera shoot -o FILE [--port PORT]\n"
		    "PORT is usb: (default) or ptpip:HOST:PORT:PORT\n");
	return status;
}

int cmd_camera(int argc, char **argv)
{
	struct camera_setup setup = { .address = "usb:" };
	const char *out = NULL, *what = NULL;
	const struct camera_ops *ops = camera_drivers[0];
	SCOPED_FREE void *priv = calloc(1, ops->priv_size);
	enum camera_cause cause;
	struct cmd_common c;
	int rc;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help)
		return usage(stdout, 0);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--port") && i + 1 < argc)
			snprintf(setup.address, sizeof(setup.address), "%s", argv[++i]);
		else if (!strcmp(argv[i], "-o") && i + 1 < argc)
			out = argv[++i];
		else if (!what)
			what = argv[i];
		else
			return usage(stderr, EXIT_USAGE);
	}
	if (!what || (strcmp(what, "list") && (strcmp(what, "shoot") || !out)))
		return usage(stderr, EXIT_USAGE);
	if (!priv || ops->open(priv, &setup, &cause) < 0)
		return complain(priv ? cause : CAMERA_FAULT);
	rc = !strcmp(what, "list") ? list(ops, priv, c.json) : shoot(ops, priv, out);
	ops->close(priv);
	return rc;
}
