/*
 * Who is it? Cards from the reader workers and typed numbers are looked up by every document number
 * they state, exact each time, and become one of the session's taps. A lane reader only pre-checks
 * and shows who is next; the seat's tap decides.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sound/sound.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "intake"
#include "firmware/base/log.h"

/* --- look-up -----------------------------------------------------------------------------------
 */

enum { FOUND_MAX = CHOOSE_MAX + 1 }; /* one more than can be chosen from: too many */

/* Everybody the number finds; several records are several rows. */
static int find(struct kiosk *k, const char *number, struct person found[static FOUND_MAX])
{
	return number[0] ? roster_find(k->roster, number, found, FOUND_MAX) : 0;
}

static void fill_who(struct who *w, const struct person *p, const char *number, const char *source,
		     bool english)
{
	memset(w, 0, sizeof(*w));
	w->person = p ? p->id : 0;
	identity_mask(number, w->masked);
	text_copy(w->source, sizeof(w->source), source);
	w->english = english;
	w->typed = !strcmp(source, "typed");
}

/* May a new visit be opened? Sets the fault's words when not. */
static bool visits_allowed(struct kiosk *k, const struct person *p)
{
	k->disk = store_health(k->store, NULL);
	if (k->disk != STORE_OK) {
		kiosk_fault(k, "store", stage_store_word(k->disk));
		return false;
	}
	if (!p->seq[0] && k->counts.numbers_left <= 0) {
		kiosk_fault(k, "store", stage_store_word(STORE_NUMBERS_USED_UP));
		return false;
	}
	return true;
}

static bool has_visit(const struct session *s)
{
	return s->state == ST_OPENING || session_visit_open(s);
}

static enum session_event classify(struct kiosk *k, const struct person *p, int matches)
{
	const struct session *s = &k->session;

	if (matches == 0)
		return EV_TAP_UNKNOWN;
	if (matches < 0) {
		kiosk_fault(k, "store", stage_store_word(STORE_DATABASE));
		return EV_TAP_REFUSED;
	}
	if (matches > 1) {
		kiosk_fault(k, "roster", "two_records");
		return EV_TAP_REFUSED;
	}
	if (has_visit(s) && p->id == s->who.person)
		return EV_TAP_SAME;
	if (!visits_allowed(k, p))
		return EV_TAP_REFUSED;
	return p->captured ? EV_TAP_CAPTURED : EV_TAP_LISTED;
}

static void drop_from_lane(struct kiosk *k, int64_t person)
{
	for (int i = 0; i < k->lane_count; i++) {
		if (k->lane[i].person != person)
			continue;
		memmove(&k->lane[i], &k->lane[i + 1],
			(size_t)(--k->lane_count - i) * sizeof(k->lane[0]));
		return;
	}
}

static void answer_early_tap(struct kiosk *k, bool waited)
{
	if (!waited)
		return;
	ui_sound(k->ui, SOUND_EARLY_TAP);
	kiosk_notice(k, k->session.early_tap_full ? "notice.queue_full" : "notice.early_tap", 3000);
}

/* Somebody waits and another one taps where a tap would be taken at once: who waited goes first. */
static void serve_who_waited(struct kiosk *k, int64_t person)
{
	struct session *s = &k->session;

	if (!s->has_pending || person == s->who.person)
		return;
	if (s->state == ST_PASSED)
		session_event(s, EV_KEY_ACCEPT);
	else if (s->state == ST_LEFT_OPEN)
		session_event(s, EV_TIMEOUT);
}

/* By every number stated, the first that is on the roster counts. Return: matches; negative when the
 * roster cannot be read, for then nobody can say who it is. */
static int look_up(struct kiosk *k, const char *number, const char *other,
		   struct person found[static FOUND_MAX], const char **by, const char **source)
{
	int n = find(k, number, found);

	*by = number;
	if (n == 0 && other[0]) {
		n = find(k, other, found);
		if (n > 0) {
			*by = other;
			*source = "other";
		}
	}
	return n;
}

/* Which one it is has been answered already while a visit of one of them is open. */
static int already_answered(const struct session *s, struct person *found, int n)
{
	for (int i = 0; i < n && n > 1 && has_visit(s); i++) {
		if (found[i].id != s->who.person)
			continue;
		found[0] = found[i];
		return 1;
	}
	return n;
}

/* Is somebody else being served, so that this tap has to wait? */
static bool someone_is_served(const struct session *s)
{
	if (s->state == ST_PASSED || s->state == ST_LEFT_OPEN)
		return false;
	return session_visit_open(s) || s->state == ST_OPENING || s->state == ST_TESTING ||
	       s->state == ST_SWAPPING;
}

static void early(struct kiosk *k, enum session_event ev, const char *number, const char *other)
{
	struct session *s = &k->session;

	if (ev == EV_TAP_UNKNOWN) { /* there is nothing to wait for: said at once */
		ui_sound(k->ui, SOUND_NOT_ON_LIST);
		kiosk_notice(k, "notice.lane_unknown", 4000);
		return;
	}
	text_copy(s->tapped.number, sizeof(s->tapped.number), number);
	text_copy(s->tapped.other, sizeof(s->tapped.other), other);
	session_event(s, ev);
	answer_early_tap(k, ev != EV_TAP_SAME);
}

void intake_number(struct kiosk *k, const char *number, const char *other, const char *source,
		   bool english)
{
	struct session *s = &k->session;
	struct person found[FOUND_MAX], p = { 0 };
	const char *by;
	int n = already_answered(s, found, look_up(k, number, other, found, &by, &source));
	enum session_event ev;
	char fault[sizeof(k->fault_id)];

	if (n == 1)
		p = found[0];
	serve_who_waited(k, p.id);
	text_copy(fault, sizeof(fault), k->fault_id);
	ev = classify(k, &p, n);
	fill_who(&s->tapped, n == 1 ? &p : NULL, by, source, english);
	k->overlay = OVERLAY_NONE;
	log_i("identified by=%s answer=%d state=%s", source, (int)ev, session_state_name(s->state));
	if (someone_is_served(s)) { /* what the visit suffers from is not this tap's trouble */
		text_copy(k->fault_id, sizeof(k->fault_id), fault);
		early(k, ev, number, other);
		return;
	}
	k->person = p;
	drop_from_lane(k, p.id);
	session_event(s, ev);
	if (n > 1 && n <= CHOOSE_MAX)
		choose_offer(k, found, n);
}

void intake_chosen(struct kiosk *k, int64_t person, int rows, int chosen)
{
	struct session *s = &k->session;
	struct person p = { 0 };
	int rc = roster_get(k->roster, person, &p);
	enum session_event ev = classify(k, &p, rc < 0 ? rc : 1);

	s->tapped = s->who;
	s->tapped.person = p.id;
	s->tapped.rows = rows;
	s->tapped.chosen = chosen;
	log_i("chosen rows=%d chosen=%d answer=%d", rows, chosen, (int)ev);
	k->person = p;
	drop_from_lane(k, p.id);
	session_event(s, ev);
}

void intake_pending(struct kiosk *k)
{
	struct who w = k->session.pending;

	k->session.has_pending = false;
	intake_number(k, w.number, w.other, w.source, w.english);
}

/* --- lane: who is next -------------------------------------------------------------------------
 */

void intake_lane(struct kiosk *k, const char *number, const char *other)
{
	struct person p[FOUND_MAX];
	int n = find(k, number, p);

	if (n == 0)
		n = find(k, other, p);
	if (n != 1) {
		ui_sound(k->ui, SOUND_NOT_ON_LIST);
		kiosk_notice(k, "notice.lane_unknown", 4000);
		return;
	}
	if (p->captured)
		kiosk_notice(k, "notice.lane_captured", 4000);
	drop_from_lane(k, p->id);
	if (k->lane_count == LANE_MAX)
		drop_from_lane(k, k->lane[0].person);
	fill_who(&k->lane[k->lane_count++], p, number, "lane", false);
	ui_sound(k->ui, SOUND_EARLY_TAP);
}

/* --- reader workers ----------------------------------------------------------------------------
 */

static int on_card(struct intake *in, const struct wire_msg *m)
{
	const struct reader_card *rc = wire_body(m, sizeof(*rc));
	struct kiosk *k = in->k;

	if (!rc)
		return -EPROTO;
	in->card_present = true;
	in->present_since_ms = clock_now_ms();
	if (k->overlay == OVERLAY_PAUSED) {
		kiosk_notice(k, "notice.paused", 3000);
		return 0;
	}
	if (!in->lane) {
		ui_sound(k->ui, SOUND_CARD_READ);
		k->times.card_ms = rc->at_ms;
	}
	if (newcomer_card(k, &rc->card, in->lane))
		return 0;
	if (in->lane) {
		intake_lane(k, rc->card.number, rc->card.other_number);
		return 0;
	}
	intake_number(k, rc->card.number, rc->card.other_number, "number",
		      rc->card.type == CARD_FOREIGNER_2017 || rc->card.type == CARD_FOREIGNER_2023);
	walkin_card(k, &rc->card);
	log_i("card answered in_ms=%lld", (long long)(clock_now_ms() - rc->at_ms));
	return 0;
}

static int on_trouble(struct intake *in, const struct wire_msg *m)
{
	const struct reader_trouble *t = wire_body(m, sizeof(*t));

	if (!t || t->cause >= READER_CAUSE_COUNT)
		return -EPROTO;
	in->cause = (enum reader_cause)t->cause;
	ui_sound(in->k->ui, SOUND_FAIL);
	kiosk_notice(in->k,
		     in->cause == READER_CARD_REFUSED ? "notice.card_refused" : "notice.card_again",
		     4000);
	return 0;
}

static void set_online(struct intake *in, bool online, enum reader_cause cause)
{
	in->cause = cause;
	if (!online)
		in->card_present = false;
	if (in->online == online)
		return;
	in->online = online;
	log_i("reader %s lane=%d", online ? "online" : "offline", in->lane);
	control_event(in->k, "device", 0, 0, online ? "reader online" : "reader offline");
}

static int on_offline(struct intake *in, const struct wire_msg *m)
{
	const struct reader_trouble *t = wire_body(m, sizeof(*t));

	if (!t || t->cause >= READER_CAUSE_COUNT)
		return -EPROTO;
	set_online(in, false, (enum reader_cause)t->cause);
	return 0;
}

static int dispatch(struct intake *in, const struct wire_msg *m)
{
	switch (m->type) {
	case READER_EVENT_ONLINE:
		set_online(in, true, READER_OK);
		return wire_body(m, sizeof(struct reader_online)) ? 0 : -EPROTO;
	case READER_EVENT_OFFLINE:
		return on_offline(in, m);
	case READER_EVENT_READING:
		return 0;
	case READER_EVENT_CARD:
		return on_card(in, m);
	case READER_EVENT_REMOVED:
		in->card_present = false;
		return 0;
	case READER_EVENT_TROUBLE:
		return on_trouble(in, m);
	default:
		return -EPROTO;
	}
}

static int on_message(void *ctx, struct wire_msg *m)
{
	struct intake *in = ctx;
	int rc = reader_msg_ok(m) ? dispatch(in, m) : -EPROTO;

	memset(m->body, 0, m->length < sizeof(m->body) ? m->length : sizeof(m->body));
	kiosk_settle(in->k);
	return rc;
}

static void on_up(void *ctx)
{
	(void)ctx; /* READER_EVENT_ONLINE follows when it has found the device */
}

static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	struct intake *in = ctx;

	(void)why;
	(void)request_id;
	control_event(in->k, "worker", 0, 0, "reader gone");
	set_online(in, false, READER_LOST);
	kiosk_settle(in->k);
}

static const struct worker_ops ops = {
	.kind = "reader",
	.silence_ms = READER_SILENCE_MS,
	.on_up = on_up,
	.on_message = on_message,
	.on_down = on_down,
};

int intake_start(struct kiosk *k)
{
	const char *const ports[2] = { k->config.reader_port, k->config.lane_port };

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		struct reader_config c = { 0 };
		int rc;

		k->readers[i].k = k;
		k->readers[i].lane = i == 1;
		k->readers[i].cause = READER_NOT_FOUND;
		if (!ports[i][0])
			continue;
		text_copy(c.port, sizeof(c.port), ports[i]);
		rc = worker_start(k->loop, &ops, &k->readers[i], &c, sizeof(c),
				  &k->readers[i].worker);
		if (rc < 0)
			return rc;
	}
	return 0;
}

void intake_stop(struct kiosk *k)
{
	for (size_t i = 0; i < ARRAY_SIZE(k->readers); i++)
		worker_stop(k->readers[i].worker, 1000);
}
