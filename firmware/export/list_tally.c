/* Counts by class: fees are settled by the number of people actually photographed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/list_rows.h"

enum {
	EXPECTED,
	SHOT,
	MISSING,
	PREMARKED,
	WALK_IN,
	YES_SHOT,
	YES_NOT,
	NO_SHOT,
	NO_NOT,
	OPEN_SHOT,
	OPEN_NOT,
	COUNTS
};

static const struct {
	const char *rows;
	struct {
		const char *title; /* id in the catalogue */
		int count;
	} columns[8];
} tallies[] = {
	{ "counts",
	  { { "list.tally.expected", EXPECTED },
	    { "list.tally.shot", SHOT },
	    { "list.tally.missing", MISSING },
	    { "list.tally.premarked", PREMARKED },
	    { "list.tally.walk_in", WALK_IN } } },
	{ "paid_tally",
	  { { "list.tally.paid_shot", YES_SHOT },
	    { "list.tally.paid_not", YES_NOT },
	    { "list.tally.unpaid_shot", NO_SHOT },
	    { "list.tally.unpaid_not", NO_NOT },
	    { "list.tally.unknown_shot", OPEN_SHOT },
	    { "list.tally.unknown_not", OPEN_NOT } } },
};

static int which(const char *rows)
{
	for (size_t i = 0; i < ARRAY_SIZE(tallies); i++)
		if (!strcmp(tallies[i].rows, rows))
			return (int)i;
	return -1;
}

int list_is_tally(const char *rows)
{
	return which(rows) >= 0;
}

static int same_class(const struct subject *a, const struct subject *b)
{
	int d = strcmp(a->station, b->station);

	if (!d)
		d = strcmp(a->branch, b->branch);
	return d ? d : strcmp(a->class_name, b->class_name);
}

static int order(const void *left, const void *right)
{
	return same_class(*(const struct subject *const *)left,
			  *(const struct subject *const *)right);
}

static void count(const struct subject *s, int n[COUNTS])
{
	int paid = !strcmp(s->paid, "yes")  ? YES_SHOT
		   : !strcmp(s->paid, "no") ? NO_SHOT
					    : OPEN_SHOT;

	if (s->removed)
		return;
	n[SHOT] += s->shot != 0;
	if (s->walk_in)
		n[WALK_IN] += s->shot != 0;
	else
		n[EXPECTED]++;
	n[PREMARKED] += s->premarked && !s->shot;
	n[MISSING] += !s->shot && !s->premarked && !s->walk_in;
	if (!s->walk_in || s->shot)
		n[paid + !s->shot]++;
}

static void put_row(struct list *out, int tally, const char *const where[3], const int n[COUNTS])
{
	char text[16];

	list_row(out);
	for (int i = 0; i < 3; i++)
		list_cell(out, where[i]);
	for (int c = 0; tallies[tally].columns[c].title; c++) {
		snprintf(text, sizeof(text), "%d", n[tallies[tally].columns[c].count]);
		list_cell(out, text);
	}
}

static void put_header(struct list *out, int tally)
{
	list_row(out);
	list_cell(out, "函授站");
	list_cell(out, "学院");
	list_cell(out, "班级");
	for (int c = 0; tallies[tally].columns[c].title; c++)
		list_cell(out, text_get(LANG_ZH, tallies[tally].columns[c].title));
}

struct list *list_tally(const struct lister *l)
{
	SCOPED_FREE const struct subject **all = calloc((size_t)l->people->count + 1, sizeof(*all));
	int tally = which(l->rows), n = 0, sum[COUNTS] = { 0 };
	char id[64];
	struct list *out;

	if (tally < 0 || !all)
		return NULL;
	snprintf(id, sizeof(id), "list.%s", l->rows);
	out = list_new(text_get(LANG_ZH, id));
	if (!out)
		return NULL;
	for (int i = 0; i < l->people->count; i++)
		if (!l->keep || l->keep(l->ctx, &l->people->all[i]))
			all[n++] = &l->people->all[i];
	qsort(all, (size_t)n, sizeof(*all), order);
	put_header(out, tally);
	for (int i = 0; i < n;) {
		int mine[COUNTS] = { 0 }, first = i;

		for (; i < n && !same_class(all[i], all[first]); i++) {
			count(all[i], mine);
			count(all[i], sum);
		}
		put_row(out, tally,
			(const char *const[]){ all[first]->station, all[first]->branch,
					       all[first]->class_name },
			mine);
	}
	put_row(out, tally, (const char *const[]){ text_get(LANG_ZH, "list.tally.sum"), "", "" },
		sum);
	return out;
}
