#include "firmware/export/run.h"

#include <errno.h>

#include "firmware/base/clock.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"

/* Whose picture was replaced while the export was running has not got it yet: the next one brings it,
 * and a final one must not lock it in undelivered. */
static int add_people(sqlite3 *db, const char *kiosk, int64_t run, const struct people *p,
		      int64_t *count)
{
	int rc = SQLITE_DONE;

	for (int i = 0; p && i < p->count && rc == SQLITE_DONE; i++) {
		const struct subject *s = &p->all[i];

		if (!s->shot)
			continue;
		rc = sql_run(db,
			     "INSERT INTO export_person SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS "
			     "(SELECT 1 FROM picture c WHERE c.person = ?3 AND c.kiosk = ?4 AND "
			     "c.shot = ?5)",
			     "siisi", kiosk, run, s->id, s->kiosk, s->shot);
		*count += rc == SQLITE_DONE && sqlite3_changes(db);
	}
	return rc;
}

/* A choice made while the export was running is not in it. */
static int settle_errata(sqlite3 *db, const char *kiosk, int64_t run)
{
	return sql_run(db,
		       "UPDATE erratum SET run_kiosk = ?1, run = ?2 WHERE run IS NULL AND "
		       "new_shot <> 0 AND EXISTS (SELECT 1 FROM export_person p WHERE p.kiosk = ?1 "
		       "AND p.run = ?2 AND p.person = erratum.person AND p.shot_kiosk = "
		       "erratum.new_kiosk AND p.shot = erratum.new_shot)",
		       "si", kiosk, run);
}

static int record(sqlite3 *db, const char *kiosk, const struct export_run *r,
		  const struct people *people, int64_t run)
{
	char hex[SHA256_HEX];
	int64_t count = 0;
	int rc;

	hash_hex(r->manifest_sha256, hex);
	rc = add_people(db, kiosk, run, people, &count);
	if (rc == SQLITE_DONE)
		rc = sql_run(db, "INSERT INTO export_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			     "sisssiiii", kiosk, run, r->profile, r->kind, hex, count,
			     (int64_t)r->files, (int64_t)r->final, clock_utc_ms());
	if (rc == SQLITE_DONE)
		rc = settle_errata(db, kiosk, run);
	if (rc != SQLITE_DONE)
		return rc;
	return ledger_append(db, kiosk, "export.verified",
			     json_pack("{sIsssssssIsisb}", "run", run, "profile", r->profile,
				       "kind", r->kind, "manifest_sha256", hex, "people", count,
				       "files", r->files, "final", r->final));
}

int export_run_record(const char *data_dir, const char *job, const char *kiosk,
		      const struct export_run *r, const struct people *people, int64_t *n)
{
	struct job j;
	int64_t run;
	int rc = job_open_beside(data_dir, job, &j);

	if (rc < 0)
		return rc;
	if (sql_run(j.db, "BEGIN IMMEDIATE", "") != SQLITE_DONE) {
		job_close(&j);
		return -EBUSY;
	}
	run = 1 + sql_int(j.db, 0, "SELECT max(n) FROM export_run WHERE kiosk = ?", "s", kiosk);
	rc = record(j.db, kiosk, r, people, run);
	rc = rc == SQLITE_OK && sql_run(j.db, "COMMIT", "") == SQLITE_DONE ? 0 : -EIO;
	job_close(&j);
	if (!rc && n)
		*n = run;
	return rc;
}
