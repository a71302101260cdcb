#include <math.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table_biff.h"

struct sheet {
	struct biff *b;
	int sheet;
	uint32_t formula_line,
		formula_column; /* whose text comes in a STRING record; line 0 none */
};

/* Records of BIFF2, which some writers go on using under a later head. */
static bool is_old(const struct biff *b, const struct biff_record *r)
{
	return r->id <= 0x07 && (r->id != 0x06 || b->version < 5);
}

/* Where a cell's value stands: they have three bytes of looks, later ones the number of a style. */
static size_t value_at(const struct biff *b, const struct biff_record *r)
{
	return is_old(b, r) ? 7 : 6;
}

static void put_shown(struct sheet *s, const uint8_t *place, enum cell_kind kind, const char *text)
{
	struct table *t = s->b->t;

	table_put(t, s->sheet, biff_u16(place) + 1, biff_u16(place + 2), kind,
		  table_text(t, text, strlen(text)));
}

static void put_number(struct sheet *s, uint32_t line, uint32_t column, unsigned int style,
		       double value)
{
	static const struct number_format general;
	struct biff *b = s->b;
	const struct number_format *f = style < b->format_count ? &b->formats[style] : &general;
	char shown[NUMBER_SHOWN_MAX];
	enum cell_kind kind;

	if (!isfinite(value))
		return;
	kind = number_show(value, f, b->from_1904, shown);
	table_put(b->t, s->sheet, line, column, kind, table_text(b->t, shown, strlen(shown)));
}

static double rk_value(uint32_t rk)
{
	double value;

	if (rk & 2) {
		value = (int32_t)rk >> 2;
	} else {
		uint64_t bits = (uint64_t)(rk & ~3u) << 32;

		memcpy(&value, &bits, sizeof(value));
	}
	return rk & 1 ? value / 100 : value;
}

static double double_at(const uint8_t *p)
{
	uint64_t bits = biff_u32(p) | (uint64_t)biff_u32(p + 4) << 32;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void put_truth(struct sheet *s, const uint8_t *place, unsigned int value, bool is_error)
{
	static const struct {
		unsigned int code;
		const char *shown;
	} errors[] = { { 0x00, "#NULL!" }, { 0x07, "#DIV/0!" }, { 0x0f, "#VALUE!" },
		       { 0x17, "#REF!" },  { 0x1d, "#NAME?" },	{ 0x24, "#NUM!" },
		       { 0x2a, "#N/A" } };
	const char *shown = "#N/A";

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].code == value)
			shown = errors[i].shown;
	put_shown(s, place, is_error ? CELL_ERROR : CELL_TEXT,
		  is_error ? shown
		  : value  ? "TRUE"
			   : "FALSE");
}

/* A formula that ends in & or a function of text cannot give the number 0: a converter left it to
 * Excel to compute. */
static bool never_computed(const struct biff *b, const struct biff_record *r)
{
	static const uint8_t text_functions[] = { 31,  48,  111, 112, 113, 114, 115,
						  116, 118, 119, 120, 130, 162, 215 };
	size_t bytes = b->version >= 5 && r->bytes > 22 ? biff_u16(r->data + 20) : 0;
	const uint8_t *last;

	if (bytes < 2 || bytes > r->bytes - 22)
		return false;
	last = r->data + 22 + bytes - 1;
	if (*last == 0x08)
		return true;
	/* CONCATENATE is 336; the others are below 256. */
	return (last[-1] == 0x50 && last[0] == 1) ||
	       (bytes > 3 && !last[0] && memchr(text_functions, last[-1], sizeof(text_functions)));
}

/* A number, or FFFF behind a kind: text (in a record that follows), truth, error, empty text. */
static void on_formula(struct sheet *s, const struct biff_record *r)
{
	size_t at = value_at(s->b, r);
	const uint8_t *result = r->data + at;

	if (r->bytes < at + 8)
		return;
	if (double_at(result) == 0 && never_computed(s->b, r)) {
		put_shown(s, r->data, CELL_ERROR, "=");
	} else if (biff_u16(result + 6) != 0xffff) {
		put_number(s, biff_u16(r->data) + 1, biff_u16(r->data + 2), biff_u16(r->data + 4),
			   double_at(result));
	} else if (result[0] == 0) {
		s->formula_line = biff_u16(r->data) + 1;
		s->formula_column = biff_u16(r->data + 2);
	} else if (result[0] == 1 || result[0] == 2) {
		put_truth(s, r->data, result[2], result[0] == 2);
	}
}

static void put_string(struct sheet *s, uint32_t line, uint32_t column, const struct biff_record *r,
		       size_t skip)
{
	struct biff *b = s->b;
	struct biff_reader in = biff_read(b, r, skip);
	uint32_t text;

	if (biff_string(b, &in, is_old(b, r) ? 1 : 2, false, &text))
		table_put(b->t, s->sheet, line, column, table_text_kind(b->t->arena + text), text);
	else
		table_refuse(b->t, TABLE_BROKEN, NULL);
}

static void on_shared(struct sheet *s, const struct biff_record *r)
{
	struct biff *b = s->b;
	uint32_t n = r->bytes >= 10 ? biff_u32(r->data + 6) : UINT32_MAX;

	if (n >= b->string_count) {
		table_refuse(b->t, TABLE_BROKEN, "SST");
		return;
	}
	table_put(b->t, s->sheet, biff_u16(r->data) + 1, biff_u16(r->data + 2),
		  table_text_kind(b->t->arena + b->strings[n]), b->strings[n]);
}

static void on_row_of_rk(struct sheet *s, const struct biff_record *r)
{
	uint32_t line, column;

	if (r->bytes < 6)
		return;
	line = biff_u16(r->data) + 1;
	column = biff_u16(r->data + 2);
	for (size_t at = 4; at + 8 <= r->bytes; at += 6)
		put_number(s, line, column++, biff_u16(r->data + at),
			   rk_value(biff_u32(r->data + at + 2)));
}

static void on_merged(struct sheet *s, const struct biff_record *r)
{
	size_t count = r->bytes >= 2 ? biff_u16(r->data) : 0;

	for (size_t i = 0, at = 2; i < count && at + 8 <= r->bytes; i++, at += 8)
		table_merge_add(s->b->t, s->sheet, biff_u16(r->data + at) + 1,
				biff_u16(r->data + at + 4), biff_u16(r->data + at + 2) + 1,
				biff_u16(r->data + at + 6));
}

/* Records whose value follows the cell's place. */
static void on_value(struct sheet *s, const struct biff_record *r)
{
	size_t at = value_at(s->b, r), left = r->bytes > at ? r->bytes - at : 0;
	uint32_t line, column;
	unsigned int style;

	if (!left)
		return;
	line = biff_u16(r->data) + 1;
	column = biff_u16(r->data + 2);
	style = s->b->version >= 5 ? biff_u16(r->data + 4) : UINT16_MAX;
	if ((r->id == 0x203 || r->id == 0x03) && left >= 8)
		put_number(s, line, column, style, double_at(r->data + at));
	else if (r->id == 0x27e && left >= 4)
		put_number(s, line, column, style, rk_value(biff_u32(r->data + at)));
	else if (r->id == 0x02 && left >= 2)
		put_number(s, line, column, style, biff_u16(r->data + at));
	else if ((r->id == 0x205 || r->id == 0x05) && left >= 2)
		put_truth(s, r->data, r->data[at], r->data[at + 1]);
	else if (r->id == 0x204 || r->id == 0x04 || r->id == 0xd6)
		put_string(s, line, column, r, at);
}

static void on_record(struct sheet *s, const struct biff_record *r)
{
	switch (r->id) {
	case 0x2f:
		table_refuse(s->b->t, TABLE_ENCRYPTED, NULL);
		break;
	case 0xfd:
		on_shared(s, r);
		break;
	case 0xbd:
		on_row_of_rk(s, r);
		break;
	case 0x006:
	case 0x206:
	case 0x406:
		on_formula(s, r);
		break;
	case 0x007:
	case 0x207:
		if (s->formula_line)
			put_string(s, s->formula_line, s->formula_column, r, 0);
		s->formula_line = 0;
		break;
	case 0xe5:
		on_merged(s, r);
		break;
	default:
		on_value(s, r);
		break;
	}
}

/* Charts inside a sheet are streams of their own: BOF … EOF. */
void biff_sheet(struct biff *b, size_t at, int sheet)
{
	struct sheet s = { .b = b, .sheet = sheet };
	struct biff_record r;
	int depth = 0;

	do {
		if (!biff_next(b, at, &r)) {
			table_refuse(b->t, TABLE_BROKEN, NULL);
			return;
		}
		b->scanned += r.next - at;
		if (b->scanned > TABLE_UNPACKED_MAX) {
			table_refuse(b->t, TABLE_TOO_BIG, NULL);
			return;
		}
		at = r.next;
		if ((r.id & 0xff) == 0x09 && r.id <= 0x809)
			depth++;
		else if (r.id == 0x0a)
			depth--;
		else if (depth == 1)
			on_record(&s, &r);
		if (!depth)
			return;
	} while (!b->t->fault);
}
