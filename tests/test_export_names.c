/* File names of a package: what is refused before the first byte, and how it is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/export/export.h"
#include "firmware/export/template.h"
#include "firmware/store/job.h"

/* --- templates --------------------------------------------------------------------------------- */

static struct subject li(void)
{
	struct subject s = { .name = "李四",
			     .student_no = "20241000007",
			     .id_no = "11019919900101101X",
			     .class_name = "机制2401",
			     .branch = "机械学院",
			     .tag = "",
			     .series = "1",
			     .kiosk = "K1",
			     .extra = "校园卡号\0"
				      "0099887\0门禁\0A/B\0",
			     .seq = 7 };

	return s;
}

static const char *expand(const char *template, const struct subject *s)
{
	static char out[TEMPLATE_PATH_MAX];
	enum template_fault fault = template_expand(template, s, out);

	return fault ? template_fault_word(fault) : out;
}

static void a_template_names_files_as_the_school_wrote_it(void **state)
{
	struct subject s = li();
	(void)state;

	assert_string_equal(expand("{学院}/{班级}/{学号}.jpg", &s),
			    "机械学院/机制2401/20241000007.jpg");
	assert_string_equal(expand("照片/{拍摄序号:04d}.jpg", &s), "照片/0007.jpg");
	assert_string_equal(expand("{拍摄序号:06d}.JPG", &s), "000007.JPG");
	assert_string_equal(expand("{身份证号}.JPG", &s), "11019919900101101X.JPG");
	assert_string_equal(expand("{{{姓名}}}.jpg", &s), "{李四}.jpg");
	assert_string_equal(expand("{姓名}_{校园卡号}.jpg", &s), "李四_0099887.jpg");
}

static void what_a_person_lacks_is_named(void **state)
{
	struct subject s = li();
	(void)state;

	s.student_no = "";
	assert_string_equal(expand("{学号}.jpg", &s), "empty_field");
	assert_string_equal(expand("{饭卡}.jpg", &s), "empty_field");
	assert_string_equal(expand("{姓名:04d}.jpg", &s), "not_a_number");
	s.seq = 0;
	assert_string_equal(expand("{拍摄序号:04d}.jpg", &s), "empty_field");
}

static void a_cell_makes_no_folder_and_no_illegal_name(void **state)
{
	static const char *const bad[] = { "A/B",   "A\\B", "..",     "a:b",   "x*",	 "q?",
					   "a\"b",  "<x>",  "p|q",    "tab\t", "dot.",	 "blank ",
					   " lead", "CON",  "nul.tx", "com1",  "LPT9.x", "." };
	struct subject s = li();
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.class_name = bad[i];
		if (strcmp(expand("{班级}/{学号}.jpg", &s), "illegal") != 0)
			fail_msg("“%s” was let through", bad[i]);
	}
	s.class_name = "COM10";
	assert_string_equal(expand("{班级}.jpg", &s), "COM10.jpg");
	assert_string_equal(expand("{门禁}.jpg", &s), "illegal");
}

static void long_names_count_utf_16_units(void **state)
{
	char name[512] = "";
	struct subject s = li();
	(void)state;

	for (int i = 0; i < 116; i++)
		strcat(name, "王");
	s.name = name;
	assert_string_not_equal(expand("{姓名}.jpg", &s), "too_long");
	strcat(name, "王");
	assert_string_equal(expand("{姓名}.jpg", &s), "too_long");
	name[0] = '\0';
	for (int i = 0; i < 59; i++)
		strcat(name, "𠮷"); /* two units each */
	assert_string_equal(expand("{姓名}.jpg", &s), "too_long");
}

static void a_wrong_template_says_where(void **state)
{
	static const struct {
		const char *text;
		enum template_fault fault;
		size_t where;
	} cases[] = {
		{ "{学号}.jpg", TEMPLATE_FINE, 0 },
		{ "a/{学号}.jpg", TEMPLATE_FINE, 0 },
		{ "{学好}.jpg", TEMPLATE_UNKNOWN_FIELD, 0 },
		{ "{学号.jpg", TEMPLATE_BRACES, 0 },
		{ "a}.jpg", TEMPLATE_BRACES, 1 },
		{ "{学号:4d}.jpg", TEMPLATE_FORMAT, 0 },
		{ "{学号:0s}.jpg", TEMPLATE_FORMAT, 0 },
		{ "{学号:099d}.jpg", TEMPLATE_FORMAT, 0 },
		{ "/{学号}.jpg", TEMPLATE_ILLEGAL, 0 },
		{ "a//{学号}.jpg", TEMPLATE_ILLEGAL, 0 },
		{ "a:{学号}.jpg", TEMPLATE_ILLEGAL, 0 },
		{ "", TEMPLATE_EMPTY_FIELD, 0 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t where = 99;

		if (template_check(cases[i].text, &where) != cases[i].fault)
			fail_msg("“%s”: %s", cases[i].text,
				 template_fault_word(template_check(cases[i].text, &where)));
		assert_int_equal(where, cases[i].where);
	}
}

static void the_column_at_fault_is_named(void **state)
{
	static const struct {
		const char *class_name, *student_no, *field;
	} cases[] = {
		{ "CON", "2026001", "班级" }, { "一班.", "2026001", "班级" },
		{ "..", "2026001", "班级" },  { "一班", "20:26", "学号" },
		{ "一班", " 2026", "学号" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subject s = li();
		char path[TEMPLATE_PATH_MAX], field[96];

		s.class_name = cases[i].class_name;
		s.student_no = cases[i].student_no;
		assert_int_equal(template_expand_field("照片/{班级}/{学号}.jpg", &s, path, field),
				 TEMPLATE_ILLEGAL);
		assert_string_equal(field, cases[i].field);
	}
}

/* --- a whole export ---------------------------------------------------------------------------- */

static char data[64], stick[80], profile[80];
static struct export_report report;

static int sh(const char *fmt, ...)
{
	char cmd[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

static void person(struct job *j, int64_t n, const char *name, const char *student_no,
		   const char *class_name)
{
	char cmd[JOB_PATH_MAX + 64], sha[SHA256_HEX], id_no[24];
	uint8_t digest[SHA256_BYTES];
	struct hash *h = hash_new();

	hash_update(h, "x", 1);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, sha);
	snprintf(id_no, sizeof(id_no), "1101991990010100%02d", (int)n);
	assert_int_equal(
		sql_run(j->db,
			"INSERT INTO person (kiosk, n, name, student_no, id_no, class_name) "
			"VALUES ('K1', ?, ?, ?, ?, ?)",
			"issss", n, name, student_no, id_no, class_name),
		SQLITE_DONE);
	sql_run(j->db, "INSERT INTO number VALUES ('1', ?, ?, 'K1', 'block')", "ii", n, n);
	sql_run(j->db,
		"INSERT INTO shot (kiosk, n, person, source, state, sha256, bytes, intent_utc_ms) "
		"VALUES ('K1', ?, ?, 'trigger', 'accepted', ?, 1, 0)",
		"iis", n, n, sha);
	snprintf(cmd, sizeof(cmd), "printf x > %s/originals/K1-%06d.jpg", j->path, (int)n);
	assert_int_equal(system(cmd), 0);
}

static void begin(struct job *j)
{
	strcpy(data, "/tmp/tapshot-names-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(stick, sizeof(stick), "%s/stick", data);
	snprintf(profile, sizeof(profile), "%s/p.conf", data);
	assert_int_equal(sh("mkdir %s", stick), 0);
	assert_int_equal(job_open(data, "J", true, j), 0);
	sql_run(j->db, "INSERT INTO job (one, code, created_utc_ms) VALUES (1, 'J', 0)", "");
}

static int teardown(void **state)
{
	(void)state;
	export_report_fini(&report);
	memset(&report, 0, sizeof(report));
	return sh("rm -rf %s", data);
}

static void write_profile(const char *text)
{
	FILE *f = fopen(profile, "w");

	fprintf(f, "id = p\nversion = 1\n%s", text);
	assert_int_equal(fclose(f), 0);
}

static int export(bool leave_out)
{
	struct export_wish w = { .data_dir = data,
				 .job = "J",
				 .to = stick,
				 .profile = profile,
				 .leave_out = leave_out };

	export_report_fini(&report);
	return export_package(&w, &report);
}

static void nothing_was_written(void)
{
	assert_int_equal(sh("test -z \"$(ls -A %s)\"", stick), 0);
}

static bool accused(const char *student_no_end, const char *word, const char *field)
{
	for (int i = 0; i < report.fault_count; i++)
		if (strstr(report.faults[i].who, student_no_end) &&
		    !strcmp(report.faults[i].word, word) && strstr(report.faults[i].field, field))
			return true;
	return false;
}

static void every_bad_name_is_found_before_the_first_byte(void **state)
{
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "2024000011", "一班");
	person(&j, 2, "乙", "", "一班");
	person(&j, 3, "丙", "2024000033", "二/班");
	person(&j, 4, "丁", "2024000011", "一班"); /* the same 学号 */
	job_close(&j);
	write_profile("tree1.name = {班级}/{学号}.jpg\n");
	assert_int_equal(export(false), -1);
	assert_int_equal(report.cause, EXPORT_NAMES);
	assert_int_equal(report.fault_count, 3);
	assert_true(accused("0002", "empty_field", "学号"));
	assert_true(accused("0003", "illegal", "班级"));
	assert_true(accused("0004", "collision", "2024000011"));
	assert_non_null(strstr(report.faults[2].other, "0001"));
	assert_null(strstr(report.faults[2].who, "1101991990010100"));
	nothing_was_written();
}

static void whoever_cannot_be_named_may_be_left_out_and_is_listed(void **state)
{
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "2024000011", "一班");
	person(&j, 2, "乙", "", "一班");
	person(&j, 3, "丙", "2024000033", "一班");
	person(&j, 4, "丁", "2024000011", "一班");
	job_close(&j);
	write_profile("tree1.name = {班级}/{学号}.jpg\nlist1.file = 名单.csv\nlist1.rows = "
		      "delivered\n");
	assert_int_equal(export(true), 0);
	assert_int_equal(report.left_out, 3); /* of one name nobody gets it */
	assert_int_equal(report.pictures, 1);
	assert_int_equal(sh("test -e %s/J-p/一班/2024000033.jpg", stick), 0);
	assert_int_equal(sh("test -e %s/J-p/需人工处理.xlsx", stick), 0);
	assert_int_equal(sh("test \"$(wc -l < %s/J-p/名单.csv)\" = 2", stick), 0);
}

static void names_a_stick_takes_for_one_collide(void **state)
{
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "ab1", "一班");
	person(&j, 2, "乙", "AB1", "一班"); /* case */
	person(&j, 3, "e\xcc\x81", "3", "一班"); /* é as two characters */
	person(&j, 4, "\xc3\xa9", "4", "一班"); /* and as one */
	job_close(&j);
	write_profile("tree1.name = a/{学号}.jpg\n");
	assert_int_equal(export(false), -1);
	assert_int_equal(report.fault_count, 1);
	assert_true(accused("0002", "collision", "ab1"));
	write_profile("tree1.name = a/{姓名}.jpg\n");
	assert_int_equal(export(false), -1);
	assert_int_equal(report.fault_count, 1);
	assert_true(accused("0004", "collision", ""));
}

static void trees_and_lists_do_not_write_over_each_other(void **state)
{
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "7", "7.jpg");
	job_close(&j);
	write_profile("tree1.name = {学号}.jpg\ntree2.name = {学号}.JPG\n");
	assert_int_equal(export(false), -1);
	assert_true(accused("0001", "collision", "7.jpg"));
	write_profile("tree1.name = {学号}.jpg\ntree2.name = {班级}/x.jpg\n"); /* file and folder */
	assert_int_equal(export(false), -1);
	assert_true(accused("0001", "collision", "7.jpg"));
	write_profile("tree1.name = {姓名}.csv\nlist1.file = 甲.csv\nlist1.rows = captured\n");
	assert_int_equal(export(false), -1);
	assert_true(accused("0001", "collision", "甲.csv"));
	write_profile("tree1.name = Manifest.json\n");
	assert_int_equal(export(false), -1);
	nothing_was_written();
}

static void a_profile_with_a_slip_of_the_pen_is_refused(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "tree1.name = {学号.jpg\n", "p.conf:3" },
		{ "tree1.nmae = {学号}.jpg\n", "p.conf:3" },
		{ "tree1.name = {学号}.jpg\ntree1.split = stations\n", "p.conf:4" },
		{ "tree2.name = {学号}.jpg\n", "p.conf:3" },
		{ "list1.file = a.pdf\nlist1.rows = captured\n", "p.conf:3" },
		{ "list1.file = a.xlsx\nlist1.rows = everybody\n", "p.conf:4" },
		{ "seal = no\n", "nothing would be written" },
		{ "tree1.name = {饭卡号}.jpg\n", "饭卡号" },
		{ "tree1.name = {学号}.jpg\ntree1.preset = nonesuch\n", "nonesuch" },
	};
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "7", "一班");
	job_close(&j);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_profile(cases[i].text);
		assert_int_equal(export(false), -1);
		assert_int_equal(report.cause, EXPORT_PROFILE);
		if (!strstr(report.detail, cases[i].said))
			fail_msg("“%s” does not say %s", report.detail, cases[i].said);
	}
	nothing_was_written();
}

static void a_target_without_room_is_refused_before_the_first_byte(void **state)
{
	struct job j;
	(void)state;

	begin(&j);
	person(&j, 1, "甲", "7", "一班");
	sql_run(j.db, "DROP TRIGGER shot_original_fixed", "");
	sql_run(j.db, "UPDATE shot SET bytes = 1 << 55", "");
	job_close(&j);
	write_profile("tree1.name = {学号}.jpg\n");
	assert_int_equal(export(false), -1);
	assert_int_equal(report.cause, EXPORT_FULL);
	assert_non_null(strstr(report.detail, "needs"));
	nothing_was_written();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_template_names_files_as_the_school_wrote_it),
		cmocka_unit_test(what_a_person_lacks_is_named),
		cmocka_unit_test(the_column_at_fault_is_named),
		cmocka_unit_test(a_cell_makes_no_folder_and_no_illegal_name),
		cmocka_unit_test(long_names_count_utf_16_units),
		cmocka_unit_test(a_wrong_template_says_where),
		cmocka_unit_test_teardown(every_bad_name_is_found_before_the_first_byte, teardown),
		cmocka_unit_test_teardown(whoever_cannot_be_named_may_be_left_out_and_is_listed,
					  teardown),
		cmocka_unit_test_teardown(names_a_stick_takes_for_one_collide, teardown),
		cmocka_unit_test_teardown(trees_and_lists_do_not_write_over_each_other, teardown),
		cmocka_unit_test_teardown(a_profile_with_a_slip_of_the_pen_is_refused, teardown),
		cmocka_unit_test_teardown(a_target_without_room_is_refused_before_the_first_byte,
					  teardown),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
