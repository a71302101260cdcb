/* The end of a job: refused too early, complete, certified, and ended when interrupted. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/run.h"
#include "firmware/office/erase.h"
#include "firmware/office/merge.h"
#include "firmware/store/kiosk_db.h"
#include "firmware/store/kiosk_key.h"
#include "tests/lib/package.h"
#include "tests/lib/school.h"

#define DAY INT64_C(86400000)

static char data[64];
static struct erase_report report;

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
	struct school_wish w = { .job = "J", .people = 30, .seed = 3, .width_px = 96 };

	(void)state;
	strcpy(data, "/tmp/tapshot-erase-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(text_init("build/locale"), 0);
	assert_int_equal(school_make(data, &w), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sh("rm -rf %s", data);
	return 0;
}

static void sql(const char *fmt, int64_t value)
{
	struct job j;

	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_run(j.db, fmt, "i", value), SQLITE_DONE);
	job_close(&j);
}

/* Everybody with a picture is delivered, @ago_ms in the past. */
static void deliver(const char *kind, int64_t ago_ms)
{
	struct export_run run = { .profile = "p", .kind = kind, .files = 1 };
	struct people people;
	sqlite3 *db;

	assert_int_equal(job_open_reader(data, "J", &db), 0);
	assert_int_equal(people_load(db, &people), 0);
	sqlite3_close(db);
	assert_int_equal(export_run_record(data, "J", "K1", &run, &people, NULL), 0);
	people_free(&people);
	sql("UPDATE export_run SET done_utc_ms = ?", clock_utc_ms() - ago_ms);
}

static int erase(bool now, const char *reason, int64_t lose)
{
	const struct erase_wish w = {
		.data_dir = data, .job = "J", .now = now, .reason = reason, .lose = lose
	};

	return erase_job(&w, &report);
}

static void assert_stands(void)
{
	struct erase_state s;

	assert_int_equal(erase_look(data, "J", &s), 0);
	assert_false(s.begun);
	assert_true(s.pictures > 0);
}

static void assert_gone(int certificates)
{
	int64_t n;

	sh("test -z \"$(ls -A %s/jobs)\" && test -z \"$(ls -A %s/erasing)\"", data, data);
	sh("test $(ls %s/certificates | grep -c json$) = %d", data, certificates);
	assert_int_equal(kiosk_audit_verify(data, &n), 0);
}

static char *slurp(const char *path, size_t *bytes)
{
	SCOPED_FILE FILE *f = fopen(path, "r");
	char *out = calloc(1, 1 << 20);

	assert_non_null(f);
	*bytes = fread(out, 1, (1 << 20) - 1, f);
	return out;
}

static void what_is_not_exported_is_not_erased(void **state)
{
	(void)state;
	assert_int_equal(erase(true, "test", 0), -EPERM);
	assert_non_null(strstr(report.why, "no verified"));
	deliver("lists", 30 * DAY); /* a list is no picture */
	assert_int_equal(erase(true, "test", 0), -EPERM);
	deliver("full", 30 * DAY);
	/* somebody photographed once more since */
	sql("UPDATE export_person SET shot = shot + 5000 WHERE person = (SELECT min(person) FROM "
	    "export_person WHERE ?)",
	    1);
	assert_int_equal(erase(false, "", 0), -EPERM);
	assert_int_equal(erase(false, "", 2), -EPERM);
	assert_stands();
	assert_int_equal(erase(false, "", 1), 0);
	assert_gone(1);
}

static void retention_holds_until_it_is_over(void **state)
{
	(void)state;
	deliver("full", 7 * DAY - 60000);
	assert_int_equal(erase(false, "", 0), -EPERM);
	assert_int_equal(erase(true, "", 0), -EPERM);
	assert_non_null(strstr(report.why, "--reason"));
	/* a clock that was set back proves nothing */
	sql("UPDATE export_run SET done_utc_ms = ?", clock_utc_ms() + DAY);
	assert_int_equal(erase(false, "", 0), -EPERM);
	sql("INSERT INTO field VALUES ('retention_days', ?)", 2);
	sql("UPDATE export_run SET done_utc_ms = ?", clock_utc_ms() - 2 * DAY - 1000);
	assert_int_equal(erase(false, "", 0), 0);
	assert_gone(1);
}

static void a_kiosk_at_work_keeps_its_job(void **state)
{
	struct job j;

	(void)state;
	deliver("full", 30 * DAY);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(erase(false, "", 0), -EBUSY);
	job_close(&j);
	assert_stands();
}

static void the_certificate_proves_itself(void **state)
{
	SCOPED_FREE char *json = NULL, *text = NULL;
	uint8_t key[KIOSK_KEY_BYTES];
	char path[ERASE_PATH_MAX + 8], fingerprint[KIOSK_FINGERPRINT_MAX];
	json_t *o;
	size_t n;

	(void)state;
	deliver("full", 1 * DAY);
	assert_int_equal(erase(true, "学校要求当场删除", 0), 0);
	json = slurp(report.certificate, &n);
	o = json_loads(json, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "reason")), "学校要求当场删除");
	assert_int_equal(json_integer_value(json_object_get(o, "people")), 30);
	assert_true(json_integer_value(json_object_get(o, "files")) > 30);
	assert_int_equal(json_array_size(json_object_get(o, "exports")), 1);
	json_decref(o);
	assert_int_equal(kiosk_key_public(data, key), 0);
	kiosk_fingerprint(key, fingerprint);
	assert_string_equal(fingerprint, report.fingerprint);
	sh("cd %s/certificates && base64 -d *.sig > sig.raw && test $(stat -c %%s sig.raw) = 64",
	   data);
	{
		uint8_t sig[KIOSK_SIG_BYTES];
		SCOPED_FREE char *raw = NULL;
		size_t m;

		snprintf(path, sizeof(path), "%s/certificates/sig.raw", data);
		raw = slurp(path, &m);
		memcpy(sig, raw, sizeof(sig));
		assert_int_equal(kiosk_key_verify(key, json, n, sig), 0);
	}
	snprintf(path, sizeof(path), "%.*s.txt", (int)strlen(report.certificate) - 5,
		 report.certificate);
	text = slurp(path, &n);
	assert_non_null(strstr(text, "数据删除证明"));
	assert_non_null(strstr(text, "学校要求当场删除"));
	assert_null(strstr(text, "erase."));
}

static void bytes_are_overwritten_but_not_a_backups(void **state)
{
	char path[256], head[2];
	struct stat st;
	int fd;

	(void)state;
	deliver("full", 30 * DAY);
	/* who held the file open sees what was left of it */
	snprintf(path, sizeof(path), "%s/jobs/J/originals/K1-000002.jpg", data);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, head, 2, 0), 2);
	assert_memory_equal(head, "\xff\xd8", 2);
	/* a second name of one original shows what happened to the bytes */
	sh("mkdir %s/kept && cp -l $(ls %s/jobs/J/originals/*.jpg | head -1) %s/kept/a", data, data,
	   data);
	assert_int_equal(erase(false, "", 0), 0);
	assert_int_equal(report.linked, 1);
	assert_int_equal(pread(fd, head, 2, 0), 2);
	assert_memory_equal(head, "\0\0", 2);
	close(fd);
	snprintf(path, sizeof(path), "%s/kept/a", data);
	assert_int_equal(stat(path, &st), 0);
	sh("head -c 2 %s | od -An -tx1 | grep -q 'ff d8'", path);
}

/* Every moment of an erase, killed; the next call ends it, once. */
static void a_killed_erase_is_ended_by_the_next(void **state)
{
	int rounds = getenv("TAPSHOT_SOAK") ? 100 : 12;

	(void)state;
	sh("cp -r %s/jobs %s/template && rm -rf %s/jobs/J", data, data, data);
	srandom((unsigned)getpid());
	for (int i = 0; i < rounds; i++) {
		struct timespec wait = { 0, random() % 60000000 };
		pid_t child;
		int status;

		sh("rm -rf %s/jobs %s/certificates %s/kiosk.db* && cp -r %s/template %s/jobs", data,
		   data, data, data, data);
		deliver("full", 30 * DAY);
		child = fork();
		if (!child)
			_exit(erase(false, "", 0) ? 1 : 0);
		nanosleep(&wait, NULL);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		status = erase(false, "", 0);
		assert_true(status == 0 || status == -ENOENT); /* ended before the knife */
		assert_gone(1);
		sh("test $(sqlite3 %s/kiosk.db 'SELECT count(*) FROM event') = 1", data);
	}
}

/* The power went before anything was moved, and the kiosk worked on. */
static void an_erase_that_erased_nothing_asks_again(void **state)
{
	struct erase_state s;
	struct job j;

	(void)state;
	deliver("full", 30 * DAY);
	sh("mkdir -p %s/erasing && echo '{\"moved\": false}' > %s/erasing/J.json", data, data);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_run(j.db,
				 "UPDATE export_person SET shot = 999999 WHERE person = (SELECT "
				 "min(person) FROM export_person)",
				 ""),
			 SQLITE_DONE);
	job_close(&j);
	assert_int_equal(erase_look(data, "J", &s), 0);
	assert_false(s.begun);
	assert_int_equal(s.unsafe, 1);
	assert_int_equal(erase(false, "", 0), -EPERM);
	assert_int_equal(erase(false, "", 1), 0);
}

static void a_merged_package_is_a_second_place(void **state)
{
	const struct merge_options o = { 0 };
	struct merge_report merged;
	struct erase_state s;
	char to[80], path[96];
	struct job j;

	(void)state;
	snprintf(path, sizeof(path), "%s/p", data);
	package_write(data, "J", "K1", path);
	snprintf(to, sizeof(to), "%s/office", data);
	mkdir(to, 0700);
	assert_int_equal(job_open(to, "J", true, &j), 0);
	assert_int_equal(merge_package(&j, path, &o, &merged), 0);
	job_close(&j);
	assert_int_equal(erase_look(to, "J", &s), 0);
	assert_true(s.pictures > 0);
	assert_int_equal(s.unsafe, 0);
	assert_false(s.over);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_not_exported_is_not_erased),
		T(retention_holds_until_it_is_over),
		T(a_kiosk_at_work_keeps_its_job),
		T(the_certificate_proves_itself),
		T(bytes_are_overwritten_but_not_a_backups),
		T(a_killed_erase_is_ended_by_the_next),
		T(a_merged_package_is_a_second_place),
		T(an_erase_that_erased_nothing_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
