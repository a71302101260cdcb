/* Rosters as schools send them: whose headers they use, where they put them, what they forget. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xlsxwriter.h>

#include "firmware/base/text.h"
#include "firmware/export/people.h"
#include "firmware/roster/import.h"
#include "firmware/roster/roster.h"
#include "firmware/store/job.h"

#define HEAD   "学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称"
#define TAIL   ",普通高校,10999,测试理工大学\n"
#define JIA    "专升本,2026001,测试甲,男,110199199001010010" TAIL
#define YI     "高起专,2026002,测试乙,女,210199195006150026" TAIL
#define ID_JIA "110199199001010010"
#define ID_YI  "210199195006150026"

static char data[64], path[96];
static struct job j;
static struct roster_file *f; /* the one being looked at */
static const struct import_result *r;

static int setup(void **state)
{
	(void)state;
	text_init(NULL);
	strcpy(data, "/tmp/tapshot-files-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(path, sizeof(path), "%s/list.xlsx", data);
	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(job_init(j.db, "J", "K1"), 0);
	return 0;
}

static int teardown(void **state)
{
	char cmd[96];
	(void)state;

	roster_file_free(f);
	f = NULL;
	job_close(&j);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", data);
	return system(cmd);
}

static void look(const char *file, const struct import_wish *wish)
{
	roster_file_free(f);
	f = roster_file_open(file, wish, j.db);
	assert_non_null(f);
	r = roster_file_result(f);
	if (!r->fault)
		assert_int_equal(roster_file_check(f, j.db), 0);
}

static void look_text(const char *text, const struct import_wish *wish)
{
	char csv[96];
	FILE *out;

	snprintf(csv, sizeof(csv), "%s/list.csv", data);
	out = fopen(csv, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	look(csv, wish);
}

static void take(void)
{
	assert_int_equal(r->fault, FILE_FINE);
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
}

static void import(const char *text)
{
	look_text(text, NULL);
	take();
}

/* A workbook of sheets; rows of cells separated by |, "#" before a number. */
struct page {
	const char *name;
	const char *rows[8];
	bool hidden;
};

static void make_book(const struct page *pages, size_t count)
{
	lxw_workbook *book = workbook_new(path);

	for (size_t p = 0; p < count; p++) {
		lxw_worksheet *sheet = workbook_add_worksheet(book, pages[p].name);

		if (pages[p].hidden)
			worksheet_hide(sheet);
		else
			worksheet_activate(sheet);
		for (lxw_row_t row = 0; row < 8 && pages[p].rows[row]; row++) {
			char line[512], *rest = line, *cell;

			strcpy(line, pages[p].rows[row]);
			for (lxw_col_t c = 0; (cell = strsep(&rest, "|")); c++)
				if (*cell == '#')
					worksheet_write_number(sheet, row, c, atof(cell + 1), NULL);
				else if (*cell)
					worksheet_write_string(sheet, row, c, cell, NULL);
		}
	}
	assert_int_equal(workbook_close(book), LXW_NO_ERROR);
}

static bool found(enum row_fault fault, const char *place)
{
	const struct import_problem *p;
	size_t n = roster_file_problems(f, &p);
	char at[16];

	for (size_t i = 0; i < n; i++) {
		import_problem_place(&p[i], at);
		if (p[i].fault == fault && !strcmp(at, place))
			return true;
	}
	return false;
}

static struct person find(const char *number)
{
	struct person p[ROSTER_MATCHES_MAX] = { { .id = 0 } };
	struct roster *o;

	assert_int_equal(roster_open(j.db, &o), 0);
	assert_true(roster_find(o, number, p, ROSTER_MATCHES_MAX) >= 0);
	roster_close(o);
	return p[0];
}

static int64_t count(const char *sql)
{
	return sql_int(j.db, -1, sql, "");
}

static void photograph(int64_t person)
{
	assert_int_equal(
		sql_run(j.db,
			"INSERT INTO shot (kiosk, n, person, source, state, intent_utc_ms) "
			"VALUES ('K1', ?1, ?1, 'trigger', 'accepted', 0)",
			"i", person),
		SQLITE_DONE);
}

/* --- headers and sheets -------------------------------------------------------------------------
 */

static void every_known_header_finds_its_column(void **state)
{
	static const struct {
		const char *header;
		int column;
	} headers[] = {
		{ "姓 名*", COL_NAME },
		{ "身份证号\n（18位）", COL_ID_NO },
		{ "身份证件号码：", COL_ID_NO },
		{ "函授站（教学点）", COL_STATION },
		{ "学　号（必填）", COL_STUDENT_NO },
		{ "学 号【12位】", COL_STUDENT_NO },
		{ "〔必填〕姓名", COL_NAME },
		{ "ＸＨ", COL_STUDENT_NO },
		{ "sfzh", COL_ID_NO },
		{ "YJBYRQ", COL_GRADUATES },
		{ "ZYDM", COL_MAJOR_CODE },
		{ "XSH", COL_STATION },
		{ "XXXS", COL_STUDY_FORM },
		{ "是否缴费", COL_PAID },
		{ "ZZMM", HEADER_DROPPED },
		{ "手机号码", HEADER_DROPPED },
		{ "校园卡号", HEADER_UNKNOWN },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (roster_column_find(headers[i].header, NULL) != headers[i].column)
			print_message("%s\n", headers[i].header);
		assert_int_equal(roster_column_find(headers[i].header, NULL), headers[i].column);
	}
}

static void a_registration_table_goes_in_with_the_jobs_constants(void **state)
{
	static const char text[] =
		"KSH,XH,XM,XB,CSRQ,SFZH,CC,XXXS,XZ,ZYDM,ZYMC,FY,XSH,BH,RXRQ,YJBYRQ,MZ,ZZMM\n"
		"26370001,2026001,测试甲,男,19900101," ID_JIA
		",专科,函授,2.5,1202,会计,经管,烟台站,一班,20260901,20290101,汉族,群众\n";
	(void)state;

	look_text(text, NULL);
	assert_int_equal(r->fault, FILE_FINE);
	assert_string_equal(r->absent, "所在校别、院校代码、学校名称");
	job_field_set(j.db, "K1", JOB_FIELD(SCHOOL_TYPE), "普通高校");
	job_field_set(j.db, "K1", JOB_FIELD(SCHOOL_CODE), "10999");
	job_field_set(j.db, "K1", JOB_FIELD(SCHOOL_NAME), "测试理工大学");
	look_text(text, NULL);
	assert_string_equal(r->absent, "");
	assert_int_equal(r->good, 1);
	take();
	assert_string_equal(find(ID_JIA).station, "烟台站");
	assert_string_equal(find(ID_JIA).level, "成人专科"); /* by correspondence */
	assert_int_equal(count("SELECT count(*) FROM person WHERE birth = '1990-01-01' AND years = "
			       "'2.5' AND school_code = '10999' AND graduates = '2029-01-01'"),
			 1);
}

static void a_title_hidden_sheets_and_a_sheet_a_class(void **state)
{
	static const struct page pages[] = {
		{ "旧名单",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称|序号",
		    "本科|1|测试旧|男|931826190101010010|普通高校|10999|测试理工大学|1" },
		  true },
		{ "一班",
		  { "2026级名单", "制表：测试",
		    "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称|序号",
		    "专升本|2026001|测试甲|男|" ID_JIA "|普通高校|10999|测试理工大学|1", "合计||1",
		    "共||||1|人", "||||1", "|第1页" },
		  false },
		{ "二班",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称|序号",
		    "高起专|2026002|测试乙|女|" ID_YI "|普通高校|10999|测试理工大学|1" },
		  false },
		{ "汇总", { "班级|人数", "一班|1", "二班|1" }, false },
	};
	(void)state;

	make_book(pages, 4);
	look(path, NULL);
	assert_int_equal(r->sheets, 2);
	assert_int_equal(r->rows, 2);
	assert_int_equal(r->skipped, 4);
	assert_int_equal(r->bad, 0); /* 序号 counts rows: no shooting number twice */
	take();
	assert_string_equal(find(ID_YI).class_name, "二班");
	assert_string_equal(find(ID_YI).seq, "");
}

static void a_sheet_of_all_beside_the_classes_doubles_nobody(void **state)
{
	static const struct page pages[] = {
		{ "总表",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称|班级",
		    "专升本|2026001|测试甲|男|" ID_JIA "|普通高校|10999|测试理工大学|一班",
		    "高起专|'2026002|测试乙|女|" ID_YI "|普通高校|10999|测试理工大学|二班" },
		  false },
		{ "一班",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称|班级|备注",
		    "专升本|2026001|测试甲|男|" ID_JIA "|普通高校|10999|测试理工大学|一班|班长" },
		  false },
		{ "汇总", { "班级|人数", "一班|1", "二班|1" }, false },
	};
	(void)state;

	make_book(pages, 3);
	look(path, NULL);
	assert_int_equal(r->good, 2);
	assert_int_equal(r->bad, 0);
	assert_int_equal(r->repeated, 1);
	assert_string_equal(r->left_out, "汇总");
	take();
	assert_string_equal(find(ID_YI).student_no, "2026002");
}

static void somebody_may_say_it_otherwise(void **state)
{
	static const char *const maps[] = { "编号=学号" }, *const levels[] = { "函本=成人本科" };
	static const struct import_wish wish = { .sheet = "2",
						 .header = 2,
						 .maps = maps,
						 .map_count = 1,
						 .levels = levels,
						 .level_count = 1 };
	static const struct import_wish wrong = { .maps = maps, .map_count = 1, .sheet = "1" };
	static const struct page pages[] = {
		{ "甲", { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称" }, false },
		{ "乙",
		  { "姓名|学号", "学历层次|编号|姓名|性别|身份证号|所在校别|院校代码|学校名称",
		    "函本|77|测试甲|男|" ID_JIA "|普通高校|10999|测试理工大学" },
		  false },
	};
	(void)state;

	make_book(pages, 2);
	look(path, &wish);
	assert_int_equal(r->good, 1);
	take();
	assert_string_equal(find(ID_JIA).student_no, "77");
	assert_string_equal(find(ID_JIA).level, "成人本科");
	look(path, &wrong);
	assert_int_equal(r->fault, FILE_WISH);
}

static void columns_nobody_needs_stay_out_unless_the_job_asks(void **state)
{
	static const char text[] = HEAD ",手机号,校园卡号,特征码\n专升本,2026001,测试甲,男," ID_JIA
					",普通高校,10999,测试理工大学,13900000000,C77,57J8QS\n";
	(void)state;

	import(text);
	assert_int_equal(count("SELECT count(*) FROM person WHERE extra <> '{}'"), 0);
	job_field_set(j.db, "K1", JOB_FIELD(EXTRA_COLUMNS), "校园卡号、座位");
	import(text);
	assert_int_equal(
		count("SELECT count(*) FROM person WHERE extra = '{\"校园卡号\":\"C77\"}'"), 1);
}

/* --- findings -----------------------------------------------------------------------------------
 */

static void numbers_a_spreadsheet_ate_are_refused_by_cell(void **state)
{
	static const struct page pages[] = {
		{ "名单",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称",
		    "本科|#2026001|测试甲|男|#110199199001010010|普通高校|#10999|测试理工大学",
		    "本科|#2026002|测试乙|女|" ID_YI "|普通高校|#10999|测试理工大学" },
		  false },
	};
	(void)state;

	make_book(pages, 1);
	look(path, NULL);
	assert_true(found(ROW_DAMAGED, "E2"));
	assert_int_equal(r->bad, 1);
	take();
	assert_string_equal(find(ID_YI).student_no, "2026002");
	assert_int_equal(find(ID_JIA).id, 0);
}

static void doubtful_rows_go_in_and_are_said(void **state)
{
	static const struct {
		const char *row;
		enum row_fault fault;
		const char *place;
	} rows[] = {
		{ "本科,0,测试甲,男," ID_JIA TAIL, ROW_NO_STUDENT_NO, "B2" },
		{ "本科,,测试甲,男," ID_JIA TAIL, ROW_NO_STUDENT_NO, "B2" },
		{ "本科,20\u200b26,测试甲,男," ID_JIA TAIL, ROW_ODD_STUDENT_NO, "B2" },
		{ "本科,1,测试•甲,男," ID_JIA TAIL, ROW_NAME_DOT, "C2" },
		{ "本科,1,测试·甲,男," ID_JIA TAIL, ROW_FINE, "" },
		{ "本科,1,测\ue123甲,男," ID_JIA TAIL, ROW_NAME_PRIVATE, "C2" },
		{ "本科,1,测YAN,男," ID_JIA TAIL, ROW_NAME_PINYIN, "C2" },
		{ "本科,1,测试?,男," ID_JIA TAIL, ROW_NAME_UNKNOWN_CHARS, "C2" },
		{ "本科,1,测试甲,男," ID_JIA ",普通高校,1099,大学\n", ROW_BAD_SCHOOL_CODE, "G2" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];

		snprintf(text, sizeof(text), "%s\n%s%s", HEAD, rows[i].row, YI);
		look_text(text, NULL);
		assert_int_equal(r->bad, 0);
		assert_int_equal(r->warnings, rows[i].fault != ROW_FINE);
		assert_true(rows[i].fault == ROW_FINE || found(rows[i].fault, rows[i].place));
	}
}

static void a_number_written_wide_is_the_same_number(void **state)
{
	(void)state;
	import(HEAD "\n本科,1,测试甲,男,１１０１９９ 19900101 0010" TAIL);
	assert_int_equal(r->tidied, 1);
	assert_string_equal(find(ID_JIA).name, "测试甲");
}

static void somebody_without_a_card_has_another_document(void **state)
{
	(void)state;
	import(HEAD
	       ",护照号,证件类型\n本科,1,ALEX SPECIMEN,男,,普通高校,10999,测试理工大学,E12345678,护照\n"
	       "本科,2,测试乙,女," ID_YI ",普通高校,10999,测试理工大学,,身份证\n");
	assert_int_equal(r->bad, 0);
	assert_string_equal(find("E12345678").id_no, "E12345678");
	import("学历层次,学号,姓名,性别,护照号,所在校别,院校代码,学校名称\n本科,3,SAM SPECIMEN,男,E7654321" TAIL);
	assert_string_equal(find("E7654321").name, "SAM SPECIMEN");
	look_text(HEAD ",证件类型\n本科,1,测试甲,男,E12345678,普通高校,10999,测试理工大学,身份证\n",
		  NULL);
	assert_true(found(ROW_BAD_NUMBER, "E2"));
}

static void rows_set_aside_are_found_until_a_later_file_brings_them(void **state)
{
	struct roster_aside a[4];
	(void)state;

	import(HEAD "\n" JIA "高起专,2026002,测试乙,女,3.70E+17" TAIL);
	assert_int_equal(roster_find_aside(j.db, "测试乙", a, 4), 1);
	assert_int_equal(roster_find_aside(j.db, "2026002", a, 4), 1);
	assert_string_equal(a[0].faults, "damaged");
	assert_int_equal(a[0].line, 3);
	import(HEAD "\n" JIA "高起专,2026002,测试乙,女,3.70E+17" TAIL);
	assert_int_equal(roster_find_aside(j.db, "测试乙", a, 4), 1);
	import(HEAD "\n" YI);
	assert_int_equal(roster_find_aside(j.db, "测试乙", a, 4), 0);
}

static void the_problem_list_put_right_is_a_roster(void **state)
{
	char cmd[400];
	(void)state;

	import(HEAD "\n" JIA "高起专,2026002,测试乙,中,21019919500615002X" TAIL);
	assert_int_equal(roster_problems_write(f, path), 0);
	look(path, NULL); /* as it is: one row, refused again for the same two cells */
	assert_int_equal(r->rows, 1);
	assert_true(found(ROW_BAD_SEX, "G2"));
	assert_true(found(ROW_BAD_CHECK, "H2"));
	snprintf(cmd, sizeof(cmd),
		 "cd %s && mkdir x && cd x && 7z x -y ../list.xlsx >/dev/null && sed -i "
		 "'s/21019919500615002X/" ID_YI "/; s/>中</>女</' xl/sharedStrings.xml && rm "
		 "../list.xlsx && 7z a -tzip ../list.xlsx . >/dev/null",
		 data);
	assert_int_equal(system(cmd), 0);
	look(path, NULL);
	assert_int_equal(r->good, 1);
	assert_int_equal(r->removed, 0); /* who is not on it has not left */
	take();
	assert_string_equal(find(ID_YI).name, "测试乙");
}

/* --- the same roster again ----------------------------------------------------------------------
 */

static void a_second_file_is_a_difference(void **state)
{
	const int64_t *removed;
	(void)state;

	import(HEAD ",班级\n专升本,2026001,测试甲,男," ID_JIA ",普通高校,10999,测试理工大学,一班\n"
		    "高起专,2026002,测试乙,女," ID_YI ",普通高校,10999,测试理工大学,一班\n");
	look_text(HEAD ",班级\n专升本,2026001,测试甲,男," ID_JIA
		       ",普通高校,10999,测试理工大学,二班\n",
		  NULL);
	assert_int_equal(r->changed, 1);
	assert_int_equal(r->changed_columns[COL_CLASS], 1);
	assert_int_equal(r->changed_columns[COL_NAME], 0);
	assert_int_equal(r->removed, 1);
	assert_int_equal(roster_file_removed(f, &removed), 1);
	assert_int_equal(removed[0], find(ID_YI).id);
	take();
	assert_int_not_equal(find(ID_YI).id, 0); /* only listed */
	look_text(HEAD "\n" JIA, NULL); /* a column that is not there changes nothing */
	assert_int_equal(r->unchanged, 1);
	assert_string_equal(find(ID_JIA).class_name, "二班");
}

static void people_are_taken_off_when_said_and_come_back(void **state)
{
	static const struct import_wish remove = { .remove = true };
	(void)state;

	import(HEAD "\n" JIA YI "本科,2026003,测试丙,男,830000190101010019" TAIL);
	photograph(find("830000190101010019").id);
	look_text(HEAD "\n" JIA, &remove);
	assert_int_equal(r->removed, 2);
	take();
	assert_int_equal(r->taken_off, 1);
	assert_int_equal(find(ID_YI).id, 0);
	assert_int_not_equal(find("830000190101010019").id, 0); /* never one with a picture */
	import(HEAD "\n" YI);
	assert_int_not_equal(find(ID_YI).id, 0);
	assert_int_equal(count("SELECT count(*) FROM person"), 3);
}

static void a_photographed_person_is_frozen_but_for_the_fee(void **state)
{
	(void)state;
	import(HEAD ",缴费\n专升本,2026001,测试甲,男," ID_JIA
		    ",普通高校,10999,测试理工大学,未缴\n");
	photograph(1);
	import(HEAD ",缴费\n专升本,2026001,测试改,男," ID_JIA
		    ",普通高校,10999,测试理工大学,已缴\n");
	assert_int_equal(r->frozen, 1);
	assert_true(found(ROW_FROZEN, "C2"));
	assert_string_equal(find(ID_JIA).name, "测试甲");
	assert_int_equal(count("SELECT count(*) FROM person WHERE paid = 'yes'"), 1);
}

static void what_the_job_lacks_is_filled_beside_a_picture(void **state)
{
	(void)state;
	import(HEAD ",班级\n,0,测试甲,男," ID_JIA ",普通高校,10999,测试理工大学,一班\n");
	photograph(1);
	import(HEAD ",班级\n专升本,2026001,测试甲,男," ID_JIA
		    ",普通高校,10999,测试理工大学,二班\n");
	assert_int_equal(r->frozen, 1);
	assert_string_equal(find(ID_JIA).level, "成人本科");
	assert_string_equal(find(ID_JIA).student_no, "2026001");
	assert_string_equal(find(ID_JIA).class_name, "一班");
}

static void a_late_payment_list_touches_nothing_else(void **state)
{
	(void)state;
	import(HEAD "\n" JIA YI);
	look_text(
		"学号,姓名,缴费状态\n2026001,测试甲,已支付\n2026002,测试丁,已支付\n2026009,测试戊,已支付\n",
		NULL);
	assert_true(r->partial);
	assert_int_equal(r->changed, 1);
	assert_int_equal(r->removed, 0);
	assert_true(found(ROW_NAME_DIFFERS, "B3"));
	assert_true(found(ROW_NOT_IN_ROSTER, "A4"));
	take();
	assert_int_equal(count("SELECT count(*) FROM person"), 2);
	assert_int_equal(count("SELECT count(*) FROM person WHERE paid = 'yes'"), 1);
	assert_int_equal(count("SELECT count(*) FROM aside"), 0);
	assert_string_equal(find(ID_JIA).level, "成人本科");
}

static void orders_of_a_platform_tell_who_has_paid(void **state)
{
	static const struct import_wish paid = { .paid = true };
	(void)state;

	import(HEAD ",班级\n专升本,2026001,测试甲,男," ID_JIA ",普通高校,10999,测试理工大学,一班\n"
		    "高起专,2026002,测试乙,女," ID_YI ",普通高校,10999,测试理工大学,一班\n");
	import("姓名,身份证号,班级,订单状态\n测试甲," ID_JIA ",,待支付\n测试甲," ID_JIA
	       ",二班,待制作\n测试乙," ID_YI ",,已退款\n");
	assert_int_equal(r->bad, 0);
	assert_int_equal(
		count("SELECT count(*) FROM person WHERE paid = 'yes' AND name = '测试甲'"), 1);
	assert_int_equal(
		count("SELECT count(*) FROM person WHERE paid = 'no' AND class_name = '一班'"), 1);
	look_text("学号,姓名\n2026002,测试乙\n", &paid);
	take();
	assert_int_equal(count("SELECT count(*) FROM person WHERE paid = 'yes'"), 2);
}

/* --- a job that is photographed first -----------------------------------------------------------
 */

static void a_later_roster_fills_the_records_of_cards(void **state)
{
	struct roster_sides sides;
	(void)state;

	job_field_set(j.db, "K1", JOB_FIELD(ROSTER), "open");
	sql_run(j.db,
		"INSERT INTO person (kiosk, n, name, sex, id_no, source) VALUES "
		"('K1', 1, '测试•甲', '男', '" ID_JIA "', 'open'), "
		"('K1', 2, '测试外', '男', '830000190101010019', 'open')",
		"");
	sql_run(j.db,
		"INSERT INTO document VALUES ('" ID_JIA "', 1, 'open'), ('830000190101010019', 2, "
		"'open')",
		"");
	sql_run(j.db, "INSERT INTO number VALUES ('1', 7, 1, 'K1', 'block')", "");
	photograph(1);
	photograph(2);
	look_text("拍摄序号," HEAD "\n0001," JIA "0007," YI, NULL);
	assert_int_equal(r->joined, 1);
	assert_int_equal(r->bad, 0); /* both numbers are given already: those of the day stay */
	take();
	assert_string_equal(find(ID_JIA).name, "测试甲");
	assert_string_equal(find(ID_JIA).student_no, "2026001");
	assert_string_equal(find(ID_JIA).seq, "0007");
	assert_int_equal(find(ID_JIA).id, 1);
	assert_int_equal(count("SELECT count(*) FROM remark WHERE person = 1 AND kind = "
			       "'card_differs' AND text LIKE '%测试•甲%'"),
			 1);
	assert_int_equal(roster_sides(j.db, &sides), 0);
	assert_int_equal(sides.both, 1);
	assert_int_equal(sides.only_picture, 1);
	assert_int_equal(sides.only_roster, 1);
}

/* --- the template -------------------------------------------------------------------------------
 */

static void office(const char *to)
{
	char cmd[400];

	snprintf(
		cmd, sizeof(cmd),
		"cd %s && soffice -env:UserInstallation=file://%s/office --headless --convert-to %s "
		"list.xlsx >/dev/null 2>&1",
		data, data, to);
	assert_int_equal(system(cmd), 0);
}

static void an_empty_template_says_that_nobody_is_on_it(void **state)
{
	char xls[96];
	(void)state;

	assert_int_equal(roster_template_write(path, NULL), 0);
	look(path, NULL);
	assert_int_equal(r->fault, FILE_NO_PEOPLE);
	if (system("command -v soffice >/dev/null") != 0) {
		print_message("SKIP: no LibreOffice\n");
		return;
	}
	office("xls");
	snprintf(xls, sizeof(xls), "%s/list.xls", data);
	look(xls, NULL);
	assert_int_equal(r->fault, FILE_NO_PEOPLE);
}

/* Added at the kiosk with a card, on the late list of the next day: one of the roster from then on. */
static void a_walk_in_on_a_late_list_is_one_of_the_roster(void **state)
{
	struct people p;
	(void)state;

	import(HEAD "\n" YI);
	sql_run(j.db,
		"INSERT INTO person (kiosk, n, name, id_no, source) VALUES ('K1', 9, '测试甲', '" ID_JIA
		"', 'walk_in')",
		"");
	sql_run(j.db, "INSERT INTO document VALUES ('" ID_JIA "', 2, 'card')", "");
	photograph(2);
	import(HEAD "\n" YI JIA);
	assert_int_equal(r->joined, 1);
	assert_int_equal(people_load(j.db, &p), 0);
	assert_int_equal(p.count, 2);
	for (int i = 0; i < p.count; i++)
		assert_false(p.all[i].walk_in);
	people_free(&p);
}

static void a_second_enrolment_in_front_of_the_first_is_the_new_one(void **state)
{
	(void)state;
	import(HEAD "\n" JIA);
	import(HEAD "\n高起专,2026777,测试甲,男," ID_JIA TAIL JIA);
	assert_int_equal(r->added, 1);
	assert_int_equal(r->unchanged, 1);
	assert_int_equal(count("SELECT student_no FROM person WHERE id = 1"), 2026001);
	assert_int_equal(
		count("SELECT count(*) FROM person WHERE student_no = '2026777' AND level = "
		      "'成人专科'"),
		1);
}

/* Both enrolments got the ID number they lacked; what they were known by is the passport. */
static void a_second_document_tells_two_enrolments_apart(void **state)
{
#define PASS "学历层次,学号,姓名,性别,护照号,身份证号,所在校别,院校代码,学校名称\n"
	(void)state;
	import(PASS "本科,2026001,测试甲,男,E12345678," TAIL
		    "专科,2026777,测试甲,男,E12345678," TAIL);
	assert_int_equal(r->added, 2);
	import(PASS "专科,2026777,测试甲,男,E12345678," ID_JIA TAIL
		    "本科,2026001,测试甲,男,E12345678," ID_JIA TAIL);
	assert_int_equal(r->added, 0);
	assert_int_equal(count("SELECT student_no FROM person WHERE id = 1"), 2026001);
	assert_int_equal(count("SELECT student_no FROM person WHERE id = 2"), 2026777);
#undef PASS
}

static void somebody_elses_number_does_not_rename_its_owner(void **state)
{
	(void)state;
	import(HEAD "\n" JIA);
	import(HEAD "\n高起专,2026002,测试乙,女," ID_JIA TAIL);
	assert_int_equal(r->bad, 1);
	assert_true(found(ROW_TWICE_IN_ROSTER, "E2"));
	assert_int_equal(count("SELECT count(*) FROM person WHERE name = '测试甲' AND student_no = "
			       "'2026001' AND NOT removed"),
			 1);
}

static void one_workbook_is_roster_and_job(void **state)
{
	static const struct page pages[] = {
		{ "名单",
		  { "学历层次|学号|姓名|性别|身份证号|所在校别|院校代码|学校名称",
		    "成人本科|2026001|测试甲|男|" ID_JIA },
		  false },
		{ "任务",
		  { "项目|内容", "学校名称|测试理工大学", "院校代码|10999", "所在校别|普通高校",
		    "特征码|57J8QS", "采集开始日期|2026年9月6日", "导出后保留天数|90" },
		  false },
	};
	char value[JOB_FIELD_MAX];
	(void)state;

	make_book(pages, 2);
	look(path, NULL);
	assert_int_equal(r->good, 1);
	assert_int_equal(r->fields, 5);
	assert_int_equal(r->bad_fields, 1);
	assert_true(found(ROW_BAD_FIELD, "B7"));
	take();
	job_field_get(j.db, JOB_FIELD(DATE_FROM), value);
	assert_string_equal(value, "2026-09-06");
	job_field_get(j.db, JOB_FIELD(RETENTION_DAYS), value);
	assert_string_equal(value, "7");
	assert_int_equal(count("SELECT count(*) FROM person WHERE school_code = '10999'"), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_known_header_finds_its_column),
		T(a_registration_table_goes_in_with_the_jobs_constants),
		T(a_title_hidden_sheets_and_a_sheet_a_class),
		T(a_sheet_of_all_beside_the_classes_doubles_nobody),
		T(somebody_may_say_it_otherwise),
		T(columns_nobody_needs_stay_out_unless_the_job_asks),
		T(numbers_a_spreadsheet_ate_are_refused_by_cell),
		T(doubtful_rows_go_in_and_are_said),
		T(a_number_written_wide_is_the_same_number),
		T(somebody_without_a_card_has_another_document),
		T(rows_set_aside_are_found_until_a_later_file_brings_them),
		T(the_problem_list_put_right_is_a_roster),
		T(a_second_file_is_a_difference),
		T(people_are_taken_off_when_said_and_come_back),
		T(a_photographed_person_is_frozen_but_for_the_fee),
		T(what_the_job_lacks_is_filled_beside_a_picture),
		T(a_late_payment_list_touches_nothing_else),
		T(orders_of_a_platform_tell_who_has_paid),
		T(a_later_roster_fills_the_records_of_cards),
		T(an_empty_template_says_that_nobody_is_on_it),
		T(a_walk_in_on_a_late_list_is_one_of_the_roster),
		T(a_second_enrolment_in_front_of_the_first_is_the_new_one),
		T(a_second_document_tells_two_enrolments_apart),
		T(somebody_elses_number_does_not_rename_its_owner),
		T(one_workbook_is_roster_and_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
