#include "firmware/office/errata_export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/lists.h"
#include "firmware/export/sheet_cut.h"
#include "firmware/office/errata.h"
#include "firmware/store/fields.h"
#include "firmware/store/vault.h"

enum { EXTRAS = 4 };

struct delta {
	const struct errata_wish *w;
	struct errata_delta *out;
	sqlite3 *db;
	char job_dir[JOB_PATH_MAX], profile[64];
	struct people people, changed; /* changed: its `all` is ours, its strings are people's */
	int64_t *ids;
	struct export_extra extra[EXTRAS];
	char paths[EXTRAS][128];
	int extras;
};

static int refuse(struct delta *d, int rc, const char *what, const char *name)
{
	snprintf(d->out->why, sizeof(d->out->why), "%s%s", what, name);
	return rc;
}

static int add_extra(struct delta *d, const char *id, const char *ending, void *data, size_t bytes)
{
	struct export_extra *x = &d->extra[d->extras];

	snprintf(d->paths[d->extras], sizeof(d->paths[0]), "%s%s", text_get(LANG_ZH, id), ending);
	*x = (struct export_extra){ .path = d->paths[d->extras], .data = data, .bytes = bytes };
	d->extras++;
	return 0;
}

/* --- who ---------------------------------------------------------------------------------------- */

static int take_erratum(void *ctx, const struct erratum *e)
{
	struct delta *d = ctx;

	for (int i = 0; e->new_shot && i < d->people.count; i++)
		if (d->people.all[i].id == e->person && d->people.all[i].shot) {
			struct people *c = &d->changed;

			for (int k = 0; k < c->count; k++)
				if (c->all[k].id == e->person)
					return 0;
			d->ids[c->count] = e->person;
			c->all[c->count++] = d->people.all[i];
		}
	return 0;
}

static int load(struct delta *d)
{
	const char *file;
	int rc = job_open_reader(d->w->data_dir, d->w->job, &d->db);

	if (rc < 0)
		return refuse(d, rc, "there is no such job: ", d->w->job);
	file = sqlite3_db_filename(d->db, "main");
	snprintf(d->job_dir, sizeof(d->job_dir), "%.*s", (int)(strrchr(file, '/') - file), file);
	if (people_load(d->db, &d->people) < 0)
		return -EIO;
	d->changed.all = calloc((size_t)d->people.count + 1, sizeof(*d->changed.all));
	d->ids = calloc((size_t)d->people.count + 1, sizeof(*d->ids));
	if (!d->changed.all || !d->ids)
		return -ENOMEM;
	rc = errata_each(d->db, true, take_erratum, d);
	d->out->people = d->changed.count;
	return rc ? rc : d->changed.count ? 0 : -ENODATA;
}

static int pick_profile(struct delta *d)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		d->db,
		"SELECT profile FROM export_run WHERE kind = 'full' ORDER BY done_utc_ms DESC LIMIT 1",
		"");
	char field[JOB_FIELD_MAX];

	if (st && sqlite3_step(st) == SQLITE_ROW)
		text_copy(d->profile, sizeof(d->profile), sql_text(st, 0));
	job_field_get(d->db, JOB_FIELD(PROFILES), field);
	field[strcspn(field, ",; ")] = '\0';
	if (!d->profile[0])
		text_copy(d->profile, sizeof(d->profile), field);
	return d->w->profile || d->profile[0]
		       ? 0
		       : refuse(d, -EINVAL,
				"nothing was delivered from this job yet: name a profile", "");
}

/* --- lists -------------------------------------------------------------------------------------- */

static const char *sha_of(sqlite3 *db, const char *kiosk, int64_t n, char out[static SHA256_HEX])
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db, "SELECT sha256 FROM shot WHERE kiosk = ? AND n = ?", "si", kiosk, n);

	text_copy(out, SHA256_HEX, st && sqlite3_step(st) == SQLITE_ROW ? sql_text(st, 0) : "");
	return out;
}

static void put_shot(struct list *l, sqlite3 *db, const char *kiosk, int64_t n)
{
	char id[VAULT_ID_MAX] = "", sha[SHA256_HEX] = "";

	if (n)
		vault_id(kiosk, n, id);
	list_cell(l, id);
	list_cell(l, n ? sha_of(db, kiosk, n, sha) : "");
}

struct log {
	struct delta *d;
	struct list *l;
	bool all;
};

static const struct subject *subject(const struct people *p, int64_t id)
{
	for (int i = 0; i < p->count; i++)
		if (p->all[i].id == id)
			return &p->all[i];
	return NULL;
}

static int put_erratum(void *ctx, const struct erratum *e)
{
	struct log *log = ctx;
	const struct subject *s = subject(log->all ? &log->d->people : &log->d->changed, e->person);
	char seq[8] = "", when[25] = "";

	if (!e->new_shot || !s)
		return 0;
	if (s->seq)
		snprintf(seq, sizeof(seq), "%04d", s->seq);
	clock_iso_utc(e->chosen_utc_ms, when);
	list_row(log->l);
	list_cell(log->l, seq);
	list_cell(log->l, e->student_no);
	list_cell(log->l, e->name);
	list_cell(log->l, e->id_no);
	list_cell(log->l, e->class_name);
	list_cell(log->l, e->reason);
	put_shot(log->l, log->d->db, e->old_kiosk, e->old_shot);
	put_shot(log->l, log->d->db, e->new_kiosk, e->new_shot);
	list_cell(log->l, e->why);
	list_cell(log->l, when);
	return 0;
}

/* This delta's changes, or with @all every replacement the job ever saw. */
static int add_list(struct delta *d, const char *id, bool all)
{
	static const char *const heads[] = { "errata.col.seq",	 "errata.col.student_no",
					     "errata.col.name",	 "errata.col.id_no",
					     "errata.col.class", "errata.col.reason",
					     "errata.col.old",	 "errata.col.old_sha",
					     "errata.col.new",	 "errata.col.new_sha",
					     "errata.col.why",	 "errata.col.chosen" };
	struct log log = { .d = d, .l = list_new(text_get(LANG_ZH, id)), .all = all };
	void *data = NULL;
	size_t bytes = 0;
	int rc, lost = 0;

	if (!log.l)
		return -ENOMEM;
	list_row(log.l);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		list_cell(log.l, text_get(LANG_ZH, heads[i]));
	rc = errata_each(d->db, !all, put_erratum, &log);
	if (!rc)
		rc = list_file(log.l, "a.xlsx", &data, &bytes, &lost);
	list_free(log.l);
	return rc && rc != -EILSEQ ? rc : add_extra(d, id, ".xlsx", data, bytes);
}

/* --- sheets ------------------------------------------------------------------------------------- */

static int load_sheet(struct delta *d, const char *name, struct sheet_spec *spec)
{
	struct config_error err;
	char path[600];

	if (sheet_path(name, path, sizeof(path)) < 0)
		return refuse(d, -EINVAL, "no print sheet ", name);
	return sheet_load(path, spec, &err) < 0 ? refuse(d, -EINVAL, err.text, "") : 0;
}

static int add_pdf(struct delta *d, const char *id, const struct sheet_spec *spec,
		   const struct people *p)
{
	struct sheet_report report = { 0 };
	struct sheet_cutter *cutter = NULL;
	SCOPED_FD int fd = memfd_create("sheet", MFD_CLOEXEC);
	struct config_error err;
	struct stat st;
	void *data = NULL;
	int rc = fd < 0 ? -errno : sheet_cutter_new(spec, d->job_dir, NULL, &cutter, &err);

	if (!rc)
		rc = sheet_pdf(spec, p, NULL, fd, sheet_cutter_cut, cutter, &report);
	sheet_report_free(&report);
	sheet_cutter_free(cutter);
	if (!rc && (fstat(fd, &st) < 0 || !(data = malloc((size_t)st.st_size + 1)) ||
		    pread(fd, data, (size_t)st.st_size, 0) != st.st_size))
		rc = -EIO;
	if (rc) {
		free(data);
		return refuse(d, rc, "the print sheet could not be made: ", strerror(-rc));
	}
	return add_extra(d, id, ".pdf", data, (size_t)st.st_size);
}

/* The person with the picture that was. */
static bool before(struct delta *d, const struct subject *now, struct subject *out,
		   char strings[static 3][300])
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		d->db,
		"SELECT s.kiosk, s.n, s.sha256, s.bytes, s.visit FROM erratum e JOIN shot s ON "
		"s.kiosk = e.old_kiosk AND s.n = e.old_shot WHERE e.person = ? AND e.new_shot <> 0 "
		"AND e.run IS NULL ORDER BY e.chosen_utc_ms LIMIT 1",
		"i", now->id);

	if (!st || sqlite3_step(st) != SQLITE_ROW)
		return false;
	*out = *now;
	out->id = -now->id; /* another piece of paper, not another copy of the same picture */
	text_copy(strings[0], 300, sql_text(st, 0));
	text_copy(strings[1], 300, sql_text(st, 2));
	out->kiosk = strings[0];
	out->shot = sqlite3_column_int64(st, 1);
	out->sha256 = strings[1];
	out->bytes = sqlite3_column_int64(st, 3);
	out->visit = sqlite3_column_int64(st, 4);
	out->measures = ""; /* found again on the original */
	out->remark = text_get(LANG_ZH, "errata.old");
	return true;
}

static int add_pairs(struct delta *d)
{
	size_t n = (size_t)d->changed.count;
	SCOPED_FREE struct subject *all = calloc(2 * n, sizeof(*all));
	SCOPED_FREE char(*strings)[3][300] = calloc(n, sizeof(*strings));
	struct people pairs = { .all = all };
	struct sheet_spec spec;
	int rc = load_sheet(d, "before-after", &spec);

	if (rc)
		return rc;
	if (!all || !strings)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct subject *now = &d->changed.all[i];

		pairs.count += before(d, now, &all[pairs.count], strings[i]);
		all[pairs.count] = *now;
		all[pairs.count++].remark = text_get(LANG_ZH, "errata.new");
	}
	return add_pdf(d, "errata.before_after", &spec, &pairs);
}

static int add_prints(struct delta *d, const char *profile)
{
	struct config_error err;
	struct sheet_spec spec;
	struct profile p;
	char path[600];
	int rc;

	if (profile_path(profile, path, sizeof(path)) < 0)
		return refuse(d, -EINVAL, "no profile ", profile);
	if (profile_load(path, &p, &err) < 0)
		return refuse(d, -EINVAL, err.text, "");
	if (p.sheet[0] && !d->w->sheet)
		return 0; /* comes with the profile itself */
	rc = load_sheet(d, d->w->sheet ? d->w->sheet : "six-35x49", &spec);
	return rc ? rc : add_pdf(d, "errata.prints", &spec, &d->changed);
}

/* --- all of it ---------------------------------------------------------------------------------- */

static int deliver(struct delta *d, const char *profile)
{
	const struct export_delta delta = { .people = d->ids,
					    .count = d->changed.count,
					    .extra = d->extra,
					    .extra_count = d->extras };
	const struct export_wish w = { .data_dir = d->w->data_dir,
				       .job = d->w->job,
				       .to = d->w->to,
				       .profile = profile,
				       .kiosk = ERRATA_KIOSK,
				       .delta = &delta,
				       .plain = d->w->plain,
				       .progress = d->w->progress,
				       .ctx = d->w->ctx };

	return export_package(&w, &d->out->report) < 0 ? -EIO : 0;
}

static int make(struct delta *d)
{
	const char *profile;
	int rc = load(d);

	if (!rc)
		rc = pick_profile(d);
	if (rc)
		return rc;
	profile = d->w->profile ? d->w->profile : d->profile;
	rc = add_list(d, "errata.before_after", false);
	if (!rc)
		rc = add_list(d, "errata.log", true);
	if (!rc)
		rc = add_pairs(d);
	if (!rc)
		rc = add_prints(d, profile);
	return rc ? rc : deliver(d, profile);
}

int errata_export(const struct errata_wish *w, struct errata_delta *out)
{
	struct delta d = { .w = w, .out = out };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = make(&d);
	for (int i = 0; i < d.extras; i++)
		free((void *)d.extra[i].data);
	free(d.changed.all);
	free(d.ids);
	people_free(&d.people);
	sqlite3_close(d.db);
	return rc;
}
