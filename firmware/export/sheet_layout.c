/* How many photos fit on a sheet, and where. */
#include <errno.h>
#include <math.h>

#include "firmware/export/sheets.h"

/* A ten-thousandth of a millimetre: sums of 0.1 are not exact. */
#define HAIR 1e-4

int sheet_px(double mm)
{
	return (int)floor(mm * SHEET_DPI / 25.4 + 0.5);
}

static int along(double paper, double photo, const struct sheet_spec *s)
{
	double room = paper - 2 * s->margin_mm + s->gap_mm + HAIR;

	return room < photo + s->gap_mm ? 0 : (int)(room / (photo + s->gap_mm));
}

static void most(const struct sheet_spec *s, bool turned, struct sheet_layout *out)
{
	out->turned = turned;
	out->page_w_mm = turned ? s->paper_h_mm : s->paper_w_mm;
	out->page_h_mm = turned ? s->paper_w_mm : s->paper_h_mm;
	out->columns = along(out->page_w_mm, s->photo_w_mm, s);
	out->rows = along(out->page_h_mm, s->photo_h_mm + s->caption_mm, s);
	out->per_sheet = out->columns * out->rows;
}

static double block(int count, double photo, double gap)
{
	return count * photo + (count - 1) * gap;
}

static void centre(const struct sheet_spec *s, struct sheet_layout *l)
{
	l->left_mm = (l->page_w_mm - block(l->columns, s->photo_w_mm, s->gap_mm)) / 2;
	l->top_mm = (l->page_h_mm - block(l->rows, s->photo_h_mm + s->caption_mm, s->gap_mm)) / 2;
}

/* The smallest block that holds @wanted; of two equal ones that with more white at its edge. */
static void shrink(const struct sheet_spec *s, int wanted, struct sheet_layout *l)
{
	struct sheet_layout best = *l, try = *l;

	centre(s, &best);
	for (int columns = 1; columns <= l->columns; columns++) {
		int rows = (wanted + columns - 1) / columns, cells = columns * rows;
		int best_cells = best.columns * best.rows;

		if (rows > l->rows)
			continue;
		try.columns = columns;
		try.rows = rows;
		centre(s, &try);
		if (cells < best_cells ||
		    (cells == best_cells &&
		     fmin(try.left_mm, try.top_mm) > fmin(best.left_mm, best.top_mm)))
			best = try;
	}
	*l = best;
	l->per_sheet = wanted;
}

int sheet_layout(const struct sheet_spec *s, struct sheet_layout *out)
{
	struct sheet_layout turned;
	int wanted = s->per_sheet;

	most(s, false, out);
	most(s, true, &turned);
	if (s->turn && out->per_sheet < turned.per_sheet && (!wanted || out->per_sheet < wanted))
		*out = turned;
	if (!out->per_sheet || out->per_sheet < wanted || out->per_sheet > SHEET_SLOTS_MAX)
		return -ENOSPC;
	centre(s, out);
	if (wanted)
		shrink(s, wanted, out);
	return 0;
}
