/*
 * The one decode of an original, row by row: a half-size picture in linear light for the cuts and a
 * reduced one in bytes for the check. Both upright. Blocks are counted from the upright left upper
 * corner, so that the same content gives the same pixels whichever way it was stored.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/picture/inside.h"
#include "firmware/picture/light.h"

enum { STRIP = 8 /* half rows turned at once: a cache line of a turned row */ };

struct keeper {
	struct picture *p;
	int w, h; /* as stored */
	int phase_x, phase_y; /* 1: the first block holds one row or column only */
	const uint16_t *light;
	const uint32_t *above; /* first row of a pair */
	uint16_t *strip; /* half rows as stored */
	int strip_y, strip_count;
	uint16_t *sums; /* of one reduced row, a value a byte of each column */
	int sum_count;
};

static bool mirrored_x(int orientation)
{
	struct jpeg_walk at = jpeg_walk(orientation, 0, 2, 2);

	return at.dx + at.dy < 0;
}

static bool mirrored_y(int orientation)
{
	struct jpeg_walk first = jpeg_walk(orientation, 0, 2, 2);
	struct jpeg_walk next = jpeg_walk(orientation, 1, 2, 2);

	return next.x + next.y < first.x + first.y;
}

static int shared_half(int side)
{
	return (side + 1) / 2;
}

static enum jpeg_fault make_half(struct keeper *k, const struct jpeg_info *info)
{
	int w = shared_half(k->w), h = shared_half(k->h);
	bool lying = info->orientation >= 5;

	if (info->components == 1 || info->colour == JPEG_OTHER_PROFILE)
		return JPEG_OK;
	k->p->half = lying ? linear_new(h, w) : linear_new(w, h);
	k->strip = malloc((size_t)w * 3 * STRIP * sizeof(*k->strip));
	return k->p->half && k->strip ? JPEG_OK : JPEG_NO_MEMORY;
}

static int reduced_side(const struct keeper *k, int side)
{
	return (side + k->p->denominator - 1) / k->p->denominator;
}

static enum jpeg_fault make_reduced(struct keeper *k, const struct jpeg_info *info)
{
	int w, h;

	if (!k->p->denominator)
		return JPEG_OK;
	w = reduced_side(k, k->w);
	h = reduced_side(k, k->h);
	k->p->reduced = info->orientation >= 5 ? image_new(h, w) : image_new(w, h);
	k->sums = calloc((size_t)k->w * 4, sizeof(*k->sums));
	return k->p->reduced && k->sums ? JPEG_OK : JPEG_NO_MEMORY;
}

static enum jpeg_fault on_begin(void *ctx, const struct jpeg_info *info, int x, int w, int h)
{
	struct keeper *k = ctx;
	enum jpeg_fault fault;

	(void)x;
	k->w = w;
	k->h = h;
	k->phase_x = mirrored_x(info->orientation) && w & 1;
	k->phase_y = mirrored_y(info->orientation) && h & 1;
	k->light = light_table(info->colour);
	k->p->info = *info;
	fault = make_half(k, info);
	return fault == JPEG_OK ? make_reduced(k, info) : fault;
}

/* Half row @y of the strip in the upright picture: its first pixel, and the step to the next. */
static uint16_t *place_of(const struct keeper *k, int y, ptrdiff_t *step)
{
	struct linear *half = k->p->half;
	struct jpeg_walk at =
		jpeg_walk(k->p->info.orientation, y, shared_half(k->w), shared_half(k->h));

	*step = ((ptrdiff_t)at.dy * half->width_px + at.dx) * 3;
	return linear_row(half, at.y) + (ptrdiff_t)at.x * 3;
}

/* Rows that become columns are written together, so that each line of memory is touched once. */
static void place_strip(struct keeper *k)
{
	int w = shared_half(k->w), n = k->strip_count, y = k->strip_y - n + 1;
	ptrdiff_t step, next = 0;
	uint16_t *to = place_of(k, y, &step);

	if (n > 1)
		next = place_of(k, y + 1, &step) - to;
	for (int i = 0; i < n && step == 3; i++)
		memcpy(to + i * next, k->strip + (size_t)i * (size_t)w * 3,
		       (size_t)w * 3 * sizeof(*to));
	for (int x = 0; x < w && step != 3; x++)
		for (int i = 0; i < n; i++)
			memcpy(to + x * step + i * next,
			       k->strip + ((size_t)i * (size_t)w + (size_t)x) * 3, 3 * sizeof(*to));
	k->strip_count = 0;
}

static void mean_row(const uint16_t *light, const uint32_t *a, const uint32_t *b, size_t n,
		     uint16_t *out)
{
	for (size_t i = 0; i < n; i++, a += 2, b += 2, out += 3)
		for (int c = 0; c < 3; c++) {
			int shift = 16 - 8 * c;

			out[c] = (uint16_t)((light[a[0] >> shift & 255] +
					     light[a[1] >> shift & 255] +
					     light[b[0] >> shift & 255] +
					     light[b[1] >> shift & 255] + 2) >>
					    2);
		}
}

static void keep_half(struct keeper *k, int y, const uint32_t *px)
{
	size_t w = (size_t)shared_half(k->w);
	int at = y + k->phase_y;
	uint16_t *out;

	px -= k->phase_x;
	if (!(at & 1) && y + 1 < k->h) {
		k->above = px;
		return;
	}
	out = k->strip + (size_t)k->strip_count * w * 3;
	mean_row(k->light, at & 1 && y ? k->above : px, px, w, out);
	light_to_srgb(k->p->info.colour, out, w);
	k->strip_y = at / 2;
	if (++k->strip_count == STRIP || y + 1 == k->h)
		place_strip(k);
}

/* Means of the columns' sums, @rows high. The bytes of a pixel keep their order. */
static void reduce_row(struct keeper *k, int y, int rows)
{
	int w = reduced_side(k, k->w), h = reduced_side(k, k->h), d = k->p->denominator;
	struct jpeg_walk at = jpeg_walk(k->p->info.orientation, y, w, h);
	struct image *im = k->p->reduced;
	uint32_t *to = image_row(im, at.y) + at.x;
	ptrdiff_t step = (ptrdiff_t)at.dy * (im->stride_bytes / 4) + at.dx;

	for (int x = 0; x < w; x++) {
		int end = (x + 1) * d < k->w ? (x + 1) * d : k->w;
		unsigned int sum[4] = { 0, 0, 0, 0 }, n = (unsigned int)(rows * (end - x * d));
		uint8_t px[4];

		for (int i = x * d; i < end; i++)
			for (int c = 0; c < 4; c++)
				sum[c] += k->sums[i * 4 + c];
		for (int c = 0; c < 4; c++)
			px[c] = (uint8_t)((sum[c] + n / 2) / n);
		memcpy(&to[x * step], px, 4);
		to[x * step] &= 0xffffff;
	}
}

static void keep_reduced(struct keeper *k, int y, const uint32_t *px)
{
	const uint8_t *bytes = (const uint8_t *)px;
	int n = k->w * 4, d = k->p->denominator;

	for (int i = 0; i < n; i++)
		k->sums[i] = (uint16_t)(k->sums[i] + bytes[i]);
	if (++k->sum_count < d && y + 1 < k->h)
		return;
	reduce_row(k, y / d, k->sum_count);
	memset(k->sums, 0, (size_t)n * sizeof(*k->sums));
	k->sum_count = 0;
}

static enum jpeg_fault on_row(void *ctx, int y, const uint32_t *px)
{
	struct keeper *k = ctx;

	if (k->p->half)
		keep_half(k, y, px);
	if (k->p->reduced)
		keep_reduced(k, y, px);
	return JPEG_OK;
}

enum picture_cause picture_keep(struct picture *p)
{
	struct keeper k = { .p = p };
	const struct jpeg_sink sink = { on_begin, on_row, &k };
	enum jpeg_fault fault = jpeg_stream(p->data, p->bytes, 1, NULL, &sink, &p->info);
	bool lying = p->info.orientation >= 5;

	p->width_px = lying ? p->info.height_px : p->info.width_px;
	p->height_px = lying ? p->info.width_px : p->info.height_px;
	free(k.strip);
	free(k.sums);
	return picture_cause_of(fault);
}

/* --- a window at full size -------------------------------------------------------------------- */

struct opening {
	const struct picture *p;
	struct jpeg_window v; /* as stored */
	int first; /* column of the first pixel given */
	struct linear *out;
};

static enum jpeg_fault on_opening(void *ctx, const struct jpeg_info *info, int x, int w, int h)
{
	struct opening *o = ctx;

	(void)w;
	(void)h;
	o->first = x;
	o->out = info->orientation >= 5 ? linear_new(o->v.h, o->v.w) : linear_new(o->v.w, o->v.h);
	return o->out ? JPEG_OK : JPEG_NO_MEMORY;
}

static enum jpeg_fault on_opening_row(void *ctx, int y, const uint32_t *px)
{
	const struct opening *o = ctx;
	struct jpeg_walk at = jpeg_walk(o->p->info.orientation, y - o->v.y, o->v.w, o->v.h);
	const uint16_t *light = light_table(o->p->info.colour);
	uint16_t *to = linear_row(o->out, at.y) + (ptrdiff_t)at.x * 3;
	ptrdiff_t step = ((ptrdiff_t)at.dy * o->out->width_px + at.dx) * 3;

	px += o->v.x - o->first;
	for (int x = 0; x < o->v.w; x++, to += step) {
		to[0] = light[px[x] >> 16 & 255];
		to[1] = light[px[x] >> 8 & 255];
		to[2] = light[px[x] & 255];
		light_to_srgb(o->p->info.colour, to, 1);
	}
	return JPEG_OK;
}

/* The window as stored: by the corners of the upright one. */
static struct jpeg_window stored(const struct picture *p, const struct jpeg_window *v)
{
	bool lying = p->info.orientation >= 5;
	bool x_back = mirrored_x(p->info.orientation), y_back = mirrored_y(p->info.orientation);
	struct jpeg_window s = lying ? (struct jpeg_window){ v->y, v->x, v->h, v->w } : *v;

	if (x_back)
		s.x = p->info.width_px - s.x - s.w;
	if (y_back)
		s.y = p->info.height_px - s.y - s.h;
	return s;
}

enum picture_cause picture_window(const struct picture *p, const struct jpeg_window *v,
				  struct linear **out)
{
	struct opening o = { .p = p, .v = stored(p, v) };
	const struct jpeg_sink sink = { on_opening, on_opening_row, &o };
	struct jpeg_info info;
	enum jpeg_fault fault = jpeg_stream(p->data, p->bytes, 1, &o.v, &sink, &info);

	if (fault == JPEG_OK)
		*out = o.out;
	else
		linear_free(o.out);
	return picture_cause_of(fault);
}
