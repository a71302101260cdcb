/*
 * Inside the libgphoto2 driver. What it works around (read in and measured with 2.5.30):
 *  - gp_camera_capture() may take 20 to 90 s or never return: never called.
 *  - other calls have loops without end as long as the body answers (a Nikon that stays busy, an EOS
 *    without room): every call has a time after which its line is cut, see gphoto_limit().
 *  - gp_camera_trigger_capture() answers GP_OK without a shutter when a Nikon stays busy, and throws
 *    away what an EOS has told but nobody has heard.
 *  - gp_camera_file_delete() answers GP_OK although the camera refused, and asks the camera to
 *    delete *everything* (handle FFFFFFFF) when it cannot find the file: looked up before, checked
 *    after.
 *  - a preview may be GP_OK with 0 bytes; starting live view turns a Nikon's recording media to
 *    SDRAM, and the body's button would then leave no copy on the card.
 *  - leaving a PTP/IP session closes descriptor 0, whatever that is by then.
 *  - configuration comes from a cache for 2 s: only gp_camera_get_storageinfo() proves life.
 *  - error numbers say little: the PTP response code in its log lines says what happened. The same
 *    log tells the vendor and the operations a body knows.
 */
#pragma once

#include <gphoto2/gphoto2.h>

#include "drivers/camera/camera.h"

/* Listing thousands of pictures takes its time; each one is answered. */
enum { GPHOTO_WALK_MS = 120000 };

enum { GPHOTO_KNOWN = 16384, GPHOTO_PENDING = 64, GPHOTO_HELD = 4, GPHOTO_REFUSED = 8 };

/* What the body writes at a release, as its setting says. */
enum gphoto_writes { WRITES_UNKNOWN, WRITES_JPEG, WRITES_BOTH, WRITES_RAW };

enum gphoto_vendor { VENDOR_NIKON = 0x0a, VENDOR_CANON = 0x0b };

/* What was overheard of the body's DeviceInfo. */
struct gphoto_info {
	uint32_t vendor; /* VendorExtensionID, perhaps of enum gphoto_vendor */
	bool releases; /* knows an operation that takes a picture */
	bool android;
	bool listing; /* between "operations" and "events" of the log */
};

struct gphoto {
	Camera *cam; /* NULL: closed */
	GPContext *ctx;
	int log_id;
	struct camera_setup setup;
	char model[64], serial[64];
	struct gphoto_info info;
	int64_t clock_offset_s;
	enum camera_cause settings; /* CAMERA_SETTINGS: something was refused */
	enum gphoto_writes writes;
	char dials[256]; /* what the photographer has chosen, as last seen */
	bool dirty, changed; /* a property event came; somebody turned a dial */
	bool live, absent; /* absent: the last attempt to open failed */
	bool owes; /* a trigger whose picture has not been seen */
	int talks; /* looks in a row after which the body had still more to tell */
	bool discarded; /* the library threw away events about pictures */
	int shots_left; /* -1 unknown */
	int stuck; /* how often in a row the line had to be cut */

	char text[256]; /* last sentence of the library */
	unsigned int ptp_code; /* last PTP failure in its log; 0 none */
	bool following;
	unsigned int op, release_code; /* followed in the log while triggering */
	int64_t release_ms;
	int64_t alive_ms; /* when setup.alive was called last */
	int64_t limit_ms; /* monotonic: then the line is cut; 0 never */
	bool cut, mute; /* mute: what was asked before the cut was not answered */
	int64_t asked_ms; /* when the last operation was sent */
	int64_t pinged_ms;
	int exposure_ms; /* as set on the body; 0 unknown */
	int64_t silent_ms; /* when the body was last asked and had nothing to tell */

	char refused[GPHOTO_REFUSED][128]; /* ports with something that is no still camera */
	uint64_t known[GPHOTO_KNOWN]; /* fingerprints of pictures seen, a ring */
	size_t known_count;
	struct camera_object pending[GPHOTO_PENDING]; /* strays found by a listing */
	int pending_count;
	struct {
		char name[64];
		CameraFile *file;
	} held[GPHOTO_HELD]; /* pictures that never were on a card, a ring */
	unsigned int held_count;
};

/* gphoto_log.c */
void gphoto_listen_in(struct gphoto *g);
/** gphoto_deaf() - stop listening in, or begin again. The library writes all it transfers into a text
 * for whoever listens, at any level: a picture costs half a second more. */
void gphoto_deaf(struct gphoto *g, bool deaf);
/** gphoto_alive() - tell the worker that something moves, at most every 500 ms. */
void gphoto_alive(struct gphoto *g);
/** gphoto_limit() - what the library does from now on ends within @ms: waiting for an answer ends
 * then (on USB after the time of one operation), and at the next operation the line is cut, after
 * which everything fails. Each call of the contract begins with one. 0: no limit. */
void gphoto_limit(struct gphoto *g, int ms);
/** gphoto_follow() - note what releases the shutter and how it is answered, or stop. */
void gphoto_follow(struct gphoto *g, bool on);
/** gphoto_forget() - clear what was overheard, before a call that matters. */
void gphoto_forget(struct gphoto *g);
/** gphoto_fail() - set *cause from library result @rc and what was overheard. Return: -EIO. */
int gphoto_fail(struct gphoto *g, int rc, enum camera_cause *cause);

/* gphoto_find.c */
/** gphoto_connect() - a session with the body of g->setup. 0 or a library result, g->cam NULL. */
int gphoto_connect(struct gphoto *g);
void gphoto_disconnect(struct gphoto *g);
int gphoto_find(const char *address, void (*each)(void *ctx, const char *address), void *ctx);

/* gphoto_session.c */
/** gphoto_isolate() - the library's settings and language are ours alone; before any other call. */
void gphoto_isolate(void);
int gphoto_open(void *priv, const struct camera_setup *setup, enum camera_cause *cause);
void gphoto_close(void *priv);
/** gphoto_reopen() - a fresh session on the same body: nothing in it is cached. */
int gphoto_reopen(struct gphoto *g, enum camera_cause *cause);
/** gphoto_revive() - gphoto_reopen() where the line had to be cut. */
int gphoto_revive(struct gphoto *g, enum camera_cause *cause);
/** gphoto_ping() - does the camera answer? Also the state of the card; both out may be NULL. */
bool gphoto_ping(struct gphoto *g, int *shots_left, enum camera_cause *card);
int gphoto_status(void *priv, struct camera_status *out, enum camera_cause *cause);

/* gphoto_config.c: one setting by name. 0, -ENOENT no such setting, -EIO */
int gphoto_get_text(struct gphoto *g, const char *name, char *out, size_t size);
int gphoto_get_number(struct gphoto *g, const char *name, int *out);
int gphoto_set_text(struct gphoto *g, const char *name, const char *value);
int gphoto_set_toggle(struct gphoto *g, const char *name, int value);
int gphoto_battery(struct gphoto *g);
int gphoto_exposure_ms(struct gphoto *g); /* 0 unknown */

/* gphoto_settings.c */
/** gphoto_settings() - JPEG, largest size, sRGB, capture target: enforced and read back where the
 * body offers them; everything else is the photographer's. Sets g->settings, g->writes. */
void gphoto_settings(struct gphoto *g);
/** gphoto_dials() - what else was turned since the last look? Sets g->changed. */
void gphoto_dials(struct gphoto *g);
/** gphoto_media_to_card() - what the body takes by its own button goes to the card. The library turns
 * it to SDRAM when it starts live view, and whoever held the body before may have left it so. */
void gphoto_media_to_card(struct gphoto *g);

/* gphoto_card.c */
bool gphoto_is_jpeg(const char *name);
bool gphoto_is_raw(const char *name);
/** gphoto_describe() - size and time of a file. 0, -ENOENT, -EIO */
int gphoto_describe(struct gphoto *g, const char *folder, const char *name,
		    struct camera_object *out);
/** gphoto_learn() - remember a picture. Return: true when it was new. */
bool gphoto_learn(struct gphoto *g, const struct camera_object *o);
/** gphoto_walk() - every JPEG on the card as this session sees it. 0 or a library result. */
int gphoto_walk(struct gphoto *g, void (*each)(void *ctx, const struct camera_object *), void *ctx);
int gphoto_remove(void *priv, const struct camera_object *o, enum camera_cause *cause);
int gphoto_list(void *priv, void (*each)(void *ctx, const struct camera_object *), void *ctx,
		enum camera_cause *cause);

/* gphoto_fetch.c */
/** gphoto_hold() - keep a picture the library has loaded from the body's memory. 0 or -EIO */
int gphoto_hold(struct gphoto *g, const char *name, struct camera_object *out);
void gphoto_drop_held(struct gphoto *g);
int gphoto_fetch(void *priv, const struct camera_object *o, const struct camera_sink *sink,
		 enum camera_cause *cause);

/* gphoto_listen.c */
enum heard { HEARD_NOTHING, HEARD_PICTURE, HEARD_RAW, HEARD_COMPLETE, HEARD_FULL, HEARD_OTHER };
/** gphoto_hear() - one event; a JPEG not seen before, or the name of a raw, lands in *out.
 * Return: enum heard or a library result < 0. */
int gphoto_hear(struct gphoto *g, int wait_ms, struct camera_object *out);
/** gphoto_hush() - hear everything that waits; pictures are strays. The wait is for the first. */
int gphoto_hush(struct gphoto *g, int wait_ms, const struct camera_watch *w);
/** gphoto_nap() - not a delay in the flow: between two looks at a queue that is empty. */
void gphoto_nap(int ms);
int gphoto_drain(void *priv, int wait_ms, const struct camera_watch *w, enum camera_cause *cause);

/* gphoto_shoot.c */
int gphoto_shoot(void *priv, int deadline_ms, const struct camera_watch *w,
		 struct camera_object *out, bool *triggered, enum camera_cause *cause);

/* gphoto_live.c */
int gphoto_preview(void *priv, uint8_t **jpeg, size_t *bytes, enum camera_cause *cause);
int gphoto_preview_end(void *priv, enum camera_cause *cause);
