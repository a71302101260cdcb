/* The camera in a visit: whose picture is it, and what when the body or its worker lets us down. */
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

/* The body's button; a body still busy with the last picture is pressed again. */
static void press(void)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	char answer[256];

	do {
		rig_poll_pause();
		assert_true(rig_ask(r->camera_sock, answer, sizeof(answer), "press"));
	} while (strncmp(answer, "ok", 2) && clock_now_ms() < until);
	assert_memory_equal(answer, "ok", 2);
}

/* --- whose picture -------------------------------------------------------------------------------
 */

static void the_body_button_counts_after_a_second(void **state)
{
	int before = flow_shots(r, shots);
	long long visit, mark = flow_stat(r, "shots");
	struct flow_shot s;

	(void)state;
	flow_framed(r, 0);
	visit = flow_value(r, "visit");
	flow_framing_ms(r, 1300);
	press();
	flow_state(r, "passed");
	flow_state(r, "idle");
	flow_last_shot(r, before, &s);
	assert_string_equal(s.source, "body");
	assert_string_equal(s.state, "accepted");
	assert_int_equal(s.visit, visit);
	assert_int_equal(s.mark, mark + 1);
}

/* The body's button is worth something once the live view runs: before, the library has the body
 * point at its memory instead of the card for a moment. */
static void see_live(void)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	long long frames = flow_stat(r, "frames");

	while (flow_stat(r, "frames") < frames + 3 && clock_now_ms() < until)
		rig_poll_pause();
	assert_true(flow_stat(r, "frames") >= frames + 3);
}

/* One more picture, and it ends as nobody's. */
static void quarantined(int older)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	struct flow_shot s;

	do
		flow_last_shot(r, older, &s);
	while (strcmp(s.state, "quarantined") && clock_now_ms() < until);
	assert_string_equal(s.state, "quarantined");
	assert_int_equal(s.visit, 0);
}

/* Pressed within the first second. On a machine too busy for that the outcome proves nothing. */
static bool pressed_early(void)
{
	flow_lay(r, 1);
	flow_state(r, "framing");
	see_live();
	press();
	return flow_value(r, "in_state_ms") < 500;
}

static void the_body_button_in_the_first_second_is_nobodys(void **state)
{
	char newest[64], passed[64];
	int before;

	(void)state;
	flow_camera(r, "af_ms 0");
	flow_camera(r, "write_ms 0");
	before = flow_shots(r, shots);
	for (int i = 0; !pressed_early(); i++) {
		if (i == 5)
			skip();
		flow_home(r);
		flow_camera(r, "af_ms 0");
		flow_camera(r, "write_ms 0");
		before = flow_shots(r, shots);
	}
	flow_take(r);
	flow_object(r, newest);
	flow_is(r, "notice", "notice.quarantined");
	assert_true(rig_is(r, "state", "framing"));
	quarantined(before);
	flow_pass(r, false);
	flow_object(r, passed);
	flow_state(r, "idle");
	flow_erased(r, passed);
	assert_true(flow_has_object(r, newest)); /* nobody's stays on the camera's card too */
}

static void the_body_button_after_the_verdict_is_nobodys(void **state)
{
	int before;

	(void)state;
	flow_picture(r, "blink");
	flow_framed(r, 2);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	before = flow_shots(r, shots);
	see_live();
	press();
	flow_is(r, "notice", "notice.quarantined");
	quarantined(before);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	before = flow_shots(r, shots);
	press();
	flow_state(r, "idle");
	quarantined(before);
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(shots[before - 2].state, "quarantined");
	assert_string_equal(shots[before - 1].state, "accepted");
	assert_string_equal(shots[before].state, "quarantined");
	assert_int_equal(flow_exported(r, shots[before - 1].number), shots[before - 1].mark);
}

static void the_cameras_copy_goes_when_ours_is_durable(void **state)
{
	char failed[64], passed[64];

	(void)state;
	flow_picture(r, "blink");
	flow_framed(r, 3);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	flow_object(r, failed); /* not in the middle of a visit */
	flow_key(r, "retake");
	flow_pass(r, false);
	flow_object(r, passed);
	assert_string_not_equal(failed, passed);
	flow_state(r, "idle");
	flow_erased(r, failed);
	flow_erased(r, passed);
}

/* --- the cable -----------------------------------------------------------------------------------
 */

static void the_cable_comes_out_before_the_shot(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 4);
	visit = flow_value(r, "visit");
	flow_camera(r, "unplug");
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "camera_gone");
	flow_camera(r, "plug");
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
}

/* The picture lies on the camera's card: it is found there, for the visit it was taken in. */
static void recovered_without_a_second_shot(int person, const char *fault, bool unplug)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);
	struct flow_shot s;

	flow_framed(r, person);
	visit = flow_value(r, "visit");
	flow_camera(r, fault);
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	if (unplug) {
		flow_camera(r, "unplug");
		flow_state(r, "fault");
		flow_camera(r, "plug");
	}
	flow_state(r, "passed");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_state(r, "idle");
	flow_last_shot(r, before, &s);
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(s.state, "accepted");
	assert_int_equal(s.visit, visit);
	assert_int_equal(s.mark, taken + 1);
	assert_int_equal(flow_stat(r, "shots"), taken + 1);
}

static void the_cable_comes_out_between_shutter_and_picture(void **state)
{
	(void)state;
	recovered_without_a_second_shot(5, "write_ms 1500", true);
}

static void the_connection_breaks_in_the_transfer(void **state)
{
	(void)state;
	recovered_without_a_second_shot(6, "closemid 20000", false);
}

/* --- the body says no ----------------------------------------------------------------------------
 */

static void mended_by_hand(int person, const char *broken, const char *reason, const char *mended)
{
	flow_framed(r, person);
	flow_camera(r, broken);
	flow_is(r, "camera", "warn"); /* seen before anybody is asked to smile */
	flow_key(r, "shoot");
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), reason);
	flow_camera(r, mended);
	flow_state(r, "framing"); /* by itself */
	flow_pass(r, true);
}

static void an_empty_battery_is_told_and_mended(void **state)
{
	(void)state;
	mended_by_hand(10, "battery 2", "camera_battery", "battery 90");
}

static void a_test_shot_that_fails_says_why(void **state)
{
	(void)state;
	flow_camera(r, "afail 1");
	flow_key(r, "test");
	flow_is(r, "notice", "fault.camera_no_focus");
	flow_state(r, "idle");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(the_body_button_counts_after_a_second),
		FLOW(the_body_button_in_the_first_second_is_nobodys),
		FLOW(the_body_button_after_the_verdict_is_nobodys),
		FLOW(the_cameras_copy_goes_when_ours_is_durable),
		FLOW(the_cable_comes_out_before_the_shot),
		FLOW(the_cable_comes_out_between_shutter_and_picture),
		FLOW(the_connection_breaks_in_the_transfer),
		FLOW(an_empty_battery_is_told_and_mended),
		FLOW(a_test_shot_that_fails_says_why),
	};

	return FLOW_MAIN(r, tests);
}
