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

struct framing_crop {
	double x, y, w, h; /* picture px */
	double px_per_px; /* finished px per picture px */
};

/**
 * framing_find() - the crop nearest to the limits' aim that obeys all windows
 * @crop: set for FRAMING_OK
 * @value, @limit: for the report, when it is not OK
 */
enum framing framing_find(const struct check_limits *l, const struct check_measures *m,
			  int width_px, int height_px, struct framing_crop *crop, double *value,
			  double *limit);
