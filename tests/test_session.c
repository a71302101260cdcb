/* The session table: what a visit may do, and what it must never do. Hands are recorded, not real. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/kiosk/session.h"

static struct {
	struct session s;
	int opened, closed, triggers, tests, bodies, accepts, pendings;
	enum session_end last_end;
	int64_t opened_person;
	int64_t now_ms;
} t;

static int64_t test_now(void)
{
	return t.now_ms;
}

static void open_visit(void *ctx, const struct who *who)
{
	(void)ctx;
	t.opened++;
	t.opened_person = who->person;
}

static void close_visit(void *ctx, enum session_end how)
{
	(void)ctx;
	t.closed++;
	t.last_end = how;
}

static void trigger(void *ctx)
{
	(void)ctx;
	t.triggers++;
}
static void trigger_test(void *ctx)
{
	(void)ctx;
	t.tests++;
}
static void fetch_body(void *ctx)
{
	(void)ctx;
	t.bodies++;
}
static void accept_shot(void *ctx)
{
	(void)ctx;
	t.accepts++;
}
static void entered(void *ctx)
{
	(void)ctx;
}
static void tap(int64_t person, enum session_event ev)
{
	memset(&t.s.tapped, 0, sizeof(t.s.tapped));
	t.s.tapped.person = person;
	snprintf(t.s.tapped.number, sizeof(t.s.tapped.number), "%lld", (long long)person);
	session_event(&t.s, ev);
}

static void take_pending(void *ctx)
{
	int64_t person = t.s.pending.person;

	(void)ctx;
	t.pendings++;
	t.s.has_pending = false;
	tap(person, EV_TAP_LISTED);
}

static const struct session_ops hands = {
	.open_visit = open_visit,
	.close_visit = close_visit,
	.trigger = trigger,
	.trigger_test = trigger_test,
	.fetch_body = fetch_body,
	.accept = accept_shot,
	.take_pending = take_pending,
	.entered = entered,
};

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.now_ms = 1000;
	clock_set_source(test_now);
	session_init(&t.s, &hands, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	clock_set_source(NULL);
	return 0;
}

static void wait_out(void)
{
	if (session_next_ms(&t.s))
		t.now_ms = session_next_ms(&t.s);
	session_tick(&t.s);
}

static void to_framing(int64_t person)
{
	tap(person, EV_TAP_LISTED);
	session_event(&t.s, EV_VISIT_OPENED);
	wait_out();
	assert_int_equal(t.s.state, ST_FRAMING);
}

static void to_judging(int64_t person)
{
	to_framing(person);
	session_event(&t.s, EV_KEY_SHOOT);
	session_event(&t.s, EV_SHOT_STORED);
	assert_int_equal(t.s.state, ST_JUDGING);
}

static void one_key_takes_a_student_from_tap_to_idle(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_COMMITTED);
	assert_int_equal(t.s.state, ST_PASSED);
	wait_out();
	assert_int_equal(t.s.state, ST_IDLE);
	assert_int_equal(t.triggers, 1);
	assert_int_equal(t.closed, 1);
	assert_int_equal(t.last_end, END_ACCEPTED);
}

static void a_key_pressed_while_the_visit_is_written_counts_once_it_stands(void **state)
{
	(void)state;
	tap(7, EV_TAP_LISTED);
	assert_true(session_event(&t.s, EV_KEY_SHOOT));
	assert_int_equal(t.triggers, 0);
	session_event(&t.s, EV_VISIT_OPENED);
	assert_int_equal(t.s.state, ST_SHOOTING);
	assert_int_equal(t.triggers, 1);
	setup(NULL);
	tap(7, EV_TAP_LISTED);
	assert_true(session_event(&t.s, EV_KEY_CANCEL));
	session_event(&t.s, EV_VISIT_OPENED);
	assert_int_equal(t.s.state, ST_IDLE);
	assert_int_equal(t.last_end, END_CANCELLED);
	to_framing(8); /* and is not remembered for the next one */
	assert_int_equal(t.triggers, 0);
}

static void passed_is_entered_by_the_commit_only(void **state)
{
	(void)state;
	for (int ev = 0; ev < EV_COUNT; ev++) {
		for (int st = 0; st < ST_COUNT; st++) {
			setup(NULL);
			t.s.state = (enum session_state)st;
			session_event(&t.s, (enum session_event)ev);
			if (t.s.state == ST_PASSED && st != ST_PASSED)
				assert_int_equal(ev, EV_COMMITTED);
		}
	}
}

static void every_state_with_a_limit_comes_home(void **state)
{
	(void)state;
	for (int st = 0; st < ST_COUNT; st++) {
		if (st == ST_ASKED)
			continue; /* a person decides, however long it takes */
		setup(NULL);
		tap(7, EV_TAP_LISTED);
		t.s.state = (enum session_state)st;
		t.s.until_ms = 1;
		for (int i = 0; i < ST_COUNT && t.s.state != ST_IDLE; i++)
			wait_out();
		assert_int_equal(t.s.state, ST_IDLE);
	}
}

static void a_failed_shot_can_be_retaken_within_the_visit(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_VERDICT_FAIL);
	assert_int_equal(t.s.state, ST_FAILED);
	session_event(&t.s, EV_KEY_RETAKE);
	assert_int_equal(t.s.state, ST_FRAMING);
	session_event(&t.s, EV_KEY_SHOOT);
	assert_int_equal(t.triggers, 2);
	assert_int_equal(t.opened, 1);
}

static void accept_anyway_waits_for_the_commit(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_VERDICT_FAIL);
	session_event(&t.s, EV_KEY_ACCEPT);
	assert_int_equal(t.accepts, 1);
	assert_string_equal(session_state_name(t.s.state), "judging");
	session_event(&t.s, EV_COMMITTED);
	assert_int_equal(t.s.state, ST_PASSED);
}

static void an_early_tap_waits_and_never_moves_the_shot(void **state)
{
	(void)state;
	for (int st = ST_FOUND; st <= ST_FAULT; st++) {
		if (st == ST_TESTING || st == ST_PASSED || st == ST_NOT_ON_LIST ||
		    st == ST_ALREADY_CAPTURED || st == ST_LEFT_OPEN)
			continue;
		setup(NULL);
		to_framing(7);
		t.s.state = (enum session_state)st;
		tap(8, EV_TAP_LISTED);
		assert_int_equal(t.s.state, st);
		assert_int_equal(t.s.who.person, 7);
		assert_int_equal(t.opened, 1);
		assert_true(t.s.has_pending);
		tap(9, EV_TAP_LISTED);
		assert_int_equal(t.s.pending.person, 8);
		assert_true(t.s.early_tap_full);
	}
}

static void the_early_tap_is_served_when_the_visit_ends(void **state)
{
	(void)state;
	to_judging(7);
	tap(8, EV_TAP_LISTED);
	session_event(&t.s, EV_COMMITTED);
	wait_out();
	assert_int_equal(t.pendings, 1);
	assert_int_equal(t.opened_person, 8);
	assert_string_equal(session_state_name(t.s.state), "found");
}

static void the_next_tap_accepts_a_pass(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_COMMITTED);
	tap(8, EV_TAP_LISTED);
	assert_int_equal(t.last_end, END_ACCEPTED);
	assert_int_equal(t.opened_person, 8);
}

static void already_captured_defaults_to_no(void **state)
{
	(void)state;
	tap(7, EV_TAP_CAPTURED);
	assert_string_equal(session_state_name(t.s.state), "already_captured");
	session_event(&t.s, EV_KEY_SHOOT);
	wait_out();
	assert_int_equal(t.s.state, ST_IDLE);
	assert_int_equal(t.opened, 0);
	tap(7, EV_TAP_CAPTURED);
	session_event(&t.s, EV_KEY_RETAKE);
	assert_int_equal(t.opened, 1);
	assert_true(t.s.who.again);
}

static void a_camera_that_leaves_keeps_the_visit_open(void **state)
{
	(void)state;
	to_framing(7);
	session_event(&t.s, EV_CAMERA_GONE);
	assert_int_equal(t.s.state, ST_FAULT);
	assert_true(session_visit_open(&t.s));
	session_event(&t.s, EV_CAMERA_BACK);
	assert_int_equal(t.s.state, ST_FRAMING);
	assert_int_equal(t.closed, 0);
}

static void a_warning_waits_for_the_photographer(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_VERDICT_ASK);
	assert_int_equal(t.s.state, ST_ASKED);
	assert_int_equal(session_next_ms(&t.s), 0);
	tap(8, EV_TAP_LISTED); /* the next one waits */
	assert_int_equal(t.s.state, ST_ASKED);
	session_event(&t.s, EV_KEY_RETAKE);
	assert_int_equal(t.s.state, ST_FRAMING);
	t.s.state = ST_JUDGING;
	session_event(&t.s, EV_VERDICT_ASK);
	session_event(&t.s, EV_KEY_ACCEPT);
	assert_int_equal(t.s.state, ST_SAVING);
	session_event(&t.s, EV_COMMITTED);
	assert_int_equal(t.s.state, ST_PASSED);
}

static void the_body_button_counts_in_framing_only(void **state)
{
	(void)state;
	for (int st = 0; st < ST_COUNT; st++) {
		setup(NULL);
		to_framing(7);
		t.s.state = (enum session_state)st;
		session_event(&t.s, EV_BODY_SHOT);
		assert_int_equal(t.bodies, st == ST_FRAMING);
	}
}

static void wrong_person_voids_the_picture(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_COMMITTED);
	session_event(&t.s, EV_KEY_SWAP);
	assert_int_equal(t.last_end, END_SWAPPED);
	assert_int_equal(t.s.state, ST_SWAPPING); /* until it is in the ledger */
	tap(8, EV_TAP_LISTED);
	assert_int_equal(t.opened_person, 7);
	session_event(&t.s, EV_SWAPPED);
	assert_int_equal(t.opened_person, 8); /* the tap that waited is served now */
}

static void a_swap_that_is_not_in_the_ledger_is_told(void **state)
{
	(void)state;
	to_judging(7);
	session_event(&t.s, EV_COMMITTED);
	session_event(&t.s, EV_KEY_SWAP);
	session_event(&t.s, EV_SAVE_FAULT);
	assert_string_equal(session_state_name(t.s.state), "fault");
}

static void a_visit_left_open_yields_to_the_next_person(void **state)
{
	(void)state;
	to_framing(7);
	wait_out();
	assert_string_equal(session_state_name(t.s.state), "left_open");
	tap(8, EV_TAP_LISTED);
	assert_int_equal(t.last_end, END_LEFT_OPEN);
	assert_int_equal(t.opened_person, 8);
}

/* A question to a person takes longer than reading why nothing can be done. */
static void a_question_may_stay_longer_and_still_goes_home(void **state)
{
	int64_t usual;

	(void)state;
	tap(0, EV_TAP_REFUSED);
	usual = session_next_ms(&t.s);
	session_stay(&t.s, 30000);
	t.now_ms = usual;
	session_tick(&t.s);
	assert_int_equal(t.s.state, ST_REFUSED);
	tap(8, EV_TAP_LISTED);
	assert_int_equal(t.opened_person, 8);
	session_event(&t.s, EV_VISIT_REFUSED);
	assert_int_equal(session_next_ms(&t.s), t.now_ms + 10000); /* only that once */
	session_stay(&t.s, 30000);
	wait_out();
	assert_int_equal(t.s.state, ST_IDLE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(one_key_takes_a_student_from_tap_to_idle),
		T(a_key_pressed_while_the_visit_is_written_counts_once_it_stands),
		T(passed_is_entered_by_the_commit_only),
		T(every_state_with_a_limit_comes_home),
		T(a_failed_shot_can_be_retaken_within_the_visit),
		T(a_warning_waits_for_the_photographer),
		T(accept_anyway_waits_for_the_commit),
		T(an_early_tap_waits_and_never_moves_the_shot),
		T(the_early_tap_is_served_when_the_visit_ends),
		T(the_next_tap_accepts_a_pass),
		T(already_captured_defaults_to_no),
		T(a_camera_that_leaves_keeps_the_visit_open),
		T(the_body_button_counts_in_framing_only),
		T(wrong_person_voids_the_picture),
		T(a_swap_that_is_not_in_the_ledger_is_told),
		T(a_visit_left_open_yields_to_the_next_person),
		T(a_question_may_stay_longer_and_still_goes_home),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
