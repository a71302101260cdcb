/*
 * JPEG bytes of a camera, live pictures and originals: headers, EXIF orientation, all scales. What is
 * larger than a live picture may be is only looked into: the limits of jpeg.c hold for it.
 */
#include <stdlib.h>

#include "drivers/camera/camera_worker.h"
#include "firmware/base/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint32_t sink; /* reading the pixels is the test */

static void must(bool good)
{
	if (!good)
		abort();
}

static int scaled(int px, int denominator)
{
	return (px + denominator - 1) / denominator;
}

static void look_at(const struct image *im, const struct jpeg_info *info, int denominator)
{
	bool lying = info->orientation >= 5;
	int w = scaled(lying ? info->height_px : info->width_px, denominator);
	int h = scaled(lying ? info->width_px : info->height_px, denominator);

	must(im->width_px == w && im->height_px == h);
	sink ^= image_row(im, 0)[w - 1] ^ image_row(im, h - 1)[0] ^ image_row(im, h - 1)[w - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int denominator = 1 << (size & 3);
	struct image *im = NULL;
	struct jpeg_info info;

	if (jpeg_read_info(data, size, &info) != JPEG_OK)
		return 0;
	must(info.width_px >= 1 && info.width_px <= IMAGE_SIDE_MAX && info.height_px >= 1 &&
	     info.height_px <= IMAGE_SIDE_MAX && info.orientation >= 1 && info.orientation <= 8);
	if ((int64_t)info.width_px * info.height_px > CAMERA_FRAME_PIXELS_MAX)
		return 0;
	if (jpeg_decode(data, size, denominator, &info, &im) == JPEG_OK) {
		look_at(im, &info, denominator);
		image_unref(im);
	} else {
		must(!im);
	}
	return 0;
}
