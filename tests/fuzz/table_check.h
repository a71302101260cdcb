/* What must hold of a table whatever its bytes were. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/roster/table.h"

static inline void check_row(const struct table *t, int sheet, int row)
{
	if (row && table_line(t, sheet, row) <= table_line(t, sheet, row - 1))
		abort();
	if (table_row_width(t, sheet, row) > table_width(t, sheet))
		abort();
	for (int c = 0; c <= table_width(t, sheet); c++) {
		const char *cell = table_cell(t, sheet, row, c);
		const char *spread = table_cell_spread(t, sheet, row, c);

		if (!text_valid(cell, strlen(cell)) || !text_valid(spread, strlen(spread)))
			abort();
		if (!*cell != (table_cell_kind(t, sheet, row, c) == CELL_EMPTY))
			abort();
		if (c >= table_row_width(t, sheet, row) && *cell)
			abort();
	}
}

static inline void check_table(const uint8_t *data, size_t size, const struct table_wish *wish)
{
	struct table *t = table_parse(data, size, wish);

	if (!t)
		return;
	if (table_fault(t) ? table_sheets(t) != 0 : !table_sheets(t))
		abort();
	if (!text_valid(table_detail(t), strlen(table_detail(t))))
		abort();
	for (int s = 0; s < table_sheets(t); s++) {
		if (!text_valid(table_sheet_name(t, s), strlen(table_sheet_name(t, s))))
			abort();
		for (int r = 0; r < table_rows(t, s); r++)
			check_row(t, s, r);
	}
	table_free(t);
}
