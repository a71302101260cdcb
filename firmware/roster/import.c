#include "firmware/roster/import.h"

#include <csv.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

void roster_file_refuse(struct roster_file *f, enum import_file_fault fault, const char *detail)
{
	if (f->result.fault)
		return;
	f->result.fault = fault;
	text_copy(f->result.detail, sizeof(f->result.detail), detail ? detail : "");
}

/* --- bytes → UTF-8 with LF line ends ------------------------------------------------------------
 */

static bool take_utf8(struct roster_file *f, const char *data, size_t bytes)
{
	bool bom = bytes >= 3 && !memcmp(data, "\xef\xbb\xbf", 3);

	if (!text_valid(data, bytes))
		return false;
	data += bom ? 3 : 0;
	bytes -= bom ? 3 : 0;
	f->text = malloc(bytes + 1);
	if (!f->text) {
		f->failed = true;
		return true;
	}
	memcpy(f->text, data, bytes);
	f->text_bytes = bytes;
	f->result.encoding = bom ? "UTF-8 with BOM" : "UTF-8";
	return true;
}

static bool take_gb18030(struct roster_file *f, const char *data, size_t bytes)
{
	size_t in_left = bytes, out_left = bytes * 3 + 1;
	char *in = (char *)(uintptr_t)data, *out;
	iconv_t cd = iconv_open("UTF-8", "GB18030");
	size_t rc;

	if (cd == (iconv_t)-1)
		return false;
	out = f->text = malloc(out_left);
	rc = out ? iconv(cd, &in, &in_left, &out, &out_left) : (size_t)-1;
	iconv_close(cd);
	if (rc == (size_t)-1)
		return false;
	f->text_bytes = (size_t)(out - f->text);
	f->result.encoding = "GB18030";
	return true;
}

static void unify_line_ends(struct roster_file *f)
{
	char *o = f->text;

	for (size_t i = 0; i < f->text_bytes; i++) {
		char c = f->text[i];

		if (c == '\r' && i + 1 < f->text_bytes && f->text[i + 1] == '\n')
			continue;
		*o++ = c == '\r' ? '\n' : c;
	}
	f->text_bytes = (size_t)(o - f->text);
}

static void decode(struct roster_file *f, const char *data, size_t bytes)
{
	if (!bytes)
		roster_file_refuse(f, FILE_EMPTY, NULL);
	else if (bytes > FILE_BYTES_MAX)
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
	else if (memchr(data, 0, bytes))
		roster_file_refuse(f, FILE_NOT_TEXT, NULL);
	else if (!take_utf8(f, data, bytes) && !take_gb18030(f, data, bytes))
		roster_file_refuse(f, FILE_ENCODING, NULL);
	if (!f->result.fault && !f->failed)
		unify_line_ends(f);
}

/* --- text → cells --------------------------------------------------------------------------------
 */

/* Grow @array so that one more element of @item bytes fits. */
static bool room(void **array, int *size, int count, size_t item)
{
	int wanted = *size ? *size * 2 : 64;
	void *bigger;

	if (count < *size)
		return true;
	bigger = realloc(*array, (size_t)wanted * item);
	if (!bigger)
		return false;
	*array = bigger;
	*size = wanted;
	return true;
}

static struct roster_row *last_row(struct roster_file *f)
{
	return &f->rows[f->row_count - 1];
}

static bool start_row(struct roster_file *f, int line)
{
	if (f->row_count > FILE_ROWS_MAX ||
	    !room((void **)&f->rows, &f->row_size, f->row_count, sizeof(*f->rows))) {
		f->failed = true;
		return false;
	}
	f->rows[f->row_count++] = (struct roster_row){ .line = line, .first_cell = f->cell_count };
	return true;
}

/* Leading and trailing blanks of every kind a spreadsheet may hold. */
static size_t blank_bytes(const char *p, size_t left)
{
	static const char *const blanks[] = { " ",	"\t",	  "\n",	   "\u00a0",
					      "\u3000", "\ufeff", "\u200b" };

	for (size_t i = 0; i < ARRAY_SIZE(blanks); i++) {
		size_t n = strlen(blanks[i]);

		if (n <= left && !memcmp(p, blanks[i], n))
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

struct splitter {
	struct roster_file *f;
	int line;
	bool in_row;
};

static void on_cell(void *data, size_t bytes, void *ctx)
{
	struct splitter *s = ctx;
	struct roster_file *f = s->f;
	const char *p = data;
	size_t n;

	if (f->failed || (!s->in_row && !start_row(f, s->line)))
		return;
	s->in_row = true;
	while (p && (n = blank_bytes(p, bytes))) {
		p += n;
		bytes -= n;
	}
	while (p && (n = trailing_blank(p, bytes)))
		bytes -= n;
	if (last_row(f)->cells >= FILE_CELLS_MAX ||
	    !room((void **)&f->cells, &f->cell_size, f->cell_count, sizeof(*f->cells))) {
		f->failed = true;
		return;
	}
	f->cells[f->cell_count++] = f->arena_bytes;
	last_row(f)->cells++;
	memcpy(f->arena + f->arena_bytes, p ? p : "", bytes);
	f->arena[f->arena_bytes + bytes] = '\0';
	f->arena_bytes += bytes + 1;
}

/* A row whose cells are all empty is a blank line of the spreadsheet: counted, not kept. */
static void on_row(int c, void *ctx)
{
	struct splitter *s = ctx;
	struct roster_file *f = s->f;
	bool blank = true;
	(void)c;

	s->line++;
	if (!s->in_row || f->failed)
		return;
	s->in_row = false;
	for (int i = 0; i < last_row(f)->cells; i++)
		blank = blank && !f->arena[f->cells[last_row(f)->first_cell + i]];
	if (blank)
		f->cell_count = f->rows[--f->row_count].first_cell;
}

static char guess_separator(const struct roster_file *f)
{
	static const char separators[] = { ',', ';', '\t' };
	int seen[3] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < f->text_bytes; i++) {
		char c = f->text[i];

		if (c == '"')
			quoted = !quoted;
		if (c == '\n' && !quoted && seen[0] + seen[1] + seen[2])
			break;
		for (int k = 0; k < 3 && !quoted; k++)
			seen[k] += c == separators[k];
	}
	for (int k = 1; k < 3; k++)
		if (seen[k] > seen[best])
			best = k;
	return separators[best];
}

static void split(struct roster_file *f)
{
	struct splitter s = { .f = f, .line = 1 };
	struct csv_parser csv;
	int rc;

	/* A cell costs its bytes and a zero; a cell of no bytes still has a separator of its own.
	 */
	f->arena = malloc(f->text_bytes + 2);
	if (!f->arena || csv_init(&csv, CSV_REPALL_NL) != 0) {
		f->failed = true;
		return;
	}
	f->result.separator = guess_separator(f);
	csv_set_delim(&csv, (unsigned char)f->result.separator);
	csv_set_blk_size(&csv, 65536);
	rc = csv_parse(&csv, f->text, f->text_bytes, on_cell, on_row, &s) != f->text_bytes;
	/* Stray quotes inside cells are tolerated; one that swallows the rest of the file is not. */
	csv_set_opts(&csv, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI);
	if (csv_fini(&csv, on_cell, on_row, &s) < 0)
		roster_file_refuse(f, FILE_QUOTES, NULL);
	csv_free(&csv);
	if (rc)
		f->failed = true;
}

/* --- the handle ----------------------------------------------------------------------------------
 */

struct roster_file *roster_file_parse(const void *data, size_t bytes)
{
	struct roster_file *f = calloc(1, sizeof(*f));
	struct hash *h = f ? hash_new() : NULL;

	if (!h) {
		free(f);
		return NULL;
	}
	hash_update(h, data, bytes);
	hash_final(h, f->sha256);
	hash_free(h);
	f->result.encoding = "";
	decode(f, data, bytes);
	if (!f->result.fault && !f->failed)
		split(f);
	if (f->failed)
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
	if (!f->result.fault && !f->row_count)
		roster_file_refuse(f, FILE_EMPTY, NULL);
	if (!f->result.fault)
		roster_file_judge(f);
	return f;
}

static char *read_whole(const char *path, size_t *bytes)
{
	SCOPED_FILE FILE *in = fopen(path, "re");
	struct stat st;
	char *data;

	if (!in || fstat(fileno(in), &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		return NULL;
	}
	data = malloc((size_t)st.st_size + 1);
	if (data)
		*bytes = fread(data, 1, (size_t)st.st_size, in);
	return data;
}

struct roster_file *roster_file_read(const char *path)
{
	size_t bytes = 0;
	SCOPED_FREE char *data = read_whole(path, &bytes);
	struct roster_file *f;

	if (data)
		return roster_file_parse(data, bytes);
	f = calloc(1, sizeof(*f));
	if (f)
		roster_file_refuse(f, FILE_UNREADABLE, strerror(errno));
	return f;
}

void roster_file_free(struct roster_file *f)
{
	if (!f)
		return;
	free(f->text);
	free(f->arena);
	free(f->cells);
	free(f->rows);
	free(f->problems);
	free(f);
}

const struct import_result *roster_file_result(const struct roster_file *f)
{
	return &f->result;
}

size_t roster_file_problems(const struct roster_file *f, const struct import_problem **out)
{
	*out = f->problems;
	return f->problem_count;
}

static const char *cell_at(const struct roster_file *f, const struct roster_row *row, int column)
{
	if (column < 0 || column >= row->cells)
		return "";
	return f->arena + f->cells[row->first_cell + column];
}

const char *roster_row_cell(const struct roster_file *f, const struct roster_row *row,
			    enum roster_column column)
{
	return cell_at(f, row, f->column_at[column]);
}

static int by_line(const void *a, const void *b)
{
	return ((const struct roster_row *)a)->line - ((const struct roster_row *)b)->line;
}

const char *roster_file_cell(const struct roster_file *f, int line, int column)
{
	const struct roster_row key = { .line = line };
	const struct roster_row *row =
		f->row_count ? bsearch(&key, f->rows, (size_t)f->row_count, sizeof(key), by_line)
			     : NULL;

	return row ? cell_at(f, row, column) : "";
}

int roster_file_width(const struct roster_file *f)
{
	return f->row_count ? f->rows[0].cells : 0;
}
