/* Top of the visible hair, found against a plain backdrop. */
#include "firmware/check/ground.h"
#include "firmware/check/pixels.h"

/* Columns looked at beside the middle of the face, in face widths; share of them that is hair. */
#define HALF	0.35
#define COVERED 0.12

static bool has(const struct ground *gr, int x, int y, int flag)
{
	return gr->flag[ground_at(gr, x, y)] & flag;
}

static int column(const struct ground *gr, double face_widths)
{
	double x = (gr->cx + face_widths * gr->face_w - gr->x0_px) / gr->cell_px;

	return (int)fmin(fmax(x, 0), gr->w - 1);
}

static double share(const struct ground *gr, double half, int y0, int y1, int flag)
{
	int x0 = column(gr, -half), x1 = column(gr, half), n = 0, on = 0;

	for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < gr->h; y++)
		for (int x = x0; x <= x1; x++, n++)
			on += has(gr, x, y, flag);
	return n ? (double)on / n : 0;
}

/* The mean of a short run of pixels, so that single noisy ones do not count. */
static bool run_differs(const struct ground *gr, int x_cell, int y_px)
{
	double r = 0, g = 0, b = 0;
	int x0 = gr->x0_px + x_cell * gr->cell_px;

	for (int x = x0; x < x0 + gr->cell_px; x++) {
		uint32_t p = pixel_at(gr->in->im, x, y_px);

		r += lab_linear(p >> 16 & 255);
		g += lab_linear(p >> 8 & 255);
		b += lab_linear(p & 255);
	}
	return ground_differs(gr, x_cell, (y_px + 0.5 - gr->y0_px) / gr->cell_px - 0.5,
			      lab_of(r / gr->cell_px, g / gr->cell_px, b / gr->cell_px));
}

/* To the pixel row, from a cell above @row on. */
static int refine(const struct ground *gr, int row)
{
	int x0 = column(gr, -HALF), x1 = column(gr, HALF);
	int from = gr->y0_px + (row > 0 ? row - 1 : 0) * gr->cell_px;
	int to = gr->y0_px + (row + 1) * gr->cell_px;

	for (int y = from; y < to; y++) {
		int on = 0;

		for (int x = x0; x <= x1; x++)
			on += run_differs(gr, x, y);
		if (on > COVERED * (x1 - x0 + 1))
			return y;
	}
	return to;
}

/* Plain above, solid below? Dark hair before a dark wall would give the forehead instead. */
static bool trusted(const struct ground *gr, int row)
{
	int deep = (int)(0.3 * gr->tall / gr->cell_px), high = (int)(0.5 * gr->tall / gr->cell_px);

	if (!gr->single || gr->plain < 0.7 || gr->colour.l < GROUND_DARK)
		return false;
	if (share(gr, 0.2, row + deep / 3, row + deep, GROUND_FORE) < 0.7)
		return false;
	return row == 0 || share(gr, 0.5, row - high, row - 1, GROUND_FORE) < 0.15;
}

void ground_crown(const struct ground *gr, struct check_measures *m)
{
	double least = gr->eye_y - 0.75 * gr->tall, up;
	int row = 0, y;

	while (row < gr->h && share(gr, HALF, row, row, GROUND_SITTER) <= COVERED)
		row++;
	if (row == gr->h || !trusted(gr, row))
		return;
	y = refine(gr, row);
	up = gr->eye_y - y;
	if (y > least || up > 2.2 * gr->tall)
		return;
	m->crown_seen = 1;
	m->crown_px = y * gr->in->scale;
	m->crown_cut = y < 2 || (row == 0 && gr->y0_px == 0 && y < gr->cell_px / 2);
}
