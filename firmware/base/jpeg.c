#include "firmware/base/jpeg.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg_marks.h"

enum {
	PIXELS_MAX = 120 * 1000 * 1000,
	SCANS_MAX = 64, /* a file of a few kB can otherwise ask for thousands of passes */
	MEMORY_MAX = 256 * 1024 * 1024, /* coefficients of a progressive file: 89 MP of 4:2:0 */
};

struct decoder {
	struct jpeg_decompress_struct lib;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf out;
	enum jpeg_fault fault;
	uint32_t *rows; /* two, with a pixel more at each end */
	int denominator;
	const struct jpeg_window *window;
	const struct jpeg_sink *sink; /* NULL: headers only */
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

/* Warnings that touch no pixel: bytes after the last block, odd version numbers. */
static bool harmless(const struct jpeg_error_mgr *e)
{
	return e->msg_code == JWRN_ADOBE_XFORM || e->msg_code == JWRN_JFIF_MAJOR ||
	       (e->msg_code == JWRN_EXTRANEOUS_DATA && e->msg_parm.i[1] == JPEG_EOI);
}

/* Level -1 is a warning: data is damaged and the library would paint over it. */
static void on_message(j_common_ptr lib, int level)
{
	if (level < 0 && !harmless(lib->err))
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
	jpeg_save_markers(lib, JPEG_APP0 + 2, 0xffff);
	jpeg_read_header(lib, TRUE);
	info->width_px = (int)lib->image_width;
	info->height_px = (int)lib->image_height;
	info->components = lib->num_components;
	jpeg_marks_read(lib->marker_list, info);
	d->fault = judge_header(lib);
}

struct jpeg_walk jpeg_walk(int orientation, int y, int w, int h)
{
	switch (orientation) {
	case 2:
		return (struct jpeg_walk){ w - 1, y, -1, 0 };
	case 3:
		return (struct jpeg_walk){ w - 1, h - 1 - y, -1, 0 };
	case 4:
		return (struct jpeg_walk){ 0, h - 1 - y, 1, 0 };
	case 5:
		return (struct jpeg_walk){ y, 0, 0, 1 };
	case 6:
		return (struct jpeg_walk){ h - 1 - y, 0, 0, 1 };
	case 7:
		return (struct jpeg_walk){ h - 1 - y, w - 1, 0, -1 };
	case 8:
		return (struct jpeg_walk){ y, w - 1, 0, -1 };
	default:
		return (struct jpeg_walk){ 0, y, 1, 0 };
	}
}

static void check(struct decoder *d, enum jpeg_fault fault)
{
	if (fault != JPEG_OK)
		give_up((j_common_ptr)&d->lib, fault);
}

/* Rows of the window, which jpeg_crop_scanline() may widen to whole blocks. */
static void stream_rows(struct decoder *d, int y, int end)
{
	struct jpeg_decompress_struct *lib = &d->lib;
	size_t w = lib->output_width;

	d->rows = malloc((w + 2) * 2 * 4);
	if (!d->rows)
		give_up((j_common_ptr)lib, JPEG_NO_MEMORY);
	if (y)
		jpeg_skip_scanlines(lib, (JDIMENSION)y);
	for (; y < end; y++) {
		uint32_t *px = d->rows + (y & 1 ? w + 2 : 0) + 1;
		JSAMPROW row = (JSAMPROW)px;

		jpeg_read_scanlines(lib, &row, 1);
		px[-1] = px[0];
		px[w] = px[w - 1];
		check(d, d->sink->row(d->sink->ctx, y, px));
	}
	if (lib->output_scanline == lib->output_height)
		jpeg_finish_decompress(lib); /* also reads up to the end marker */
}

static void read_pixels(struct decoder *d, const struct jpeg_info *info)
{
	struct jpeg_decompress_struct *lib = &d->lib;
	JDIMENSION x = 0, w;
	int y = 0, end;

	lib->scale_num = 1;
	lib->scale_denom = (unsigned int)d->denominator;
	lib->dct_method = JDCT_ISLOW;
	lib->out_color_space =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? JCS_EXT_BGRX : JCS_EXT_XRGB;
	jpeg_start_decompress(lib);
	end = (int)lib->output_height;
	if (d->window && d->window->w) {
		x = (JDIMENSION)d->window->x;
		w = (JDIMENSION)d->window->w;
		jpeg_crop_scanline(lib, &x, &w);
		y = d->window->y;
		end = y + d->window->h;
	}
	if (d->sink->begin)
		check(d, d->sink->begin(d->sink->ctx, info, (int)x, (int)lib->output_width,
					(int)lib->output_height));
	stream_rows(d, y, end);
}

static bool window_fits(const struct jpeg_window *v, const struct jpeg_info *info)
{
	return v->x >= 0 && v->y >= 0 && v->w > 0 && v->h > 0 && v->w <= info->width_px - v->x &&
	       v->h <= info->height_px - v->y;
}

/* Everything that may longjmp happens below; @d lives in the caller's frame. */
static void run(struct decoder *d, const uint8_t *data, size_t bytes, struct jpeg_info *info)
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
	if (d->fault != JPEG_OK || !d->sink)
		return;
	if (d->window && d->window->w && (d->denominator != 1 || !window_fits(d->window, info)))
		d->fault = JPEG_UNSUPPORTED;
	else
		read_pixels(d, info);
}

enum jpeg_fault jpeg_stream(const uint8_t *data, size_t bytes, int denominator,
			    const struct jpeg_window *window, const struct jpeg_sink *sink,
			    struct jpeg_info *info)
{
	SCOPED_FREE struct decoder *d = NULL;

	memset(info, 0, sizeof(*info));
	info->orientation = 1;
	if (bytes < 4 || data[0] != 0xff || data[1] != 0xd8)
		return JPEG_NOT_JPEG;
	d = calloc(1, sizeof(*d));
	if (!d)
		return JPEG_NO_MEMORY;
	d->denominator = denominator;
	d->window = window;
	d->sink = sink;
	run(d, data, bytes, info);
	jpeg_destroy_decompress(&d->lib);
	free(d->rows);
	return d->fault;
}

enum jpeg_fault jpeg_read_info(const uint8_t *data, size_t bytes, struct jpeg_info *info)
{
	return jpeg_stream(data, bytes, 1, NULL, NULL, info);
}

/* The whole picture upright. */
struct upright {
	struct image *im;
	int orientation, w, h; /* as stored */
};

static enum jpeg_fault on_begin(void *ctx, const struct jpeg_info *info, int x, int w, int h)
{
	struct upright *u = ctx;

	(void)x;
	u->orientation = info->orientation;
	u->w = w;
	u->h = h;
	u->im = u->orientation >= 5 ? image_new(h, w) : image_new(w, h);
	return u->im ? JPEG_OK : JPEG_NO_MEMORY;
}

static enum jpeg_fault on_row(void *ctx, int y, const uint32_t *px)
{
	const struct upright *u = ctx;
	struct jpeg_walk at = jpeg_walk(u->orientation, y, u->w, u->h);
	uint32_t *to = image_row(u->im, at.y) + at.x;
	ptrdiff_t step = (ptrdiff_t)at.dy * (u->im->stride_bytes / 4) + at.dx;

	for (int x = 0; x < u->w; x++)
		to[x * step] = px[x] & 0xffffff;
	return JPEG_OK;
}

enum jpeg_fault jpeg_decode(const uint8_t *data, size_t bytes, int denominator,
			    struct jpeg_info *info, struct image **out)
{
	struct upright u = { 0 };
	const struct jpeg_sink sink = { on_begin, on_row, &u };
	enum jpeg_fault fault = jpeg_stream(data, bytes, denominator, NULL, &sink, info);

	if (fault == JPEG_OK)
		*out = u.im;
	else
		image_unref(u.im);
	return fault;
}
