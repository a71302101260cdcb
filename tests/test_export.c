/* The plain export, as a school would check it: sha256sum, the lists, a second run, a bad target.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/export/export.h"
#include "firmware/roster/import.h"
#include "firmware/store/job.h"

static char data[64], stick[80];
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

/* An accepted shot of @person, its file and its row. */
static void accept(struct job *j, int64_t n, int64_t person)
{
	char cmd[1024], sha[SHA256_HEX], text[32];
	uint8_t digest[SHA256_BYTES];
	struct hash *h = hash_new();

	snprintf(text, sizeof(text), "picture %lld", (long long)n);
	hash_update(h, text, strlen(text));
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, sha);
	snprintf(cmd, sizeof(cmd), "printf '%%s' '%s' > %s/originals/K1-%06lld.jpg", text, j->path,
		 (long long)n);
	assert_int_equal(system(cmd), 0);
	assert_int_equal(
		sql_run(j->db,
			"INSERT INTO shot (kiosk, n, person, source, state, sha256, bytes, "
			"intent_utc_ms) VALUES ('K1', ?, ?, 'trigger', 'accepted', ?, ?, 0)",
			"iisi", n, person, sha, (int64_t)strlen(text)),
		SQLITE_DONE);
}

static int setup(void **state)
{
	struct roster_file *f = roster_file_read("tests/data/roster20.csv");
	struct job j;
	(void)state;

	strcpy(data, "/tmp/tapshot-export-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(stick, sizeof(stick), "%s/stick", data);
	assert_int_equal(sh("mkdir %s", stick), 0);
	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(roster_file_write(f, &j, "J", "K1"), 0);
	roster_file_free(f);
	accept(&j, 1, 1);
	accept(&j, 2, 6);
	job_close(&j);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	return sh("chmod -R u+w %s; rm -rf %s", data, data);
}

static void the_package_checks_with_sha256sum(void **state)
{
	(void)state;
	assert_int_equal(export_job(data, "J", stick, &report), 0);
	assert_int_equal(report.photos, 2);
	assert_int_equal(report.missing, 18);
	assert_int_equal(sh("cd %s/J && sha256sum --quiet -c SHA256SUMS", stick), 0);
	assert_int_equal(sh("cd %s/J && test \"$(cat 照片/0006.jpg)\" = 'picture 2'", stick), 0);
	assert_int_equal(sh("cd %s/J && test \"$(find . -type f | wc -l)\" = 5", stick), 0);
}

static void the_list_holds_nine_columns_as_text(void **state)
{
	(void)state;
	export_job(data, "J", stick, &report);
	assert_int_equal(
		sh("cd %s/J && head -c 3 名单.csv | od -An -tx1 | grep -q 'ef bb bf'", stick), 0);
	assert_int_equal(sh("cd %s/J && grep -q "
			    "'^0001,成人本科,202600100,测试甲,男,110199199001010010,普通高校,10999,"
			    "测试理工大学' 名单.csv",
			    stick),
			 0);
	assert_int_equal(sh("cd %s/J && test \"$(wc -l < 名单.csv)\" = 3", stick), 0);
	assert_int_equal(sh("cd %s/J && grep -q 测试乙 未采集名单.csv", stick), 0);
	assert_int_equal(sh("cd %s/J && ! grep -q 测试甲 未采集名单.csv", stick), 0);
}

static void a_second_run_keeps_what_stands(void **state)
{
	(void)state;
	export_job(data, "J", stick, &report);
	assert_int_equal(export_job(data, "J", stick, &report), 0);
	assert_int_equal(report.written, 0);
	assert_int_equal(report.kept, 5);
}

static void a_voided_picture_leaves_the_package(void **state)
{
	struct job j;
	(void)state;

	export_job(data, "J", stick, &report);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db, "UPDATE shot SET state = 'void' WHERE n = 2", "");
	job_close(&j);
	assert_int_equal(export_job(data, "J", stick, &report), 0);
	assert_int_equal(sh("test -e %s/J/照片/0006.jpg", stick) != 0, 1);
	assert_int_equal(sh("cd %s/J && sha256sum --quiet -c SHA256SUMS", stick), 0);
}

static void a_strangers_file_is_never_overwritten(void **state)
{
	(void)state;
	sh("mkdir -p %s/J/照片 && echo mine > %s/J/照片/0001.jpg", stick, stick);
	assert_int_equal(export_job(data, "J", stick, &report), -1);
	assert_int_equal(report.cause, EXPORT_FOREIGN);
	assert_string_equal(report.where, "照片/0001.jpg");
	assert_int_equal(sh("grep -qx mine %s/J/照片/0001.jpg", stick), 0);
}

static void an_altered_original_stops_the_export(void **state)
{
	(void)state;
	sh("echo x >> %s/jobs/J/originals/K1-000001.jpg", data);
	assert_int_equal(export_job(data, "J", stick, &report), -1);
	assert_int_equal(report.cause, EXPORT_SOURCE);
}

static void a_full_target_is_said(void **state)
{
	(void)state;
	if (sh("mount -t tmpfs -o size=4k tmpfs %s 2>/dev/null", stick) != 0) {
		print_message("needs the right to mount a tmpfs\n");
		skip();
	}
	assert_int_equal(export_job(data, "J", stick, &report), -1);
	assert_int_equal(report.cause, EXPORT_FULL);
	assert_int_equal(sh("umount %s", stick), 0);
}

static void a_read_only_target_is_said(void **state)
{
	(void)state;
	if (sh("mount -t tmpfs -o ro tmpfs %s 2>/dev/null", stick) != 0) {
		print_message("needs the right to mount a tmpfs\n");
		skip();
	}
	assert_int_equal(export_job(data, "J", stick, &report), -1);
	assert_int_equal(report.cause, EXPORT_READ_ONLY);
	assert_int_equal(sh("umount %s", stick), 0);
}

static void a_missing_target_is_said(void **state)
{
	(void)state;
	assert_int_equal(export_job(data, "J", "/nonexistent/stick", &report), -1);
	assert_int_equal(report.cause, EXPORT_REMOVED);
	assert_int_equal(export_job(data, "../J", stick, &report), -1);
	assert_int_equal(report.cause, EXPORT_NAME);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_package_checks_with_sha256sum),
		T(the_list_holds_nine_columns_as_text),
		T(a_second_run_keeps_what_stands),
		T(a_voided_picture_leaves_the_package),
		T(a_strangers_file_is_never_overwritten),
		T(an_altered_original_stops_the_export),
		T(a_full_target_is_said),
		T(a_read_only_target_is_said),
		T(a_missing_target_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
