/* Where a finished picture lies in its original. Private to the room. */
#pragma once

#include "firmware/check/measures.h"
#include "firmware/export/people.h"
#include "firmware/judge/preset.h"

/* What was measured of one original. */
struct crop_seen {
	struct check_measures m;
	int width_px, height_px;
	/* the crop that was on the screen, w 0 none, and for which preset */
	struct image_crop shown;
	char preset[32]; /* id/version */
};

/** crop_recorded() - from the record of its verdict. Return: false when it holds no face. */
bool crop_recorded(const char *measures_json, struct crop_seen *out);

/** crop_finished() - is the original itself the finished picture of @p? Pictures made elsewhere are
 * delivered byte for byte. */
bool crop_finished(const char *measures_json, const struct preset *p);

/** crop_for() - the crop of @p, or why there is none: a reason word ("face_small"), NULL: found. */
const char *crop_for(const struct crop_seen *seen, const struct preset *p, struct image_crop *out);
