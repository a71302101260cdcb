#include "firmware/office/merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/office/merge_inside.h"

static bool is_known(struct job *j, const struct package *p)
{
	char hex[SHA256_HEX];

	hash_hex(p->manifest_sha256, hex);
	return sql_int(j->db, 0, "SELECT 1 FROM merged WHERE manifest_sha256 = ?", "s", hex);
}

static void name_kiosks(struct job *j, const struct package *p, struct merge_report *r)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(j->db, "SELECT group_concat(kiosk, ' ') FROM temp.shooter", "");

	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(r->kiosks, sizeof(r->kiosks), sql_text(st, 0));
	if (!r->kiosks[0])
		text_copy(r->kiosks, sizeof(r->kiosks), p->view.kiosk);
}

static int bring_in(struct job *j, const struct package *p, const struct merge_options *o,
		    struct merge_report *report)
{
	int rc = merge_map(j, p);

	if (rc < 0)
		return rc;
	name_kiosks(j, p, report);
	rc = merge_conflicts(j, report->why, sizeof(report->why));
	if (!rc)
		rc = merge_files(j, p, o, report);
	return rc ? rc : merge_rows(j, p, report);
}

static int attached(struct job *j, const struct package *p, const struct merge_options *o,
		    struct merge_report *report)
{
	int rc;

	if (sql_run(j->db, "ATTACH ? AS pkg", "s", p->db) != SQLITE_DONE)
		return -EIO;
	rc = bring_in(j, p, o, report);
	if (sql_run(j->db, "DETACH pkg", "") != SQLITE_DONE && !rc)
		rc = -EIO;
	return rc;
}

int merge_package(struct job *j, const char *path, const struct merge_options *o,
		  struct merge_report *report)
{
	char copy[JOB_PATH_MAX + 32];
	struct package p;
	int rc;

	memset(report, 0, sizeof(*report));
	merge_prepare(j);
	snprintf(copy, sizeof(copy), "%s/derived/merge.db", j->path);
	rc = package_open(path, copy, o->signers, o->signer_count, o->passphrase, &p);
	text_copy(report->why, sizeof(report->why), p.why);
	if (!rc) {
		report->trusted = p.trusted;
		kiosk_fingerprint(p.view.public_key, report->fingerprint);
		report->known = is_known(j, &p);
	}
	if (!rc && !report->known)
		rc = attached(j, &p, o, report);
	package_close(&p);
	return rc;
}

void merge_close(struct job *j)
{
	static const char *const files[] = { "job.db", "job.db-wal", "job.db-shm" };
	static const char *const rooms[] = { "originals", "incoming", "quarantine", "derived" };
	bool empty = j->db && !sql_int(j->db, 1,
				       "SELECT (SELECT count(*) FROM job) + (SELECT "
				       "count(*) FROM person) + (SELECT count(*) FROM event)",
				       "");

	if (empty) {
		sqlite3_close_v2(j->db);
		j->db = NULL;
		for (size_t i = 0; i < ARRAY_SIZE(files); i++)
			unlinkat(j->dir, files[i], 0);
		/* Pictures of a merge cut short stay, and the folder with them. */
		for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
			unlinkat(j->dir, rooms[i], AT_REMOVEDIR);
		rmdir(j->path);
	}
	job_close(j);
}
