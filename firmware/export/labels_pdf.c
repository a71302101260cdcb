/* Sheets of labels as PDF. */
#include <errno.h>

#include "firmware/export/labels.h"
#include "firmware/export/paper_pdf.h"
#include "firmware/export/paper_text.h"

/* Millimetres. */
#define INSET	3.5 /* printers and label sheets shift by a millimetre or two */
#define TO_EM	4.4
#define TEXT_EM 3.2
#define AIR	0.8

#define MM (72 / 25.4)

/* From the top down; what is in it and from whom at the foot. */
static void draw(cairo_t *cr, const struct label_spec *s, const struct label *l, double x, double y)
{
	struct paper_box box = { .x = x + INSET * MM,
				 .y = y + INSET * MM,
				 .w = (s->label_w_mm - 2 * INSET) * MM,
				 .h = s->label_h_mm * MM,
				 .em = TO_EM * MM };
	double foot = y + (s->label_h_mm - INSET) * MM, line = TEXT_EM * 1.3 * MM;

	cairo_set_source_rgb(cr, 0, 0, 0);
	box.h = 2 * TO_EM * 1.25 * MM;
	box.y += paper_block(cr, &box, 2, l->to) + AIR * MM;
	box.em = TEXT_EM * MM;
	box.h = foot - 3 * line - box.y;
	box.y += paper_block(cr, &box, 2, l->address);
	box.y = foot - 3 * line;
	box.h = line;
	paper_text(cr, &box, l->contact);
	box.y += line;
	paper_text(cr, &box, l->content);
	box.y += line;
	box.em = 0.85 * TEXT_EM * MM;
	paper_text(cr, &box, l->from);
	if (!s->frame)
		return;
	cairo_set_source_rgb(cr, 0.6, 0.6, 0.6);
	cairo_set_line_width(cr, 0.1 * MM);
	cairo_rectangle(cr, x, y, s->label_w_mm * MM, s->label_h_mm * MM);
	cairo_stroke(cr);
}

int labels_pdf(const struct label_spec *s, const struct label *all, int count, int first, int fd)
{
	int a_page = s->columns * s->rows, pages = 0, fault;
	struct paper_pdf file;

	if (first < 0 || first >= a_page)
		return -EINVAL;
	paper_pdf_begin(&file, fd, s->paper_w_mm * MM, s->paper_h_mm * MM);
	for (int i = 0; i < count; i++) {
		int at = (first + i) % a_page;

		draw(file.cr, s, &all[i], (s->left_mm + at % s->columns * s->step_x_mm) * MM,
		     (s->top_mm + at / s->columns * s->step_y_mm) * MM);
		if (at == a_page - 1 || i == count - 1) {
			cairo_show_page(file.cr);
			pages++;
		}
	}
	fault = paper_pdf_end(&file);
	return fault ? fault : pages;
}
