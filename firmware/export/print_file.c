#include "firmware/export/print_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

enum { PATH_BYTES = 1024 };

static int part_of(const char *path, char out[static PATH_BYTES])
{
	int n = snprintf(out, PATH_BYTES, "%s.part", path);

	return n > 0 && n < PATH_BYTES ? 0 : -ENAMETOOLONG;
}

int print_file_begin(const char *path)
{
	char part[PATH_BYTES];
	int rc = part_of(path, part), fd;

	if (rc < 0)
		return rc;
	unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	return fd < 0 ? -errno : fd;
}

static void sync_folder(const char *path)
{
	char dir[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	SCOPED_FD int fd = -1;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 2,
		 slash ? path : "./");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		fsync(fd);
}

int print_file_end(const char *path, int fd, int failed)
{
	char part[PATH_BYTES];

	part_of(path, part);
	if (!failed && fsync(fd) < 0)
		failed = -errno;
	if (close(fd) < 0 && !failed)
		failed = -errno;
	if (!failed && rename(part, path) < 0)
		failed = -errno;
	if (failed)
		unlink(part);
	else
		sync_folder(path);
	return failed;
}

int print_file_write(int fd, const void *data, size_t bytes)
{
	const char *from = data;

	while (bytes) {
		ssize_t n = write(fd, from, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int print_file_put(const char *path, const void *data, size_t bytes)
{
	int fd = print_file_begin(path);

	return fd < 0 ? fd : print_file_end(path, fd, print_file_write(fd, data, bytes));
}
