/* A roster file in memory. Private to the importer. */
#pragma once

#include "firmware/base/hash.h"
#include "firmware/identity/identity.h"
#include "firmware/roster/import.h"

enum { DOCUMENTS_MAX = 4, SHEETS_MAX = 200, EXTRA_MAX = 16, WORDS_MAX = 32 };

/* In roster_row.changed, beside one bit a column. */
#define ROW_EXTRA_BIT (1ULL << COL_COUNT)
#define ROW_BACK_BIT  (1ULL << (COL_COUNT + 1)) /* was taken off, and is there again */

struct roster_row {
	int map; /* of roster_file.maps */
	int line;
	int index; /* row of the table */
	bool bad;
	bool repeated; /* stands on an earlier sheet */
	int seq; /* 0 none */
	bool captured;
	const char *level, *sex, *paid; /* mapped */
	char birth[11], entered[11], graduates[11]; /* as 2026-11-21; "" where it is none */
	char documents[DOCUMENTS_MAX][IDENTITY_MAX]; /* canonical; [0] is 身份证号; "" none */
	char id_no[IDENTITY_MAX]; /* normalised */
	/* what the roster says */
	int64_t person; /* who it is in the roster, 0 new */
	bool exact; /* with that very 学号 */
	bool keep; /* that person has a picture: leave alone */
	bool join; /* photographed or added here before any list had them */
	uint64_t changed; /* columns that differ */
	uint64_t fills; /* of these, where the job has nothing: not frozen by a picture */
};

/* A sheet that is taken: where its columns stand. */
struct sheet_map {
	int sheet, header; /* row of the table */
	int column_at[COL_COUNT]; /* -1 absent */
	int extra_at[EXTRA_MAX];
};

struct job_value {
	enum job_field field;
	char text[JOB_FIELD_MAX];
};

struct roster_file {
	const struct table *table; /* where the cells are */
	struct table *own; /* the same when it is ours to free */
	struct import_wish wish;
	/* of the job, or of the sheet 任务 */
	char school[3][JOB_FIELD_MAX]; /* type, code, name: where the file has no column */
	char extra_names[JOB_FIELD_MAX];
	bool grad, people, feature; /* a GRAD job; one with people; one with a 特征码 */
	struct job_value values[JOB_FIELD_COUNT];
	int value_count;

	struct sheet_map *maps;
	int map_count;
	bool class_of_sheet; /* several sheets, no class: the sheet's name is it */
	bool supplement; /* our own problem list come back: who is not on it has not left */
	const char *level_constant;
	struct import_header *headers;
	size_t header_count, header_size;
	struct roster_row *rows;
	int row_count, row_size;
	struct import_problem *problems;
	size_t problem_count, problem_size;
	int64_t *removed;
	size_t removed_count;
	struct import_result result;
	uint8_t sha256[SHA256_BYTES];
};

/* import.c */
/** roster_file_refuse() - the whole file is no use. */
void roster_file_refuse(struct roster_file *f, enum import_file_fault fault, const char *detail);
/** roster_file_problem() - note it; the row turns bad unless it is a warning. */
void roster_file_problem(struct roster_file *f, struct roster_row *row, enum roster_column column,
			 enum row_fault fault);
/** roster_file_problem_at() - the same anywhere in the file. */
void roster_file_problem_at(struct roster_file *f, int sheet, int index, int column,
			    enum row_fault fault);
/** roster_row_cell() - trimmed cell of a known column; "" when absent. */
const char *roster_row_cell(const struct roster_file *f, const struct roster_row *row,
			    enum roster_column column);
enum cell_kind roster_row_kind(const struct roster_file *f, const struct roster_row *row,
			       enum roster_column column);
/** roster_row_value() - what goes into the roster: mapped, or the job's constant. */
const char *roster_row_value(const struct roster_file *f, const struct roster_row *row,
			     enum roster_column column);
/** roster_row_extra() - JSON object of the extra columns; free it. NULL without memory. */
char *roster_row_extra(const struct roster_file *f, const struct roster_row *row);
/** roster_file_has() - does the file (or a constant) say anything about @column? */
bool roster_file_has(const struct roster_file *f, enum roster_column column);
/** roster_file_count() - result.good, bad, warnings; problems sorted. */
void roster_file_count(struct roster_file *f);
bool roster_grow(void *array, size_t *size, size_t count, size_t item);

/* import_diff.c */
/** roster_column_written() - does the file say @column of its people? A partial list tells them by
 * their numbers and names, which stay as they are. */
bool roster_column_written(const struct roster_file *f, enum roster_column column);
/** roster_row_written() - which of row.changed goes in: of people with a picture, what they paid. */
uint64_t roster_row_written(const struct roster_row *row);

/* headers.c */
const char *roster_header_cell(const struct roster_file *f, int sheet, int row, int column);
/** roster_find_header() - the row of @sheet with most known headers; which, and what they are worth. */
int roster_find_header(const struct roster_file *f, int sheet, uint64_t *set, int *score);
void roster_map_sheet(struct roster_file *f, struct sheet_map *m);
void roster_check_maps(struct roster_file *f); /* every header somebody named must be there */

/* sheets.c, import_job.c, import_check.c, import_twice.c */
void roster_file_map(struct roster_file *f); /* sheets and headers → maps, rows */
void roster_file_take_job(struct roster_file *f, sqlite3 *db); /* job's fields, then sheet 任务 */
bool roster_is_job_sheet(const struct table *t, int sheet);
void roster_file_judge(struct roster_file *f); /* every row by itself … */
void roster_file_judge_twice(struct roster_file *f); /* … and against the others */

/* values.c: "" unknown */
const char *roster_level(const struct roster_file *f, const char *cell, const char *form);
const char *roster_sex(const char *cell);
const char *roster_doc_type(const char *cell);
/** roster_paid() - "yes", "no"; NULL: no such word. */
const char *roster_paid(const char *cell);
bool roster_captured(const char *cell);

/* import_aside.c */
/** roster_aside_write() - bad rows are set aside, who is in now no longer is. Return: SQLITE_DONE. */
int roster_aside_write(struct roster_file *f, sqlite3 *db);
