#include "firmware/ui/annotate.h"

#include <errno.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

enum { LABELS_MAX = 48, TRIES = 40 };

struct sheet {
	struct canvas c;
	double line; /* width of a stroke, from the size of the picture */
	struct rect taken[LABELS_MAX];
	int taken_count;
};

static uint32_t colour_of(enum mark_kind k)
{
	static const uint32_t colours[] = {
		[MARK_ZONE] = REST,	  [MARK_SEEN] = ACTION, [MARK_CROP] = PASS,
		[MARK_WARN] = AMBER_DEEP, [MARK_FAIL] = FAIL,
	};

	return colours[k];
}

/* Strokes lie on any picture: the light edge shows them on dark, the colour on light. */
static void stroke_twice(struct sheet *s, uint32_t rgb, bool dashed)
{
	const double dash[] = { 5 * s->line, 4 * s->line };
	cairo_t *cr = s->c.cr;

	cairo_set_dash(cr, dash, dashed ? 2 : 0, 0);
	set_ink(&s->c, PAPER);
	cairo_set_line_width(cr, 2.4 * s->line);
	cairo_stroke_preserve(cr);
	set_ink(&s->c, rgb);
	cairo_set_line_width(cr, 1.2 * s->line);
	cairo_stroke(cr);
	cairo_set_dash(cr, dash, 0, 0);
}

static void draw_mark(struct sheet *s, const struct mark *m)
{
	cairo_t *cr = s->c.cr;

	cairo_new_path(cr);
	if (m->shape == MARK_DOT) {
		cairo_arc(cr, m->x0, m->y0, 1.3 * s->line, 0, 2 * G_PI);
		set_ink(&s->c, PAPER);
		cairo_fill_preserve(cr);
		set_ink(&s->c, colour_of(m->kind));
		cairo_set_line_width(cr, s->line * 0.8);
		cairo_stroke(cr);
		return;
	}
	if (m->shape == MARK_BOX) {
		cairo_rectangle(cr, m->x0, m->y0, m->x1 - m->x0, m->y1 - m->y0);
	} else {
		cairo_move_to(cr, m->x0, m->y0);
		cairo_line_to(cr, m->x1, m->y1);
	}
	stroke_twice(s, colour_of(m->kind), m->dashed);
}

static bool overlap(const struct rect *a, const struct rect *b)
{
	return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

static bool is_free(const struct sheet *s, const struct rect *r)
{
	for (int i = 0; i < s->taken_count; i++)
		if (overlap(r, &s->taken[i]))
			return false;
	return true;
}

static void keep_inside(const struct sheet *s, struct rect *r)
{
	r->x = CLAMP(r->x, 0, MAX(s->c.area.w - r->w, 0));
	r->y = CLAMP(r->y, 0, MAX(s->c.area.h - r->h, 0));
}

/* At the mark's upper left corner, or below until there is room. */
static void draw_label(struct sheet *s, const struct mark *m)
{
	struct text_style st = { .em = 9 * s->line, .bold = true, .colour = PAPER };
	struct rect r = { m->x0, m->y0 - 14 * s->line, 0, 14 * s->line };

	if (!m->label[0])
		return;
	st.place = PLACE_MIDDLE;
	r.w = text_width(&s->c, &st, m->label) + 8 * s->line;
	keep_inside(s, &r);
	for (int i = 0; i < TRIES && !is_free(s, &r); i++) {
		r.y += r.h;
		keep_inside(s, &r);
	}
	if (s->taken_count < LABELS_MAX)
		s->taken[s->taken_count++] = r;
	fill_rect(&s->c, r, colour_of(m->kind));
	text_draw(&s->c, inset(r, 2 * s->line), &st, m->label);
}

static void draw_title(struct sheet *s, const char *title)
{
	struct rect r = { 0, 0, s->c.area.w, 26 * s->line };
	struct text_style st = {
		.em = 15 * s->line, .bold = true, .colour = PAPER, .place = PLACE_MIDDLE
	};

	fill_rect(&s->c, r, INK);
	s->taken[s->taken_count++] = r;
	text_draw(&s->c, inset(r, 4 * s->line), &st, title);
}

int ui_annotate(struct image *im, const struct mark *marks, int count, const char *title)
{
	struct sheet s = { .line = MAX(im->width_px, im->height_px) / 600.0 };
	cairo_surface_t *surface;
	bool broken;

	fonts_init();
	surface =
		cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						    im->width_px, im->height_px, im->stride_bytes);
	s.c.cr = cairo_create(surface);
	s.c.layout = text_layout_new(s.c.cr);
	s.c.area = (struct rect){ 0, 0, im->width_px, im->height_px };
	s.c.s = s.line;
	draw_title(&s, title);
	for (int i = 0; i < count; i++)
		draw_mark(&s, &marks[i]);
	for (int kind = MARK_FAIL; kind >= MARK_ZONE; kind--) /* what matters has its place first */
		for (int i = 0; i < count; i++)
			if ((int)marks[i].kind == kind)
				draw_label(&s, &marks[i]);
	broken = cairo_status(s.c.cr) != CAIRO_STATUS_SUCCESS;
	g_object_unref(s.c.layout);
	cairo_destroy(s.c.cr);
	cairo_surface_destroy(surface);
	return broken ? -ENOMEM : 0;
}
