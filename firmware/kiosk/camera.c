/*
 * What the camera worker says: pictures, strays of the body's own button, live view, coming and going.
 */
#include "firmware/kiosk/shoot.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/clock.h"
#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { BODY_FRAMING_MS = 1000 };

static bool object_ok(const struct camera_object *o)
{
	return o && memchr(o->folder, 0, sizeof(o->folder)) && memchr(o->name, 0, sizeof(o->name));
}

static void picture_done(struct kiosk *k, const struct camera_done *d)
{
	struct shoot *s = &k->shoot;
	struct picture *p = s->active;
	struct store_picture sp = { .bytes = (int64_t)d->bytes, .taken_s = d->object.taken_s };

	s->active = NULL;
	if (d->cause == CAMERA_OK) {
		p->object = d->object;
		rescan_know(k, &d->object);
		memcpy(sp.sha256, d->sha256, sizeof(sp.sha256));
		memcpy(sp.camera_folder, d->object.folder, sizeof(sp.camera_folder));
		memcpy(sp.camera_name, d->object.name, sizeof(sp.camera_name));
		picture_arrived(p, &sp);
		return;
	}
	s->cause = (enum camera_cause)d->cause;
	if (!p->fetch && d->object.name[0]) { /* it lies on the card: only the transfer failed */
		p->fetch = true;
		p->object = d->object;
		rescan_know(k, &d->object);
		if (d->cause == CAMERA_TRANSFER) {
			picture_append(&s->queue, p);
			return;
		}
	}
	rescan_after_failure(k, p, (enum camera_cause)d->cause, d->triggered || p->triggered);
}

static void on_camera_cleared(void *ctx, struct store_reply *r)
{
	(void)ctx;
	(void)r;
}

static int on_done(struct kiosk *k, const struct wire_msg *m)
{
	const struct camera_done *d = wire_body(m, sizeof(*d));
	struct shoot *s = &k->shoot;

	if (!d || d->cause >= CAMERA_CAUSE_COUNT || !object_ok(&d->object))
		return -EPROTO;
	s->last_done_ms = clock_now_ms();
	if (s->active) {
		picture_done(k, d);
	} else if (s->rescanning) {
		rescan_finished(k, d->cause == CAMERA_OK);
	} else if (s->removing) {
		if (d->cause == CAMERA_OK)
			store_camera_cleared(k->store, s->removing->shot, on_camera_cleared, k);
		free(s->removing);
		s->removing = NULL;
	}
	return 0;
}

/* A triggered picture is unaccounted for: what arrives now may be that one. */
static bool picture_may_be_late(const struct kiosk *k)
{
	return k->shoot.missing || clock_now_ms() < k->shoot.late_until_ms;
}

/* May the picture the body just took be this visit's shot? (rule 1 of the promise) */
static bool body_shot_counts(const struct kiosk *k, const struct camera_object *o)
{
	int64_t quiet_since = k->session.since_ms;

	if (k->session.state != ST_FRAMING || k->shoot.queue || !o->seen_ms ||
	    picture_may_be_late(k))
		return false;
	/* While the worker was busy it could not hear the body: the press may be older than it seems. */
	if (k->shoot.last_done_ms > quiet_since)
		quiet_since = k->shoot.last_done_ms;
	/* The event may have waited for its turn between two live frames: the earliest time counts. */
	return o->not_before_ms - quiet_since >= BODY_FRAMING_MS;
}

static int on_stray(struct kiosk *k, const struct wire_msg *m)
{
	const struct camera_object *o = wire_body(m, sizeof(*o));

	if (!object_ok(o))
		return -EPROTO;
	if (rescan_is_known(k, o))
		return 0;
	rescan_know(k, o);
	k->shoot.body_object = *o;
	if (body_shot_counts(k, o))
		session_event(&k->session, EV_BODY_SHOT);
	else if (k->session.state == ST_IDLE && !picture_may_be_late(k))
		session_event(&k->session, EV_BODY_TEST);
	else
		rescan_put_aside(k, o,
				 picture_may_be_late(k) ? "late"
							: session_state_name(k->session.state));
	return 0;
}

static int on_frame(struct kiosk *k, struct wire_msg *m)
{
	const struct camera_frame *f = wire_body(m, sizeof(*f));
	struct image *im = NULL;
	int fd = wire_take_fd(m, 0);
	int rc;

	if (!f || fd < 0) {
		if (fd >= 0)
			close(fd);
		return -EPROTO;
	}
	rc = image_adopt(fd, f->width_px, f->height_px, &im);
	if (rc < 0)
		return -EPROTO;
	image_unref(k->shoot.frame);
	k->shoot.frame = NULL;
	if (!k->shoot.live) { /* it was on its way when the live view was ended */
		image_unref(im);
		return 0;
	}
	k->shoot.frame = im;
	k->shoot.frame_ms = f->at_ms;
	return 0;
}

static int on_online(struct kiosk *k, const struct wire_msg *m)
{
	const struct camera_status *st = wire_body(m, sizeof(*st));
	struct shoot *s = &k->shoot;
	bool was_online = s->online, cured;

	if (!st || st->cause >= CAMERA_CAUSE_COUNT || !memchr(st->model, 0, sizeof(st->model)) ||
	    !memchr(st->serial, 0, sizeof(st->serial)))
		return -EPROTO;
	cured = was_online && s->cause && !st->cause; /* room on the card again, a fresh battery */
	s->status = *st;
	s->cause = (enum camera_cause)st->cause;
	s->online = true;
	s->returning |= !was_online || cured;
	if (cured)
		rescan_settled(k);
	if (was_online)
		return 0;
	log_i("camera online battery_pct=%d shots_left=%d", st->battery_pct, st->shots_left);
	control_event(k, "device", 0, 0, "camera online");
	rescan_start(k);
	return 0;
}

static void went_offline(struct kiosk *k, enum camera_cause cause)
{
	struct shoot *s = &k->shoot;

	s->cause = cause;
	s->live = false;
	image_unref(s->frame);
	s->frame = NULL;
	if (!s->online)
		return;
	s->online = false;
	log_w("camera offline cause=%s", stage_camera_word(cause));
	control_event(k, "device", 0, 0, "camera offline");
}

static int on_offline(struct kiosk *k, const struct wire_msg *m)
{
	const struct camera_trouble *t = wire_body(m, sizeof(*t));

	if (!t || t->cause >= CAMERA_CAUSE_COUNT)
		return -EPROTO;
	went_offline(k, (enum camera_cause)t->cause);
	return 0;
}

static int on_triggered(struct kiosk *k, const struct wire_msg *m)
{
	const struct camera_triggered *t = wire_body(m, sizeof(*t));

	if (!t || !k->shoot.active)
		return -EPROTO;
	k->shoot.active->triggered = true;
	k->shoot.active->trigger_ms = t->at_ms;
	k->shoot.active->trigger_utc_ms = clock_utc_ms();
	ui_sound(k->ui, SOUND_SHUTTER);
	return 0;
}

static int dispatch(struct kiosk *k, struct wire_msg *m)
{
	switch (m->type) {
	case CAMERA_DONE:
		return on_done(k, m);
	case CAMERA_TRIGGERED:
		return on_triggered(k, m);
	case CAMERA_OBJECT:
		return object_ok(wire_body(m, sizeof(struct camera_object)))
			       ? rescan_listed(k, wire_body(m, sizeof(struct camera_object)))
			       : -EPROTO;
	case CAMERA_STRAY:
		return on_stray(k, m);
	case CAMERA_FRAME:
		return on_frame(k, m);
	case CAMERA_ONLINE:
		return on_online(k, m);
	case CAMERA_OFFLINE:
		return on_offline(k, m);
	default:
		return -EPROTO;
	}
}

static int on_message(void *ctx, struct wire_msg *m)
{
	struct kiosk *k = ctx;
	int rc = dispatch(k, m);

	kiosk_settle(k);
	return rc;
}

static bool is_part(uint16_t type)
{
	return type == CAMERA_OBJECT || type == CAMERA_TRIGGERED;
}

static void on_up(void *ctx)
{
	(void)ctx; /* CAMERA_ONLINE follows when it has found the body */
}

static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	struct kiosk *k = ctx;
	struct shoot *s = &k->shoot;
	struct picture *p = s->active;

	(void)request_id;
	control_event(k, "worker", 0, 0, why == WORKER_HUNG ? "camera hung" : "camera gone");
	went_offline(k, why == WORKER_HUNG ? CAMERA_HUNG : CAMERA_GONE);
	s->active = NULL;
	s->rescan_hangs |= s->rescanning && why == WORKER_HUNG;
	s->rescanning = false;
	if (s->removing) { /* try again later: the store has not heard that it is cleared */
		s->removing->next = s->removals;
		s->removals = s->removing;
		s->removing = NULL;
	}
	if (p)
		rescan_after_failure(k, p, s->cause, p->triggered);
	kiosk_settle(k);
}

static const struct worker_ops ops = {
	.kind = "camera",
	.silence_ms = CAMERA_SILENCE_MS,
	.on_up = on_up,
	.on_message = on_message,
	.is_part = is_part,
	.on_down = on_down,
};

int shoot_start(struct kiosk *k)
{
	struct camera_config c = { .shot_deadline_ms = k->config.camera_shot_deadline_ms,
				   .battery_min_pct = k->config.camera_battery_min_pct,
				   .sdram = k->config.camera_target == 1 };

	if (!k->config.camera_port[0])
		return 0;
	text_copy(c.port, sizeof(c.port), k->config.camera_port);
	rescan_load(k);
	return worker_start(k->loop, &ops, k, &c, sizeof(c), &k->shoot.worker);
}

static void free_list(struct picture *p)
{
	for (struct picture *next; p; p = next) {
		next = p->next;
		picture_free(p);
	}
}

void shoot_stop(struct kiosk *k)
{
	struct shoot *s = &k->shoot;

	worker_stop(s->worker, 3000);
	free_list(s->queue);
	free_list(s->missing);
	picture_free(s->active);
	for (struct removal *r = s->removals, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	free(s->removing);
	free(s->listed);
	tdestroy(s->known, free);
	image_unref(s->frame);
}
