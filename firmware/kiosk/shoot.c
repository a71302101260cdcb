/*
 * What a camera worker is asked to do. It does one thing at a time: shots first, then pictures to
 * fetch, then copies to delete. A shot's intent is committed before its trigger (picture.c); what was
 * triggered and never arrived is kept as `missing` and looked for on the camera's card (rescan.c).
 */
#include "firmware/kiosk/shoot.h"

#include <stdlib.h>
#include <unistd.h>

#include "firmware/base/clock.h"
#define LOG_MODULE "shoot"
#include "firmware/base/log.h"

/* --- asking the worker ------------------------------------------------------------------------- */

static void send_picture_request(struct body *b, struct picture *p)
{
	int64_t rc;

	/* A second try writes from the beginning again. */
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		log_w("part file cannot be rewound shot=%s", p->shot_id);
	if (p->fetch)
		rc = worker_request(b->worker, CAMERA_FETCH, &p->object, sizeof(p->object), &p->fd,
				    1, CAMERA_FETCH_DEADLINE_MS);
	else {
		p->trigger_utc_ms = clock_utc_ms(); /* should nobody tell when it was */
		rc = worker_request(b->worker, CAMERA_SHOOT, NULL, 0, &p->fd, 1,
				    b->k->config.camera_shot_deadline_ms + CAMERA_TRANSFER_MS);
	}
	if (rc > 0)
		b->active = p;
	else
		picture_lost(p, CAMERA_GONE, EV_SHOT_FAULT);
}

static void send_removal(struct body *b)
{
	struct removal *r = b->book->removals;

	if (worker_request(b->worker, CAMERA_REMOVE, &r->object, sizeof(r->object), NULL, 0,
			   CAMERA_REMOVE_DEADLINE_MS) <= 0)
		return;
	b->book->removals = r->next;
	b->removing = r;
}

/* Shots are not begun while their body is away or not in use; what waits in the queue then fails at
 * once, except pictures that lie safely on a card. */
static void fail_waiting_shots(struct kiosk *k)
{
	const struct body *b = k->shoot.now;
	struct picture **at = &k->shoot.queue;

	while (*at) {
		if ((*at)->fetch || (b->online && (*at)->book == b->book)) {
			at = &(*at)->next;
			continue;
		}
		picture_lost(picture_take_first(at), CAMERA_GONE, EV_SHOT_FAULT);
		at = &k->shoot.queue; /* the session may have changed it */
	}
}

/* A shutter is released only for whoever is waiting for it: a slow disk or camera may have let the
 * visit end while the shot stood in the queue. */
static bool still_wanted(const struct kiosk *k, const struct picture *p)
{
	if (p->fetch)
		return true;
	if (p->purpose == FOR_TEST)
		return k->session.state == ST_TESTING;
	return p->visit == k->visit && k->session.state == ST_SHOOTING;
}

/* While a visit is open the body in use is kept free for it. */
static bool may_remove(const struct body *b)
{
	return b->book->removals && (b != b->k->shoot.now || !session_visit_open(&b->k->session));
}

static void pump(struct body *b)
{
	struct kiosk *k = b->k;
	struct picture *p;

	if (!b->worker || !b->online || worker_busy(b->worker) || b->rescanning)
		return;
	p = picture_take_for(&k->shoot.queue, b->book);
	if (p && still_wanted(k, p))
		send_picture_request(b, p);
	else if (p)
		picture_cancelled(p);
	else if (may_remove(b))
		send_removal(b);
}

void shoot_pump(struct kiosk *k)
{
	fail_waiting_shots(k);
	for (int i = 0; i < BODIES; i++)
		pump(&k->shoot.bodies[i]);
}

void shoot_remove(struct book *book, int64_t shot, const struct camera_object *o)
{
	struct removal *r = calloc(1, sizeof(*r)), **at;

	if (!r || !book || !o->name[0]) {
		free(r);
		return;
	}
	r->shot = shot;
	r->object = *o;
	for (at = &book->removals; *at;)
		at = &(*at)->next;
	*at = r;
}

void shoot_trigger(struct kiosk *k, enum purpose purpose)
{
	struct picture *p = picture_new(k, purpose, purpose == FOR_TEST ? SHOT_TEST : SHOT_TRIGGER,
					k->shoot.now->book);

	picture_begin(p);
}

void shoot_body(struct kiosk *k)
{
	bool visit = session_visit_open(&k->session);
	struct picture *p = picture_new(k, visit ? FOR_VISIT : FOR_TEST,
					visit ? SHOT_BODY : SHOT_TEST, k->shoot.now->book);

	p->fetch = true;
	p->object = k->shoot.body_object;
	picture_begin(p);
}

void shoot_live(struct kiosk *k, bool on)
{
	struct camera_live live = { .on = on };
	struct body *b = k->shoot.now;

	if (!b->worker || b->live == on)
		return;
	b->live = on;
	worker_tell(b->worker, CAMERA_LIVE, &live, sizeof(live));
	if (!on) {
		image_unref(k->shoot.frame);
		k->shoot.frame = NULL;
	}
}
