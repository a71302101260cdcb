#include "firmware/check/ground.h"

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

static int lay_grid(struct ground *gr)
{
	const struct image *im = gr->in->im;
	double top = gr->eye_y - HEAD_MOST * gr->tall - GRID_ABOVE * gr->face_w;
	int x0 = clamped(gr->cx - GRID_HALF * gr->face_w, im->width_px);
	int x1 = clamped(gr->cx + GRID_HALF * gr->face_w, im->width_px);
	int y0 = clamped(top, im->height_px);
	int y1 = clamped(gr->chin_y + GRID_BELOW * gr->face_w, im->height_px);
	double longer = fmax(x1 - x0, y1 - y0);

	gr->cell_px =
		(int)fmax(fmax(round(0.04 * gr->axes->ied), ceil(longer / GROUND_SIDE_MAX)), 1);
	gr->x0_px = x0;
	gr->y0_px = y0;
	gr->w = (x1 - x0) / gr->cell_px;
	gr->h = (y1 - y0) / gr->cell_px;
	gr->cut_left = x0 == 0;
	gr->cut_right = x1 == im->width_px;
	return gr->w >= 8 && gr->h >= 8 ? 0 : -1;
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
static bool in_zone(const struct ground *gr, int x, int y, double top_px)
{
	struct check_point p = ground_axes(gr, x, y);

	if (fabs(ground_px_x(gr, x) - gr->cx) > ZONE_HALF * gr->face_w ||
	    ground_px_y(gr, y) < top_px)
		return false;
	return (fabs(p.x) > 1.75 && p.y < 0.9) || p.y < -2.35;
}

static void fill(struct ground *gr)
{
	double crown = fmin(1.08 * gr->tall, 2.35 * gr->axes->ied);
	double top = gr->eye_y - crown - GRID_ABOVE * gr->face_w;

	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			int i = ground_at(gr, x, y);

			gr->mean[i] = mean_of(gr->in->im, gr->x0_px + x * gr->cell_px,
					      gr->y0_px + y * gr->cell_px, gr->cell_px);
			gr->flag[i] = in_zone(gr, x, y, top) ? GROUND_ZONE : 0;
			gr->zone_cells += gr->flag[i] == GROUND_ZONE;
		}
}

int ground_open(struct ground *gr, const struct check_input *in, const struct check_axes *a,
		const struct check_measures *m)
{
	*gr = (struct ground){ .in = in, .axes = a };
	gr->cx = m->centre_px / in->scale;
	gr->eye_y = m->eye_line_px / in->scale;
	gr->chin_y = m->chin_px / in->scale;
	gr->face_w = m->face_width_px / in->scale;
	gr->tall = gr->chin_y - gr->eye_y;
	if (!(gr->face_w >= 8 && gr->tall >= 4) || lay_grid(gr) < 0)
		return -1;
	gr->mean = malloc((size_t)gr->w * (size_t)gr->h * sizeof(*gr->mean));
	gr->flag = malloc((size_t)gr->w * (size_t)gr->h);
	if (!gr->mean || !gr->flag)
		return -1;
	fill(gr);
	return ground_fit(gr) < 0 || ground_mark(gr) < 0 ? -1 : 0;
}

void ground_close(struct ground *gr)
{
	free(gr->mean);
	free(gr->flag);
	gr->mean = NULL;
	gr->flag = NULL;
}

void check_measure_surroundings(const struct check_input *in, const struct check_axes *a,
				struct check_measures *m)
{
	struct ground gr;
	double eyes = m->eye_line_px, tall = m->chin_px - m->eye_line_px;

	m->crown_seen = 0;
	m->crown_px = eyes - 1.08 * tall;
	m->crown_cut = eyes < 0.75 * tall;
	if (ground_open(&gr, in, a, m) == 0) {
		ground_crown(&gr, m);
		ground_backdrop(&gr, m);
		ground_body(&gr, m);
	}
	if (gr.mean)
		ground_clothes(&gr, m);
	ground_close(&gr);
}
