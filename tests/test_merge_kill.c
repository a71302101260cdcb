/* SIGKILL at random moments of a merge: nothing is lost, nothing is there twice. */
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
#include "firmware/office/merge.h"
#include "firmware/store/ledger.h"
#include "tests/lib/package.h"
#include "tests/lib/school.h"

enum { KIOSKS = 3, EACH = 60 };

static char root[64], packages[KIOSKS][128];

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
	(void)state;
	strcpy(root, "/tmp/tapshot-mergekill-XXXXXX");
	assert_non_null(mkdtemp(root));
	for (int i = 0; i < KIOSKS; i++) {
		char kiosk[16], data[128];
		struct school_wish w = { .job = "J",
					 .kiosk = kiosk,
					 .people = KIOSKS * EACH,
					 .person_from = i * EACH + 1,
					 .person_to = i * EACH + EACH + 3,
					 .first = i * 1000 + 1,
					 .last = i * 1000 + 1000,
					 .seed = 5,
					 .width_px = 96 };

		snprintf(kiosk, sizeof(kiosk), "K%d", i + 1);
		snprintf(data, sizeof(data), "%s/%s", root, kiosk);
		snprintf(packages[i], sizeof(packages[i]), "%s/p%d", root, i);
		mkdir(data, 0700);
		if (w.person_to > w.people)
			w.person_to = w.people;
		assert_int_equal(school_make(data, &w), 0);
		package_write(data, "J", kiosk, packages[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sh("rm -rf %s", root);
	return 0;
}

static int merge_all(const char *data)
{
	const struct merge_options o = { 0 };
	struct merge_report report;
	struct job j;
	int rc = job_open(data, "J", true, &j);

	for (int i = 0; i < KIOSKS && !rc; i++)
		rc = merge_package(&j, packages[i], &o, &report);
	job_close(&j);
	return rc;
}

/* Ends by itself or by the knife. Return: it was killed. */
static bool merge_killed(const char *data, int64_t after_us)
{
	struct timespec wait = { after_us / 1000000, after_us % 1000000 * 1000 };
	pid_t child = fork();
	int status;

	if (!child)
		_exit(merge_all(data) ? 1 : 0);
	assert_true(child > 0);
	nanosleep(&wait, NULL);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

/* What is in is in whole: every row has its picture, every chain holds. */
static void assert_whole(const char *data)
{
	SCOPED_STMT sqlite3_stmt *st = NULL;
	struct ledger_fault fault;
	char path[256];
	sqlite3 *db;

	if (job_open_reader(data, "J", &db) < 0) { /* killed before there was a job */
		sqlite3_close(db);
		return;
	}
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	st = sql_prepare(db, "SELECT kiosk, n, bytes FROM shot WHERE sha256 <> ''", "");
	while (st && sqlite3_step(st) == SQLITE_ROW) {
		struct stat f;

		snprintf(path, sizeof(path), "%s/jobs/J/originals/%s-%06lld.jpg", data,
			 sql_text(st, 0), (long long)sqlite3_column_int64(st, 1));
		assert_int_equal(stat(path, &f), 0);
		assert_int_equal(f.st_size, sqlite3_column_int64(st, 2));
	}
	sqlite3_finalize(st);
	st = NULL;
	sqlite3_close(db);
}

static void killed_merges_end_like_undisturbed_ones(void **state)
{
	int rounds = getenv("TAPSHOT_SOAK") ? 200 : 4, kills = 0;
	SCOPED_FREE char *want = NULL;
	char data[128];
	int64_t began, whole_us;

	(void)state;
	srandom((unsigned)getpid());
	snprintf(data, sizeof(data), "%s/undisturbed", root);
	began = clock_now_ms();
	assert_int_equal(merge_all(data), 0);
	whole_us = (clock_now_ms() - began) * 1000 + 1000;
	want = package_told(data, "J");
	for (int i = 0; i < rounds; i++) {
		SCOPED_FREE char *got = NULL;

		snprintf(data, sizeof(data), "%s/r%d", root, i);
		for (int k = 0; k < 4; k++) {
			kills += merge_killed(data, random() % (whole_us / 2));
			assert_whole(data);
		}
		assert_int_equal(merge_all(data), 0);
		got = package_told(data, "J");
		assert_string_equal(got, want);
		sh("test -z \"$(ls -A %s/jobs/J/incoming)\" && diff -r %s/jobs/J/originals "
		   "%s/undisturbed/jobs/J/originals",
		   data, data, root);
		sh("rm -rf %s", data);
	}
	print_message("%d kills\n", kills);
	assert_true(kills > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(killed_merges_end_like_undisturbed_ones, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
