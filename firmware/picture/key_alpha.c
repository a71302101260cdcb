#include "firmware/picture/key_work.h"

#include <math.h>
#include <string.h>

static const float FULL = 65535.0f;
static const float HIGH = 0.02f; /* lack of this much becomes whole: the backdrop's light on hair */
static const float DIST_LOW = 0.06f, DIST_HIGH = 0.25f; /* |c-B|/|B|, while F is unknown */
static const float CLOTH = 0.12f; /* as HIGH, for tops: creases are darker than the whole */
static const float BLACK = 1.15f; /* noise allowed to the light of the backdrop */
static const float FORE_NEAR = 0.3f; /* |F-B|/|B| is taken to be at least this */

struct colour {
	float c[3];
};

static float clamp01(float v)
{
	return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* Only the ends: a stretch of the whole range would thicken every hair. */
static float stretch(float v, float low, float high)
{
	if (v < 3 * low)
		return v < low ? 0 : (v - low) * 1.5f;
	if (v > 1 - 3 * high)
		return v > 1 - high ? 1 : 1 - (1 - high - v) * 1.5f;
	return v;
}

static float distance(const struct colour *a, const struct colour *b)
{
	float s = 0;

	for (int i = 0; i < 3; i++)
		s += (a->c[i] - b->c[i]) * (a->c[i] - b->c[i]);
	return sqrtf(s);
}

static float by_key(const struct key_work *k, const struct colour *c, const struct colour *b,
		    const struct colour *f)
{
	const float kb = b->c[k->key] - b->c[k->side], kc = c->c[k->key] - c->c[k->side];
	float kf = 0, v;

	if (kb <= 0)
		return 1;
	if (f)
		kf = f->c[k->key] - f->c[k->side];
	kf = kf < -kb ? -kb : kf > 0.5f * kb ? 0.5f * kb : kf;
	v = (kb - kc) / (kb - kf);
	/* nobody is darker than black: no more backdrop than there is light, whatever F said */
	for (int i = 0; i < 2; i++) {
		const int at = i ? k->side : k->key;
		const float share = c->c[at] / (b->c[at] + 1e-4f);
		const float least = 1 - share * BLACK;

		v = v > least ? v : least;
	}
	return stretch(v, k->low, HIGH);
}

static float by_distance(const struct colour *c, const struct colour *b, const struct colour *f)
{
	static const struct colour black;
	const float size = distance(b, &black) + 1e-4f, d = distance(c, b);
	float far;

	if (!f)
		return clamp01((d / size - DIST_LOW) / (DIST_HIGH - DIST_LOW));
	far = distance(f, b);
	far = far > FORE_NEAR * size ? far : FORE_NEAR * size;
	return stretch(d / far, DIST_LOW, CLOTH);
}

static struct colour pick(float *const row[3], int x)
{
	return (struct colour){ { row[0][x], row[1][x], row[2][x] } };
}

float key_below(const struct key_work *k, int y)
{
	const float t = clamp01(((float)y + 0.5f - k->chin_px) / k->knee_px);

	return t * t * (3 - 2 * t);
}

static uint8_t near_at(const struct key_work *k, int x, int y)
{
	x = x < 0 ? 0 : x >= k->w ? k->w - 1 : x;
	y = y < 0 ? 0 : y >= k->h ? k->h - 1 : y;
	return k->near[(size_t)y * (size_t)k->w + (size_t)x];
}

bool key_inward(const struct key_work *k, int x, int y, float out[3])
{
	const int r = k->w / 160 > 1 ? k->w / 160 : 1;
	const float dx = (float)(near_at(k, x + r, y) - near_at(k, x - r, y));
	const float dy = (float)(near_at(k, x, y + r) - near_at(k, x, y - r));
	const float length = sqrtf(dx * dx + dy * dy), step = (float)k->w / 96;
	const uint16_t *p;
	int tx, ty;

	if (length < 1)
		return false;
	tx = x + (int)(dx * step / length);
	ty = y + (int)(dy * step / length);
	if (tx < 0 || ty < 0 || tx >= k->w || ty >= k->h || near_at(k, tx, ty) < 3)
		return false;
	p = k->px + ((size_t)ty * (size_t)k->w + (size_t)tx) * 3;
	for (int c = 0; c < 3; c++)
		out[c] = (float)p[c] / FULL;
	return true;
}

static void alpha_row(struct key_work *k, int y, bool fine)
{
	const uint16_t *p = k->px + (size_t)y * (size_t)k->w * 3;
	float *a = k->alpha + (size_t)y * (size_t)k->w;
	const float below = key_below(k, y);

	for (int x = 0; x < k->w; x++, p += 3) {
		const struct colour c = { { (float)p[0] / FULL, (float)p[1] / FULL,
					    (float)p[2] / FULL } };
		const struct colour b = pick(k->row, x);
		struct colour f = pick(k->row + 3, x);
		float v = 0;

		if (below < 1)
			v += (1 - below) * by_key(k, &c, &b, fine ? &f : NULL);
		if (below > 0 && fine)
			key_inward(k, x, y, f.c);
		if (below > 0)
			v += below * by_distance(&c, &b, fine ? &f : NULL);
		a[x] = v;
	}
}

void key_alpha(struct key_work *k, bool fine)
{
	for (int y = 0; y < k->h; y++) {
		for (int c = 0; c < 3; c++) {
			key_row(k, k->grid.back[c], y, k->row[c]);
			if (fine)
				key_row(k, k->grid.fore[c], y, k->row[3 + c]);
		}
		alpha_row(k, y, fine);
	}
}

/* Means of the pixels that are all sitter, a little inside the edge. */
void key_fore(struct key_work *k)
{
	struct key_grid *g = &k->grid;
	const int n = g->w * g->h, inside = k->w / 120;
	float *weight = g->sure;

	memset(weight, 0, sizeof(float) * (size_t)n);
	for (int c = 0; c < 3; c++)
		memset(g->fore[c], 0, sizeof(float) * (size_t)n);
	for (int y = 0; y < k->h; y++) {
		const size_t row = (size_t)y * (size_t)k->w;

		for (int x = 0; x < k->w; x++) {
			const int cell = y / g->cell_px * g->w + x / g->cell_px;
			const uint16_t *p = k->px + (row + (size_t)x) * 3;

			if (k->near[row + (size_t)x] < inside || k->alpha[row + (size_t)x] < 0.97f)
				continue;
			weight[cell] += 1;
			for (int c = 0; c < 3; c++)
				g->fore[c][cell] += (float)p[c] / FULL;
		}
	}
	for (int i = 0; i < n; i++)
		for (int c = 0; c < 3 && weight[i] > 0; c++)
			g->fore[c][i] /= weight[i];
	for (int i = 0; i < n; i++)
		weight[i] = weight[i] / (float)(g->cell_px * g->cell_px);
	key_spread(g, weight, g->fore, g->mean, 3);
	for (int c = 0; c < 3; c++)
		memcpy(g->fore[c], g->mean[c], sizeof(float) * (size_t)n);
}

void key_solid(struct key_work *k)
{
	for (int y = 0; y < k->h; y++) {
		/* tops have no loose ends */
		const int band =
			(float)y < k->chin_px + k->knee_px ? k->w / 60 * 3 : k->w / 120 * 3;

		for (int x = 0; x < k->w; x++) {
			const size_t i = (size_t)y * (size_t)k->w + (size_t)x;

			if (k->solid[i] || k->near[i] > band)
				k->alpha[i] = 1;
		}
	}
}
