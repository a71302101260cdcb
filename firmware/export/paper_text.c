#include "firmware/export/paper_text.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <stdbool.h>

#include "firmware/base/fonts.h"
#include "firmware/base/text.h"

/* Where the base line stands in a line as high as its em: Chinese glyphs fill their square. */
#define ASCENT 0.88
/* Of the size asked for; below it nobody reads the line anyway. */
#define SMALLEST 0.3
#define PITCH	 1.25

static PangoLayout *layout_new(cairo_t *cr)
{
	cairo_font_options_t *o = cairo_font_options_create();
	PangoLayout *l;

	fonts_init();
	l = pango_cairo_create_layout(cr);
	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(pango_layout_get_context(l), o);
	cairo_font_options_destroy(o);
	pango_context_set_language(pango_layout_get_context(l),
				   pango_language_from_string("zh-cn"));
	pango_context_set_round_glyph_positions(pango_layout_get_context(l), FALSE);
	pango_layout_set_single_paragraph_mode(l, TRUE);
	return l;
}

static void set_size(PangoLayout *l, double em)
{
	PangoFontDescription *d = pango_font_description_from_string("tapshot");

	pango_font_description_set_absolute_size(d, em * PANGO_SCALE);
	pango_layout_set_font_description(l, d);
	pango_font_description_free(d);
}

/* What the line covers from its origin to the right, ink and advance. */
static double width_of(PangoLayout *l)
{
	PangoRectangle ink, log;

	pango_layout_line_get_extents(pango_layout_get_line_readonly(l, 0), &ink, &log);
	return fmax(log.width, ink.x + ink.width) / PANGO_SCALE;
}

static double fit(PangoLayout *l, const struct paper_box *box)
{
	double em = fmin(box->em, box->h), least = em * SMALLEST;

	for (;;) {
		double w;

		set_size(l, em);
		w = width_of(l);
		if (w <= box->w)
			return em;
		if (em <= least)
			break;
		em = fmax(em * fmin(0.99, box->w / w), least);
	}
	pango_layout_set_width(l, (int)(box->w * PANGO_SCALE));
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	return em;
}

/* A cell may hold line ends and tabs. */
static void one_line(char *out, size_t size, const char *utf8)
{
	text_copy(out, size, utf8);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
}

int paper_text(cairo_t *cr, const struct paper_box *box, const char *utf8)
{
	PangoLayout *l;
	char line[1024];
	double em, w;
	int unknown;

	one_line(line, sizeof(line), utf8);
	if (!line[0] || box->w <= 0 || box->h <= 0)
		return 0;
	l = layout_new(cr);
	pango_layout_set_text(l, line, -1);
	em = fit(l, box);
	w = width_of(l);
	cairo_move_to(cr, box->x + (box->w - w) * box->align,
		      box->y + (box->h - em) / 2 + em * ASCENT);
	pango_cairo_show_layout_line(cr, pango_layout_get_line_readonly(l, 0));
	unknown = pango_layout_get_unknown_glyphs_count(l);
	g_object_unref(l);
	return unknown;
}

/* Wrapped at the box's width; smaller until it is @lines lines, at last cut. */
static double fit_block(PangoLayout *l, const struct paper_box *box, int lines)
{
	double em = box->em, least = em * SMALLEST;

	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_width(l, (int)(box->w * PANGO_SCALE));
	for (;;) {
		int count;

		set_size(l, em);
		count = pango_layout_get_line_count(l);
		if (count <= lines && count * em * PITCH <= box->h)
			return em;
		if (em <= least)
			break;
		em = fmax(em * 0.95, least);
	}
	pango_layout_set_height(l, -lines);
	pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
	return em;
}

double paper_block(cairo_t *cr, const struct paper_box *box, int lines, const char *utf8)
{
	PangoLayout *l;
	char text[1024];
	double em;
	int i = 0;

	one_line(text, sizeof(text), utf8);
	if (!text[0] || box->w <= 0 || box->h <= 0)
		return 0;
	l = layout_new(cr);
	pango_layout_set_text(l, text, -1);
	em = fit_block(l, box, lines);
	for (GSList *at = pango_layout_get_lines_readonly(l); at; at = at->next, i++) {
		cairo_move_to(cr, box->x, box->y + em * (i * PITCH + (PITCH - 1) / 2 + ASCENT));
		pango_cairo_show_layout_line(cr, at->data);
	}
	g_object_unref(l);
	return i * em * PITCH;
}
