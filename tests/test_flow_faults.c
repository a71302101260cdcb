/*
 * Faults of readers, cards and rosters, named by their row in the fault matrix (tests/README.md): what
 * the people at the kiosk see, and what is in the books afterwards.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static struct flow_shot shots[FLOW_SHOTS_MAX];
static char text[256];

enum { RARE = 200, NEWCOMER = 201, BACK_MS = 5000 };

static void fault_01_reader_unplugged_when_idle(void **state)
{
	(void)state;
	assert_true(rig_reader(r, "unplug"));
	flow_is(r, "reader", "offline");
	assert_memory_equal(flow_text(r, "banner", text), "fault.reader_", 13);
	assert_true(rig_type(r, flow_number(11, (char[19]){ 0 }))); /* people can be typed */
	flow_key(r, "enter");
	flow_state(r, "framing");
	flow_key(r, "cancel");
	assert_true(rig_reader(r, "plug"));
	assert_true(rig_wait(r, "reader", "ok", BACK_MS));
	assert_string_equal(flow_text(r, "banner", text), "");
	flow_framed(r, 12);
	flow_key(r, "cancel");
}

static void fault_02_reader_unplugged_during_a_read(void **state)
{
	int before = flow_shots(r, shots);

	(void)state;
	assert_true(rig_reader(r, "aim 3001"));
	assert_true(rig_reader(
		r, "fault silent 1")); /* in the middle of the read, for as long as it takes */
	flow_lay(r, 0);
	for (int i = 0; i < 20; i++)
		rig_poll_pause();
	assert_true(rig_reader(r, "unplug"));
	flow_is(r, "reader", "offline");
	assert_true(rig_is(r, "state", "idle"));
	assert_string_equal(flow_text(r, "masked_id", text), ""); /* no half identity */
	assert_true(rig_reader(r, "fault none"));
	assert_true(rig_reader(r, "remove"));
	assert_true(rig_reader(r, "plug"));
	assert_true(rig_wait(r, "reader", "ok", BACK_MS));
	flow_framed(r, 0);
	flow_key(r, "cancel");
	assert_int_equal(flow_shots(r, shots), before);
}

static void fault_03_card_pulled_early(void **state)
{
	(void)state;
	assert_true(rig_reader(r, "fault pull 1"));
	flow_lay(r, 0);
	flow_is(r, "notice", "notice.card_again");
	assert_true(rig_is(r, "state", "idle"));
	assert_int_equal(flow_value(r, "visit"), 0);
	flow_framed(r, 0); /* the same card, now held still */
	flow_key(r, "cancel");
}

static bool file_says(const char *path, const char *what)
{
	char line[1024];
	SCOPED_FILE FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, what))
			return true;
	return false;
}

/* Whatever the line does to one answer: the right person, or nobody and a word about it. */
static void fault_04_reader_returns_garbage(void **state)
{
	static const char *const faults[] = { "garble 1", "short 1", "late 300 1", "split 1",
					      "junk 1",	  "stale 1", "badlength 1" };
	char number[19];

	(void)state;
	for (int i = 0; i < 7; i++) {
		bool found;

		assert_true(rig_reader(r, "aim 3001"));
		assert_true(rig_reader(r, "fault %s", faults[i]));
		flow_lay(r, 1 + i);
		while (!(found = rig_is(r, "state", "framing")) &&
		       !rig_is(r, "notice", "notice.card_again"))
			rig_poll_pause();
		assert_true(rig_reader(r, "fault none"));
		if (!found) {
			assert_true(rig_reader(r, "remove"));
			flow_framed(r, 1 + i);
		}
		flow_text(r, "masked_id", text);
		assert_memory_equal(text + strlen(text) - 4, flow_number(1 + i, number) + 14, 4);
		assert_false(file_says(r->kiosk.log, number));
		flow_home(r);
	}
}

static void fault_05_card_read_twice_in_a_second(void **state)
{
	long long visit;

	(void)state;
	flow_tap(r, 13);
	flow_tap(r, 13);
	flow_state(r, "framing");
	visit = flow_value(r, "visit");
	flow_pass(r, true);
	flow_framed(r, 14);
	assert_int_equal(flow_value(r, "visit"), visit + 1);
	flow_key(r, "cancel");
}

/* The second card lies there before the first one's picture has come. */
static void fault_06_next_persons_card_during_the_session(void **state)
{
	long long visit, taken = flow_stat(r, "shots");
	int n;

	(void)state;
	flow_framed(r, 15);
	visit = flow_value(r, "visit");
	flow_camera(r, "write_ms 1200");
	flow_key(r, "shoot");
	flow_tap(r, 16);
	flow_is(r, "notice", "notice.early_tap");
	flow_state(r, "passed");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_state(r, "framing"); /* and now the second one, without a picture */
	assert_int_equal(flow_value(r, "visit"), visit + 1);
	n = flow_shots(r, shots);
	assert_int_equal(shots[n - 1].visit, visit);
	assert_int_equal(shots[n - 1].mark, taken + 1);
	flow_key(r, "cancel");
}

static void fault_07_id_not_in_the_roster(void **state)
{
	long long people = flow_value(r, "people");

	(void)state;
	flow_tap(r, FLOW_PEOPLE + 5);
	flow_state(r, "not_on_list");
	assert_int_equal(flow_value(r, "visit"), 0);
	assert_int_equal(flow_value(r, "people"), people); /* nothing invented */
	assert_non_null(strstr(flow_text(r, "masked_id", text), "****"));
	flow_framed(r, 17); /* the next one need not wait */
	flow_key(r, "cancel");
}

/* --- rosters ------------------------------------------------------------------------------------- */

#define HEADER "拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称\n"
#define SCHOOL "普通高校,10999,测试理工大学\n"

static void write_file(const char *path, const char *bytes, size_t n)
{
	SCOPED_FILE FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
}

static int import(const char *name, const char *bytes, size_t n, char **said)
{
	char path[400];

	snprintf(path, sizeof(path), "%.280s/%s", r->dir, name);
	write_file(path, bytes, n);
	return rig_run(r, said, "roster", "import", path, "--job", r->job, "--data", r->data, NULL);
}

/* Refused as a whole: said where, and nobody of it is in. */
static void refused(const char *name, const char *bytes, size_t n, const char *where)
{
	SCOPED_FREE char *said = NULL;
	char number[19];

	assert_int_not_equal(import(name, bytes, n, &said), 0);
	if (where && !strstr(said, where))
		fail_msg("%s: no word of %s in: %s", name, where, said);
	assert_int_not_equal(rig_run(r, NULL, "roster", "show", flow_number(NEWCOMER, number),
				     "--job", r->job, "--data", r->data, NULL),
			     0);
}

static void fault_10_roster_file_truncated_wrong_or_twice(void **state)
{
	char number[19], good[19], file[1024];
	int n;

	(void)state;
	flow_number(NEWCOMER, good);
	rig_kill_kiosk(r);
	n = snprintf(file, sizeof(file),
		     HEADER ",成人本科,1,测试新,男,%s," SCHOOL ",成人本科,2,测试断,男,37", good);
	refused("truncated.csv", file, (size_t)n, "3");
	n = snprintf(file, sizeof(file),
		     HEADER ",成人本科,1,测试新,男,%s," SCHOOL
			    ",成人本科,2,\xff\xfe\x80,男,%s," SCHOOL,
		     good, flow_number(RARE, number));
	refused("encoding.csv", file, (size_t)n, NULL);
	n = snprintf(file, sizeof(file),
		     HEADER ",成人本科,1,测试新,男,%s," SCHOOL ",成人本科,2,测试双,女,%s," SCHOOL,
		     good, good);
	refused("twice.csv", file, (size_t)n, "3");
	flow_restart(r);
	flow_is(r, "state", "idle");
	assert_int_equal(flow_value(r, "people"), FLOW_PEOPLE + 1);
	flow_framed(r, 18); /* the old one stands */
	flow_key(r, "cancel");
}

/* The import waits for the end of the visit: it ends on the old roster, then everybody is on the new one. */
static void fault_11_roster_changed_during_a_session(void **state)
{
	char number[19], file[512], path[400], exe[300];
	struct rig_process importer = { .pid = 0 };
	int n = snprintf(file, sizeof(file), HEADER ",成人本科,1,测试新,男,%s," SCHOOL,
			 flow_number(NEWCOMER, number));
	char *argv[] = { exe,
			 (char[]){ "roster" },
			 (char[]){ "import" },
			 path,
			 (char[]){ "--job" },
			 r->job,
			 (char[]){ "--data" },
			 r->data,
			 NULL };
	long long visit;

	(void)state;
	snprintf(path, sizeof(path), "%.280s/new.csv", r->dir);
	snprintf(exe, sizeof(exe), "%.250s/tapshot", r->bin);
	snprintf(importer.log, sizeof(importer.log), "%.280s/import.log", r->dir);
	write_file(path, file, (size_t)n);
	flow_framed(r, 19);
	visit = flow_value(r, "visit");
	rig_spawn(&importer, argv);
	while (!file_says(importer.log, "new roster goes in"))
		rig_poll_pause();
	assert_int_not_equal(rig_run(r, NULL, "roster", "show", number, "--job", r->job, "--data",
				     r->data, NULL),
			     0);
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
	assert_int_equal(rig_end(&importer, 0), 0);
	flow_is(r, "state", "idle");
	while (flow_value(r, "people") != FLOW_PEOPLE + 2)
		rig_poll_pause();
	flow_framed(r, NEWCOMER);
	flow_key(r, "cancel");
	flow_tap(r, 19);
	flow_state(r, "already_captured");
}

static void fault_09_name_outside_the_font(void **state)
{
	static const char name[] = "测\xf0\xb0\xbb\x9d\xf0\xb1\x81\xac"; /* U+30EDD U+3106C */
	SCOPED_FREE char *said = NULL;
	char number[19], file[512], png[300];
	int n = snprintf(file, sizeof(file), HEADER ",成人本科,3,%s,男,%s," SCHOOL, name,
			 flow_number(RARE, number));

	(void)state;
	rig_kill_kiosk(r);
	assert_int_equal(import("rare.csv", file, (size_t)n, NULL), 0);
	flow_restart(r);
	flow_framed(r, RARE);
	snprintf(png, sizeof(png), "%.280s/rare.png", r->dir);
	assert_true(rig_screenshot(r, png));
	flow_pass(r, true);
	assert_int_equal(rig_run(r, &said, "roster", "show", number, "--job", r->job, "--data",
				 r->data, NULL),
			 0);
	assert_non_null(strstr(said, name));
}

/* The number of person @a is in person @b's records too. */
static void share_number(int a, int b)
{
	char command[900], number[19];

	snprintf(
		command, sizeof(command),
		"sqlite3 %s/jobs/%s/job.db \"INSERT INTO document SELECT '%s', person, source FROM "
		"document WHERE number = '%s'\"",
		r->data, r->job, flow_number(a, number), flow_number(b, (char[19]){ 0 }));
	assert_int_equal(system(command), 0);
}

static int choices(void)
{
	json_t *o = rig_state(r);
	int n = (int)json_array_size(json_object_get(o, "choices"));

	json_decref(o);
	return n;
}

static void asks_which(int person)
{
	flow_tap(r, person);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "roster_two_records");
	assert_int_equal(flow_value(r, "visit"), 0); /* nobody is chosen by chance */
	assert_int_equal(choices(), 2);
	assert_true(flow_key_offered(r, "2"));
	assert_false(flow_key_offered(r, "3"));
}

/* The shooting number of the person whose own document is that of @person. */
static void number_of(int person, char out[8])
{
	char command[900], document[19];
	FILE *f;

	snprintf(command, sizeof(command),
		 "sqlite3 %s/jobs/%s/job.db \"SELECT printf('%%04d', n.number) FROM number n JOIN "
		 "person p ON p.id = n.person WHERE p.id_no = '%s'\"",
		 r->data, r->job, flow_number(person, document));
	f = popen(command, "re");
	assert_non_null(f);
	assert_non_null(fgets(out, 5, f));
	assert_int_equal(pclose(f), 0);
}

static void the_second_is_chosen(int before)
{
	struct flow_shot s;
	char number[8] = "";

	asks_which(21);
	flow_no_key(r, "3");
	flow_key(r, "2");
	flow_state(r, "framing");
	assert_int_equal(choices(), 0);
	flow_tap(r, 21); /* the same card once more asks nothing */
	flow_pass(r, true);
	flow_state(r, "idle");
	flow_last_shot(r, before, &s);
	number_of(22, number);
	assert_string_equal(s.number, number);
	assert_true(flow_ledger_has(r, "visit.opened",
				    "%_chosen_:2,%_number_source_:_number_%_rows_:2%"));
	assert_false(flow_ledger_has(r, "visit.opened", "%_chosen_:1%"));
}

/* Photographed already: the usual gate, also after a typed number, and then the choice still stands. */
static void the_same_again(void)
{
	char number[19];

	assert_true(rig_type(r, flow_number(21, number)));
	flow_key(r, "enter");
	flow_state(r, "fault");
	assert_int_equal(choices(), 2);
	flow_key(r, "2");
	flow_state(r, "already_captured");
	flow_key(r, "retake");
	flow_state(r, "framing");
	flow_key(r, "cancel");
	assert_true(flow_ledger_has(r, "visit.opened",
				    "%_chosen_:2,%_how_:_again_%_number_source_:_typed_%"));
}

/* Somebody's visit is open: which one it is is asked when they are done, and not as their trouble. */
static void asked_when_it_is_their_turn(void)
{
	flow_framed(r, 23);
	flow_tap(r, 21);
	flow_is(r, "notice", "notice.early_tap");
	flow_state(r, "framing");
	assert_int_equal(choices(), 0);
	flow_key(r, "cancel");
	flow_state(r, "fault");
	assert_int_equal(choices(), 2);
	flow_key(r, "1");
	flow_state(r, "framing");
	flow_key(r, "cancel");
	flow_state(r, "idle");
}

static void fault_08_two_roster_rows_match(void **state)
{
	int before = flow_shots(r, shots);
	long long visits;

	(void)state;
	flow_framed(r, 20);
	visits = flow_value(r, "visit");
	flow_key(r, "cancel");
	rig_kill_kiosk(r);
	share_number(21, 22);
	flow_restart(r);
	asks_which(21);
	flow_key(r, "esc"); /* leaves nothing behind */
	flow_state(r, "idle");
	assert_int_equal(choices(), 0);
	flow_no_key(r, "1");
	asks_which(21);
	flow_framed(r, 23); /* somebody else's card takes its place */
	assert_int_equal(choices(), 0);
	assert_int_equal(flow_value(r, "visit"), visits + 1);
	flow_key(r, "cancel");
	assert_int_equal(flow_shots(r, shots), before);
	the_second_is_chosen(before);
	the_same_again();
	asked_when_it_is_their_turn();
}

/* More than can be told apart on the screen: refused. */
static void fault_08_five_roster_rows_match(void **state)
{
	(void)state;
	rig_kill_kiosk(r);
	for (int i = 25; i < 29; i++)
		share_number(24, i);
	flow_restart(r);
	flow_tap(r, 24);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "roster_two_records");
	assert_int_equal(choices(), 0);
	flow_no_key(r, "1");
	assert_int_equal(flow_value(r, "visit"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(fault_01_reader_unplugged_when_idle),
		FLOW(fault_02_reader_unplugged_during_a_read),
		FLOW(fault_03_card_pulled_early),
		FLOW(fault_04_reader_returns_garbage),
		FLOW(fault_05_card_read_twice_in_a_second),
		FLOW(fault_06_next_persons_card_during_the_session),
		FLOW(fault_07_id_not_in_the_roster),
		FLOW(fault_10_roster_file_truncated_wrong_or_twice),
		FLOW(fault_11_roster_changed_during_a_session),
		FLOW(fault_09_name_outside_the_font),
		FLOW(fault_08_two_roster_rows_match),
		FLOW(fault_08_five_roster_rows_match),
	};

	return FLOW_MAIN(r, tests);
}
