/* What the sheets of an xlsx share. Private to table_xlsx*.c. */
#pragma once

#include "firmware/roster/table_number.h"
#include "firmware/roster/table_package.h"

/* Text gathered from an element. */
struct gather {
	char *bytes;
	size_t count, size;
};

struct xlsx_link { /* of a .rels part */
	char id[64];
	char type[32]; /* last word of it: "worksheet" */
	char target[256]; /* part name */
};

struct xlsx_sheet {
	char name[256];
	char link[64];
	bool hidden;
};

struct xlsx {
	struct package p;
	struct gather text;
	bool from_1904;
	struct xlsx_link *links;
	size_t link_count, link_size;
	struct xlsx_sheet *sheets;
	size_t sheet_count, sheet_size;
	uint32_t *strings; /* shared, in table.arena */
	size_t string_count, string_size;
	struct number_format *formats; /* by style */
	size_t format_count, format_size;
};

/** gather_add() - false: refused, longer than any cell may be. */
bool gather_add(struct table *t, struct gather *g, const char *utf8, int bytes);
/** xlsx_text() - what was gathered after @from, _x000D_ and its like resolved, into the arena. */
uint32_t xlsx_text(struct xlsx *x, size_t from);
/** xlsx_sheet_read() - the cells of @part into @sheet of the table. */
bool xlsx_sheet_read(struct xlsx *x, const char *part, int sheet);
