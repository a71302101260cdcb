/*
 * Roster files → people. Any format of table.h; the columns of the reference notices, by any of
 * their usual headers. A damaged cell is refused, never repaired. Bad rows do not block good ones:
 * the caller decides after seeing how many.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/roster/table.h"
#include "firmware/store/job.h"

enum roster_column {
	COL_SEQ, /* 拍摄序号 … the nine required ones, in the order of the notice */
	COL_LEVEL,
	COL_STUDENT_NO,
	COL_NAME,
	COL_SEX,
	COL_ID_NO,
	COL_SCHOOL_TYPE,
	COL_SCHOOL_CODE,
	COL_SCHOOL_NAME,
	COL_EXAM_NO,
	COL_CLASS,
	COL_STATION,
	COL_BRANCH,
	COL_MAJOR,
	COL_CAPTURED,
	COL_DOCUMENT_2, /* further document numbers: 其他证件号, 通行证号, 护照号 */
	COL_DOCUMENT_3,
	COL_DOCUMENT_4,
	COL_COUNT,
	COL_REQUIRED = COL_SCHOOL_NAME + 1,
};

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
	ROW_NAME_UNKNOWN_CHARS, /* warning: "??" in a name; the row goes in */
	ROW_CHECK_DOUBTFUL, /* warning: old foreigner number */
	ROW_FAULT_COUNT,
};

bool row_fault_is_warning(enum row_fault fault);
/** row_fault_word() - "bad_check" …; sentences stand in the catalogue under roster.cause.WORD and
 * roster.cure.WORD. */
const char *row_fault_word(enum row_fault fault);

struct import_problem {
	int line; /* row as a spreadsheet counts it: the header is 1 */
	int column; /* as a spreadsheet counts it, from 0 = A; -1 the whole row */
	enum row_fault fault;
	const char *value; /* the cell; may be personal: mask before showing */
};

enum import_file_fault {
	FILE_FINE,
	FILE_UNREADABLE, /* errno */
	FILE_TOO_BIG,
	FILE_EMPTY,
	FILE_ENCODING, /* text in no encoding we know */
	FILE_NOT_TEXT, /* no table, or a damaged one: result.table */
	FILE_HEADER, /* required columns missing: @missing */
	FILE_HEADER_TWICE, /* one column named twice */
	FILE_QUOTES, /* a quote is never closed */
};

struct import_result {
	enum import_file_fault fault;
	enum table_fault table; /* why no cells could be read; TABLE_FINE for other faults */
	char detail[256]; /* missing headers, the header named twice, strerror */
	const char *format, *encoding; /* table_format(), table_encoding() */
	char separator; /* 0 none */
	int rows, good, bad, warnings; /* rows = good + bad */
	int added, updated;
};

struct roster_file; /* a file read, decoded, split and checked */

/**
 * roster_file_parse() - from memory; @bytes is copied
 * Return: a handle even for a file that is refused (see result.fault); NULL without memory.
 */
struct roster_file *roster_file_parse(const void *data, size_t bytes);
/** roster_file_read() - same from a path (at most 64 MiB). */
struct roster_file *roster_file_read(const char *path);
/** roster_file_from_table() - same from one sheet of @t, which must outlive the handle. */
struct roster_file *roster_file_from_table(struct table *t, int sheet);
void roster_file_free(struct roster_file *f);

const struct import_result *roster_file_result(const struct roster_file *f);
/** roster_file_problems() - sorted by row. */
size_t roster_file_problems(const struct roster_file *f, const struct import_problem **out);
/** roster_file_cell() - cell @column (spreadsheet order) of row @line; "" beyond. */
const char *roster_file_cell(const struct roster_file *f, int line, int column);
/** roster_file_width() - cells of the header row. */
int roster_file_width(const struct roster_file *f);

/**
 * roster_file_check() - compare with the people already in @db, a job's database; adds problems
 * @db may be a read-only connection. Call once. Return: 0, -EIO.
 */
int roster_file_check(struct roster_file *f, sqlite3 *db);

/**
 * roster_file_write() - good rows go in, in one transaction with its ledger event; bad rows do not
 * Call after roster_file_check() when the job had people. People with an accepted picture stay as
 * they are. @kiosk owns the new rows. A transaction that is already begun is taken over.
 * Return: 0 and result.added, updated; -EINVAL for a refused file; -EIO (nothing written).
 */
int roster_file_write(struct roster_file *f, struct job *job, const char *code, const char *kiosk);

/** roster_column_header() - the header of a column, as the notice writes it. */
const char *roster_column_header(enum roster_column column);
