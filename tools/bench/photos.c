/* A painted portrait made heavier or lighter: grain like a sensor's, then the JPEG quality that
 * comes nearest to the wanted size. Colour at half width, as cameras store it. The same bytes in
 * every run. */
#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/judge/judge.h"

enum { QUALITY_MIN = 30, QUALITY_MAX = 100, GRAIN = 5 };

struct file {
	unsigned char *data;
	unsigned long bytes;
};

/* Sum of three even values: near enough to a bell; ±GRAIN at most. */
static int grain(uint32_t *state)
{
	int sum = 0;

	for (int i = 0; i < 3; i++) {
		*state = *state * 1664525u + 1013904223u;
		sum += (int)(*state >> 24) * (2 * GRAIN + 1) >> 8;
	}
	return sum / 3 - GRAIN;
}

static uint8_t grained(uint32_t value, int by)
{
	int v = (int)(value & 255) + by;

	return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static void add_grain(struct image *im)
{
	uint32_t state = 1;

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++) {
			uint32_t *p = &image_row(im, y)[x];
			int by = grain(&state);

			*p = (uint32_t)grained(*p >> 16, by) << 16 |
			     (uint32_t)grained(*p >> 8, by) << 8 | grained(*p, by);
		}
}

static struct file encode(const struct image *im, int quality)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	struct file out = { NULL, 0 };

	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out.data, &out.bytes);
	c.image_width = (JDIMENSION)im->width_px;
	c.image_height = (JDIMENSION)im->height_px;
	c.input_components = 4;
	c.in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	c.comp_info[0].h_samp_factor = 2;
	c.comp_info[0].v_samp_factor = 1;
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = (JSAMPROW)image_row(im, (int)c.next_scanline);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return out;
}

static struct file nearer(struct file a, struct file b, unsigned long bytes)
{
	bool second = labs((long)b.bytes - (long)bytes) < labs((long)a.bytes - (long)bytes);

	free(second ? a.data : b.data);
	return second ? b : a;
}

static struct file fit(const struct image *im, unsigned long bytes)
{
	int low = QUALITY_MIN, high = QUALITY_MAX;
	struct file below;

	while (low < high) {
		int mid = (low + high + 1) / 2;
		struct file f = encode(im, mid);

		if (f.bytes <= bytes)
			low = mid;
		else
			high = mid - 1;
		free(f.data);
	}
	below = encode(im, low);
	return low < QUALITY_MAX ? nearer(below, encode(im, low + 1), bytes) : below;
}

static struct image *load(const char *path)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	SCOPED_FREE uint8_t *data = NULL;
	struct image *im = NULL;
	struct jpeg_info info;
	size_t bytes;

	if (fd < 0 || judge_read(fd, &data, &bytes) < 0 ||
	    jpeg_decode(data, bytes, 1, &info, &im) != JPEG_OK)
		return NULL;
	return im;
}

int main(int argc, char **argv)
{
	struct image *im = argc == 4 ? load(argv[1]) : NULL;
	FILE *to = im ? fopen(argv[3], "wb") : NULL;
	struct file f;
	int rc;

	if (!to) {
		fprintf(stderr, "usage: photos PAINTED.jpg BYTES OUT.jpg\n");
		return 64;
	}
	add_grain(im);
	f = fit(im, strtoul(argv[2], NULL, 10));
	rc = fwrite(f.data, 1, f.bytes, to) == f.bytes ? 0 : 1;
	printf("%s %dx%d %lu bytes\n", argv[3], im->width_px, im->height_px, f.bytes);
	rc |= fclose(to) != 0;
	free(f.data);
	image_unref(im);
	return rc;
}
