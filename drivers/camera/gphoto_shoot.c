/* Releasing the shutter, listening to the body, live view. */
#include <errno.h>
#include <stdio.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum {
	EVENT_WAIT_MS = 100,
	QUIET_MS = 500, /* after a picture without "capture complete" */
	LOST_MS = 1200, /* after "capture complete" without a picture */
	TRIES = 5,
	BACK_OFF_MS = 60, /* doubled each time */
	PREVIEW_BYTES_MIN = 1024,
};

enum heard { HEARD_NOTHING, HEARD_PICTURE, HEARD_COMPLETE, HEARD_FULL, HEARD_OTHER };

/* Not a delay in the flow: between two looks at a queue that is empty. */
static void nap(int ms)
{
	poll(NULL, 0, ms);
}

/* One event. A JPEG not seen before lands in *out. Return: enum heard or a library result < 0. */
static int hear(struct gphoto *g, int wait_ms, struct camera_object *out)
{
	CameraEventType type = GP_EVENT_TIMEOUT;
	SCOPED_FREE void *data = NULL;
	int64_t asked = clock_now_ms();
	int rc = gp_camera_wait_for_event(g->cam, wait_ms, &type, &data, g->ctx);

	if (rc < 0) { /* one event could not be looked into; the others are still to be heard */
		nap(5);
		return gphoto_ping(g, NULL, NULL) ? HEARD_OTHER : rc;
	}
	if (type == GP_EVENT_FILE_ADDED && data) {
		const CameraFilePath *p = data;

		if (p->folder[1]) /* forget the made-up time; an SDRAM picture lives only there */
			gp_filesystem_reset(g->cam->fs);
		if (!gphoto_is_jpeg(p->name) || gphoto_describe(g, p->folder, p->name, out) ||
		    !gphoto_learn(g, out))
			return HEARD_OTHER;
		out->seen_ms = clock_now_ms();
		out->not_before_ms = g->silent_ms ? g->silent_ms - g->exposure_ms : 0;
		return HEARD_PICTURE;
	}
	if (type == GP_EVENT_TIMEOUT)
		g->silent_ms = asked;
	if (type == GP_EVENT_CAPTURE_COMPLETE)
		return HEARD_COMPLETE;
	if (type == GP_EVENT_UNKNOWN && data && strcasestr(data, "event 400a"))
		return HEARD_FULL;
	return type == GP_EVENT_TIMEOUT ? HEARD_NOTHING : HEARD_OTHER;
}

static void tell_stray(const struct camera_watch *w, const struct camera_object *o)
{
	if (w && w->stray)
		w->stray(w->ctx, o);
}

static void tell_pending(struct gphoto *g, const struct camera_watch *w)
{
	for (int i = 0; i < g->pending_count; i++)
		tell_stray(w, &g->pending[i]);
	g->pending_count = 0;
}

/* Everything that waits, as strays. The wait is for the first event; what follows is there. */
static int drain(struct gphoto *g, int wait_ms, const struct camera_watch *w)
{
	int64_t until = clock_now_ms() + wait_ms + 2000; /* a body that never stops talking */
	struct camera_object o;
	int rc;

	tell_pending(g, w);
	do {
		rc = hear(g, wait_ms, &o);
		if (rc == HEARD_PICTURE)
			tell_stray(w, &o);
		wait_ms = 1;
	} while (rc > HEARD_NOTHING && clock_now_ms() < until);
	return rc;
}

int gphoto_drain(void *priv, int wait_ms, const struct camera_watch *w, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	int64_t until = clock_now_ms() + wait_ms;
	int rc;

	gphoto_forget(g);
	do { /* some transports come back at once: the clock decides, not the number of calls */
		rc = drain(g, wait_ms > 0 ? wait_ms : 1, w);
		if (rc == HEARD_NOTHING && clock_now_ms() < until)
			nap(5);
	} while (rc == HEARD_NOTHING && clock_now_ms() < until);
	return rc < 0 ? gphoto_fail(g, rc, cause) : 0;
}

/* A busy Nikon makes the library say GP_OK without a release; its log knows better. */
static bool really_released(const struct gphoto *g)
{
	return !g->release_code || g->release_code == 0x2001;
}

static int trigger(struct gphoto *g, int64_t deadline, const struct camera_watch *w)
{
	int rc = GP_ERROR_CAMERA_BUSY;

	for (int try = 0; try < TRIES && rc == GP_ERROR_CAMERA_BUSY; try++) {
		if (try && (clock_now_ms() > deadline || drain(g, BACK_OFF_MS << try, w) < 0))
			break;
		gphoto_forget(g);
		gphoto_follow(g, true);
		g->release_ms = 0;
		rc = gp_camera_trigger_capture(g->cam, g->ctx);
		gphoto_follow(g, false);
		if (rc >= 0 && !really_released(g))
			rc = GP_ERROR_CAMERA_BUSY;
	}
	return rc;
}

/* Where the picture of this release stands. */
struct wait {
	struct camera_object object;
	bool have, complete, full;
	int64_t quiet_ms; /* then it is enough */
};

static void take(struct wait *s, const struct camera_object *o, const struct camera_watch *w)
{
	/* Two: somebody pressed the body's button while we drained. The later one is ours, for the
	 * body releases in order. */
	if (s->have)
		tell_stray(w, &s->object);
	s->object = *o;
	s->have = true;
}

static int listen(struct gphoto *g, int64_t deadline, const struct camera_watch *w, struct wait *s)
{
	struct camera_object o;
	int64_t now;

	s->quiet_ms = deadline;
	while ((now = clock_now_ms()) < s->quiet_ms) {
		int64_t left = s->quiet_ms - now;
		int rc = hear(g, left < EVENT_WAIT_MS ? (int)left : EVENT_WAIT_MS, &o);

		if (rc < 0)
			return rc;
		now = clock_now_ms();
		if (rc == HEARD_PICTURE) {
			take(s, &o, w);
			s->quiet_ms = now + (s->complete ? 30 : QUIET_MS);
		} else if (rc == HEARD_COMPLETE) {
			s->complete = true;
			s->quiet_ms = now + (s->have ? 30 : LOST_MS);
		} else if (rc == HEARD_FULL) {
			s->full = true;
			return 0;
		} else if (rc == HEARD_NOTHING) {
			nap(5);
		}
		if (s->quiet_ms > deadline)
			s->quiet_ms = deadline;
	}
	return 0;
}

struct search {
	struct gphoto *g;
	struct camera_object found[8];
	int count;
};

static void on_found(void *ctx, const struct camera_object *o)
{
	struct search *s = ctx;

	if (gphoto_learn(s->g, o) && s->count < (int)ARRAY_SIZE(s->found))
		s->found[s->count++] = *o;
}

/* The event got lost, or the library missed it: what is on the card that was not there before?
 * Exactly one new picture is the one of this release; of several nobody can tell. */
static void look_on_card(struct gphoto *g, const struct camera_watch *w, struct wait *s)
{
	struct search found = { .g = g };
	enum camera_cause cause;

	if (gphoto_reopen(g, &cause) < 0 || gphoto_walk(g, on_found, &found) < 0)
		return;
	log_w("picture's event was lost new_on_card=%d", found.count);
	if (found.count == 1) {
		found.found[0].seen_ms = clock_now_ms();
		s->object = found.found[0];
		s->have = true;
	}
	for (int i = 0; found.count > 1 && i < found.count; i++)
		tell_stray(w, &found.found[i]);
}

static int no_picture(struct gphoto *g, const struct wait *s, bool *triggered,
		      enum camera_cause *cause)
{
	bool no_card = false;
	int left = -1;

	if (!gphoto_ping(g, &left, &no_card)) {
		*cause = CAMERA_GONE;
	} else if (no_card) {
		*cause = CAMERA_NO_CARD;
	} else if (s->full || !left) {
		*cause = CAMERA_CARD_FULL;
		*triggered = false;
		g->owes = false;
	} else {
		*cause = CAMERA_NO_PICTURE;
	}
	return -EIO;
}

/* What a release that failed left behind must not be taken for the next one. */
static void settle_debt(struct gphoto *g, const struct camera_watch *w)
{
	struct search found = { .g = g };
	enum camera_cause cause;

	if (!g->owes || gphoto_reopen(g, &cause) < 0 || gphoto_walk(g, on_found, &found) < 0)
		return;
	for (int i = 0; i < found.count; i++)
		tell_stray(w, &found.found[i]);
	g->owes = false;
}

/* A refusal is certain only when the body answered with one. */
static bool may_have_fired(const struct gphoto *g, enum camera_cause cause)
{
	if (g->release_code)
		return g->release_code == 0x2001 && cause != CAMERA_NO_FOCUS;
	return cause == CAMERA_GONE || cause == CAMERA_FAULT;
}

int gphoto_shoot(void *priv, int deadline_ms, const struct camera_watch *w,
		 struct camera_object *out, bool *triggered, enum camera_cause *cause)
{
	int64_t deadline = clock_now_ms() + deadline_ms;
	struct gphoto *g = priv;
	struct wait s = { 0 };
	int rc;

	*triggered = false;
	gphoto_preview_end(g, cause);
	settle_debt(g, w);
	gphoto_forget(g);
	rc = g->cam ? drain(g, 1, w) : GP_ERROR_IO;
	if (rc < 0)
		return gphoto_fail(g, rc, cause);
	rc = trigger(g, deadline, w);
	if (rc < 0) {
		gphoto_fail(g, rc, cause);
		*triggered = g->owes = may_have_fired(g, *cause);
		return -EIO;
	}
	*triggered = g->owes = true;
	if (w && w->released)
		w->released(w->ctx, g->release_ms ? g->release_ms : clock_now_ms());
	rc = listen(g, deadline, w, &s);
	if (rc < 0)
		return gphoto_fail(g, rc, cause);
	if (!s.have && !s.full)
		look_on_card(g, w, &s);
	if (!s.have)
		return no_picture(g, &s, triggered, cause);
	g->owes = false;
	*out = s.object;
	return 0;
}

int gphoto_preview(void *priv, uint8_t **jpeg, size_t *bytes, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	CameraFile *file = NULL;
	const char *data = NULL;
	unsigned long n = 0;
	int rc;

	gphoto_forget(g);
	rc = gp_file_new(&file);
	if (rc >= 0)
		rc = gp_camera_capture_preview(g->cam, file, g->ctx);
	if (rc >= 0 && !g->live) {
		g->live = true;
		gphoto_media_to_card(g);
	}
	if (rc >= 0)
		rc = gp_file_get_data_and_size(file, &data, &n);
	*jpeg = NULL;
	if (rc >= 0 && n >= PREVIEW_BYTES_MIN && !memcmp(data, "\xff\xd8", 2) &&
	    (*jpeg = malloc(n)))
		memcpy(*jpeg, data, n);
	*bytes = n;
	if (file)
		gp_file_unref(file);
	if (rc >= 0)
		return *jpeg ? 0 : -EAGAIN;
	if (rc == GP_ERROR_CAMERA_BUSY || g->ptp_code == 0x2019)
		return -EAGAIN;
	return gphoto_fail(g, rc, cause);
}

int gphoto_preview_end(void *priv, enum camera_cause *cause)
{
	struct gphoto *g = priv;

	if (!g->live || !g->cam)
		return 0;
	g->live = false;
	if (gphoto_set_toggle(g, "viewfinder", 0) != -EIO)
		return 0;
	return gphoto_fail(g, GP_ERROR, cause);
}
