/* How much light there is, and from which side. */
#include <math.h>
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"
#include "firmware/check/skin_map.h"

enum { BINS = 1024, CHEEK_ENOUGH = 20 };

static double scene_light(const struct image *im)
{
	int count[BINS] = { 0 }, total = 0, bin = 0, left;

	for (int y = 0; y < im->height_px; y += 4)
		for (int x = 0; x < im->width_px; x += 4, total++) {
			/* half a stop is many bins also in the dark: square root spacing */
			bin = (int)(sqrt(light_of(image_row(im, y)[x])) * (BINS - 1));
			count[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
		}
	left = (int)(0.98 * total);
	for (bin = 0; bin < BINS - 1 && left >= count[bin]; bin++)
		left -= count[bin];
	return (bin + 0.5) / (BINS - 1) * ((bin + 0.5) / (BINS - 1));
}

static bool on_cheek(int x, int y, int side)
{
	double u = skin_u(x) * side, v = skin_v(y);

	return v > 0.25 && v < 0.95 && u > 0.25;
}

static double cheek(const struct skin_map *s, int side)
{
	float light[SKIN_H * SKIN_W];
	int n = 0;

	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++)
			if (s->cell[y][x].own && on_cheek(x, y, side))
				light[n++] = s->cell[y][x].y;
	return n < CHEEK_ENOUGH ? NAN : fmax(skin_median(light, n), 1e-4);
}

void check_measure_light(const struct check_input *in, const struct check_axes *a,
			 struct check_measures *m)
{
	SCOPED_FREE struct skin_map *s = NULL;
	double sum = 0, blown = 0;

	m->scene_light = scene_light(in->im);
	if (in->face_count == 0)
		return;
	s = skin_map_new(in, a);
	if (!s)
		return;
	for (int y = 0; y < SKIN_H; y++)
		for (int x = 0; x < SKIN_W; x++) {
			sum += s->cell[y][x].skin ? s->cell[y][x].y : 0;
			blown += s->cell[y][x].skin ? s->cell[y][x].blown : 0;
		}
	m->face_light = sum / s->count;
	m->over_share = blown / s->count;
	m->half_ev = log2(cheek(s, 1) / cheek(s, -1));
}
