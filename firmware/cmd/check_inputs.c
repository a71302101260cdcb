/* What `tapshot check` was given: files, folders, patterns. */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/check_cmd.h"

enum { DEPTH_MAX = 8 }; /* folders in folders */

static int add(struct check_paths *p, const char *path)
{
	char **more = realloc(p->path, (p->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	p->path = more;
	p->path[p->count] = strdup(path);
	if (!p->path[p->count])
		return -ENOMEM;
	p->count++;
	return 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Links to folders are not followed: two that point upwards would double the list at every step. */
static bool is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool is_jpeg_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct check_paths *p, const char *folder, int depth)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, not_hidden, by_bytes), rc = n < 0 ? -errno : 0;

	for (int i = 0; i < n; i++) {
		SCOPED_FREE char *path = NULL;

		if (rc == 0 && asprintf(&path, "%s/%s", folder, names[i]->d_name) < 0) {
			path = NULL;
			rc = -ENOMEM;
		}
		if (rc == 0 && is_folder(path))
			rc = depth < DEPTH_MAX && !is_link(path) ? add_folder(p, path, depth + 1)
								 : 0;
		else if (rc == 0 && is_jpeg_name(path))
			rc = add(p, path);
		free(names[i]);
	}
	free(names);
	return rc;
}

static int add_one(struct check_paths *p, const char *arg)
{
	size_t before = p->count, n = strlen(arg);
	SCOPED_FREE char *folder = NULL;
	int rc;

	if (!is_folder(arg))
		return add(p, arg);
	while (n > 1 && arg[n - 1] == '/')
		n--;
	folder = strndup(arg, n);
	rc = folder ? add_folder(p, folder, 0) : -ENOMEM;
	if (rc < 0 && rc != -ENOMEM)
		fprintf(stderr, "tapshot check: %s: %s\n", arg, strerror(-rc));
	else if (rc == 0 && p->count == before)
		fprintf(stderr, "tapshot check: %s: no *.jpg or *.jpeg in this folder\n", arg);
	return rc == -ENOMEM ? rc : p->count == before;
}

int check_paths_add(struct check_paths *p, const char *arg)
{
	struct stat st;
	glob_t g;
	int rc;

	if (stat(arg, &st) == 0 || !strpbrk(arg, "*?["))
		return add_one(p, arg);
	rc = glob(arg, GLOB_BRACE | GLOB_TILDE, NULL, &g);
	if (rc) {
		fprintf(stderr, "tapshot check: %s: nothing fits this pattern\n", arg);
		return rc == GLOB_NOSPACE ? -ENOMEM : 1;
	}
	for (size_t i = 0; rc >= 0 && i < g.gl_pathc; i++) {
		int one = add_one(p, g.gl_pathv[i]);

		rc = one < 0 ? one : rc | one;
	}
	globfree(&g);
	return rc;
}

void check_paths_free(struct check_paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->path[i]);
	free(p->path);
}
