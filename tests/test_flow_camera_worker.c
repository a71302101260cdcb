/* The camera worker hangs, dies or has no body: the visit and the keys go on. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = {
	.extra_config = FLOW_QUICK,
};
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

/* --- the worker ----------------------------------------------------------------------------------
 */

/* Until the visit is in fault; every question in between is answered at once. */
static void fault_while_the_kiosk_answers(void)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS, slowest = 0, asked, took;

	while (!rig_is(r, "state", "fault")) {
		asked = clock_now_ms();
		assert_true(asked < until);
		flow_value(r, "visit");
		took = clock_now_ms() - asked;
		slowest = took > slowest ? took : slowest;
		rig_poll_pause();
	}
	assert_true(slowest < 5000); /* nobody waited for the body */
}

static void a_body_that_hangs_is_given_up_and_comes_back(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 11);
	visit = flow_value(r, "visit");
	flow_camera(r, "hang 9207");
	flow_key(r, "shoot");
	fault_while_the_kiosk_answers();
	flow_camera(r, "reset");
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
}

static void a_worker_that_hangs_is_killed_by_its_deadline(void **state)
{
	pid_t worker = rig_worker_pid(r, "camera");
	long long visit;

	(void)state;
	flow_framed(r, 10);
	visit = flow_value(r, "visit");
	assert_int_equal(kill(worker, SIGSTOP), 0);
	flow_key(r, "shoot");
	fault_while_the_kiosk_answers();
	assert_string_equal(flow_text(r, "reason", text), "camera_hung");
	flow_state(r, "framing"); /* a new worker, by itself */
	assert_int_equal(flow_value(r, "visit"), visit);
	assert_int_not_equal(rig_worker_pid(r, "camera"), worker);
	flow_pass(r, true);
}

static void kill_worker(void)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	pid_t pid;

	while (!(pid = rig_worker_pid(r, "camera")) && clock_now_ms() < until)
		rig_poll_pause();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
}

static void the_worker_dies_while_nobody_shoots(void **state)
{
	(void)state;
	kill_worker(); /* idle */
	flow_tap(r, 12);
	flow_state(r, "framing"); /* through a fault, when the camera is not back yet */
	flow_is(r, "camera", "ok");
	kill_worker(); /* framing */
	flow_is(r, "camera", "offline");
	flow_state(r, "framing");
	flow_picture(r, "blink");
	flow_key(r, "shoot");
	flow_state(r, "failed");
	kill_worker(); /* failed */
	flow_is(r, "camera", "offline");
	flow_state(r, "framing");
	flow_key(r, "shoot");
	flow_state(r, "passed");
	kill_worker(); /* passed: already ours */
	flow_state(r, "idle");
	flow_shots(r, shots);
	assert_string_equal(shots[flow_shots(r, shots) - 1].state, "accepted");
}

/* The visit's picture, or framing once more: then what turns up later is nobody's. */
static void killed_in_the_shot(int person, const char *moment)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots), n, accepted = 0;

	flow_framed(r, person);
	visit = flow_value(r, "visit");
	flow_camera(r, moment);
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	kill_worker();
	flow_is(r, "camera", "offline");
	flow_is(r, "camera", "ok");
	while (!rig_is(r, "state", "passed") && !rig_is(r, "state", "framing"))
		rig_poll_pause();
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_camera(r, "reset");
	if (rig_is(r, "state", "framing"))
		flow_pass(r, false);
	flow_state(r, "idle");
	n = flow_shots(r, shots);
	for (int i = before; i < n; i++) {
		if (!strcmp(shots[i].state, "accepted")) {
			assert_int_equal(shots[i].visit, visit);
			accepted++;
		} else {
			assert_string_equal(shots[i].state, "quarantined");
		}
	}
	assert_int_equal(accepted, 1);
}

static void the_worker_dies_in_the_shot(void **state)
{
	(void)state;
	killed_in_the_shot(13, "exp_ms 600");
	killed_in_the_shot(14, "write_ms 1200");
	killed_in_the_shot(15, "delay 101b 1500 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_body_that_hangs_is_given_up_and_comes_back),
		FLOW(a_worker_that_hangs_is_killed_by_its_deadline),
		FLOW(the_worker_dies_while_nobody_shoots),
		FLOW(the_worker_dies_in_the_shot),
	};

	return FLOW_MAIN(r, tests);
}
