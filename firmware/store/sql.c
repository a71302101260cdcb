#include <stdarg.h>

#include "firmware/store/job.h"

static int bind(sqlite3_stmt *st, const char *types, va_list ap)
{
	int rc = SQLITE_OK;

	for (int i = 1; *types && rc == SQLITE_OK; types++, i++) {
		if (*types == 'i')
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
		else if (*types == 's')
			rc = sqlite3_bind_text(st, i, va_arg(ap, const char *), -1,
					       SQLITE_TRANSIENT);
		else if (*types == 'b')
			rc = sqlite3_bind_blob(st, i, va_arg(ap, const void *), 32,
					       SQLITE_TRANSIENT);
		else
			rc = sqlite3_bind_null(st, i);
	}
	return rc;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql, const char *types, va_list ap)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return NULL;
	if (bind(st, types, ap) == SQLITE_OK)
		return st;
	sqlite3_finalize(st);
	return NULL;
}

sqlite3_stmt *sql_prepare(sqlite3 *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, types);
	st = prepare(db, sql, types, ap);
	va_end(ap);
	return st;
}

int sql_run(sqlite3 *db, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;
	int rc;

	va_start(ap, types);
	st = prepare(db, sql, types, ap);
	va_end(ap);
	if (!st)
		return sqlite3_extended_errcode(db);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return rc;
}

int64_t sql_int(sqlite3 *db, int64_t fallback, const char *sql, const char *types, ...)
{
	sqlite3_stmt *st;
	va_list ap;

	va_start(ap, types);
	st = prepare(db, sql, types, ap);
	va_end(ap);
	if (st && sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		fallback = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return fallback;
}

const char *sql_text(sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	return text ? (const char *)text : "";
}
