#include "firmware/roster/table_build.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

bool table_refuse(struct table *t, enum table_fault fault, const char *detail)
{
	if (t->fault)
		return false;
	t->fault = fault;
	text_copy(t->detail, sizeof(t->detail), detail ? detail : "");
	return false;
}

bool table_grow(struct table *t, void **array, size_t *size, size_t count, size_t item)
{
	size_t wanted = *size ? *size * 2 : 64;
	void *bigger;

	if (count < *size)
		return true;
	bigger = realloc(*array, wanted * item);
	if (!bigger)
		return table_refuse(t, TABLE_NO_MEMORY, NULL);
	*array = bigger;
	*size = wanted;
	return true;
}

/* --- texts ---------------------------------------------------------------------------------------
 */

/* Blanks of every kind a spreadsheet may hold, and the marks of writing direction that come along
 * when a number is copied out of a Windows dialogue. */
static size_t blank_bytes(const char *p, size_t left)
{
	static const char *const wide[] = { "\u00a0", "\u3000", "\ufeff", "\u200b", "\u200e",
					    "\u200f", "\u202a", "\u202c", "\u202d" };

	if (left && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
		return 1;
	if (!left || !(*p & 0x80))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		size_t n = strlen(wide[i]);

		if (n <= left && !memcmp(p, wide[i], n))
			return n;
	}
	return 0;
}

static size_t trailing_blank(const char *p, size_t bytes)
{
	for (size_t n = 1; n <= 3 && n <= bytes; n++)
		if (blank_bytes(p + bytes - n, n) == n)
			return n;
	return 0;
}

static bool arena_room(struct table *t, size_t bytes)
{
	size_t wanted = t->arena_size;
	char *bigger;

	if (bytes > TABLE_UNPACKED_MAX - t->arena_bytes)
		return table_refuse(t, TABLE_TOO_BIG, NULL);
	while (wanted < t->arena_bytes + bytes)
		wanted *= 2;
	if (wanted == t->arena_size)
		return true;
	bigger = realloc(t->arena, wanted);
	if (!bigger)
		return table_refuse(t, TABLE_NO_MEMORY, NULL);
	t->arena = bigger;
	t->arena_size = wanted;
	return true;
}

uint32_t table_text(struct table *t, const char *utf8, size_t bytes)
{
	size_t n, start = t->arena_bytes;

	while ((n = blank_bytes(utf8, bytes))) {
		utf8 += n;
		bytes -= n;
	}
	while ((n = trailing_blank(utf8, bytes)))
		bytes -= n;
	if (!bytes)
		return 0;
	if (bytes > TABLE_CELL_BYTES_MAX) {
		table_refuse(t, TABLE_TOO_BIG, NULL);
		return 0;
	}
	if (!arena_room(t, bytes + 1))
		return 0;
	for (size_t i = 0; i < bytes; i++) {
		if (utf8[i] == '\r' && i + 1 < bytes && utf8[i + 1] == '\n')
			continue;
		t->arena[t->arena_bytes++] = (char)(utf8[i] == '\r' ? '\n' : utf8[i]);
	}
	t->arena[t->arena_bytes++] = '\0';
	return (uint32_t)start;
}

enum cell_kind table_text_kind(const char *text)
{
	const char *p = text + (*text == '-');
	size_t whole = strspn(p, "0123456789"), part = 0;

	p += whole;
	if (*p == '.')
		part = strspn(++p, "0123456789");
	p += part;
	if (!whole || !part || (*p != 'E' && *p != 'e') || p[1] != '+')
		return CELL_TEXT;
	p += 2;
	whole = strspn(p, "0123456789");
	return whole && whole <= 3 && !p[whole] ? CELL_NUMBER_LOST : CELL_TEXT;
}

/* --- cells ---------------------------------------------------------------------------------------
 */

int table_sheet_add(struct table *t, const char *name, bool hidden)
{
	if (t->sheet_count >= TABLE_SHEETS_MAX) {
		table_refuse(t, TABLE_TOO_BIG, NULL);
		return -1;
	}
	if (!table_grow(t, (void **)&t->sheets, &t->sheet_size, t->sheet_count, sizeof(*t->sheets)))
		return -1;
	t->sheets[t->sheet_count++] = (struct table_sheet){ .hidden = hidden };
	t->sheets[t->sheet_count - 1].name = table_text(t, name, strlen(name));
	return t->fault ? -1 : (int)t->sheet_count - 1;
}

static bool new_line(struct table *t, struct table_sheet *s, uint32_t line)
{
	s->last_line = line;
	if (++s->lines > TABLE_ROWS_MAX)
		return table_refuse(t, TABLE_TOO_BIG, NULL);
	if (t->wish.progress && s->lines % 1000 == 0)
		t->wish.progress(t->wish.ctx, (int)s->lines);
	return true;
}

bool table_put(struct table *t, int sheet, uint32_t line, uint32_t column, enum cell_kind kind,
	       uint32_t text)
{
	struct table_sheet *s = &t->sheets[sheet];

	if (t->fault || !text)
		return !t->fault;
	if (column >= TABLE_COLUMNS_MAX || t->cell_count >= TABLE_CELLS_MAX)
		return table_refuse(t, TABLE_TOO_BIG, NULL);
	if (line > s->last_line && !new_line(t, s, line))
		return false;
	if (!table_grow(t, (void **)&s->cells, &s->cell_size, s->cell_count, sizeof(*s->cells)))
		return false;
	s->cells[s->cell_count++] = (struct table_cell){
		.line = line, .column = (uint16_t)column, .kind = (uint8_t)kind, .text = text
	};
	t->cell_count++;
	return true;
}

bool table_put_text(struct table *t, int sheet, uint32_t line, uint32_t column, const char *utf8,
		    size_t bytes)
{
	uint32_t text = table_text(t, utf8, bytes);

	return table_put(t, sheet, line, column, table_text_kind(t->arena + text), text);
}

void table_merge_add(struct table *t, int sheet, uint32_t top, uint32_t left, uint32_t bottom,
		     uint32_t right)
{
	struct table_sheet *s = &t->sheets[sheet];

	if (!top || bottom < top || right < left || left >= TABLE_COLUMNS_MAX ||
	    s->merge_count >= TABLE_ROWS_MAX)
		return;
	if (right >= TABLE_COLUMNS_MAX)
		right = TABLE_COLUMNS_MAX - 1;
	if (table_grow(t, (void **)&s->merges, &s->merge_size, s->merge_count, sizeof(*s->merges)))
		s->merges[s->merge_count++] =
			(struct table_merge){ top, bottom, (uint16_t)left, (uint16_t)right };
}

/* --- finishing -----------------------------------------------------------------------------------
 */

/* Of several at one place the last is kept: the real one rather than one of a merge. */
static int by_place(const void *a, const void *b)
{
	const struct table_cell *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column - y->column;
	if (x->merged != y->merged)
		return x->merged ? -1 : 1;
	return x->text < y->text ? -1 : x->text > y->text;
}

static void sort_cells(struct table_sheet *s)
{
	bool sorted = true;
	size_t kept = 0;

	for (size_t i = 1; i < s->cell_count && sorted; i++)
		sorted = s->cells[i - 1].line < s->cells[i].line ||
			 (s->cells[i - 1].line == s->cells[i].line &&
			  s->cells[i - 1].column < s->cells[i].column);
	if (sorted)
		return;
	qsort(s->cells, s->cell_count, sizeof(*s->cells), by_place);
	for (size_t i = 0; i < s->cell_count; i++) {
		const struct table_cell *next = i + 1 < s->cell_count ? &s->cells[i + 1] : NULL;

		if (!next || next->line != s->cells[i].line || next->column != s->cells[i].column)
			s->cells[kept++] = s->cells[i];
	}
	s->cell_count = kept;
}

static void find_rows(struct table *t, struct table_sheet *s)
{
	struct table_row *r = NULL;
	size_t size = 0;

	free(s->rows);
	s->rows = NULL;
	s->row_count = 0;
	for (size_t i = 0; i < s->cell_count; i++) {
		const struct table_cell *c = &s->cells[i];

		if (!r || r->line != c->line) {
			if (!table_grow(t, (void **)&s->rows, &size, s->row_count, sizeof(*r)))
				return;
			r = &s->rows[s->row_count++];
			*r = (struct table_row){ .line = c->line, .first = (uint32_t)i };
		}
		r->cells++;
		if (!c->merged)
			r->width = c->column + 1;
		if (r->width > s->width)
			s->width = r->width;
	}
	if (s->row_count > TABLE_ROWS_MAX)
		table_refuse(t, TABLE_TOO_BIG, NULL);
}

/* First stored row at or below @line. */
static size_t row_from(const struct table_sheet *s, uint32_t line)
{
	size_t low = 0, high = s->row_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->rows[middle].line < line)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct table_cell *anchor_of(const struct table_sheet *s, const struct table_merge *m)
{
	size_t row = row_from(s, m->top);
	const struct table_row *r = row < s->row_count ? &s->rows[row] : NULL;

	for (size_t i = 0; r && r->line == m->top && i < r->cells; i++)
		if (s->cells[r->first + i].column == m->left)
			return &s->cells[r->first + i];
	return NULL;
}

/* Only onto rows that hold something of their own. */
static bool spread(struct table *t, struct table_sheet *s, const struct table_merge *m)
{
	const struct table_cell *anchor = anchor_of(s, m);
	struct table_cell copy;

	if (!anchor)
		return true;
	copy = *anchor;
	copy.merged = true;
	for (size_t i = row_from(s, m->top); i < s->row_count && s->rows[i].line <= m->bottom; i++)
		for (uint32_t c = m->left; c <= m->right; c++) {
			if (s->rows[i].line == m->top && c == m->left)
				continue;
			if (t->cell_count++ >= TABLE_CELLS_MAX)
				return table_refuse(t, TABLE_TOO_BIG, NULL);
			if (!table_grow(t, (void **)&s->cells, &s->cell_size, s->cell_count,
					sizeof(copy)))
				return false;
			copy.line = s->rows[i].line;
			copy.column = (uint16_t)c;
			s->cells[s->cell_count++] = copy;
		}
	return true;
}

void table_finish(struct table *t)
{
	for (size_t i = 0; i < t->sheet_count && !t->fault; i++) {
		struct table_sheet *s = &t->sheets[i];
		size_t own;

		sort_cells(s);
		find_rows(t, s);
		own = s->cell_count;
		for (size_t k = 0; k < s->merge_count && !t->fault; k++)
			if (!spread(t, s, &s->merges[k]))
				return;
		if (s->cell_count == own || t->fault)
			continue;
		sort_cells(s);
		find_rows(t, s);
	}
}
