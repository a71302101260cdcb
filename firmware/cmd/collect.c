/* `tapshot collect`: pictures made elsewhere. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/lists.h"
#include "firmware/judge/judge.h"
#include "firmware/office/collect.h"
#include "firmware/store/job.h"

static const char usage[] =
	"usage: tapshot collect FOLDER --roster FILE [--job JOB] [--data DIR] [--preset xinhua-960]\n"
	"                       [--by 拍摄序号|学号|身份证号] [--admission FOLDER] [--allow WORD,…]\n"
	"                       [--kiosk C1] [--dry-run] [--json] [--report FILE.xlsx|.csv]\n"
	"Matches pictures made elsewhere (0001.jpg …) with the roster both ways, checks each file and\n"
	"portrait by the preset, compares them with each other and with --admission photos, and takes the\n"
	"good ones into the job, byte for byte. The same folder again changes nothing; a file put in\n"
	"another's place supersedes it. Without --job the job has the folder's name.\n"
	"--allow: what refuses nobody here (recorded as accepted anyway): bytes, size, frame …\n"
	"Exit status: 0 all taken, 1 something refused or without its other side, 2 cannot.\n";

struct options {
	struct collect_wish wish;
	const char *report, *by, *allow;
	char job[JOB_CODE_MAX], folder[1024], default_report[JOB_PATH_MAX + 64];
	bool json;
};

/* --- what was wished --------------------------------------------------------------------------- */

static int parse(int argc, char **argv, struct options *o)
{
	struct collect_wish *w = &o->wish;
	const struct {
		const char *name, **value;
	} known[] = {
		{ "--roster", &w->roster },
		{ "--preset", &w->preset },
		{ "--by", &o->by },
		{ "--kiosk", &w->kiosk },
		{ "--report", &o->report },
		{ "--allow", &o->allow },
		{ "--admission", &w->admission },
		{ "--landmarks", &w->landmarks },
	};

	for (int i = 1; i < argc; i++) {
		size_t k = 0, n = 0;

		for (; k < ARRAY_SIZE(known); k++) {
			n = strlen(known[k].name);
			if (!strncmp(argv[i], known[k].name, n) &&
			    (argv[i][n] == '=' || !argv[i][n]))
				break;
		}
		if (k < ARRAY_SIZE(known) && argv[i][n] == '=')
			*known[k].value = argv[i] + n + 1;
		else if (k < ARRAY_SIZE(known) && i + 1 < argc)
			*known[k].value = argv[++i];
		else if (!strcmp(argv[i], "--dry-run"))
			w->dry_run = true;
		else if (argv[i][0] == '-' || w->folder)
			return -1;
		else
			w->folder = argv[i];
	}
	return w->folder ? 0 : -1;
}

static int read_key(struct options *o)
{
	static const struct {
		const char *word;
		enum collect_key key;
	} keys[] = {
		{ "拍摄序号", COLLECT_SEQ },	{ "seq", COLLECT_SEQ },
		{ "学号", COLLECT_STUDENT_NO }, { "student_no", COLLECT_STUDENT_NO },
		{ "身份证号", COLLECT_ID_NO },	{ "id_no", COLLECT_ID_NO },
	};

	for (size_t i = 0; o->by && i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].word, o->by)) {
			o->wish.key = keys[i].key;
			return 0;
		}
	if (o->by)
		fprintf(stderr, "tapshot collect: --by %s: one of 拍摄序号, 学号, 身份证号\n",
			o->by);
	return o->by ? -1 : 0;
}

static int read_allow(struct options *o)
{
	SCOPED_FREE char *list = strdup(o->allow ? o->allow : "");
	char *rest = list, *word;

	while (list && (word = strsep(&rest, ", "))) {
		int code = *word ? collect_code(word) : -1;

		if (*word && code < 0) {
			fprintf(stderr, "tapshot collect: --allow %s: one of", word);
			for (int i = COLLECT_GREY; i < COLLECT_DENSITY; i++)
				fprintf(stderr, " %s", collect_word((enum collect_code)i));
			fprintf(stderr, " %s\n", collect_word(COLLECT_FRAME));
			return -1;
		}
		if (code >= 0)
			o->wish.allow |= UINT64_C(1) << code;
	}
	return list ? 0 : -1;
}

/* Without the slashes at its end; its last part names the job. */
static int read_names(struct options *o, const struct cmd_common *c)
{
	char *end, *slash;

	if (strlen(o->wish.folder) >= sizeof(o->folder))
		return -1;
	strcpy(o->folder, o->wish.folder);
	end = o->folder + strlen(o->folder);
	while (end > o->folder + 1 && end[-1] == '/')
		*--end = '\0';
	o->wish.folder = o->folder;
	slash = strrchr(o->folder, '/');
	text_copy(o->job, sizeof(o->job), c->job ? c->job : slash ? slash + 1 : o->folder);
	o->wish.job = o->job;
	o->wish.data_dir = c->data;
	if (job_name_ok(o->job))
		return 0;
	fprintf(stderr, "tapshot collect: “%s” cannot be a job's name: give --job JOB\n", o->job);
	return -1;
}

/* --- what came out ----------------------------------------------------------------------------- */

static const char *fate_word(const struct collect_photo *p)
{
	static const char *const words[] = { "out", "rejected", "taken", "replaced" };

	return p->unchanged ? (p->fate == COLLECT_REJECTED ? "rejected" : "unchanged")
			    : words[p->fate];
}

static json_t *photo_json(const struct collect_photo *p)
{
	json_t *list = json_array();
	char say[256], cure[256];

	for (int i = 0; i < p->finding_count; i++) {
		static const char *const levels[] = { "note", "warn", "refuse" };
		const struct collect_finding *f = &p->findings[i];

		json_array_append_new(list,
				      json_pack("{ss ss ss ss ss}", "code", collect_word(f->code),
						"level", levels[f->level], "value", f->value, "say",
						collect_say(f, LANG_EN, say, sizeof(say)), "cure",
						collect_cure(f, LANG_EN, cure, sizeof(cure))));
	}
	return json_pack("{ss ss ss ss so}", "file", p->path, "fate", fate_word(p), "number",
			 p->person ? p->person->number : "", "student_no",
			 p->person ? p->person->student_no : "", "findings", list);
}

static void print_json(const struct collect *c, const struct options *o)
{
	json_t *photos = json_array(), *missing = json_array();
	json_t *all;

	for (int i = 0; i < c->count; i++)
		json_array_append_new(photos, photo_json(&c->photos[i]));
	for (int i = 0; i < c->missing_count; i++)
		json_array_append_new(missing,
				      json_pack("{ss ss ss}", "number", c->missing[i]->number,
						"student_no", c->missing[i]->student_no, "class",
						c->missing[i]->class_name));
	all = json_pack("{ss sb so so s{si si si si si si}}", "job", o->wish.job, "dry_run",
			o->wish.dry_run, "files", photos, "missing", missing, "counts", "taken",
			c->fates[COLLECT_TAKEN], "replaced", c->fates[COLLECT_REPLACED], "rejected",
			c->fates[COLLECT_REJECTED] + c->fates[COLLECT_OUT] - c->nobodys, "nobodys",
			c->nobodys, "unchanged", c->unchanged, "roster_refused", c->roster_bad);
	json_dumpf(all, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(all);
}

/* File names may be document numbers: the report has them, the terminal only 拍摄序号. */
static void print_photo(const struct collect_photo *p, const struct options *o)
{
	char say[256], cure[256];
	bool key_is_number = o->wish.key == COLLECT_SEQ;

	for (int i = 0; i < p->finding_count; i++) {
		const struct collect_finding *f = &p->findings[i];

		if (f->level != COLLECT_REFUSE)
			continue;
		printf("%-24s %s; %s\n", key_is_number ? p->path : "(see the report)",
		       collect_say(f, LANG_EN, say, sizeof(say)),
		       collect_cure(f, LANG_EN, cure, sizeof(cure)));
	}
}

static void print_people(const struct collect *c)
{
	enum { SHOWN = 20 };

	if (!c->missing_count)
		return;
	printf("no picture of:");
	for (int i = 0; i < c->missing_count && i < SHOWN; i++)
		printf(" %s", c->missing[i]->number[0] ? c->missing[i]->number : "?");
	printf("%s\n", c->missing_count > SHOWN ? " … (all in the report)" : "");
}

static void print_summary(const struct collect *c, const struct options *o)
{
	int taken = c->fates[COLLECT_TAKEN] + c->fates[COLLECT_REPLACED], doubtful = 0;

	for (int i = 0; i < c->count; i++)
		doubtful +=
			c->photos[i].fate >= COLLECT_TAKEN && c->photos[i].level == COLLECT_WARN;
	for (int i = 0; i < c->count; i++)
		print_photo(&c->photos[i], o);
	print_people(c);
	if (doubtful)
		printf("%d of the pictures taken are doubtful: the report says why\n", doubtful);
	if (c->roster_bad)
		printf("roster: %d of %d rows refused; see 问题名单.xlsx beside the job\n",
		       c->roster_bad, c->roster_rows);
	printf("%s%s: %d files, %d people; %d taken (%d of them replace an older file), %d refused, %d "
	       "of nobody, %d people without a picture; %d unchanged; %d other files left "
	       "alone\n",
	       o->wish.dry_run ? "dry run, nothing written; job " : "job ", o->wish.job, c->count,
	       c->person_count, taken, c->fates[COLLECT_REPLACED],
	       c->fates[COLLECT_REJECTED] + c->fates[COLLECT_OUT] - c->nobodys, c->nobodys,
	       c->missing_count, c->unchanged, c->other_files);
	if (c->judged_ms > 0)
		printf("looked at %d files and %d admission photos, %.1f a second\n", c->count,
		       c->admission, 1000.0 * (c->count + c->admission) / (double)c->judged_ms);
}

static void progress(void *ctx, int done, int all)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%d / %d%s", done, all, done == all ? "\n" : "");
}

static int write_report(const struct collect *c, struct options *o)
{
	int rc;

	if (!o->report && o->wish.dry_run)
		return 0;
	if (!o->report) {
		snprintf(o->default_report, sizeof(o->default_report), "%s/jobs/%s/检查报告.xlsx",
			 o->wish.data_dir, o->job);
		o->report = o->default_report;
	}
	rc = collect_report(c, o->report);
	if (rc < 0)
		fprintf(stderr, "tapshot collect: %s: %s\n", o->report, strerror(-rc));
	else if (!o->json)
		printf("report: %s\n", o->report);
	return rc;
}

static int run(struct options *o)
{
	struct collect *c;
	char why[256];
	int status;

	o->wish.progress = progress;
	if (collect_run(&o->wish, &c, why) < 0) {
		fprintf(stderr, "tapshot collect: %s\n", why);
		return EXIT_CANNOT;
	}
	if (o->json)
		print_json(c, o);
	else
		print_summary(c, o);
	status = write_report(c, o) < 0 ? EXIT_CANNOT : collect_fine(c) ? 0 : EXIT_NO;
	collect_free(c);
	return status;
}

int cmd_collect(int argc, char **argv)
{
	struct options o = {
		.wish = { .kiosk = "C1", .preset = "xinhua-960", .landmarks = JUDGE_MODEL }
	};
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help || parse(argc, argv, &o) < 0) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	o.json = c.json;
	if (read_key(&o) < 0 || read_allow(&o) < 0 || read_names(&o, &c) < 0)
		return EXIT_USAGE;
	if (o.report && !list_ending(o.report)) {
		fprintf(stderr, "tapshot collect: --report %s: a name ending in .xlsx or .csv\n",
			o.report);
		return EXIT_USAGE;
	}
	return run(&o);
}
