/*
 * Crop and scale: a triangle as wide as two finished pixels, its weights from whole-number
 * positions, columns first because whole rows are added quickly. Never enlarges.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/picture/inside.h"
#include "firmware/picture/light.h"

enum {
	WEIGHT_ONE = 1 << 14,
	MARGIN_PX = 16 /* the decoder smooths colour across a window's edge */
};

/* One axis of a cut. Positions are in 1/@one source pixels. */
struct axis {
	int64_t from, size; /* of the crop */
	int one;
	int source, finished; /* px */
};

/* Which source pixels make one finished pixel, and how much of each. */
struct tap {
	int first, count;
	uint16_t *weight; /* add up to WEIGHT_ONE */
};

struct taps {
	struct tap *tap;
	uint16_t *weights;
	int most; /* weights of a tap */
};

static int clamp(int64_t v, int most)
{
	return (int)(v < 0 ? 0 : v > most ? most : v);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a >= 0 ? a / b : -((-a + b - 1) / b);
}

/* Heights of the triangle over the source pixels @low…@low+@n-1, in units of 1/(2·one·finished). */
static int64_t heights(const struct axis *a, int64_t centre, int64_t low, int n, int64_t *out)
{
	int64_t unit = (int64_t)a->one * a->finished, radius = 2 * a->size, sum = 0;

	for (int i = 0; i < n; i++) {
		int64_t far = (2 * (low + i) + 1) * unit - centre;

		out[i] = radius - (far < 0 ? -far : far);
		if (out[i] < 0)
			out[i] = 0;
		sum += out[i];
	}
	return sum;
}

/* What rounding leaves over goes to the greatest weight. Pixels outside repeat the edge. */
static void share_out(const int64_t *height, int64_t sum, int64_t low, int n, int source,
		      struct tap *t)
{
	int left = WEIGHT_ONE, best = 0;

	t->first = clamp(low, source - 1);
	t->count = clamp(low + n - 1, source - 1) - t->first + 1;
	memset(t->weight, 0, (size_t)t->count * sizeof(*t->weight));
	for (int i = 0; i < n; i++) {
		int w = (int)((height[i] * WEIGHT_ONE + sum / 2) / sum);

		t->weight[clamp(low + i, source - 1) - t->first] += (uint16_t)w;
		left -= w;
		if (height[i] > height[best])
			best = i;
	}
	t->weight[clamp(low + best, source - 1) - t->first] += (uint16_t)left;
}

static void taps_free(struct taps *t)
{
	free(t->tap);
	free(t->weights);
}

static int taps_make(const struct axis *a, struct taps *t)
{
	int64_t unit = 2 * (int64_t)a->one * a->finished, radius = 2 * a->size;
	SCOPED_FREE int64_t *height = NULL;

	t->most = (int)(2 * radius / unit) + 3;
	t->tap = calloc((size_t)a->finished, sizeof(*t->tap));
	t->weights = calloc((size_t)a->finished * (size_t)t->most, sizeof(*t->weights));
	height = calloc((size_t)t->most, sizeof(*height));
	if (!t->tap || !t->weights || !height)
		return -1;
	for (int i = 0; i < a->finished; i++) {
		int64_t centre = 2 * a->finished * a->from + (2 * (int64_t)i + 1) * a->size;
		int64_t low = floor_div(centre - radius, unit);
		int n = (int)(floor_div(centre + radius, unit) - low) + 1;
		int64_t sum;

		if (n > t->most)
			n = t->most;
		sum = heights(a, centre, low, n, height);
		t->tap[i].weight = t->weights + (size_t)i * (size_t)t->most;
		share_out(height, sum, low, n, a->source, &t->tap[i]);
	}
	return 0;
}

/* sum[i] += weight · px[i] */
static void add_row(uint32_t *restrict sum, const uint16_t *restrict px, uint32_t weight, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += weight * px[i];
}

static void finish_row(const uint32_t *restrict sum, uint16_t *restrict out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint16_t)(sum[i] >> 14);
}

static void columns(const struct linear *src, const struct tap *t, int first, size_t n,
		    uint32_t *sum, uint16_t *out)
{
	for (size_t i = 0; i < n; i++)
		sum[i] = WEIGHT_ONE / 2;
	for (int k = 0; k < t->count; k++)
		if (t->weight[k])
			add_row(sum, linear_row(src, t->first + k) + (size_t)first * 3,
				t->weight[k], n);
	finish_row(sum, out, n);
}

static void across(const struct taps *t, int finished, int first, const uint16_t *row,
		   uint16_t *out)
{
	for (int x = 0; x < finished; x++, out += 3) {
		const struct tap *tap = &t->tap[x];
		const uint16_t *px = row + (size_t)(tap->first - first) * 3;
		uint32_t r = WEIGHT_ONE / 2, g = r, b = r;

		for (int k = 0; k < tap->count; k++, px += 3) {
			uint32_t w = tap->weight[k];

			r += w * px[0];
			g += w * px[1];
			b += w * px[2];
		}
		out[0] = (uint16_t)(r >> 14);
		out[1] = (uint16_t)(g >> 14);
		out[2] = (uint16_t)(b >> 14);
	}
}

static enum picture_cause run(const struct linear *src, const struct taps *tx,
			      const struct taps *ty, struct linear *out)
{
	const struct tap *last = &tx->tap[out->width_px - 1];
	int first = tx->tap[0].first;
	size_t n = (size_t)(last->first + last->count - first) * 3;
	SCOPED_FREE uint32_t *sum = malloc(n * sizeof(*sum));
	SCOPED_FREE uint16_t *row = malloc(n * sizeof(*row));

	if (!sum || !row)
		return PICTURE_NO_MEMORY;
	for (int y = 0; y < out->height_px; y++) {
		columns(src, &ty->tap[y], first, n, sum, row);
		across(tx, out->width_px, first, row, linear_row(out, y));
	}
	return PICTURE_OK;
}

static enum picture_cause scale(const struct linear *src, const struct axis *x,
				const struct axis *y, struct linear **out)
{
	struct taps tx = { 0 }, ty = { 0 };
	struct linear *im = linear_new(x->finished, y->finished);
	enum picture_cause cause = PICTURE_NO_MEMORY;

	if (im && taps_make(x, &tx) == 0 && taps_make(y, &ty) == 0)
		cause = run(src, &tx, &ty, im);
	taps_free(&tx);
	taps_free(&ty);
	if (cause == PICTURE_OK)
		*out = im;
	else
		linear_free(im);
	return cause;
}

/* --- which size, which source ----------------------------------------------------------------- */

static bool inside(const struct picture *p, const struct image_crop *c)
{
	return c->x >= 0 && c->y >= 0 && c->w > 0 && c->h > 0 &&
	       (int64_t)c->x + c->w <= (int64_t)p->width_px * IMAGE_CROP_ONE &&
	       (int64_t)c->y + c->h <= (int64_t)p->height_px * IMAGE_CROP_ONE;
}

/* Within one source pixel. */
static bool proportional(const struct image_crop *c, const struct picture_spec *s)
{
	int64_t off = (int64_t)c->w * s->height_px - (int64_t)c->h * s->width_px;

	return llabs(off) <= (int64_t)IMAGE_CROP_ONE * s->height_px;
}

/* At most the crop's own pixels, in the exact proportion if one is near. */
static enum picture_cause finished_size(const struct image_crop *c, const struct picture_spec *s,
					int *w, int *h)
{
	int most = c->w / IMAGE_CROP_ONE;

	if (most > s->width_px)
		most = s->width_px;
	*w = most;
	for (int i = most; i > most - 8 && i >= s->width_min_px; i--)
		if ((int64_t)i * s->height_px % s->width_px == 0) {
			*w = i;
			break;
		}
	*h = (int)(((int64_t)*w * s->height_px + s->width_px / 2) / s->width_px);
	if (*w < s->width_min_px || *w < 1 || *h < 1 ||
	    *h * IMAGE_CROP_ONE > c->h + IMAGE_CROP_ONE / 2)
		return PICTURE_ENLARGED;
	return PICTURE_OK;
}

static enum picture_cause from_half(const struct picture *p, struct axis *x, struct axis *y,
				    struct linear **out)
{
	x->one = y->one = 2 * IMAGE_CROP_ONE;
	x->source = p->half->width_px;
	y->source = p->half->height_px;
	return scale(p->half, x, y, out);
}

/* The crop with what the filter and the decoder need around it. */
static void open_axis(struct axis *a, int side, int *from, int *size)
{
	int reach = (int)(a->size / a->finished / IMAGE_CROP_ONE) + 1 + MARGIN_PX;
	int end = clamp((a->from + a->size) / IMAGE_CROP_ONE + 1 + reach, side);

	*from = clamp(a->from / IMAGE_CROP_ONE - reach, side - 1);
	*size = end - *from;
	a->from -= (int64_t)*from * IMAGE_CROP_ONE;
	a->source = *size;
	a->one = IMAGE_CROP_ONE;
}

static enum picture_cause from_full(const struct picture *p, struct axis *x, struct axis *y,
				    struct linear **out)
{
	struct jpeg_window v;
	struct linear *src;
	enum picture_cause cause;

	open_axis(x, p->width_px, &v.x, &v.w);
	open_axis(y, p->height_px, &v.y, &v.h);
	cause = picture_window(p, &v, &src);
	if (cause != PICTURE_OK)
		return cause;
	cause = scale(src, x, y, out);
	linear_free(src);
	return cause;
}

enum picture_cause picture_resample(struct picture *p, const struct image_crop *crop,
				    const struct picture_spec *spec, struct linear **out)
{
	struct axis x = { .from = crop->x, .size = crop->w };
	struct axis y = { .from = crop->y, .size = crop->h };
	enum picture_cause cause;

	if (picture_colourless(p))
		return PICTURE_GREY;
	if (!p->half)
		return PICTURE_PROFILE;
	if (!inside(p, crop))
		return PICTURE_OUTSIDE;
	if (!proportional(crop, spec))
		return PICTURE_PROPORTION;
	cause = finished_size(crop, spec, &x.finished, &y.finished);
	if (cause != PICTURE_OK)
		return cause;
	if (crop->w >= 2 * IMAGE_CROP_ONE * x.finished &&
	    crop->h >= 2 * IMAGE_CROP_ONE * y.finished)
		return from_half(p, &x, &y, out);
	return from_full(p, &x, &y, out);
}
