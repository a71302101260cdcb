/* What can be wrong with a row. */
#pragma once

#include <stdbool.h>

enum row_fault {
	ROW_FINE,
	ROW_MISSING, /* required cell empty */
	ROW_BAD_CHECK, /* check digit */
	ROW_BAD_NUMBER, /* not a document number: length, characters, date, region */
	ROW_DAMAGED, /* by a spreadsheet: 3.70E+17, trailing 000 */
	ROW_TWICE_IN_FILE, /* document number of an earlier row */
	ROW_TWICE_IN_ROSTER, /* its numbers belong to two different people already there */
	ROW_BAD_SEQ, /* not 0001–9999 */
	ROW_SEQ_TWICE, /* shooting number of another person */
	ROW_SEQ_CHANGED, /* this person has another shooting number already */
	ROW_LEVEL_UNKNOWN,
	ROW_BAD_SEX,
	ROW_INNER_BLANK, /* blanks inside a Chinese name */
	ROW_TOO_LONG, /* cell longer than its field */
	ROW_EXTRA_CELLS, /* more cells than headers */
	ROW_CELL_ERROR, /* #N/A and its like */
	ROW_NOT_IN_ROSTER, /* partial list: nobody has this number */
	ROW_NAME_DIFFERS, /* partial list: the number is somebody else's */
	ROW_AMBIGUOUS, /* partial list: the number finds several people */
	ROW_BAD_FIELD, /* sheet 任务: no such value */
	ROW_WARNINGS, /* the rows with those below go in */
	ROW_NAME_UNKNOWN_CHARS = ROW_WARNINGS, /* "??" in a name */
	ROW_NAME_DOT, /* a dot that is not U+00B7 */
	ROW_NAME_PRIVATE, /* private-use characters: nobody else can show them */
	ROW_NAME_PINYIN, /* letters among Chinese characters */
	ROW_NAME_LONG, /* over 50 characters */
	ROW_NO_STUDENT_NO, /* empty or 0 */
	ROW_ODD_STUDENT_NO, /* characters nobody can see, or none a number has */
	ROW_STUDENT_NO_TWICE, /* 学号 of another person in the file */
	ROW_BAD_SCHOOL_CODE, /* not five digits */
	ROW_OTHER_SCHOOL, /* not the job's school */
	ROW_PAID_UNKNOWN,
	ROW_DOC_TYPE_UNKNOWN,
	ROW_BAD_DATE,
	ROW_SEQ_LEFT, /* shooting number taken, or another one given on site, which stays */
	ROW_FROZEN, /* has a picture: this cell stays as it was */
	ROW_CHECK_DOUBTFUL, /* old foreigner number */
	ROW_FAULT_COUNT,
};

bool row_fault_is_warning(enum row_fault fault);
/** row_fault_word() - "bad_check" …; sentences stand in the catalogue under roster.cause.WORD and
 * roster.cure.WORD. */
const char *row_fault_word(enum row_fault fault);

struct import_problem {
	int sheet; /* of the table, from 0 */
	int line; /* row as a spreadsheet counts it: the first is 1 */
	int column; /* as a spreadsheet counts it, from 0 = A; -1 the whole row */
	enum row_fault fault;
	const char *value; /* the cell; may be personal: mask before showing */
};

/** import_problem_place() - "F12". @out as long as any. */
void import_problem_place(const struct import_problem *p, char out[static 16]);
