/* Can the finished picture be cut from the frame, without inventing pixels? */
#pragma once

#include "firmware/check/limits.h"
#include "firmware/check/measures.h"

enum framing {
	FRAMING_OK,
	FRAMING_CUT_OFF,
	FRAMING_SMALL, /* value: face width, picture px */
	FRAMING_LARGE,
	FRAMING_HIGH, /* value: what is missing above, finished px */
	FRAMING_LOW, /* below */
	FRAMING_LEFT, /* at the left of the picture */
	FRAMING_RIGHT,
};

/**
 * framing_find() - the crop nearest to the window's aims that obeys it
 * @crop: set for FRAMING_OK: inside the picture, sides in the proportion of the finished picture
 *	within 1/16 px
 * @value, @limit: for the report, when it is not OK
 */
enum framing framing_find(const struct check_window *w, const struct check_measures *m,
			  int width_px, int height_px, struct image_crop *crop, double *value,
			  double *limit);

/**
 * framing_whole() - does a finished picture, @width_px wide, obey the windows as it is?
 * Hair and cheeks are measured within some pixels, and nobody can move this frame any more: beyond a
 * window is a warning, beyond it by half its span a failure.
 * @level: set for anything but FRAMING_OK
 */
enum framing framing_whole(const struct check_window *w, const struct check_measures *m,
			   int width_px, enum check_level *level, double *value, double *limit);
