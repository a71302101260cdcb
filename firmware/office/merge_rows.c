#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/office/merge_inside.h"

/* What a roster says of a person; kept whole from one source, never mixed. */
#define SAID(X)                                                                                    \
	X(name)                                                                                    \
	X(sex)                                                                                     \
	X(student_no)                                                                              \
	X(id_no)                                                                                   \
	X(exam_no)                                                                                 \
	X(level) X(class_name) X(station) X(branch) X(major) X(school_type) X(school_code)         \
		X(school_name) X(doc_type) X(category) X(study_form) X(years) X(major_code)        \
			X(campus) X(grade) X(cohort) X(birth) X(entered) X(graduates) X(slot)      \
				X(place) X(team) X(mailing) X(remark) X(extra) X(source)
#define COLUMN(c) #c ", "
#define FROM_P(c) "p." #c ", "
#define TAKE(c)	  #c " = p." #c ", "

/* l: whose row it is, as it is kept here. */
#define LABELLED(table, a) " FROM pkg." table " " a " JOIN temp.label l ON l.src = " a ".kiosk "
#define MAPPED(a)	   "JOIN temp.map m ON m.src = " a ".person "
#define IS_AHEAD(k)	   k " IN (SELECT kiosk FROM temp.ahead)"

static const char *const steps[] = {
	"INSERT OR IGNORE INTO main.job SELECT 1, ?1, series, school_type, school_code, school_name, "
	"created_utc_ms FROM pkg.job",

	/* --- people --- */
	"UPDATE temp.map SET added = 1 WHERE dst IS NULL",
	"INSERT INTO main.person (kiosk, n, " SAID(
		COLUMN) "premarked, paid, removed) SELECT m.kiosk, "
			"m.n, " SAID(
				FROM_P) "p.premarked, p.paid, p.removed FROM temp.map m JOIN pkg.person p ON "
					"p.id = m.src WHERE m.added ORDER BY m.kiosk, m.n",
	"UPDATE temp.map SET dst = (SELECT id FROM main.person t WHERE t.kiosk = map.kiosk AND t.n = "
	"map.n) WHERE added",
	/* Of two sources the roster's row holds, then the lower key; the order of merging does not
	 * matter. A kiosk that is ahead corrects its own row. */
	"INSERT OR IGNORE INTO main.alias SELECT t.kiosk, t.n, t.id, t.name FROM main.person t JOIN "
	"temp.map m ON m.dst = t.id JOIN pkg.person p ON p.id = m.src WHERE NOT m.added AND "
	"(p.source <> 'roster', m.kiosk, m.n) < (t.source <> 'roster', t.kiosk, t.n)",
	"UPDATE main.person AS t SET kiosk = m.kiosk, n = m.n, " SAID(
		TAKE) "premarked = t.premarked "
		      "FROM temp.map m JOIN pkg.person p ON p.id = m.src WHERE m.dst = t.id AND NOT m.added AND "
		      "((p.source <> 'roster', m.kiosk, m.n) < (t.source <> 'roster', t.kiosk, t.n) OR (m.kiosk = "
		      "t.kiosk AND m.n = t.n AND " IS_AHEAD("m.kiosk") "))",
	"UPDATE main.person AS t SET premarked = max(t.premarked, p.premarked), paid = max(t.paid, "
	"p.paid), removed = min(t.removed, p.removed) FROM temp.map m JOIN pkg.person p ON p.id = "
	"m.src WHERE m.dst = t.id AND NOT m.added",
	"INSERT INTO main.alias SELECT m.kiosk, m.n, m.dst, p.name FROM temp.map m JOIN pkg.person p "
	"ON p.id = m.src WHERE true ON CONFLICT (kiosk, n) DO UPDATE SET name = excluded.name WHERE name <> "
	"excluded.name",
	"INSERT OR IGNORE INTO main.alias SELECT l.dst, a.n, m.dst, a.name" LABELLED("alias", "a")
		MAPPED("a"),
	"DELETE FROM main.alias WHERE EXISTS (SELECT 1 FROM main.person t WHERE t.kiosk = alias.kiosk "
	"AND t.n = alias.n)",
	"INSERT OR IGNORE INTO main.document SELECT d.number, m.dst, d.source FROM pkg.document "
	"d " MAPPED("d"),
	"INSERT OR IGNORE INTO main.capture_code SELECT m.dst, c.payload, c.tag FROM pkg.capture_code "
	"c " MAPPED("c"),

	/* --- numbers --- */
	"INSERT INTO main.block SELECT kiosk, series, first, last FROM pkg.block WHERE true ON "
	"CONFLICT (kiosk, series) DO UPDATE SET first = excluded.first, last = excluded.last "
	"WHERE " IS_AHEAD("excluded.kiosk"),
	"INSERT OR IGNORE INTO main.number SELECT u.series, u.number, m.dst, l.dst, "
	"u.origin" LABELLED("number", "u") MAPPED("u"),

	/* --- visits and shots: nobody else's visit is open here, nobody else's picture awaited --- */
	"INSERT INTO main.visit SELECT v.kiosk, v.n, m.dst, v.how, v.number_source, CASE v.state WHEN "
	"'open' THEN 'left_open' ELSE v.state END, v.opened_utc_ms, v.closed_utc_ms FROM pkg.visit "
	"v " MAPPED(
		"v") "WHERE true ON CONFLICT (kiosk, n) DO UPDATE SET state = excluded.state, closed_utc_ms = "
		     "excluded.closed_utc_ms WHERE " IS_AHEAD("excluded.kiosk"),

	/* --- shots: an older accepted one steps back before the newer one steps in. What an erratum
	 * decided here stays; what one decided there comes with its chain. --- */
	"CREATE TEMP TABLE IF NOT EXISTS fresh (kiosk TEXT, n INTEGER, PRIMARY KEY (kiosk, n)) "
	"WITHOUT ROWID",
	"DELETE FROM temp.fresh",
	"INSERT INTO temp.fresh SELECT kiosk, n FROM pkg.shot s WHERE " IS_AHEAD(
		"s.kiosk") " AND NOT "
			   "EXISTS (SELECT 1 FROM main.erratum e WHERE (e.old_kiosk = s.kiosk AND e.old_shot = s.n) OR "
			   "(e.new_kiosk = s.kiosk AND e.new_shot = s.n))",
	"INSERT OR IGNORE INTO temp.fresh SELECT s.kiosk, s.n FROM pkg.erratum e JOIN temp.label l ON "
	"l.src = e.kiosk JOIN pkg.shot s ON (s.kiosk = e.old_kiosk AND s.n = e.old_shot) OR (s.kiosk "
	"= e.new_kiosk AND s.n = e.new_shot) WHERE " IS_AHEAD("l.dst"),
	"UPDATE main.shot SET state = 'superseded' WHERE state = 'accepted' AND (kiosk, n) IN (SELECT "
	"s.kiosk, s.n FROM pkg.shot s JOIN temp.fresh USING (kiosk, n) WHERE s.state <> 'accepted')",
	"INSERT INTO main.shot (kiosk, n, visit, person, attempt, source, state, recovered, why, "
	"sha256, bytes, camera_folder, camera_name, taken_s, camera_cleared, verdict, reason, "
	"measures, supersedes, intent_utc_ms, stored_utc_ms, camera_body) SELECT s.kiosk, s.n, "
	"s.visit, m.dst, s.attempt, s.source, CASE s.state WHEN 'intent' THEN 'lost' ELSE s.state "
	"END, s.recovered, s.why, s.sha256, s.bytes, s.camera_folder, s.camera_name, s.taken_s, "
	"s.camera_cleared, s.verdict, s.reason, s.measures, s.supersedes, s.intent_utc_ms, "
	"s.stored_utc_ms, s.camera_body FROM pkg.shot s LEFT JOIN temp.map m ON m.src = s.person "
	"WHERE true ORDER BY s.state = 'accepted' ON CONFLICT (kiosk, n) DO UPDATE SET visit = excluded.visit, "
	"person = excluded.person, state = excluded.state, recovered = excluded.recovered, why = "
	"excluded.why, sha256 = excluded.sha256, bytes = excluded.bytes, camera_folder = "
	"excluded.camera_folder, camera_name = excluded.camera_name, taken_s = excluded.taken_s, "
	"camera_cleared = excluded.camera_cleared, verdict = excluded.verdict, reason = "
	"excluded.reason, measures = excluded.measures, supersedes = excluded.supersedes, "
	"stored_utc_ms = excluded.stored_utc_ms WHERE (excluded.kiosk, excluded.n) IN (SELECT kiosk, "
	"n FROM temp.fresh)",

	/* --- what was said and done --- */
	"INSERT OR IGNORE INTO main.remark SELECT l.dst, r.n, m.dst, r.visit, r.kind, r.text, "
	"r.added_utc_ms" LABELLED("remark", "r") MAPPED("r"),
	"INSERT INTO main.choice SELECT m.dst, c.kiosk, c.shot, c.why, c.chosen_utc_ms FROM pkg.choice "
	"c " MAPPED(
		"c") "WHERE true ON CONFLICT (person) DO UPDATE SET kiosk = excluded.kiosk, shot = "
		     "excluded.shot, why = excluded.why, chosen_utc_ms = excluded.chosen_utc_ms WHERE "
		     "(excluded.chosen_utc_ms, excluded.kiosk, excluded.shot) > (choice.chosen_utc_ms, "
		     "choice.kiosk, choice.shot)",
	"INSERT INTO main.aside (file_sha256, sheet, line, name, student_no, id_no, class_name, "
	"faults, solved, added_utc_ms) SELECT file_sha256, sheet, line, name, student_no, id_no, "
	"class_name, faults, solved, added_utc_ms FROM pkg.aside a WHERE NOT EXISTS (SELECT 1 FROM "
	"main.aside b WHERE b.file_sha256 = a.file_sha256 AND b.sheet = a.sheet AND b.line = a.line)",
	"UPDATE main.aside AS b SET solved = 1 FROM pkg.aside a WHERE b.file_sha256 = a.file_sha256 "
	"AND b.sheet = a.sheet AND b.line = a.line AND a.solved AND NOT b.solved",
	"INSERT OR IGNORE INTO main.field SELECT key, value FROM pkg.field",
	"INSERT OR IGNORE INTO main.export_run SELECT l.dst, r.n, r.profile, r.kind, "
	"r.manifest_sha256, r.people, r.files, r.final, r.done_utc_ms" LABELLED("export_run", "r"),
	"INSERT OR IGNORE INTO main.export_person SELECT l.dst, x.run, m.dst, x.shot_kiosk, "
	"x.shot" LABELLED("export_person", "x") MAPPED("x"),
	"INSERT INTO main.erratum SELECT l.dst, e.n, m.dst, e.old_kiosk, e.old_shot, e.new_kiosk, "
	"e.new_shot, e.reason, e.added_utc_ms, e.new_was, e.chosen_utc_ms, coalesce((SELECT dst FROM "
	"temp.label WHERE src = e.run_kiosk), ''), e.run" LABELLED("erratum", "e") MAPPED(
		"e") "WHERE "
		     "true ON CONFLICT (kiosk, n) DO UPDATE SET new_kiosk = excluded.new_kiosk, new_shot = excluded.new_shot, "
		     "new_was = excluded.new_was, chosen_utc_ms = excluded.chosen_utc_ms, run_kiosk = "
		     "excluded.run_kiosk, run = excluded.run WHERE " IS_AHEAD("excluded.kiosk"),
	"INSERT INTO main.merged SELECT l.dst, x.manifest_sha256, x.head_n, x.last_shot, "
	"x.merged_utc_ms" LABELLED("merged", "x") "WHERE true ON CONFLICT DO NOTHING",

	/* --- last: the chains --- */
	"INSERT INTO main.event SELECT l.dst, e.n, e.boot_id, e.mono_ms, e.utc_ms, e.type, e.body, "
	"e.prev, e.hash" LABELLED("event",
				  "e") "WHERE e.n > (SELECT coalesce(max(n), 0) FROM "
				       "main.event WHERE kiosk = l.dst) ORDER BY l.dst, e.n",
};

static const char remember[] =
	"INSERT OR REPLACE INTO main.merged SELECT k, ?1, coalesce((SELECT max(n) FROM main.event "
	"WHERE kiosk = k), 0), coalesce((SELECT max(n) FROM pkg.shot WHERE kiosk = k AND sha256 <> "
	"''), 0), ?2 FROM (SELECT kiosk AS k FROM temp.shooter UNION SELECT ?3 WHERE NOT EXISTS "
	"(SELECT 1 FROM temp.shooter))";

static int64_t count(sqlite3 *db, const char *sql)
{
	return sql_int(db, 0, sql, "");
}

static void tally(sqlite3 *db, struct merge_report *r, int sign)
{
	r->people += sign * count(db, "SELECT count(*) FROM main.person");
	r->visits += sign * count(db, "SELECT count(*) FROM main.visit");
	r->shots += sign * count(db, "SELECT count(*) FROM main.shot");
	r->events += sign * count(db, "SELECT count(*) FROM main.event");
}

static int run_steps(sqlite3 *db, const char *code, const struct package *p)
{
	char hex[SHA256_HEX];
	int rc = sql_run(db, steps[0], "s", code);

	for (size_t i = 1; i < ARRAY_SIZE(steps) && rc == SQLITE_DONE; i++)
		rc = sql_run(db, steps[i], "");
	hash_hex(p->manifest_sha256, hex);
	if (rc == SQLITE_DONE)
		rc = sql_run(db, remember, "sis", hex, clock_utc_ms(), p->view.kiosk);
	return rc == SQLITE_DONE ? 0 : rc == SQLITE_FULL ? -ENOSPC : -EIO;
}

int merge_rows(struct job *j, const struct package *p, struct merge_report *report)
{
	const char *code = strrchr(j->path, '/') + 1;
	int rc;

	if (sql_run(j->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EIO;
	tally(j->db, report, -1);
	report->joined = count(j->db, "SELECT count(*) FROM temp.map WHERE dst IS NOT NULL");
	rc = run_steps(j->db, code, p);
	if (!rc) {
		tally(j->db, report, 1);
		if (sql_run(j->db, "COMMIT", "") != SQLITE_DONE)
			rc = -EIO;
	}
	if (rc && !sqlite3_get_autocommit(j->db)) {
		snprintf(report->why, sizeof(report->why), "its rows do not fit together: %s",
			 sqlite3_errmsg(j->db));
		sql_run(j->db, "ROLLBACK", "");
	}
	return rc;
}
