/* Bounded JPEG decoding with libjpeg-turbo. Every byte is hostile: own error manager, size limits
 * before any allocation. Only workers and command-line tools call it, never the kiosk's loop. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/base/image.h"

enum jpeg_fault {
	JPEG_OK,
	JPEG_NOT_JPEG, /* does not start FF D8 or no frame header */
	JPEG_BROKEN, /* truncated or corrupt data (warnings of the library count) */
	JPEG_TOO_BIG, /* a side above IMAGE_SIDE_MAX or more than 120 megapixels */
	JPEG_UNSUPPORTED, /* CMYK, 12-bit, arithmetic … */
	JPEG_NO_MEMORY,
};

struct jpeg_info {
	int width_px, height_px; /* as stored, before orientation */
	int orientation; /* EXIF 1…8; 1 when absent or senseless */
	int components;
};

/** jpeg_read_info() - headers only. */
enum jpeg_fault jpeg_read_info(const uint8_t *data, size_t bytes, struct jpeg_info *info);

/**
 * jpeg_decode() - decode to XRGB8888, EXIF orientation applied
 * @denominator: 1, 2, 4 or 8: DCT scaling
 * @out: set only for JPEG_OK; image_unref() it
 */
enum jpeg_fault jpeg_decode(const uint8_t *data, size_t bytes, int denominator,
			    struct jpeg_info *info, struct image **out);
