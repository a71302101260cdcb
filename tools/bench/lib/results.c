#include "tools/bench/lib/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void samples_add(struct samples *s, double value)
{
	if (s->count < (int)(sizeof(s->v) / sizeof(s->v[0])))
		s->v[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nearest rank: always a value that was measured. */
double samples_at(const struct samples *s, double pct)
{
	static double sorted[sizeof(s->v) / sizeof(s->v[0])];
	int rank = (int)(s->count * pct / 100 + 0.999999);

	if (!s->count)
		return 0;
	memcpy(sorted, s->v, (size_t)s->count * sizeof(sorted[0]));
	qsort(sorted, (size_t)s->count, sizeof(sorted[0]), compare);
	return sorted[rank < 1 ? 0 : rank - 1];
}

double bench_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static FILE *results(const char *name)
{
	const char *dir = getenv("BENCH_RESULTS");
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "", name);
	return dir ? fopen(path, "a") : NULL;
}

void bench_samples(const char *id, const char *fs, const char *side, const struct samples *s)
{
	FILE *f = results("samples.tsv");

	if (!f)
		return;
	for (int i = 0; i < s->count; i++)
		fprintf(f, "%s\t%s\t%s\t%d\t%.4f\n", id, fs, side, i, s->v[i]);
	fclose(f);
}

struct judged {
	double ours, p95, theirs, theirs_p95, ratio;
	char target[32];
	const char *verdict;
};

static void judge(const struct bench_line *l, struct judged *j)
{
	double value = 0, limit = l->limit;

	j->ours = samples_at(l->ours, 50);
	j->p95 = samples_at(l->ours, 95);
	j->theirs = l->theirs ? samples_at(l->theirs, 50) : 0;
	j->theirs_p95 = l->theirs ? samples_at(l->theirs, 95) : 0;
	j->ratio = j->theirs > 0 ? j->ours / j->theirs : 0;
	j->verdict = "-";
	switch (l->kind) {
	case LIMIT_NONE:
		return;
	case LIMIT_RATIO:
		snprintf(j->target, sizeof(j->target), "<= %.2f x peer", limit);
		value = j->ours;
		limit *= j->theirs;
		break;
	case LIMIT_PLUS:
		snprintf(j->target, sizeof(j->target), "<= peer + %.0f %s", limit, l->unit);
		value = j->ours;
		limit += j->theirs;
		break;
	case LIMIT_P50:
		snprintf(j->target, sizeof(j->target), "<= %.0f %s", limit, l->unit);
		value = j->ours;
		break;
	case LIMIT_P95:
		snprintf(j->target, sizeof(j->target), "p95 <= %.0f %s", limit, l->unit);
		value = j->p95;
		break;
	}
	if ((l->kind == LIMIT_RATIO || l->kind == LIMIT_PLUS) && !(j->theirs > 0))
		j->verdict = "no peer";
	else
		j->verdict = value <= limit ? "PASS" : "MISS";
}

static void for_people(const struct bench_line *l, const struct judged *j)
{
	printf("  %-40s %-6s %5d %9.3f %9.3f", l->what, l->fs, l->ours->count, j->ours, j->p95);
	if (j->theirs > 0)
		printf(" %9.3f %6.2f", j->theirs, j->ratio);
	else
		printf(" %9s %6s", "", "");
	printf("  %-16s %-7s %s%s%s\n", j->target, j->verdict, l->unit, j->theirs > 0 ? "; " : "",
	       j->theirs > 0 ? l->peer : "");
	fflush(stdout);
}

static void for_machines(const struct bench_line *l, const struct judged *j)
{
	FILE *f = results("results.tsv");

	if (!f)
		return;
	fprintf(f, "%s\t%s\t%s\t%s\t%d\t%.4f\t%.4f", l->id, l->what, l->fs, l->unit, l->ours->count,
		j->ours, j->p95);
	if (j->theirs > 0)
		fprintf(f, "\t%s\t%d\t%.4f\t%.4f\t%.4f", l->peer, l->theirs->count, j->theirs,
			j->theirs_p95, j->ratio);
	else
		fprintf(f, "\t-\t0\t-\t-\t-");
	fprintf(f, "\t%s\t%s\n", j->target[0] ? j->target : "-", j->verdict);
	fclose(f);
}

void bench_line(const struct bench_line *l)
{
	struct judged j = { 0 };

	if (!l->ours->count) {
		printf("  %-40s %-6s SKIP: nothing was measured\n", l->what, l->fs);
		return;
	}
	judge(l, &j);
	for_people(l, &j);
	for_machines(l, &j);
	bench_samples(l->id, l->fs, "ours", l->ours);
	if (l->theirs)
		bench_samples(l->id, l->fs, "peer", l->theirs);
}
