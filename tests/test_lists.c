/* Lists for the school, opened with the programs a school has: LibreOffice and a DBF viewer. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/text.h"
#include "firmware/export/lists.h"
#include "firmware/store/job.h"

static char dir[64];
static struct job j;
static struct people people;

static int sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

static void run(const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(j.db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", error, sql);
}

#define WHO(n, name, no, class, paid, source)                                                      \
	"INSERT INTO person (id, kiosk, n, name, sex, student_no, id_no, class_name, station, "    \
	"birth, level, school_type, school_code, school_name, paid, source) VALUES (" #n           \
	", 'K1', " #n ", '" name "', '男', '" no "', '11019919900101001" #n "', '" class           \
		"', '东站', '1990-01-01', '成人本科', '普通高校', '10999', '测试理工大学', '" paid \
		"', "                                                                              \
		"'" source "');"
#define NUMBER(n, person, kiosk)                                                                   \
	"INSERT INTO number VALUES ('1', " #n ", " #person ", '" kiosk "', 'block');"
#define VISIT(n, person, how, state)                                                               \
	"INSERT INTO visit (kiosk, n, person, how, number_source, state, opened_utc_ms) VALUES "   \
	"('K1', " #n ", " #person ", '" how "', '未带证件', '" state "', 0);"
#define SHOT(kiosk, n, visit, person, state, verdict, reason)                                      \
	"INSERT INTO shot (kiosk, n, visit, person, source, state, sha256, bytes, verdict, "       \
	"reason, why, intent_utc_ms, stored_utc_ms) VALUES ('" kiosk "', " #n ", " #visit          \
	", " #person ", 'trigger', '" state "', 'aa', 1, '" verdict "', '" reason "', '', " #n     \
	", 1795136400000 + " #n ");"

/* 1 photographed; 2 typed, accepted anyway, unpaid; 3 did not come, paid; 4 walk-in; 5 at two kiosks;
 * 6 void; 7 marked by the school */
static void fill(void)
{
	run("INSERT INTO job (one, code, created_utc_ms) VALUES (1, 'J', 0);"
	    "INSERT INTO block VALUES ('K1', '1', 1, 20);");
	run(WHO(1, "甲", "2024000000000001", "一班", "yes", "roster")
		    VISIT(1, 1, "card", "accepted") SHOT("K1", 1, 1, 1, "accepted", "pass", "")
			    NUMBER(1, 1, "K1"));
	run(WHO(2, "乙", "202400002", "一班", "no", "roster") VISIT(2, 2, "typed", "accepted")
		    SHOT("K1", 2, 2, 2, "accepted", "fail", "eyes_closed") NUMBER(2, 2, "K1"));
	run(WHO(3, "丙", "202400003", "二班", "yes", "roster"));
	run(WHO(4, "丁", "", "", "", "walk_in") VISIT(4, 4, "card", "accepted")
		    SHOT("K1", 4, 4, 4, "accepted", "pass", "") NUMBER(4, 4, "K1"));
	run(WHO(5, "=1+2", "202400005", "二班", "", "roster") VISIT(5, 5, "card", "accepted")
		    SHOT("K1", 5, 5, 5, "accepted", "warn", "") NUMBER(9, 5, "K1")
			    SHOT("K2", 1, NULL, 5, "accepted", "pass", ""));
	run(WHO(6, "己", "202400006", "二班", "", "roster") VISIT(6, 6, "card", "swapped")
		    SHOT("K1", 6, 6, 6, "void", "pass", "") NUMBER(10, 6, "K1"));
	run("UPDATE shot SET why = 'wrong_person' WHERE person = 6;");
	run(WHO(7, "庚\xf0\xa0\xae\xb7䶮", "202400007", "二班", "", "roster"));
	run("UPDATE person SET premarked = 1 WHERE id = 7;"
	    "INSERT INTO remark VALUES ('K1', 1, 1, 1, 'info_wrong', '姓名错一字', 1795136400000);");
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tapshot-lists-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(job_open(dir, "J", true, &j), 0);
	fill();
	assert_int_equal(people_load(j.db, &people), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	people_free(&people);
	job_close(&j);
	return sh("rm -rf %s", dir);
}

/* The list as CSV text without its BOM. */
static char *csv(const char *rows, const char *columns)
{
	struct list *l = list_make(j.db, &people, rows, columns, NULL, NULL);
	void *data = NULL;
	size_t bytes;
	char *text;
	int lost;

	if (!l)
		return strdup("no list");
	assert_int_equal(list_file(l, "x.csv", &data, &bytes, &lost), 0);
	assert_memory_equal(data, "\xef\xbb\xbf", 3);
	text = strndup((char *)data + 3, bytes - 3);
	free(data);
	list_free(l);
	return text;
}

static void assert_list(const char *rows, const char *columns, const char *want)
{
	char *have = csv(rows, columns);

	if (strcmp(have, want) != 0)
		fail_msg("%s:\n%s\nwanted:\n%s", rows, have, want);
	free(have);
}

static void each_list_holds_whom_it_should(void **state)
{
	(void)state;
	assert_list("captured", "拍摄序号, 姓名",
		    "拍摄序号,姓名\r\n0001,甲\r\n0002,乙\r\n0004,丁\r\n"
		    "0009,'=1+2\r\n");
	assert_list("missing", "班级, 学号, 姓名",
		    "班级,学号,姓名\r\n二班,202400003,丙\r\n二班,202400006,己\r\n");
	assert_list("not_on_list", "姓名, 已采集", "姓名,已采集\r\n丁,是\r\n");
	assert_list("manual", "姓名, 录入原因", "姓名,录入原因\r\n乙,未带证件\r\n");
	assert_list("accepted_anyway", "姓名, 检查结果, 原因",
		    "姓名,检查结果,原因\r\n乙,不合格,闭眼\r\n");
	assert_list("unpaid_shot", "姓名, 缴费", "姓名,缴费\r\n乙,未缴费\r\n");
	assert_list("paid_missing", "姓名, 缴费", "姓名,缴费\r\n丙,已缴费\r\n");
	assert_list("info_errors", "姓名, 类别, 原因",
		    "姓名,类别,原因\r\n甲,信息有误,姓名错一字\r\n");
	assert_list("duplicates", "学号, 照片, 采用",
		    "学号,照片,采用\r\n202400005,K2-000001,否\r\n202400005,K1-000005,是\r\n");
	assert_list("nonesuch", "", "no list");
	assert_list("captured", "姓名, 饭卡", "no list");
}

static void numbers_without_a_picture_have_a_reason(void **state)
{
	(void)state;
	assert_list("gaps", "",
		    "系列,拍摄序号,至,机器,学号,姓名,原因\r\n"
		    "1,0003,,,,,未使用\r\n"
		    "1,0005,0008,,,,未使用\r\n"
		    "1,0010,,K1,202400006,己,坐错人，已作废\r\n");
}

static void counts_are_by_class_with_a_sum(void **state)
{
	(void)state;
	assert_list("counts", "",
		    "函授站,学院,班级,应采集,实拍人数,未采集,校方已采集,其中现场补录\r\n"
		    "东站,,,0,1,0,0,1\r\n东站,,一班,2,2,0,0,0\r\n东站,,二班,4,1,2,1,0\r\n"
		    "合计,,,6,4,2,1,1\r\n");
	assert_list("paid_tally", "",
		    "函授站,学院,班级,已缴已拍,已缴未拍,未缴已拍,未缴未拍,未知已拍,未知未拍\r\n"
		    "东站,,,0,0,0,0,1,0\r\n东站,,一班,1,0,1,0,0,0\r\n东站,,二班,0,1,0,0,1,2\r\n"
		    "合计,,,1,1,1,0,2,2\r\n");
}

static void columns_may_be_renamed_and_shown_where_used(void **state)
{
	(void)state;
	assert_list("captured", "姓名, 备注=补录?",
		    "姓名,备注\r\n甲,\r\n乙,\r\n丁,现场补录\r\n'=1+2,\r\n");
	assert_list("missing", "姓名, 备注=补录?", "姓名\r\n丙\r\n己\r\n");
}

static void save(const char *name, const char *rows, const char *columns)
{
	struct list *l = list_make(j.db, &people, rows, columns, NULL, NULL);
	char path[128];
	size_t bytes;
	void *data;
	int fd, lost;

	assert_non_null(l);
	assert_int_equal(list_file(l, name, &data, &bytes, &lost), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
	close(fd);
	free(data);
	list_free(l);
}

#define NINE "拍摄序号, 学历层次, 学号, 姓名, 性别, 身份证号, 所在校别, 院校代码, 学校名称"

static void a_workbook_opens_with_every_number_whole(void **state)
{
	(void)state;
	if (sh("command -v soffice > /dev/null") != 0) {
		print_message("needs LibreOffice\n");
		skip();
	}
	save("名单.xlsx", "captured", NINE);
	assert_int_equal(
		sh("cd %s && soffice --headless -env:UserInstallation=file://%s/profile "
		   "--convert-to 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false' "
		   "--outdir lo 名单.xlsx > /dev/null 2>&1",
		   dir, dir),
		0);
	assert_int_equal(
		sh("cd %s/lo && head -1 名单.csv | grep -qx "
		   "'拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称'",
		   dir),
		0);
	assert_int_equal(sh("grep -qx '0001,成人本科,2024000000000001,甲,男,110199199001010011,"
			    "普通高校,10999,测试理工大学' %s/lo/名单.csv",
			    dir),
			 0);
	assert_int_equal(sh("grep -q '=1+2' %s/lo/名单.csv", dir), 0); /* not 3 */
}

static void a_table_opens_in_a_dbf_viewer(void **state)
{
	(void)state;
	if (sh("command -v dbview > /dev/null") != 0) {
		print_message("needs dbview\n");
		skip();
	}
	save("名单.dbf", "captured", NINE ", 出生日期");
	assert_int_equal(sh("cd %s && dbview -b 名单.dbf | iconv -f GBK -t UTF-8 | tr -s ' ' | "
			    "sed 's/ *: */:/g' | "
			    "grep -q '^0001:成人本科:2024000000000001:甲:男:110199199001010011:"
			    "普通高校:10999:测试理工大学:19900101:'",
			    dir),
			 0);
	assert_int_equal(
		sh("dbview -e -o %s/名单.dbf | tr -s ' \\t' ' ' | grep -qi '^sfzh C 18 0'", dir),
		0);
}

static void what_an_encoding_lacks_is_shown_and_counted(void **state)
{
	struct list *l = list_new("x");
	size_t bytes;
	void *data;
	int lost;
	(void)state;

	list_row(l);
	list_cell(l, "姓名");
	list_row(l);
	list_cell(l, "䶮\xf0\xa0\xae\xb7王");
	assert_int_equal(list_file(l, "x.dbf", &data, &bytes, &lost), 0);
	assert_int_equal(lost, 2);
	assert_non_null(memmem(data, bytes, "\xa1\xfe\xa1\xfe\xcd\xf5", 6)); /* 〓〓王 */
	free(data);
	assert_int_equal(list_file(l, "x.gb.csv", &data, &bytes, &lost), 0);
	assert_int_equal(lost, 0);
	free(data);
	assert_int_equal(list_file(l, "x.pdf", &data, &bytes, &lost), -EINVAL);
	list_free(l);
}

static void nothing_runs_as_a_formula(void **state)
{
	static const struct {
		const char *cell, *csv;
	} cases[] = {
		{ "=1+2", "'=1+2" }, { "+86", "'+86" },	 { "@SUM(A1)", "'@SUM(A1)" },
		{ "-2+3", "'-2+3" }, { "-5", "-5" },	 { "-", "-" },
		{ "\t=1", "'\t=1" }, { "王=1", "王=1" }, { "=\"a\",b", "\"'=\"\"a\"\",b\"" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct list *l = list_new("x");
		size_t bytes;
		void *data;
		int lost;

		list_row(l);
		list_cell(l, cases[i].cell);
		assert_int_equal(list_file(l, "x.csv", &data, &bytes, &lost), 0);
		assert_int_equal(bytes, strlen(cases[i].csv) + 5);
		assert_memory_equal((char *)data + 3, cases[i].csv, bytes - 5);
		free(data);
		list_free(l);
	}
}

static void the_same_people_give_the_same_file(void **state)
{
	static const char *const names[] = { "x.xlsx", "x.dbf", "x.csv" };
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		char again[16];

		snprintf(again, sizeof(again), "y%s", names[i] + 1);
		save(names[i], "captured", "");
		save(again, "captured", "");
		assert_int_equal(sh("cmp -s %s/%s %s/%s", dir, names[i], dir, again), 0);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_list_holds_whom_it_should),
		T(numbers_without_a_picture_have_a_reason),
		T(counts_are_by_class_with_a_sum),
		T(columns_may_be_renamed_and_shown_where_used),
		T(a_workbook_opens_with_every_number_whole),
		T(a_table_opens_in_a_dbf_viewer),
		T(what_an_encoding_lacks_is_shown_and_counted),
		T(nothing_runs_as_a_formula),
		T(the_same_people_give_the_same_file),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
