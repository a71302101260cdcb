/* The flat face: skin, brows, nose, eyes, mouth. Shading by the lamps comes later. */
#include <math.h>

#include "tools/virtual/portraits/parts.h"

double rng_unit(struct rng *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (double)(r->state >> 11) / 9007199254740992.0;
}

double rng_spread(struct rng *r)
{
	double s = 0;

	for (int i = 0; i < 4; i++)
		s += rng_unit(r);
	return (s - 2) * 1.732;
}

void ink(cairo_t *cr, uint32_t rgb, double gain, double alpha)
{
	cairo_set_source_rgba(cr, fmin((rgb >> 16 & 255) / 255.0 * gain, 1),
			      fmin((rgb >> 8 & 255) / 255.0 * gain, 1),
			      fmin((rgb & 255) / 255.0 * gain, 1), alpha);
}

void glow(cairo_t *cr, double u, double v, double ru, double rv, uint32_t rgb, double gain,
	  double alpha)
{
	cairo_pattern_t *g = cairo_pattern_create_radial(0, 0, 0, 0, 0, 1);
	double r = fmin((rgb >> 16 & 255) / 255.0 * gain, 1);
	double gr = fmin((rgb >> 8 & 255) / 255.0 * gain, 1);
	double b = fmin((rgb & 255) / 255.0 * gain, 1);

	for (int i = 0; i <= 8; i++) {
		double t = i / 8.0, fall = exp(-3.5 * t * t) - exp(-3.5) * t;

		cairo_pattern_add_color_stop_rgba(g, t, r, gr, b, alpha * fall);
	}
	cairo_save(cr);
	cairo_translate(cr, u, v);
	cairo_scale(cr, ru, rv);
	cairo_set_source(cr, g);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_fill(cr);
	cairo_restore(cr);
	cairo_pattern_destroy(g);
}

static void outline(cairo_t *cr, double mouth)
{
	double c = 1.86 + 0.15 * mouth;

	cairo_move_to(cr, 0, -1.55);
	cairo_curve_to(cr, 0.75, -1.55, 1.13, -0.95, 1.14, -0.25);
	cairo_curve_to(cr, 1.16, 0.35, 1.08, 0.85, 0.90, 1.18 + 0.06 * mouth);
	cairo_curve_to(cr, 0.72, 1.52 + 0.1 * mouth, 0.42, c, 0, c);
	cairo_curve_to(cr, -0.42, c, -0.72, 1.52 + 0.1 * mouth, -0.90, 1.18 + 0.06 * mouth);
	cairo_curve_to(cr, -1.08, 0.85, -1.16, 0.35, -1.14, -0.25);
	cairo_curve_to(cr, -1.13, -0.95, -0.75, -1.55, 0, -1.55);
	cairo_close_path(cr);
}

static void paint_nose(cairo_t *cr, const struct portrait_person *p)
{
	double w = p->nose_width;

	glow(cr, 0, 0.83, 0.30 * w, 0.10, p->skin, 0.42, 0.65);
	for (int side = -1; side <= 1; side += 2) {
		glow(cr, side * 0.115 * w, 0.73, 0.085 * w, 0.05, 0x140806, 1, 0.9);
		glow(cr, side * 0.26 * w, 0.66, 0.05, 0.12, p->skin, 0.50, 0.6);
		glow(cr, side * 0.17, 0.20, 0.08, 0.40, p->skin, 0.68, 0.32);
	}
	glow(cr, 0, 0.57, 0.10 * w, 0.10, 0xffffff, 1, 0.20);
	glow(cr, 0, 0.25, 0.06 * w, 0.32, 0xffffff, 1, 0.12);
}

static void paint_brow(cairo_t *cr, const struct portrait_person *p, int side, struct rng *r)
{
	int hairs = (int)(420 * p->brow_weight);

	for (int i = 0; i < hairs; i++) {
		double t = rng_unit(r), arch = 0.10 * sin(M_PI * fmin(t * 1.15, 1));
		double thick = 0.055 * p->brow_weight * (1.1 - 0.8 * t * t);
		double u = 0.22 + 0.58 * t,
		       v = -0.33 - arch + 0.06 * t + thick * rng_spread(r) * 0.5;

		cairo_move_to(cr, side * u, v);
		cairo_rel_line_to(cr, side * (0.05 + 0.03 * t), -0.025 + 0.045 * t);
		ink(cr, p->hair, 0.8 + 0.5 * rng_unit(r), 0.55);
		cairo_set_line_width(cr, 0.009);
		cairo_stroke(cr);
	}
}

static void paint_folds(cairo_t *cr, const struct portrait_person *p)
{
	for (int side = -1; side <= 1; side += 2) {
		glow(cr, side * 0.72, 0.62, 0.42, 0.36, 0xd8604f, 1, 0.13);
		glow(cr, side * 0.46, 0.20, 0.26, 0.09, p->skin, 0.62, 0.30);
		glow(cr, side * 0.52, -0.17, 0.34, 0.12, p->skin, 0.62, 0.33);
		cairo_move_to(cr, side * 0.30, 0.74);
		cairo_curve_to(cr, side * 0.42, 0.86, side * 0.49, 0.98, side * 0.50, 1.08);
		ink(cr, p->skin, 0.6, 0.16);
		cairo_set_line_width(cr, 0.035);
		cairo_stroke(cr);
		/* jaw and temples fall away from the lamps */
		glow(cr, side * 1.12, 0.55, 0.30, 1.1, p->skin, 0.55, 0.45);
	}
	glow(cr, 0, 1.44, 0.34, 0.09, p->skin, 0.6, 0.35);
}

static void paint_spots(cairo_t *cr, const struct portrait_person *p, struct rng *r)
{
	for (int i = 0; i < 900; i++) {
		double u = 2.2 * (rng_unit(r) - 0.5), v = -1.2 + 3 * rng_unit(r);
		double size = 0.008 + 0.022 * rng_unit(r) * rng_unit(r);

		glow(cr, u, v, size, size, p->skin, rng_unit(r) < 0.6 ? 0.72 : 1.22,
		     0.10 + 0.22 * rng_unit(r));
	}
}

void paint_face(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s)
{
	struct rng r = { p->seed * 2654435761u + 1 };

	cairo_save(cr);
	cairo_scale(cr, p->width, p->length);
	outline(cr, s->mouth);
	ink(cr, p->skin, 1, 1);
	cairo_fill_preserve(cr);
	cairo_clip(cr);
	paint_folds(cr, p);
	paint_spots(cr, p, &r);
	paint_nose(cr, p);
	if (p->beard > 0)
		paint_beard(cr, p);
	paint_mouth(cr, p, s->mouth, s->teeth);
	paint_eyes(cr, p, s);
	paint_brow(cr, p, -1, &r);
	paint_brow(cr, p, 1, &r);
	cairo_restore(cr);
}
