/*
 * CSV for programs and for spreadsheets: UTF-8 with BOM, or GB18030. A cell that a spreadsheet would
 * run as a formula (it begins with = + - @, a tab or a carriage return) gets an apostrophe before
 * it; a plain number such as -5 does not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/csv.h"
#include "firmware/export/list.h"

static bool formula(const char *text)
{
	if (!*text || !strchr("=+-@\t\r", *text))
		return false;
	return !(*text == '-' && text[1] && !text[1 + strspn(text + 1, "0123456789.")]) &&
	       strcmp(text, "-") != 0;
}

static void put(FILE *out, const char *text, bool first)
{
	SCOPED_FREE char *guarded = NULL;

	if (formula(text) && asprintf(&guarded, "'%s", text) > 0)
		text = guarded;
	csv_put(out, text, first);
}

int list_csv(const struct list *l, const char *encoding, char **data, size_t *bytes, int *lost)
{
	FILE *out = open_memstream(data, bytes);
	char *recoded;

	if (!out)
		return -ENOMEM;
	if (!encoding)
		fputs("\xef\xbb\xbf", out);
	for (int r = 0; r < l->count; r++) {
		for (int c = 0; c < l->rows[r].count; c++)
			put(out, l->rows[r].cells[c], !c);
		fputs("\r\n", out);
	}
	if (fclose(out))
		return -ENOMEM;
	if (!encoding)
		return 0;
	recoded = list_recode(*data, encoding, bytes, lost);
	free(*data);
	*data = recoded;
	return recoded ? 0 : -ENOMEM;
}
