/* `tapshot camera list | shoot`: is the camera there, does it shoot? Without a kiosk. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

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

/* --- list -------------------------------------------------------------------------------------- */

struct listing {
	const struct camera_ops *ops;
	void *priv;
	int json, count, status;
};

static void print_json(const char *address, const struct camera_status *s, enum camera_cause cause)
{
	json_t *o = json_pack("{ss ss ss si si sb si ss}", "port", address, "model", s->model,
			      "serial", s->serial, "battery_pct", s->battery_pct, "shots_left",
			      s->shots_left, "second_copy", s->second_copy != 0, "cause",
			      (int)cause, "says", causes[cause]);

	if (s->clock_offset_s != INT64_MIN)
		json_object_set_new(o, "clock_offset_s", json_integer(s->clock_offset_s));
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_text(const char *address, const struct camera_status *s, enum camera_cause cause)
{
	if (!s->model[0]) {
		printf("%s: %s\n", address, causes[cause]);
		return;
	}
	printf("%s: %s, serial %s, battery %d %%, %d shots left, ", address, s->model, s->serial,
	       s->battery_pct, s->shots_left);
	if (s->clock_offset_s != INT64_MIN)
		printf("clock %+" PRId64 " s, ", s->clock_offset_s);
	printf("pictures to %s: %s\n", s->second_copy ? "its card" : "this computer",
	       causes[cause]);
}

static void list_one(void *ctx, const char *address)
{
	struct camera_status s = { .battery_pct = -1,
				   .shots_left = -1,
				   .clock_offset_s = INT64_MIN };
	enum camera_cause cause = CAMERA_OK;
	struct camera_setup setup = { 0 };
	struct listing *l = ctx;

	l->count++;
	snprintf(setup.address, sizeof(setup.address), "%s", address);
	if (!l->ops->open(l->priv, &setup, &cause)) {
		if (!l->ops->status(l->priv, &s, &cause))
			cause = s.cause;
		l->ops->close(l->priv);
	}
	if (l->json)
		print_json(address, &s, cause);
	else
		print_text(address, &s, cause);
	if (cause != CAMERA_OK)
		l->status = s.model[0] ? EXIT_NO : EXIT_CANNOT;
}

static int list(const struct camera_ops *ops, void *priv, const char *address, int json)
{
	struct listing l = { .ops = ops, .priv = priv, .json = json };

	ops->find(address, list_one, &l);
	return l.count ? l.status : complain(CAMERA_GONE);
}

/* --- shoot ------------------------------------------------------------------------------------- */

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
	if (priv && !strcmp(what, "list"))
		return list(ops, priv, setup.address, c.json);
	if (!priv || ops->open(priv, &setup, &cause) < 0)
		return complain(priv ? cause : CAMERA_FAULT);
	rc = shoot(ops, priv, out);
	ops->close(priv);
	return rc;
}
