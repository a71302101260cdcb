#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"

enum { W = 48, H = 32 };

struct recipe {
	int components; /* 1, 3, 4 (CMYK) */
	bool progressive, arithmetic;
	int orientation; /* 0: no EXIF */
	bool big_endian;
};

/* APP1 with one directory entry: orientation. */
static void write_exif(struct jpeg_compress_struct *c, const struct recipe *r)
{
	uint8_t le[] = { 'E', 'x',  'i', 'f', 0,
			 0,   'I',  'I', 42,  0,
			 8,   0,    0,	 0,   1,
			 0,   0x12, 1,	 3,   0,
			 1,   0,    0,	 0,   (uint8_t)r->orientation,
			 0,   0,    0,	 0,   0,
			 0,   0 };
	uint8_t be[] = {
		'E', 'x', 'i', 'f', 0,	  0, 'M', 'M', 0, 42, 0, 0, 0,
		8,   0,	  1,   1,   0x12, 0, 3,	  0,   0, 0,  1, 0, (uint8_t)r->orientation,
		0,   0,	  0,   0,   0,	  0
	};

	jpeg_write_marker(c, JPEG_APP0 + 1, r->big_endian ? be : le, sizeof(le));
}

/* Left upper quarter red, right upper green, left lower blue, right lower white. */
static void pixel(int x, int y, int n, uint8_t *out)
{
	bool right = x >= W / 2, low = y >= H / 2;

	memset(out, 0, (size_t)n);
	if (n == 1) {
		out[0] = right ? 200 : 50;
		return;
	}
	out[0] = right == low ? 255 : 0;
	out[1] = right ? 255 : 0;
	out[2] = low ? 255 : 0;
}

static size_t make(const struct recipe *r, uint8_t **out)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned long bytes = 0;
	uint8_t row[W * 4];
	JSAMPROW rows = row;

	*out = NULL;
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &bytes);
	c.image_width = W;
	c.image_height = H;
	c.input_components = r->components;
	c.in_color_space = r->components == 1	? JCS_GRAYSCALE
			   : r->components == 3 ? JCS_RGB
						: JCS_CMYK;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 95, TRUE);
	c.arith_code = r->arithmetic;
	if (r->progressive)
		jpeg_simple_progression(&c);
	jpeg_start_compress(&c, TRUE);
	if (r->orientation)
		write_exif(&c, r);
	while (c.next_scanline < H) {
		for (int x = 0; x < W; x++)
			pixel(x, (int)c.next_scanline, r->components, row + x * r->components);
		jpeg_write_scanlines(&c, &rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return bytes;
}

static enum jpeg_fault decode(const uint8_t *data, size_t bytes, int denominator,
			      struct image **out)
{
	/* exact-size copy, so that a sanitizer sees one byte too many */
	SCOPED_FREE uint8_t *copy = malloc(bytes ? bytes : 1);
	struct jpeg_info info;

	memcpy(copy, data, bytes);
	*out = NULL;
	return jpeg_decode(copy, bytes, denominator, &info, out);
}

static void assert_colour(const struct image *im, int x, int y, uint32_t want)
{
	uint32_t p = image_row(im, y)[x];

	for (int shift = 0; shift < 24; shift += 8)
		assert_true(abs((int)(p >> shift & 255) - (int)(want >> shift & 255)) < 24);
	assert_int_equal(p >> 24, 0);
}

static void plain_grey_and_progressive_pictures_decode(void **state)
{
	const struct recipe r[] = { { .components = 3 }, { .components = 3, .progressive = true } };
	const struct recipe grey = { .components = 1 };
	SCOPED_FREE uint8_t *data = NULL;
	struct image *im;
	size_t bytes;

	(void)state;
	for (int i = 0; i < 2; i++) {
		SCOPED_FREE uint8_t *jpeg = NULL;

		bytes = make(&r[i], &jpeg);
		assert_int_equal(decode(jpeg, bytes, 1, &im), JPEG_OK);
		assert_int_equal(im->width_px, W);
		assert_colour(im, 8, 4, 0xff0000);
		assert_colour(im, W - 8, 4, 0x00ff00);
		assert_colour(im, 8, H - 4, 0x0000ff);
		image_unref(im);
	}
	bytes = make(&grey, &data);
	assert_int_equal(decode(data, bytes, 1, &im), JPEG_OK);
	assert_colour(im, 4, 4, 0x323232);
	image_unref(im);
}

static void every_orientation_is_turned_upright(void **state)
{
	/* colour at the left upper, right upper and left lower corner after turning */
	static const uint32_t want[9][3] = {
		[1] = { 0xff0000, 0x00ff00, 0x0000ff }, [2] = { 0x00ff00, 0xff0000, 0xffffff },
		[3] = { 0xffffff, 0x0000ff, 0x00ff00 }, [4] = { 0x0000ff, 0xffffff, 0xff0000 },
		[5] = { 0xff0000, 0x0000ff, 0x00ff00 }, [6] = { 0x0000ff, 0xff0000, 0xffffff },
		[7] = { 0xffffff, 0x00ff00, 0x0000ff }, [8] = { 0x00ff00, 0xffffff, 0xff0000 },
	};

	(void)state;
	for (int o = 1; o <= 8; o++) {
		struct recipe r = { .components = 3, .orientation = o, .big_endian = o & 1 };
		SCOPED_FREE uint8_t *data = NULL;
		size_t bytes = make(&r, &data);
		struct image *im;

		assert_int_equal(decode(data, bytes, 1, &im), JPEG_OK);
		assert_int_equal(im->width_px, o >= 5 ? H : W);
		assert_int_equal(im->height_px, o >= 5 ? W : H);
		assert_colour(im, 4, 4, want[o][0]);
		assert_colour(im, im->width_px - 5, 4, want[o][1]);
		assert_colour(im, 4, im->height_px - 5, want[o][2]);
		image_unref(im);
	}
}

static void senseless_orientation_counts_as_upright(void **state)
{
	struct recipe r = { .components = 3, .orientation = 77 };
	SCOPED_FREE uint8_t *data = NULL;
	struct jpeg_info info;
	size_t bytes = make(&r, &data);

	(void)state;
	assert_int_equal(jpeg_read_info(data, bytes, &info), JPEG_OK);
	assert_int_equal(info.orientation, 1);
}

static void scaling_gives_the_smaller_picture(void **state)
{
	struct recipe r = { .components = 3 };
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes = make(&r, &data);
	struct image *im;

	(void)state;
	for (int d = 2; d <= 8; d *= 2) {
		assert_int_equal(decode(data, bytes, d, &im), JPEG_OK);
		assert_int_equal(im->width_px, W / d);
		assert_int_equal(im->height_px, H / d);
		image_unref(im);
	}
}

static void a_picture_cut_anywhere_is_broken(void **state)
{
	struct recipe r = { .components = 3 };
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes = make(&r, &data);
	struct image *im;

	(void)state;
	for (size_t cut = 0; cut < bytes; cut++) {
		assert_int_not_equal(decode(data, cut, 1, &im), JPEG_OK);
		assert_null(im);
	}
}

static void what_is_no_picture_is_called_so(void **state)
{
	static const uint8_t text[] = "%PDF-1.4 not a picture", ends[] = { 0xff, 0xd8, 0xff, 0xd9 };
	struct image *im;

	(void)state;
	assert_int_equal(decode(text, sizeof(text), 1, &im), JPEG_NOT_JPEG);
	assert_int_equal(decode(ends, sizeof(ends), 1, &im), JPEG_NOT_JPEG);
}

static void other_kinds_are_refused(void **state)
{
	const struct recipe r[] = { { .components = 4 }, { .components = 3, .arithmetic = true } };
	struct image *im;

	(void)state;
	for (int i = 0; i < 2; i++) {
		SCOPED_FREE uint8_t *data = NULL;
		size_t bytes = make(&r[i], &data);

		assert_int_equal(decode(data, bytes, 1, &im), JPEG_UNSUPPORTED);
	}
}

static void a_bomb_is_refused_before_memory_is_taken(void **state)
{
	struct recipe r = { .components = 3 };
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes = make(&r, &data), at = 0;
	struct image *im;

	(void)state;
	while (at + 9 < bytes && !(data[at] == 0xff && data[at + 1] == 0xc0))
		at++;
	memcpy(data + at + 5, "\xff\xff\xff\xff", 4); /* 65535 × 65535 */
	assert_int_equal(decode(data, bytes, 1, &im), JPEG_TOO_BIG);
	memcpy(data + at + 5, "\x3f\xff\x3f\xff", 4); /* each side allowed, 268 megapixels */
	assert_int_equal(decode(data, bytes, 8, &im), JPEG_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_grey_and_progressive_pictures_decode),
		cmocka_unit_test(every_orientation_is_turned_upright),
		cmocka_unit_test(senseless_orientation_counts_as_upright),
		cmocka_unit_test(scaling_gives_the_smaller_picture),
		cmocka_unit_test(a_picture_cut_anywhere_is_broken),
		cmocka_unit_test(what_is_no_picture_is_called_so),
		cmocka_unit_test(other_kinds_are_refused),
		cmocka_unit_test(a_bomb_is_refused_before_memory_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
