#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/export/report.h"

static int by_place(const void *a, const void *b)
{
	const struct report_group *l = a, *r = b;
	int order = strcmp(l->station, r->station);

	return order ? order : strcmp(l->class_name, r->class_name);
}

static const char *text(const char *s)
{
	return s ? s : "";
}

static void count_one(struct report_counts *c, const struct subject *s)
{
	bool captured = s->shot != 0;

	if (s->walk_in)
		c->walk_in += captured;
	else
		c->people++;
	c->captured += captured && !s->walk_in;
	c->typed += captured && !strcmp(text(s->how), "typed");
	c->warned += captured && !strcmp(text(s->verdict), "warn");
	c->anyway += captured && !strcmp(text(s->verdict), "fail");
}

/* Equal neighbours become one. */
static void merge_groups(struct report_counts *c)
{
	size_t kept = 0;

	if (c->group_count)
		qsort(c->groups, c->group_count, sizeof(*c->groups), by_place);
	for (size_t i = 0; i < c->group_count; i++) {
		if (kept && !by_place(&c->groups[kept - 1], &c->groups[i])) {
			c->groups[kept - 1].people += c->groups[i].people;
			c->groups[kept - 1].captured += c->groups[i].captured;
		} else {
			c->groups[kept++] = c->groups[i];
		}
	}
	c->group_count = kept;
}

int report_count(const struct report_package *p, struct report_counts *out)
{
	memset(out, 0, sizeof(*out));
	out->groups = calloc((size_t)p->people->count + 1, sizeof(*out->groups));
	if (!out->groups)
		return -ENOMEM;
	for (int i = 0; i < p->people->count; i++) {
		const struct subject *s = &p->people->all[i];

		if ((s->removed && !s->shot) || (s->walk_in && !s->shot) ||
		    (p->keep && !p->keep(p->ctx, s)))
			continue;
		count_one(out, s);
		if (s->walk_in)
			continue;
		out->groups[out->group_count++] =
			(struct report_group){ text(s->station), text(s->class_name), 1,
					       s->shot != 0 };
	}
	out->missing = out->people - out->captured;
	merge_groups(out);
	return 0;
}

void report_counts_free(struct report_counts *c)
{
	free(c->groups);
	memset(c, 0, sizeof(*c));
}
