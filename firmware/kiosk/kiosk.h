/*
 * The kiosk: one loop that owns all state, and the parts it is made of. Private to this room.
 *
 *   intake.c   readers, typed numbers → who is it? → EV_TAP_*
 *   camera.c   camera workers: what they say; shoot.c: what they are asked; picture.c: a picture on
 *              its way into the store; rescan.c: what was lost and found again; bodies.c: which body
 *   verdict.c  judge worker: the shot's verdict, and the acceptance in the store
 *   hints.c    worker for frames of the live view: what to say while somebody sits down; steady.c
 *   choose.c   a number that finds several people: which one is it?
 *   keys.c     keys and manual entry → events
 *   walkin.c   somebody who is not on the list: PIN entry, a new person
 *   newcomer.c the same without asking, in a job that is photographed first
 *   stage.c    session and devices → scene for the UI, sounds; lines.c the verdict in numbers
 *   record.c   what is kept of a verdict
 *   control.c  the control socket
 *   kiosk.c    start, stop, the session's hands
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sqlite3.h>
#include <systemd/sd-event.h>

#include "drivers/camera/camera_worker.h"
#include "drivers/reader/reader_worker.h"
#include "firmware/base/worker.h"
#include "firmware/check/check.h"
#include "firmware/check/history.h"
#include "firmware/check/limits.h"
#include "firmware/judge/preset.h"
#include "firmware/judge/judge_wire.h"
#include "firmware/kiosk/kiosk_run.h"
#include "firmware/kiosk/session.h"
#include "firmware/kiosk/steady.h"
#include "firmware/roster/roster.h"
#include "firmware/store/kiosk_key.h"
#include "firmware/store/pin.h"
#include "firmware/store/store.h"
#include "firmware/ui/ui.h"

struct kiosk;

/* What a picture on its way is for. */
enum purpose { FOR_VISIT, FOR_TEST, FOR_QUARANTINE };

/* A picture on its way from the camera into the store. */
struct picture {
	struct kiosk *k;
	enum purpose purpose;
	enum shot_source source;
	int64_t visit, shot; /* shot 0: not begun in the store yet */
	char shot_id[32];
	int fd; /* the .part, ours */
	bool fetch; /* already on the camera: CAMERA_FETCH of @object, else CAMERA_SHOOT */
	bool triggered;
	bool resumed; /* an earlier run's */
	bool later; /* the session was told that it did not come */
	struct book *book; /* the body it was or will be taken with; NULL: there was none */
	int64_t trigger_ms, trigger_utc_ms;
	char why[24]; /* for quarantine: "late", "other_state" … */
	struct camera_object object;
	struct picture *next;
};

struct intake {
	struct kiosk *k;
	struct worker *worker;
	bool lane; /* only pre-checks and shows who is next */
	bool online, card_present;
	enum reader_cause cause;
	int64_t present_since_ms, offline_since_ms;
};

enum { LANE_MAX = 3 };

struct removal {
	int64_t shot;
	struct camera_object object;
	struct removal *next;
};

/* What is known of one body's card. It outlives the body's coming and going: what lies on one
 * body's card is never looked for on another's. */
struct book {
	char body[STORE_BODY_MAX]; /* serial number, or MODEL@PORT where the body tells none */
	bool baseline_done; /* the card was listed once: what was there is known */
	bool rescan_hangs; /* listing this card is beyond the body: never again */
	int64_t late_until_ms; /* a lost picture may still turn up: no body shot counts */
	int64_t clock_noted_s; /* the clock's difference in the ledger */
	void *known; /* tsearch tree: objects that are accounted for */
	struct picture *missing; /* triggered, not seen yet: looked for at the next rescan */
	struct removal *removals;
	struct book *next;
};

/* A camera worker and the body it holds. */
struct body {
	struct kiosk *k;
	char port[128]; /* "" none */
	struct worker *worker;
	bool online;
	enum camera_cause cause; /* why it is offline or the last shot failed */
	struct camera_status status;
	struct book *book; /* of the body it holds or held last; NULL: none so far */
	bool rescanning, live;
	struct camera_object *listed; /* by the running rescan */
	int listed_count;
	struct picture *active; /* the request in flight */
	struct removal *removing;
	int64_t last_done_ms; /* when the worker last finished a request */
};

enum { BODIES = 2 };

struct shoot {
	struct body bodies[BODIES]; /* the first, and the spare */
	struct body *now; /* the one that is used */
	int64_t started_ms, failing_since_ms; /* failing: @now cannot take a picture; 0 it can */
	bool seen; /* the first was online once */
	bool returning; /* a body came: the visit that waits for it has not been told yet */
	struct book *books;
	struct picture *queue; /* begun, waiting for their body's worker */
	struct camera_object body_object; /* handed to fetch_body */
	struct image *frame; /* newest live view */
	int64_t frame_ms;
};

struct verdict {
	struct worker *worker;
	struct judge_config config;
	bool ready;
	bool box_only; /* no landmark model: eyes, mouth, tilt and turn are not judged */
	int64_t request; /* with the worker, 0 none */
	int64_t shot; /* being judged; 0 none */
	int fd;
	enum purpose purpose;
	struct book *book; /* where the camera's copy lies */
	struct camera_object object;
	int64_t give_up_ms;
	struct preset preset; /* with the job's settings; the worker loads the same */
	char engine[32], model[80]; /* of the faces: version; SHA-256 of the 68-point file */
	struct check_history history; /* light of the pictures so far */
	struct check_result result; /* newest */
	bool has_result, unchecked;
	struct image *crop;
	int64_t stored_ms;
	int64_t load_until_ms; /* the worker must be ready by then */
	int tries; /* times a judge died over it */
	int64_t judged; /* shot of the newest verdict */
	uint8_t judged_sha256[SHA256_BYTES];
};

/* Live hints; all of it may be missing. */
struct hints {
	struct worker *worker;
	bool ready;
	int64_t request; /* whose answer counts; 0: none does */
	int64_t sent_ms; /* newest frame */
	int64_t start_ms, load_until_ms;
	int deaths; /* in a row, no frame judged */
	int64_t judged, cpu_us; /* frames since the start, and what they cost */
	struct steady student, staff; /* what each of them is told */
};

enum overlay {
	OVERLAY_NONE,
	OVERLAY_MANUAL,
	OVERLAY_HELP,
	OVERLAY_PAUSED,
	OVERLAY_TEST,
	OVERLAY_PIN
};

/* Who stands there while the state is not_on_list, and the PIN that may let them in. */
/* A card nobody knows in a job that is photographed before its roster comes: it becomes a record, then
 * it is answered like any other. */
struct newcomer {
	bool open; /* this job is one */
	bool asked; /* the store has one and has not answered */
	bool lane, english;
	char number[IDENTITY_MAX], other[IDENTITY_MAX];
};

struct walkin {
	struct store_newcomer who; /* wiped when the state is left */
	char pin[PIN_MAX + 1];
	bool pin_set; /* there is one: the key is offered */
	bool asked; /* the store has it and has not answered */
	bool awaited; /* and who asked still stands there */
	int wrong; /* PINs in a row */
	int64_t wait_until_ms; /* no PIN is taken before */
};

enum { CHOOSE_MAX = SCENE_CHOICES_MAX };

struct choice {
	int count; /* 0: nothing to choose */
	struct person rows[CHOOSE_MAX];
};

struct control; /* control.c */

struct kiosk {
	struct kiosk_config config;
	char job[64];
	char fingerprint[KIOSK_FINGERPRINT_MAX]; /* of the signing key, "" it cannot be read */
	sd_event *loop;
	sd_event_source *session_timer, *blink_timer;
	struct session session;
	struct store *store;
	struct store_recovery recovery;
	sqlite3 *db; /* read-only, for look-ups on the loop */
	struct roster *roster;
	struct ui *ui;
	struct control *control;

	struct intake readers[2]; /* seat, lane */
	struct who lane[LANE_MAX];
	int lane_count;
	struct shoot shoot;
	struct verdict verdict;
	struct hints hints;
	struct walkin walkin;
	struct newcomer newcomer;

	/* the open visit, or the last one shown */
	int64_t visit; /* 0 none */
	int visits_asked; /* of the store, not answered yet */
	int64_t shot; /* newest stored shot of the visit, 0 none */
	int64_t passed; /* the one shown as passed, 0 none */
	int64_t swapping; /* the visit ST_SWAPPING waits for */
	int attempts;
	struct person person; /* of session.who */
	struct choice choice; /* while ST_REFUSED asks which one it is */
	struct roster_counts counts;
	int64_t data_version; /* of the database, when they were read */
	enum store_cause disk;
	int64_t disk_checked_ms;

	/* what the screen says besides the session's own words */
	enum overlay overlay;
	int64_t overlay_until_ms;
	char entry[40];
	enum lang lang;
	char fault_id[48]; /* "fault.camera_gone": why ST_FAULT or ST_REFUSED */
	char reason_id[48]; /* "reason.eyes_closed": why ST_FAILED */
	char notice_id[48];
	int64_t notice_until_ms;

	/* when it happened in the open visit, monotonic; 0 not yet. By `state`, for measurements. */
	struct kiosk_times {
		int64_t card_ms; /* the card's last byte was in */
		int64_t trigger_ms, event_ms, last_byte_ms, durable_ms; /* of its newest shot */
	} times;
};

/* kiosk.c */
void kiosk_fault(struct kiosk *k, const char *part, const char *cause); /* for the screen */
void kiosk_notice(struct kiosk *k, const char *id, int ms);
void kiosk_count(struct kiosk *k); /* re-read counts after a commit */
void kiosk_settle(struct kiosk *k); /* after every event: timers, device states, newest scene */

/* intake.c */
int intake_start(struct kiosk *k);
void intake_stop(struct kiosk *k);
void intake_number(struct kiosk *k, const char *number, const char *other, const char *source,
		   bool english); /* somebody said who they are */
void intake_pending(struct kiosk *k); /* serve session.pending */
void intake_chosen(struct kiosk *k, int64_t person, int rows, int chosen); /* of several */

/* choose.c */
void choose_offer(struct kiosk *k, const struct person *rows, int count); /* in ST_REFUSED */
void choose_clear(struct kiosk *k);
bool choose_standing(const struct kiosk *k); /* the screen asks for a digit now */
bool choose_take(struct kiosk *k, int n); /* the @n-th, 1…; false: there is none */
void choose_fill(const struct kiosk *k, struct scene *scene);
struct json_t *choose_list(const struct scene *scene); /* for the control socket: no names */

/* shoot.c */
int shoot_start(struct kiosk *k);
void shoot_stop(struct kiosk *k);
void shoot_trigger(struct kiosk *k, enum purpose purpose);
void shoot_body(struct kiosk *k); /* take over shoot.body_object */
void shoot_live(struct kiosk *k, bool on);
void shoot_pump(struct kiosk *k); /* give the camera workers the next thing to do */
void shoot_tick(struct kiosk *k); /* start the spare, take it when the body in use fails */
bool shoot_online(const struct kiosk *k); /* the body in use is there */
bool shoot_spare_ready(const struct kiosk *k); /* another one can take its place at once */
void shoot_remove(struct book *book, int64_t shot, const struct camera_object *o);

/* verdict.c */
int verdict_start(struct kiosk *k);
void verdict_stop(struct kiosk *k);
/* Judge the stored shot @p, whose original is @fd; that is taken over. */
void verdict_ask(struct kiosk *k, const struct picture *p, int fd);
void verdict_accept(struct kiosk *k); /* photographer: accept anyway */
void verdict_clear(struct kiosk *k);
const char *verdict_reason(const struct check_result *r); /* word of the main reason, "" none */
void verdict_tick(struct kiosk *k);

/* hints.c */
void hints_tick(struct kiosk *k);
void hints_stop(struct kiosk *k);
void hints_entered(struct kiosk *k); /* a state was entered: of whom is the next frame? */
bool hints_want(const struct kiosk *k); /* a frame would be looked at now */
void hints_frame(struct kiosk *k, int fd, int width_px, int height_px); /* @fd stays the caller's */
void hints_fill(const struct kiosk *k, struct scene *scene);
const char *hints_word(const struct kiosk *k); /* code of the hint, "" none */

/* keys.c */
void keys_pressed(struct kiosk *k, const char *display_key);
bool keys_action(struct kiosk *k, enum key_action a); /* false: not usable now */
bool keys_can(const struct kiosk *k, enum key_action a);
bool keys_named(struct kiosk *k, const char *name); /* control socket: action, enter, esc, digit */
void keys_type(struct kiosk *k, const char *text);

/** intake_lane() - this number is next at the seat. */
void intake_lane(struct kiosk *k, const char *number, const char *other);

/* newcomer.c */
void newcomer_start(struct kiosk *k);
/** newcomer_card() - true: nobody has this card's numbers and it is made a record now; the answer comes
 * through intake_number() or intake_lane(). */
bool newcomer_card(struct kiosk *k, const struct card *c, bool lane);

/* walkin.c */
void walkin_card(struct kiosk *k, const struct card *c); /* it was looked up just now */
void walkin_from_card(struct store_newcomer *n, const struct card *c); /* its fields; @n is zeroed */
void walkin_typed(struct kiosk *k, const char *number);
void walkin_left(struct kiosk *k); /* a state is entered: forget who stood there */
bool walkin_offered(const struct kiosk *k);
void walkin_open(struct kiosk *k);
void walkin_close(struct kiosk *k);
void walkin_digit(struct kiosk *k, char c);
void walkin_rub_out(struct kiosk *k);
void walkin_take(struct kiosk *k);
const char *walkin_hint(const struct kiosk *k); /* message id */

/* stage.c */
void stage_show(struct kiosk *k);
void stage_entered(struct kiosk *k); /* sounds of the state just entered */
void stage_fill(const struct kiosk *k, struct scene *scene);
void stage_cause_id(char out[48], const char *part, const char *cause_word);
const char *stage_camera_word(enum camera_cause cause);
const char *stage_reader_word(enum reader_cause cause);
const char *stage_store_word(enum store_cause cause);

/* lines.c */
void lines_fill(struct scene *sc, const struct check_result *r, const struct check_limits *limits);
void lines_words(struct scene *sc, const struct check_result *r); /* second reason, cures, arrow */
void lines_ticks(struct scene *sc, const struct check_limits *limits);

/* control.c */
int control_start(struct kiosk *k, const char *path);
void control_stop(struct kiosk *k);
/* One line to everybody who asked for `events`; never a name. */
void control_event(struct kiosk *k, const char *type, int64_t visit, int64_t shot,
		   const char *what);
