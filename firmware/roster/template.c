/* 名单模板.xlsx: what a school fills in. One workbook is roster and job. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum { ROWS = 5000, CHOICES_MAX = 12 };

static const char *const level_choices[] = { "成人专科",   "成人本科",	 "专科", "本科",
					     "硕士研究生", "博士研究生", NULL };
static const char *const sex_choices[] = { "男", "女", NULL };
static const char *const school_choices[] = { "普通高校", "成人高校", "开放大学", "自学考试",
					      NULL };

/* The nine of the notice, then what groups people and finds them by another document. */
static const struct {
	enum roster_column column;
	double width;
	const char *const *choices;
	const char *help; /* message id */
} columns[] = {
	{ COL_SEQ, 10, NULL, "template.help.seq" },
	{ COL_LEVEL, 12, level_choices, "template.help.level" },
	{ COL_STUDENT_NO, 18, NULL, "template.help.student_no" },
	{ COL_NAME, 14, NULL, "template.help.name" },
	{ COL_SEX, 7, sex_choices, "template.help.sex" },
	{ COL_ID_NO, 22, NULL, "template.help.id_no" },
	{ COL_SCHOOL_TYPE, 12, school_choices, "template.help.school" },
	{ COL_SCHOOL_CODE, 11, NULL, "template.help.school" },
	{ COL_SCHOOL_NAME, 22, NULL, "template.help.school" },
	{ COL_BRANCH, 16, NULL, NULL },
	{ COL_CLASS, 16, NULL, NULL },
	{ COL_STATION, 16, NULL, NULL },
	{ COL_MAJOR, 16, NULL, NULL },
	{ COL_PAID, 8, NULL, "template.help.paid" },
	{ COL_DOCUMENT_2, 20, NULL, "template.help.other" },
};

struct formats {
	lxw_format *text, *head, *need, *right, *wrong, *note;
};

static void make_formats(lxw_workbook *book, struct formats *f)
{
	lxw_format **const all[] = { &f->text, &f->head, &f->need, &f->right, &f->wrong, &f->note };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		*all[i] = workbook_add_format(book);
	format_set_num_format(f->text, "@");
	format_set_num_format(f->head, "@");
	format_set_bold(f->head);
	format_set_bg_color(f->head, 0xE7E6E6);
	format_set_num_format(f->need, "@");
	format_set_bold(f->need);
	format_set_bg_color(f->need, 0xD9E2F3);
	format_set_bg_color(f->right, 0xC6EFCE);
	format_set_font_color(f->right, 0x006100);
	format_set_bg_color(f->wrong, 0xFFC7CE);
	format_set_font_color(f->wrong, 0x9C0006);
	format_set_text_wrap(f->note);
	format_set_align(f->note, LXW_ALIGN_VERTICAL_TOP);
}

static void add_choices(lxw_worksheet *sheet, lxw_row_t first, lxw_row_t last, lxw_col_t column,
			const char *const *choices, bool strict)
{
	lxw_data_validation v = { .validate = LXW_VALIDATION_TYPE_LIST,
				  .value_list = (char **)(uintptr_t)choices,
				  .error_type = strict ? LXW_VALIDATION_ERROR_TYPE_STOP
						       : LXW_VALIDATION_ERROR_TYPE_WARNING };

	worksheet_data_validation_range(sheet, first, column, last, column, &v);
}

/*
 * The sum over 17 digits with the weights of GB 11643, written out: array constants are not allowed
 * in a conditional format, and a reference to other rows would move with them. @cell: "$F2".
 */
static void check_formula(const char *cell, bool right, char *out, size_t size)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	size_t n = (size_t)snprintf(out, size,
				    "=IF(LEN(%s)<>18,FALSE,IFERROR(MID(\"10X98765432\",MOD(", cell);

	for (int i = 0; i < 17; i++)
		n += (size_t)snprintf(out + n, size - n, "%sMID(%s,%d,1)*%d", i ? "+" : "", cell,
				      i + 1, weights[i]);
	snprintf(out + n, size - n, ",11)+1,1)%sUPPER(RIGHT(%s,1)),%s))", right ? "=" : "<>", cell,
		 right ? "FALSE" : "TRUE");
}

static void colour_numbers(lxw_worksheet *sheet, const struct formats *f, lxw_col_t column)
{
	for (int right = 0; right < 2; right++) {
		char cell[8], formula[1024];
		lxw_conditional_format format = {
			.type = LXW_CONDITIONAL_TYPE_FORMULA,
			.value_string = formula,
			.format = right ? f->right : f->wrong,
		};

		snprintf(cell, sizeof(cell), "$%c2", 'A' + column);
		check_formula(cell, right, formula, sizeof(formula));
		worksheet_conditional_format_range(sheet, 1, column, ROWS, column, &format);
	}
}

static void put_list(lxw_workbook *book, const struct formats *f)
{
	lxw_worksheet *sheet = workbook_add_worksheet(book, "名单");

	worksheet_freeze_panes(sheet, 1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		lxw_col_t at = (lxw_col_t)i;
		bool need = columns[i].column < COL_REQUIRED;

		/* The column's own format: every row is text, typed in or pasted. */
		worksheet_set_column(sheet, at, at, columns[i].width, f->text);
		worksheet_write_string(sheet, 0, at, roster_column_header(columns[i].column),
				       need ? f->need : f->head);
		if (columns[i].help)
			worksheet_write_comment(sheet, 0, at, text_get(LANG_ZH, columns[i].help));
		if (columns[i].choices)
			add_choices(sheet, 1, ROWS, at, columns[i].choices,
				    columns[i].column == COL_SEX);
		if (columns[i].column == COL_ID_NO)
			colour_numbers(sheet, f, at);
		/* LibreOffice and WPS keep the format of written cells through every conversion. */
		for (lxw_row_t row = 1; row <= ROWS; row++)
			worksheet_write_blank(sheet, row, at, f->text);
	}
}

/* Words a field may have, as the drop-down shows them. */
static void add_field_choices(lxw_worksheet *sheet, lxw_row_t row, enum job_field field)
{
	const char *choices[CHOICES_MAX] = { NULL };
	enum field_type type = job_field_type(field);

	for (int i = 0; i < CHOICES_MAX - 1; i++)
		choices[i] = job_field_word(type, i, true);
	if (choices[0])
		add_choices(sheet, row, row, 1, choices, true);
	if (field == JOB_FIELD(SCHOOL_TYPE))
		add_choices(sheet, row, row, 1, school_choices, false);
}

static const char *field_help(enum job_field field)
{
	static const char *const helps[] = {
		[FIELD_CODE5] = "template.help.code5",	  [FIELD_DATE] = "template.help.date",
		[FIELD_COUNT] = "template.help.count",	  [FIELD_DAYS] = "template.help.days",
		[FIELD_KIND] = "template.help.choose",	  [FIELD_ROSTER] = "template.help.choose",
		[FIELD_PAYMENT] = "template.help.choose", [FIELD_POSE] = "template.help.choose",
		[FIELD_SPLIT] = "template.help.choose",	  [FIELD_TEXT] = NULL,
	};
	const char *id = helps[job_field_type(field)];

	return id ? text_get(LANG_ZH, id) : "";
}

static void put_job(lxw_workbook *book, const struct formats *f, sqlite3 *db)
{
	lxw_worksheet *sheet = workbook_add_worksheet(book, "任务");

	worksheet_set_column(sheet, 0, 0, 16, NULL);
	worksheet_set_column(sheet, 1, 1, 40, f->text);
	worksheet_set_column(sheet, 2, 2, 40, NULL);
	worksheet_freeze_panes(sheet, 1, 0);
	worksheet_write_string(sheet, 0, 0, text_get(LANG_ZH, "template.item"), f->need);
	worksheet_write_string(sheet, 0, 1, text_get(LANG_ZH, "template.value"), f->need);
	worksheet_write_string(sheet, 0, 2, text_get(LANG_ZH, "template.note"), f->need);
	for (int i = 0; i < JOB_FIELD_COUNT; i++) {
		char value[JOB_FIELD_MAX] = "";
		lxw_row_t row = (lxw_row_t)i + 1;

		if (db)
			job_field_get(db, (enum job_field)i, value);
		worksheet_write_string(sheet, row, 0, job_field_header((enum job_field)i), f->head);
		if (value[0])
			worksheet_write_string(sheet, row, 1, value, f->text);
		else
			worksheet_write_blank(sheet, row, 1, f->text);
		worksheet_write_string(sheet, row, 2, field_help((enum job_field)i), NULL);
		add_field_choices(sheet, row, (enum job_field)i);
	}
}

static void put_help(lxw_workbook *book, const struct formats *f)
{
	lxw_worksheet *sheet = workbook_add_worksheet(book, "说明");

	worksheet_set_column(sheet, 0, 0, 90, f->note);
	for (lxw_row_t i = 0;; i++) {
		char id[32];
		const char *text;

		snprintf(id, sizeof(id), "template.guide.%d", (int)i + 1);
		text = text_get(LANG_ZH, id);
		if (text == id)
			return;
		worksheet_write_string(sheet, i, 0, text, f->note);
	}
}

int roster_template_write(const char *path, sqlite3 *db)
{
	lxw_workbook *book = workbook_new(path);
	struct formats f;
	lxw_error error;

	if (!book)
		return -ENOMEM;
	make_formats(book, &f);
	put_list(book, &f);
	put_job(book, &f, db);
	put_help(book, &f);
	error = workbook_close(book);
	return error == LXW_NO_ERROR ? 0 : error == LXW_ERROR_MEMORY_MALLOC_FAILED ? -ENOMEM : -EIO;
}
