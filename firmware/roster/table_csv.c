#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/table_build.h"

struct text {
	char *bytes;
	size_t count;
	const char *encoding;
};

/* --- which encoding ------------------------------------------------------------------------------
 */

/* One wide character that a roster may well hold. */
static bool likely(unsigned int c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\n' || c == '\r' ||
	       (c >= 0x4e00 && c < 0xa000) || (c >= 0x3400 && c < 0x4dc0) ||
	       (c >= 0x3000 && c < 0x3040) || (c >= 0xff00 && c < 0xfff0) || c == 0xb7;
}

static size_t likely_pairs(const uint8_t *p, size_t bytes, bool big)
{
	size_t n = 0;

	for (size_t i = 0; i + 1 < bytes; i += 2)
		n += likely(big ? p[i] * 256u + p[i + 1] : p[i + 1] * 256u + p[i]);
	return n;
}

/* A file of wide characters that does not say so: nine of ten make sense one way round. */
static const char *guess_wide(const char *data, size_t bytes)
{
	const uint8_t *p = (const uint8_t *)data;
	size_t seen = bytes < 65536 ? bytes & ~1ul : 65536;
	size_t little = likely_pairs(p, seen, false), big = likely_pairs(p, seen, true);

	if (bytes < 4 || bytes % 2 || (little > big ? little : big) * 20 < seen * 9)
		return NULL;
	return little >= big ? "UTF-16LE" : "UTF-16BE";
}

/* UTF-8 but for a character begun at the very end: the rest of the file is missing. */
static bool cut_utf8(const char *data, size_t bytes)
{
	bool wide = false;
	size_t n = 1;

	while (n < 3 && n < bytes && (data[bytes - n] & 0xc0) == 0x80)
		n++;
	if (n >= bytes || (data[bytes - n] & 0xc0) != 0xc0 || text_valid(data, bytes))
		return false;
	bytes -= n;
	for (size_t i = 0; i < bytes && !wide; i++)
		wide = data[i] & 0x80;
	return wide && text_valid(data, bytes);
}

/* A hundred characters more that are UTF-8 than bytes that are not: one torn name does not make a
 * list GB18030, where nearly every pair of bytes means something. */
static bool mostly_utf8(const char *data, size_t bytes)
{
	size_t good = 0, bad = 0;

	for (size_t i = 0; i < bytes;) {
		size_t n = (data[i] & 0xe0) == 0xc0 ? 2 : (data[i] & 0xf0) == 0xe0 ? 3 : 4;

		if (!(data[i] & 0x80)) {
			i++;
		} else if (i + n <= bytes && text_valid(data + i, n)) {
			good++;
			i += n;
		} else {
			bad++;
			i++;
		}
	}
	return bad * 100 <= good;
}

static const char *guess_encoding(struct table *t, const char *data, size_t bytes, size_t *bom)
{
	*bom = 2;
	if (bytes >= 2 && !memcmp(data, "\xff\xfe", 2))
		return "UTF-16LE";
	if (bytes >= 2 && !memcmp(data, "\xfe\xff", 2))
		return "UTF-16BE";
	*bom = bytes >= 3 && !memcmp(data, "\xef\xbb\xbf", 3) ? 3 : 0;
	if (t->wish.encoding) {
		const char *name = table_iconv_name(t->wish.encoding);

		if (!name)
			table_refuse(t, TABLE_ENCODING, t->wish.encoding);
		return name;
	}
	if (memchr(data, 0, bytes))
		return guess_wide(data, bytes);
	if (*bom)
		return "UTF-8 with BOM";
	if (cut_utf8(data, bytes)) {
		table_refuse(t, TABLE_BROKEN, NULL);
		return NULL;
	}
	return mostly_utf8(data, bytes) ? "UTF-8" : "GB18030";
}

static void unify_line_ends(struct text *text)
{
	char *o = text->bytes;

	for (size_t i = 0; i < text->count; i++) {
		char c = text->bytes[i];

		if (c == '\r' && i + 1 < text->count && text->bytes[i + 1] == '\n')
			continue;
		*o++ = c == '\r' ? '\n' : c;
	}
	text->count = (size_t)(o - text->bytes);
}

static size_t wide_characters(const struct text *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->count; i++)
		n += (text->bytes[i] & 0xc0) == 0xc0;
	return n;
}

/* Old programs end a text with Ctrl-Z, others fill up its last block with zeros. */
static size_t without_padding(const char *data, size_t bytes)
{
	size_t n = bytes;

	while (n && (!data[n - 1] || data[n - 1] == 0x1a))
		n--;
	return memchr(data, 0, n) || (n > 1 && (data[0] & data[1] & 0xfe) == 0xfe) ? bytes : n;
}

static bool decode(struct table *t, const char *data, size_t bytes, struct text *text)
{
	size_t bom, torn = 0;
	const char *name;

	bytes = without_padding(data, bytes);
	name = guess_encoding(t, data, bytes, &bom);
	if (!name)
		return table_refuse(t, TABLE_OTHER, NULL);
	text->encoding = name;
	text->bytes =
		table_convert(table_iconv_name(name), data + bom, bytes - bom, &text->count, &torn);
	if (!text->bytes || torn * 100 > wide_characters(text) ||
	    !text_valid(text->bytes, text->count))
		return table_refuse(t, TABLE_ENCODING, t->wish.encoding);
	if (memchr(text->bytes, 0, text->count))
		return table_refuse(t, TABLE_OTHER, NULL);
	if (table_text_is_markup(text->bytes, text->count))
		return table_refuse(t, TABLE_HTML, NULL);
	unify_line_ends(text);
	return true;
}

/* --- which separator -----------------------------------------------------------------------------
 */

/* Excel's own first line "sep=;" says it; it is no row. Return: its bytes. */
static size_t said_separator(const struct text *text, char *separator)
{
	if (text->count < 6 || memcmp(text->bytes, "sep=", 4) != 0 || text->bytes[5] != '\n')
		return 0;
	*separator = text->bytes[4];
	return 6;
}

/* Over the first lines, so that a title above the header has no say. */
static char guess_separator(const struct text *text, size_t from)
{
	static const char separators[] = { ',', ';', '\t' };
	int seen[3] = { 0 }, best = 0, lines = 0;
	bool quoted = false;

	for (size_t i = from; i < text->count && lines < 20; i++) {
		char c = text->bytes[i];

		if (c == '"')
			quoted = !quoted;
		lines += c == '\n' && !quoted;
		for (int k = 0; k < 3 && !quoted; k++)
			seen[k] += c == separators[k];
	}
	for (int k = 1; k < 3; k++)
		if (seen[k] > seen[best])
			best = k;
	return separators[best];
}

/* --- text → cells --------------------------------------------------------------------------------
 */

struct splitter {
	struct table *t;
	uint32_t line, column;
};

static void on_cell(void *data, size_t bytes, void *ctx)
{
	struct splitter *s = ctx;
	const char *p = data;

	/* ="0001": how a list is kept from losing its zeros on the way through Excel. */
	if (bytes >= 3 && p[0] == '=' && p[1] == '"' && p[bytes - 1] == '"') {
		p += 2;
		bytes -= 3;
	}
	if (!s->t->fault && bytes)
		table_put_text(s->t, 0, s->line, s->column, p, bytes);
	s->column++;
}

static void on_row(int c, void *ctx)
{
	struct splitter *s = ctx;
	(void)c;

	s->line++;
	s->column = 0;
}

static void split(struct table *t, const struct text *text, size_t from)
{
	struct splitter s = { .t = t, .line = 1 };
	size_t bytes = text->count - from;
	struct csv_parser csv;

	if (csv_init(&csv, CSV_REPALL_NL) != 0) {
		table_refuse(t, TABLE_NO_MEMORY, NULL);
		return;
	}
	csv_set_delim(&csv, (unsigned char)t->separator);
	csv_set_blk_size(&csv, 65536);
	if (csv_parse(&csv, text->bytes + from, bytes, on_cell, on_row, &s) != bytes)
		table_refuse(t, TABLE_TOO_BIG, csv_strerror(csv_error(&csv)));
	/* Stray quotes inside cells are tolerated; one that swallows the rest of the file is not. */
	csv_set_opts(&csv, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI);
	if (csv_fini(&csv, on_cell, on_row, &s) < 0)
		table_refuse(t, TABLE_QUOTES, NULL);
	csv_free(&csv);
}

void table_csv_read(struct table *t, const char *data, size_t bytes)
{
	struct text text = { .bytes = NULL };
	size_t from = 0;

	if (decode(t, data, bytes, &text) && table_sheet_add(t, "", false) == 0) {
		t->format = "csv";
		t->encoding = text.encoding;
		t->separator = t->wish.separator;
		from = said_separator(&text, t->separator ? &(char){ 0 } : &t->separator);
		if (!t->separator)
			t->separator = guess_separator(&text, from);
		split(t, &text, from);
	}
	free(text.bytes);
}
