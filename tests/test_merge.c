/* Packages of several kiosks into one job: in any order, twice, older after newer, contradicting,
 * forged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/export.h"
#include "firmware/export/seal.h"
#include "firmware/office/merge.h"
#include "firmware/store/block.h"
#include "firmware/store/kiosk_key.h"
#include "firmware/store/fields.h"
#include "firmware/store/ledger.h"
#include "tests/lib/package.h"
#include "tests/lib/school.h"

enum { PEOPLE = 60, KIOSKS = 3 };

static char root[64];
static struct merge_report report;

static char *at(const char *fmt, ...)
{
	static char ring[8][256];
	static int next;
	char *out = ring[next++ % 8];
	int n = snprintf(out, 256, "%s/", root);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + n, (size_t)(256 - n), fmt, ap);
	va_end(ap);
	return out;
}

static void sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	assert_int_equal(system(cmd), 0);
}

static void kiosk_day(const char *data, const char *kiosk, int from, int to, int first, int last)
{
	struct school_wish w = { .job = "J",
				 .kiosk = kiosk,
				 .people = PEOPLE,
				 .person_from = from,
				 .person_to = to,
				 .first = first,
				 .last = last,
				 .seed = 7,
				 .width_px = 96,
				 .walk_in_every = 13,
				 .again_every = 7 };

	assert_int_equal(school_make(data, &w), 0);
}

/* Kiosk i photographs a third of the school, its numbers from its own block. */
static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/tapshot-merge-XXXXXX");
	assert_non_null(mkdtemp(root));
	for (int i = 0; i < KIOSKS; i++) {
		char kiosk[16];

		snprintf(kiosk, sizeof(kiosk), "K%d", i + 1);
		mkdir(at("%s", kiosk), 0700);
		kiosk_day(at("%s", kiosk), kiosk, i * 20 + 1, i * 20 + 20, i * 1000 + 1,
			  i * 1000 + 1000);
		package_write(at("%s", kiosk), "J", kiosk, at("p%d", i + 1));
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sh("rm -rf %s", root);
	return 0;
}

static int merge(const char *data, const char *package)
{
	const struct merge_options o = { 0 };
	struct job j;
	int rc;

	assert_int_equal(job_open(data, "J", true, &j), 0);
	rc = merge_package(&j, package, &o, &report);
	if (!rc) {
		struct ledger_fault fault;

		assert_int_equal(ledger_verify(j.db, NULL, &fault), 0);
	}
	job_close(&j);
	assert_int_equal(access(at("%s/jobs/J/derived/merge.db", data + strlen(root) + 1), F_OK),
			 -1);
	return rc;
}

static void merge_ok(const char *data, const char *package)
{
	int rc = merge(data, package);

	if (rc)
		fail_msg("%s: %d %s", package, rc, report.why);
}

static int64_t ask(const char *data, const char *sql)
{
	sqlite3 *db;
	int64_t n;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	n = sql_int(db, -1, sql, "");
	sqlite3_close(db);
	return n;
}

static void assert_pictures_whole(const char *data)
{
	SCOPED_STMT sqlite3_stmt *st = NULL;
	sqlite3 *db;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	st = sql_prepare(db,
			 "SELECT kiosk, n, sha256 FROM shot WHERE sha256 <> '' AND state <> "
			 "'quarantined'",
			 "");
	while (sqlite3_step(st) == SQLITE_ROW)
		sh("cd %s/jobs/J/originals && echo '%s  %s-%06lld.jpg' | sha256sum --status -c",
		   data, sql_text(st, 2), sql_text(st, 0), (long long)sqlite3_column_int64(st, 1));
	sqlite3_finalize(st);
	st = NULL;
	sqlite3_close(db);
}

static void everybody_is_in_whatever_the_order(void **state)
{
	static const int orders[][KIOSKS] = { { 1, 2, 3 }, { 3, 1, 2 }, { 2, 3, 1 } };
	SCOPED_FREE char *first = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		SCOPED_FREE char *now = NULL;

		for (int k = 0; k < KIOSKS; k++)
			merge_ok(at("all%zu", i), at("p%d", orders[i][k]));
		now = package_told(at("all%zu", i), "J");
		if (!i)
			first = strdup(now);
		assert_string_equal(now, first);
	}
	assert_int_equal(ask(at("all0"), "SELECT count(*) FROM person WHERE source = 'roster'"),
			 PEOPLE);
	assert_int_equal(ask(at("all0"), "SELECT count(*) FROM picture"),
			 ask(at("K1"), "SELECT count(*) FROM picture") +
				 ask(at("K2"), "SELECT count(*) FROM picture") +
				 ask(at("K3"), "SELECT count(*) FROM picture"));
	assert_int_equal(ask(at("all0"), "SELECT count(*) FROM picture WHERE seq IS NULL"), 0);
	assert_pictures_whole(at("all0"));
}

static void twice_changes_nothing(void **state)
{
	SCOPED_FREE char *once = NULL, *again = NULL;

	(void)state;
	merge_ok(at("all"), at("p1"));
	merge_ok(at("all"), at("p2"));
	once = package_told(at("all"), "J");
	merge_ok(at("all"), at("p1"));
	assert_true(report.known);
	/* the same job exported once more is another package with the same content */
	package_write(at("K2"), "J", "K2-again", at("p2b"));
	merge_ok(at("all"), at("p2b"));
	assert_int_equal(report.pictures, 0);
	again = package_told(at("all"), "J");
	assert_string_equal(once, again);
}

/* K1 goes on after its first package: a visit, another picture of person 1, one voided. */
static void go_on(void)
{
	struct job j;
	int64_t person;
	char sha[SHA256_HEX] = "";
	SCOPED_FILE FILE *f = NULL;

	assert_int_equal(job_open(at("K1"), "J", false, &j), 0);
	person =
		sql_int(j.db, 0, "SELECT person FROM shot WHERE state = 'accepted' ORDER BY n", "");
	sh("printf '\\377\\330\\377 later \\377\\331' > %s",
	   at("K1/jobs/J/originals/K1-009001.jpg"));
	sh("sha256sum %s | cut -c1-64 > %s", at("K1/jobs/J/originals/K1-009001.jpg"), at("sum"));
	f = fopen(at("sum"), "r");
	assert_int_equal(fread(sha, 1, 64, f), 64);
	assert_int_equal(sql_run(j.db,
				 "UPDATE shot SET state = 'superseded' WHERE person = ? AND "
				 "state = 'accepted'",
				 "i", person),
			 SQLITE_DONE);
	assert_int_equal(
		sql_run(j.db,
			"INSERT INTO shot (kiosk, n, person, source, state, verdict, sha256, "
			"bytes, intent_utc_ms, stored_utc_ms) VALUES ('K1', 9001, ?, "
			"'trigger', 'accepted', 'pass', ?, 12, 0, 9999999999999)",
			"is", person, sha),
		SQLITE_DONE);
	assert_int_equal(
		ledger_append(j.db, "K1", "shot.accepted", json_pack("{si}", "shot", 9001)),
		SQLITE_OK);
	job_close(&j);
	package_write(at("K1"), "J", "K1", at("p1new"));
}

static void a_newer_package_extends_an_older_one_does_nothing(void **state)
{
	SCOPED_FREE char *forward = NULL, *backward = NULL;

	(void)state;
	go_on();
	merge_ok(at("a"), at("p1"));
	merge_ok(at("a"), at("p2"));
	assert_int_equal(ask(at("a"), "SELECT count(*) FROM picture WHERE shot = 9001"), 0);
	merge_ok(at("a"), at("p1new"));
	assert_int_equal(report.pictures, 1);
	merge_ok(at("b"), at("p1new"));
	merge_ok(at("b"), at("p2"));
	merge_ok(at("b"), at("p1"));
	assert_int_equal(ask(at("a"), "SELECT count(*) FROM picture WHERE shot = 9001"), 1);
	forward = package_told(at("a"), "J");
	backward = package_told(at("b"), "J");
	assert_string_equal(forward, backward);
}

static int doubles[8];

static int count_double(void *ctx, const struct merge_double *d)
{
	(void)ctx;
	doubles[d->kind]++;
	return 0;
}

static void who_was_at_two_kiosks_keeps_both_pictures(void **state)
{
	sqlite3 *db;

	(void)state;
	mkdir(at("K4"), 0700);
	kiosk_day(at("K4"), "K4", 19, 22, 4001, 5000); /* of K1's and of K2's people */
	package_write(at("K4"), "J", "K4", at("p4"));
	for (int i = 1; i <= 4; i++)
		merge_ok(at("all"), at("p%d", i));
	assert_int_equal(ask(at("all"), "SELECT count(*) FROM person WHERE source = 'roster'"),
			 PEOPLE);
	memset(doubles, 0, sizeof(doubles));
	assert_int_equal(job_open_reader(at("all"), "J", &db), 0);
	assert_int_equal(merge_doubles(db, count_double, NULL), 0);
	sqlite3_close(db);
	assert_true(doubles[DOUBLE_PICTURES] >= 3);
	assert_int_equal(doubles[DOUBLE_PICTURES],
			 ask(at("all"), "SELECT count(*) FROM (SELECT 1 FROM shot WHERE state = "
					"'accepted' GROUP BY person HAVING count(*) > 1)"));
	assert_int_equal(doubles[DOUBLE_NUMBERS], doubles[DOUBLE_PICTURES]);
	/* the number goes with the picture that counts */
	assert_int_equal(ask(at("all"),
			     "SELECT count(*) FROM picture c JOIN number u ON u.person = "
			     "c.person AND u.number = c.seq WHERE u.kiosk <> c.kiosk"),
			 0);
}

static void refused(const char *package, int code, const char *word)
{
	SCOPED_FREE char *before = package_told(at("all"), "J"), *after = NULL;

	assert_int_equal(merge(at("all"), package), code);
	if (!strstr(report.why, word))
		fail_msg("“%s” does not name “%s”", report.why, word);
	after = package_told(at("all"), "J");
	assert_string_equal(before, after);
}

static void the_same_block_on_two_kiosks_is_refused(void **state)
{
	(void)state;
	merge_ok(at("all"), at("p1"));
	mkdir(at("K5"), 0700);
	kiosk_day(at("K5"), "K5", 41, 50, 1, 1000);
	package_write(at("K5"), "J", "K5", at("p5"));
	refused(at("p5"), -EEXIST, "K1 and K5");
	assert_non_null(strstr(report.why, "0001"));
	/* nothing given from the common part by both, yet both may */
	mkdir(at("K6"), 0700);
	kiosk_day(at("K6"), "K6", 41, 50, 900, 1900);
	package_write(at("K6"), "J", "K6", at("p6"));
	refused(at("p6"), -EEXIST, "K6");
}

static void two_kiosks_of_one_name_are_refused(void **state)
{
	(void)state;
	merge_ok(at("all"), at("p1"));
	mkdir(at("K1x"), 0700);
	kiosk_day(at("K1x"), "K1", 41, 50, 7001, 8000);
	package_write(at("K1x"), "J", "K1", at("p1x"));
	refused(at("p1x"), -EEXIST, "called K1");
}

/* The office imported every kiosk's roster as K1 and set fields there. */
static void office_work_as_k1_on_every_machine_is_no_conflict(void **state)
{
	struct job j;

	(void)state;
	for (int i = 2; i <= KIOSKS; i++) {
		assert_int_equal(job_open(at("K%d", i), "J", false, &j), 0);
		for (int n = 0; n < i; n++)
			assert_int_equal(
				ledger_append(j.db, "K1", "job.fields", json_pack("{si}", "by", i)),
				SQLITE_OK);
		job_close(&j);
		package_write(at("K%d", i), "J", at("K%d", i) + strlen(root) + 1, at("o%d", i));
		merge_ok(at("all"), at("o%d", i));
	}
	merge_ok(at("all"), at("p1"));
	assert_int_equal(ask(at("all"), "SELECT count(*) FROM event WHERE kiosk = 'K3:K1'"), 3);
}

/* All blocks are planned in the office and stand in every kiosk's job. */
static void blocks_planned_for_all_stand_in_every_package(void **state)
{
	static const char *const kiosks[] = { "P1", "P2", "P3", "P4" };
	char why[BLOCK_WHY_MAX];
	struct job j;

	(void)state;
	for (int i = 2; i <= KIOSKS; i++) {
		assert_int_equal(job_open(at("K%d", i), "J", false, &j), 0);
		assert_int_equal(block_set(j.db, "K1", "K1", "1", 1, 1000, why), 0);
		assert_int_equal(block_set(j.db, "K1", "K2", "1", 1001, 2000, why), 0);
		assert_int_equal(block_set(j.db, "K1", "K3", "1", 2001, 3000, why), 0);
		assert_int_equal(block_set(j.db, "K1", "K9", "1", 500, 3500, why), -EEXIST);
		assert_int_equal(block_plan(j.db, "K1", kiosks, 4, 3000, why), 0);
		job_close(&j);
		package_write(at("K%d", i), "J", at("K%d", i) + strlen(root) + 1, at("o%d", i));
		merge_ok(at("all"), at("o%d", i));
	}
	merge_ok(at("all"), at("p1"));
	assert_int_equal(ask(at("all"), "SELECT first FROM block WHERE kiosk = 'P2'"), 6001);
	/* past the end of the numbers: the next series */
	assert_int_equal(
		ask(at("all"), "SELECT first FROM block WHERE kiosk = 'P3' AND series = '2'"), 1);
}

static void a_refused_package_leaves_no_job_behind(void **state)
{
	const struct merge_options o = { .signers = NULL };
	struct job j;

	(void)state;
	sh("printf x >> %s", at("p2/manifest.json"));
	assert_int_equal(job_open(at("none"), "J", true, &j), 0);
	assert_int_equal(merge_package(&j, at("p2"), &o, &report), -EBADMSG);
	merge_close(&j);
	assert_int_equal(access(at("none/jobs/J"), F_OK), -1);
	assert_int_equal(job_open(at("none"), "J", true, &j), 0);
	assert_int_equal(merge_package(&j, at("p1"), &o, &report), 0);
	merge_close(&j);
	assert_int_equal(access(at("none/jobs/J/job.db"), F_OK), 0);
}

static void an_altered_package_is_refused(void **state)
{
	(void)state;
	merge_ok(at("all"), at("p1"));
	sh("printf x >> %s", at("p2/manifest.json"));
	refused(at("p2"), -EBADMSG, "manifest");
	sh("cd %s && for f in 存档/originals/*5.jpg; do printf X | dd of=$f bs=1 seek=40 "
	   "conv=notrunc status=none; done",
	   at("p3"));
	refused(at("p3"), -EBADMSG, "manifest says");
	sh("rm %s/manifest.json", at("p3"));
	refused(at("p3"), -EBADMSG, "manifest.json");
}

static void a_sealed_archive_needs_its_passphrase(void **state)
{
	const struct export_wish w = { .data_dir = at("K1"),
				       .job = "J",
				       .to = at("stick"),
				       .profile = "archive",
				       .kiosk = "K1" };
	struct merge_options o = { .passphrase = NULL };
	struct export_report exported;
	struct job j;

	(void)state;
	assert_int_equal(seal_passphrase_set(at("K1"), "J", "correct horse"), 0);
	assert_int_equal(export_package(&w, &exported), 0);
	assert_true(exported.sealed);
	assert_int_equal(job_open(at("a"), "J", true, &j), 0);
	assert_int_equal(merge_package(&j, exported.path, &o, &report), -EBADMSG);
	assert_non_null(strstr(report.why, "passphrase"));
	o.passphrase = "wrong horse";
	assert_int_equal(merge_package(&j, exported.path, &o, &report), -EBADMSG);
	o.passphrase = "correct horse";
	sh("cp -r %s %s && cd %s && printf X | dd of=存档.zip bs=1 seek=60000 conv=notrunc "
	   "status=none",
	   exported.path, at("flipped"), at("flipped"));
	assert_int_equal(merge_package(&j, at("flipped"), &o, &report), -EBADMSG);
	assert_int_equal(sql_int(j.db, -1, "SELECT count(*) FROM person", ""), 0);
	assert_int_equal(merge_package(&j, exported.path, &o, &report), 0);
	job_close(&j);
	export_report_fini(&exported);
	assert_pictures_whole(at("a"));
	merge_ok(at("b"), at("p1"));
	merge_ok(at("b"), at("p2"));
	merge_ok(at("a"), at("p2"));
	assert_int_equal(ask(at("a"), "SELECT count(*) FROM picture"),
			 ask(at("b"), "SELECT count(*) FROM picture"));
}

static void only_named_signers_are_taken_when_named(void **state)
{
	char own[KIOSK_FINGERPRINT_MAX];
	const char *signers[] = { "0000 0000 0000 0000 0000 0000", own };
	struct merge_options o = { .signers = signers, .signer_count = 1 };
	uint8_t key[KIOSK_KEY_BYTES];
	struct job j;

	(void)state;
	assert_int_equal(kiosk_key_public(at("K1"), key), 0);
	kiosk_fingerprint(key, own);
	assert_int_equal(job_open(at("all"), "J", true, &j), 0);
	assert_int_equal(merge_package(&j, at("p1"), &o, &report), -EBADMSG);
	o.signer_count = 2;
	assert_int_equal(merge_package(&j, at("p1"), &o, &report), 0);
	assert_true(report.trusted);
	job_close(&j);
}

/* What a hostile kiosk signs itself. */
static void a_forged_database_is_refused(void **state)
{
	static const struct {
		const char *sql, *word;
	} forgeries[] = {
		{ "CREATE TRIGGER t AFTER INSERT ON visit BEGIN DELETE FROM field; END", "tables" },
		{ "CREATE VIEW v AS SELECT 1", "tables" },
		{ "DROP VIEW picture; CREATE VIEW picture AS SELECT * FROM shot", "tables" },
		{ "PRAGMA user_version = 99", "newer" },
		{ "PRAGMA user_version = 2", "tables" },
		{ "UPDATE shot SET kiosk = '../../etc', visit = NULL WHERE n = 1", "kiosk id" },
		{ "DROP TRIGGER shot_original_fixed; UPDATE shot SET sha256 = replace(sha256, 'a', "
		  "'b'); CREATE TRIGGER shot_original_fixed BEFORE UPDATE OF sha256, bytes ON shot "
		  "WHEN old.sha256 <> '' AND (old.sha256 IS NOT new.sha256 OR old.bytes IS NOT "
		  "new.bytes) BEGIN SELECT RAISE(ABORT, 'a stored original is never replaced'); END",
		  "ledger" },
		{ "DROP TRIGGER event_no_update; UPDATE event SET body = '{}' WHERE n = 3; CREATE "
		  "TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the "
		  "ledger is append-only'); END",
		  "ledger of K2" },
		{ "UPDATE person SET name = CAST(x'ff41' AS TEXT) WHERE id = 1", "text" },
		{ "DELETE FROM job", "no job" },
		{ "PRAGMA foreign_keys = OFF; UPDATE visit SET person = 99999 WHERE n = 1",
		  "not there" },
	};

	(void)state;
	merge_ok(at("all"), at("p1"));
	for (size_t i = 0; i < ARRAY_SIZE(forgeries); i++) {
		sqlite3 *db;

		sh("rm -rf %s; cp -r %s %s", at("f"), at("p2"), at("f"));
		assert_int_equal(sqlite3_open(at("f/存档/job.db"), &db), SQLITE_OK);
		if (sqlite3_exec(db, forgeries[i].sql, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", forgeries[i].sql, sqlite3_errmsg(db));
		sqlite3_close(db);
		sh("rm -f %s/manifest.* %s/SHA256SUMS", at("f"), at("f"));
		package_seal(at("K2"), "J", "K2", at("f"));
		refused(at("f"), -EBADMSG, forgeries[i].word);
	}
	sh("head -c 5000 /dev/urandom > %s", at("f/存档/job.db"));
	sh("rm -f %s/manifest.* %s/SHA256SUMS", at("f"), at("f"));
	package_seal(at("K2"), "J", "K2", at("f"));
	refused(at("f"), -EBADMSG, "job.db");
}

static void links_and_missing_pictures_are_refused(void **state)
{
	(void)state;
	merge_ok(at("all"), at("p1"));
	sh("cd %s/存档/originals && f=$(ls | head -1) && cp $f /%s && ln -sf /%s $f", at("p2"),
	   at("elsewhere"), at("elsewhere"));
	refused(at("p2"), -EBADMSG, "cannot be read");
	sh("cd %s && rm 存档/originals/*3.jpg manifest.* SHA256SUMS", at("p3"));
	package_seal(at("K3"), "J", "K3", at("p3"));
	refused(at("p3"), -EBADMSG, "not in the package");
}

static void an_older_schema_is_brought_up(void **state)
{
	sqlite3 *db;

	(void)state;
	/* a job as the first program wrote it */
	sh("rm -rf %s; mkdir -p %s/存档", at("old"), at("old"));
	sh("sqlite3 %s/存档/job.db < config/schema/001_job.sql", at("old"));
	assert_int_equal(sqlite3_open(at("old/存档/job.db"), &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			     "PRAGMA application_id = 0x54415053; PRAGMA user_version = 1;"
			     "INSERT INTO job (one, code, created_utc_ms) VALUES (1, 'J', 0);"
			     "INSERT INTO person (id, kiosk, n, name, id_no) VALUES (1, 'K9', 1, "
			     "'周', 'Z');",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	package_seal(at("K1"), "J", "K9", at("old"));
	merge_ok(at("all"), at("old"));
	assert_int_equal(ask(at("all"), "SELECT count(*) FROM person WHERE source = 'roster'"), 1);
}

/* The order of magnitude only; TAPSHOT_SOAK: eight kiosks with 3,000 records each. */
static void eight_kiosks(void **state)
{
	int each = getenv("TAPSHOT_SOAK") ? 3000 : 40;
	struct timespec a, b;

	(void)state;
	for (int i = 1; i <= 8; i++) {
		char kiosk[16], series[16];
		struct school_wish w = { .job = "J",
					 .kiosk = kiosk,
					 .people = 8 * each,
					 .seed = 9,
					 .person_from = (i - 1) * each + 1,
					 .person_to = i * each,
					 .first = (i - 1) % 3 * 3000 + 1,
					 .last = (i - 1) % 3 * 3000 + 3300,
					 .series = series,
					 .width_px = 96 };

		w.last = w.first + 2999 + (each == 3000 ? 200 : 0);
		w.first += (i - 1) % 3 * (each == 3000 ? 200 : 0);
		w.last += (i - 1) % 3 * (each == 3000 ? 200 : 0);
		snprintf(kiosk, sizeof(kiosk), "E%d", i);
		snprintf(series, sizeof(series), "%d", (i - 1) / 3 + 1);
		mkdir(at("%s", kiosk), 0700);
		assert_int_equal(school_make(at("%s", kiosk), &w), 0);
		package_write(at("%s", kiosk), "J", kiosk, at("e%d", i));
		sh("rm -rf %s", at("%s/jobs", kiosk));
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 1; i <= 8; i++)
		merge_ok(at("eight"), at("e%d", i));
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("8 x %d records merged in %.1f s\n", each,
		      (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	assert_int_equal(ask(at("eight"), "SELECT count(*) FROM person WHERE source = 'roster'"),
			 8 * each);
	assert_int_equal(ask(at("eight"), "SELECT count(*) FROM picture WHERE seq IS NULL"), 0);
}

static void one_record(const char *data, const char *kiosk, const char *values, const char *source)
{
	char sql[512];
	struct job j;

	mkdir(data, 0700);
	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(job_init(j.db, "J", kiosk), 0);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO person (kiosk, n, name, id_no, student_no, source) VALUES ('%s', 1, "
		 "'测试甲', '110199199001010010', %s)",
		 kiosk, values);
	assert_int_equal(sql_run(j.db, sql, ""), SQLITE_DONE);
	assert_int_equal(sql_run(j.db, "INSERT INTO document VALUES ('110199199001010010', 1, ?)",
				 "s", source),
			 SQLITE_DONE);
	job_close(&j);
}

/* Not yet on this kiosk's list, on the late one of the other. */
static void a_record_from_the_card_meets_its_roster_row(void **state)
{
	static const char *const orders[][2] = { { "c1", "c2" }, { "c2", "c1" } };

	(void)state;
	one_record(at("L"), "K1", "'2026001', 'roster'", "id_no");
	package_write(at("L"), "J", "K1", at("c1"));
	one_record(at("C"), "K2", "'', 'walk_in'", "card");
	package_write(at("C"), "J", "K2", at("c2"));
	for (int i = 0; i < 2; i++) {
		char hub[96];

		snprintf(hub, sizeof(hub), "%s/met%d", root, i);
		mkdir(hub, 0700);
		merge_ok(hub, at("%s", orders[i][0]));
		merge_ok(hub, at("%s", orders[i][1]));
		assert_int_equal(ask(hub, "SELECT count(*) FROM person"), 1);
		assert_int_equal(ask(hub, "SELECT count(*) FROM person WHERE student_no = "
					  "'2026001' AND source = 'roster'"),
				 1);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_record_from_the_card_meets_its_roster_row),
		T(everybody_is_in_whatever_the_order),
		T(twice_changes_nothing),
		T(a_newer_package_extends_an_older_one_does_nothing),
		T(who_was_at_two_kiosks_keeps_both_pictures),
		T(the_same_block_on_two_kiosks_is_refused),
		T(two_kiosks_of_one_name_are_refused),
		T(office_work_as_k1_on_every_machine_is_no_conflict),
		T(blocks_planned_for_all_stand_in_every_package),
		T(a_refused_package_leaves_no_job_behind),
		T(an_altered_package_is_refused),
		T(a_sealed_archive_needs_its_passphrase),
		T(only_named_signers_are_taken_when_named),
		T(a_forged_database_is_refused),
		T(links_and_missing_pictures_are_refused),
		T(an_older_schema_is_brought_up),
		T(eight_kiosks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
