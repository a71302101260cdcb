/* `tapshot roster import | list | missing | show | template` */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/cmd/roster_cmd.h"
#include "firmware/roster/roster.h"

const char roster_usage[] =
	"usage: tapshot roster import FILE --job JOB [--accept-rows] [--dry-run] [--partial|--paid|--whole] [--remove]\n"
	"                      [--block FIRST-LAST] [--kiosk K1] [--problems FILE.xlsx]\n"
	"                      [--sheet NAME] [--header ROW] [--encoding NAME] [--map '列名=学号']\n"
	"                      [--level '函本=成人本科']\n"
	"       tapshot roster list | missing | unlisted [--job JOB] [--json]\n"
	"       tapshot roster show NUMBER|学号|NAME [--job JOB] [--json]\n"
	"       tapshot roster template -o FILE.xlsx [--job JOB]\n"
	"import reads xlsx, xls, dbf and csv. What it guesses is shown; --sheet, --header, --map say it\n"
	"otherwise. With bad rows it asks on a terminal; elsewhere nothing goes in and the exit status is 1.\n"
	"--accept-rows takes the good rows; the bad ones go to 问题名单.xlsx beside the job, and are found by\n"
	"show. --partial: only the columns the file has, only people who are there (guessed; --whole:\n"
	"it is a roster); --paid: such a list of those who have paid. --remove: who is not in\n"
	"the file is taken off, unless there is a picture.\n";

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

/* missing: no picture yet; unlisted: here, and on no roster. */
static bool wanted(const struct person *p, const char *which)
{
	return !strcmp(which, "missing") ? !p->captured : strcmp(which, "unlisted") || p->walk_in;
}

static int each_person(sqlite3 *db, struct roster *r, const char *which, json_t *list)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db, "SELECT id FROM person WHERE NOT removed ORDER BY id", "");
	struct person p;
	int rc = SQLITE_DONE;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW)
		if (!roster_get(r, sqlite3_column_int64(st, 0), &p) && wanted(&p, which))
			print_person(&p, list);
	return st && rc == SQLITE_DONE ? 0 : EXIT_CANNOT;
}

static void print_aside(const struct roster_aside *a, json_t *list)
{
	char word[32], id[64];
	size_t n = strcspn(a->faults, " ");

	snprintf(word, sizeof(word), "%.*s", (int)n, a->faults);
	snprintf(id, sizeof(id), "roster.cause.%s", word);
	if (list)
		json_array_append_new(list,
				      json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:i}", "aside", 1,
						"name", a->name, "student_no", a->student_no,
						"class", a->class_name, "cause", a->faults, "sheet",
						a->sheet, "line", a->line));
	else
		printf("set aside: %s; file row %s%s%d  %s %s %s\n", text_get(LANG_EN, id),
		       a->sheet, a->sheet[0] ? " " : "", a->line, a->student_no, a->class_name,
		       a->name);
}

static int show_aside(sqlite3 *db, const char *who, json_t *list)
{
	struct roster_aside aside[ROSTER_MATCHES_MAX];
	int n = roster_find_aside(db, who, aside, ROSTER_MATCHES_MAX);

	for (int i = 0; i < n; i++)
		print_aside(&aside[i], list);
	return n;
}

static int show(struct roster *r, sqlite3 *db, const char *who, json_t *list)
{
	struct person p[ROSTER_MATCHES_MAX];
	int n = roster_find(r, who, p, ROSTER_MATCHES_MAX), aside;

	if (!n)
		n = roster_find_student_no(r, who, p, ROSTER_MATCHES_MAX);
	if (!n)
		n = roster_find_name(r, who, p, ROSTER_MATCHES_MAX);
	for (int i = 0; i < n; i++)
		print_person(&p[i], list);
	aside = show_aside(db, who, list);
	if (n < 0 || aside < 0)
		return EXIT_CANNOT;
	return n + aside > 0 ? 0 : EXIT_NO;
}

static int run_template(int argc, char **argv, const struct cmd_common *c)
{
	sqlite3 *db = NULL;
	int rc;

	if (argc != 3 || strcmp(argv[1], "-o") != 0) {
		fputs(roster_usage, stderr);
		return EXIT_USAGE;
	}
	rc = c->job ? job_open_reader(c->data, c->job, &db) : 0;
	if (rc < 0)
		return roster_job_error(rc, c->job);
	rc = roster_template_write(argv[2], db);
	if (rc < 0)
		fprintf(stderr, "tapshot: %s: %s\n", argv[2], strerror(-rc));
	sqlite3_close(db);
	return rc < 0 ? EXIT_CANNOT : 0;
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
		return roster_job_error(rc, job);
	if (!roster_open(db, &r))
		status = !strcmp(argv[0], "show") && argc > 1 ? show(r, db, argv[1], list)
							      : each_person(db, r, argv[0], list);
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
		return roster_import(argc - 1, argv + 1, &c);
	if (argc > 1 && !c.help && !strcmp(argv[1], "template"))
		return run_template(argc - 1, argv + 1, &c);
	if ((argc == 2 && !c.help &&
	     (!strcmp(argv[1], "list") || !strcmp(argv[1], "missing") ||
	      !strcmp(argv[1], "unlisted"))) ||
	    (argc == 3 && !c.help && !strcmp(argv[1], "show")))
		return run_look(argc - 1, argv + 1, &c);
	fputs(roster_usage, c.help ? stdout : stderr);
	return c.help ? 0 : EXIT_USAGE;
}
