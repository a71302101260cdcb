#include "firmware/export/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/lists.h"
#include "firmware/export/template.h"

static const char *const splits[] = { "none", "series", "station", "class", "job", NULL };
static const char *const originals[] = { "no", "after", NULL };

#define AT(field) .offset = offsetof(struct profile, field)
#define TEXT(key, field, usual)                                                                    \
	{                                                                                          \
		.name = key, .type = CONFIG_STRING, AT(field),                                     \
		.size = sizeof(((struct profile *)0)->field), .fallback = usual                    \
	}
#define YES_NO(key, field)                                                                         \
	{                                                                                          \
		.name = key, .type = CONFIG_BOOL, AT(field), .fallback = "no"                      \
	}
#define SPLIT(key, field)                                                                          \
	{                                                                                          \
		.name = key, .type = CONFIG_CHOICE, AT(field), .choices = splits,                  \
		.fallback = "none"                                                                 \
	}
#define TREE(n, i)                                                                                 \
	TEXT("tree" #n ".name", trees[i].name, ""),                                                \
		TEXT("tree" #n ".walk_in", trees[i].walk_in, ""),                                  \
		TEXT("tree" #n ".preset", trees[i].preset, "original"),                            \
		SPLIT("tree" #n ".split", trees[i].split)
#define LIST(n, i)                                                                                 \
	TEXT("list" #n ".file", lists[i].file, ""), TEXT("list" #n ".rows", lists[i].rows, ""),    \
		TEXT("list" #n ".columns", lists[i].columns, ""),                                  \
		SPLIT("list" #n ".split", lists[i].split)

/* clang-format off */
static const struct config_key keys[] = {
	TEXT("id", id, NULL),
	TEXT("title", title, ""),
	{ .name = "version", .type = CONFIG_INT, AT(version), .min = 1, .max = 9999 },
	TEXT("kind", kind, "any"),
	TREE(1, 0), TREE(2, 1), TREE(3, 2), TREE(4, 3),
	LIST(1, 0), LIST(2, 1), LIST(3, 2), LIST(4, 3), LIST(5, 4), LIST(6, 5),
	LIST(7, 6), LIST(8, 7), LIST(9, 8), LIST(10, 9), LIST(11, 10), LIST(12, 11),
	LIST(13, 12), LIST(14, 13), LIST(15, 14), LIST(16, 15),
	YES_NO("seal", seal),
	YES_NO("final", final),
	YES_NO("archive", archive),
	{ .name = "manifest", .type = CONFIG_BOOL, AT(manifest), .fallback = "yes" },
	YES_NO("single", single),
	{ .name = "originals", .type = CONFIG_CHOICE, AT(originals), .choices = originals,
	  .fallback = "no" },
	TEXT("sheet", sheet, ""),
};
/* clang-format on */

struct loading {
	const char *path;
	struct config_places places;
	struct config_error *err;
};

static int complain(const struct loading *g, const char *key, const char *what)
{
	return config_complain(g->path, keys, ARRAY_SIZE(keys), &g->places, key, what, g->err);
}

static int check_template(const struct loading *g, const char *key, const char *text)
{
	char what[96];
	size_t where;
	enum template_fault fault = template_check(text, &where);

	/* A column of the job's own may be meant; whether it exists is seen with the job. */
	if (fault == TEMPLATE_FINE || fault == TEMPLATE_UNKNOWN_FIELD)
		return 0;
	snprintf(what, sizeof(what), "not a path template: %s at byte %zu",
		 template_fault_word(fault), where);
	return complain(g, key, what);
}

static int check_trees(const struct loading *g, struct profile *p)
{
	char key[32];
	int rc = 0;

	for (int i = 0; i < PROFILE_TREES_MAX && !rc; i++) {
		const struct profile_tree *t = &p->trees[i];

		if (!t->name[0])
			continue;
		snprintf(key, sizeof(key), "tree%d.name", i + 1);
		if (i != p->tree_count)
			return complain(g, key, "trees are numbered from 1 without gaps");
		rc = check_template(g, key, t->name);
		snprintf(key, sizeof(key), "tree%d.walk_in", i + 1);
		if (!rc && t->walk_in[0])
			rc = check_template(g, key, t->walk_in);
		p->tree_count++;
	}
	return rc;
}

static int check_list(const struct loading *g, int i, const struct profile_list *l)
{
	char key[32];

	snprintf(key, sizeof(key), "list%d.file", i + 1);
	if (strpbrk(l->file, "{}") || template_path(l->file) != TEMPLATE_FINE)
		return complain(g, key, "not a legal file name");
	if (!list_ending(l->file))
		return complain(g, key, "its ending must be .xlsx, .csv, .gb.csv or .dbf");
	snprintf(key, sizeof(key), "list%d.rows", i + 1);
	return list_known(l->rows) ? 0 : complain(g, key, "no such list; see lists.h");
}

static int check(const struct loading *g, struct profile *p)
{
	int rc = check_trees(g, p);

	for (int i = 0; i < PROFILE_LISTS_MAX && !rc; i++) {
		if (!p->lists[i].file[0])
			continue;
		if (i != p->list_count)
			return complain(g, "list1.file", "lists are numbered from 1 without gaps");
		rc = check_list(g, i, &p->lists[i]);
		for (int k = 0; k < i && !rc; k++)
			if (!strcasecmp(p->lists[k].file, p->lists[i].file))
				rc = complain(g, "list1.file", "two lists have one file name");
		p->list_count++;
	}
	if (!rc && strcmp(p->kind, "any") && strcmp(p->kind, "ENROL") && strcmp(p->kind, "GRAD"))
		rc = complain(g, "kind", "ENROL, GRAD or any is needed");
	if (!rc && !p->tree_count && !p->list_count && !p->sheet[0] && !p->archive)
		rc = complain(g, "id", "no tree, list, sheet or archive: nothing would be written");
	return rc;
}

int profile_load(const char *path, struct profile *out, struct config_error *err)
{
	struct loading g = { .path = path, .err = err };
	int rc;

	memset(out, 0, sizeof(*out));
	memset(&g.places, 0, sizeof(g.places));
	config_defaults(keys, ARRAY_SIZE(keys), out);
	rc = config_layer(path, keys, ARRAY_SIZE(keys), out, &g.places, err);
	if (!rc)
		rc = config_complete(path, keys, ARRAY_SIZE(keys), &g.places, err);
	return rc ? rc : check(&g, out);
}

static int beside_program(char *out, size_t size)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *cut;

	if (n < 0)
		return -errno;
	exe[n] = 0;
	while ((cut = strrchr(exe, '/')) && cut != exe) { /* build/tapshot, build/tests/test_x */
		*cut = 0;
		if ((size_t)snprintf(out, size, "%s/config/export", exe) < size &&
		    access(out, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int profile_path(const char *name, char *out, size_t size)
{
	const char *dir = getenv("TAPSHOT_EXPORT");
	char at[512];

	if (strchr(name, '/')) {
		snprintf(out, size, "%s", name);
		return access(out, R_OK) ? -ENOENT : 0;
	}
	if (dir)
		snprintf(at, sizeof(at), "%s", dir);
	else if (beside_program(at, sizeof(at)) < 0)
		snprintf(at, sizeof(at), "/usr/share/tapshot/export");
	snprintf(out, size, "%s/%s.conf", at, name);
	return access(out, R_OK) ? -ENOENT : 0;
}
