/*
 * What lies on a body's card, and whose it is. The first listing of a card is its baseline: what was
 * there before is not ours. After every return of the body its card is listed again: exactly one new
 * picture and one missing shot of this body belong together; anything else goes to quarantine, never
 * to a person. A missing shot waits for its own body, however long that takes.
 */
#include "firmware/kiosk/shoot.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#define LOG_MODULE "rescan"
#include "firmware/base/log.h"

enum {
	LATE_MS = 120000, /* libgphoto2 and bodies that hang come back within 90 s */
	LISTED_MAX = 20000,
	MATCH_BEFORE_S = 5,
	MATCH_AFTER_S = 20, /* while its visit is open */
	MATCH_CLOSED_S = 5, /* afterwards: the next person may be sitting there */
};

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

bool rescan_is_known(const struct book *book, const struct camera_object *o)
{
	uint64_t f = fingerprint(o);

	return tfind(&f, &book->known, compare) != NULL;
}

void rescan_know(struct book *book, const struct camera_object *o)
{
	uint64_t *f = malloc(sizeof(*f));

	if (!f)
		abort();
	*f = fingerprint(o);
	if (*(uint64_t **)tsearch(f, &book->known, compare) != f)
		free(f);
}

void rescan_forget(struct book *book, const struct camera_object *o)
{
	uint64_t f = fingerprint(o);
	uint64_t **at = tfind(&f, &book->known, compare), *found;

	if (!at)
		return;
	found = *at;
	tdelete(&f, &book->known, compare);
	free(found);
}

/* --- what to do with what was found ------------------------------------------------------------ */

void rescan_put_aside(struct body *b, const struct camera_object *o, const char *why)
{
	struct picture *p = picture_new(b->k, FOR_QUARANTINE, SHOT_STRAY, b->book);

	p->fetch = true;
	p->object = *o;
	text_copy(p->why, sizeof(p->why), why);
	picture_begin(p);
}

/* The missing shot's picture: fetched under its own row, for the visit its trigger was sent in. */
static void fetch_missing(struct body *b, const struct camera_object *o)
{
	struct picture *p = picture_take_first(&b->book->missing);

	p->fetch = true;
	p->object = *o;
	rescan_know(b->book, o);
	log_i("missing shot found on the camera's card shot=%s", p->shot_id);
	picture_append(&b->k->shoot.queue, p);
}

/* By the camera's clock: was @o taken when the shutter of @p was released? Where the time is unknown,
 * yes while its visit is open; later somebody else may have been taken. */
static bool time_fits(const struct body *b, const struct picture *p, const struct camera_object *o)
{
	int64_t taken_s = o->taken_s - b->status.clock_offset_s;
	int64_t trigger_s = p->trigger_utc_ms / 1000;
	bool open = p->visit == b->k->visit && session_visit_open(&b->k->session);
	int after_s = open ? MATCH_AFTER_S : MATCH_CLOSED_S;

	if (!o->taken_s || b->status.clock_offset_s == INT64_MIN || !p->trigger_utc_ms)
		return open && !p->resumed;
	return taken_s >= trigger_s - MATCH_BEFORE_S && taken_s <= trigger_s + after_s;
}

static void lose_missing(struct book *book)
{
	while (book->missing)
		picture_lost(picture_take_first(&book->missing), CAMERA_NO_PICTURE, EV_SHOT_FAULT);
}

/* @count pictures nobody knows lie on the card, in b->listed. */
static void assign(struct body *b, int count)
{
	struct picture *m = b->book->missing;

	if (m && !m->next && count == 1 && time_fits(b, m, &b->listed[0])) {
		fetch_missing(b, &b->listed[0]);
		return;
	}
	for (int i = 0; i < count; i++) {
		rescan_know(b->book, &b->listed[i]);
		rescan_put_aside(b, &b->listed[i], m ? "ambiguous" : "camera_away");
	}
	lose_missing(b->book);
}

/* First listing: what an earlier run triggered and did not fetch is told by name or by time. */
static bool claim_for_unfinished(const struct body *b, const struct camera_object *o)
{
	const struct picture *m = b->book->missing;

	return m && !m->next && m->trigger_utc_ms && o->taken_s &&
	       b->status.clock_offset_s != INT64_MIN && time_fits(b, m, o);
}

static void take_baseline(struct body *b)
{
	int kept = 0;

	for (int i = 0; i < b->listed_count; i++) {
		if (claim_for_unfinished(b, &b->listed[i]))
			b->listed[kept++] = b->listed[i];
		else
			rescan_know(b->book, &b->listed[i]);
	}
	b->book->baseline_done = true;
	assign(b, kept);
}

static void take_news(struct body *b)
{
	int kept = 0;

	for (int i = 0; i < b->listed_count; i++)
		if (!rescan_is_known(b->book, &b->listed[i]))
			b->listed[kept++] = b->listed[i];
	assign(b, kept);
}

/* --- the listing ------------------------------------------------------------------------------- */

/* A camera is back: unless its missing shot is still on the way, the visit goes on. */
void rescan_settled(struct kiosk *k)
{
	const struct body *b = k->shoot.now;

	for (struct picture *p = k->shoot.queue; p; p = p->next)
		if (p->purpose == FOR_VISIT && p->visit == k->visit && p->book == b->book)
			return;
	if (!k->shoot.returning || !b->online || b->active || b->rescanning)
		return;
	k->shoot.returning = false;
	session_event(&k->session, EV_CAMERA_BACK);
}

void rescan_start(struct body *b)
{
	b->listed_count = 0;
	if (!b->book->rescan_hangs && worker_request(b->worker, CAMERA_RESCAN, NULL, 0, NULL, 0,
						     CAMERA_RESCAN_DEADLINE_MS) > 0) {
		b->rescanning = true;
		return;
	}
	b->book->baseline_done = true;
	lose_missing(b->book);
	rescan_settled(b->k);
}

int rescan_listed(struct body *b, const struct camera_object *o)
{
	if (!b->rescanning || b->listed_count >= LISTED_MAX)
		return -EPROTO;
	if (b->listed_count % 256 == 0) {
		void *more = reallocarray(b->listed, (size_t)b->listed_count + 256, sizeof(*o));

		if (!more)
			return -ENOMEM;
		b->listed = more;
	}
	b->listed[b->listed_count++] = *o;
	return 0;
}

void rescan_finished(struct body *b, bool complete)
{
	b->rescanning = false;
	log_i("camera card listed pictures=%d complete=%d", b->listed_count, complete);
	if (complete && b->book->baseline_done)
		take_news(b);
	else if (complete)
		take_baseline(b);
	rescan_settled(b->k);
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

void rescan_after_failure(struct picture *p, enum camera_cause cause, bool triggered)
{
	bool away = cause == CAMERA_GONE || cause == CAMERA_HUNG;
	enum session_event ev = needs_mending(cause) ? EV_SHOT_FAULT : EV_SHOT_FAILED;
	struct kiosk *k = p->k;

	if (triggered)
		p->book->late_until_ms = clock_now_ms() + LATE_MS;
	if (!away || (!triggered && !p->fetch)) {
		picture_lost(p, cause, ev);
		return;
	}
	kiosk_fault(k, "camera", stage_camera_word(cause));
	if (p->purpose == FOR_TEST ||
	    (p->purpose == FOR_VISIT && p->visit == k->visit && !p->later))
		session_event(&k->session, ev);
	p->later = p->purpose == FOR_VISIT;
	if (p->fetch) /* it lies on the card: fetch it when the body is back */
		picture_append(&k->shoot.queue, p);
	else
		picture_append(&p->book->missing, p);
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
	picture_append(&p->book->missing, p);
}

static void on_dropped(void *ctx, struct store_reply *r)
{
	(void)ctx;
	(void)r;
}

/* A picture of nobody's, or a shot before any body was there: nothing tells what to look for. */
static int one_unfinished(void *ctx, const struct store_refetch *r)
{
	struct kiosk *k = ctx;
	struct book *book = r->visit && r->body[0] ? bodies_book(k, r->body) : NULL;
	struct picture *p;

	if (!book) {
		store_shot_lost(k->store, r->shot, "restart", on_dropped, k);
		return 0;
	}
	p = picture_new(k, FOR_VISIT, SHOT_TRIGGER, book);
	p->visit = r->visit;
	p->shot = r->shot;
	p->triggered = p->resumed = p->later = true;
	p->trigger_utc_ms = r->trigger_utc_ms;
	store_shot_resume(k->store, r->shot, on_resumed, p);
	return 0;
}

void rescan_load(struct kiosk *k)
{
	if (store_each_refetch(k->db, one_unfinished, k) < 0)
		log_e("unfinished shots cannot be read");
}
