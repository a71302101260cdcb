/* Releasing the shutter and finding the picture of this release. */
#include <errno.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum {
	EVENT_WAIT_MS = 20, /* each look: the library's own waits grow to 200 ms */
	QUIET_MS = 500, /* after a picture without "capture complete" */
	LOST_MS = 1200, /* after "capture complete" without a picture */
	RAW_MS = 1500, /* the raw after its JPEG, where the body writes both */
	JPEG_MS = 2500, /* the JPEG after a raw */
	AFTER_BOTH_MS = 30,
	TRIES = 5,
	BACK_OFF_MS = 60, /* doubled each time */
	RAWS_MAX = 4,
};

static void tell_stray(const struct camera_watch *w, const struct camera_object *o)
{
	if (w && w->stray)
		w->stray(w->ctx, o);
}

/* A busy Nikon makes the library say GP_OK without a release; its log knows better. */
static bool really_released(const struct gphoto *g)
{
	return !g->release_code || g->release_code == 0x2001;
}

/* Between two tries: some transports come back at once, the time is what counts. */
static bool back_off(struct gphoto *g, int ms, const struct camera_watch *w)
{
	int64_t until = clock_now_ms() + ms;

	do {
		if (gphoto_hush(g, ms, w) < 0)
			return false;
		gphoto_nap(5);
	} while (clock_now_ms() < until);
	return true;
}

/* The library says busy without asking the body: it has not heard the end of an EOS' last picture,
 * and never will. */
static bool start_afresh(struct gphoto *g)
{
	enum camera_cause cause;

	log_w("the library waits for an event that was lost, opening again");
	if (gphoto_reopen(g, &cause) < 0)
		return false;
	gphoto_settings(g);
	g->discarded = true; /* perhaps: look on the card later */
	return true;
}

static int trigger(struct gphoto *g, int64_t deadline, const struct camera_watch *w)
{
	int rc = GP_ERROR_CAMERA_BUSY;

	for (int try = 0; try < TRIES && rc == GP_ERROR_CAMERA_BUSY; try++) {
		if (try && (clock_now_ms() > deadline || !back_off(g, BACK_OFF_MS << try, w)))
			break;
		if (try == 1 && !g->release_code && !g->ptp_code && !start_afresh(g))
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

/* --- the picture of this release ------------------------------------------------------------ */

struct wait {
	struct gphoto *g;
	struct camera_object object;
	struct camera_object raws[RAWS_MAX]; /* folder and raw_name */
	int raw_count;
	bool have, complete, full;
	int64_t quiet_ms; /* then it is enough */
};

static bool is_companion(const struct camera_object *jpeg, const struct camera_object *raw)
{
	size_t stem = strcspn(jpeg->name, ".");

	return !strncmp(jpeg->name, raw->raw_name, stem) && raw->raw_name[stem] == '.';
}

/* The raw of this release: by its name, else the only one there was since. */
static const struct camera_object *companion(const struct wait *s)
{
	for (int i = 0; i < s->raw_count; i++)
		if (is_companion(&s->object, &s->raws[i]))
			return &s->raws[i];
	return s->raw_count == 1 ? &s->raws[0] : NULL;
}

static void pair_up(struct wait *s)
{
	const struct camera_object *raw = companion(s);

	s->object.pair = s->g->writes == WRITES_BOTH || raw ? PAIR_PARTIAL : PAIR_NONE;
	if (!raw || s->object.in_memory)
		return; /* a raw in memory is on no card */
	s->object.pair = PAIR_WHOLE;
	if (!strcmp(raw->folder, s->object.folder))
		strcpy(s->object.raw_name, raw->raw_name);
}

/* How much longer? What is still to come depends on what the body writes. */
static void set_quiet(struct wait *s, int64_t deadline)
{
	int64_t now = clock_now_ms();
	bool both = s->g->writes == WRITES_BOTH;

	if (s->have && both && !companion(s))
		s->quiet_ms = now + RAW_MS;
	else if (s->have)
		s->quiet_ms = now + (s->complete ? AFTER_BOTH_MS : QUIET_MS);
	else if (s->raw_count)
		s->quiet_ms = now + (s->g->writes == WRITES_RAW ? QUIET_MS : JPEG_MS);
	else if (s->complete)
		s->quiet_ms = now + LOST_MS;
	if (s->quiet_ms > deadline)
		s->quiet_ms = deadline;
}

/* Everything that was to come is there. */
static bool finished(const struct wait *s)
{
	if (s->full)
		return true;
	return s->have && s->complete && (s->g->writes == WRITES_JPEG || companion(s));
}

static void take(struct wait *s, const struct camera_object *o, const struct camera_watch *w)
{
	/* Two: somebody pressed the body's button while we drained. The later one is ours, for the
	 * body releases in order. */
	if (s->have)
		tell_stray(w, &s->object);
	s->object = *o;
	s->have = true;
}

static void note(struct wait *s, int heard, const struct camera_object *o,
		 const struct camera_watch *w)
{
	if (heard == HEARD_PICTURE)
		take(s, o, w);
	else if (heard == HEARD_RAW && s->raw_count < RAWS_MAX)
		s->raws[s->raw_count++] = *o;
	else if (heard == HEARD_COMPLETE)
		s->complete = true;
	s->full |= heard == HEARD_FULL;
}

static int listen(struct gphoto *g, int64_t deadline, const struct camera_watch *w, struct wait *s)
{
	struct camera_object o;

	s->quiet_ms = deadline;
	while (clock_now_ms() < s->quiet_ms) {
		bool done = finished(s); /* but perhaps of a press before ours: is there more? */
		int rc = gphoto_hear(g, done ? 1 : EVENT_WAIT_MS, &o);

		if (rc < 0)
			return rc;
		if (done && rc == HEARD_NOTHING)
			break;
		note(s, rc, &o, w);
		if (rc == HEARD_PICTURE || rc == HEARD_RAW || rc == HEARD_COMPLETE)
			set_quiet(s, deadline);
		else if (rc == HEARD_NOTHING)
			gphoto_nap(2);
	}
	return 0;
}

/* --- when no event came --------------------------------------------------------------------- */

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

/* A fresh session, for the library's own list is not told everything. */
static int search(struct gphoto *g, struct search *found)
{
	enum camera_cause cause;
	int rc;

	if (gphoto_reopen(g, &cause) < 0)
		return -EIO;
	gphoto_limit(g, GPHOTO_WALK_MS);
	rc = gphoto_walk(g, on_found, found);
	gphoto_settings(g);
	return rc < 0 ? -EIO : 0;
}

/* The event got lost, or the library missed it: what is on the card that was not there before?
 * Exactly one new picture is the one of this release; of several nobody can tell. */
static void look_on_card(struct gphoto *g, const struct camera_watch *w, struct wait *s)
{
	struct search found = { .g = g };

	if (g->setup.sdram || search(g, &found) < 0)
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
	enum camera_cause card = CAMERA_OK;
	int left = -1;

	if (!gphoto_ping(g, &left, &card))
		*cause = CAMERA_GONE;
	else if (s->raw_count)
		*cause = CAMERA_RAW_ONLY;
	else if (s->full || card == CAMERA_CARD_FULL)
		*cause = CAMERA_CARD_FULL;
	else
		*cause = card ? card : CAMERA_NO_PICTURE;
	if (*cause == CAMERA_CARD_FULL) {
		*triggered = false;
		g->owes = false;
	}
	return -EIO;
}

/* What a release that failed left behind must not be taken for the next one. */
static void settle_debt(struct gphoto *g, const struct camera_watch *w)
{
	struct search found = { .g = g };

	if (!g->owes || search(g, &found) < 0)
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
	return cause == CAMERA_GONE || cause == CAMERA_FAULT || g->cut;
}

/* What stays busy may be cured by a new session, and next time by a reset of the port. */
static void give_up(struct gphoto *g, enum camera_cause cause)
{
	if (cause != CAMERA_BUSY || g->cut)
		return;
	g->cut = true;
	g->stuck++;
}

/* Refused before the shutter: no room, a dial that was turned to what cannot be used. */
static enum camera_cause obstacle(struct gphoto *g)
{
	enum camera_cause card = CAMERA_OK;
	bool turned = g->dirty;

	if (g->dirty)
		gphoto_settings(g);
	if (turned && g->settings)
		return g->settings;
	if (!g->shots_left && gphoto_ping(g, NULL, &card))
		return card;
	return CAMERA_OK;
}

static int collect(struct gphoto *g, int64_t deadline, const struct camera_watch *w,
		   struct camera_object *out, bool *triggered, enum camera_cause *cause)
{
	struct wait s = { .g = g };
	int rc = g->cut ? 0 : listen(g, deadline, w, &s);

	if (rc < 0)
		return gphoto_fail(g, rc, cause);
	if (!s.have && !s.full)
		look_on_card(g, w, &s);
	if (!s.have)
		return no_picture(g, &s, triggered, cause);
	g->owes = false;
	g->stuck = 0;
	if (g->shots_left > 0)
		g->shots_left--;
	pair_up(&s);
	*out = s.object;
	return 0;
}

int gphoto_shoot(void *priv, int deadline_ms, const struct camera_watch *w,
		 struct camera_object *out, bool *triggered, enum camera_cause *cause)
{
	int64_t deadline = clock_now_ms() + deadline_ms;
	struct gphoto *g = priv;
	int rc;

	*triggered = false;
	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	gphoto_preview_end(g, cause);
	settle_debt(g, w);
	gphoto_forget(g);
	gphoto_limit(g, deadline_ms);
	rc = g->cam ? gphoto_hush(g, 1, w) : GP_ERROR_IO;
	if (rc < 0 && g->cut && !g->mute && !gphoto_revive(g, cause)) {
		gphoto_limit(g, deadline_ms);
		rc = gphoto_hush(g, 1, w);
	}
	if (rc < 0)
		return gphoto_fail(g, rc, cause);
	*cause = obstacle(g);
	if (*cause)
		return -EIO;
	rc = trigger(g, deadline, w);
	/* Cut while it stayed busy after the release: the picture may lie on the card already. */
	if (rc < 0 && !(g->cut && g->release_code == 0x2001)) {
		gphoto_fail(g, rc, cause);
		*triggered = g->owes = may_have_fired(g, *cause);
		give_up(g, *cause);
		return -EIO;
	}
	*triggered = g->owes = true;
	if (w && w->released)
		w->released(w->ctx, g->release_ms ? g->release_ms : clock_now_ms());
	return collect(g, deadline, w, out, triggered, cause);
}
