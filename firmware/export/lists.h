/*
 * Lists for the school: captured, missing (未采集名单), duplicates, not on list, manual entries,
 * accepted anyway with reason, doubtful, paid × shot, information errors, number gaps, counts. Each
 * is rows of text cells; the file's ending decides how they are written: .xlsx (text cells), .csv
 * (UTF-8 BOM), .gb.csv (GB18030), .dbf (GBK, .cpg beside it).
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "firmware/export/people.h"
#include "firmware/export/profile.h"

struct list; /* header and rows of cells, in memory */

/** list_make() - list @rows ("captured", "missing" …) with @columns ("" its own), of the people for
 * whom @keep says so (NULL: all). Return: NULL: unknown list or column, or no memory. */
struct list *list_make(sqlite3 *db, const struct people *p, const char *rows, const char *columns,
		       int (*keep)(const void *ctx, const struct subject *s), const void *ctx);
void list_free(struct list *l);
int list_rows(const struct list *l);

/* For other rooms' lists (problems, orphans, before/after): cells one by one. */
struct list *list_new(const char *title);
int list_row(struct list *l); /* begins a row; the first is the header */
int list_cell(struct list *l, const char *text);

/** list_file() - @l as the bytes of a file called @name (its ending decides). free(*data).
 * Return: 0; -EINVAL ending; -EILSEQ a character the encoding lacks (shown as 〓 and counted in
 * *lost, not an error); -ENOMEM. */
int list_file(const struct list *l, const char *name, void **data, size_t *bytes, int *lost);

/** list_missing() - does @s belong on the 未采集名单? */
bool list_missing(const struct subject *s);

/** list_ending() - can a file of this name be written? */
int list_ending(const char *name);

/** list_known() - is @rows a list? For profiles. */
int list_known(const char *rows);
