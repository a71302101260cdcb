/*
 * Roster files → people. Any format of table.h; the columns of the reference notices, by any of
 * their usual headers. A damaged cell is refused, never repaired. Bad rows do not block good ones:
 * the caller decides after seeing how many. What a file would change is known before it is written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/roster/columns.h"
#include "firmware/roster/findings.h"
#include "firmware/roster/table.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"

enum import_file_fault {
	FILE_FINE,
	FILE_UNREADABLE, /* errno */
	FILE_TOO_BIG,
	FILE_EMPTY,
	FILE_ENCODING, /* text in no encoding we know */
	FILE_NOT_TEXT, /* no table, or a damaged one: result.table */
	FILE_HEADER, /* nobody can be told from it: name or number column missing: @detail */
	FILE_HEADER_TWICE, /* one column named twice */
	FILE_QUOTES, /* a quote is never closed */
	FILE_NO_PEOPLE, /* headers and nobody below */
	FILE_GRAD, /* a list of people for a job that may hold none */
	FILE_WISH, /* the sheet, header row or column somebody named is not there: @detail */
};

/* What somebody says instead of a guess. Zeroed: guess everything. Borrowed while the file lives. */
struct import_wish {
	struct table_wish table;
	const char *sheet; /* name, or its number from 1 */
	int header; /* row as the spreadsheet counts it */
	const char *const *maps; /* "列名=学号" */
	int map_count;
	const char *const
		*levels; /* "函本=成人本科"; "成人本科" alone: for a file without the column */
	int level_count;
	bool partial; /* only the columns it has, only people who are there */
	bool paid; /* a partial list of those who have paid: being on it says so */
	bool whole; /* a roster, whatever it lacks: never a guess that it is partial */
	bool remove; /* who is not in the file is taken off, unless there is a picture */
};

struct import_result {
	enum import_file_fault fault;
	enum table_fault table; /* why no cells could be read; TABLE_FINE for other faults */
	char detail[256]; /* missing headers, the header named twice, strerror */
	char left_out[256]; /* names of sheets that hold nobody */
	char absent[256]; /* headers of required columns that neither the file nor the job has */
	const char *format, *encoding; /* table_format(), table_encoding() */
	char separator; /* 0 none */
	bool partial; /* updates only; see import_wish */
	int sheets; /* taken */
	int rows, good, bad, warnings; /* rows = good + bad */
	int repeated; /* rows that stand on another sheet word for word, as in 总表: taken once */
	int skipped; /* rows that name nobody: totals, headers said again */
	int tidied; /* numbers written with full-width digits, blanks or a small x */
	int fields, bad_fields; /* of the job, on the sheet 任务 */
	/* after roster_file_check() */
	int to_add, changed, unchanged;
	int frozen; /* people with a picture whose row differs: they stay */
	int removed; /* people of the job who are not in the file */
	int joined; /* people photographed before they were on a list */
	int changed_columns[COL_COUNT]; /* in how many of @changed */
	/* after roster_file_write() */
	int added, updated, taken_off;
};

struct roster_file; /* a file read, decoded, split and checked */

/**
 * roster_file_open() - read and check a file by itself
 * @db: the job's database for its constants, extra columns and kind; NULL: no job yet
 * Return: a handle even for a file that is refused (see result.fault); NULL without memory.
 */
struct roster_file *roster_file_open(const char *path, const struct import_wish *wish, sqlite3 *db);
/** roster_file_parse() - from memory; @data is copied. roster_file_read() - from a path. */
struct roster_file *roster_file_parse(const void *data, size_t bytes);
struct roster_file *roster_file_read(const char *path);
/** roster_file_from() - from @t, which must outlive the handle. @wish and @db may be NULL. */
struct roster_file *roster_file_from(struct table *t, const struct import_wish *wish, sqlite3 *db);
void roster_file_free(struct roster_file *f);

const struct import_result *roster_file_result(const struct roster_file *f);
/** roster_file_problems() - sorted by sheet and row. */
size_t roster_file_problems(const struct roster_file *f, const struct import_problem **out);
/** roster_file_headers() - what was made of every header cell, in order. */
size_t roster_file_headers(const struct roster_file *f, const struct import_header **out);
/** roster_file_cell() - cell @column (spreadsheet order) of row @line; "" beyond. */
const char *roster_file_cell(const struct roster_file *f, int sheet, int line, int column);
/** roster_file_sheet() - name of table sheet @sheet, "" where there are none. */
const char *roster_file_sheet(const struct roster_file *f, int sheet);

/**
 * roster_file_check() - compare with the people already in @db, a job's database; adds problems
 * @db may be a read-only connection. Call once. Return: 0, -EIO.
 */
int roster_file_check(struct roster_file *f, sqlite3 *db);
/** roster_file_removed() - people counted in result.removed. */
size_t roster_file_removed(const struct roster_file *f, const int64_t **people);

/**
 * roster_file_write() - good rows go in, in one transaction with its ledger event; bad rows do not:
 * they are set aside, to be found by name or 学号
 * Call after roster_file_check() when the job had people. People with an accepted picture stay as
 * they are, but for what they paid. @kiosk owns the new rows. A transaction that is already begun
 * is taken over.
 * Return: 0 and result.added, updated; -EINVAL for a refused file; -EIO (nothing written).
 */
int roster_file_write(struct roster_file *f, struct job *job, const char *code, const char *kiosk);

/** roster_problems_write() - the bad rows as a workbook for the school: their cells as text behind
 * place, cause and cure; put right, it is imported as it is. Return: 0 or a negative errno. */
int roster_problems_write(const struct roster_file *f, const char *path);

/** roster_template_write() - an empty workbook to be filled in: 名单 and 任务. @db may be NULL; of
 * a job: its fields are filled in. Return: 0 or a negative errno. */
int roster_template_write(const char *path, sqlite3 *db);
