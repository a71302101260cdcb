/* The lists of a package: which people are in which folder's table. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/export_inside.h"
#include "firmware/export/list.h"
#include "firmware/export/list_rows.h"

/* One list in one folder. */
struct place {
	const struct export_going *g;
	const struct profile_list *l;
	const char *folder;
	/* plan_person of a subject, by its place in people.all; NULL: no picture */
	const struct plan_person *const *of;
};

static bool delivered(const struct place *at, const struct plan_person *who)
{
	if (!who || who->left_out || who->uncut)
		return false;
	for (int t = 0; t < at->g->profile.tree_count; t++)
		if (!who->path[t])
			return false;
	return true;
}

static const struct plan_person *planned(const struct place *at, const struct subject *s)
{
	return at->of[s - at->g->people.all];
}

static int keep(const void *ctx, const struct subject *s)
{
	const struct place *at = ctx;
	const struct plan_person *who = planned(at, s);
	char folder[160];

	if (at->g->profile.single && !who)
		return 0;
	if ((!strcmp(at->l->rows, "delivered") || !strcmp(at->l->rows, "contents")) &&
	    !delivered(at, who))
		return 0;
	plan_folder(&at->g->plan, at->l->split, s, folder);
	return !strcmp(folder, at->folder);
}

/* As seen from the list's own folder. */
static const char *file_of(const void *ctx, const struct subject *s)
{
	const struct place *at = ctx;
	const struct plan_person *who = planned(at, s);
	const char *path = who && who->path[0] ? who->path[0] : "";
	size_t n = strlen(at->folder);

	return strncmp(path, at->folder, n) ? path : path + n;
}

/* --- files -------------------------------------------------------------------------------------- */

static int add(struct export_going *g, const char *part, const char *path, void *data, size_t bytes)
{
	struct export_file *more = realloc(g->files, (size_t)(g->file_count + 1) * sizeof(*more));
	struct export_file *f;

	if (!more) {
		free(data);
		return export_stop(g, EXPORT_IO, path);
	}
	g->files = more;
	f = &g->files[g->file_count++];
	*f = (struct export_file){ strdup(part), strdup(path), data, bytes };
	g->file_bytes += (int64_t)bytes;
	return f->part && f->path ? 0 : export_stop(g, EXPORT_IO, path);
}

/* How a table program is told the encoding of a .dbf. */
static int add_cpg(struct export_going *g, const char *part, const char *dbf)
{
	SCOPED_FREE char *path = strdup(dbf);

	if (!path)
		return export_stop(g, EXPORT_IO, dbf);
	strcpy(path + strlen(path) - 3, "cpg");
	return add(g, part, path, strdup("GBK\r\n"), 5);
}

int export_add_file(struct export_going *g, struct list *l, const char *part, const char *path)
{
	size_t bytes = 0, n = strlen(path);
	void *data = NULL;
	int lost = 0, rc = l ? list_file(l, path, &data, &bytes, &lost) : -ENOMEM;

	list_free(l);
	if (rc) {
		free(data);
		return export_stop(g, EXPORT_IO, path);
	}
	g->report->lost_chars += lost;
	if (add(g, part, path, data, bytes) < 0)
		return -1;
	return n > 4 && !strcasecmp(path + n - 4, ".dbf") ? add_cpg(g, part, path) : 0;
}

void export_free_files(struct export_going *g)
{
	for (int i = 0; i < g->file_count; i++) {
		free(g->files[i].part);
		free(g->files[i].path);
		free(g->files[i].data);
	}
	free(g->files);
	g->files = NULL;
	g->file_count = 0;
}

/* --- lists -------------------------------------------------------------------------------------- */

/* The profile's first table of named columns; the others say the same in another format. */
static bool is_the_table(const struct export_going *g, const struct profile_list *l)
{
	for (int i = 0; i < g->profile.list_count; i++)
		if (!strcmp(g->profile.lists[i].rows, "delivered") &&
		    g->profile.lists[i].columns[0])
			return l == &g->profile.lists[i] && !strpbrk(l->columns, "=?");
	return false;
}

static int blank_rows(const struct list *l)
{
	int n = 0, width = list_width(l);

	for (int row = 1; row < l->count; row++)
		for (int c = 0; c < width; c++)
			if (!list_at(l, row, c)[0]) {
				n++;
				break;
			}
	return n;
}

static int put_list(struct export_going *g, const struct place *at, bool always)
{
	struct lister l = { .db = g->db,
			    .people = &g->people,
			    .rows = at->l->rows,
			    .keep = keep,
			    .ctx = at,
			    .file = file_of };
	struct list *made;
	char path[TEMPLATE_PATH_MAX], part[300];

	/* Numbers nobody got belong to no folder, and to the list only when it is about all. */
	if (at->l->split == SPLIT_NONE && !strcmp(at->l->rows, "gaps") && !g->profile.single)
		l.keep = NULL;
	made = list_make_rows(&l, at->l->columns);
	if (!made) {
		text_copy(g->report->detail, sizeof(g->report->detail), at->l->rows);
		return export_stop(g, EXPORT_PROFILE, at->l->file);
	}
	if (!always && !list_rows(made)) {
		list_free(made);
		return 0;
	}
	if (is_the_table(g, at->l))
		g->report->blank += blank_rows(made);
	snprintf(path, sizeof(path), "%s%s", at->folder, at->l->file);
	snprintf(part, sizeof(part), "%s%s", at->folder, text_get(LANG_ZH, "export.lists"));
	return export_add_file(g, made, part, path);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The list in every folder its split makes. */
static int put_split(struct export_going *g, struct place *at)
{
	char **folders = calloc((size_t)g->people.count + 1, sizeof(*folders)), folder[160];
	int n = 0, rc = folders ? 0 : export_stop(g, EXPORT_IO, at->l->file);

	for (int i = 0; i < g->people.count && !rc; i++) {
		if (g->people.all[i].removed)
			continue;
		plan_folder(&g->plan, at->l->split, &g->people.all[i], folder);
		folders[n] = strdup(folder);
		rc = folders[n] ? 0 : export_stop(g, EXPORT_IO, at->l->file);
		n += !rc;
	}
	if (n)
		qsort(folders, (size_t)n, sizeof(*folders), by_text);
	for (int i = 0; i < n && !rc; i++) {
		at->folder = folders[i];
		if (!i || strcmp(folders[i], folders[i - 1]) != 0)
			rc = put_list(g, at, !folders[i][0]);
	}
	for (int i = 0; i < n; i++)
		free(folders[i]);
	free(folders);
	return rc;
}

static bool split_needed(const struct export_going *g, int split)
{
	if (split == SPLIT_JOB)
		split = g->plan.job_split;
	return split != SPLIT_NONE && (split != SPLIT_SERIES || g->plan.several_series);
}

int export_lists(struct export_going *g)
{
	SCOPED_FREE const struct plan_person **of =
		calloc((size_t)g->people.count + 1, sizeof(*of));
	int rc = of ? 0 : export_stop(g, EXPORT_IO, "");

	for (int i = 0; i < g->plan.count && !rc; i++)
		of[g->plan.people[i].s - g->people.all] = &g->plan.people[i];
	for (int i = 0; i < g->profile.list_count && !rc; i++) {
		struct place at = { .g = g, .l = &g->profile.lists[i], .folder = "", .of = of };

		if (split_needed(g, at.l->split))
			rc = put_split(g, &at);
		else
			rc = put_list(g, &at, true);
	}
	return rc;
}

/* --- people for a human ------------------------------------------------------------------------- */

static const char *fault_word_of(const struct export_going *g, const struct subject *s)
{
	for (int i = 0; i < g->plan.fault_count; i++) {
		const struct plan_fault *f = &g->plan.faults[i];

		if (f->who == s || f->other == s)
			return f->kind == PLAN_COLLISION ? "collision"
							 : template_fault_word(f->fault);
	}
	return "collision";
}

static void put_uncut(struct list *l, const struct plan_person *who, const char *group,
		      const char *word, const char *remedy)
{
	static const char *const columns[] = { "拍摄序号", "学号",   "姓名",
					       "班级",	   "函授站", "身份证号" };
	/* a word of the check, of its screens, of the cutter */
	static const char *const groups[] = { "", "finding", "reason", "cut" };
	char buf[64], id[96];
	const char *said = word;

	list_row(l);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		list_cell(l, subject_field(who->s, columns[i], buf));
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		snprintf(id, sizeof(id), "%s.%s", i ? groups[i] : group, word);
		said = text_get(LANG_ZH, id);
		if (strcmp(said, id) != 0)
			break;
	}
	list_cell(l, said);
	list_cell(l, text_get(LANG_ZH, remedy));
}

struct list *export_uncut(const struct export_going *g)
{
	static const char *const head[] = { "拍摄序号", "学号",	    "姓名", "班级",
					    "函授站",	"身份证号", "原因", "处理办法" };
	struct list *l = list_new(text_get(LANG_ZH, "list.uncut"));

	if (!l)
		return NULL;
	list_row(l);
	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		list_cell(l, head[i]);
	for (int i = 0; i < g->plan.count; i++) {
		const struct plan_person *who = &g->plan.people[i];

		if (who->left_out)
			put_uncut(l, who, "list.fault", fault_word_of(g, who->s),
				  "list.remedy.name");
		else if (who->uncut)
			put_uncut(l, who, "finding", who->uncut, "list.remedy.uncut");
		else if (who->outside_window)
			put_uncut(l, who, "cut", "window", "list.remedy.window");
	}
	if (list_rows(l))
		return l;
	list_free(l);
	return NULL;
}
