#include "firmware/kiosk/session.h"

#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#define LOG_MODULE "session"
#include "firmware/base/log.h"

enum { BY_CONFIG = -1, KEEP = ST_COUNT }; /* KEEP: stay, without entering the state anew */

/* clang-format off */
static const struct {
	const char *name; /* public word */
	bool visit_open;
	int limit_ms; /* 0: may stay for ever */
} states[ST_COUNT] = {
	[ST_IDLE]             = { "idle",             false, 0 },
	[ST_OPENING]          = { "found",            false, 5000 },
	[ST_FOUND]            = { "found",            true,  BY_CONFIG },
	[ST_FRAMING]          = { "framing",          true,  BY_CONFIG },
	[ST_SHOOTING]         = { "shooting",         true,  45000 },
	[ST_TESTING]          = { "shooting",         false, 45000 },
	[ST_JUDGING]          = { "judging",          true,  20000 },
	[ST_SAVING]           = { "judging",          true,  10000 },
	[ST_PASSED]           = { "passed",           true,  BY_CONFIG },
	[ST_FAILED]           = { "failed",           true,  10000 },
	[ST_ASKED]            = { "asked",            true,  0 },
	[ST_NOT_ON_LIST]      = { "not_on_list",      false, 8000 },
	[ST_ALREADY_CAPTURED] = { "already_captured", false, 8000 },
	[ST_LEFT_OPEN]        = { "left_open",        true,  60000 },
	[ST_FAULT]            = { "fault",            true,  120000 },
	[ST_SWAPPING]         = { "judging",          false, 10000 },
	[ST_REFUSED]          = { "fault",            false, 10000 },
};
/* clang-format on */

/* --- actions ----------------------------------------------------------------------------------- */

static void open_visit(struct session *s)
{
	s->who = s->tapped;
	s->ops->open_visit(s->ctx, &s->who);
}

static void remember_tapped(struct session *s)
{
	s->who = s->tapped;
}

/* Photographed before, and the photographer says: once more. */
static void open_again(struct session *s)
{
	s->who.again = true;
	s->ops->open_visit(s->ctx, &s->who);
}

static void close_accepted(struct session *s)
{
	s->ops->close_visit(s->ctx, END_ACCEPTED);
}

static void accepted_then_open(struct session *s)
{
	close_accepted(s);
	open_visit(s);
}

static void accepted_then_remember(struct session *s)
{
	close_accepted(s);
	remember_tapped(s);
}

static void close_cancelled(struct session *s)
{
	s->ops->close_visit(s->ctx, END_CANCELLED);
}

static void close_swapped(struct session *s)
{
	s->ops->close_visit(s->ctx, END_SWAPPED);
}

static void close_left(struct session *s)
{
	s->ops->close_visit(s->ctx, END_LEFT_OPEN);
}

static void left_then_open(struct session *s)
{
	close_left(s);
	open_visit(s);
}

static void left_then_remember(struct session *s)
{
	close_left(s);
	remember_tapped(s);
}

/* Somebody taps while another visit is open: kept one deep, never bound to the running shot. */
static void early_tap(struct session *s)
{
	s->early_tap_full = s->has_pending && strcmp(s->pending.number, s->tapped.number);
	if (s->early_tap_full)
		return;
	s->pending = s->tapped;
	s->has_pending = true;
}

/* Keys pressed while the visit is still being written count as soon as it stands. */
static void hold_shoot(struct session *s)
{
	s->held_key = EV_KEY_SHOOT;
}

static void hold_cancel(struct session *s)
{
	s->held_key = EV_KEY_CANCEL;
}

static void trigger(struct session *s)
{
	s->ops->trigger(s->ctx);
}

static void trigger_test(struct session *s)
{
	s->ops->trigger_test(s->ctx);
}

static void fetch_body(struct session *s)
{
	s->ops->fetch_body(s->ctx);
}

static void accept(struct session *s)
{
	s->ops->accept(s->ctx);
}

/* --- the table: every legal move is one row ---------------------------------------------------- */

struct row {
	unsigned int from; /* enum session_state */
	unsigned int on; /* enum session_event */
	unsigned int to; /* enum session_state or KEEP */
	void (*act)(struct session *s);
};

/* clang-format off */
/* A new person, where no visit is open. */
#define TAKES_TAPS(st)                                                                              \
	{ st, EV_TAP_LISTED, ST_OPENING, open_visit },                                              \
	{ st, EV_TAP_CAPTURED, ST_ALREADY_CAPTURED, remember_tapped },                              \
	{ st, EV_TAP_UNKNOWN, ST_NOT_ON_LIST, remember_tapped },                                    \
	{ st, EV_TAP_REFUSED, ST_REFUSED, remember_tapped }

/* Somebody else's tap, or the same person's, while a visit is open. */
#define TAPS_WAIT(st)                                                                               \
	{ st, EV_TAP_LISTED, KEEP, early_tap },                                                     \
	{ st, EV_TAP_CAPTURED, KEEP, early_tap },                                                   \
	{ st, EV_TAP_UNKNOWN, KEEP, early_tap },                                                    \
	{ st, EV_TAP_REFUSED, KEEP, early_tap },                                                    \
	{ st, EV_TAP_SAME, KEEP, NULL }

static const struct row table[] = {
	/* from              on                to                   act */
	TAKES_TAPS(ST_IDLE),
	{ ST_IDLE,           EV_KEY_TEST,      ST_TESTING,          trigger_test },
	{ ST_IDLE,           EV_BODY_TEST,     ST_TESTING,          fetch_body },
	{ ST_IDLE,           EV_RESUME,        ST_LEFT_OPEN,        remember_tapped },

	TAPS_WAIT(ST_TESTING),
	{ ST_TESTING,        EV_TEST_DONE,     ST_IDLE,             NULL },
	{ ST_TESTING,        EV_SHOT_FAILED,   ST_IDLE,             NULL },
	{ ST_TESTING,        EV_SHOT_FAULT,    ST_IDLE,             NULL },
	{ ST_TESTING,        EV_TIMEOUT,       ST_IDLE,             NULL },

	TAPS_WAIT(ST_OPENING),
	{ ST_OPENING,        EV_KEY_SHOOT,     KEEP,                hold_shoot },
	{ ST_OPENING,        EV_KEY_CANCEL,    KEEP,                hold_cancel },
	{ ST_OPENING,        EV_VISIT_OPENED,  ST_FOUND,            NULL },
	{ ST_OPENING,        EV_VISIT_REFUSED, ST_REFUSED,          NULL },
	{ ST_OPENING,        EV_TIMEOUT,       ST_REFUSED,          NULL },

	TAPS_WAIT(ST_FOUND),
	{ ST_FOUND,          EV_TIMEOUT,       ST_FRAMING,          NULL },
	{ ST_FOUND,          EV_KEY_SHOOT,     ST_SHOOTING,         trigger },
	{ ST_FOUND,          EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_FOUND,          EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_FOUND,          EV_CAMERA_GONE,   ST_FAULT,            NULL },

	TAPS_WAIT(ST_FRAMING),
	{ ST_FRAMING,        EV_KEY_SHOOT,     ST_SHOOTING,         trigger },
	{ ST_FRAMING,        EV_BODY_SHOT,     ST_SHOOTING,         fetch_body },
	{ ST_FRAMING,        EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_FRAMING,        EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_FRAMING,        EV_CAMERA_GONE,   ST_FAULT,            NULL },
	{ ST_FRAMING,        EV_TIMEOUT,       ST_LEFT_OPEN,        NULL },

	TAPS_WAIT(ST_SHOOTING),
	{ ST_SHOOTING,       EV_SHOT_STORED,   ST_JUDGING,          NULL },
	{ ST_SHOOTING,       EV_SHOT_FAILED,   ST_FAILED,           NULL },
	{ ST_SHOOTING,       EV_SHOT_FAULT,    ST_FAULT,            NULL },
	{ ST_SHOOTING,       EV_SAVE_FAULT,    ST_FAULT,            NULL },
	{ ST_SHOOTING,       EV_TIMEOUT,       ST_FAULT,            NULL },

	TAPS_WAIT(ST_JUDGING),
	{ ST_JUDGING,        EV_COMMITTED,     ST_PASSED,           NULL },
	{ ST_JUDGING,        EV_VERDICT_FAIL,  ST_FAILED,           NULL },
	{ ST_JUDGING,        EV_VERDICT_ASK,   ST_ASKED,            NULL },
	{ ST_JUDGING,        EV_SAVE_FAULT,    ST_FAULT,            NULL },
	{ ST_JUDGING,        EV_TIMEOUT,       ST_FAILED,           NULL },

	TAPS_WAIT(ST_SAVING),
	{ ST_SAVING,         EV_COMMITTED,     ST_PASSED,           NULL },
	{ ST_SAVING,         EV_SAVE_FAULT,    ST_FAULT,            NULL },
	{ ST_SAVING,         EV_TIMEOUT,       ST_FAULT,            NULL },

	{ ST_PASSED,         EV_TAP_LISTED,    ST_OPENING,          accepted_then_open },
	{ ST_PASSED,         EV_TAP_CAPTURED,  ST_ALREADY_CAPTURED, accepted_then_remember },
	{ ST_PASSED,         EV_TAP_UNKNOWN,   ST_NOT_ON_LIST,      accepted_then_remember },
	{ ST_PASSED,         EV_TAP_REFUSED,   ST_REFUSED,          accepted_then_remember },
	{ ST_PASSED,         EV_TAP_SAME,      KEEP,                NULL },
	{ ST_PASSED,         EV_KEY_ACCEPT,    ST_IDLE,             close_accepted },
	{ ST_PASSED,         EV_KEY_RETAKE,    ST_FRAMING,          NULL },
	{ ST_PASSED,         EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_PASSED,         EV_TIMEOUT,       ST_IDLE,             close_accepted },

	TAPS_WAIT(ST_FAILED),
	{ ST_FAILED,         EV_KEY_RETAKE,    ST_FRAMING,          NULL },
	{ ST_FAILED,         EV_KEY_SHOOT,     ST_SHOOTING,         trigger },
	{ ST_FAILED,         EV_KEY_ACCEPT,    ST_SAVING,           accept },
	{ ST_FAILED,         EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_FAILED,         EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_FAILED,         EV_CAMERA_GONE,   ST_FAULT,            NULL },
	{ ST_FAILED,         EV_TIMEOUT,       ST_FRAMING,          NULL },

	TAPS_WAIT(ST_ASKED),
	{ ST_ASKED,          EV_KEY_ACCEPT,    ST_SAVING,           accept },
	{ ST_ASKED,          EV_KEY_RETAKE,    ST_FRAMING,          NULL },
	{ ST_ASKED,          EV_KEY_SHOOT,     ST_SHOOTING,         trigger },
	{ ST_ASKED,          EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_ASKED,          EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },

	TAKES_TAPS(ST_NOT_ON_LIST),
	{ ST_NOT_ON_LIST,    EV_KEY_CANCEL,    ST_IDLE,             NULL },
	{ ST_NOT_ON_LIST,    EV_TIMEOUT,       ST_IDLE,             NULL },

	TAKES_TAPS(ST_ALREADY_CAPTURED),
	{ ST_ALREADY_CAPTURED, EV_KEY_RETAKE,  ST_OPENING,          open_again },
	{ ST_ALREADY_CAPTURED, EV_KEY_CANCEL,  ST_IDLE,             NULL },
	{ ST_ALREADY_CAPTURED, EV_TIMEOUT,     ST_IDLE,             NULL },

	{ ST_LEFT_OPEN,      EV_TAP_SAME,      ST_FRAMING,          NULL },
	{ ST_LEFT_OPEN,      EV_TAP_LISTED,    ST_OPENING,          left_then_open },
	{ ST_LEFT_OPEN,      EV_TAP_CAPTURED,  ST_ALREADY_CAPTURED, left_then_remember },
	{ ST_LEFT_OPEN,      EV_TAP_UNKNOWN,   ST_NOT_ON_LIST,      left_then_remember },
	{ ST_LEFT_OPEN,      EV_TAP_REFUSED,   ST_REFUSED,          left_then_remember },
	{ ST_LEFT_OPEN,      EV_KEY_SHOOT,     ST_FRAMING,          NULL },
	{ ST_LEFT_OPEN,      EV_KEY_RETAKE,    ST_FRAMING,          NULL },
	{ ST_LEFT_OPEN,      EV_KEY_ACCEPT,    ST_SAVING,           accept },
	{ ST_LEFT_OPEN,      EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_LEFT_OPEN,      EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_LEFT_OPEN,      EV_SHOT_STORED,   ST_JUDGING,          NULL }, /* found on the card */
	{ ST_LEFT_OPEN,      EV_TIMEOUT,       ST_IDLE,             close_left },

	TAPS_WAIT(ST_FAULT),
	{ ST_FAULT,          EV_CAMERA_BACK,   ST_FRAMING,          NULL },
	{ ST_FAULT,          EV_SHOT_STORED,   ST_JUDGING,          NULL }, /* found on the card */
	{ ST_FAULT,          EV_COMMITTED,     ST_PASSED,           NULL }, /* late, but in the ledger */
	{ ST_FAULT,          EV_KEY_RETAKE,    ST_FRAMING,          NULL },
	{ ST_FAULT,          EV_KEY_CANCEL,    ST_IDLE,             close_cancelled },
	{ ST_FAULT,          EV_KEY_SWAP,      ST_SWAPPING,         close_swapped },
	{ ST_FAULT,          EV_TIMEOUT,       ST_LEFT_OPEN,        NULL },

	/* the seat is free only when no power cut can bring the picture back */
	TAPS_WAIT(ST_SWAPPING),
	{ ST_SWAPPING,       EV_SWAPPED,       ST_IDLE,             NULL },
	{ ST_SWAPPING,       EV_SAVE_FAULT,    ST_REFUSED,          NULL },
	{ ST_SWAPPING,       EV_TIMEOUT,       ST_REFUSED,          NULL },

	TAKES_TAPS(ST_REFUSED),
	{ ST_REFUSED,        EV_KEY_CANCEL,    ST_IDLE,             NULL },
	{ ST_REFUSED,        EV_TIMEOUT,       ST_IDLE,             NULL },
};
/* clang-format on */

/* --- the machine ------------------------------------------------------------------------------- */

static const struct row *find_row(enum session_state from, enum session_event on)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].from == from && table[i].on == on)
			return &table[i];
	return NULL;
}

static int limit_of(const struct session *s, enum session_state st)
{
	if (states[st].limit_ms != BY_CONFIG)
		return states[st].limit_ms;
	return st == ST_FOUND	  ? s->found_ms
	       : st == ST_FRAMING ? s->framing_limit_ms
				  : s->accept_after_ms;
}

static void press_held_key(struct session *s)
{
	enum session_event key = s->held_key;

	s->held_key = EV_TIMEOUT;
	if (key != EV_TIMEOUT && s->state == ST_FOUND)
		session_event(s, key);
}

static void enter(struct session *s, enum session_state st)
{
	int limit = limit_of(s, st);

	log_i("state %s -> %s", states[s->state].name, states[st].name);
	s->state = st;
	s->since_ms = clock_now_ms();
	s->until_ms = limit ? s->since_ms + limit : 0;
	s->ops->entered(s->ctx);
	if (st == ST_IDLE && s->has_pending)
		s->ops->take_pending(s->ctx);
	else if (st != ST_OPENING)
		press_held_key(s);
}

bool session_event(struct session *s, enum session_event ev)
{
	const struct row *row = find_row(s->state, ev);

	if (!row) {
		log_d("ignored event=%d in state=%s", (int)ev, states[s->state].name);
		return false;
	}
	if (row->act)
		row->act(s);
	if (row->to != KEEP)
		enter(s, (enum session_state)row->to);
	return true;
}

bool session_can(const struct session *s, enum session_event ev)
{
	return find_row(s->state, ev) != NULL;
}

void session_tick(struct session *s)
{
	if (s->until_ms && clock_now_ms() >= s->until_ms)
		session_event(s, EV_TIMEOUT);
}

void session_stay(struct session *s, int ms)
{
	s->until_ms = s->since_ms + ms;
}

int64_t session_next_ms(const struct session *s)
{
	return s->until_ms;
}

bool session_visit_open(const struct session *s)
{
	return states[s->state].visit_open;
}

const char *session_state_name(enum session_state st)
{
	return states[st].name;
}

void session_init(struct session *s, const struct session_ops *ops, void *ctx)
{
	memset(s, 0, sizeof(*s));
	s->ops = ops;
	s->ctx = ctx;
	s->framing_limit_ms = 90000;
	s->found_ms = 700;
	s->accept_after_ms = 2000;
	s->since_ms = clock_now_ms();
}
