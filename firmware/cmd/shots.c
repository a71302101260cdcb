/* `tapshot shots`: every picture of the job that reached the disk, one JSON array. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/cmd.h"
#include "firmware/store/job.h"
#include "firmware/store/store.h"

static const char usage[] =
	"usage: tapshot shots --job JOB [--json]\n"
	"States: accepted (the person's picture now), rejected (failed, or not decided yet: reason\n"
	"\"undecided\"), void (taken back, or replaced by a later picture: reason \"superseded\"),\n"
	"quarantined. A shot whose picture never arrived is not listed. Paths are absolute.\n";

static int add_row(void *ctx, const struct shot_row *row)
{
	json_t *o = json_pack("{sIsIsssssiss}", "visit", row->visit, "n", row->shot, "shot",
			      row->shot_id, "number", row->number, "attempt", row->attempt, "state",
			      row->state);

	json_object_set_new(o, "source", json_string(row->source));
	json_object_set_new(o, "path", json_string(row->path));
	json_object_set_new(o, "bytes", json_integer(row->bytes));
	json_object_set_new(o, "sha256", json_string(row->sha256));
	json_object_set_new(o, "verdict", json_string(row->verdict));
	json_object_set_new(o, "reason", json_string(row->reason));
	return json_array_append_new(ctx, o);
}

static int print_row(void *ctx, const struct shot_row *row)
{
	(void)ctx;
	printf("%-12s %-5s visit %-5lld #%d %-11s %-8s %-8s %-12s %9lld %.12s\n", row->shot_id,
	       row->number[0] ? row->number : "-", (long long)row->visit, row->attempt, row->state,
	       row->source, row->verdict, row->reason, (long long)row->bytes, row->sha256);
	return 0;
}

int cmd_shots(int argc, char **argv)
{
	struct cmd_common c;
	char job[JOB_CODE_MAX];
	sqlite3 *db = NULL;
	json_t *list;
	int rc;

	argc = cmd_common(argc, argv, &c);
	if (argc != 1 || c.help) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	if (cmd_pick_job(&c, job) < 0)
		return EXIT_CANNOT;
	rc = store_open_reader(c.data, job, &db);
	if (rc < 0) {
		fprintf(stderr, "tapshot: job %s: %s\n", job, strerror(-rc));
		return EXIT_CANNOT;
	}
	list = json_array();
	rc = store_each_shot(db, c.json ? add_row : print_row, list);
	if (c.json) {
		json_dumpf(list, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(list);
	sqlite3_close(db);
	return rc ? EXIT_CANNOT : 0;
}
