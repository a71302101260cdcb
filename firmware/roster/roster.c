#include "firmware/roster/roster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/store/job.h"

/* In a merged job several kiosks may have given one person a number. */
#define NUMBER(column)                                                                             \
	"(SELECT u." column " FROM number u JOIN job o WHERE u.person = p.id ORDER BY "            \
	"u.series = o.series DESC, u.origin = 'roster' DESC, u.series, u.number LIMIT 1)"
/* Columns in the order of fill(). */
#define PERSON                                                                                     \
	"SELECT p.id, p.name, p.sex, p.student_no, p.id_no, p.level, p.class_name, p.station, "    \
	"p.branch, p.major, " NUMBER("number") ", coalesce(" NUMBER(                               \
		"series") ", j.series), "                                                          \
			  "p.premarked OR EXISTS (SELECT 1 FROM shot s "                           \
			  "WHERE s.person = p.id AND s.state = 'accepted'), p.source "             \
			  "IN ('walk_in', 'open') FROM person p, job j "

enum look { LOOK_DOCUMENT, LOOK_STUDENT, LOOK_NAME, LOOK_ID, LOOK_COUNTS, LOOK_BLOCK, LOOK_COUNT };

static const char *const sql[LOOK_COUNT] = {
	[LOOK_DOCUMENT] = PERSON "WHERE p.id IN (SELECT person FROM document WHERE number = ?1) "
				 "AND NOT p.removed ORDER BY p.id",
	[LOOK_STUDENT] = PERSON "WHERE p.student_no = ?1 AND NOT p.removed ORDER BY p.id",
	[LOOK_NAME] = PERSON "WHERE p.name = ?1 AND NOT p.removed ORDER BY p.id",
	[LOOK_ID] = PERSON "WHERE p.id = ?1",
	[LOOK_COUNTS] =
		"SELECT (SELECT count(*) FROM person WHERE NOT removed), (SELECT count(*) FROM person p "
		"WHERE NOT p.removed AND (p.premarked OR EXISTS (SELECT 1 FROM shot s WHERE s.person "
		"= p.id AND s.state = 'accepted'))), (SELECT count(*) FROM person p WHERE NOT "
		"p.removed AND NOT EXISTS (SELECT 1 FROM number u WHERE u.person = p.id))",
	[LOOK_BLOCK] = "SELECT sum(b.last - b.first + 1 - (SELECT count(*) FROM number u WHERE "
		       "u.series = b.series AND u.number BETWEEN b.first AND b.last)) "
		       "FROM block b WHERE b.kiosk = ?1",
};

struct roster {
	sqlite3 *db;
	sqlite3_stmt *look[LOOK_COUNT];
};

int roster_open(sqlite3 *db, struct roster **out)
{
	struct roster *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->db = db;
	for (int i = 0; i < LOOK_COUNT; i++) {
		if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &r->look[i],
				       NULL) != SQLITE_OK) {
			roster_close(r);
			return -EIO;
		}
	}
	*out = r;
	return 0;
}

void roster_close(struct roster *r)
{
	if (!r)
		return;
	for (int i = 0; i < LOOK_COUNT; i++)
		sqlite3_finalize(r->look[i]);
	free(r);
}

static void take(char *out, size_t size, sqlite3_stmt *st, int column)
{
	text_copy(out, size, sql_text(st, column));
}

static void fill(struct person *p, sqlite3_stmt *st)
{
	int number = sqlite3_column_int(st, 10);

	memset(p, 0, sizeof(*p));
	p->id = sqlite3_column_int64(st, 0);
	take(p->name, sizeof(p->name), st, 1);
	take(p->sex, sizeof(p->sex), st, 2);
	take(p->student_no, sizeof(p->student_no), st, 3);
	take(p->id_no, sizeof(p->id_no), st, 4);
	take(p->level, sizeof(p->level), st, 5);
	take(p->class_name, sizeof(p->class_name), st, 6);
	take(p->station, sizeof(p->station), st, 7);
	take(p->branch, sizeof(p->branch), st, 8);
	take(p->major, sizeof(p->major), st, 9);
	if (number)
		snprintf(p->seq, sizeof(p->seq), "%04d", number);
	take(p->series, sizeof(p->series), st, 11);
	p->captured = sqlite3_column_int(st, 12);
	p->walk_in = sqlite3_column_int(st, 13);
}

/* Rows of a bound statement; resets it. */
static int collect(sqlite3_stmt *st, struct person *out, int max)
{
	int n = 0, rc = SQLITE_ROW;

	while (n < max && (rc = sqlite3_step(st)) == SQLITE_ROW)
		fill(&out[n++], st);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? n : -EIO;
}

int roster_find(struct roster *r, const char *number, struct person *out, int max)
{
	char normal[IDENTITY_MAX], canonical[IDENTITY_MAX];

	if (identity_normalise(number, normal) <= 0)
		return 0;
	identity_canonical(normal, canonical);
	sqlite3_bind_text(r->look[LOOK_DOCUMENT], 1, canonical, -1, SQLITE_TRANSIENT);
	return collect(r->look[LOOK_DOCUMENT], out, max);
}

int roster_find_student_no(struct roster *r, const char *student_no, struct person *out, int max)
{
	if (!student_no[0])
		return 0;
	sqlite3_bind_text(r->look[LOOK_STUDENT], 1, student_no, -1, SQLITE_TRANSIENT);
	return collect(r->look[LOOK_STUDENT], out, max);
}

int roster_find_name(struct roster *r, const char *name, struct person *out, int max)
{
	if (!name[0])
		return 0;
	sqlite3_bind_text(r->look[LOOK_NAME], 1, name, -1, SQLITE_TRANSIENT);
	return collect(r->look[LOOK_NAME], out, max);
}

int roster_get(struct roster *r, int64_t id, struct person *out)
{
	int n;

	sqlite3_bind_int64(r->look[LOOK_ID], 1, id);
	n = collect(r->look[LOOK_ID], out, 1);
	return n > 0 ? 0 : n < 0 ? n : -ENOENT;
}

int roster_counts(struct roster *r, const char *kiosk, struct roster_counts *out)
{
	sqlite3_stmt *counts = r->look[LOOK_COUNTS], *block = r->look[LOOK_BLOCK];
	int rc = sqlite3_step(counts);

	memset(out, 0, sizeof(*out));
	if (rc == SQLITE_ROW) {
		out->people = sqlite3_column_int64(counts, 0);
		out->captured = sqlite3_column_int64(counts, 1);
		out->unnumbered = sqlite3_column_int64(counts, 2);
	}
	sqlite3_reset(counts);
	if (rc != SQLITE_ROW)
		return -EIO;
	sqlite3_bind_text(block, 1, kiosk, -1, SQLITE_TRANSIENT);
	rc = sqlite3_step(block);
	if (rc == SQLITE_ROW)
		out->numbers_left = sqlite3_column_int64(block, 0);
	sqlite3_reset(block);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -EIO;
}

static void hash_row(struct hash *h, sqlite3_stmt *st)
{
	for (int i = 0; i < sqlite3_column_count(st); i++) {
		const char *text = sql_text(st, i);

		hash_update(h, text, strlen(text) + 1);
	}
}

static int hash_people(sqlite3 *db, struct roster_seal *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT p.id_no, p.student_no, p.name, (SELECT number FROM number u JOIN job j "
		"WHERE u.person = p.id AND u.series = j.series AND u.origin = 'roster') FROM person p "
		"WHERE NOT p.removed AND p.source = 'roster' ORDER BY 1, 2, 3, 4",
		"");
	struct hash *h = hash_new();
	int rc = SQLITE_ERROR;

	while (st && h && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		hash_row(h, st);
		out->people++;
	}
	if (h)
		hash_final(h, out->sha256);
	hash_free(h);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

int roster_seal(sqlite3 *db, struct roster_seal *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT utc_ms, body ->> 'file_sha256' FROM event WHERE type = 'roster.imported' "
		"AND NOT coalesce(body ->> 'partial', 0) ORDER BY utc_ms DESC, n DESC LIMIT 1",
		"");

	memset(out, 0, sizeof(*out));
	if (st && sqlite3_step(st) == SQLITE_ROW) {
		out->imported_utc_ms = sqlite3_column_int64(st, 0);
		take(out->file_sha256, sizeof(out->file_sha256), st, 1);
	}
	return st ? hash_people(db, out) : -EIO;
}

int roster_find_aside(sqlite3 *db, const char *who, struct roster_aside *out, int max)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT name, student_no, class_name, sheet, faults, line FROM aside WHERE NOT solved "
		"AND ?1 <> '' AND (name = ?1 OR student_no = ?1 OR id_no = ?1) ORDER BY id",
		"s", who);
	int n = 0, rc = SQLITE_ROW;

	while (st && n < max && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct roster_aside *a = &out[n++];

		take(a->name, sizeof(a->name), st, 0);
		take(a->student_no, sizeof(a->student_no), st, 1);
		take(a->class_name, sizeof(a->class_name), st, 2);
		take(a->sheet, sizeof(a->sheet), st, 3);
		take(a->faults, sizeof(a->faults), st, 4);
		a->line = sqlite3_column_int(st, 5);
	}
	return st && (rc == SQLITE_ROW || rc == SQLITE_DONE) ? n : -EIO;
}

int roster_sides(sqlite3 *db, struct roster_sides *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT count(*) FILTER (WHERE shot AND source = 'roster'), count(*) FILTER (WHERE shot "
		"AND source <> 'roster'), count(*) FILTER (WHERE NOT shot AND source = 'roster' AND "
		"NOT premarked) FROM (SELECT p.source, p.premarked, EXISTS (SELECT 1 FROM shot s WHERE "
		"s.person = p.id AND s.state = 'accepted') AS shot FROM person p WHERE NOT p.removed)",
		"");

	memset(out, 0, sizeof(*out));
	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return -EIO;
	out->both = sqlite3_column_int64(st, 0);
	out->only_picture = sqlite3_column_int64(st, 1);
	out->only_roster = sqlite3_column_int64(st, 2);
	return 0;
}
