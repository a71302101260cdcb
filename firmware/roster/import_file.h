/* A roster file in memory. Private to the importer. */
#pragma once

#include "firmware/base/hash.h"
#include "firmware/identity/identity.h"
#include "firmware/roster/import.h"

enum {
	FILE_BYTES_MAX = 64 << 20,
	FILE_ROWS_MAX = 200000,
	FILE_CELLS_MAX = 256, /* a row */
	DOCUMENTS_MAX = 4,
};

struct roster_row {
	int line;
	int first_cell, cells; /* in roster_file.cells */
	bool bad;
	int seq; /* 0 none */
	bool captured;
	const char *level, *sex; /* mapped */
	char documents[DOCUMENTS_MAX][IDENTITY_MAX]; /* canonical; [0] is 身份证号; "" none */
	char id_no[IDENTITY_MAX]; /* normalised */
	int64_t person; /* who it is in the roster, 0 new */
	bool keep; /* that person has a picture: leave alone */
};

struct roster_file {
	char *text; /* whole file, UTF-8, LF */
	size_t text_bytes;
	char *arena; /* cells, zero-terminated */
	size_t arena_bytes, arena_size;
	size_t *cells; /* offsets into the arena */
	int cell_count, cell_size;
	struct roster_row *rows; /* [0] is the header */
	int row_count, row_size;
	int column_at[COL_COUNT]; /* where a known column stands, -1 absent */
	struct import_problem *problems;
	size_t problem_count, problem_size;
	struct import_result result;
	uint8_t sha256[SHA256_BYTES];
	bool failed; /* no memory, or over a limit */
};

/** roster_file_refuse() - the whole file is no use. */
void roster_file_refuse(struct roster_file *f, enum import_file_fault fault, const char *detail);
/** roster_file_problem() - note it; the row turns bad unless it is a warning. */
void roster_file_problem(struct roster_file *f, struct roster_row *row, int column,
			 enum row_fault fault);
/** roster_row_cell() - trimmed cell of a known column; "" when absent. */
const char *roster_row_cell(const struct roster_file *f, const struct roster_row *row,
			    enum roster_column column);
/** roster_file_judge() - headers and every row by itself and against the rest of the file. */
void roster_file_judge(struct roster_file *f);
/** roster_file_count() - result.good, bad, warnings; problems sorted. */
void roster_file_count(struct roster_file *f);
