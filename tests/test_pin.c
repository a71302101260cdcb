/* The PIN store: set, checked, kept private; a person added under it. */
#include <errno.h>
#include <poll.h>
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

#include "firmware/store/job.h"
#include "firmware/store/pin.h"
#include "firmware/store/store.h"

static char data[64], path[96];

static int set_up(void **state)
{
	(void)state;
	strcpy(data, "/tmp/tapshot-pin-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(path, sizeof(path), "%s/kiosk.db", data);
	return 0;
}

static int tear_down(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", data);
	return system(command);
}

static void only_digits_of_a_sane_length(void **state)
{
	(void)state;
	assert_true(pin_usable("0000") && pin_usable("123456789012"));
	assert_false(pin_usable("") || pin_usable("123") || pin_usable("1234567890123"));
	assert_false(pin_usable("12a4") || pin_usable("12 45") || pin_usable("１２３４"));
	assert_int_equal(pin_set(data, "12a4"), -EINVAL);
	assert_false(pin_is_set(data));
}

static void none_is_there_until_it_is_set(void **state)
{
	(void)state;
	assert_false(pin_is_set(data));
	assert_int_equal(pin_check(data, "1234"), -ENOENT);
	assert_int_not_equal(access(path, F_OK), 0); /* asking makes no file */
	assert_int_equal(pin_set(data, "1234"), 0);
	assert_true(pin_is_set(data));
	assert_int_equal(pin_check(data, "1234"), 0);
	assert_int_equal(pin_check(data, "1235"), -EACCES);
	assert_int_equal(pin_check(data, "12345"), -EACCES);
	assert_int_equal(pin_check(data, ""), -EACCES);
}

static void a_new_one_replaces_it(void **state)
{
	(void)state;
	assert_int_equal(pin_set(data, "1234"), 0);
	assert_int_equal(pin_set(data, "777777"), 0);
	assert_int_equal(pin_check(data, "1234"), -EACCES);
	assert_int_equal(pin_check(data, "777777"), 0);
}

static void only_its_owner_reads_the_file_and_no_pin_is_in_it(void **state)
{
	char command[160];
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(pin_set(data, "29041976"), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(command, sizeof(command), "grep -qa 29041976 %s", path);
	assert_int_not_equal(system(command), 0);
	snprintf(command, sizeof(command), "grep -qa argon2id %s", path);
	assert_int_equal(system(command), 0);
}

static void a_foreign_file_is_left_alone(void **state)
{
	char command[200];

	(void)state;
	snprintf(command, sizeof(command), "sqlite3 %s 'CREATE TABLE other (x)'", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(pin_set(data, "1234"), -EUCLEAN);
	assert_int_equal(pin_check(data, "1234"), -EUCLEAN);
	snprintf(command, sizeof(command), "echo this is no database at all, whatever > %s", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(pin_set(data, "1234"), -EUCLEAN);
	assert_false(pin_is_set(data));
}

/* --- a person added under it ------------------------------------------------------------------- */

static struct store *s;
static struct store_reply last;
static bool answered;

static void on_reply(void *ctx, struct store_reply *reply)
{
	(void)ctx;
	last = *reply;
	answered = true;
}

static enum store_cause walk_in(const char *pin, const char *number)
{
	struct store_newcomer n = { .name = "测试客", .sex = "女" };
	struct pollfd p = { .events = POLLIN };

	strcpy(n.id_no, number);
	strcpy(n.documents[0], number);
	store_walk_in(s, pin, &n, on_reply, NULL);
	p.fd = store_fd(s);
	for (answered = false; !answered; store_dispatch(s))
		assert_int_equal(poll(&p, 1, 20000), 1);
	return last.cause;
}

static void open_job(int first, int final)
{
	struct store_config c = { .data_dir = data,
				  .job = "J",
				  .kiosk = "K1",
				  .number_first = first,
				  .number_last = final };
	struct store_recovery found;
	enum store_cause cause;
	struct job j;

	assert_int_equal(job_open(data, "J", true, &j), 0);
	sql_run(j.db, "INSERT INTO job (one, code, created_utc_ms) VALUES (1, 'J', 0)", "");
	job_close(&j);
	assert_int_equal(store_open(&c, &s, &found, &cause), 0);
}

static int64_t count(const char *sql)
{
	sqlite3 *db = NULL;
	int64_t n;

	assert_int_equal(store_open_reader(data, "J", &db), 0);
	n = sql_int(db, -1, sql, "");
	sqlite3_close(db);
	return n;
}

static void only_the_right_pin_adds_and_only_once(void **state)
{
	(void)state;
	open_job(1, 9);
	assert_int_equal(walk_in("1234", "G76543210"), STORE_PIN_NONE);
	assert_int_equal(pin_set(data, "1234"), 0);
	assert_int_equal(walk_in("9999", "G76543210"), STORE_PIN_WRONG);
	assert_int_equal(count("SELECT count(*) FROM person"), 0);
	assert_int_equal(walk_in("1234", "G76543210"), STORE_OK);
	assert_int_equal(count("SELECT count(*) FROM person"), 1);
	assert_int_equal(count("SELECT count(*) FROM event WHERE type = 'person.added'"), 1);
	assert_int_equal(walk_in("1234", "G76543210"), STORE_GONE);
	assert_int_equal(count("SELECT count(*) FROM person"), 1);
	assert_int_equal(count("SELECT count(*) FROM event WHERE body LIKE '%测试%' OR body LIKE "
			       "'%G7654%'"),
			 0);
	store_close(s);
}

static void without_a_free_number_nobody_is_added(void **state)
{
	struct job j;

	(void)state;
	open_job(5, 5);
	assert_int_equal(pin_set(data, "1234"), 0);
	assert_int_equal(walk_in("1234", "G11111111"), STORE_OK);
	store_close(s);
	assert_int_equal(job_open(data, "J", false, &j), 0);
	assert_int_equal(sql_run(j.db, "INSERT INTO number VALUES ('1', 5, 1, 'K1', 'block')", ""),
			 SQLITE_DONE);
	job_close(&j);
	open_job(5, 5);
	assert_int_equal(walk_in("1234", "G22222222"), STORE_NUMBERS_USED_UP);
	assert_int_equal(count("SELECT count(*) FROM person"), 1);
	store_close(s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_digits_of_a_sane_length),
		TEST(none_is_there_until_it_is_set),
		TEST(a_new_one_replaces_it),
		TEST(only_its_owner_reads_the_file_and_no_pin_is_in_it),
		TEST(a_foreign_file_is_left_alone),
		TEST(only_the_right_pin_adds_and_only_once),
		TEST(without_a_free_number_nobody_is_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
