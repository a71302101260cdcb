/* A roster file in memory. Private to the importer. */
#pragma once

#include "firmware/base/hash.h"
#include "firmware/identity/identity.h"
#include "firmware/roster/import.h"

enum {
	DOCUMENTS_MAX = 4,
};

struct roster_row {
	int line;
	int index; /* row of the table */
	int cells; /* up to the last filled one */
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
	const struct table *table; /* where the cells are */
	int sheet;
	struct table *own; /* the same when it is ours to free */
	struct roster_row *rows; /* [0] is the header */
	int row_count;
	int column_at[COL_COUNT]; /* where a known column stands, -1 absent */
	struct import_problem *problems;
	size_t problem_count, problem_size;
	struct import_result result;
	uint8_t sha256[SHA256_BYTES];
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
