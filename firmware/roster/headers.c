/* Which sheets of a file hold people, where their headers stand, which column is which. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/import_file.h"

enum { HEADER_ROWS = 12, SCORE_MIN = 2, NAME_BYTES_MAX = 200 };

/* 序号 counts the rows of a sheet as often as it means the shooting number. */
static const char counter[] = "序号";

static const char *header_cell(const struct roster_file *f, int sheet, int row, int column)
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

static void check_maps(struct roster_file *f)
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
		int c = column_of(f, header_cell(f, sheet, row, i), &rank);

		if (c < 0 || set & 1ULL << c)
			continue;
		set |= 1ULL << c;
		*score += c == COL_NAME || c == COL_ID_NO || c == COL_STUDENT_NO ? 2 : 1;
	}
	return set;
}

/* The row with most headers; of equals that stand together (merged over two rows) the lower one. */
static int find_header(const struct roster_file *f, int sheet, uint64_t *set, int *score)
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

static bool wished_sheet(const struct roster_file *f, int sheet)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", sheet + 1);
	return !strcmp(f->wish.sheet, table_sheet_name(f->table, sheet)) ||
	       !strcmp(f->wish.sheet, number);
}

struct candidate {
	int header, score;
	uint64_t set;
	bool usable;
};

static void look_at_sheets(const struct roster_file *f, struct candidate *found, int sheets,
			   bool hidden)
{
	for (int s = 0; s < sheets; s++) {
		found[s] = (struct candidate){ 0 };
		if (f->wish.sheet ? !wished_sheet(f, s)
				  : table_sheet_hidden(f->table, s) != hidden ||
					    roster_is_job_sheet(f->table, s))
			continue;
		found[s].header = find_header(f, s, &found[s].set, &found[s].score);
		found[s].usable = table_rows(f->table, s) > 0;
	}
}

static int best_sheet(const struct candidate *found, int sheets)
{
	int best = -1;

	for (int s = 0; s < sheets; s++)
		if (found[s].usable && (best < 0 || found[s].score > found[best].score))
			best = s;
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
		.text = header_cell(f, m->sheet, m->header, column),
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
				   header_cell(f, m->sheet, m->header, column));
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
	const char *cell = header_cell(f, m->sheet, m->header, column);

	if (column > 0 && table_cell_merged(f->table, m->sheet, m->header, column) &&
	    cell == header_cell(f, m->sheet, m->header, column - 1))
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

/* --- rows ----------------------------------------------------------------------------------------
 */

static bool header_again(const struct roster_file *f, const struct roster_row *row)
{
	static const enum roster_column keys[] = { COL_NAME, COL_ID_NO, COL_STUDENT_NO };
	const struct sheet_map *m = &f->maps[row->map];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int at = m->column_at[keys[i]];

		if (at >= 0 && !strcmp(roster_row_cell(f, row, keys[i]),
				       header_cell(f, m->sheet, m->header, at)))
			return true;
	}
	return false;
}

/* Totals, signatures, headers said again on every printed page: rows that name nobody. */
static bool names_nobody(const struct roster_file *f, const struct roster_row *row)
{
	static const enum roster_column who[] = { COL_NAME,	 COL_ID_NO,	 COL_STUDENT_NO,
						  COL_EXAM_NO,	 COL_DOCUMENT_2, COL_DOCUMENT_3,
						  COL_DOCUMENT_4 };

	for (size_t i = 0; i < ARRAY_SIZE(who); i++)
		if (*roster_row_cell(f, row, who[i]))
			return header_again(f, row);
	return true;
}

static bool take_rows(struct roster_file *f, int map)
{
	const struct sheet_map *m = &f->maps[map];
	int rows = table_rows(f->table, m->sheet);

	for (int i = m->header + 1; i < rows; i++) {
		struct roster_row row = { .map = map,
					  .line = table_line(f->table, m->sheet, i),
					  .index = i };
		size_t size = (size_t)f->row_size;

		if (names_nobody(f, &row)) {
			f->result.skipped++;
			continue;
		}
		if (!roster_grow(&f->rows, &size, (size_t)f->row_count, sizeof(*f->rows)))
			return false;
		f->row_size = (int)size;
		f->rows[f->row_count++] = row;
	}
	return true;
}

/* --- the whole file ------------------------------------------------------------------------------
 */

static void add_list(char *list, size_t size, enum roster_column c)
{
	size_t n = strlen(list);

	snprintf(list + n, size - n, "%s%s", n ? "、" : "", roster_column_header(c));
}

static bool has_key(const struct roster_file *f)
{
	return roster_file_has(f, COL_ID_NO) || roster_file_has(f, COL_STUDENT_NO) ||
	       roster_file_has(f, COL_EXAM_NO);
}

/* A late payment list is told from a roster by what it lacks. */
static bool looks_partial(const struct roster_file *f)
{
	static const enum roster_column flags[] = { COL_PAID,  COL_CAPTURED, COL_SLOT,
						    COL_PLACE, COL_TEAM,     COL_MAILING };
	bool flag = false;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		flag = flag || roster_file_has(f, flags[i]);
	if (!f->people || !has_key(f))
		return false;
	return !roster_file_has(f, COL_NAME) || !roster_file_has(f, COL_ID_NO) ||
	       (flag && !roster_file_has(f, COL_LEVEL) && !roster_file_has(f, COL_SEX));
}

/* 拍摄序号 may be absent: on site the kiosk gives the numbers. */
static void judge_absent(struct roster_file *f)
{
	bool person = roster_file_has(f, COL_NAME) && roster_file_has(f, COL_ID_NO);

	f->result.partial = f->wish.partial || looks_partial(f);
	if (f->result.partial && has_key(f))
		return;
	for (int c = COL_LEVEL; c < COL_REQUIRED; c++)
		if (!roster_file_has(f, (enum roster_column)c))
			add_list(f->result.absent, sizeof(f->result.absent), (enum roster_column)c);
	if (!person)
		roster_file_refuse(f, FILE_HEADER, f->result.absent);
}

static bool take_sheets(struct roster_file *f, const struct candidate *found, int sheets, int best)
{
	f->maps = calloc((size_t)sheets, sizeof(*f->maps));
	if (!f->maps)
		return false;
	for (int s = 0; s < sheets && f->map_count < SHEETS_MAX; s++) {
		struct sheet_map *m = &f->maps[f->map_count];

		if (s != best && (!found[s].usable || found[s].set != found[best].set ||
				  found[best].score < SCORE_MIN))
			continue;
		m->sheet = s;
		m->header = found[s].header;
		f->map_count++;
		map_columns(f, m);
		promote_document(f, m);
	}
	f->result.sheets = f->map_count;
	return true;
}

/* 序号 that starts again on every sheet, has doubles or passes 9999 is no shooting number. */
static void drop_counter(struct roster_file *f)
{
	static const size_t seen_bytes = 10000;
	SCOPED_FREE bool *seen = calloc(seen_bytes, 1);
	bool counts = false, weak = false;

	for (size_t i = 0; i < f->header_count; i++)
		weak = weak || (f->headers[i].taken == COL_SEQ &&
				strstr(f->headers[i].text, counter) == f->headers[i].text);
	for (int i = 0; seen && weak && i < f->row_count; i++) {
		int n = atoi(roster_row_cell(f, &f->rows[i], COL_SEQ));

		counts = counts || n < 0 || n > 9999 || (n && seen[n]);
		if (n > 0 && n < 10000)
			seen[n] = true;
	}
	for (int m = 0; counts && m < f->map_count; m++)
		f->maps[m].column_at[COL_SEQ] = -1;
	for (size_t i = 0; counts && i < f->header_count; i++)
		if (f->headers[i].taken == COL_SEQ)
			f->headers[i].taken = HEADER_COUNTER;
}

void roster_file_map(struct roster_file *f)
{
	int sheets = table_sheets(f->table), best;
	SCOPED_FREE struct candidate *found = calloc((size_t)sheets + 1, sizeof(*found));

	if (!found) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	look_at_sheets(f, found, sheets, false);
	best = best_sheet(found, sheets);
	if (!f->wish.sheet && (best < 0 || found[best].score < SCORE_MIN)) {
		struct candidate visible = best < 0 ? (struct candidate){ 0 } : found[best];
		int before = best;

		look_at_sheets(f, found, sheets, true);
		best = best_sheet(found, sheets);
		if (before >= 0 && (best < 0 || found[best].score <= visible.score)) {
			best = before;
			found[best] = visible;
		}
	}
	if (best < 0) {
		roster_file_refuse(f, f->wish.sheet ? FILE_WISH : FILE_EMPTY, f->wish.sheet);
		return;
	}
	if (!take_sheets(f, found, sheets, best)) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	check_maps(f);
	for (int m = 0; m < f->map_count; m++)
		if (!take_rows(f, m))
			roster_file_refuse(f, FILE_TOO_BIG, NULL);
	f->class_of_sheet = f->map_count > 1 && f->maps[0].column_at[COL_CLASS] < 0;
	drop_counter(f);
	judge_absent(f);
	if (!f->row_count)
		roster_file_refuse(f, f->value_count ? FILE_FINE : FILE_NO_PEOPLE, NULL);
}
