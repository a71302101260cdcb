/* What every measurement shares: a list of times, percentiles, one row of the table. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

struct samples {
	double ms[4096];
	int count;
};

static inline void samples_add(struct samples *s, double ms)
{
	if (s->count < (int)(sizeof(s->ms) / sizeof(s->ms[0])))
		s->ms[s->count++] = ms;
}

static inline int samples_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** samples_at() - the value @pct of the samples do not exceed; 0 without samples. */
static inline double samples_at(struct samples *s, double pct)
{
	int i = (int)(s->count * pct / 100);

	if (!s->count)
		return 0;
	qsort(s->ms, (size_t)s->count, sizeof(s->ms[0]), samples_compare);
	return s->ms[i < s->count ? i : s->count - 1];
}

/** bench_row() - @peer NULL: nothing to compare with. Times in ms, ratio of the medians. */
static inline void bench_row(const char *what, struct samples *ours, const char *peer,
			     struct samples *theirs)
{
	double mid = samples_at(ours, 50), other = peer ? samples_at(theirs, 50) : 0;

	printf("  %-38s %5d %10.3f %10.3f", what, ours->count, mid, samples_at(ours, 95));
	if (other > 0)
		printf(" %10.3f %6.2f  %s", other, mid / other, peer);
	printf("\n");
	fflush(stdout);
}
