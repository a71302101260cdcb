#include "firmware/picture/key.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/picture/key_work.h"

enum { SIDE_MIN_PX = 48, SIDE_MAX_PX = 8192 };
enum { GRID_PLANES = 15 };

static void grid_init(struct key_grid *g, int w, int h)
{
	g->cell_px = w / 120 > 2 ? w / 120 : 2;
	g->w = (w + g->cell_px - 1) / g->cell_px;
	g->h = (h + g->cell_px - 1) / g->cell_px;
}

static void grid_planes(struct key_grid *g, float *at)
{
	float **const plane[GRID_PLANES] = {
		&g->mean[0], &g->mean[1],  &g->mean[2],	 &g->back[0],  &g->back[1],
		&g->back[2], &g->fore[0],  &g->fore[1],	 &g->fore[2],  &g->rough,
		&g->sure,    &g->spare[0], &g->spare[1], &g->spare[2], &g->spare[3],
	};

	for (int i = 0; i < GRID_PLANES; i++, at += g->w * g->h)
		*plane[i] = at;
}

/* All planes in one block, widest type first. NULL without memory. */
static void *work_init(struct key_work *k, const struct linear *in)
{
	const size_t n = (size_t)in->width_px * (size_t)in->height_px;
	size_t cells, floats;
	float *block;

	k->w = in->width_px;
	k->h = in->height_px;
	k->px = in->px;
	grid_init(&k->grid, k->w, k->h);
	cells = (size_t)k->grid.w * (size_t)k->grid.h;
	floats = GRID_PLANES * cells + 8 * (size_t)k->w + 4 * n;
	block = malloc(floats * sizeof(float) + 2 * n);
	if (!block)
		return NULL;
	grid_planes(&k->grid, block);
	for (size_t i = 0; i < 6; i++)
		k->row[i] = block + GRID_PLANES * cells + i * (size_t)k->w;
	k->share = k->row[5] + k->w;
	k->column = (int32_t *)(void *)(k->share + k->w);
	k->alpha = k->share + 2 * (size_t)k->w;
	k->plane[0] = k->alpha + n;
	k->plane[1] = k->plane[0] + n;
	k->stack = (int32_t *)(void *)(k->plane[1] + n);
	k->solid = (uint8_t *)(k->stack + n);
	k->near = k->solid + n;
	key_columns(k);
	return block;
}

static uint16_t *alpha_plane(const struct key_work *k)
{
	const size_t n = (size_t)k->w * (size_t)k->h;
	uint16_t *out = malloc(n * sizeof(*out));

	for (size_t i = 0; out && i < n; i++)
		out[i] = (uint16_t)(k->alpha[i] * 65535.0f + 0.5f);
	return out;
}

enum key_cause key_replace(struct linear *px, const struct key_face *face, const uint16_t target[3],
			   uint16_t **alpha)
{
	SCOPED_FREE void *block = NULL;
	struct key_work k = { 0 };
	enum key_cause cause;

	if (px->width_px < SIDE_MIN_PX || px->height_px < SIDE_MIN_PX ||
	    px->width_px > SIDE_MAX_PX || px->height_px > SIDE_MAX_PX)
		return KEY_HIDDEN;
	block = work_init(&k, px);
	if (!block)
		return KEY_NO_MEMORY;
	key_cells(&k);
	cause = key_hue(&k);
	if (cause == KEY_OK)
		cause = key_backdrop(&k);
	if (cause != KEY_OK)
		return cause;
	key_face(&k, face);
	key_alpha(&k, false);
	key_reach(&k);
	key_fore(&k);
	key_alpha(&k, true);
	key_reach(&k);
	key_solid(&k);
	key_sitter(&k);
	key_guided(&k);
	if (alpha) {
		*alpha = alpha_plane(&k);
		if (!*alpha)
			return KEY_NO_MEMORY;
	}
	key_composite(&k, target, px->px);
	return KEY_OK;
}

const char *key_cause_word(enum key_cause cause)
{
	static const char *const word[KEY_CAUSE_COUNT] = {
		[KEY_OK] = "ok",
		[KEY_PALE] = "pale_backdrop",
		[KEY_COLOUR] = "backdrop_colour",
		[KEY_HIDDEN] = "backdrop_hidden",
		[KEY_NO_MEMORY] = "no_memory",
	};

	return (unsigned int)cause < KEY_CAUSE_COUNT ? word[cause] : "unknown";
}
