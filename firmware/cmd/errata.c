/* `tapshot errata`: corrections after delivery (勘误). */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/seal.h"
#include "firmware/identity/identity.h"
#include "firmware/office/errata.h"
#include "firmware/office/errata_export.h"
#include "firmware/office/merge.h"

static const char usage[] =
	"usage: tapshot errata import LIST              the school's list: 身份证号/学号/姓名 + 原因\n"
	"       tapshot errata list [--all]             what is open (--all: delivered too)\n"
	"       tapshot errata frames PERSON            every attempt, with verdict, reason, path\n"
	"       tapshot errata choose PERSON FRAME --reason TEXT    FRAME as K1-000041\n"
	"       tapshot errata undo PERSON [--reason TEXT]\n"
	"       tapshot errata export --to DIR [--profile NAME] [--sheet NAME] [--plain]\n"
	"Each with --job JOB, --json, and --from PACKAGE (several times; --passphrase-file FILE, --signer\n"
	"FINGERPRINT as with merge): the job is brought in from archives first, when the kiosk was\n"
	"erased. PERSON is a document number, 学号, name or\n"
	"shooting number that only one has.\n";

enum { PACKAGES_MAX = 64, WORDS_MAX = 4 };

struct errata_args {
	const char *from[PACKAGES_MAX], *words[WORDS_MAX];
	int from_count, word_count;
	const char *reason, *passphrase_file, *signer;
	struct errata_wish wish;
	bool all;
	json_t *list; /* --json */
	const char *data, *job;
};

static int cannot(const struct errata_args *a, int rc, const char *why)
{
	fprintf(stderr, "tapshot: job %s: %s\n", a->job,
		why && why[0]	? why
		: rc == -EBUSY	? "another command has it open; end that first"
		: rc == -EAGAIN ? "somebody is being photographed; once more when the visit is over"
		: rc == -ENOENT ? "there is no such job (--from PACKAGE brings one in)"
		: rc == -EUCLEAN ? "its database is damaged or of another program"
				 : strerror(-rc));
	return rc == -EINVAL ? EXIT_NO : EXIT_CANNOT;
}

/* --- bringing the job in ---------------------------------------------------------------------- */

static int bring_in(const struct errata_args *a)
{
	struct cmd_common c = { .data = a->data };
	char passphrase[SEAL_PASSPHRASE_MAX + 1];
	struct merge_options o = { .signers = &a->signer,
				   .signer_count = a->signer != NULL,
				   .passphrase = passphrase };
	struct merge_report report;
	struct job j;
	int rc = 0;

	if (!a->from_count)
		return 0;
	if (cmd_package_passphrase(&c, a->job, a->passphrase_file, passphrase) < 0)
		return EXIT_CANNOT;
	if (!passphrase[0])
		o.passphrase = NULL;
	rc = job_open(a->data, a->job, true, &j);
	if (rc < 0)
		return cannot(a, rc, NULL);
	for (int i = 0; i < a->from_count && !rc; i++) {
		rc = merge_package(&j, a->from[i], &o, &report);
		if (rc < 0)
			fprintf(stderr, "tapshot: %s: %s\n", a->from[i],
				report.why[0] ? report.why : strerror(-rc));
		else if (!report.known)
			fprintf(stderr, "%s: in, signed by %s\n", a->from[i], report.fingerprint);
	}
	merge_close(&j);
	explicit_bzero(passphrase, sizeof(passphrase));
	return rc ? EXIT_CANNOT : 0;
}

/* --- import ----------------------------------------------------------------------------------- */

struct importing {
	const struct errata_args *a;
	int rows[ERRATA_ROW_COUNT];
};

static int tell_line(void *ctx, const struct errata_line *l)
{
	struct importing *in = ctx;
	char masked[IDENTITY_MAX];

	in->rows[l->row]++;
	identity_mask(l->id_no, masked);
	if (in->a->list)
		json_array_append_new(in->a->list,
				      json_pack("{ss si ss sI sI ss ss}", "sheet", l->sheet, "line",
						l->line, "result", errata_row_word(l->row),
						"erratum", l->erratum, "person", l->person,
						"student_no", l->student_no, "reason", l->reason));
	else if (l->row != ERRATA_ADDED)
		printf("row %d: %s: %s %s %s\n", l->line, errata_row_word(l->row), masked,
		       l->student_no, l->name);
	return 0;
}

static int import_table(const struct errata_args *a, const struct table *t)
{
	struct importing in = { .a = a };
	struct job j;
	int rc = errata_open(a->data, a->job, &j);

	if (rc < 0)
		return cannot(a, rc, NULL);
	rc = errata_import(&j, t, tell_line, &in);
	if (errata_close(&j, rc == 0) < 0 && !rc)
		rc = -EIO;
	if (rc < 0)
		return cannot(a, rc,
			      rc == -EINVAL
				      ? "no sheet has a row of headers with 身份证号, 学号 or "
					"姓名, and 原因"
				      : NULL);
	if (!a->list)
		printf("%d errata added, %d open already; not found: %d nobody, %d several, %d "
		       "contradict, %d without any picture\n",
		       in.rows[ERRATA_ADDED], in.rows[ERRATA_ALREADY], in.rows[ERRATA_NOBODY],
		       in.rows[ERRATA_SEVERAL], in.rows[ERRATA_CONTRADICTS],
		       in.rows[ERRATA_NO_PICTURE]);
	return in.rows[ERRATA_NOBODY] + in.rows[ERRATA_SEVERAL] + in.rows[ERRATA_CONTRADICTS] +
			       in.rows[ERRATA_NO_PICTURE]
		       ? EXIT_NO
		       : 0;
}

static int run_import(struct errata_args *a)
{
	const struct table_wish guess = { .encoding = NULL };
	struct table *t = table_read(a->words[0], &guess);
	int status;

	if (!t || table_fault(t)) {
		fprintf(stderr, "tapshot: %s: %s %s\n", a->words[0],
			t ? table_fault_word(table_fault(t)) : "no memory",
			t ? table_detail(t) : "");
		table_free(t);
		return EXIT_CANNOT;
	}
	status = import_table(a, t);
	table_free(t);
	return status;
}

/* --- looking ---------------------------------------------------------------------------------- */

static int tell_erratum(void *ctx, const struct erratum *e)
{
	const struct errata_args *a = ctx;
	const char *state = e->delivered ? "delivered" : e->new_shot ? "chosen" : "open";
	char masked[IDENTITY_MAX], chosen[64] = "none chosen yet";

	identity_mask(e->id_no, masked);
	if (a->list)
		json_array_append_new(a->list,
				      json_pack("{ss sI sI ss ss ss ss ss sI ss sI}", "kiosk",
						e->kiosk, "erratum", e->n, "person", e->person,
						"student_no", e->student_no, "name", e->name,
						"reason", e->reason, "state", state, "old_kiosk",
						e->old_kiosk, "old_shot", e->old_shot, "new_kiosk",
						e->new_kiosk, "new_shot", e->new_shot));
	if (a->list)
		return 0;
	if (e->new_shot)
		snprintf(chosen, sizeof(chosen), "%s-%06lld", e->new_kiosk, (long long)e->new_shot);
	printf("%-10s %-14s %-20s %s  %s-%06lld -> %s  %s\n", state, e->student_no, masked, e->name,
	       e->old_kiosk, (long long)e->old_shot, chosen, e->reason);
	return 0;
}

static int tell_frame(void *ctx, const struct frame *f)
{
	const struct errata_args *a = ctx;

	if (a->list)
		json_array_append_new(
			a->list, json_pack("{ss sI si ss ss ss ss sb ss}", "frame", f->id, "visit",
					   f->visit, "attempt", f->attempt, "state", f->state,
					   "verdict", f->verdict, "reason", f->reason, "why",
					   f->why, "counts", f->counts, "path", f->path));
	else
		printf("%s%s  attempt %d  %-11s %-5s %s %s  %s\n", f->id, f->counts ? "*" : " ",
		       f->attempt, f->state, f->verdict, f->reason, f->why, f->path);
	return 0;
}

static int64_t who(const struct errata_args *a, sqlite3 *db)
{
	int64_t person = errata_person(db, a->words[0]);

	if (person <= 0)
		fprintf(stderr, "tapshot: “%s”: %s\n", a->words[0],
			person == -E2BIG ? "several people; give their document number"
			: person	 ? "the job cannot be read"
					 : "nobody of this job");
	return person;
}

static int run_look(struct errata_args *a, bool frames)
{
	char dir[JOB_PATH_MAX];
	sqlite3 *db = NULL;
	int64_t person;
	int rc = job_open_reader(a->data, a->job, &db);

	if (rc < 0)
		return cannot(a, rc, NULL);
	snprintf(dir, sizeof(dir), "%.350s/jobs/%.64s", a->data, a->job);
	person = frames ? who(a, db) : 1;
	if (person > 0)
		rc = frames ? errata_frames(db, dir, person, tell_frame, a)
			    : errata_each(db, !a->all, tell_erratum, a);
	sqlite3_close(db);
	if (rc < 0)
		return cannot(a, rc, NULL);
	return person > 0 ? 0 : person < 0 && person != -E2BIG ? EXIT_CANNOT : EXIT_NO;
}

/* --- changing --------------------------------------------------------------------------------- */

static int run_change(struct errata_args *a, bool undo)
{
	char why[ERRATA_WHY_MAX] = "";
	int64_t person;
	struct job j;
	int rc = errata_open(a->data, a->job, &j);

	if (rc < 0)
		return cannot(a, rc, NULL);
	person = who(a, j.db);
	if (person > 0)
		rc = undo ? errata_undo(&j, person, a->reason ? a->reason : "", why)
			  : errata_choose(&j, person, a->words[1], a->reason, why);
	if (errata_close(&j, person > 0 && !rc) < 0 && !rc)
		rc = -EIO;
	if (rc < 0)
		return cannot(a, rc, why);
	return person > 0 ? 0 : EXIT_NO;
}

static int run_export(struct errata_args *a)
{
	struct errata_delta d;
	int rc;

	a->wish.data_dir = a->data;
	a->wish.job = a->job;
	rc = errata_export(&a->wish, &d);
	if (rc == -ENODATA)
		printf("nothing is chosen that was not delivered\n");
	else if (d.why[0])
		fprintf(stderr, "tapshot: %s\n", d.why);
	else if (rc)
		fprintf(stderr, "tapshot: export stopped at %s%s%s: %s %s\n", d.report.path,
			d.report.where[0] ? "/" : "", d.report.where, export_words(d.report.cause),
			d.report.detail);
	else if (a->list)
		json_array_append_new(a->list,
				      json_pack("{si ss si sb}", "people", d.people, "path",
						d.report.path, "uncut", d.report.uncut, "recorded",
						d.report.recorded));
	else
		printf("delivered: %d people, %d files, read back and compared: %s\n", d.people,
		       d.report.written + d.report.kept, d.report.path);
	if (!rc && !d.report.recorded)
		fprintf(stderr,
			"tapshot: the package is whole, but the job's ledger could not note it; run "
			"the same command again when the kiosk is idle\n");
	if (!rc && d.report.uncut)
		fprintf(stderr, "ATTENTION: %d people have no finished picture\n", d.report.uncut);
	export_report_fini(&d.report);
	return rc == -ENODATA ? EXIT_NO : rc ? EXIT_CANNOT : 0;
}

/* --- arguments -------------------------------------------------------------------------------- */

static int take_value(struct errata_args *a, const char *name, const char *value)
{
	if (!strcmp(name, "--reason"))
		a->reason = value;
	else if (!strcmp(name, "--to"))
		a->wish.to = value;
	else if (!strcmp(name, "--profile"))
		a->wish.profile = value;
	else if (!strcmp(name, "--sheet"))
		a->wish.sheet = value;
	else if (!strcmp(name, "--passphrase-file"))
		a->passphrase_file = value;
	else if (!strcmp(name, "--signer"))
		a->signer = value;
	else if (!strcmp(name, "--from") && a->from_count < PACKAGES_MAX)
		a->from[a->from_count++] = value;
	else
		return -1;
	return 0;
}

static int parse(int argc, char **argv, struct errata_args *a)
{
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--all"))
			a->all = true;
		else if (!strcmp(argv[i], "--plain"))
			a->wish.plain = true;
		else if (argv[i][0] == '-' && i + 1 < argc && !take_value(a, argv[i], argv[i + 1]))
			i++;
		else if (argv[i][0] == '-' || a->word_count == WORDS_MAX)
			return -1;
		else
			a->words[a->word_count++] = argv[i];
	}
	return 0;
}

static int run(struct errata_args *a, const char *what)
{
	int status = bring_in(a);

	if (status)
		return status;
	if (!strcmp(what, "import") && a->word_count == 1)
		return run_import(a);
	if (!strcmp(what, "list") && !a->word_count)
		return run_look(a, false);
	if (!strcmp(what, "frames") && a->word_count == 1)
		return run_look(a, true);
	if (!strcmp(what, "choose") && a->word_count == 2 && a->reason)
		return run_change(a, false);
	if (!strcmp(what, "undo") && a->word_count == 1)
		return run_change(a, true);
	if (!strcmp(what, "export") && !a->word_count && a->wish.to)
		return run_export(a);
	fputs(usage, stderr);
	return EXIT_USAGE;
}

int cmd_errata(int argc, char **argv)
{
	struct errata_args a = { .from_count = 0 };
	struct cmd_common c;
	char job[64];
	int status;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help || argc < 2 || parse(argc, argv, &a) < 0) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	if (cmd_pick_job(&c, job) < 0)
		return EXIT_CANNOT;
	a.data = c.data;
	a.job = job;
	a.list = c.json ? json_array() : NULL;
	status = run(&a, argv[1]);
	if (a.list && status != EXIT_USAGE) {
		json_dumpf(a.list, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(a.list);
	return status;
}
