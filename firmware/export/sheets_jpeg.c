/* Sheets as pictures of 300 dpi: every picture pixel by pixel as it was cut. */
#include <errno.h>
#include <stdlib.h>

#include "firmware/base/jpeg.h"
#include "firmware/export/page_jpeg.h"
#include "firmware/export/sheet_inside.h"

struct jpegs {
	struct sheet_job *job;
	struct sheet_frame frame;
	sheet_jpeg_fn *page;
	void *ctx;
};

static const cairo_user_data_key_t image_key;

static void drop(void *im)
{
	image_unref(im);
}

static cairo_surface_t *pixels(const struct sheet_piece *piece)
{
	struct jpeg_info info;
	struct image *im;
	cairo_surface_t *s;

	if (jpeg_decode(piece->jpeg, piece->bytes, 1, &info, &im) != JPEG_OK)
		return NULL;
	s = cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						im->width_px, im->height_px, im->stride_bytes);
	if (cairo_surface_set_user_data(s, &image_key, im, drop)) {
		image_unref(im);
		cairo_surface_destroy(s);
		return NULL;
	}
	return s;
}

static int emit(struct jpegs *d, cairo_surface_t *s, int number, bool back)
{
	void *jpeg;
	size_t bytes;
	int rc;

	cairo_surface_flush(s);
	rc = page_jpeg((const uint32_t *)(void *)cairo_image_surface_get_data(s),
		       cairo_image_surface_get_width(s), cairo_image_surface_get_height(s),
		       cairo_image_surface_get_stride(s), SHEET_DPI, &jpeg, &bytes);
	if (rc < 0)
		return rc;
	rc = d->page(d->ctx, number, back, jpeg, bytes);
	free(jpeg);
	return rc;
}

static int draw(void *ctx, const struct sheet_page *page)
{
	struct jpegs *d = ctx;
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)d->frame.page_w,
							(int)d->frame.page_h);
	cairo_t *cr = cairo_create(s);
	int rc = cairo_status(cr) ? -ENOMEM : 0;

	if (rc == 0)
		rc = sheet_draw_front(cr, d->job, &d->frame, page, pixels);
	if (rc == 0)
		rc = emit(d, s, page->number, false);
	if (rc == 0 && d->job->spec->back[0]) {
		sheet_draw_back(cr, d->job, &d->frame, page);
		rc = emit(d, s, page->number, true);
	}
	cairo_destroy(cr);
	cairo_surface_destroy(s);
	return rc;
}

int sheet_jpegs(const struct sheet_spec *s, const struct people *p, const struct remap *r,
		sheet_cut_fn *cut, void *cut_ctx, sheet_jpeg_fn *page, void *page_ctx,
		struct sheet_report *report)
{
	struct sheet_job job = {
		.spec = s, .remap = r, .cut = cut, .cut_ctx = cut_ctx, .report = report
	};
	struct jpegs d = { .job = &job, .page = page, .ctx = page_ctx };
	int rc = sheet_layout(s, &job.layout);

	*report = (struct sheet_report){ 0 };
	if (rc < 0)
		return rc;
	sheet_frame_px(&job, &d.frame);
	return sheet_pages(&job, p, draw, &d);
}
