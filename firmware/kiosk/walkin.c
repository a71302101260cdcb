/*
 * Somebody who is not on the list. With the photographer's PIN they become a person of this job:
 * with what the card says, or with the typed number alone. Who stands there is known only as long
 * as the state lasts.
 */
#include <ctype.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "walkin"
#include "firmware/base/log.h"

enum { TYPING_MS = 30000, LOOK_MS = 8000, WAIT_MAX_S = 60 };

/* --- who stands there -------------------------------------------------------------------------- */

static void wipe_pin(struct kiosk *k)
{
	explicit_bzero(k->walkin.pin, sizeof(k->walkin.pin));
}

void walkin_left(struct kiosk *k)
{
	explicit_bzero(&k->walkin.who, sizeof(k->walkin.who));
	wipe_pin(k);
	k->walkin.awaited = false;
	if (k->overlay == OVERLAY_PIN) {
		k->overlay = OVERLAY_NONE;
		k->overlay_until_ms = 0;
	}
}

static void remember(struct kiosk *k, const char *number, bool typed)
{
	struct store_newcomer *n = &k->walkin.who;

	if (identity_normalise(number, n->id_no) <= 0)
		return;
	identity_canonical(n->id_no, n->documents[0]);
	n->typed = typed;
	k->walkin.pin_set = pin_is_set(k->config.data);
}

void walkin_from_card(struct store_newcomer *n, const struct card *c)
{
	if (identity_normalise(c->number, n->id_no) <= 0)
		return;
	identity_canonical(n->id_no, n->documents[0]);
	/* The travel permit's number is printed there; a foreigner's older one is only inferred. */
	if (c->type == CARD_RESIDENCE_PERMIT && c->other_number[0])
		identity_canonical(c->other_number, n->documents[1]);
	text_copy(n->name, sizeof(n->name), c->name[0] ? c->name : c->name_latin);
	text_copy(n->sex, sizeof(n->sex),
		  c->sex == CARD_SEX_MALE     ? "男"
		  : c->sex == CARD_SEX_FEMALE ? "女"
					      : "");
}

void walkin_card(struct kiosk *k, const struct card *c)
{
	struct store_newcomer *n = &k->walkin.who;

	if (k->session.state != ST_NOT_ON_LIST)
		return;
	remember(k, c->number, false);
	walkin_from_card(n, c);
}

void walkin_typed(struct kiosk *k, const char *number)
{
	if (k->session.state == ST_NOT_ON_LIST)
		remember(k, number, true);
}

/* --- the PIN entry ----------------------------------------------------------------------------- */

static bool waiting(const struct kiosk *k)
{
	return clock_now_ms() < k->walkin.wait_until_ms;
}

/* The state lasts @ms from now on. */
static void stay(struct kiosk *k, int64_t ms)
{
	session_stay(&k->session, (int)(clock_now_ms() - k->session.since_ms + ms));
}

static void hold(struct kiosk *k)
{
	stay(k, TYPING_MS + (waiting(k) ? k->walkin.wait_until_ms - clock_now_ms() : 0));
}

bool walkin_offered(const struct kiosk *k)
{
	return k->session.state == ST_NOT_ON_LIST && k->walkin.pin_set &&
	       k->walkin.who.documents[0][0];
}

void walkin_open(struct kiosk *k)
{
	wipe_pin(k);
	k->overlay = OVERLAY_PIN;
	k->overlay_until_ms = 0; /* it goes with the state */
	hold(k);
}

void walkin_close(struct kiosk *k)
{
	if (k->walkin.asked)
		return; /* it is being done */
	wipe_pin(k);
	k->overlay = OVERLAY_NONE;
	stay(k, LOOK_MS);
}

void walkin_digit(struct kiosk *k, char c)
{
	size_t n = strlen(k->walkin.pin);

	hold(k);
	if (!isdigit((unsigned char)c) || n >= PIN_MAX || waiting(k) || k->walkin.asked)
		return;
	k->walkin.pin[n] = c;
	k->walkin.pin[n + 1] = '\0';
}

void walkin_rub_out(struct kiosk *k)
{
	size_t n = strlen(k->walkin.pin);

	hold(k);
	if (n)
		k->walkin.pin[n - 1] = '\0';
}

const char *walkin_hint(const struct kiosk *k)
{
	if (k->walkin.asked)
		return "entry.pin_checking";
	if (waiting(k))
		return "entry.pin_wrong";
	return k->walkin.wrong && !k->walkin.pin[0] ? "entry.pin_again" : "entry.pin";
}

/* --- the answer -------------------------------------------------------------------------------- */

/* 1, 2, 4 … 60 s; it stops nothing but the next PIN. */
static void wrong_pin(struct kiosk *k)
{
	int s = k->walkin.wrong < 6 ? 1 << k->walkin.wrong : WAIT_MAX_S;

	k->walkin.wrong++;
	k->walkin.wait_until_ms = clock_now_ms() + 1000 * s;
	log_w("wrong pin count=%d", k->walkin.wrong);
	if (k->overlay == OVERLAY_PIN)
		hold(k);
}

static void added(struct kiosk *k, int64_t person, bool awaited)
{
	struct session *s = &k->session;

	kiosk_count(k);
	if (!awaited || roster_get(k->roster, person, &k->person) < 0) {
		log_w("added too late for a visit person=%lld", (long long)person);
		return;
	}
	s->tapped = s->who;
	s->tapped.person = person;
	session_event(s, EV_TAP_LISTED);
}

static void refused(struct kiosk *k, enum store_cause cause)
{
	k->session.tapped = k->session.who;
	kiosk_fault(k, "store", stage_store_word(cause));
	session_event(&k->session, EV_TAP_REFUSED);
}

static void on_answer(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;
	bool awaited = k->walkin.awaited;

	k->walkin.asked = false;
	if (r->cause == STORE_OK || r->cause == STORE_NUMBERS_USED_UP)
		k->walkin.wrong = 0;
	if (r->cause == STORE_OK)
		added(k, r->person, awaited);
	else if (r->cause == STORE_PIN_WRONG)
		wrong_pin(k);
	else if (awaited)
		refused(k, r->cause);
	kiosk_settle(k);
}

void walkin_take(struct kiosk *k)
{
	struct walkin *w = &k->walkin;

	hold(k);
	if (w->asked || waiting(k) || !pin_usable(w->pin))
		return;
	w->asked = w->awaited = true;
	store_walk_in(k->store, w->pin, &w->who, on_answer, k);
	wipe_pin(k);
}
