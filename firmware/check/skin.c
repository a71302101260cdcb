/* Light and colour on the skin beyond its mean: from above, in shadows, in spots; its hue. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"
#include "firmware/check/skin_map.h"

enum { CELLS = SKIN_W * SKIN_H, ENOUGH = 6 };

struct zone {
	double u0, u1, v0, v1; /* u on both sides of the nose */
};

/* What a lamp overhead reaches first and what it does not. */
static const struct zone forehead = { 0.00, 0.55, -0.75, -0.45 };
static const struct zone ridge = { 0.00, 0.09, 0.10, 0.50 };
static const struct zone below_nose = { 0.00, 0.22, 0.76, 0.90 };
static const struct zone below_lip = { 0.00, 0.25, 1.40, 1.50 };
static const struct zone cheeks = { 0.35, 0.85, 0.35, 0.80 };

static double zone_light(const struct check_input *in, const struct check_axes *a,
			 const struct zone *z)
{
	float light[400];
	int n = 0;

	for (double v = z->v0; v < z->v1; v += 1.0 / SKIN_PER_IED)
		for (double u = -z->u1; u < z->u1 && n < 400; u += 1.0 / SKIN_PER_IED) {
			struct check_point p = from_axes(a, u, v);

			if (fabs(u) >= z->u0)
				light[n++] = (float)light_of(
					pixel_at(in->im, (int)floor(p.x), (int)floor(p.y)));
		}
	return skin_median(light, n);
}

/* Between brow and lid, where the socket is deepest: the middle of both eyes. */
static double socket_light(const struct check_input *in)
{
	static const int brow[] = { 18, 19, 20, 23, 24, 25 }, lid[] = { 37, 37, 38, 43, 43, 44 };
	float light[6 * 8];
	int n = 0;

	for (int i = 0; i < 6; i++)
		for (int k = 0; k < 8; k++) {
			const struct check_point *b = &in->points[brow[i]],
						 *l = &in->points[lid[i]];
			double t = 0.45 + 0.04 * k;

			light[n++] = (float)light_of(
				pixel_at(in->im, (int)floor(b->x + t * (l->x - b->x)),
					 (int)floor(b->y + t * (l->y - b->y))));
		}
	return skin_median(light, n);
}

/* The brighter of what a fringe or glasses may cover, against the mean of what lies in shade. */
static double top_light(const struct check_input *in, const struct check_axes *a)
{
	double bright = fmax(zone_light(in, a, &forehead), zone_light(in, a, &ridge));
	double dark = cbrt(socket_light(in) * zone_light(in, a, &below_nose) *
			   zone_light(in, a, &below_lip));

	return log2(fmax(bright, 1e-3) / fmax(dark, 1e-3));
}

/* Blocks of 2×2 cells, log2 of their light; NaN: not the face's own skin. */
enum { BLOCK = 2, BW = SKIN_W / BLOCK, BH = SKIN_H / BLOCK };

static void blocks_of(const struct skin_map *s, float out[BH][BW])
{
	for (int y = 0; y < BH; y++)
		for (int x = 0; x < BW; x++) {
			float sum = 0;
			int n = 0;

			for (int k = 0; k < BLOCK * BLOCK; k++) {
				const struct skin_cell *c =
					&s->cell[y * BLOCK + k / BLOCK][x * BLOCK + k % BLOCK];

				n += c->own;
				sum += c->own ? c->y : 0;
			}
			out[y][x] = n == BLOCK * BLOCK ? log2f(fmaxf(sum / (float)n, 1e-4f)) : NAN;
		}
}

/* An edge of a cast shadow: between the block and one three away (0.19 IED) the light falls by
 * more than a rounding of the face makes it. */
static const float EDGE_EV = 0.9f;

static bool dark_side(float b[BH][BW], int x, int y)
{
	static const int step[8][2] = { { 3, 0 }, { -3, 0 }, { 0, 3 },	{ 0, -3 },
					{ 2, 2 }, { 2, -2 }, { -2, 2 }, { -2, -2 } };

	for (int i = 0; i < 8; i++) {
		int nx = x + step[i][0], ny = y + step[i][1];

		if (nx >= 0 && ny >= 0 && nx < BW && ny < BH && b[ny][nx] - b[y][x] > EDGE_EV)
			return true;
	}
	return false;
}

struct patch {
	float (*light)[BW];
	bool seen[BH][BW];
	float limit; /* what is darker belongs to it */
	int size, edge;
};

static void grow(struct patch *p, int x, int y)
{
	int stack[BH * BW], n = 0;

	p->seen[y][x] = true;
	stack[n++] = y * BW + x;
	while (n > 0) {
		int at = stack[--n];

		x = at % BW;
		y = at / BW;
		p->size++;
		p->edge += dark_side(p->light, x, y);
		for (int k = 0; k < 4; k++) {
			int nx = x + (k == 0) - (k == 1), ny = y + (k == 2) - (k == 3);

			if (nx < 0 || ny < 0 || nx >= BW || ny >= BH || p->seen[ny][nx] ||
			    !(p->light[ny][nx] < p->limit))
				continue;
			p->seen[ny][nx] = true;
			stack[n++] = ny * BW + nx;
		}
	}
}

/* Patches a stop darker than lit skin (a shadow may cover half of the face), of which a part of the rim is sharp. */
static double shadow_share(const struct skin_map *s)
{
	float light[BH][BW], all[BH * BW];
	struct patch p = { .light = light };
	int n = 0, dark = 0;

	blocks_of(s, light);
	for (int i = 0; i < BH * BW; i++)
		if (!isnan(light[i / BW][i % BW]))
			all[n++] = light[i / BW][i % BW];
	if (n < 50)
		return NAN;
	skin_median(all, n); /* sorts */
	p.limit = all[n * 7 / 10] - 1;
	for (int y = 0; y < BH; y++)
		for (int x = 0; x < BW; x++) {
			if (p.seen[y][x] || !(light[y][x] < p.limit))
				continue;
			p.size = p.edge = 0;
			grow(&p, x, y);
			if (p.size >= 12 && p.edge >= sqrt(p.size))
				dark += p.size;
		}
	return (double)dark / n;
}

/* Mean light of the own skin in a square of ± @reach cells, by summed areas. */
struct sums {
	double light[SKIN_H + 1][SKIN_W + 1];
	int count[SKIN_H + 1][SKIN_W + 1];
};

static void sum_up(const struct skin_map *s, struct sums *t)
{
	memset(t, 0, sizeof(*t));
	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++) {
			const struct skin_cell *c = &s->cell[y][x];

			t->light[y + 1][x + 1] = t->light[y][x + 1] + t->light[y + 1][x] -
						 t->light[y][x] + (c->skin ? c->y : 0);
			t->count[y + 1][x + 1] =
				t->count[y][x + 1] + t->count[y + 1][x] - t->count[y][x] + c->skin;
		}
}

static double around(const struct sums *t, int x, int y, int reach)
{
	int x0 = x - reach < 0 ? 0 : x - reach, x1 = x + reach >= SKIN_W ? SKIN_W : x + reach + 1;
	int y0 = y - reach < 0 ? 0 : y - reach, y1 = y + reach >= SKIN_H ? SKIN_H : y + reach + 1;
	int n = t->count[y1][x1] - t->count[y0][x1] - t->count[y1][x0] + t->count[y0][x0];
	double sum = t->light[y1][x1] - t->light[y0][x1] - t->light[y1][x0] + t->light[y0][x0];

	return n > 0 ? sum / n : NAN;
}

static float chroma_of(const struct skin_cell *c)
{
	return log2f((c->r + 0.002f) / (c->b + 0.002f));
}

/* Shine is the lamp's light on top of the skin's: brighter by 0.4 EV than around it, above all of
 * it, and paler than the skin. */
static double shine_share(const struct skin_map *s)
{
	SCOPED_FREE struct sums *t = malloc(sizeof(*t));
	float chroma[CELLS], light[CELLS];
	int n = 0, shining = 0;
	double pale, bright;

	if (!t)
		return NAN;
	sum_up(s, t);
	for (int i = 0; i < CELLS; i++) {
		const struct skin_cell *c = &s->cell[i / SKIN_W][i % SKIN_W];

		if (!c->skin)
			continue;
		chroma[n] = chroma_of(c);
		light[n++] = c->y;
	}
	pale = skin_median(chroma, n) - 0.25;
	bright = 1.5 * skin_median(light, n);
	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++) {
			const struct skin_cell *c = &s->cell[y][x];

			shining += c->skin && c->y > bright && c->y > 1.3 * around(t, x, y, 8) &&
				   chroma_of(c) < pale;
		}
	return (double)shining / n;
}

static double lab_of(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

static bool on_cheeks(int x, int y)
{
	double u = fabs(skin_u(x)), v = skin_v(y);

	return u > cheeks.u0 && u < cheeks.u1 && v > cheeks.v0 && v < cheeks.v1;
}

/* CIELAB of the mean light of the cheeks, D65. @blown: share of blown samples a cell may have.
 * Return: was there enough? */
static bool cast(const struct skin_map *s, float blown, struct check_measures *m)
{
	double r = 0, g = 0, b = 0, x, y, z;
	int n = 0;

	for (int i = 0; i < CELLS; i++) {
		const struct skin_cell *c = &s->cell[i / SKIN_W][i % SKIN_W];

		if (!c->own || c->blown > blown || !on_cheeks(i % SKIN_W, i / SKIN_W))
			continue;
		r += c->r;
		g += c->g;
		b += c->b;
		n++;
	}
	if (n < ENOUGH)
		return false;
	x = lab_of((0.4124 * r + 0.3576 * g + 0.1805 * b) / n / 0.9505);
	y = lab_of((0.2126 * r + 0.7152 * g + 0.0722 * b) / n);
	z = lab_of((0.0193 * r + 0.1192 * g + 0.9505 * b) / n / 1.0890);
	m->cast_a = 500 * (x - y);
	m->cast_b = 200 * (y - z);
	return true;
}

static double noise(const struct check_input *in, const struct check_axes *a)
{
	float all[3000];
	int n = 0;

	for (int side = -1; side <= 1; side += 2)
		for (int k = 0; k < 1500; k++) {
			double u = cheeks.u0 + (cheeks.u1 - cheeks.u0) * (k % 40) / 40;
			double v = cheeks.v0 + (cheeks.v1 - cheeks.v0) * (k / 40) / 38;
			struct check_point p = from_axes(a, side * u, v);
			int x = (int)floor(p.x), y = (int)floor(p.y);

			all[n++] = (float)fabs(2 * luma_of(pixel_at(in->im, x, y)) -
					       luma_of(pixel_at(in->im, x - 1, y)) -
					       luma_of(pixel_at(in->im, x + 1, y)));
		}
	return skin_median(all, n);
}

void check_measure_skin(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m)
{
	SCOPED_FREE struct skin_map *s = skin_map_new(in, a);

	if (!s)
		return;
	if (!cast(s, 0, m))
		cast(s, 1, m); /* a cast may blow a channel of all of it */
	m->noise = noise(in, a);
	m->shine_share = shine_share(s);
	m->shadow_share = shadow_share(s);
	if (in->has_points)
		m->top_ev = top_light(in, a);
}
