#include <math.h>

#include "tools/virtual/portraits/parts.h"

void paint_ears(cairo_t *cr, const struct portrait_person *p, const struct placement *at)
{
	if (p->style == HAIR_LONG)
		return;
	for (int side = -1; side <= 1; side += 2) {
		double u = side * 1.15 * p->width * cos(at->yaw) + turn(0.3, at->yaw);
		double v = 0.28 - turn(0.3, at->pitch);

		cairo_save(cr);
		cairo_translate(cr, u, v);
		cairo_rotate(cr, side * 0.12);
		cairo_scale(cr, 0.15, 0.40);
		cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
		cairo_restore(cr);
		ink(cr, p->skin, 0.82, 1);
		cairo_fill(cr);
		glow(cr, u, v, 0.08, 0.26, p->skin, 0.45, 0.6);
	}
}

static void jacket(cairo_t *cr, uint32_t colour, double neck_v)
{
	cairo_move_to(cr, -0.80, 2.42);
	cairo_curve_to(cr, -1.3, 2.75, -2.3, 2.85, -2.75, 3.35);
	cairo_curve_to(cr, -3.1, 3.8, -3.2, 5.0, -3.3, 9);
	cairo_line_to(cr, 3.3, 9);
	cairo_curve_to(cr, 3.2, 5.0, 3.1, 3.8, 2.75, 3.35);
	cairo_curve_to(cr, 2.3, 2.85, 1.3, 2.75, 0.80, 2.42);
	cairo_line_to(cr, 0, neck_v);
	cairo_close_path(cr);
	ink(cr, colour, 1, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	for (int side = -1; side <= 1; side += 2) {
		glow(cr, side * 1.7, 3.1, 0.9, 0.5, 0xffffff, 1, 0.10);
		glow(cr, side * 2.0, 5.2, 0.25, 1.8, 0x000000, 1, 0.5);
		glow(cr, side * 2.9, 4.6, 0.5, 1.6, 0x000000, 1, 0.5);
	}
	cairo_restore(cr);
}

static void collar(cairo_t *cr, const struct portrait_person *p)
{
	cairo_move_to(cr, -0.80, 2.40);
	cairo_line_to(cr, 0, 4.6);
	cairo_line_to(cr, 0.80, 2.40);
	cairo_line_to(cr, 0, 2.98);
	cairo_close_path(cr);
	ink(cr, p->shirt, 0.93, 1);
	cairo_fill(cr);
	for (int side = -1; side <= 1; side += 2) {
		cairo_move_to(cr, side * 0.78, 2.22);
		cairo_curve_to(cr, side * 0.6, 2.6, side * 0.3, 2.85, 0, 3.0);
		cairo_line_to(cr, side * 0.42, 3.35);
		cairo_line_to(cr, side * 0.98, 2.56);
		cairo_close_path(cr);
		ink(cr, p->shirt, 1, 1);
		cairo_fill_preserve(cr);
		ink(cr, p->shirt, 0.6, 0.8);
		cairo_set_line_width(cr, 0.012);
		cairo_stroke(cr);
		cairo_move_to(cr, side * 0.92, 2.50); /* lapel */
		cairo_line_to(cr, side * 1.18, 3.5);
		cairo_line_to(cr, side * 0.92, 3.62);
		cairo_line_to(cr, side * 1.05, 3.85);
		cairo_line_to(cr, side * 0.05, 5.4);
		ink(cr, p->jacket, 1.12, 1);
		cairo_fill_preserve(cr);
		ink(cr, p->jacket, 0.5, 0.9);
		cairo_set_line_width(cr, 0.02);
		cairo_stroke(cr);
	}
}

/* A knitted top with a round neck. */
static void top(cairo_t *cr, uint32_t colour)
{
	jacket(cr, colour, 2.72);
	cairo_move_to(cr, -0.86, 2.40);
	cairo_curve_to(cr, -0.6, 2.78, 0.6, 2.78, 0.86, 2.40);
	ink(cr, colour, 0.82, 1);
	cairo_set_line_width(cr, 0.09);
	cairo_stroke(cr);
	cairo_move_to(cr, -0.82, 2.47);
	cairo_curve_to(cr, -0.6, 2.83, 0.6, 2.83, 0.82, 2.47);
	cairo_set_line_width(cr, 0.012);
	ink(cr, colour, 0.6, 1);
	cairo_stroke(cr);
	for (int side = -1; side <= 1; side += 2) /* folds of the sleeves */
		for (int i = 0; i < 3; i++) {
			cairo_move_to(cr, side * 1.5, 3.6 + 0.4 * i);
			cairo_curve_to(cr, side * 1.7, 3.7 + 0.4 * i, side * 1.8, 3.9 + 0.4 * i,
				       side * 1.75, 4.2 + 0.4 * i);
			ink(cr, colour, 0.72, 0.5);
			cairo_set_line_width(cr, 0.05);
			cairo_stroke(cr);
		}
}

void paint_body(cairo_t *cr, const struct portrait_person *p, uint32_t clothes)
{
	cairo_move_to(cr, -0.66, 1.30);
	cairo_curve_to(cr, -0.70, 1.8, -0.76, 2.2, -0.95, 2.55);
	cairo_line_to(cr, 0, 3.2);
	cairo_line_to(cr, 0.95, 2.55);
	cairo_curve_to(cr, 0.76, 2.2, 0.70, 1.8, 0.66, 1.30);
	cairo_close_path(cr);
	ink(cr, p->skin, 0.80, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	glow(cr, 0, 1.72, 1.15, 0.50, p->skin, 0.32, 0.85); /* shade of the chin */
	glow(cr, -0.80, 2.0, 0.28, 0.9, p->skin, 0.4, 0.6);
	glow(cr, 0.80, 2.0, 0.28, 0.9, p->skin, 0.4, 0.6);
	cairo_restore(cr);
	if (clothes) {
		top(cr, clothes);
		return;
	}
	jacket(cr, p->jacket, 3.05);
	collar(cr, p);
}
