/*
 * What the camera worker is asked to do. It does one thing at a time: shots first, then pictures to
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

static void send_picture_request(struct kiosk *k, struct picture *p)
{
	struct shoot *s = &k->shoot;
	int64_t rc;

	/* A second try writes from the beginning again. */
	if (ftruncate(p->fd, 0) < 0 || lseek(p->fd, 0, SEEK_SET) < 0)
		log_w("part file cannot be rewound shot=%s", p->shot_id);
	if (p->fetch)
		rc = worker_request(s->worker, CAMERA_FETCH, &p->object, sizeof(p->object), &p->fd,
				    1, CAMERA_FETCH_DEADLINE_MS);
	else
		rc = worker_request(s->worker, CAMERA_SHOOT, NULL, 0, &p->fd, 1,
				    k->config.camera_shot_deadline_ms + CAMERA_TRANSFER_MS);
	if (rc > 0)
		s->active = p;
	else
		picture_lost(p, CAMERA_GONE, EV_SHOT_FAULT);
}

static void send_removal(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	struct removal *r = s->removals;

	if (worker_request(s->worker, CAMERA_REMOVE, &r->object, sizeof(r->object), NULL, 0,
			   CAMERA_REMOVE_DEADLINE_MS) <= 0)
		return;
	s->removals = r->next;
	s->removing = r;
}

/* Shots are not begun while the camera is away; what waits in the queue then fails at once, except
 * pictures that lie safely on the card. */
static void fail_waiting_shots(struct kiosk *k)
{
	for (struct picture **at = &k->shoot.queue; *at;) {
		if ((*at)->fetch)
			at = &(*at)->next;
		else
			picture_lost(picture_take_first(at), CAMERA_GONE, EV_SHOT_FAULT);
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

static void send_next_picture(struct kiosk *k)
{
	struct picture *p = picture_take_most_urgent(&k->shoot.queue);

	if (still_wanted(k, p)) {
		send_picture_request(k, p);
		return;
	}
	picture_cancelled(p);
}

void shoot_pump(struct kiosk *k)
{
	struct shoot *s = &k->shoot;

	if (!s->worker)
		return;
	if (!s->online) {
		fail_waiting_shots(k);
		return;
	}
	if (worker_busy(s->worker) || s->rescanning)
		return;
	if (s->queue)
		send_next_picture(k);
	else if (s->removals && !session_visit_open(&k->session))
		send_removal(k);
}

void shoot_remove(struct kiosk *k, int64_t shot, const struct camera_object *o)
{
	struct removal *r = calloc(1, sizeof(*r)), **at = &k->shoot.removals;

	if (!r || !o->name[0]) {
		free(r);
		return;
	}
	r->shot = shot;
	r->object = *o;
	while (*at)
		at = &(*at)->next;
	*at = r;
}

void shoot_trigger(struct kiosk *k, enum purpose purpose)
{
	struct picture *p = picture_new(k, purpose, purpose == FOR_TEST ? SHOT_TEST : SHOT_TRIGGER);

	picture_begin(p);
}

void shoot_body(struct kiosk *k)
{
	bool visit = session_visit_open(&k->session);
	struct picture *p =
		picture_new(k, visit ? FOR_VISIT : FOR_TEST, visit ? SHOT_BODY : SHOT_TEST);

	p->fetch = true;
	p->object = k->shoot.body_object;
	picture_begin(p);
}

void shoot_live(struct kiosk *k, bool on)
{
	struct camera_live live = { .on = on };

	if (!k->shoot.worker || k->shoot.live == on)
		return;
	k->shoot.live = on;
	worker_tell(k->shoot.worker, CAMERA_LIVE, &live, sizeof(live));
	if (!on) {
		image_unref(k->shoot.frame);
		k->shoot.frame = NULL;
	}
}
