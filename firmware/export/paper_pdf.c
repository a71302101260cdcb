#include "firmware/export/paper_pdf.h"

#include <cairo-pdf.h>
#include <errno.h>

#include "firmware/export/print_file.h"

/* cairo 1.16 loses 768 bytes with every OpenType font it puts into a file; stripped, it shows the
 * leak checker no name that could be excused. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define LEAKS_OF_CAIRO_BEGIN() __lsan_disable()
#define LEAKS_OF_CAIRO_END()   __lsan_enable()
#else
#define LEAKS_OF_CAIRO_BEGIN()
#define LEAKS_OF_CAIRO_END()
#endif

static cairo_status_t put_bytes(void *ctx, const unsigned char *data, unsigned int bytes)
{
	struct paper_pdf *p = ctx;

	if (!p->error)
		p->error = print_file_write(p->fd, data, bytes);
	return p->error ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

void paper_pdf_begin(struct paper_pdf *p, int fd, double w_pt, double h_pt)
{
	*p = (struct paper_pdf){ .fd = fd };
	p->surface = cairo_pdf_surface_create_for_stream(put_bytes, p, w_pt, h_pt);
	p->cr = cairo_create(p->surface);
}

int paper_pdf_fault(const struct paper_pdf *p)
{
	if (p->error)
		return p->error;
	return cairo_status(p->cr) || cairo_surface_status(p->surface) ? -ENOMEM : 0;
}

int paper_pdf_end(struct paper_pdf *p)
{
	int fault = paper_pdf_fault(p);

	LEAKS_OF_CAIRO_BEGIN();
	cairo_destroy(p->cr);
	cairo_surface_finish(p->surface);
	LEAKS_OF_CAIRO_END();
	if (!fault)
		fault = p->error ? p->error : cairo_surface_status(p->surface) ? -EIO : 0;
	cairo_surface_destroy(p->surface);
	return fault;
}
