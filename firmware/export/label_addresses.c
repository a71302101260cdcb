#include "firmware/export/label_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/roster/table.h"

enum { COLUMNS = 4 };

struct addresses {
	struct address *all;
	int count;
};

static int find_columns(const struct table *t, const char *by, int out[static COLUMNS],
			char why[static 256])
{
	static const char *const words[COLUMNS][4] = { { "函授站", "教学点", "收件单位", "名称" },
						       { "地址", "邮寄地址", "通讯地址", "住址" },
						       { "联系人", "收件人", "负责人", "姓名" },
						       { "联系方式", "电话", "手机", "联系电话" } };

	for (int i = 0; i < COLUMNS; i++) {
		out[i] = -1;
		for (int c = 0; c < table_width(t, 0); c++) {
			const char *cell = table_cell(t, 0, 0, c);
			bool hit = i == 0 && !strcmp(cell, by);

			for (int k = 0; k < 4; k++)
				hit |= strstr(cell, words[i][k]) != NULL;
			if (hit && out[i] < 0)
				out[i] = c;
		}
	}
	if (out[0] >= 0 && out[1] >= 0)
		return 0;
	snprintf(why, 256,
		 "the first row must name the columns %s and 邮寄地址 (and 联系人, 联系方式)", by);
	return -EINVAL;
}

static void take(const struct table *t, int row, int column, char *out, size_t size)
{
	text_copy(out, size, column < 0 ? "" : table_cell(t, 0, row, column));
}

static int take_rows(const struct table *t, const int columns[static COLUMNS], struct addresses *a,
		     char why[static 256])
{
	int rows = table_rows(t, 0);

	a->all = calloc((size_t)rows + 1, sizeof(*a->all));
	if (!a->all)
		return -ENOMEM;
	for (int row = 1; row < rows; row++) {
		struct address *to = &a->all[a->count];

		take(t, row, columns[0], to->name, sizeof(to->name));
		take(t, row, columns[1], to->place, sizeof(to->place));
		take(t, row, columns[2], to->contact, sizeof(to->contact));
		take(t, row, columns[3], to->phone, sizeof(to->phone));
		if (!to->name[0])
			continue;
		if (!to->place[0] || addresses_find(a, to->name)) {
			snprintf(why, 256, "row %d: %s", table_line(t, 0, row),
				 to->place[0] ? "a second address for the same name"
					      : "the address is missing");
			return -EINVAL;
		}
		a->count++;
	}
	return 0;
}

static int load(const struct table *t, const char *by, struct addresses *a, char why[static 256])
{
	int columns[COLUMNS], rc;

	if (table_fault(t)) {
		snprintf(why, 256, "cannot be read as a table (%s)",
			 table_fault_word(table_fault(t)));
		return -EINVAL;
	}
	rc = find_columns(t, by, columns, why);
	return rc == 0 ? take_rows(t, columns, a, why) : rc;
}

int addresses_load(const char *path, const char *by, struct addresses **out, char why[static 256])
{
	struct addresses *a = calloc(1, sizeof(*a));
	struct table *t = table_read(path, NULL);
	int rc = a && t ? load(t, by, a, why) : -ENOMEM;

	table_free(t);
	if (rc < 0)
		addresses_free(a);
	else
		*out = a;
	return rc;
}

const struct address *addresses_find(const struct addresses *a, const char *name)
{
	for (int i = 0; a && i < a->count; i++)
		if (!strcmp(a->all[i].name, name))
			return &a->all[i];
	return NULL;
}

void addresses_free(struct addresses *a)
{
	if (a)
		free(a->all);
	free(a);
}
