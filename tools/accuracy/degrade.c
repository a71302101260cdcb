/* Good portraits made worse by a known amount. Light is changed in linear light; a blur is counted
 * in px of the face scaled to an eye distance of 112 px. */
#include <math.h>
#include <string.h>

#include <cairo.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "tools/accuracy/accuracy.h"
#include "tools/virtual/portraits/parts.h"

#define SOFT "blurred|moved|no_face"
/* clang-format off */
const struct step degrade_steps[] = {
	{ WORSE_BLUR, 0.5, 0, SOFT, false },
	{ WORSE_BLUR, 0.8, 0, SOFT, false },
	{ WORSE_BLUR, 1.2, 0, SOFT, true },
	{ WORSE_BLUR, 1.6, 0, SOFT, true },
	{ WORSE_BLUR, 2.5, 0, SOFT, true },
	{ WORSE_BLUR, 4, 0, SOFT, true },
	{ WORSE_MOTION, 3, 0, SOFT, false },
	{ WORSE_MOTION, 3, 90, SOFT, false },
	{ WORSE_MOTION, 5, 0, SOFT, false },
	{ WORSE_MOTION, 5, 45, SOFT, false },
	{ WORSE_MOTION, 5, 90, SOFT, false },
	{ WORSE_MOTION, 7, 0, SOFT, false },
	{ WORSE_MOTION, 7, 90, SOFT, false },
	{ WORSE_MOTION, 10, 0, SOFT, false },
	{ WORSE_EV, 0.5, 0, "overexposed", false },
	{ WORSE_EV, 1, 0, "overexposed", false },
	{ WORSE_EV, 1.5, 0, "overexposed", false },
	{ WORSE_EV, 2, 0, "overexposed", false },
	{ WORSE_EV, -1, 0, "underexposed", false },
	{ WORSE_EV, -2, 0, "underexposed", false },
	{ WORSE_EV, -3, 0, "underexposed|no_face", false },
	{ WORSE_HALF, 0.25, 0, "half_lit", false },
	{ WORSE_HALF, 0.5, 0, "half_lit", false },
	{ WORSE_HALF, 0.75, 0, "half_lit", false },
	{ WORSE_HALF, 1, 0, "half_lit", true },
	{ WORSE_HALF, 1.5, 0, "half_lit", true },
	{ WORSE_JPEG, 90, 0, "", false },
	{ WORSE_JPEG, 60, 0, "", false },
	{ WORSE_JPEG, 40, 0, "", false },
	{ WORSE_JPEG, 25, 0, "", false },
};
/* clang-format on */
const size_t degrade_step_count = ARRAY_SIZE(degrade_steps);

static struct image *copy_of(const struct image *im)
{
	struct image *out = image_new(im->width_px, im->height_px);

	for (int y = 0; out && y < im->height_px; y++)
		memcpy(image_row(out, y), image_row(im, y), (size_t)im->width_px * 4);
	return out;
}

/* Stops all over, or @ev more on the left of @cx with an edge as soft as half an eye distance. */
static void relight(struct image *im, double ev, bool half, double ied, double cx)
{
	for (int x = 0; x < im->width_px; x++) {
		double share = half ? 1 / (1 + exp((x - cx) / (0.12 * ied))) - 0.5 : 1;
		double gain = exp2(ev * share);

		for (int y = 0; y < im->height_px; y++) {
			uint32_t *px = image_row(im, y) + x;

			*px = lit(*px, gain);
		}
	}
}

struct image *degrade(const struct image *im, const struct step *s, double ied, double cx)
{
	struct image *out = copy_of(im);

	colour_tables();
	if (!out)
		return NULL;
	switch (s->what) {
	case WORSE_BLUR:
		blur(out, s->strength * ied / 112);
		break;
	case WORSE_MOTION:
		smear(out, s->strength * ied / 112, s->deg);
		break;
	case WORSE_EV:
	case WORSE_HALF:
		relight(out, s->strength, s->what == WORSE_HALF, ied, cx);
		break;
	case WORSE_NONE:
	case WORSE_JPEG:
		break;
	}
	return out;
}

static struct image *png_image(const char *path)
{
	cairo_surface_t *s = cairo_image_surface_create_from_png(path);
	int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
	struct image *im = NULL;

	if (cairo_surface_status(s) == CAIRO_STATUS_SUCCESS)
		im = image_new(w, h);
	for (int y = 0; im && y < h; y++)
		memcpy(image_row(im, y),
		       cairo_image_surface_get_data(s) + y * cairo_image_surface_get_stride(s),
		       (size_t)w * 4);
	cairo_surface_destroy(s);
	return im;
}

static struct image *jpeg_image(const char *path)
{
	SCOPED_FREE uint8_t *data = NULL;
	SCOPED_FILE FILE *f = fopen(path, "rb");
	struct image *im = NULL;
	struct jpeg_info info;
	size_t bytes = 0;
	int d = 1;

	if (!f || judge_read(fileno(f), &data, &bytes) < 0 ||
	    jpeg_read_info(data, bytes, &info) != JPEG_OK)
		return NULL;
	while (d < 8 && info.width_px / d > 1600)
		d *= 2;
	return jpeg_decode(data, bytes, d, &info, &im) == JPEG_OK ? im : NULL;
}

struct image *photo_image(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && !strcasecmp(dot, ".png") ? png_image(path) : jpeg_image(path);
}
