/*
 * The stored table: set, row, what, pictures, value, tolerance. A later run may not be worse than
 * value and tolerance together; better is always welcome. Tolerance is one picture of the row, or a
 * tenth of an error.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

struct row {
	char set[8], name[32], what[16];
	int pictures;
	double value, tolerance;
};
enum { ROWS_MAX = 512 };

/* Which way is worse. */
static bool more_is_worse(const char *what)
{
	return !strcmp(what, "refused") || !strcmp(what, "error");
}

static void add(struct row *rows, int *n, bool small, const char *name, const char *what,
		int pictures, double value, double tolerance)
{
	struct row *r = &rows[(*n)++];

	*r = (struct row){ .pictures = pictures, .value = value, .tolerance = tolerance };
	snprintf(r->set, sizeof(r->set), "%s", small ? "small" : "full");
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->what, sizeof(r->what), "%s", what);
}

static int measured(struct row rows[ROWS_MAX], bool small, const struct drawn *d,
		    const struct judged *all, size_t n)
{
	struct error_row errors[ERROR_ROWS];
	int count = 0;

	for (size_t c = 0; c < accuracy_cell_count; c++) {
		const struct cell *cell = &accuracy_cells[c];
		struct tally t = cell_tally(d, all, n, c);
		double one = 1.0 / (t.pictures ? t.pictures : 1);
		double step = small ? 0 : one;

		if (cell->kind == CELL_GOOD) {
			add(rows, &count, small, cell->name, "refused", t.pictures, t.refused * one,
			    step);
			continue;
		}
		add(rows, &count, small, cell->name, "failed", t.pictures, t.failed * one, step);
		add(rows, &count, small, cell->name, "found", t.pictures,
		    (t.failed + t.warned) * one, step);
		add(rows, &count, small, cell->name, "reason", t.pictures, t.main_right * one,
		    step);
	}
	error_rows(d, all, n, errors);
	for (int k = 0; k < ERROR_ROWS; k++)
		if (errors[k].pictures)
			add(rows, &count, small, errors[k].measure, "error", errors[k].pictures,
			    errors[k].mean, 0.1 * errors[k].mean);
	return count;
}

static int read_rows(const char *path, struct row rows[ROWS_MAX])
{
	SCOPED_FILE FILE *f = fopen(path, "r");
	char line[256];
	int n = 0;

	if (!f)
		return -errno;
	while (n < ROWS_MAX && fgets(line, sizeof(line), f)) {
		struct row *r = &rows[n];

		n += sscanf(line, "%7[^\t#]\t%31[^\t]\t%15[^\t]\t%d\t%lf\t%lf", r->set, r->name,
			    r->what, &r->pictures, &r->value, &r->tolerance) == 6;
	}
	return n;
}

static void write_rows(FILE *f, const char *set, const struct row *rows, int n)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(rows[i].set, set))
			fprintf(f, "%s\t%s\t%s\t%d\t%.4f\t%.4f\n", rows[i].set, rows[i].name,
				rows[i].what, rows[i].pictures, rows[i].value, rows[i].tolerance);
}

int table_write(const char *path, bool small, const struct drawn *d, const struct judged *all,
		size_t n)
{
	SCOPED_FREE struct row *old = calloc(2 * ROWS_MAX, sizeof(*old));
	struct row *now = old + ROWS_MAX;
	SCOPED_FILE FILE *f = NULL;
	int olds, nows;

	if (!old)
		return -ENOMEM;
	olds = read_rows(path, old);
	nows = measured(now, small, d, all, n);
	f = fopen(path, "w");
	if (!f)
		return -errno;
	fputs("# set\trow\twhat\tpictures\tvalue\ttolerance; written by build/accuracy --update\n",
	      f);
	if (small)
		write_rows(f, "small", now, nows);
	else
		write_rows(f, "small", old, olds > 0 ? olds : 0);
	if (small)
		write_rows(f, "full", old, olds > 0 ? olds : 0);
	else
		write_rows(f, "full", now, nows);
	return fflush(f) ? -errno : 0;
}

static bool worse(const struct row *now, const struct row *was)
{
	double more = now->value - was->value;

	if (!more_is_worse(was->what))
		more = -more;
	return isnan(more) || more > was->tolerance + 1e-3;
}

static const struct row *row_like(const struct row *rows, int n, const struct row *like)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(rows[i].set, like->set) && !strcmp(rows[i].name, like->name) &&
		    !strcmp(rows[i].what, like->what))
			return &rows[i];
	return NULL;
}

int table_compare(const char *path, bool small, const struct drawn *d, const struct judged *all,
		  size_t n, FILE *to)
{
	SCOPED_FREE struct row *old = calloc(2 * ROWS_MAX, sizeof(*old));
	struct row *now = old + ROWS_MAX;
	int bad = 0, olds, nows;

	if (!old)
		return -ENOMEM;
	olds = read_rows(path, old);
	if (olds < 0)
		return olds;
	nows = measured(now, small, d, all, n);
	for (int i = 0; i < olds; i++) {
		const struct row *r = row_like(now, nows, &old[i]);

		if (strcmp(old[i].set, small ? "small" : "full") || (r && !worse(r, &old[i])))
			continue;
		bad++;
		fprintf(to, "worse: %s %s: was %.4f, is %.4f (tolerance %.4f)\n", old[i].name,
			old[i].what, old[i].value, r ? r->value : NAN, old[i].tolerance);
	}
	return bad;
}
