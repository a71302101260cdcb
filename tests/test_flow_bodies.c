/* Two bodies: which one takes the picture, and whose card is it looked for on. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK, .with_spare = true };
static struct rig alone = { .extra_config = FLOW_QUICK };
static struct rig *r;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

/* --- words --------------------------------------------------------------------------------------- */

static void second_used(bool second)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (flow_value(r, "second_body") != second || !rig_is(r, "camera", "ok")) {
		assert_true(clock_now_ms() < until);
		rig_poll_pause();
	}
}

static long long spare_stat(const char *name)
{
	char answer[8192], key[32], *at;

	snprintf(key, sizeof(key), " %s=", name);
	assert_true(rig_ask(r->spare_sock, answer, sizeof(answer), "stat"));
	at = strstr(answer, key);
	return at ? atoll(at + strlen(key)) : 0;
}

/* Whatever an earlier test left: the first body is in use and the spare stands by. */
static void first_in_use(void)
{
	if (flow_value(r, "second_body")) {
		flow_is(r, "spare", "ok");
		flow_spare(r, "unplug");
		second_used(false);
		flow_spare(r, "plug");
	}
	flow_is(r, "spare", "ok");
}

/* Counts the states that were shown, so that a fault that passes in between is seen. */
static int states_heard(int events, const char *state)
{
	bool gone = false;
	json_t *e;
	int n = 0;

	while ((e = rig_next_event(events, 0, &gone))) {
		const char *said = json_string_value(json_object_get(e, "state"));

		n += said && !strcmp(said, state);
		json_decref(e);
	}
	return n;
}

/* --- taking over --------------------------------------------------------------------------------- */

static void the_spare_takes_over_and_the_visit_goes_on(void **state)
{
	long long visit, taken = spare_stat("shots");
	int events;

	(void)state;
	first_in_use();
	flow_framed(r, 0);
	visit = flow_value(r, "visit");
	events = rig_events(r);
	flow_camera(r, "unplug");
	second_used(true);
	assert_string_equal(flow_text(r, "body", text), "0299");
	flow_state(r, "framing");
	assert_int_equal(states_heard(events, "fault"), 0);
	close(events);
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
	assert_int_equal(spare_stat("shots"), taken + 1);
	flow_camera(r, "plug"); /* it is the spare now */
	flow_framed(r, 1);
	flow_pass(r, true);
	assert_int_equal(flow_value(r, "second_body"), 1);
	assert_int_equal(spare_stat("shots"), taken + 2);
}

static void an_empty_battery_is_the_spares_turn(void **state)
{
	(void)state;
	first_in_use();
	flow_framed(r, 2);
	flow_camera(r, "battery 2");
	second_used(true);
	assert_true(rig_is(r, "state", "framing"));
	flow_pass(r, true);
}

static void the_spares_own_button_is_nobodys(void **state)
{
	int before = flow_shots(r, shots);
	struct flow_shot s;

	(void)state;
	first_in_use();
	flow_framed(r, 3);
	flow_framing_ms(r, 1300);
	flow_spare(r, "press");
	flow_is(r, "notice", "notice.quarantined");
	flow_last_shot(r, before, &s);
	assert_string_equal(s.reason, "spare");
	assert_int_equal(s.visit, 0);
	assert_true(rig_is(r, "state", "framing"));
	flow_key(r, "cancel");
}

/* --- a shot lost with its body ------------------------------------------------------------------- */

static void lose_a_shot(int person)
{
	long long taken = flow_stat(r, "shots");

	flow_framed(r, person);
	flow_camera(r, "write_ms 1500");
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	flow_camera(r, "unplug");
	second_used(true);
	flow_state(r, "framing"); /* once more, please */
}

/* The newest picture of @visit that is not accepted, once it is there. */
static struct flow_shot found_later(long long visit)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (clock_now_ms() < until) {
		for (int i = flow_shots(r, shots) - 1; i >= 0; i--)
			if (shots[i].visit == visit && strcmp(shots[i].state, "accepted"))
				return shots[i];
		rig_poll_pause();
	}
	fail_msg("the first body's picture of visit %lld is not found", visit);
	return shots[0];
}

static void a_shot_lost_with_its_body_comes_back_with_it(void **state)
{
	long long visit, mark;
	struct flow_shot s;

	(void)state;
	first_in_use();
	lose_a_shot(4);
	mark = flow_stat(r, "shots");
	visit = flow_value(r, "visit");
	flow_pass(r, true);
	flow_framed(r, 5); /* the next one sits there when the body comes back */
	flow_camera(r, "plug");
	s = found_later(visit);
	assert_string_equal(s.state, "rejected");
	assert_int_equal(s.mark, mark);
	assert_true(rig_is(r, "state", "framing"));
	flow_pass(r, true);
	flow_shots(r, shots);
}

static void it_waits_for_its_body_over_a_restart(void **state)
{
	long long visit, mark;
	struct flow_shot s;

	(void)state;
	first_in_use();
	lose_a_shot(6);
	mark = flow_stat(r, "shots");
	visit = flow_value(r, "visit");
	flow_pass(r, true);
	rig_kill_kiosk(r);
	rig_start_kiosk(r);
	second_used(true); /* the first is still away */
	flow_is(r, "judge", "ok");
	flow_framed(r, 7);
	flow_pass(r, true);
	flow_camera(r, "plug");
	s = found_later(visit);
	assert_string_equal(s.state, "rejected");
	assert_int_equal(s.mark, mark);
}

/* --- another body at the same port --------------------------------------------------------------- */

static void another_bodys_card_is_not_ours(void **state)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots), n;
	pid_t worker;

	(void)state;
	flow_framed(r, 10);
	visit = flow_value(r, "visit");
	flow_camera(r, "write_ms 1500");
	flow_key(r, "shoot");
	flow_shutter(r, taken + 1);
	flow_camera(r, "unplug");
	flow_state(r, "fault");
	worker = rig_worker_pid(r, "camera");
	kill(worker, SIGSTOP); /* so that it does not look before there is something to see */
	rig_other_camera(r, "3000399");
	flow_camera(r, "fill 1"); /* the one new picture there is: not this visit's */
	flow_camera(r, "fill 30");
	kill(worker, SIGCONT);
	flow_state(r, "framing");
	assert_string_equal(flow_text(r, "body", text), "0399");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
	n = flow_shots(r, shots);
	assert_int_equal(n, before + 1); /* nothing of its card was touched */
	assert_string_equal(shots[before].state, "accepted");
	assert_int_equal(shots[before].mark, flow_stat(r, "shots"));
}

/* The release got no answer, and the one new picture was taken long after it: of whom, nobody knows. */
static void a_press_long_after_a_lost_trigger_is_nobodys(void **state)
{
	long long visit;
	int before = flow_shots(r, shots);
	struct flow_shot s;

	(void)state;
	flow_framed(r, 11);
	visit = flow_value(r, "visit");
	flow_camera(r, "hang 9207");
	flow_key(r, "shoot");
	flow_state(r, "fault");
	flow_camera(r, "unplug");
	flow_camera(r, "reset");
	flow_camera(r, "clock 300");
	flow_camera(r, "fill 1");
	flow_camera(r, "clock 0");
	flow_camera(r, "plug");
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_is(r, "notice", "notice.quarantined");
	flow_last_shot(r, before, &s);
	assert_string_equal(s.reason, "ambiguous");
	assert_int_equal(s.visit, 0);
	flow_pass(r, true);
}

static void without_a_second_copy_the_screen_says_so(void **state)
{
	(void)state;
	rig_kill_kiosk(r);
	r->extra_config = FLOW_QUICK "camera.target = memory\n";
	flow_restart(r);
	assert_int_equal(flow_value(r, "no_second_copy"), 1);
	r->extra_config = FLOW_QUICK;
}

int main(void)
{
	const struct CMUnitTest two[] = {
		FLOW(the_spare_takes_over_and_the_visit_goes_on),
		FLOW(an_empty_battery_is_the_spares_turn),
		FLOW(the_spares_own_button_is_nobodys),
		FLOW(a_shot_lost_with_its_body_comes_back_with_it),
		FLOW(it_waits_for_its_body_over_a_restart),
	};
	const struct CMUnitTest one[] = {
		FLOW(a_press_long_after_a_lost_trigger_is_nobodys),
		FLOW(another_bodys_card_is_not_ours),
		FLOW(without_a_second_copy_the_screen_says_so),
	};
	int failed;

	r = &rig;
	failed = FLOW_MAIN(r, two);
	r = &alone;
	return failed + FLOW_MAIN(r, one);
}
