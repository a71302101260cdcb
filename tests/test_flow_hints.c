/* Hints on the framing screen: said in time, steady, and never in the way of the picture. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

#define NO_HINT "看镜头，坐直"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static char text[256];

static long long frames_judged(void)
{
	json_t *state = rig_state(r);
	long long n = 0;

	assert_non_null(state);
	n = json_integer_value(json_object_get(json_object_get(state, "times"), "hint_frames"));
	json_decref(state);
	return n;
}

/* Until so many more frames were looked at. */
static void frames_pass(int count)
{
	long long until = frames_judged() + count;
	int64_t patience = clock_now_ms() + FLOW_PATIENCE_MS;

	while (frames_judged() < until)
		if (clock_now_ms() > patience)
			fail_msg("no hints come");
}

static void sits(int person, const char *picture)
{
	flow_is(r, "hints", "ok");
	flow_picture(r, picture);
	flow_framed(r, person);
}

static void a_good_sitter_hears_no_hint(void **state)
{
	(void)state;
	sits(0, "good-1");
	frames_pass(30);
	assert_string_equal(flow_text(r, "hint", text), "");
	assert_string_equal(flow_text(r, "prompt_zh", text), NO_HINT);
	flow_pass(r, true);
}

static void an_empty_seat_is_said_until_somebody_sits(void **state)
{
	(void)state;
	sits(1, "empty");
	flow_is(r, "hint", "no_face");
	assert_string_equal(flow_text(r, "prompt_zh", text), "请坐好，看镜头");
	flow_picture(r, "good-2");
	flow_is(r, "prompt_zh", NO_HINT);
	assert_string_equal(flow_text(r, "hint", text), "");
	flow_pass(r, true);
	flow_camera(r, "picture");
}

static void a_turned_head_hears_what_to_do(void **state)
{
	(void)state;
	sits(2, "turned");
	flow_is(r, "hint", "turned");
	flow_is(r, "prompt_zh", "脸转正，看镜头");
	flow_key(r, "cancel");
	flow_state(r, "idle");
	assert_string_equal(flow_text(r, "hint", text), "");
}

/* What is wrong with the light the student cannot help. */
static void the_light_is_the_photographers_business(void **state)
{
	(void)state;
	sits(3, "half-lit");
	flow_is(r, "hint", "half_lit");
	assert_string_equal(flow_text(r, "prompt_zh", text), NO_HINT);
}

static void a_hint_does_not_follow_to_the_next_person(void **state)
{
	(void)state;
	sits(4, "turned");
	flow_is(r, "hint", "turned");
	flow_key(r, "cancel");
	sits(5, "good-1");
	frames_pass(20);
	assert_string_equal(flow_text(r, "hint", text), "");
}

/* --- never in the way -------------------------------------------------------------------------- */

static void a_dead_worker_disturbs_nobody(void **state)
{
	(void)state;
	sits(6, "good-1");
	assert_int_equal(kill(rig_worker_pid(r, "hints"), SIGKILL), 0);
	flow_pass(r, true);
	assert_string_equal(flow_text(r, "banner", text), "");
	sits(7, "turned"); /* it is there again */
	flow_is(r, "hint", "turned");
}

/* It stands still in the middle of a frame: hint gone, picture taken, judged and accepted. */
static void a_hung_worker_disturbs_nobody(void **state)
{
	pid_t pid;

	(void)state;
	sits(8, "turned");
	flow_is(r, "hint", "turned");
	pid = rig_worker_pid(r, "hints");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	flow_is(r, "prompt_zh", NO_HINT);
	flow_state(r, "framing");
	flow_picture(r, "good-1");
	flow_pass(r, true);
	kill(pid, SIGKILL);
	flow_is(r, "hints", "offline");
	flow_is(r, "hints", "ok");
}

/* Not a frame is looked at between the trigger and the verdict. */
static void the_shot_has_the_machine_for_itself(void **state)
{
	long long before;

	(void)state;
	sits(9, "good-1");
	frames_pass(3);
	flow_camera(r, "delay 101b 600 1");
	flow_camera(r, "delay 1009 600 1");
	flow_key(r, "shoot");
	flow_state(r, "shooting");
	before = frames_judged();
	flow_state(r, "passed");
	assert_true(frames_judged() <= before + 1); /* the one that was with the worker */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_good_sitter_hears_no_hint),
		FLOW(an_empty_seat_is_said_until_somebody_sits),
		FLOW(a_turned_head_hears_what_to_do),
		FLOW(the_light_is_the_photographers_business),
		FLOW(a_hint_does_not_follow_to_the_next_person),
		FLOW(a_dead_worker_disturbs_nobody),
		FLOW(a_hung_worker_disturbs_nobody),
		FLOW(the_shot_has_the_machine_for_itself),
	};

	return FLOW_MAIN(r, tests);
}
