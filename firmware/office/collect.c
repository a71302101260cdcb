#include "firmware/office/collect.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/judge/record.h"
#include "firmware/office/collect_inside.h"
#include "firmware/roster/import.h"

int collect_fail(struct collecting *g, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->why, 256, fmt, ap);
	va_end(ap);
	return rc;
}

/* --- the job ----------------------------------------------------------------------------------- */

/* The job's people in memory: what a dry run imports is gone afterwards. */
static int copy_job(struct collecting *g)
{
	sqlite3_backup *b = NULL;
	sqlite3 *from = NULL;
	int rc = job_open_reader(g->w->data_dir, g->w->job, &from);

	memset(&g->job, 0, sizeof(g->job));
	g->job.dir = g->job.originals = g->job.incoming = g->job.quarantine = -1;
	if (rc < 0 && rc != -ENOENT)
		return rc;
	rc = sqlite3_open_v2(":memory:", &g->job.db,
			     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
			     NULL);
	if (rc == SQLITE_OK && from) {
		b = sqlite3_backup_init(g->job.db, "main", from, "main");
		rc = b && sqlite3_backup_step(b, -1) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
		sqlite3_backup_finish(b);
	}
	sqlite3_close(from);
	if (rc != SQLITE_OK)
		return -EIO;
	return job_migrate(g->job.db);
}

static int open_job(struct collecting *g)
{
	const struct collect_wish *w = g->w;
	int rc = w->dry_run ? copy_job(g)
			    : job_open(w->data_dir, w->job, w->roster != NULL, &g->job);

	if (!rc)
		return 0;
	return collect_fail(g, rc, "job %s: %s", w->job,
			    rc == -EBUSY     ? "a kiosk has it open; stop it first"
			    : rc == -EINVAL  ? "this is no usable job name"
			    : rc == -ENOENT  ? "there is none; give --roster FILE to make it"
			    : rc == -EUCLEAN ? "its database is damaged or from a newer program"
					     : strerror(-rc));
}

static void close_job(struct collecting *g)
{
	if (g->w->dry_run)
		sqlite3_close(g->job.db);
	else
		job_close(&g->job);
}

/* A file that cannot be used makes no job. */
static int look_at_roster(struct collecting *g)
{
	char db[800];
	struct roster_file *f;
	int rc = 0;

	snprintf(db, sizeof(db), "%s/jobs/%s/job.db", g->w->data_dir, g->w->job);
	if (!g->w->roster || access(db, F_OK) == 0)
		return 0;
	f = roster_file_open(g->w->roster, NULL, NULL);
	if (!f)
		return -ENOMEM;
	if (roster_file_result(f)->fault)
		rc = collect_bad_roster(g, f);
	roster_file_free(f);
	return rc;
}

static int load_preset(struct collecting *g)
{
	struct config_error err;

	if (preset_path(g->w->preset, g->preset_path, sizeof(g->preset_path)) < 0)
		return collect_fail(g, -ENOENT, "no preset %.64s", g->w->preset);
	snprintf(g->job_conf, sizeof(g->job_conf), "%s/jobs/%s/job.conf", g->w->data_dir,
		 g->w->job);
	if (preset_load(g->preset_path, g->job_conf, &g->preset, &err) < 0)
		return collect_fail(g, -EINVAL, "%.250s", err.text);
	record_model(g->w->landmarks, g->model);
	return 0;
}

/* --- one after the other ----------------------------------------------------------------------- */

static int in_job(struct collecting *g)
{
	int rc = collect_import(g);

	if (!rc)
		rc = collect_people(g);
	if (!rc)
		rc = collect_match(g);
	if (!rc)
		rc = collect_see(g);
	if (rc)
		return rc;
	collect_check(g);
	rc = collect_same(g);
	return rc ? rc : collect_keep(g);
}

/* It names files of the vault. */
static bool kiosk_ok(const char *kiosk)
{
	size_t n = strlen(kiosk);

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)kiosk[i]))
			return false;
	return n >= 1 && n <= 10;
}

static int run(struct collecting *g)
{
	struct stat st;
	int rc;

	if (!kiosk_ok(g->w->kiosk))
		return collect_fail(g, -EINVAL, "--kiosk %.20s: 1 to 10 letters and digits",
				    g->w->kiosk);
	if (stat(g->w->folder, &st) < 0 || !S_ISDIR(st.st_mode))
		return collect_fail(g, -ENOTDIR, "%.180s is no folder", g->w->folder);
	rc = load_preset(g);
	if (!rc)
		rc = collect_folder(g);
	if (!rc)
		rc = look_at_roster(g);
	if (!rc)
		rc = open_job(g);
	if (rc)
		return rc;
	rc = in_job(g);
	close_job(g);
	return rc;
}

static void free_work(struct collecting *g)
{
	for (int i = 0; i < g->file_count && g->files; i++)
		free(g->files[i].path);
	free(g->files);
	if (g->seen)
		munmap(g->seen, ((size_t)g->file_count + 1) * sizeof(*g->seen));
}

int collect_run(const struct collect_wish *w, struct collect **out, char why[static 256])
{
	struct collecting g = { .w = w, .why = why };
	int rc;

	why[0] = '\0';
	*out = NULL;
	g.now_utc_ms = w->now_utc_ms ? w->now_utc_ms : clock_utc_ms();
	g.c = calloc(1, sizeof(*g.c));
	rc = g.c ? run(&g) : -ENOMEM;
	free_work(&g);
	if (rc < 0) {
		if (!why[0])
			snprintf(why, 256, "%s", strerror(-rc));
		collect_free(g.c);
		return rc;
	}
	*out = g.c;
	return 0;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	for (int i = 0; i < c->count && c->photos; i++)
		free(c->photos[i].path);
	free(c->photos);
	free(c->people);
	free(c->missing);
	free(c);
}

bool collect_fine(const struct collect *c)
{
	return !c->fates[COLLECT_OUT] && !c->fates[COLLECT_REJECTED] && !c->missing_count &&
	       !c->roster_bad;
}
