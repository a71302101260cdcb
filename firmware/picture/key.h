/*
 * A finished picture before a backdrop of one exact colour: blue or green key with local backdrop,
 * guided filter and despill. Off unless a job asks for it, because some authorities refuse pictures
 * whose backdrop was edited; what comes out is a labelled derivative beside the plain cut, never in
 * its place.
 *
 * Works on the crop at output size W×H in linear light. With B(x,y) the backdrop and F(x,y) the
 * subject's own colour nearby, b the key channel (blue or green) and s the one to hold it against (for
 * blue the stronger of the others, for green red):
 *
 *	k(c) = c_b - c_s			alpha_key = (k(B) - k(c)) / (k(B) - k(F))
 *	alpha_dist = |c - B| / |F - B|		below the chin, where a top may be blue itself
 *	result = P + (1 - alpha) · target,	P = c - (1 - alpha) · B, despilled
 *
 * 30 ms for 480×640, 120 ms for 960×1280 on the machine of the bench; 18 bytes a pixel.
 *
 * Plain float arithmetic without a maths library: the same input gives the same bytes everywhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/picture/linear.h"

enum key_cause {
	KEY_OK,
	KEY_PALE, /* white, grey or nearly so: nothing tells it from skin, collar and grey hair */
	KEY_COLOUR, /* neither blue nor green, or too dark to tell */
	KEY_HIDDEN, /* too little backdrop in sight beside and above the head */
	KEY_NO_MEMORY,
	KEY_CAUSE_COUNT,
};

enum { KEY_JAW_POINTS = 17, KEY_BROW_POINTS = 10, KEY_POINT_ONE = 16 };

struct key_point {
	int32_t x, y; /* 1/16 px of the output picture; may lie outside it */
};

/* What is known of the face; all zero: nothing, then proportions of a portrait stand in. */
struct key_face {
	struct key_point box, box_size; /* brows to chin, cheek to cheek; size 0: unknown */
	int jaw_count; /* KEY_JAW_POINTS or 0 */
	struct key_point jaw[KEY_JAW_POINTS]; /* ear to ear by way of the chin */
	struct key_point brows[KEY_BROW_POINTS]; /* left to right; used when jaw_count is not 0 */
};

/**
 * key_replace() - put @target behind the sitter
 * @px: width_px·height_px pixels, changed in place; untouched unless KEY_OK
 * @face: or NULL
 * @target: red, green, blue in linear light, as in struct linear
 * @alpha: NULL, or set to a new plane of width_px·height_px, 0 backdrop … 65535 sitter; free() it
 */
enum key_cause key_replace(struct linear *px, const struct key_face *face, const uint16_t target[3],
			   uint16_t **alpha);

/** key_cause_word() - "pale_backdrop" …: stable words for reports. */
const char *key_cause_word(enum key_cause cause);
