/* A job that is photographed before its roster comes: unknown cards are served, the list joins later. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

enum { STRANGER = FLOW_PEOPLE + 9 };

static int tapshot(char **said, const char *what, const char *argument)
{
	return rig_run(r, said, what, argument, "--job", r->job, "--data", r->data, NULL);
}

static void an_unknown_card_makes_its_record_and_goes_on(void **state)
{
	int before = flow_shots(r, shots);
	struct flow_shot shot;

	(void)state;
	rig_kill_kiosk(r);
	assert_int_equal(rig_run(r, NULL, "job", "set", "roster=open", "--job", r->job, "--data",
				 r->data, NULL),
			 0);
	flow_restart(r);
	flow_tap(r, STRANGER);
	flow_state(r, "framing");
	flow_pass(r, true);
	flow_last_shot(r, before, &shot);
	assert_string_equal(shot.state, "accepted");
	assert_true(flow_ledger_has(r, "person.added", "%open%"));
	flow_tap(r, STRANGER); /* the same card now finds them */
	flow_state(r, "already_captured");
	flow_home(r);
}

/* While somebody sits there the unknown one waits like anybody else, and nothing mixes. */
static void an_unknown_card_waits_its_turn(void **state)
{
	long long people = flow_value(r, "people"), visit;

	(void)state;
	flow_framed(r, 3);
	visit = flow_value(r, "visit");
	flow_tap(r, STRANGER + 1);
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, false);
	flow_key(r, "accept");
	flow_state(r, "framing");
	assert_int_not_equal(flow_value(r, "visit"), visit);
	assert_int_equal(flow_value(r, "people"), people + 1);
	flow_key(r, "cancel");
}

static void a_typed_number_still_needs_the_pin(void **state)
{
	(void)state;
	flow_key(r, "manual");
	assert_true(rig_type(r, "G76543219"));
	flow_key(r, "enter");
	flow_state(r, "not_on_list");
	flow_home(r);
}

static void the_roster_that_comes_later_joins(void **state)
{
	SCOPED_FREE char *said = NULL, *shown = NULL;
	char number[19], file[300];
	FILE *out;

	(void)state;
	flow_number(STRANGER, number);
	snprintf(file, sizeof(file), "%.250s/later.csv", r->dir);
	out = fopen(file, "w");
	assert_non_null(out);
	fprintf(out,
		"学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称\n"
		"本科,2026777,测试后来,男,%s,普通高校,10999,测试理工大学\n",
		number);
	fclose(out);
	rig_kill_kiosk(r);
	assert_int_equal(tapshot(&said, "roster", "list"), 0);
	free(said);
	said = NULL;
	assert_int_equal(rig_run(r, &said, "roster", "import", file, "--job", r->job, "--data",
				 r->data, NULL),
			 0);
	assert_non_null(strstr(said, "1 people who came without a list are on this one"));
	assert_non_null(strstr(said, "photographed and on the roster"));
	assert_int_equal(rig_run(r, &shown, "roster", "show", number, "--job", r->job, "--data",
				 r->data, NULL),
			 0);
	assert_non_null(strstr(shown, "测试后来"));
	assert_null(strstr(shown, "walk-in"));
	flow_restart(r);
	assert_true(flow_text(r, "state", text)[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(an_unknown_card_makes_its_record_and_goes_on),
		FLOW(an_unknown_card_waits_its_turn),
		FLOW(a_typed_number_still_needs_the_pin),
		FLOW(the_roster_that_comes_later_joins),
	};

	return FLOW_MAIN(r, tests);
}
