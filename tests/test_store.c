/* The store: write order, decisions, recovery of every half-written state. Real files and SQLite;
 * fsync(2) is wrapped at link time to fail on demand. */
#include <errno.h>
#include <fcntl.h>
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
#include "firmware/store/ledger.h"
#include "firmware/store/store.h"

static char data[64];
static struct store *s;
static struct store_recovery found;
static struct store_reply last;
static bool answered;
static int fsync_fault;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
	if (!fsync_fault)
		return __real_fsync(fd);
	errno = fsync_fault;
	fsync_fault = 0; /* as the kernel does: the second call would lie and say 0 */
	return -1;
}

static void on_reply(void *ctx, struct store_reply *reply)
{
	(void)ctx;
	last = *reply;
	answered = true;
}

static struct store_reply wait_reply(void)
{
	struct pollfd p = { .fd = store_fd(s), .events = POLLIN };

	for (answered = false; !answered; store_dispatch(s))
		assert_int_equal(poll(&p, 1, 10000), 1);
	return last;
}

static int open_store(int first, int final)
{
	struct store_config c = { .data_dir = data,
				  .job = "J",
				  .kiosk = "K1",
				  .number_first = first,
				  .number_last = final };
	enum store_cause cause;

	return store_open(&c, &s, &found, &cause);
}

static void add_person(sqlite3 *db, int64_t id, int seq)
{
	assert_int_equal(sql_run(db,
				 "INSERT INTO person (id, kiosk, n, name, id_no) "
				 "VALUES (?, 'K1', ?, 'X', 'Y')",
				 "ii", id, id),
			 SQLITE_DONE);
	if (seq)
		assert_int_equal(sql_run(db,
					 "INSERT INTO number VALUES ('1', ?, ?, 'K1', 'roster')",
					 "ii", (int64_t)seq, id),
				 SQLITE_DONE);
}

static void sh(const char *fmt, ...)
{
	char cmd[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	assert_int_equal(system(cmd), 0);
}

static int setup(void **state)
{
	struct job j;
	(void)state;

	strcpy(data, "/tmp/tapshot-store-XXXXXX");
	assert_non_null(mkdtemp(data));
	assert_int_equal(job_open(data, "J", true, &j), 0);
	assert_int_equal(sql_run(j.db,
				 "INSERT INTO job (one, code, created_utc_ms) "
				 "VALUES (1, 'J', 0)",
				 ""),
			 SQLITE_DONE);
	add_person(j.db, 1, 0);
	add_person(j.db, 2, 2);
	add_person(j.db, 3, 0);
	add_person(j.db, 4, 0);
	job_close(&j);
	assert_int_equal(open_store(1, 3), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(s);
	s = NULL;
	sh("rm -rf %s", data);
	return 0;
}

static void reopen(void)
{
	store_close(s);
	assert_int_equal(open_store(0, 0), 0);
}

static int64_t open_visit(int64_t person)
{
	store_visit_open(s, person, VISIT_CARD, "id_no", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	return last.visit;
}

static struct store_picture picture(char fill)
{
	struct store_picture p = { .bytes = 64 };
	uint8_t bytes[64];
	struct hash *h = hash_new();

	memset(bytes, fill, sizeof(bytes));
	memcpy(bytes, "\xff\xd8\xff", 3);
	memcpy(bytes + 62, "\xff\xd9", 2);
	hash_update(h, bytes, sizeof(bytes));
	hash_final(h, p.sha256);
	hash_free(h);
	return p;
}

static void write_picture(int fd, char fill)
{
	uint8_t bytes[64];

	memset(bytes, fill, sizeof(bytes));
	memcpy(bytes, "\xff\xd8\xff", 3);
	memcpy(bytes + 62, "\xff\xd9", 2);
	assert_int_equal(write(fd, bytes, sizeof(bytes)), 64);
}

/* An intent whose .part holds a whole picture. */
static int64_t begin(int64_t visit, char fill)
{
	store_shot_begin(s, visit, visit ? SHOT_TRIGGER : SHOT_STRAY, "1234567", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	write_picture(last.fd, fill);
	close(last.fd);
	return last.shot;
}

static enum store_cause keep(int64_t shot, char fill)
{
	struct store_picture p = picture(fill);

	store_shot_stored(s, shot, &p, on_reply, NULL);
	wait_reply();
	if (last.fd >= 0)
		close(last.fd);
	return last.cause;
}

static enum store_cause judge(int64_t shot, char fill, const char *verdict, bool accept)
{
	struct store_picture p = picture(fill);

	store_verdict(s, shot, p.sha256, verdict, "", NULL, accept, on_reply, NULL);
	return wait_reply().cause;
}

static struct shot_row shown[16];
static int shown_count;

static int take_row(void *ctx, const struct shot_row *row)
{
	(void)ctx;
	shown[shown_count++] = *row;
	return 0;
}

static void look(void)
{
	struct ledger_fault fault;
	sqlite3 *db;

	shown_count = 0;
	assert_int_equal(store_open_reader(data, "J", &db), 0);
	assert_int_equal(store_each_shot(db, take_row, NULL), 0);
	assert_int_equal(ledger_verify(db, NULL, &fault), 0);
	sqlite3_close(db);
}

static bool exists(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/jobs/J/%s", data, path);
	return !access(full, F_OK);
}

static void a_pass_is_kept_under_the_next_number(void **state)
{
	int64_t visit = open_visit(1), shot = begin(visit, 'a');
	(void)state;

	assert_int_equal(keep(shot, 'a'), STORE_OK);
	assert_string_equal(last.number, "0001");
	assert_string_equal(last.shot_id, "K1-000001");
	look();
	assert_string_equal(shown[0].state, "rejected"); /* not decided: never "accepted" */
	assert_string_equal(shown[0].reason, "undecided");
	assert_int_equal(judge(shot, 'a', "pass", true), STORE_OK);
	look();
	assert_string_equal(shown[0].state, "accepted");
	assert_string_equal(shown[0].number, "0001");
	sh("sqlite3 %s/jobs/J/job.db \"SELECT body FROM event WHERE type = 'shot.accepted'\" | "
	   "grep -q '\"number\":\"0001\",\"sha256\":\"%s\"'",
	   data, shown[0].sha256);
	assert_int_equal(access(shown[0].path, R_OK), 0);
	assert_false(exists("incoming/K1-000001.part"));
}

static void a_retake_supersedes_and_keeps_the_number(void **state)
{
	int64_t visit = open_visit(1), first = begin(visit, 'a'), second;
	(void)state;

	keep(first, 'a');
	judge(first, 'a', "pass", true);
	second = begin(visit, 'b');
	assert_int_equal(keep(second, 'b'), STORE_OK);
	assert_string_equal(last.number, "0001");
	assert_int_equal(judge(second, 'b', "pass", true), STORE_OK);
	look();
	assert_string_equal(shown[0].state, "void");
	assert_string_equal(shown[0].reason, "superseded");
	assert_string_equal(shown[1].state, "accepted");
	assert_int_equal(shown[1].attempt, 2);
	assert_true(exists("originals/K1-000001.jpg"));
}

static void a_wrong_persons_retake_gives_the_earlier_picture_back(void **state)
{
	int64_t visit = open_visit(1), first = begin(visit, 'a'), second;
	(void)state;

	keep(first, 'a');
	judge(first, 'a', "pass", true);
	store_visit_close(s, visit, VISIT_ACCEPTED, 0, on_reply, NULL);
	wait_reply();
	visit = open_visit(1); /* another day, somebody else sits down */
	second = begin(visit, 'b');
	keep(second, 'b');
	judge(second, 'b', "pass", true);
	store_void(s, second, "wrong_person", on_reply, NULL);
	wait_reply();
	store_visit_close(s, visit, VISIT_SWAPPED, 0, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	look();
	assert_string_equal(shown[0].state, "accepted");
	assert_string_equal(shown[1].state, "void");
}

static void numbers_skip_the_rosters_and_run_out_beforehand(void **state)
{
	(void)state;
	keep(begin(open_visit(1), 'a'), 'a');
	assert_string_equal(last.number, "0001");
	keep(begin(open_visit(3), 'b'), 'b');
	assert_string_equal(last.number, "0003");
	keep(begin(open_visit(2), 'c'), 'c');
	assert_string_equal(last.number, "0002");
	store_visit_open(s, 4, VISIT_CARD, "", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_NUMBERS_USED_UP);
}

static void sql(const char *text)
{
	struct job j;

	assert_int_equal(job_open_beside(data, "J", &j), 0);
	assert_int_equal(sqlite3_exec(j.db, text, NULL, NULL, NULL), SQLITE_OK);
	job_close(&j);
}

static void past_the_block_the_next_series_goes_on(void **state)
{
	int64_t visit, shot;

	(void)state;
	sql("INSERT INTO number VALUES ('1', 1, 1, 'K1', 'block'), ('1', 3, 3, 'K1', 'block');"
	    "INSERT INTO block VALUES ('K1', '2', 500, 600)");
	visit = open_visit(4);
	shot = begin(visit, 'a');
	assert_int_equal(keep(shot, 'a'), STORE_OK);
	assert_string_equal(last.number, "0500");
	assert_int_equal(judge(shot, 'a', "pass", true), STORE_OK);
	store_visit_close(s, visit, VISIT_ACCEPTED, shot, on_reply, NULL);
	wait_reply();
	/* who has a number of the first series keeps it */
	visit = open_visit(3);
	shot = begin(visit, 'b');
	assert_int_equal(keep(shot, 'b'), STORE_OK);
	assert_string_equal(last.number, "0003");
}

static void who_is_delivered_is_not_photographed_again(void **state)
{
	int64_t visit = open_visit(1), shot = begin(visit, 'a');

	(void)state;
	assert_int_equal(keep(shot, 'a'), STORE_OK);
	sql("INSERT INTO export_run VALUES ('K1', 1, 'p', 'full', '', 1, 1, 1, 5);"
	    "INSERT INTO export_person VALUES ('K1', 1, 1, 'K1', 9);");
	assert_int_equal(judge(shot, 'a', "pass", true), STORE_FINAL);
	store_visit_close(s, visit, VISIT_CANCELLED, 0, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	store_visit_open(s, 1, VISIT_AGAIN, "id_no", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_FINAL);
	open_visit(2);
}

static void another_hash_is_a_bad_picture(void **state)
{
	int64_t shot = begin(open_visit(1), 'a');
	(void)state;

	keep(shot, 'a');
	assert_int_equal(judge(shot, 'z', "pass", true), STORE_BAD_PICTURE);
	look();
	assert_string_equal(shown[0].state, "rejected");
	assert_string_equal(shown[0].reason, "hash");
	store_accept(s, shot, "photographer", on_reply, NULL); /* nobody can vouch for this file */
	assert_int_equal(wait_reply().cause, STORE_GONE);
}

static void a_short_picture_is_refused_and_fetched_again(void **state)
{
	int64_t shot = begin(open_visit(1), 'a');
	struct store_picture p = picture('a');
	(void)state;

	p.bytes = 65;
	store_shot_stored(s, shot, &p, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_BAD_PICTURE);
	assert_false(exists("originals/K1-000001.jpg"));
	store_shot_resume(s, shot, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	write_picture(last.fd, 'a');
	close(last.fd);
	assert_int_equal(keep(shot, 'a'), STORE_OK);
	assert_int_equal(store_health(s, NULL), STORE_OK);
}

static void a_failed_fsync_is_not_retried(void **state)
{
	int64_t shot = begin(open_visit(1), 'a');
	(void)state;

	fsync_fault = EIO;
	assert_int_equal(keep(shot, 'a'), STORE_IO);
	look();
	assert_int_equal(shown_count, 0);
	store_visit_open(s, 3, VISIT_CARD, "", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_IO);
	reopen();
	assert_int_equal(found.refetch, 1);
}

static void a_read_only_disk_stops_new_visits(void **state)
{
	int64_t shot = begin(open_visit(1), 'a');
	(void)state;

	fsync_fault = EROFS;
	assert_int_equal(keep(shot, 'a'), STORE_READ_ONLY);
	assert_int_equal(store_health(s, NULL), STORE_READ_ONLY);
}

static void the_reserve_stops_new_visits(void **state)
{
	struct store_config c = {
		.data_dir = data, .job = "J", .kiosk = "K1", .reserve_bytes = INT64_MAX
	};
	enum store_cause cause;
	(void)state;

	store_close(s);
	assert_int_equal(store_open(&c, &s, &found, &cause), 0);
	store_visit_open(s, 1, VISIT_CARD, "", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_FULL);
}

static void two_kiosks_cannot_open_one_job(void **state)
{
	struct store_config c = { .data_dir = data, .job = "J", .kiosk = "K2" };
	struct store *other;
	enum store_cause cause;
	(void)state;

	assert_int_equal(store_open(&c, &other, &found, &cause), -EBUSY);
}

static void a_renamed_file_without_row_is_finished(void **state)
{
	int64_t visit = open_visit(1), shot = begin(visit, 'a');
	(void)state;

	sh("cd %s/jobs/J && mv incoming/K1-000001.part originals/K1-000001.jpg", data);
	reopen();
	assert_int_equal(found.finished, 1);
	assert_int_equal(found.open_visit, visit);
	assert_int_equal(found.open_shot, shot);
	assert_int_equal(judge(shot, 'a', "pass", true), STORE_OK);
	look();
	assert_string_equal(shown[0].state, "accepted");
	assert_string_equal(shown[0].number, "0001");
}

static void a_torn_original_is_never_finished(void **state)
{
	(void)state;
	begin(open_visit(1), 'a');
	sh("cd %s/jobs/J && mv incoming/K1-000001.part originals/K1-000001.jpg && "
	   "truncate -s 40 originals/K1-000001.jpg",
	   data);
	reopen();
	assert_int_equal(found.finished, 0);
	assert_int_equal(found.quarantined, 1);
	assert_int_equal(found.refetch, 1);
}

static void an_unfinished_part_is_fetched_again(void **state)
{
	int64_t shot = begin(open_visit(1), 'a');
	(void)state;

	reopen();
	assert_int_equal(found.refetch, 1);
	assert_true(exists("incoming/K1-000001.part"));
	store_shot_lost(s, shot, "not_on_card", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	assert_true(exists("quarantine/K1-000001.part"));
}

static void files_of_nobody_are_quarantined(void **state)
{
	(void)state;
	sh("cd %s/jobs/J && echo x > originals/K1-000077.jpg && echo x > originals/strange && "
	   "echo x > incoming/K1-000078.part",
	   data);
	reopen();
	assert_int_equal(found.quarantined, 3);
	assert_true(exists("quarantine/K1-000077.jpg"));
}

static void a_row_without_file_is_an_alarm(void **state)
{
	(void)state;
	keep(begin(open_visit(1), 'a'), 'a');
	sh("rm %s/jobs/J/originals/K1-000001.jpg", data);
	reopen();
	assert_int_equal(found.missing, 1);
}

static void a_stray_goes_to_quarantine(void **state)
{
	int64_t shot = begin(0, 'a');
	(void)state;

	assert_int_equal(keep(shot, 'a'), STORE_OK);
	assert_string_equal(last.number, "");
	store_quarantine(s, shot, "late", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	look();
	assert_string_equal(shown[0].state, "quarantined");
	assert_string_equal(shown[0].reason, "late");
	assert_int_equal(access(shown[0].path, R_OK), 0);
}

static void a_quarantine_cut_short_is_completed(void **state)
{
	int64_t shot = begin(0, 'a');
	(void)state;

	keep(shot, 'a');
	store_quarantine(s, shot, "late", on_reply, NULL);
	wait_reply();
	sh("cd %s/jobs/J && mv quarantine/K1-000001.jpg originals/", data);
	reopen();
	assert_true(exists("quarantine/K1-000001.jpg"));
}

static void a_cancelled_visits_picture_cannot_be_accepted(void **state)
{
	int64_t visit = open_visit(1), shot = begin(visit, 'a');
	(void)state;

	keep(shot, 'a');
	store_visit_close(s, visit, VISIT_CANCELLED, 0, on_reply, NULL);
	wait_reply();
	assert_int_equal(judge(shot, 'a', "pass", true), STORE_GONE);
	store_shot_begin(s, visit, SHOT_TRIGGER, "1234567", on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_GONE);
}

/* The disk stalls over a verdict, the photographer cancels meanwhile: the store hears it in this order. */
static void what_was_accepted_unseen_goes_with_the_cancelled_visit(void **state)
{
	int64_t visit = open_visit(1), first = begin(visit, 'a'), second;
	(void)state;

	keep(first, 'a');
	judge(first, 'a', "pass", true);
	store_visit_close(s, visit, VISIT_CANCELLED, 0, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	look();
	assert_string_equal(shown[0].state, "rejected");
	visit = open_visit(
		1); /* a pass that was shown stays, whatever is taken and given up after it */
	first = begin(visit, 'b');
	keep(first, 'b');
	judge(first, 'b', "pass", true);
	second = begin(visit, 'c');
	keep(second, 'c');
	judge(second, 'c', "pass", true);
	store_visit_close(s, visit, VISIT_CANCELLED, first, on_reply, NULL);
	assert_int_equal(wait_reply().cause, STORE_OK);
	look();
	assert_string_equal(shown[1].state, "accepted");
	assert_string_equal(shown[2].state, "rejected");
}

static int note_refetch(void *ctx, const struct store_refetch *r)
{
	snprintf(ctx, STORE_BODY_MAX, "%s", r->body);
	return 0;
}

/* A job of the first version opens, keeps what it has, and from then on knows bodies. */
/* The job as a program of the first schema would have left it. */
static void to_first_schema(void)
{
	sh("set -e; cd %s/jobs/J; sqlite3 old.db < $OLDPWD/config/schema/001_job.sql; "
	   "for t in job person document block number visit shot event; do "
	   "c=$(sqlite3 old.db \"SELECT group_concat(name) FROM pragma_table_info('$t')\"); "
	   "sqlite3 old.db \"ATTACH 'job.db' AS a; INSERT INTO main.$t ($c) SELECT $c FROM a.$t\"; "
	   "done; sqlite3 old.db 'PRAGMA application_id = 0x54415053; PRAGMA user_version = 1'; "
	   "rm -f job.db*; mv old.db job.db",
	   data);
}

static void an_older_job_learns_whose_card_a_picture_lies_on(void **state)
{
	char body[STORE_BODY_MAX] = "";
	sqlite3 *db;
	(void)state;

	keep(begin(open_visit(1), 'a'), 'a');
	store_close(s);
	s = NULL;
	to_first_schema();
	assert_int_equal(open_store(0, 0), 0);
	look();
	assert_int_equal(shown_count, 1);
	assert_int_equal(store_open_reader(data, "J", &db), 0);
	store_last_body(db, "K1", body);
	assert_string_equal(body, "");
	begin(open_visit(3), 'b');
	assert_int_equal(store_each_refetch(db, note_refetch, body), 0);
	assert_string_equal(body, "1234567");
	store_last_body(db, "K1", body);
	assert_string_equal(body, "1234567");
	sqlite3_close(db);
}

/* The office's program is newer than the kiosk was: who only looks reads it all the same. */
static void an_older_job_is_read(void **state)
{
	sqlite3 *db;
	(void)state;

	keep(begin(open_visit(1), 'a'), 'a');
	store_close(s);
	s = NULL;
	to_first_schema();
	assert_int_equal(store_open_reader(data, "J", &db), 0);
	assert_int_equal(sql_int(db, -1, "SELECT count(*) FROM picture", ""), 0);
	assert_int_equal(sql_int(db, -1,
				 "SELECT count(*) FROM shot s JOIN person p ON p.id = s.person "
				 "WHERE NOT p.removed",
				 ""),
			 1);
	sqlite3_close(db);
}

static void the_ledger_shows_tampering(void **state)
{
	struct ledger_fault fault;
	sqlite3 *db;
	(void)state;

	open_visit(1);
	store_close(s);
	s = NULL;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	sqlite3_close(db);
	sh("sqlite3 %s/jobs/J/job.db \"UPDATE event SET body = '{}'\" 2>/dev/null && exit 1 || true",
	   data);
	sh("sqlite3 %s/jobs/J/job.db \"DROP TRIGGER event_no_update; UPDATE event SET body = '{}' "
	   "WHERE type = 'visit.opened'\"",
	   data);
	assert_int_equal(store_open_reader(data, "J", &db), 0);
	assert_int_equal(ledger_verify(db, NULL, &fault), -EBADMSG);
	assert_int_equal(fault.n, 2);
	sqlite3_close(db);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_pass_is_kept_under_the_next_number),
		T(a_retake_supersedes_and_keeps_the_number),
		T(a_wrong_persons_retake_gives_the_earlier_picture_back),
		T(past_the_block_the_next_series_goes_on),
		T(who_is_delivered_is_not_photographed_again),
		T(numbers_skip_the_rosters_and_run_out_beforehand),
		T(another_hash_is_a_bad_picture),
		T(a_short_picture_is_refused_and_fetched_again),
		T(a_failed_fsync_is_not_retried),
		T(a_read_only_disk_stops_new_visits),
		T(the_reserve_stops_new_visits),
		T(two_kiosks_cannot_open_one_job),
		T(a_renamed_file_without_row_is_finished),
		T(a_torn_original_is_never_finished),
		T(an_unfinished_part_is_fetched_again),
		T(files_of_nobody_are_quarantined),
		T(a_row_without_file_is_an_alarm),
		T(a_stray_goes_to_quarantine),
		T(a_quarantine_cut_short_is_completed),
		T(a_cancelled_visits_picture_cannot_be_accepted),
		T(what_was_accepted_unseen_goes_with_the_cancelled_visit),
		T(an_older_job_learns_whose_card_a_picture_lies_on),
		T(an_older_job_is_read),
		T(the_ledger_shows_tampering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
