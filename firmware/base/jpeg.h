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

/* What the numbers of the pixels mean: an embedded profile, else what EXIF says of the camera. */
enum jpeg_colour {
	JPEG_SRGB, /* also when nothing is said */
	JPEG_ADOBE_RGB,
	JPEG_DISPLAY_P3,
	JPEG_OTHER_PROFILE, /* any other, or one that cannot be read */
};

struct jpeg_info {
	int width_px, height_px; /* as stored, before orientation */
	int orientation; /* EXIF 1…8; 1 when absent or senseless */
	int components;
	enum jpeg_colour colour;
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

/* A rectangle of stored pixels; w 0: all. */
struct jpeg_window {
	int x, y, w, h;
};

/*
 * Who gets the rows of a picture, each as soon as it is decoded. Any fault but JPEG_OK ends the
 * decoding and is what jpeg_stream() returns.
 */
struct jpeg_sink {
	/* Headers are read, nothing is decoded. @x, @w: the columns that will come, at least those
	 * of the window. May be NULL. */
	enum jpeg_fault (*begin)(void *ctx, const struct jpeg_info *info, int x, int w, int h);
	/* Row @y of the scaled picture: XRGB8888, top byte undefined. px[-1] and px[w] repeat the
	 * pixels at the ends. Stays until the row after the next one comes. */
	enum jpeg_fault (*row)(void *ctx, int y, const uint32_t *px);
	void *ctx;
};

/**
 * jpeg_stream() - decode to rows in the order they are stored; orientation is the sink's business
 * @denominator: 1, 2, 4 or 8: DCT scaling
 * @window: in stored pixels, inside the picture, denominator 1 only; NULL: all. Rows above and
 *	below are not given. What lies behind a window is not looked at.
 */
enum jpeg_fault jpeg_stream(const uint8_t *data, size_t bytes, int denominator,
			    const struct jpeg_window *window, const struct jpeg_sink *sink,
			    struct jpeg_info *info);

/* Where stored pixels go: position of stored (0, y) of a w×h picture upright, and the step from
 * one stored pixel of the row to the next. */
struct jpeg_walk {
	int x, y, dx, dy;
};

/** jpeg_walk() - of row @y; @orientation 1…8; from 5 on the upright picture is h wide, w high. */
struct jpeg_walk jpeg_walk(int orientation, int y, int w, int h);
