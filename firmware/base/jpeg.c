#include "firmware/base/jpeg.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "firmware/base/cleanup.h"

enum {
	PIXELS_MAX = 120 * 1000 * 1000,
	SCANS_MAX = 64, /* a file of a few kB can otherwise ask for thousands of passes */
	MEMORY_MAX = 400 * 1024 * 1024, /* coefficients of a progressive file */
	EXIF_HEAD_BYTES = 6,
	TAG_ORIENTATION = 0x0112,
	TYPE_SHORT = 3,
};

struct decoder {
	struct jpeg_decompress_struct lib;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf out;
	enum jpeg_fault fault;
	struct image *im;
	uint32_t *row;
};

static void give_up(j_common_ptr lib, enum jpeg_fault fault)
{
	struct decoder *d = lib->client_data;

	d->fault = fault;
	longjmp(d->out, 1);
}

static enum jpeg_fault fault_of(int code)
{
	switch (code) {
	case JERR_NO_SOI:
	case JERR_NO_IMAGE:
	case JERR_SOF_DUPLICATE:
	case JERR_SOS_NO_SOF:
		return JPEG_NOT_JPEG;
	case JERR_OUT_OF_MEMORY:
		return JPEG_NO_MEMORY;
	case JERR_IMAGE_TOO_BIG:
	case JERR_NO_BACKING_STORE:
	case JERR_WIDTH_OVERFLOW:
		return JPEG_TOO_BIG;
	case JERR_BAD_PRECISION:
	case JERR_SOF_UNSUPPORTED:
	case JERR_COMPONENT_COUNT:
	case JERR_CONVERSION_NOTIMPL:
	case JERR_ARITH_NOTIMPL:
	case JERR_CCIR601_NOTIMPL:
	case JERR_FRACT_SAMPLE_NOTIMPL:
		return JPEG_UNSUPPORTED;
	default:
		return JPEG_BROKEN;
	}
}

static void on_error(j_common_ptr lib)
{
	give_up(lib, fault_of(lib->err->msg_code));
}

/* Level -1 is a warning: data is damaged and the library would paint over it. */
static void on_message(j_common_ptr lib, int level)
{
	if (level < 0)
		give_up(lib, JPEG_BROKEN);
}

static void on_text(j_common_ptr lib)
{
	(void)lib;
}

static void on_progress(j_common_ptr lib)
{
	if (((j_decompress_ptr)lib)->input_scan_number > SCANS_MAX)
		give_up(lib, JPEG_BROKEN);
}

static uint32_t tiff_number(const uint8_t *p, int bytes, bool little)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[little ? bytes - 1 - i : i];
	return v;
}

/* TIFF 6.0 inside APP1: byte order, 42, offset of the first directory, entries of 12 bytes. */
static int tiff_orientation(const uint8_t *t, size_t bytes)
{
	uint32_t ifd, count;
	bool little;

	if (bytes < 8 || (memcmp(t, "II", 2) && memcmp(t, "MM", 2)))
		return 1;
	little = t[0] == 'I';
	ifd = tiff_number(t + 4, 4, little);
	if (tiff_number(t + 2, 2, little) != 42 || ifd > bytes - 2)
		return 1;
	count = tiff_number(t + ifd, 2, little);
	for (size_t at = ifd + 2; count-- && at + 12 <= bytes; at += 12) {
		uint32_t value = tiff_number(t + at + 8, 2, little);

		if (tiff_number(t + at, 2, little) != TAG_ORIENTATION)
			continue;
		if (tiff_number(t + at + 2, 2, little) != TYPE_SHORT)
			return 1;
		return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

static int exif_orientation(const struct jpeg_decompress_struct *lib)
{
	for (jpeg_saved_marker_ptr m = lib->marker_list; m; m = m->next)
		if (m->marker == JPEG_APP0 + 1 && m->data_length > EXIF_HEAD_BYTES &&
		    !memcmp(m->data, "Exif\0\0", EXIF_HEAD_BYTES))
			return tiff_orientation(m->data + EXIF_HEAD_BYTES,
						m->data_length - EXIF_HEAD_BYTES);
	return 1;
}

static enum jpeg_fault judge_header(const struct jpeg_decompress_struct *lib)
{
	if (lib->image_width > IMAGE_SIDE_MAX || lib->image_height > IMAGE_SIDE_MAX ||
	    (uint64_t)lib->image_width * lib->image_height > PIXELS_MAX)
		return JPEG_TOO_BIG;
	if (lib->arith_code || lib->data_precision != 8)
		return JPEG_UNSUPPORTED;
	if (lib->jpeg_color_space != JCS_GRAYSCALE && lib->jpeg_color_space != JCS_YCbCr &&
	    lib->jpeg_color_space != JCS_RGB)
		return JPEG_UNSUPPORTED;
	return JPEG_OK;
}

static void read_header(struct decoder *d, const uint8_t *data, size_t bytes,
			struct jpeg_info *info)
{
	struct jpeg_decompress_struct *lib = &d->lib;

	jpeg_create_decompress(lib);
	lib->client_data = d; /* create wipes all but the error manager */
	lib->progress = &d->progress;
	lib->mem->max_memory_to_use = MEMORY_MAX;
	jpeg_mem_src(lib, data, (unsigned long)bytes);
	jpeg_save_markers(lib, JPEG_APP0 + 1, 0xffff);
	jpeg_read_header(lib, TRUE);
	info->width_px = (int)lib->image_width;
	info->height_px = (int)lib->image_height;
	info->components = lib->num_components;
	info->orientation = exif_orientation(lib);
	d->fault = judge_header(lib);
}

/* Where stored pixel (x, y) of a w×h picture goes, as first position and step along the row. */
struct walk {
	int x, y, dx, dy;
};

static struct walk row_walk(int orientation, int y, int w, int h)
{
	switch (orientation) {
	case 2:
		return (struct walk){ w - 1, y, -1, 0 };
	case 3:
		return (struct walk){ w - 1, h - 1 - y, -1, 0 };
	case 4:
		return (struct walk){ 0, h - 1 - y, 1, 0 };
	case 5:
		return (struct walk){ y, 0, 0, 1 };
	case 6:
		return (struct walk){ h - 1 - y, 0, 0, 1 };
	case 7:
		return (struct walk){ h - 1 - y, w - 1, 0, -1 };
	case 8:
		return (struct walk){ y, w - 1, 0, -1 };
	default:
		return (struct walk){ 0, y, 1, 0 };
	}
}

static void place_row(const struct decoder *d, int orientation, int y)
{
	int w = (int)d->lib.output_width, stride = d->im->stride_bytes / 4;
	struct walk at = row_walk(orientation, y, w, (int)d->lib.output_height);
	uint32_t *to = image_row(d->im, at.y) + at.x;
	ptrdiff_t step = (ptrdiff_t)at.dy * stride + at.dx;

	for (int x = 0; x < w; x++)
		to[x * step] = d->row[x] & 0xffffff;
}

static void read_pixels(struct decoder *d, int denominator, int orientation)
{
	struct jpeg_decompress_struct *lib = &d->lib;
	int w, h;

	lib->scale_num = 1;
	lib->scale_denom = (unsigned int)denominator;
	lib->out_color_space =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? JCS_EXT_BGRX : JCS_EXT_XRGB;
	jpeg_start_decompress(lib);
	w = (int)lib->output_width;
	h = (int)lib->output_height;
	d->im = orientation >= 5 ? image_new(h, w) : image_new(w, h);
	d->row = malloc((size_t)w * 4);
	if (!d->im || !d->row)
		give_up((j_common_ptr)lib, JPEG_NO_MEMORY);
	while (lib->output_scanline < lib->output_height) {
		int y = (int)lib->output_scanline;
		JSAMPROW row = (JSAMPROW)d->row;

		jpeg_read_scanlines(lib, &row, 1);
		place_row(d, orientation, y);
	}
	jpeg_finish_decompress(lib); /* also reads up to the end marker */
}

/* Everything that may longjmp happens below; @d lives in the caller's frame. */
static void run(struct decoder *d, const uint8_t *data, size_t bytes, int denominator,
		struct jpeg_info *info)
{
	d->lib.err = jpeg_std_error(&d->errors);
	d->lib.client_data = d;
	d->errors.error_exit = on_error;
	d->errors.emit_message = on_message;
	d->errors.output_message = on_text;
	d->progress.progress_monitor = on_progress;
	if (setjmp(d->out))
		return;
	read_header(d, data, bytes, info);
	if (d->fault == JPEG_OK && denominator)
		read_pixels(d, denominator, info->orientation);
}

static enum jpeg_fault decode(const uint8_t *data, size_t bytes, int denominator,
			      struct jpeg_info *info, struct image **out)
{
	SCOPED_FREE struct decoder *d = NULL;

	memset(info, 0, sizeof(*info));
	info->orientation = 1;
	if (bytes < 4 || data[0] != 0xff || data[1] != 0xd8)
		return JPEG_NOT_JPEG;
	d = calloc(1, sizeof(*d));
	if (!d)
		return JPEG_NO_MEMORY;
	run(d, data, bytes, denominator, info);
	jpeg_destroy_decompress(&d->lib);
	free(d->row);
	if (d->fault == JPEG_OK && out)
		*out = d->im;
	else
		image_unref(d->im);
	return d->fault;
}

enum jpeg_fault jpeg_read_info(const uint8_t *data, size_t bytes, struct jpeg_info *info)
{
	return decode(data, bytes, 0, info, NULL);
}

enum jpeg_fault jpeg_decode(const uint8_t *data, size_t bytes, int denominator,
			    struct jpeg_info *info, struct image **out)
{
	return decode(data, bytes, denominator, info, out);
}
