/* Warnings as a job wants them: DATA/jobs/JOB/job.conf with a whole kiosk behind it. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

static void job_says(const char *words)
{
	SCOPED_FILE FILE *f = NULL;
	char path[400];

	snprintf(path, sizeof(path), "%s/jobs/%s/job.conf", r->data, r->job);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(words, f);
}

static void blink_at(int person)
{
	flow_picture(r, "blink");
	flow_framed(r, person);
	flow_key(r, "shoot");
}

/* Without a word of the job a warning passes, and the operator reads why. */
static void a_warning_passes_for_the_student(void **state)
{
	(void)state;
	flow_picture(r, "dark");
	flow_framed(r, 0);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	assert_string_equal(flow_text(r, "verdict", text), "warn");
	assert_string_equal(flow_text(r, "reason", text), "underexposed");
	assert_string_equal(flow_text(r, "prompt_zh", text), "拍好了 · 格式合格");
	flow_state(r, "idle");
}

static void the_photographer_decides_where_the_job_asks(void **state)
{
	int n;

	(void)state;
	rig_kill_kiosk(r);
	job_says("warn = ask\nlevel.eyes_closed = warn\n");
	flow_restart(r);
	blink_at(1);
	flow_state(r, "asked");
	assert_string_equal(flow_text(r, "verdict", text), "warn");
	assert_string_equal(flow_text(r, "reason", text), "eyes_closed");
	assert_true(flow_key_offered(r, "accept") && flow_key_offered(r, "retake"));
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_key(r, "shoot"); /* good-1: nothing to ask */
	flow_state(r, "passed");
	flow_state(r, "idle");
	blink_at(2);
	flow_state(r, "asked");
	flow_key(r, "accept");
	flow_state(r, "passed");
	flow_state(r, "idle");
	n = flow_shots(r, shots);
	assert_string_equal(shots[n - 1].state, "accepted");
	assert_string_equal(shots[n - 1].verdict, "warn");
	assert_string_equal(shots[n - 2].state, "accepted");
	assert_string_equal(shots[n - 3].verdict, "warn");
	assert_string_not_equal(shots[n - 3].state, "accepted");
	assert_int_equal(flow_exported(r, shots[n - 1].number), shots[n - 1].mark);
}

static void the_record_says_by_what_it_was_judged(void **state)
{
	(void)state;
	assert_true(flow_ledger_has(r, "shot.verdict", "%engine%dlib%model%roll_deg%"));
	assert_true(flow_ledger_has(r, "shot.verdict", "%crop%[%"));
	assert_true(flow_ledger_has(r, "shot.verdict", "%level.eyes_closed%warn%limits_version%"));
	assert_true(flow_ledger_has(r, "shot.verdict", "%roll.fail_deg%:8%portrait/%"));
}

static void an_impossible_job_does_not_start(void **state)
{
	char said[4096];

	(void)state;
	rig_kill_kiosk(r);
	job_says("# of the school\nlevel.underexposed = fail\n");
	assert_int_not_equal(rig_try_kiosk(r, said, sizeof(said)), 0);
	assert_non_null(strstr(said, "job.conf:2: level.underexposed"));
	job_says("");
	flow_restart(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_warning_passes_for_the_student),
		FLOW(the_photographer_decides_where_the_job_asks),
		FLOW(the_record_says_by_what_it_was_judged),
		FLOW(an_impossible_job_does_not_start),
	};

	return FLOW_MAIN(r, tests);
}
