/* The backdrop model: commonest colour of the zone, then a plane, then a degree-2 surface. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/key.h"

enum { SAMPLES = 240 };

static void terms(const struct key *k, double x, double y, double t[KEY_TERMS])
{
	double u = 2 * (x + 0.5) / k->w - 1, v = 2 * (y + 0.5) / k->h - 1;

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

	for (int i = 0; i < KEY_TERMS; i++)
		sum += c[i] * t[i];
	return sum;
}

struct lab key_model(const struct key *k, double x, double y)
{
	double t[KEY_TERMS];

	terms(k, x, y, t);
	return (struct lab){ (float)dot(k->coef[0], t), (float)dot(k->coef[1], t),
			     (float)dot(k->coef[2], t) };
}

/* The sample with most others near it: a colour that is really there, whatever else is in view. */
static void start_with_commonest(struct key *k)
{
	struct lab s[SAMPLES];
	int n = 0, best = -1, most = -1, seen = 0;

	for (int i = 0; i < k->w * k->h && n < SAMPLES; i++)
		if ((k->flag[i] & KEY_ZONE) && seen++ * (int64_t)SAMPLES / k->zone_cells >= n)
			s[n++] = k->mean[i];
	for (int i = 0; i < n; i++) {
		int near = 0;

		for (int j = 0; j < n; j++)
			near += lab_apart(s[i], s[j]) < 10;
		if (near > most) {
			most = near;
			best = i;
		}
	}
	memset(k->coef, 0, sizeof(k->coef));
	if (best < 0)
		return;
	k->coef[0][0] = s[best].l;
	k->coef[1][0] = s[best].a;
	k->coef[2][0] = s[best].b;
}

struct sums {
	double a[KEY_TERMS][KEY_TERMS + 3];
	double n;
};

static void add(struct sums *s, const double *t, struct lab c)
{
	for (int i = 0; i < KEY_TERMS; i++) {
		for (int j = 0; j < KEY_TERMS; j++)
			s->a[i][j] += t[i] * t[j];
		s->a[i][KEY_TERMS] += t[i] * c.l;
		s->a[i][KEY_TERMS + 1] += t[i] * c.a;
		s->a[i][KEY_TERMS + 2] += t[i] * c.b;
	}
	s->n++;
}

/* Gauss with the diagonal as pivot: the matrix is symmetric and, by the ridge, positive. */
static void solve(struct sums *s, int used, double coef[3][KEY_TERMS])
{
	const int cols = KEY_TERMS + 3;

	for (int i = 1; i < KEY_TERMS; i++)
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
			coef[c][i] = s->a[i][KEY_TERMS + c] / s->a[i][i];
}

/* One round: fit the first @used terms to what lies within @reach of the model so far. @all: also
 * outside the zone, but for the face. */
static void round_of(struct key *k, int used, double reach, bool all)
{
	struct sums s = { 0 };
	double t[KEY_TERMS];

	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			int i = key_at(k, x, y);

			if (!(k->flag[i] & KEY_ZONE) &&
			    !(all && fabs(key_px_x(k, x) - k->cx) > 0.5 * k->face_w))
				continue;
			if (lab_apart(key_model(k, x, y), k->mean[i]) >= reach)
				continue;
			terms(k, x, y, t);
			add(&s, t, k->mean[i]);
		}
	if (s.n >= 16)
		solve(&s, used, k->coef);
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* Noise and folds of what obeys the model. */
static int find_noise(struct key *k)
{
	SCOPED_FREE float *off = malloc((size_t)k->zone_cells * sizeof(*off));
	int n = 0;

	if (!off)
		return -1;
	for (int i = 0; i < k->w * k->h; i++) {
		double d;

		if (!(k->flag[i] & KEY_ZONE))
			continue;
		d = lab_apart(key_model(k, i % k->w, i / k->w), k->mean[i]);
		if (d < 8)
			off[n++] = (float)d;
	}
	qsort(off, (size_t)n, sizeof(*off), by_size);
	k->noise = n ? off[(int)(0.9 * n)] : 8;
	return 0;
}

int key_fit(struct key *k)
{
	/* half an eye distance squared */
	double least = 0.5 * k->axes->ied * k->axes->ied / (k->cell_px * k->cell_px);

	if (k->zone_cells < 40 || k->zone_cells < least)
		return -1;
	start_with_commonest(k);
	round_of(k, 1, 14, false);
	round_of(k, 3, 14, false);
	round_of(k, 3, 12, false);
	round_of(k, 6, 10, false);
	round_of(k, 6, 9, false);
	round_of(k, 6, 8, true);
	return find_noise(k);
}
