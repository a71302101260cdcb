/* The record stream of an xls. Private to table_biff*.c. */
#pragma once

#include "firmware/roster/table_build.h"
#include "firmware/roster/table_number.h"

enum { BIFF_CONTINUE = 0x3c };

struct biff {
	struct table *t;
	const uint8_t *data;
	size_t bytes;
	int version; /* 2, 3, 4, 5, 8 */
	bool from_1904;
	uint16_t *wide; /* one string being put together */
	size_t wide_size;
	uint32_t *strings; /* shared, in table.arena */
	size_t string_count, string_size;
	struct number_format *formats; /* by style */
	size_t format_count, format_size;
	size_t scanned; /* bytes of all sheets: two may name the same place */
};

struct biff_record {
	unsigned int id;
	const uint8_t *data;
	size_t bytes;
	size_t next; /* where the next one begins */
};

static inline unsigned int biff_u16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

static inline uint32_t biff_u32(const uint8_t *p)
{
	return biff_u16(p) | (uint32_t)biff_u16(p + 2) << 16;
}

/** biff_next() - the record at @at. false: the stream ends inside it. */
bool biff_next(const struct biff *b, size_t at, struct biff_record *r);

/* Bytes of a record and of the CONTINUE records behind it. */
struct biff_reader {
	const struct biff *b;
	const uint8_t *p, *end;
	size_t next;
};

struct biff_reader biff_read(const struct biff *b, const struct biff_record *r, size_t skip);
/** biff_string() - the string at the reader into the arena; length in one or two bytes before it.
 * @rich: also steps over its runs and readings. false: the stream ends inside it. */
bool biff_string(struct biff *b, struct biff_reader *r, int length_bytes, bool rich,
		 uint32_t *text);
/** biff_globals() - formats, styles, shared strings and sheets; sheets are read on the way. */
void biff_globals(struct biff *b);
/** biff_sheet() - cells of the sheet whose BOF is at @at. */
void biff_sheet(struct biff *b, size_t at, int sheet);
