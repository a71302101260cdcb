/* kill -9 at random moments: whatever was answered as accepted is there, whole, under its number.
 * A child runs visits through the store and reports each accepted shot over a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/store/job.h"
#include "firmware/store/ledger.h"
#include "firmware/store/store.h"

enum { PEOPLE = 4000, PICTURE_BYTES = 30000 };

static char data[64];
static int rounds = 110;

/* What the child says once the store has answered "accepted". */
struct said {
	int64_t shot, person;
	char number[8];
	char sha256[SHA256_HEX];
};

static struct said promises[PEOPLE];
static int promise_count;

/* --- the child -----------------------------------------------------------------------------------
 */

static struct store *s;
static struct store_reply last;
static bool answered;

static void on_reply(void *ctx, struct store_reply *reply)
{
	(void)ctx;
	last = *reply;
	answered = true;
}

static void wait_reply(void)
{
	struct pollfd p = { .fd = store_fd(s), .events = POLLIN };

	for (answered = false; !answered; store_dispatch(s))
		poll(&p, 1, -1);
	if (last.cause != STORE_OK)
		_exit(3);
}

static void take_picture(int64_t person, struct store_picture *p)
{
	uint8_t bytes[PICTURE_BYTES];
	struct hash *h = hash_new();

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + (size_t)person * 31 + (size_t)getpid());
	memcpy(bytes, "\xff\xd8\xff", 3);
	memcpy(bytes + sizeof(bytes) - 2, "\xff\xd9", 2);
	for (size_t at = 0; at < sizeof(bytes); at += 10000) /* torn .parts must be possible */
		if (write(last.fd, bytes + at, 10000) != 10000)
			_exit(4);
	close(last.fd);
	hash_update(h, bytes, sizeof(bytes));
	hash_final(h, p->sha256);
	hash_free(h);
	p->bytes = sizeof(bytes);
}

static void one_visit(int64_t person, int report)
{
	struct store_picture p = { .bytes = 0 };
	struct said said = { .person = person };
	int64_t visit;

	store_visit_open(s, person, VISIT_CARD, "id_no", on_reply, NULL);
	wait_reply();
	visit = last.visit;
	for (int attempt = 0; attempt < 1 + (person % 3 == 0); attempt++) {
		store_shot_begin(s, visit, SHOT_TRIGGER, "1234567", on_reply, NULL);
		wait_reply();
		said.shot = last.shot;
		take_picture(person, &p);
		store_shot_stored(s, said.shot, &p, on_reply, NULL);
		wait_reply();
		close(last.fd);
		store_verdict(s, said.shot, p.sha256, "pass", "", NULL, true, on_reply, NULL);
		wait_reply();
	}
	memcpy(said.number, last.number, sizeof(said.number));
	hash_hex(p.sha256, said.sha256);
	if (write(report, &said, sizeof(said)) != sizeof(said))
		_exit(5);
	store_visit_close(s, visit, VISIT_ACCEPTED, 0, on_reply, NULL);
	wait_reply();
}

static void child(int64_t person, int report)
{
	struct store_config c = { .data_dir = data, .job = "J", .kiosk = "K1" };
	struct store_recovery found;
	enum store_cause cause;

	if (store_open(&c, &s, &found, &cause) < 0 || found.missing)
		_exit(2);
	for (;; person++)
		one_visit(person, report);
}

/* --- the parent ----------------------------------------------------------------------------------
 */

struct looked {
	int accepted, kept;
	char numbers[10000];
};

static int check_row(void *ctx, const struct shot_row *row)
{
	struct looked *l = ctx;
	char hex[SHA256_HEX];
	uint8_t sha[SHA256_BYTES];
	int fd = open(row->path, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(hash_fd(fd, sha), 0);
	close(fd);
	hash_hex(sha, hex);
	assert_string_equal(hex, row->sha256);
	if (strcmp(row->state, "accepted") != 0)
		return 0;
	assert_int_equal(l->numbers[atoi(row->number)]++, 0);
	l->accepted++;
	for (int i = 0; i < promise_count; i++)
		if (promises[i].shot == row->shot) {
			assert_string_equal(promises[i].sha256, hex);
			assert_string_equal(promises[i].number, row->number);
			l->kept++;
		}
	return 0;
}

static void check_all(void)
{
	static struct looked l;
	struct ledger_fault fault;
	sqlite3 *db;

	memset(&l, 0, sizeof(l));
	assert_int_equal(store_open_reader(data, "J", &db), 0);
	assert_int_equal(store_each_shot(db, check_row, &l), 0);
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	assert_int_equal(sql_int(db, 0, "SELECT max(n) - count(*) FROM shot", ""), 0);
	sqlite3_close(db);
	assert_int_equal(l.kept, promise_count);
	assert_true(l.accepted <= promise_count + rounds); /* at most one unreported a kill */
}

static void kill_once(int64_t first_person)
{
	struct timespec pause = { 0, 1000000L * (5 + rand() % 140) + rand() % 1000000 };
	struct said said;
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		child(first_person, ends[1]);
	}
	close(ends[1]);
	nanosleep(&pause, NULL); /* the moment of the kill, not a wait for anything */
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* it never ended by itself */
	while (read(ends[0], &said, sizeof(said)) == sizeof(said))
		promises[promise_count++] = said;
	close(ends[0]);
}

static void every_accepted_shot_survives_kill_9(void **state)
{
	struct store_config c = { .data_dir = data, .job = "J", .kiosk = "K1" };
	struct store_recovery found;
	enum store_cause cause;
	int64_t next = 1;
	(void)state;

	srand(20261121);
	for (int i = 0; i < rounds && next < PEOPLE - 100; i++) {
		kill_once(next);
		check_all(); /* as a reader beside a crashed writer */
		assert_int_equal(store_open(&c, &s, &found, &cause), 0);
		store_close(s);
		assert_int_equal(found.missing, 0);
		check_all();
		next = promise_count ? promises[promise_count - 1].person + 2 : 1;
	}
	print_message("%d kills, %d promises kept\n", rounds, promise_count);
	assert_true(promise_count > 0); /* how many depends on the machine */
}

static int setup(void **state)
{
	struct job j;
	(void)state;

	if (getenv("TAPSHOT_SOAK"))
		rounds = 400;
	strcpy(data, "/tmp/tapshot-crash-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(job_open(data, "J", true, &j), 0);
	sql_run(j.db, "INSERT INTO job (one, code, created_utc_ms) VALUES (1, 'J', 0)", "");
	sql_run(j.db,
		"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?) "
		"INSERT INTO person (id, kiosk, n, name, id_no) SELECT i, 'K1', i, 'X', 'Y' FROM c",
		"i", (int64_t)PEOPLE);
	job_close(&j);
	return 0;
}

static int teardown(void **state)
{
	char cmd[96];
	(void)state;

	snprintf(cmd, sizeof(cmd), "rm -rf %s", data);
	return system(cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_accepted_shot_survives_kill_9, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
