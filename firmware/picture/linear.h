/*
 * Inside of the room: a picture in linear light, and the steps of a cut one by one, so that a
 * derivative (replaced backdrop) can work between them: resample, change, encode.
 */
#pragma once

#include <stdint.h>

#include "firmware/picture/picture.h"

enum { LINEAR_WHITE = 65535 };

/* sRGB primaries, light 0…65535, red green blue interleaved, rows packed: 3 · width values each. */
struct linear {
	int width_px, height_px;
	uint16_t *px;
};

/** linear_new() - not cleared; linear_free() it. Return: NULL without memory or for a senseless
 * side. */
struct linear *linear_new(int width_px, int height_px);
/** linear_free() - NULL is allowed. */
void linear_free(struct linear *im);

/** linear_row() - first value of row @y. */
static inline uint16_t *linear_row(const struct linear *im, int y)
{
	return im->px + (size_t)y * (size_t)im->width_px * 3;
}

/* IEC 61966-2-1: sRGB byte to light; exact to half a step of 65535. */
extern const uint16_t linear_of_srgb[256];

/* Light to sRGB byte: the nearest one in sRGB. linear_of_srgb[] of a byte gives that byte back. */
struct linear_bytes {
	uint8_t of[LINEAR_WHITE + 1];
};

/** linear_bytes() - fill the table, 64 KB; costs microseconds. */
void linear_bytes(struct linear_bytes *t);

/**
 * picture_resample() - the crop at the size of the finished picture, linear light
 * @out: set only for PICTURE_OK; linear_free() it. Smaller than @spec says where it may be.
 */
enum picture_cause picture_resample(struct picture *p, const struct image_crop *crop,
				    const struct picture_spec *spec, struct linear **out);

/** picture_encode() - the JPEG inside its byte window; contract of picture_cut()'s @out. */
enum picture_cause picture_encode(const struct linear *im, const struct picture_spec *spec,
				  struct picture_file *out);
