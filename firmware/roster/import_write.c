#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/roster/import_file.h"
#include "firmware/store/ledger.h"

/* --- who is it -----------------------------------------------------------------------------------
 */

static int64_t person_by(sqlite3 *db, const char *document, const char *student_no)
{
	return sql_int(db, 0,
		       "SELECT min(p.id) FROM document d JOIN person p ON p.id = d.person "
		       "WHERE d.number = ? AND p.student_no = ?",
		       "ss", document, student_no);
}

/* The row's person: same number and 学号; else the only one with that number and name. */
static int64_t find_person(struct roster_file *f, sqlite3 *db, struct roster_row *row, int *column)
{
	const char *student_no = roster_row_cell(f, row, COL_STUDENT_NO);
	int64_t found = person_by(db, row->documents[0], student_no), other;

	if (!found && sql_int(db, 0, "SELECT count(*) FROM document WHERE number = ?", "s",
			      row->documents[0]) == 1)
		found = sql_int(db, 0, "SELECT person FROM document WHERE number = ?", "s",
				row->documents[0]);
	for (int i = 1; i < DOCUMENTS_MAX; i++) {
		if (!row->documents[i][0])
			continue;
		other = sql_int(db, 0, "SELECT min(person) FROM document WHERE number = ?", "s",
				row->documents[i]);
		if (other && found && other != found &&
		    !person_by(db, row->documents[i], student_no)) {
			*column = f->column_at[COL_DOCUMENT_2 + i - 1];
			return -1;
		}
		if (!found)
			found = other;
	}
	return found;
}

static int64_t seq_owner(sqlite3 *db, int seq)
{
	return sql_int(
		db, 0,
		"SELECT person FROM number WHERE number = ? AND series = (SELECT series FROM job)",
		"i", (int64_t)seq);
}

static int64_t seq_of(sqlite3 *db, int64_t person)
{
	return sql_int(
		db, 0,
		"SELECT number FROM number WHERE person = ? AND series = (SELECT series FROM job)",
		"i", person);
}

static void check_seq(struct roster_file *f, sqlite3 *db, struct roster_row *row)
{
	int64_t owner = seq_owner(db, row->seq);
	int64_t own = row->person ? seq_of(db, row->person) : 0;

	if (owner && owner != row->person)
		roster_file_problem(f, row, f->column_at[COL_SEQ], ROW_SEQ_TWICE);
	else if (own && own != row->seq)
		roster_file_problem(f, row, f->column_at[COL_SEQ], ROW_SEQ_CHANGED);
}

static void check_row(struct roster_file *f, sqlite3 *db, struct roster_row *row)
{
	int column = -1;

	row->person = find_person(f, db, row, &column);
	if (row->person < 0) {
		row->person = 0;
		roster_file_problem(f, row, column, ROW_TWICE_IN_ROSTER);
		return;
	}
	if (row->seq)
		check_seq(f, db, row);
	row->keep = row->person &&
		    sql_int(db, 0, "SELECT 1 FROM shot WHERE person = ? AND state = 'accepted'",
			    "i", row->person);
}

/* Two rows of one file that mean the same person of the roster: the later one is a new enrolment.
 */
static void part_doubles(struct roster_file *f)
{
	for (int i = 2; i < f->row_count; i++) {
		struct roster_row *row = &f->rows[i];

		/* Enrolments of one person stand close; a long list is not searched whole. */
		for (int k = i - 1; row->person && k > 0 && k > i - 64; k--)
			if (!f->rows[k].bad && f->rows[k].person == row->person)
				row->person = 0;
	}
}

int roster_file_check(struct roster_file *f, sqlite3 *db)
{
	if (f->result.fault)
		return 0;
	for (int i = 1; i < f->row_count; i++)
		if (!f->rows[i].bad)
			check_row(f, db, &f->rows[i]);
	part_doubles(f);
	roster_file_count(f);
	return sqlite3_errcode(db) == SQLITE_OK || sqlite3_errcode(db) == SQLITE_DONE ||
			       sqlite3_errcode(db) == SQLITE_ROW
		       ? 0
		       : -EIO;
}

/* --- writing -------------------------------------------------------------------------------------
 */

#define CELL(c) roster_row_cell(f, row, c)

static int insert_person(struct roster_file *f, sqlite3 *db, struct roster_row *row,
			 const char *kiosk, int64_t n)
{
	int rc = sql_run(db,
			 "INSERT INTO person (name, sex, student_no, id_no, exam_no, level, "
			 "class_name, station, branch, major, school_type, school_code, "
			 "school_name, premarked, kiosk, n) "
			 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			 "sssssssssssssisi", CELL(COL_NAME), row->sex, CELL(COL_STUDENT_NO),
			 row->id_no, CELL(COL_EXAM_NO), row->level, CELL(COL_CLASS),
			 CELL(COL_STATION), CELL(COL_BRANCH), CELL(COL_MAJOR),
			 CELL(COL_SCHOOL_TYPE), CELL(COL_SCHOOL_CODE), CELL(COL_SCHOOL_NAME),
			 (int64_t)row->captured, kiosk, n);

	row->person = sqlite3_last_insert_rowid(db);
	return rc;
}

static int update_person(struct roster_file *f, sqlite3 *db, const struct roster_row *row)
{
	return sql_run(
		db,
		"UPDATE person SET name = ?, sex = ?, student_no = ?, id_no = ?, exam_no = ?, "
		"level = ?, class_name = ?, station = ?, branch = ?, major = ?, "
		"school_type = ?, school_code = ?, school_name = ?, premarked = ? "
		"WHERE id = ?",
		"sssssssssssssii", CELL(COL_NAME), row->sex, CELL(COL_STUDENT_NO), row->id_no,
		CELL(COL_EXAM_NO), row->level, CELL(COL_CLASS), CELL(COL_STATION), CELL(COL_BRANCH),
		CELL(COL_MAJOR), CELL(COL_SCHOOL_TYPE), CELL(COL_SCHOOL_CODE),
		CELL(COL_SCHOOL_NAME), (int64_t)row->captured, row->person);
}

static int write_numbers(struct roster_file *f, sqlite3 *db, const struct roster_row *row,
			 const char *kiosk)
{
	static const char *const sources[DOCUMENTS_MAX] = { "id_no", "other", "permit",
							    "passport" };
	int rc = SQLITE_DONE;
	(void)f;

	for (int i = 0; i < DOCUMENTS_MAX && rc == SQLITE_DONE; i++)
		if (row->documents[i][0])
			rc = sql_run(db,
				     "INSERT OR IGNORE INTO document (number, person, source) "
				     "VALUES (?, ?, ?)",
				     "sis", row->documents[i], row->person, sources[i]);
	if (rc == SQLITE_DONE && row->seq && !seq_of(db, row->person))
		rc = sql_run(db,
			     "INSERT INTO number (series, number, person, kiosk, origin) "
			     "VALUES ((SELECT series FROM job), ?, ?, ?, 'roster')",
			     "iis", (int64_t)row->seq, row->person, kiosk);
	return rc;
}

static int write_row(struct roster_file *f, sqlite3 *db, struct roster_row *row, const char *kiosk,
		     int64_t *n)
{
	int rc;

	if (row->bad || row->keep)
		return SQLITE_DONE;
	if (row->person) {
		rc = update_person(f, db, row);
		f->result.updated++;
	} else {
		rc = insert_person(f, db, row, kiosk, ++*n);
		f->result.added++;
	}
	return rc == SQLITE_DONE ? write_numbers(f, db, row, kiosk) : rc;
}

static int write_job(struct roster_file *f, sqlite3 *db, const char *code)
{
	const struct roster_row *row = &f->rows[0];

	for (int i = f->row_count - 1; i > 0; i--)
		if (!f->rows[i].bad)
			row = &f->rows[i];
	return sql_run(
		db,
		"INSERT OR IGNORE INTO job (one, code, school_type, school_code, school_name, "
		"created_utc_ms) VALUES (1, ?, ?, ?, ?, ?)",
		"ssssi", code, CELL(COL_SCHOOL_TYPE), CELL(COL_SCHOOL_CODE), CELL(COL_SCHOOL_NAME),
		clock_utc_ms());
}

static json_t *event_of(const struct roster_file *f)
{
	char hex[SHA256_HEX];

	hash_hex(f->sha256, hex);
	return json_pack("{sssisisisi}", "file_sha256", hex, "rows", f->result.rows, "added",
			 f->result.added, "updated", f->result.updated, "refused", f->result.bad);
}

static int write_all(struct roster_file *f, sqlite3 *db, const char *code, const char *kiosk)
{
	int64_t n = sql_int(db, 0, "SELECT max(n) FROM person WHERE kiosk = ?", "s", kiosk);
	int rc = write_job(f, db, code);

	for (int i = 1; i < f->row_count && rc == SQLITE_DONE; i++)
		rc = write_row(f, db, &f->rows[i], kiosk, &n);
	if (rc != SQLITE_DONE)
		return rc;
	return ledger_append(db, kiosk, "roster.imported", event_of(f));
}

int roster_file_write(struct roster_file *f, struct job *job, const char *code, const char *kiosk)
{
	if (f->result.fault)
		return -EINVAL;
	f->result.added = f->result.updated = 0;
	if (sqlite3_get_autocommit(job->db) &&
	    sql_run(job->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EIO;
	if (write_all(f, job->db, code, kiosk) == SQLITE_OK &&
	    sql_run(job->db, "COMMIT", "") == SQLITE_DONE)
		return 0;
	if (!sqlite3_get_autocommit(job->db))
		sql_run(job->db, "ROLLBACK", "");
	f->result.added = f->result.updated = 0;
	return -EIO;
}
