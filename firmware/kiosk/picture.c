/*
 * A picture on its way: its intent in the store before the trigger, its original durable afterwards,
 * then the judge or the quarantine.
 */
#include "firmware/kiosk/shoot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "shoot"
#include "firmware/base/log.h"

/* --- pictures ---------------------------------------------------------------------------------- */

struct picture *picture_new(struct kiosk *k, enum purpose purpose, enum shot_source source,
			    struct book *book)
{
	struct picture *p = calloc(1, sizeof(*p));

	if (!p)
		abort(); /* a few hundred bytes: the machine is beyond help */
	p->k = k;
	p->purpose = purpose;
	p->source = source;
	p->book = book;
	p->fd = -1;
	p->visit = purpose == FOR_VISIT ? k->visit : 0;
	return p;
}

void picture_free(struct picture *p)
{
	if (p && p->fd >= 0)
		close(p->fd);
	free(p);
}

void picture_append(struct picture **list, struct picture *p)
{
	p->next = NULL;
	while (*list)
		list = &(*list)->next;
	*list = p;
}

struct picture *picture_take_first(struct picture **list)
{
	struct picture *p = *list;

	if (p)
		*list = p->next;
	return p;
}

/* Shots of the open visit before what is only put aside. */
struct picture *picture_take_for(struct picture **list, const struct book *book)
{
	struct picture **aside = NULL;

	for (struct picture **at = list; *at; at = &(*at)->next) {
		if ((*at)->book != book)
			continue;
		if ((*at)->purpose != FOR_QUARANTINE)
			return picture_take_first(at);
		if (!aside)
			aside = at;
	}
	return aside ? picture_take_first(aside) : NULL;
}

/* Is somebody at the screen waiting for it? Not for what goes to quarantine, nor for the picture of a
 * visit that is over or has gone on without it: that one stays in its record. */
static bool awaited(const struct picture *p)
{
	enum session_state st = p->k->session.state;

	if (p->purpose == FOR_TEST)
		return true;
	return p->purpose == FOR_VISIT && p->visit == p->k->visit &&
	       (!p->later || st == ST_FAULT || st == ST_LEFT_OPEN);
}

static void tell_session(struct picture *p, enum session_event ev)
{
	if (awaited(p))
		session_event(&p->k->session, ev);
}

static void on_lost_noted(void *ctx, struct store_reply *r)
{
	(void)ctx;
	(void)r;
}

void picture_cancelled(struct picture *p)
{
	log_w("shot not taken, its visit has gone on shot=%s", p->shot_id);
	store_shot_lost(p->k->store, p->shot, "cancelled", on_lost_noted, p->k);
	picture_free(p);
}

/* The picture will not come. The camera worker cannot tell a disk that takes no more bytes from
 * a camera that gives none; the store can. */
void picture_lost(struct picture *p, enum camera_cause cause, enum session_event ev)
{
	struct kiosk *k = p->k;
	const char *part = "camera", *word = stage_camera_word(cause);

	log_w("shot lost shot=%s cause=%s", p->shot_id, word);
	if (p->shot)
		store_shot_lost(k->store, p->shot, word, on_lost_noted, k);
	k->disk = store_health(k->store, NULL);
	if (k->disk != STORE_OK) {
		part = "store";
		word = stage_store_word(k->disk);
		ev = EV_SHOT_FAULT;
	}
	if (awaited(p)) {
		kiosk_fault(k, part, word);
		stage_cause_id(k->reason_id, part, word);
	}
	if (p->purpose == FOR_TEST) /* no state shows it */
		kiosk_notice(k, k->fault_id, 6000);
	tell_session(p, ev);
	picture_free(p);
	rescan_settled(k);
}

/* --- store side -------------------------------------------------------------------------------- */

static void store_trouble(struct picture *p, enum store_cause cause)
{
	log_w("shot not kept shot=%s cause=%s", p->shot_id, stage_store_word(cause));
	if (awaited(p))
		kiosk_fault(p->k, "store", stage_store_word(cause));
}

static void on_quarantined(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;

	kiosk_notice(k, "notice.quarantined", 6000);
	control_event(k, "quarantine", 0, r->shot, NULL);
	kiosk_settle(k);
}

static void hand_to_judge(struct picture *p, struct store_reply *r)
{
	struct kiosk *k = p->k;

	if (p->purpose == FOR_VISIT) {
		k->shot = p->shot;
		k->attempts++;
	}
	verdict_ask(k, p, r->fd);
	r->fd = -1;
	tell_session(p, EV_SHOT_STORED);
}

static void on_stored(void *ctx, struct store_reply *r)
{
	struct picture *p = ctx;
	struct kiosk *k = p->k;

	if (r->cause != STORE_OK) {
		store_trouble(p, r->cause);
		tell_session(p, r->cause == STORE_BAD_PICTURE ? EV_SHOT_FAILED : EV_SAVE_FAULT);
	} else if (p->purpose == FOR_QUARANTINE) {
		store_quarantine(k->store, p->shot, p->why, on_quarantined, k);
	} else {
		k->times.durable_ms = r->durable_ms;
		control_event(k, "stored", p->visit, p->shot, r->number);
		if (awaited(p))
			hand_to_judge(p, r);
	}
	if (r->fd >= 0)
		close(r->fd);
	picture_free(p);
	rescan_settled(
		k); /* a visit that waited for the camera goes on, if this was the last of it */
	kiosk_settle(k);
}

static void on_begun(void *ctx, struct store_reply *r)
{
	struct picture *p = ctx;
	struct kiosk *k = p->k;

	if (r->cause != STORE_OK) {
		store_trouble(p, r->cause);
		tell_session(p, EV_SAVE_FAULT);
		picture_free(p);
	} else {
		p->shot = r->shot;
		memcpy(p->shot_id, r->shot_id, sizeof(p->shot_id));
		p->fd = r->fd;
		picture_append(&k->shoot.queue, p);
	}
	kiosk_settle(k);
}

void picture_begin(struct picture *p)
{
	store_shot_begin(p->k->store, p->visit, p->source, p->book ? p->book->body : "", on_begun,
			 p);
}

void picture_arrived(struct picture *p, const struct store_picture *sp)
{
	store_shot_stored(p->k->store, p->shot, sp, on_stored, p);
}
