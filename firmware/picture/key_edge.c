#include "firmware/picture/key_work.h"

#include <string.h>

static const float FULL = 65535.0f;
static const float EPSILON = 2e-4f;
static const float WEIGHT = 0.5f;
static const float SPILL = 0.1f; /* more of k(B) than this on the sitter is the sitter's own */

struct fit {
	float a, b;
	float trust; /* 0…1: how much of alpha the guide explains */
};

/* The line alpha = a·guide + b that fits best around a pixel. */
static struct fit fit_at(const struct key_work *k, const float *guide, int x, int y, int radius)
{
	const int x0 = x > radius ? x - radius : 0, x1 = x + radius < k->w ? x + radius : k->w - 1;
	const int y0 = y > radius ? y - radius : 0, y1 = y + radius < k->h ? y + radius : k->h - 1;
	const float n = (float)((x1 - x0 + 1) * (y1 - y0 + 1));
	float g = 0, p = 0, gg = 0, gp = 0, pp = 0, a;

	for (int j = y0; j <= y1; j++)
		for (int i = x0; i <= x1; i++) {
			const float u = guide[(size_t)j * (size_t)k->w + (size_t)i];
			const float v = k->alpha[(size_t)j * (size_t)k->w + (size_t)i];

			g += u;
			p += v;
			gg += u * u;
			gp += u * v;
			pp += v * v;
		}
	g /= n;
	p /= n;
	gg = gg / n - g * g;
	gp = gp / n - g * p;
	pp = pp / n - p * p;
	a = gp / (gg + EPSILON);
	return (struct fit){ a, p - a * g, gp * gp / ((gg + EPSILON) * (pp + 1e-6f)) };
}

static bool on_edge(const struct key_work *k, size_t i)
{
	return k->near[i] < k->w / 60 * 3 && k->alpha[i] > 0 && k->alpha[i] < 1;
}

static void guide_plane(const struct key_work *k, float *guide)
{
	const size_t n = (size_t)k->w * (size_t)k->h;

	for (size_t i = 0; i < n; i++) {
		const uint16_t *p = k->px + i * 3;

		guide[i] = (float)(p[0] + 2 * p[1] + p[2]) / (4 * FULL);
	}
}

void key_guided(struct key_work *k)
{
	const int radius = (k->w + 160) / 320 > 1 ? (k->w + 160) / 320 : 1;
	const size_t n = (size_t)k->w * (size_t)k->h;
	float *guide = k->plane[0], *out = k->plane[1];

	guide_plane(k, guide);
	memcpy(out, k->alpha, sizeof(*out) * n);
	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			const size_t i = (size_t)y * (size_t)k->w + (size_t)x;
			struct fit f;
			float v;

			if (!on_edge(k, i) || k->solid[i])
				continue;
			f = fit_at(k, guide, x, y, radius);
			v = f.a * guide[i] + f.b;
			v = v < 0 ? 0 : v > 1 ? 1 : v;
			out[i] += WEIGHT * (f.trust > 0.5f ? 2 * f.trust - 1 : 0) * (v - out[i]);
		}
	memcpy(k->alpha, out, sizeof(*out) * n);
}

/* Light of the backdrop on the sitter goes as it came, in the backdrop's colour. A blue top may be
 * blue, its edge no bluer than itself. */
static float despill(const struct key_work *k, const float back[3], const float fore[3],
		     float alpha, float strength, float own[3])
{
	const float kb = back[k->key] - back[k->side], kf = fore[k->key] - fore[k->side];
	const float allow = kf > SPILL * kb ? alpha * kf : 0;
	const float excess = own[k->key] - own[k->side] - allow;
	const float glow = kf > 0 && kf < SPILL * kb ? kf / kb : 0;
	float share = excess > 0 && kb > 0 ? strength * excess / kb : 0;

	for (int c = 0; c < 3; c++) {
		own[c] -= share * back[c];
		own[c] = own[c] < 0 ? 0 : own[c] > alpha ? alpha : own[c];
	}
	share -= glow * alpha;
	return share > 0 ? share : 0;
}

static void one_pixel(const struct key_work *k, int x, int y, float alpha, const float target[3],
		      uint16_t *p)
{
	const float below = key_below(k, y);
	float own[3], back[3], fore[3], extra;

	for (int c = 0; c < 3; c++) {
		back[c] = k->row[c][x];
		fore[c] = k->row[3 + c][x];
		own[c] = (float)p[c] / FULL - (1 - alpha) * back[c];
		own[c] = own[c] < 0 ? 0 : own[c] > alpha ? alpha : own[c];
	}
	if (below > 0)
		key_inward(k, x, y, fore);
	/* what is whole below the chin is cloth: its colour is its own */
	extra = despill(k, back, fore, alpha, alpha < 1 ? 1 : 1 - below, own);
	for (int c = 0; c < 3; c++) {
		const float v = (own[c] + (1 - alpha + extra) * target[c]) * FULL + 0.5f;

		p[c] = (uint16_t)(v > FULL ? FULL : v);
	}
}

void key_composite(struct key_work *k, const uint16_t target[3], uint16_t *px)
{
	const float to[3] = { (float)target[0] / FULL, (float)target[1] / FULL,
			      (float)target[2] / FULL };
	const int band = k->w / 40 * 3;

	for (int y = 0; y < k->h; y++) {
		for (int c = 0; c < 3; c++) {
			key_row(k, k->grid.back[c], y, k->row[c]);
			key_row(k, k->grid.fore[c], y, k->row[3 + c]);
		}
		for (int x = 0; x < k->w; x++) {
			const size_t i = (size_t)y * (size_t)k->w + (size_t)x;

			if (k->alpha[i] <= 0)
				memcpy(px + i * 3, target, 3 * sizeof(*px));
			else if (k->alpha[i] < 1 || k->near[i] < band)
				one_pixel(k, x, y, k->alpha[i], to, px + i * 3);
		}
	}
}
