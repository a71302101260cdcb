/* Marks over a photograph, for staff who ask why: boxes, lines, dots, labels. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/image.h"

enum mark_shape { MARK_BOX, MARK_LINE, MARK_DOT };
enum mark_kind { MARK_ZONE, MARK_SEEN, MARK_CROP, MARK_WARN, MARK_FAIL }; /* its colour */

struct mark { /* px of the image */
	enum mark_shape shape;
	enum mark_kind kind;
	bool dashed;
	double x0, y0, x1, y1; /* MARK_DOT: only x0, y0 */
	char label[96]; /* UTF-8, "" none */
};

/** ui_annotate() - draw @marks into @im, which nobody else holds, and @title over its top. Labels
 * make room for each other. Any thread that draws nothing else. Return: 0 or -ENOMEM. */
int ui_annotate(struct image *im, const struct mark *marks, int count, const char *title);
