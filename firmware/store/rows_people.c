/* People who were on no list: walk-ins, cards of a job that is photographed first, capture codes. */
#include <string.h>

#include "firmware/store/fields.h"
#include "firmware/store/ledger.h"
#include "firmware/store/rows.h"

static enum store_cause failed(struct rows *r)
{
	return rows_cause(r->db) ? rows_cause(r->db) : STORE_DATABASE;
}

static enum store_cause record(struct rows *r, const char *type, json_t *body)
{
	return ledger_append(r->db, r->kiosk, type, body) == SQLITE_OK ? STORE_OK : failed(r);
}

static int64_t next_person(struct rows *r)
{
	return 1 + sql_int(r->db, 0, "SELECT max(n) FROM person WHERE kiosk = ?", "s", r->kiosk);
}

/* How they came stands where an imported number has its column: see document.source. */
static enum store_cause add_document(struct rows *r, const char *number, int64_t person,
				     const char *how)
{
	if (!number[0])
		return STORE_OK;
	if (sql_int(r->db, 0, "SELECT 1 FROM document WHERE number = ? AND person <> ?", "si",
		    number, person))
		return STORE_GONE;
	if (sql_run(r->db,
		    "INSERT OR IGNORE INTO document (number, person, source) VALUES (?, ?, ?)",
		    "sis", number, person, how) != SQLITE_DONE)
		return failed(r);
	return STORE_OK;
}

static enum store_cause insert(struct rows *r, const struct store_newcomer *n, const char *how,
			       int64_t *person)
{
	enum store_cause cause;

	if (sql_run(r->db,
		    "INSERT INTO person (kiosk, n, name, sex, id_no, source) VALUES (?, ?, ?, ?, ?, ?)",
		    "sissss", r->kiosk, next_person(r), n->name, n->sex, n->id_no,
		    n->open ? "open" : "walk_in") != SQLITE_DONE)
		return failed(r);
	*person = sqlite3_last_insert_rowid(r->db);
	cause = add_document(r, n->documents[0], *person, how);
	return cause ? cause : add_document(r, n->documents[1], *person, how);
}

enum store_cause rows_walk_in(struct rows *r, const struct store_newcomer *n, int64_t *person)
{
	const char *how = n->typed ? "typed" : n->open ? "open" : "card";
	enum store_cause cause = STORE_OK;

	/* Codes only: nobody's name or number goes into such a job, not by the PIN either. */
	if (job_is(r->db, JOB_FIELD(KIND), "GRAD"))
		return STORE_GONE;
	if (!rows_next_free(r))
		return STORE_NUMBERS_USED_UP;
	/* Whoever was taken off the roster and stands there all the same is on it again. */
	*person = sql_int(r->db, 0,
			  "SELECT p.id FROM document d JOIN person p ON p.id = d.person WHERE "
			  "d.number = ? AND p.removed",
			  "s", n->documents[0]);
	if (!*person)
		cause = insert(r, n, how, person);
	else if (sql_run(r->db, "UPDATE person SET removed = 0 WHERE id = ?", "i", *person) !=
		 SQLITE_DONE)
		cause = failed(r);
	return cause ? cause
		     : record(r, "person.added",
			      json_pack("{sIss}", "person", *person, "how", how));
}

static int64_t by_payload(struct rows *r, const void *payload, size_t bytes)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(r->db, "SELECT person FROM capture_code WHERE payload = ?", "");

	if (!st || sqlite3_bind_blob(st, 1, payload, (int)bytes, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_ROW)
		return 0;
	return sqlite3_column_int64(st, 0);
}

static int insert_code(struct rows *r, const void *payload, size_t bytes, const char *tag,
		       int64_t person)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		r->db, "INSERT INTO capture_code (person, tag, payload) VALUES (?, ?, ?)", "is",
		person, tag);

	if (!st || sqlite3_bind_blob(st, 3, payload, (int)bytes, SQLITE_STATIC) != SQLITE_OK)
		return SQLITE_ERROR;
	return sqlite3_step(st);
}

enum store_cause rows_capture_code(struct rows *r, const void *payload, size_t bytes,
				   const char *tag, int64_t *person)
{
	*person = by_payload(r, payload, bytes);
	if (*person)
		return STORE_OK;
	if (!rows_next_free(r))
		return STORE_NUMBERS_USED_UP;
	/* Nothing plain: no name, no number, not even of the roster's kind. */
	if (sql_run(r->db,
		    "INSERT INTO person (kiosk, n, name, id_no, source) VALUES (?, ?, '', '', 'code')",
		    "si", r->kiosk, next_person(r)) != SQLITE_DONE)
		return failed(r);
	*person = sqlite3_last_insert_rowid(r->db);
	if (insert_code(r, payload, bytes, tag, *person) != SQLITE_DONE)
		return failed(r);
	return record(r, "person.added", json_pack("{sIss}", "person", *person, "how", "code"));
}
