#include <math.h>

#include "firmware/ui/draw.h"

/* Our own drawings. Each works in a unit space set by frame_begin(), so that lines scale along. */
static void frame_begin(struct canvas *c, struct rect r, double w, double h)
{
	double k = MIN(r.w / w, r.h / h);

	cairo_save(c->cr);
	cairo_translate(c->cr, r.x + (r.w - w * k) / 2, r.y + (r.h - h * k) / 2);
	cairo_scale(c->cr, k, k);
	cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
	cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
}

static void line(struct canvas *c, double x0, double y0, double x1, double y1, double width)
{
	cairo_set_line_width(c->cr, width);
	cairo_move_to(c->cr, x0, y0);
	cairo_line_to(c->cr, x1, y1);
	cairo_stroke(c->cr);
}

/* A card: a portrait, three lines, no real layout. */
static void card_face(struct canvas *c, struct rect r)
{
	double u = r.h / 10;

	fill_round(c, inset(r, u * 0.2), u, PAPER);
	stroke_round(c, r, u, u * 0.45, ACTION);
	set_ink(c, ACTION);
	line(c, r.x + 1.4 * u, r.y + 2.6 * u, r.x + 7.6 * u, r.y + 2.6 * u, u * 0.8);
	set_ink(c, RULE);
	line(c, r.x + 1.4 * u, r.y + 4.6 * u, r.x + 8.2 * u, r.y + 4.6 * u, u * 0.6);
	line(c, r.x + 1.4 * u, r.y + 6.3 * u, r.x + 6.4 * u, r.y + 6.3 * u, u * 0.6);
	line(c, r.x + 1.4 * u, r.y + 8.2 * u, r.x + 8.2 * u, r.y + 8.2 * u, u * 0.6);
	fill_round(c, (struct rect){ r.x + 10.2 * u, r.y + 1.6 * u, 4.2 * u, 5.4 * u }, u * 0.4,
		   ACTION_PALE);
	set_ink(c, ACTION);
	cairo_arc(c->cr, r.x + 12.3 * u, r.y + 3.6 * u, 1.05 * u, 0, 2 * M_PI);
	cairo_fill(c->cr);
	cairo_arc(c->cr, r.x + 12.3 * u, r.y + 7 * u, 1.7 * u, M_PI, 2 * M_PI);
	cairo_fill(c->cr);
}

void draw_card_reader(struct canvas *c, struct rect r)
{
	frame_begin(c, r, 240, 170);
	/* reader: a tray with its field */
	fill_round(c, (struct rect){ 24, 128, 192, 34 }, 12, INK);
	fill_round(c, (struct rect){ 40, 122, 160, 14 }, 7, INK_SOFT);
	set_ink(c, AMBER);
	cairo_arc(c->cr, 194, 147, 4.5, 0, 2 * M_PI);
	cairo_fill(c->cr);
	set_ink(c, FAINT);
	for (int i = 0; i < 2; i++) {
		cairo_set_line_width(c->cr, 4);
		cairo_arc(c->cr, 120, 152, 46 + i * 14, 1.32 * M_PI, 1.68 * M_PI);
		cairo_stroke(c->cr);
	}
	cairo_translate(c->cr, 120, 50);
	cairo_rotate(c->cr, -0.1);
	card_face(c, (struct rect){ -70, -42, 140, 86 });
	cairo_restore(c->cr);
	frame_begin(c, r, 240, 170);
	draw_arrow(c, 4, 218, 76, 34, ACTION);
	draw_arrow(c, 4, 22, 76, 34, ACTION);
	cairo_restore(c->cr);
}

void draw_document(struct canvas *c, struct rect r)
{
	frame_begin(c, r, 240, 170);
	fill_round(c, (struct rect){ 30, 26, 84, 118 }, 9, ACTION);
	set_ink(c, PAPER);
	cairo_set_line_width(c->cr, 5);
	cairo_arc(c->cr, 72, 74, 22, 0, 2 * M_PI);
	cairo_stroke(c->cr);
	line(c, 50, 74, 94, 74, 4);
	cairo_save(c->cr);
	cairo_translate(c->cr, 72, 74);
	cairo_scale(c->cr, 0.45, 1);
	cairo_arc(c->cr, 0, 0, 22, 0, 2 * M_PI);
	cairo_restore(c->cr);
	cairo_set_line_width(c->cr, 4);
	cairo_stroke(c->cr);
	line(c, 54, 118, 90, 118, 6);
	card_face(c, (struct rect){ 98, 66, 124, 78 });
	cairo_restore(c->cr);
}

void draw_lens(struct canvas *c, double cx, double cy, double r)
{
	cairo_save(c->cr);
	cairo_translate(c->cr, cx, cy);
	cairo_scale(c->cr, r, r);
	fill_round(c, (struct rect){ -1, -0.62, 2, 1.34 }, 0.2, INK);
	fill_round(c, (struct rect){ -0.42, -0.84, 0.84, 0.4 }, 0.12, INK);
	set_ink(c, PAPER);
	cairo_arc(c->cr, 0, 0.06, 0.56, 0, 2 * M_PI);
	cairo_fill(c->cr);
	set_ink(c, ACTION);
	cairo_arc(c->cr, 0, 0.06, 0.44, 0, 2 * M_PI);
	cairo_fill(c->cr);
	set_ink(c, INK);
	cairo_arc(c->cr, 0, 0.06, 0.24, 0, 2 * M_PI);
	cairo_fill(c->cr);
	set_ink(c, PAPER);
	cairo_arc(c->cr, -0.14, -0.1, 0.09, 0, 2 * M_PI);
	cairo_fill(c->cr);
	cairo_restore(c->cr);
}

void draw_seat(struct canvas *c, double cx, double cy, double r)
{
	cairo_save(c->cr);
	cairo_translate(c->cr, cx, cy);
	cairo_scale(c->cr, r, r);
	cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
	set_ink(c, INK);
	line(c, -0.42, -0.9, -0.42, 0.16, 0.2);
	line(c, -0.42, 0.16, 0.46, 0.16, 0.2);
	line(c, -0.42, 0.16, -0.5, 0.9, 0.16);
	line(c, 0.42, 0.16, 0.5, 0.9, 0.16);
	cairo_restore(c->cr);
	draw_arrow(c, 4, cx + r * 0.14, cy - r * 0.5, r * 0.72, ACTION);
}

/* Head and shoulders in the 480×640 frame of the 2017 image rule: crown at 82 px, eyes at 250,
 * face 215 wide — the middle of what the rule allows. */
static void head_path(struct canvas *c)
{
	cairo_save(c->cr);
	cairo_translate(c->cr, 240, 250);
	cairo_scale(c->cr, 116, 168);
	cairo_new_sub_path(c->cr);
	cairo_arc(c->cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_restore(c->cr);
}

static void shoulders_path(struct canvas *c)
{
	cairo_move_to(c->cr, 34, 640);
	cairo_curve_to(c->cr, 40, 540, 110, 520, 170, 496);
	cairo_curve_to(c->cr, 190, 486, 196, 470, 196, 446);
	cairo_move_to(c->cr, 284, 446);
	cairo_curve_to(c->cr, 284, 470, 290, 486, 310, 496);
	cairo_curve_to(c->cr, 370, 520, 440, 540, 446, 640);
}

void draw_outline(struct canvas *c, struct rect r, bool solid)
{
	static const uint32_t colours[] = {
		[OUTLINE_PLAIN] = PAPER, [OUTLINE_FINE] = GOOD, [OUTLINE_AMBER] = AMBER
	};
	const double dashes[] = { 26, 24 };

	frame_begin(c, r, 480, 640);
	head_path(c);
	shoulders_path(c);
	cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_BUTT);
	cairo_set_line_width(c->cr, 15);
	cairo_set_source_rgba(c->cr, 0.05, 0.1, 0.15, 0.5);
	cairo_stroke_preserve(c->cr);
	if (!solid && c->scene->outline != OUTLINE_FINE) /* not by colour alone */
		cairo_set_dash(c->cr, dashes, 2, 0);
	cairo_set_line_width(c->cr, 8);
	set_ink(c, colours[c->scene->outline]);
	cairo_stroke(c->cr);
	cairo_restore(c->cr);
}

/* Where no live picture is there yet: a quiet figure behind the outline. */
void draw_person(struct canvas *c, struct rect r)
{
	fill_rect(c, r, REST_PALE);
	frame_begin(c, r, 480, 640);
	set_ink(c, 0xb4c0cc);
	cairo_move_to(c->cr, 34, 640);
	cairo_curve_to(c->cr, 40, 540, 110, 520, 170, 496);
	cairo_curve_to(c->cr, 190, 486, 196, 470, 196, 400);
	cairo_line_to(c->cr, 284, 400);
	cairo_curve_to(c->cr, 284, 470, 290, 486, 310, 496);
	cairo_curve_to(c->cr, 370, 520, 440, 540, 446, 640);
	cairo_fill(c->cr);
	head_path(c);
	cairo_fill(c->cr);
	cairo_restore(c->cr);
}

void draw_image(struct canvas *c, const struct image *im, struct rect r, bool mirror)
{
	double k = MAX(r.w / im->width_px, r.h / im->height_px);
	cairo_surface_t *pixels =
		cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						    im->width_px, im->height_px, im->stride_bytes);

	cairo_save(c->cr);
	cairo_rectangle(c->cr, r.x, r.y, r.w, r.h);
	cairo_clip(c->cr);
	cairo_translate(c->cr, r.x + r.w / 2, r.y + r.h / 2);
	cairo_scale(c->cr, mirror ? -k : k, k);
	cairo_set_source_surface(c->cr, pixels, -im->width_px / 2.0, -im->height_px / 2.0);
	cairo_pattern_set_filter(cairo_get_source(c->cr),
				 k < 0.6 ? CAIRO_FILTER_GOOD : CAIRO_FILTER_BILINEAR);
	cairo_paint(c->cr);
	cairo_restore(c->cr);
	cairo_surface_destroy(pixels);
}

static void icon_reader(struct canvas *c)
{
	cairo_rectangle(c->cr, 3, 5, 18, 12);
	cairo_stroke(c->cr);
	line(c, 6, 9, 12, 9, 2);
	line(c, 6, 13, 10, 13, 2);
	line(c, 5, 21, 19, 21, 2);
}

/* cards one behind the other: the reader for those who wait */
static void icon_lane(struct canvas *c)
{
	cairo_rectangle(c->cr, 2, 10, 14, 10);
	cairo_move_to(c->cr, 6, 6);
	cairo_line_to(c->cr, 19, 6);
	cairo_line_to(c->cr, 19, 15);
	cairo_move_to(c->cr, 10, 2.5);
	cairo_line_to(c->cr, 22.5, 2.5);
	cairo_line_to(c->cr, 22.5, 11);
	cairo_stroke(c->cr);
}

static void icon_camera(struct canvas *c)
{
	cairo_rectangle(c->cr, 2, 7, 20, 13);
	cairo_move_to(c->cr, 8, 7);
	cairo_line_to(c->cr, 10, 4);
	cairo_line_to(c->cr, 14, 4);
	cairo_line_to(c->cr, 16, 7);
	cairo_new_sub_path(c->cr);
	cairo_arc(c->cr, 12, 13.5, 3.6, 0, 2 * M_PI);
	cairo_stroke(c->cr);
}

static void icon_disk(struct canvas *c)
{
	cairo_rectangle(c->cr, 3, 4, 18, 16);
	cairo_stroke(c->cr);
	line(c, 3, 14, 21, 14, 2);
	cairo_arc(c->cr, 17, 17, 1.2, 0, 2 * M_PI);
	cairo_fill(c->cr);
}

void draw_icon(struct canvas *c, enum icon what, struct rect r, uint32_t rgb)
{
	frame_begin(c, r, 24, 24);
	set_ink(c, rgb);
	cairo_set_line_width(c->cr, 2);
	switch (what) {
	case ICON_READER:
		icon_reader(c);
		break;
	case ICON_LANE:
		icon_lane(c);
		break;
	case ICON_CAMERA:
		icon_camera(c);
		break;
	case ICON_DISK:
		icon_disk(c);
		break;
	}
	cairo_restore(c->cr);
}

void draw_battery(struct canvas *c, struct rect r, int pct, uint32_t rgb)
{
	frame_begin(c, r, 26, 14);
	set_ink(c, rgb);
	cairo_set_line_width(c->cr, 2);
	cairo_rectangle(c->cr, 1, 2, 20, 10);
	cairo_stroke(c->cr);
	cairo_rectangle(c->cr, 22.5, 5, 2, 4);
	cairo_rectangle(c->cr, 3.5, 4.5, 15.0 * CLAMP(pct, 0, 100) / 100, 5);
	cairo_fill(c->cr);
	cairo_restore(c->cr);
}
