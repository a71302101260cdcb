/*
 * Any file a school may send → sheets of text cells. One reader a format behind this contract: csv
 * (UTF-8, with BOM, UTF-16, GB18030; comma, semicolon, tab), xlsx, xls, dbf. What a file is is told
 * from its bytes, never from its name. The bytes are hostile: sizes, counts, expansion and nesting
 * are bounded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"

enum table_fault {
	TABLE_FINE,
	TABLE_UNREADABLE, /* errno */
	TABLE_TOO_BIG, /* 64 MiB, 200,000 rows, 256 columns, 512 MiB unpacked */
	TABLE_EMPTY,
	TABLE_ENCODING, /* text in no encoding we know */
	TABLE_QUOTES, /* a quote is never closed */
	TABLE_BROKEN, /* right format, damaged */
	TABLE_NO_MEMORY,
	/* other formats, named with their cure: table.fault.WORD in the catalogue */
	TABLE_ENCRYPTED, /* workbook with a password */
	TABLE_ET, /* WPS .et that is no plain xls */
	TABLE_RAR,
	TABLE_7Z,
	TABLE_ZIP, /* a zip that is no workbook */
	TABLE_PDF,
	TABLE_PICTURE,
	TABLE_WORD, /* doc, docx, rtf */
	TABLE_HTML, /* a web page saved as .xls */
	TABLE_ODS,
	TABLE_XLSB,
	TABLE_OTHER, /* no table we know */
	TABLE_FAULT_COUNT,
};

enum cell_kind {
	CELL_EMPTY,
	CELL_TEXT,
	CELL_NUMBER, /* shown without exponent */
	CELL_NUMBER_LOST, /* 16 and more digits or an exponent: the last digits are gone for ever */
	CELL_DATE, /* shown as 2026-11-21, or 2026-11-21 09:30 */
	CELL_ERROR, /* #N/A … */
};

/* What the caller wants instead of a guess. Zeroed: guess everything. */
struct table_wish {
	const char *encoding; /* "UTF-8", "GB18030", "UTF-16LE", "UTF-16BE" */
	char separator;
	/* Every 1,000 rows read; NULL: nobody asks. */
	void (*progress)(void *ctx, int rows);
	void *ctx;
};

struct table; /* opaque; a handle even for a file that is refused */

/** table_parse() - from memory; @data is borrowed until the call returns. NULL without memory. */
struct table *table_parse(const void *data, size_t bytes, const struct table_wish *wish);
/** table_read() - from a path, at most 64 MiB. NULL without memory. */
struct table *table_read(const char *path, const struct table_wish *wish);
void table_free(struct table *t);

enum table_fault table_fault(const struct table *t);
/** table_fault_word() - "encrypted" …; sentences: table.fault.WORD, table.cure.WORD. */
const char *table_fault_word(enum table_fault fault);
/** table_detail() - strerror, or what the format's library said; may be "". */
const char *table_detail(const struct table *t);
/** table_format() - "csv", "xlsx", "xls", "dbf"; table_encoding() - "" where the format has none. */
const char *table_format(const struct table *t);
const char *table_encoding(const struct table *t);
char table_separator(const struct table *t); /* 0 none */
const uint8_t *table_sha256(const struct table *t); /* of the file */

int table_sheets(const struct table *t);
const char *table_sheet_name(const struct table *t, int sheet); /* "" for csv and dbf */
bool table_sheet_hidden(const struct table *t, int sheet);
int table_rows(const struct table *t, int sheet); /* stored rows; empty ones are left out */
/** table_line() - row number as the spreadsheet counts it, from 1. */
int table_line(const struct table *t, int sheet, int row);
int table_width(const struct table *t, int sheet); /* cells of the widest row */
int table_row_width(const struct table *t, int sheet, int row); /* up to its last filled cell */
/** table_cell() - trimmed UTF-8, LF inside; "" beyond the row. Of merged cells only the first has
 * the value. Lives as long as @t. */
const char *table_cell(const struct table *t, int sheet, int row, int column);
/** table_cell_merged() - does the cell belong to a merged one whose value stands further up or
 * left? table_cell_spread() - table_cell(), there with that value: what a reader of the sheet
 * sees in a class name merged over thirty rows or a header merged over two. */
bool table_cell_merged(const struct table *t, int sheet, int row, int column);
const char *table_cell_spread(const struct table *t, int sheet, int row, int column);
enum cell_kind table_cell_kind(const struct table *t, int sheet, int row, int column);
