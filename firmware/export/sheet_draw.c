/* One page, front and back, on any surface. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/export/paper_text.h"
#include "firmware/export/sheet_inside.h"

/* Millimetres. */
#define CAPTION_AIR  0.5 /* between picture and caption */
#define BACK_INSET   1.5
#define BACK_EM	     4.2
#define BACK_PITCH   1.5 /* em */
#define KEEP_EM	     2.4
#define HEADING_ROOM 11.0
#define HEADING_AWAY 5.5 /* beyond the cut marks */
#define HEADING_EM   2.8
#define EDGE	     3.0 /* what a lab may trim */

struct place {
	double x, y;
};

void sheet_frame_pdf(const struct sheet_job *j, struct sheet_frame *out)
{
	const struct sheet_spec *s = j->spec;
	double mm = 72 / 25.4;

	*out = (struct sheet_frame){ .unit = mm,
				     .page_w = j->layout.page_w_mm * mm,
				     .page_h = j->layout.page_h_mm * mm,
				     .left = j->layout.left_mm * mm,
				     .top = j->layout.top_mm * mm,
				     .photo_w = s->photo_w_mm * mm,
				     .photo_h = s->photo_h_mm * mm,
				     .caption = s->caption_mm * mm,
				     .gap = s->gap_mm * mm };
}

/* Whole pixels; the block is centred anew, so that no rounding lets pictures overlap. */
void sheet_frame_px(const struct sheet_job *j, struct sheet_frame *out)
{
	const struct sheet_spec *s = j->spec;
	const struct sheet_layout *l = &j->layout;
	int w = sheet_px(s->photo_w_mm), h = sheet_px(s->photo_h_mm);
	int caption = sheet_px(s->caption_mm), gap = sheet_px(s->gap_mm);
	int page_w = sheet_px(l->page_w_mm), page_h = sheet_px(l->page_h_mm);
	int block_w = l->columns * (w + gap) - gap, block_h = l->rows * (h + caption + gap) - gap;

	*out = (struct sheet_frame){ .unit = SHEET_DPI / 25.4,
				     .page_w = page_w,
				     .page_h = page_h,
				     .left = (page_w - block_w) / 2,
				     .top = (page_h - block_h) / 2,
				     .photo_w = w,
				     .photo_h = h,
				     .caption = caption,
				     .gap = gap,
				     .grid = true };
}

static struct place place_of(const struct sheet_job *j, const struct sheet_frame *f, int slot)
{
	int row = slot / j->layout.columns, column = slot % j->layout.columns;

	return (struct place){ f->left + column * (f->photo_w + f->gap),
			       f->top + row * (f->photo_h + f->caption + f->gap) };
}

/* Seen from behind. Turned over at its long edge, a page that is wider than high is turned top to
 * bottom, one that is higher than wide left to right. */
static struct place behind(const struct sheet_job *j, const struct sheet_frame *f, struct place at)
{
	bool wide = f->page_w >= f->page_h, top_to_bottom = wide == !j->spec->flip;

	if (top_to_bottom)
		at.y = f->page_h - at.y - f->photo_h;
	else
		at.x = f->page_w - at.x - f->photo_w;
	return at;
}

/* --- front ------------------------------------------------------------------------------------- */

static void paint(cairo_t *cr, const struct sheet_frame *f, struct place at,
		  cairo_surface_t *picture)
{
	double w = cairo_image_surface_get_width(picture);
	double h = cairo_image_surface_get_height(picture);

	cairo_save(cr);
	cairo_translate(cr, at.x, at.y);
	if (!f->grid)
		cairo_scale(cr, f->photo_w / w, f->photo_h / h);
	cairo_set_source_surface(cr, picture, 0, 0);
	cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
	cairo_rectangle(cr, 0, 0, w, h);
	cairo_fill(cr);
	cairo_restore(cr);
}

static void caption(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		    struct place at, const struct subject *s)
{
	const char *text = j->spec->caption;
	int lines = sheet_lines(text);
	double air = CAPTION_AIR * f->unit, h = lines ? (f->caption - air) / lines : 0;
	char line[512];

	cairo_set_source_rgb(cr, 0, 0, 0);
	for (int i = 0; i < lines; i++) {
		struct paper_box box = { .x = at.x + air,
					 .y = at.y + f->photo_h + air + i * h,
					 .w = f->photo_w - 2 * air,
					 .h = h,
					 .em = fmin(h / 1.15, 3.2 * f->unit),
					 .align = 0.5 };
		size_t bytes;
		const char *from = sheet_line(text, i, &bytes);

		sheet_expand(from, bytes, s, j->remap, line, sizeof(line));
		j->report->no_glyph += paper_text(cr, &box, line);
	}
}

/* Pictures follow each other in slots: the same piece is made into a surface once. */
static int pictures(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		    const struct sheet_page *page, sheet_surface_fn *surface)
{
	const struct sheet_piece *piece = NULL;
	cairo_surface_t *picture = NULL;

	for (int i = 0; i < page->count; i++) {
		if (page->slots[i].piece != piece) {
			cairo_surface_destroy(picture);
			piece = page->slots[i].piece;
			picture = surface(piece);
		}
		if (!picture)
			return -EBADMSG;
		paint(cr, f, place_of(j, f, i), picture);
	}
	cairo_surface_destroy(picture);
	return 0;
}

/* 上交 or 留存; where both are on a sheet, how many of each. */
static void group_text(const struct sheet_page *page, char *out, size_t size)
{
	const char *hand_in = text_get(LANG_ZH, "sheet.hand_in"),
		   *keep = text_get(LANG_ZH, "sheet.keep");
	int kept = 0;

	for (int i = 0; i < page->count; i++)
		kept += page->slots[i].keep;
	out[0] = '\0';
	if (page->group == GROUP_HAND_IN)
		snprintf(out, size, "  %s", hand_in);
	else if (page->group == GROUP_KEEP)
		snprintf(out, size, "  %s", keep);
	else if (kept && kept < page->count)
		snprintf(out, size, "  %s %d  %s %d", hand_in, page->count - kept, keep, kept);
}

/* Who it is; on a sheet of several people, from whom to whom. */
static void heading_text(const struct sheet_job *j, const struct sheet_page *page, char *out,
			 size_t size)
{
	const char *text = j->spec->heading;
	const struct subject *first = page->slots[0].s, *last = page->slots[page->count - 1].s;
	char from[256], to[256] = "", group[64], number[16];
	const struct text_arg args[] = { { "page", number }, { NULL, NULL } };

	sheet_expand(text, strlen(text), first, j->remap, from, sizeof(from));
	if (last != first)
		sheet_expand(text, strlen(text), last, j->remap, to, sizeof(to));
	group_text(page, group, sizeof(group));
	snprintf(number, sizeof(number), "%d", page->number);
	text_format(out, size, LANG_ZH, "sheet.page", args);
	snprintf(out + strlen(out), size - strlen(out), "%s  %s%s%s", group, from,
		 to[0] ? " — " : "", to);
}

/* In the widest margin, where a lab does not trim and no mark stands. */
static void heading(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		    const struct sheet_page *page)
{
	double mm = f->unit, em = HEADING_EM * mm, edge = EDGE * mm;
	bool side = f->left > f->top;
	double room = side ? f->left : f->top, length = side ? f->page_h : f->page_w;
	struct paper_box box = { .x = edge, .w = length - 2 * edge, .h = em, .em = em };
	char text[600];

	if (!j->spec->heading[0] || room < HEADING_ROOM * mm)
		return;
	heading_text(j, page, text, sizeof(text));
	cairo_save(cr);
	cairo_set_source_rgb(cr, 0, 0, 0);
	if (side) { /* from foot to head of the page, its own foot towards the pictures */
		cairo_translate(cr, 0, f->page_h);
		cairo_rotate(cr, -M_PI / 2);
	}
	box.y = room - HEADING_AWAY * mm - em;
	j->report->no_glyph += paper_text(cr, &box, text);
	cairo_restore(cr);
}

static void white(cairo_t *cr)
{
	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
}

int sheet_draw_front(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		     const struct sheet_page *page, sheet_surface_fn *surface)
{
	int rc;

	if (f->grid)
		white(cr);
	if (j->spec->marks)
		sheet_draw_marks(cr, j, f, page->count);
	rc = pictures(cr, j, f, page, surface);
	for (int i = 0; i < page->count && f->caption > 0; i++)
		caption(cr, j, f, place_of(j, f, i), page->slots[i].s);
	heading(cr, j, f, page);
	return rc;
}

/* --- back -------------------------------------------------------------------------------------- */

static void back_of(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		    struct place at, const struct sheet_slot *slot, bool mark_keep)
{
	const char *text = j->spec->back;
	double mm = f->unit, inset = BACK_INSET * mm, em = BACK_EM * mm, pitch = em * BACK_PITCH;
	double top = at.y + (f->photo_h - sheet_lines(text) * pitch) / 2;
	struct paper_box box = {
		.x = at.x + inset, .w = f->photo_w - 2 * inset, .h = pitch, .em = em, .align = 0.5
	};
	char line[512];

	for (int i = 0; i < sheet_lines(text); i++) {
		size_t bytes;
		const char *from = sheet_line(text, i, &bytes);

		box.y = top + i * pitch;
		sheet_expand(from, bytes, slot->s, j->remap, line, sizeof(line));
		j->report->no_glyph += paper_text(cr, &box, line);
	}
	if (!mark_keep || !slot->keep)
		return;
	box.h = box.em = KEEP_EM * mm;
	box.y = at.y + f->photo_h - inset - box.h;
	paper_text(cr, &box, text_get(LANG_ZH, "sheet.keep"));
}

void sheet_draw_back(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		     const struct sheet_page *page)
{
	bool both = j->spec->copies_hand_in && j->spec->copies_keep;

	if (f->grid)
		white(cr);
	cairo_set_source_rgb(cr, 0, 0, 0);
	for (int i = 0; i < page->count; i++)
		back_of(cr, j, f, behind(j, f, place_of(j, f, i)), &page->slots[i], both);
}
