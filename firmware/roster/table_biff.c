/*
 * Excel 97–2003 (BIFF8) and the older streams of reporting tools (BIFF2–BIFF5). freexl was tried:
 * it drops number formats (0001 becomes 1), the time of dates, booleans, texts of formulas, merged
 * and hidden, and reads outside its buffers when a file is damaged.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table_biff.h"

enum {
	STRING_CHARS_MAX = 65535,
	STYLES_MAX = 65536,
	FORMATS_MAX = 4096, /* of the file's own */
};

bool biff_next(const struct biff *b, size_t at, struct biff_record *r)
{
	if (at > b->bytes || b->bytes - at < 4)
		return false;
	r->id = biff_u16(b->data + at);
	r->bytes = biff_u16(b->data + at + 2);
	r->data = b->data + at + 4;
	r->next = at + 4 + r->bytes;
	return r->bytes <= b->bytes - at - 4;
}

/* --- strings -------------------------------------------------------------------------------------
 */

struct biff_reader biff_read(const struct biff *b, const struct biff_record *r, size_t skip)
{
	skip = skip > r->bytes ? r->bytes : skip;
	return (struct biff_reader){ b, r->data + skip, r->data + r->bytes, r->next };
}

/* Into the next CONTINUE once this record is used up. */
static bool more(struct biff_reader *r)
{
	struct biff_record c;

	while (r->p == r->end) {
		if (!biff_next(r->b, r->next, &c) || c.id != BIFF_CONTINUE)
			return false;
		r->p = c.data;
		r->end = c.data + c.bytes;
		r->next = c.next;
	}
	return true;
}

static bool take(struct biff_reader *r, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!more(r))
			return false;
		out[i] = *r->p++;
	}
	return true;
}

static bool skip_bytes(struct biff_reader *r, size_t n)
{
	while (n) {
		size_t here;

		if (!more(r))
			return false;
		here = (size_t)(r->end - r->p) < n ? (size_t)(r->end - r->p) : n;
		r->p += here;
		n -= here;
	}
	return true;
}

/* Characters of one or two bytes; a CONTINUE says anew which. */
static bool take_chars(struct biff *b, struct biff_reader *r, size_t chars, bool wide)
{
	for (size_t i = 0; i < chars; i++) {
		uint8_t c[2] = { 0 };

		if (r->p == r->end) {
			if (!more(r))
				return false;
			wide = *r->p++ & 1;
		}
		if (!take(r, c, wide ? 2 : 1))
			return false;
		b->wide[i] = (uint16_t)biff_u16(c);
	}
	return true;
}

static size_t put_utf8(char *o, uint32_t c)
{
	if (c < 0x80) {
		o[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		o[0] = (char)(0xc0 | c >> 6);
		o[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (char)(0xe0 | c >> 12);
		o[1] = (char)(0x80 | (c >> 6 & 63));
		o[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	o[0] = (char)(0xf0 | c >> 18);
	o[1] = (char)(0x80 | (c >> 12 & 63));
	o[2] = (char)(0x80 | (c >> 6 & 63));
	o[3] = (char)(0x80 | (c & 63));
	return 4;
}

static uint32_t wide_text(struct biff *b, size_t chars)
{
	SCOPED_FREE char *utf8 = malloc(chars * 3 + 1);
	size_t n = 0;

	if (!utf8) {
		table_refuse(b->t, TABLE_NO_MEMORY, NULL);
		return 0;
	}
	for (size_t i = 0; i < chars; i++) {
		uint32_t c = b->wide[i], low = i + 1 < chars ? b->wide[i + 1] : 0;

		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			i++;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		if (c)
			n += put_utf8(utf8 + n, c);
	}
	return table_text(b->t, utf8, n);
}

static bool string_room(struct biff *b, size_t chars)
{
	if (chars <= b->wide_size)
		return true;
	free(b->wide);
	b->wide_size = STRING_CHARS_MAX;
	b->wide = malloc(b->wide_size * sizeof(*b->wide));
	if (b->wide)
		return true;
	b->wide_size = 0;
	return table_refuse(b->t, TABLE_NO_MEMORY, NULL);
}

/* Before BIFF8: bytes in the code page of the machine that wrote them. 1252 is what tools of the
 * time said without meaning it. */
static bool byte_string(struct biff *b, struct biff_reader *r, size_t bytes, uint32_t *text)
{
	const char *wish = b->t->wish.encoding ? table_iconv_name(b->t->wish.encoding) : NULL;
	SCOPED_FREE char *raw = malloc(bytes + 1);
	SCOPED_FREE char *utf8 = NULL;
	size_t n = 0, torn = 0;

	if (!raw || !take(r, (uint8_t *)raw, bytes))
		return false;
	utf8 = table_convert(wish ? wish : "GB18030", raw, bytes, &n, &torn);
	if (!utf8)
		return table_refuse(b->t, TABLE_ENCODING, NULL);
	*text = table_text(b->t, utf8, strnlen(utf8, n));
	return true;
}

bool biff_string(struct biff *b, struct biff_reader *r, int length_bytes, bool rich, uint32_t *text)
{
	uint8_t head[2] = { 0 }, flags, runs[2] = { 0 }, reading[4] = { 0 };
	size_t chars;

	*text = 0;
	if (!take(r, head, (size_t)length_bytes))
		return false;
	chars = biff_u16(head);
	if (b->version < 8)
		return byte_string(b, r, chars, text);
	if (!take(r, &flags, 1) || !string_room(b, chars))
		return false;
	if (rich && flags & 8 && !take(r, runs, 2))
		return false;
	if (rich && flags & 4 && !take(r, reading, 4))
		return false;
	if (!take_chars(b, r, chars, flags & 1))
		return false;
	*text = wide_text(b, chars);
	return !rich || (skip_bytes(r, biff_u16(runs) * 4u) && skip_bytes(r, biff_u32(reading)));
}

/* --- the workbook's own records ------------------------------------------------------------------
 */

struct own_format {
	unsigned int id;
	struct number_format format;
};

struct globals {
	struct biff *b;
	struct own_format *own;
	size_t own_count, own_size;
};

static void add_format(struct globals *g, const struct biff_record *r)
{
	struct biff *b = g->b;
	struct biff_reader in = biff_read(b, r, 2);
	uint32_t text;

	if (r->bytes < 3 || g->own_count >= FORMATS_MAX ||
	    !biff_string(b, &in, b->version >= 8 ? 2 : 1, false, &text))
		return;
	if (!table_grow(b->t, (void **)&g->own, &g->own_size, g->own_count, sizeof(*g->own)))
		return;
	g->own[g->own_count].id = biff_u16(r->data);
	number_format_parse(&g->own[g->own_count++].format, b->t->arena + text);
}

static void add_style(struct globals *g, const struct biff_record *r)
{
	unsigned int id = r->bytes >= 4 ? biff_u16(r->data + 2) : 0;
	struct biff *b = g->b;
	struct number_format *f;

	if (b->format_count >= STYLES_MAX ||
	    !table_grow(b->t, (void **)&b->formats, &b->format_size, b->format_count, sizeof(*f)))
		return;
	f = &b->formats[b->format_count++];
	number_format_builtin(f, id);
	for (size_t i = 0; i < g->own_count; i++)
		if (g->own[i].id == id) {
			*f = g->own[i].format;
			break;
		}
}

static void read_strings(struct biff *b, const struct biff_record *r)
{
	struct biff_reader in = biff_read(b, r, 8);
	uint32_t wanted = r->bytes >= 8 ? biff_u32(r->data + 4) : 0;

	while (b->string_count < wanted) {
		uint32_t text;

		if (!biff_string(b, &in, 2, true, &text)) {
			table_refuse(b->t, TABLE_BROKEN, "SST");
			return;
		}
		if (b->t->fault || !table_grow(b->t, (void **)&b->strings, &b->string_size,
					       b->string_count, sizeof(text)))
			return;
		b->strings[b->string_count++] = text;
	}
}

static void add_sheet(struct biff *b, const struct biff_record *r)
{
	struct biff_reader in = biff_read(b, r, 6);
	uint32_t name = 0;
	int sheet;

	/* Charts and macros hold no rows. */
	if (r->bytes < 8 || r->data[5] != 0)
		return;
	biff_string(b, &in, 1, false, &name);
	sheet = b->t->fault ? -1 : table_sheet_add(b->t, "", r->data[4] & 3);
	if (sheet < 0)
		return;
	b->t->sheets[sheet].name = name;
	biff_sheet(b, biff_u32(r->data), sheet);
}

static void one_global(struct globals *g, const struct biff_record *r)
{
	switch (r->id) {
	case 0x2f:
		table_refuse(g->b->t, TABLE_ENCRYPTED, NULL);
		break;
	case 0x22:
		g->b->from_1904 = r->bytes >= 2 && r->data[0] == 1;
		break;
	case 0x41e:
		add_format(g, r);
		break;
	case 0xe0:
		add_style(g, r);
		break;
	case 0xfc:
		read_strings(g->b, r);
		break;
	default:
		break;
	}
}

enum { EOF_RECORD = 0x0a, BOUNDSHEET = 0x85 };

/* The list of sheets stands before the strings they use: second time round. */
void biff_globals(struct biff *b)
{
	struct globals g = { .b = b };
	struct biff_record r;
	size_t at = 0;

	for (; !b->t->fault; at = r.next) {
		if (!biff_next(b, at, &r))
			table_refuse(b->t, TABLE_BROKEN, NULL);
		else if (r.id == EOF_RECORD)
			break;
		else
			one_global(&g, &r);
	}
	free(g.own);
	for (at = 0; !b->t->fault && biff_next(b, at, &r) && r.id != EOF_RECORD; at = r.next)
		if (r.id == BOUNDSHEET)
			add_sheet(b, &r);
}

static int version_of(const struct biff_record *r)
{
	if (r->bytes < 4)
		return 0;
	switch (r->id) {
	case 0x009:
		return 2;
	case 0x209:
		return 3;
	case 0x409:
		return 4;
	case 0x809:
		return biff_u16(r->data) == 0x600 ? 8 : 5;
	default:
		return 0;
	}
}

void table_biff_read(struct table *t, const uint8_t *data, size_t bytes)
{
	struct biff b = { .t = t, .data = data, .bytes = bytes };
	struct biff_record r;

	b.version = biff_next(&b, 0, &r) ? version_of(&r) : 0;
	t->format = "xls";
	if (!b.version)
		table_refuse(t, TABLE_BROKEN, NULL);
	else if (b.version >= 5)
		biff_globals(&b);
	else if (table_sheet_add(t, "", false) == 0)
		biff_sheet(&b, 0, 0);
	free(b.wide);
	free(b.strings);
	free(b.formats);
}
