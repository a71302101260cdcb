#include "firmware/office/erase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/office/erase_inside.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"

#define DAY_MS INT64_C(86400000)

struct places {
	char job[JOB_PATH_MAX], leaving[JOB_PATH_MAX], jobs[JOB_PATH_MAX];
	char journals[JOB_PATH_MAX], journal[JOB_PATH_MAX + 2 * JOB_CODE_MAX],
		name[JOB_CODE_MAX + 16];
};

static int find_places(const char *data_dir, const char *job, struct places *p)
{
	if (!job_name_ok(job) || strlen(data_dir) > JOB_PATH_MAX - 2 * JOB_CODE_MAX)
		return -EINVAL;
	snprintf(p->jobs, sizeof(p->jobs), "%s/jobs", data_dir);
	snprintf(p->job, sizeof(p->job), "%s/jobs/%s", data_dir, job);
	snprintf(p->leaving, sizeof(p->leaving), "%s/jobs/.erasing-%s", data_dir, job);
	snprintf(p->journals, sizeof(p->journals), "%s/erasing", data_dir);
	snprintf(p->name, sizeof(p->name), "%s.json", job);
	snprintf(p->journal, sizeof(p->journal), "%s/%s", p->journals, p->name);
	return 0;
}

/* --- what stands against it ------------------------------------------------------------------- */

/* In an archive or a delivery, or brought by a package that is still somewhere. */
static const char unsafe[] =
	"SELECT count(*) FROM shot s WHERE s.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM "
	"export_person p JOIN export_run r ON r.kiosk = p.kiosk AND r.n = p.run WHERE r.kind <> "
	"'lists' AND p.person = s.person AND p.shot_kiosk = s.kiosk AND p.shot = s.n) AND NOT EXISTS "
	"(SELECT 1 FROM merged m WHERE m.kiosk = s.kiosk AND s.n <= m.last_shot)";

static void look(sqlite3 *db, struct erase_state *s)
{
	char days[JOB_FIELD_MAX];
	int64_t now = clock_utc_ms();

	memset(s, 0, sizeof(*s));
	s->people = sql_int(db, 0, "SELECT count(*) FROM person", "");
	s->pictures = sql_int(db, 0, "SELECT count(*) FROM picture", "");
	s->attempts = sql_int(db, 0, "SELECT count(*) FROM shot WHERE sha256 <> ''", "");
	s->unsafe = sql_int(db, -1, unsafe, "");
	job_field_get(db, JOB_FIELD(RETENTION_DAYS), days);
	s->retention_days = days[0] ? atoi(days) : 7;
	s->exported_utc_ms =
		sql_int(db, 0, "SELECT max(done_utc_ms) FROM export_run WHERE kind = 'full'", "");
	if (!s->exported_utc_ms)
		s->exported_utc_ms = sql_int(db, 0, "SELECT max(merged_utc_ms) FROM merged", "");
	s->free_utc_ms = s->exported_utc_ms + s->retention_days * DAY_MS;
	s->over = s->exported_utc_ms && now >= s->free_utc_ms;
}

/* A journal whose job was never moved away erased nothing: a power cut came first, and the kiosk may
 * have gone on with it since. Then all is asked again. */
static bool begun(const struct places *p)
{
	json_t *draft = access(p->journal, F_OK) < 0 ? NULL : json_load_file(p->journal, 0, NULL);
	bool moved = !draft || json_is_true(json_object_get(draft, "moved"));

	json_decref(draft);
	if (access(p->journal, F_OK) < 0)
		return false;
	return moved || !access(p->leaving, F_OK) || access(p->job, F_OK) < 0;
}

int erase_look(const char *data_dir, const char *job, struct erase_state *out)
{
	struct places p;
	sqlite3 *db = NULL;
	int rc = find_places(data_dir, job, &p);

	memset(out, 0, sizeof(*out));
	if (rc < 0)
		return rc;
	if (begun(&p)) {
		out->begun = true;
		return 0;
	}
	rc = job_open_reader(data_dir, job, &db);
	if (!rc)
		look(db, out);
	sqlite3_close(db);
	return rc;
}

static int allowed(const struct erase_wish *w, struct erase_report *r)
{
	const struct erase_state *s = &r->state;
	bool reason = w->reason && w->reason[0];

	if (s->unsafe < 0)
		return -EIO;
	if (s->unsafe && s->unsafe != w->lose) {
		snprintf(r->why, sizeof(r->why),
			 "%lld pictures are in no verified export; export first (to lose them for "
			 "good: --lose %lld)",
			 (long long)s->unsafe, (long long)s->unsafe);
		return -EPERM;
	}
	if (s->over || (w->now && reason))
		return 0;
	snprintf(
		r->why, sizeof(r->why),
		w->now ? "--now needs --reason TEXT for the certificate"
		: s->exported_utc_ms
			? "the %d days after the last verified export are not over; before that: "
			  "--now --reason TEXT"
			: "there was no verified full export in %d days or ever; without one: --now "
			  "--reason TEXT",
		s->retention_days);
	return -EPERM;
}

/* --- doing it --------------------------------------------------------------------------------- */

static int keep_journal(const struct places *p, json_t *draft, bool moved)
{
	SCOPED_FREE char *text = NULL;

	json_object_set_new(draft, "moved", json_boolean(moved));
	text = json_dumps(draft, JSON_SORT_KEYS);
	return text ? erase_keep(p->journals, p->name, text) : -ENOMEM;
}

static int move_away(const struct places *p)
{
	SCOPED_FD int jobs = open(p->jobs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (jobs < 0)
		return -errno;
	/* Moved and not noted: it is there under its other name already. */
	if (access(p->leaving, F_OK) < 0 && rename(p->job, p->leaving) < 0)
		return -errno;
	return fsync(jobs) < 0 ? -errno : 0;
}

/* From the journal on nothing is asked any more. */
static int go_on(const struct erase_wish *w, const struct places *p, json_t *draft,
		 struct erase_report *r)
{
	SCOPED_FD int dir = -1;
	int rc = 0;

	if (!json_is_true(json_object_get(draft, "moved"))) {
		rc = move_away(p);
		if (!rc)
			rc = keep_journal(p, draft, true);
	}
	if (!rc)
		rc = erase_wipe(p->leaving, w, r);
	json_object_del(draft, "moved");
	if (!rc)
		rc = erase_certify(w, draft, r);
	if (rc)
		return rc;
	if (unlink(p->journal) < 0)
		return -errno;
	dir = open(p->journals, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 || fsync(dir) < 0 ? -errno : 0;
}

static int resume(const struct erase_wish *w, const struct places *p, struct erase_report *r)
{
	json_t *draft = json_load_file(p->journal, 0, NULL);
	int rc;

	r->state.begun = true;
	if (!draft) {
		snprintf(r->why, sizeof(r->why), "DATA/erasing/%s cannot be read", p->name);
		return -EIO;
	}
	rc = go_on(w, p, draft, r);
	json_decref(draft);
	return rc;
}

static int begin(const struct erase_wish *w, const struct places *p, struct erase_report *r)
{
	json_t *draft = NULL;
	struct job j;
	int rc = job_open(w->data_dir, w->job, false, &j);

	if (rc < 0)
		return rc;
	look(j.db, &r->state);
	rc = allowed(w, r);
	if (!rc) {
		draft = erase_draft(w, &r->state, j.db);
		rc = draft ? keep_journal(p, draft, false) : -ENOMEM;
	}
	sqlite3_close_v2(j.db); /* the lock stays until the directory is gone */
	j.db = NULL;
	if (!rc)
		rc = go_on(w, p, draft, r);
	json_decref(draft);
	job_close(&j);
	return rc;
}

int erase_job(const struct erase_wish *w, struct erase_report *report)
{
	struct places p;
	int rc = find_places(w->data_dir, w->job, &p);

	memset(report, 0, sizeof(*report));
	if (rc < 0)
		return rc;
	return begun(&p) ? resume(w, &p, report) : begin(w, &p, report);
}
