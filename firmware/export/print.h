/* Printing from a job: whose pictures, on which sheet, into a PDF or a folder of JPEG pages; and the
 * address labels. */
#pragma once

#include <sqlite3.h>

#include "firmware/export/sheets.h"

struct print_wish {
	const char *sheet; /* name or file */
	const char *out; /* file.pdf; a folder with @jpeg, made when absent */
	const char *class_name, *station,
		*person; /* NULL: everybody. person: any number of theirs */
	const char *sort, *remap; /* NULL: as the sheet says; none */
	const char *list; /* print list beside it, any of lists.h; NULL none */
	const char *landmarks; /* NULL: the usual model */
	int hand_in, keep; /* -1: as the job says, else the sheet */
	bool jpeg;
	/* Before each person's picture is cut, NULL: none; non-zero stops (-ECANCELED). */
	int (*progress)(void *ctx, int done, int total);
	void *ctx;
};

struct print_result {
	struct sheet_spec sheet; /* as printed */
	struct sheet_layout layout;
	struct sheet_report report;
	int chosen, without; /* people; without a picture */
	const struct subject **unmapped; /* not in the remap table: printed with their own 学号 */
	int unmapped_count;
	char why[512]; /* on failure: what, where, what to do */
	/* private */
	struct people people, some;
	struct remap *remap;
};

/**
 * print_sheets() - nothing stands at @w->out, or what stood there, unless all pages are written
 * Blocks: about 0.3 s a person. Only reads the job; works beside a kiosk that holds it open.
 * Return: 0; -EINVAL a wish that cannot be (sheet, column, remap table, person); -ENODATA nobody has
 * a picture; other negative errno. @out in every case: print_result_free().
 */
int print_sheets(const char *data_dir, const char *job, const struct print_wish *w,
		 struct print_result *out);
void print_result_free(struct print_result *r);

/** print_job_copies() - the job's 上交张数 and 留存张数 into @s, for the kinds of copies the sheet is
 * about: a sheet of the diploma print alone does not grow by the copies to keep. */
void print_job_copies(sqlite3 *db, struct sheet_spec *s);

struct print_labels_wish {
	const char *sheet; /* of labels: name or file; NULL: a4-3x8 */
	const char *out; /* file.pdf */
	const char *by, *only, *addresses; /* labels.h */
	int copies; /* a person; -1: as the job says */
	int first; /* position on the first sheet, from 1 */
	const char *list; /* the same as a table, any of lists.h; NULL none */
};

/** print_labels() - address labels as PDF. Return: how many; negative errno with @why. */
int print_labels(const char *data_dir, const char *job, const struct print_labels_wish *w,
		 int *pages, char why[static 512]);
