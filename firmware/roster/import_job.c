/* What the job says beside its people: in its database, and on the sheet 任务 of a workbook. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

static const char job_sheet[] = "任务";

bool roster_is_job_sheet(const struct table *t, int sheet)
{
	const char *name = table_sheet_name(t, sheet);

	return !strcmp(name, job_sheet) || !strcmp(name, "说明");
}

static const enum job_field school[] = { JOB_FIELD(SCHOOL_TYPE), JOB_FIELD(SCHOOL_CODE),
					 JOB_FIELD(SCHOOL_NAME) };

/* What a value on the sheet means for the rest of the file. */
static void heed(struct roster_file *f, enum job_field field, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(school); i++)
		if (school[i] == field)
			text_copy(f->school[i], JOB_FIELD_MAX, value);
	if (field == JOB_FIELD(KIND))
		f->grad = !strcmp(value, "GRAD");
	if (field == JOB_FIELD(EXTRA_COLUMNS))
		text_copy(f->extra_names, JOB_FIELD_MAX, value);
}

static void take_value(struct roster_file *f, int sheet, int row, enum job_field field)
{
	const char *cell = table_cell_spread(f->table, sheet, row, 1);
	struct job_value *v = &f->values[f->value_count];

	if (!*cell || f->value_count >= JOB_FIELD_COUNT)
		return;
	if (job_field_normal(field, cell, v->text) < 0 ||
	    (field == JOB_FIELD(KIND) && f->people && (!strcmp(v->text, "GRAD")) != f->grad)) {
		f->result.bad_fields++;
		roster_file_problem_at(f, sheet, row, 1, ROW_BAD_FIELD);
		return;
	}
	v->field = field;
	f->value_count++;
	f->result.fields++;
	heed(f, field, v->text);
}

static void take_sheet(struct roster_file *f, int sheet)
{
	bool seen[JOB_FIELD_COUNT] = { false };

	for (int i = 0; i < table_rows(f->table, sheet); i++) {
		int field = job_field_find(table_cell(f->table, sheet, i, 0));

		if (field < 0 || seen[field])
			continue;
		seen[field] = true;
		take_value(f, sheet, i, (enum job_field)field);
	}
}

void roster_file_take_job(struct roster_file *f, sqlite3 *db)
{
	if (db) {
		for (size_t i = 0; i < ARRAY_SIZE(school); i++)
			job_field_get(db, school[i], f->school[i]);
		job_field_get(db, JOB_FIELD(EXTRA_COLUMNS), f->extra_names);
		f->grad = job_is(db, JOB_FIELD(KIND), "GRAD");
		f->feature = !job_is(db, JOB_FIELD(FEATURE_CODE), "");
		f->people = sql_int(db, 0, "SELECT 1 FROM person LIMIT 1", "");
	}
	for (int s = 0; s < table_sheets(f->table); s++)
		if (!strcmp(table_sheet_name(f->table, s), job_sheet))
			take_sheet(f, s);
}
