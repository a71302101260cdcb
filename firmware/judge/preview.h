/* One frame of the live view: is anything there for which the picture would be refused? */
#pragma once

#include "firmware/base/image.h"
#include "firmware/check/measures.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/judge_wire.h"

struct preview {
	struct judge *judge; /* borrowed: limits and face engine */
	struct check_measures measures; /* of the newest frame */
	/* private: what the frames before showed */
	struct face_box faces[FACE_BOXES_MAX];
	int face_count, again_left, turned_left, around_left;
	bool sideways;
};

/**
 * preview_judge() - judge what the screen shows of a frame (its 3:4 middle) by the limits of the
 * preset, as if it were a part of a large picture; sharpness and the like are left out. A sitter
 * beside it is off centre. The face is followed from frame to
 * frame. Blocks 15-60 ms. Never fails: without memory nothing is found.
 */
void preview_judge(struct preview *p, const struct image *frame, struct judge_hint *out);
