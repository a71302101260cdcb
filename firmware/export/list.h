/* Cells of a list, and the formats they are written in. Private to the room. */
#pragma once

#include <stdint.h>

#include "firmware/export/lists.h"

struct list_one_row {
	char **cells;
	int count;
};

struct list {
	char *title;
	struct list_one_row *rows; /* [0] is the header */
	int count, size;
	int64_t made_utc_ms; /* in the file's properties; the same data give the same file */
	bool failed; /* no memory */
};

/** list_at() - a cell, "" beyond the row. */
const char *list_at(const struct list *l, int row, int column);
int list_width(const struct list *l); /* of the header */

/* One format each; *@lost counts characters the encoding lacks. Return: 0, -ENOMEM, -EIO. */
int list_csv(const struct list *l, const char *encoding, char **data, size_t *bytes, int *lost);
int list_xlsx(const struct list *l, char **data, size_t *bytes);
int list_dbf(const struct list *l, char **data, size_t *bytes, int *lost);

/** list_recode() - UTF-8 to @encoding ("GB18030", "GBK"); what it lacks becomes 〓. free() it. */
char *list_recode(const char *utf8, const char *encoding, size_t *bytes, int *lost);
