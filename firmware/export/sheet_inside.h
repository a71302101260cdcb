/* Inside the print sheets: pages of slots, and how one is drawn on any cairo surface. */
#pragma once

#include <cairo.h>

#include "firmware/export/sheets.h"

/* A cut picture; several slots may show it. */
struct sheet_piece {
	int refs, width_px, height_px;
	int64_t person;
	void *jpeg; /* NULL: the file has it already */
	size_t bytes;
};
struct sheet_piece *sheet_piece_ref(struct sheet_piece *p);
void sheet_piece_unref(struct sheet_piece *p); /* NULL is allowed */

enum sheet_group { GROUP_MIXED, GROUP_HAND_IN, GROUP_KEEP };

struct sheet_slot {
	const struct subject *s;
	bool keep;
	struct sheet_piece *piece;
};

struct sheet_page {
	int number; /* from 1 */
	enum sheet_group group;
	int count;
	struct sheet_slot slots[SHEET_SLOTS_MAX];
};

struct sheet_job {
	const struct sheet_spec *spec;
	struct sheet_layout layout;
	const struct remap *remap;
	sheet_cut_fn *cut;
	void *cut_ctx;
	struct sheet_report *report;
	bool once; /* a picture in the file serves the copies to keep too: no second cut */
};

/** sheet_pages() - set everybody on pages, in order; @draw each. Return: 0, first negative errno. */
typedef int sheet_draw_fn(void *ctx, const struct sheet_page *page);
int sheet_pages(struct sheet_job *j, const struct people *p, sheet_draw_fn *draw, void *ctx);

/** sheet_expand() - a template for one person, one line; 学号 as printed. */
void sheet_expand(const char *text, size_t bytes, const struct subject *s, const struct remap *r,
		  char *out, size_t size);
/** sheet_lines() - lines of a template; sheet_line() - the @i-th. */
int sheet_lines(const char *text);
const char *sheet_line(const char *text, int i, size_t *bytes);

/* Lengths in units of the surface: points, or pixels (whole ones: @grid). */
struct sheet_frame {
	double unit; /* 1 mm */
	double page_w, page_h, left, top, photo_w, photo_h, caption, gap;
	bool grid;
};
void sheet_frame_pdf(const struct sheet_job *j, struct sheet_frame *out);
void sheet_frame_px(const struct sheet_job *j, struct sheet_frame *out);

/* A surface of the piece's own pixels; NULL: out of memory or no JPEG. */
typedef cairo_surface_t *sheet_surface_fn(const struct sheet_piece *piece);
int sheet_draw_front(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		     const struct sheet_page *page, sheet_surface_fn *surface);
void sheet_draw_back(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		     const struct sheet_page *page);

/* sheet_marks.c */
void sheet_draw_marks(cairo_t *cr, const struct sheet_job *j, const struct sheet_frame *f,
		      int count);
