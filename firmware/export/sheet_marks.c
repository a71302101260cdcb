/* Cut marks: ticks around the block at every edge of a picture, a thin line in the middle of a gap.
 * None touches a picture. */
#include <math.h>

#include "firmware/export/sheet_inside.h"

/* Millimetres. */
#define TICK_AWAY   0.7 /* from the block */
#define TICK_LENGTH 4.0
#define TICK_LEAST  0.3
#define LINE	    0.1
#define GAP_LEAST   0.3 /* a line in it keeps away from both pictures */

struct pen {
	cairo_t *cr;
	double width; /* of a line */
	bool grid; /* fill whole pixels */
};

static void stroke(const struct pen *p, double x, double y, double w, double h)
{
	if (p->grid) {
		double right = floor(x + w), bottom = floor(y + h);

		x = floor(x);
		y = floor(y);
		w = fmax(right - x, 1);
		h = fmax(bottom - y, 1);
	}
	cairo_rectangle(p->cr, x, y, w, h);
	cairo_fill(p->cr);
}

static double middle(const struct pen *p, double at)
{
	return p->grid ? floor(at - p->width / 2 + 0.5) : at - p->width / 2;
}

/* One axis: cells of @photo + @extra, @gap between them, from @start on a page @page long. */
struct axis {
	double page, start, photo, extra, gap;
	int cells;
};

static double end_of(const struct axis *a)
{
	return a->start + a->cells * (a->photo + a->extra + a->gap) - a->gap;
}

/* A tick and its twin on both sides of the block across the axis. */
static void ticks_at(const struct pen *p, const struct axis *across, double mm, double at,
		     bool upright)
{
	double end = end_of(across), before = across->start, after = across->page - end;

	for (int side = 0; side < 2; side++) {
		double room = side ? after : before;
		double away = room - TICK_AWAY * mm < TICK_LEAST * mm ? room / 3 : TICK_AWAY * mm;
		double length = fmin(TICK_LENGTH * mm, room - away);
		double from = side ? end + away : before - away - length;

		if (length < TICK_LEAST * mm)
			continue;
		if (upright)
			stroke(p, middle(p, at), from, p->width, length);
		else
			stroke(p, from, middle(p, at), length, p->width);
	}
}

static void ticks(const struct pen *p, const struct axis *along, const struct axis *across,
		  double mm, bool upright)
{
	double step = along->photo + along->extra + along->gap;

	for (int i = 0; i < along->cells; i++) {
		double at = along->start + i * step;

		ticks_at(p, across, mm, at, upright);
		ticks_at(p, across, mm, at + along->photo, upright);
	}
}

static void gap_lines(const struct pen *p, const struct axis *along, const struct axis *across,
		      double mm, bool upright)
{
	double step = along->photo + along->extra + along->gap;
	double length = end_of(across) - across->start;

	for (int i = 1; i < along->cells && along->gap >= GAP_LEAST * mm; i++) {
		double at = middle(p, along->start + i * step - along->gap / 2);

		if (upright)
			stroke(p, at, across->start, p->width, length);
		else
			stroke(p, across->start, at, length, p->width);
	}
}

void sheet_draw_marks(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		      int count)
{
	int columns = count < j->layout.columns ? count : j->layout.columns;
	int rows = (count + j->layout.columns - 1) / j->layout.columns;
	struct axis x = { f->page_w, f->left, f->photo_w, 0, f->gap, columns };
	struct axis y = { f->page_h, f->top, f->photo_h, f->caption, f->gap, rows };
	struct pen pen = { cr, f->grid ? 1 : LINE * f->unit, f->grid };

	cairo_set_source_rgb(cr, 0, 0, 0);
	ticks(&pen, &x, &y, f->unit, true);
	ticks(&pen, &y, &x, f->unit, false);
	cairo_set_source_rgb(cr, 0.6, 0.6, 0.6);
	gap_lines(&pen, &x, &y, f->unit, true);
	gap_lines(&pen, &y, &x, f->unit, false);
}
