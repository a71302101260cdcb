/* Fine detail of the face against coarse detail, in the direction where least of it is left. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

enum { IED = 112, HALF_W = 110, TOP = 80, LOW = 180, W = 2 * HALF_W, H = TOP + LOW, BORDER = 8 };

/* Brings a blur of 0.8 px at IED 112 to about 0.33 and of 1.2 px below 0.2, so that the limits of
 * the study hold for this way of sampling. */
static const double SCALE = 0.4;

/* symmetric 2×2 matrix of gradient products */
struct tensor {
	double xx, xy, yy;
};

static void warp(const struct image *im, const struct check_axes *a, double *out)
{
	double step = fmax(a->ied / IED, 1); /* never finer than the picture */
	int fine = (int)fmin(ceil(step), 4);

	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++) {
			double sum = 0;

			for (int k = 0; k < fine * fine; k++) {
				double i = (x - HALF_W + (k % fine + 0.5) / fine) * step;
				double j = (y - TOP + (k / fine + 0.5) / fine) * step;

				sum += luma_between(im, a->ox + i * a->c - j * a->s - 0.5,
						    a->oy + i * a->s + j * a->c - 0.5);
			}
			out[y * W + x] = sum / (fine * fine);
		}
}

static double tap(const double *p, int n, int stride, int i, int step)
{
	int b = i - step < 0 ? 0 : i - step, e = i + step >= n ? n - 1 : i + step;

	return (p[b * stride] + 2 * p[i * stride] + p[e * stride]) / 4;
}

static void binomial(const double *in, int step, double *work, double *out)
{
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			work[y * W + x] = tap(in + y * W, W, 1, x, step);
	for (int y = 0; y < H; y++)
		for (int x = 0; x < W; x++)
			out[y * W + x] = tap(work + x, H, W, y, step);
}

static bool in_face(int x, int y)
{
	double u = (x - HALF_W) / (0.85 * IED), v = (y - TOP - 0.45 * IED) / (1.0 * IED);

	return u * u + v * v < 1;
}

static struct tensor gradients(const double *a, const double *b, int step)
{
	struct tensor t = { 0, 0, 0 };

	for (int y = BORDER; y < H - BORDER; y++)
		for (int x = BORDER; x < W - BORDER; x++) {
			int i = y * W + x, d = step * W;
			double gx, gy;

			if (!in_face(x, y))
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

/* Smaller eigenvalue of C⁻¹F. */
static double weakest(struct tensor f, struct tensor c)
{
	double det = c.xx * c.yy - c.xy * c.xy, trace, product;

	if (det < 1e-9)
		return NAN;
	trace = (c.yy * f.xx - 2 * c.xy * f.xy + c.xx * f.yy) / det;
	product = (f.xx * f.yy - f.xy * f.xy) / det;
	return trace / 2 - sqrt(fmax(trace * trace / 4 - product, 0));
}

static double laplacian_variance(const double *g)
{
	double sum = 0, squares = 0;
	int n = 0;

	for (int y = 1; y < H - 1; y++)
		for (int x = 1; x < W - 1; x++) {
			int i = y * W + x;
			double l = g[i - 1] + g[i + 1] + g[i - W] + g[i + W] - 4 * g[i];

			if (!in_face(x, y))
				continue;
			sum += l;
			squares += l * l;
			n++;
		}
	return squares / n - sum / n * (sum / n);
}

void check_measure_sharpness(const struct check_input *in, const struct check_axes *a,
			     struct check_measures *m)
{
	SCOPED_FREE double *all = calloc((size_t)5 * W * H, sizeof(*all));
	double *g[4], *work;

	if (!all)
		return;
	for (int i = 0; i < 4; i++)
		g[i] = all + (size_t)i * W * H;
	work = all + (size_t)4 * W * H;
	warp(in->im, a, g[0]);
	binomial(g[0], 1, work, g[1]);
	binomial(g[1], 1, work, g[2]);
	binomial(g[2], 2, work, g[3]);
	m->sharpness = SCALE * weakest(gradients(g[0], g[1], 1), gradients(g[2], g[3], 2));
	m->laplacian = laplacian_variance(g[0]);
}
