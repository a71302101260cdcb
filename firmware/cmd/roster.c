/* `tapshot roster import | list | show | missing` */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/csv.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/roster/import.h"
#include "firmware/roster/roster.h"
#include "firmware/store/rows.h"

static const char usage[] =
	"usage: tapshot roster import FILE --job JOB [--accept-rows] [--dry-run] [--block FIRST-LAST] "
	"[--kiosk K1]\n"
	"       tapshot roster list | missing [--job JOB] [--json]\n"
	"       tapshot roster show NUMBER [--job JOB] [--json]\n"
	"import reads CSV (UTF-8 or GB18030). With bad rows nothing goes in and the exit status is 1;\n"
	"--accept-rows takes the good rows and writes the bad ones to 问题名单.csv beside the job.\n";

enum { VISIT_END_MS = 600000, VISIT_LOOK_MS = 300 };

struct import_args {
	const char *file, *kiosk;
	int first, last;
	bool accept_rows, dry_run;
};

/* --- the table of problems -----------------------------------------------------------------------
 */

static void cell_name(const struct import_problem *p, char out[static 16])
{
	char letters[4] = "";
	int c = p->column, n = 0;

	if (c >= 26)
		letters[n++] = (char)('A' + c / 26 - 1);
	if (c >= 0)
		letters[n++] = (char)('A' + c % 26);
	letters[n] = '\0';
	snprintf(out, 16, "%s%d", letters, p->line);
}

/* First and last character, so that staff find the row but the terminal keeps no number. */
static void mask(const char *value, char out[static 64])
{
	size_t n = text_length(value);
	const char *last = value + strlen(value);
	char first[8];

	if (n < 3) {
		text_copy(out, 64, n ? "**" : "");
		return;
	}
	do
		last--;
	while (((unsigned char)*last & 0xc0) == 0x80);
	for (size_t i = 1; i < sizeof(first); i++) {
		text_copy(first, i + 1, value);
		if (first[0])
			break;
	}
	snprintf(out, 64, "%s***%s (%zu)", first, last, n);
}

static const char *sentence(const char *what, enum row_fault fault, enum lang lang)
{
	char id[64];

	snprintf(id, sizeof(id), "roster.%s.%s", what, row_fault_word(fault));
	return text_get(lang, id);
}

static void print_problems(const struct roster_file *f)
{
	const struct import_problem *p;
	size_t n = roster_file_problems(f, &p);
	char cell[16], value[64];

	for (size_t i = 0; i < n; i++) {
		cell_name(&p[i], cell);
		mask(p[i].value, value);
		printf("%-6s %-22s %s: %s; %s\n", cell, value,
		       row_fault_is_warning(p[i].fault) ? "warning" : "refused",
		       sentence("cause", p[i].fault, LANG_EN),
		       sentence("cure", p[i].fault, LANG_EN));
	}
}

static void put_row(FILE *out, const struct roster_file *f, int line)
{
	for (int c = 0; c < roster_file_width(f); c++)
		csv_put(out, roster_file_cell(f, line, c), false);
	fputs("\r\n", out);
}

/* For the school, to be put right and imported again: Chinese, opens in a spreadsheet. */
static int write_problems(const struct roster_file *f, const struct job *j)
{
	int fd = openat(j->dir, "问题名单.csv", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	SCOPED_FILE FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	const struct import_problem *p;
	size_t n = roster_file_problems(f, &p);
	char cell[16];

	if (!out)
		return -errno;
	fprintf(out, "\xef\xbb\xbf%s", text_get(LANG_ZH, "roster.problem.header"));
	put_row(out, f, 1);
	for (size_t i = 0; i < n; i++) {
		cell_name(&p[i], cell);
		csv_put(out, cell, true);
		csv_put(out, sentence("cause", p[i].fault, LANG_ZH), false);
		csv_put(out, sentence("cure", p[i].fault, LANG_ZH), false);
		put_row(out, f, p[i].line);
	}
	return fflush(out) || fsync(fd) < 0 ? -EIO : 0;
}

/* --- import --------------------------------------------------------------------------------------
 */

static int refuse_file(const struct import_result *r)
{
	static const char *const words[] = {
		[FILE_FINE] = "",
		[FILE_UNREADABLE] = "cannot be read",
		[FILE_TOO_BIG] = "is too big (64 MiB, 200,000 rows, 256 columns)",
		[FILE_EMPTY] = "is empty",
		[FILE_ENCODING] = "is neither UTF-8 nor GB18030 text; save it as CSV UTF-8",
		[FILE_NOT_TEXT] = "is not a text file; save the sheet as CSV UTF-8",
		[FILE_HEADER] = "lacks these columns in its first row",
		[FILE_HEADER_TWICE] = "has a column twice",
		[FILE_QUOTES] = "has a quote that is never closed",
	};

	fprintf(stderr, "tapshot: the file %s%s%s; nothing was imported\n", words[r->fault],
		r->detail[0] ? ": " : "", r->detail);
	return EXIT_CANNOT;
}

static int job_error(int rc, const char *job)
{
	const char *why = rc == -EBUSY	   ? "the kiosk has this job open; stop it first"
			  : rc == -EINVAL  ? "this is no usable job name"
			  : rc == -EUCLEAN ? "its database is damaged or from a newer program"
					   : strerror(-rc);

	fprintf(stderr, "tapshot: job %s: %s\n", job, why);
	return EXIT_CANNOT;
}

static int set_block(struct job *j, const struct import_args *a)
{
	struct rows rows = { .db = j->db, .kiosk = a->kiosk };
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

static void say_counts(const struct import_result *r)
{
	printf("%s, separator %s; %d rows: %d good, %d refused, %d warnings\n", r->encoding,
	       r->separator == '\t'  ? "tab"
	       : r->separator == ';' ? ";"
				     : ",",
	       r->rows, r->good, r->bad, r->warnings);
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

static int write_into(struct roster_file *f, struct job *j, const char *code,
		      const struct import_args *a)
{
	const struct import_result *r = roster_file_result(f);
	int rc = roster_file_write(f, j, code, a->kiosk);

	if (rc < 0)
		fprintf(stderr, "tapshot: could not write the job; nothing was imported\n");
	if (!rc)
		rc = set_block(j, a);
	if (!rc && r->bad && write_problems(f, j) < 0) {
		fprintf(stderr, "tapshot: imported, but 问题名单.csv could not be written\n");
		rc = EXIT_CANNOT;
	} else if (!rc && r->bad) {
		printf("refused rows: %s/问题名单.csv\n", j->path);
	}
	if (!rc)
		printf("imported: %d new, %d updated\n", r->added, r->updated);
	if (!rc)
		say_numbers(j->db, a->kiosk);
	return rc < 0 ? EXIT_CANNOT : rc;
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
static int write_beside(const char *data, const char *code, const struct import_args *a)
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
		return job_error(rc, code);
	rc = wait_between_visits(&j);
	if (!rc)
		f = roster_file_read(a->file);
	if (rc < 0)
		fprintf(stderr, "tapshot: the visit does not end; nothing was imported\n");
	else if (!f || roster_file_check(f, j.db) < 0 ||
		 (roster_file_result(f)->bad && !a->accept_rows))
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
		return write_beside(data, code, a);
	if (rc < 0)
		return job_error(rc, code);
	rc = write_into(f, &j, code, a);
	job_close(&j);
	return rc;
}

static int import_file(struct roster_file *f, const char *data, const char *code,
		       const struct import_args *a)
{
	const struct import_result *r = roster_file_result(f);
	sqlite3 *db = NULL;
	int rc;

	if (r->fault)
		return refuse_file(r);
	rc = job_open_reader(data, code, &db);
	if (!rc)
		rc = roster_file_check(f, db);
	sqlite3_close(db);
	if (rc < 0 && rc != -ENOENT)
		return job_error(rc, code);
	print_problems(f);
	say_counts(r);
	if (r->bad && !a->accept_rows) {
		printf("nothing was imported; to take the %d good rows and leave %d out, add "
		       "--accept-rows\n",
		       r->good, r->bad);
		return EXIT_NO;
	}
	return a->dry_run ? 0 : write_rows(f, data, code, a);
}

static int parse_import(int argc, char **argv, struct import_args *a)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--accept-rows"))
			a->accept_rows = true;
		else if (!strcmp(argv[i], "--dry-run"))
			a->dry_run = true;
		else if (!strcmp(argv[i], "--kiosk") && i + 1 < argc)
			a->kiosk = argv[++i];
		else if (!strcmp(argv[i], "--block") && i + 1 < argc &&
			 sscanf(argv[i + 1], "%d-%d", &a->first, &a->last) == 2)
			i++;
		else if (argv[i][0] == '-' || a->file)
			return -1;
		else
			a->file = argv[i];
	}
	return a->file && a->first >= 0 && a->first <= a->last && a->last <= 9999 ? 0 : -1;
}

static int run_import(int argc, char **argv, const struct cmd_common *c)
{
	struct import_args a = { .kiosk = "K1" };
	struct roster_file *f;
	int status;

	if (parse_import(argc, argv, &a) < 0 || !c->job) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!job_name_ok(c->job))
		return job_error(-EINVAL, c->job);
	f = roster_file_read(a.file);
	status = f ? import_file(f, c->data, c->job, &a) : EXIT_CANNOT;
	roster_file_free(f);
	return status;
}

/* --- list, missing, show -------------------------------------------------------------------------
 */

static void print_person(const struct person *p, json_t *list)
{
	char masked[IDENTITY_MAX];

	identity_mask(p->id_no, masked);
	if (list)
		json_array_append_new(
			list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "id",
					p->id, "name", p->name, "number", p->seq, "masked_id",
					masked, "student_no", p->student_no, "sex", p->sex, "level",
					p->level, "class", p->class_name, "captured", p->captured,
					"walk_in", p->walk_in));
	else
		printf("%-5s %-20s %-12s %-10s %-10s %s%s\n", p->seq[0] ? p->seq : "-", masked,
		       p->student_no, p->class_name, p->captured ? "captured" : "missing", p->name,
		       p->walk_in ? " [walk-in]" : "");
}

static int each_person(sqlite3 *db, struct roster *r, bool only_missing, json_t *list)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, "SELECT id FROM person ORDER BY id", "");
	struct person p;
	int rc = SQLITE_DONE;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!roster_get(r, sqlite3_column_int64(st, 0), &p) &&
		    !(only_missing && p.captured))
			print_person(&p, list);
	return st && rc == SQLITE_DONE ? 0 : EXIT_CANNOT;
}

static int show(struct roster *r, const char *number, json_t *list)
{
	struct person p[ROSTER_MATCHES_MAX];
	int n = roster_find(r, number, p, ROSTER_MATCHES_MAX);

	if (!n)
		n = roster_find_student_no(r, number, p, ROSTER_MATCHES_MAX);
	for (int i = 0; i < n; i++)
		print_person(&p[i], list);
	return n > 0 ? 0 : n < 0 ? EXIT_CANNOT : EXIT_NO;
}

static int run_look(int argc, char **argv, const struct cmd_common *c)
{
	json_t *list = c->json ? json_array() : NULL;
	struct roster *r = NULL;
	sqlite3 *db = NULL;
	char job[JOB_CODE_MAX];
	int status = EXIT_CANNOT, rc;

	if (cmd_pick_job(c, job) < 0)
		return EXIT_CANNOT;
	rc = job_open_reader(c->data, job, &db);
	if (rc < 0)
		return job_error(rc, job);
	if (!roster_open(db, &r))
		status = !strcmp(argv[0], "show") && argc > 1
				 ? show(r, argv[1], list)
				 : each_person(db, r, !strcmp(argv[0], "missing"), list);
	if (list) {
		json_dumpf(list, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(list);
	}
	roster_close(r);
	sqlite3_close(db);
	return status;
}

int cmd_roster(int argc, char **argv)
{
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (argc > 1 && !c.help && !strcmp(argv[1], "import"))
		return run_import(argc - 1, argv + 1, &c);
	if ((argc == 2 && !c.help && (!strcmp(argv[1], "list") || !strcmp(argv[1], "missing"))) ||
	    (argc == 3 && !c.help && !strcmp(argv[1], "show")))
		return run_look(argc - 1, argv + 1, &c);
	fputs(usage, c.help ? stdout : stderr);
	return c.help ? 0 : EXIT_USAGE;
}
