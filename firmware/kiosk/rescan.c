/*
 * What lies on the camera's card, and whose it is. The first listing after the start is the
 * baseline: what was there before is not ours. After every return of the camera the card is listed
 * again: exactly one new picture and one missing shot belong together; anything else goes to
 * quarantine, never to a person.
 */
#include "firmware/kiosk/shoot.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#define LOG_MODULE "rescan"
#include "firmware/base/log.h"

enum { LATE_MS = 30000, LISTED_MAX = 20000, MATCH_BEFORE_S = 5, MATCH_AFTER_S = 20 };

/* --- known objects ----------------------------------------------------------------------------- */

/* Folder, name and size: the camera's numbering wraps, and a body may reuse a name. */
static uint64_t fingerprint(const struct camera_object *o)
{
	uint64_t h = 14695981039346656037u ^ o->size_bytes; /* FNV-1a */

	for (const char *p = o->folder; *p; p++)
		h = (h ^ (uint8_t)*p) * 1099511628211u;
	h = (h ^ '/') * 1099511628211u;
	for (const char *p = o->name; *p; p++)
		h = (h ^ (uint8_t)*p) * 1099511628211u;
	return h;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool rescan_is_known(struct kiosk *k, const struct camera_object *o)
{
	uint64_t f = fingerprint(o);

	return tfind(&f, &k->shoot.known, compare) != NULL;
}

void rescan_know(struct kiosk *k, const struct camera_object *o)
{
	uint64_t *f = malloc(sizeof(*f));

	if (!f)
		abort();
	*f = fingerprint(o);
	if (*(uint64_t **)tsearch(f, &k->shoot.known, compare) != f)
		free(f);
}

/* --- what to do with what was found ------------------------------------------------------------ */

void rescan_put_aside(struct kiosk *k, const struct camera_object *o, const char *why)
{
	struct picture *p = picture_new(k, FOR_QUARANTINE, SHOT_STRAY);

	p->fetch = true;
	p->object = *o;
	text_copy(p->why, sizeof(p->why), why);
	picture_begin(p);
}

/* The missing shot's picture: fetched under its own row, for the visit its trigger was sent in. */
static void fetch_missing(struct kiosk *k, const struct camera_object *o)
{
	struct picture *p = k->shoot.missing;

	k->shoot.missing = p->next;
	p->fetch = true;
	p->object = *o;
	rescan_know(k, o);
	log_i("missing shot found on the camera's card shot=%s", p->shot_id);
	picture_append(&k->shoot.queue, p);
}

/* By the camera's clock: was @o taken when the shutter of @p was released? Where the time is unknown,
 * yes for a trigger of this run, no for one an earlier run left. */
static bool time_fits(const struct kiosk *k, const struct picture *p, const struct camera_object *o)
{
	int64_t taken_s = o->taken_s - k->shoot.status.clock_offset_s;
	int64_t trigger_s = p->trigger_utc_ms / 1000;

	if (!o->taken_s || k->shoot.status.clock_offset_s == INT64_MIN || !p->trigger_utc_ms)
		return !p->resumed;
	return taken_s >= trigger_s - MATCH_BEFORE_S && taken_s <= trigger_s + MATCH_AFTER_S;
}

static void lose_missing(struct kiosk *k)
{
	while (k->shoot.missing) {
		struct picture *p = k->shoot.missing;

		k->shoot.missing = p->next;
		picture_lost(p, CAMERA_NO_PICTURE, EV_SHOT_FAULT);
	}
}

/* @count pictures nobody knows lie on the card, in shoot.listed. */
static void assign(struct kiosk *k, int count)
{
	struct shoot *s = &k->shoot;
	bool one_to_one = s->missing && !s->missing->next && count == 1 &&
			  time_fits(k, s->missing, &s->listed[0]);

	if (one_to_one) {
		fetch_missing(k, &s->listed[0]);
		return;
	}
	for (int i = 0; i < count; i++) {
		rescan_know(k, &s->listed[i]);
		rescan_put_aside(k, &s->listed[i], s->missing ? "ambiguous" : "camera_away");
	}
	lose_missing(k);
}

/* First listing: what an earlier run triggered and did not fetch is told by name or by time. */
static bool claim_for_unfinished(struct kiosk *k, const struct camera_object *o)
{
	struct picture *m = k->shoot.missing;

	return m && !m->next && m->trigger_utc_ms && o->taken_s &&
	       k->shoot.status.clock_offset_s != INT64_MIN && time_fits(k, m, o);
}

static void take_baseline(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	int kept = 0;

	for (int i = 0; i < s->listed_count; i++) {
		if (claim_for_unfinished(k, &s->listed[i]))
			s->listed[kept++] = s->listed[i];
		else
			rescan_know(k, &s->listed[i]);
	}
	s->baseline_done = true;
	assign(k, kept);
}

static void take_news(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	int kept = 0;

	for (int i = 0; i < s->listed_count; i++)
		if (!rescan_is_known(k, &s->listed[i]))
			s->listed[kept++] = s->listed[i];
	assign(k, kept);
}

/* --- the listing ------------------------------------------------------------------------------- */

/* The camera is back: unless its missing shot is still on the way, the visit goes on. */
void rescan_settled(struct kiosk *k)
{
	for (struct picture *p = k->shoot.queue; p; p = p->next)
		if (p->purpose == FOR_VISIT && p->visit == k->visit)
			return;
	if (!k->shoot.returning || !k->shoot.online || k->shoot.active)
		return;
	k->shoot.returning = false;
	session_event(&k->session, EV_CAMERA_BACK);
}

void rescan_start(struct kiosk *k)
{
	struct shoot *s = &k->shoot;

	s->listed_count = 0;
	if (!s->rescan_hangs && worker_request(s->worker, CAMERA_RESCAN, NULL, 0, NULL, 0,
					       CAMERA_RESCAN_DEADLINE_MS) > 0) {
		s->rescanning = true;
		return;
	}
	s->baseline_done = true;
	lose_missing(k);
	rescan_settled(k);
}

int rescan_listed(struct kiosk *k, const struct camera_object *o)
{
	struct shoot *s = &k->shoot;

	if (!s->rescanning || s->listed_count >= LISTED_MAX)
		return -EPROTO;
	if (s->listed_count % 256 == 0) {
		void *more = reallocarray(s->listed, (size_t)s->listed_count + 256, sizeof(*o));

		if (!more)
			return -ENOMEM;
		s->listed = more;
	}
	s->listed[s->listed_count++] = *o;
	return 0;
}

void rescan_finished(struct kiosk *k, bool complete)
{
	struct shoot *s = &k->shoot;

	s->rescanning = false;
	log_i("camera card listed pictures=%d complete=%d", s->listed_count, complete);
	if (complete && s->baseline_done)
		take_news(k);
	else if (complete)
		take_baseline(k);
	rescan_settled(k);
}

/* --- failures ---------------------------------------------------------------------------------- */

/* Is the body itself in the way, so that something must be mended first? */
static bool needs_mending(enum camera_cause cause)
{
	switch (cause) {
	case CAMERA_GONE:
	case CAMERA_HUNG:
	case CAMERA_CLAIMED:
	case CAMERA_CARD_FULL:
	case CAMERA_NO_CARD:
	case CAMERA_CARD_LOCKED:
	case CAMERA_RAW_ONLY:
	case CAMERA_BATTERY:
	case CAMERA_SETTINGS:
		return true;
	case CAMERA_OK:
	case CAMERA_BUSY:
	case CAMERA_NO_FOCUS:
	case CAMERA_NO_PICTURE:
	case CAMERA_TRANSFER:
	case CAMERA_UNSUPPORTED:
	case CAMERA_FAULT:
	case CAMERA_CAUSE_COUNT:
		break;
	}
	return false;
}

void rescan_after_failure(struct kiosk *k, struct picture *p, enum camera_cause cause,
			  bool triggered)
{
	struct shoot *s = &k->shoot;
	bool away = cause == CAMERA_GONE || cause == CAMERA_HUNG;
	enum session_event ev = needs_mending(cause) ? EV_SHOT_FAULT : EV_SHOT_FAILED;

	if (triggered)
		s->late_until_ms = clock_now_ms() + LATE_MS;
	if (!away || (!triggered && !p->fetch)) {
		picture_lost(p, cause, ev);
		return;
	}
	kiosk_fault(k, "camera", stage_camera_word(cause));
	if (p->purpose == FOR_VISIT && p->visit == k->visit)
		session_event(&k->session, ev);
	else if (p->purpose == FOR_TEST)
		session_event(&k->session, ev);
	if (p->fetch) /* it lies on the card: fetch it when the camera is back */
		picture_append(&s->queue, p);
	else
		picture_append(&s->missing, p);
}

/* --- what an earlier run left ------------------------------------------------------------------ */

static void on_resumed(void *ctx, struct store_reply *r)
{
	struct picture *p = ctx;

	if (r->cause != STORE_OK) {
		picture_free(p);
		return;
	}
	p->fd = r->fd;
	memcpy(p->shot_id, r->shot_id, sizeof(p->shot_id));
	picture_append(&p->k->shoot.missing, p);
}

static int one_unfinished(void *ctx, const struct store_refetch *r)
{
	struct kiosk *k = ctx;
	struct picture *p = picture_new(k, FOR_VISIT, SHOT_TRIGGER);

	p->visit = r->visit;
	p->shot = r->shot;
	p->triggered = p->resumed = true;
	p->trigger_utc_ms = r->trigger_utc_ms;
	store_shot_resume(k->store, r->shot, on_resumed, p);
	return 0;
}

void rescan_load(struct kiosk *k)
{
	if (store_each_refetch(k->db, one_unfinished, k) < 0)
		log_e("unfinished shots cannot be read");
}
