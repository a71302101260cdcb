#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/erase_inside.h"

enum { ZERO_BYTES = 1 << 20, DEPTH_MAX = 8 };

struct wiping {
	const struct erase_wish *w;
	struct erase_report *report;
	void *zeros;
	bool remove; /* second pass */
};

static int overwrite(struct wiping *x, int dir, const char *name)
{
	SCOPED_FD int fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_nlink > 1) { /* a backup of somebody's: its bytes are not ours alone */
		x->report->linked++;
		return 0;
	}
	for (off_t at = 0; at < st.st_size;) {
		size_t n = (size_t)(st.st_size - at) < ZERO_BYTES ? (size_t)(st.st_size - at)
								  : ZERO_BYTES;
		ssize_t put = pwrite(fd, x->zeros, n, at);

		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		at += put;
	}
	x->report->files++;
	x->report->bytes += st.st_size;
	if (x->w->progress)
		x->w->progress(x->w->ctx, x->report->files, x->report->bytes);
	return 0;
}

static int walk(struct wiping *x, int at, const char *name, int depth);

static int one(struct wiping *x, int dir, const char *name, int depth)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return walk(x, dir, name, depth + 1);
	if (x->remove)
		return unlinkat(dir, name, 0) < 0 ? -errno : 0;
	return S_ISREG(st.st_mode) ? overwrite(x, dir, name) : 0;
}

static int walk(struct wiping *x, int at, const char *name, int depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return -errno;
	d = depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!d) {
		close(fd);
		return -ELOOP;
	}
	while (!rc && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = one(x, fd, e->d_name, depth);
	if (!rc && x->remove && fsync(fd) < 0)
		rc = -errno;
	closedir(d);
	if (!rc && x->remove && unlinkat(at, name, AT_REMOVEDIR) < 0)
		rc = -errno;
	return rc;
}

/* The names go only when every byte of zeros is on the disk. */
int erase_wipe(const char *path, const struct erase_wish *w, struct erase_report *report)
{
	SCOPED_FREE void *zeros = calloc(1, ZERO_BYTES);
	SCOPED_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct wiping x = { .w = w, .report = report, .zeros = zeros };
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!zeros)
		return -ENOMEM;
	rc = walk(&x, AT_FDCWD, path, 0);
	if (!rc && syncfs(fd) < 0)
		rc = -errno;
	x.remove = true;
	return rc ? rc : walk(&x, AT_FDCWD, path, 0);
}
