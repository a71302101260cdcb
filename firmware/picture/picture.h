/*
 * From the untouched original to a finished picture: crop and scale in linear light, no rotation
 * but the one its EXIF orientation asks for, no mirroring, no retouch; then a JPEG inside a byte
 * window. Whole-number arithmetic from decoded pixel to file: the same original and the same crop
 * give the same bytes on every machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/image.h"

/* The finished file. From a preset. */
struct picture_spec {
	int width_px, height_px;
	int width_min_px; /* made smaller down to this width rather than enlarged */
	int dpi; /* JFIF density, both ways */
	int bytes_min, bytes_max; /* inclusive */
	int quality_min, quality_max; /* libjpeg's scale, 1…100 */
	uint32_t backdrop; /* 0xRRGGBB of a replaced backdrop */
	char extension[8]; /* "jpg" or "JPG" */
};

enum picture_cause {
	PICTURE_OK,
	PICTURE_NOT_JPEG,
	PICTURE_BROKEN, /* truncated or damaged */
	PICTURE_TOO_BIG,
	PICTURE_UNSUPPORTED, /* CMYK, 12 bit, arithmetic … */
	PICTURE_GREY, /* no colour: finished pictures have 24 bit */
	PICTURE_PROFILE, /* a colour space that is neither sRGB, Adobe RGB nor Display P3 */
	PICTURE_OUTSIDE, /* the crop leaves the picture */
	PICTURE_PROPORTION, /* the crop has another proportion than the finished picture */
	PICTURE_ENLARGED, /* the crop has fewer pixels than the smallest finished picture */
	PICTURE_NO_MEMORY,
	PICTURE_CAUSE_COUNT,
};

struct picture; /* one decoded original; opaque */

/**
 * picture_open() - decode the JPEG in @data once
 * @data: borrowed until picture_close(); a crop that needs finer pixels than were kept decodes again
 * @denominator: of the picture kept for the check, 1, 2, 4 or 8; 0: none
 *
 * Keeps the picture at half size in linear light: 1.5 bytes per pixel of the original. One without
 * colour or of a strange profile opens too, for the check; only cutting it is refused.
 */
enum picture_cause picture_open(const uint8_t *data, size_t bytes, int denominator,
				struct picture **out);
/** picture_close() - NULL is allowed. */
void picture_close(struct picture *p);

/** picture_size() - of the original, orientation applied. */
void picture_size(const struct picture *p, int *width_px, int *height_px);

/** picture_colourless() - has the original one component only? */
bool picture_colourless(const struct picture *p);

/** picture_reduced() - the whole picture at 1/denominator, means of sRGB bytes as stored, for the
 * check; image_unref() it. Return: NULL when picture_open() was not asked for it. */
struct image *picture_reduced(const struct picture *p);

struct picture_file {
	uint8_t *data; /* free() */
	size_t bytes;
	int width_px, height_px;
	int quality;
	int subsampling; /* 420, 422 or 444 */
	bool in_window; /* bytes within the spec's window */
};

/**
 * picture_cut() - one finished picture
 * @out: set only for PICTURE_OK. A byte window that cannot be reached is no failure: the nearest
 *	file below its upper end, in_window false; never padding.
 */
enum picture_cause picture_cut(struct picture *p, const struct image_crop *crop,
			       const struct picture_spec *spec, struct picture_file *out);

/** picture_cause_word() - "cmyk" …: stable words for reports. */
const char *picture_cause_word(enum picture_cause cause);
