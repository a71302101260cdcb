/* What the files of this folder share: the painters of the parts and small helpers. */
#pragma once

#include <cairo.h>

#include "tools/virtual/portraits/portrait.h"

/* The head is painted flat on a canvas of this reach, then bent over the height field. */
enum { CANVAS_U = 2, CANVAS_V = 3, GRID_PER_IED = 160 };

/* Depth of the axis a head turns about, IED towards the camera. */
#define PIVOT_Z 0.35

struct head_shape {
	int width, height; /* of the grid: 2·CANVAS·GRID_PER_IED */
	float *z; /* IED towards the camera */
};

struct rng {
	uint64_t state;
};

/** rng_unit() - uniform 0…1; rng_spread() - bell-like, mean 0, sd 1. */
double rng_unit(struct rng *r);
double rng_spread(struct rng *r);

/** ink() - set the source colour 0xRRGGBB times @gain, with @alpha. */
void ink(cairo_t *cr, uint32_t rgb, double gain, double alpha);

/** glow() - a soft elliptic spot of colour. */
void glow(cairo_t *cr, double u, double v, double ru, double rv, uint32_t rgb, double gain,
	  double alpha);

/** head_shape_new() - height field of a face; free z. Return: 0 or -1 without memory. */
int head_shape_new(const struct portrait_person *p, double mouth, struct head_shape *out);

/** head_shape_z() - interpolated height; head_shape_slope() - its slopes. */
double head_shape_z(const struct head_shape *h, double u, double v);
void head_shape_slope(const struct head_shape *h, double u, double v, double *du, double *dv);

/* Painters; the origin of @cr is between the eyes, its unit is the IED. */
void paint_face(cairo_t *cr, const struct portrait_person *p, double eyes, double mouth);
void paint_eyes(cairo_t *cr, const struct portrait_person *p, double open);
void paint_mouth(cairo_t *cr, const struct portrait_person *p, double open);
void paint_hair_front(cairo_t *cr, const struct portrait_person *p);
void paint_hair_back(cairo_t *cr, const struct portrait_person *p, double yaw_deg);
void paint_body(cairo_t *cr, const struct portrait_person *p);
void paint_ears(cairo_t *cr, const struct portrait_person *p, double yaw_deg);
