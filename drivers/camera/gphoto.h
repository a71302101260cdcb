/*
 * Inside the libgphoto2 driver. What it works around (measured with 2.5.30):
 *  - gp_camera_capture() may take 20 to 90 s or never return: never called.
 *  - gp_camera_trigger_capture() answers GP_OK without a shutter when a Nikon stays busy.
 *  - gp_camera_file_delete() answers GP_OK although the camera refused, and asks the camera to
 *    delete *everything* (handle FFFFFFFF) when it cannot find the file: looked up before, checked
 *    after.
 *  - a preview may be GP_OK with 0 bytes; starting live view turns a Nikon's recording media to
 *    SDRAM, and the body's button would then leave no copy on the card.
 *  - leaving a PTP/IP session closes descriptor 0, whatever that is by then.
 *  - configuration comes from a cache for 2 s: only gp_camera_get_storageinfo() proves life.
 *  - error numbers say little: the PTP response code in its log lines says what happened.
 */
#pragma once

#include <gphoto2/gphoto2.h>

#include "drivers/camera/camera.h"

enum { GPHOTO_KNOWN = 16384, GPHOTO_PENDING = 64 };

struct gphoto {
	Camera *cam; /* NULL: closed */
	GPContext *ctx;
	int log_id;
	struct camera_setup setup;
	char model[64], serial[64];
	int64_t clock_offset_s;
	enum camera_cause settings; /* CAMERA_SETTINGS: something was refused */
	bool live, absent; /* absent: the last attempt to open failed */
	bool owes; /* a trigger whose picture has not been seen */

	char text[256]; /* last sentence of the library */
	unsigned int ptp_code; /* last PTP failure in its log; 0 none */
	unsigned int op, release_code; /* followed in the log while triggering */
	int64_t release_ms;
	int exposure_ms; /* as set on the body; 0 unknown */
	int64_t silent_ms; /* when the body was last asked and had nothing to tell */

	uint64_t known[GPHOTO_KNOWN]; /* fingerprints of pictures seen, a ring */
	size_t known_count;
	struct camera_object pending[GPHOTO_PENDING]; /* strays found by a listing */
	int pending_count;
};

/* gphoto_session.c */
int gphoto_open(void *priv, const struct camera_setup *setup, enum camera_cause *cause);
void gphoto_close(void *priv);
/** gphoto_reopen() - a fresh session on the same body: nothing in it is cached. */
int gphoto_reopen(struct gphoto *g, enum camera_cause *cause);
/** gphoto_fail() - set *cause from library result @rc and what was overheard. Return: -EIO. */
int gphoto_fail(struct gphoto *g, int rc, enum camera_cause *cause);
/** gphoto_forget() - clear what was overheard, before a call that matters. */
void gphoto_forget(struct gphoto *g);
/** gphoto_ping() - does the camera answer? Also space on the card; both out may be NULL. */
bool gphoto_ping(struct gphoto *g, int *shots_left, bool *no_card);
int gphoto_status(void *priv, struct camera_status *out, enum camera_cause *cause);
/** gphoto_follow() - overhear operations too (the release), or stop. */
void gphoto_follow(struct gphoto *g, bool on);

/* gphoto_config.c: one setting by name. 0, -ENOENT no such setting, -EIO */
int gphoto_get_text(struct gphoto *g, const char *name, char *out, size_t size);
int gphoto_get_number(struct gphoto *g, const char *name, int *out);
int gphoto_set_text(struct gphoto *g, const char *name, const char *value);
int gphoto_set_toggle(struct gphoto *g, const char *name, int value);
/** gphoto_settings() - JPEG, largest size, sRGB, target card: enforced and read back where the
 * body offers them; everything else is the photographer's. */
enum camera_cause gphoto_settings(struct gphoto *g);
/** gphoto_media_to_card() - what the body takes by its own button goes to the card. The library turns
 * it to SDRAM when it starts live view, and whoever held the body before may have left it so. */
void gphoto_media_to_card(struct gphoto *g);
int gphoto_battery(struct gphoto *g);
int gphoto_exposure_ms(struct gphoto *g); /* 0 unknown */

/* gphoto_card.c */
bool gphoto_is_jpeg(const char *name);
/** gphoto_describe() - size and time of a file. 0, -ENOENT, -EIO */
int gphoto_describe(struct gphoto *g, const char *folder, const char *name,
		    struct camera_object *out);
/** gphoto_learn() - remember a picture. Return: true when it was new. */
bool gphoto_learn(struct gphoto *g, const struct camera_object *o);
/** gphoto_walk() - every JPEG on the card as this session sees it. 0 or a library result. */
int gphoto_walk(struct gphoto *g, void (*each)(void *ctx, const struct camera_object *), void *ctx);
int gphoto_fetch(void *priv, const struct camera_object *o, const struct camera_sink *sink,
		 enum camera_cause *cause);
int gphoto_remove(void *priv, const struct camera_object *o, enum camera_cause *cause);
int gphoto_list(void *priv, void (*each)(void *ctx, const struct camera_object *), void *ctx,
		enum camera_cause *cause);

/* gphoto_shoot.c */
int gphoto_shoot(void *priv, int deadline_ms, const struct camera_watch *w,
		 struct camera_object *out, bool *triggered, enum camera_cause *cause);
int gphoto_drain(void *priv, int wait_ms, const struct camera_watch *w, enum camera_cause *cause);
int gphoto_preview(void *priv, uint8_t **jpeg, size_t *bytes, enum camera_cause *cause);
int gphoto_preview_end(void *priv, enum camera_cause *cause);
