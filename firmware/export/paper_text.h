/* Text on paper, in the program's own fonts. */
#pragma once

#include <cairo.h>

struct paper_box {
	double x, y, w, h; /* units of the surface */
	double em; /* size at most; less until the line fits */
	double align; /* 0 left, 0.5 centre, 1 right */
};

/** paper_text() - never beyond the box: smaller, at last cut with an ellipsis
 * Return: characters no font has. */
int paper_text(cairo_t *cr, const struct paper_box *box, const char *utf8);

/** paper_block() - the same on at most @lines lines from the box's top
 * Return: the height it took. */
double paper_block(cairo_t *cr, const struct paper_box *box, int lines, const char *utf8);
