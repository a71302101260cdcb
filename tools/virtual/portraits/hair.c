#include <math.h>

#include "tools/virtual/portraits/parts.h"

void strand(cairo_t *cr, const struct portrait_person *p, const double c[8], double width,
	    struct rng *r)
{
	double j = 0.02;

	cairo_move_to(cr, c[0] + j * rng_spread(r), c[1] + j * rng_spread(r));
	cairo_curve_to(cr, c[2] + j * rng_spread(r), c[3] + j * rng_spread(r),
		       c[4] + j * rng_spread(r), c[5] + j * rng_spread(r), c[6], c[7]);
	ink(cr, p->hair, rng_unit(r) < 0.3 ? 2.2 + rng_unit(r) : 0.4 + 0.9 * rng_unit(r), 0.28);
	cairo_set_line_width(cr, width);
	cairo_stroke(cr);
}

/* Hairline and outer contour of the cap at t = -1 (left ear) … 1 (right ear). */
static void hairline(const struct portrait_person *p, double t, double *u, double *v)
{
	double a = fabs(t), peak = p->style == HAIR_CROPPED ? -1.10 : -1.04;

	*u = t < 0 ? -1.12 * pow(a, 0.8) : 1.12 * pow(a, 0.8);
	*v = peak + 0.10 * a + 0.95 * pow(a, 4.5);
	if (p->style == HAIR_SHORT)
		*v += 0.14 * sin(3.0 * t + 0.5) * (1 - a * a);
	if (p->style == HAIR_LONG)
		*v -= 0.20 * exp(-30 * t * t);
}

static void contour(const struct portrait_person *p, double t, double *u, double *v)
{
	static const double rise[] = {
		[HAIR_SHORT] = 1.76,   [HAIR_LONG] = 1.74, [HAIR_TIED] = 1.68,
		[HAIR_CROPPED] = 1.60, [HAIR_BUN] = 1.68,  [HAIR_BALD] = 1.52
	};
	static const double side[] = {
		[HAIR_SHORT] = 1.24,   [HAIR_LONG] = 1.32, [HAIR_TIED] = 1.21,
		[HAIR_CROPPED] = 1.19, [HAIR_BUN] = 1.21,  [HAIR_BALD] = 1.16
	};
	double a = t * M_PI * 0.54;

	*u = side[p->style] * sin(a);
	*v = -0.12 - (rise[p->style] - 0.12) * cos(a);
}

static void cap(cairo_t *cr, const struct portrait_person *p)
{
	double u, v;

	for (int i = -40; i <= 40; i++) {
		hairline(p, i / 40.0, &u, &v);
		cairo_line_to(cr, u, v);
	}
	for (int i = 40; i >= -40; i--) {
		contour(p, i / 40.0, &u, &v);
		cairo_line_to(cr, u, v);
	}
	cairo_close_path(cr);
}

static void cap_strands(cairo_t *cr, const struct portrait_person *p, struct rng *r)
{
	int count = p->style == HAIR_CROPPED ? 5000 : 1500;

	for (int i = 0; i < count; i++) {
		double t = 2 * rng_unit(r) - 1, lean = p->style == HAIR_SHORT ? 0.22 : 0.05;
		double a[2], b[2], c[8];

		hairline(p, t, &a[0], &a[1]);
		contour(p, fmax(-1, fmin(1, t + lean * rng_unit(r))), &b[0], &b[1]);
		if (p->style == HAIR_CROPPED) { /* short curls all over */
			double k = rng_unit(r);

			c[0] = a[0] + (b[0] - a[0]) * k;
			c[1] = a[1] + (b[1] - a[1]) * k;
			c[2] = c[0] + 0.04;
			c[3] = c[1] - 0.03;
			c[4] = c[0] + 0.02;
			c[5] = c[1] - 0.06;
			c[6] = c[0] - 0.02 + 0.04 * rng_unit(r);
			c[7] = c[1] - 0.04;
		} else {
			c[0] = a[0];
			c[1] = a[1];
			c[2] = a[0] + (b[0] - a[0]) * 0.3 + 0.10 * t;
			c[3] = a[1] + (b[1] - a[1]) * 0.5;
			c[4] = a[0] + (b[0] - a[0]) * 0.7 + 0.06 * t;
			c[5] = a[1] + (b[1] - a[1]) * 0.85;
			c[6] = b[0];
			c[7] = b[1];
		}
		strand(cr, p, c, 0.010, r);
	}
}

void paint_hair_front(cairo_t *cr, const struct portrait_person *p)
{
	struct rng r = { p->seed * 40503u + 7 };
	double u, v;

	if (p->style == HAIR_BALD)
		return;
	cairo_save(cr);
	cairo_scale(cr, p->width, p->length);
	for (int i = -40; i <= 40; i++) { /* soft shade of the hair on the skin */
		hairline(p, i / 40.0, &u, &v);
		glow(cr, u * 0.98, v + 0.03, 0.13, 0.10, p->hair, 1, 0.16);
	}
	cap(cr, p);
	ink(cr, p->hair, 1, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	cap_strands(cr, p, &r);
	glow(cr, -0.45, -1.40, 0.55, 0.22, 0xffffff, 1, 0.13);
	glow(cr, 0.45, -1.40, 0.55, 0.22, 0xffffff, 1, 0.13);
	cairo_restore(cr);
	for (int i = 0; i < 220; i++) { /* single hairs over the edge */
		double t = 2 * rng_unit(&r) - 1, len = 0.03 + 0.05 * rng_unit(&r);

		contour(p, t, &u, &v);
		cairo_move_to(cr, u * 0.98, v * 0.98);
		cairo_rel_curve_to(cr, len * u * 0.3, len * v * 0.2, len * u * 0.4 + 0.03,
				   -len * 0.6, len * u * 0.4 + 0.04 * rng_spread(&r), -len * 0.5);
		ink(cr, p->hair, 1, 0.5);
		cairo_set_line_width(cr, 0.005);
		cairo_stroke(cr);
	}
	cairo_restore(cr);
}

static void long_hair(cairo_t *cr, const struct portrait_person *p)
{
	struct rng r = { p->seed * 977u + 3 };

	cairo_move_to(cr, 0, -1.70);
	for (int side = 1; side >= -1; side -= 2) {
		if (side < 0)
			cairo_line_to(cr, -1.50, 3.3);
		else
			cairo_curve_to(cr, 1.0, -1.70, 1.35, -0.7, 1.36, 0.2);
		if (side > 0) {
			cairo_curve_to(cr, 1.42, 1.2, 1.62, 2.2, 1.50, 3.3);
		} else {
			cairo_curve_to(cr, -1.62, 2.2, -1.42, 1.2, -1.36, 0.2);
			cairo_curve_to(cr, -1.35, -0.7, -1.0, -1.70, 0, -1.70);
		}
	}
	cairo_close_path(cr);
	ink(cr, p->hair, 0.8, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	for (int i = 0; i < 1600; i++) {
		double t = 2 * rng_unit(&r) - 1, s = t < 0 ? -1 : 1;
		double c[8] = { 1.1 * t,
				-1.0,
				s * 1.0 + 0.38 * t,
				0.4,
				s * 0.9 + 0.55 * t,
				1.6,
				s * 0.75 + 0.75 * t,
				3.3 };

		strand(cr, p, c, 0.014, &r);
	}
	cairo_restore(cr);
}

double turn(double z, double angle)
{
	return (z - PIVOT_Z) * sin(angle);
}

static void bun(cairo_t *cr, const struct portrait_person *p)
{
	struct rng r = { p->seed * 313u + 9 };

	cairo_arc(cr, 0, -1.95, 0.52, 0, 2 * M_PI);
	ink(cr, p->hair, 0.9, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	for (int i = 0; i < 260; i++) {
		double a = 2 * M_PI * rng_unit(&r), k = 0.2 + 0.32 * rng_unit(&r);
		double c[8];

		for (int j = 0; j < 4; j++) {
			c[2 * j] = k * cos(a + 0.4 * j);
			c[2 * j + 1] = -1.95 + k * sin(a + 0.4 * j);
		}
		strand(cr, p, c, 0.010, &r);
	}
	cairo_restore(cr);
}

void paint_hair_back(cairo_t *cr, const struct portrait_person *p, const struct placement *at)
{
	if (p->style == HAIR_BALD)
		return;
	cairo_save(cr);
	cairo_scale(cr, p->width, p->length);
	cairo_translate(cr, turn(0.25, at->yaw), -turn(0.25, at->pitch));
	if (p->style == HAIR_LONG)
		long_hair(cr, p);
	if (p->style == HAIR_BUN)
		bun(cr, p);
	cairo_save(cr); /* the back of the head, seen when the face turns */
	cairo_scale(cr, 1.16, 1.50);
	cairo_arc(cr, 0, -0.10, 1, 0, 2 * M_PI);
	cairo_restore(cr);
	ink(cr, p->hair, 0.7, 1);
	cairo_fill(cr);
	cairo_restore(cr);
}

/* Long hair that hangs before the shoulders, beside the neck. */
void paint_hair_fall(cairo_t *cr, const struct portrait_person *p, const struct placement *at)
{
	struct rng r = { p->seed * 577u + 5 };

	cairo_scale(cr, p->width, p->length);
	cairo_translate(cr, turn(0.25, at->yaw), 0);
	for (int i = 0; i < 900; i++) {
		double s = i % 2 ? 1 : -1, t = rng_unit(&r);
		double c[8] = { s * (1.13 + 0.14 * t), 0.9 - 0.5 * rng_unit(&r),
				s * (1.12 + 0.24 * t), 1.4,
				s * (1.05 + 0.42 * t), 2.1,
				s * (1.02 + 0.50 * t), 2.6 + 0.9 * rng_unit(&r) };

		strand(cr, p, c, 0.014, &r);
	}
}
