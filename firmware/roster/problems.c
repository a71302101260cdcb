/* 问题名单.xlsx: what the school puts right and sends back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum { OWN_COLUMNS = 3, TEXT_MAX = 1024 };

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

/* The headers as the school wrote them, so that the sheet is a roster again once it is put right. */
static void put_head(struct book *b, const struct roster_file *f)
{
	const struct sheet_map *m = &f->maps[0];
	int width = table_width(f->table, m->sheet);

	own_cells(b, text_get(LANG_ZH, "roster.problem.place"),
		  text_get(LANG_ZH, "roster.problem.cause"),
		  text_get(LANG_ZH, "roster.problem.cure"), b->head);
	for (int i = 0; i < width; i++)
		worksheet_write_string(b->sheet, b->row, (lxw_col_t)(OWN_COLUMNS + i),
				       table_cell_spread(f->table, m->sheet, m->header, i),
				       b->head);
	b->row++;
}

/* Problems of one row: @first … @end. */
static void put_row(struct book *b, const struct roster_file *f, const struct roster_row *row,
		    size_t first, size_t end)
{
	const struct sheet_map *m = &f->maps[row->map];
	const char *sheet = table_sheet_name(f->table, m->sheet);
	char places[TEXT_MAX] = "", causes[TEXT_MAX] = "", cures[TEXT_MAX] = "", cell[16], at[96];
	int width = table_width(f->table, f->maps[0].sheet);
	bool wrong[LXW_COL_MAX > 512 ? 512 : LXW_COL_MAX] = { false };

	for (size_t i = first; i < end; i++) {
		const struct import_problem *p = &f->problems[i];

		import_problem_place(p, cell);
		snprintf(at, sizeof(at), "%.64s%s%s", sheet, *sheet ? "!" : "", cell);
		add(places, at);
		add(causes, sentence("cause", p->fault));
		add(cures, sentence("cure", p->fault));
		if (p->column >= 0 && p->column < (int)(sizeof(wrong) / sizeof(wrong[0])))
			wrong[p->column] = true;
	}
	own_cells(b, places, causes, cures, b->text);
	for (int i = 0; i < width; i++)
		worksheet_write_string(b->sheet, b->row, (lxw_col_t)(OWN_COLUMNS + i),
				       table_cell_spread(f->table, m->sheet, row->index, i),
				       wrong[i] ? b->wrong : b->text);
	b->row++;
}

static void put_rows(struct book *b, const struct roster_file *f)
{
	size_t at = 0, end;

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
		if (row->bad)
			put_row(b, f, row, at, end);
		at = end;
	}
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
	lxw_error error;

	if (!b.book)
		return -ENOMEM;
	make_formats(&b);
	b.sheet = workbook_add_worksheet(b.book, "问题名单");
	worksheet_set_column(b.sheet, 0, 0, 10, NULL);
	worksheet_set_column(b.sheet, 1, 2, 30, NULL);
	worksheet_set_column(b.sheet, OWN_COLUMNS, OWN_COLUMNS + 40, 18, b.text);
	worksheet_freeze_panes(b.sheet, 1, 0);
	put_head(&b, f);
	put_rows(&b, f);
	error = workbook_close(b.book);
	if (error)
		unlink(path);
	return error == LXW_NO_ERROR ? 0 : error == LXW_ERROR_MEMORY_MALLOC_FAILED ? -ENOMEM : -EIO;
}
