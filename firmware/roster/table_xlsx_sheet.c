#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/roster/table_xlsx.h"

struct sheet {
	struct xlsx *x;
	int sheet; /* of the table */
	uint32_t line, column; /* of the cell that is open */
	uint32_t next_line, next_column; /* of one that does not say */
	char type[16];
	unsigned int style;
	bool in_cell, gathering, has_inline, has_formula;
	size_t value_at; /* in the gathered text; before it the formula and a zero */
	int phonetic;
};

/* "AB12" → line 12, column 27. */
static bool place_of(const char *ref, uint32_t *line, uint32_t *column)
{
	uint32_t c = 0, l = 0;
	int letters = 0, digits = 0;

	for (; (*ref | 32) >= 'a' && (*ref | 32) <= 'z' && letters < 4; ref++, letters++)
		c = c * 26 + (uint32_t)((*ref | 32) - 'a') + 1;
	for (; *ref >= '0' && *ref <= '9' && digits < 8; ref++, digits++)
		l = l * 10 + (uint32_t)(*ref - '0');
	if (!letters || !digits || letters > 3 || digits > 7 || !l)
		return false;
	*line = l;
	*column = c - 1;
	return true;
}

static uint32_t row_number(const char *value)
{
	size_t n = value ? strspn(value, "0123456789") : 0;

	return n && n < 8 && !value[n] ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

static void start_row(struct sheet *s, const char **attributes)
{
	uint32_t line = row_number(part_attribute(attributes, "r"));

	s->line = line ? line : s->next_line;
	s->next_line = s->line + 1;
	s->next_column = 0;
}

static void start_cell(struct sheet *s, const char **attributes)
{
	const char *ref = part_attribute(attributes, "r"), *type = part_attribute(attributes, "t");
	const char *style = part_attribute(attributes, "s");

	s->in_cell = true;
	s->has_inline = s->has_formula = false;
	s->x->text.count = s->value_at = 0;
	s->column = s->next_column;
	if (ref && place_of(ref, &s->line, &s->column))
		s->next_line = s->line + 1;
	s->next_column = s->column + 1;
	snprintf(s->type, sizeof(s->type), "%s", type ? type : "n");
	s->style = style && strlen(style) < 7 ? (unsigned int)strtoul(style, NULL, 10) : 0;
}

static void add_merge(struct sheet *s, const char *ref)
{
	const char *colon = ref ? strchr(ref, ':') : NULL;
	uint32_t top, left, bottom, right;
	char first[16];

	if (!colon || (size_t)(colon - ref) >= sizeof(first))
		return;
	memcpy(first, ref, (size_t)(colon - ref));
	first[colon - ref] = '\0';
	if (place_of(first, &top, &left) && place_of(colon + 1, &bottom, &right))
		table_merge_add(s->x->p.t, s->sheet, top, left, bottom, right);
}

static void start_in_cell(struct sheet *s, const char *name)
{
	bool is_value = !strcmp(name, "v");

	if (!strcmp(name, "rPh"))
		s->phonetic++;
	if (!strcmp(name, "is"))
		s->has_inline = true;
	if (!strcmp(name, "f"))
		s->has_formula = true;
	if (is_value || !strcmp(name, "is"))
		s->x->text.count = s->value_at;
	s->gathering = is_value || !strcmp(name, "f") ||
		       (s->has_inline && !strcmp(name, "t") && !s->phonetic);
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
	struct sheet *s = ctx;

	if (s->in_cell)
		start_in_cell(s, name);
	else if (!strcmp(name, "c"))
		start_cell(s, attributes);
	else if (!strcmp(name, "row"))
		start_row(s, attributes);
	else if (!strcmp(name, "mergeCell"))
		add_merge(s, part_attribute(attributes, "ref"));
}

static void on_text(void *ctx, const char *utf8, int bytes)
{
	struct sheet *s = ctx;

	if (s->gathering)
		gather_add(s->x->p.t, &s->x->text, utf8, bytes);
}

/* --- a cell that is complete ---------------------------------------------------------------------
 */

static void put(struct sheet *s, enum cell_kind kind, const char *text)
{
	struct table *t = s->x->p.t;

	table_put(t, s->sheet, s->line, s->column, kind, table_text(t, text, strlen(text)));
}

static void put_shared(struct sheet *s, const char *value)
{
	size_t n = strspn(value, "0123456789");
	unsigned long at = n && n < 10 ? strtoul(value, NULL, 10) : s->x->string_count;
	struct table *t = s->x->p.t;
	uint32_t text;

	if (at >= s->x->string_count) {
		table_refuse(t, TABLE_BROKEN, "sharedStrings");
		return;
	}
	text = s->x->strings[at];
	table_put(t, s->sheet, s->line, s->column, table_text_kind(t->arena + text), text);
}

static void put_number(struct sheet *s, const char *value)
{
	static const struct number_format general;
	const struct number_format *f =
		s->style < s->x->format_count ? &s->x->formats[s->style] : &general;
	char shown[NUMBER_SHOWN_MAX];
	enum cell_kind kind;
	double number;

	if (!number_parse(value, &number)) {
		put(s, CELL_TEXT, value);
		return;
	}
	kind = number_show(number, f, s->x->from_1904, shown);
	put(s, kind, shown);
}

/* 2026-11-21T09:30:00.000Z → 2026-11-21 09:30 */
static void put_iso_date(struct sheet *s, char *value)
{
	char *t = strchr(value, 'T');

	if (t) {
		*t = ' ';
		value[strcspn(value, ".Z")] = '\0';
		if (strlen(t) == 9 && !strcmp(t + 6, ":00"))
			t[6] = '\0';
		if (!strcmp(t, " 00:00"))
			*t = '\0';
	}
	put(s, CELL_DATE, value);
}

static void put_text(struct sheet *s)
{
	struct table *t = s->x->p.t;
	uint32_t text = xlsx_text(s->x, s->value_at);

	table_put(t, s->sheet, s->line, s->column, table_text_kind(t->arena + text), text);
}

/* A formula that was never computed: whoever wrote the file is no spreadsheet. */
static void put_formula(struct sheet *s)
{
	char shown[80];

	shown[0] = '=';
	text_copy(shown + 1, sizeof(shown) - 1, s->x->text.bytes);
	put(s, CELL_ERROR, shown);
}

static void end_cell(struct sheet *s)
{
	struct gather *g = &s->x->text;
	char *value;

	if (s->has_inline || !strcmp(s->type, "str")) {
		put_text(s);
		return;
	}
	if (!gather_add(s->x->p.t, g, "", 1))
		return;
	value = g->bytes + s->value_at;
	value += strspn(value, " \r\n\t");
	if (!*value && s->has_formula)
		put_formula(s);
	else if (!*value)
		return;
	else if (!strcmp(s->type, "s"))
		put_shared(s, value);
	else if (!strcmp(s->type, "b"))
		put(s, CELL_TEXT, *value == '1' || *value == 't' ? "TRUE" : "FALSE");
	else if (!strcmp(s->type, "e"))
		put(s, CELL_ERROR, value);
	else if (!strcmp(s->type, "d"))
		put_iso_date(s, value);
	else
		put_number(s, value);
}

static void on_end(void *ctx, const char *name)
{
	struct sheet *s = ctx;

	if (!s->in_cell)
		return;
	s->gathering = false;
	if (!strcmp(name, "f") && gather_add(s->x->p.t, &s->x->text, "", 1))
		s->value_at = s->x->text.count;
	if (!strcmp(name, "rPh"))
		s->phonetic--;
	if (strcmp(name, "c") != 0)
		return;
	s->in_cell = false;
	s->phonetic = 0;
	end_cell(s);
}

bool xlsx_sheet_read(struct xlsx *x, const char *part, int sheet)
{
	struct sheet s = { .x = x, .sheet = sheet, .next_line = 1 };
	const struct part_handler h = { on_start, on_end, on_text, &s };

	return package_parse(&x->p, part, &h);
}
