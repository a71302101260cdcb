/* Rows of one file against each other: no document number, shooting number or 学号 twice. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/import_file.h"

struct key {
	const char *text; /* NULL: by seq */
	struct roster_row *row;
	enum roster_column column;
};

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int d = x->text ? strcmp(x->text, y->text) : x->row->seq - y->row->seq;

	return d			    ? d
	       : x->row->map != y->row->map ? x->row->map - y->row->map
					    : x->row->index - y->row->index;
}

/* One person may stand in two rows: two enrolments, with a student number each. */
static bool second_enrolment(struct roster_file *f, struct roster_row *a, struct roster_row *b)
{
	return !strcmp(roster_row_cell(f, a, COL_NAME), roster_row_cell(f, b, COL_NAME)) &&
	       strcmp(roster_row_cell(f, a, COL_STUDENT_NO), roster_row_cell(f, b, COL_STUDENT_NO));
}

/* Two orders of one person, one of them paid: paid. */
static bool same_payer(struct roster_file *f, const struct key *a, const struct key *b)
{
	if (!roster_file_has(f, COL_PAID) ||
	    strcmp(roster_row_cell(f, a->row, COL_NAME), roster_row_cell(f, b->row, COL_NAME)) != 0)
		return false;
	if (!strcmp(a->row->paid, "yes") || !strcmp(b->row->paid, "yes"))
		a->row->paid = b->row->paid = "yes";
	return true;
}

static enum row_fault fault_of(struct roster_file *f, const struct key *a, const struct key *b)
{
	if (a->row == b->row)
		return ROW_FINE;
	if (!a->text)
		return a->row->seq == b->row->seq ? ROW_SEQ_TWICE : ROW_FINE;
	if (strcmp(a->text, b->text) != 0)
		return ROW_FINE;
	if (f->result.partial && same_payer(f, a, b))
		return ROW_FINE;
	if (b->column == COL_STUDENT_NO)
		return f->result.partial ? ROW_TWICE_IN_FILE : ROW_STUDENT_NO_TWICE;
	return second_enrolment(f, a->row, b->row) ? ROW_FINE : ROW_TWICE_IN_FILE;
}

/* 总表 and a sheet a class in one workbook: the same row once more, not somebody twice. */
static bool same_row(struct roster_file *f, const struct key *a, const struct key *b)
{
	return a->text && a->row->map != b->row->map && !strcmp(a->text, b->text) &&
	       !strcmp(roster_row_cell(f, a->row, COL_NAME),
		       roster_row_cell(f, b->row, COL_NAME)) &&
	       !strcmp(roster_row_cell(f, a->row, COL_STUDENT_NO),
		       roster_row_cell(f, b->row, COL_STUDENT_NO));
}

/* Take repeated rows, and what was said of them, out. Rows and problems are sorted alike. */
static void drop_repeated(struct roster_file *f)
{
	size_t at = 0, said = 0;
	int kept = 0;

	roster_file_count(f);
	for (int i = 0; i < f->row_count; i++) {
		const struct roster_row row = f->rows[i];
		int sheet = f->maps[row.map].sheet;

		for (; at < f->problem_count &&
		       (f->problems[at].sheet < sheet ||
			(f->problems[at].sheet == sheet && f->problems[at].line <= row.line));
		     at++)
			if (!row.repeated || f->problems[at].line != row.line ||
			    f->problems[at].sheet != sheet)
				f->problems[said++] = f->problems[at];
		if (!row.repeated)
			f->rows[kept++] = row;
	}
	while (at < f->problem_count)
		f->problems[said++] = f->problems[at++];
	f->problem_count = said;
	f->result.repeated = f->row_count - kept;
	f->row_count = kept;
}

static void find_repeated(struct roster_file *f, struct key *keys, size_t count)
{
	if (f->map_count < 2)
		return;
	qsort(keys, count, sizeof(*keys), by_key);
	for (size_t i = 1; i < count; i++)
		keys[i].row->repeated |=
			keys[i].column == COL_ID_NO && same_row(f, &keys[i - 1], &keys[i]);
	drop_repeated(f);
}

static void judge_sorted(struct roster_file *f, struct key *keys, size_t count)
{
	qsort(keys, count, sizeof(*keys), by_key);
	for (size_t i = 1; i < count; i++) {
		enum row_fault fault = fault_of(f, &keys[i - 1], &keys[i]);

		if (fault)
			roster_file_problem(f, keys[i].row, keys[i].column, fault);
	}
}

static size_t documents(struct roster_file *f, struct key *keys)
{
	static const enum roster_column columns[DOCUMENTS_MAX] = { COL_ID_NO, COL_DOCUMENT_2,
								   COL_DOCUMENT_3, COL_DOCUMENT_4 };
	size_t n = 0;

	for (int i = 0; i < f->row_count; i++)
		for (int d = 0; d < DOCUMENTS_MAX; d++)
			if (f->rows[i].documents[d][0])
				keys[n++] = (struct key){ f->rows[i].documents[d], &f->rows[i],
							  columns[d] };
	return n;
}

static size_t numbers(struct roster_file *f, struct key *keys)
{
	size_t n = 0;

	for (int i = 0; i < f->row_count; i++)
		if (f->rows[i].seq)
			keys[n++] = (struct key){ NULL, &f->rows[i], COL_SEQ };
	return n;
}

/* A row that is refused for its document number is the same person once more, not a second 学号. */
static size_t students(struct roster_file *f, struct key *keys)
{
	size_t n = 0;

	for (int i = 0; i < f->row_count; i++) {
		const char *cell = roster_row_cell(f, &f->rows[i], COL_STUDENT_NO);

		if (!f->rows[i].bad && strspn(cell, "0") != strlen(cell))
			keys[n++] = (struct key){ cell, &f->rows[i], COL_STUDENT_NO };
	}
	return n;
}

void roster_file_judge_twice(struct roster_file *f)
{
	size_t max = (size_t)f->row_count * DOCUMENTS_MAX + 1;
	SCOPED_FREE struct key *keys = calloc(max, sizeof(*keys));

	if (!keys) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	find_repeated(f, keys, documents(f, keys));
	judge_sorted(f, keys, documents(f, keys));
	judge_sorted(f, keys, numbers(f, keys));
	judge_sorted(f, keys, students(f, keys));
}
