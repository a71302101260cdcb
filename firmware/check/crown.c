/* Top of the visible hair, found against a plain backdrop. */
#include "firmware/check/key.h"
#include "firmware/check/pixels.h"

/* Columns looked at beside the middle of the face, in face widths; share of them that is hair. */
#define HALF	0.35
#define COVERED 0.12

static bool has(const struct key *k, int x, int y, int flag)
{
	return k->flag[key_at(k, x, y)] & flag;
}

static int column(const struct key *k, double face_widths)
{
	double x = (k->cx + face_widths * k->face_w - k->x0_px) / k->cell_px;

	return (int)fmin(fmax(x, 0), k->w - 1);
}

static double share(const struct key *k, double half, int y0, int y1, int flag)
{
	int x0 = column(k, -half), x1 = column(k, half), n = 0, on = 0;

	for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < k->h; y++)
		for (int x = x0; x <= x1; x++, n++)
			on += has(k, x, y, flag);
	return n ? (double)on / n : 0;
}

/* The mean of a short run of pixels, so that single noisy ones do not count. */
static bool run_differs(const struct key *k, int x_cell, int y_px)
{
	double r = 0, g = 0, b = 0;
	int x0 = k->x0_px + x_cell * k->cell_px;

	for (int x = x0; x < x0 + k->cell_px; x++) {
		uint32_t p = pixel_at(k->in->im, x, y_px);

		r += lab_linear(p >> 16 & 255);
		g += lab_linear(p >> 8 & 255);
		b += lab_linear(p & 255);
	}
	return key_differs(k, x_cell, (y_px + 0.5 - k->y0_px) / k->cell_px - 0.5,
			   lab_of(r / k->cell_px, g / k->cell_px, b / k->cell_px));
}

/* To the pixel row, from a cell above @row on. */
static int refine(const struct key *k, int row)
{
	int x0 = column(k, -HALF), x1 = column(k, HALF);
	int from = k->y0_px + (row > 0 ? row - 1 : 0) * k->cell_px;
	int to = k->y0_px + (row + 1) * k->cell_px;

	for (int y = from; y < to; y++) {
		int on = 0;

		for (int x = x0; x <= x1; x++)
			on += run_differs(k, x, y);
		if (on > COVERED * (x1 - x0 + 1))
			return y;
	}
	return to;
}

/* Plain above, solid below? Dark hair before a dark wall would give the forehead instead. */
static bool trusted(const struct key *k, int row)
{
	int deep = (int)(0.3 * k->tall / k->cell_px), high = (int)(0.5 * k->tall / k->cell_px);

	if (!k->single || k->plain < 0.7 || k->colour.l < KEY_DARK)
		return false;
	if (share(k, 0.2, row + deep / 3, row + deep, KEY_FORE) < 0.7)
		return false;
	return row == 0 || share(k, 0.5, row - high, row - 1, KEY_FORE) < 0.15;
}

void key_crown(const struct key *k, struct check_measures *m)
{
	double least = k->eye_y - 0.75 * k->tall, up;
	int row = 0, y;

	while (row < k->h && share(k, HALF, row, row, KEY_SITTER) <= COVERED)
		row++;
	if (row == k->h || !trusted(k, row))
		return;
	y = refine(k, row);
	up = k->eye_y - y;
	if (y > least || up > 2.2 * k->tall)
		return;
	m->crown_seen = 1;
	m->crown_px = y * k->in->scale;
	m->crown_cut = y < 2 || (row == 0 && k->y0_px == 0 && y < k->cell_px / 2);
}
