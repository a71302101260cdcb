#include "firmware/roster/table.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/table_build.h"

static const char *const words[TABLE_FAULT_COUNT] = {
	[TABLE_FINE] = "fine",
	[TABLE_UNREADABLE] = "unreadable",
	[TABLE_TOO_BIG] = "too_big",
	[TABLE_EMPTY] = "empty",
	[TABLE_ENCODING] = "encoding",
	[TABLE_QUOTES] = "quotes",
	[TABLE_BROKEN] = "broken",
	[TABLE_NO_MEMORY] = "no_memory",
	[TABLE_ENCRYPTED] = "encrypted",
	[TABLE_ET] = "et",
	[TABLE_RAR] = "rar",
	[TABLE_7Z] = "7z",
	[TABLE_ZIP] = "zip",
	[TABLE_PDF] = "pdf",
	[TABLE_PICTURE] = "picture",
	[TABLE_WORD] = "word",
	[TABLE_HTML] = "html",
	[TABLE_ODS] = "ods",
	[TABLE_XLSB] = "xlsb",
	[TABLE_OTHER] = "other",
};

const char *table_fault_word(enum table_fault fault)
{
	return words[fault];
}

/* --- making one ----------------------------------------------------------------------------------
 */

static struct table *new_table(const struct table_wish *wish)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->format = t->encoding = "";
	t->arena_size = 4096;
	t->arena_bytes = 1;
	t->arena = calloc(1, t->arena_size);
	if (!t->arena) {
		free(t);
		return NULL;
	}
	if (wish)
		t->wish = *wish;
	return t;
}

static void drop_sheets(struct table *t)
{
	for (size_t i = 0; i < t->sheet_count; i++) {
		free(t->sheets[i].cells);
		free(t->sheets[i].merges);
		free(t->sheets[i].rows);
	}
	t->sheet_count = 0;
}

static void fill(struct table *t, const void *data, size_t bytes)
{
	struct hash *h = hash_new();
	table_reader reader;
	size_t rows = 0;

	if (!h) {
		table_refuse(t, TABLE_NO_MEMORY, NULL);
		return;
	}
	hash_update(h, data, bytes);
	hash_final(h, t->sha256);
	hash_free(h);
	reader = table_sniff(t, data, bytes);
	if (reader)
		reader(t, data, bytes);
	if (!t->fault)
		table_finish(t);
	for (size_t i = 0; i < t->sheet_count; i++)
		rows += t->sheets[i].row_count;
	if (!t->fault && !rows)
		table_refuse(t, TABLE_EMPTY, NULL);
	if (t->fault)
		drop_sheets(t);
	/* The strings of the wish are the caller's. */
	t->wish = (struct table_wish){ .encoding = NULL };
}

struct table *table_parse(const void *data, size_t bytes, const struct table_wish *wish)
{
	struct table *t = new_table(wish);

	if (t)
		fill(t, data, bytes);
	return t;
}

static char *read_whole(FILE *in, size_t *bytes)
{
	struct stat st;
	char *data;

	if (fstat(fileno(in), &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > TABLE_BYTES_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return NULL;
	*bytes = fread(data, 1, (size_t)st.st_size, in);
	if (ferror(in)) {
		free(data);
		errno = EIO;
		return NULL;
	}
	return data;
}

/* NAME.dbf → NAME.cpg, in either case. */
static void read_cpg(struct table *t, const char *path)
{
	static const char *const endings[] = { ".cpg", ".CPG" };
	const char *dot = strrchr(path, '.');

	if (!dot || strlen(dot) != 4)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(endings) && !t->cpg[0]; i++) {
		SCOPED_FREE char *beside = strdup(path);
		SCOPED_FILE FILE *in = NULL;
		size_t n;

		if (!beside)
			return;
		memcpy(beside + (dot - path), endings[i], 4);
		in = fopen(beside, "re");
		n = in ? fread(t->cpg, 1, sizeof(t->cpg) - 1, in) : 0;
		t->cpg[n] = '\0';
		t->cpg[strcspn(t->cpg, "\r\n \t")] = '\0';
	}
}

struct table *table_read(const char *path, const struct table_wish *wish)
{
	struct table *t = new_table(wish);
	SCOPED_FILE FILE *in = t ? fopen(path, "re") : NULL;
	SCOPED_FREE char *data = NULL;
	size_t bytes = 0;

	if (!t)
		return NULL;
	data = in ? read_whole(in, &bytes) : NULL;
	if (!data) {
		table_refuse(t, errno == EFBIG ? TABLE_TOO_BIG : TABLE_UNREADABLE, strerror(errno));
		return t;
	}
	if (strrchr(path, '.'))
		text_copy(t->ending, sizeof(t->ending), strrchr(path, '.') + 1);
	read_cpg(t, path);
	fill(t, data, bytes);
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	drop_sheets(t);
	free(t->sheets);
	free(t->arena);
	free(t);
}

/* --- asking it -----------------------------------------------------------------------------------
 */

enum table_fault table_fault(const struct table *t)
{
	return t->fault;
}

const char *table_detail(const struct table *t)
{
	return t->detail;
}

const char *table_format(const struct table *t)
{
	return t->format;
}

const char *table_encoding(const struct table *t)
{
	return t->encoding;
}

char table_separator(const struct table *t)
{
	return t->separator;
}

const uint8_t *table_sha256(const struct table *t)
{
	return t->sha256;
}

int table_sheets(const struct table *t)
{
	return (int)t->sheet_count;
}

static const struct table_sheet *sheet_at(const struct table *t, int sheet)
{
	return sheet >= 0 && (size_t)sheet < t->sheet_count ? &t->sheets[sheet] : NULL;
}

const char *table_sheet_name(const struct table *t, int sheet)
{
	const struct table_sheet *s = sheet_at(t, sheet);

	return s ? t->arena + s->name : "";
}

bool table_sheet_hidden(const struct table *t, int sheet)
{
	const struct table_sheet *s = sheet_at(t, sheet);

	return s && s->hidden;
}

int table_rows(const struct table *t, int sheet)
{
	const struct table_sheet *s = sheet_at(t, sheet);

	return s ? (int)s->row_count : 0;
}

int table_width(const struct table *t, int sheet)
{
	const struct table_sheet *s = sheet_at(t, sheet);

	return s ? s->width : 0;
}

static const struct table_row *row_at(const struct table *t, int sheet, int row)
{
	const struct table_sheet *s = sheet_at(t, sheet);

	return s && row >= 0 && (size_t)row < s->row_count ? &s->rows[row] : NULL;
}

int table_line(const struct table *t, int sheet, int row)
{
	const struct table_row *r = row_at(t, sheet, row);

	return r ? (int)r->line : 0;
}

int table_row_width(const struct table *t, int sheet, int row)
{
	const struct table_row *r = row_at(t, sheet, row);

	return r ? r->width : 0;
}

static const struct table_cell *cell_at(const struct table *t, int sheet, int row, int column)
{
	const struct table_row *r = row_at(t, sheet, row);
	const struct table_cell *cells;
	size_t low = 0, high;

	if (!r || column < 0)
		return NULL;
	cells = t->sheets[sheet].cells + r->first;
	high = r->cells;
	if ((size_t)column < high && cells[column].column == column)
		return &cells[column];
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (cells[middle].column == column)
			return &cells[middle];
		if (cells[middle].column < column)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *table_cell(const struct table *t, int sheet, int row, int column)
{
	const struct table_cell *c = cell_at(t, sheet, row, column);

	return c && !c->merged ? t->arena + c->text : "";
}

const char *table_cell_spread(const struct table *t, int sheet, int row, int column)
{
	const struct table_cell *c = cell_at(t, sheet, row, column);

	return c ? t->arena + c->text : "";
}

bool table_cell_merged(const struct table *t, int sheet, int row, int column)
{
	const struct table_cell *c = cell_at(t, sheet, row, column);

	return c && c->merged;
}

enum cell_kind table_cell_kind(const struct table *t, int sheet, int row, int column)
{
	const struct table_cell *c = cell_at(t, sheet, row, column);

	return c && !c->merged ? (enum cell_kind)c->kind : CELL_EMPTY;
}
