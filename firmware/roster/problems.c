/* 问题名单.xlsx: what the school puts right and sends back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum { OWN_COLUMNS = 3, TEXT_MAX = 1024, COLUMNS_MAX = 256 };

struct book {
	lxw_workbook *book;
	lxw_worksheet *sheet;
	lxw_format *text, *head, *wrong;
	lxw_row_t row;
};

static const char *sentence(const char *what, enum row_fault fault)
{
	char id[64];

	snprintf(id, sizeof(id), "roster.%s.%s", what, row_fault_word(fault));
	return text_get(LANG_ZH, id);
}

/* One more sentence in a cell, each once. */
static void add(char *text, const char *more)
{
	size_t n = strlen(text);

	if (!strstr(text, more))
		snprintf(text + n, TEXT_MAX - n, "%s%s", n ? "；" : "", more);
}

static void own_cells(struct book *b, const char *place, const char *cause, const char *cure,
		      lxw_format *format)
{
	const char *const cells[OWN_COLUMNS] = { place, cause, cure };

	for (lxw_col_t i = 0; i < OWN_COLUMNS; i++)
		worksheet_write_string(b->sheet, b->row, i, cells[i], format);
}

/* Cells of a row behind the place, cause and cure. A class that only the sheet's name told is written
 * out: the list comes back without those sheets. */
static void put_cells(struct book *b, const struct roster_file *f, const struct sheet_map *m,
		      int index, const bool *wrong, lxw_format *format)
{
	int width = table_width(f->table, m->sheet);
	lxw_col_t at = OWN_COLUMNS;

	if (f->class_of_sheet)
		worksheet_write_string(b->sheet, b->row, at++,
				       index == m->header ? roster_column_header(COL_CLASS)
							  : table_sheet_name(f->table, m->sheet),
				       format);
	for (int i = 0; i < width; i++)
		worksheet_write_string(b->sheet, b->row, at++,
				       table_cell_spread(f->table, m->sheet, index, i),
				       wrong && wrong[i] ? b->wrong : format);
	b->row++;
}

/* The headers as the school wrote them, so that the sheet is a roster again once it is put right. */
static void put_head(struct book *b, const struct roster_file *f, const struct sheet_map *m)
{
	own_cells(b, text_get(LANG_ZH, "roster.problem.place"),
		  text_get(LANG_ZH, "roster.problem.cause"),
		  text_get(LANG_ZH, "roster.problem.cure"), b->head);
	put_cells(b, f, m, m->header, NULL, b->head);
}

/* Problems of one row: @first … @end. */
static void put_row(struct book *b, const struct roster_file *f, const struct roster_row *row,
		    size_t first, size_t end)
{
	const struct sheet_map *m = &f->maps[row->map];
	const char *sheet = table_sheet_name(f->table, m->sheet);
	char places[TEXT_MAX] = "", causes[TEXT_MAX] = "", cures[TEXT_MAX] = "", cell[16], at[96];
	bool wrong[COLUMNS_MAX] = { false };

	for (size_t i = first; i < end; i++) {
		const struct import_problem *p = &f->problems[i];

		if (row_fault_is_warning(p->fault))
			continue; /* their cures speak of rows that went in */
		import_problem_place(p, cell);
		snprintf(at, sizeof(at), "%.64s%s%s", sheet, *sheet ? "!" : "", cell);
		add(places, at);
		add(causes, sentence("cause", p->fault));
		add(cures, sentence("cure", p->fault));
		if (p->column >= 0 && p->column < COLUMNS_MAX)
			wrong[p->column] = true;
	}
	own_cells(b, places, causes, cures, b->text);
	put_cells(b, f, m, row->index, wrong, b->text);
}

static bool same_headers(const struct roster_file *f, const struct sheet_map *a,
			 const struct sheet_map *b)
{
	int width = table_width(f->table, a->sheet);

	if (width != table_width(f->table, b->sheet))
		return false;
	for (int i = 0; i < width; i++)
		if (strcmp(table_cell_spread(f->table, a->sheet, a->header, i),
			   table_cell_spread(f->table, b->sheet, b->header, i)) != 0)
			return false;
	return true;
}

/* Rows of the sheets in @group share a sheet. Return: how many. */
static int put_rows(struct book *b, const struct roster_file *f, const int *group, int wanted)
{
	size_t at = 0, end;
	int put = 0;

	for (int i = 0; i < f->row_count; i++) {
		const struct roster_row *row = &f->rows[i];
		int sheet = f->maps[row->map].sheet;

		while (at < f->problem_count &&
		       (f->problems[at].sheet < sheet ||
			(f->problems[at].sheet == sheet && f->problems[at].line < row->line)))
			at++;
		for (end = at; end < f->problem_count && f->problems[end].sheet == sheet &&
			       f->problems[end].line == row->line;)
			end++;
		if (row->bad && group[row->map] == wanted) {
			if (b)
				put_row(b, f, row, at, end);
			put++;
		}
		at = end;
	}
	return put;
}

static void put_group(struct book *b, const struct roster_file *f, const int *group, int wanted)
{
	char name[64];

	snprintf(name, sizeof(name), "问题名单%.0d", wanted);
	b->sheet = workbook_add_worksheet(b->book, name);
	b->row = 0;
	worksheet_set_column(b->sheet, 0, 0, 10, NULL);
	worksheet_set_column(b->sheet, 1, 2, 30, NULL);
	worksheet_set_column(b->sheet, OWN_COLUMNS, OWN_COLUMNS + 40, 18, b->text);
	worksheet_freeze_panes(b->sheet, 1, 0);
	put_head(b, f, &f->maps[wanted]);
	put_rows(b, f, group, wanted);
}

static void make_formats(struct book *b)
{
	b->text = workbook_add_format(b->book);
	format_set_num_format(b->text, "@");
	b->head = workbook_add_format(b->book);
	format_set_num_format(b->head, "@");
	format_set_bold(b->head);
	format_set_bg_color(b->head, 0xD9E2F3);
	b->wrong = workbook_add_format(b->book);
	format_set_num_format(b->wrong, "@");
	format_set_bg_color(b->wrong, 0xFFD0D0);
}

int roster_problems_write(const struct roster_file *f, const char *path)
{
	struct book b = { .book = workbook_new(path) };
	int group[SHEETS_MAX] = { 0 };
	lxw_error error;

	if (!b.book)
		return -ENOMEM;
	make_formats(&b);
	for (int m = 0; m < f->map_count; m++) {
		for (group[m] = 0; !same_headers(f, &f->maps[m], &f->maps[group[m]]);)
			group[m]++;
	}
	for (int m = 0; m < f->map_count; m++)
		if (put_rows(NULL, f, group, m) || (!m && f->map_count == 1))
			put_group(&b, f, group, m);
	error = workbook_close(b.book);
	if (error)
		unlink(path);
	return error == LXW_NO_ERROR ? 0 : error == LXW_ERROR_MEMORY_MALLOC_FAILED ? -ENOMEM : -EIO;
}
