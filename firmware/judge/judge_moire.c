/* Moiré shows only at the size the camera took: a window around the face, decoded apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/jpeg.h"
#include "firmware/judge/judge.h"

enum { LEAST_W = 3 * CHECK_MOIRE_TILE, LEAST_H = 2 * CHECK_MOIRE_TILE };

struct luma {
	struct jpeg_window window;
	int x0; /* of the columns that come */
	uint8_t *px;
};

static enum jpeg_fault on_begin(void *ctx, const struct jpeg_info *info, int x, int w, int h)
{
	struct luma *l = ctx;

	(void)info;
	(void)w;
	(void)h;
	l->x0 = x;
	l->px = malloc((size_t)l->window.w * (size_t)l->window.h);
	return l->px ? JPEG_OK : JPEG_NO_MEMORY;
}

static enum jpeg_fault on_row(void *ctx, int y, const uint32_t *px)
{
	struct luma *l = ctx;
	uint8_t *out = l->px + (size_t)(y - l->window.y) * (size_t)l->window.w;

	px += l->window.x - l->x0;
	for (int x = 0; x < l->window.w; x++)
		out[x] = (uint8_t)((77 * (px[x] >> 16 & 255) + 150 * (px[x] >> 8 & 255) +
				    29 * (px[x] & 255)) >>
				   8);
	return JPEG_OK;
}

/* Where the upright (x, y) is stored. */
static void stored(const struct jpeg_info *i, int x, int y, int *sx, int *sy)
{
	bool lying = i->orientation >= 5;
	bool flip_x = i->orientation == 2 || i->orientation == 3 || i->orientation >= 7;
	bool flip_y = i->orientation == 3 || i->orientation == 4 || i->orientation == 6 ||
		      i->orientation == 7;

	*sx = lying ? y : x;
	*sy = lying ? x : y;
	if (flip_x)
		*sx = i->width_px - *sx;
	if (flip_y)
		*sy = i->height_px - *sy;
}

static int clamped(double v, int most)
{
	return (int)fmin(fmax(v, 0), most);
}

/* From the hair to the clothes, where a screen, a halftone or a fabric would show. */
static struct jpeg_window window_of(const struct check_measures *m, const struct check_input *seen,
				    const struct jpeg_info *info)
{
	double half = fmax(m->face_width_px, LEAST_W / 2.0);
	double middle = (m->eye_line_px + m->chin_px) / 2 + 0.2 * m->face_width_px;
	double tall = fmax(1.1 * m->face_width_px, LEAST_H / 2.0);
	int x0, y0, x1, y1;

	stored(info, clamped(m->centre_px - half, seen->width_px),
	       clamped(middle - tall, seen->height_px), &x0, &y0);
	stored(info, clamped(m->centre_px + half, seen->width_px),
	       clamped(middle + tall, seen->height_px), &x1, &y1);
	return (struct jpeg_window){ x0 < x1 ? x0 : x1, y0 < y1 ? y0 : y1, abs(x1 - x0),
				     abs(y1 - y0) };
}

void judge_moire(struct judge *j, const uint8_t *data, size_t bytes, struct judge_outcome *out)
{
	struct luma l = { .px = NULL };
	const struct jpeg_sink sink = { on_begin, on_row, &l };
	struct jpeg_info info;

	if (!(out->measures.face_width_px > 0) || out->seen.face_count == 0 ||
	    jpeg_read_info(data, bytes, &info) != JPEG_OK)
		return;
	l.window = window_of(&out->measures, &out->seen, &info);
	if (l.window.w < CHECK_MOIRE_TILE || l.window.h < CHECK_MOIRE_TILE)
		return;
	if (jpeg_stream(data, bytes, 1, &l.window, &sink, &info) == JPEG_OK) {
		out->measures.moire = check_moire(l.px, l.window.w, l.window.h, l.window.w);
		check_judge_measured(&out->seen, &j->preset.limits, &out->measures, &out->result);
	}
	free(l.px);
}
