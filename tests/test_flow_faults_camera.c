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

/* The only new picture in the books is this visit's, accepted, and the camera's @mark. */
static void one_accepted(int before, long long visit, long long mark)
{
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(shots[before].state, "accepted");
	assert_int_equal(shots[before].visit, visit);
	assert_int_equal(shots[before].mark, mark);
}

static bool ledger_has(const char *type, const char *body_like)
{
	char command[800];

	snprintf(
		command, sizeof(command),
		"sqlite3 %s/jobs/%s/job.db \"SELECT 'yes' FROM event WHERE type = '%s' AND body LIKE "
		"'%s'\" | grep -q yes",
		r->data, r->job, type, body_like);
	return system(command) == 0;
}

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

/* A visit whose picture comes by a detour that nobody at the kiosk need know of. */
static void one_shot_with(int person, const char *fault)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);

	flow_framed(r, person);
	visit = flow_value(r, "visit");
	flow_camera(r, fault);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	flow_state(r, "idle");
	one_accepted(before, visit, taken + 1);
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
	one_accepted(before, visit, taken + 1);
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
	one_shot_with(6, "noevent 1"); /* found by comparing the card's list */
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
	assert_true(ledger_has("shot.lost", "%"));
	flow_pass(r, true);
	for (int i = before; i < flow_shots(r, shots); i++)
		if (!strcmp(shots[i].state, "accepted"))
			assert_int_not_equal(shots[i].mark, taken + 1);
}

static void fault_19_object_event_twice(void **state)
{
	int before = flow_shots(r, shots);

	(void)state;
	one_shot_with(8, "twice 1");
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

static void fault_20_raw_first_jpeg_later_or_missing(void **state)
{
	(void)state;
	one_shot_with(12, "rawjpeg rawfirst");
	assert_true(ledger_has("shot.stored", "%raw_:_whole%"));
	flow_camera(r, "rawjpeg rawlate 60000"); /* a set without its raw counts and is flagged */
	flow_framed(r, 27);
	flow_key(r, "shoot");
	flow_is(r, "notice", "notice.raw_missing");
	flow_state(r, "passed");
	flow_state(r, "idle");
	assert_true(ledger_has("shot.stored", "%raw_:_partial%"));
	flow_camera(r, "rawjpeg off");
	flow_framed(r, 13);
	flow_camera(r, "rawjpeg jpeglost"); /* bounded: not waited for as for ever */
	flow_key(r, "shoot");
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "camera_raw_only");
	flow_camera(r, "rawjpeg off");
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, true);
}

static void fault_21_transfer_cut_stalled_or_of_wrong_length(void **state)
{
	static const char *const faults[] = { "closemid 20000", "stallmid 20000", "announce 4000 1",
					      "announce -4000 1", "cut 3000 1" };
	char name[64];

	(void)state;
	for (int i = 0; i < 5; i++) {
		int before = flow_shots(r, shots), n;
		long long visit;

		flow_framed(r, 14 + i);
		visit = flow_value(r, "visit");
		flow_camera(r, faults[i]);
		flow_key(r, "shoot");
		while (!rig_is(r, "state", "passed") && !rig_is(r, "state", "failed") &&
		       !rig_is(r, "state", "framing"))
			rig_poll_pause();
		flow_object(r, name); /* what was not whole is still on its card */
		if (!rig_is(r, "state", "passed")) {
			assert_true(flow_has_object(r, name));
			flow_camera(r, "reset");
			if (rig_is(r, "state", "failed"))
				flow_key(r, "retake");
			flow_state(r, "framing");
			flow_pass(r, false);
		}
		flow_state(r, "idle");
		n = flow_shots(r, shots);
		for (int j = before; j < n; j++)
			assert_true(shots[j].visit == visit || !shots[j].visit);
		assert_string_equal(shots[n - 1].state, "accepted");
		flow_home(r);
	}
}

/* --- card, clock, dials -------------------------------------------------------------------------- */

static void mended_by_hand(int person, const char *broken, const char *reason, const char *mended)
{
	long long taken = flow_stat(r, "shots");

	flow_framed(r, person);
	flow_camera(r, broken);
	flow_is(r, "camera", "warn"); /* seen before anybody is asked to smile */
	flow_key(r, "shoot");
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), reason);
	assert_int_equal(flow_stat(r, "shots"), taken); /* before the shutter */
	flow_camera(r, mended);
	flow_state(r, "framing"); /* by itself */
	flow_pass(r, true);
}

static void fault_22_card_full_or_write_protected(void **state)
{
	(void)state;
	assert_true(flow_value(r, "shots_left") > 50);
	mended_by_hand(20, "cardfull on", "camera_card_full", "cardfull off");
	mended_by_hand(21, "locked on", "camera_card_locked", "locked off");
}

static void fault_23_camera_clock_wrong(void **state)
{
	(void)state;
	flow_camera(r, "clock 7200");
	flow_camera(r, "unplug");
	flow_is(r, "camera", "offline");
	flow_camera(r, "plug");
	flow_is(r, "camera", "ok");
	one_shot_with(22, "clock 7200");
	assert_true(ledger_has("camera.clock", "%offset_s_:7%"));
}

static void fault_24_file_counter_repeats_a_name(void **state)
{
	int before = flow_shots(r, shots);
	char name[64];

	(void)state;
	flow_framed(r, 23);
	flow_pass(r, false);
	flow_object(r, name);
	flow_state(r, "idle");
	flow_erased(r, name);
	flow_camera(r, "number 1"); /* set back by hand: DSC_0001 comes again */
	one_shot_with(24, "number 1");
	one_shot_with(25, "number 1");
	assert_int_equal(flow_shots(r, shots), before + 3);
	assert_string_not_equal(shots[before + 1].path, shots[before + 2].path);
}

/* Seen before the next shot, said to the operator, set back: the picture is a JPEG as ever. */
static void fault_25_settings_changed_by_hand(void **state)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);

	(void)state;
	flow_framed(r, 26);
	visit = flow_value(r, "visit");
	flow_camera(r, "prop 5004 4"); /* raw only */
	flow_is(r, "notice", "notice.camera_settings");
	flow_is(r, "camera", "ok");
	flow_key(r, "shoot");
	flow_state(r, "passed");
	flow_state(r, "idle");
	one_accepted(before, visit, taken + 1);
	assert_true(ledger_has("camera.settings", "%"));
}

static void fault_26_hostile_ptp_data(void **state)
{
	static const char *const kinds[] = { "length", "text", "events", "array" };
	pid_t kiosk = r->kiosk.pid;

	(void)state;
	for (int i = 0; i < 4; i++) {
		flow_framed(r, 30 + i);
		flow_camera(r, i == 0	? "hostile length 3"
			       : i == 1 ? "hostile text 3"
			       : i == 2 ? "hostile events 3"
					: "hostile array 3");
		flow_key(r, "shoot");
		while (!rig_is(r, "state", "passed") && !rig_is(r, "state", "fault") &&
		       !rig_is(r, "state", "failed"))
			rig_poll_pause();
		flow_camera(r, "hostile off");
		flow_home(r);
		assert_int_equal(kill(kiosk, 0), 0);
		print_message("hostile %s: the kiosk stands\n", kinds[i]);
	}
	flow_framed(r, 40);
	flow_pass(r, true);
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
		FLOW(fault_20_raw_first_jpeg_later_or_missing),
		FLOW(fault_21_transfer_cut_stalled_or_of_wrong_length),
		FLOW(fault_22_card_full_or_write_protected),
		FLOW(fault_23_camera_clock_wrong),
		FLOW(fault_24_file_counter_repeats_a_name),
		FLOW(fault_25_settings_changed_by_hand),
		FLOW(fault_26_hostile_ptp_data),
	};

	return FLOW_MAIN(r, tests);
}
