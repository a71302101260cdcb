#include "firmware/picture/key_work.h"

#include <string.h>

enum { THIRDS = 3, DIAGONAL = 4, FAR = 255 }; /* chamfer distances */

static const float REACH_ALPHA = 0.4f; /* backdrop within reach goes on below this */
static const float LOOP_ALPHA =
	0.3f; /* this clear above the chin, it is backdrop between two curls */

/* Proportions of the frame when no face is known: ellipse and chin, shares of width and height. */
static const float GUESS_X = 0.5f, GUESS_Y = 0.45f, GUESS_A = 0.18f, GUESS_B = 0.12f;
static const float GUESS_CHIN = 0.58f;

static void ellipse(struct key_work *k, float cx, float cy, float a, float b)
{
	for (int y = 0; y < k->h; y++) {
		const float v = ((float)y + 0.5f - cy) / b;

		for (int x = 0; v * v < 1 && x < k->w; x++) {
			const float u = ((float)x + 0.5f - cx) / a;

			k->solid[(size_t)y * (size_t)k->w + (size_t)x] = u * u + v * v < 1;
		}
	}
}

/* Even-odd: a pixel is inside when an odd number of edges passes to the left of its centre. */
static void polygon(struct key_work *k, const struct key_point *p, int n)
{
	for (int y = 0; y < k->h; y++) {
		const int64_t at = (int64_t)y * KEY_POINT_ONE + KEY_POINT_ONE / 2;
		uint8_t *row = k->solid + (size_t)y * (size_t)k->w;

		for (int i = 0, j = n - 1; i < n; j = i++) {
			const int64_t dy = (int64_t)p[j].y - p[i].y;
			int64_t x;

			if ((p[i].y > at) == (p[j].y > at))
				continue;
			x = p[i].x + (at - p[i].y) * ((int64_t)p[j].x - p[i].x) / dy;
			x = (x + KEY_POINT_ONE / 2) / KEY_POINT_ONE;
			for (x = x < 0 ? 0 : x; x < k->w; x++)
				row[x] ^= 1;
		}
	}
}

void key_face(struct key_work *k, const struct key_face *f)
{
	const float one = KEY_POINT_ONE, w = (float)k->w, h = (float)k->h;
	struct key_point p[KEY_JAW_POINTS + KEY_BROW_POINTS];

	memset(k->solid, 0, (size_t)k->w * (size_t)k->h);
	k->knee_px = w / 20;
	k->chin_px = GUESS_CHIN * h;
	if (f && f->jaw_count == KEY_JAW_POINTS) {
		memcpy(p, f->jaw, sizeof(f->jaw));
		for (int i = 0; i < KEY_BROW_POINTS; i++)
			p[KEY_JAW_POINTS + i] = f->brows[KEY_BROW_POINTS - 1 - i];
		polygon(k, p, KEY_JAW_POINTS + KEY_BROW_POINTS);
		k->chin_px = (float)f->jaw[KEY_JAW_POINTS / 2].y / one;
	} else if (f && f->box_size.x > 0 && f->box_size.y > 0) {
		const float bw = (float)f->box_size.x / one, bh = (float)f->box_size.y / one;

		ellipse(k, (float)f->box.x / one + bw / 2, (float)f->box.y / one + bh / 2,
			0.42f * bw, 0.48f * bh);
		k->chin_px = (float)f->box.y / one + bh;
	} else {
		ellipse(k, GUESS_X * w, GUESS_Y * h, GUESS_A * w, GUESS_B * h);
	}
}

static int seeds(struct key_work *k)
{
	const int w = k->w, h = k->h, chin = (int)k->chin_px;
	int top = 0;

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			const int at = y * w + x;
			const bool border = x == 0 || y == 0 || x == w - 1;
			const bool loop = y < chin && !k->solid[at] && k->alpha[at] < LOOP_ALPHA;

			k->near[at] = FAR;
			if (loop || (border && k->alpha[at] < REACH_ALPHA)) {
				k->near[at] = 0;
				k->stack[top++] = at;
			}
		}
	return top;
}

static void flood(struct key_work *k, int top)
{
	const int w = k->w;

	while (top > 0) {
		const int at = k->stack[--top], x = at % w, y = at / w;
		const int next[4] = { x > 0 ? at - 1 : -1, x + 1 < w ? at + 1 : -1,
				      y > 0 ? at - w : -1, y + 1 < k->h ? at + w : -1 };

		for (int i = 0; i < 4; i++) {
			const int n = next[i];

			if (n < 0 || k->near[n] == 0 || k->solid[n] || k->alpha[n] >= REACH_ALPHA)
				continue;
			k->near[n] = 0;
			k->stack[top++] = n;
		}
	}
}

static inline uint8_t least(int a, int b)
{
	return (uint8_t)(a < b ? a : b);
}

/* Distance to the nearest 0 by two sweeps. */
static void sweep(struct key_work *k)
{
	const int w = k->w, h = k->h;
	uint8_t *d = k->near;

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++, d++) {
			if (x > 0)
				*d = least(*d, d[-1] + THIRDS);
			if (y > 0)
				*d = least(*d, d[-w] + THIRDS);
			if (y > 0 && x > 0)
				*d = least(*d, d[-w - 1] + DIAGONAL);
			if (y > 0 && x + 1 < w)
				*d = least(*d, d[-w + 1] + DIAGONAL);
		}
	for (int y = h - 1; y >= 0; y--)
		for (int x = w - 1; x >= 0; x--) {
			d--;
			if (x + 1 < w)
				*d = least(*d, d[1] + THIRDS);
			if (y + 1 < h)
				*d = least(*d, d[w] + THIRDS);
			if (y + 1 < h && x + 1 < w)
				*d = least(*d, d[w + 1] + DIAGONAL);
			if (y + 1 < h && x > 0)
				*d = least(*d, d[w - 1] + DIAGONAL);
		}
}

void key_reach(struct key_work *k)
{
	flood(k, seeds(k));
	sweep(k);
}

/* Grows one thing from cell @from in @label; its size. */
static int thing(const struct key_grid *g, float *label, int from, float name, int32_t *stack)
{
	int top = 0, count = 0;

	label[from] = name;
	stack[top++] = from;
	while (top > 0) {
		const int at = stack[--top], x = at % g->w, y = at / g->w;
		const int next[4] = { x > 0 ? at - 1 : -1, x + 1 < g->w ? at + 1 : -1,
				      y > 0 ? at - g->w : -1, y + 1 < g->h ? at + g->w : -1 };

		count++;
		for (int i = 0; i < 4; i++)
			if (next[i] >= 0 && label[next[i]] == 1) {
				label[next[i]] = name;
				stack[top++] = next[i];
			}
	}
	return count;
}

/* Cells at least half covered: 1, others 0. */
static void covered(const struct key_work *k, float *label)
{
	const struct key_grid *g = &k->grid;

	memset(label, 0, sizeof(*label) * (size_t)(g->w * g->h));
	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++)
			label[y / g->cell_px * g->w + x / g->cell_px] +=
				k->alpha[(size_t)y * (size_t)k->w + (size_t)x];
	for (int i = 0; i < g->w * g->h; i++)
		label[i] = label[i] * 2 > (float)(g->cell_px * g->cell_px);
}

void key_sitter(struct key_work *k)
{
	const struct key_grid *g = &k->grid;
	const int n = g->w * g->h, reach = g->w / 8;
	float *label = g->spare[0], *sum = g->spare[1], largest = 0;
	int most = 0, names = 1;

	covered(k, label);
	for (int i = 0; i < n; i++)
		if (label[i] == 1) {
			const int count = thing(g, label, i, (float)++names, k->stack);

			largest = count > most ? (float)names : largest;
			most = count > most ? count : most;
		}
	for (int i = 0; i < n; i++)
		label[i] = label[i] == largest && most > 0;
	key_grid_sum(g, label, g->spare[2], sum, reach);
	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++)
			if (sum[y / g->cell_px * g->w + x / g->cell_px] == 0)
				k->alpha[(size_t)y * (size_t)k->w + (size_t)x] = 0;
}
