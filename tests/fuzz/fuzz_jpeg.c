/* JPEG bytes of a camera: headers, orientation, all scales. Big pictures are left to the limits. */
#include "firmware/base/jpeg.h"

enum { PIXELS_MAX = 4000 * 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jpeg_info info;
	struct image *im = NULL;

	if (jpeg_read_info(data, size, &info) != JPEG_OK ||
	    (int64_t)info.width_px * info.height_px > PIXELS_MAX)
		return 0;
	if (jpeg_decode(data, size, 1 << (size & 3), &info, &im) == JPEG_OK) {
		volatile uint32_t last = image_row(im, im->height_px - 1)[im->width_px - 1];

		(void)last;
		image_unref(im);
	}
	return 0;
}
