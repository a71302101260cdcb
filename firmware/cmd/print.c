/* `tapshot print`: print sheets as PDF or 300-dpi JPEG pages. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/print.h"
#include "firmware/export/sheet_cut.h"

enum { NAMED_MAX = 20, PACKAGES_MAX = 64 };

static const char usage_text[] =
	"usage: tapshot print [--job JOB] --sheet NAME|FILE -o OUT.pdf\n"
	"       tapshot print [--job JOB] --sheet NAME|FILE -o DIR --jpeg\n"
	"  --class X, --station X   only this 班级, this 函授站\n"
	"  --person NUMBER          one person: 学号, 身份证号, 考生号 or 拍摄序号\n"
	"  --sort '班级,学号'       any columns of the roster; the sheet's own otherwise\n"
	"  --remap FILE             table 原学号 → 新学号 (csv, xlsx, xls, dbf), as printed\n"
	"  --hand-in N, --keep N    copies a person (上交, 留存)\n"
	"  --list FILE.xlsx|.csv    print list: who is on which sheet\n"
	"  --from PACKAGE           of an archive, when the kiosk is erased; with --job; several times\n"
	"  --json                   counts for machines\n"
	"       tapshot print [--job JOB] --labels -o OUT.pdf [--sheet a4-3x8|a4-2x7|FILE]\n"
	"  address labels: one for every 函授站, with counts and the job's 邮寄地址\n"
	"  --by 班级                by another column;  --station X: this one only\n"
	"  --addresses FILE         table 函授站, 邮寄地址, 联系人, 联系方式\n"
	"  --list FILE.xlsx|.csv    the same as a table\n"
	"  --first N                begin at the N-th label of the sheet\n"
	"Sheets are config/export/NAME.sheet. Print the PDF at 100 %, two-sided: turned over at the\n"
	"long edge, each text lies behind its picture (a sheet's `flip = short`: at the short one).\n"
	"Exit status: 0 all printed, 1 nobody or not everybody (they are named), 2 could not be done.\n";

static int usage(int status)
{
	fputs(usage_text, status ? stderr : stdout);
	return status;
}

/* Numbers are masked: this is a terminal others may see. */
static void name_some(const char *what, const struct subject *s, int i, const char *why)
{
	char who[160];

	if (i == NAMED_MAX)
		fprintf(stderr, "  …\n");
	if (i >= NAMED_MAX)
		return;
	subject_masked(s, who, sizeof(who));
	fprintf(stderr, "tapshot print: %s: %s%s%s\n", what, who, why[0] ? ": " : "", why);
}

/* A print without its number cannot be told from another. */
static int say_blanks(const struct print_result *r)
{
	char header[96];
	int count = 0;

	for (int i = 0; i < r->report.people; i++)
		if (sheet_blank(&r->sheet, r->report.done[i].s, header))
			name_some("printed without", r->report.done[i].s, count++, header);
	return count;
}

static int say_problems(const struct print_result *r)
{
	int blanks = say_blanks(r);

	for (int i = 0; i < r->report.left_out; i++)
		name_some("left out", r->report.left[i].s, i,
			  sheet_cut_word(r->report.left[i].error));
	for (int i = 0; i < r->unmapped_count; i++)
		name_some("not in the remap table, printed with their own 学号", r->unmapped[i], i,
			  "");
	if (r->report.no_glyph)
		fprintf(stderr, "tapshot print: %d characters are in no installed font\n",
			r->report.no_glyph);
	return r->report.left_out || r->unmapped_count || r->report.no_glyph || blanks ? EXIT_NO
										       : 0;
}

static void say_json(const struct print_result *r)
{
	json_t *j = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "sheet", r->sheet.id,
			      "per_sheet", r->layout.per_sheet, "sheets", r->report.pages, "photos",
			      r->report.photos, "people", r->report.people, "left_out",
			      r->report.left_out, "without_picture", r->without, "not_remapped",
			      r->unmapped_count);

	if (!j)
		return;
	json_dumpf(j, stdout, 0);
	putchar('\n');
	json_decref(j);
}

static void say_done(const struct print_wish *w, const struct print_result *r)
{
	const struct sheet_spec *s = &r->sheet;

	printf("done: %d sheets %g × %g mm, %d photos %g × %g mm of %d people: %s\n",
	       r->report.pages, r->layout.page_w_mm, r->layout.page_h_mm, r->report.photos,
	       s->photo_w_mm, s->photo_h_mm, r->report.people, w->out);
	if (r->without)
		printf("%d people have no picture yet\n", r->without);
	if (s->back[0])
		printf("back pages: turn the paper over at its %s edge (沿%s边翻转)\n",
		       s->flip ? "short" : "long", s->flip ? "短" : "长");
}

/* Nobody waits for minutes before a silent terminal. */
static int on_progress(void *ctx, int done, int total)
{
	(void)ctx;
	if (done % 10 == 0)
		fprintf(stderr, "\r%d of %d people", done, total);
	if (done == total - 1)
		fprintf(stderr, "\r                            \r");
	return 0;
}

static int run(const struct cmd_common *c, const char *job, const struct print_wish *w)
{
	SCOPED_FREE struct print_result *r = malloc(sizeof(*r));
	int rc = r ? print_sheets(c->data, job, w, r) : -ENOMEM, status;

	if (!r)
		return EXIT_CANNOT;
	status = say_problems(r);
	if (rc < 0) {
		fprintf(stderr, "tapshot print: %s\n", r->why);
		status = rc == -ENODATA ? EXIT_NO : EXIT_CANNOT;
	} else if (c->json) {
		say_json(r);
	} else {
		say_done(w, r);
	}
	print_result_free(r);
	return status;
}

/* --- arguments -------------------------------------------------------------------------------- */

static int take_count(const char *v, int *out)
{
	char *end;
	long n = strtol(v, &end, 10);

	if (end == v || *end || n < 0 || n > 100)
		return -1;
	*out = (int)n;
	return 0;
}

struct asked {
	struct print_wish sheets;
	const char *by, *addresses;
	const char *from[PACKAGES_MAX];
	int first, from_count;
	bool labels;
};

static int take_option(struct asked *a, const char *name, const char *v)
{
	struct print_wish *w = &a->sheets;
	const struct {
		const char *name;
		const char **to;
	} texts[] = { { "--sheet", &w->sheet },	    { "-o", &w->out },
		      { "--out", &w->out },	    { "--class", &w->class_name },
		      { "--station", &w->station }, { "--person", &w->person },
		      { "--sort", &w->sort },	    { "--remap", &w->remap },
		      { "--list", &w->list },	    { "--landmarks", &w->landmarks },
		      { "--by", &a->by },	    { "--addresses", &a->addresses } };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!strcmp(name, texts[i].name)) {
			*texts[i].to = v;
			return 0;
		}
	if (!strcmp(name, "--from") && a->from_count < PACKAGES_MAX) {
		a->from[a->from_count++] = v;
		return 0;
	}
	if (!strcmp(name, "--first"))
		return take_count(v, &a->first);
	if (!strcmp(name, "--hand-in"))
		return take_count(v, &w->hand_in);
	return !strcmp(name, "--keep") ? take_count(v, &w->keep) : -1;
}

static bool is_pdf(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcasecmp(path + n - 4, ".pdf");
}

static int take(struct asked *a, int argc, char **argv)
{
	const struct print_wish *w = &a->sheets;

	for (int i = 1; i < argc; i++) {
		char name[32];
		const char *equals = strchr(argv[i], '=');

		if (!strcmp(argv[i], "--jpeg") || !strcmp(argv[i], "--labels")) {
			a->sheets.jpeg |= argv[i][2] == 'j';
			a->labels |= argv[i][2] == 'l';
			continue;
		}
		snprintf(name, sizeof(name), "%.*s",
			 equals ? (int)(equals - argv[i]) : (int)strlen(argv[i]), argv[i]);
		if (!equals && i + 1 >= argc)
			return -1;
		if (take_option(a, name, equals ? equals + 1 : argv[++i]) < 0)
			return -1;
	}
	if (a->labels)
		return w->out && is_pdf(w->out) && !w->jpeg && !w->person && !w->remap &&
				       !w->class_name
			       ? 0
			       : -1;
	return w->sheet && w->out && is_pdf(w->out) != w->jpeg && (w->hand_in || w->keep) &&
			       !a->by && !a->addresses
		       ? 0
		       : -1;
}

static int run_labels(const struct cmd_common *c, const char *job, const struct asked *a)
{
	const struct print_wish *s = &a->sheets;
	struct print_labels_wish w = { .sheet = s->sheet,
				       .out = s->out,
				       .by = a->by,
				       .only = s->station,
				       .addresses = a->addresses,
				       .copies = -1,
				       .first = a->first,
				       .list = s->list };
	char why[512];
	int pages, n;

	if (s->hand_in >= 0 || s->keep >= 0)
		w.copies = (s->hand_in > 0 ? s->hand_in : 0) + (s->keep > 0 ? s->keep : 0);
	n = print_labels(c->data, job, &w, &pages, why);
	if (n < 0) {
		fprintf(stderr, "tapshot print: %s\n", why);
		return n == -ENODATA ? EXIT_NO : EXIT_CANNOT;
	}
	if (c->json)
		printf("{\"labels\": %d, \"sheets\": %d}\n", n, pages);
	else
		printf("done: %d labels on %d sheets: %s\n", n, pages, w.out);
	return 0;
}

int cmd_print(int argc, char **argv)
{
	struct asked a = { .sheets = { .hand_in = -1, .keep = -1 }, .first = 1 };
	struct cmd_common c;
	char job[64];

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help)
		return usage(0);
	if (take(&a, argc, argv) < 0)
		return usage(EXIT_USAGE);
	if (a.from_count && !c.job)
		return usage(EXIT_USAGE);
	if (cmd_pick_job(&c, job) < 0 || cmd_bring_in(c.data, job, a.from, a.from_count))
		return EXIT_CANNOT;
	a.sheets.progress = isatty(2) ? on_progress : NULL;
	return a.labels ? run_labels(&c, job, &a) : run(&c, job, &a.sheets);
}
