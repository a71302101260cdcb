/* What a package may hold beside pictures and lists: print sheets, the archive. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/archive.h"
#include "firmware/export/export_inside.h"
#include "firmware/export/print.h"
#include "firmware/export/sheet_cut.h"
#include "firmware/export/sheets.h"

/* --- print sheets ------------------------------------------------------------------------------- */

/* A nameless file on the kiosk's disk: sheets of thousands do not fit into memory. */
static int nameless(const struct export_going *g)
{
	char dir[600];
	int fd;

	snprintf(dir, sizeof(dir), "%s/derived", g->plan.job_dir);
	fd = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : memfd_create("sheets", MFD_CLOEXEC);
}

static int load_sheet(struct export_going *g, struct sheet_spec *spec)
{
	struct config_error err;
	char path[600];

	if (sheet_path(g->profile.sheet, path, sizeof(path)) < 0) {
		snprintf(g->report->detail, sizeof(g->report->detail), "no sheet “%s”",
			 g->profile.sheet);
		return export_stop(g, EXPORT_PROFILE, "");
	}
	if (sheet_load(path, spec, &err) < 0) {
		text_copy(g->report->detail, sizeof(g->report->detail), err.text);
		return export_stop(g, EXPORT_PROFILE, "");
	}
	print_job_copies(g->db, spec);
	return 0;
}

static int put_sheets(struct export_going *g, const struct sheet_spec *spec, int fd)
{
	struct people in = { .all = calloc((size_t)g->plan.count + 1, sizeof(*in.all)) };
	struct sheet_report done = { 0 };
	struct sheet_cutter *cutter = NULL;
	struct config_error err;
	int rc = -ENOMEM;

	for (int i = 0; in.all && i < g->plan.count; i++)
		if (!g->plan.people[i].left_out)
			in.all[in.count++] = *g->plan.people[i].s;
	if (in.all)
		rc = sheet_cutter_new(spec, g->plan.job_dir, NULL, &cutter, &err);
	if (!rc && in.count)
		rc = sheet_pdf(spec, &in, NULL, fd, sheet_cutter_cut, cutter, &done);
	g->report->unprinted = done.left_out;
	sheet_report_free(&done);
	sheet_cutter_free(cutter);
	free(in.all);
	return rc;
}

int export_sheets(struct export_going *g)
{
	uint8_t sha256[SHA256_BYTES];
	struct sheet_spec spec;
	SCOPED_FD int fd = -1;
	char path[96];

	if (!g->profile.sheet[0] || !g->plan.count)
		return 0;
	if (load_sheet(g, &spec) < 0)
		return -1;
	fd = nameless(g);
	snprintf(path, sizeof(path), "%s_%s.pdf", text_get(LANG_ZH, "export.sheets"), spec.id);
	if (fd < 0 || put_sheets(g, &spec, fd) < 0 || hash_fd(fd, sha256) < 0)
		return export_stop(g, EXPORT_IO, path);
	if (sink_part(&g->sink, text_get(LANG_ZH, "export.sheets")) < 0 ||
	    sink_put(&g->sink, path, fd, sha256) < 0 || sink_end(&g->sink) < 0)
		return export_failed(g);
	return 0;
}

/* --- the archive -------------------------------------------------------------------------------- */

static int put_archived(struct export_going *g, const struct archive_file *f)
{
	SCOPED_FD int fd = open(f->source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return export_stop(g, EXPORT_SOURCE, f->path);
	return sink_put(&g->sink, f->path, fd, f->sha256) < 0 ? export_failed(g) : 0;
}

int export_archive(struct export_going *g)
{
	const struct archive_file *files;
	struct archive *a;
	size_t n;
	int rc;

	if (!g->profile.archive)
		return 0;
	if (archive_open(g->w->data_dir, g->w->job, &a) < 0)
		return export_stop(g, EXPORT_IO, ARCHIVE_FOLDER);
	n = archive_files(a, &files);
	rc = writer_phase(g->sink.w, "archive", (int)n, archive_bytes(a)) < 0 ||
	     sink_part(&g->sink, ARCHIVE_FOLDER) < 0;
	if (rc)
		rc = export_failed(g);
	for (size_t i = 0; i < n && !rc; i++)
		rc = put_archived(g, &files[i]);
	if (!rc && (sink_end(&g->sink) < 0 || writer_flush(g->sink.w) < 0))
		rc = export_failed(g);
	archive_close(a);
	return rc;
}
