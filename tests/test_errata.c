/* Corrections after delivery: the school's list, another frame, undo, the delta; from archives after
 * the kiosk was erased. */
#include <errno.h>
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

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/run.h"
#include "firmware/export/verify.h"
#include "firmware/office/erase.h"
#include "firmware/office/errata.h"
#include "firmware/office/errata_export.h"
#include "firmware/office/merge.h"
#include "firmware/store/ledger.h"
#include "firmware/store/rows.h"
#include "tests/lib/package.h"
#include "tests/lib/school.h"

static char data[64], why[ERRATA_WHY_MAX];
static struct school_person person[13]; /* as on the roster: 1… */

static void sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	assert_int_equal(system(cmd), 0);
}

static int setup(void **state)
{
	/* every second one needed more than one shot */
	struct school_wish w = { .job = "J",
				 .people = 12,
				 .seed = 11,
				 .width_px = 720,
				 .attempts_every = 2,
				 .missing_every = 9,
				 .void_every = -1,
				 .again_every = -1,
				 .anyway_every = -1,
				 .walk_in_every = -1 };

	(void)state;
	strcpy(data, "/tmp/tapshot-errata-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(text_init("build/locale"), 0);
	assert_int_equal(school_make(data, &w), 0);
	for (int i = 1; i <= 12; i++)
		school_person(w.seed, i, &person[i]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sh("rm -rf %s", data);
	return 0;
}

static int64_t ask(const char *sql, int64_t value)
{
	sqlite3 *db;
	int64_t n;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	n = sql_int(db, -1, sql, "i", value);
	sqlite3_close(db);
	return n;
}

/* Everybody with a picture is delivered for good. */
static void deliver(void)
{
	struct export_run run = { .profile = "chsi-id", .kind = "full", .files = 1, .final = true };
	struct people people;
	sqlite3 *db;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	assert_int_equal(people_load(db, &people), 0);
	sqlite3_close(db);
	assert_int_equal(export_run_record(data, "J", "K1", &run, &people, NULL), 0);
	people_free(&people);
}

static int rows[ERRATA_ROW_COUNT];

static int count_row(void *ctx, const struct errata_line *l)
{
	(void)ctx;
	rows[l->row]++;
	return 0;
}

static int import(const char *csv)
{
	struct table_wish guess = { .encoding = NULL };
	struct table *t = table_parse(csv, strlen(csv), &guess);
	struct job j;
	int rc;

	memset(rows, 0, sizeof(rows));
	assert_non_null(t);
	assert_int_equal(table_fault(t), TABLE_FINE);
	assert_int_equal(errata_open(data, "J", &j), 0);
	rc = errata_import(&j, t, count_row, NULL);
	assert_int_equal(errata_close(&j, rc == 0), 0);
	table_free(t);
	return rc;
}

static int choose(int64_t who, const char *frame)
{
	struct job j;
	int rc;

	assert_int_equal(errata_open(data, "J", &j), 0);
	rc = errata_choose(&j, who, frame, "学校要求", why);
	assert_int_equal(errata_close(&j, rc == 0), 0);
	return rc;
}

static int undo(int64_t who)
{
	struct job j;
	int rc;

	assert_int_equal(errata_open(data, "J", &j), 0);
	rc = errata_undo(&j, who, "看错了", why);
	assert_int_equal(errata_close(&j, rc == 0), 0);
	return rc;
}

/* A person with two frames, the one that counts and another. */
static int64_t somebody(char now[static 32], char other[static 32])
{
	int64_t who = ask("SELECT min(person) FROM shot WHERE state = 'rejected' AND sha256 <> '' "
			  "AND person IN (SELECT person FROM picture) AND ?",
			  1);

	assert_true(who > 0);
	snprintf(now, 32, "K1-%06lld",
		 (long long)ask("SELECT shot FROM picture WHERE person = ?", who));
	snprintf(other, 32, "K1-%06lld",
		 (long long)ask("SELECT min(n) FROM shot WHERE state = 'rejected' AND person = ?",
				who));
	return who;
}

static void lists_of_schools_find_their_people(void **state)
{
	char csv[2048];

	(void)state;
	snprintf(csv, sizeof(csv),
		 "图像采集不合格名单,,,\n序号,证件号码,姓名,不合格原因\n1,%s,%s,闭眼\n2,%s,,反光\n"
		 "3,%s,%s,不是本人\n4,110199199912319999,,无\n",
		 person[1].id_no, person[1].name, person[2].id_no, person[3].id_no, person[4].name);
	assert_int_equal(import(csv), 0);
	assert_int_equal(rows[ERRATA_ADDED], 2);
	assert_int_equal(rows[ERRATA_CONTRADICTS], 1);
	assert_int_equal(rows[ERRATA_NOBODY], 1);
	/* once more, by 学号, tab separated */
	snprintf(csv, sizeof(csv), "学号\t原因\n%s\t闭眼\n%s\t头发\n%s\t没有照片\n",
		 person[1].student_no, person[4].student_no, person[9].student_no);
	assert_int_equal(import(csv), 0);
	assert_int_equal(rows[ERRATA_ALREADY], 1);
	assert_int_equal(rows[ERRATA_ADDED], 1);
	assert_int_equal(rows[ERRATA_NO_PICTURE], 1);
	assert_int_equal(ask("SELECT count(*) FROM erratum WHERE ?", 1), 3);
	assert_int_equal(import("颜色,大小\n红,3\n"), -EINVAL);
}

static void a_name_of_two_people_chooses_nobody(void **state)
{
	struct job j;

	(void)state;
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_run(j.db, "UPDATE person SET name = '同名' WHERE id IN (1, 2)", ""),
			 SQLITE_DONE);
	assert_int_equal(errata_person(j.db, "同名"), -E2BIG);
	assert_int_equal(errata_person(j.db, person[2].student_no), 2);
	job_close(&j);
	assert_int_equal(import("姓名,原因\n同名,闭眼\n"), 0);
	assert_int_equal(rows[ERRATA_SEVERAL], 1);
}

static void another_frame_counts_and_undo_gives_the_old_one_back(void **state)
{
	char now[32], other[32];
	int64_t who = somebody(now, other);
	struct ledger_fault fault;
	sqlite3 *db;

	(void)state;
	deliver();
	assert_int_equal(choose(who, now), -EINVAL);
	assert_int_equal(choose(who, "K1-999999"), -EINVAL);
	assert_int_equal(choose(who == 1 ? 2 : 1, other), -EINVAL);
	assert_non_null(strstr(why, "somebody else"));
	assert_int_equal(choose(who, other), 0);
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(other + 3));
	assert_int_equal(
		ask("SELECT count(*) FROM shot WHERE state = 'accepted' AND person = ?", who), 1);
	assert_int_equal(ask("SELECT count(*) FROM shot WHERE state = 'superseded' AND n = ?",
			     atoi(now + 3)),
			 1);
	assert_int_equal(undo(who), 0);
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(now + 3));
	assert_int_equal(ask("SELECT count(*) FROM shot WHERE state = 'rejected' AND n = ?",
			     atoi(other + 3)),
			 1);
	assert_int_equal(undo(who), -EINVAL);
	assert_int_equal(ask("SELECT count(*) FROM event WHERE kiosk = 'OFFICE' AND ?", 1), 3);
	assert_int_equal(job_open_reader(data, "J", &db), 0);
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	sqlite3_close(db);
}

static struct errata_delta delta;

static int export(const char *to)
{
	const struct errata_wish w = { .data_dir = data, .job = "J", .to = to, .plain = true };

	return errata_export(&w, &delta);
}

/* The export read the rows, then somebody was given another picture, then the export was done. */
static void a_picture_replaced_during_the_export_is_not_locked_in(void **state)
{
	struct export_run run = { .profile = "chsi-id", .kind = "full", .files = 1, .final = true };
	char now[32], other[32];
	int64_t who = somebody(now, other);
	struct people people;
	sqlite3 *db;

	(void)state;
	assert_int_equal(job_open_reader(data, "J", &db), 0);
	assert_int_equal(people_load(db, &people), 0);
	sqlite3_close(db);
	assert_int_equal(choose(who, other), 0);
	assert_int_equal(export_run_record(data, "J", "K1", &run, &people, NULL), 0);
	people_free(&people);
	assert_int_equal(ask("SELECT count(*) FROM final_person WHERE person = ?", who), 0);
	assert_int_equal(ask("SELECT count(*) FROM erratum WHERE person = ? AND run IS NULL", who),
			 1);
	assert_int_equal(ask("SELECT people - (SELECT count(*) FROM final_person) FROM export_run "
			     "WHERE n = ?",
			     1),
			 0);
	deliver();
	assert_int_equal(ask("SELECT count(*) FROM final_person WHERE person = ?", who), 1);
}

static void a_frame_of_a_swapped_visit_shows_somebody_else(void **state)
{
	char now[32], other[32];
	int64_t who = somebody(now, other);
	struct job j;

	(void)state;
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_run(j.db,
				 "UPDATE visit SET state = 'swapped' WHERE kiosk = 'K1' AND n = "
				 "(SELECT visit FROM shot WHERE kiosk = 'K1' AND n = ?)",
				 "i", (int64_t)atoi(other + 3)),
			 SQLITE_DONE);
	job_close(&j);
	assert_int_equal(choose(who, other), -EINVAL);
	assert_non_null(strstr(why, "swapped"));
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(now + 3));
}

static void assert_verifies(const char *folder)
{
	const struct verify_options o = { .signer = NULL };
	struct verify_report r;

	assert_int_equal(verify_package(folder, &o, &r), VERIFY_UNPROVEN);
	assert_int_equal(r.found, 0);
}

static void erase_kiosk(void)
{
	const struct erase_wish w = { .data_dir = data, .job = "J", .now = true, .reason = "test" };
	struct erase_report r;

	assert_int_equal(erase_job(&w, &r), 0);
	sh("test ! -e %s/jobs/J", data);
}

static void bring_in(const char *package)
{
	const struct merge_options o = { .signers = NULL };
	struct merge_report r;
	struct job j;

	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(merge_package(&j, package, &o, &r), 0);
	job_close(&j);
}

static void the_archive_is_enough_after_the_kiosk_was_erased(void **state)
{
	char now[32], other[32], package[96], stick[96], csv[256];
	int64_t who = somebody(now, other);

	(void)state;
	deliver();
	snprintf(package, sizeof(package), "%s/archive", data);
	snprintf(stick, sizeof(stick), "%s/stick", data);
	package_write(data, "J", "K1", package);
	erase_kiosk();
	bring_in(package);
	/* still locked: what was delivered changes by errata only */
	{
		struct job j;
		struct rows r = { .kiosk = "K1", .series = "1" };
		const struct row_choice one = { 1, 1 };
		int64_t visit;

		assert_int_equal(job_open(data, "J", false, &j), 0);
		r.db = j.db;
		assert_int_equal(rows_visit_open(&r, who, "card", "", &one, &visit), STORE_FINAL);
		job_close(&j);
	}
	snprintf(csv, sizeof(csv), "学号,原因\n%s,闭眼\n", person[who].student_no);
	assert_int_equal(import(csv), 0);
	assert_int_equal(export(stick), -ENODATA);
	assert_int_equal(choose(who, other), 0);
	bring_in(package); /* once more: the choice stays */
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(other + 3));

	assert_int_equal(export(stick), 0);
	assert_int_equal(delta.people, 1);
	assert_true(delta.report.recorded);
	assert_verifies(delta.report.path);
	/* only the changed one's picture, the lists, the prints */
	sh("cd '%s' && test $(find . -name '*.jpg' | wc -l) = 1 && find . -name '%s.jpg' | grep -q . "
	   "&& test -s 前后对照.xlsx && test -s 前后对照.pdf && test -s 替换记录.xlsx && test -s "
	   "重印照片.pdf",
	   delta.report.path, person[who].id_no);
	sh("cd '%s' && pdftotext 前后对照.pdf - | grep -q '原照片' && pdftotext 前后对照.pdf - | grep "
	   "-q '新照片'",
	   delta.report.path);
	export_report_fini(&delta.report);
	assert_int_equal(ask("SELECT count(*) FROM export_run WHERE kind = 'delta' AND ?", 1), 1);
	assert_int_equal(ask("SELECT count(*) FROM erratum WHERE run IS NULL AND ?", 1), 0);
	assert_int_equal(export(stick), -ENODATA);

	/* a delivered one is undone by another erratum, in another delta */
	assert_int_equal(undo(who), 0);
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(now + 3));
	assert_int_equal(export(stick), 0);
	assert_verifies(delta.report.path);
	export_report_fini(&delta.report);
	assert_int_equal(ask("SELECT count(*) FROM erratum WHERE person = ?", who), 2);
}

/* The kiosk goes on meanwhile; its chain stays its own and its next package comes in. */
static void an_erratum_survives_the_kiosks_next_package(void **state)
{
	char now[32], other[32], first[96], second[96];
	int64_t who = somebody(now, other);
	struct job j;

	(void)state;
	snprintf(first, sizeof(first), "%s/first", data);
	snprintf(second, sizeof(second), "%s/second", data);
	package_write(data, "J", "K1", first);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(ledger_append(j.db, "K1", "note", json_object()), SQLITE_OK);
	job_close(&j);
	package_write(data, "J", "K1", second);
	sh("mv %s/jobs %s/kiosk", data, data);
	bring_in(first);
	assert_int_equal(choose(who, other), 0);
	bring_in(second);
	assert_int_equal(ask("SELECT shot FROM picture WHERE person = ?", who), atoi(other + 3));
	assert_int_equal(ask("SELECT count(*) FROM event WHERE type = 'note' AND ?", 1), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_of_schools_find_their_people),
		T(a_name_of_two_people_chooses_nobody),
		T(another_frame_counts_and_undo_gives_the_old_one_back),
		T(a_picture_replaced_during_the_export_is_not_locked_in),
		T(a_frame_of_a_swapped_visit_shows_somebody_else),
		T(the_archive_is_enough_after_the_kiosk_was_erased),
		T(an_erratum_survives_the_kiosks_next_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
