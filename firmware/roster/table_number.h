/* What a spreadsheet shows for a number: its format code decides. Private to table*.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/roster/table.h"

enum { NUMBER_SHOWN_MAX = 128 };

struct number_format {
	enum { NUMBER_GENERAL, NUMBER_DATE, NUMBER_FIXED } look;
	int zeros; /* digits before the point at least: 0000 */
	int decimals;
	bool percent;
	char before[24], after[24]; /* literals: "2026"0000 */
};

/** number_format_parse() - from a format code; whatever is not understood is NUMBER_GENERAL. */
void number_format_parse(struct number_format *f, const char *code);
/** number_format_builtin() - from one of the numbers that have no code in the file. */
void number_format_builtin(struct number_format *f, unsigned int id);

/** number_parse() - a whole decimal number, no more. */
bool number_parse(const char *text, double *value);
/** number_show() - never with an exponent. Return: CELL_NUMBER, CELL_NUMBER_LOST, CELL_DATE. */
enum cell_kind number_show(double value, const struct number_format *f, bool from_1904,
			   char out[static NUMBER_SHOWN_MAX]);
