/* What the files of the key share. Private to firmware/picture/key*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/picture/key.h"

/* A coarse grid over the picture: square cells of about W/120. */
struct key_grid {
	int cell_px, w, h;
	float *mean[3]; /* of the picture, 0…1 */
	float *rough; /* variance of red+green+blue over the square of their mean */
	float *sure; /* 1: nothing but backdrop */
	float *back[3]; /* backdrop colour, everywhere */
	float *fore[3]; /* the sitter's colour near the edge; only as good as its surroundings */
	float *spare[4];
};

struct key_work {
	int w, h;
	const uint16_t *px;
	int key, side; /* channels b and s */
	float low; /* alpha that is only the backdrop's noise */
	float chin_px, knee_px; /* below the chin, and how far the switch to distance takes */
	struct key_grid grid;
	float *alpha; /* w·h */
	uint8_t *solid; /* w·h: inside the face */
	uint8_t *near; /* w·h: thirds of a px to backdrop within reach of the border; ≤ 255 */
	int32_t *stack; /* w·h */
	float *plane[2]; /* w·h, scratch */
	float *row[6]; /* w */
	float *share; /* w: of the right one of two grid columns … */
	int32_t *column; /* w: … the left one */
};

/* key_backdrop.c */
/** key_cells() - means and roughness of the grid's cells. */
void key_cells(struct key_work *k);
/** key_hue() - choose the key channel from the cells around the head. */
enum key_cause key_hue(struct key_work *k);
/** key_backdrop() - sure cells grown from the borders, then the backdrop everywhere. */
enum key_cause key_backdrop(struct key_work *k);
/** key_spread() - weighted means over ±@radius cells; where there are too few, of ever more. */
void key_spread(struct key_grid *g, const float *weight, float *const from[3], float *const to[3],
		int radius);
/** key_grid_sum() - sums over a square of ±@radius cells, cut off at the borders; @in may be @out. */
void key_grid_sum(const struct key_grid *g, const float *in, float *tmp, float *out, int radius);
/** key_columns() - share[] and column[], once. */
void key_columns(struct key_work *k);
/** key_row() - values of a grid plane at the pixel centres of row @y; spends spare[0]. */
void key_row(const struct key_work *k, const float *plane, int y, float *out);

/* key_mask.c */
/** key_face() - solid[], chin_px and knee_px; @face may be NULL. */
void key_face(struct key_work *k, const struct key_face *face);
/** key_reach() - near[] from alpha[]. */
void key_reach(struct key_work *k);
/** key_sitter() - whatever stands away from the largest thing in the picture is no sitter. */
void key_sitter(struct key_work *k);

/* key_alpha.c */
/** key_alpha() - alpha[] from the backdrop alone (@fine false) or from both colours. */
void key_alpha(struct key_work *k, bool fine);
/** key_below() - 0 above the chin … 1 where row @y is all distance. */
float key_below(const struct key_work *k, int y);
/** key_inward() - the colour a few pixels further in: a mean would mix skin and collar. Return:
 * false, @out untouched, where there is no way in. */
bool key_inward(const struct key_work *k, int x, int y, float out[3]);
/** key_fore() - fore[] of the grid from alpha[] and near[]. */
void key_fore(struct key_work *k);
/** key_solid() - what cannot be backdrop is solid. */
void key_solid(struct key_work *k);

/* key_edge.c */
/** key_guided() - guided filter of alpha[] along the edge, half weight. */
void key_guided(struct key_work *k);
/** key_composite() - the picture before @target. */
void key_composite(struct key_work *k, const uint16_t target[3], uint16_t *px);
