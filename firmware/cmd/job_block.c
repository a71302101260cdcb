/* `tapshot job block`: which shooting numbers each kiosk may give. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/store/block.h"
#include "firmware/store/job.h"

static const char usage[] =
	"usage: tapshot job block [--job JOB] [--json]                     who has which numbers\n"
	"       tapshot job block --kiosk K2 3001-6000 [--series S]        (default: the job's series)\n"
	"       tapshot job block --plan K1,K2,K3 --each 3000              past 9999: the next series\n"
	"Set before the job goes to its kiosks. Blocks of one series never overlap. A kiosk whose block\n"
	"is used up goes on in the next series it has a block in; nobody is renumbered.\n";

enum { KIOSKS_MAX = 99 };

struct block_args {
	const char *kiosk, *series;
	char plan[512];
	const char *kiosks[KIOSKS_MAX];
	int count, each, first, last;
};

static int take_plan(struct block_args *a, const char *value)
{
	char *save = NULL;

	text_copy(a->plan, sizeof(a->plan), value);
	for (char *p = strtok_r(a->plan, ", ", &save); p; p = strtok_r(NULL, ", ", &save)) {
		if (a->count == KIOSKS_MAX)
			return -1;
		a->kiosks[a->count++] = p;
	}
	return a->count ? 0 : -1;
}

static int parse(int argc, char **argv, struct block_args *a)
{
	char rest;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--kiosk") && i + 1 < argc)
			a->kiosk = argv[++i];
		else if (!strcmp(argv[i], "--series") && i + 1 < argc)
			a->series = argv[++i];
		else if (!strcmp(argv[i], "--each") && i + 1 < argc)
			a->each = atoi(argv[++i]);
		else if (!strcmp(argv[i], "--plan") && i + 1 < argc) {
			if (take_plan(a, argv[++i]) < 0)
				return -1;
		} else if (sscanf(argv[i], "%d-%d%c", &a->first, &a->last, &rest) != 2) {
			return -1;
		}
	}
	if (a->count)
		return a->each && !a->kiosk && !a->first ? 0 : -1;
	return (a->kiosk != NULL) == (a->first || a->last) ? 0 : -1;
}

static int tell(void *ctx, const struct block_row *b)
{
	if (ctx)
		json_array_append_new(ctx, json_pack("{ss ss si si si}", "kiosk", b->kiosk,
						     "series", b->series, "first", b->first, "last",
						     b->last, "given", b->given));
	else
		printf("series %-4s %04d-%04d  %-10s %d given\n", b->series, b->first, b->last,
		       b->kiosk, b->given);
	return 0;
}

static int change(struct job *j, const struct block_args *a, char why[static BLOCK_WHY_MAX])
{
	const char *author = job_office_id(j->db, "K1");
	char series[16] = "1";
	sqlite3_stmt *st = sql_prepare(j->db, "SELECT series FROM job", "");
	int rc;

	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(series, sizeof(series), sql_text(st, 0));
	sqlite3_finalize(st);
	if (sql_run(j->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EIO;
	rc = a->count ? block_plan(j->db, author, a->kiosks, a->count, a->each, why)
		      : block_set(j->db, author, a->kiosk, a->series ? a->series : series, a->first,
				  a->last, why);
	if (!rc && sql_run(j->db, "COMMIT", "") != SQLITE_DONE)
		rc = -EIO;
	if (!sqlite3_get_autocommit(j->db))
		sql_run(j->db, "ROLLBACK", "");
	return rc;
}

static int show(const struct cmd_common *c, const char *job)
{
	json_t *list = c->json ? json_array() : NULL;
	sqlite3 *db = NULL;
	int rc = job_open_reader(c->data, job, &db);

	if (!rc)
		rc = block_each(db, tell, list);
	if (list) {
		json_dumpf(list, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(list);
	sqlite3_close(db);
	if (rc < 0)
		fprintf(stderr, "tapshot: job %s: %s\n", job, strerror(-rc));
	return rc < 0 ? EXIT_CANNOT : 0;
}

int cmd_job_block(int argc, char **argv, struct cmd_common *c)
{
	struct block_args a = { .kiosk = NULL };
	char job[64], why[BLOCK_WHY_MAX] = "";
	struct job j;
	int rc;

	if (argc > 1 && !c->job && argv[1][0] != '-' && !strchr(argv[1], '-')) {
		c->job = argv[1];
		argv++;
		argc--;
	}
	if (c->help || parse(argc, argv, &a) < 0) {
		fputs(usage, c->help ? stdout : stderr);
		return c->help ? 0 : EXIT_USAGE;
	}
	if (cmd_pick_job(c, job) < 0)
		return EXIT_CANNOT;
	if (!a.kiosk && !a.count)
		return show(c, job);
	rc = job_open(c->data, job, false, &j);
	if (!rc) {
		rc = change(&j, &a, why);
		job_close(&j);
	}
	if (!rc)
		return show(c, job);
	fprintf(stderr, "tapshot: job %s: no block was set: %s\n", job,
		rc == -EBUSY ? "a kiosk has it open; stop it first"
		: why[0]     ? why
			     : strerror(-rc));
	return rc == -EEXIST || rc == -EINVAL ? EXIT_NO : EXIT_CANNOT;
}
