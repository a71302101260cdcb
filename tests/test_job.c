/* Jobs: their fields, the sheet both sides sign, people of a job without a roster. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/text.h"
#include "firmware/export/jobsheet.h"
#include "firmware/roster/import.h"
#include "firmware/roster/roster.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"
#include "firmware/store/pin.h"
#include "firmware/store/store.h"

static char data[64];
static struct job j;

static int setup(void **state)
{
	(void)state;
	text_init(NULL);
	strcpy(data, "/tmp/tapshot-job-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(job_init(j.db, "J", "K1"), 0);
	return 0;
}

static int teardown(void **state)
{
	char cmd[96];
	(void)state;

	job_close(&j);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", data);
	return system(cmd);
}

static const char *field(enum job_field f)
{
	static char value[JOB_FIELD_MAX];

	job_field_get(j.db, f, value);
	return value;
}

static int set(enum job_field f, const char *value)
{
	return job_field_set(j.db, "K1", f, value);
}

static void fields_take_what_a_school_writes(void **state)
{
	static const char *const dates[] = { "2026-09-01", "2026/9/1", "2026.09.01", "2026年9月1日",
					     "20260901" };
	(void)state;

	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		assert_int_equal(set(JOB_FIELD(DATE_FROM), dates[i]), 0);
		assert_string_equal(field(JOB_FIELD(DATE_FROM)), "2026-09-01");
	}
	assert_int_equal(set(JOB_FIELD(DATE_FROM), "2026-02-30"), -EINVAL);
	assert_int_equal(set(JOB_FIELD(SCHOOL_CODE), "1043"), -EINVAL);
	assert_int_equal(set(JOB_FIELD(RETENTION_DAYS), "31"), -EINVAL);
	assert_string_equal(field(JOB_FIELD(RETENTION_DAYS)), "7");
	assert_int_equal(set(JOB_FIELD(KIND), "毕业"), 0);
	assert_string_equal(field(JOB_FIELD(KIND)), "GRAD");
	assert_int_equal(set(JOB_FIELD(KIND), "别的"), -EINVAL);
	assert_int_equal(set(JOB_FIELD(FEATURE_CODE), "57J8QS"), 0); /* never corrected */
	assert_string_equal(field(JOB_FIELD(FEATURE_CODE)), "57J8QS");
	assert_int_equal(job_field_find("院校代码："), JOB_FIELD(SCHOOL_CODE));
	assert_int_equal(job_field_find("feature_code"), JOB_FIELD(FEATURE_CODE));
	assert_int_equal(job_field_find("口令"), -1);
}

static void a_school_set_or_imported_is_one_school(void **state)
{
	(void)state;
	assert_int_equal(set(JOB_FIELD(SCHOOL_CODE), "10999"), 0);
	assert_int_equal(sql_int(j.db, 0, "SELECT school_code = '10999' FROM job", ""), 1);
	assert_int_equal(set(JOB_FIELD(SCHOOL_CODE), ""), 0);
	sql_run(j.db, "UPDATE job SET school_code = '10998'", "");
	assert_string_equal(field(JOB_FIELD(SCHOOL_CODE)), "10998");
}

static void dates_are_counted_back_from_the_prints(void **state)
{
	char d[JOBSHEET_DATES][11];
	(void)state;

	assert_int_equal(jobsheet_plan("2021-05-31", "2021-03-20", "", d), 0);
	assert_string_equal(d[JOBSHEET_SEND], "2021-04-01");
	assert_string_equal(d[JOBSHEET_SHOT], "2021-03-29");
	assert_string_equal(d[JOBSHEET_CONFIRM], "2021-03-06");
	assert_int_equal(jobsheet_plan("2021-05-31", "2021-03-20", "2021-04-02", d), 1);
	assert_int_equal(jobsheet_plan("", "", "", d), 0);
	assert_string_equal(d[JOBSHEET_CONFIRM], "");
}

static bool sheet_says(const char *word)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), "pdftotext -layout %s/s.pdf - | grep -q '%s'", data, word);
	return system(cmd) == 0;
}

static void the_job_sheet_names_the_roster_by_its_hash(void **state)
{
	struct roster_file *f = roster_file_read("tests/data/roster20.csv");
	struct roster_seal first, second;
	char path[96], sheet[96];
	(void)state;

	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	roster_file_free(f);
	set(JOB_FIELD(RESPONSIBLE), "负责甲");
	set(JOB_FIELD(DEADLINE), "2026-12-31");
	snprintf(path, sizeof(path), "%s/s.pdf", data);
	snprintf(sheet, sizeof(sheet), "%s/s.txt", data);
	assert_int_equal(jobsheet_write(j.db, "J", sheet), -EINVAL);
	assert_int_equal(jobsheet_write(j.db, "J", path), 0);
	assert_int_equal(roster_seal(j.db, &first), 0);
	assert_int_equal(first.people, 20);
	assert_true(sheet_says("负责甲"));
	assert_true(sheet_says("2026-11-01"));
	assert_true(sheet_says(first.file_sha256));
	sql_run(j.db, "UPDATE person SET name = '测试改' WHERE id = 3", "");
	assert_int_equal(roster_seal(j.db, &second), 0);
	assert_memory_not_equal(first.sha256, second.sha256, sizeof(first.sha256));
}

static void a_list_of_payments_is_not_the_roster(void **state)
{
	struct roster_seal roster, after;
	struct roster_file *f;
	char path[96], cmd[256];
	(void)state;

	f = roster_file_read("tests/data/roster20.csv");
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	roster_file_free(f);
	assert_int_equal(roster_seal(j.db, &roster), 0);
	snprintf(path, sizeof(path), "%s/late.csv", data);
	snprintf(cmd, sizeof(cmd),
		 "{ echo 学号,订单状态; sed -n 2p tests/data/roster20.csv | cut -d, -f3 | "
		 "sed 's/$/,已支付/'; } >%s",
		 path);
	assert_int_equal(system(cmd), 0);
	f = roster_file_open(path, NULL, j.db);
	assert_int_equal(roster_file_check(f, j.db), 0);
	assert_true(roster_file_result(f)->partial);
	assert_int_equal(roster_file_result(f)->good, 1);
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	roster_file_free(f);
	assert_int_equal(roster_seal(j.db, &after), 0);
	assert_string_equal(after.file_sha256, roster.file_sha256);
}

/* --- people nobody sent -------------------------------------------------------------------------
 */

struct answer {
	bool came;
	struct store_reply r;
};

static void on_reply(void *ctx, struct store_reply *r)
{
	struct answer *a = ctx;

	a->came = true;
	a->r = *r;
}

static struct store *open_store(void)
{
	struct store_config c = { .data_dir = data, .job = "J", .kiosk = "K1" };
	struct store_recovery found;
	enum store_cause cause;
	struct store *s = NULL;

	job_close(&j);
	assert_int_equal(store_open(&c, &s, &found, &cause), 0);
	return s;
}

static struct answer wait_for(struct store *s, struct answer *a)
{
	while (!a->came) {
		struct pollfd p = { .fd = store_fd(s), .events = POLLIN };

		poll(&p, 1, 5000);
		store_dispatch(s);
	}
	return *a;
}

static struct answer capture_code(struct store *s, const char *payload, size_t bytes)
{
	struct answer a = { .came = false };

	store_capture_code(s, payload, bytes, "A1B2", on_reply, &a);
	return wait_for(s, &a);
}

static void a_capture_code_is_a_person_and_nothing_plain(void **state)
{
	struct answer a, b, c;
	struct store *s;
	(void)state;

	set(JOB_FIELD(KIND), "GRAD");
	s = open_store();
	a = capture_code(s, "\x01\x00\xffpayload", 10);
	b = capture_code(s, "\x01\x00\xffpayload", 10);
	c = capture_code(s, "\x01\x00\xffpayloae", 10);
	store_close(s);
	assert_int_equal(a.r.cause, STORE_OK);
	assert_int_equal(a.r.person, b.r.person);
	assert_int_not_equal(a.r.person, c.r.person);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_int(j.db, 0,
				 "SELECT count(*) FROM person WHERE name = '' AND id_no = '' "
				 "AND source = 'code'",
				 ""),
			 2);
	assert_int_equal(sql_int(j.db, 0,
				 "SELECT payload = x'0100ff7061796c6f6164' FROM capture_code WHERE "
				 "person = ?",
				 "i", a.r.person),
			 1);
}

static void a_plain_list_is_refused_by_a_job_of_codes(void **state)
{
	struct roster_file *f;
	(void)state;

	set(JOB_FIELD(KIND), "GRAD");
	f = roster_file_open("tests/data/roster20.csv", NULL, j.db);
	assert_int_equal(roster_file_result(f)->fault, FILE_GRAD);
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), -EINVAL);
	roster_file_free(f);
	assert_int_equal(sql_int(j.db, -1, "SELECT count(*) FROM person", ""), 0);
}

static struct answer open_card(struct store *s, const char *number, const char *name)
{
	struct store_newcomer n = { .sex = "男" };
	struct answer a = { .came = false };

	strcpy(n.id_no, number);
	strcpy(n.documents[0], number);
	strcpy(n.name, name);
	store_open_card(s, &n, on_reply, &a);
	return wait_for(s, &a);
}

static void a_card_makes_its_record_only_in_an_open_job(void **state)
{
	struct store *s = open_store();
	(void)state;

	assert_int_equal(open_card(s, "110199199001010010", "测试甲").r.cause, STORE_GONE);
	store_close(s);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	set(JOB_FIELD(ROSTER), "open");
	s = open_store();
	assert_int_equal(open_card(s, "110199199001010010", "测试甲").r.cause, STORE_OK);
	assert_int_equal(open_card(s, "110199199001010010", "测试甲").r.cause, STORE_GONE);
	store_close(s);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_int(j.db, 0, "SELECT count(*) FROM person WHERE source = 'open'", ""),
			 1);
}

static void a_job_of_codes_takes_no_card_and_no_pin(void **state)
{
	struct store_newcomer n = { .name = "测试甲", .id_no = "110199199001010010" };
	struct answer a = { .came = false };
	struct store *s;
	(void)state;

	strcpy(n.documents[0], n.id_no);
	set(JOB_FIELD(KIND), "GRAD");
	set(JOB_FIELD(ROSTER), "open");
	assert_int_equal(pin_set(data, "2468"), 0);
	s = open_store();
	assert_int_equal(open_card(s, "110199199001010010", "测试甲").r.cause, STORE_GONE);
	store_walk_in(s, "2468", &n, on_reply, &a);
	assert_int_equal(wait_for(s, &a).r.cause, STORE_GONE);
	store_close(s);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_int(j.db, -1, "SELECT count(*) FROM person", ""), 0);
}

static void who_was_taken_off_and_stands_there_is_the_same_person(void **state)
{
	struct store *s;
	struct answer a;
	(void)state;

	set(JOB_FIELD(ROSTER), "open");
	sql_run(j.db,
		"INSERT INTO person (kiosk, n, name, id_no, removed) VALUES ('K1', 1, '测试甲', "
		"'110199199001010010', 1)",
		"");
	sql_run(j.db, "INSERT INTO document VALUES ('110199199001010010', 1, 'id_no')", "");
	s = open_store();
	a = open_card(s, "110199199001010010", "测试甲");
	store_close(s);
	assert_int_equal(a.r.cause, STORE_OK);
	assert_int_equal(a.r.person, 1);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_int(j.db, 1, "SELECT removed FROM person", ""), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(fields_take_what_a_school_writes),
		T(a_school_set_or_imported_is_one_school),
		T(dates_are_counted_back_from_the_prints),
		T(the_job_sheet_names_the_roster_by_its_hash),
		T(a_list_of_payments_is_not_the_roster),
		T(a_capture_code_is_a_person_and_nothing_plain),
		T(a_plain_list_is_refused_by_a_job_of_codes),
		T(a_card_makes_its_record_only_in_an_open_job),
		T(a_job_of_codes_takes_no_card_and_no_pin),
		T(who_was_taken_off_and_stands_there_is_the_same_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
