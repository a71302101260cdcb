/* Where in the picture a finding is to be looked at, and the zones the measures look at. */
#pragma once

#include "firmware/check/check.h"
#include "firmware/check/measures.h"

enum check_zone {
	CHECK_ZONE_NONE, /* nowhere in particular */
	CHECK_ZONE_HEAD, /* crown to chin */
	CHECK_ZONE_FACE, /* the box of the engine */
	CHECK_ZONE_BROW, /* above the eyes */
	CHECK_ZONE_EYES,
	CHECK_ZONE_MOUTH,
	CHECK_ZONE_LEFT_CHEEK, /* left in the picture */
	CHECK_ZONE_RIGHT_CHEEK,
	CHECK_ZONE_SHOULDERS,
	CHECK_ZONE_CLOTHES,
	CHECK_ZONE_BACKDROP, /* down to the shoulders */
	CHECK_ZONE_SECOND_FACE,
	CHECK_ZONE_COUNT,
};

/**
 * check_zone_of() - the upright box around a zone, inside the picture
 * Zones lie in the face axes of measures.h; without points in those guessed from the box.
 * Return: px of the picture; w 0 when there is no such thing in it.
 */
struct check_region check_zone_of(const struct check_input *in, const struct check_measures *m,
				  enum check_zone zone);

/** check_regions() - set the region of every finding. */
void check_regions(const struct check_input *in, const struct check_measures *m,
		   struct check_result *r);
