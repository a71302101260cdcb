/* Parts of `tapshot roster`. */
#pragma once

#include "firmware/cmd/cmd.h"
#include "firmware/roster/import.h"

extern const char roster_usage[];

/** roster_job_error() - say why a job cannot be opened. Return: EXIT_CANNOT. */
int roster_job_error(int rc, const char *job);
/** roster_import() - `tapshot roster import …`; argv[0] is "import". */
int roster_import(int argc, char **argv, const struct cmd_common *c);

/* What is printed of an import: columns guessed, findings, what it would change. */
void roster_say_columns(const struct roster_file *f);
void roster_say_problems(const struct roster_file *f);
void roster_say_counts(const struct import_result *r);
/** roster_say_changes() - against the job in @db. */
void roster_say_changes(const struct roster_file *f, sqlite3 *db);
/** roster_refuse() - why the whole file is no use. Return: EXIT_CANNOT. */
int roster_refuse(const struct import_result *r);
