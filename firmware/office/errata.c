#include "firmware/office/errata.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/store/ledger.h"
#include "firmware/store/vault.h"

int errata_open(const char *data_dir, const char *job, struct job *out)
{
	int rc = job_open(data_dir, job, false, out);

	if (!rc)
		return sql_run(out->db, "BEGIN IMMEDIATE", "") == SQLITE_DONE ? 0 : -EIO;
	if (rc != -EBUSY)
		return rc;
	rc = job_open_beside(data_dir, job, out);
	if (rc < 0)
		return rc;
	rc = job_between_visits(out);
	if (rc < 0)
		job_close(out);
	return rc;
}

int errata_close(struct job *j, bool keep)
{
	int rc = 0;

	if (keep && sql_run(j->db, "COMMIT", "") != SQLITE_DONE)
		rc = -EIO;
	if (!sqlite3_get_autocommit(j->db))
		sql_run(j->db, "ROLLBACK", "");
	job_close(j);
	return rc;
}

/* --- looking ---------------------------------------------------------------------------------- */

int errata_each(sqlite3 *db, bool open_only, int (*each)(void *ctx, const struct erratum *e),
		void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT e.kiosk, e.n, e.person, p.name, p.student_no, p.id_no, p.class_name, "
		"e.reason, coalesce((SELECT c.why FROM choice c WHERE c.person = e.person AND "
		"c.kiosk = e.new_kiosk AND c.shot = e.new_shot), ''), e.old_kiosk, e.new_kiosk, "
		"e.old_shot, e.new_shot, e.added_utc_ms, e.chosen_utc_ms, e.run IS NOT NULL FROM "
		"erratum e JOIN person p ON p.id = e.person WHERE NOT (?1 AND e.run IS NOT NULL) "
		"ORDER BY e.added_utc_ms, e.kiosk, e.n",
		"i", (int64_t)open_only);
	int rc = SQLITE_ERROR, told = 0;

	while (st && !told && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const struct erratum e = { .kiosk = sql_text(st, 0),
					   .n = sqlite3_column_int64(st, 1),
					   .person = sqlite3_column_int64(st, 2),
					   .name = sql_text(st, 3),
					   .student_no = sql_text(st, 4),
					   .id_no = sql_text(st, 5),
					   .class_name = sql_text(st, 6),
					   .reason = sql_text(st, 7),
					   .why = sql_text(st, 8),
					   .old_kiosk = sql_text(st, 9),
					   .new_kiosk = sql_text(st, 10),
					   .old_shot = sqlite3_column_int64(st, 11),
					   .new_shot = sqlite3_column_int64(st, 12),
					   .added_utc_ms = sqlite3_column_int64(st, 13),
					   .chosen_utc_ms = sqlite3_column_int64(st, 14),
					   .delivered = sqlite3_column_int(st, 15) };

		told = each(ctx, &e);
	}
	return told ? told : rc == SQLITE_DONE ? 0 : -EIO;
}

int errata_frames(sqlite3 *db, const char *job_dir, int64_t person,
		  int (*each)(void *ctx, const struct frame *f), void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT s.kiosk, s.n, s.visit, s.attempt, s.state, s.verdict, s.reason, s.why, "
		"s.stored_utc_ms, c.shot IS NOT NULL FROM shot s LEFT JOIN picture c ON c.person = "
		"s.person AND c.kiosk = s.kiosk AND c.shot = s.n WHERE s.person = ? AND s.sha256 <> "
		"'' ORDER BY s.stored_utc_ms, s.kiosk, s.n",
		"i", person);
	int rc = SQLITE_ERROR, told = 0;

	while (st && !told && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct frame f = { .kiosk = sql_text(st, 0),
				   .shot = sqlite3_column_int64(st, 1),
				   .visit = sqlite3_column_int64(st, 2),
				   .attempt = sqlite3_column_int(st, 3),
				   .state = sql_text(st, 4),
				   .verdict = sql_text(st, 5),
				   .reason = sql_text(st, 6),
				   .why = sql_text(st, 7),
				   .stored_utc_ms = sqlite3_column_int64(st, 8),
				   .counts = sqlite3_column_int(st, 9) };

		vault_id(f.kiosk, f.shot, f.id);
		snprintf(f.path, sizeof(f.path), "%.500s/%s/%s.jpg", job_dir,
			 strcmp(f.state, "quarantined") ? "originals" : "quarantine", f.id);
		told = each(ctx, &f);
	}
	return told ? told : rc == SQLITE_DONE ? 0 : -EIO;
}

int64_t errata_person(sqlite3 *db, const char *key)
{
	struct person p[ROSTER_MATCHES_MAX];
	struct roster *r = NULL;
	int n = roster_open(db, &r);
	int64_t seq =
		strlen(key) == 4 && strspn(key, "0123456789") == 4 ? strtoll(key, NULL, 10) : 0;

	if (!n)
		n = roster_find(r, key, p, ROSTER_MATCHES_MAX);
	if (!n)
		n = roster_find_student_no(r, key, p, ROSTER_MATCHES_MAX);
	if (!n)
		n = roster_find_name(r, key, p, ROSTER_MATCHES_MAX);
	roster_close(r);
	if (n < 0)
		return -EIO;
	if (n)
		return n == 1 ? p[0].id : -E2BIG;
	if (!seq)
		return 0;
	if (sql_int(db, 0, "SELECT count(DISTINCT person) FROM number WHERE number = ?", "i", seq) >
	    1)
		return -E2BIG;
	return sql_int(db, 0, "SELECT person FROM number WHERE number = ?", "i", seq);
}

/* --- choosing --------------------------------------------------------------------------------- */

struct change {
	sqlite3 *db;
	int64_t person;
	char kiosk[16], state[16], old_kiosk[16]; /* of the frame; of the picture that counts now */
	int64_t shot, old_shot;
	int64_t stepped_back; /* accepted picture of the frame's own kiosk, 0 none */
	char erratum_kiosk[32];
	int64_t erratum;
	bool passed;
};

static int refuse(char *why, const char *text)
{
	snprintf(why, ERRATA_WHY_MAX, "%s", text);
	return -EINVAL;
}

static void find_current(struct change *c)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		c->db, "SELECT kiosk, shot FROM picture WHERE person = ?", "i", c->person);

	if (st && sqlite3_step(st) == SQLITE_ROW) {
		snprintf(c->old_kiosk, sizeof(c->old_kiosk), "%s", sql_text(st, 0));
		c->old_shot = sqlite3_column_int64(st, 1);
	}
}

static int find_frame(struct change *c, const char *id, char *why)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		c->db,
		"SELECT kiosk, n, state, coalesce(person, 0), verdict IN ('pass', 'warn'), EXISTS "
		"(SELECT 1 FROM visit v WHERE v.kiosk = shot.kiosk AND v.n = shot.visit AND v.state "
		"= 'swapped') FROM shot WHERE printf('%.10s-%06d', kiosk, n) = ? AND sha256 <> ''",
		"s", id);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return refuse(why, "there is no such frame; see errata frames");
	snprintf(c->kiosk, sizeof(c->kiosk), "%s", sql_text(st, 0));
	c->shot = sqlite3_column_int64(st, 1);
	snprintf(c->state, sizeof(c->state), "%s", sql_text(st, 2));
	c->passed = sqlite3_column_int(st, 4);
	if (sqlite3_column_int64(st, 3) != c->person)
		return refuse(why, "this frame shows somebody else");
	if (sqlite3_column_int(st, 5))
		return refuse(why, "somebody else sat there (swapped at the kiosk); it cannot be "
				   "chosen");
	if (!strcmp(c->state, "quarantined") || !strcmp(c->state, "lost"))
		return refuse(why, "nobody knows whom this frame shows; it cannot be chosen");
	if (!strcmp(c->kiosk, c->old_kiosk) && c->shot == c->old_shot)
		return refuse(why, "this frame is the person's picture already");
	return 0;
}

static int64_t next_erratum(sqlite3 *db)
{
	return 1 + sql_int(db, 0, "SELECT max(n) FROM erratum WHERE kiosk = ?", "s", ERRATA_KIOSK);
}

static int add_erratum(struct change *c, const char *reason)
{
	c->erratum = next_erratum(c->db);
	strcpy(c->erratum_kiosk, ERRATA_KIOSK);
	if (sql_run(c->db,
		    "INSERT INTO erratum (kiosk, n, person, old_kiosk, old_shot, reason, "
		    "added_utc_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
		    "siisisi", ERRATA_KIOSK, c->erratum, c->person, c->old_kiosk, c->old_shot,
		    reason, clock_utc_ms()) != SQLITE_DONE)
		return -EIO;
	return ledger_append(c->db, ERRATA_KIOSK, "erratum.added",
			     json_pack("{sIsIsssI}", "erratum", c->erratum, "person", c->person,
				       "kiosk", c->old_kiosk, "shot", c->old_shot)) == SQLITE_OK
		       ? 0
		       : -EIO;
}

/* The oldest complaint that is not answered yet. */
static int find_erratum(struct change *c, const char *reason)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		c->db,
		"SELECT kiosk, n FROM erratum WHERE person = ? AND new_shot = 0 AND run IS NULL "
		"ORDER BY added_utc_ms, kiosk, n LIMIT 1",
		"i", c->person);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return add_erratum(c, reason);
	snprintf(c->erratum_kiosk, sizeof(c->erratum_kiosk), "%s", sql_text(st, 0));
	c->erratum = sqlite3_column_int64(st, 1);
	return 0;
}

/* Only one picture of a kiosk is accepted: that one steps back first. */
static int swap_states(struct change *c, const char *reason)
{
	if (!strcmp(c->state, "accepted"))
		return 0;
	c->stepped_back = sql_int(c->db, 0,
				  "SELECT n FROM shot WHERE person = ? AND kiosk = ? AND state = "
				  "'accepted'",
				  "is", c->person, c->kiosk);
	if (sql_run(c->db,
		    "UPDATE shot SET state = 'superseded' WHERE kiosk = ? AND n = ? AND state = "
		    "'accepted'",
		    "si", c->kiosk, c->stepped_back) != SQLITE_DONE)
		return -EIO;
	/* Accepted against the verdict: the lists name the reason, as for the photographer's. */
	return sql_run(c->db,
		       "UPDATE shot SET state = 'accepted', why = CASE WHEN ? THEN why ELSE ? END, "
		       "supersedes = nullif(?, 0) WHERE kiosk = ? AND n = ?",
		       "isisi", (int64_t)c->passed, reason, c->stepped_back, c->kiosk,
		       c->shot) == SQLITE_DONE
		       ? 0
		       : -EIO;
}

static int set_choice(sqlite3 *db, int64_t person, const char *kiosk, int64_t shot, const char *why)
{
	return sql_run(db, "INSERT OR REPLACE INTO choice VALUES (?, ?, ?, ?, ?)", "isisi", person,
		       kiosk, shot, why, clock_utc_ms()) == SQLITE_DONE
		       ? 0
		       : -EIO;
}

static int write_choice(struct change *c, const char *reason)
{
	if (sql_run(c->db,
		    "UPDATE erratum SET old_kiosk = ?, old_shot = ?, new_kiosk = ?, new_shot = ?, "
		    "new_was = ?, chosen_utc_ms = ? WHERE kiosk = ? AND n = ?",
		    "sisisisi", c->old_kiosk, c->old_shot, c->kiosk, c->shot, c->state,
		    clock_utc_ms(), c->erratum_kiosk, c->erratum) != SQLITE_DONE)
		return -EIO;
	if (set_choice(c->db, c->person, c->kiosk, c->shot, reason) < 0)
		return -EIO;
	return ledger_append(c->db, ERRATA_KIOSK, "erratum.chosen",
			     json_pack("{sssIsssIsssIss}", "of", c->erratum_kiosk, "erratum",
				       c->erratum, "old_kiosk", c->old_kiosk, "old_shot",
				       c->old_shot, "kiosk", c->kiosk, "shot", c->shot, "was",
				       c->state)) == SQLITE_OK
		       ? 0
		       : -EIO;
}

int errata_choose(struct job *j, int64_t person, const char *id, const char *reason,
		  char why[static ERRATA_WHY_MAX])
{
	struct change c = { .db = j->db, .person = person };
	int rc;

	find_current(&c);
	rc = find_frame(&c, id, why);
	if (!rc)
		rc = find_erratum(&c, reason);
	if (!rc)
		rc = swap_states(&c, reason);
	return rc ? rc : write_choice(&c, reason);
}

/* --- undoing ---------------------------------------------------------------------------------- */

struct last {
	char kiosk[32], old_kiosk[16], new_kiosk[16], was[16];
	int64_t n, old_shot, new_shot;
	bool delivered;
};

static bool find_last(sqlite3 *db, int64_t person, struct last *l)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT kiosk, n, old_kiosk, old_shot, new_kiosk, new_shot, new_was, run IS NOT NULL "
		"FROM erratum WHERE person = ? AND new_shot <> 0 ORDER BY chosen_utc_ms DESC, n "
		"DESC LIMIT 1",
		"i", person);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return false;
	snprintf(l->kiosk, sizeof(l->kiosk), "%s", sql_text(st, 0));
	l->n = sqlite3_column_int64(st, 1);
	snprintf(l->old_kiosk, sizeof(l->old_kiosk), "%s", sql_text(st, 2));
	l->old_shot = sqlite3_column_int64(st, 3);
	snprintf(l->new_kiosk, sizeof(l->new_kiosk), "%s", sql_text(st, 4));
	l->new_shot = sqlite3_column_int64(st, 5);
	snprintf(l->was, sizeof(l->was), "%s", sql_text(st, 6));
	l->delivered = sqlite3_column_int(st, 7);
	return true;
}

/* The frame is again what it was, and the one it took the place of too. */
static int give_back(sqlite3 *db, int64_t person, const struct last *l, const char *reason)
{
	int64_t stepped_back =
		strcmp(l->was, "accepted")
			? sql_int(db, 0, "SELECT supersedes FROM shot WHERE kiosk = ? AND n = ?",
				  "si", l->new_kiosk, l->new_shot)
			: 0;

	if (sql_run(db,
		    "UPDATE shot SET state = ?1, supersedes = CASE WHEN ?1 = 'accepted' THEN "
		    "supersedes END WHERE kiosk = ?2 AND n = ?3",
		    "ssi", l->was, l->new_kiosk, l->new_shot) != SQLITE_DONE ||
	    sql_run(db,
		    "UPDATE shot SET state = 'accepted' WHERE kiosk = ? AND n = ? AND state = "
		    "'superseded'",
		    "si", l->new_kiosk, stepped_back) != SQLITE_DONE ||
	    sql_run(db,
		    "UPDATE erratum SET new_kiosk = '', new_shot = 0, new_was = '', chosen_utc_ms = "
		    "NULL WHERE kiosk = ? AND n = ?",
		    "si", l->kiosk, l->n) != SQLITE_DONE)
		return -EIO;
	if (l->old_shot)
		return set_choice(db, person, l->old_kiosk, l->old_shot, reason);
	return sql_run(db, "DELETE FROM choice WHERE person = ?", "i", person) == SQLITE_DONE
		       ? 0
		       : -EIO;
}

int errata_undo(struct job *j, int64_t person, const char *reason, char why[static ERRATA_WHY_MAX])
{
	char id[VAULT_ID_MAX];
	struct last l;

	if (!find_last(j->db, person, &l))
		return refuse(why, "nothing was chosen for this person");
	if (l.delivered && !l.old_shot)
		return refuse(why, "before this one the person had no picture");
	if (l.delivered) {
		vault_id(l.old_kiosk, l.old_shot, id);
		return errata_choose(j, person, id, reason, why);
	}
	if (give_back(j->db, person, &l, reason) < 0)
		return -EIO;
	return ledger_append(j->db, ERRATA_KIOSK, "erratum.undone",
			     json_pack("{sssIsssI}", "of", l.kiosk, "erratum", l.n, "kiosk",
				       l.new_kiosk, "shot", l.new_shot)) == SQLITE_OK
		       ? 0
		       : -EIO;
}
