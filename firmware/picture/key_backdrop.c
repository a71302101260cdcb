#include "firmware/picture/key_work.h"

#include <math.h>
#include <string.h>

/* Cells are judged by their means: at W/120 one averages 16 pixels of a 480×640 picture, enough that
 * the noise of a camera disappears and little enough that a hair does not. */
enum { FILL_ROUNDS = 6 };

static const float FULL = 65535.0f;
static const float ROUGH_MAX = 0.0012f; /* variance of a cell: 3.5 % of its mean */
static const float STEP = 0.08f; /* from one sure cell to the next: soft shadows, not edges */
static const float STEP_DARK = 0.006f; /* the same for a channel with hardly any light */
static const float KEY_LEAST = 0.04f; /* k(B); below it noise decides */
static const float PALE_LEAST = 0.1f; /* a darker grey is black rather than pale */
static const float LOW_MIN = 0.02f, LOW_MAX = 0.07f, NOISE_SIGMAS = 2.5f; /* see low */
static const float KEY_MIN = 0.25f; /* k(B)/B_b below which there is nothing to key with */

static void one_cell(const struct key_work *k, int cx, int cy)
{
	const struct key_grid *g = &k->grid;
	const int x0 = cx * g->cell_px, y0 = cy * g->cell_px;
	const int x1 = x0 + g->cell_px < k->w ? x0 + g->cell_px : k->w;
	const int y1 = y0 + g->cell_px < k->h ? y0 + g->cell_px : k->h;
	const float n = (float)((x1 - x0) * (y1 - y0));
	uint64_t sum[3] = { 0 }, square = 0;
	float mean = 0;
	const int at = cy * g->w + cx;

	for (int y = y0; y < y1; y++) {
		const uint16_t *p = k->px + ((size_t)y * (size_t)k->w + (size_t)x0) * 3;

		for (int x = x0; x < x1; x++, p += 3) {
			const uint64_t s = (uint64_t)p[0] + p[1] + p[2];

			sum[0] += p[0];
			sum[1] += p[1];
			sum[2] += p[2];
			square += s * s;
		}
	}
	for (int c = 0; c < 3; c++) {
		g->mean[c][at] = (float)sum[c] / n / FULL;
		mean += g->mean[c][at];
	}
	g->rough[at] = (float)square / n / FULL / FULL - mean * mean;
	g->rough[at] /= mean * mean + 1e-6f;
}

void key_cells(struct key_work *k)
{
	for (int cy = 0; cy < k->grid.h; cy++)
		for (int cx = 0; cx < k->grid.w; cx++)
			one_cell(k, cx, cy);
}

/* Cells that show backdrop in any portrait: a strip above the head, one at each side of it. */
static bool in_zone(const struct key_grid *g, int cx, int cy)
{
	return cy * 2 < g->h && (cy * 16 < g->h || cx * 10 < g->w || (g->w - 1 - cx) * 10 < g->w);
}

/* k(c)/c_b for key channel @b; 0 where it is too dark to tell blue from black. */
static float key_share(const struct key_grid *g, int at, int b)
{
	const float r = g->mean[0][at], o = b == 2 ? g->mean[1][at] : g->mean[2][at];
	const float k = g->mean[b][at] - (r > o ? r : o);

	return k > KEY_LEAST ? k / g->mean[b][at] : 0;
}

struct census {
	int cells, blue, green, pale;
	double side[3];
};

static void count_cell(const struct key_grid *g, int at, struct census *c)
{
	const float r = g->mean[0][at], gr = g->mean[1][at], b = g->mean[2][at];
	const float most = r > gr ? (r > b ? r : b) : (gr > b ? gr : b);
	const float least = r < gr ? (r < b ? r : b) : (gr < b ? gr : b);

	c->cells++;
	if (key_share(g, at, 2) > KEY_MIN)
		c->blue++;
	else if (key_share(g, at, 1) > KEY_MIN)
		c->green++;
	else if (most > PALE_LEAST && most - least < 0.45f * most)
		c->pale++;
	for (int i = 0; i < 3; i++)
		c->side[i] += (double)g->mean[i][at];
}

enum key_cause key_hue(struct key_work *k)
{
	const struct key_grid *g = &k->grid;
	struct census c = { 0 };
	int most;

	for (int cy = 0; cy < g->h; cy++)
		for (int cx = 0; cx < g->w; cx++)
			if (in_zone(g, cx, cy))
				count_cell(g, cy * g->w + cx, &c);
	most = c.blue > c.green ? c.blue : c.green;
	if (most * 2 < c.cells)
		return c.pale * 2 >= c.cells ? KEY_PALE
		       : most * 4 < c.cells  ? KEY_COLOUR
					     : KEY_HIDDEN;
	k->key = c.blue >= c.green ? 2 : 1;
	/* Green against red: skin and hair have more green than blue. */
	k->side = k->key == 2 && c.side[0] <= c.side[1] ? 1 : 0;
	return KEY_OK;
}

static bool like(const struct key_grid *g, int a, int b)
{
	for (int c = 0; c < 3; c++) {
		const float d = g->mean[c][a] - g->mean[c][b];

		if ((d < 0 ? -d : d) > STEP * g->mean[c][b] + STEP_DARK)
			return false;
	}
	return true;
}

static bool may_be_backdrop(const struct key_work *k, int at)
{
	return k->grid.rough[at] < ROUGH_MAX && key_share(&k->grid, at, k->key) > KEY_MIN * 0.8f;
}

/* From cell to cell, so that a shadow's slow change is followed and a coat's edge is not. */
static int grow(struct key_work *k)
{
	struct key_grid *g = &k->grid;
	int32_t *stack = (int32_t *)(void *)g->spare[0];
	int top = 0, count = 0;

	memset(g->sure, 0, sizeof(float) * (size_t)(g->w * g->h));
	for (int at = 0; at < g->w * g->h; at++)
		if (in_zone(g, at % g->w, at / g->w) && may_be_backdrop(k, at)) {
			g->sure[at] = 1;
			stack[top++] = at;
		}
	while (top > 0) {
		const int at = stack[--top], x = at % g->w, y = at / g->w;
		const int next[4] = { x > 0 ? at - 1 : -1, x + 1 < g->w ? at + 1 : -1,
				      y > 0 ? at - g->w : -1, y + 1 < g->h ? at + g->w : -1 };

		count++;
		for (int i = 0; i < 4; i++)
			if (next[i] >= 0 && g->sure[next[i]] == 0 && may_be_backdrop(k, next[i]) &&
			    like(g, next[i], at)) {
				g->sure[next[i]] = 1;
				stack[top++] = next[i];
			}
	}
	return count;
}

/* Sum over a square of ±radius cells, cut off at the grid's borders. */
void key_grid_sum(const struct key_grid *g, const float *in, float *tmp, float *out, int radius)
{
	for (int y = 0; y < g->h; y++) {
		const float *row = in + y * g->w;
		float s = 0;

		for (int x = 0; x < radius && x < g->w; x++)
			s += row[x];
		for (int x = 0; x < g->w; x++) {
			if (x + radius < g->w)
				s += row[x + radius];
			if (x > radius)
				s -= row[x - radius - 1];
			tmp[y * g->w + x] = s;
		}
	}
	for (int x = 0; x < g->w; x++) {
		float s = 0;

		for (int y = 0; y < radius && y < g->h; y++)
			s += tmp[y * g->w + x];
		for (int y = 0; y < g->h; y++) {
			if (y + radius < g->h)
				s += tmp[(y + radius) * g->w + x];
			if (y > radius)
				s -= tmp[(y - radius - 1) * g->w + x];
			out[y * g->w + x] = s;
		}
	}
}

/* One plane of the fill: cells whose sums of weight reach @least and that are not @done yet. */
static void settle(const struct key_grid *g, const float *weight, const float *plane, float *out,
		   const float *total, int radius, float least)
{
	const int n = g->w * g->h;
	float *sum = g->spare[0], *tmp = g->spare[1];

	for (int i = 0; i < n; i++)
		sum[i] = weight[i] > 0 ? weight[i] * plane[i] : 0;
	key_grid_sum(g, sum, tmp, sum, radius);
	for (int i = 0; i < n; i++)
		if (out[i] < 0 && total[i] >= least)
			out[i] = sum[i] > 0 ? sum[i] / total[i] : 0;
}

static bool full(const float *plane, int n)
{
	for (int i = 0; i < n; i++)
		if (plane[i] < 0)
			return false;
	return true;
}

void key_spread(struct key_grid *g, const float *weight, float *const from[3], float *const to[3],
		int radius)
{
	const int n = g->w * g->h;
	float *total = g->spare[2];

	for (int c = 0; c < 3; c++)
		for (int i = 0; i < n; i++)
			to[c][i] = -1;
	for (int round = 0; round < FILL_ROUNDS && !full(to[2], n); round++, radius *= 2) {
		key_grid_sum(g, weight, g->spare[1], total, radius);
		for (int c = 0; c < 3; c++)
			settle(g, weight, from[c], to[c], total, radius, 2.0f);
	}
	for (int c = 0; c < 3; c++)
		for (int i = 0; i < n; i++)
			if (to[c][i] < 0)
				to[c][i] = 0;
}

/* How far the key of single pixels strays from that of their cell, where all is backdrop. */
static void noise(struct key_work *k)
{
	const struct key_grid *g = &k->grid;
	double sum = 0;
	int count = 0;
	float low;

	for (int y = 0; y < k->h; y += 2)
		for (int x = y / 2 % 3; x < k->w; x += 3) {
			const int at = y / g->cell_px * g->w + x / g->cell_px;
			const uint16_t *p = k->px + ((size_t)y * (size_t)k->w + (size_t)x) * 3;
			const float kb = g->back[k->key][at] - g->back[k->side][at];
			const float kc = ((float)p[k->key] - (float)p[k->side]) / FULL;

			if (g->sure[at] == 0 || kb <= 0)
				continue;
			sum += (double)((kb - kc) / kb * ((kb - kc) / kb));
			count++;
		}
	low = count > 0 ? NOISE_SIGMAS * sqrtf((float)(sum / count)) : 0;
	k->low = low < LOW_MIN ? LOW_MIN : low > LOW_MAX ? LOW_MAX : low;
}

enum key_cause key_backdrop(struct key_work *k)
{
	struct key_grid *g = &k->grid;
	const int sure = grow(k);

	if (sure * 20 < g->w * g->h)
		return KEY_HIDDEN;
	key_spread(g, g->sure, g->mean, g->back, 3);
	noise(k);
	return KEY_OK;
}

void key_columns(struct key_work *k)
{
	const struct key_grid *g = &k->grid;
	const float inv = 1.0f / (float)g->cell_px;

	for (int x = 0; x < k->w; x++) {
		const float f = ((float)x + 0.5f) * inv - 0.5f;
		const float at = f < 0 ? 0 : f > (float)(g->w - 1) ? (float)(g->w - 1) : f;

		k->column[x] = (int)at < g->w - 1 ? (int)at : g->w - 2;
		k->share[x] = at - (float)k->column[x];
	}
}

void key_row(const struct key_work *k, const float *plane, int y, float *out)
{
	const struct key_grid *g = &k->grid;
	const float f = ((float)y + 0.5f) / (float)g->cell_px - 0.5f;
	const float at = f < 0 ? 0 : f > (float)(g->h - 1) ? (float)(g->h - 1) : f;
	const int cy = (int)at < g->h - 1 ? (int)at : g->h - 2;
	const float share = at - (float)cy, *p = plane + cy * g->w;
	float *line = g->spare[0];

	for (int x = 0; x < g->w; x++)
		line[x] = p[x] + share * (p[x + g->w] - p[x]);
	for (int x = 0; x < k->w; x++) {
		const float *q = line + k->column[x];

		out[x] = q[0] + k->share[x] * (q[1] - q[0]);
	}
}
