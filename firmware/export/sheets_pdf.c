/* Sheets as PDF: the pictures' JPEG goes in as it is, once for all copies. */
#include <cairo-pdf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/export/paper_pdf.h"
#include "firmware/export/sheet_inside.h"

struct pdf {
	struct sheet_job *job;
	struct sheet_frame frame;
	struct paper_pdf file;
};

static void drop(void *piece)
{
	sheet_piece_unref(piece);
}

/* Its pixels are never looked at: only the JPEG that hangs on it reaches the file. */
static cairo_surface_t *carrier(const struct sheet_piece *piece)
{
	struct sheet_piece *p = (struct sheet_piece *)piece;
	cairo_surface_t *s =
		cairo_image_surface_create(CAIRO_FORMAT_RGB24, p->width_px, p->height_px);
	char *name = NULL;
	int n = asprintf(&name, "p%lld", (long long)p->person);

	if (n < 0 ||
	    cairo_surface_set_mime_data(s, CAIRO_MIME_TYPE_UNIQUE_ID, (const unsigned char *)name,
					(unsigned long)n, free, name)) {
		free(n < 0 ? NULL : name);
		cairo_surface_destroy(s);
		return NULL;
	}
	if (p->jpeg && cairo_surface_set_mime_data(s, CAIRO_MIME_TYPE_JPEG, p->jpeg, p->bytes, drop,
						   sheet_piece_ref(p))) {
		sheet_piece_unref(p);
		cairo_surface_destroy(s);
		return NULL;
	}
	return s;
}

static int draw(void *ctx, const struct sheet_page *page)
{
	struct pdf *d = ctx;
	int rc = sheet_draw_front(d->file.cr, d->job, &d->frame, page, carrier);

	if (rc < 0)
		return rc;
	cairo_show_page(d->file.cr);
	if (d->job->spec->back[0]) {
		sheet_draw_back(d->file.cr, d->job, &d->frame, page);
		cairo_show_page(d->file.cr);
	}
	return paper_pdf_fault(&d->file);
}

/* The newest picture's time, not now: the same people give the same file, so that an export that is
 * repeated keeps it. */
static void stamp(cairo_surface_t *out, const struct sheet_spec *s, const struct people *p)
{
	time_t newest = 0;
	char date[32];
	struct tm tm;

	for (int i = 0; i < p->count; i++)
		if (p->all[i].stored_utc_ms / 1000 > newest)
			newest = p->all[i].stored_utc_ms / 1000;
	gmtime_r(&newest, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	cairo_pdf_surface_set_metadata(out, CAIRO_PDF_METADATA_CREATE_DATE, date);
	cairo_pdf_surface_set_metadata(out, CAIRO_PDF_METADATA_TITLE, s->id);
}

int sheet_pdf(const struct sheet_spec *s, const struct people *p, const struct remap *r, int fd,
	      sheet_cut_fn *cut, void *ctx, struct sheet_report *report)
{
	struct sheet_job job = {
		.spec = s, .remap = r, .cut = cut, .cut_ctx = ctx, .report = report, .once = true
	};
	struct pdf d = { .job = &job };
	int rc, fault;

	*report = (struct sheet_report){ 0 };
	rc = sheet_layout(s, &job.layout);
	if (rc < 0)
		return rc;
	sheet_frame_pdf(&job, &d.frame);
	paper_pdf_begin(&d.file, fd, d.frame.page_w, d.frame.page_h);
	stamp(d.file.surface, s, p);
	rc = sheet_pages(&job, p, draw, &d);
	fault = paper_pdf_end(&d.file);
	return rc ? rc : fault;
}
