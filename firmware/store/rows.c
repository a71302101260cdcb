#include "firmware/store/rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/ledger.h"

enum store_cause rows_cause(sqlite3 *db)
{
	switch (sqlite3_errcode(db)) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return STORE_OK;
	case SQLITE_FULL:
		return STORE_FULL;
	case SQLITE_READONLY:
		return STORE_READ_ONLY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return STORE_IO;
	default:
		return STORE_DATABASE;
	}
}

/* A statement that must end without a row. */
#define RUN(r, ...)                                                                                \
	do {                                                                                       \
		if (sql_run((r)->db, __VA_ARGS__) != SQLITE_DONE)                                  \
			return rows_cause((r)->db) ? rows_cause((r)->db) : STORE_DATABASE;         \
	} while (0)

static enum store_cause record(struct rows *r, const char *type, json_t *body)
{
	if (ledger_append(r->db, r->kiosk, type, body) == SQLITE_OK)
		return STORE_OK;
	return rows_cause(r->db) ? rows_cause(r->db) : STORE_DATABASE;
}

enum store_cause rows_begin(struct rows *r)
{
	RUN(r, "BEGIN IMMEDIATE", "");
	return STORE_OK;
}

enum store_cause rows_end(struct rows *r, enum store_cause cause)
{
	if (!cause && sql_run(r->db, "COMMIT", "") == SQLITE_DONE)
		return STORE_OK;
	if (!cause)
		cause = rows_cause(r->db) ? rows_cause(r->db) : STORE_DATABASE;
	if (!sqlite3_get_autocommit(r->db))
		sql_run(r->db, "ROLLBACK", "");
	return cause;
}

static void load_series(struct rows *r)
{
	sqlite3_stmt *st = sql_prepare(r->db, "SELECT series FROM job", "");

	strcpy(r->series, "1");
	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(r->series, sizeof(r->series), sql_text(st, 0));
	sqlite3_finalize(st);
}

static enum store_cause set_block(struct rows *r, int first, int last)
{
	if (sql_int(r->db, 0,
		    "SELECT 1 FROM block WHERE series = ? AND kiosk <> ? AND first <= ? AND last >= ?",
		    "ssii", r->series, r->kiosk, (int64_t)last, (int64_t)first))
		return STORE_GONE;
	RUN(r, "INSERT OR REPLACE INTO block (kiosk, series, first, last) VALUES (?, ?, ?, ?)",
	    "ssii", r->kiosk, r->series, (int64_t)first, (int64_t)last);
	return record(r, "block.set",
		      json_pack("{sssisi}", "series", r->series, "first", first, "last", last));
}

static int block_edge(struct rows *r, const char *sql)
{
	return (int)sql_int(r->db, 0, sql, "ss", r->kiosk, r->series);
}

enum store_cause rows_block(struct rows *r, int first, int last)
{
	enum store_cause cause = STORE_OK;

	load_series(r);
	r->first = block_edge(r, "SELECT first FROM block WHERE kiosk = ? AND series = ?");
	r->last = block_edge(r, "SELECT last FROM block WHERE kiosk = ? AND series = ?");
	/* The only kiosk of a job needs no ceremony: all numbers are its own. */
	if (!first &&
	    !sql_int(r->db, 0, "SELECT count(*) FROM block WHERE series = ?", "s", r->series)) {
		first = 1;
		last = 9999;
	}
	if (!first || (first == r->first && last == r->last))
		return STORE_OK;
	cause = set_block(r, first, last);
	if (cause)
		return cause;
	r->first = first;
	r->last = last;
	return STORE_OK;
}

/* In whichever series: who has a number keeps it when the kiosk goes on in another one. */
static int number_of(struct rows *r, int64_t person)
{
	return (int)sql_int(r->db, 0,
			    "SELECT number FROM number WHERE person = ?1 ORDER BY series = ?2 "
			    "DESC, kiosk = ?3 DESC, series, number LIMIT 1",
			    "iss", person, r->series, r->kiosk);
}

/* Numbers are only ever added, so everything below the newest one given from the block is taken. */
static int free_in(struct rows *r, const char *series, int first, int last)
{
	int64_t n = sql_int(
		r->db, first - 1,
		"SELECT max(number) FROM number WHERE series = ? AND kiosk = ? AND origin = 'block' "
		"AND number BETWEEN ? AND ?",
		"ssii", series, r->kiosk, (int64_t)first, (int64_t)last);

	for (n++; n <= last; n++)
		if (!sql_int(r->db, 0, "SELECT 1 FROM number WHERE series = ? AND number = ?", "si",
			     series, n))
			return (int)n;
	return 0;
}

/* The job's usual series first; past its end the next one this kiosk has a block in. */
static int next_free(struct rows *r, char series[static 16])
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		r->db,
		"SELECT series, first, last FROM block WHERE kiosk = ?1 ORDER BY series = ?2 DESC, "
		"length(series), series",
		"ss", r->kiosk, r->series);
	int n = 0;

	while (!n && st && sqlite3_step(st) == SQLITE_ROW) {
		text_copy(series, 16, sql_text(st, 0));
		n = free_in(r, series, sqlite3_column_int(st, 1), sqlite3_column_int(st, 2));
	}
	return n;
}

int rows_next_free(struct rows *r)
{
	char series[16];

	return next_free(r, series);
}

static enum store_cause give_number(struct rows *r, int64_t person, char out[static 8])
{
	int n = person ? number_of(r, person) : 0;
	char series[16];

	out[0] = '\0';
	if (!person)
		return STORE_OK;
	if (!n) {
		n = next_free(r, series);
		if (!n)
			return STORE_NUMBERS_USED_UP;
		RUN(r,
		    "INSERT INTO number (series, number, person, kiosk, origin) "
		    "VALUES (?, ?, ?, ?, 'block')",
		    "siis", series, (int64_t)n, person, r->kiosk);
	}
	snprintf(out, 8, "%04d", n);
	return STORE_OK;
}

static int64_t next_n(struct rows *r, const char *sql)
{
	return sql_int(r->db, 0, sql, "s", r->kiosk) + 1;
}

static bool is_final(struct rows *r, int64_t person)
{
	return sql_int(r->db, 0, "SELECT 1 FROM final_person WHERE person = ?", "i", person);
}

enum store_cause rows_visit_open(struct rows *r, int64_t person, const char *how,
				 const char *number_source, const struct row_choice *found,
				 int64_t *visit)
{
	json_t *body;

	if (!sql_int(r->db, 0, "SELECT 1 FROM person WHERE id = ?", "i", person))
		return rows_cause(r->db) ? rows_cause(r->db) : STORE_GONE;
	if (is_final(r, person))
		return STORE_FINAL;
	if (!number_of(r, person) && !rows_next_free(r))
		return STORE_NUMBERS_USED_UP;
	*visit = next_n(r, "SELECT max(n) FROM visit WHERE kiosk = ?");
	RUN(r,
	    "INSERT INTO visit (kiosk, n, person, how, number_source, opened_utc_ms) "
	    "VALUES (?, ?, ?, ?, ?, ?)",
	    "siissi", r->kiosk, *visit, person, how, number_source, clock_utc_ms());
	body = json_pack("{sIsIssss}", "visit", *visit, "person", person, "how", how,
			 "number_source", number_source);
	if (found->rows > 1) {
		json_object_set_new(body, "rows", json_integer(found->rows));
		json_object_set_new(body, "chosen", json_integer(found->chosen));
	}
	return record(r, "visit.opened", body);
}

/* Who was photographed properly before, in a visit of their own, is so again. */
static enum store_cause restore_replaced(struct rows *r, int64_t visit)
{
	struct row_shot old = { 0 };

	old.n = sql_int(r->db, 0,
			"SELECT max(o.n) FROM shot o JOIN shot s ON s.kiosk = o.kiosk AND "
			"s.supersedes = o.n WHERE s.kiosk = ?1 AND s.visit = ?2 AND "
			"o.visit <> ?2 AND o.state = 'superseded'",
			"si", r->kiosk, visit);
	if (!old.n)
		return STORE_OK;
	old.visit = sql_int(r->db, 0, "SELECT visit FROM shot WHERE kiosk = ? AND n = ?", "si",
			    r->kiosk, old.n);
	return rows_shot_state(r, &old, "accepted", "restored");
}

/* The wrong person sat there: no picture of the visit may stay anybody's, whoever asked for it. */
static enum store_cause void_visit(struct rows *r, int64_t visit)
{
	enum store_cause cause = STORE_OK;
	struct row_shot shot = { 0 };

	while (!cause &&
	       (shot.n = sql_int(
			r->db, 0,
			"SELECT min(n) FROM shot WHERE kiosk = ? AND visit = ? AND state IN "
			"('stored', 'accepted')",
			"si", r->kiosk, visit))) {
		shot.visit = visit;
		cause = rows_shot_state(r, &shot, "void", "wrong_person");
	}
	return cause ? cause : restore_replaced(r, visit);
}

/* A disk that stalled may have committed an acceptance after the kiosk gave it up: nobody saw it, and
 * the visit was called off. What it had replaced is the person's picture again. */
static enum store_cause take_back_unseen(struct rows *r, int64_t visit, int64_t shown)
{
	enum store_cause cause = STORE_OK;
	struct row_shot shot = { .visit = visit }, old = { 0 };

	while (!cause &&
	       (shot.n = sql_int(r->db, 0,
				 "SELECT max(n) FROM shot WHERE kiosk = ? AND visit = ? AND "
				 "state = 'accepted' AND n <> ?",
				 "sii", r->kiosk, visit, shown))) {
		old.n = sql_int(
			r->db, 0,
			"SELECT o.n FROM shot s JOIN shot o ON o.kiosk = s.kiosk AND o.n = "
			"s.supersedes WHERE s.kiosk = ? AND s.n = ? AND o.state = 'superseded'",
			"si", r->kiosk, shot.n);
		cause = rows_shot_state(r, &shot, "rejected", "cancelled");
		if (cause || !old.n)
			continue;
		old.visit = sql_int(r->db, 0, "SELECT visit FROM shot WHERE kiosk = ? AND n = ?",
				    "si", r->kiosk, old.n);
		cause = rows_shot_state(r, &old, "accepted", "restored");
	}
	return cause;
}

enum store_cause rows_visit_close(struct rows *r, int64_t visit, const char *how, int64_t shown)
{
	enum store_cause cause = STORE_OK;

	if (!strcmp(how, "swapped"))
		cause = void_visit(r, visit);
	else if (!strcmp(how, "cancelled"))
		cause = take_back_unseen(r, visit, shown);
	if (cause)
		return cause;
	RUN(r,
	    "UPDATE visit SET state = ?, closed_utc_ms = ? WHERE kiosk = ? AND n = ? AND "
	    "state = 'open'",
	    "sisi", how, clock_utc_ms(), r->kiosk, visit);
	if (!sqlite3_changes(r->db))
		return STORE_GONE;
	return record(r, "visit.closed", json_pack("{sIss}", "visit", visit, "how", how));
}

enum store_cause rows_shot_begin(struct rows *r, int64_t visit, const char *source,
				 const char *body, int64_t *shot)
{
	int64_t person = 0, attempt = 0;

	if (visit) {
		person = sql_int(
			r->db, 0,
			"SELECT person FROM visit WHERE kiosk = ? AND n = ? AND state = 'open'",
			"si", r->kiosk, visit);
		if (!person)
			return STORE_GONE;
		attempt = 1 + sql_int(r->db, 0,
				      "SELECT max(attempt) FROM shot WHERE kiosk = ? AND visit = ?",
				      "si", r->kiosk, visit);
	}
	*shot = next_n(r, "SELECT max(n) FROM shot WHERE kiosk = ?");
	RUN(r,
	    "INSERT INTO shot (kiosk, n, visit, person, attempt, source, camera_body, "
	    "intent_utc_ms) VALUES (?, ?, nullif(?, 0), nullif(?, 0), ?, ?, ?, ?)",
	    "siiiissi", r->kiosk, *shot, visit, person, attempt, source, body, clock_utc_ms());
	return record(r, "shot.intent",
		      json_pack("{sIsIsIssss}", "shot", *shot, "visit", visit, "attempt", attempt,
				"source", source, "body", body));
}

enum store_cause rows_shot(struct rows *r, int64_t shot, struct row_shot *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		r->db,
		"SELECT s.n, s.visit, s.person, s.state, v.state, s.sha256, s.reason IS 'hash' FROM "
		"shot s LEFT JOIN visit v ON v.kiosk = s.kiosk AND v.n = s.visit WHERE s.kiosk = ? AND s.n = ?",
		"si", r->kiosk, shot);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return rows_cause(r->db) ? rows_cause(r->db) : STORE_GONE;
	out->n = sqlite3_column_int64(st, 0);
	out->visit = sqlite3_column_int64(st, 1);
	out->person = sqlite3_column_int64(st, 2);
	text_copy(out->state, sizeof(out->state), sql_text(st, 3));
	text_copy(out->visit_state, sizeof(out->visit_state), sql_text(st, 4));
	text_copy(out->sha256, sizeof(out->sha256), sql_text(st, 5));
	out->hash_differs = sqlite3_column_int(st, 6);
	return STORE_OK;
}

enum store_cause rows_shot_stored(struct rows *r, const struct row_shot *shot,
				  const struct store_picture *p, bool recovered,
				  char number[static 8])
{
	enum store_cause cause = give_number(r, shot->person, number);
	char hex[SHA256_HEX];

	if (cause)
		return cause;
	hash_hex(p->sha256, hex);
	RUN(r,
	    "UPDATE shot SET state = 'stored', sha256 = ?, bytes = ?, camera_folder = ?, "
	    "camera_name = ?, taken_s = ?, recovered = ?, stored_utc_ms = ? "
	    "WHERE kiosk = ? AND n = ?",
	    "sissiiisi", hex, p->bytes, p->camera_folder, p->camera_name, p->taken_s,
	    (int64_t)recovered, clock_utc_ms(), r->kiosk, shot->n);
	return record(r, recovered ? "shot.recovered" : "shot.stored",
		      json_pack("{sIsIsssIssss*}", "shot", shot->n, "visit", shot->visit, "sha256",
				hex, "bytes", p->bytes, "number", number, "raw", p->raw));
}

enum store_cause rows_shot_state(struct rows *r, const struct row_shot *shot, const char *state,
				 const char *why)
{
	char type[32];

	RUN(r, "UPDATE shot SET state = ?, why = ? WHERE kiosk = ? AND n = ?", "sssi", state, why,
	    r->kiosk, shot->n);
	snprintf(type, sizeof(type), "shot.%s", state);
	return record(r, type,
		      json_pack("{sIsIss}", "shot", shot->n, "visit", shot->visit, "why", why));
}

static bool failing(const char *verdict)
{
	return strcmp(verdict, "pass") != 0 && strcmp(verdict, "warn") != 0;
}

enum store_cause rows_verdict(struct rows *r, const struct row_shot *shot,
			      const struct row_verdict *v)
{
	const char *state =
		failing(v->verdict) && !strcmp(shot->state, "stored") ? "rejected" : shot->state;

	RUN(r,
	    "UPDATE shot SET verdict = ?, reason = ?, measures = ?, state = ? "
	    "WHERE kiosk = ? AND n = ?",
	    "sssssi", v->verdict, v->reason, v->measures, state, r->kiosk, shot->n);
	return record(r, "shot.verdict",
		      json_pack("{sIsIssssss}", "shot", shot->n, "visit", shot->visit, "verdict",
				v->verdict, "reason", v->reason, "measures", v->measures));
}

enum store_cause rows_accept(struct rows *r, const struct row_shot *shot, const char *why,
			     char number[static 8])
{
	int64_t old = sql_int(r->db, 0,
			      "SELECT n FROM shot WHERE person = ? AND state = 'accepted' "
			      "AND kiosk = ?",
			      "is", shot->person, r->kiosk);
	enum store_cause cause =
		is_final(r, shot->person) ? STORE_FINAL : give_number(r, shot->person, number);

	if (cause)
		return cause;
	if (old)
		RUN(r, "UPDATE shot SET state = 'superseded' WHERE kiosk = ? AND n = ?", "si",
		    r->kiosk, old);
	RUN(r,
	    "UPDATE shot SET state = 'accepted', why = ?, supersedes = nullif(?, 0) "
	    "WHERE kiosk = ? AND n = ?",
	    "sisi", why, old, r->kiosk, shot->n);
	return record(r, "shot.accepted",
		      json_pack("{sIsIsIssssss}", "shot", shot->n, "visit", shot->visit,
				"supersedes", old, "why", why, "sha256", shot->sha256, "number",
				number));
}

enum store_cause rows_camera_cleared(struct rows *r, const struct row_shot *shot)
{
	RUN(r, "UPDATE shot SET camera_cleared = 1 WHERE kiosk = ? AND n = ?", "si", r->kiosk,
	    shot->n);
	return record(r, "shot.camera_cleared", json_pack("{sI}", "shot", shot->n));
}

enum store_cause rows_note(struct rows *r, const char *type, const char *body_json)
{
	json_t *body = body_json ? json_loads(body_json, 0, NULL) : NULL;

	if (body && !json_is_object(body)) {
		json_decref(body);
		body = NULL;
	}
	return record(r, type, body ? body : json_object());
}
