#include "firmware/store/block.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"

enum { ID_MAX = 10 };

/* Names of originals are made of it. */
static bool kiosk_ok(const char *id)
{
	static const char good[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strlen(id);

	return n && n <= ID_MAX && strspn(id, good) == n;
}

static int overlaps(sqlite3 *db, const char *kiosk, const char *series, int first, int last,
		    char *why)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT kiosk, first, last FROM block WHERE series = ? AND kiosk <> ? AND first <= ? "
		"AND last >= ?",
		"ssii", series, kiosk, (int64_t)last, (int64_t)first);
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : -EIO;
	snprintf(why, BLOCK_WHY_MAX, "series %s: %s has %04d-%04d", series, sql_text(st, 0),
		 sqlite3_column_int(st, 1), sqlite3_column_int(st, 2));
	return -EEXIST;
}

int block_set(sqlite3 *db, const char *author, const char *kiosk, const char *series, int first,
	      int last, char why[static BLOCK_WHY_MAX])
{
	int rc;

	snprintf(why, BLOCK_WHY_MAX, "numbers are 1 to 9999, ids at most 10 letters and digits");
	if (!kiosk_ok(kiosk) || !series[0] || strlen(series) > 15 || first < 1 || first > last ||
	    last > BLOCK_LAST)
		return -EINVAL;
	rc = overlaps(db, kiosk, series, first, last, why);
	if (rc)
		return rc;
	if (sql_run(db,
		    "INSERT OR REPLACE INTO block (kiosk, series, first, last) VALUES (?, ?, ?, ?)",
		    "ssii", kiosk, series, (int64_t)first, (int64_t)last) != SQLITE_DONE)
		return -EIO;
	return ledger_append(db, author, "block.set",
			     json_pack("{ss ss si si}", "kiosk", kiosk, "series", series, "first",
				       first, "last", last)) == SQLITE_OK
		       ? 0
		       : -EIO;
}

/* "1" → "2"; a series that is no number starts at NAME-2. */
static void next_series(char series[static 16])
{
	char *dash = strrchr(series, '-'), *end;
	char *digits = dash ? dash + 1 : series;
	long n = strtol(digits, &end, 10);

	if (end == digits || *end)
		snprintf(series + strlen(series), 16 - strlen(series), "-2");
	else
		snprintf(digits, (size_t)(16 - (digits - series)), "%ld", n + 1);
}

static int plan_one(sqlite3 *db, const char *author, const char *kiosk, int each,
		    char series[static 16], char *why)
{
	if (sql_int(db, 0, "SELECT 1 FROM block WHERE kiosk = ?", "s", kiosk)) {
		snprintf(why, BLOCK_WHY_MAX, "%.32s has a block already", kiosk);
		return -EEXIST;
	}
	for (int tries = 0; tries < 100; tries++, next_series(series)) {
		/* Behind every block, and behind every number the roster or somebody gave. */
		int last = (int)sql_int(
			db, 0,
			"SELECT max(coalesce((SELECT max(last) FROM block WHERE series = ?1), 0), "
			"coalesce((SELECT max(number) FROM number WHERE series = ?1), 0))",
			"s", series);

		if (last + each <= BLOCK_LAST)
			return block_set(db, author, kiosk, series, last + 1, last + each, why);
	}
	return -EINVAL;
}

int block_plan(sqlite3 *db, const char *author, const char *const *kiosks, int count, int each,
	       char why[static BLOCK_WHY_MAX])
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, "SELECT series FROM job", "");
	char series[16] = "1";
	int rc = 0;

	snprintf(why, BLOCK_WHY_MAX, "a block holds 1 to 9999 numbers");
	if (each < 1 || each > BLOCK_LAST)
		return -EINVAL;
	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(series, sizeof(series), sql_text(st, 0));
	for (int i = 0; i < count && !rc; i++)
		rc = plan_one(db, author, kiosks[i], each, series, why);
	return rc;
}

int block_each(sqlite3 *db, int (*tell)(void *ctx, const struct block_row *b), void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT b.kiosk, b.series, b.first, b.last, (SELECT count(*) FROM number u WHERE "
		"u.series = b.series AND u.number BETWEEN b.first AND b.last) FROM block b ORDER BY "
		"length(b.series), b.series, b.first",
		"");
	int rc = SQLITE_ERROR, told = 0;

	while (st && !told && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const struct block_row b = { sql_text(st, 0), sql_text(st, 1),
					     sqlite3_column_int(st, 2), sqlite3_column_int(st, 3),
					     sqlite3_column_int(st, 4) };

		told = tell(ctx, &b);
	}
	return told ? told : rc == SQLITE_DONE ? 0 : -EIO;
}
