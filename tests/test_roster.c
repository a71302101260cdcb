/* Roster import and look-up, as staff meet them: what goes in, what comes back, who is found. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/roster/import.h"
#include "firmware/roster/roster.h"
#include "firmware/store/job.h"

#define HEAD "拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称"
#define TAIL "普通高校,10999,测试理工大学\n"
#define JIA  "0001,专升本,2026001,测试甲,男,110199199001010010," TAIL
#define YI   "0002,高起专,2026002,测试乙,女,210199195006150026," TAIL

static char data[64];
static struct job j;

static int setup(void **state)
{
	(void)state;
	strcpy(data, "/tmp/tapshot-roster-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(job_open(data, "J", true, &j), 0);
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

static struct roster_file *parse(const char *text)
{
	struct roster_file *f = roster_file_parse(text, strlen(text));

	assert_non_null(f);
	return f;
}

static struct import_result import(const char *text)
{
	struct roster_file *f = parse(text);
	struct import_result r;

	assert_int_equal(roster_file_check(f, j.db), 0);
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	r = *roster_file_result(f);
	roster_file_free(f);
	return r;
}

/* The only problem of a file whose second data row is @row. */
static struct import_problem only_problem(const char *row)
{
	const struct import_problem *p;
	struct import_problem first = { .fault = ROW_FINE };
	char text[2048];
	struct roster_file *f;

	snprintf(text, sizeof(text), "%s\n%s%s", HEAD, JIA, row);
	f = parse(text);
	assert_int_equal(roster_file_result(f)->fault, FILE_FINE);
	assert_int_equal(roster_file_check(f, j.db), 0);
	assert_true(roster_file_problems(f, &p) <= 1);
	if (roster_file_problems(f, &p))
		first = p[0];
	roster_file_free(f);
	return first;
}

static enum import_file_fault file_fault(const char *text, size_t bytes)
{
	struct roster_file *f = roster_file_parse(text, bytes);
	enum import_file_fault fault = roster_file_result(f)->fault;

	roster_file_free(f);
	return fault;
}

static struct person find(const char *number)
{
	struct person p[ROSTER_MATCHES_MAX] = { { .id = 0 } };
	struct roster *r;

	assert_int_equal(roster_open(j.db, &r), 0);
	assert_true(roster_find(r, number, p, ROSTER_MATCHES_MAX) >= 0);
	roster_close(r);
	return p[0];
}

static void people_are_found_by_every_form_of_their_number(void **state)
{
	(void)state;
	assert_int_equal(import(HEAD "\n" JIA YI).added, 2);
	assert_string_equal(find("110199199001010010").name, "测试甲");
	assert_string_equal(find("110199900101001").name, "测试甲"); /* 15 digits */
	assert_string_equal(find("110199199001010010").level, "成人本科");
	assert_string_equal(find("210199195006150026").seq, "0002");
	assert_int_equal(find("110199199001010029").id, 0);
}

static void the_demo_roster_goes_in_whole(void **state)
{
	struct roster_file *f = roster_file_read("tests/data/roster20.csv");
	struct roster_counts counts;
	struct roster *r;
	(void)state;

	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	assert_int_equal(roster_file_result(f)->bad, 0);
	roster_file_free(f);
	roster_open(j.db, &r);
	assert_int_equal(roster_counts(r, "K1", &counts), 0);
	assert_int_equal(counts.people, 20);
	assert_int_equal(counts.captured, 0);
	roster_close(r);
	assert_string_equal(find("e12345678").name, "Alex Specimen");
	assert_string_equal(find("830000190101010019").name, "样本丙");
}

static void encodings_and_separators(void **state)
{
	static const char gb[] = "\xd1\xa7\xc0\xfa\xb2\xe3\xb4\xce;x"; /* 学历层次 */
	(void)state;

	assert_int_equal(import("\xef\xbb\xbf" HEAD "\r\n" JIA).added, 1);
	assert_int_equal(
		import("拍摄序号;学历层次;学号;姓名;性别;身份证号;所在校别;院校代码;学校名称\n"
		       "2;高起专;2026002;测试乙;女;210199195006150026;普通高校;1;校\n")
			.added,
		1);
	assert_int_equal(
		import("学历层次\t学号\t姓名\t性别\t证件号码\t所在校别\t院校代码\t学校名称\n"
		       "本科\t7\t样本丙\t男\t830000190101010019\t普通高校\t1\t校\n")
			.added,
		1);
	assert_string_equal(find("830000190101010019").seq, "");
	/* decoded, though it lacks columns */
	assert_int_equal(file_fault(gb, sizeof(gb) - 1), FILE_HEADER);
	assert_int_equal(file_fault("\xff\xff\x80\x80,", 5), FILE_ENCODING);
	assert_int_equal(file_fault("PK\x03\x04\0\0", 6), FILE_NOT_TEXT);
	assert_int_equal(file_fault("", 0), FILE_EMPTY);
	assert_int_equal(file_fault(HEAD "\n\"open", sizeof(HEAD "\n\"open") - 1), FILE_QUOTES);
}

static void a_missing_column_refuses_the_file_by_name(void **state)
{
	struct roster_file *f = parse("学历层次,学号,姓名,性别,所在校别,院校代码,学校名称\n");
	(void)state;

	assert_int_equal(roster_file_result(f)->fault, FILE_HEADER);
	assert_string_equal(roster_file_result(f)->detail, "身份证号");
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), -EINVAL);
	roster_file_free(f);
}

static void each_bad_cell_has_its_cause_and_place(void **state)
{
	static const struct {
		const char *row;
		enum row_fault fault;
		char column;
	} rows[] = {
		{ "2,本科,2,乙,女,210199195006150026," TAIL, ROW_FINE, 'A' },
		{ "2,本科,2,乙,女,210199195006150027," TAIL, ROW_BAD_CHECK, 'F' },
		{ "2,本科,2,乙,女,3.70E+17," TAIL, ROW_DAMAGED, 'F' },
		{ "2,本科,2,乙,女,210199195006150000," TAIL, ROW_DAMAGED, 'F' },
		{ "2,本科,2,乙,女,," TAIL, ROW_MISSING, 'F' },
		{ "2,本科,2,,女,210199195006150026," TAIL, ROW_MISSING, 'D' },
		{ "2,本科,2,乙,女,110199199001010010," TAIL, ROW_TWICE_IN_FILE, 'F' },
		{ "2,本科,2,乙,女,110199900101001," TAIL, ROW_TWICE_IN_FILE, 'F' },
		{ "1,本科,2,乙,女,210199195006150026," TAIL, ROW_SEQ_TWICE, 'A' },
		{ "0000,本科,2,乙,女,210199195006150026," TAIL, ROW_BAD_SEQ, 'A' },
		{ "12345,本科,2,乙,女,210199195006150026," TAIL, ROW_BAD_SEQ, 'A' },
		{ "2,大学,2,乙,女,210199195006150026," TAIL, ROW_LEVEL_UNKNOWN, 'B' },
		{ "2,本科,2,张 三,女,210199195006150026," TAIL, ROW_INNER_BLANK, 'D' },
		{ "2,本科,2,张??,女,210199195006150026," TAIL, ROW_NAME_UNKNOWN_CHARS, 'D' },
		{ "2,本科,2,SAMPLE DING,男,931826190101010010," TAIL, ROW_FINE, 'A' },
		{ "\n2,本科,2,乙,中,210199195006150026," TAIL, ROW_BAD_SEX, 'E' },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct import_problem p = only_problem(rows[i].row);

		if (p.fault != rows[i].fault)
			print_message("row %zu: %s\n", i, rows[i].row);
		assert_int_equal(p.fault, rows[i].fault);
		if (!p.fault)
			continue;
		assert_int_equal(p.column, rows[i].column - 'A');
		assert_int_equal(p.line,
				 rows[i].row[0] == '\n' ? 4 : 3); /* as a spreadsheet counts */
	}
}

static void good_rows_go_in_without_the_bad(void **state)
{
	struct import_result r = import(HEAD "\n" JIA "2,本科,2,乙,女,210199195006150027," TAIL);
	(void)state;

	assert_int_equal(r.good, 1);
	assert_int_equal(r.bad, 1);
	assert_int_equal(r.added, 1);
	assert_int_equal(sql_int(j.db, 0, "SELECT count(*) FROM person", ""), 1);
}

static void importing_again_updates_but_never_renumbers(void **state)
{
	struct import_result r;
	(void)state;

	import(HEAD "\n" JIA);
	r = import(HEAD "\n"
			"0001,专升本,2026001,测试假,男,110199199001010010," TAIL);
	assert_int_equal(r.updated, 1);
	assert_int_equal(r.added, 0);
	assert_string_equal(find("110199199001010010").name, "测试假");
	r = import(HEAD "\n"
			"0007,专升本,2026001,测试甲,男,110199199001010010," TAIL YI);
	assert_int_equal(r.bad, 1);
	assert_string_equal(find("110199199001010010").seq, "0001");
}

static void two_enrolments_are_two_records_of_one_number(void **state)
{
	struct person p[4];
	struct roster *r;
	(void)state;

	import(HEAD "\n" JIA "0003,本科,2026777,测试甲,男,110199199001010010," TAIL);
	assert_int_equal(
		import(HEAD "\n" JIA "0003,本科,2026777,测试甲,男,110199199001010010," TAIL)
			.unchanged,
		2);
	assert_int_equal(roster_open(j.db, &r), 0);
	assert_int_equal(roster_find(r, "110199199001010010", p, 4), 2);
	roster_close(r);
}

static void further_documents_find_the_same_person(void **state)
{
	(void)state;
	import(HEAD
	       ",班级,通行证号,手机号\n"
	       "5,本科,9,样本丙,男,830000190101010019,普通高校,1,校,一班,12345678,13900000000\n");
	assert_string_equal(find("12345678").name, "样本丙");
	assert_string_equal(find("12345678").class_name, "一班");
}

static void a_captured_person_stays_as_photographed(void **state)
{
	(void)state;
	import(HEAD "\n" JIA);
	sql_run(j.db,
		"INSERT INTO shot (kiosk, n, person, source, state, intent_utc_ms) "
		"VALUES ('K1', 1, 1, 'trigger', 'accepted', 0)",
		"");
	assert_int_equal(import(HEAD "\n"
				     "0001,专升本,2026001,测试假,男,110199199001010010," TAIL)
				 .updated,
			 0);
	assert_string_equal(find("110199199001010010").name, "测试甲");
	assert_true(find("110199199001010010").captured);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(people_are_found_by_every_form_of_their_number),
		T(the_demo_roster_goes_in_whole),
		T(encodings_and_separators),
		T(a_missing_column_refuses_the_file_by_name),
		T(each_bad_cell_has_its_cause_and_place),
		T(good_rows_go_in_without_the_bad),
		T(importing_again_updates_but_never_renumbers),
		T(two_enrolments_are_two_records_of_one_number),
		T(further_documents_find_the_same_person),
		T(a_captured_person_stays_as_photographed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
