/* How a reader fills a table. Private to firmware/roster/table*.c. */
#pragma once

#include "firmware/roster/table.h"

enum {
	TABLE_BYTES_MAX = 64 << 20, /* the file */
	TABLE_UNPACKED_MAX = 512 << 20, /* and what it holds */
	TABLE_ROWS_MAX = 200000, /* a sheet, with its header */
	TABLE_COLUMNS_MAX = 256,
	TABLE_CELLS_MAX = 8 << 20, /* filled ones, all sheets */
	TABLE_SHEETS_MAX = 1024,
	TABLE_CELL_BYTES_MAX = 1 << 17, /* four times what Excel allows */
};

struct table_cell {
	uint32_t line; /* from 1 */
	uint16_t column; /* from 0 */
	uint8_t kind;
	bool merged; /* the value is another cell's */
	uint32_t text; /* in table.arena */
};

struct table_row {
	uint32_t line;
	uint32_t first, cells; /* in table_sheet.cells */
	int width;
};

struct table_merge {
	uint32_t top, bottom; /* lines */
	uint16_t left, right;
};

struct table_sheet {
	uint32_t name; /* in table.arena */
	bool hidden;
	struct table_cell *cells; /* filled ones, by line and column once finished */
	size_t cell_count, cell_size;
	struct table_merge *merges;
	size_t merge_count, merge_size;
	struct table_row *rows;
	size_t row_count;
	int width;
	uint32_t last_line; /* highest line met so far */
	size_t lines; /* how many times it rose */
};

struct table {
	enum table_fault fault;
	char detail[160];
	const char *format, *encoding;
	char separator;
	uint8_t sha256[SHA256_BYTES];
	struct table_wish wish;
	char cpg[32]; /* what the .cpg file beside a .dbf says; "" none */
	char ending[8]; /* of the file's name; only names what cannot be read anyway */
	char *arena; /* zero-terminated texts; offset 0 is "" */
	size_t arena_bytes, arena_size;
	size_t cell_count;
	struct table_sheet *sheets;
	size_t sheet_count, sheet_size;
};

/** table_refuse() - the first word stands. Return: false. */
bool table_refuse(struct table *t, enum table_fault fault, const char *detail);
/** table_grow() - room for one more element of @item bytes; false: refused, out of memory. */
bool table_grow(struct table *t, void **array, size_t *size, size_t count, size_t item);

/** table_text() - valid UTF-8 into the arena: trimmed, CR and CRLF to LF. Return: its offset, 0 for
 * "" and when it is refused. */
uint32_t table_text(struct table *t, const char *utf8, size_t bytes);
/** table_text_kind() - CELL_TEXT, or CELL_NUMBER_LOST for 3.70E+17 and its like. */
enum cell_kind table_text_kind(const char *text);

/** table_sheet_add() - Return: index, -1 refused. */
int table_sheet_add(struct table *t, const char *name, bool hidden);
/** table_put() - a cell with @text from table_text(); nothing for text 0. A cell put twice: the
 * last counts. Any order. Return: false: refused. */
bool table_put(struct table *t, int sheet, uint32_t line, uint32_t column, enum cell_kind kind,
	       uint32_t text);
/** table_put_text() - table_text(), table_text_kind(), table_put(). */
bool table_put_text(struct table *t, int sheet, uint32_t line, uint32_t column, const char *utf8,
		    size_t bytes);
/** table_merge_add() - lines from 1, columns from 0, both inclusive; senseless ones are left out. */
void table_merge_add(struct table *t, int sheet, uint32_t top, uint32_t left, uint32_t bottom,
		     uint32_t right);
/** table_finish() - sort, find rows, spread merged cells; all sheets. */
void table_finish(struct table *t);

/** table_convert() - @bytes of @encoding (an iconv name) to UTF-8; free() it
 * @torn: NULL: anything not valid refuses all; else it becomes "??" and is counted.
 * Return: NULL: not valid, or no memory. */
char *table_convert(const char *encoding, const char *data, size_t bytes, size_t *out_bytes,
		    size_t *torn);
/** table_iconv_name() - "gbk", "cp936", "utf8" … as iconv names one we allow; NULL: none. */
const char *table_iconv_name(const char *encoding);

/* The readers. @data is not changed. Each adds sheets and cells, or refuses. */
void table_csv_read(struct table *t, const char *data, size_t bytes);
void table_xlsx_read(struct table *t, const uint8_t *data, size_t bytes);
void table_ole_read(struct table *t, const uint8_t *data, size_t bytes); /* xls, password, doc … */
void table_biff_read(struct table *t, const uint8_t *data, size_t bytes); /* the stream of an xls */
void table_dbf_read(struct table *t, const uint8_t *data, size_t bytes);

/** table_sniff() - which of them; NULL: refused with the name of what it is. */
typedef void (*table_reader)(struct table *t, const uint8_t *data, size_t bytes);
table_reader table_sniff(struct table *t, const uint8_t *data, size_t bytes);
/** table_dbf_looks() - is the header that of a dbf? */
bool table_dbf_looks(const uint8_t *data, size_t bytes);
/** table_text_is_markup() - decoded text that is a web page or a workbook as plain XML. */
bool table_text_is_markup(const char *utf8, size_t bytes);
