/* What stays when disk, numbers, judge or the kiosk itself give out. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

#define PLAIN FLOW_QUICK

static struct rig rig = { .extra_config = PLAIN, .block = "1-12" };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

static struct flow_shot *last(void)
{
	int n = flow_shots(r, shots);

	assert_true(n > 0);
	return &shots[n - 1];
}

static void kill_and_restart(void)
{
	rig_kill_kiosk(r);
	flow_restart(r);
}

/* --- killed in every state -----------------------------------------------------------------------
 */

static void killed_in_framing_the_visit_is_left_open(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 0);
	visit = flow_value(r, "visit");
	kill_and_restart();
	flow_state(r, "left_open");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_no_key(r, "accept"); /* there is no picture */
	flow_tap(r, 0); /* the same card goes on */
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
	assert_int_equal(last()->visit, visit);
}

static void a_visit_left_open_ends_with_the_next_card(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 1);
	visit = flow_value(r, "visit");
	kill_and_restart();
	flow_state(r, "left_open");
	flow_framed(r, 2);
	assert_int_equal(flow_value(r, "visit"), visit + 1);
	kill_and_restart();
	flow_state(r, "left_open");
	assert_int_equal(flow_value(r, "visit"), visit + 1);
	flow_key(r, "cancel");
	flow_state(r, "idle");
}

/* The shutter has fired, the picture lies on the camera's card. */
static void killed_in_the_shot_its_picture_is_found(void **state)
{
	long long visit, taken = flow_stat(r, "shots");

	(void)state;
	flow_framed(r, 3);
	visit = flow_value(r, "visit");
	flow_camera(r, "write_ms 800");
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	rig_kill_kiosk(r);
	flow_camera(r, "reset");
	flow_restart(r);
	while (!rig_is(r, "state", "passed") && !rig_is(r, "state", "left_open") &&
	       !rig_is(r, "state", "idle"))
		rig_poll_pause();
	if (rig_is(r, "state", "left_open")) { /* a person decides: once more */
		flow_key(r, "retake");
		flow_state(r, "framing");
		flow_pass(r, false);
	}
	flow_state(r, "idle");
	assert_string_equal(last()->state, "accepted");
	assert_int_equal(last()->visit, visit);
}

/* The original is durable and nobody has judged it: the photographer may still accept it. */
static void killed_while_judging_the_picture_is_kept(void **state)
{
	int before = flow_shots(r, shots);
	long long visit;

	(void)state;
	flow_framed(r, 4);
	visit = flow_value(r, "visit");
	assert_int_equal(kill(rig_worker_pid(r, "judge"), SIGSTOP), 0);
	flow_key(r, "shoot");
	flow_state(r, "judging");
	kill_and_restart();
	flow_state(r, "left_open");
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(shots[before].state, "rejected"); /* undecided is not accepted */
	flow_key(r, "accept");
	flow_state(r, "passed");
	flow_state(r, "idle");
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(shots[before].state, "accepted");
	assert_int_equal(shots[before].visit, visit);
}

static void killed_after_a_fail_it_is_taken_again(void **state)
{
	char number[256];

	(void)state;
	flow_picture(r, "blink");
	flow_framed(r, 5);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	flow_text(r, "number", number);
	kill_and_restart();
	flow_state(r, "left_open");
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, false);
	assert_string_equal(flow_text(r, "number", text), number);
	flow_state(r, "idle");
}

static void killed_after_the_pass_nothing_is_left_to_do(void **state)
{
	(void)state;
	flow_framed(r, 6);
	flow_pass(r, false);
	kill_and_restart();
	flow_state(r, "idle");
	assert_string_equal(last()->state, "accepted");
	flow_tap(r, 6);
	flow_state(r, "already_captured");
	kill_and_restart(); /* no visit was open */
	flow_state(r, "idle");
	flow_tap(r, FLOW_PEOPLE + 1);
	flow_state(r, "not_on_list");
	kill_and_restart();
	flow_state(r, "idle");
}

static void killed_in_a_fault_the_visit_is_left_open(void **state)
{
	(void)state;
	flow_framed(r, 7);
	flow_camera(r, "unplug");
	flow_state(r, "fault");
	rig_kill_kiosk(r);
	rig_start_kiosk(r);
	flow_state(r, "left_open");
	flow_camera(r, "plug");
	flow_is(r, "camera", "ok");
	flow_key(r, "shoot"); /* first back to the live view */
	flow_state(r, "framing");
	flow_key(r, "cancel");
	flow_state(r, "idle");
}

/* --- the judge -----------------------------------------------------------------------------------
 */

static void a_judge_killed_once_is_asked_again(void **state)
{
	pid_t judge = rig_worker_pid(r, "judge");

	(void)state;
	flow_framed(r, 8);
	assert_int_equal(kill(judge, SIGSTOP), 0);
	flow_key(r, "shoot");
	flow_state(r, "judging");
	assert_int_equal(kill(judge, SIGKILL), 0);
	flow_state(r, "passed");
	assert_string_equal(flow_text(r, "verdict", text), "pass");
	flow_state(r, "idle");
}

static void without_a_judge_a_person_decides(void **state)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	int before = flow_shots(r, shots);

	(void)state;
	flow_framed(r, 9);
	kill(rig_worker_pid(r, "judge"), SIGSTOP);
	flow_key(r, "shoot");
	flow_state(r, "judging");
	while (!rig_is(r, "state", "failed") && clock_now_ms() < until) {
		pid_t judge = rig_worker_pid(r, "judge");

		if (judge > 0) /* every one that comes */
			kill(judge, SIGKILL);
		rig_poll_pause();
	}
	flow_state(r, "failed");
	assert_string_equal(flow_text(r, "verdict", text), "unchecked");
	assert_string_equal(flow_text(r, "reason", text), "unchecked");
	assert_int_equal(flow_shots(r, shots), before + 1);
	flow_key(r, "accept");
	flow_state(r, "passed");
	flow_state(r, "idle");
	assert_string_equal(last()->state, "accepted");
	flow_is(r, "judge", "ok");
}

/* --- one job, one kiosk --------------------------------------------------------------------------
 */

static void a_second_kiosk_on_the_job_is_refused(void **state)
{
	char said[4096];

	(void)state;
	assert_int_not_equal(rig_try_kiosk(r, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "another kiosk has the job"));
	assert_true(rig_is(r, "state", "idle"));
}

/* --- running out ---------------------------------------------------------------------------------
 */

static void a_full_disk_refuses_visits_and_still_exports(void **state)
{
	char config[400];
	struct statvfs fs;
	long free_mb;

	(void)state;
	assert_int_equal(statvfs(r->dir, &fs), 0);
	free_mb = (long)((double)fs.f_bavail * (double)fs.f_frsize / (1 << 20));
	if (free_mb > 90000) { /* the reserve cannot be set that high */
		print_message("SKIP more than 90 GB free\n");
		skip();
	}
	snprintf(config, sizeof(config), PLAIN "store.reserve_mb = %ld\n", free_mb + 5000);
	rig_kill_kiosk(r);
	r->extra_config = config;
	flow_restart(r);
	flow_is(r, "disk", "full");
	flow_tap(r, 30);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "store_full");
	assert_int_equal(flow_value(r, "visit"), 0);
	flow_shots(r, shots);
	assert_int_equal(flow_exported(r, shots[0].number), shots[0].mark);
	rig_kill_kiosk(r);
	r->extra_config = PLAIN;
	flow_restart(r);
	flow_framed(r, 30);
	flow_key(r, "cancel");
}

static void the_last_number_is_said_before_the_picture(void **state)
{
	int person = 31;

	(void)state;
	flow_tap(r, person);
	while (rig_wait(r, "state", "framing", 3000)) {
		flow_pass(r, true);
		assert_true(++person < 31 + 13);
		flow_tap(r, person);
	}
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "store_numbers_used_up");
	assert_int_equal(flow_value(r, "visit"), 0);
	assert_string_equal(last()->number, "0012");
	flow_tap(r, 0); /* who has a number can still be taken again */
	flow_state(r, "already_captured");
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, true);
	assert_string_equal(last()->number, "0001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(killed_in_framing_the_visit_is_left_open),
		FLOW(a_visit_left_open_ends_with_the_next_card),
		FLOW(killed_in_the_shot_its_picture_is_found),
		FLOW(killed_while_judging_the_picture_is_kept),
		FLOW(killed_after_a_fail_it_is_taken_again),
		FLOW(killed_after_the_pass_nothing_is_left_to_do),
		FLOW(killed_in_a_fault_the_visit_is_left_open),
		FLOW(a_judge_killed_once_is_asked_again),
		FLOW(without_a_judge_a_person_decides),
		FLOW(a_second_kiosk_on_the_job_is_refused),
		FLOW(a_full_disk_refuses_visits_and_still_exports),
		FLOW(the_last_number_is_said_before_the_picture),
	};

	return FLOW_MAIN(r, tests);
}
