/* `tapshot job create | list | show | set | sheet` */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/jobsheet.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"

static const char usage[] =
	"usage: tapshot job create JOB [--kind ENROL|GRAD] [--roster file|open] [KEY=VALUE ...]\n"
	"       tapshot job set [--job JOB] KEY=VALUE ...   (KEY= takes a value away)\n"
	"       tapshot job show [--job JOB] [--json] | list [--json]\n"
	"       tapshot job block ...                (shooting numbers of each kiosk; job block -h)\n"
	"       tapshot job sheet -o FILE.pdf [--job JOB]\n"
	"       tapshot job passphrase [--job JOB]   (of the sealed parts; asked for, or stdin)\n"
	"A key may be written as on the sheet 任务 of the roster template: 学校名称=…\n";

static const char kiosk[] = "K1"; /* whose chain the events of the office stand in */

static int cannot(int rc, const char *job)
{
	const char *why = rc == -EBUSY	   ? "the kiosk has this job open; stop it first"
			  : rc == -EINVAL  ? "this is no usable job name"
			  : rc == -EUCLEAN ? "its database is damaged or from a newer program"
			  : rc == -ENOENT  ? "there is no such job"
			  : rc == -EEXIST  ? "it exists already; change it with: tapshot job set"
					   : strerror(-rc);

	fprintf(stderr, "tapshot: job %s: %s\n", job, why);
	return EXIT_CANNOT;
}

/* --- values on the command line ------------------------------------------------------------------
 */

static void say_choices(enum job_field f)
{
	static const char *const hints[] = { [FIELD_CODE5] = "five digits",
					     [FIELD_DATE] = "a date like 2026-11-21",
					     [FIELD_COUNT] = "a number",
					     [FIELD_DAYS] = "0 to 30 days",
					     [FIELD_TEXT] = "one line of text" };
	enum field_type type = job_field_type(f);

	if (!job_field_word(type, 0, false))
		fprintf(stderr, "%s", hints[type]);
	for (int i = 0; job_field_word(type, i, false); i++)
		fprintf(stderr, "%s%s (%s)", i ? ", " : "", job_field_word(type, i, false),
			job_field_word(type, i, true));
	fprintf(stderr, "\n");
}

/* KEY=VALUE; says what is wrong. */
static int split_pair(const char *pair, enum job_field *f, char value[static JOB_FIELD_MAX])
{
	const char *equals = strchr(pair, '=');
	char key[64];
	int found;

	if (!equals || (size_t)(equals - pair) >= sizeof(key)) {
		fprintf(stderr, "tapshot: “%s” is not KEY=VALUE\n", pair);
		return -EINVAL;
	}
	memcpy(key, pair, (size_t)(equals - pair));
	key[equals - pair] = '\0';
	found = job_field_find(key);
	if (found < 0) {
		fprintf(stderr, "tapshot: a job has no field “%s”; they are:", key);
		for (int i = 0; i < JOB_FIELD_COUNT; i++)
			fprintf(stderr, " %s (%s)", job_field_key((enum job_field)i),
				job_field_header((enum job_field)i));
		fprintf(stderr, "\n");
		return -EINVAL;
	}
	*f = (enum job_field)found;
	if (!job_field_normal(*f, equals + 1, value))
		return 0;
	fprintf(stderr, "tapshot: %s (%s) cannot be “%s”; it is ", job_field_key(*f),
		job_field_header(*f), equals + 1);
	say_choices(*f);
	return -EINVAL;
}

static int check_pairs(int count, char **pairs)
{
	char value[JOB_FIELD_MAX];
	enum job_field f;

	for (int i = 0; i < count; i++)
		if (split_pair(pairs[i], &f, value) < 0)
			return -EINVAL;
	return 0;
}

static int set_pairs(struct job *j, int count, char **pairs)
{
	char value[JOB_FIELD_MAX];
	enum job_field f;
	int rc = 0;

	for (int i = 0; i < count && !rc; i++) {
		rc = split_pair(pairs[i], &f, value);
		if (!rc && f == JOB_FIELD(KIND) && job_kind_fixed(j->db, value)) {
			fprintf(stderr,
				"tapshot: people are in this job already; its kind stays\n");
			rc = -EINVAL;
		}
		if (!rc)
			rc = job_field_set(j->db, job_office_id(j->db, kiosk), f, value);
	}
	return rc;
}

/* @begun: job_between_visits() has opened the transaction. */
static int in_transaction(struct job *j, const char *create, int count, char **pairs)
{
	int rc = 0;

	if (sqlite3_get_autocommit(j->db) && sql_run(j->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EIO;
	if (create)
		rc = job_init(j->db, create, kiosk);
	if (!rc)
		rc = set_pairs(j, count, pairs);
	if (!rc && sql_run(j->db, "COMMIT", "") == SQLITE_DONE)
		return 0;
	if (!sqlite3_get_autocommit(j->db))
		sql_run(j->db, "ROLLBACK", "");
	return rc ? rc : -EIO;
}

static int run_create(int argc, char **argv, const struct cmd_common *c)
{
	char *pairs[JOB_FIELD_COUNT + 2], option[2][JOB_FIELD_MAX];
	const char *name = NULL;
	int count = 0, options = 0, rc;
	struct job j;

	for (int i = 1; i < argc; i++) {
		bool named = !strcmp(argv[i], "--kind") || !strcmp(argv[i], "--roster");

		if (named && i + 1 < argc && options < 2) {
			snprintf(option[options], sizeof(option[0]), "%s=%s", argv[i] + 2,
				 argv[i + 1]);
			pairs[count++] = option[options++];
			i++;
		} else if (strchr(argv[i], '=') && count < JOB_FIELD_COUNT) {
			pairs[count++] = argv[i];
		} else if (argv[i][0] != '-' && !name) {
			name = argv[i];
		} else {
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	name = name ? name : c->job;
	if (!name || check_pairs(count, pairs) < 0) {
		if (!name)
			fputs(usage, stderr);
		return EXIT_USAGE;
	}
	rc = job_open(c->data, name, true, &j);
	if (rc < 0)
		return cannot(rc, name);
	rc = in_transaction(&j, name, count, pairs);
	if (!rc)
		printf("job %s: %s\n", name, j.path);
	job_close(&j);
	return rc < 0 ? cannot(rc, name) : 0;
}

static int run_set(int argc, char **argv, const struct cmd_common *c)
{
	char name[JOB_CODE_MAX];
	struct job j;
	int rc;

	if (argc < 2 || check_pairs(argc - 1, argv + 1) < 0)
		return EXIT_USAGE;
	if (cmd_pick_job(c, name) < 0)
		return EXIT_CANNOT;
	rc = job_open(c->data, name, false, &j);
	if (rc == -EBUSY) { /* a kiosk runs on it: between two visits */
		rc = job_open_beside(c->data, name, &j);
		if (!rc && (rc = job_between_visits(&j)) < 0)
			job_close(&j);
		rc = rc == -EAGAIN ? -EBUSY : rc;
	}
	if (rc < 0)
		return cannot(rc, name);
	rc = in_transaction(&j, NULL, argc - 1, argv + 1);
	job_close(&j);
	if (rc == -EINVAL)
		return EXIT_CANNOT; /* it has been said why */
	return rc < 0 ? cannot(rc, name) : 0;
}

/* --- looking -------------------------------------------------------------------------------------
 */

static void show_field(sqlite3 *db, enum job_field f, json_t *out)
{
	char value[JOB_FIELD_MAX];

	job_field_get(db, f, value);
	if (out)
		json_object_set_new(out, job_field_key(f), json_string(value));
	else
		printf("%-18s %s%s%s\n", job_field_key(f), job_field_header(f),
		       value[0] ? "  " : "", value);
}

static int show_job(sqlite3 *db, const char *name, bool json)
{
	json_t *out = json ? json_pack("{ss}", "job", name) : NULL;
	int64_t people = sql_int(db, 0, "SELECT count(*) FROM person WHERE NOT removed", "");
	int64_t aside = sql_int(db, 0, "SELECT count(*) FROM aside WHERE NOT solved", "");

	if (!json)
		printf("%-18s %s\n", "job", name);
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		show_field(db, (enum job_field)i, out);
	if (!json) {
		printf("%-18s %lld\n%-18s %lld\n", "people", (long long)people, "set aside",
		       (long long)aside);
		return 0;
	}
	json_object_set_new(out, "people", json_integer(people));
	json_object_set_new(out, "aside", json_integer(aside));
	json_dumpf(out, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(out);
	return 0;
}

static int run_show(const struct cmd_common *c)
{
	char name[JOB_CODE_MAX];
	sqlite3 *db = NULL;
	int rc;

	if (cmd_pick_job(c, name) < 0)
		return EXIT_CANNOT;
	rc = job_open_reader(c->data, name, &db);
	if (rc < 0)
		return cannot(rc, name);
	rc = show_job(db, name, c->json);
	sqlite3_close(db);
	return rc;
}

static void list_job(const struct cmd_common *c, const char *name, json_t *list)
{
	char kind[JOB_FIELD_MAX], roster[JOB_FIELD_MAX], title[JOB_FIELD_MAX];
	sqlite3 *db = NULL;
	int64_t people, shot;

	if (job_open_reader(c->data, name, &db) < 0)
		return;
	job_field_get(db, JOB_FIELD(KIND), kind);
	job_field_get(db, JOB_FIELD(ROSTER), roster);
	job_field_get(db, JOB_FIELD(TITLE), title);
	people = sql_int(db, 0, "SELECT count(*) FROM person WHERE NOT removed", "");
	shot = sql_int(db, 0, "SELECT count(*) FROM picture", "");
	if (list)
		json_array_append_new(list, json_pack("{ss ss ss ss sI sI}", "job", name, "kind",
						      kind, "roster", roster, "title", title,
						      "people", people, "captured", shot));
	else
		printf("%-24s %-5s %-4s %5lld people %5lld captured  %s\n", name, kind, roster,
		       (long long)people, (long long)shot, title);
	sqlite3_close(db);
}

static int run_list(const struct cmd_common *c)
{
	json_t *list = c->json ? json_array() : NULL;
	struct dirent **found = NULL;
	char path[JOB_PATH_MAX];
	int n;

	snprintf(path, sizeof(path), "%s/jobs", c->data);
	n = scandir(path, &found, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (found[i]->d_name[0] != '.')
			list_job(c, found[i]->d_name, list);
		free(found[i]);
	}
	free(found);
	if (list) {
		json_dumpf(list, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(list);
	}
	return 0;
}

static int run_sheet(int argc, char **argv, const struct cmd_common *c)
{
	char name[JOB_CODE_MAX];
	sqlite3 *db = NULL;
	int rc;

	if (argc != 3 || strcmp(argv[1], "-o") != 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (cmd_pick_job(c, name) < 0)
		return EXIT_CANNOT;
	rc = job_open_reader(c->data, name, &db);
	if (rc < 0)
		return cannot(rc, name);
	rc = jobsheet_write(db, name, argv[2]);
	if (rc < 0)
		fprintf(stderr, "tapshot: %s: %s\n", argv[2], strerror(-rc));
	sqlite3_close(db);
	return rc < 0 ? EXIT_CANNOT : 0;
}

/* `job show JOB` means `job show --job JOB`. */
static int take_name(int argc, char **argv, struct cmd_common *c)
{
	if (argc < 3 || c->job || !strcmp(argv[1], "create") || argv[2][0] == '-' ||
	    strchr(argv[2], '='))
		return argc;
	c->job = argv[2];
	memmove(&argv[2], &argv[3], (size_t)(argc - 3) * sizeof(*argv));
	return argc - 1;
}

int cmd_job(int argc, char **argv)
{
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (argc > 1 && !strcmp(argv[1], "block"))
		return cmd_job_block(argc - 1, argv + 1, &c);
	argc = take_name(argc, argv, &c);
	if (argc > 1 && !c.help && !strcmp(argv[1], "create"))
		return run_create(argc - 1, argv + 1, &c);
	if (argc > 1 && !c.help && !strcmp(argv[1], "set"))
		return run_set(argc - 1, argv + 1, &c);
	if (argc == 2 && !c.help && !strcmp(argv[1], "show"))
		return run_show(&c);
	if (argc == 2 && !c.help && !strcmp(argv[1], "list"))
		return run_list(&c);
	if (argc == 2 && !c.help && !strcmp(argv[1], "passphrase"))
		return cmd_job_passphrase(&c);
	if (argc > 1 && !c.help && !strcmp(argv[1], "sheet"))
		return run_sheet(argc - 1, argv + 1, &c);
	fputs(usage, c.help ? stdout : stderr);
	return c.help ? 0 : EXIT_USAGE;
}
