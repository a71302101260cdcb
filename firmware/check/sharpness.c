/* Fine detail of the face against coarse detail, in the direction where least of it is left. */
#include <math.h>
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

/*
 * A crop of the face at IED 112, or at the picture's own size when that is smaller: what was never
 * there is not invented, so that a small face is not called blurred for being small.
 */
enum {
	IED = 112,
	HALF_W = 110,
	TOP = 80,
	LOW = 180,
	SIDE_MAX = 2 * HALF_W,
	BORDER = 8,
	LEVELS = 5
};

struct crop {
	int w, h; /* px */
	double ied, cx, cy; /* px of the crop: eye distance, middle of the eyes */
	float *level[LEVELS]; /* more and more blurred */
	float *work;
};

/* symmetric 2×2 matrix of gradient products */
struct tensor {
	double xx, xy, yy;
};

static bool crop_new(double ied, struct crop *c, float **memory)
{
	double size = fmin(ied / IED, 1);
	size_t px;

	c->ied = IED * size;
	c->cx = HALF_W * size;
	c->cy = TOP * size;
	c->w = (int)(2 * HALF_W * size);
	c->h = (int)((TOP + LOW) * size);
	px = (size_t)c->w * (size_t)c->h;
	*memory = c->w > 4 * BORDER ? calloc((LEVELS + 1) * px, sizeof(**memory)) : NULL;
	for (int i = 0; *memory && i < LEVELS; i++)
		c->level[i] = *memory + (size_t)i * px;
	c->work = *memory + (*memory ? LEVELS * px : 0);
	return *memory != NULL;
}

static void warp(const struct image *im, const struct check_axes *a, const struct crop *c)
{
	double step = a->ied / c->ied;
	int fine = (int)fmin(ceil(step - 0.01), 4);

	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++) {
			double sum = 0;

			for (int k = 0; k < fine * fine; k++) {
				double i = (x - c->cx + (k % fine + 0.5) / fine) * step;
				double j = (y - c->cy + (k / fine + 0.5) / fine) * step;

				sum += luma_between(im, a->ox + i * a->c - j * a->s - 0.5,
						    a->oy + i * a->s + j * a->c - 0.5);
			}
			c->level[0][y * c->w + x] = (float)(sum / (fine * fine));
		}
}

static float tap(const float *p, int n, int stride, int i, int step)
{
	int b = i - step < 0 ? 0 : i - step, e = i + step >= n ? n - 1 : i + step;

	return (p[b * stride] + 2 * p[i * stride] + p[e * stride]) / 4;
}

static void binomial(const struct crop *c, const float *in, int step, float *out)
{
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++)
			c->work[y * c->w + x] = tap(in + y * c->w, c->w, 1, x, step);
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++)
			out[y * c->w + x] = tap(c->work + x, c->h, c->w, y, step);
}

static bool in_face(const struct crop *c, int x, int y)
{
	double u = (x - c->cx) / (0.85 * c->ied), v = (y - c->cy - 0.45 * c->ied) / c->ied;

	return u * u + v * v < 1;
}

/* Of @a − @b, over the face. */
static struct tensor gradients(const struct crop *c, const float *a, const float *b, int step)
{
	struct tensor t = { 0, 0, 0 };

	for (int y = BORDER; y < c->h - BORDER; y++)
		for (int x = BORDER; x < c->w - BORDER; x++) {
			int i = y * c->w + x, d = step * c->w;
			double gx, gy;

			if (!in_face(c, x, y))
				continue;
			gx = ((a[i + step] - b[i + step]) - (a[i - step] - b[i - step])) /
			     (2 * step);
			gy = ((a[i + d] - b[i + d]) - (a[i - d] - b[i - d])) / (2 * step);
			t.xx += gx * gx;
			t.xy += gx * gy;
			t.yy += gy * gy;
		}
	return t;
}

/* Eigenvalues of C⁻¹F: fine detail for coarse detail, in the worst and in the best direction. */
static bool eigenvalues(struct tensor f, struct tensor c, double *low, double *high)
{
	double det = c.xx * c.yy - c.xy * c.xy, half, product, root;

	if (!(det > 1e-9))
		return false;
	half = (c.yy * f.xx - 2 * c.xy * f.xy + c.xx * f.yy) / det / 2;
	product = (f.xx * f.yy - f.xy * f.xy) / det;
	root = sqrt(fmax(half * half - product, 0));
	*low = half - root;
	*high = half + root;
	return true;
}

/* In a dark picture, or on dark skin, all differences are smaller: as if the mean luma were 110. */
static double laplacian_variance(const struct crop *c)
{
	const float *g = c->level[0];
	double sum = 0, squares = 0, light = 0;
	int n = 0;

	for (int y = 1; y < c->h - 1; y++)
		for (int x = 1; x < c->w - 1; x++) {
			int i = y * c->w + x;
			double l = g[i - 1] + g[i + 1] + g[i - c->w] + g[i + c->w] - 4 * g[i];

			if (!in_face(c, x, y))
				continue;
			sum += l;
			squares += l * l;
			light += g[i];
			n++;
		}
	if (!n || light < n)
		return NAN;
	return (squares / n - sum / n * (sum / n)) * (110.0 * n / light) * (110.0 * n / light);
}

void check_measure_sharpness(const struct check_input *in, const struct check_axes *a,
			     struct check_measures *m)
{
	SCOPED_FREE float *memory = NULL;
	double low, high;
	struct crop c;

	if (!crop_new(a->ied, &c, &memory))
		return;
	warp(in->im, a, &c);
	for (int i = 1; i < LEVELS; i++)
		binomial(&c, c.level[i - 1], i == 1 ? 1 : 1 << (i - 2), c.level[i]);
	m->laplacian = laplacian_variance(&c);
	if (!eigenvalues(gradients(&c, c.level[1], c.level[2], 1),
			 gradients(&c, c.level[3], c.level[4], 4), &low, &high))
		return;
	m->sharpness = low;
	m->anisotropy = log2(high / fmax(low, 1e-9));
}
