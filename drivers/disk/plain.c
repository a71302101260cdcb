/* Sticks that somebody else mounts below one folder, as desktops do below /media; in tests folders. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/disk/disk_drivers.h"
#include "firmware/base/cleanup.h"

struct plain {
	char where[200];
	int wake; /* epoll of the two below: one descriptor for the loop */
	int entries; /* inotify: folders come and go */
	int mounts; /* mountinfo: mounts do, without a change of any folder */
};

static void plain_close(void *priv)
{
	struct plain *p = priv;

	if (!p)
		return;
	if (p->mounts >= 0)
		close(p->mounts);
	if (p->entries >= 0)
		close(p->entries);
	if (p->wake >= 0)
		close(p->wake);
	free(p);
}

static int watch(struct plain *p)
{
	struct epoll_event in = { .events = EPOLLIN }, pri = { .events = EPOLLPRI };

	p->wake = epoll_create1(EPOLL_CLOEXEC);
	p->entries = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	p->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (p->wake < 0 || p->entries < 0 ||
	    inotify_add_watch(p->entries, p->where,
			      IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR) <
		    0 ||
	    epoll_ctl(p->wake, EPOLL_CTL_ADD, p->entries, &in) < 0)
		return -errno;
	if (p->mounts >= 0)
		epoll_ctl(p->wake, EPOLL_CTL_ADD, p->mounts, &pri);
	return 0;
}

static int plain_open(void **priv, const char *where)
{
	struct plain *p = calloc(1, sizeof(*p));
	int rc = -ENAMETOOLONG;

	if (!p)
		return -ENOMEM;
	p->wake = p->entries = p->mounts = -1;
	if (strlen(where) < sizeof(p->where)) {
		strcpy(p->where, where);
		rc = watch(p);
	}
	if (rc < 0)
		plain_close(p);
	else
		*priv = p;
	return rc;
}

static int plain_fd(void *priv)
{
	return ((struct plain *)priv)->wake;
}

/* What made us readable is taken away, so that the next change does again. */
static void drain(struct plain *p)
{
	char words[4096];

	while (read(p->entries, words, sizeof(words)) > 0)
		;
	if (p->mounts >= 0 && lseek(p->mounts, 0, SEEK_SET) == 0)
		while (read(p->mounts, words, sizeof(words)) > 0)
			;
}

static bool is_mount(const char *path, dev_t above, dev_t *own)
{
	struct stat st;

	*own = above;
	if (stat(path, &st) < 0)
		return false;
	*own = st.st_dev;
	return st.st_dev != above;
}

static int add(struct disk_info *out, const char *path, const char *name)
{
	memset(out, 0, sizeof(*out));
	snprintf(out->id, sizeof(out->id), "%.63s", name);
	snprintf(out->label, sizeof(out->label), "%.63s", name);
	if (snprintf(out->path, sizeof(out->path), "%s", path) >= (int)sizeof(out->path))
		return 0;
	if (disk_fill(out) < 0)
		return 0; /* just gone, or its program died */
	return 1;
}

/* Folders of @path in @out; @deeper: /media/USER, no stick itself when mounts stand in it. */
static int scan(const char *path, bool mounts_only, bool deeper, struct disk_info *out, int max)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	struct stat st;
	char sub[256];
	int n = 0;
	dev_t own;

	if (!dir || fstat(dirfd(dir), &st) < 0) {
		if (dir)
			closedir(dir);
		return 0;
	}
	while (n < max && (e = readdir(dir))) {
		int found = 0;

		if (e->d_name[0] == '.' || (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN) ||
		    snprintf(sub, sizeof(sub), "%s/%s", path, e->d_name) >= (int)sizeof(sub))
			continue;
		if (!is_mount(sub, st.st_dev, &own)) {
			if (deeper)
				found = scan(sub, true, false, out + n, max - n);
			if (mounts_only || found) {
				n += found;
				continue;
			}
		}
		n += add(out + n, sub, e->d_name);
	}
	closedir(dir);
	return n;
}

static int plain_list(void *priv, struct disk_info *out, int max)
{
	struct plain *p = priv;

	drain(p);
	return scan(p->where, false, true, out, max);
}

static enum disk_cause plain_mount(void *priv, struct disk_info *info)
{
	(void)priv;
	if (disk_fill(info) < 0)
		return DISK_GONE;
	if (!disk_usable(info->type))
		return DISK_NOT_USABLE;
	return info->read_only ? DISK_WRITE_PROTECTED : DISK_OK;
}

/* Whoever mounted it takes it away: here only everything is written. */
static enum disk_cause plain_unmount(void *priv, const struct disk_info *info)
{
	SCOPED_FD int fd = open(info->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)priv;
	if (fd < 0)
		return DISK_GONE;
	if (fsync(fd) < 0 && errno != EINVAL)
		return DISK_IO;
	return syncfs(fd) < 0 ? DISK_IO : DISK_OK;
}

const struct disk_ops disk_plain = {
	.name = "plain",
	.open = plain_open,
	.close = plain_close,
	.fd = plain_fd,
	.list = plain_list,
	.mount = plain_mount,
	.unmount = plain_unmount,
};
