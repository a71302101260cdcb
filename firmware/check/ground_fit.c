/* The backdrop model: commonest colour of the zone, then a plane, then a degree-2 surface. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/ground.h"

enum { SAMPLES = 240 };

static void terms(const struct ground *gr, double x, double y, double t[GROUND_TERMS])
{
	double u = 2 * (x + 0.5) / gr->w - 1, v = 2 * (y + 0.5) / gr->h - 1;

	t[0] = 1;
	t[1] = u;
	t[2] = v;
	t[3] = u * u;
	t[4] = u * v;
	t[5] = v * v;
}

static double dot(const double *c, const double *t)
{
	double sum = 0;

	for (int i = 0; i < GROUND_TERMS; i++)
		sum += c[i] * t[i];
	return sum;
}

struct lab ground_model(const struct ground *gr, double x, double y)
{
	double t[GROUND_TERMS];

	terms(gr, x, y, t);
	return (struct lab){ (float)dot(gr->coef[0], t), (float)dot(gr->coef[1], t),
			     (float)dot(gr->coef[2], t) };
}

/* The sample with most others near it: a colour that is really there, whatever else is in view. */
static void start_with_commonest(struct ground *gr)
{
	struct lab s[SAMPLES];
	int n = 0, best = -1, most = -1, seen = 0;

	for (int i = 0; i < gr->w * gr->h && n < SAMPLES; i++)
		if ((gr->flag[i] & GROUND_ZONE) && seen++ * (int64_t)SAMPLES / gr->zone_cells >= n)
			s[n++] = gr->mean[i];
	for (int i = 0; i < n; i++) {
		int near = 0;

		for (int j = 0; j < n; j++)
			near += lab_apart(s[i], s[j]) < 10;
		if (near > most) {
			most = near;
			best = i;
		}
	}
	memset(gr->coef, 0, sizeof(gr->coef));
	if (best < 0)
		return;
	gr->coef[0][0] = s[best].l;
	gr->coef[1][0] = s[best].a;
	gr->coef[2][0] = s[best].b;
}

struct sums {
	double a[GROUND_TERMS][GROUND_TERMS + 3];
	double n;
};

static void add(struct sums *s, const double *t, struct lab c)
{
	for (int i = 0; i < GROUND_TERMS; i++) {
		for (int j = 0; j < GROUND_TERMS; j++)
			s->a[i][j] += t[i] * t[j];
		s->a[i][GROUND_TERMS] += t[i] * c.l;
		s->a[i][GROUND_TERMS + 1] += t[i] * c.a;
		s->a[i][GROUND_TERMS + 2] += t[i] * c.b;
	}
	s->n++;
}

/* Gauss with the diagonal as pivot: the matrix is symmetric and, by the ridge, positive. */
static void solve(struct sums *s, int used, double coef[3][GROUND_TERMS])
{
	const int cols = GROUND_TERMS + 3;

	for (int i = 1; i < GROUND_TERMS; i++)
		s->a[i][i] += s->n * (i < 3 ? 1e-4 : 2e-3);
	memset(coef, 0, 3 * sizeof(coef[0]));
	for (int i = 0; i < used; i++)
		for (int r = 0; r < used; r++) {
			double f = s->a[r][i] / s->a[i][i];

			for (int c = i; r != i && c < cols; c++)
				s->a[r][c] -= f * s->a[i][c];
		}
	for (int i = 0; i < used; i++)
		for (int c = 0; c < 3; c++)
			coef[c][i] = s->a[i][GROUND_TERMS + c] / s->a[i][i];
}

/* One round: fit the first @used terms to what lies within @reach of the model so far. @all: also
 * outside the zone, but for the face. */
static void round_of(struct ground *gr, int used, double reach, bool all)
{
	struct sums s = { 0 };
	double t[GROUND_TERMS];

	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			int i = ground_at(gr, x, y);

			if (!(gr->flag[i] & GROUND_ZONE) &&
			    !(all && fabs(ground_px_x(gr, x) - gr->cx) > 0.5 * gr->face_w))
				continue;
			if (lab_apart(ground_model(gr, x, y), gr->mean[i]) >= reach)
				continue;
			terms(gr, x, y, t);
			add(&s, t, gr->mean[i]);
		}
	if (s.n >= 16)
		solve(&s, used, gr->coef);
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Noise and folds of what obeys the model. */
static int find_noise(struct ground *gr)
{
	SCOPED_FREE float *off = malloc((size_t)gr->zone_cells * sizeof(*off));
	int n = 0;

	if (!off)
		return -1;
	for (int i = 0; i < gr->w * gr->h; i++) {
		double d;

		if (!(gr->flag[i] & GROUND_ZONE))
			continue;
		d = lab_apart(ground_model(gr, i % gr->w, i / gr->w), gr->mean[i]);
		if (d < 8)
			off[n++] = (float)d;
	}
	qsort(off, (size_t)n, sizeof(*off), by_size);
	gr->noise = n ? off[(int)(0.9 * n)] : 8;
	return 0;
}

int ground_fit(struct ground *gr)
{
	/* half an eye distance squared */
	double least = 0.5 * gr->axes->ied * gr->axes->ied / (gr->cell_px * gr->cell_px);

	if (gr->zone_cells < 40 || gr->zone_cells < least)
		return -1;
	start_with_commonest(gr);
	round_of(gr, 1, 14, false);
	round_of(gr, 3, 14, false);
	round_of(gr, 3, 12, false);
	round_of(gr, 6, 10, false);
	round_of(gr, 6, 9, false);
	round_of(gr, 6, 8, true);
	return find_noise(gr);
}
