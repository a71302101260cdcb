#include "firmware/roster/findings.h"

#include <stdio.h>

static const char *const words[ROW_FAULT_COUNT] = {
	[ROW_FINE] = "fine",
	[ROW_MISSING] = "missing",
	[ROW_BAD_CHECK] = "bad_check",
	[ROW_BAD_NUMBER] = "bad_number",
	[ROW_DAMAGED] = "damaged",
	[ROW_TWICE_IN_FILE] = "twice_in_file",
	[ROW_TWICE_IN_ROSTER] = "twice_in_roster",
	[ROW_BAD_SEQ] = "bad_seq",
	[ROW_SEQ_TWICE] = "seq_twice",
	[ROW_SEQ_CHANGED] = "seq_changed",
	[ROW_LEVEL_UNKNOWN] = "level_unknown",
	[ROW_BAD_SEX] = "bad_sex",
	[ROW_INNER_BLANK] = "inner_blank",
	[ROW_TOO_LONG] = "too_long",
	[ROW_EXTRA_CELLS] = "extra_cells",
	[ROW_CELL_ERROR] = "cell_error",
	[ROW_NOT_IN_ROSTER] = "not_in_roster",
	[ROW_NAME_DIFFERS] = "name_differs",
	[ROW_AMBIGUOUS] = "ambiguous",
	[ROW_BAD_FIELD] = "bad_field",
	[ROW_NAME_UNKNOWN_CHARS] = "name_unknown_chars",
	[ROW_NAME_DOT] = "name_dot",
	[ROW_NAME_PRIVATE] = "name_private",
	[ROW_NAME_PINYIN] = "name_pinyin",
	[ROW_NAME_LONG] = "name_long",
	[ROW_NO_STUDENT_NO] = "no_student_no",
	[ROW_ODD_STUDENT_NO] = "odd_student_no",
	[ROW_STUDENT_NO_TWICE] = "student_no_twice",
	[ROW_BAD_SCHOOL_CODE] = "bad_school_code",
	[ROW_OTHER_SCHOOL] = "other_school",
	[ROW_PAID_UNKNOWN] = "paid_unknown",
	[ROW_DOC_TYPE_UNKNOWN] = "doc_type_unknown",
	[ROW_BAD_DATE] = "bad_date",
	[ROW_SEQ_LEFT] = "seq_left",
	[ROW_FROZEN] = "frozen",
	[ROW_CHECK_DOUBTFUL] = "check_doubtful",
};

const char *row_fault_word(enum row_fault fault)
{
	return words[fault];
}

bool row_fault_is_warning(enum row_fault fault)
{
	return fault >= ROW_WARNINGS;
}

void import_problem_place(const struct import_problem *p, char out[static 16])
{
	char letters[4] = "";
	int c = p->column, n = 0;

	if (c >= 26)
		letters[n++] = (char)('A' + c / 26 - 1);
	if (c >= 0)
		letters[n++] = (char)('A' + c % 26);
	letters[n] = '\0';
	snprintf(out, 16, "%s%d", letters, p->line);
}
