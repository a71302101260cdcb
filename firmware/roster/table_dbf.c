/*
 * dBASE, FoxPro and Visual FoxPro: a header of 32 bytes, 32 bytes a field, records of one length.
 * shapelib reads from named files only, knows no FoxPro binary fields and believes the header: what
 * checks the header well enough for it has read the file already. (We write with it.)
 */
#include <errno.h>
#include <iconv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/roster/table_build.h"
#include "firmware/roster/table_number.h"

enum {
	HEAD_BYTES = 32, /* and so many a field */
	FIELD_END = 0x0d,
	DELETED = '*',
	TEXT_BYTES_MAX = 4096, /* of a field; what is longer is no cell of a roster */
	LDID_GBK = 0x4d,
};

struct field {
	char type;
	size_t at, bytes;
	uint32_t column;
};

struct dbf {
	struct table *t;
	const uint8_t *data;
	size_t head, record; /* bytes */
	uint32_t records;
	struct field fields[TABLE_COLUMNS_MAX];
	size_t field_count;
	iconv_t cd;
	size_t whole, torn; /* cells that held more than ASCII */
};

static unsigned int u16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
	return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

/* --- header --------------------------------------------------------------------------------------
 */

/* Clipper and FoxPro keep the high byte of a wide text where others keep its decimals, a zero. */
static size_t field_bytes(const uint8_t *field)
{
	return field[16] + (field[11] == 'C' ? field[17] * 256u : 0);
}

/* How many field descriptions there are, and how wide the record is that they make. */
static size_t count_fields(const uint8_t *data, size_t head, size_t *record)
{
	size_t n = 0;

	*record = 1;
	for (size_t at = HEAD_BYTES; at + HEAD_BYTES < head && data[at] != FIELD_END;
	     at += HEAD_BYTES, n++) {
		if (data[at] < ' ' || !field_bytes(data + at) ||
		    !strchr("CNFDLIBYTMGPV0@O+QW", data[at + 11]) || !data[at + 11])
			return 0;
		*record += field_bytes(data + at);
	}
	return data[HEAD_BYTES + n * HEAD_BYTES] == FIELD_END ? n : 0;
}

bool table_dbf_looks(const uint8_t *data, size_t bytes)
{
	static const uint8_t versions[] = { 0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43,
					    0x63, 0x83, 0x8b, 0x8c, 0xcb, 0xf5, 0xfb };
	size_t head, record;

	/* Two reserved bytes are zero, which no text has. */
	if (bytes < HEAD_BYTES * 2 + 1 || !memchr(versions, data[0], sizeof(versions)) ||
	    data[12] || data[13])
		return false;
	head = u16(data + 8);
	return head > HEAD_BYTES * 2 && head <= bytes && count_fields(data, head, &record) &&
	       record <= u16(data + 10);
}

static bool read_head(struct dbf *d, size_t bytes)
{
	size_t at = 1, width, n;

	d->records = u32(d->data + 4);
	d->head = u16(d->data + 8);
	d->record = u16(d->data + 10);
	n = count_fields(d->data, d->head, &width);
	if (d->data[15])
		return table_refuse(d->t, TABLE_ENCRYPTED, NULL);
	if (n > TABLE_COLUMNS_MAX)
		return table_refuse(d->t, TABLE_TOO_BIG, NULL);
	if ((uint64_t)d->records * d->record > bytes - d->head)
		return table_refuse(d->t, TABLE_BROKEN, NULL);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = d->data + HEAD_BYTES * (i + 1);

		/* "0" is FoxPro's own field of null flags. */
		d->fields[i] =
			(struct field){ (char)p[11], at, field_bytes(p), (uint32_t)d->field_count };
		at += d->fields[i].bytes;
		d->field_count += p[11] != '0';
		if (p[11] == '0')
			d->fields[i].column = UINT32_MAX;
	}
	d->field_count = n;
	return true;
}

/* --- which encoding ------------------------------------------------------------------------------
 */

static bool is_text(char type)
{
	return type == 'C' || type == 'V';
}

static bool is_ascii(const uint8_t *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (p[i] & 0x80)
			return false;
	return true;
}

/* Nobody said: UTF-8 if every text that could tell is. */
static bool all_utf8(const struct dbf *d)
{
	size_t seen = 0;

	for (size_t i = 0; i < d->field_count; i++) {
		const char *name = (const char *)d->data + HEAD_BYTES * (i + 1);
		size_t n = strnlen(name, 11);

		if (!text_valid(name, n))
			return false;
		seen += !is_ascii((const uint8_t *)name, n);
	}
	for (uint32_t r = 0; r < d->records && r < 1000; r++)
		for (size_t i = 0; i < d->field_count; i++) {
			const struct field *f = &d->fields[i];
			const uint8_t *p = d->data + d->head + r * d->record + f->at;

			if (!is_text(f->type) || is_ascii(p, f->bytes))
				continue;
			if (!text_valid((const char *)p, f->bytes))
				return false;
			seen++;
		}
	return seen;
}

static const char *encoding_of(const struct dbf *d)
{
	const char *said = NULL;

	if (d->t->wish.encoding) {
		said = table_iconv_name(d->t->wish.encoding);
		if (!said)
			table_refuse(d->t, TABLE_ENCODING, d->t->wish.encoding);
		return said;
	}
	if (d->t->cpg[0])
		said = table_iconv_name(d->t->cpg);
	if (said || d->data[29] == LDID_GBK)
		return said ? said : "GB18030";
	return all_utf8(d) ? "UTF-8" : "GB18030";
}

/* --- cells ---------------------------------------------------------------------------------------
 */

/* What cannot be read becomes "??", as in the lists of the admission offices. */
static size_t to_utf8(struct dbf *d, const uint8_t *p, size_t bytes, char *out, size_t size)
{
	char *in = (char *)(uintptr_t)p, *o = out;
	size_t left = bytes, room = size;
	bool torn = false;

	iconv(d->cd, NULL, NULL, NULL, NULL);
	while (left && iconv(d->cd, &in, &left, &o, &room) == (size_t)-1) {
		if ((errno != EILSEQ && errno != EINVAL) || room < 2 || !left)
			break;
		*o++ = '?';
		*o++ = '?';
		room -= 2;
		in++;
		left--;
		torn = true;
	}
	d->torn += torn;
	d->whole += !torn;
	return size - room;
}

static uint32_t text_of(struct dbf *d, const uint8_t *p, size_t bytes)
{
	char utf8[TEXT_BYTES_MAX * 4];

	if (bytes > TEXT_BYTES_MAX)
		bytes = TEXT_BYTES_MAX;
	while (bytes && (p[bytes - 1] == ' ' || !p[bytes - 1]))
		bytes--;
	if (memchr(p, 0, bytes))
		bytes = strnlen((const char *)p, bytes);
	if (is_ascii(p, bytes))
		return table_text(d->t, (const char *)p, bytes);
	return table_text(d->t, utf8, to_utf8(d, p, bytes, utf8, sizeof(utf8)));
}

static void put(struct dbf *d, uint32_t line, const struct field *f, enum cell_kind kind,
		const char *text)
{
	table_put(d->t, 0, line, f->column, kind, table_text(d->t, text, strlen(text)));
}

static enum cell_kind kind_of_digits(const char *text)
{
	size_t digits = 0;

	if (strchr(text, '*'))
		return CELL_ERROR;
	for (const char *p = text; *p; p++)
		digits += *p >= '0' && *p <= '9' && (digits || *p != '0');
	if (digits > 15 && !strchr(text, '.'))
		return CELL_NUMBER_LOST;
	return table_text_kind(text) == CELL_TEXT ? CELL_NUMBER : CELL_NUMBER_LOST;
}

static void put_digits(struct dbf *d, uint32_t line, const struct field *f, const uint8_t *p)
{
	uint32_t text = text_of(d, p, f->bytes);

	table_put(d->t, 0, line, f->column, kind_of_digits(d->t->arena + text), text);
}

static void put_date(struct dbf *d, uint32_t line, const struct field *f, const uint8_t *p)
{
	char shown[16];
	size_t digits = 0;

	while (digits < f->bytes && p[digits] >= '0' && p[digits] <= '9')
		digits++;
	if (digits != 8 || f->bytes != 8) {
		table_put(d->t, 0, line, f->column, CELL_TEXT, text_of(d, p, f->bytes));
		return;
	}
	snprintf(shown, sizeof(shown), "%.4s-%.2s-%.2s", p, p + 4, p + 6);
	put(d, line, f, CELL_DATE, shown);
}

static void put_number(struct dbf *d, uint32_t line, const struct field *f, double value,
		       bool is_date)
{
	const struct number_format format = { .look = is_date ? NUMBER_DATE : NUMBER_GENERAL };
	char shown[NUMBER_SHOWN_MAX];
	enum cell_kind kind;

	if (!isfinite(value))
		return;
	kind = number_show(value, &format, false, shown);
	put(d, line, f, kind, shown);
}

/* FoxPro's fields that are no text. Memos are in a file of their own. */
static void put_binary(struct dbf *d, uint32_t line, const struct field *f, const uint8_t *p)
{
	double value;
	uint64_t bits;

	if ((f->type == 'I' || f->type == '+') && f->bytes == 4)
		put_number(d, line, f, (int32_t)u32(p), false);
	if (f->bytes != 8)
		return;
	bits = u64(p);
	memcpy(&value, &bits, sizeof(value));
	if (f->type == 'B' || f->type == 'O')
		put_number(d, line, f, value, false);
	/* Days of the Julian calendar, then milliseconds. */
	if (f->type == 'T' && u32(p))
		put_number(d, line, f, u32(p) - 2415018.5 - 0.5 + u32(p + 4) / 86400000.0, true);
	if (f->type == 'Y')
		put_number(d, line, f, (double)(int64_t)bits / 10000, false);
}

static void put_cell(struct dbf *d, uint32_t line, const struct field *f, const uint8_t *p)
{
	uint32_t text;

	switch (f->type) {
	case 'C':
	case 'V':
		text = text_of(d, p, f->bytes);
		table_put(d->t, 0, line, f->column, table_text_kind(d->t->arena + text), text);
		break;
	case 'N':
	case 'F':
		put_digits(d, line, f, p);
		break;
	case 'D':
		put_date(d, line, f, p);
		break;
	case 'L':
		if (strchr("TtYyFfNn", *p) && *p)
			put(d, line, f, CELL_TEXT, strchr("TtYy", *p) ? "TRUE" : "FALSE");
		break;
	default:
		put_binary(d, line, f, p);
		break;
	}
}

/* Lines as a spreadsheet counts them: the fields' names are the first, deleted records are none. */
static void read_records(struct dbf *d)
{
	uint32_t line = 1;

	for (size_t i = 0; i < d->field_count; i++)
		if (d->fields[i].column != UINT32_MAX) {
			const uint8_t *name = d->data + HEAD_BYTES * (i + 1);

			table_put(d->t, 0, line, d->fields[i].column, CELL_TEXT,
				  text_of(d, name, strnlen((const char *)name, 11)));
		}
	for (uint32_t r = 0; r < d->records && !d->t->fault; r++) {
		const uint8_t *p = d->data + d->head + (size_t)r * d->record;

		if (*p == DELETED)
			continue;
		line++;
		for (size_t i = 0; i < d->field_count; i++)
			if (d->fields[i].column != UINT32_MAX)
				put_cell(d, line, &d->fields[i], p + d->fields[i].at);
	}
	if (d->torn > d->whole + 3)
		table_refuse(d->t, TABLE_ENCODING, d->t->encoding);
}

void table_dbf_read(struct table *t, const uint8_t *data, size_t bytes)
{
	struct dbf d = { .t = t, .data = data };
	const char *encoding;

	t->format = "dbf";
	if (!read_head(&d, bytes))
		return;
	encoding = encoding_of(&d);
	if (!encoding || table_sheet_add(t, "", false) != 0)
		return;
	t->encoding = encoding;
	d.cd = iconv_open("UTF-8", encoding);
	if (d.cd == (iconv_t)-1) {
		table_refuse(t, TABLE_ENCODING, encoding);
		return;
	}
	read_records(&d);
	iconv_close(d.cd);
}
