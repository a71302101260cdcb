/*
 * Faults of the camera, named by their row in the fault matrix (tests/README.md): what the people at
 * the kiosk see, and what is in the books afterwards.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

enum { BACK_MS = 5000 };

/* --- words --------------------------------------------------------------------------------------- */

/* Until the picture that is put aside has its reason. */
static void quarantined(int older, const char *reason)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	struct flow_shot s;

	do {
		flow_last_shot(r, older, &s);
		assert_true(clock_now_ms() < until);
	} while (strcmp(s.state, "quarantined"));
	assert_string_equal(s.reason, reason);
	assert_int_equal(s.visit, 0);
}

/* --- there or not -------------------------------------------------------------------------------- */

static void fault_12_camera_absent_at_boot(void **state)
{
	(void)state;
	rig_kill_kiosk(r);
	flow_camera(r, "unplug");
	rig_start_kiosk(r);
	flow_is(r, "reader", "ok");
	flow_is(r, "camera", "offline");
	assert_string_equal(flow_text(r, "banner", text), "fault.camera_gone");
	flow_tap(r, 0);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "camera_gone");
	assert_string_not_equal(flow_text(r, "masked_id", text), ""); /* looked up all the same */
	flow_no_key(r, "shoot");
	flow_camera(r, "plug");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_state(r, "framing");
	flow_is(r, "judge", "ok");
	flow_pass(r, true);
}

static void fault_13_camera_off_or_asleep(void **state)
{
	(void)state;
	flow_camera(r, "unplug"); /* idle: nobody waits, the screen says it */
	flow_is(r, "camera", "offline");
	assert_string_equal(flow_text(r, "banner", text), "fault.camera_gone");
	assert_true(rig_is(r, "state", "idle"));
	flow_camera(r, "plug");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_framed(r, 1);
	flow_camera(r, "sleep"); /* and in front of somebody */
	flow_state(r, "fault");
	assert_memory_equal(flow_text(r, "reason", text), "camera_", 7);
	flow_camera(r, "wake");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_state(r, "framing");
	flow_pass(r, true);
}

static void fault_14_battery_low_then_empty_in_the_transfer(void **state)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);
	char name[64];

	(void)state;
	flow_camera(r, "battery 15");
	flow_is(r, "banner", "fault.camera_battery_low"); /* while there is time */
	flow_framed(r, 2);
	visit = flow_value(r, "visit");
	flow_camera(r, "unplugmid 20000");
	flow_key(r, "shoot");
	flow_state(r, "fault");
	flow_object(r, name); /* the card copy is there, whatever came over */
	flow_camera(r, "battery 100");
	flow_camera(r, "plug");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_state(r, "passed");
	flow_state(r, "idle");
	flow_one_accepted(r, before, visit, taken + 1);
	flow_erased(r, name);
}

static void fault_16_busy_for_ever(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 4);
	visit = flow_value(r, "visit");
	flow_camera(r, "occupied on");
	flow_key(r, "shoot");
	while (!rig_is(r, "state", "fault") && !rig_is(r, "state", "failed"))
		rig_poll_pause(); /* the kiosk's own limit ends it: the next line must come */
	flow_camera(r, "reset");
	flow_is(r, "camera", "ok");
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
}

static void fault_17_no_focus(void **state)
{
	long long taken = flow_stat(r, "shots");

	(void)state;
	flow_camera(r, "afail 1");
	flow_framed(r, 5);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	assert_string_equal(flow_text(r, "reason", text), "camera_no_focus");
	assert_int_equal(flow_stat(r, "shots"), taken);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	flow_state(r, "idle");
}

/* --- the picture and its event ------------------------------------------------------------------- */

static void fault_18_shot_fires_no_object_event(void **state)
{
	(void)state;
	flow_one_shot_with(r, 6, "noevent 1"); /* found by comparing the card's list */
}

static void fault_18_shot_that_is_nowhere_is_declared_lost(void **state)
{
	int before = flow_shots(r, shots);
	long long visit, taken = flow_stat(r, "shots");

	(void)state;
	flow_framed(r, 7);
	visit = flow_value(r, "visit");
	flow_camera(r, "noevent 1");
	flow_camera(r, "fault 1007 2002 4"); /* and the card's list cannot be had */
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	flow_state(r, "failed");
	assert_memory_equal(flow_text(r, "reason", text), "camera_", 7);
	flow_camera(r, "reset");
	flow_key(r, "retake");
	flow_state(r, "framing"); /* the same person, once more */
	assert_int_equal(flow_value(r, "visit"), visit);
	assert_true(flow_ledger_has(r, "shot.lost", "%"));
	flow_pass(r, true);
	for (int i = before; i < flow_shots(r, shots); i++)
		if (!strcmp(shots[i].state, "accepted"))
			assert_int_not_equal(shots[i].mark, taken + 1);
}

static void fault_19_object_event_twice(void **state)
{
	int before = flow_shots(r, shots);

	(void)state;
	flow_one_shot_with(r, 8, "twice 1");
	flow_framed(r, 9);
	flow_framing_ms(r, 1300);
	flow_key(r, "cancel");
	assert_int_equal(flow_shots(r, shots), before + 1);
}

/* A picture that comes when the next person sits there, past the second from which a body's own
 * button would count. */
static void fault_19_object_late_into_the_next_session(void **state)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);

	(void)state;
	flow_framed(r, 10);
	flow_camera(r, "lateevent 9000 1");
	flow_camera(r, "fault 1007 2002 3"); /* it cannot be found by listing either */
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	flow_state(r, "failed");
	flow_key(r, "cancel");
	flow_framed(r, 11);
	visit = flow_value(r, "visit");
	quarantined(before, "late");
	assert_true(rig_is(r, "state", "framing"));
	flow_camera(r, "reset");
	flow_pass(r, true);
	for (int i = flow_shots(r, shots) - 1; i >= before; i--) {
		bool late = shots[i].mark == taken + 1;

		assert_string_equal(shots[i].state, late ? "quarantined" : "accepted");
		assert_int_equal(shots[i].visit, late ? 0 : visit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(fault_12_camera_absent_at_boot),
		FLOW(fault_13_camera_off_or_asleep),
		FLOW(fault_14_battery_low_then_empty_in_the_transfer),
		FLOW(fault_16_busy_for_ever),
		FLOW(fault_17_no_focus),
		FLOW(fault_18_shot_fires_no_object_event),
		FLOW(fault_18_shot_that_is_nowhere_is_declared_lost),
		FLOW(fault_19_object_event_twice),
		FLOW(fault_19_object_late_into_the_next_session),
	};

	return FLOW_MAIN(r, tests);
}
