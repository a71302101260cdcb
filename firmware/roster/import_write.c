/* Good rows → people, in one transaction with its ledger event. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"
#include "firmware/store/ledger.h"

enum todo {
	DO_INSERT,
	DO_UPDATE,
	DO_PAID,
	DO_FILL, /* what is empty; of somebody with a picture */
	DO_JOIN,
	DO_DOCUMENT,
	DO_SEQ_OF,
	DO_SEQ,
	DO_REMOVE,
	DO_CARD,
	DO_REMARK,
	DO_COUNT
};

static const char *const sql[DO_COUNT] = {
	[DO_PAID] = "UPDATE person SET paid = ? WHERE id = ?",
	[DO_JOIN] = "UPDATE person SET source = 'roster' WHERE id = ?",
	[DO_DOCUMENT] = "INSERT OR IGNORE INTO document (number, person, source) VALUES (?, ?, ?)",
	[DO_SEQ_OF] = "SELECT 1 FROM number WHERE person = ? AND series = (SELECT series FROM job)",
	[DO_SEQ] = "INSERT INTO number (series, number, person, kiosk, origin) "
		   "VALUES ((SELECT series FROM job), ?, ?, ?, 'roster')",
	/* Never somebody with a picture, nor who sits there now. */
	[DO_REMOVE] = "UPDATE person SET removed = 1 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM "
		      "shot s WHERE s.person = ?1 AND s.state IN ('accepted', 'stored', 'intent')) "
		      "AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.person = ?1 AND v.state = "
		      "'open')",
	[DO_CARD] = "SELECT name, sex FROM person WHERE id = ?",
	[DO_REMARK] = "INSERT INTO remark (kiosk, n, person, kind, text, added_utc_ms) VALUES (?1, "
		      "(SELECT ifnull(max(n), 0) + 1 FROM remark WHERE kiosk = ?1), ?2, "
		      "'card_differs', ?3, ?4)",
};

struct writer {
	struct roster_file *f;
	sqlite3 *db;
	const char *kiosk;
	sqlite3_stmt *st[DO_COUNT];
	enum roster_column columns[COL_COUNT]; /* the ones the file speaks of */
	int count;
	bool extra;
	int64_t n; /* of the newest person of @kiosk */
};

/* --- statements ----------------------------------------------------------------------------------
 */

static void statements_text(struct writer *w, char *insert, size_t size, char *update, size_t room)
{
	size_t i = (size_t)snprintf(insert, size, "INSERT INTO person (");
	size_t u = (size_t)snprintf(update, room, "UPDATE person SET ");

	for (int c = 0; c < COL_COUNT; c++) {
		const char *name = roster_column_sql((enum roster_column)c);

		if (!roster_column_written(w->f, (enum roster_column)c))
			continue;
		w->columns[w->count++] = (enum roster_column)c;
		i += (size_t)snprintf(insert + i, size - i, "%s, ", name);
		u += (size_t)snprintf(update + u, room - u,
				      w->f->result.partial ? "%1$s = ifnull(nullif(?, ''), %1$s), "
							   : "%1$s = ?, ",
				      name);
	}
	w->extra = w->f->map_count && w->f->maps[0].extra_at[0] >= 0;
	i += (size_t)snprintf(insert + i, size - i, "%skiosk, n) VALUES (",
			      w->extra ? "extra, " : "");
	for (int c = 0; c < w->count + w->extra + 1; c++)
		i += (size_t)snprintf(insert + i, size - i, "?, ");
	snprintf(insert + i, size - i, "?)");
	snprintf(update + u, room - u, "%sremoved = %s WHERE id = ?", w->extra ? "extra = ?, " : "",
		 w->f->result.partial ? "removed" : "0");
}

static void fill_text(const struct writer *w, char *fill, size_t size)
{
	size_t n = (size_t)snprintf(fill, size, "UPDATE person SET ");

	for (int i = 0; i < w->count; i++)
		n += (size_t)snprintf(fill + n, size - n,
				      "%1$s = iif(%1$s IN ('', '%2$s'), ?, %1$s), ",
				      roster_column_sql(w->columns[i]),
				      w->columns[i] == COL_STUDENT_NO ? "0" : "");
	snprintf(fill + n, size - n, "removed = removed WHERE id = ?");
}

static int writer_open(struct writer *w)
{
	char insert[2048], update[4096], fill[4096];
	int rc = SQLITE_OK;

	statements_text(w, insert, sizeof(insert), update, sizeof(update));
	fill_text(w, fill, sizeof(fill));
	for (int i = 0; i < DO_COUNT && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v2(w->db,
					i == DO_INSERT	 ? insert
					: i == DO_UPDATE ? update
					: i == DO_FILL	 ? fill
							 : sql[i],
					-1, &w->st[i], NULL);
	w->n = sql_int(w->db, 0, "SELECT max(n) FROM person WHERE kiosk = ?", "s", w->kiosk);
	return rc == SQLITE_OK ? SQLITE_DONE : rc;
}

static void writer_close(struct writer *w)
{
	for (int i = 0; i < DO_COUNT; i++)
		sqlite3_finalize(w->st[i]);
}

/* Step a bound statement that gives no row, make it ready again. */
static int run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc;
}

static void text_at(sqlite3_stmt *st, int at, const char *text)
{
	sqlite3_bind_text(st, at, text, -1, SQLITE_TRANSIENT);
}

/* --- one row -------------------------------------------------------------------------------------
 */

/* Bind what the file says of @row. Return: the next parameter. */
static int bind_columns(struct writer *w, sqlite3_stmt *st, const struct roster_row *row)
{
	int at = 1;

	for (int i = 0; i < w->count; i++) {
		const char *value = roster_row_value(w->f, row, w->columns[i]);

		if (w->columns[i] == COL_CAPTURED)
			sqlite3_bind_int(st, at++, row->captured);
		else
			text_at(st, at++, value);
	}
	return at;
}

static int bind_row(struct writer *w, sqlite3_stmt *st, const struct roster_row *row)
{
	int at = bind_columns(w, st, row);

	if (w->extra) {
		SCOPED_FREE char *extra = roster_row_extra(w->f, row);

		text_at(st, at++, extra ? extra : "{}");
	}
	return at;
}

static int insert_person(struct writer *w, struct roster_row *row)
{
	sqlite3_stmt *st = w->st[DO_INSERT];
	int at = bind_row(w, st, row), rc;

	text_at(st, at, w->kiosk);
	sqlite3_bind_int64(st, at + 1, ++w->n);
	rc = run(st);
	row->person = sqlite3_last_insert_rowid(w->db);
	return rc;
}

static int update_kept(struct writer *w, const struct roster_row *row)
{
	sqlite3_stmt *st = w->st[DO_PAID];
	int rc = SQLITE_DONE;

	if (row->changed >> COL_PAID & 1) {
		text_at(st, 1, row->paid);
		sqlite3_bind_int64(st, 2, row->person);
		rc = run(st);
	}
	if (rc != SQLITE_DONE || !(row->changed & row->fills))
		return rc;
	st = w->st[DO_FILL];
	sqlite3_bind_int64(st, bind_columns(w, st, row), row->person);
	return run(st);
}

static int update_person(struct writer *w, const struct roster_row *row)
{
	sqlite3_stmt *st = w->st[DO_UPDATE];

	if (row->keep)
		return update_kept(w, row);
	sqlite3_bind_int64(st, bind_row(w, st, row), row->person);
	return run(st);
}

/* The roster's spelling is the record; what the card said stands beside it. */
static int keep_card(struct writer *w, const struct roster_row *row)
{
	sqlite3_stmt *card = w->st[DO_CARD], *st = w->st[DO_REMARK];
	char said[512] = "";
	size_t n = 0;

	sqlite3_bind_int64(card, 1, row->person);
	if (sqlite3_step(card) == SQLITE_ROW) {
		const char *name = sql_text(card, 0), *sex = sql_text(card, 1);

		if (*name && strcmp(name, roster_row_value(w->f, row, COL_NAME)) != 0)
			n = (size_t)snprintf(said, sizeof(said), "%s：%s",
					     roster_column_header(COL_NAME), name);
		if (*sex && *row->sex && strcmp(sex, row->sex) != 0)
			snprintf(said + n, sizeof(said) - n, "%s%s：%s", n ? "；" : "",
				 roster_column_header(COL_SEX), sex);
	}
	sqlite3_reset(card);
	if (!said[0])
		return SQLITE_DONE;
	text_at(st, 1, w->kiosk);
	sqlite3_bind_int64(st, 2, row->person);
	text_at(st, 3, said);
	sqlite3_bind_int64(st, 4, clock_utc_ms());
	return run(st);
}

static int join_person(struct writer *w, const struct roster_row *row)
{
	int rc = keep_card(w, row);

	if (rc != SQLITE_DONE)
		return rc;
	sqlite3_bind_int64(w->st[DO_JOIN], 1, row->person);
	return run(w->st[DO_JOIN]);
}

static int write_documents(struct writer *w, const struct roster_row *row)
{
	static const char *const sources[DOCUMENTS_MAX] = { "id_no", "other", "permit",
							    "passport" };
	sqlite3_stmt *st = w->st[DO_DOCUMENT];
	int rc = SQLITE_DONE;

	for (int i = 0; i < DOCUMENTS_MAX && rc == SQLITE_DONE; i++) {
		if (!row->documents[i][0])
			continue;
		text_at(st, 1, row->documents[i]);
		sqlite3_bind_int64(st, 2, row->person);
		text_at(st, 3, sources[i]);
		rc = run(st);
	}
	return rc;
}

static int write_seq(struct writer *w, const struct roster_row *row)
{
	sqlite3_stmt *st = w->st[DO_SEQ];

	if (!row->seq)
		return SQLITE_DONE;
	sqlite3_bind_int64(w->st[DO_SEQ_OF], 1, row->person);
	if (run(w->st[DO_SEQ_OF]) == SQLITE_ROW)
		return SQLITE_DONE;
	sqlite3_bind_int(st, 1, row->seq);
	sqlite3_bind_int64(st, 2, row->person);
	text_at(st, 3, w->kiosk);
	return run(st);
}

static int write_row(struct writer *w, struct roster_row *row)
{
	struct import_result *r = &w->f->result;
	int rc = SQLITE_DONE;

	if (row->bad || (row->keep && !roster_row_written(row)) || (r->partial && !row->person))
		return SQLITE_DONE;
	if (row->person) {
		if (row->join)
			rc = join_person(w, row);
		if (rc == SQLITE_DONE && (row->changed || row->join))
			rc = update_person(w, row);
		r->updated += row->changed || row->join;
	} else {
		rc = insert_person(w, row);
		r->added++;
	}
	if (rc != SQLITE_DONE || row->keep || r->partial)
		return rc;
	rc = write_documents(w, row);
	return rc == SQLITE_DONE ? write_seq(w, row) : rc;
}

static int remove_people(struct writer *w)
{
	int rc = SQLITE_DONE;

	for (size_t i = 0; w->f->wish.remove && i < w->f->removed_count && rc == SQLITE_DONE; i++) {
		sqlite3_bind_int64(w->st[DO_REMOVE], 1, w->f->removed[i]);
		rc = run(w->st[DO_REMOVE]);
		w->f->result.taken_off += sqlite3_changes(w->db);
	}
	return rc;
}

/* --- the job -------------------------------------------------------------------------------------
 */

/* The school of a job that nobody has told is the one its first people stand under. */
static int write_job(struct writer *w, const char *code)
{
	const char *school[3] = { "", "", "" };
	const struct roster_file *f = w->f;
	int rc;

	for (int i = f->row_count - 1; i >= 0; i--)
		for (int k = 0; k < 3 && !f->rows[i].bad; k++)
			school[k] = roster_row_value(f, &f->rows[i],
						     (enum roster_column)(COL_SCHOOL_TYPE + k));
	rc = sql_run(w->db,
		     "INSERT OR IGNORE INTO job (one, code, created_utc_ms) VALUES (1, ?, ?)", "si",
		     code, clock_utc_ms());
	if (rc != SQLITE_DONE)
		return rc;
	return sql_run(w->db,
		       "UPDATE job SET school_type = iif(school_type = '', ?, school_type), "
		       "school_code = iif(school_code = '', ?, school_code), school_name = "
		       "iif(school_name = '', ?, school_name)",
		       "sss", school[0], school[1], school[2]);
}

static int write_fields(struct writer *w)
{
	int rc = 0;

	for (int i = 0; i < w->f->value_count && !rc; i++)
		rc = job_field_set(w->db, w->kiosk, w->f->values[i].field, w->f->values[i].text);
	return rc ? SQLITE_ERROR : SQLITE_DONE;
}

static json_t *event_of(const struct roster_file *f)
{
	const struct import_result *r = &f->result;
	char hex[SHA256_HEX];

	hash_hex(f->sha256, hex);
	return json_pack("{ss si si si si si si si sb}", "file_sha256", hex, "rows", r->rows,
			 "added", r->added, "updated", r->updated, "changed", r->changed, "joined",
			 r->joined, "refused", r->bad, "taken_off", r->taken_off, "partial",
			 r->partial);
}

static int write_all(struct writer *w, const char *code)
{
	int rc = write_job(w, code);

	if (rc == SQLITE_DONE)
		rc = write_fields(w);
	for (int i = 0; i < w->f->row_count && rc == SQLITE_DONE; i++)
		rc = write_row(w, &w->f->rows[i]);
	if (rc == SQLITE_DONE)
		rc = remove_people(w);
	if (rc == SQLITE_DONE)
		rc = roster_aside_write(w->f, w->db);
	if (rc != SQLITE_DONE || !w->f->row_count)
		return rc == SQLITE_DONE ? SQLITE_OK : rc;
	return ledger_append(w->db, w->kiosk, "roster.imported", event_of(w->f));
}

static int write_once(struct writer *w, const char *code)
{
	int rc = writer_open(w);

	if (rc == SQLITE_DONE)
		rc = write_all(w, code);
	writer_close(w);
	return rc;
}

int roster_file_write(struct roster_file *f, struct job *job, const char *code, const char *kiosk)
{
	struct writer w = { .f = f, .db = job->db, .kiosk = kiosk };
	struct import_result *r = &f->result;

	if (r->fault)
		return -EINVAL;
	r->added = r->updated = r->taken_off = 0;
	if (sqlite3_get_autocommit(job->db) &&
	    sql_run(job->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EIO;
	if (write_once(&w, code) == SQLITE_OK && sql_run(job->db, "COMMIT", "") == SQLITE_DONE)
		return 0;
	if (!sqlite3_get_autocommit(job->db))
		sql_run(job->db, "ROLLBACK", "");
	r->added = r->updated = r->taken_off = 0;
	return -EIO;
}
