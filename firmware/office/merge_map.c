#include <errno.h>
#include <stdio.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/merge_inside.h"

/*
 * Office commands write into a job before it leaves for its kiosk, under whatever id they were given
 * (often K1 on every machine). A chain of somebody who never photographed in this package is theirs:
 * it is kept as OWN:ID, so that eight such K1 are eight chains, and K1's own chain stays comparable.
 */
static const char setup[] =
	"DROP TABLE IF EXISTS temp.label; DROP TABLE IF EXISTS temp.ahead; "
	"DROP TABLE IF EXISTS temp.map; DROP TABLE IF EXISTS temp.shooter; "
	"CREATE TEMP TABLE shooter (kiosk TEXT PRIMARY KEY) WITHOUT ROWID; "
	"INSERT INTO temp.shooter SELECT kiosk FROM pkg.visit UNION SELECT kiosk FROM pkg.shot; "
	"CREATE TEMP TABLE label (src TEXT PRIMARY KEY, dst TEXT NOT NULL) WITHOUT ROWID; "
	"CREATE TEMP TABLE ahead (kiosk TEXT PRIMARY KEY) WITHOUT ROWID; "
	"CREATE TEMP TABLE map (src INTEGER PRIMARY KEY, kiosk TEXT NOT NULL, n INTEGER NOT NULL, "
	"dst INTEGER, added INTEGER NOT NULL DEFAULT 0); CREATE INDEX temp.map_dst ON map (dst); ";

static const char labels[] =
	"INSERT INTO temp.label SELECT k, CASE WHEN k = ?1 OR instr(k, ':') OR (SELECT count(*) FROM "
	"temp.shooter) > 1 OR k IN (SELECT kiosk FROM temp.shooter) THEN k ELSE "
	"coalesce((SELECT kiosk FROM temp.shooter), ?1) || ':' || k END FROM ("
	"SELECT kiosk AS k FROM pkg.event UNION SELECT kiosk FROM pkg.person UNION SELECT kiosk FROM "
	"pkg.number UNION SELECT kiosk FROM pkg.visit UNION SELECT "
	"kiosk FROM pkg.shot UNION SELECT kiosk FROM pkg.remark UNION SELECT kiosk FROM pkg.alias "
	"UNION SELECT kiosk FROM pkg.export_run UNION SELECT kiosk FROM pkg.erratum)";

/* A longer chain is newer: what its kiosk says of its own rows holds. */
static const char ahead[] =
	"INSERT INTO temp.ahead SELECT l.dst FROM temp.label l WHERE (SELECT coalesce(max(n), 0) FROM "
	"pkg.event WHERE kiosk = l.src) > (SELECT coalesce(max(n), 0) FROM main.event WHERE kiosk = "
	"l.dst)";

static const char people[] = "INSERT INTO temp.map (src, kiosk, n) SELECT p.id, l.dst, p.n FROM "
			     "pkg.person p JOIN temp.label l ON l.src = p.kiosk";

/* By their own key, then by the keys under which a merged package knows them. */
static const char by_key[] =
	"UPDATE temp.map AS m SET dst = coalesce((SELECT id FROM main.person t WHERE t.kiosk = "
	"m.kiosk AND t.n = m.n), (SELECT person FROM main.alias a WHERE a.kiosk = m.kiosk AND a.n = "
	"m.n), (SELECT min(coalesce(t.id, b.person)) FROM pkg.alias a JOIN temp.label l ON l.src = "
	"a.kiosk LEFT JOIN main.person t ON t.kiosk = l.dst AND t.n = a.n LEFT JOIN main.alias b ON "
	"b.kiosk = l.dst AND b.n = a.n WHERE a.person = m.src))";

/* A kiosk holds two records apart on purpose (two enrolments): they are never joined with each other,
 * so nobody here may get a second record of the same kiosk. */
#define FREE                                                                                       \
	" AND t.kiosk <> ?2 AND NOT EXISTS (SELECT 1 FROM main.alias a WHERE a.person = t.id AND " \
	"a.kiosk = ?2) AND NOT EXISTS (SELECT 1 FROM temp.map m WHERE m.dst = t.id)"

static const char by_document[] =
	"SELECT min(t.id) FROM pkg.document d JOIN main.document e ON e.number = d.number JOIN "
	"main.person t ON t.id = e.person JOIN pkg.person p ON p.id = d.person WHERE d.person = ?1 "
	"AND (t.student_no = p.student_no OR EXISTS (SELECT 1 FROM pkg.number u JOIN main.number v "
	"USING (series, number) WHERE u.person = p.id AND v.person = t.id))" FREE;
/* One kiosk had somebody on its list, the other made a record from the card: the same when nobody else
 * here or there has that number. */
static const char by_card[] =
	"SELECT min(t.id) FROM pkg.document d JOIN main.document e ON e.number = d.number JOIN "
	"main.person t ON t.id = e.person JOIN pkg.person p ON p.id = d.person WHERE d.person = ?1 "
	"AND ((p.student_no = '' AND p.source IN ('walk_in', 'open')) OR (t.student_no = '' AND "
	"t.source IN ('walk_in', 'open'))) AND (SELECT count(*) FROM main.document x WHERE x.number = "
	"d.number) = 1 AND (SELECT count(*) FROM pkg.document x WHERE x.number = d.number) = 1" FREE
	" HAVING count(DISTINCT t.id) = 1";
static const char by_code[] =
	"SELECT t.id FROM pkg.capture_code c JOIN main.capture_code k ON k.payload = c.payload JOIN "
	"main.person t ON t.id = k.person WHERE c.person = ?1" FREE;
static const char by_student[] =
	"SELECT min(t.id) FROM pkg.person p JOIN main.person t ON t.student_no = p.student_no AND "
	"t.name = p.name WHERE p.id = ?1 AND p.student_no <> '' AND NOT EXISTS (SELECT 1 FROM "
	"pkg.document WHERE person = p.id) AND NOT EXISTS (SELECT 1 FROM main.document WHERE person = "
	"t.id)" FREE;

static int find_person(sqlite3 *db, int64_t src, const char *kiosk)
{
	static const char *const ways[] = { by_document, by_card, by_code, by_student };
	int64_t dst = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ways) && !dst; i++)
		dst = sql_int(db, 0, ways[i], "is", src, kiosk);
	if (!dst)
		return SQLITE_DONE;
	return sql_run(db, "UPDATE temp.map SET dst = ? WHERE src = ?", "ii", dst, src);
}

static int join_people(sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db, "SELECT src, kiosk FROM temp.map WHERE dst IS NULL ORDER BY kiosk, n", "");
	int rc = st ? SQLITE_DONE : SQLITE_ERROR, step = SQLITE_ERROR;

	while (rc == SQLITE_DONE && (step = sqlite3_step(st)) == SQLITE_ROW)
		rc = find_person(db, sqlite3_column_int64(st, 0), sql_text(st, 1));
	return rc == SQLITE_DONE && step == SQLITE_DONE ? 0 : -EIO;
}

int merge_map(struct job *j, const struct package *p)
{
	if (sqlite3_exec(j->db, setup, NULL, NULL, NULL) != SQLITE_OK ||
	    sql_run(j->db, labels, "s", p->view.kiosk) != SQLITE_DONE ||
	    sql_run(j->db, ahead, "") != SQLITE_DONE || sql_run(j->db, people, "") != SQLITE_DONE ||
	    sql_run(j->db, by_key, "") != SQLITE_DONE)
		return -EIO;
	return join_people(j->db);
}

/* --- what contradicts ------------------------------------------------------------------------- */

static int chains_part(sqlite3 *db, char *why, size_t size)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT e.kiosk, e.n FROM pkg.event p JOIN temp.label l ON l.src = p.kiosk JOIN "
		"main.event e ON e.kiosk = l.dst AND e.n = p.n WHERE e.hash <> p.hash UNION ALL "
		"SELECT t.kiosk, t.n FROM pkg.shot s JOIN main.shot t ON t.kiosk = s.kiosk AND t.n = "
		"s.n WHERE s.sha256 <> '' AND t.sha256 <> '' AND s.sha256 <> t.sha256 LIMIT 1",
		"");
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : -EIO;
	snprintf(
		why, size,
		"two kiosks called %s: their records part at number %lld. Give one of them another "
		"kiosk.id; this package goes into a job of its own",
		sql_text(st, 0), (long long)sqlite3_column_int64(st, 1));
	return -EEXIST;
}

/* The same number for two people. */
static int numbers_clash(sqlite3 *db, char *why, size_t size)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT v.series, min(v.number), max(v.number), count(*), v.kiosk, l.dst FROM "
		"pkg.number u JOIN temp.label l ON l.src = u.kiosk JOIN main.number v ON v.series = "
		"u.series AND v.number = u.number JOIN temp.map m ON m.src = u.person WHERE m.dst IS "
		"NULL OR m.dst <> v.person GROUP BY v.series, v.kiosk, l.dst ORDER BY count(*) DESC "
		"LIMIT 1",
		"");
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : -EIO;
	snprintf(
		why, size,
		"series %s: %s and %s gave the same shooting numbers to different people: "
		"%04lld to %04lld, %lld in all. Nothing is renumbered: this package goes into a job "
		"of its own (another series)",
		sql_text(st, 0), sql_text(st, 4), sql_text(st, 5),
		(long long)sqlite3_column_int64(st, 1), (long long)sqlite3_column_int64(st, 2),
		(long long)sqlite3_column_int64(st, 3));
	return -EEXIST;
}

/* Blocks are whose they name, whoever wrote them down: the office plans all of them in every job.
 * Overlapping ones, once a number was given from the common part: the next one may be the other's.
 * With a roster that brings all numbers every kiosk has 1–9999 and uses none of it. */
static int blocks_overlap(sqlite3 *db, char *why, size_t size)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT b.series, b.kiosk, b.first, b.last, q.kiosk, q.first, q.last FROM pkg.block q "
		"JOIN main.block b ON b.series = q.series AND b.kiosk <> q.kiosk AND b.first <= q.last AND b.last >= q.first WHERE EXISTS (SELECT 1 "
		"FROM (SELECT series, number, origin FROM pkg.number UNION ALL SELECT series, number, "
		"origin FROM main.number) u WHERE u.series = q.series AND u.origin = 'block' AND "
		"u.number BETWEEN max(b.first, q.first) AND min(b.last, q.last)) LIMIT 1",
		"");
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : -EIO;
	snprintf(why, size,
		 "series %s: the number blocks of %s (%04d-%04d) and %s (%04d-%04d) overlap. Give "
		 "each kiosk its own: tapshot job block",
		 sql_text(st, 0), sql_text(st, 1), sqlite3_column_int(st, 2),
		 sqlite3_column_int(st, 3), sql_text(st, 4), sqlite3_column_int(st, 5),
		 sqlite3_column_int(st, 6));
	return -EEXIST;
}

static int other_school(sqlite3 *db, char *why, size_t size)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT j.school_code, k.school_code FROM main.job j, pkg.job k WHERE "
		"(j.school_code <> '' AND k.school_code <> '' AND j.school_code <> k.school_code) OR "
		"(SELECT value FROM main.field WHERE key = 'kind') <> (SELECT value FROM pkg.field "
		"WHERE key = 'kind')",
		"");
	int rc = st ? sqlite3_step(st) : SQLITE_ERROR;

	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? 0 : -EIO;
	snprintf(why, size, "another school's job, or another kind of job (school codes %s and %s)",
		 sql_text(st, 0), sql_text(st, 1));
	return -EEXIST;
}

int merge_conflicts(struct job *j, char *why, size_t size)
{
	static int (*const checks[])(sqlite3 *, char *, size_t) = { other_school, chains_part,
								    numbers_clash, blocks_overlap };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && !rc; i++)
		rc = checks[i](j->db, why, size);
	return rc;
}
