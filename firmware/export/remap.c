/* 学号 of the database → 学号 on paper. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/export/sheets.h"
#include "firmware/roster/table.h"

enum { NUMBER_BYTES = 48, TITLE_ROWS = 6 };

struct pair {
	char old[NUMBER_BYTES], new[NUMBER_BYTES];
	int line;
};

struct remap {
	struct pair *all; /* by old */
	int count;
};

struct columns {
	int old, new, first_row;
};

static int compare_old(const void *a, const void *b)
{
	return strcmp(((const struct pair *)a)->old, ((const struct pair *)b)->old);
}

static int compare_new(const void *a, const void *b)
{
	return strcmp((*(const struct pair *const *)a)->new, (*(const struct pair *const *)b)->new);
}

static bool has_digit(const char *text)
{
	return text[strcspn(text, "0123456789")] != '\0';
}

enum { NUMBER_LEAST = 5 }; /* fewer digits are a 序号 */

static bool is_number(const char *cell)
{
	size_t n = strspn(cell, "0123456789");

	return n >= NUMBER_LEAST && !cell[n];
}

/* A row with a number in it is no header; 学号（12位） is one. */
static bool is_header(const struct table *t, int row, int width)
{
	bool words = false;

	for (int c = 0; c < width; c++) {
		const char *cell = table_cell(t, 0, row, c);

		if (is_number(cell))
			return false;
		words |= strstr(cell, "学号") || strstr(cell, "号码") ||
			 (cell[0] && !has_digit(cell));
	}
	return words;
}

static bool any_of(const char *cell, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (strstr(cell, words[i]))
			return true;
	return false;
}

static bool holds_numbers(const struct table *t, int first_row, int column)
{
	int rows = table_rows(t, 0);

	for (int row = first_row; row < rows; row++)
		if (!is_number(table_cell(t, 0, row, column)))
			return false;
	return rows > first_row;
}

/* Headers that were lost on the way, as in a DBF: the only two columns of numbers, old then new. */
static bool find_numbers(const struct table *t, int width, struct columns *out)
{
	int found[2], count = 0;

	for (int c = 0; c < width; c++)
		if (holds_numbers(t, out->first_row, c)) {
			if (count == 2)
				return false;
			found[count++] = c;
		}
	if (count < 2)
		return false;
	out->old = found[0];
	out->new = found[1];
	return true;
}

/* What a school calls the old number when 学号 alone is the new one. */
static int find_word(const struct table *t, int row, int width, int but, const char *const *words,
		     int count)
{
	for (int c = 0; c < width; c++)
		if (c != but && any_of(table_cell(t, 0, row, c), words, count))
			return c;
	return -1;
}

static bool find_headers(const struct table *t, int row, int width, struct columns *out)
{
	static const char *const new_words[] = { "新", "打印", "印刷", "new", "New", "12" };
	static const char *const old_words[] = { "原", "旧", "老", "old", "Old", "数据库", "9位" };
	static const char *const admission[] = { "录取编号", "考生号", "报名号" };
	static const char *const number[] = { "学号" };

	out->new = find_word(t, row, width, -1, new_words, 6);
	out->old = find_word(t, row, width, out->new, old_words, 7);
	if (out->old < 0)
		out->old = find_word(t, row, width, out->new, admission, 3);
	if (out->old < 0 && out->new >= 0)
		out->old = find_word(t, row, width, out->new, number, 1);
	if (out->new < 0 && out->old >= 0)
		out->new = find_word(t, row, width, out->old, number, 1);
	out->first_row = row + 1;
	return out->old >= 0 && out->new >= 0;
}

static int find_columns(const struct table *t, struct columns *out, char why[static 256])
{
	int width = table_width(t, 0), rows = table_rows(t, 0);

	for (int row = 0; row < rows && row < TITLE_ROWS; row++)
		if (is_header(t, row, width) && find_headers(t, row, width, out))
			return 0;
	*out = (struct columns){ .first_row = rows > 0 && is_header(t, 0, width) };
	if (width == 2) {
		out->old = 0;
		out->new = 1;
		return 0;
	}
	if (find_numbers(t, width, out))
		return 0;
	snprintf(why, 256,
		 "two columns are needed, 原学号 and 新学号; this table has %d and its "
		 "headers do not say which",
		 width);
	return -EINVAL;
}

static int bad_row(const struct table *t, int row, const char *what, char why[static 256])
{
	snprintf(why, 256, "row %d: %s", table_line(t, 0, row), what);
	return -EINVAL;
}

static int take_cell(const struct table *t, int row, int column, char out[static NUMBER_BYTES],
		     char why[static 256])
{
	const char *cell = table_cell(t, 0, row, column);
	enum cell_kind kind = table_cell_kind(t, 0, row, column);

	if (kind == CELL_NUMBER_LOST)
		return bad_row(
			t, row,
			"the spreadsheet damaged a number (shown with E+, or its last digits "
			"are gone): format the column as text and enter it again",
			why);
	if (kind == CELL_ERROR || kind == CELL_DATE)
		return bad_row(t, row, "a cell holds no number", why);
	if (!cell[0])
		return bad_row(t, row, "one of the two numbers is missing", why);
	if (strlen(cell) >= NUMBER_BYTES)
		return bad_row(t, row, "a number is too long", why);
	for (const char *p = cell; *p; p++)
		if ((unsigned char)*p <= ' ')
			return bad_row(t, row, "a number holds a blank", why);
	text_copy(out, NUMBER_BYTES, cell);
	return 0;
}

static int take_rows(const struct table *t, const struct columns *c, struct remap *r,
		     char why[static 256])
{
	int rows = table_rows(t, 0), rc = 0;

	r->all = calloc((size_t)rows + 1, sizeof(*r->all));
	if (!r->all)
		return -ENOMEM;
	for (int row = c->first_row; row < rows && rc == 0; row++) {
		struct pair *p = &r->all[r->count];

		if (!table_cell(t, 0, row, c->old)[0] && !table_cell(t, 0, row, c->new)[0])
			continue;
		rc = take_cell(t, row, c->old, p->old, why);
		if (rc == 0)
			rc = take_cell(t, row, c->new, p->new, why);
		p->line = table_line(t, 0, row);
		r->count++;
	}
	if (rc == 0 && !r->count) {
		snprintf(why, 256, "the table holds no numbers");
		rc = -EINVAL;
	}
	return rc;
}

static int twice(const struct pair *a, const struct pair *b, const char *what, char why[static 256])
{
	int first = a->line < b->line ? a->line : b->line;

	snprintf(why, 256, "rows %d and %d: %s", first, a->line + b->line - first, what);
	return -EINVAL;
}

/* One number for two people would print one of them on the other's back. The same row twice is
 * harmless. */
static int check_twice(struct remap *r, char why[static 256])
{
	const struct pair **by_new = calloc((size_t)r->count, sizeof(const struct pair *));
	int kept = 0, rc = 0;

	if (!by_new)
		return -ENOMEM;
	qsort(r->all, (size_t)r->count, sizeof(*r->all), compare_old);
	for (int i = 0; i < r->count && rc == 0; i++) {
		if (kept && !strcmp(r->all[kept - 1].old, r->all[i].old)) {
			if (strcmp(r->all[kept - 1].new, r->all[i].new))
				rc = twice(&r->all[kept - 1], &r->all[i],
					   "one old number with two new ones", why);
			continue;
		}
		r->all[kept++] = r->all[i];
	}
	r->count = kept;
	for (int i = 0; i < kept; i++)
		by_new[i] = &r->all[i];
	qsort(by_new, (size_t)kept, sizeof(const struct pair *), compare_new);
	for (int i = 1; i < kept && rc == 0; i++)
		if (!strcmp(by_new[i - 1]->new, by_new[i]->new))
			rc = twice(by_new[i - 1], by_new[i], "two old numbers with one new one",
				   why);
	free(by_new);
	return rc;
}

static int load(const struct table *t, struct remap *r, char why[static 256])
{
	struct columns c;
	int rc;

	if (table_fault(t)) {
		const struct text_arg args[] = { { "detail", table_detail(t) }, { NULL, NULL } };
		char id[64], said[200];

		snprintf(id, sizeof(id), "table.fault.%s", table_fault_word(table_fault(t)));
		text_format(said, sizeof(said), LANG_EN, id, args);
		snprintf(why, 256, "%s%s%s", said, table_detail(t)[0] ? ": " : "", table_detail(t));
		return -EINVAL;
	}
	rc = find_columns(t, &c, why);
	if (rc == 0)
		rc = take_rows(t, &c, r, why);
	return rc == 0 ? check_twice(r, why) : rc;
}

int remap_load(const char *path, struct remap **out, char why[static 256])
{
	struct remap *r = calloc(1, sizeof(*r));
	struct table *t = table_read(path, NULL);
	int rc = -ENOMEM;

	snprintf(why, 256, "out of memory");
	if (r && t)
		rc = load(t, r, why);
	table_free(t);
	if (rc < 0)
		remap_free(r);
	else
		*out = r;
	return rc;
}

static const struct pair *find(const struct remap *r, const char *student_no)
{
	int low = 0, high = r ? r->count - 1 : -1;

	while (low <= high) {
		int mid = low + (high - low) / 2, c = strcmp(r->all[mid].old, student_no);

		if (!c)
			return &r->all[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return NULL;
}

const char *remap_find(const struct remap *r, const char *student_no)
{
	const struct pair *p = find(r, student_no);

	return p ? p->new : student_no;
}

bool remap_has(const struct remap *r, const char *student_no)
{
	return find(r, student_no) != NULL;
}

int remap_count(const struct remap *r)
{
	return r ? r->count : 0;
}

void remap_free(struct remap *r)
{
	if (r)
		free(r->all);
	free(r);
}
