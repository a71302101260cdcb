/*
 * Pixels: XRGB8888 everywhere (a 32-bit word 0x00RRGGBB in native order = CAIRO_FORMAT_RGB24 =
 * SDL RGB888 = DRM XR24). An image is reference counted and immutable once shared; it may live on
 * the heap or in a sealed memfd that came from a worker.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { IMAGE_SIDE_MAX = 16384 };

struct image {
	int width_px, height_px;
	int stride_bytes; /* a multiple of 4 */
	uint32_t *px; /* row-major, top left first */
	/* private */
	int refs;
	size_t mapped_bytes;
};

/* A rectangle to cut from a picture: 1/16 px of it, orientation applied. Whole numbers, so that the
 * same recorded crop gives the same file on every machine. */
enum { IMAGE_CROP_ONE = 16 };
struct image_crop {
	int32_t x, y, w, h; /* w 0: none */
};

/** image_new() - a black image. Return: NULL without memory or for a side outside 1…16384. */
struct image *image_new(int width_px, int height_px);
/** image_ref() - one more owner; NULL gives NULL. Thread-safe. */
struct image *image_ref(struct image *im);
/** image_unref() - drop one owner; NULL is allowed. Thread-safe. */
void image_unref(struct image *im);

/** image_row() - first pixel of row @y. */
static inline uint32_t *image_row(const struct image *im, int y)
{
	return (uint32_t *)(void *)((char *)im->px + (size_t)y * (size_t)im->stride_bytes);
}

/**
 * image_share() - write an image into a sealed memfd (SHRINK|GROW|WRITE|SEAL), for a message
 * The pixels stand packed (stride = 4 · width) from offset 0.
 * Return: the descriptor, close-on-exec, or a negative errno.
 */
int image_share(const struct image *im);

/**
 * image_adopt() - map a memfd a worker sent; takes @fd over in every case
 * Refuses (-EPROTO) a descriptor without all four seals or whose size is not 4·width·height, so
 * that the sender can neither change nor shrink it under us.
 */
int image_adopt(int fd, int width_px, int height_px, struct image **out);
