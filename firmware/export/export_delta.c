/* What makes an export a delta: see export.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/export/export_inside.h"
#include "firmware/store/job.h"

static bool is_one_of(const struct export_delta *d, int64_t id)
{
	for (int i = 0; i < d->count; i++)
		if (d->people[i] == id)
			return true;
	return false;
}

void export_delta_people(struct export_going *g)
{
	struct people *p = &g->people;
	int kept = 0;

	for (int i = 0; i < p->count; i++)
		if (is_one_of(g->w->delta, p->all[i].id))
			p->all[kept++] = p->all[i];
	p->count = kept;
	snprintf(g->folder, sizeof(g->folder), "%s-%s%lld-%s", g->w->job,
		 text_get(LANG_ZH, "export.delta"),
		 1 + (long long)sql_int(g->db, 0,
					"SELECT count(*) FROM export_run WHERE kind = 'delta'", ""),
		 g->profile.id);
	snprintf(g->report->path, sizeof(g->report->path), "%s/%s", g->w->to, g->folder);
}

void export_delta_lists(struct export_going *g)
{
	struct profile *p = &g->profile;
	int kept = 0;

	for (int i = 0; i < p->list_count; i++)
		if (!strcmp(p->lists[i].rows, "captured") || !strcmp(p->lists[i].rows, "delivered"))
			p->lists[kept++] = p->lists[i];
	p->list_count = kept;
	p->archive = false;
}

static int add(struct export_going *g, const struct export_extra *x)
{
	struct export_file *f;
	void *more = realloc(g->files, (size_t)(g->file_count + 1) * sizeof(*g->files));

	if (!more)
		return export_stop(g, EXPORT_IO, x->path);
	g->files = more;
	f = &g->files[g->file_count];
	f->part = strdup(text_get(LANG_ZH, "export.delta"));
	f->path = strdup(x->path);
	f->data = malloc(x->bytes ? x->bytes : 1);
	f->bytes = x->bytes;
	g->file_count++; /* from here on export_free_files() knows it */
	if (!f->part || !f->path || !f->data)
		return export_stop(g, EXPORT_IO, x->path);
	memcpy(f->data, x->data, x->bytes);
	g->file_bytes += (int64_t)x->bytes;
	return 0;
}

int export_delta_files(struct export_going *g)
{
	int rc = 0;

	for (int i = 0; i < g->w->delta->extra_count && !rc; i++)
		rc = add(g, &g->w->delta->extra[i]);
	return rc;
}
