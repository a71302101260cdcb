/* What the files of this folder share: the painters of the parts and small helpers. */
#pragma once

#include <cairo.h>

#include "tools/virtual/portraits/portrait.h"

/* The head is painted flat on a canvas of this reach, then bent over the height field. */
enum { CANVAS_U = 2, CANVAS_V = 3, GRID_PER_IED = 160 };

/* Depth of the axis a head turns about, IED towards the camera. */
#define PIVOT_Z 0.35
/* Height of the axis a head nods about, IED below the eyes. */
#define PIVOT_V 0.45

/* One head in the picture: where it is and how it is held. */
struct placement {
	double cx, cy, ied; /* between the eyes, px */
	double roll, yaw, pitch; /* rad */
};

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

/** linear_of[] - linear light of an sRGB byte; to_srgb() - back; lit() - a colour under more light;
 * call colour_tables() once before. */
extern float linear_of[256];
void colour_tables(void);
uint8_t to_srgb(float y);
uint32_t lit(uint32_t rgb, double gain);

/** portrait_relative() - a person with another skin (0 = own) and other proportions (0 = own). */
struct portrait_person portrait_relative(int person, uint32_t skin, uint32_t vary);

/** turn() - shift of what lies at depth @z when the head turns by @angle, IED. */
double turn(double z, double angle);

void paint_backdrop(struct image *im, const struct portrait_scene *s, const struct placement *at);
void blur(struct image *im, double sigma_px);
void smear(struct image *im, double length_px, double deg);
void expose(struct image *im, const struct portrait_scene *s, const struct placement *at);
void strand(cairo_t *cr, const struct portrait_person *p, const double c[8], double width,
	    struct rng *r);

/* Painters; the origin of @cr is between the eyes, its unit is the IED. */
void paint_object(cairo_t *cr, enum portrait_object object);
void paint_face(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s);
void paint_eyes(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s);
void paint_mouth(cairo_t *cr, const struct portrait_person *p, double open, double teeth);
void paint_beard(cairo_t *cr, const struct portrait_person *p);
void paint_extras(cairo_t *cr, const struct portrait_scene *s); /* shine, glasses */
void paint_hair_front(cairo_t *cr, const struct portrait_person *p);
void paint_hair_back(cairo_t *cr, const struct portrait_person *p, const struct placement *at);
void paint_hair_fall(cairo_t *cr, const struct portrait_person *p, const struct placement *at);
void paint_body(cairo_t *cr, const struct portrait_person *p, uint32_t clothes);
void paint_ears(cairo_t *cr, const struct portrait_person *p, const struct placement *at);
