#include "firmware/export/print.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/text.h"
#include "firmware/export/lists.h"
#include "firmware/export/print_file.h"
#include "firmware/export/print_list.h"
#include "firmware/export/sheet_cut.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"

static int __attribute__((format(printf, 3, 4)))
refuse(struct print_result *r, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, sizeof(r->why), format, args);
	va_end(args);
	return rc;
}

void print_result_free(struct print_result *r)
{
	sheet_report_free(&r->report);
	remap_free(r->remap);
	free(r->unmapped);
	free(r->some.all);
	people_free(&r->people);
}

/* --- sheet ------------------------------------------------------------------------------------- */

static int load_sheet(const struct print_wish *w, struct print_result *r)
{
	struct config_error err;
	char path[1024], names[256];
	int rc;

	if (sheet_path(w->sheet, path, sizeof(path)) < 0) {
		sheet_names(".sheet", names, sizeof(names));
		return refuse(r, -EINVAL, "there is no print sheet “%s”; there are: %s", w->sheet,
			      names);
	}
	rc = sheet_load(path, &r->sheet, &err);
	if (rc < 0)
		return refuse(r, rc, "%s", err.text);
	if (w->sort && strlen(w->sort) >= sizeof(r->sheet.sort))
		return refuse(r, -EINVAL, "--sort is too long");
	if (w->sort)
		text_copy(r->sheet.sort, sizeof(r->sheet.sort), w->sort);
	return 0;
}

void print_job_copies(sqlite3 *db, struct sheet_spec *s)
{
	const bool open = !s->copies_hand_in && !s->copies_keep;
	char hand_in[JOB_FIELD_MAX], keep[JOB_FIELD_MAX];

	job_field_get(db, JOB_FIELD(PRINT_HAND_IN), hand_in);
	job_field_get(db, JOB_FIELD(PRINT_KEEP), keep);
	if (hand_in[0] && (open || s->copies_hand_in))
		s->copies_hand_in = atoi(hand_in);
	if (keep[0] && (open || s->copies_keep))
		s->copies_keep = atoi(keep);
}

static void copies(sqlite3 *db, const struct print_wish *w, struct sheet_spec *s)
{
	print_job_copies(db, s);
	if (w->hand_in >= 0)
		s->copies_hand_in = w->hand_in;
	if (w->keep >= 0)
		s->copies_keep = w->keep;
}

/* --- people ------------------------------------------------------------------------------------ */

static bool has_number(const struct subject *s, const struct remap *r, const char *number)
{
	const char *const own[] = { s->student_no, s->id_no, s->exam_no,
				    remap_find(r, s->student_no) };
	char seq[16];

	for (size_t i = 0; i < 4; i++)
		if (own[i][0] && !strcasecmp(own[i], number))
			return true;
	snprintf(seq, sizeof(seq), "%04d", s->seq);
	return s->seq && !strcmp(seq, number);
}

static bool wanted(const struct print_wish *w, const struct remap *r, const struct subject *s)
{
	return (!w->class_name || !strcmp(s->class_name, w->class_name)) &&
	       (!w->station || !strcmp(s->station, w->station)) &&
	       (!w->person || has_number(s, r, w->person));
}

static int choose(const struct print_wish *w, struct print_result *r)
{
	struct people *some = &r->some;

	some->all = calloc((size_t)r->people.count + 1, sizeof(*some->all));
	if (!some->all)
		return refuse(r, -ENOMEM, "out of memory");
	for (int i = 0; i < r->people.count; i++)
		if (!r->people.all[i].removed && wanted(w, r->remap, &r->people.all[i]))
			some->all[some->count++] = r->people.all[i];
	r->chosen = some->count;
	for (int i = 0; i < some->count; i++)
		r->without += !some->all[i].shot;
	if (!some->count)
		return refuse(r, -EINVAL, "nobody in this job has this %s",
			      w->person	      ? "number"
			      : w->class_name ? "class (班级)"
					      : "station (函授站)");
	if (w->person && some->count > 1)
		return refuse(r, -EINVAL,
			      "%d people have this number; give another number of theirs",
			      some->count);
	if (r->without == some->count)
		return refuse(r, -ENODATA, "none of the %d people has a picture", some->count);
	return 0;
}

static const char *printed(const struct print_result *r, const struct subject *s)
{
	return remap_find(r->remap, s->student_no);
}

static int by_printed(const void *a, const void *b, void *ctx)
{
	return strcmp(printed(ctx, *(const struct subject *const *)a),
		      printed(ctx, *(const struct subject *const *)b));
}

/* Nobody may carry on the back what is another's: a new number may be an old one of somebody whom
 * the table leaves out. */
static int check_remap(struct print_result *r)
{
	const struct people *p = &r->some;
	const struct subject **all = calloc((size_t)p->count + 1, sizeof(const struct subject *));
	int n = 0, rc = 0;

	r->unmapped = calloc((size_t)p->count + 1, sizeof(const struct subject *));
	if (!all || !r->unmapped) {
		free(all);
		return refuse(r, -ENOMEM, "out of memory");
	}
	for (int i = 0; i < p->count; i++) {
		if (!p->all[i].shot || !p->all[i].student_no[0])
			continue;
		all[n++] = &p->all[i];
		if (!remap_has(r->remap, p->all[i].student_no))
			r->unmapped[r->unmapped_count++] = &p->all[i];
	}
	if (n && r->unmapped_count == n)
		rc = refuse(r, -EINVAL,
			    "the remap table has none of these people's 学号; are its columns "
			    "swapped, or is it another school's?");
	qsort_r(all, (size_t)n, sizeof(const struct subject *), by_printed, r);
	for (int i = 1; i < n && rc == 0; i++)
		if (!strcmp(printed(r, all[i - 1]), printed(r, all[i])) &&
		    strcmp(all[i - 1]->student_no, all[i]->student_no))
			rc = refuse(r, -EINVAL,
				    "the remap table gives 学号 %s to the people %s and %s",
				    printed(r, all[i]), all[i - 1]->student_no, all[i]->student_no);
	free(all);
	return rc;
}

static int load_people(const char *data_dir, const char *job, const struct print_wish *w,
		       struct print_result *r)
{
	sqlite3 *db;
	int rc = job_open_reader(data_dir, job, &db);

	if (rc < 0)
		return refuse(r, rc, "job %s: %s", job,
			      rc == -ENOENT ? "there is no such job"
					    : "its database cannot be read");
	sql_run(db, "BEGIN", ""); /* one snapshot, though the kiosk may go on beside us */
	rc = people_load(db, &r->people);
	copies(db, w, &r->sheet);
	sqlite3_close(db);
	if (rc < 0)
		return refuse(r, rc, "job %s: its people cannot be read", job);
	if ((w->hand_in >= 0 || w->keep >= 0) && !r->sheet.copies_hand_in && !r->sheet.copies_keep)
		return refuse(r, -EINVAL,
			      "no copies to hand in and none to keep: nothing to print");
	return 0;
}

/* --- pages ------------------------------------------------------------------------------------- */

struct cutting {
	const struct print_wish *w;
	struct print_result *r;
	struct sheet_cutter *cutter;
	int done;
};

static int cut(void *ctx, const struct subject *s, int width_px, int height_px, void **jpeg,
	       size_t *bytes)
{
	struct cutting *c = ctx;

	if (c->w->progress && c->w->progress(c->w->ctx, c->done++, c->r->chosen - c->r->without))
		return -ECANCELED;
	return sheet_cutter_cut(c->cutter, s, width_px, height_px, jpeg, bytes);
}

static int write_pdf(const struct print_wish *w, struct print_result *r, struct cutting *c)
{
	int fd = print_file_begin(w->out), rc;

	if (fd < 0)
		return fd;
	rc = sheet_pdf(&r->sheet, &r->some, r->remap, fd, cut, c, &r->report);
	if (rc == 0 && !r->report.pages)
		rc = -ENODATA;
	return print_file_end(w->out, fd, rc);
}

static void page_name(const struct print_wish *w, const struct print_result *r, int page, bool back,
		      char *out, size_t size)
{
	snprintf(out, size, "%s/%s-%03d%s.jpg", w->out, r->sheet.id, page, back ? "-back" : "");
}

struct folder {
	const struct print_wish *w;
	struct print_result *r;
};

static int put_page(void *ctx, int page, bool back, const void *jpeg, size_t bytes)
{
	struct folder *f = ctx;
	char path[1024];

	page_name(f->w, f->r, page, back, path, sizeof(path));
	return print_file_put(path, jpeg, bytes);
}

/* Pages of an earlier, longer run would be printed along. */
static void drop_later(const struct print_wish *w, const struct print_result *r)
{
	char front[1024], back[1024];

	for (int page = 1;; page++) {
		page_name(w, r, page, false, front, sizeof(front));
		page_name(w, r, page, true, back, sizeof(back));
		if (page > r->report.pages) {
			if (unlink(front) < 0)
				return;
			unlink(back);
		} else if (!r->sheet.back[0]) {
			unlink(back);
		}
	}
}

static int write_jpegs(const struct print_wish *w, struct print_result *r, struct cutting *c)
{
	struct folder f = { w, r };
	int rc;

	if (mkdir(w->out, 0750) < 0 && errno != EEXIST)
		return -errno;
	rc = sheet_jpegs(&r->sheet, &r->some, r->remap, cut, c, put_page, &f, &r->report);
	if (rc == 0 && !r->report.pages)
		rc = -ENODATA;
	if (rc == 0)
		drop_later(w, r);
	return rc;
}

static int write_out(const char *data_dir, const char *job, const struct print_wish *w,
		     struct print_result *r)
{
	struct cutting c = { .w = w, .r = r };
	struct config_error err;
	char dir[JOB_PATH_MAX];
	int rc;

	snprintf(dir, sizeof(dir), "%s/jobs/%s", data_dir, job);
	rc = sheet_cutter_new(&r->sheet, dir, w->landmarks, &c.cutter, &err);
	if (rc < 0)
		return refuse(r, -EINVAL, "sheet %s: %s", r->sheet.id, err.text);
	rc = w->jpeg ? write_jpegs(w, r, &c) : write_pdf(w, r, &c);
	sheet_cutter_free(c.cutter);
	if (rc == -ENODATA)
		return refuse(r, rc, "none of these pictures could be cut");
	if (rc < 0)
		return refuse(r, rc, "%s: %s", w->out, strerror(-rc));
	rc = w->list ? print_list(w->list, r) : 0;
	return rc < 0 ? refuse(r, rc, "%s: %s", w->list, strerror(-rc)) : 0;
}

static int prepare(const char *data_dir, const char *job, const struct print_wish *w,
		   struct print_result *r)
{
	char why[256];
	int rc = load_sheet(w, r);

	if (rc == 0 && w->list && !list_ending(w->list))
		return refuse(r, -EINVAL, "%s: a list ends in .xlsx, .csv, .gb.csv or .dbf",
			      w->list);
	if (rc == 0 && w->remap && (rc = remap_load(w->remap, &r->remap, why)) < 0)
		return refuse(r, rc, "%s: %s", w->remap, why);
	if (rc == 0)
		rc = load_people(data_dir, job, w, r);
	if (rc == 0)
		rc = choose(w, r);
	if (rc == 0 && r->remap)
		rc = check_remap(r);
	if (rc == 0 && (rc = sheet_fault(&r->sheet, &r->people, why)) < 0)
		return refuse(r, rc, "sheet %s: %s", r->sheet.id, why);
	if (rc == 0 && (rc = sheet_layout(&r->sheet, &r->layout)) < 0)
		return refuse(r, rc, "sheet %s: the photos do not fit", r->sheet.id);
	return rc;
}

int print_sheets(const char *data_dir, const char *job, const struct print_wish *w,
		 struct print_result *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = prepare(data_dir, job, w, out);
	return rc == 0 ? write_out(data_dir, job, w, out) : rc;
}
