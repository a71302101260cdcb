/* What the body tells by itself: pictures, dials, a full card. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum {
	TALK_MS = 3000, /* on a slow line an EOS takes 2.4 s to tell how it is set */
	TALK_IDLE_MS = 900, /* the same while idle: the rest next time */
	TALK_TURNS = 6, /* a body that never stops talking */
	IDLE_MS = 1400, /* a look while idle; a body that does not answer is asleep or gone */
	USB_IDLE_MS = 1500, /* the same for one operation on USB */
	USB_NORMAL_MS = 3000,
	PING_MS = 700,
};

void gphoto_nap(int ms)
{
	poll(NULL, 0, ms);
}

/* By its event the library knows a picture's size, but gives it the host's time. The body's clock is
 * known as well, and this saves going through the folder again before the first byte. */
static int describe_new(struct gphoto *g, const CameraFilePath *p, struct camera_object *out)
{
	int rc;

	if (!p->folder[1])
		rc = gphoto_hold(g, p->name, out);
	else
		rc = gphoto_describe(g, p->folder, p->name, out);
	out->taken_s =
		g->clock_offset_s == INT64_MIN ? 0 : clock_utc_ms() / 1000 + g->clock_offset_s;
	return rc;
}

static int hear_file(struct gphoto *g, const CameraFilePath *p, struct camera_object *out)
{
	if (gphoto_is_raw(p->name)) {
		memset(out, 0, sizeof(*out));
		if (strlen(p->folder) >= sizeof(out->folder) ||
		    strlen(p->name) >= sizeof(out->raw_name))
			return HEARD_OTHER;
		strcpy(out->folder, p->folder);
		strcpy(out->raw_name, p->name);
		return HEARD_RAW;
	}
	if (!gphoto_is_jpeg(p->name) || describe_new(g, p, out) || !gphoto_learn(g, out))
		return HEARD_OTHER;
	out->seen_ms = clock_now_ms();
	out->not_before_ms = g->silent_ms ? g->silent_ms - g->exposure_ms : 0;
	return HEARD_PICTURE;
}

int gphoto_hear(struct gphoto *g, int wait_ms, struct camera_object *out)
{
	CameraEventType type = GP_EVENT_TIMEOUT;
	SCOPED_FREE void *data = NULL;
	int64_t asked = clock_now_ms();
	int rc = gp_camera_wait_for_event(g->cam, wait_ms, &type, &data, g->ctx);

	if (rc < 0) { /* one event could not be looked into; the others are still to be heard */
		gphoto_nap(5);
		return !g->cut && gphoto_ping(g, NULL, NULL) ? HEARD_OTHER : rc;
	}
	if (type == GP_EVENT_FILE_ADDED && data)
		return hear_file(g, data, out);
	if (type == GP_EVENT_TIMEOUT)
		g->silent_ms = asked;
	if (type == GP_EVENT_CAPTURE_COMPLETE)
		return HEARD_COMPLETE;
	if (type == GP_EVENT_UNKNOWN && data && strcasestr(data, "event 400a"))
		return HEARD_FULL;
	if (type == GP_EVENT_UNKNOWN && data && strcasestr(data, "property"))
		g->dirty = true;
	return type == GP_EVENT_TIMEOUT ? HEARD_NOTHING : HEARD_OTHER;
}

static void tell_stray(const struct camera_watch *w, const struct camera_object *o)
{
	if (w && w->stray)
		w->stray(w->ctx, o);
}

static void on_missed(void *ctx, const struct camera_object *o)
{
	struct gphoto *g = ctx;

	if (gphoto_learn(g, o) && g->pending_count < GPHOTO_PENDING)
		g->pending[g->pending_count++] = *o;
}

/* Pictures whose events the library threw away lie on the card. */
static void recover_discarded(struct gphoto *g)
{
	enum camera_cause cause;

	if (!g->discarded || g->owes)
		return;
	log_w("the library lost an event, looking through the card");
	if (gphoto_reopen(g, &cause) < 0)
		return;
	gphoto_settings(g);
	gphoto_limit(g, GPHOTO_WALK_MS);
	gphoto_walk(g, on_missed, g);
}

/* Only a new session forgets what waits in the library. */
static int stop_listening(struct gphoto *g)
{
	log_w("the body talks without end");
	g->cut = true;
	g->mute = false;
	g->stuck++;
	return GP_ERROR_CAMERA_BUSY;
}

static int hush(struct gphoto *g, int wait_ms, int talk_ms, const struct camera_watch *w)
{
	int64_t until = clock_now_ms() + wait_ms + talk_ms;
	struct camera_object o;
	int rc;

	for (int i = 0; i < g->pending_count; i++)
		tell_stray(w, &g->pending[i]);
	g->pending_count = 0;
	do {
		rc = gphoto_hear(g, wait_ms, &o);
		if (rc == HEARD_PICTURE)
			tell_stray(w, &o);
		wait_ms = 1;
	} while (rc > HEARD_NOTHING && clock_now_ms() < until);
	if (rc == HEARD_NOTHING)
		g->talks = 0;
	return rc;
}

int gphoto_hush(struct gphoto *g, int wait_ms, const struct camera_watch *w)
{
	int rc = hush(g, wait_ms, TALK_MS, w);

	return rc > HEARD_NOTHING ? stop_listening(g) : rc;
}

/* Where the events are pushed, listening asks the body nothing, and it may long be asleep. */
static bool still_there(struct gphoto *g)
{
	if (g->info.vendor == VENDOR_NIKON || g->info.vendor == VENDOR_CANON ||
	    clock_now_ms() - g->pinged_ms < PING_MS)
		return true;
	return gphoto_ping(g, NULL, NULL);
}

int gphoto_drain(void *priv, int wait_ms, const struct camera_watch *w, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	int64_t until = clock_now_ms() + wait_ms;
	int rc = 0;

	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	gphoto_forget(g);
	recover_discarded(g);
	if (!g->cam) {
		*cause = CAMERA_GONE;
		return -EIO;
	}
	gphoto_limit(g, wait_ms + IDLE_MS);
	gp_port_set_timeout(g->cam->port, USB_IDLE_MS);
	do { /* some transports come back at once: the clock decides, not the number of calls */
		int64_t left = until - clock_now_ms();

		rc = hush(g, left > 0 ? (int)left : 1, TALK_IDLE_MS, w);
		if (rc == HEARD_NOTHING && clock_now_ms() < until)
			gphoto_nap(5);
	} while (rc == HEARD_NOTHING && clock_now_ms() < until);
	if (rc > HEARD_NOTHING && ++g->talks >= TALK_TURNS)
		rc = stop_listening(g);
	if (rc >= 0 && !still_there(g))
		rc = GP_ERROR_IO;
	gp_port_set_timeout(g->cam->port, USB_NORMAL_MS);
	return rc < 0 ? gphoto_fail(g, rc, cause) : 0;
}
