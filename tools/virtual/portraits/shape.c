/* The height field of a face: an ellipsoid with bumps. Lamps and turning work on it. */
#include <math.h>
#include <stdlib.h>

#include "tools/virtual/portraits/parts.h"

struct bump {
	double u, v, ru, rv, height; /* centre, radii (sigma), height; mirrored when u > 0 */
};

static const struct bump bumps[] = {
	{ 0.50, -0.04, 0.25, 0.15, -0.13 }, /* sockets */
	{ 0.50, 0.00, 0.15, 0.10, 0.09 }, /* eyeballs */
	{ 0.42, -0.34, 0.24, 0.10, 0.06 }, /* brows */
	{ 0.70, 0.52, 0.28, 0.26, 0.06 }, /* cheeks */
	{ 0.19, 0.65, 0.085, 0.075, 0.10 }, /* wings of the nose */
	{ 0.00, 1.09, 0.24, 0.045, 0.060 }, /* lips */
	{ 0.00, 1.26, 0.22, 0.060, 0.070 },  { 0.00, 1.165, 0.22, 0.022, -0.04 },
	{ 0.00, 1.42, 0.22, 0.070, -0.05 }, /* below the lip */
	{ 0.00, 1.66, 0.24, 0.150, 0.12 }, /* chin */
	{ 0.44, 1.14, 0.09, 0.12, -0.04 }, /* corners of the mouth */
	{ 0.00, 0.94, 0.045, 0.08, -0.025 }, /* philtrum */
	{ 0.00, -0.85, 0.60, 0.40, 0.05 }, /* forehead */
};

static double bell(double x, double sigma)
{
	return exp(-0.5 * x * x / (sigma * sigma));
}

static double step01(double a, double b, double x)
{
	double t = fmin(fmax((x - a) / (b - a), 0), 1);

	return t * t * (3 - 2 * t);
}

static double nose(double u, double v, double width)
{
	double along = step01(-0.25, 0.68, v) * (1 - step01(0.66, 0.80, v));
	double sigma = (0.10 + 0.06 * step01(0.2, 0.7, v)) * width;

	return (0.06 + 0.36 * along * along) * along * bell(u, sigma) +
	       0.05 * bell(u, 0.14 * width) * bell(v - 0.62, 0.09);
}

static double skull(double u, double v)
{
	double inside = 1 - u * u / (1.32 * 1.32) - (v - 0.30) * (v - 0.30) / (2.05 * 2.05);

	return 1.25 * sqrt(fmax(inside, 0.0025));
}

enum { BUMPS = sizeof(bumps) / sizeof(bumps[0]) };

/* A bump is a product of two bells: one for the columns, one for the rows. */
struct profile {
	float across[BUMPS], u;
};

static void profiles(const struct portrait_person *p, int width, struct profile *out)
{
	for (int x = 0; x < width; x++) {
		double u = ((double)x / GRID_PER_IED - CANVAS_U) / p->width;

		out[x].u = (float)u;
		for (int i = 0; i < BUMPS; i++)
			out[x].across[i] =
				(float)(bumps[i].height * bell(fabs(u) - bumps[i].u, bumps[i].ru));
	}
}

static void fill_row(const struct portrait_person *p, double mouth, double v,
		     const struct profile *at, struct head_shape *out, float *row)
{
	float down[BUMPS];

	for (int i = 0; i < BUMPS; i++)
		down[i] = (float)bell(v - bumps[i].v - (bumps[i].v > 1.2 ? 0.16 * mouth : 0),
				      bumps[i].rv);
	for (int x = 0; x < out->width; x++) {
		double z = skull(at[x].u, v);

		if (fabsf(at[x].u) < 1)
			z += nose(at[x].u, v, p->nose_width);
		for (int i = 0; i < BUMPS; i++)
			z += at[x].across[i] * down[i];
		row[x] = (float)z;
	}
}

int head_shape_new(const struct portrait_person *p, double mouth, struct head_shape *out)
{
	struct profile *at;

	out->width = 2 * CANVAS_U * GRID_PER_IED;
	out->height = 2 * CANVAS_V * GRID_PER_IED;
	at = malloc((size_t)out->width * sizeof(*at));
	out->z = malloc((size_t)out->width * (size_t)out->height * sizeof(float));
	for (int y = 0; at && out->z && y < out->height; y++) {
		if (y == 0)
			profiles(p, out->width, at);
		fill_row(p, mouth, ((double)y / GRID_PER_IED - CANVAS_V) / p->length, at, out,
			 out->z + (size_t)y * (size_t)out->width);
	}
	free(at);
	if (at && out->z)
		return 0;
	free(out->z);
	return -1;
}

double head_shape_z(const struct head_shape *h, double u, double v)
{
	double x = fmin(fmax((u + CANVAS_U) * GRID_PER_IED, 0), h->width - 1.001);
	double y = fmin(fmax((v + CANVAS_V) * GRID_PER_IED, 0), h->height - 1.001);
	int ix = (int)x, iy = (int)y;
	const float *p = h->z + iy * h->width + ix;
	double fx = x - ix, fy = y - iy;

	return (p[0] * (1 - fx) + p[1] * fx) * (1 - fy) +
	       (p[h->width] * (1 - fx) + p[h->width + 1] * fx) * fy;
}

void head_shape_slope(const struct head_shape *h, double u, double v, double *du, double *dv)
{
	const double e = 0.012;

	*du = (head_shape_z(h, u + e, v) - head_shape_z(h, u - e, v)) / (2 * e);
	*dv = (head_shape_z(h, u, v + e) - head_shape_z(h, u, v - e)) / (2 * e);
}
