#include "firmware/roster/import.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

bool roster_grow(void *array, size_t *size, size_t count, size_t item)
{
	size_t wanted = *size ? *size * 2 : 64;
	void *now, *bigger;

	if (count < *size)
		return true;
	memcpy(&now, array, sizeof(now));
	bigger = realloc(now, wanted * item);
	if (!bigger)
		return false;
	memcpy(array, &bigger, sizeof(bigger));
	*size = wanted;
	return true;
}

void roster_file_refuse(struct roster_file *f, enum import_file_fault fault, const char *detail)
{
	if (f->result.fault)
		return;
	f->result.fault = fault;
	text_copy(f->result.detail, sizeof(f->result.detail), detail ? detail : "");
}

void roster_file_problem_at(struct roster_file *f, int sheet, int index, int column,
			    enum row_fault fault)
{
	if (!roster_grow(&f->problems, &f->problem_size, f->problem_count, sizeof(*f->problems))) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	f->problems[f->problem_count++] = (struct import_problem){
		.sheet = sheet,
		.line = table_line(f->table, sheet, index),
		.column = column,
		.fault = fault,
		.value = column < 0 ? "" : table_cell_spread(f->table, sheet, index, column),
	};
}

void roster_file_problem(struct roster_file *f, struct roster_row *row, enum roster_column column,
			 enum row_fault fault)
{
	const struct sheet_map *m = &f->maps[row->map];

	if (!row_fault_is_warning(fault))
		row->bad = true;
	roster_file_problem_at(f, m->sheet, row->index,
			       column < COL_COUNT ? m->column_at[column] : -1, fault);
}

/* --- cells ---------------------------------------------------------------------------------------
 */

/* A class or a station may be written once over thirty rows. What names one person never is. */
static bool spreads(enum roster_column column)
{
	return column != COL_NAME && column != COL_ID_NO && column != COL_STUDENT_NO &&
	       column != COL_SEQ && column != COL_EXAM_NO && column < COL_DOCUMENT_2;
}

const char *roster_row_cell(const struct roster_file *f, const struct roster_row *row,
			    enum roster_column column)
{
	const struct sheet_map *m = &f->maps[row->map];
	int at = m->column_at[column];
	const char *cell;

	if (at < 0)
		return "";
	cell = spreads(column) ? table_cell_spread(f->table, m->sheet, row->index, at)
			       : table_cell(f->table, m->sheet, row->index, at);
	return *cell == '\'' ? cell + 1 : cell; /* a spreadsheet's "this is text" mark */
}

enum cell_kind roster_row_kind(const struct roster_file *f, const struct roster_row *row,
			       enum roster_column column)
{
	const struct sheet_map *m = &f->maps[row->map];
	int at = m->column_at[column];

	return at < 0 ? CELL_EMPTY : table_cell_kind(f->table, m->sheet, row->index, at);
}

bool roster_file_has(const struct roster_file *f, enum roster_column column)
{
	for (int m = 0; m < f->map_count; m++)
		if (f->maps[m].column_at[column] >= 0)
			return true;
	if (column == COL_PAID)
		return f->wish.paid;
	if (column == COL_LEVEL)
		return f->level_constant != NULL;
	if (column == COL_CLASS)
		return f->class_of_sheet;
	return column >= COL_SCHOOL_TYPE && column <= COL_SCHOOL_NAME &&
	       f->school[column - COL_SCHOOL_TYPE][0];
}

const char *roster_row_value(const struct roster_file *f, const struct roster_row *row,
			     enum roster_column column)
{
	const char *cell = roster_row_cell(f, row, column);

	switch ((int)column) {
	case COL_LEVEL:
		return row->level;
	case COL_SEX:
		return row->sex;
	case COL_PAID:
		return row->paid;
	case COL_ID_NO:
		return row->id_no;
	case COL_BIRTH:
		return row->birth;
	case COL_ENTERED:
		return row->entered;
	case COL_GRADUATES:
		return row->graduates;
	case COL_CAPTURED:
		return row->captured ? "1" : "0";
	case COL_CLASS:
		return f->class_of_sheet ? table_sheet_name(f->table, f->maps[row->map].sheet)
					 : cell;
	case COL_SCHOOL_TYPE:
	case COL_SCHOOL_CODE:
	case COL_SCHOOL_NAME:
		return *cell ? cell : f->school[column - COL_SCHOOL_TYPE];
	default:
		return cell;
	}
}

char *roster_row_extra(const struct roster_file *f, const struct roster_row *row)
{
	const struct sheet_map *m = &f->maps[row->map];
	json_t *object = json_object();
	char *text;

	for (int i = 0; i < EXTRA_MAX && m->extra_at[i] >= 0; i++)
		json_object_set_new(
			object, table_cell_spread(f->table, m->sheet, m->header, m->extra_at[i]),
			json_string(
				table_cell_spread(f->table, m->sheet, row->index, m->extra_at[i])));
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(object);
	return text;
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

static void take_level_constant(struct roster_file *f)
{
	for (int i = 0; i < f->wish.level_count; i++)
		if (!strchr(f->wish.levels[i], '='))
			f->level_constant = f->wish.levels[i];
}

static void read_table(struct roster_file *f, sqlite3 *db)
{
	take_level_constant(f);
	roster_file_take_job(f, db);
	roster_file_map(f);
	/* Not even to be looked at row by row. */
	if (f->grad && f->row_count)
		roster_file_refuse(f, FILE_GRAD, NULL);
	if (!f->result.fault)
		roster_file_judge(f);
	if (!f->result.fault)
		roster_file_judge_twice(f);
	if (!f->result.fault)
		roster_file_count(f);
}

struct roster_file *roster_file_from(struct table *t, const struct import_wish *wish, sqlite3 *db)
{
	struct roster_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	if (wish)
		f->wish = *wish;
	f->table = t;
	f->result.table = table_fault(t);
	f->result.format = table_format(t);
	f->result.encoding = table_encoding(t);
	f->result.separator = table_separator(t);
	memcpy(f->sha256, table_sha256(t), sizeof(f->sha256));
	if (table_fault(t))
		roster_file_refuse(f, file_fault(table_fault(t)), table_detail(t));
	else
		read_table(f, db);
	return f;
}

static struct roster_file *own(struct table *t, const struct import_wish *wish, sqlite3 *db)
{
	struct roster_file *f = t ? roster_file_from(t, wish, db) : NULL;

	if (f)
		f->own = t;
	else
		table_free(t);
	return f;
}

struct roster_file *roster_file_parse(const void *data, size_t bytes)
{
	return own(table_parse(data, bytes, NULL), NULL, NULL);
}

struct roster_file *roster_file_read(const char *path)
{
	return own(table_read(path, NULL), NULL, NULL);
}

struct roster_file *roster_file_open(const char *path, const struct import_wish *wish, sqlite3 *db)
{
	return own(table_read(path, wish ? &wish->table : NULL), wish, db);
}

void roster_file_free(struct roster_file *f)
{
	if (!f)
		return;
	table_free(f->own);
	free(f->maps);
	free(f->headers);
	free(f->rows);
	free(f->problems);
	free(f->removed);
	free(f);
}

/* --- looking -------------------------------------------------------------------------------------
 */

const struct import_result *roster_file_result(const struct roster_file *f)
{
	return &f->result;
}

size_t roster_file_problems(const struct roster_file *f, const struct import_problem **out)
{
	*out = f->problems;
	return f->problem_count;
}

size_t roster_file_headers(const struct roster_file *f, const struct import_header **out)
{
	*out = f->headers;
	return f->header_count;
}

size_t roster_file_removed(const struct roster_file *f, const int64_t **people)
{
	*people = f->removed;
	return f->removed_count;
}

const char *roster_file_sheet(const struct roster_file *f, int sheet)
{
	return sheet < table_sheets(f->table) ? table_sheet_name(f->table, sheet) : "";
}

const char *roster_file_cell(const struct roster_file *f, int sheet, int line, int column)
{
	int low = 0, high = sheet < table_sheets(f->table) ? table_rows(f->table, sheet) : 0;

	while (low < high) {
		int mid = low + (high - low) / 2;

		if (table_line(f->table, sheet, mid) < line)
			low = mid + 1;
		else
			high = mid;
	}
	if (sheet >= table_sheets(f->table) || low >= table_rows(f->table, sheet) ||
	    table_line(f->table, sheet, low) != line || column < 0)
		return "";
	return table_cell(f->table, sheet, low, column);
}

static int by_place(const void *a, const void *b)
{
	const struct import_problem *x = a, *y = b;

	return x->sheet != y->sheet ? x->sheet - y->sheet
	       : x->line != y->line ? x->line - y->line
				    : x->column - y->column;
}

void roster_file_count(struct roster_file *f)
{
	struct import_result *r = &f->result;

	r->rows = f->row_count;
	r->bad = r->warnings = 0;
	for (int i = 0; i < f->row_count; i++)
		r->bad += f->rows[i].bad;
	for (size_t i = 0; i < f->problem_count; i++)
		r->warnings += row_fault_is_warning(f->problems[i].fault);
	r->good = r->rows - r->bad;
	if (f->problem_count)
		qsort(f->problems, f->problem_count, sizeof(*f->problems), by_place);
}
