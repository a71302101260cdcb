/* A PDF being written to a descriptor. */
#pragma once

#include <cairo.h>

struct paper_pdf {
	cairo_surface_t *surface;
	cairo_t *cr;
	int fd, error; /* error: of writing, negative errno */
};

/** paper_pdf_begin() - pages of @w_pt × @h_pt; @p must stay where it is until paper_pdf_end(). */
void paper_pdf_begin(struct paper_pdf *p, int fd, double w_pt, double h_pt);
/** paper_pdf_fault() - what went wrong so far: 0, negative errno. */
int paper_pdf_fault(const struct paper_pdf *p);
/** paper_pdf_end() - Return: 0, negative errno. */
int paper_pdf_end(struct paper_pdf *p);
