/* Shoulders against a plain backdrop. */
#include <stdlib.h>

#include "firmware/check/ground.h"

/* Beside the middle of the face, in face widths */
#define SHOULDER_NEAR 0.7
#define SHOULDER_FAR  1.0

enum { COLUMNS_MAX = GROUND_SIDE_MAX };

/* Upper edge of the body in a column: up from the lowest row as long as it is sitter. -1: none, or
 * hair or an arm goes on above the chin. */
static double edge(const struct ground *gr, int x)
{
	double chin = (gr->chin_y - gr->y0_px) / gr->cell_px;
	double low = chin + 1.9 * gr->axes->ied / gr->cell_px;
	int y = (int)fmin(low, gr->h - 1);

	if (x < 0 || x >= gr->w || !(gr->flag[ground_at(gr, x, y)] & GROUND_SITTER))
		return -1;
	while (y >= 0 && (gr->flag[ground_at(gr, x, y)] & GROUND_SITTER))
		y--;
	return y < chin - 0.2 * gr->axes->ied / gr->cell_px ? -1 : y + 1;
}

static double median(double *v, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; j > 0 && v[j] < v[j - 1]; j--) {
			double t = v[j];

			v[j] = v[j - 1];
			v[j - 1] = t;
		}
	return n ? v[n / 2] : NAN;
}

static double shoulder(const struct ground *gr, int side)
{
	double near = gr->cx + side * SHOULDER_NEAR * gr->face_w;
	double far = gr->cx + side * SHOULDER_FAR * gr->face_w, v[COLUMNS_MAX];
	int x0 = (int)((fmin(near, far) - gr->x0_px) / gr->cell_px);
	int x1 = (int)((fmax(near, far) - gr->x0_px) / gr->cell_px), n = 0;

	for (int x = x0; x <= x1 && n < COLUMNS_MAX; x++) {
		double y = edge(gr, x);

		if (y >= 0)
			v[n++] = y;
	}
	return n > 0.6 * (x1 - x0 + 1) ? median(v, n) : NAN;
}

/* How far the body reaches to one side at a row, cells from the middle; NaN when the picture or the
 * grid ends first. */
static double reach(const struct ground *gr, int y, int side)
{
	int x = (int)((gr->cx - gr->x0_px) / gr->cell_px), x0 = x;

	while (x >= 0 && x < gr->w && (gr->flag[ground_at(gr, x, y)] & GROUND_SITTER))
		x += side;
	return x < 0 || x >= gr->w ? NAN : abs(x - x0);
}

static double torso(const struct ground *gr)
{
	double chin = (gr->chin_y - gr->y0_px) / gr->cell_px, ied = gr->axes->ied / gr->cell_px;
	double v[COLUMNS_MAX];
	int n = 0;

	for (int y = (int)(chin + 0.8 * ied); y < chin + 1.2 * ied && y < gr->h; y++) {
		double l = reach(gr, y, -1), r = reach(gr, y, 1);

		if (n < COLUMNS_MAX && l + r > 0)
			v[n++] = (r - l) / (l + r);
	}
	return n >= 4 ? median(v, n) : NAN;
}

void ground_body(const struct ground *gr, struct check_measures *m)
{
	double l, r, apart = (SHOULDER_NEAR + SHOULDER_FAR) * gr->face_w / gr->cell_px;

	if (!gr->single || gr->plain < 0.7)
		return;
	l = shoulder(gr, -1);
	r = shoulder(gr, 1);
	m->shoulders_deg = atan2(r - l, apart) * (180 / 3.14159265358979323846);
	m->torso = torso(gr);
}
