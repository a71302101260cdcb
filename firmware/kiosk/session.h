/*
 * The session: what happens at one kiosk from tap to 拍好了, as a table of states × events. It knows
 * no device, database or pixel: it decides, and its hands (struct session_ops) start the work.
 *
 * The promise it keeps: a picture belongs to the visit that was open when its trigger was sent, and
 * PASSED is entered only by EV_COMMITTED, which the store sends after everything is durable.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum session_state {
	ST_IDLE,
	ST_OPENING, /* person known, visit not yet committed; shown as "found" */
	ST_FOUND,
	ST_FRAMING,
	ST_SHOOTING,
	ST_TESTING, /* a test shot: bound to nobody; shown as "shooting" */
	ST_JUDGING,
	ST_SAVING, /* the acceptance is being committed; shown as "judging" */
	ST_PASSED,
	ST_FAILED,
	ST_ASKED, /* a warning the photographer decides about (job option warn = ask) */
	ST_NOT_ON_LIST,
	ST_ALREADY_CAPTURED,
	ST_LEFT_OPEN,
	ST_FAULT, /* the visit stays open and goes on when the fault is cured */
	ST_SWAPPING, /* it was somebody else: the visit is being taken back; shown as "judging" */
	ST_REFUSED, /* no visit could be opened; shown as "fault" */
	ST_COUNT,
};

enum session_event {
	EV_TIMEOUT,
	/* taps and typed numbers, after the roster was asked */
	EV_TAP_LISTED,
	EV_TAP_CAPTURED,
	EV_TAP_UNKNOWN,
	EV_TAP_REFUSED, /* a device or the store forbids new visits */
	EV_TAP_SAME, /* the person of the open visit once more */
	/* keys */
	EV_KEY_SHOOT,
	EV_KEY_RETAKE,
	EV_KEY_ACCEPT,
	EV_KEY_CANCEL,
	EV_KEY_SWAP,
	EV_KEY_TEST,
	/* camera, judge, store */
	EV_VISIT_OPENED,
	EV_VISIT_REFUSED,
	EV_SWAPPED, /* the visit is closed and its pictures are void, in the ledger */
	EV_BODY_SHOT, /* the body's own button, with the right to be this visit's shot */
	EV_BODY_TEST, /* the same while nobody is here */
	EV_SHOT_STORED, /* the original is durable */
	EV_SHOT_FAILED, /* no picture; the same person may simply try again */
	EV_SHOT_FAULT, /* no picture; something must be mended first */
	EV_TEST_DONE,
	EV_VERDICT_PASS,
	EV_VERDICT_FAIL,
	EV_VERDICT_ASK,
	EV_COMMITTED, /* acceptance is in the ledger */
	EV_SAVE_FAULT,
	EV_CAMERA_GONE,
	EV_CAMERA_BACK,
	EV_RESUME, /* at start: a visit was open when the kiosk stopped */
	EV_COUNT,
};

enum session_end { END_ACCEPTED, END_CANCELLED, END_SWAPPED, END_LEFT_OPEN };

/* Somebody who tapped or was typed. */
struct who {
	int64_t person; /* roster key, 0 not on the roster */
	char number[24], other[24]; /* kept only while an early tap waits */
	char source[16]; /* which number found them: "number", "other", "typed" … */
	char masked[32];
	bool english; /* their screen speaks English */
	bool typed, again; /* again: photographed before, and wanted so */
	int rows, chosen; /* the number found several people: the chosen-th of rows; else 0 */
};

struct session;

struct session_ops { /* hands: each starts work and returns at once */
	void (*open_visit)(void *ctx, const struct who *who);
	void (*close_visit)(void *ctx, enum session_end how);
	void (*trigger)(void *ctx); /* release the shutter for the open visit */
	void (*trigger_test)(void *ctx);
	void (*fetch_body)(void *ctx); /* take over the picture the body made */
	void (*accept)(void *ctx); /* accept the last shot although it failed */
	void (*take_pending)(void *ctx); /* free again: serve who waits in s->pending */
	void (*entered)(void *ctx); /* a state was entered: draw, sound, live view */
};

struct session {
	enum session_state state;
	int64_t since_ms, until_ms; /* monotonic; until 0: stays */
	struct who who; /* of the open visit, or of the last tap while none is open */
	struct who tapped; /* set by the caller before an EV_TAP_* */
	struct who pending; /* one early tap */
	bool has_pending;
	bool early_tap_full; /* the last early tap found the place taken */
	enum session_event held_key; /* pressed in ST_OPENING; EV_TIMEOUT none */
	const struct session_ops *ops;
	void *ctx;
	int framing_limit_ms, found_ms, accept_after_ms;
};

/** session_init() - idle; @framing_limit_ms etc. may be set afterwards. */
void session_init(struct session *s, const struct session_ops *ops, void *ctx);

/** session_event() - make the table's move. Unlisted pairs are ignored and logged.
 * Return: true when the table had a row. */
bool session_event(struct session *s, enum session_event ev);

/** session_can() - has the table a row for @ev now? The screen dims keys by it. */
bool session_can(const struct session *s, enum session_event ev);

/** session_tick() - post EV_TIMEOUT when the state's limit is over. */
void session_tick(struct session *s);

/** session_stay() - let the state just entered last @ms instead of its usual limit. */
void session_stay(struct session *s, int ms);

/** session_next_ms() - when session_tick() is due (monotonic), 0 never. */
int64_t session_next_ms(const struct session *s);

/** session_visit_open() - does a visit stand open in this state? */
bool session_visit_open(const struct session *s);

/** session_state_name() - the public word of control socket and log: "idle", "framing" … */
const char *session_state_name(enum session_state st);
