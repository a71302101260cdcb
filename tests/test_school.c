/* The school day other tests start from is as a kiosk would have left it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/identity/identity.h"
#include "firmware/store/ledger.h"
#include "firmware/store/job.h"
#include "firmware/store/recover.h"
#include "tests/lib/school.h"

static char data[] = "/tmp/tapshot-school-XXXXXX";

static int count(sqlite3 *db, const char *sql)
{
	return (int)sql_int(db, -1, sql, "");
}

static void two_kiosks_share_one_roster_and_no_number(void **state)
{
	const struct school_wish one = { .job = "A",
					 .people = 30,
					 .person_to = 20,
					 .pictures = 1,
					 .missing_every = 10,
					 .attempts_every = 5,
					 .void_every = 20,
					 .again_every = 20,
					 .anyway_every = 20,
					 .walk_in_every = 20,
					 .person_from = 1 };
	const struct school_wish two = { .job = "B",
					 .kiosk = "K2",
					 .people = 30,
					 .person_from = 21,
					 .person_to = 30,
					 .first = 21,
					 .pictures = 1,
					 .missing_every = -1,
					 .attempts_every = -1 };
	struct ledger_fault fault;
	sqlite3 *a, *b;
	(void)state;

	assert_int_equal(school_make(data, &one), 0);
	assert_int_equal(school_make(data, &one), -EEXIST);
	assert_int_equal(school_make(data, &two), 0);
	assert_int_equal(job_open_reader(data, "A", &a), 0);
	assert_int_equal(job_open_reader(data, "B", &b), 0);
	assert_int_equal(ledger_verify(a, NULL, &fault), 0);
	assert_int_equal(ledger_verify(b, NULL, &fault), 0);
	assert_int_equal(count(a, "SELECT count(*) FROM shot WHERE state = 'accepted'"),
			 20 - 2 + 1);
	assert_int_equal(count(b, "SELECT count(*) FROM shot WHERE state = 'accepted'"), 10);
	assert_int_equal(count(b, "SELECT min(number) FROM number"), 21);
	assert_true(count(a, "SELECT count(*) FROM shot WHERE state = 'rejected'") > 0);
	assert_int_equal(count(a, "SELECT count(*) FROM shot WHERE state = 'void'"), 1);
	assert_int_equal(count(a, "SELECT count(*) FROM shot WHERE state = 'superseded'"), 1);
	assert_int_equal(count(a, "SELECT count(DISTINCT sha256) = count(*) FROM shot"), 1);
	assert_int_equal(count(a, "SELECT count(*) FROM shot WHERE "
				  "measures ->> '$.crop[2]' IS NULL AND verdict = 'pass'"),
			 0);
	assert_int_equal(count(a, "SELECT max(id_no) = '' FROM person"), 0);
	sqlite3_close(a);
	sqlite3_close(b);
}

static void nothing_is_left_for_recovery(void **state)
{
	struct store_recovery found;
	struct job j;
	struct rows r = { .kiosk = "K1" };
	(void)state;

	assert_int_equal(job_open(data, "A", false, &j), 0);
	r.db = j.db;
	assert_int_equal(recover(&j, &r, &found), STORE_OK);
	assert_int_equal(found.finished + found.refetch + found.quarantined + found.missing, 0);
	assert_int_equal(found.open_visit, 0);
	job_close(&j);
}

static void people_are_distinct_and_their_numbers_valid(void **state)
{
	static char seen[2000][24];
	struct school_person p;
	(void)state;

	for (int i = 1; i <= 12000; i++) {
		school_person(5, i, &p);
		assert_true(identity_usable(identity_check(p.id_no, NULL)));
		if (i % 6 == 0)
			memcpy(seen[i / 6 - 1], p.id_no, sizeof(seen[0]));
	}
	qsort(seen, 2000, sizeof(seen[0]), (int (*)(const void *, const void *))strcmp);
	for (int i = 1; i < 2000; i++)
		assert_string_not_equal(seen[i - 1], seen[i]);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(data) ? 0 : -1;
}

static int drop_dir(void **state)
{
	char command[80];
	(void)state;

	snprintf(command, sizeof(command), "rm -rf '%s'", data);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_kiosks_share_one_roster_and_no_number),
		cmocka_unit_test(nothing_is_left_for_recovery),
		cmocka_unit_test(people_are_distinct_and_their_numbers_valid),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
