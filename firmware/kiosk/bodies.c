/*
 * Which body: the first, or the spare that takes over when the first cannot take pictures. And whose
 * card is it: everything known of a card is kept under the body's serial number.
 */
#include "firmware/kiosk/shoot.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#define LOG_MODULE "bodies"
#include "firmware/base/log.h"

enum {
	BOOKS_MAX = 64,
	SPARE_AFTER_MS = 3000, /* a first body that is not there holds up the spare for so long */
	SWITCH_MS = 600, /* a worker that is started anew has its body back sooner */
};

/* --- books ------------------------------------------------------------------------------------- */

struct book *bodies_book(struct kiosk *k, const char *name)
{
	struct book **at = &k->shoot.books;
	int count = 0;

	for (; *at; at = &(*at)->next, count++)
		if (!strcmp((*at)->body, name))
			return *at;
	if (count >= BOOKS_MAX)
		return NULL;
	*at = calloc(1, sizeof(**at));
	if (!*at)
		abort(); /* as in picture_new() */
	text_copy((*at)->body, sizeof((*at)->body), name);
	return *at;
}

/* '@' and '#' are ours, and a row of zeros is no number. */
static bool serial_usable(const char *serial)
{
	for (const char *c = serial; *c; c++)
		if (*c < ' ' || *c > '~')
			return false;
	return strspn(serial, "0 ") != strlen(serial) && !strpbrk(serial, "@#");
}

static const struct body *other(const struct body *b)
{
	const struct shoot *s = &b->k->shoot;

	return b == &s->bodies[0] ? &s->bodies[1] : &s->bodies[0];
}

struct book *bodies_book_of(struct body *b, const struct camera_status *st)
{
	const struct body *o = other(b);
	char name[STORE_BODY_MAX];

	if (serial_usable(st->serial))
		text_copy(name, sizeof(name), st->serial);
	else
		snprintf(name, sizeof(name), "%s@%s",
			 text_valid(st->model, strlen(st->model)) ? st->model : "", b->port);
	/* Two at once under one name are two all the same. */
	if (o->online && o->book && !strcmp(o->book->body, name))
		strcat(name, "#2");
	return bodies_book(b->k, name);
}

static void free_book(struct book *book)
{
	while (book->missing)
		picture_free(picture_take_first(&book->missing));
	for (struct removal *r = book->removals, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	tdestroy(book->known, free);
	free(book);
}

/* --- which one --------------------------------------------------------------------------------- */

/* Troubles that only a person's hands end, and that the other body does not have. */
static bool out_of_action(const struct body *b)
{
	if (!b->online)
		return true;
	switch ((enum camera_cause)b->status.cause) {
	case CAMERA_GONE:
	case CAMERA_HUNG:
	case CAMERA_CLAIMED:
	case CAMERA_CARD_FULL:
	case CAMERA_NO_CARD:
	case CAMERA_CARD_LOCKED:
	case CAMERA_BATTERY:
		return true;
	case CAMERA_OK:
	case CAMERA_BUSY:
	case CAMERA_NO_FOCUS:
	case CAMERA_SETTINGS:
	case CAMERA_NO_PICTURE:
	case CAMERA_RAW_ONLY:
	case CAMERA_TRANSFER:
	case CAMERA_UNSUPPORTED:
	case CAMERA_FAULT:
	case CAMERA_CAUSE_COUNT:
		break;
	}
	return false;
}

bool shoot_online(const struct kiosk *k)
{
	return k->shoot.now->online;
}

bool shoot_spare_ready(const struct kiosk *k)
{
	const struct body *o = other(k->shoot.now);

	return !out_of_action(o) && o->book->baseline_done && !o->rescanning;
}

static void use_other(struct kiosk *k)
{
	struct shoot *s = &k->shoot;

	shoot_live(k, false);
	s->now = s->now == &s->bodies[0] ? &s->bodies[1] : &s->bodies[0];
	s->failing_since_ms = 0;
	s->returning = true;
	log_w("the other body takes over second=%d", s->now != &s->bodies[0]);
	control_event(k, "device", 0, 0, "camera switched");
	store_note(k->store, "camera.switched", NULL);
	kiosk_notice(k, "notice.camera_switched", 6000);
	rescan_settled(k);
}

/* What is in the cable comes first; a shot that was lost with its body waits for that body. */
static void choose(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	int64_t now = clock_now_ms();

	if (!out_of_action(s->now) || s->now->active) {
		s->failing_since_ms = 0;
		return;
	}
	if (!s->failing_since_ms)
		s->failing_since_ms = now;
	if (shoot_spare_ready(k) && now - s->failing_since_ms >= SWITCH_MS)
		use_other(k);
}

/* --- start and stop ---------------------------------------------------------------------------- */

static int start_body(struct body *b, const char *serial)
{
	struct kiosk *k = b->k;
	struct camera_config c = { .shot_deadline_ms = k->config.camera_shot_deadline_ms,
				   .battery_min_pct = k->config.camera_battery_min_pct,
				   .sdram = k->config.camera_target == 1 };

	text_copy(c.port, sizeof(c.port), b->port);
	text_copy(c.serial, sizeof(c.serial), serial);
	return worker_start(k->loop, &camera_worker_ops, b, &c, sizeof(c), &b->worker);
}

void shoot_tick(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	struct body *spare = &s->bodies[1];

	s->seen |= s->bodies[0].online;
	if (spare->port[0] && !spare->worker &&
	    (s->seen || clock_now_ms() - s->started_ms >= SPARE_AFTER_MS) &&
	    start_body(spare, "") < 0)
		log_e("no worker for the second body");
	choose(k);
}

static void find_ports(struct kiosk *k)
{
	const char *port = k->config.camera_port, *spare = k->config.camera_spare;

	if (!strcmp(spare, "auto"))
		spare = !strncmp(port, "usb:", 4) ? "usb:" : "";
	else if (!strcmp(spare, "none") || !port[0])
		spare = "";
	text_copy(k->shoot.bodies[0].port, sizeof(k->shoot.bodies[0].port), port);
	text_copy(k->shoot.bodies[1].port, sizeof(k->shoot.bodies[1].port), spare);
}

int shoot_start(struct kiosk *k)
{
	struct shoot *s = &k->shoot;
	char last[STORE_BODY_MAX];

	s->now = &s->bodies[0];
	for (int i = 0; i < BODIES; i++)
		s->bodies[i].k = k;
	find_ports(k);
	if (!s->now->port[0])
		return 0;
	rescan_load(k);
	s->started_ms = clock_now_ms();
	store_last_body(k->db, k->config.kiosk_id, last);
	return start_body(s->now, serial_usable(last) ? last : "");
}

void shoot_stop(struct kiosk *k)
{
	struct shoot *s = &k->shoot;

	for (int i = 0; i < BODIES; i++) {
		struct body *b = &s->bodies[i];

		worker_stop(b->worker, 3000);
		picture_free(b->active);
		free(b->removing);
		free(b->listed);
	}
	while (s->queue)
		picture_free(picture_take_first(&s->queue));
	for (struct book *next; s->books; s->books = next) {
		next = s->books->next;
		free_book(s->books);
	}
	image_unref(s->frame);
}
