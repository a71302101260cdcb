/*
 * Moiré, a photographed screen, a halftone: lines in the spectrum of a tile that the picture of a
 * person has not. An own transform of 256 points: the usual library for it is under the GPL.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"

enum {
	N = CHECK_MOIRE_TILE,
	LOG2_N = 8,
	HALF = N / 2 + 1, /* columns of a real picture's spectrum */
	PEAKS = 3, /* of half a plane: six with their mirror images */
	AROUND = 7, /* background: median of 15×15 */
	LEVELS = 256, /* of log power, LEVEL_STEP each */
	TILES_ACROSS = 3,
	TILES_DOWN = 2,
	AXIS = 3, /* bins */
	GRID = N / 8, /* a JPEG's blocks of 8 px repeat at multiples of this */
};

#define LEVEL_STEP 0.1f
#define LOWEST	   0.08 /* cycles per px */
#define HIGHEST	   0.48
/* Power of a wave of 0.02 levels: below it there is nothing to see, only rounding. */
#define FLOOR 2.5e4f

struct complex {
	float re, im;
};

struct plan {
	struct complex turn[N / 2];
	uint8_t reversed[N];
	float window[N];
};

struct bench {
	struct plan plan;
	struct complex rows[N][N];
	float power[N][HALF]; /* log */
	uint8_t level[N][HALF];
};

static void prepare(struct plan *p)
{
	const double pi = 3.14159265358979323846;

	for (int i = 0; i < N; i++) {
		p->reversed[i] = 0;
		for (int b = 0; b < LOG2_N; b++)
			p->reversed[i] |= (uint8_t)((i >> b & 1) << (LOG2_N - 1 - b));
		p->window[i] = (float)(0.5 - 0.5 * cos(2 * pi * (i + 0.5) / N));
	}
	for (int i = 0; i < N / 2; i++)
		p->turn[i] =
			(struct complex){ (float)cos(2 * pi * i / N), (float)-sin(2 * pi * i / N) };
}

static void transform(const struct plan *p, struct complex v[N])
{
	for (int i = 0; i < N; i++)
		if (p->reversed[i] > i) {
			struct complex t = v[i];

			v[i] = v[p->reversed[i]];
			v[p->reversed[i]] = t;
		}
	for (int half = 1; half < N; half *= 2)
		for (int start = 0; start < N; start += 2 * half)
			for (int i = 0; i < half; i++) {
				struct complex w = p->turn[i * (N / 2 / half)];
				struct complex *a = &v[start + i], *b = a + half;
				struct complex t = { b->re * w.re - b->im * w.im,
						     b->re * w.im + b->im * w.re };

				b->re = a->re - t.re;
				b->im = a->im - t.im;
				a->re += t.re;
				a->im += t.im;
			}
}

/* Two rows of the tile travel as real and imaginary part of one. */
static void transform_rows(struct bench *b, const uint8_t *luma, int stride, float mean)
{
	struct complex both[N];

	for (int y = 0; y < N; y += 2) {
		const uint8_t *r0 = luma + (ptrdiff_t)y * stride, *r1 = r0 + stride;

		for (int x = 0; x < N; x++)
			both[x] = (struct complex){
				((float)r0[x] - mean) * b->plan.window[x] * b->plan.window[y],
				((float)r1[x] - mean) * b->plan.window[x] * b->plan.window[y + 1]
			};
		transform(&b->plan, both);
		for (int x = 0; x < HALF; x++) {
			struct complex p = both[x], q = both[(N - x) % N];

			b->rows[x][y] = (struct complex){ (p.re + q.re) / 2, (p.im - q.im) / 2 };
			b->rows[x][y + 1] =
				(struct complex){ (p.im + q.im) / 2, (q.re - p.re) / 2 };
		}
	}
}

static void find_power(struct bench *b, const uint8_t *luma, int stride)
{
	long sum = 0;

	for (int y = 0; y < N; y++)
		for (int x = 0; x < N; x++)
			sum += luma[(ptrdiff_t)y * stride + x];
	transform_rows(b, luma, stride, (float)sum / (N * N));
	for (int x = 0; x < HALF; x++) {
		transform(&b->plan, b->rows[x]);
		for (int y = 0; y < N; y++) {
			struct complex c = b->rows[x][y];
			float p = logf(c.re * c.re + c.im * c.im + FLOOR);
			float l = p / LEVEL_STEP;

			b->power[y][x] = p;
			b->level[y][x] = (uint8_t)(l > LEVELS - 1 ? LEVELS - 1 : l);
		}
	}
}

/* A median that slides along a row: columns come and go. */
struct around {
	int count[LEVELS];
	int total, below, at; /* below: how many lie under level `at` */
};

static void column(const struct bench *b, struct around *a, int x, int y, int change)
{
	if (x < 0 || x >= HALF)
		return;
	for (int dy = -AROUND; dy <= AROUND; dy++) {
		int l = b->level[(y + dy + N) % N][x];

		a->count[l] += change;
		a->total += change;
		if (l < a->at)
			a->below += change;
	}
}

static float median(struct around *a)
{
	while (a->below > a->total / 2)
		a->below -= a->count[--a->at];
	while (a->below + a->count[a->at] <= a->total / 2)
		a->below += a->count[a->at++];
	return ((float)a->at + 0.5f) * LEVEL_STEP;
}

/* Straight edges raise the axes as a whole, which are too narrow for the square: a bin there is
 * compared along its axis. */
static float along_axis(const struct bench *b, int x, int y)
{
	int fy = y > N / 2 ? N - y : y;
	bool upright = x < AXIS;
	struct around a = { 0 };

	if (!upright && fy >= AXIS)
		return 0;
	for (int d = -AROUND; d <= AROUND; d++) {
		int nx = upright ? x : x + d, ny = upright ? (y + d + N) % N : y;

		if (nx >= 0 && nx < HALF) {
			a.count[b->level[ny][nx]]++;
			a.total++;
		}
	}
	return median(&a);
}

/* Between the lowest and highest frequency, off the block grid. */
static bool counts(int x, int y)
{
	int fy = y > N / 2 ? y - N : y;
	double r = hypot(x, fy) / N;
	int gx = (x + GRID / 2) % GRID - GRID / 2, gy = (abs(fy) + GRID / 2) % GRID - GRID / 2;

	if (r < LOWEST || r > HIGHEST)
		return false;
	return abs(gx) > 1 || abs(gy) > 1;
}

static bool is_peak(const struct bench *b, int x, int y)
{
	for (int dy = -1; dy <= 1; dy++)
		for (int dx = -1; dx <= 1; dx++)
			if (x + dx >= 0 && x + dx < HALF &&
			    b->power[(y + dy + N) % N][x + dx] > b->power[y][x])
				return false;
	return true;
}

static void keep_largest(float best[PEAKS], float v)
{
	for (int i = 0; i < PEAKS; i++)
		if (v > best[i]) {
			float t = best[i];

			best[i] = v;
			v = t;
		}
}

static double tile(struct bench *b, const uint8_t *luma, int stride)
{
	float best[PEAKS] = { 0 }, sum = 0;

	find_power(b, luma, stride);
	for (int y = 0; y < N; y++) {
		struct around a = { 0 };

		for (int x = 0; x < AROUND; x++)
			column(b, &a, x, y, 1);
		for (int x = 0; x < HALF; x++) {
			column(b, &a, x + AROUND, y, 1);
			column(b, &a, x - AROUND - 1, y, -1);
			if (counts(x, y) && is_peak(b, x, y))
				keep_largest(best, b->power[y][x] -
							   fmaxf(median(&a), along_axis(b, x, y)));
		}
	}
	for (int i = 0; i < PEAKS; i++)
		sum += best[i];
	return sum / PEAKS;
}

static int place(int i, int n, int side)
{
	return n > 1 ? (int)((int64_t)i * (side - N) / (n - 1)) : (side - N) / 2;
}

double check_moire(const uint8_t *luma, int width_px, int height_px, int stride_bytes)
{
	int across = width_px / N < TILES_ACROSS ? width_px / N : TILES_ACROSS;
	int down = height_px / N < TILES_DOWN ? height_px / N : TILES_DOWN;
	SCOPED_FREE struct bench *b = NULL;
	double most = 0, second = 0;

	if (across < 1 || down < 1)
		return NAN;
	b = malloc(sizeof(*b));
	if (!b)
		return NAN;
	prepare(&b->plan);
	for (int i = 0; i < across * down; i++) {
		int x = place(i % across, across, width_px);
		int y = place(i / across, down, height_px);
		double v = tile(b, luma + (ptrdiff_t)y * stride_bytes + x, stride_bytes);

		second = fmax(second, fmin(v, most));
		most = fmax(most, v);
	}
	/* one tile alone may be a knitted collar or a beard */
	return across * down > 1 ? second : most;
}
