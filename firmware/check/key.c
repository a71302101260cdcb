#include "firmware/check/key.h"

#include <stdlib.h>

#include "firmware/check/pixels.h"

/* Of the face width: what a finished picture can show beside the middle of the face, and how much
 * more is looked at for the shoulders; above the crown; below the chin. */
#define ZONE_HALF  1.25
#define GRID_HALF  1.6
#define GRID_ABOVE 0.45
#define GRID_BELOW 1.0

/* Highest hair we allow for, of eye line to chin */
#define HEAD_MOST 2.2

static int clamped(double v, int most)
{
	return (int)fmin(fmax(v, 0), most);
}

static int lay_grid(struct key *k)
{
	const struct image *im = k->in->im;
	double top = k->eye_y - HEAD_MOST * k->tall - GRID_ABOVE * k->face_w;
	int x0 = clamped(k->cx - GRID_HALF * k->face_w, im->width_px);
	int x1 = clamped(k->cx + GRID_HALF * k->face_w, im->width_px);
	int y0 = clamped(top, im->height_px);
	int y1 = clamped(k->chin_y + GRID_BELOW * k->face_w, im->height_px);
	double longer = fmax(x1 - x0, y1 - y0);

	k->cell_px = (int)fmax(fmax(round(0.04 * k->axes->ied), ceil(longer / KEY_SIDE_MAX)), 1);
	k->x0_px = x0;
	k->y0_px = y0;
	k->w = (x1 - x0) / k->cell_px;
	k->h = (y1 - y0) / k->cell_px;
	k->cut_left = x0 == 0;
	k->cut_right = x1 == im->width_px;
	return k->w >= 8 && k->h >= 8 ? 0 : -1;
}

static struct lab mean_of(const struct image *im, int x0, int y0, int side)
{
	int step = side >= 6 ? 2 : 1, n = 0;
	double r = 0, g = 0, b = 0;

	for (int y = y0; y < y0 + side; y += step)
		for (int x = x0; x < x0 + side; x += step, n++) {
			uint32_t p = image_row(im, y)[x];

			r += lab_linear(p >> 16 & 255);
			g += lab_linear(p >> 8 & 255);
			b += lab_linear(p & 255);
		}
	return lab_of(r / n, g / n, b / n);
}

/* |u| < 1.75 is head and hair, v > −2.35 above it; shoulders begin below 0.9. */
static bool in_zone(const struct key *k, int x, int y, double top_px)
{
	struct check_point p = key_axes(k, x, y);

	if (fabs(key_px_x(k, x) - k->cx) > ZONE_HALF * k->face_w || key_px_y(k, y) < top_px)
		return false;
	return (fabs(p.x) > 1.75 && p.y < 0.9) || p.y < -2.35;
}

static void fill(struct key *k)
{
	double crown = fmin(1.08 * k->tall, 2.35 * k->axes->ied);
	double top = k->eye_y - crown - GRID_ABOVE * k->face_w;

	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			int i = key_at(k, x, y);

			k->mean[i] = mean_of(k->in->im, k->x0_px + x * k->cell_px,
					     k->y0_px + y * k->cell_px, k->cell_px);
			k->flag[i] = in_zone(k, x, y, top) ? KEY_ZONE : 0;
			k->zone_cells += k->flag[i] == KEY_ZONE;
		}
}

int key_open(struct key *k, const struct check_input *in, const struct check_axes *a,
	     const struct check_measures *m)
{
	*k = (struct key){ .in = in, .axes = a };
	k->cx = m->centre_px / in->scale;
	k->eye_y = m->eye_line_px / in->scale;
	k->chin_y = m->chin_px / in->scale;
	k->face_w = m->face_width_px / in->scale;
	k->tall = k->chin_y - k->eye_y;
	if (!(k->face_w >= 8 && k->tall >= 4) || lay_grid(k) < 0)
		return -1;
	k->mean = malloc((size_t)k->w * (size_t)k->h * sizeof(*k->mean));
	k->flag = malloc((size_t)k->w * (size_t)k->h);
	if (!k->mean || !k->flag)
		return -1;
	fill(k);
	return key_fit(k) < 0 || key_mark(k) < 0 ? -1 : 0;
}

void key_close(struct key *k)
{
	free(k->mean);
	free(k->flag);
	k->mean = NULL;
	k->flag = NULL;
}

void check_measure_surroundings(const struct check_input *in, const struct check_axes *a,
				struct check_measures *m)
{
	struct key k;
	double eyes = m->eye_line_px, tall = m->chin_px - m->eye_line_px;

	m->crown_seen = 0;
	m->crown_px = eyes - 1.08 * tall;
	m->crown_cut = eyes < 0.75 * tall;
	if (key_open(&k, in, a, m) == 0) {
		key_crown(&k, m);
		key_backdrop(&k, m);
		key_body(&k, m);
	}
	if (k.mean)
		key_clothes(&k, m);
	key_close(&k);
}
