/*
 * A job's directory and database: DATA/jobs/JOB/{job.db, originals/, incoming/, quarantine/,
 * derived/}. Opening for writing takes the directory's lock (flock), so that one process at a time
 * writes; readers need no lock. Schema files (config/schema) are part of the program.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JOB_CODE_MAX = 64, JOB_PATH_MAX = 512 };

struct job {
	int dir, originals, incoming, quarantine; /* directory descriptors; @dir holds the lock */
	sqlite3 *db;
	char path[JOB_PATH_MAX]; /* absolute directory */
	char db_path[JOB_PATH_MAX + 8];
};

/** job_name_ok() - can @name be a job code (and a folder on any stick)? 1…63 bytes of UTF-8, no
 * control characters, none of / \ : * ? " < > |, no leading or trailing dot or space. */
bool job_name_ok(const char *name);

/**
 * job_open() - open for writing: lock, migrate to the newest schema
 * @create: make the directory and database when absent
 * Return: 0; -ENOENT no such job; -EINVAL name; -EBUSY another process writes; -EUCLEAN the
 * database is damaged or newer than this program; other negative errno.
 */
int job_open(const char *data_dir, const char *code, bool create, struct job *out);

/** job_open_beside() - a job that a kiosk holds open: its database alone, without the lock
 * Write only between job_between_visits() and COMMIT. Return: 0, -ENOENT, -EINVAL, -EUCLEAN (another
 * schema than this program's), -EIO. */
int job_open_beside(const char *data_dir, const char *code, struct job *out);
/** job_between_visits() - begin a transaction at a moment when no visit is open
 * Return: 0 and it is begun; -EAGAIN a visit is open, or the database is busy. */
int job_between_visits(struct job *j);
/** job_close() - zeroed or closed ones are allowed. */
void job_close(struct job *j);

/** job_open_reader() - a read-only connection; works beside a writer and after a crash.
 * Return: 0, -ENOENT, -EINVAL, -EIO. */
int job_open_reader(const char *data_dir, const char *code, sqlite3 **db);

/** job_migrate() - bring @db to the newest schema, one transaction a step, never back.
 * Return: 0, -EUCLEAN (foreign or newer file), -EIO. */
int job_migrate(sqlite3 *db);

/** job_office_id() - whose chain and rows the office's commands write: "OFFICE" in a merged job, where
 * the kiosks' own ids are theirs; else @fallback. */
const char *job_office_id(sqlite3 *db, const char *fallback);

/* --- SQL in one line each ----------------------------------------------------------------------
 */

/**
 * sql_run() - prepare, bind and step a statement to its end
 * @types: one letter an argument: 'i' int64_t, 's' const char *, 'b' const void * of 32 bytes,
 * '0' NULL (no argument). Pass 0 and NULL arguments with the exact types.
 * Return: SQLITE_DONE or SQLITE_ROW (for a first row, thrown away) or SQLite's error.
 */
int sql_run(sqlite3 *db, const char *sql, const char *types, ...);
/** sql_int() - first column of the first row; @fallback without a row or on error. */
int64_t sql_int(sqlite3 *db, int64_t fallback, const char *sql, const char *types, ...);
/** sql_prepare() - bound and ready to step; NULL on error. Finalise it. */
sqlite3_stmt *sql_prepare(sqlite3 *db, const char *sql, const char *types, ...);
/** sql_text() - a column as a string, "" for NULL. */
const char *sql_text(sqlite3_stmt *st, int column);

static inline void cleanup_stmt(sqlite3_stmt **st)
{
	sqlite3_finalize(*st);
}
#define SCOPED_STMT __attribute__((cleanup(cleanup_stmt)))
