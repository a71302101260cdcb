/* accuracy: how often the check is right, on drawn people and labelled photographs. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

enum { USAGE = 64 };

struct wishes {
	const char *preset, *photos, *table, *measures, *keep;
	int jobs, curve;
	double share;
	bool small, update, verbose, drawn;
};

static int usage(FILE *to, int status)
{
	fprintf(to,
		"usage: accuracy [--preset NAME] [--photos DIR] [--table FILE] [--update] [--small]\n"
		"                [--jobs N] [--share F] [--curve N] [--measures FILE] [--keep DIR] [--only-photos]\n"
		"                [--verbose]\n\n"
		"  --photos   folder with LABELS.tsv (default $PORTRAITS)\n"
		"  --curve    how many photographs are made worse step by step (default 30)\n"
		"  --table    stored table to hold the drawn set against; --update writes it\n"
		"  --small    the subset that `make check` runs\n"
		"  --measures every measure of every drawn picture, tab separated\n"
		"  --keep     write drawn pictures that are judged wrongly there\n");
	return status;
}

static int flag(struct wishes *o, const char *word)
{
	if (!strcmp(word, "--small"))
		o->small = true;
	else if (!strcmp(word, "--update"))
		o->update = true;
	else if (!strcmp(word, "--verbose"))
		o->verbose = true;
	else if (!strcmp(word, "--only-photos"))
		o->drawn = false;
	else
		return -1;
	return 0;
}

static int parse(int argc, char **argv, struct wishes *o)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (flag(o, argv[i]) == 0)
			continue;
		if (!*value)
			return -1;
		if (!strcmp(argv[i], "--preset"))
			o->preset = value;
		else if (!strcmp(argv[i], "--photos"))
			o->photos = value;
		else if (!strcmp(argv[i], "--table"))
			o->table = value;
		else if (!strcmp(argv[i], "--measures"))
			o->measures = value;
		else if (!strcmp(argv[i], "--keep"))
			o->keep = value;
		else if (!strcmp(argv[i], "--jobs"))
			o->jobs = atoi(value);
		else if (!strcmp(argv[i], "--share"))
			o->share = atof(value);
		else if (!strcmp(argv[i], "--curve"))
			o->curve = atoi(value);
		else
			return -1;
		i++;
	}
	return o->jobs > 0 && o->jobs <= 64 && o->share > 0 && o->share <= 1 ? 0 : -1;
}

static void write_measures(const char *path, const struct drawn *d, const struct judged *all,
			   size_t n)
{
	SCOPED_FILE FILE *f = fopen(path, "w");

	for (size_t i = 0; f && i < n; i++) {
		const struct check_result *r = &all[i].result;

		if (i == 0) {
			fputs("cell\ttone\tperson\tlevel\tmain", f);
			for (uint32_t k = 0; k < r->measure_count; k++)
				fprintf(f, "\t%s", r->measures[k].name);
			fputc('\n', f);
		}
		fprintf(f, "%s\t%d\t%d\t%u\t%s", accuracy_cells[d[i].cell].name, d[i].tone,
			d[i].scene.person, r->level, judged_main(r));
		for (uint32_t k = 0; k < r->measure_count; k++)
			fprintf(f, "\t%.4g", r->measures[k].value);
		fputc('\n', f);
	}
}

static void keep_one(const char *dir, const struct drawn *d, const struct check_result *r, size_t i)
{
	struct image *im = portrait_draw(&d->scene, 1000, 1500);
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = im ? portrait_jpeg(im, 92, &jpeg) : 0;
	SCOPED_FILE FILE *f = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/%04zu %s = %s.jpg", dir, i, accuracy_cells[d->cell].name,
		 judged_main(r));
	f = fopen(path, "wb");
	if (!f || fwrite(jpeg, 1, bytes, f) != bytes)
		fprintf(stderr, "accuracy: %s: %s\n", path, strerror(errno));
	image_unref(im);
}

static void keep_wrong(const char *dir, const struct drawn *d, const struct judged *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct cell *c = &accuracy_cells[d[i].cell];
		const struct check_result *r = &all[i].result;
		bool right = c->kind == CELL_GOOD ? r->level < CHECK_FAIL
						  : judged_level(r, c->codes) != CHECK_PASS;

		if (!right)
			keep_one(dir, &d[i], r, i);
	}
}

/* The stored table: written, or held against. */
static int table(const struct wishes *o, const struct drawn *d, const struct judged *all, size_t n)
{
	int rc;

	if (!o->table)
		return 0;
	if (o->update) {
		rc = table_write(o->table, o->small, d, all, n);
		printf("\n%s %s\n", o->table, rc < 0 ? strerror(-rc) : "written");
		return rc < 0;
	}
	puts("");
	rc = table_compare(o->table, o->small, d, all, n, stdout);
	if (rc < 0)
		printf("%s: %s\n", o->table, strerror(-rc));
	else
		printf("against %s: %d rows worse\n", o->table, rc);
	return rc != 0;
}

static int drawn_report(struct judge *j, const struct wishes *o)
{
	SCOPED_FREE struct drawn *d = NULL;
	size_t n = drawn_list(o->small, o->share, &d);
	struct judged *all = n ? drawn_run(j, d, n, o->small, o->jobs) : NULL;
	SCOPED_FREE bool *good = calloc(n + 1, sizeof(*good));
	int bad;

	if (!all || !good) {
		fputs("accuracy: the set could not be judged\n", stderr);
		return 1;
	}
	for (size_t i = 0; i < n; i++)
		good[i] = accuracy_cells[d[i].cell].kind == CELL_GOOD;
	printf("%zu drawn pictures, preset %s, limits %s\n\n", n, all[0].result.preset,
	       all[0].result.limits);
	print_cells(d, all, n);
	print_confusion(d, all, n);
	print_tones(d, all, n);
	print_costs(all, good, n, "good drawn portraits");
	print_errors(d, all, n);
	bad = print_goals(d, all, n);
	bad += table(o, d, all, n);
	if (o->measures)
		write_measures(o->measures, d, all, n);
	if (o->keep)
		keep_wrong(o->keep, d, all, n);
	crew_free(all, n);
	return bad > 0;
}

int main(int argc, char **argv)
{
	const char *env = getenv("PORTRAITS");
	struct wishes o = { .preset = "chsi-480",
			    .photos = env && *env ? env : NULL,
			    .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN),
			    .curve = 30,
			    .share = 1,
			    .drawn = true };
	struct config_error err = { 0 };
	char preset[800];
	struct judge j;
	int rc = 0;

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return usage(stdout, 0);
	if (parse(argc, argv, &o) < 0)
		return usage(stderr, USAGE);
	if (preset_path(o.preset, preset, sizeof(preset)) < 0 ||
	    judge_open(preset, NULL, JUDGE_MODEL, &j, &err) < 0) {
		fprintf(stderr, "accuracy: preset %s: %s\n", o.preset, err.text);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (o.drawn)
		rc = drawn_report(&j, &o);
	if (photos_report(&j, o.photos, o.jobs, o.curve, o.verbose) < 0)
		rc = 1;
	judge_close(&j);
	return rc;
}
