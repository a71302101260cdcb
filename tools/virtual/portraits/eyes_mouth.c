#include <math.h>
#include <stdlib.h>

#include "tools/virtual/portraits/parts.h"

/* Half an eye opening: from the inner corner over the lid to the outer one. The origin of @cr is
 * the eye's centre, u away from the nose. */
static void lid(cairo_t *cr, double peak, int from_inner)
{
	double ends[2] = { -0.245, 0.245 }, tilt[2] = { 0.030, -0.012 };
	int a = from_inner ? 0 : 1, b = 1 - a;
	double s = a ? -1 : 1;

	cairo_curve_to(cr, ends[a] + s * 0.10, tilt[a] + peak * 1.15, ends[b] - s * 0.13,
		       tilt[b] + peak * 1.30, ends[b], tilt[b]);
}

static void opening(cairo_t *cr, double top, double low)
{
	cairo_move_to(cr, -0.245, 0.030);
	lid(cr, top, 1);
	lid(cr, low, 0);
	cairo_close_path(cr);
}

static void iris(cairo_t *cr, const struct portrait_person *p, double red)
{
	const double r = 0.112;

	cairo_arc(cr, 0, -0.012, r, 0, 2 * M_PI);
	ink(cr, p->iris, 0.45, 1);
	cairo_fill(cr);
	cairo_arc(cr, 0, -0.012, r * 0.86, 0, 2 * M_PI);
	ink(cr, p->iris, 1.25, 1);
	cairo_fill(cr);
	for (int i = 0; i < 48; i++) {
		double a = i * 2 * M_PI / 48;

		cairo_move_to(cr, 0.04 * cos(a), -0.012 + 0.04 * sin(a));
		cairo_line_to(cr, 0.095 * cos(a), -0.012 + 0.095 * sin(a));
		ink(cr, p->iris, i % 3 ? 0.7 : 1.9, 0.5);
		cairo_set_line_width(cr, 0.005);
		cairo_stroke(cr);
	}
	cairo_arc(cr, 0, -0.012, 0.046, 0, 2 * M_PI);
	ink(cr, 0x060505, 1, 1);
	cairo_fill(cr);
	if (red > 0)
		glow(cr, 0, -0.012, 0.085, 0.085, 0xe03020, 1, red);
}

/* A lid like a cushion in a darker socket; @k: how far it has come down, 0 … 1. */
static void lid_cushion(cairo_t *cr, const struct portrait_person *p, double k)
{
	opening(cr, -0.13, 0.085);
	ink(cr, p->skin, 0.86, k);
	cairo_fill(cr);
	glow(cr, 0, -0.085, 0.33, 0.09, p->skin, 0.50, 0.55 * k);
	glow(cr, -0.24, -0.01, 0.12, 0.13, p->skin, 0.45, 0.6 * k);
	glow(cr, 0.25, -0.01, 0.12, 0.11, p->skin, 0.5, 0.5 * k);
	glow(cr, 0.0, -0.005, 0.19, 0.06, p->skin, 1.12, 0.65 * k);
	glow(cr, 0, 0.11, 0.30, 0.06, p->skin, 0.50, 0.6 * k);
}

static void crease(cairo_t *cr, const struct portrait_person *p, double peak, double gain)
{
	cairo_move_to(cr, -0.235, -0.03);
	lid(cr, peak, 1);
	ink(cr, p->skin, gain, 0.6);
	cairo_set_line_width(cr, 0.015);
	cairo_stroke(cr);
}

/* The mirrors of the two lamps stay where they are when the eye looks aside; the canvas is mirrored
 * for one eye, which is undone. */
static void lamp_mirrors(cairo_t *cr, int side)
{
	for (int k = -1; k <= 1; k += 2)
		glow(cr, side * k * 0.042, -0.052, 0.026, 0.030, 0xffffff, 1, 1);
}

static void open_eye(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s,
		     int side)
{
	double open = s->eyes, aside = side * s->gaze * 0.49;
	double top = -0.125 * p->eye_height * open, low = 0.078 * open;

	if (open < 1)
		lid_cushion(cr, p, 1 - open);
	cairo_save(cr);
	opening(cr, top, low);
	ink(cr, 0xe9e3de, 1, 1);
	cairo_fill_preserve(cr);
	cairo_clip(cr);
	glow(cr, -0.22, 0.03, 0.07, 0.06, 0xb5655c, 1, 0.7);
	cairo_save(cr);
	cairo_translate(cr, aside, 0);
	iris(cr, p, s->red_eye);
	cairo_restore(cr);
	lamp_mirrors(cr, side);
	glow(cr, 0, top - 0.02, 0.34, 0.085, 0x1a100c, 1, 0.6); /* shade of the lid */
	glow(cr, 0.24, 0.0, 0.09, 0.1, 0x6a4a40, 1, 0.4);
	cairo_restore(cr);
	cairo_move_to(cr, -0.245, 0.030);
	lid(cr, low, 1);
	ink(cr, p->skin, 0.42, 0.75);
	cairo_set_line_width(cr, 0.014);
	cairo_stroke(cr);
	cairo_move_to(cr, -0.250, 0.032);
	lid(cr, top, 1);
	cairo_rel_line_to(cr, 0.02, 0.006);
	ink(cr, 0x120c0a, 1, 0.92);
	cairo_set_line_width(cr, 0.030);
	cairo_stroke(cr);
	crease(cr, p, open * (-0.125 * p->eye_height - 0.065) - 0.085 * (1 - open), 0.5);
}

static void lashes(cairo_t *cr)
{
	cairo_set_line_width(cr, 0.010);
	for (int i = -9; i <= 11; i++) {
		double t = i / 10.0, u = 0.22 * t, v = 0.075 - 0.065 * t * t;

		cairo_move_to(cr, u, v);
		cairo_rel_line_to(cr, 0.03 * t + 0.006, 0.034 - 0.008 * t);
		ink(cr, 0x120c0a, 1, 0.4);
		cairo_stroke(cr);
	}
}

static void closed_eye(cairo_t *cr, const struct portrait_person *p)
{
	lid_cushion(cr, p, 1);
	cairo_move_to(cr, -0.25, 0.020);
	lid(cr, 0.065, 1);
	ink(cr, 0x150d0b, 1, 0.95);
	cairo_set_line_width(cr, 0.034);
	cairo_stroke(cr);
	lashes(cr);
	crease(cr, p, -0.085, 0.42);
}

void paint_eyes(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s)
{
	for (int side = -1; side <= 1; side += 2) {
		cairo_save(cr);
		cairo_translate(cr, side * 0.5, 0);
		cairo_scale(cr, side, 1);
		if (s->eyes > 0.1)
			open_eye(cr, p, s, side);
		else
			closed_eye(cr, p);
		cairo_restore(cr);
	}
}

static void upper_lip(cairo_t *cr, double h, double line)
{
	cairo_move_to(cr, -0.40, 1.165);
	cairo_curve_to(cr, -0.26, 1.15 - 0.06 * h, -0.13, 1.155 - 0.13 * h, -0.06,
		       1.155 - 0.12 * h);
	cairo_curve_to(cr, -0.03, 1.155 - 0.10 * h, 0.03, 1.155 - 0.10 * h, 0.06, 1.155 - 0.12 * h);
	cairo_curve_to(cr, 0.13, 1.155 - 0.13 * h, 0.26, 1.15 - 0.06 * h, 0.40, 1.165);
	cairo_curve_to(cr, 0.22, line, -0.22, line, -0.40, 1.165);
	cairo_close_path(cr);
}

static void lower_lip(cairo_t *cr, double h, double line, double drop)
{
	cairo_move_to(cr, -0.40, 1.165);
	cairo_curve_to(cr, -0.22, line + drop, 0.22, line + drop, 0.40, 1.165);
	cairo_curve_to(cr, 0.26, 1.165 + drop + 0.20 * h, -0.26, 1.165 + drop + 0.20 * h, -0.40,
		       1.165);
	cairo_close_path(cr);
}

static void inside_mouth(cairo_t *cr, double line, double drop, double teeth)
{
	cairo_move_to(cr, -0.39, 1.165);
	cairo_curve_to(cr, -0.22, line, 0.22, line, 0.39, 1.165);
	cairo_curve_to(cr, 0.22, line + drop, -0.22, line + drop, -0.39, 1.165);
	cairo_close_path(cr);
	ink(cr, 0x2a0c0c, 1, 1);
	cairo_fill_preserve(cr);
	cairo_save(cr);
	cairo_clip(cr);
	if (teeth > 0) {
		ink(cr, 0xe4dccd, 1, 1);
		cairo_paint(cr);
	}
	glow(cr, 0, 1.19 + drop * 0.7, 0.26, 0.12, 0x9a4444, 1, teeth > 0 ? 0 : 0.8);
	for (int i = -4; i < 4; i++) {
		cairo_rectangle(cr, i * 0.075 + 0.004, 1.10, 0.069, 0.115 - 0.006 * i * i / 2);
		ink(cr, 0xece4d6, 1 - 0.03 * abs(i), 1);
		cairo_fill(cr);
	}
	cairo_restore(cr);
}

void paint_mouth(cairo_t *cr, const struct portrait_person *p, double open, double teeth)
{
	double h = p->lip_height, drop = 0.36 * open + 0.13 * teeth, line = 1.175;

	if (drop > 0)
		inside_mouth(cr, line, drop, teeth);
	upper_lip(cr, h, line);
	ink(cr, p->lips, 0.86, 0.92);
	cairo_fill(cr);
	lower_lip(cr, h, line, drop);
	ink(cr, p->lips, 1.03, 0.88);
	cairo_fill(cr);
	glow(cr, 0, 1.235 + drop * 0.85, 0.17, 0.035, 0xffffff, 1, 0.16);
	if (drop > 0)
		return;
	cairo_move_to(cr, -0.41, 1.163);
	cairo_curve_to(cr, -0.22, line, 0.22, line, 0.41, 1.163);
	ink(cr, p->lips, 0.36, 0.9);
	cairo_set_line_width(cr, 0.018);
	cairo_stroke(cr);
}
