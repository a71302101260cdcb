#include <math.h>

#include "firmware/ui/draw.h"

void set_ink(struct canvas *c, uint32_t rgb)
{
	cairo_set_source_rgb(c->cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0,
			     (rgb & 255) / 255.0);
}

void fill_rect(struct canvas *c, struct rect r, uint32_t rgb)
{
	set_ink(c, rgb);
	cairo_rectangle(c->cr, r.x, r.y, r.w, r.h);
	cairo_fill(c->cr);
}

void round_path(struct canvas *c, struct rect r, double radius)
{
	double k = MIN(radius, MIN(r.w, r.h) / 2);

	cairo_new_sub_path(c->cr);
	cairo_arc(c->cr, r.x + r.w - k, r.y + k, k, -M_PI / 2, 0);
	cairo_arc(c->cr, r.x + r.w - k, r.y + r.h - k, k, 0, M_PI / 2);
	cairo_arc(c->cr, r.x + k, r.y + r.h - k, k, M_PI / 2, M_PI);
	cairo_arc(c->cr, r.x + k, r.y + k, k, M_PI, 3 * M_PI / 2);
	cairo_close_path(c->cr);
}

void fill_round(struct canvas *c, struct rect r, double radius, uint32_t rgb)
{
	set_ink(c, rgb);
	round_path(c, r, radius);
	cairo_fill(c->cr);
}

void stroke_round(struct canvas *c, struct rect r, double radius, double width, uint32_t rgb)
{
	set_ink(c, rgb);
	cairo_set_line_width(c->cr, width);
	round_path(c, inset(r, width / 2), radius);
	cairo_stroke(c->cr);
}

struct rect inset(struct rect r, double by)
{
	return (struct rect){ r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by };
}

struct rect cut_top(struct rect *r, double h)
{
	struct rect out = { r->x, r->y, r->w, h };

	r->y += h;
	r->h -= h;
	return out;
}

struct rect cut_bottom(struct rect *r, double h)
{
	r->h -= h;
	return (struct rect){ r->x, r->y + r->h, r->w, h };
}

struct rect cut_left(struct rect *r, double w)
{
	struct rect out = { r->x, r->y, w, r->h };

	r->x += w;
	r->w -= w;
	return out;
}

struct rect cut_right(struct rect *r, double w)
{
	r->w -= w;
	return (struct rect){ r->x + r->w, r->y, w, r->h };
}

static void line_style(struct canvas *c, double width)
{
	cairo_set_line_width(c->cr, width);
	cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
}

/* Signs are drawn in a box of −1…1 around the disc's centre. */
static void sign_tick(struct canvas *c)
{
	line_style(c, 0.2);
	cairo_move_to(c->cr, -0.48, 0.04);
	cairo_line_to(c->cr, -0.14, 0.38);
	cairo_line_to(c->cr, 0.5, -0.34);
	cairo_stroke(c->cr);
}

static void sign_return(struct canvas *c)
{
	line_style(c, 0.18);
	cairo_arc(c->cr, 0, 0.06, 0.46, -0.35 * M_PI, 1.2 * M_PI);
	cairo_stroke(c->cr);
	cairo_save(c->cr);
	cairo_translate(c->cr, 0.46 * cos(-0.35 * M_PI), 0.06 + 0.46 * sin(-0.35 * M_PI));
	cairo_rotate(c->cr, -0.35 * M_PI);
	cairo_move_to(c->cr, -0.27, 0.04);
	cairo_line_to(c->cr, 0.27, 0.04);
	cairo_line_to(c->cr, 0, -0.34);
	cairo_close_path(c->cr);
	cairo_fill(c->cr);
	cairo_restore(c->cr);
}

static void sign_bars(struct canvas *c, enum symbol what)
{
	line_style(c, 0.22);
	if (what == SYM_PAUSE) {
		for (int side = -1; side <= 1; side += 2) {
			cairo_move_to(c->cr, side * 0.24, -0.38);
			cairo_line_to(c->cr, side * 0.24, 0.38);
		}
	} else {
		cairo_move_to(c->cr, -0.44, 0);
		cairo_line_to(c->cr, 0.44, 0);
	}
	cairo_stroke(c->cr);
}

static void sign_cross(struct canvas *c)
{
	line_style(c, 0.2);
	for (int side = -1; side <= 1; side += 2) {
		cairo_move_to(c->cr, -0.34, side * -0.34);
		cairo_line_to(c->cr, 0.34, side * 0.34);
	}
	cairo_stroke(c->cr);
}

static void sign_dots(struct canvas *c)
{
	for (int i = -1; i <= 1; i++) {
		cairo_arc(c->cr, i * 0.42, 0, 0.14, 0, 2 * M_PI);
		cairo_fill(c->cr);
	}
}

static void sign_alert(struct canvas *c)
{
	line_style(c, 0.2);
	cairo_move_to(c->cr, 0, -0.26);
	cairo_line_to(c->cr, 0, 0.22);
	cairo_stroke(c->cr);
	cairo_arc(c->cr, 0, 0.56, 0.12, 0, 2 * M_PI);
	cairo_fill(c->cr);
}

static void sign(struct canvas *c, enum symbol what)
{
	switch (what) {
	case SYM_TICK:
		sign_tick(c);
		return;
	case SYM_RETURN:
		sign_return(c);
		return;
	case SYM_DASH:
	case SYM_PAUSE:
		sign_bars(c, what);
		return;
	case SYM_ALERT:
		sign_alert(c);
		return;
	case SYM_DOTS:
		sign_dots(c);
		return;
	case SYM_CROSS:
		sign_cross(c);
		return;
	}
}

void draw_symbol(struct canvas *c, enum symbol what, double cx, double cy, double r,
		 uint32_t ground, uint32_t mark)
{
	cairo_save(c->cr);
	cairo_translate(c->cr, cx, cy);
	cairo_scale(c->cr, r, r);
	set_ink(c, ground);
	if (what == SYM_ALERT) {
		line_style(c, 0.3);
		/* begins in the middle of a side, as in draw_arrow() */
		cairo_move_to(c->cr, 0, 0.75);
		cairo_line_to(c->cr, -0.85, 0.75);
		cairo_line_to(c->cr, 0, -0.8);
		cairo_line_to(c->cr, 0.85, 0.75);
		cairo_close_path(c->cr);
		cairo_stroke_preserve(c->cr);
	} else {
		cairo_arc(c->cr, 0, 0, 1, 0, 2 * M_PI);
	}
	cairo_fill(c->cr);
	set_ink(c, mark);
	sign(c, what);
	cairo_restore(c->cr);
}

void draw_arrow(struct canvas *c, int direction, double cx, double cy, double size, uint32_t rgb)
{
	static const double turn[] = { 0, M_PI, 0, -M_PI / 2, M_PI / 2 };

	if (direction < 1 || direction > 4)
		return;
	cairo_save(c->cr);
	cairo_translate(c->cr, cx, cy);
	cairo_rotate(c->cr, turn[direction]);
	cairo_scale(c->cr, size / 2, size / 2);
	set_ink(c, rgb);
	line_style(c, 0.16);
	/* never begin at a corner: the join where a path closes comes out flat */
	cairo_move_to(c->cr, -0.88, 0);
	cairo_line_to(c->cr, -0.88, -0.34);
	cairo_line_to(c->cr, 0.02, -0.34);
	cairo_line_to(c->cr, 0.02, -0.78);
	cairo_line_to(c->cr, 0.88, 0);
	cairo_line_to(c->cr, 0.02, 0.78);
	cairo_line_to(c->cr, 0.02, 0.34);
	cairo_line_to(c->cr, -0.88, 0.34);
	cairo_close_path(c->cr);
	cairo_fill_preserve(c->cr);
	cairo_stroke(c->cr);
	cairo_restore(c->cr);
}
