/* Pictures made elsewhere in the books: once, byte for byte, whatever interrupts. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "firmware/base/cleanup.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"
#include "firmware/store/rows.h"
#include "tests/lib/collected.h"

static struct collected in;

static int new_folder(void **state)
{
	(void)state;
	collected_init(&in, 80);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	collected_drop(&in);
	return 0;
}

static int64_t books(const char *sql)
{
	sqlite3 *db = NULL;
	int64_t n;

	assert_int_equal(job_open_reader(in.dir, "J", &db), 0);
	n = sql_int(db, -1, sql, "");
	sqlite3_close(db);
	return n;
}

static void ledger_is_whole(void)
{
	struct ledger_fault fault;
	sqlite3 *db = NULL;

	assert_int_equal(job_open_reader(in.dir, "J", &db), 0);
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	sqlite3_close(db);
}

static int files_in(const char *room)
{
	char path[128];
	struct dirent *e;
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/jobs/J/%s", in.dir, room);
	d = opendir(path);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void same_bytes(const char *original, const char *file)
{
	char command[300];

	snprintf(command, sizeof(command), "cmp -s '%s/jobs/J/originals/%s' '%s/%s'", in.dir,
		 original, in.folder, file);
	assert_int_equal(system(command), 0);
}

/* Without the 68-point model, whose loading takes longer than all the rest. */
static struct collect *run(bool dry)
{
	struct collect_wish w = { .dry_run = dry,
				  .landmarks = "",
				  .allow = UINT64_C(1) << COLLECT_FRAME };

	return collected_run(&in, &w);
}

static void once_is_enough(void **state)
{
	struct collect_wish exact = { 0 };
	struct collect *r;
	int64_t events;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collected_put_person(in.folder, "0002.jpg", 1, "");
	r = collected_run(&in, &exact);
	assert_int_equal(r->fates[COLLECT_TAKEN], 2);
	collect_free(r);
	same_bytes("C1-000001.jpg", "0001.jpg");
	assert_int_equal(books("SELECT count(*) FROM shot WHERE state = 'accepted' AND source = "
			       "'collected' AND measures ->> 'finished' = 'chsi-480' AND "
			       "measures ->> 'crop' = '[0,0,7680,10240]'"),
			 2);
	assert_int_equal(books("SELECT min(origin = 'roster') FROM number"), 1);
	events = books("SELECT count(*) FROM event");
	r = run(false);
	assert_int_equal(r->unchanged, 2);
	collect_free(r);
	assert_int_equal(books("SELECT count(*) FROM event"), events);
	assert_int_equal(files_in("originals"), 2);
	ledger_is_whole();
}

static void a_file_in_another_s_place_supersedes_it(void **state)
{
	struct collect *r;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collect_free(run(false));
	collected_put_person(in.folder, "0001.jpg", 1, "");
	r = run(false);
	assert_int_equal(r->fates[COLLECT_REPLACED], 1);
	collect_free(r);
	assert_int_equal(books("SELECT count(*) FROM shot WHERE state = 'superseded' AND n = 1"),
			 1);
	assert_int_equal(books("SELECT supersedes FROM shot WHERE state = 'accepted'"), 1);
	same_bytes("C1-000002.jpg", "0001.jpg");
	/* the first one again: no third copy */
	collected_put_person(in.folder, "0001.jpg", 0, "");
	collect_free(run(false));
	assert_int_equal(books("SELECT n FROM shot WHERE state = 'accepted'"), 1);
	assert_int_equal(files_in("originals"), 2);
	ledger_is_whole();
}

static void two_files_that_changed_places_do_so_in_the_books(void **state)
{
	struct collect *r;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collected_put_person(in.folder, "0002.jpg", 1, "");
	collect_free(run(false));
	collected_put_person(in.folder, "0001.jpg", 1, "");
	collected_put_person(in.folder, "0002.jpg", 0, "");
	r = run(false);
	assert_int_equal(r->fates[COLLECT_REPLACED], 2);
	collect_free(r);
	same_bytes("C1-000003.jpg", "0001.jpg");
	ledger_is_whole();
}

static void a_picture_of_an_earlier_folder_is_known_again(void **state)
{
	char command[240];
	struct collect *r;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collect_free(run(false));
	snprintf(command, sizeof(command), "mv '%s/0001.jpg' '%s/0002.jpg'", in.folder, in.folder);
	assert_int_equal(system(command), 0);
	r = run(false);
	assert_true(collected_has(r, "0002.jpg", COLLECT_SAME_FILE));
	assert_int_equal(r->fates[COLLECT_REJECTED], 1);
	collect_free(r);
}

static void a_refusal_is_kept_and_can_be_lifted(void **state)
{
	struct collect_wish w = { .landmarks = "",
				  .allow = UINT64_C(1) << COLLECT_FRAME |
					   UINT64_C(1) << COLLECT_PROFILE |
					   UINT64_C(1) << COLLECT_BYTES };
	static const uint8_t icc[] = "ICC_PROFILE\0\1\1no profile at all";
	struct bad_jpeg b;
	(void)state;

	collected_picture(0, &b);
	bad_insert(&b, 0xe2, icc, sizeof(icc));
	collected_put(in.folder, "0001.jpg", &b);
	free(b.data);
	collect_free(run(false));
	assert_int_equal(books("SELECT count(*) FROM shot WHERE state = 'rejected' AND verdict = "
			       "'fail' AND reason = 'profile'"),
			 1);
	collect_free(collected_run(&in, &w));
	assert_int_equal(books("SELECT count(*) FROM shot WHERE state = 'accepted' AND verdict = "
			       "'fail' AND why = 'allowed'"),
			 1);
	assert_int_equal(books("SELECT count(*) FROM shot"), 1);
	ledger_is_whole();
}

static void a_dry_run_leaves_nothing(void **state)
{
	struct collect *r;
	sqlite3 *db;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	r = run(true);
	assert_int_equal(r->fates[COLLECT_TAKEN], 1);
	collect_free(r);
	assert_true(job_open_reader(in.dir, "J", &db) < 0);
}

static void who_was_photographed_on_site_keeps_that_picture(void **state)
{
	struct rows rows = { .kiosk = "K1" };
	const struct row_choice found = { 1, 0 };
	struct store_picture p = { .bytes = 1 };
	int64_t visit, shot;
	struct row_shot row;
	struct collect *r;
	char number[8];
	struct job j;
	(void)state;

	collected_put_person(in.folder, "0002.jpg", 1, "");
	collect_free(run(false));
	assert_int_equal(job_open(in.dir, "J", false, &j), 0);
	rows.db = j.db;
	rows_begin(&rows);
	rows_block(&rows, 200, 300);
	rows_visit_open(&rows, 1, "card", "number", &found, &visit);
	rows_shot_begin(&rows, visit, "trigger", "", &shot);
	rows_shot(&rows, shot, &row);
	rows_shot_stored(&rows, &row, &p, false, number);
	rows_shot(&rows, shot, &row);
	rows_accept(&rows, &row, "verdict", number);
	rows_visit_close(&rows, visit, "accepted", shot);
	assert_int_equal(rows_end(&rows, STORE_OK), STORE_OK);
	job_close(&j);
	collected_put_person(in.folder, "0001.jpg", 0, "");
	r = run(false);
	assert_true(collected_has(r, "0001.jpg", COLLECT_CAPTURED));
	assert_int_equal(collected_photo(r, "0001.jpg")->fate, COLLECT_OUT);
	collect_free(r);
	assert_int_equal(books("SELECT count(*) FROM shot WHERE person = 1"), 1);
}

/* --- killed ------------------------------------------------------------------------------------ */

static int kill_after_us;

static void on_alarm(int signal)
{
	(void)signal;
	kill(getpid(), SIGKILL);
}

static void on_progress(void *ctx, int done, int all)
{
	const struct itimerval t = { .it_value = { .tv_usec = kill_after_us } };

	(void)ctx;
	if (done == all)
		setitimer(ITIMER_REAL, &t, NULL);
}

/* The same picture for everybody, each with bytes of its own: quick, and allowed here. */
static struct collect_wish hasty(void)
{
	return (struct collect_wish){ .landmarks = "",
				      .allow = UINT64_C(1) << COLLECT_FRAME |
					       UINT64_C(1) << COLLECT_SAME_PICTURE |
					       UINT64_C(1) << COLLECT_BYTES };
}

static bool finished_before(int us)
{
	struct collect_wish w = hasty();
	int status;
	pid_t pid = fork();

	if (!pid) {
		kill_after_us = us;
		signal(SIGALRM, on_alarm);
		w.progress = on_progress;
		collect_free(collected_run(&in, &w));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status);
}

static void killed_at_any_moment_nothing_is_lost_or_doubled(void **state)
{
	enum { FILES = 36 }; /* more than a batch */
	struct collect_wish w = hasty();
	struct collect *r;
	char name[16];
	int us = 4000;
	(void)state;

	for (int i = 1; i <= FILES; i++) {
		snprintf(name, sizeof(name), "%04d.jpg", i);
		collected_put_person(in.folder, name, 0, name);
	}
	for (int tries = 0; tries < 4 && !finished_before(us); tries++)
		us *= 3;
	r = collected_run(&in, &w);
	assert_int_equal(r->fates[COLLECT_TAKEN], FILES);
	collect_free(r);
	assert_int_equal(books("SELECT count(*) FROM shot WHERE state = 'accepted'"), FILES);
	assert_int_equal(books("SELECT count(*) FROM shot"), FILES);
	assert_int_equal(books("SELECT count(*) FROM visit WHERE state = 'open'"), 0);
	assert_int_equal(books("SELECT max(n) = count(*) FROM shot"), 1);
	assert_int_equal(books("SELECT count(*) FROM event WHERE type = 'roster.imported'"), 1);
	assert_int_equal(files_in("originals"), FILES);
	assert_int_equal(files_in("incoming") + files_in("quarantine"), 0);
	same_bytes("C1-000036.jpg", "0036.jpg");
	ledger_is_whole();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(once_is_enough),
		TEST(a_file_in_another_s_place_supersedes_it),
		TEST(two_files_that_changed_places_do_so_in_the_books),
		TEST(a_picture_of_an_earlier_folder_is_known_again),
		TEST(a_refusal_is_kept_and_can_be_lifted),
		TEST(a_dry_run_leaves_nothing),
		TEST(who_was_photographed_on_site_keeps_that_picture),
		TEST(killed_at_any_moment_nothing_is_lost_or_doubled),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
