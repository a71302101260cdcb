/*
 * Words for flow tests: invented people by their index, and expectations that wait for what a
 * person would see and fail with the kiosk's whole state. Each call fails the running cmocka test.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/lib/rig.h"

enum { FLOW_PATIENCE_MS = 40000, FLOW_PEOPLE = 60 };

/** flow_open() - folder, roster of FLOW_PEOPLE and a passport holder, portraits, devices, kiosk.
 * The fields of @r that shape it (extra_config, with_lane, block) are set before. */
void flow_open(struct rig *r);
void flow_close(struct rig *r);
/** flow_restart() - after rig_kill_kiosk() or rig_stop() of the kiosk: start it, wait for workers.
 */
void flow_restart(struct rig *r);
/** flow_home() - whatever an earlier test left: no faults, no card, no visit, state idle. */
void flow_home(struct rig *r);

/* A flow program: `return FLOW_MAIN(r, tests);` opens the rig before the first test and closes it
 * after the last; each FLOW(test) begins at home. The settings most of them want: */
#define FLOW_QUICK                                                                                 \
	"found.show_ms = 0\naccept.after_ms = 2000\ncamera.shot_deadline_ms = 2000\n"              \
	"display.sound = no\n"
#define FLOW(f)		    cmocka_unit_test_setup(f, flow_setup)
#define FLOW_MAIN(r, tests) flow_run(r, tests, sizeof(tests) / sizeof((tests)[0]))
int flow_run(struct rig *r, const struct CMUnitTest *tests, size_t count);
int flow_setup(void **state);

/** flow_number() - the document number of person @i; from FLOW_PEOPLE on nobody on the roster. */
const char *flow_number(int i, char out[19]);
/** flow_card() - the virtual reader's words for person @i's card. */
const char *flow_card(int i, char out[256]);
#define FLOW_PASSPORT "E12345678"

void flow_lay(struct rig *r, int person);
void flow_take(struct rig *r);
/** flow_tap() - lay the card, wait until the kiosk has read it (take_card), take it away. */
void flow_tap(struct rig *r, int person);
void flow_key(struct rig *r, const char *key);
/** flow_no_key() - the key does nothing now, and the kiosk says so. */
void flow_no_key(struct rig *r, const char *key);
void flow_camera(struct rig *r, const char *command);
void flow_spare(struct rig *r, const char *command);
void flow_picture(struct rig *r, const char *portrait);

/** flow_is() - text field @field becomes @value, within FLOW_PATIENCE_MS. */
void flow_is(struct rig *r, const char *field, const char *value);
#define flow_state(r, value) flow_is(r, "state", value)
/** flow_framed() - tap of @person up to framing. */
void flow_framed(struct rig *r, int person);
/** flow_pass() - from framing through the trigger key to passed; then @leave by the accept key. */
void flow_pass(struct rig *r, bool leave);
/** flow_framing_ms() - until framing has lasted @ms. */
void flow_framing_ms(struct rig *r, int ms);

/* The state's fields at one moment; texts are copied, "" for null. */
const char *flow_text(struct rig *r, const char *field, char out[256]);
long long flow_value(struct rig *r, const char *field); /* integers and booleans; 0 for null */
bool flow_key_offered(struct rig *r, const char *key);

/** flow_stat() - a number of the camera's `count` ("shots", "100b"); 0 when it is not there. */
long long flow_stat(struct rig *r, const char *name);
/** flow_shutter() - until the camera has taken @count pictures since its start. */
void flow_shutter(struct rig *r, long long count);
/** flow_object() - name of the newest file on the camera's card. */
void flow_object(struct rig *r, char name[64]);
bool flow_has_object(struct rig *r, const char *name);
/** flow_erased() - until the kiosk has deleted @name from the card. */
void flow_erased(struct rig *r, const char *name);

/* One row of `tapshot shots --json`. */
struct flow_shot {
	long long visit, attempt;
	char number[8], state[16], source[16], verdict[16], reason[32], path[400];
	int mark; /* the virtual camera's own count, read out of the stored file; 0: file missing */
};
enum { FLOW_SHOTS_MAX = 128 };
/** flow_shots() - all rows, oldest first; returns how many. Fails when a hash is not the file's. */
int flow_shots(struct rig *r, struct flow_shot out[FLOW_SHOTS_MAX]);
int flow_shots_up_to(struct rig *r, struct flow_shot *out, int max);
/** flow_last_shot() - the newest row once there are more than @older. */
void flow_last_shot(struct rig *r, int older, struct flow_shot *out);
/** flow_exported() - export into a new folder; is the picture of @number in it? Its mark, 0 no. */
int flow_exported(struct rig *r, const char *number);

/** flow_one_accepted() - the only picture since there were @before is @visit's, accepted, and the camera's
 * @mark. flow_ledger_has(): an event of @type whose body is LIKE @body_like. */
void flow_one_accepted(struct rig *r, int before, long long visit, long long mark);
bool flow_ledger_has(struct rig *r, const char *type, const char *body_like);
/** flow_one_shot_with() - a visit of @person whose picture comes in spite of @fault of the camera. */
void flow_one_shot_with(struct rig *r, int person, const char *fault);
