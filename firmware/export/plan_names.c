/* Every path of the package, and what stands against it on FAT32, exFAT and Windows: two files that
 * would be one, a file where a folder must be, characters, lengths. */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/export/plan.h"

/* A path or one of its folders. */
struct claim {
	char *key;
	struct plan_person *who; /* NULL: the package's own */
	int tree;
	bool folder;
};

struct claims {
	struct claim *all;
	size_t count, size;
};

char *plan_key(const char *path)
{
	char *nfc = g_utf8_normalize(path, -1, G_NORMALIZE_DEFAULT_COMPOSE);
	char *folded = nfc ? g_utf8_casefold(nfc, -1) : NULL;
	char *key = folded ? strdup(folded) : NULL;

	g_free(nfc);
	g_free(folded);
	return key;
}

static int claim(struct claims *c, char *key, struct plan_person *who, int tree, bool folder)
{
	if (c->count == c->size) {
		size_t size = c->size ? 2 * c->size : 1024;
		struct claim *more = realloc(c->all, size * sizeof(*more));

		if (!more || !key) {
			free(key);
			return -ENOMEM;
		}
		c->all = more;
		c->size = size;
	}
	if (!key)
		return -ENOMEM;
	c->all[c->count++] = (struct claim){ key, who, tree, folder };
	return 0;
}

static int claim_path(struct claims *c, const char *path, struct plan_person *who, int tree)
{
	char *key = plan_key(path);
	int rc = 0;

	for (char *slash = key ? strchr(key, '/') : NULL; slash && !rc;
	     slash = strchr(slash + 1, '/'))
		rc = claim(c, strndup(key, (size_t)(slash - key)), who, tree, true);
	return rc ? rc : claim(c, key, who, tree, false);
}

/* Names of the package itself, in its top folder. */
static int claim_own(struct claims *c, const struct plan *p)
{
	static const char *const own[] = { MANIFEST_FILE, MANIFEST_SIG, MANIFEST_SUMS, "stats.json",
					   "说明.txt",	  "核对单.pdf", "tapshot.part" };
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(own) && !rc; i++)
		rc = claim_path(c, own[i], NULL, -1);
	for (int i = 0; i < p->profile->list_count && !rc; i++) {
		const struct profile_list *l = &p->profile->lists[i];

		if (l->split == SPLIT_NONE)
			rc = claim_path(c, l->file, NULL, -1);
	}
	return rc;
}

/* Lists in the folders of a split. */
static int claim_split_lists(struct claims *c, const struct plan *p)
{
	char folder[160], path[TEMPLATE_PATH_MAX], before[160] = "\001";
	int rc = 0;

	for (int l = 0; l < p->profile->list_count && !rc; l++)
		for (int i = 0; i < p->count && !rc; i++) {
			const struct profile_list *list = &p->profile->lists[l];

			if (list->split == SPLIT_NONE)
				break;
			plan_folder(p, list->split, p->people[i].s, folder);
			if (!strcmp(folder, before))
				continue;
			strcpy(before, folder);
			snprintf(path, sizeof(path), "%s%s", folder, list->file);
			rc = claim_path(c, path, NULL, -1);
		}
	return rc;
}

/* --- paths -------------------------------------------------------------------------------------- */

static int forget(struct plan *p, struct plan_person *who, const struct plan_wish *w)
{
	(void)p;
	if (!w->leave_out)
		return 0;
	for (int t = 0; t < PROFILE_TREES_MAX; t++) {
		free(who->path[t]);
		who->path[t] = NULL;
	}
	who->left_out = true;
	return 0;
}

static int name_one(struct plan *p, struct plan_person *who, int t)
{
	char path[TEMPLATE_PATH_MAX], folder[160];
	struct plan_fault f = { .kind = PLAN_TEMPLATE, .who = who->s, .tree = t };
	const struct profile_tree *tree = &p->profile->trees[t];
	bool walk_in = who->s->walk_in && tree->walk_in[0];

	if (p->preset_of[t] >= 0 && !who->crop[p->preset_of[t]].w && !who->whole[p->preset_of[t]])
		return 0; /* not cut: on the list of its own */
	f.fault =
		template_expand_field(walk_in ? tree->walk_in : tree->name, who->s, path, f.field);
	if (f.fault)
		return plan_complain(p, &f);
	plan_folder(p, p->profile->trees[t].split, who->s, folder);
	if (asprintf(&who->path[t], "%s%s", folder, path) < 0) {
		who->path[t] = NULL;
		return -ENOMEM;
	}
	f.fault = template_path(who->path[t]);
	return f.fault ? plan_complain(p, &f) : 0;
}

static int name_all(struct plan *p, const struct plan_wish *w)
{
	int rc = 0;

	for (int i = 0; i < p->count && !rc; i++) {
		int before = p->fault_count;

		for (int t = 0; t < p->profile->tree_count && !rc; t++)
			rc = name_one(p, &p->people[i], t);
		if (p->fault_count > before && !rc)
			rc = forget(p, &p->people[i], w);
	}
	return rc;
}

/* --- collisions --------------------------------------------------------------------------------- */

/* The package's own first, then people in their order: the second of a pair is the one complained
 * about. */
static int by_key(const void *left, const void *right)
{
	const struct claim *a = left, *b = right;
	int d = strcmp(a->key, b->key);

	if (!d)
		d = (a->who != NULL) - (b->who != NULL);
	if (!d && a->who)
		d = (a->who > b->who) - (a->who < b->who);
	return d ? d : a->tree - b->tree;
}

struct group {
	const struct claim *c;
	size_t n, files;
	const struct claim *folder; /* one of them, NULL none */
	bool own;
};

static struct group look(const struct claim *c, size_t n)
{
	struct group g = { .c = c, .n = n };

	for (size_t i = 0; i < n; i++) {
		g.files += !c[i].folder;
		g.own |= !c[i].who;
		if (c[i].folder && c[i].who && !g.folder)
			g.folder = &c[i];
	}
	return g;
}

static int accuse(struct plan *p, const struct claim *c, const struct plan_person *other,
		  const struct plan_wish *w)
{
	struct plan_fault f = { .kind = PLAN_COLLISION,
				.tree = c->tree,
				.who = c->who->s,
				.other = other ? other->s : NULL };
	int rc;

	text_copy(f.field, sizeof(f.field), c->key);
	rc = plan_complain(p, &f);
	return rc ? rc : forget(p, c->who, w);
}

/* Two folders are one folder; anything else of one name is a fault. Whose file it should be nobody
 * knows, so with --leave-out nobody of the group gets it. */
static int judge_group(struct plan *p, const struct claim *c, size_t n, const struct plan_wish *w)
{
	struct group g = look(c, n);
	const struct claim *first = NULL;
	int rc = 0;

	if (n < 2 || !g.files || (g.files == 1 && !g.own && !g.folder))
		return 0;
	if (g.own && g.folder && g.files == 1)
		return accuse(p, g.folder, NULL, w);
	for (size_t i = 0; i < n && !rc; i++) {
		if (c[i].folder || !c[i].who)
			continue;
		if (g.own || g.folder)
			rc = accuse(p, &c[i], g.own ? NULL : g.folder->who, w);
		else if (first)
			rc = accuse(p, &c[i], first->who, w);
		else
			first = &c[i];
	}
	return rc || !first ? rc : forget(p, first->who, w);
}

static int collide(struct plan *p, struct claims *c, const struct plan_wish *w)
{
	int rc = 0;

	qsort(c->all, c->count, sizeof(*c->all), by_key);
	for (size_t i = 0, n; i < c->count && !rc; i += n) {
		for (n = 1; i + n < c->count && !strcmp(c->all[i].key, c->all[i + n].key); n++)
			;
		rc = judge_group(p, &c->all[i], n, w);
	}
	return rc;
}

int plan_names(struct plan *p, const struct plan_wish *wish)
{
	struct claims c = { 0 };
	int rc = name_all(p, wish);

	if (!rc)
		rc = claim_own(&c, p);
	if (!rc)
		rc = claim_split_lists(&c, p);
	for (int i = 0; i < p->count && !rc; i++)
		for (int t = 0; t < p->profile->tree_count && !rc; t++)
			if (p->people[i].path[t])
				rc = claim_path(&c, p->people[i].path[t], &p->people[i], t);
	if (!rc)
		rc = collide(p, &c, wish);
	for (size_t i = 0; i < c.count; i++)
		free(c.all[i].key);
	free(c.all);
	return rc;
}
