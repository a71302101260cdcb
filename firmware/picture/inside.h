/* Inside of the room: an opened original. */
#pragma once

#include "firmware/base/jpeg.h"
#include "firmware/picture/linear.h"

struct picture {
	const uint8_t *data; /* borrowed */
	size_t bytes;
	struct jpeg_info info;
	int width_px, height_px; /* upright */
	struct linear *half; /* upright, 2×2 means; NULL when it can not be cut */
	struct image *reduced; /* upright; NULL: not asked for */
	int denominator;
};

/** picture_cause_of() - of a decoder's fault. */
enum picture_cause picture_cause_of(enum jpeg_fault fault);

/** picture_keep() - decode @p->data into half and reduced. */
enum picture_cause picture_keep(struct picture *p);

/** picture_window() - decode only @v (upright pixels, inside the picture); linear_free() *@out. */
enum picture_cause picture_window(const struct picture *p, const struct jpeg_window *v,
				  struct linear **out);
