/* The skin of the face as a map of small cells in face axes. */
#pragma once

#include "firmware/check/measures.h"

/* 1/32 IED wide; u −1.3125…1.3125, v −1…2.2 */
enum { SKIN_PER_IED = 32, SKIN_W = 84, SKIN_H = 102, SKIN_LEFT = 42, SKIN_TOP = 32 };

struct skin_cell {
	float r, g, b, y; /* mean linear light */
	float blown; /* share of samples with max(R, G, B) ≥ 250 */
	bool skin; /* inside the polygon; without points inside an ellipse */
	bool own; /* skin and of the skin's own hue: no hair, no frame of glasses */
};

struct skin_map {
	struct skin_cell cell[SKIN_H][SKIN_W];
	double hue; /* median log2 R/G */
	int count; /* of skin cells */
};

/** skin_map_new() - about 2 ms. Return: free() it; NULL without memory or skin. */
struct skin_map *skin_map_new(const struct check_input *in, const struct check_axes *a);

static inline double skin_u(int x)
{
	return (x - SKIN_LEFT + 0.5) / SKIN_PER_IED;
}

static inline double skin_v(int y)
{
	return (y - SKIN_TOP + 0.5) / SKIN_PER_IED;
}

/** skin_median() - of @n values, which are reordered; NaN when there are none. */
double skin_median(float *values, int n);
