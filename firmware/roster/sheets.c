/* Which sheets of a file hold people, and which rows of them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum { SCORE_MIN = 2 };

/* 序号 counts the rows of a sheet as often as it means the shooting number. */
static const char counter[] = "序号";

/* --- sheets --------------------------------------------------------------------------------------
 */

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
		found[s].header = roster_find_header(f, s, &found[s].set, &found[s].score);
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

/* --- rows ----------------------------------------------------------------------------------------
 */

static bool header_again(const struct roster_file *f, const struct roster_row *row)
{
	static const enum roster_column keys[] = { COL_NAME, COL_ID_NO, COL_STUDENT_NO };
	const struct sheet_map *m = &f->maps[row->map];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int at = m->column_at[keys[i]];

		if (at >= 0 && !strcmp(roster_row_cell(f, row, keys[i]),
				       roster_header_cell(f, m->sheet, m->header, at)))
			return true;
	}
	return false;
}

/* Digits or letters enough for a number, full-width ones too; 12 of a total or 第2页 are none. */
static bool like_number(const char *cell)
{
	int n = 0;

	for (; *cell; cell++)
		n += isalnum((unsigned char)*cell) || (unsigned char)*cell == 0xef;
	return n >= 5;
}

/* 合计 30 人, 制表人：…: the row's first words, and no document number. */
static bool is_footer(const struct roster_file *f, const struct roster_row *row)
{
	static const char *const words[] = { "合计", "总计", "共计", "小计",   "总人数", "人数",
					     "制表", "填表", "审核", "负责人", "注：",	 "注:" };
	const struct sheet_map *m = &f->maps[row->map];
	int width = table_row_width(f->table, m->sheet, row->index), i = 0;
	const char *first = "";

	if (like_number(roster_row_cell(f, row, COL_ID_NO)))
		return false;
	while (i < width && !*first)
		first = table_cell(f->table, m->sheet, row->index, i++);
	for (size_t w = 0; w < ARRAY_SIZE(words); w++)
		if (!strncmp(first, words[w], strlen(words[w])))
			return true;
	return false;
}

/* Totals, signatures, headers said again on every printed page: rows that name nobody. */
static bool names_nobody(const struct roster_file *f, const struct roster_row *row)
{
	static const enum roster_column who[] = { COL_ID_NO,	  COL_STUDENT_NO, COL_EXAM_NO,
						  COL_DOCUMENT_2, COL_DOCUMENT_3, COL_DOCUMENT_4 };
	bool somebody = *roster_row_cell(f, row, COL_NAME);

	for (size_t i = 0; i < ARRAY_SIZE(who) && !somebody; i++)
		somebody = like_number(roster_row_cell(f, row, who[i]));
	return !somebody || header_again(f, row) || is_footer(f, row);
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

static void drop_column(struct roster_file *f, int column, int taken)
{
	for (int m = 0; m < f->map_count; m++)
		f->maps[m].column_at[column] = -1;
	for (size_t i = 0; i < f->header_count; i++)
		if (f->headers[i].taken == column)
			f->headers[i].taken = taken;
}

/* A header over nothing, as a template leaves many, is no column: what the job says counts, and what is
 * there already stays. */
static void drop_empty(struct roster_file *f)
{
	for (int c = 0; c < COL_COUNT && f->row_count; c++) {
		bool empty = c != COL_NAME && c != COL_ID_NO;

		for (int i = 0; i < f->row_count && empty; i++)
			empty = !*roster_row_cell(f, &f->rows[i], (enum roster_column)c);
		if (empty)
			drop_column(f, c, HEADER_EMPTY);
	}
}

static const char *only_feature(const struct roster_file *f, const struct import_header *h)
{
	const char *only = "";

	for (int i = 0; i < f->row_count; i++) {
		const struct roster_row *row = &f->rows[i];
		const char *cell;

		if (f->maps[row->map].sheet != h->sheet)
			continue;
		cell = table_cell_spread(f->table, h->sheet, row->index, h->column);
		if (!*cell || (*only && strcmp(cell, only) != 0))
			return "";
		only = cell;
	}
	return only;
}

/* 特征码 as a column: a field of the job, taken where the job has none. Never corrected. */
static void take_feature(struct roster_file *f)
{
	struct job_value v = { .field = JOB_FIELD(FEATURE_CODE) };

	for (int i = 0; i < f->value_count; i++)
		if (f->values[i].field == v.field)
			return;
	for (size_t i = 0; i < f->header_count && !f->feature; i++) {
		if (f->headers[i].taken != HEADER_FEATURE || f->value_count >= JOB_FIELD_COUNT)
			continue;
		if (job_field_normal(v.field, only_feature(f, &f->headers[i]), v.text) < 0 ||
		    !v.text[0])
			continue;
		f->values[f->value_count++] = v;
		f->feature = true;
	}
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

	f->result.partial = f->wish.partial || f->wish.paid || (!f->wish.whole && looks_partial(f));
	if (f->result.partial && has_key(f))
		return;
	for (int c = COL_LEVEL; c < COL_REQUIRED; c++)
		if (!roster_file_has(f, (enum roster_column)c))
			add_list(f->result.absent, sizeof(f->result.absent), (enum roster_column)c);
	if (!person)
		roster_file_refuse(f, FILE_HEADER, f->result.absent);
}

static bool is_problem_list(const struct roster_file *f)
{
	static const char *const ids[] = { "roster.problem.place", "roster.problem.cause",
					   "roster.problem.cure" };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (strcmp(roster_header_cell(f, f->maps[0].sheet, f->maps[0].header, (int)i),
			   text_get(LANG_ZH, ids[i])) != 0)
			return false;
	return true;
}

/* The same columns, or at least people by name and number: a class that has a remark more. */
static bool alike(const struct candidate *c, const struct candidate *best)
{
	const uint64_t people = 1ULL << COL_NAME | 1ULL << COL_ID_NO;

	if (!c->usable || best->score < SCORE_MIN)
		return false;
	return c->set == best->set ||
	       ((c->set & people) == people && (best->set & people) == people);
}

/* A sheet that was looked at and holds something, yet nobody. */
static void note_left_out(struct roster_file *f, int sheet, const struct candidate *c)
{
	char *list = f->result.left_out;
	size_t n = strlen(list);

	if (c->usable)
		snprintf(list + n, sizeof(f->result.left_out) - n, "%s%s", n ? "、" : "",
			 table_sheet_name(f->table, sheet));
}

static bool take_sheets(struct roster_file *f, const struct candidate *found, int sheets, int best)
{
	f->maps = calloc((size_t)sheets, sizeof(*f->maps));
	if (!f->maps)
		return false;
	for (int s = 0; s < sheets && f->map_count < SHEETS_MAX; s++) {
		struct sheet_map *m = &f->maps[f->map_count];

		if (s != best && !alike(&found[s], &found[best])) {
			note_left_out(f, s, &found[s]);
			continue;
		}
		m->sheet = s;
		m->header = found[s].header;
		f->map_count++;
		roster_map_sheet(f, m);
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
	if (counts)
		drop_column(f, COL_SEQ, HEADER_COUNTER);
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
	roster_check_maps(f);
	f->supplement = is_problem_list(f);
	for (int m = 0; m < f->map_count; m++)
		if (!take_rows(f, m))
			roster_file_refuse(f, FILE_TOO_BIG, NULL);
	drop_empty(f);
	take_feature(f);
	f->class_of_sheet = f->map_count > 1 && f->maps[0].column_at[COL_CLASS] < 0;
	drop_counter(f);
	judge_absent(f);
	if (!f->row_count)
		roster_file_refuse(f, f->value_count ? FILE_FINE : FILE_NO_PEOPLE, NULL);
}
