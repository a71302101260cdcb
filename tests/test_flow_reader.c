/* The card reader in use; its faults are in test_flow_faults.c. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = {
	.extra_config = "found.show_ms = 0\naccept.after_ms = 2000\ndisplay.sound = no",
};
static struct rig *const r = &rig;

static void take_your_card_is_shown_until_it_is_taken(void **state)
{
	(void)state;
	flow_lay(r, 10);
	flow_state(r, "framing");
	flow_pass(r, false);
	assert_int_equal(flow_value(r, "take_card"), 1);
	flow_state(r, "idle");
	assert_int_equal(flow_value(r, "take_card"), 1);
	flow_take(r);
	assert_int_equal(flow_value(r, "take_card"), 0);
	assert_true(rig_is(r, "state", "idle")); /* it lay there once, it is one tap */
}

static void a_reader_unplugged_with_a_card_on_it_reads_the_next_one(void **state)
{
	(void)state;
	flow_lay(r, 13);
	flow_state(r, "framing");
	assert_true(rig_reader(r, "unplug"));
	flow_is(r, "reader", "offline");
	assert_int_equal(flow_value(r, "take_card"), 0);
	assert_true(rig_is(r, "state", "framing")); /* the visit needs no reader */
	assert_true(rig_reader(r, "remove"));
	assert_true(rig_reader(r, "plug"));
	flow_pass(r, true);
	flow_is(r, "reader", "ok");
	flow_framed(r, 14);
	flow_key(r, "cancel");
}

static void the_reader_worker_dies_and_is_back(void **state)
{
	pid_t worker = rig_worker_pid(r, "reader");

	(void)state;
	assert_true(worker > 0);
	flow_framed(r, 15);
	assert_int_equal(kill(worker, SIGKILL), 0);
	flow_pass(r, true);
	flow_is(r, "reader", "ok");
	flow_framed(r, 16);
	flow_key(r, "cancel");
}

static void other_cards_than_the_residents(void **state)
{
	(void)state;
	assert_true(rig_reader(r,
			       "card I latin=SPECIMEN sex=1 number=PRC370101011200 nationality=GBR "
			       "from=20240101 to=20340101 birth=19010101 version=01 office=3700"));
	flow_state(r, "not_on_list");
	flow_take(r);
	assert_true(rig_is(r, "state", "not_on_list"));
}

static void fingerprints_are_never_asked_for(void **state)
{
	char answer[512];

	(void)state;
	assert_true(rig_ask(r->reader_sock, answer, sizeof(answer), "stat"));
	assert_non_null(strstr(answer, "fingerprint=0 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(take_your_card_is_shown_until_it_is_taken),
		FLOW(a_reader_unplugged_with_a_card_on_it_reads_the_next_one),
		FLOW(the_reader_worker_dies_and_is_back),
		FLOW(other_cards_than_the_residents),
		FLOW(fingerprints_are_never_asked_for),
	};

	return FLOW_MAIN(r, tests);
}
