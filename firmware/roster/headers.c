/* Where the headers of a sheet stand, and which column is which. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/import_file.h"

enum { HEADER_ROWS = 12, NAME_BYTES_MAX = 200 };

const char *roster_header_cell(const struct roster_file *f, int sheet, int row, int column)
{
	return table_cell_spread(f->table, sheet, row, column);
}

/* --- what somebody said: --map '列名=学号' --------------------------------------------------------
 */

static bool same_header(const char *a, size_t bytes, const char *b)
{
	char cut[NAME_BYTES_MAX];

	if (bytes >= sizeof(cut))
		return false;
	memcpy(cut, a, bytes);
	cut[bytes] = '\0';
	return !strcasecmp(cut, b);
}

/* Column that --map gives @cell; -1 nothing was said of it. */
static int wished(const struct roster_file *f, const char *cell)
{
	for (int i = 0; i < f->wish.map_count; i++) {
		const char *map = f->wish.maps[i], *equals = strrchr(map, '=');

		if (equals && *cell && same_header(map, (size_t)(equals - map), cell))
			return roster_column_find(equals + 1, NULL);
	}
	return HEADER_UNKNOWN;
}

static int column_of(const struct roster_file *f, const char *cell, int *rank)
{
	int column = wished(f, cell);

	*rank = -1;
	return column >= 0 ? column : *cell ? roster_column_find(cell, rank) : HEADER_UNKNOWN;
}

void roster_check_maps(struct roster_file *f)
{
	for (int i = 0; i < f->wish.map_count; i++) {
		const char *map = f->wish.maps[i], *equals = strrchr(map, '=');
		bool seen = false;

		if (!equals || roster_column_find(equals + 1, NULL) < 0) {
			roster_file_refuse(f, FILE_WISH, map);
			return;
		}
		for (size_t h = 0; h < f->header_count; h++)
			seen = seen || same_header(map, (size_t)(equals - map), f->headers[h].text);
		if (!seen)
			roster_file_refuse(f, FILE_WISH, map);
	}
}

/* --- finding the header row ----------------------------------------------------------------------
 */

static uint64_t columns_of_row(const struct roster_file *f, int sheet, int row, int *score)
{
	int width = table_width(f->table, sheet), rank;
	uint64_t set = 0;

	*score = 0;
	for (int i = 0; i < width; i++) {
		int c = column_of(f, roster_header_cell(f, sheet, row, i), &rank);

		if (c < 0 || set & 1ULL << c)
			continue;
		set |= 1ULL << c;
		*score += c == COL_NAME || c == COL_ID_NO || c == COL_STUDENT_NO ? 2 : 1;
	}
	return set;
}

/* The row with most headers; of equals that stand together (merged over two rows) the lower one. */
int roster_find_header(const struct roster_file *f, int sheet, uint64_t *set, int *score)
{
	int rows = table_rows(f->table, sheet), best = 0;

	*score = 0;
	*set = 0;
	for (int i = 0; i < rows && i < HEADER_ROWS; i++) {
		int n;
		uint64_t s = columns_of_row(f, sheet, i, &n);

		if (f->wish.header && table_line(f->table, sheet, i) != f->wish.header)
			continue;
		if (n < *score || (n == *score && (i > best + 1 || s != *set)))
			continue;
		best = i;
		*score = n;
		*set = s;
	}
	for (int i = 0; f->wish.header && i < rows; i++) {
		if (table_line(f->table, sheet, i) != f->wish.header)
			continue;
		*set = columns_of_row(f, sheet, i, score);
		return i;
	}
	return best;
}

/* --- one sheet -----------------------------------------------------------------------------------
 */

static void note_header(struct roster_file *f, const struct sheet_map *m, int column, int taken)
{
	if (!roster_grow(&f->headers, &f->header_size, f->header_count, sizeof(*f->headers))) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	f->headers[f->header_count++] = (struct import_header){
		.sheet = m->sheet,
		.line = table_line(f->table, m->sheet, m->header),
		.column = column,
		.text = roster_header_cell(f, m->sheet, m->header, column),
		.taken = taken,
	};
}

static bool in_list(const char *list, const char *name)
{
	static const char *const between[] = { ",", "，", "、", ";", "；", " " };
	const char *p = strstr(list, name);

	for (; p && *name; p = strstr(p + 1, name)) {
		const char *end = p + strlen(name);
		bool starts = p == list, ends = !*end;

		for (size_t i = 0; i < ARRAY_SIZE(between); i++) {
			size_t n = strlen(between[i]);

			starts = starts ||
				 ((size_t)(p - list) >= n && !strncmp(p - n, between[i], n));
			ends = ends || !strncmp(end, between[i], n);
		}
		if (starts && ends)
			return true;
	}
	return false;
}

static int take_extra(struct roster_file *f, struct sheet_map *m, int column, const char *cell)
{
	if (!in_list(f->extra_names, cell))
		return HEADER_UNKNOWN;
	for (int i = 0; i < EXTRA_MAX; i++) {
		if (m->extra_at[i] >= 0)
			continue;
		m->extra_at[i] = column;
		return HEADER_EXTRA;
	}
	return HEADER_UNKNOWN;
}

/* Two headers for one column: the better name has it. A second column of document numbers is kept
 * as one; the same name twice is nobody's guess. */
static int settle_second(struct roster_file *f, struct sheet_map *m, int c, int column, int rank,
			 int *ranks, int *lost)
{
	int before = m->column_at[c];

	*lost = -1;
	if (rank == ranks[c]) {
		roster_file_refuse(f, FILE_HEADER_TWICE,
				   roster_header_cell(f, m->sheet, m->header, column));
		return c;
	}
	if (c == COL_ID_NO && m->column_at[COL_DOCUMENT_2] < 0) {
		m->column_at[COL_DOCUMENT_2] = rank < ranks[c] ? before : column;
		if (rank > ranks[c])
			return COL_DOCUMENT_2;
		*lost = before;
	} else if (rank > ranks[c]) {
		return HEADER_SECOND;
	} else {
		*lost = before;
	}
	m->column_at[c] = column;
	ranks[c] = rank;
	return c;
}

static void mark_lost(struct roster_file *f, size_t from, int column, int taken)
{
	for (size_t i = from; i < f->header_count; i++)
		if (f->headers[i].column == column)
			f->headers[i].taken = taken;
}

/* A merged header over several columns is the header of the first. */
static const char *own_header(const struct roster_file *f, const struct sheet_map *m, int column)
{
	const char *cell = roster_header_cell(f, m->sheet, m->header, column);

	if (column > 0 && table_cell_merged(f->table, m->sheet, m->header, column) &&
	    cell == roster_header_cell(f, m->sheet, m->header, column - 1))
		return "";
	return cell;
}

static void map_columns(struct roster_file *f, struct sheet_map *m)
{
	int width = table_width(f->table, m->sheet), ranks[COL_COUNT], rank, lost;
	size_t first = f->header_count;

	for (int c = 0; c < COL_COUNT; c++)
		m->column_at[c] = -1;
	for (int i = 0; i < EXTRA_MAX; i++)
		m->extra_at[i] = -1;
	for (int i = 0; i < width; i++) {
		const char *cell = own_header(f, m, i);
		int c = column_of(f, cell, &rank);

		if (!*cell)
			continue;
		if (c < 0 && c != HEADER_SECOND) {
			int extra = take_extra(f, m, i, cell);

			c = extra == HEADER_EXTRA ? extra : c;
		} else if (m->column_at[c] >= 0) {
			int twin = c;

			c = settle_second(f, m, c, i, rank, ranks, &lost);
			if (lost >= 0)
				mark_lost(f, first, lost,
					  twin == COL_ID_NO && m->column_at[COL_DOCUMENT_2] == lost
						  ? COL_DOCUMENT_2
						  : HEADER_SECOND);
		} else {
			m->column_at[c] = i;
			ranks[c] = rank;
		}
		note_header(f, m, i, c);
	}
}

/* A list of foreign students may know passports alone: the first other number is the number. */
static void promote_document(struct roster_file *f, struct sheet_map *m)
{
	for (int c = COL_DOCUMENT_4; c >= COL_DOCUMENT_2 && m->column_at[COL_ID_NO] < 0; c--) {
		if (m->column_at[c] < 0)
			continue;
		m->column_at[COL_ID_NO] = m->column_at[c];
		m->column_at[c] = -1;
		for (size_t i = 0; i < f->header_count; i++)
			if (f->headers[i].sheet == m->sheet && f->headers[i].taken == c)
				f->headers[i].taken = COL_ID_NO;
	}
}

void roster_map_sheet(struct roster_file *f, struct sheet_map *m)
{
	map_columns(f, m);
	promote_document(f, m);
}
