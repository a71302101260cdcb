/* Eyes behind glasses: gaze, red pupils, frames, glare and dark lenses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"
#include "firmware/check/skin_map.h"

/* More blown skin than this, and white says nothing about lenses. */
static const double BLOWN = 0.25;

enum { EYE_SAMPLES = 48, PATCH = 24 };

static int compare_luma(const void *a, const void *b)
{
	return (*(const float *)a > *(const float *)b) - (*(const float *)a < *(const float *)b);
}

/* The darkest third of an eye is its iris: how far from the middle of the corners it lies. */
static double gaze_of(const struct image *im, const struct check_point *e)
{
	float luma[EYE_SAMPLES * EYE_SAMPLES / 2], sorted[EYE_SAMPLES * EYE_SAMPLES / 2];
	float along[EYE_SAMPLES * EYE_SAMPLES / 2];
	double dx = e[3].x - e[0].x, dy = e[3].y - e[0].y, sum = 0;
	int n = 0, dark = 0;

	for (int j = -EYE_SAMPLES / 4; j < EYE_SAMPLES / 4; j++)
		for (int i = 0; i < EYE_SAMPLES; i++) {
			double t = (i + 0.5) / EYE_SAMPLES, k = (j + 0.5) / EYE_SAMPLES;
			double x = e[0].x + t * dx - k * dy, y = e[0].y + t * dy + k * dx;

			if (!inside(e, 6, x, y))
				continue;
			along[n] = (float)(t - 0.5);
			luma[n++] = (float)luma_between(im, x - 0.5, y - 0.5);
		}
	if (n < 30)
		return NAN;
	memcpy(sorted, luma, (size_t)n * sizeof(*luma));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare_luma);
	for (int i = 0; i < n; i++)
		if (luma[i] <= sorted[n / 3]) {
			sum += along[i];
			dark++;
		}
	return sum / dark;
}

static double redness(uint32_t p)
{
	int r = p >> 16 & 255, g = p >> 8 & 255, b = p & 255;

	return r - (g > b ? g : b);
}

/* Mean R − max(G, B) of a square of @side IED around @p. */
static double red_mean(const struct image *im, double ied, struct check_point p, double side)
{
	double sum = 0;

	for (int k = 0; k < 25; k++) {
		double x = p.x + (k % 5 - 2) * side * ied / 5,
		       y = p.y + (k / 5 - 2) * side * ied / 5;

		sum += redness(pixel_at(im, (int)floor(x), (int)floor(y)));
	}
	return sum / 25;
}

/* Looked for around the darkest place of the eye: a pupil that glows lies where the iris is. */
static double red_eye_of(const struct check_input *in, const struct check_axes *a,
			 const struct check_point *e)
{
	double cx = (e[0].x + e[3].x) / 2, cy = (e[0].y + e[3].y) / 2, most = -255;
	struct check_point c = to_axes(a, cx, cy), skin = from_axes(a, c.x, c.y + 0.35);

	for (int j = -3; j <= 3; j++)
		for (int i = -7; i <= 7; i++) {
			struct check_point p = from_axes(a, c.x + i * 0.02, c.y + j * 0.02);

			if (inside(e, 6, p.x, p.y))
				most = fmax(most, red_mean(in->im, a->ied, p, 0.045));
		}
	return most - red_mean(in->im, a->ied, skin, 0.1);
}

/* Across the bridge of the nose, between the eyes: skin is smooth there, a frame is a step. */
static double frame_step(const struct check_input *in, const struct check_axes *a)
{
	double row[PATCH], most = 0, sum = 0;

	for (int j = 0; j < PATCH; j++) {
		row[j] = 0;
		for (int i = 0; i < 9; i++) {
			struct check_point p =
				from_axes(a, (i - 4) * 0.02, -0.22 + 0.55 * (j + 0.5) / PATCH);

			row[j] += luma_between(in->im, p.x - 0.5, p.y - 0.5) / 9;
		}
		sum += row[j];
	}
	for (int j = 2; j < PATCH; j++)
		most = fmax(most, fabs(row[j] - row[j - 2]));
	return sum > PATCH ? most / (sum / PATCH) : NAN;
}

/* Cells of 1/48 IED over both eyes. */
enum { GLARE_PER_IED = 48, GLARE_W = 92, GLARE_H = 38, GLARE_LEFT = 46, GLARE_TOP = 17 };

enum { DARK, LIT, LIT_EYE };

/* A blob that lies in an eye is the white of it; glare covers lids and skin as well. */
static int blob_size(uint8_t lit[GLARE_H][GLARE_W], int x, int y)
{
	int stack[GLARE_H * GLARE_W], n = 0, size = 1, around = lit[y][x] == LIT;

	lit[y][x] = DARK;
	stack[n++] = y * GLARE_W + x;
	while (n > 0) {
		int at = stack[--n];

		for (int k = 0; k < 4; k++) {
			int nx = at % GLARE_W + (k == 0) - (k == 1);
			int ny = at / GLARE_W + (k == 2) - (k == 3);

			if (nx < 0 || ny < 0 || nx >= GLARE_W || ny >= GLARE_H || !lit[ny][nx])
				continue;
			size++;
			around += lit[ny][nx] == LIT;
			lit[ny][nx] = DARK;
			stack[n++] = ny * GLARE_W + nx;
		}
	}
	return 3 * around > size ? size : 0;
}

static bool white(uint32_t p)
{
	return (p >> 16 & 255) >= 225 && (p >> 8 & 255) >= 225 && (p & 255) >= 225;
}

static uint8_t lit_at(const struct check_input *in, const struct check_axes *a, double u, double v)
{
	const struct check_point *p = in->points;
	struct check_point at = from_axes(a, u, v);

	/* the backdrop beside a turned head is no lens */
	if (!white(pixel_at(in->im, (int)floor(at.x), (int)floor(at.y))) ||
	    u < to_axes(a, p[0].x, p[0].y).x || u > to_axes(a, p[16].x, p[16].y).x)
		return DARK;
	return inside(p + 36, 6, at.x, at.y) || inside(p + 42, 6, at.x, at.y) ? LIT_EYE : LIT;
}

static double glare(const struct check_input *in, const struct check_axes *a)
{
	uint8_t lit[GLARE_H][GLARE_W];
	int most = 0;

	for (int y = 0; y < GLARE_H; y++)
		for (int x = 0; x < GLARE_W; x++)
			lit[y][x] = lit_at(in, a, (x - GLARE_LEFT + 0.5) / GLARE_PER_IED,
					   (y - GLARE_TOP + 0.5) / GLARE_PER_IED);
	for (int y = 0; y < GLARE_H; y++)
		for (int x = 0; x < GLARE_W; x++)
			if (lit[y][x]) {
				int size = blob_size(lit, x, y);

				most = size > most ? size : most;
			}
	return (double)most / (GLARE_PER_IED * GLARE_PER_IED);
}

static double median_luma(const struct check_input *in, const struct check_axes *a, double u0,
			  double u1, double v0, double v1)
{
	float luma[2 * 12 * 12];
	int n = 0;

	for (int k = 0; k < 12 * 12; k++)
		for (int side = -1; side <= 1; side += 2) {
			double u = u0 + (u1 - u0) * (k % 12 + 0.5) / 12;
			struct check_point p =
				from_axes(a, side * u, v0 + (v1 - v0) * (k / 12 + 0.5) / 12);

			luma[n++] =
				(float)luma_of(pixel_at(in->im, (int)floor(p.x), (int)floor(p.y)));
		}
	return skin_median(luma, n);
}

void check_measure_lenses(const struct check_input *in, const struct check_axes *a,
			  struct check_measures *m)
{
	double cheek = median_luma(in, a, 0.35, 0.70, 0.55, 0.75);

	m->gaze = (gaze_of(in->im, in->points + 36) + gaze_of(in->im, in->points + 42)) / 2;
	m->glasses = frame_step(in, a);
	if (!(m->over_share > BLOWN)) {
		m->red_eye = fmax(red_eye_of(in, a, in->points + 36),
				  red_eye_of(in, a, in->points + 42));
		m->glare = glare(in, a);
	}
	if (cheek > 1)
		m->tint = median_luma(in, a, 0.32, 0.68, 0.14, 0.26) / cheek;
}
