/*
 * Print sheets: small portraits set on photo paper with cut marks, captions outside the pictures and
 * a back page, as PDF (one page a sheet, vector marks) and as 300-dpi JPEG.
 */
#pragma once

#include <stddef.h>

#include "firmware/base/config.h"
#include "firmware/export/people.h"

enum sheet_mode {
	SHEET_EACH, /* a sheet (or more) for each person */
	SHEET_PACKED, /* people follow each other on a sheet */
};

/* config/export/NAME.sheet. Lengths in mm, as printed. */
struct sheet_spec {
	char id[32];
	double paper_w_mm, paper_h_mm; /* 152 × 102 (6-inch), 127 × 89 (5-inch), 297 × 210 … */
	double photo_w_mm, photo_h_mm;
	double gap_mm; /* 0…2 */
	double margin_mm;
	int copies_hand_in, copies_keep; /* a person */
	int per_sheet; /* 0: as many as fit */
	int mode; /* enum sheet_mode */
	bool marks, turn; /* cut marks; photos may stand sideways when more fit */
	char caption[128], back[128]; /* templates: {学号} {姓名} */
	char sort[64]; /* headers: 班级, 学号 */
	char preset[32]; /* framing: whose windows the crop takes, scaled to the photo's size */
};

struct sheet_layout {
	int columns, rows, per_sheet;
	bool turned;
	double left_mm, top_mm; /* of the first photo; the block is centred */
};

/** sheet_load() - Return: 0; errno of open; -EINVAL with file and line. */
int sheet_load(const char *path, struct sheet_spec *out, struct config_error *err);
/** sheet_layout() - how many fit and where. Return: 0, -ENOSPC not even one. */
int sheet_layout(const struct sheet_spec *s, struct sheet_layout *out);

/* 学号 as printed, by 学号 as in the database (S0: 9-digit number in the list, 12-digit one on the
 * back). From a two-column table of any roster format. */
struct remap;
int remap_load(const char *path, struct remap **out, char why[static 128]);
const char *remap_find(const struct remap *r, const char *student_no); /* itself when not listed */
void remap_free(struct remap *r);

/* The cut picture of a person at @width_px × @height_px as a JPEG; set by the caller (export cuts
 * from originals, tests draw). free(*jpeg). Return: 0 or negative errno (the person is left out and
 * reported). */
typedef int sheet_cut_fn(void *ctx, const struct subject *s, int width_px, int height_px,
			 void **jpeg, size_t *bytes);

struct sheet_report {
	int people, photos, pages, left_out;
};
/**
 * sheet_pdf() - all sheets of @people (those with a picture) into one PDF file behind @fd
 * sheet_jpeg() - page @page of them as one 300-dpi JPEG, for labs that take pictures only
 * Return: 0; negative errno.
 */
int sheet_pdf(const struct sheet_spec *s, const struct people *p, const struct remap *r, int fd,
	      sheet_cut_fn *cut, void *ctx, struct sheet_report *report);
int sheet_jpeg(const struct sheet_spec *s, const struct people *p, const struct remap *r, int page,
	       sheet_cut_fn *cut, void *ctx, void **jpeg, size_t *bytes);
