/* `tapshot roster import` */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/cmd/roster_cmd.h"
#include "firmware/roster/roster.h"
#include "firmware/store/rows.h"

enum { VISIT_END_MS = 600000, VISIT_LOOK_MS = 300, WISHES_MAX = 32 };

struct import_args {
	const char *file, *kiosk, *problems;
	int first, last;
	bool accept_rows, dry_run;
	const char *maps[WISHES_MAX], *levels[WISHES_MAX];
	struct import_wish wish;
};

int roster_job_error(int rc, const char *job)
{
	const char *why = rc == -EBUSY	   ? "the kiosk has this job open; stop it first"
			  : rc == -EINVAL  ? "this is no usable job name"
			  : rc == -EUCLEAN ? "its database is damaged or from a newer program"
					   : strerror(-rc);

	fprintf(stderr, "tapshot: job %s: %s\n", job, why);
	return EXIT_CANNOT;
}

static const char *whose(const struct import_args *a, sqlite3 *db)
{
	return a->kiosk ? a->kiosk : job_office_id(db, "K1");
}

static int set_block(struct job *j, const struct import_args *a)
{
	struct rows rows = { .db = j->db, .kiosk = whose(a, j->db) };
	enum store_cause cause;

	if (!a->first)
		return 0;
	cause = rows_begin(&rows);
	if (!cause)
		cause = rows_end(&rows, rows_block(&rows, a->first, a->last));
	if (!cause)
		return 0;
	fprintf(stderr, "tapshot: the block %d-%d %s\n", a->first, a->last,
		cause == STORE_GONE ? "overlaps another kiosk's" : "could not be stored");
	return EXIT_CANNOT;
}

/* A block that will not reach is said before the first student sits down. */
static void say_numbers(sqlite3 *db, const char *kiosk)
{
	struct roster_counts c;
	struct roster *r;

	if (roster_open(db, &r) < 0)
		return;
	if (roster_counts(r, kiosk, &c) == 0 && c.numbers_left && c.numbers_left < c.unnumbered)
		printf("note: %lld people have no shooting number yet and the block of %s has %lld; give a "
		       "larger --block, or photograph the others at another kiosk\n",
		       (long long)c.unnumbered, kiosk, (long long)c.numbers_left);
	roster_close(r);
}

/* A job that was photographed before its roster came: both sides. */
static void say_sides(sqlite3 *db)
{
	struct roster_sides s;

	if (!job_is(db, JOB_FIELD(ROSTER), "open") || roster_sides(db, &s) < 0)
		return;
	printf("photographed and on the roster %lld, photographed but not on it %lld, on it but not "
	       "photographed %lld\n",
	       (long long)s.both, (long long)s.only_picture, (long long)s.only_roster);
}

static int write_problems(const struct roster_file *f, const char *path)
{
	int rc = roster_problems_write(f, path);

	if (rc < 0)
		fprintf(stderr, "tapshot: %s could not be written: %s\n", path, strerror(-rc));
	else
		printf("refused rows: %s\n", path);
	return rc < 0 ? EXIT_CANNOT : 0;
}

static int write_into(struct roster_file *f, struct job *j, const char *code,
		      const struct import_args *a)
{
	const struct import_result *r = roster_file_result(f);
	char path[JOB_PATH_MAX + 32];
	int rc = roster_file_write(f, j, code, whose(a, j->db));

	snprintf(path, sizeof(path), "%s/问题名单.xlsx", j->path);
	if (rc < 0)
		fprintf(stderr, "tapshot: could not write the job; nothing was imported\n");
	if (!rc)
		rc = set_block(j, a);
	if (!rc && r->bad)
		rc = write_problems(f, path);
	if (rc)
		return EXIT_CANNOT;
	/* Everybody who was set aside is in by now: the old list would only mislead. */
	if (!r->bad && !sql_int(j->db, 1, "SELECT count(*) FROM aside WHERE NOT solved", ""))
		unlink(path);
	printf("imported: %d new, %d updated", r->added, r->updated);
	if (r->taken_off)
		printf(", %d taken off", r->taken_off);
	printf("\n");
	say_numbers(j->db, whose(a, j->db));
	say_sides(j->db);
	return 0;
}

static int wait_between_visits(struct job *j)
{
	int64_t until = clock_now_ms() + VISIT_END_MS;
	int rc = job_between_visits(j);

	if (rc == -EAGAIN)
		fprintf(stderr,
			"tapshot: somebody is being photographed; the new roster goes in when "
			"this visit is over\n");
	while (rc == -EAGAIN && clock_now_ms() < until) {
		poll(NULL, 0, VISIT_LOOK_MS);
		rc = job_between_visits(j);
	}
	return rc;
}

/* A kiosk holds the job: the open visit ends on the old roster, then everybody is on the new one. What
 * was compared before the wait may have changed meanwhile, so the file is read once more. */
static int write_beside(const char *data, const char *code, const struct import_args *a, int bad)
{
	struct roster_file *f = NULL;
	struct job j;
	int rc;

	if (a->first) {
		fprintf(stderr, "tapshot: --block can be set only while no kiosk has the job open; "
				"nothing was imported\n");
		return EXIT_CANNOT;
	}
	rc = job_open_beside(data, code, &j);
	if (rc < 0)
		return roster_job_error(rc, code);
	rc = wait_between_visits(&j);
	if (!rc)
		f = roster_file_open(a->file, &a->wish, j.db);
	if (rc < 0)
		fprintf(stderr, "tapshot: the visit does not end; nothing was imported\n");
	else if (!f || roster_file_check(f, j.db) < 0 || roster_file_result(f)->bad > bad)
		fprintf(stderr,
			"tapshot: the roster changed meanwhile; look again. Nothing was imported\n");
	else
		rc = write_into(f, &j, code, a);
	if (!sqlite3_get_autocommit(j.db)) {
		sql_run(j.db, "ROLLBACK", "");
		rc = EXIT_CANNOT;
	}
	roster_file_free(f);
	job_close(&j);
	return rc < 0 ? EXIT_CANNOT : rc;
}

static int write_rows(struct roster_file *f, const char *data, const char *code,
		      const struct import_args *a)
{
	struct job j;
	int rc = job_open(data, code, true, &j);

	if (rc == -EBUSY)
		return write_beside(data, code, a, roster_file_result(f)->bad);
	if (rc < 0)
		return roster_job_error(rc, code);
	rc = write_into(f, &j, code, a);
	job_close(&j);
	return rc;
}

/* On a terminal the count is named and the answer is a key; scripts say --accept-rows. */
static bool confirmed(const struct import_result *r)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return false;
	printf("Import %d rows and leave %d out? 导入 %d 行，%d 行不导入？[y/N] ", r->good, r->bad,
	       r->good, r->bad);
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static int decide(struct roster_file *f, const struct cmd_common *c, const struct import_args *a)
{
	const struct import_result *r = roster_file_result(f);
	bool whole = !r->bad && !r->bad_fields && !r->absent[0];

	if (!r->rows)
		printf("the list has nobody yet; the job's fields alone go in\n");
	if (!whole && !a->accept_rows && !(r->good && !a->dry_run && confirmed(r))) {
		if (r->bad)
			printf("nothing was imported; to take the %d good rows and leave %d out, "
			       "add --accept-rows\n",
			       r->good, r->bad);
		else
			printf("nothing was imported; to take the %d rows all the same, add "
			       "--accept-rows\n",
			       r->good);
		return EXIT_NO;
	}
	return a->dry_run ? 0 : write_rows(f, c->data, c->job, a);
}

static void on_progress(void *ctx, int rows)
{
	(void)ctx;
	fprintf(stderr, "\r%d rows read\r", rows);
}

static int import_file(const struct cmd_common *c, struct import_args *a)
{
	struct roster_file *f = NULL;
	sqlite3 *db = NULL;
	int rc = job_open_reader(c->data, c->job, &db), status = EXIT_CANNOT;

	if (rc < 0 && rc != -ENOENT)
		return roster_job_error(rc, c->job);
	if (isatty(STDERR_FILENO))
		a->wish.table.progress = on_progress;
	f = roster_file_open(a->file, &a->wish, db);
	if (f && !roster_file_result(f)->fault && db && roster_file_check(f, db) < 0) {
		roster_job_error(-EIO, c->job);
	} else if (f && roster_file_result(f)->fault) {
		status = roster_refuse(roster_file_result(f));
	} else if (f) {
		roster_say_columns(f);
		roster_say_problems(f);
		roster_say_counts(roster_file_result(f));
		if (db && sql_int(db, 0, "SELECT 1 FROM person LIMIT 1", ""))
			roster_say_changes(f, db);
		sqlite3_close(db);
		db = NULL;
		if (a->problems && roster_file_result(f)->bad)
			write_problems(f, a->problems);
		status = decide(f, c, a);
	}
	roster_file_free(f);
	sqlite3_close(db);
	return status;
}

/* --- arguments -----------------------------------------------------------------------------------
 */

static bool take_flag(struct import_args *a, const char *arg)
{
	struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "--accept-rows", &a->accept_rows }, { "--dry-run", &a->dry_run },
		{ "--partial", &a->wish.partial },    { "--paid", &a->wish.paid },
		{ "--whole", &a->wish.whole },	      { "--remove", &a->wish.remove },
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		if (strcmp(arg, flags[i].name) != 0)
			continue;
		*flags[i].flag = true;
		return true;
	}
	return false;
}

/* Return: 1 taken, 0 not this one, -1 wrong. */
static int take_value(struct import_args *a, const char *name, const char *value)
{
	if (!strcmp(name, "--kiosk"))
		a->kiosk = value;
	else if (!strcmp(name, "--sheet"))
		a->wish.sheet = value;
	else if (!strcmp(name, "--encoding"))
		a->wish.table.encoding = value;
	else if (!strcmp(name, "--problems"))
		a->problems = value;
	else if (!strcmp(name, "--header"))
		return (a->wish.header = atoi(value)) > 0 ? 1 : -1;
	else if (!strcmp(name, "--block"))
		return sscanf(value, "%d-%d", &a->first, &a->last) == 2 ? 1 : -1;
	else if (!strcmp(name, "--map") && a->wish.map_count < WISHES_MAX)
		a->maps[a->wish.map_count++] = value;
	else if (!strcmp(name, "--level") && a->wish.level_count < WISHES_MAX)
		a->levels[a->wish.level_count++] = value;
	else
		return 0;
	return 1;
}

static int parse(int argc, char **argv, struct import_args *a)
{
	for (int i = 1; i < argc; i++) {
		int taken = 0;

		if (take_flag(a, argv[i]))
			continue;
		if (argv[i][0] == '-' && i + 1 < argc)
			taken = take_value(a, argv[i], argv[i + 1]);
		if (taken < 0 || (!taken && (argv[i][0] == '-' || a->file)))
			return -1;
		if (taken)
			i++;
		else
			a->file = argv[i];
	}
	a->wish.maps = a->maps;
	a->wish.levels = a->levels;
	return a->file && a->first >= 0 && a->first <= a->last && a->last <= 9999 ? 0 : -1;
}

int roster_import(int argc, char **argv, const struct cmd_common *c)
{
	struct import_args a = { .kiosk = NULL };

	if (parse(argc, argv, &a) < 0 || !c->job) {
		fputs(roster_usage, stderr);
		return EXIT_USAGE;
	}
	if (!job_name_ok(c->job))
		return roster_job_error(-EINVAL, c->job);
	return import_file(c, &a);
}
