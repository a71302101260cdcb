/*
 * Print sheets: small portraits set on photo paper with cut marks, captions outside the pictures and
 * a back page, as PDF (one page a sheet, vector marks) and as 300-dpi JPEG.
 *
 * Nothing is ever drawn into a picture. A picture has round(mm × 300 ÷ 25.4) pixels a side; the PDF
 * shows it at exactly photo_w_mm × photo_h_mm, the JPEG pixel by pixel.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/config.h"
#include "firmware/export/people.h"

enum { SHEET_DPI = 300, SHEET_SLOTS_MAX = 400 };

enum sheet_mode {
	SHEET_EACH, /* a sheet (or more) for each person */
	SHEET_PACKED, /* people follow each other on a sheet */
};

/* Which way the paper is turned over for the back page. */
enum sheet_flip { SHEET_FLIP_LONG, SHEET_FLIP_SHORT };

/* config/export/NAME.sheet. Lengths in mm, as printed. Texts are templates: {学号} {姓名}, any
 * header; {{ is a brace; | begins a new line. */
struct sheet_spec {
	char id[32];
	double paper_w_mm, paper_h_mm; /* 152 × 102 (6-inch), 127 × 89 (5-inch), 297 × 210 … */
	double photo_w_mm, photo_h_mm;
	double gap_mm; /* 0…2 */
	double margin_mm; /* at least this much white around the block, which is centred */
	int copies_hand_in, copies_keep; /* a person; both 0: one sheet full, packed: one */
	int per_sheet; /* 0: as many as fit */
	int mode; /* enum sheet_mode */
	bool marks, turn; /* cut marks; the paper may stand upright when more fit */
	bool hand_in_first; /* all copies to hand in on the first sheets, then those to keep */
	char caption[128]; /* under each picture, "" none */
	double caption_mm; /* height of its strip; 0 in the file: 3.5 a line */
	char back[128]; /* on the back page, behind each picture; "" no back page */
	int flip; /* enum sheet_flip */
	char heading[128]; /* in the margin, where it has 11 mm; "" none */
	char sort[64]; /* headers: 班级, 学号; "" as the people stand */
	char preset[32]; /* framing: whose windows the crop takes, scaled to the photo's size */
};

struct sheet_layout {
	int columns, rows, per_sheet;
	bool turned; /* the paper stands on its other side */
	double page_w_mm, page_h_mm;
	double left_mm, top_mm; /* of the first photo; the block is centred */
};

/** sheet_load() - Return: 0; errno of open; -EINVAL with file and line. */
int sheet_load(const char *path, struct sheet_spec *out, struct config_error *err);
/** sheet_path() - as profile_path(), NAME.sheet. Return: 0 or -ENOENT. */
int sheet_path(const char *name, char *out, size_t size);
/** sheet_names() - "eight-1in, eight-2in, …": what is there with @ending (".sheet", ".labels"). */
void sheet_names(const char *ending, char *out, size_t size);
/** sheet_layout() - how many fit and where. Return: 0, -ENOSPC: not even one, or not per_sheet. */
int sheet_layout(const struct sheet_spec *s, struct sheet_layout *out);
/** sheet_px() - pixels of a length at 300 dpi, rounded to the nearest. */
int sheet_px(double mm);

/* 学号 as printed, by 学号 as in the database (S0: 9-digit number in the list, 12-digit one on the
 * back). From a two-column table of any roster format, with or without a header row. */
struct remap;
/** remap_load() - Return: 0; -EINVAL with @why: which row is wrong; -ENOMEM. */
int remap_load(const char *path, struct remap **out, char why[static 256]);
const char *remap_find(const struct remap *r, const char *student_no); /* itself when not listed */
bool remap_has(const struct remap *r, const char *student_no);
int remap_count(const struct remap *r);
void remap_free(struct remap *r);

/* The cut picture of a person at @width_px × @height_px as a JPEG; set by the caller (sheet_cut.h
 * cuts from originals, tests draw). free(*jpeg). Return: 0 or negative errno (the person is left out
 * and reported). */
typedef int sheet_cut_fn(void *ctx, const struct subject *s, int width_px, int height_px,
			 void **jpeg, size_t *bytes);

struct sheet_left {
	const struct subject *s;
	int error; /* of the cut */
};

/* Whose prints are where. */
struct sheet_done {
	const struct subject *s;
	int hand_in, keep; /* copies */
	int first_page,
		last_page; /* a group of its own for copies to keep: from its first to last */
};

struct sheet_report {
	int people, photos, pages, left_out; /* pages: sheets of paper */
	int no_glyph; /* characters no font has */
	struct sheet_left *left; /* @left_out of them */
	struct sheet_done *done; /* @people of them, in the order of the first sheet */
};
void sheet_report_free(struct sheet_report *r);

/** sheet_fault() - what stands against printing @p so: a header nobody has. Return: 0, -EINVAL. */
int sheet_fault(const struct sheet_spec *s, const struct people *p, char why[static 256]);

/** sheet_blank() - the first header of caption or back page that is empty for this person, NULL none. */
const char *sheet_blank(const struct sheet_spec *s, const struct subject *who,
			char header[static 96]);

/** sheet_order() - those of @p with a picture, sorted by the spec; numbers among text by value, the
 * 学号 as printed. free(*out). Return: how many, -ENOMEM. */
int sheet_order(const struct sheet_spec *s, const struct people *p, const struct remap *r,
		const struct subject ***out);

/** sheet_pdf() - all sheets of @people (those with a picture) into one PDF file behind @fd; each
 * front is followed by its back page. Return: 0; negative errno. */
int sheet_pdf(const struct sheet_spec *s, const struct people *p, const struct remap *r, int fd,
	      sheet_cut_fn *cut, void *ctx, struct sheet_report *report);

/* One page of them as a 300-dpi JPEG, for labs that take pictures only. */
typedef int sheet_jpeg_fn(void *ctx, int page, bool back, const void *jpeg, size_t bytes);
int sheet_jpegs(const struct sheet_spec *s, const struct people *p, const struct remap *r,
		sheet_cut_fn *cut, void *cut_ctx, sheet_jpeg_fn *page, void *page_ctx,
		struct sheet_report *report);
