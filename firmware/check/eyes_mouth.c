/* Eyes open, mouth closed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

enum {
	PATCH_W = 64,
	PATCH_H = 40,
	CORNERS = 48,
	/* where an iris would be: lashes and wrinkles at the corners have upright edges, too */
	BAND_TOP = 12,
	BAND_END = 28,
	BAND_LEFT = 16,
	BAND_RIGHT = 48,
};

/* Sobel step of an empty patch, as share of the skin's luma: what the points take for an eye while
 * the lids are shut may be bare skin, and the ratio of two nothings is no open eye. */
static const double FLOOR = 0.45;

static double distance(struct check_point a, struct check_point b)
{
	return hypot(a.x - b.x, a.y - b.y);
}

/* Luma of the eye between corners @l and @r, levelled, with the corners 48 px apart. */
static void eye_patch(const struct image *im, struct check_point l, struct check_point r,
		      double out[PATCH_H][PATCH_W])
{
	double dx = (r.x - l.x) / CORNERS, dy = (r.y - l.y) / CORNERS;
	double mx = (l.x + r.x) / 2, my = (l.y + r.y) / 2;
	int fine = (int)fmin(fmax(ceil(hypot(dx, dy)), 1), 4);

	for (int y = 0; y < PATCH_H; y++)
		for (int x = 0; x < PATCH_W; x++) {
			double sum = 0;

			for (int k = 0; k < fine * fine; k++) {
				double i = x - PATCH_W / 2.0 + (k % fine + 0.5) / fine;
				double j = y - PATCH_H / 2.0 + (k / fine + 0.5) / fine;

				sum += luma_between(im, mx + i * dx - j * dy, my + i * dy + j * dx);
			}
			out[y][x] = sum / (fine * fine);
		}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The skin around an eye is brighter than four fifths of its patch. */
static double patch_skin(double p[PATCH_H][PATCH_W])
{
	double all[PATCH_H * PATCH_W];

	memcpy(all, p, sizeof(all));
	qsort(all, PATCH_H * PATCH_W, sizeof(*all), ascending);
	return fmax(all[PATCH_H * PATCH_W * 4 / 5], 1);
}

static double edge_ratio(const struct image *im, struct check_point l, struct check_point r)
{
	double p[PATCH_H][PATCH_W], upright = 0, level = 0, empty;

	eye_patch(im, l, r, p);
	empty = FLOOR * patch_skin(p);
	for (int y = BAND_TOP; y < BAND_END; y++)
		for (int x = BAND_LEFT; x < BAND_RIGHT; x++) {
			double gx = p[y - 1][x + 1] + 2 * p[y][x + 1] + p[y + 1][x + 1] -
				    p[y - 1][x - 1] - 2 * p[y][x - 1] - p[y + 1][x - 1];
			double gy = p[y + 1][x - 1] + 2 * p[y + 1][x] + p[y + 1][x + 1] -
				    p[y - 1][x - 1] - 2 * p[y - 1][x] - p[y - 1][x + 1];

			upright += gx * gx;
			level += gy * gy + empty * empty;
		}
	return upright / level;
}

static double openness(const struct check_point *e)
{
	return (distance(e[1], e[5]) + distance(e[2], e[4])) / (2 * fmax(distance(e[0], e[3]), 1));
}

/* The inner rim of the lips, a quarter of their thickness wider: the points of the inner rim often
 * stay closed over a smile. */
static void lips_of(const struct check_point *p, struct check_point out[8])
{
	static const int outer[8] = { 48, 50, 51, 52, 54, 56, 57, 58 };

	for (int i = 0; i < 8; i++) {
		out[i].x = 0.75 * p[60 + i].x + 0.25 * p[outer[i]].x;
		out[i].y = 0.75 * p[60 + i].y + 0.25 * p[outer[i]].y;
	}
}

/* Skin around the mouth. */
struct cheeks {
	double luma, warmth; /* warmth: red ÷ blue */
};

/* A pixel between the lips against the skin: teeth are pale, and less coloured than the skin (between
 * the hairs of a beard it shines through); the cave is dark. */
static void between_lips(const struct check_input *in, const struct cheeks *skin, double *pale,
			 double *dark)
{
	const double colourless = fmin(1.3, 0.93 * skin->warmth);
	struct check_point lips[8];
	double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;

	lips_of(in->points, lips);
	for (int i = 0; i < 8; i++) {
		x0 = fmin(x0, lips[i].x);
		x1 = fmax(x1, lips[i].x);
		y0 = fmin(y0, lips[i].y);
		y1 = fmax(y1, lips[i].y);
	}
	for (int y = (int)y0; y <= (int)y1; y++)
		for (int x = (int)x0; x <= (int)x1; x++) {
			uint32_t p = pixel_at(in->im, x, y);
			uint32_t r = p >> 16 & 255, b = p & 255;

			if (!inside(lips, 8, x + 0.5, y + 0.5))
				continue;
			*pale += luma_of(p) > 0.72 * skin->luma && r < colourless * b + 8;
			*dark += luma_of(p) < 0.27 * skin->luma &&
				 inside(in->points + 60, 8, x + 0.5, y + 0.5);
		}
}

/* Median is not worth it, four spots on chin and cheeks do. */
static struct cheeks cheeks_of(const struct check_input *in, const struct check_axes *a)
{
	static const double spot[4][2] = {
		{ -0.55, 0.75 }, { 0.55, 0.75 }, { -0.6, 0.55 }, { 0.6, 0.55 }
	};
	double luma = 0, red = 0, blue = 1;

	for (int i = 0; i < 4; i++) {
		struct check_point p = from_axes(a, spot[i][0], spot[i][1]);
		uint32_t c = pixel_at(in->im, (int)p.x, (int)p.y);

		luma += luma_between(in->im, p.x, p.y);
		red += c >> 16 & 255;
		blue += c & 255;
	}
	return (struct cheeks){ luma / 4, red / blue };
}

static void mouth(const struct check_input *in, const struct check_axes *a,
		  struct check_measures *m)
{
	const struct check_point *p = in->points;
	const struct cheeks skin = cheeks_of(in, a);
	double t = fmax(to_axes(a, p[8].x, p[8].y).y, 0.1), gap = 0, pale = 0, dark = 0;

	for (int i = 61; i <= 63; i++)
		gap = fmax(gap, distance(p[i], p[128 - i]) / (a->ied * t));
	between_lips(in, &skin, &pale, &dark);
	m->mouth_gap = gap;
	m->mouth = gap / 0.07 + pale / (a->ied * a->ied) / 0.03 + dark / (a->ied * a->ied) / 0.015;
}

void check_measure_eyes_mouth(const struct check_input *in, const struct check_axes *a,
			      struct check_measures *m)
{
	const struct check_point *p = in->points;

	m->eye_ratio = fmin(edge_ratio(in->im, p[36], p[39]), edge_ratio(in->im, p[42], p[45]));
	m->ear = fmin(openness(p + 36), openness(p + 42));
	mouth(in, a, m);
}
