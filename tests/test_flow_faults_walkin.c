/*
 * Fault 7 of the matrix (tests/README.md), the way out: somebody who is not on the roster and the
 * photographer's PIN. The first half, that they are told so, is in test_flow_faults.c.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

#define PIN "290417"

enum { STRANGER = FLOW_PEOPLE + 7 };

static bool log_says(const char *what)
{
	char line[1024];
	SCOPED_FILE FILE *f = fopen(r->kiosk.log, "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, what))
			return true;
	return false;
}

static void set_pin(const char *pin)
{
	char command[900];

	snprintf(command, sizeof(command), "echo %s | %s/tapshot pin set --data %s", pin, r->bin,
		 r->data);
	assert_int_equal(system(command), 0);
}

static void say_pin(const char *pin)
{
	assert_true(rig_type(r, pin));
	flow_key(r, "enter");
}

static void fault_07_without_a_pin_nobody_is_added(void **state)
{
	(void)state;
	flow_tap(r, STRANGER);
	flow_state(r, "not_on_list");
	assert_false(flow_key_offered(r, "walk_in"));
	flow_no_key(r, "accept");
}

static void fault_07_wrong_pin_adds_nobody(void **state)
{
	long long people = flow_value(r, "people");

	(void)state;
	set_pin(PIN); /* the kiosk need not be started again */
	flow_tap(r, STRANGER);
	flow_state(r, "not_on_list");
	assert_true(flow_key_offered(r, "walk_in"));
	flow_key(r, "accept");
	flow_is(r, "entry_hint", "entry.pin");
	flow_key(r, "esc");
	assert_string_equal(flow_text(r, "entry_hint", text), "");
	flow_key(r, "accept");
	say_pin("111111");
	flow_is(r, "entry_hint", "entry.pin_wrong");
	assert_true(rig_is(r, "state", "not_on_list"));
	assert_int_equal(flow_value(r, "people"), people);
	flow_framed(r, 24); /* somebody else is served at once, although a PIN has to wait */
	flow_key(r, "cancel");
	assert_int_equal(flow_value(r, "people"), people);
	assert_false(flow_ledger_has(r, "person.added", "%"));
}

/* What the export's list says of picture @number. */
static bool listed(const char *number, const char *mark)
{
	SCOPED_FREE char *said = NULL;
	char to[320], command[900];

	snprintf(to, sizeof(to), "%.280s/walk-in-%s", r->dir, number);
	assert_int_equal(
		rig_run(r, &said, "export", "--job", r->job, "--to", to, "--data", r->data, NULL),
		0);
	snprintf(command, sizeof(command), "grep '^%s,' %.300s/%s/名单.csv | grep -q '%s'", number,
		 to, r->job, mark);
	return system(command) == 0;
}

/* The wait after a wrong PIN is over, and the right one goes in. */
static void let_in(void)
{
	flow_key(r, "accept");
	flow_is(r, "entry_hint", "entry.pin_again");
	say_pin(PIN);
	flow_state(r, "framing");
}

static void fault_07_right_pin_photographs_and_lists_them(void **state)
{
	SCOPED_FREE char *said = NULL;
	char shown[256], number[19];
	struct flow_shot shot;
	int before = flow_shots(r, shots);
	long long people = flow_value(r, "people");

	(void)state;
	flow_tap(r, STRANGER);
	flow_state(r, "not_on_list");
	flow_text(r, "masked_id", shown);
	let_in();
	assert_string_equal(flow_text(r, "masked_id", text), shown);
	assert_int_equal(flow_value(r, "people"), people + 1);
	flow_pass(r, true);
	flow_last_shot(r, before, &shot);
	assert_string_equal(shot.state, "accepted");
	assert_true(shot.number[0]);
	assert_true(flow_ledger_has(r, "person.added", "%card%"));
	assert_false(flow_ledger_has(r, "person.added", "%测试%"));
	assert_true(listed(shot.number, "测试67,男,.*现场补录"));
	assert_int_equal(flow_exported(r, shot.number), shot.mark);
	assert_int_equal(rig_run(r, &said, "roster", "show", flow_number(STRANGER, number), "--job",
				 r->job, "--data", r->data, NULL),
			 0);
	assert_non_null(strstr(said, "walk-in"));
	flow_tap(r, STRANGER); /* the same card now finds them */
	flow_state(r, "already_captured");
	assert_false(log_says(number) || log_says(PIN));
}

static void fault_07_typed_passport_is_added_without_a_name(void **state)
{
	struct flow_shot shot;
	int before = flow_shots(r, shots);

	(void)state;
	flow_key(r, "manual");
	assert_true(rig_type(r, "G76543210"));
	flow_key(r, "enter");
	flow_state(r, "not_on_list");
	flow_key(r, "accept");
	say_pin(PIN);
	flow_state(r, "framing");
	flow_pass(r, true);
	flow_last_shot(r, before, &shot);
	assert_true(flow_ledger_has(r, "person.added", "%typed%"));
	assert_true(listed(shot.number, "^[0-9]*,,,,,G76543210,,,,现场补录"));
}

/* The block as the job has it; the kiosk reads it at its start. */
static void set_block_end(const char *last)
{
	char command[900];

	rig_kill_kiosk(r);
	snprintf(command, sizeof(command), "sqlite3 %s/jobs/%s/job.db 'UPDATE block SET last = %s'",
		 r->data, r->job, last);
	assert_int_equal(system(command), 0);
	flow_restart(r);
}

static void fault_07_no_number_left_nobody_is_added(void **state)
{
	long long people = flow_value(r, "people");

	(void)state;
	set_block_end("(SELECT max(number) FROM number)");
	flow_tap(r, STRANGER + 1);
	flow_state(r, "not_on_list");
	flow_key(r, "accept");
	say_pin(PIN);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "store_numbers_used_up");
	assert_int_equal(flow_value(r, "people"), people);
	set_block_end("200");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(fault_07_without_a_pin_nobody_is_added),
		FLOW(fault_07_wrong_pin_adds_nobody),
		FLOW(fault_07_right_pin_photographs_and_lists_them),
		FLOW(fault_07_typed_passport_is_added_without_a_name),
		FLOW(fault_07_no_number_left_nobody_is_added),
	};

	return FLOW_MAIN(r, tests);
}
