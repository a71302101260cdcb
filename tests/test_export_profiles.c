/* Packages by the shipped profiles, from a school day to what a school opens. */
#include <jansson.h>
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
#include "firmware/export/seal.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"
#include "tests/lib/school.h"

#define PASSPHRASE "photo-day-2026"

static char data[64], stick[80];
static struct export_report report;

static int sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

/* 12 people: one missing, one accepted although the check says no. Drawn once for all tests. */
static int group_setup(void **state)
{
	struct school_wish w = { .job = "J",
				 .people = 12,
				 .pictures = 2,
				 .width_px = 1500,
				 .missing_every = 7,
				 .anyway_every = 9,
				 .walk_in_every = -1,
				 .seed = 3 };
	(void)state;

	strcpy(data, "/tmp/tapshot-profiles-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(stick, sizeof(stick), "%s/stick", data);
	assert_int_equal(school_make(data, &w), 0);
	assert_int_equal(seal_passphrase_set(data, "J", PASSPHRASE), 0);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	return sh("rm -rf %s", data);
}

static int setup(void **state)
{
	(void)state;
	return sh("rm -rf %s; mkdir %s", stick, stick);
}

static int export(const char *profile, bool plain, const char *person)
{
	struct export_wish w = { .data_dir = data,
				 .job = "J",
				 .to = stick,
				 .profile = profile,
				 .plain = plain,
				 .person = person };
	int rc;

	export_report_fini(&report);
	rc = export_package(&w, &report);
	if (rc < 0)
		print_message("%s: %s %s\n", profile, report.where, report.detail);
	return rc;
}

static void field(const char *key, const char *value)
{
	struct job j;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(
		sql_run(j.db, "INSERT OR REPLACE INTO field VALUES (?, ?)", "ss", key, value),
		SQLITE_DONE);
	job_close(&j);
}

static int people_with_pictures(void)
{
	sqlite3 *db;
	int n;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	n = (int)sql_int(db, 0, "SELECT count(*) FROM picture", "");
	sqlite3_close(db);
	return n;
}

static void the_collection_matches_its_table_one_to_one(void **state)
{
	(void)state;
	assert_int_equal(export("xinhua", true, NULL), 0);
	assert_true(report.safe && report.recorded && !report.sealed);
	assert_int_equal(report.photos, people_with_pictures());
	assert_int_equal(report.pictures + report.uncut, report.photos);
	assert_int_equal(sh("cd %s/J-xinhua && sha256sum --quiet -c SHA256SUMS", stick), 0);
	assert_int_equal(sh("cd %s/J-xinhua && ls 照片 | sed 's/.jpg//' > ../files && dbview -b "
			    "名单.dbf | cut -d: -f1 | grep . > ../rows && cmp ../files ../rows",
			    stick),
			 0);
	assert_int_equal(sh("file %s/J-xinhua/照片/*.jpg | grep -vq 960x1280", stick), 256);
}

static void empty_cells_of_the_table_are_told(void **state)
{
	static const char *const levels[] = { "", "成人本科" };
	struct job j;
	int before;
	(void)state;

	assert_int_equal(export("xinhua", true, NULL), 0);
	before = report.blank;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(job_open(data, "J", false, &j), 0);
		assert_int_equal(sql_run(j.db,
					 "UPDATE person SET level = ? WHERE id = "
					 "(SELECT min(person) FROM picture)",
					 "s", levels[i]),
				 SQLITE_DONE);
		job_close(&j);
		assert_int_equal(export("xinhua", true, NULL), 0);
		assert_int_equal(report.blank, before + !i);
	}
}

static void several_trees_come_from_one_original(void **state)
{
	(void)state;
	assert_int_equal(export("full", true, NULL), 0);
	assert_int_equal(report.pictures, 4 * report.photos);
	assert_int_equal(sh("cd %s/J-full && find 原图_学号 -name '*.jpg' -exec sha256sum {} + | "
			    "cut -c1-64 | sort > ../a; find 原图_身份证号 -name '*.jpg' -exec "
			    "sha256sum {} + | cut -c1-64 | sort > ../b; cmp ../a ../b && "
			    "(cd %s/jobs/J/originals && sha256sum *) | cut -c1-64 | sort > ../c; "
			    "test -z \"$(comm -23 ../a ../c)\"",
			    stick, data),
			 0);
	assert_int_equal(sh("cd %s/J-full && file $(find 照片_480x640 -name '*.jpg') | "
			    "grep -vq 480x640",
			    stick),
			 256);
}

/* They have a number and a name, no class and no 学号. */
static void people_not_of_the_roster_have_a_folder(void **state)
{
	struct job j;
	(void)state;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db,
		"UPDATE person SET source = 'walk_in', class_name = '', student_no = '' WHERE id = "
		"(SELECT person FROM number WHERE number = 2)",
		"");
	job_close(&j);
	assert_int_equal(export("chsi-class", true, NULL), 0);
	assert_int_equal(report.pictures, report.photos);
	assert_int_equal(sh("ls %s/J-chsi-class/照片_480x640/现场补录 | grep -Eqx "
			    "'[0-9]{17}[0-9X].jpg'",
			    stick),
			 0);
}

static void a_second_run_keeps_every_file(void **state)
{
	int files;
	(void)state;

	assert_int_equal(export("chsi-id", true, NULL), 0);
	files = report.written;
	assert_int_equal(export("chsi-id", true, NULL), 0);
	/* manifest, signature, sums, and what tells the time of the export */
	assert_in_range(report.written, 3, 6);
	assert_int_equal(report.kept, files - report.written);
}

static void sealed_parts_open_with_the_passphrase_only(void **state)
{
	(void)state;
	if (sh("command -v 7z > /dev/null") != 0) {
		print_message("needs 7z\n");
		skip();
	}
	assert_int_equal(export("chsi-class", false, NULL), 0);
	assert_true(report.sealed && report.parts >= 2);
	assert_int_equal(
		sh("find %s/J-chsi-class -name '*.jpg' -o -name '*.xlsx' | grep -q .", stick), 256);
	assert_int_equal(sh("cd %s/J-chsi-class && for z in *.zip */*.zip; do 7z x -y -bd -o../out "
			    "-p" PASSPHRASE " \"$z\" > /dev/null || exit 1; done",
			    stick),
			 0);
	assert_int_equal(sh("cd %s/J-chsi-class && 7z t -pwrong-wrong 名单.zip > /dev/null 2>&1",
			    stick) != 0,
			 1);
	assert_int_equal(sh("test \"$(find %s/out/照片_480x640 -name '*.jpg' | wc -l)\" = %d",
			    stick, report.pictures),
			 0);
	assert_int_equal(sh("test -e %s/out/未采集名单.xlsx", stick), 0);
	assert_int_equal(sh("cd %s/J-chsi-class && sha256sum --quiet -c SHA256SUMS && "
			    "pdftotext 核对单.pdf - | grep -q 名单.zip && test -s 说明.txt && "
			    "! grep -q 110199 stats.json 说明.txt manifest.json",
			    stick),
			 0);
}

static int parts_seen;

static int stop_at_the_second_part(void *ctx, const struct writer_progress *p)
{
	(void)ctx;
	parts_seen += !strcmp(p->phase, "pictures");
	return parts_seen > 3;
}

/* Sealing the same again gives other bytes: what is whole on the stick must be known by its
 * contents. */
static void a_sealed_package_goes_on_where_it_stopped(void **state)
{
	struct export_wish w = { .data_dir = data,
				 .job = "J",
				 .to = stick,
				 .profile = "chsi-class",
				 .progress = stop_at_the_second_part };
	(void)state;

	parts_seen = 0;
	export_report_fini(&report);
	assert_int_equal(export_package(&w, &report), -1);
	assert_int_equal(report.cause, EXPORT_CANCELLED);
	assert_false(report.safe);
	assert_int_equal(export("chsi-class", false, NULL), 0);
	assert_int_equal(export("chsi-class", false, NULL), 0);
	assert_true(report.kept >= report.parts && report.kept > 0);
	assert_int_equal(report.pictures, report.photos);
	assert_int_equal(sh("cd %s/J-chsi-class && sha256sum --quiet -c SHA256SUMS", stick), 0);
	assert_int_equal(sh("find %s/J-chsi-class -name '*.part' | grep -q .", stick), 256);
	/* another passphrase, other archives */
	assert_int_equal(seal_passphrase_set(data, "J", "another-passphrase"), 0);
	assert_int_equal(export("chsi-class", false, NULL), 0);
	assert_int_equal(seal_passphrase_set(data, "J", PASSPHRASE), 0);
	assert_int_equal(
		sh("cd %s/J-chsi-class && 7z t -panother-passphrase '照片/*.zip' > /dev/null",
		   stick),
		0);
}

static void without_a_passphrase_nothing_is_written(void **state)
{
	(void)state;
	assert_int_equal(sh("mv %s/jobs/J/seal %s/seal", data, data), 0);
	assert_int_equal(export("xinhua", false, NULL), -1);
	assert_int_equal(sh("mv %s/seal %s/jobs/J/seal", data, data), 0);
	assert_int_equal(report.cause, EXPORT_PASSPHRASE);
	assert_int_equal(sh("test -z \"$(ls -A %s)\"", stick), 0);
}

static void one_person_is_a_package(void **state)
{
	(void)state;
	assert_int_equal(export("single", true, "0002"), 0);
	assert_int_equal(report.photos, 1);
	assert_int_equal(sh("cd %s/J-single-0002 && test \"$(ls *.jpg | wc -l)\" = 1 && ls *.jpg | "
			    "grep -Eq '^[0-9]{17}[0-9X].jpg' && pdfinfo 冲印_*.pdf > /dev/null",
			    stick),
			 0);
	assert_int_equal(export("single", true, "9999"), -1);
	assert_int_equal(report.cause, EXPORT_PERSON);
	assert_int_equal(export("single", true, NULL), -1);
	assert_int_equal(report.cause, EXPORT_PERSON);
}

static void stations_get_folders_with_contents(void **state)
{
	(void)state;
	field("split", "station");
	assert_int_equal(export("chsi-id", true, NULL), 0);
	field("split", "none");
	assert_int_equal(
		sh("cd %s/J-chsi-id && for d in */; do test -e \"$d/内容清单.xlsx\" && "
		   "test -d \"$d/照片_480x640\" && test -e \"$d/核对单.pdf\" || exit 1; done; test ! -e 照片_480x640",
		   stick),
		0);
}

static void each_series_has_its_folder_and_table(void **state)
{
	struct job j;
	(void)state;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db, "DROP TRIGGER number_no_update", "");
	sql_run(j.db, "UPDATE number SET series = '2' WHERE number > 5", "");
	job_close(&j);
	assert_int_equal(export("xinhua", true, NULL), 0);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db, "UPDATE number SET series = '1'", "");
	job_close(&j);
	assert_int_equal(sh("cd %s/J-xinhua && test -e 系列1/照片/0001.jpg && test -e "
			    "系列2/照片/0006.jpg && test -e 系列1/名单.xlsx && test -e "
			    "系列2/名单.dbf && test ! -e 系列1/照片/0006.jpg",
			    stick),
			 0);
}

/* Nothing was measured of this picture: the original is looked at again. */
static void a_picture_without_a_record_is_judged_again(void **state)
{
	char *measures;
	struct job j;
	sqlite3_stmt *st;
	(void)state;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	st = sql_prepare(j.db,
			 "SELECT s.measures, s.n FROM shot s JOIN number u ON u.person = s.person "
			 "WHERE s.state = 'accepted' AND u.number = 3",
			 "");
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	measures = strdup(sql_text(st, 0));
	sqlite3_finalize(st);
	sql_run(j.db,
		"UPDATE shot SET measures = '{}' WHERE state = 'accepted' AND person = "
		"(SELECT person FROM number WHERE number = 3)",
		"");
	job_close(&j);
	assert_int_equal(export("chsi-id", true, NULL), 0);
	assert_int_equal(report.pictures, report.photos);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db,
		"UPDATE shot SET measures = ? WHERE state = 'accepted' AND person = "
		"(SELECT person FROM number WHERE number = 3)",
		"s", measures);
	job_close(&j);
	free(measures);
}

static void who_cannot_be_cut_is_listed_not_lost(void **state)
{
	struct job j;
	(void)state;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db,
		"UPDATE shot SET measures = json_set(measures, '$.face_width_px', 40, '$.preset', "
		"'other/1') WHERE state = 'accepted' AND person = (SELECT person FROM number WHERE "
		"number = 4)",
		"");
	job_close(&j);
	assert_int_equal(export("xinhua", true, NULL), 0);
	assert_true(report.uncut >= 1);
	assert_int_equal(sh("cd %s/J-xinhua && test ! -e 照片/0004.jpg && test -e "
			    "需人工处理.xlsx && test $(dbview -b 名单.dbf | grep -c .) = %d && ! "
			    "dbview -b 名单.dbf | grep -q ^0004",
			    stick, report.pictures),
			 0);
}

static void an_altered_original_stops_before_the_manifest(void **state)
{
	(void)state;
	sh("cp %s/jobs/J/originals/K1-000001.jpg %s/keep; printf x >> "
	   "%s/jobs/J/originals/K1-000001.jpg",
	   data, data, data);
	assert_int_equal(export("chsi-id", true, NULL), -1);
	sh("mv %s/keep %s/jobs/J/originals/K1-000001.jpg", data, data);
	assert_int_equal(report.cause, EXPORT_SOURCE);
	assert_true(!report.safe && !report.recorded);
	assert_int_equal(sh("test -e %s/J-chsi-id/manifest.json", stick) != 0, 1);
}

static void a_verified_run_is_in_the_ledger_and_locks(void **state)
{
	struct ledger_fault fault;
	sqlite3 *db;
	(void)state;

	assert_int_equal(export("chsi-id", true, NULL), 0);
	assert_int_equal(job_open_reader(data, "J", &db), 0);
	assert_int_equal(
		sql_int(db, 0, "SELECT count(*) FROM event WHERE type = 'export.verified'", "") > 0,
		1);
	assert_int_equal(sql_int(db, 0, "SELECT count(*) FROM final_person", ""), report.photos);
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	sqlite3_close(db);
}

/* The kiosk holds the job, somebody sits down. */
static void a_kiosk_at_work_does_not_wait_for_an_export(void **state)
{
	struct job kiosk;
	(void)state;

	assert_int_equal(job_open(data, "J", false, &kiosk), 0);
	sql_run(kiosk.db,
		"INSERT INTO visit (kiosk, n, person, how, opened_utc_ms) SELECT 'K1', 1 + max(n), 1, "
		"'card', 0 FROM visit",
		"");
	assert_int_equal(export("chsi-id", true, NULL), 0);
	assert_true(report.safe && report.recorded);
	sql_run(kiosk.db, "UPDATE visit SET state = 'cancelled' WHERE state = 'open'", "");
	job_close(&kiosk);
}

static void capture_codes_come_with_nothing_plain(void **state)
{
	struct job j;
	(void)state;

	assert_int_equal(export("grad", true, NULL), -1);
	assert_int_equal(report.cause, EXPORT_KIND);
	field("kind", "GRAD");
	assert_int_equal(job_open(data, "J", false, &j), 0);
	sql_run(j.db,
		"INSERT INTO capture_code SELECT id, CAST('code-' || id AS BLOB), printf('T%03d', "
		"id) FROM person",
		"");
	job_close(&j);
	assert_int_equal(export("grad", true, NULL), 0);
	field("kind", "ENROL");
	assert_int_equal(sh("cd %s/J-grad && test -e 照片_480x640/0001_T001.jpg && grep -q "
			    "'^0001,T001,Y29kZS0x,照片_480x640/0001_T001.jpg' 采集码.csv",
			    stick),
			 0);
	assert_int_equal(sh("cd %s/J-grad && cat *.csv | grep -q 110199", stick), 256);
}

static void the_archive_holds_every_attempt(void **state)
{
	(void)state;
	assert_int_equal(export("archive", true, NULL), 0);
	assert_int_equal(sh("test \"$(ls %s/J-archive/存档/originals | wc -l)\" = \"$(ls "
			    "%s/jobs/J/originals | wc -l)\" && sqlite3 -readonly "
			    "%s/J-archive/存档/job.db 'PRAGMA integrity_check' | grep -qx ok",
			    stick, data, stick),
			 0);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_collection_matches_its_table_one_to_one),
		T(empty_cells_of_the_table_are_told),
		T(several_trees_come_from_one_original),
		T(a_second_run_keeps_every_file),
		T(sealed_parts_open_with_the_passphrase_only),
		T(a_sealed_package_goes_on_where_it_stopped),
		T(without_a_passphrase_nothing_is_written),
		T(one_person_is_a_package),
		T(stations_get_folders_with_contents),
		T(each_series_has_its_folder_and_table),
		T(a_picture_without_a_record_is_judged_again),
		T(an_altered_original_stops_before_the_manifest),
		T(a_verified_run_is_in_the_ledger_and_locks),
		T(the_archive_holds_every_attempt),
		T(a_kiosk_at_work_does_not_wait_for_an_export),
		T(capture_codes_come_with_nothing_plain),
		T(people_not_of_the_roster_have_a_folder),
		T(who_cannot_be_cut_is_listed_not_lost),
	};
	int failed;

	text_init(NULL);
	failed = cmocka_run_group_tests(tests, group_setup, group_teardown);
	export_report_fini(&report);
	return failed;
}
