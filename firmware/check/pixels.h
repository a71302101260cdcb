/* Small readers of pixels for the measures; positions outside the picture repeat its edge. */
#pragma once

#include <math.h>

#include "firmware/base/image.h"
#include "firmware/check/measures.h"

static inline uint32_t pixel_at(const struct image *im, int x, int y)
{
	x = x < 0 ? 0 : x >= im->width_px ? im->width_px - 1 : x;
	y = y < 0 ? 0 : y >= im->height_px ? im->height_px - 1 : y;
	return image_row(im, y)[x];
}

static inline double luma_of(uint32_t p)
{
	return 0.299 * (p >> 16 & 255) + 0.587 * (p >> 8 & 255) + 0.114 * (p & 255);
}

static inline struct check_point from_axes(const struct check_axes *a, double u, double v)
{
	struct check_point p = { a->ox + a->ied * (u * a->c - v * a->s),
				 a->oy + a->ied * (u * a->s + v * a->c) };
	return p;
}

static inline struct check_point to_axes(const struct check_axes *a, double x, double y)
{
	double dx = (x - a->ox) / a->ied, dy = (y - a->oy) / a->ied;
	struct check_point p = { dx * a->c + dy * a->s, dy * a->c - dx * a->s };

	return p;
}

/** luma_between() - bilinear luma. */
double luma_between(const struct image *im, double x, double y);

/** light_of_byte() - linear light of a byte 0…255, 0…1. */
double light_of_byte(uint32_t byte);

/** light_of() - linear light Y of a pixel, 0…1. */
double light_of(uint32_t p);

/** inside() - is (x, y) inside the polygon? */
bool inside(const struct check_point *poly, int n, double x, double y);
