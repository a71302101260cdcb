#include "firmware/export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/export_inside.h"
#include "firmware/export/run.h"
#include "firmware/store/job.h"

/* --- failing ------------------------------------------------------------------------------------ */

int export_stop(struct export_going *g, enum export_cause cause, const char *where)
{
	if (g->report->cause)
		return -1;
	g->report->cause = cause;
	text_copy(g->report->where, sizeof(g->report->where), where);
	return -1;
}

static enum export_cause of_writer(enum writer_cause cause)
{
	static const enum export_cause causes[WRITER_CAUSE_COUNT] = {
		[WRITER_OK] = EXPORT_IO,
		[WRITER_FULL] = EXPORT_FULL,
		[WRITER_READ_ONLY] = EXPORT_READ_ONLY,
		[WRITER_REMOVED] = EXPORT_REMOVED,
		[WRITER_FOREIGN] = EXPORT_FOREIGN,
		[WRITER_DIFFERS] = EXPORT_DIFFERS,
		[WRITER_TOO_LARGE] = EXPORT_TOO_LARGE,
		[WRITER_NAME] = EXPORT_REFUSED_NAME,
		[WRITER_SOURCE] = EXPORT_SOURCE,
		[WRITER_CANCELLED] = EXPORT_CANCELLED,
		[WRITER_IO] = EXPORT_IO,
	};

	return causes[cause];
}

/* The writer's or the sink's failure, as this room's. */
int export_failed(struct export_going *g)
{
	char where[256] = "";
	enum writer_cause cause = g->sink.w ? writer_failure(g->sink.w, where) : WRITER_OK;

	if (g->sink.bad_source)
		return export_stop(g, EXPORT_SOURCE, g->sink.part);
	if (cause == WRITER_FULL && writer_missing_bytes(g->sink.w) > 0 && !g->report->cause)
		snprintf(g->report->detail, sizeof(g->report->detail), "%lld MB more are needed",
			 (long long)(writer_missing_bytes(g->sink.w) >> 20) + 1);
	/* An archive that is built on the stick goes there by another way. */
	if (!cause && !g->scratch && (g->sink.error == -ENOSPC || g->sink.error == -EDQUOT))
		return export_stop(g, EXPORT_FULL, g->sink.part);
	return export_stop(g, of_writer(cause), where);
}

/* --- what is asked ------------------------------------------------------------------------------ */

static void field_of(sqlite3 *db, const char *key, char *out, size_t size)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db, "SELECT value FROM field WHERE key = ?", "s", key);

	text_copy(out, size, st && sqlite3_step(st) == SQLITE_ROW ? sql_text(st, 0) : "");
}

static int job_split(sqlite3 *db)
{
	char split[32];

	field_of(db, "split", split, sizeof(split));
	return !strcmp(split, "station") ? SPLIT_STATION
	       : !strcmp(split, "class") ? SPLIT_CLASS
					 : SPLIT_NONE;
}

static int load_profile(struct export_going *g, const char *name)
{
	struct config_error err;
	char path[600];

	if (profile_path(name, path, sizeof(path)) < 0) {
		snprintf(g->report->detail, sizeof(g->report->detail), "no profile “%s”", name);
		return export_stop(g, EXPORT_PROFILE, "");
	}
	if (profile_load(path, &g->profile, &err) < 0) {
		text_copy(g->report->detail, sizeof(g->report->detail), err.text);
		return export_stop(g, EXPORT_PROFILE, "");
	}
	text_copy(g->report->profile, sizeof(g->report->profile), g->profile.id);
	return 0;
}

static int check_kind(struct export_going *g)
{
	char kind[32];

	field_of(g->db, "kind", kind, sizeof(kind));
	if (!kind[0])
		strcpy(kind, "ENROL");
	if (!strcmp(g->profile.kind, "any") || !strcmp(g->profile.kind, kind))
		return 0;
	return export_stop(g, EXPORT_KIND, "");
}

/* In a merged job the chains are other kiosks': theirs alone. */
static void pick_kiosk(struct export_going *g)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		g->db, "SELECT min(kiosk), max(kiosk) FROM (SELECT DISTINCT kiosk FROM event)", "");
	const char *kiosk = g->w->kiosk ? g->w->kiosk : job_office_id(g->db, NULL);

	if (!kiosk && st && sqlite3_step(st) == SQLITE_ROW && sql_text(st, 0)[0] &&
	    !strcmp(sql_text(st, 0), sql_text(st, 1)))
		kiosk = sql_text(st, 0);
	text_copy(g->kiosk, sizeof(g->kiosk), kiosk ? kiosk : "K1");
}

/* Exactly one person is meant by a 身份证号, a 学号 or a shooting number. */
static const struct subject *find_person(struct export_going *g)
{
	const struct subject *found = NULL;
	const char *asked = g->w->person;
	int n = 0;

	for (int i = 0; i < g->people.count && asked; i++) {
		const struct subject *s = &g->people.all[i];
		char seq[8];

		snprintf(seq, sizeof(seq), "%04d", s->seq);
		if (s->shot && (!strcasecmp(s->id_no, asked) || !strcmp(s->student_no, asked) ||
				(s->seq && !strcmp(seq, asked)))) {
			found = s;
			n++;
		}
	}
	return n == 1 ? found : NULL;
}

static void tell_fault(struct export_report *r, const struct plan_fault *f)
{
	struct export_fault *out = &r->faults[r->fault_count];

	memset(out, 0, sizeof(*out));
	subject_masked(f->who, out->who, sizeof(out->who));
	if (f->other)
		subject_masked(f->other, out->other, sizeof(out->other));
	text_copy(out->field, sizeof(out->field), f->field);
	text_copy(out->word, sizeof(out->word),
		  f->kind == PLAN_COLLISION ? "collision" : template_fault_word(f->fault));
}

static void tell_faults(struct export_going *g)
{
	struct export_report *r = g->report;

	if (!g->plan.fault_count)
		return;
	r->faults = calloc(EXPORT_FAULTS_MAX, sizeof(*r->faults));
	for (; r->faults && r->fault_count < g->plan.fault_count &&
	       r->fault_count < EXPORT_FAULTS_MAX;
	     r->fault_count++)
		tell_fault(r, &g->plan.faults[r->fault_count]);
	r->fault_count = g->plan.fault_count;
}

static int make_plan(struct export_going *g)
{
	struct plan_wish wish = { .data_dir = g->w->data_dir,
				  .job = g->w->job,
				  .leave_out = g->w->leave_out,
				  .job_split = job_split(g->db),
				  .several_series = sql_int(g->db, 0,
							    "SELECT count(DISTINCT series) FROM "
							    "picture",
							    "") > 1 };
	enum plan_cause cause;

	if (g->profile.single) {
		wish.only = find_person(g);
		if (!wish.only)
			return export_stop(g, EXPORT_PERSON, "");
		snprintf(g->folder, sizeof(g->folder), "%s-%s-%04d", g->w->job, g->profile.id,
			 wish.only->seq);
		snprintf(g->report->path, sizeof(g->report->path), "%s/%s", g->w->to, g->folder);
	}
	cause = plan_make(&g->profile, &g->people, &wish, &g->plan, g->report->detail);
	tell_faults(g);
	g->report->uncut = g->plan.uncut;
	g->report->left_out = g->plan.left_out;
	g->report->photos = g->plan.count;
	for (int i = 0; i < g->people.count; i++)
		g->report->missing += list_missing(&g->people.all[i]);
	switch (cause) {
	case PLAN_OK:
		return 0;
	case PLAN_NAMES:
		return export_stop(g, EXPORT_NAMES, "");
	case PLAN_PRESET:
	case PLAN_FIELD:
		return export_stop(g, EXPORT_PROFILE, "");
	case PLAN_MEMORY:
		break;
	}
	return export_stop(g, EXPORT_IO, "");
}

/* --- writing ------------------------------------------------------------------------------------ */

static int put_files(struct export_going *g, int from)
{
	const char *part = NULL;

	for (int i = from; i < g->file_count; i++) {
		const struct export_file *f = &g->files[i];

		if ((!part || strcmp(part, f->part) != 0) && sink_part(&g->sink, f->part) < 0)
			return export_failed(g);
		part = f->part;
		if (sink_put_bytes(&g->sink, f->path, f->data, f->bytes) < 0)
			return export_failed(g);
	}
	return sink_end(&g->sink) < 0 || writer_flush(g->sink.w) < 0 ? export_failed(g) : 0;
}

/* Folders and names this stick cannot hold are found before its first picture. */
static int expect_pictures(struct export_going *g)
{
	int64_t each = g->plan.files ? g->plan.bytes / g->plan.files : 0;

	for (int i = 0; i < g->plan.count && !g->sink.sealed; i++)
		for (int t = 0; t < g->profile.tree_count; t++)
			if (g->plan.people[i].path[t] && !g->plan.people[i].left_out &&
			    writer_expect(g->sink.w, g->plan.people[i].path[t], each) < 0)
				return -1;
	return 0;
}

static int put_pictures(struct export_going *g)
{
	SCOPED_FD int target = open(g->report->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct trees_report r;
	int rc;

	if (!g->profile.tree_count)
		return 0;
	if (expect_pictures(g) < 0 ||
	    writer_phase(g->sink.w, "pictures", g->plan.files, g->plan.bytes) < 0)
		return export_failed(g);
	rc = trees_write(&g->plan, &g->sink, target, &r);
	g->report->pictures = r.pictures;
	g->report->outside_window = r.outside_window;
	g->report->uncut += r.failed;
	if (r.bad) {
		const char *path = "";

		for (int i = 0; i < g->plan.count; i++)
			if (g->plan.people[i].s == r.bad)
				for (int t = g->profile.tree_count; t--;)
					path = g->plan.people[i].path[t] ? g->plan.people[i].path[t]
									 : path;
		return export_stop(g, EXPORT_SOURCE, path);
	}
	return rc < 0 || writer_flush(g->sink.w) < 0 ? export_failed(g) : 0;
}

/* Whom the machine could not serve stands on a list of its own, written last: only now all are known. */
static int put_uncut(struct export_going *g)
{
	struct list *l = export_uncut(g);
	int from = g->file_count;
	char path[128];

	if (!l || !g->profile.tree_count) {
		list_free(l);
		return 0;
	}
	snprintf(path, sizeof(path), "%s.xlsx", text_get(LANG_ZH, "list.uncut"));
	if (export_add_file(g, l, text_get(LANG_ZH, "list.uncut"), path) < 0)
		return -1;
	return put_files(g, from);
}

/* --- all of it ---------------------------------------------------------------------------------- */

static int write_package(struct export_going *g)
{
	if (export_expect(g) < 0)
		return -1;
	if (writer_phase(g->sink.w, "lists", g->file_count, g->file_bytes) < 0)
		return export_failed(g);
	if (put_files(g, 0) < 0 || put_pictures(g) < 0 || export_sheets(g) < 0 ||
	    put_uncut(g) < 0 || export_archive(g) < 0)
		return -1;
	if (g->profile.manifest ? export_papers(g) < 0 || export_manifest(g) < 0
				: export_sums(g) < 0)
		return -1;
	if (writer_drop_stale(g->sink.w) < 0)
		return export_failed(g);
	writer_counts(g->sink.w, &g->report->written, &g->report->kept);
	g->report->parts = g->sink.parts;
	g->report->safe = true;
	return 0;
}

static int prepare(struct export_going *g)
{
	const struct export_wish *w = g->w;

	if (job_open_reader(w->data_dir, w->job, &g->db) < 0)
		return export_stop(g, EXPORT_DATABASE, w->job);
	sql_run(g->db, "BEGIN", ""); /* one snapshot, though the kiosk may go on beside us */
	if (people_load(g->db, &g->people) < 0)
		return export_stop(g, EXPORT_DATABASE, w->job);
	pick_kiosk(g);
	if (check_kind(g) < 0)
		return -1;
	if (w->delta) {
		export_delta_people(g);
		export_delta_lists(g);
	}
	g->sink.sealed = g->profile.seal && !w->plain;
	g->report->sealed = g->sink.sealed;
	if (g->sink.sealed && seal_passphrase(w->data_dir, w->job, g->passphrase) < 0)
		return export_stop(g, EXPORT_PASSPHRASE, "");
	if (make_plan(g) < 0 || export_lists(g) < 0)
		return -1;
	return w->delta ? export_delta_files(g) : 0;
}

static int open_and_write(struct export_going *g)
{
	struct writer_options o = { .progress = g->w->progress, .ctx = g->w->ctx };
	enum writer_cause cause;
	SCOPED_FD int to = -1;
	char scratch[600];
	struct sink *s = &g->sink;

	/* The folder itself may be new; the place it is in must be there, or a stick is missing. */
	(void)!mkdir(g->w->to, 0755);
	to = open(g->w->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return export_stop(g, EXPORT_REMOVED, "");
	if (export_room(g, to) < 0)
		return -1;
	snprintf(scratch, sizeof(scratch), "%s/derived", g->plan.job_dir);
	g->scratch = s->sealed && export_scratch_room(g, scratch);
	if (g->scratch)
		o.scratch = scratch;
	if (writer_open(to, g->folder, &o, &s->w, &cause) < 0)
		return export_stop(g, of_writer(cause), "");
	s->fd = -1;
	s->db = g->db;
	s->passphrase = g->passphrase;
	s->data_dir = g->w->data_dir;
	s->job = g->w->job;
	s->kiosk = g->kiosk;
	s->profile = g->profile.id;
	return write_package(g);
}

/* The plain export notes nothing: it is no delivery that starts a clock. */
static void record(struct export_going *g)
{
	bool originals = !strcmp(g->profile.id, "originals") || g->profile.archive;
	struct export_run run = { .profile = g->profile.id,
				  .kind = g->w->delta ? "delta"
					  : g->profile.tree_count &&
							  strcmp(g->profile.id, "originals")
						  ? "full"
					  : originals ? "originals"
						      : "lists",
				  .files = g->report->written + g->report->kept,
				  .final = g->profile.final };
	struct people in = { .all = calloc((size_t)g->plan.count + 1, sizeof(*in.all)) };

	memcpy(run.manifest_sha256, g->manifest_sha256, SHA256_BYTES);
	for (int i = 0; in.all && i < g->plan.count; i++)
		if (!g->plan.people[i].left_out && !g->plan.people[i].uncut)
			in.all[in.count++] = *g->plan.people[i].s;
	g->report->recorded = in.all && export_run_record(g->w->data_dir, g->w->job, g->kiosk, &run,
							  &in, NULL) == 0;
	free(in.all);
}

static void finish(struct export_going *g)
{
	sink_drop(&g->sink);
	writer_close(g->sink.w);
	export_free_files(g);
	plan_free(&g->plan);
	people_free(&g->people);
	explicit_bzero(g->passphrase, sizeof(g->passphrase));
	sqlite3_close(g->db);
	free(g);
}

int export_package(const struct export_wish *w, struct export_report *report)
{
	struct export_going *g = calloc(1, sizeof(*g));
	int rc;

	memset(report, 0, sizeof(*report));
	if (!g) {
		report->cause = EXPORT_IO;
		return -1;
	}
	g->w = w;
	g->report = report;
	g->sink.fd = -1;
	text_copy(g->folder, sizeof(g->folder), w->job);
	snprintf(report->path, sizeof(report->path), "%s/%s", w->to, w->job);
	rc = job_name_ok(w->job) ? load_profile(g, w->profile ? w->profile : "plain")
				 : export_stop(g, EXPORT_NAME, w->job);
	if (!rc && strcmp(g->profile.id, "plain") != 0) {
		snprintf(g->folder, sizeof(g->folder), "%s-%s", w->job, g->profile.id);
		snprintf(report->path, sizeof(report->path), "%s/%s", w->to, g->folder);
	}
	if (!rc)
		rc = prepare(g);
	if (!rc)
		rc = open_and_write(g);
	if (g->db)
		sql_run(g->db, "COMMIT", "");
	if (!rc && g->profile.manifest)
		record(g);
	finish(g);
	return rc;
}

int export_job(const char *data_dir, const char *job, const char *to, struct export_report *report)
{
	struct export_wish w = { .data_dir = data_dir, .job = job, .to = to };

	return export_package(&w, report);
}

void export_report_fini(struct export_report *report)
{
	free(report->faults);
	report->faults = NULL;
}

void export_profiles(const char *data_dir, const char *job, char *out, size_t size)
{
	sqlite3 *db = NULL;

	out[0] = '\0';
	if (job_open_reader(data_dir, job, &db) == 0)
		field_of(db, "profiles", out, size);
	sqlite3_close(db);
}

bool export_originals_after(const char *profile)
{
	struct config_error err;
	struct profile *p = calloc(1, sizeof(*p));
	char path[600];
	bool after = p && profile_path(profile, path, sizeof(path)) == 0 &&
		     profile_load(path, p, &err) == 0 && p->originals == ORIGINALS_AFTER;

	free(p);
	return after;
}
