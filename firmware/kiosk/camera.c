/*
 * What a camera worker says: pictures, strays of the body's own button, live view, coming and going.
 */
#include "firmware/kiosk/shoot.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { BODY_FRAMING_MS = 1000, CLOCK_OFF_S = 60 };

static bool object_ok(const struct camera_object *o)
{
	return o && memchr(o->folder, 0, sizeof(o->folder)) && memchr(o->name, 0, sizeof(o->name));
}

/* The raw companion the body was to write did not come: the picture counts, and somebody looks. */
static const char *raw_word(struct kiosk *k, const struct camera_object *o)
{
	if (o->pair != PAIR_PARTIAL)
		return o->pair == PAIR_WHOLE ? "whole" : NULL;
	kiosk_notice(k, "notice.raw_missing", 8000);
	return "partial";
}

static void picture_came(struct picture *p, const struct camera_done *d)
{
	struct store_picture sp = { .bytes = (int64_t)d->bytes, .taken_s = d->object.taken_s };

	p->k->times.event_ms = d->event_ms;
	p->k->times.last_byte_ms = d->last_byte_ms;
	p->object = d->object;
	rescan_know(p->book, &d->object);
	memcpy(sp.sha256, d->sha256, sizeof(sp.sha256));
	memcpy(sp.camera_folder, d->object.folder, sizeof(sp.camera_folder));
	memcpy(sp.camera_name, d->object.name, sizeof(sp.camera_name));
	sp.raw = raw_word(p->k, &d->object);
	picture_arrived(p, &sp);
}

static void picture_done(struct body *b, const struct camera_done *d)
{
	struct picture *p = b->active;
	bool triggered = d->triggered || p->triggered;

	b->active = NULL;
	if (p->book != b->book) { /* another body came in between: what it has is not this shot */
		rescan_after_failure(p, CAMERA_GONE, triggered);
		return;
	}
	if (d->cause == CAMERA_OK) {
		picture_came(p, d);
		return;
	}
	b->cause = (enum camera_cause)d->cause;
	if (!p->fetch && d->object.name[0]) { /* it lies on the card: only the transfer failed */
		p->fetch = true;
		p->object = d->object;
		rescan_know(b->book, &d->object);
		if (d->cause == CAMERA_TRANSFER) {
			picture_append(&b->k->shoot.queue, p);
			return;
		}
	}
	rescan_after_failure(p, (enum camera_cause)d->cause, triggered);
}

static void on_camera_cleared(void *ctx, struct store_reply *r)
{
	(void)ctx;
	(void)r;
}

static int on_done(struct body *b, const struct wire_msg *m)
{
	const struct camera_done *d = wire_body(m, sizeof(*d));
	struct kiosk *k = b->k;

	if (!d || d->cause >= CAMERA_CAUSE_COUNT || !object_ok(&d->object))
		return -EPROTO;
	b->last_done_ms = clock_now_ms();
	if (b->active) {
		picture_done(b, d);
	} else if (b->rescanning) {
		rescan_finished(b, d->cause == CAMERA_OK);
	} else if (b->removing) {
		if (d->cause == CAMERA_OK) {
			store_camera_cleared(k->store, b->removing->shot, on_camera_cleared, k);
			rescan_forget(b->book,
				      &b->removing->object); /* its name may be given again */
		}
		free(b->removing);
		b->removing = NULL;
	}
	return 0;
}

/* A triggered picture is unaccounted for: what arrives now may be that one. */
static bool picture_may_be_late(const struct body *b)
{
	return b->book->missing || clock_now_ms() < b->book->late_until_ms;
}

static bool picture_waits(const struct body *b)
{
	for (const struct picture *p = b->k->shoot.queue; p; p = p->next)
		if (p->book == b->book)
			return true;
	return false;
}

/* May the picture the body just took be this visit's shot? (rule 1 of the promise) */
static bool body_shot_counts(const struct body *b, const struct camera_object *o)
{
	const struct session *s = &b->k->session;
	int64_t quiet_since = s->since_ms;

	if (s->state != ST_FRAMING || picture_waits(b) || !o->seen_ms || picture_may_be_late(b))
		return false;
	/* While the worker was busy it could not hear the body: the press may be older than it seems. */
	if (b->last_done_ms > quiet_since)
		quiet_since = b->last_done_ms;
	/* The event may have waited for its turn between two live frames: the earliest time counts. */
	return o->not_before_ms - quiet_since >= BODY_FRAMING_MS;
}

static void take_stray(struct body *b, const struct camera_object *o)
{
	struct session *s = &b->k->session;

	if (b != b->k->shoot.now)
		rescan_put_aside(b, o, "spare");
	else if (body_shot_counts(b, o))
		session_event(s, EV_BODY_SHOT);
	else if (s->state == ST_IDLE && !picture_may_be_late(b))
		session_event(s, EV_BODY_TEST);
	else
		rescan_put_aside(b, o,
				 picture_may_be_late(b) ? "late" : session_state_name(s->state));
}

static int on_stray(struct body *b, const struct wire_msg *m)
{
	const struct camera_object *o = wire_body(m, sizeof(*o));

	if (!object_ok(o) || !b->book)
		return -EPROTO;
	if (rescan_is_known(b->book, o))
		return 0;
	rescan_know(b->book, o);
	b->k->shoot.body_object = *o;
	take_stray(b, o);
	return 0;
}

static int on_frame(struct body *b, struct wire_msg *m)
{
	const struct camera_frame *f = wire_body(m, sizeof(*f));
	struct shoot *s = &b->k->shoot;
	struct image *im = NULL;
	int fd = wire_take_fd(m, 0);
	SCOPED_FD int again = -1; /* for the hints: the same pixels, no copy */
	int rc;

	if (!f || fd < 0) {
		if (fd >= 0)
			close(fd);
		return -EPROTO;
	}
	if (hints_want(b->k))
		again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	rc = image_adopt(fd, f->width_px, f->height_px, &im);
	if (rc < 0)
		return -EPROTO;
	if (!b->live || b != s->now) { /* it was on its way when the live view was ended */
		image_unref(im);
		return 0;
	}
	image_unref(s->frame);
	s->frame = im;
	s->frame_ms = f->at_ms;
	if (again >= 0)
		hints_frame(b->k, again, f->width_px, f->height_px);
	return 0;
}

static void say_device(struct body *b, bool online)
{
	if (b == b->k->shoot.now)
		control_event(b->k, "device", 0, 0, online ? "camera online" : "camera offline");
	else
		control_event(b->k, "device", 0, 0, online ? "spare online" : "spare offline");
}

static void went_offline(struct body *b, enum camera_cause cause)
{
	struct shoot *s = &b->k->shoot;

	b->cause = cause;
	b->live = false;
	if (b == s->now) {
		image_unref(s->frame);
		s->frame = NULL;
	}
	if (!b->online)
		return;
	b->online = false;
	log_w("camera offline second=%d cause=%s", b != &s->bodies[0], stage_camera_word(cause));
	say_device(b, false);
}

static bool clock_moved(const struct book *book, int64_t offset_s)
{
	return llabs(offset_s) > CLOCK_OFF_S && llabs(offset_s - book->clock_noted_s) > CLOCK_OFF_S;
}

/* What the ledger and the operator should know beside the picture. */
static void note_status(struct body *b, const struct camera_status *st)
{
	struct kiosk *k = b->k;
	SCOPED_FREE char *text = NULL;
	json_t *o;

	if (st->settings_changed) {
		if (b == k->shoot.now)
			kiosk_notice(k, "notice.camera_settings", 8000);
		store_note(k->store, "camera.settings", NULL);
	}
	if (st->clock_offset_s == INT64_MIN || !clock_moved(b->book, st->clock_offset_s))
		return;
	b->book->clock_noted_s = st->clock_offset_s;
	o = json_pack("{sssI}", "body", b->book->body, "offset_s", (json_int_t)st->clock_offset_s);
	text = json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
	json_decref(o);
	log_w("camera clock differs offset_s=%lld", (long long)st->clock_offset_s);
	store_note(k->store, "camera.clock", text);
}

static int on_online(struct body *b, const struct wire_msg *m)
{
	const struct camera_status *st = wire_body(m, sizeof(*st));
	struct book *book;
	bool cured;

	if (!st || st->cause >= CAMERA_CAUSE_COUNT || !memchr(st->model, 0, sizeof(st->model)) ||
	    !memchr(st->serial, 0, sizeof(st->serial)) || !(book = bodies_book_of(b, st)))
		return -EPROTO;
	if (book != b->book)
		went_offline(b, CAMERA_GONE);
	cured = b->online && b->cause && !st->cause; /* room on the card again, a fresh battery */
	b->book = book;
	b->status = *st;
	b->cause = (enum camera_cause)st->cause;
	if (b == b->k->shoot.now)
		b->k->shoot.returning |= !b->online || cured;
	note_status(b, st);
	if (b->online) {
		rescan_settled(b->k);
		return 0;
	}
	b->online = true;
	log_i("camera online second=%d battery_pct=%d shots_left=%d", b != &b->k->shoot.bodies[0],
	      st->battery_pct, st->shots_left);
	say_device(b, true);
	rescan_start(b);
	return 0;
}

static int on_offline(struct body *b, const struct wire_msg *m)
{
	const struct camera_trouble *t = wire_body(m, sizeof(*t));

	if (!t || t->cause >= CAMERA_CAUSE_COUNT)
		return -EPROTO;
	went_offline(b, (enum camera_cause)t->cause);
	return 0;
}

static int on_triggered(struct body *b, const struct wire_msg *m)
{
	const struct camera_triggered *t = wire_body(m, sizeof(*t));

	if (!t || !b->active)
		return -EPROTO;
	b->active->triggered = true;
	b->active->trigger_ms = t->at_ms;
	b->active->trigger_utc_ms = clock_utc_ms();
	b->k->times.trigger_ms = t->at_ms;
	ui_sound(b->k->ui, SOUND_SHUTTER);
	return 0;
}

static int dispatch(struct body *b, struct wire_msg *m)
{
	switch (m->type) {
	case CAMERA_DONE:
		return on_done(b, m);
	case CAMERA_TRIGGERED:
		return on_triggered(b, m);
	case CAMERA_OBJECT:
		return object_ok(wire_body(m, sizeof(struct camera_object)))
			       ? rescan_listed(b, wire_body(m, sizeof(struct camera_object)))
			       : -EPROTO;
	case CAMERA_STRAY:
		return on_stray(b, m);
	case CAMERA_FRAME:
		return on_frame(b, m);
	case CAMERA_ONLINE:
		return on_online(b, m);
	case CAMERA_OFFLINE:
		return on_offline(b, m);
	default:
		return -EPROTO;
	}
}

static int on_message(void *ctx, struct wire_msg *m)
{
	struct body *b = ctx;
	int rc = camera_msg_ok(m) ? dispatch(b, m) : -EPROTO;

	kiosk_settle(b->k);
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
	struct body *b = ctx;
	struct picture *p = b->active;

	(void)request_id;
	control_event(b->k, "worker", 0, 0, why == WORKER_HUNG ? "camera hung" : "camera gone");
	went_offline(b, why == WORKER_HUNG ? CAMERA_HUNG : CAMERA_GONE);
	b->active = NULL;
	if (b->rescanning && why == WORKER_HUNG)
		b->book->rescan_hangs = true;
	b->rescanning = false;
	if (b->removing) { /* try again later: the store has not heard that it is cleared */
		b->removing->next = b->book->removals;
		b->book->removals = b->removing;
		b->removing = NULL;
	}
	if (p) /* nobody can tell any more whether its shutter fired */
		rescan_after_failure(p, b->cause, true);
	kiosk_settle(b->k);
}

const struct worker_ops camera_worker_ops = {
	.kind = "camera",
	.silence_ms = CAMERA_SILENCE_MS,
	.on_up = on_up,
	.on_message = on_message,
	.is_part = is_part,
	.on_down = on_down,
};
