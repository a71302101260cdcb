/* What comes on top of a face: beard, shine, glasses. */
#include <math.h>

#include "tools/virtual/portraits/parts.h"

void paint_beard(cairo_t *cr, const struct portrait_person *p)
{
	struct rng r = { p->seed * 733u + 13 };

	for (int side = -1; side <= 1; side += 2)
		glow(cr, side * 0.62, 1.30, 0.34, 0.42, p->hair, 1, 0.4 * p->beard);
	glow(cr, 0, 1.62, 0.75, 0.30, p->hair, 1, 0.5 * p->beard);
	for (int i = 0; i < 2600; i++) {
		double u = 2 * rng_unit(&r) - 1, v = 0.92 + 0.95 * rng_unit(&r);
		double jaw = fabs(u) / 0.95, low = 1.05 + 0.55 * (1 - jaw * jaw);

		if (fabs(u) < 0.44 && v > 1.03 && v < 1.36) /* the lips stay free */
			continue;
		if (fabs(u) > 0.5 ? v < 1.25 - 0.75 * (fabs(u) - 0.5) : v < 0.92)
			continue;
		if (v > low + 0.4)
			continue;
		cairo_move_to(cr, u, v);
		cairo_rel_line_to(cr, 0.02 * rng_spread(&r), 0.035 + 0.03 * rng_unit(&r));
		ink(cr, p->hair, 0.6 + 0.5 * rng_unit(&r), 0.35 * p->beard);
		cairo_set_line_width(cr, 0.011);
		cairo_stroke(cr);
	}
}

static void shine(cairo_t *cr, double k)
{
	glow(cr, 0.05, -0.72, 0.55, 0.24, 0xffffff, 1, 0.9 * k);
	glow(cr, 0.0, 0.52, 0.10, 0.26, 0xffffff, 1, 0.9 * k);
	for (int side = -1; side <= 1; side += 2)
		glow(cr, side * 0.66, 0.42, 0.25, 0.19, 0xffffff, 1, 0.9 * k);
}

static void lens(cairo_t *cr, double u)
{
	const double w = 0.37, h = 0.26, r = 0.14, v = 0.07;

	cairo_new_sub_path(cr);
	cairo_arc(cr, u + w - r, v - h + r, r, -M_PI / 2, 0);
	cairo_arc(cr, u + w - r, v + h - r, r, 0, M_PI / 2);
	cairo_arc(cr, u - w + r, v + h - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, u - w + r, v - h + r, r, M_PI, 3 * M_PI / 2);
	cairo_close_path(cr);
}

static void frame(cairo_t *cr, double width)
{
	cairo_set_line_width(cr, width);
	cairo_set_source_rgb(cr, 0.07, 0.06, 0.07);
	for (int side = -1; side <= 1; side += 2) {
		lens(cr, side * 0.5);
		cairo_stroke(cr);
		cairo_move_to(cr, side * 0.87, -0.02);
		cairo_line_to(cr, side * 1.16, -0.06);
		cairo_stroke(cr);
	}
	cairo_move_to(cr, -0.14, 0.02);
	cairo_curve_to(cr, -0.06, -0.05, 0.06, -0.05, 0.14, 0.02);
	cairo_stroke(cr);
}

/* Sharp-edged, as the window of a lamp: half length along u, a third of it high. */
static void glare(cairo_t *cr, double half)
{
	cairo_save(cr);
	lens(cr, 0.5);
	cairo_clip(cr);
	cairo_translate(cr, 0.56, 0.02);
	cairo_rotate(cr, -0.35);
	cairo_scale(cr, half, 0.4 * half);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_restore(cr);
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_fill(cr);
}

void paint_extras(cairo_t *cr, const struct portrait_scene *s)
{
	if (s->shine > 0)
		shine(cr, s->shine);
	for (int side = -1; side <= 1 && s->tint > 0; side += 2) {
		lens(cr, side * 0.5);
		cairo_set_source_rgba(cr, 0.04, 0.04, 0.05, s->tint);
		cairo_fill(cr);
	}
	if (s->glasses > 0)
		frame(cr, s->glasses);
	if (s->glare > 0)
		glare(cr, s->glare);
}
