#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/labels.h"
#include "firmware/export/lists.h"
#include "firmware/export/print.h"
#include "firmware/export/print_file.h"
#include "firmware/export/print_list.h"
#include "firmware/store/job.h"

static int load_sheet(const char *name, struct label_spec *s, char why[static 512])
{
	struct config_error err;
	char path[1024], names[256];
	int rc;

	if (label_path(name, path, sizeof(path)) < 0) {
		sheet_names(".labels", names, sizeof(names));
		snprintf(why, 512, "there is no sheet of labels “%s”; there are: %s", name, names);
		return -EINVAL;
	}
	rc = label_load(path, s, &err);
	if (rc < 0)
		snprintf(why, 512, "%s", err.text);
	return rc;
}

static int make(const char *data_dir, const char *job, const struct print_labels_wish *w,
		struct label **out, char why[static 512])
{
	const struct label_wish wish = { w->by, w->only, w->addresses, w->copies };
	struct people p = { 0 };
	char detail[256] = "its people cannot be read";
	sqlite3 *db;
	int rc = job_open_reader(data_dir, job, &db);

	if (rc < 0) {
		snprintf(why, 512, "job %s: %s", job,
			 rc == -ENOENT ? "there is no such job" : "its database cannot be read");
		return rc;
	}
	sql_run(db, "BEGIN", ""); /* one snapshot */
	rc = people_load(db, &p);
	if (rc == 0)
		rc = labels_make(db, &p, &wish, out, detail);
	if (rc == 0) {
		free(*out);
		snprintf(detail, sizeof(detail), "nobody to send to");
		rc = -ENODATA;
	}
	if (rc < 0)
		snprintf(why, 512, "labels of job %s: %s", job, detail);
	people_free(&p);
	sqlite3_close(db);
	return rc;
}

int print_labels(const char *data_dir, const char *job, const struct print_labels_wish *w,
		 int *pages, char why[static 512])
{
	SCOPED_FREE struct label *all = NULL;
	struct label *made = NULL;
	struct label_spec s;
	int rc = load_sheet(w->sheet ? w->sheet : "a4-3x8", &s, why), count, fd;

	if (rc < 0)
		return rc;
	if (w->list && !list_ending(w->list)) {
		snprintf(why, 512, "%s: a list ends in .xlsx, .csv, .gb.csv or .dbf", w->list);
		return -EINVAL;
	}
	if (w->first < 1 || w->first > s.columns * s.rows) {
		snprintf(why, 512, "a sheet has the positions 1 to %d", s.columns * s.rows);
		return -EINVAL;
	}
	count = rc = make(data_dir, job, w, &made, why);
	if (rc < 0)
		return rc;
	all = made;
	fd = print_file_begin(w->out);
	rc = fd < 0 ? fd : labels_pdf(&s, all, count, w->first - 1, fd);
	*pages = rc;
	if (fd >= 0)
		rc = print_file_end(w->out, fd, rc < 0 ? rc : 0);
	if (rc < 0) {
		snprintf(why, 512, "%s: %s", w->out, strerror(-rc));
		return rc;
	}
	rc = w->list ? print_label_list(w->list, all, count) : 0;
	if (rc < 0)
		snprintf(why, 512, "%s: %s", w->list, strerror(-rc));
	return rc < 0 ? rc : count;
}
