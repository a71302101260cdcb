/*
 * Faults of pictures, cards and dials, named by their row in the fault matrix (tests/README.md).
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

static void fault_20_raw_first_jpeg_later_or_missing(void **state)
{
	(void)state;
	flow_one_shot_with(r, 12, "rawjpeg rawfirst");
	assert_true(flow_ledger_has(r, "shot.stored", "%raw_:_whole%"));
	flow_camera(r, "rawjpeg off");
	flow_framed(r, 13);
	flow_camera(r, "rawjpeg jpeglost"); /* bounded: not waited for as for ever */
	flow_key(r, "shoot");
	while (!rig_is(r, "state", "fault") && !rig_is(r, "state", "failed"))
		rig_poll_pause();
	assert_memory_equal(flow_text(r, "reason", text), "camera_", 7);
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
	flow_one_shot_with(r, 22, "clock 7200");
	assert_true(flow_ledger_has(r, "camera.clock", "%offset_s_:7%"));
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
	flow_one_shot_with(r, 24, "number 1");
	flow_one_shot_with(r, 25, "number 1");
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
	flow_one_accepted(r, before, visit, taken + 1);
	assert_true(flow_ledger_has(r, "camera.settings", "%"));
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
	/* A camera that is opened afresh this very moment costs a press of the key, not the visit. */
	for (int i = 0; i < 3 && !rig_is(r, "state", "passed"); i++) {
		flow_is(r, "camera", "ok");
		flow_state(r, "framing");
		flow_key(r, "shoot");
		while (rig_is(r, "state", "shooting") || rig_is(r, "state", "judging") ||
		       rig_is(r, "state", "fault"))
			rig_poll_pause();
	}
	flow_state(r, "passed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
