/* JPEGs as a hostile or a broken sender would make them; all made here, none stored. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bad_jpeg {
	uint8_t *data; /* free() */
	size_t bytes;
};

enum bad_colour { BAD_RGB, BAD_GREY, BAD_CMYK, BAD_YCCK };

struct bad_recipe {
	int width_px, height_px;
	enum bad_colour colour;
	bool progressive, arithmetic;
	int restart_mcus; /* 0: no restart markers */
};

/** bad_make() - a sound picture, coloured noise on a slope. */
void bad_make(struct bad_jpeg *b, const struct bad_recipe *r);

/** bad_many_scans() - a progressive grey picture of @scans scans, each a few bytes for all of it. */
void bad_many_scans(struct bad_jpeg *b, int width_px, int height_px, int scans);

/** bad_insert() - a segment of @bytes bytes behind the start marker; @marker 0xe1: APP1 … */
void bad_insert(struct bad_jpeg *b, uint8_t marker, const void *data, size_t bytes);

/** bad_frame() - the frame header: marker byte, length, precision, height, width follow.
 * Aborts when there is none. */
uint8_t *bad_frame(struct bad_jpeg *b);

/** bad_claim() - let the frame header say another size; the data stay. */
void bad_claim(struct bad_jpeg *b, int width_px, int height_px);
