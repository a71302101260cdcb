#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/store/job.h"
#include "firmware/store/store.h"

int store_open_reader(const char *data_dir, const char *job, struct sqlite3 **db)
{
	return job_open_reader(data_dir, job, db);
}

/* The state a shot shows outside: what is neither accepted nor decided is never "accepted". */
static void outside_state(struct shot_row *row, const char *state, const char *reason,
			  const char *why)
{
	bool undecided = !strcmp(state, "stored");

	if (!strcmp(state, "superseded")) {
		why = "superseded";
		state = "void";
	} else if (undecided) {
		state = "rejected";
	}
	text_copy(row->state, sizeof(row->state), state);
	if (undecided && !reason[0])
		reason = "undecided";
	if (!strcmp(state, "void") || !strcmp(state, "quarantined"))
		reason = why;
	text_copy(row->reason, sizeof(row->reason), reason);
}

static void fill_row(struct shot_row *row, sqlite3_stmt *st, const char *dir)
{
	bool quarantined;
	int number;

	memset(row, 0, sizeof(*row));
	row->visit = sqlite3_column_int64(st, 0);
	row->shot = sqlite3_column_int64(st, 1);
	snprintf(row->shot_id, sizeof(row->shot_id), "%.16s-%06lld", sql_text(st, 2),
		 (long long)row->shot);
	row->attempt = sqlite3_column_int(st, 3);
	text_copy(row->source, sizeof(row->source), sql_text(st, 4));
	outside_state(row, sql_text(st, 5), sql_text(st, 9), sql_text(st, 10));
	text_copy(row->sha256, sizeof(row->sha256), sql_text(st, 6));
	row->bytes = sqlite3_column_int64(st, 7);
	text_copy(row->verdict, sizeof(row->verdict), sql_text(st, 8));
	number = sqlite3_column_int(st, 11);
	if (number)
		snprintf(row->number, sizeof(row->number), "%04d", number);
	quarantined = !strcmp(row->state, "quarantined");
	if (row->bytes)
		snprintf(row->path, sizeof(row->path), "%.260s/%s/%s.jpg", dir,
			 quarantined ? "quarantine" : "originals", row->shot_id);
}

/* The directory the database stands in. */
static void job_dir(sqlite3 *db, char *out, size_t size)
{
	const char *file = sqlite3_db_filename(db, "main");
	char *slash;

	text_copy(out, size, file ? file : "");
	slash = strrchr(out, '/');
	if (slash)
		*slash = '\0';
}

int store_each_shot(struct sqlite3 *db, int (*each)(void *ctx, const struct shot_row *row),
		    void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT s.visit, s.n, s.kiosk, s.attempt, s.source, s.state, s.sha256, s.bytes, "
		"s.verdict, s.reason, s.why, (SELECT x.number FROM (SELECT u.*, "
		"u.kiosk = s.kiosk AS own, u.series = j.series AS usual FROM number u "
		"JOIN job j WHERE u.person = s.person) x ORDER BY x.own DESC, x.usual DESC, "
		"x.series, x.number LIMIT 1) FROM shot s "
		"WHERE s.state NOT IN ('intent', 'lost') ORDER BY s.kiosk, s.n",
		"");
	struct shot_row row;
	char dir[JOB_PATH_MAX];
	int rc, told = 0;

	if (!st)
		return -EIO;
	job_dir(db, dir, sizeof(dir));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		fill_row(&row, st, dir);
		told = each(ctx, &row);
		if (told)
			return told;
	}
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int store_each_refetch(struct sqlite3 *db, int (*each)(void *ctx, const struct store_refetch *r),
		       void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT n, visit, camera_folder, camera_name, bytes, taken_s, "
		"intent_utc_ms, camera_body FROM shot WHERE state = 'intent' ORDER BY kiosk, n",
		"");
	int rc, told;

	if (!st)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct store_refetch r = { .shot = sqlite3_column_int64(st, 0) };

		r.visit = sqlite3_column_int64(st, 1);
		text_copy(r.camera_folder, sizeof(r.camera_folder), sql_text(st, 2));
		text_copy(r.camera_name, sizeof(r.camera_name), sql_text(st, 3));
		r.size_bytes = sqlite3_column_int64(st, 4);
		r.taken_s = sqlite3_column_int64(st, 5);
		r.trigger_utc_ms = sqlite3_column_int64(st, 6);
		text_copy(r.body, sizeof(r.body), sql_text(st, 7));
		told = each(ctx, &r);
		if (told)
			return told;
	}
	return rc == SQLITE_DONE ? 0 : -EIO;
}

void store_last_body(struct sqlite3 *db, const char *kiosk, char out[static STORE_BODY_MAX])
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db,
			    "SELECT camera_body FROM shot WHERE kiosk = ? AND camera_body <> '' "
			    "ORDER BY n DESC LIMIT 1",
			    "s", kiosk);

	out[0] = '\0';
	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(out, STORE_BODY_MAX, sql_text(st, 0));
}
