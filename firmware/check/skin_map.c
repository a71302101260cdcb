#include "firmware/check/skin_map.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/check/pixels.h"

enum { OUTLINE = 17 + 10, ENOUGH = 60 };

/* Shaded skin keeps its hue within this, log2 R/G; hair and frames are off by more. */
static const double HUE_REACH = 0.45;

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

double skin_median(float *values, int n)
{
	if (n == 0)
		return NAN;
	qsort(values, (size_t)n, sizeof(*values), compare);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static bool in_spot(double u, double v, double cu, double cv, double ru, double rv)
{
	return (u - cu) * (u - cu) / (ru * ru) + (v - cv) * (v - cv) / (rv * rv) < 1;
}

/* jaw 0…16, then the brows from right to left */
static void outline_of(const struct check_point *p, struct check_point out[OUTLINE])
{
	memcpy(out, p, 17 * sizeof(*p));
	for (int i = 0; i < 10; i++)
		out[17 + i] = p[26 - i];
}

static bool is_skin(const struct check_input *in, const struct check_point *outline, double x,
		    double y, double u, double v)
{
	if (in_spot(u, v, -0.5, 0, 0.36, 0.22) || in_spot(u, v, 0.5, 0, 0.36, 0.22))
		return false;
	if (!in->has_points) /* an ellipse that lies on the skin of any upright face */
		return in_spot(u, v, 0, 0.65, 0.85, 0.95) && !in_spot(u, v, 0, 1.17, 0.55, 0.25);
	if (inside(in->points + 48, 12, x, y) || in_spot(u, v, 0, 1.17, 0.5, 0.2))
		return false;
	return inside(outline, OUTLINE, x, y);
}

static void average(const struct image *im, const struct check_axes *a, double u, double v,
		    struct skin_cell *c)
{
	double px = a->ied / SKIN_PER_IED;
	int fine = px < 2 ? 1 : px < 7 ? 2 : 3;
	int count = 0;

	for (int k = 0; k < fine * fine; k++) {
		double du = ((k % fine + 0.5) / fine - 0.5) / SKIN_PER_IED;
		double dv = ((k / fine + 0.5) / fine - 0.5) / SKIN_PER_IED;
		struct check_point at = from_axes(a, u + du, v + dv);
		uint32_t p = pixel_at(im, (int)floor(at.x), (int)floor(at.y));
		uint32_t r = p >> 16 & 255, g = p >> 8 & 255, b = p & 255;

		c->r += (float)light_of_byte(r);
		c->g += (float)light_of_byte(g);
		c->b += (float)light_of_byte(b);
		c->blown += r >= 250 || g >= 250 || b >= 250;
		count++;
	}
	c->r /= (float)count;
	c->g /= (float)count;
	c->b /= (float)count;
	c->blown /= (float)count;
	c->y = 0.2126f * c->r + 0.7152f * c->g + 0.0722f * c->b;
}

static float hue_of(const struct skin_cell *c)
{
	return log2f((c->r + 0.002f) / (c->g + 0.002f));
}

/* The hue between the cheeks, where there is never hair, then what is of that hue. */
static void tell_own(struct skin_map *m)
{
	float hue[SKIN_H * SKIN_W];
	int n = 0;

	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++)
			if (m->cell[y][x].skin && fabs(skin_u(x)) < 0.6 && skin_v(y) > 0.2 &&
			    skin_v(y) < 0.9)
				hue[n++] = hue_of(&m->cell[y][x]);
	m->hue = skin_median(hue, n);
	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++) {
			struct skin_cell *c = &m->cell[y][x];

			/* a blown cell has lost its hue, not its place */
			c->own = c->skin &&
				 (c->blown > 0.3f || !(fabs(hue_of(c) - m->hue) > HUE_REACH));
		}
}

struct skin_map *skin_map_new(const struct check_input *in, const struct check_axes *a)
{
	struct skin_map *m = calloc(1, sizeof(*m));
	struct check_point outline[OUTLINE];

	if (!m)
		return NULL;
	if (in->has_points)
		outline_of(in->points, outline);
	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++) {
			double u = skin_u(x), v = skin_v(y);
			struct check_point p = from_axes(a, u, v);
			struct skin_cell *c = &m->cell[y][x];

			c->skin = p.x >= 0 && p.y >= 0 && p.x < in->im->width_px &&
				  p.y < in->im->height_px && is_skin(in, outline, p.x, p.y, u, v);
			if (c->skin)
				average(in->im, a, u, v, c);
			m->count += c->skin;
		}
	tell_own(m);
	if (m->count >= ENOUGH)
		return m;
	free(m);
	return NULL;
}
