/* Visits as photographer and students live them, through real drivers and the control socket. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = {
	.with_lane = true,
	.extra_config = "found.show_ms = 0\naccept.after_ms = 2000\nframing.limit_s = 10\n"
			"display.sound = no",
};
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

/* The newest picture, when the test needs no other. */
static struct flow_shot *last(void)
{
	int n = flow_shots(r, shots);

	assert_true(n > 0);
	return &shots[n - 1];
}

/* --- the plain visit
 * ------------------------------------------------------------------------------ */

static void one_key_leads_from_tap_to_accepted(void **state)
{
	(void)state;
	assert_int_equal(flow_value(r, "captured"), 0);
	flow_framed(r, 0);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	assert_string_equal(flow_text(r, "verdict", text), "pass");
	assert_string_equal(flow_text(r, "number", text), "0001");
	assert_string_equal(flow_text(r, "prompt_zh", text), "拍好了 · 格式合格");
	flow_state(r, "idle"); /* by itself */
	assert_int_equal(flow_value(r, "captured"), 1);
	assert_string_equal(last()->state, "accepted");
	assert_string_equal(last()->source, "trigger");
	assert_int_equal(flow_exported(r, "0001"), last()->mark);
}

static void a_retake_keeps_the_number(void **state)
{
	struct flow_shot *s;
	char number[256];
	int n;

	(void)state;
	flow_picture(r, "blink");
	flow_framed(r, 1);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	assert_string_equal(flow_text(r, "reason", text), "eyes_closed");
	flow_text(r, "number", number);
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, false);
	assert_string_equal(flow_text(r, "number", text), number);
	assert_int_equal(flow_value(r, "attempt"), 2);
	flow_state(r, "idle");
	n = flow_shots(r, shots);
	s = &shots[n - 2];
	assert_string_equal(s[0].state, "rejected");
	assert_string_equal(s[1].state, "accepted");
	assert_string_equal(s[0].number, s[1].number);
	assert_int_equal(s[0].visit, s[1].visit);
	assert_int_equal(s[1].attempt, 2);
	assert_int_equal(flow_exported(r, number), s[1].mark);
}

/* The second student taps while the first one's picture is still in the cable. */
static void two_students_pictures_are_not_swapped(void **state)
{
	char first[256], second[256];
	long long before = flow_stat(r, "shots");

	(void)state;
	flow_framed(r, 2);
	flow_camera(r, "delay 101b 1500 1");
	flow_camera(r, "delay 1009 1500 1");
	flow_key(r, "shoot");
	flow_tap(r, 3);
	flow_state(r, "passed");
	flow_text(r, "number", first);
	flow_state(r, "framing");
	flow_pass(r, false);
	flow_text(r, "number", second);
	flow_state(r, "idle");
	assert_string_not_equal(first, second);
	assert_int_equal(flow_exported(r, first), before + 1);
	assert_int_equal(flow_exported(r, second), before + 2);
}

static void a_pass_can_be_taken_again(void **state)
{
	struct flow_shot *s;
	int n;

	(void)state;
	flow_framed(r, 4);
	flow_pass(r, false);
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, true);
	n = flow_shots(r, shots);
	s = &shots[n - 2];
	assert_string_equal(s[0].state, "void");
	assert_string_equal(s[0].reason, "superseded");
	assert_string_equal(s[1].state, "accepted");
	assert_string_equal(s[0].number, s[1].number);
	assert_int_equal(flow_exported(r, s[1].number), s[1].mark);
}

static void a_blink_can_be_accepted_anyway(void **state)
{
	(void)state;
	flow_picture(r, "blink");
	flow_framed(r, 5);
	flow_no_key(r, "accept"); /* nothing to accept yet */
	flow_key(r, "shoot");
	flow_state(r, "failed");
	flow_key(r, "accept");
	flow_state(r, "passed");
	flow_state(r, "idle");
	assert_string_equal(last()->state, "accepted");
	assert_string_equal(last()->verdict, "fail");
	assert_int_equal(flow_exported(r, last()->number), last()->mark);
}

/* --- taps at the wrong moment
 * --------------------------------------------------------------------- */

static void an_early_tap_is_answered_and_served_next(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 6);
	visit = flow_value(r, "visit");
	flow_tap(r, 7);
	flow_is(r, "notice", "notice.early_tap");
	flow_tap(r, 8); /* one deep: refused, and said so */
	flow_is(r, "notice", "notice.queue_full");
	assert_true(rig_is(r, "state", "framing"));
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, false);
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit + 1);
	flow_text(r, "masked_id", text);
	assert_memory_equal(text + strlen(text) - 4, flow_number(7, (char[19]){ 0 }) + 14, 4);
	flow_pass(r, true);
	assert_true(rig_is(r, "state", "idle")); /* the refused one taps again */
}

static void who_waited_is_not_overtaken(void **state)
{
	char number[19];

	(void)state;
	flow_framed(r, 8);
	flow_tap(r, 9);
	flow_pass(r, false);
	flow_tap(r, 10); /* somebody else, while 拍好了 stands */
	flow_state(r, "framing");
	flow_text(r, "masked_id", text);
	assert_memory_equal(text + strlen(text) - 4, flow_number(9, number) + 14, 4);
	flow_pass(r, false);
	flow_state(r, "framing");
	flow_text(r, "masked_id", text);
	assert_memory_equal(text + strlen(text) - 4, flow_number(10, number) + 14, 4);
	flow_key(r, "cancel");
}

static void the_same_card_again_changes_nothing(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 11);
	visit = flow_value(r, "visit");
	flow_tap(r, 11);
	assert_true(rig_is(r, "state", "framing"));
	assert_string_not_equal(flow_text(r, "notice", text), "notice.early_tap");
	flow_pass(r, false);
	flow_tap(r, 11);
	assert_int_equal(flow_value(r, "visit") ? flow_value(r, "visit") : visit, visit);
	flow_state(r, "idle"); /* and it is not asked for once more */
	assert_string_equal(last()->state, "accepted");
}

static void the_next_tap_accepts_the_pass(void **state)
{
	long long captured = flow_value(r, "captured");

	(void)state;
	flow_framed(r, 12);
	flow_pass(r, false);
	flow_framed(r, 13);
	assert_int_equal(flow_value(r, "captured"), captured + 1);
	flow_key(r, "cancel");
	flow_state(r, "idle");
	assert_string_equal(last()->state, "accepted");
}

static void captured_people_are_photographed_again_only_on_demand(void **state)
{
	int before = flow_shots(r, shots);
	struct flow_shot again;

	(void)state;
	flow_tap(r, 0);
	flow_state(r, "already_captured");
	flow_no_key(r, "shoot"); /* the trigger alone is no yes */
	flow_key(r, "cancel");
	flow_state(r, "idle");
	assert_int_equal(flow_shots(r, shots), before);
	flow_tap(r, 0);
	flow_state(r, "already_captured");
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_pass(r, true);
	flow_last_shot(r, before, &again);
	assert_string_equal(again.number, "0001");
	assert_int_equal(flow_exported(r, "0001"), again.mark);
}

/* --- typed numbers
 * -------------------------------------------------------------------------------- */

static void a_mistyped_number_is_told_before_it_is_taken(void **state)
{
	char number[19];

	(void)state;
	flow_number(15, number);
	number[17] = number[17] == '5' ? '6' : '5';
	flow_key(r, "manual");
	assert_true(rig_type(r, number));
	flow_is(r, "entry_hint", "entry.bad_check");
	flow_key(r, "enter");
	assert_true(rig_is(r, "entry_hint", "entry.bad_check"));
	assert_true(rig_is(r, "state", "idle"));
	flow_key(r, "cancel");
	flow_key(r, "manual");
	assert_true(rig_type(r, flow_number(15, number)));
	flow_is(r, "entry_hint", "entry.fine");
	flow_key(r, "enter");
	flow_state(r, "framing");
	flow_pass(r, true);
}

static void a_passport_speaks_english(void **state)
{
	(void)state;
	assert_true(rig_type(r, FLOW_PASSPORT));
	flow_key(r, "enter");
	flow_state(r, "framing");
	assert_true(rig_is(r, "language", "en"));
	flow_pass(r, true);
	assert_true(rig_is(r, "language", "zh")); /* for the next one */
}

/* --- taking it back
 * ------------------------------------------------------------------------------- */

static void cancel_leaves_nothing_behind(void **state)
{
	long long captured = flow_value(r, "captured");
	int before = flow_shots(r, shots);

	(void)state;
	flow_framed(r, 16);
	flow_key(r, "cancel");
	flow_state(r, "idle");
	assert_int_equal(flow_value(r, "captured"), captured);
	assert_int_equal(flow_shots(r, shots), before);
}

static void the_wrong_person_is_never_exported(void **state)
{
	char number[256];
	int n;

	(void)state;
	flow_framed(r, 17);
	flow_pass(r, false);
	flow_text(r, "number", number);
	flow_key(r, "swap");
	flow_state(r, "idle");
	assert_string_equal(last()->state, "void");
	assert_int_equal(flow_exported(r, number), 0);
	flow_framed(r, 17); /* the right one comes: not “already captured”, same number */
	flow_pass(r, false);
	assert_string_equal(flow_text(r, "number", text), number);
	flow_key(r, "retake"); /* and again it was somebody else, seen only now */
	flow_state(r, "framing");
	flow_key(r, "swap");
	flow_state(r, "idle");
	n = flow_shots(r, shots);
	assert_string_equal(shots[n - 1].state, "void");
	assert_int_equal(flow_exported(r, number), 0);
	flow_framed(r, 17); /* swap before any picture */
	flow_key(r, "swap");
	flow_state(r, "idle");
	assert_int_equal(flow_shots(r, shots), n);
}

/* --- left open
 * ------------------------------------------------------------------------------------ */

static void a_visit_left_open_goes_on_with_the_same_card(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 18);
	visit = flow_value(r, "visit");
	flow_state(r, "left_open");
	flow_tap(r, 18);
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_key(r, "cancel");
	flow_state(r, "idle");
}

/* --- the other keys
 * ------------------------------------------------------------------------------- */

static void a_pause_answers_taps_and_opens_nothing(void **state)
{
	(void)state;
	flow_key(r, "pause");
	assert_int_equal(flow_value(r, "paused"), 1);
	flow_tap(r, 20);
	flow_is(r, "notice", "notice.paused");
	assert_true(rig_is(r, "state", "idle"));
	flow_no_key(r, "manual");
	flow_key(r, "pause");
	flow_framed(r, 20);
	flow_no_key(r, "pause"); /* not while somebody sits there */
	flow_key(r, "cancel");
}

static void help_and_language_are_one_key(void **state)
{
	char idle[256];

	(void)state;
	flow_text(r, "prompt_zh", idle);
	flow_key(r, "help");
	assert_string_not_equal(flow_text(r, "prompt_zh", text), idle);
	flow_key(r, "help");
	assert_string_equal(flow_text(r, "prompt_zh", text), idle);
	flow_key(r, "language");
	assert_true(rig_is(r, "language", "en"));
	flow_key(r, "language");
	assert_true(rig_is(r, "language", "zh"));
}

static void the_screen_offers_the_keys_that_work(void **state)
{
	(void)state;
	assert_true(flow_key_offered(r, "test") && flow_key_offered(r, "manual"));
	assert_false(flow_key_offered(r, "shoot") || flow_key_offered(r, "accept"));
	flow_framed(r, 21);
	assert_true(flow_key_offered(r, "shoot") && flow_key_offered(r, "swap"));
	assert_false(flow_key_offered(r, "manual") || flow_key_offered(r, "test"));
	flow_key(r, "cancel");
}

static void test_shots_belong_to_nobody(void **state)
{
	int before = flow_shots(r, shots);
	struct flow_shot s;

	(void)state;
	flow_key(r, "test");
	flow_last_shot(r, before, &s);
	assert_int_equal(s.visit, 0);
	assert_string_equal(s.number, "");
	flow_state(r, "idle");
	flow_camera(r, "press"); /* the body's own button */
	flow_last_shot(r, before + 1, &s);
	assert_int_equal(s.visit, 0);
	assert_string_equal(s.source, "test");
	assert_string_not_equal(s.state, "accepted");
	flow_state(r, "idle");
}

/* --- the lane
 * ------------------------------------------------------------------------------------- */

static void waiting_are(size_t count)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	size_t n;

	do {
		json_t *st = rig_state(r);

		n = json_array_size(json_object_get(st, "next"));
		json_decref(st);
		rig_poll_pause();
	} while (n != count && clock_now_ms() < until);
	assert_int_equal(n, count);
}

static void lane(int person)
{
	char card[256];

	assert_true(rig_lane(r, "tap %s", flow_card(person, card) + strlen("card ")));
}

static void the_lane_shows_who_is_next_and_opens_nothing(void **state)
{
	(void)state;
	lane(22);
	flow_state(r, "idle");
	waiting_are(1);
	lane(FLOW_PEOPLE + 6);
	flow_is(r, "notice", "notice.lane_unknown");
	waiting_are(1);
	lane(23);
	waiting_are(2);
	flow_framed(r, 23); /* the seat decides, whatever the lane's order */
	waiting_are(1);
	lane(0);
	flow_is(r, "notice", "notice.lane_captured");
	assert_true(rig_is(r, "state", "framing"));
	flow_pass(r, true);
	assert_true(rig_is(r, "state", "idle"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(one_key_leads_from_tap_to_accepted),
		FLOW(a_retake_keeps_the_number),
		FLOW(two_students_pictures_are_not_swapped),
		FLOW(a_pass_can_be_taken_again),
		FLOW(a_blink_can_be_accepted_anyway),
		FLOW(an_early_tap_is_answered_and_served_next),
		FLOW(who_waited_is_not_overtaken),
		FLOW(the_same_card_again_changes_nothing),
		FLOW(the_next_tap_accepts_the_pass),
		FLOW(captured_people_are_photographed_again_only_on_demand),
		FLOW(a_mistyped_number_is_told_before_it_is_taken),
		FLOW(a_passport_speaks_english),
		FLOW(cancel_leaves_nothing_behind),
		FLOW(the_wrong_person_is_never_exported),
		FLOW(a_visit_left_open_goes_on_with_the_same_card),
		FLOW(a_pause_answers_taps_and_opens_nothing),
		FLOW(help_and_language_are_one_key),
		FLOW(the_screen_offers_the_keys_that_work),
		FLOW(test_shots_belong_to_nobody),
		FLOW(the_lane_shows_who_is_next_and_opens_nothing),
	};

	return FLOW_MAIN(r, tests);
}
