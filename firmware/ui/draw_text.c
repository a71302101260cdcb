#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/* Fonts say how tall a line is very differently (Noto CJK: 1.45 em). Lines are placed by our own
 * pitch, so that a rare character from another font does not move the rest. */
#define PITCH  1.24
#define ASCENT 0.88

PangoLayout *text_layout_new(cairo_t *cr)
{
	cairo_font_options_t *o = cairo_font_options_create();
	PangoLayout *l = pango_cairo_create_layout(cr);
	PangoContext *context = pango_layout_get_context(l);

	cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
	cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_SLIGHT);
	cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
	pango_cairo_context_set_font_options(context, o);
	cairo_font_options_destroy(o);
	/* The same code points look different in Chinese, Japanese and Korean fonts. */
	pango_context_set_language(context, pango_language_from_string("zh-cn"));
	pango_context_set_round_glyph_positions(context, FALSE);
	pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
	return l;
}

const char *tr(const struct canvas *c, const char *id)
{
	return text_get(c->lang, id);
}

const char *name_text(const char *name, char out[static 256])
{
	size_t at = 0;

	for (; *name && at < 248; name++) {
		if (!strncmp(name, "·", 2)) {
			memcpy(out + at, "\u2060", 3); /* word joiner */
			at += 3;
		}
		out[at++] = *name;
	}
	out[at] = '\0';
	return out;
}

/* Lay the text out at @em; returns the widest line. @wrap_w < 0: only at newlines. */
static double lay_out(struct canvas *c, const char *utf8, double em, bool bold, double wrap_w)
{
	PangoFontDescription *d = pango_font_description_from_string("tapshot");
	double widest = 0;

	pango_font_description_set_weight(d, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_font_description_set_absolute_size(d, em * PANGO_SCALE);
	pango_layout_set_font_description(c->layout, d);
	pango_font_description_free(d);
	pango_layout_set_width(c->layout, wrap_w < 0 ? -1 : (int)(wrap_w * PANGO_SCALE));
	pango_layout_set_ellipsize(c->layout, PANGO_ELLIPSIZE_NONE);
	pango_layout_set_text(c->layout, utf8, -1);
	for (GSList *l = pango_layout_get_lines_readonly(c->layout); l; l = l->next) {
		PangoRectangle r;

		pango_layout_line_get_extents(l->data, NULL, &r);
		widest = MAX(widest, (double)r.width / PANGO_SCALE);
	}
	return widest;
}

static double block_height(double em, int lines)
{
	return em * (1 + (lines - 1) * PITCH);
}

static void unite(struct rect *all, struct rect r)
{
	double right = MAX(all->x + all->w, r.x + r.w), bottom = MAX(all->y + all->h, r.y + r.h);

	if (all->w <= 0) {
		*all = r;
		return;
	}
	all->x = MIN(all->x, r.x);
	all->y = MIN(all->y, r.y);
	all->w = right - all->x;
	all->h = bottom - all->y;
}

/* Show the lines of the layout; returns what they cover. */
static struct rect show_lines(struct canvas *c, struct rect box, double em,
			      const struct text_style *st)
{
	int i = 0, lines = pango_layout_get_line_count(c->layout);
	double top = box.y + (box.h - block_height(em, lines)) * st->place / 2;
	struct rect all = { 0, 0, 0, 0 };

	set_ink(c, st->colour);
	for (GSList *l = pango_layout_get_lines_readonly(c->layout); l; l = l->next, i++) {
		PangoRectangle in, log;
		double x, y = top + em * (ASCENT + i * PITCH);

		pango_layout_line_get_extents(l->data, &in, &log);
		x = box.x + (box.w - (double)log.width / PANGO_SCALE) * st->align / 2;
		cairo_move_to(c->cr, x, y);
		pango_cairo_show_layout_line(c->cr, l->data);
		unite(&all,
		      (struct rect){ x + (double)in.x / PANGO_SCALE, y + (double)in.y / PANGO_SCALE,
				     (double)in.width / PANGO_SCALE,
				     (double)in.height / PANGO_SCALE });
	}
	return all;
}

static void mark(struct canvas *c, struct rect box, struct rect covered, double em, bool cut,
		 enum text_role role, const char *utf8)
{
	struct text_mark *m;

	if (!c->probe || c->probe->count == PROBE_MAX)
		return;
	m = &c->probe->marks[c->probe->count++];
	*m = (struct text_mark){
		.view = c->view, .role = role, .box = box, .ink = covered, .em = em, .cut = cut
	};
	m->lines = pango_layout_get_line_count(c->layout);
	m->missing_glyphs = pango_layout_get_unknown_glyphs_count(c->layout);
	text_copy(m->text, sizeof(m->text), utf8);
}

/* The largest size down to the floor at which the text fits; leaves the layout at it. */
static double fit(struct canvas *c, struct rect box, const struct text_style *st, const char *utf8,
		  bool *fits)
{
	double floor_em = st->min_em > 0 ? st->min_em : st->em * 0.6, em = st->em;
	int most = MAX(st->lines, 1);

	for (;;) {
		double w = lay_out(c, utf8, em, st->bold, most > 1 ? box.w : -1);
		int lines = pango_layout_get_line_count(c->layout);

		*fits = lines <= most && w <= box.w + 0.5 && block_height(em, lines) <= box.h + 0.5;
		if (*fits || em <= floor_em)
			return em;
		em = most == 1 && w > box.w ? em * MIN(0.99, box.w / w) : em * 0.95;
		em = MAX(em, floor_em);
	}
}

double text_draw(struct canvas *c, struct rect box, const struct text_style *st, const char *utf8)
{
	struct rect covered;
	bool fits;
	double em;

	if (!utf8[0] || box.w <= 0)
		return 0;
	em = fit(c, box, st, utf8, &fits);
	if (!fits) { /* last resort, and the tests' alarm */
		pango_layout_set_width(c->layout, (int)(box.w * PANGO_SCALE));
		pango_layout_set_height(c->layout, -MAX(st->lines, 1));
		pango_layout_set_ellipsize(c->layout, PANGO_ELLIPSIZE_END);
	}
	covered = show_lines(c, box, em, st);
	mark(c, box, covered, em, !fits, st->role, utf8);
	return block_height(em, pango_layout_get_line_count(c->layout));
}

double text_width(struct canvas *c, const struct text_style *st, const char *utf8)
{
	return utf8[0] ? lay_out(c, utf8, st->em, st->bold, -1) : 0;
}

/* --- the student's sentence ---------------------------------------------------------------------
 * Broken where a person would: after a comma or a middle dot, at spaces, and only if there is none
 * of them between any two Chinese characters; lines about equally long. */

enum { BREAKS_MAX = 40 };

static bool breaks_after(const char *p, size_t n)
{
	return (n == 3 && (!memcmp(p, "，", 3) || !memcmp(p, "：", 3))) || *p == ' ';
}

/* Byte offsets after which a line may end. */
static int find_breaks(const char *utf8, bool anywhere, size_t *out)
{
	int count = 0;

	for (const char *p = utf8; *p && count < BREAKS_MAX;) {
		size_t n = (size_t)(g_utf8_next_char(p) - p);

		if (p[n] && (breaks_after(p, n) || (anywhere && n == 3 && (p[n] & 0x80))))
			out[count++] = (size_t)(p - utf8) + n;
		p += n;
	}
	return count;
}

/* Copy a piece without the separators at its ends. */
static size_t put_piece(char *out, const char *from, size_t n)
{
	while (n && (*from == ' ' || !strncmp(from, "·", 2))) {
		size_t skip = *from == ' ' ? 1 : 2;

		from += skip;
		n -= skip;
	}
	for (;;) {
		if (n && from[n - 1] == ' ')
			n--;
		else if (n > 2 && !strncmp(from + n - 2, "·", 2))
			n -= 2;
		else if (n > 3 && !strncmp(from + n - 3, "，", 3))
			n -= 3;
		else
			break;
	}
	memcpy(out, from, n);
	out[n] = '\0';
	return n;
}

static double piece_width(struct canvas *c, const char *from, size_t n)
{
	char piece[256];

	put_piece(piece, from, n);
	return lay_out(c, piece, 100, true, -1);
}

static void join(char *out, const char *utf8, const size_t *cuts, int count)
{
	size_t at = 0, from = 0;

	for (int i = 0; i <= count; i++) {
		size_t to = i < count ? cuts[i] : strlen(utf8);

		at += put_piece(out + at, utf8 + from, to - from);
		if (i < count)
			out[at++] = '\n';
		from = to;
	}
	out[at] = '\0';
}

/* Best breaks for @lines lines; returns the widest line at 100 px, a huge number when impossible.
 */
static double balance(struct canvas *c, const char *utf8, const size_t *b, int count, int lines,
		      size_t cuts[static 2])
{
	size_t len = strlen(utf8);
	double best = 1e9, cheapest = 1e9;

	if (lines == 1)
		return piece_width(c, utf8, len);
	for (int i = 0; i < count; i++) {
		double head = piece_width(c, utf8, b[i]);

		for (int k = lines == 2 ? i : i + 1; k < (lines == 2 ? i + 1 : count); k++) {
			double mid = lines == 2 ? 0 : piece_width(c, utf8 + b[i], b[k] - b[i]);
			double w = MAX(MAX(head, mid), piece_width(c, utf8 + b[k], len - b[k]));

			/* after a comma reads better: worth a little size */
			double cost = b[i] > 1 && utf8[b[i] - 2] == ',' ? w * 0.83 : w;

			if (cost < cheapest) {
				cheapest = cost;
				best = w;
				cuts[0] = b[i];
				cuts[1] = b[k];
			}
		}
	}
	return best;
}

/* Try one to three lines; fills @out with the text to set and returns its size. */
static double best_setting(struct canvas *c, struct rect box, double em_max, const char *utf8,
			   const size_t *breaks, int count, char *out)
{
	double best = 0;

	for (int lines = 1; lines <= 3; lines++) {
		size_t cuts[2] = { 0, 0 };
		double w = balance(c, utf8, breaks, count, lines, cuts);
		double em = MIN(em_max,
				MIN(100 * box.w / MAX(w, 1), box.h / (1 + (lines - 1) * PITCH)));

		if (em > best * 1.08) {
			best = em;
			join(out, utf8, cuts, lines - 1);
		}
	}
	return best;
}

void text_prompt(struct canvas *c, struct rect box, double em_max, uint32_t colour,
		 const char *utf8)
{
	struct text_style st = { .bold = true,
				 .colour = colour,
				 .align = ALIGN_CENTRE,
				 .place = PLACE_MIDDLE,
				 .role = ROLE_PROMPT };
	size_t breaks[BREAKS_MAX];
	char text[256], set[272];
	int count;
	double em;

	text_copy(text, sizeof(text) - 16, utf8);
	if (!text[0])
		return;
	count = find_breaks(text, false, breaks);
	em = best_setting(c, box, em_max, text, breaks, count, set);
	if (em < em_max * 0.6) { /* no good place to break: break anywhere */
		count = find_breaks(text, true, breaks);
		em = best_setting(c, box, em_max, text, breaks, count, set);
	}
	lay_out(c, set, em, true, -1);
	mark(c, box, show_lines(c, box, em, &st), em, false, ROLE_PROMPT, utf8);
}
