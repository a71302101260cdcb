/* What lies open beside the deliverables: hand-over sheet, read-me, statistics; a sheet of its own for
 * each 函授站 or class of a package that is split so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/export_inside.h"
#include "firmware/export/report.h"

/* Parts by path: archives, or folders of an open package. */
struct parts {
	const struct export_going *g;
	const char *folder; /* only below it */
	struct report_part *all;
	char **names;
	size_t count, size;
	bool failed;
};

static struct report_part *part_of(struct parts *p, const char *name, size_t bytes)
{
	for (size_t i = 0; i < p->count; i++)
		if (strlen(p->names[i]) == bytes && !strncmp(p->names[i], name, bytes))
			return &p->all[i];
	if (p->count == p->size) {
		size_t size = p->size ? 2 * p->size : 32;
		struct report_part *all = realloc(p->all, size * sizeof(*all));
		char **names = realloc(p->names, size * sizeof(*names));

		p->all = all ? all : p->all;
		p->names = names ? names : p->names;
		p->failed |= !all || !names;
		if (p->failed)
			return NULL;
		p->size = size;
	}
	p->names[p->count] = strndup(name, bytes);
	p->failed |= !p->names[p->count];
	p->all[p->count] = (struct report_part){ .path = p->names[p->count] };
	return p->failed ? NULL : &p->all[p->count++];
}

/* Of an open package: the folder a file lies in below the split's; its own name tells too much. */
static int count_file(void *ctx, const char *path, int64_t bytes,
		      const uint8_t sha256[static SHA256_BYTES])
{
	struct parts *p = ctx;
	const char *inside = path + strlen(p->folder), *slash;
	struct report_part *part;

	(void)sha256;
	if (strncmp(path, p->folder, strlen(p->folder)) != 0)
		return 0;
	slash = strchr(inside, '/');
	part = p->g->sink.sealed ? part_of(p, path, strlen(path))
	       : slash		 ? part_of(p, path, (size_t)(slash - path))
				 : part_of(p, text_get(LANG_ZH, "export.lists"),
					   strlen(text_get(LANG_ZH, "export.lists")));
	if (part) {
		part->files += p->g->sink.sealed ? sink_files(&p->g->sink, path) : 1;
		part->bytes += bytes;
	}
	return 0;
}

static void free_parts(struct parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->names[i]);
	free(p->names);
	free(p->all);
}

/* --- whom it is about --------------------------------------------------------------------------- */

struct about {
	const struct export_going *g;
	const char *folder;
};

static int keep(const void *ctx, const struct subject *s)
{
	const struct about *a = ctx;
	char folder[160];

	if (a->g->profile.single)
		return a->g->plan.count && a->g->plan.people[0].s == s;
	if (!a->folder[0])
		return 1;
	plan_folder(&a->g->plan, a->g->profile.trees[0].split, s, folder);
	return !strcmp(folder, a->folder);
}

static int put(struct export_going *g, const struct report_package *p, const char *folder,
	       const char *name,
	       int (*make)(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes))
{
	SCOPED_FREE void *data = NULL;
	size_t bytes = 0;
	char path[256];

	snprintf(path, sizeof(path), "%s%s", folder, name);
	if (make(g->db, p, &data, &bytes) < 0)
		return export_stop(g, EXPORT_IO, path);
	return writer_put_bytes(g->sink.w, path, data, bytes) < 0 ? export_failed(g) : 0;
}

static int papers_of(struct export_going *g, const char *folder)
{
	struct parts parts = { .g = g, .folder = folder };
	struct about about = { g, folder };
	struct report_package p = { .job = g->w->job,
				    .kiosk = g->kiosk,
				    .profile = g->profile.title,
				    .sealed = g->sink.sealed,
				    .made_utc_ms = clock_utc_ms(),
				    .people = &g->people,
				    .keep = keep,
				    .ctx = &about };
	int rc;

	if (kiosk_key_public(g->w->data_dir, p.public_key) < 0)
		return export_stop(g, EXPORT_KEY, REPORT_SHEET);
	writer_each(g->sink.w, count_file, &parts);
	p.parts = parts.all;
	p.part_count = parts.count;
	rc = parts.failed ? export_stop(g, EXPORT_IO, REPORT_SHEET)
			  : put(g, &p, folder, REPORT_SHEET, report_sheet);
	if (!rc && !folder[0])
		rc = put(g, &p, folder, REPORT_README, report_readme);
	if (!rc && !folder[0])
		rc = put(g, &p, folder, REPORT_STATS, report_stats);
	free_parts(&parts);
	return rc;
}

static bool split_by_place(const struct export_going *g)
{
	int split = g->profile.tree_count ? g->profile.trees[0].split : SPLIT_NONE;

	if (split == SPLIT_JOB)
		split = g->plan.job_split;
	return split == SPLIT_STATION || split == SPLIT_CLASS;
}

int export_papers(struct export_going *g)
{
	int rc = 0;

	for (int i = 0; i < g->plan.part_count && split_by_place(g) && !rc; i++) {
		const char *folder = g->plan.parts[i].folder;

		/* parts of one folder follow each other */
		if (folder[0] && (!i || strcmp(folder, g->plan.parts[i - 1].folder) != 0))
			rc = papers_of(g, folder);
	}
	return rc ? rc : papers_of(g, "");
}
