/* What lies in a package's folder. Names are whatever somebody put there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/verify_run.h"

enum { DEPTH_MAX = 32, ITEMS_MAX = 4000000, PATH_BYTES = 4096 };

struct listing {
	struct verify_run *run;
	struct verify_item *items;
	size_t count, room;
	char path[PATH_BYTES]; /* of where we are, ends in '/' unless "" */
};

static int add(struct listing *l, const char *name, bool link, bool folder)
{
	struct verify_item *grown, *it;

	if (l->count == l->room) {
		if (l->room >= ITEMS_MAX)
			return -E2BIG;
		grown = reallocarray(l->items, l->room * 2 + 1024, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->items = grown;
		l->room = l->room * 2 + 1024;
	}
	it = &l->items[l->count];
	*it = (struct verify_item){ .link = link };
	if (asprintf(&it->name, "%s%s%s", l->path, name, folder ? "/" : "") < 0)
		return -ENOMEM;
	l->count++;
	return 0;
}

static int list_folder(struct listing *l, int fd, int depth);

/* Return: 0, negative errno. */
static int descend(struct listing *l, int dir, const char *name, int depth)
{
	size_t here = strlen(l->path), before = l->count;
	int fd, rc;

	if (depth >= DEPTH_MAX || here + strlen(name) + 2 > sizeof(l->path))
		return add(l, name, false, true); /* deeper than any package: extra */
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	sprintf(l->path + here, "%s/", name);
	rc = list_folder(l, fd, depth + 1);
	l->path[here] = 0;
	return !rc && l->count == before ? add(l, name, false, true) : rc;
}

/* @fd is taken over. */
static int list_folder(struct listing *l, int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	int rc = 0;

	if (!d) {
		rc = -errno;
		close(fd);
		return rc;
	}
	while (!rc && (errno = 0, e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			rc = -errno;
		else if (S_ISDIR(st.st_mode))
			rc = descend(l, dirfd(d), e->d_name, depth);
		else
			rc = add(l, e->d_name, !S_ISREG(st.st_mode), false);
	}
	if (!rc && errno)
		rc = -errno;
	closedir(d);
	return rc;
}

int verify_tree(struct verify_run *run, int dir, struct verify_item **out, size_t *count)
{
	SCOPED_FREE struct listing *l = calloc(1, sizeof(*l));
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	if (!l || fd < 0) {
		if (fd >= 0)
			close(fd);
		return l ? -errno : -ENOMEM;
	}
	l->run = run;
	rc = list_folder(l, fd, 0);
	*out = l->items;
	*count = l->count;
	return rc;
}
