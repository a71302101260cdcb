/* Inside of the room: the steps of judge_picture(), for those who decode by other means. */
#pragma once

#include "firmware/base/jpeg.h"
#include "firmware/judge/judge.h"

/* What was seen in a picture; other limits can be asked for it with check_judge_measured(). */
struct judge_seen {
	struct check_input in;
	struct check_measures m;
};

/** judge_image() - face, measures, verdict, piece for the screen
 * @seen: picture, size and colourless of seen->in are given, the rest is set */
void judge_image(struct judge *j, struct judge_seen *seen, struct judge_outcome *out);

/** judge_denominator() - the coarsest of the scales the decoder offers that still shows enough. */
int judge_denominator(const struct jpeg_info *info);

/** judge_again() - after judge_image() of a picture decoded at 1/@denominator: once more from a
 * finer decode when the face was too small in it for its sharpness to be seen
 * @seen: as judge_image() left it; its scale is that of the decode used last */
void judge_again(struct judge *j, const uint8_t *data, size_t bytes, int denominator,
		 struct judge_seen *seen, struct judge_outcome *out);
