#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

/* Headers met in the wild; the first of a column is how the notice writes it. */
static const struct {
	enum roster_column column;
	const char *header;
} headers[] = {
	{ COL_SEQ, "拍摄序号" },
	{ COL_SEQ, "拍摄号" },
	{ COL_SEQ, "序号" },
	{ COL_LEVEL, "学历层次" },
	{ COL_LEVEL, "层次" },
	{ COL_LEVEL, "CC" },
	{ COL_STUDENT_NO, "学号" },
	{ COL_STUDENT_NO, "XH" },
	{ COL_NAME, "姓名" },
	{ COL_NAME, "XM" },
	{ COL_SEX, "性别" },
	{ COL_SEX, "XB" },
	{ COL_SEX, "XBDM" },
	{ COL_ID_NO, "身份证号" },
	{ COL_ID_NO, "身份证号码" },
	{ COL_ID_NO, "证件号码" },
	{ COL_ID_NO, "证件号" },
	{ COL_ID_NO, "身份证件号" },
	{ COL_ID_NO, "SFZH" },
	{ COL_SCHOOL_TYPE, "所在校别" },
	{ COL_SCHOOL_TYPE, "校别" },
	{ COL_SCHOOL_CODE, "院校代码" },
	{ COL_SCHOOL_CODE, "学校代码" },
	{ COL_SCHOOL_CODE, "YXDM" },
	{ COL_SCHOOL_NAME, "学校名称" },
	{ COL_SCHOOL_NAME, "院校名称" },
	{ COL_SCHOOL_NAME, "YXMC" },
	{ COL_EXAM_NO, "考生号" },
	{ COL_EXAM_NO, "录取编号" },
	{ COL_EXAM_NO, "报名号" },
	{ COL_EXAM_NO, "KSH" },
	{ COL_CLASS, "班级" },
	{ COL_CLASS, "班号" },
	{ COL_CLASS, "BH" },
	{ COL_STATION, "函授站" },
	{ COL_STATION, "教学点" },
	{ COL_STATION, "函授站（教学点）" },
	{ COL_STATION, "系所函" },
	{ COL_STATION, "系所函授站" },
	{ COL_STATION, "XSH" },
	{ COL_BRANCH, "分院" },
	{ COL_BRANCH, "学院" },
	{ COL_BRANCH, "校区" },
	{ COL_BRANCH, "FY" },
	{ COL_MAJOR, "专业名称" },
	{ COL_MAJOR, "专业" },
	{ COL_MAJOR, "ZYMC" },
	{ COL_CAPTURED, "已采集" },
	{ COL_DOCUMENT_2, "其他证件号" },
	{ COL_DOCUMENT_2, "其他证件号码" },
	{ COL_DOCUMENT_3, "通行证号" },
	{ COL_DOCUMENT_3, "通行证号码" },
	{ COL_DOCUMENT_4, "护照号" },
	{ COL_DOCUMENT_4, "护照号码" },
};

/* 成人 levels by entrance (S3-25); the others stand for themselves. */
static const struct {
	const char *from, *to;
} levels[] = {
	{ "成人专科", "成人专科" },
	{ "成人本科", "成人本科" },
	{ "高起专", "成人专科" },
	{ "专升本", "成人本科" },
	{ "高起本", "成人本科" },
	{ "专科", "专科" },
	{ "本科", "本科" },
	{ "研究生", "研究生" },
	{ "硕士研究生", "硕士研究生" },
	{ "博士研究生", "博士研究生" },
};

static const struct {
	const char *from, *to;
} sexes[] = { { "男", "男" }, { "女", "女" }, { "1", "男" }, { "2", "女" } };

/* Bytes each column's field holds with its zero (struct person). */
static const size_t widths[COL_COUNT] = {
	[COL_SEQ] = 64,		[COL_LEVEL] = 48,	[COL_STUDENT_NO] = 32,
	[COL_NAME] = 128,	[COL_SEX] = 16,		[COL_ID_NO] = 64,
	[COL_SCHOOL_TYPE] = 64, [COL_SCHOOL_CODE] = 32, [COL_SCHOOL_NAME] = 128,
	[COL_EXAM_NO] = 32,	[COL_CLASS] = 64,	[COL_STATION] = 64,
	[COL_BRANCH] = 64,	[COL_MAJOR] = 64,	[COL_CAPTURED] = 32,
	[COL_DOCUMENT_2] = 64,	[COL_DOCUMENT_3] = 64,	[COL_DOCUMENT_4] = 64,
};

static const enum roster_column document_columns[DOCUMENTS_MAX] = { COL_ID_NO, COL_DOCUMENT_2,
								    COL_DOCUMENT_3,
								    COL_DOCUMENT_4 };

static const char *const fault_words[ROW_FAULT_COUNT] = {
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
	[ROW_NAME_UNKNOWN_CHARS] = "name_unknown_chars",
	[ROW_CHECK_DOUBTFUL] = "check_doubtful",
};

const char *row_fault_word(enum row_fault fault)
{
	return fault_words[fault];
}

bool row_fault_is_warning(enum row_fault fault)
{
	return fault == ROW_NAME_UNKNOWN_CHARS || fault == ROW_CHECK_DOUBTFUL;
}

const char *roster_column_header(enum roster_column column)
{
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (headers[i].column == column)
			return headers[i].header;
	return "";
}

void roster_file_problem(struct roster_file *f, struct roster_row *row, int column,
			 enum row_fault fault)
{
	size_t wanted = f->problem_size ? f->problem_size * 2 : 64;
	struct import_problem *bigger;

	if (!row_fault_is_warning(fault))
		row->bad = true;
	if (f->problem_count == f->problem_size) {
		bigger = realloc(f->problems, wanted * sizeof(*bigger));
		if (!bigger) {
			roster_file_refuse(f, FILE_TOO_BIG, NULL);
			return;
		}
		f->problems = bigger;
		f->problem_size = wanted;
	}
	f->problems[f->problem_count++] = (struct import_problem){
		.line = row->line,
		.column = column,
		.fault = fault,
		.value = roster_file_cell(f, row->line, column),
	};
}

/* --- headers -------------------------------------------------------------------------------------
 */

static int column_of(const char *cell)
{
	char plain[64];
	size_t n = 0;

	for (; *cell && n < sizeof(plain) - 1; cell++)
		if (*cell != ' ' && *cell != '\n')
			plain[n++] = *cell;
	plain[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (!strcasecmp(headers[i].header, plain))
			return (int)headers[i].column;
	return -1;
}

/* 拍摄序号 may be absent: on site the kiosk gives the numbers. */
static void refuse_missing(struct roster_file *f)
{
	char missing[sizeof(f->result.detail)] = "";
	size_t n = 0;

	for (int c = COL_LEVEL; c < COL_REQUIRED; c++)
		if (f->column_at[c] < 0 && n < sizeof(missing))
			n += (size_t)snprintf(missing + n, sizeof(missing) - n, "%s%s",
					      n ? "、" : "",
					      roster_column_header((enum roster_column)c));
	if (n)
		roster_file_refuse(f, FILE_HEADER, missing);
}

static void judge_headers(struct roster_file *f)
{
	for (int c = 0; c < COL_COUNT; c++)
		f->column_at[c] = -1;
	for (int i = 0; i < f->rows[0].cells; i++) {
		const char *cell = roster_file_cell(f, f->rows[0].line, i);
		int c = column_of(cell);

		if (c < 0)
			continue;
		if (f->column_at[c] >= 0)
			roster_file_refuse(f, FILE_HEADER_TWICE, cell);
		f->column_at[c] = i;
	}
	refuse_missing(f);
}

/* --- one row -------------------------------------------------------------------------------------
 */

static void judge_widths(struct roster_file *f, struct roster_row *row)
{
	for (int c = 0; c < COL_COUNT; c++) {
		const char *cell = roster_row_cell(f, row, (enum roster_column)c);

		if (strlen(cell) >= widths[c])
			roster_file_problem(f, row, f->column_at[c], ROW_TOO_LONG);
		else if (!*cell && c < COL_REQUIRED && c != COL_SEQ)
			roster_file_problem(f, row, f->column_at[c], ROW_MISSING);
	}
	for (int i = f->rows[0].cells; i < row->cells; i++) {
		if (!*roster_file_cell(f, row->line, i))
			continue;
		roster_file_problem(f, row, i, ROW_EXTRA_CELLS);
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
		roster_file_problem(f, row, f->column_at[COL_SEQ], ROW_BAD_SEQ);
}

static void judge_name(struct roster_file *f, struct roster_row *row)
{
	const char *name = roster_row_cell(f, row, COL_NAME);
	bool latin = false, blank = strchr(name, ' ') || strstr(name, "\u3000") ||
				    strchr(name, '\n') || strchr(name, '\t');

	for (const char *p = name; *p; p++)
		latin = latin || ((*p | 32) >= 'a' && (*p | 32) <= 'z');
	if (blank && !latin)
		roster_file_problem(f, row, f->column_at[COL_NAME], ROW_INNER_BLANK);
	if (strstr(name, "??"))
		roster_file_problem(f, row, f->column_at[COL_NAME], ROW_NAME_UNKNOWN_CHARS);
}

static void judge_words(struct roster_file *f, struct roster_row *row)
{
	const char *level = roster_row_cell(f, row, COL_LEVEL);
	const char *sex = roster_row_cell(f, row, COL_SEX);
	const char *captured = roster_row_cell(f, row, COL_CAPTURED);

	row->level = row->sex = "";
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		if (!strcmp(level, levels[i].from))
			row->level = levels[i].to;
	for (size_t i = 0; i < ARRAY_SIZE(sexes); i++)
		if (!strcmp(sex, sexes[i].from))
			row->sex = sexes[i].to;
	if (*level && !*row->level)
		roster_file_problem(f, row, f->column_at[COL_LEVEL], ROW_LEVEL_UNKNOWN);
	if (*sex && !*row->sex)
		roster_file_problem(f, row, f->column_at[COL_SEX], ROW_BAD_SEX);
	row->captured = *captured && strcmp(captured, "否") != 0 && strcmp(captured, "0") != 0 &&
			strcmp(captured, "未") != 0 && strcmp(captured, "未采集") != 0;
}

/* As a spreadsheet shows a long number; zeros at the end are identity_check()'s business. */
static bool damaged(const char *cell)
{
	size_t digits = strspn(cell, "0123456789");

	return (strpbrk(cell, "Ee") && strchr(cell, '+')) || (digits && cell[digits] == '.');
}

static enum row_fault number_fault(const char *cell, const char *number, int length)
{
	enum identity_fault fault = length > 0 ? identity_check(number, NULL) : IDENTITY_TOO_LONG;

	if (damaged(cell) || fault == IDENTITY_DAMAGED)
		return ROW_DAMAGED;
	if (fault == IDENTITY_FINE)
		return ROW_FINE;
	if (fault == IDENTITY_CHECK_DOUBTFUL)
		return ROW_CHECK_DOUBTFUL;
	return fault == IDENTITY_BAD_CHECK ? ROW_BAD_CHECK : ROW_BAD_NUMBER;
}

static void judge_documents(struct roster_file *f, struct roster_row *row)
{
	for (int i = 0; i < DOCUMENTS_MAX; i++) {
		const char *cell = roster_row_cell(f, row, document_columns[i]);
		char number[IDENTITY_MAX] = "";
		enum row_fault fault;

		if (!*cell)
			continue;
		fault = number_fault(cell, number, identity_normalise(cell, number));
		if (fault)
			roster_file_problem(f, row, f->column_at[document_columns[i]], fault);
		if (fault && !row_fault_is_warning(fault))
			continue;
		identity_canonical(number, row->documents[i]);
		if (!i)
			memcpy(row->id_no, number, sizeof(row->id_no));
	}
}

/* --- rows against each other ---------------------------------------------------------------------
 */

struct key {
	const char *document; /* or NULL: by seq */
	struct roster_row *row;
	int column;
};

static int by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int d = x->document ? strcmp(x->document, y->document) : x->row->seq - y->row->seq;

	return d ? d : x->row->line - y->row->line;
}

/* One person may stand in two rows: two enrolments, with a student number each. */
static bool second_enrolment(struct roster_file *f, struct roster_row *a, struct roster_row *b)
{
	return !strcmp(roster_row_cell(f, a, COL_NAME), roster_row_cell(f, b, COL_NAME)) &&
	       strcmp(roster_row_cell(f, a, COL_STUDENT_NO), roster_row_cell(f, b, COL_STUDENT_NO));
}

static void judge_sorted(struct roster_file *f, struct key *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct key *k = &keys[i], *before = &keys[i - 1];

		if (k->row == before->row)
			continue;
		if (!k->document && k->row->seq == before->row->seq)
			roster_file_problem(f, k->row, k->column, ROW_SEQ_TWICE);
		else if (k->document && !strcmp(k->document, before->document) &&
			 !second_enrolment(f, before->row, k->row))
			roster_file_problem(f, k->row, k->column, ROW_TWICE_IN_FILE);
	}
}

static void judge_twice(struct roster_file *f)
{
	size_t n = 0, max = (size_t)f->row_count * DOCUMENTS_MAX;
	SCOPED_FREE struct key *keys = calloc(max, sizeof(*keys));

	if (!keys) {
		roster_file_refuse(f, FILE_TOO_BIG, NULL);
		return;
	}
	for (int i = 1; i < f->row_count; i++)
		for (int d = 0; d < DOCUMENTS_MAX; d++)
			if (f->rows[i].documents[d][0])
				keys[n++] = (struct key){ f->rows[i].documents[d], &f->rows[i],
							  f->column_at[document_columns[d]] };
	qsort(keys, n, sizeof(*keys), by_key);
	judge_sorted(f, keys, n);
	n = 0;
	for (int i = 1; i < f->row_count; i++)
		if (f->rows[i].seq)
			keys[n++] = (struct key){ NULL, &f->rows[i], f->column_at[COL_SEQ] };
	qsort(keys, n, sizeof(*keys), by_key);
	judge_sorted(f, keys, n);
}

/* --- sum -----------------------------------------------------------------------------------------
 */

static int by_place(const void *a, const void *b)
{
	const struct import_problem *x = a, *y = b;

	return x->line != y->line ? x->line - y->line : x->column - y->column;
}

void roster_file_count(struct roster_file *f)
{
	struct import_result *r = &f->result;

	r->rows = f->row_count - 1;
	r->bad = r->warnings = 0;
	for (int i = 1; i < f->row_count; i++)
		r->bad += f->rows[i].bad;
	for (size_t i = 0; i < f->problem_count; i++)
		r->warnings += row_fault_is_warning(f->problems[i].fault);
	r->good = r->rows - r->bad;
	if (f->problem_count)
		qsort(f->problems, f->problem_count, sizeof(*f->problems), by_place);
}

void roster_file_judge(struct roster_file *f)
{
	judge_headers(f);
	if (f->result.fault)
		return;
	for (int i = 1; i < f->row_count; i++) {
		judge_widths(f, &f->rows[i]);
		judge_seq(f, &f->rows[i]);
		judge_name(f, &f->rows[i]);
		judge_words(f, &f->rows[i]);
		judge_documents(f, &f->rows[i]);
	}
	judge_twice(f);
	roster_file_count(f);
}
