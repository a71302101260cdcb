#include "firmware/roster/import.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

void roster_file_refuse(struct roster_file *f, enum import_file_fault fault, const char *detail)
{
	if (f->result.fault)
		return;
	f->result.fault = fault;
	text_copy(f->result.detail, sizeof(f->result.detail), detail ? detail : "");
}

/* --- the handle ----------------------------------------------------------------------------------
 */

static enum import_file_fault file_fault(enum table_fault fault)
{
	static const struct {
		enum table_fault table;
		enum import_file_fault file;
	} same[] = {
		{ TABLE_FINE, FILE_FINE },	 { TABLE_UNREADABLE, FILE_UNREADABLE },
		{ TABLE_TOO_BIG, FILE_TOO_BIG }, { TABLE_NO_MEMORY, FILE_TOO_BIG },
		{ TABLE_EMPTY, FILE_EMPTY },	 { TABLE_ENCODING, FILE_ENCODING },
		{ TABLE_QUOTES, FILE_QUOTES },
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		if (same[i].table == fault)
			return same[i].file;
	return FILE_NOT_TEXT;
}

static bool take_rows(struct roster_file *f)
{
	int rows = table_rows(f->table, f->sheet);

	f->rows = calloc((size_t)rows + 1, sizeof(*f->rows));
	if (!f->rows)
		return false;
	for (int i = 0; i < rows; i++)
		f->rows[i] = (struct roster_row){ .line = table_line(f->table, f->sheet, i),
						  .index = i,
						  .cells = table_row_width(f->table, f->sheet, i) };
	f->row_count = rows;
	return true;
}

struct roster_file *roster_file_from_table(struct table *t, int sheet)
{
	struct roster_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->table = t;
	f->sheet = sheet;
	f->result.table = table_fault(t);
	f->result.format = table_format(t);
	f->result.encoding = table_encoding(t);
	f->result.separator = table_separator(t);
	memcpy(f->sha256, table_sha256(t), sizeof(f->sha256));
	if (table_fault(t))
		roster_file_refuse(f, file_fault(table_fault(t)), table_detail(t));
	else if (!take_rows(f))
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
	if (!f->result.fault && !f->row_count)
		roster_file_refuse(f, FILE_EMPTY, NULL);
	if (!f->result.fault)
		roster_file_judge(f);
	return f;
}

static struct roster_file *own(struct table *t)
{
	struct roster_file *f = t ? roster_file_from_table(t, 0) : NULL;

	if (f)
		f->own = t;
	else
		table_free(t);
	return f;
}

struct roster_file *roster_file_parse(const void *data, size_t bytes)
{
	return own(table_parse(data, bytes, NULL));
}

struct roster_file *roster_file_read(const char *path)
{
	return own(table_read(path, NULL));
}

void roster_file_free(struct roster_file *f)
{
	if (!f)
		return;
	table_free(f->own);
	free(f->rows);
	free(f->problems);
	free(f);
}

const struct import_result *roster_file_result(const struct roster_file *f)
{
	return &f->result;
}

size_t roster_file_problems(const struct roster_file *f, const struct import_problem **out)
{
	*out = f->problems;
	return f->problem_count;
}

static const char *cell_at(const struct roster_file *f, const struct roster_row *row, int column)
{
	return table_cell(f->table, f->sheet, row->index, column);
}

const char *roster_row_cell(const struct roster_file *f, const struct roster_row *row,
			    enum roster_column column)
{
	return cell_at(f, row, f->column_at[column]);
}

static int by_line(const void *a, const void *b)
{
	return ((const struct roster_row *)a)->line - ((const struct roster_row *)b)->line;
}

const char *roster_file_cell(const struct roster_file *f, int line, int column)
{
	const struct roster_row key = { .line = line };
	const struct roster_row *row =
		f->row_count ? bsearch(&key, f->rows, (size_t)f->row_count, sizeof(key), by_line)
			     : NULL;

	return row ? cell_at(f, row, column) : "";
}

int roster_file_width(const struct roster_file *f)
{
	return f->row_count ? f->rows[0].cells : 0;
}
