/*
 * An original from outside on its way to a finished picture: rows, EXIF, colour profile, the kept
 * half, a crop that the last bytes choose. Pictures larger than a live view's are only opened by
 * their headers.
 */
#include <stdlib.h>

#include "drivers/camera/camera_worker.h"
#include "firmware/base/jpeg.h"
#include "firmware/picture/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct picture_spec spec = { .width_px = 24,
					  .height_px = 32,
					  .width_min_px = 12,
					  .dpi = 300,
					  .bytes_min = 900,
					  .bytes_max = 1200,
					  .quality_min = 60,
					  .quality_max = 100,
					  .extension = "jpg" };

static void must(bool good)
{
	if (!good)
		abort();
}

static void cut(struct picture *p, const uint8_t *tail)
{
	struct image_crop crop = { (int8_t)tail[0] * 8, (int8_t)tail[1] * 8, 192 + tail[2] * 4, 0 };
	struct picture_file f = { 0 };

	crop.h = crop.w * 4 / 3;
	if (picture_cut(p, &crop, &spec, &f) == PICTURE_OK)
		must(f.data && f.width_px >= spec.width_min_px && f.width_px <= spec.width_px);
	else
		must(!f.data);
	free(f.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture *p = NULL;
	struct jpeg_info info;
	int w, h;

	if (size < 4 || jpeg_read_info(data, size, &info) != JPEG_OK ||
	    (int64_t)info.width_px * info.height_px > CAMERA_FRAME_PIXELS_MAX)
		return 0;
	if (picture_open(data, size, 1 << (data[size - 4] & 3), &p) != PICTURE_OK) {
		must(!p);
		return 0;
	}
	picture_size(p, &w, &h);
	must((w == info.width_px && h == info.height_px) ||
	     (w == info.height_px && h == info.width_px && info.orientation >= 5));
	cut(p, data + size - 3);
	picture_close(p);
	return 0;
}
