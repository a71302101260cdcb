/* Every row by itself. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum { NAME_CHARS_MAX = 50, CODE_DIGITS = 5 };

static const enum roster_column document_columns[DOCUMENTS_MAX] = { COL_ID_NO, COL_DOCUMENT_2,
								    COL_DOCUMENT_3,
								    COL_DOCUMENT_4 };

/* --- cells ---------------------------------------------------------------------------------------
 */

/* Columns that are long runs of digits: a spreadsheet may have eaten their ends. */
static bool is_number(int column)
{
	return column == COL_STUDENT_NO || column == COL_EXAM_NO || column == COL_ID_NO ||
	       column >= COL_DOCUMENT_2;
}

static bool required(const struct roster_file *f, int column)
{
	if (f->result.partial || column >= COL_REQUIRED)
		return false;
	return column != COL_SEQ && column != COL_STUDENT_NO &&
	       roster_file_has(f, (enum roster_column)column);
}

/* Somebody without a 身份证号 has another document. */
static bool has_other_document(const struct roster_file *f, const struct roster_row *row)
{
	for (int i = 1; i < DOCUMENTS_MAX; i++)
		if (*roster_row_cell(f, row, document_columns[i]))
			return true;
	return false;
}

static void judge_cell(struct roster_file *f, struct roster_row *row, enum roster_column c)
{
	const char *cell = roster_row_cell(f, row, c);
	enum cell_kind kind = *cell ? roster_row_kind(f, row, c) : CELL_EMPTY;
	bool constant =
		c >= COL_SCHOOL_TYPE && c <= COL_SCHOOL_NAME && f->school[c - COL_SCHOOL_TYPE][0];

	if (kind == CELL_ERROR)
		roster_file_problem(f, row, c, ROW_CELL_ERROR);
	else if (kind == CELL_NUMBER_LOST && is_number((int)c))
		roster_file_problem(f, row, c, ROW_DAMAGED);
	else if (strlen(cell) >= roster_column_bytes(c))
		roster_file_problem(f, row, c, ROW_TOO_LONG);
	else if (!*cell && required(f, (int)c) && !constant &&
		 !(c == COL_LEVEL && f->level_constant) &&
		 !(c == COL_ID_NO && has_other_document(f, row)))
		roster_file_problem(f, row, c, ROW_MISSING);
}

static void judge_cells(struct roster_file *f, struct roster_row *row)
{
	const struct sheet_map *m = &f->maps[row->map];
	int width = table_row_width(f->table, m->sheet, m->header);
	int cells = table_row_width(f->table, m->sheet, row->index);

	for (int c = 0; c < COL_COUNT; c++)
		judge_cell(f, row, (enum roster_column)c);
	/* In a workbook people write beside the table; in text it means a stray separator. */
	if (strcmp(f->result.format, "csv") != 0)
		return;
	for (int i = width; i < cells; i++) {
		if (!*table_cell(f->table, m->sheet, row->index, i))
			continue;
		row->bad = true;
		roster_file_problem_at(f, m->sheet, row->index, i, ROW_EXTRA_CELLS);
		break;
	}
}

static void judge_seq(struct roster_file *f, struct roster_row *row)
{
	const char *cell = roster_row_cell(f, row, COL_SEQ);
	size_t n = strspn(cell, "0123456789");

	if (!*cell)
		return;
	if (!cell[n] && n <= 4)
		row->seq = atoi(cell);
	if (!row->seq)
		roster_file_problem(f, row, COL_SEQ, ROW_BAD_SEQ);
}

/* --- names ---------------------------------------------------------------------------------------
 */

struct name_facts {
	bool latin, han, blank, unknown, dot, private_use;
};

static uint32_t next_character(const char **p)
{
	const unsigned char *u = (const unsigned char *)*p;
	int n = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? u[0] : u[0] & (0x7fU >> n);

	for (int i = 1; i < n && u[i]; i++)
		c = c << 6 | (u[i] & 0x3f);
	*p += n;
	return c;
}

static bool is_dot(uint32_t c)
{
	static const uint32_t dots[] = { 0x2022, 0xff0e, 0x2e,	 0x2027, 0x30fb, 0xff65,
					 0x2219, 0x22c5, 0x25cf, 0x3002, 0x2024, 0x16eb };

	for (size_t i = 0; i < ARRAY_SIZE(dots); i++)
		if (dots[i] == c)
			return true;
	return false;
}

static bool is_blank(uint32_t c)
{
	return c <= 0x20 || c == 0x7f || c == 0xa0 || c == 0x3000 || c == 0xfeff ||
	       (c >= 0x2000 && c <= 0x200f);
}

static void learn(struct name_facts *n, uint32_t c)
{
	n->latin = n->latin || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= 0xff21 && c <= 0xff5a);
	n->han = n->han || (c >= 0x3400 && c <= 0x9fff) || (c >= 0x20000 && c <= 0x3ffff) ||
		 (c >= 0xf900 && c <= 0xfaff);
	n->blank = n->blank || is_blank(c);
	n->dot = n->dot || is_dot(c);
	n->unknown =
		n->unknown || c == '?' || c == 0xff1f || c == 0xfffd || c == 0x3013 || c == 0x25a1;
	n->private_use = n->private_use || (c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000;
}

static void judge_name(struct roster_file *f, struct roster_row *row)
{
	const char *name = roster_row_cell(f, row, COL_NAME);
	struct name_facts n = { 0 };

	for (const char *p = name; *p;)
		learn(&n, next_character(&p));
	if (n.blank && !n.latin)
		roster_file_problem(f, row, COL_NAME, ROW_INNER_BLANK);
	if (n.unknown)
		roster_file_problem(f, row, COL_NAME, ROW_NAME_UNKNOWN_CHARS);
	if (n.dot && n.han)
		roster_file_problem(f, row, COL_NAME, ROW_NAME_DOT);
	if (n.private_use)
		roster_file_problem(f, row, COL_NAME, ROW_NAME_PRIVATE);
	if (n.latin && n.han)
		roster_file_problem(f, row, COL_NAME, ROW_NAME_PINYIN);
	if (text_length(name) > NAME_CHARS_MAX)
		roster_file_problem(f, row, COL_NAME, ROW_NAME_LONG);
}

/* --- words ---------------------------------------------------------------------------------------
 */

static void judge_student_no(struct roster_file *f, struct roster_row *row)
{
	const char *cell = roster_row_cell(f, row, COL_STUDENT_NO);
	bool odd = false;

	if (!roster_file_has(f, COL_STUDENT_NO))
		return;
	for (const char *p = cell; *p; p++)
		odd = odd || (unsigned char)*p <= 0x20 || (unsigned char)*p >= 0x7f;
	if (strspn(cell, "0") == strlen(cell))
		roster_file_problem(f, row, COL_STUDENT_NO, ROW_NO_STUDENT_NO);
	else if (odd)
		roster_file_problem(f, row, COL_STUDENT_NO, ROW_ODD_STUDENT_NO);
}

static void judge_level(struct roster_file *f, struct roster_row *row)
{
	const char *cell = roster_row_cell(f, row, COL_LEVEL);
	char form[192];

	text_copy(form, 96, roster_row_cell(f, row, COL_STUDY_FORM));
	text_copy(form + strlen(form), 96, roster_row_cell(f, row, COL_CATEGORY));
	row->level = *cell		 ? roster_level(f, cell, form)
		     : f->level_constant ? f->level_constant
					 : "";
	if (*cell && !*row->level)
		roster_file_problem(f, row, COL_LEVEL, ROW_LEVEL_UNKNOWN);
}

static void judge_words(struct roster_file *f, struct roster_row *row)
{
	const char *sex = roster_row_cell(f, row, COL_SEX);
	const char *type = roster_row_cell(f, row, COL_DOC_TYPE);

	judge_level(f, row);
	row->sex = roster_sex(sex);
	if (*sex && !*row->sex)
		roster_file_problem(f, row, COL_SEX, ROW_BAD_SEX);
	row->captured = roster_captured(roster_row_cell(f, row, COL_CAPTURED));
	row->paid = f->wish.paid ? "yes" : roster_paid(roster_row_cell(f, row, COL_PAID));
	if (!row->paid) {
		row->paid = "";
		roster_file_problem(f, row, COL_PAID, ROW_PAID_UNKNOWN);
	}
	if (*type && !*roster_doc_type(type))
		roster_file_problem(f, row, COL_DOC_TYPE, ROW_DOC_TYPE_UNKNOWN);
}

static void judge_school(struct roster_file *f, struct roster_row *row)
{
	const char *code = roster_row_cell(f, row, COL_SCHOOL_CODE);
	const char *constant = f->school[COL_SCHOOL_CODE - COL_SCHOOL_TYPE];

	if (!*code)
		return;
	if (strlen(code) != CODE_DIGITS || strspn(code, "0123456789") != CODE_DIGITS)
		roster_file_problem(f, row, COL_SCHOOL_CODE, ROW_BAD_SCHOOL_CODE);
	else if (*constant && strcmp(constant, code) != 0)
		roster_file_problem(f, row, COL_SCHOOL_CODE, ROW_OTHER_SCHOOL);
}

/* 2026-09-01, 20260901, 2026年9月; a month alone begins with its first day. */
static void judge_date(struct roster_file *f, struct roster_row *row, enum roster_column c,
		       char out[static 11])
{
	const char *cell = roster_row_cell(f, row, c);
	size_t digits = strspn(cell, "0123456789");
	char day[64];

	text_copy(day, sizeof(day), cell);
	day[strcspn(day, " T")] = '\0'; /* a date cell may come with its midnight */
	if (!*cell || !job_date_normal(day, out))
		return;
	if (digits == 6 && !cell[6]) {
		strcpy(day + 6, "01");
		if (!job_date_normal(day, out))
			return;
	}
	if (digits == 4 && cell[4] && c != COL_BIRTH) {
		text_copy(out, 11, cell); /* 2026-09, 2026年9月: as it stands */
		return;
	}
	roster_file_problem(f, row, c, ROW_BAD_DATE);
}

static void judge_dates(struct roster_file *f, struct roster_row *row)
{
	judge_date(f, row, COL_BIRTH, row->birth);
	judge_date(f, row, COL_ENTERED, row->entered);
	judge_date(f, row, COL_GRADUATES, row->graduates);
}

/* --- document numbers ----------------------------------------------------------------------------
 */

/* As a spreadsheet shows a long number; zeros at the end are identity_check()'s business. */
static bool damaged(const char *cell)
{
	size_t digits = strspn(cell, "0123456789");

	return (strpbrk(cell, "Ee") && strchr(cell, '+')) || (digits && cell[digits] == '.');
}

/* @citizen: the row says that it is a resident ID card. */
static enum row_fault number_fault(const char *cell, const char *number, int length, bool citizen)
{
	enum identity_kind kind = IDENTITY_UNKNOWN;
	enum identity_fault fault = length > 0 ? identity_check(number, &kind) : IDENTITY_TOO_LONG;

	if (damaged(cell) || fault == IDENTITY_DAMAGED)
		return ROW_DAMAGED;
	if (citizen && fault == IDENTITY_FINE && kind != IDENTITY_CITIZEN_18 &&
	    kind != IDENTITY_CITIZEN_15)
		return ROW_BAD_NUMBER;
	if (fault == IDENTITY_FINE)
		return ROW_FINE;
	if (fault == IDENTITY_CHECK_DOUBTFUL)
		return ROW_CHECK_DOUBTFUL;
	return fault == IDENTITY_BAD_CHECK ? ROW_BAD_CHECK : ROW_BAD_NUMBER;
}

static void judge_document(struct roster_file *f, struct roster_row *row, int i)
{
	const char *cell = roster_row_cell(f, row, document_columns[i]);
	char number[IDENTITY_MAX] = "";
	enum cell_kind kind = roster_row_kind(f, row, document_columns[i]);
	enum row_fault fault;

	if (!*cell || kind == CELL_NUMBER_LOST || kind == CELL_ERROR)
		return; /* judge_cell() has said so */
	fault = number_fault(cell, number, identity_normalise(cell, number),
			     !i && !strcmp(roster_doc_type(roster_row_cell(f, row, COL_DOC_TYPE)),
					   "居民身份证"));
	if (fault)
		roster_file_problem(f, row, document_columns[i], fault);
	if (fault && !row_fault_is_warning(fault))
		return;
	f->result.tidied += strcmp(cell, number) != 0;
	identity_canonical(number, row->documents[i]);
	if (!row->id_no[0])
		memcpy(row->id_no, number, sizeof(row->id_no));
	if (i && !row->documents[0][0]) {
		memcpy(row->documents[0], row->documents[i], sizeof(row->documents[0]));
		row->documents[i][0] = '\0';
	}
}

void roster_file_judge(struct roster_file *f)
{
	for (int i = 0; i < f->row_count; i++) {
		struct roster_row *row = &f->rows[i];

		judge_cells(f, row);
		judge_seq(f, row);
		judge_words(f, row);
		judge_school(f, row);
		judge_dates(f, row);
		for (int d = 0; d < DOCUMENTS_MAX; d++)
			judge_document(f, row, d);
		if (f->result.partial)
			continue;
		judge_name(f, row);
		judge_student_no(f, row);
	}
}
