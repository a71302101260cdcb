/* Workbooks: every cell is a text cell in a column of the format "text", so that a number typed over
 * later stays text too. Written into memory; libxlsxwriter's own parts are unlinked files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xlsxwriter.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/list.h"

enum { WIDTH_ROWS = 200, WIDTH_MIN = 6, WIDTH_MAX = 40 };

/* A Chinese character is two wide. */
static int wide(const char *text)
{
	int n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		n += *p < 0x80 || *p >= 0xc0 ? 1 + (*p >= 0xe0) : 0;
	return n;
}

static int column_width(const struct list *l, int column)
{
	int most = WIDTH_MIN;

	for (int r = 0; r < l->count && r < WIDTH_ROWS; r++)
		if (wide(list_at(l, r, column)) > most)
			most = wide(list_at(l, r, column));
	return (most < WIDTH_MAX ? most : WIDTH_MAX) + 2;
}

static void fill(lxw_workbook *book, lxw_worksheet *sheet, const struct list *l)
{
	lxw_format *text = workbook_add_format(book), *head = workbook_add_format(book);

	format_set_num_format(text, "@");
	format_set_num_format(head, "@");
	format_set_bold(head);
	for (int c = 0; c < list_width(l); c++)
		worksheet_set_column(sheet, (lxw_col_t)c, (lxw_col_t)c, column_width(l, c), text);
	for (int r = 0; r < l->count; r++)
		for (int c = 0; c < l->rows[r].count; c++)
			worksheet_write_string(sheet, (lxw_row_t)r, (lxw_col_t)c, list_at(l, r, c),
					       r ? text : head);
	worksheet_freeze_panes(sheet, 1, 0);
	worksheet_repeat_rows(sheet, 0, 0);
	worksheet_set_landscape(sheet);
	worksheet_fit_to_pages(sheet, 1, 0);
}

/* [ ] : * ? / \ and more than 31 characters make no sheet name. */
static void sheet_name(const char *title, char out[128])
{
	size_t n = 0;
	int chars = 0;

	for (const char *p = title; *p && chars < 31 && n < 120; p++) {
		chars += ((unsigned char)p[1] & 0xc0) != 0x80;
		out[n++] = strchr("[]:*?/\\'", *p) ? '_' : *p;
	}
	out[n] = '\0';
}

static int write_book(const struct list *l, const char *path)
{
	lxw_workbook_options options = { .constant_memory = LXW_FALSE };
	lxw_doc_properties about = { .created = (time_t)(l->made_utc_ms / 1000) };
	lxw_workbook *book = workbook_new_opt(path, &options);
	lxw_worksheet *sheet;
	char name[128];

	if (!book)
		return -ENOMEM;
	if (about.created < 1) /* 0 would mean now, and another file every time */
		about.created = 1;
	workbook_set_properties(book, &about);
	sheet_name(l->title, name);
	sheet = workbook_add_worksheet(book, name[0] ? name : NULL);
	if (sheet)
		fill(book, sheet, l);
	return workbook_close(book) == LXW_NO_ERROR && sheet ? 0 : -EIO;
}

int list_xlsx(const struct list *l, char **data, size_t *bytes)
{
	SCOPED_FD int fd = memfd_create("list", MFD_CLOEXEC);
	char path[64];
	struct stat st;
	int rc;

	if (fd < 0)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = write_book(l, path);
	if (rc)
		return rc;
	if (fstat(fd, &st) < 0 || !(*data = malloc((size_t)st.st_size + 1)))
		return -ENOMEM;
	*bytes = (size_t)st.st_size;
	return pread(fd, *data, *bytes, 0) == (ssize_t)*bytes ? 0 : -EIO;
}
