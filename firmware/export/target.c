#include "firmware/export/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { CHUNK = 1 << 20 };

int target_fail(struct target *t, enum export_cause cause, const char *where)
{
	if (t->report->cause)
		return -1;
	t->report->cause = cause;
	text_copy(t->report->where, sizeof(t->report->where), where);
	return -1;
}

int target_fail_errno(struct target *t, int error, const char *where)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return target_fail(t, EXPORT_FULL, where);
	case EROFS:
	case EACCES:
	case EPERM:
		return target_fail(t, EXPORT_READ_ONLY, where);
	default:
		return target_fail(t, EXPORT_REMOVED, where);
	}
}

static int copy_all(int from, int to)
{
	SCOPED_FREE char *chunk = malloc(CHUNK);
	off_t at = 0;
	ssize_t n;

	if (!chunk)
		return -ENOMEM;
	while ((n = pread(from, chunk, CHUNK, at)) > 0) {
		for (ssize_t done = 0, w; done < n; done += w) {
			w = write(to, chunk + done, (size_t)(n - done));
			if (w < 0)
				return -errno;
		}
		at += n;
	}
	return n < 0 ? -errno : 0;
}

/* The bytes as the device gives them, not as the cache remembers them. */
static int read_back(int fd, uint8_t out[static SHA256_BYTES])
{
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return hash_fd(fd, out);
}

static int list_sum(struct target *t, const char *name, const uint8_t digest[static SHA256_BYTES])
{
	size_t more = SHA256_HEX + strlen(name) + 8;
	char *bigger = realloc(t->sums, t->sums_bytes + more), hex[SHA256_HEX];

	if (!bigger)
		return target_fail_errno(t, ENOMEM, name);
	t->sums = bigger;
	hash_hex(digest, hex);
	t->sums_bytes += (size_t)sprintf(t->sums + t->sums_bytes, "%s  %s\n", hex, name);
	return 0;
}

/* Did an earlier export of ours write exactly these bytes under this name? */
static int ours(const struct target *t, const char *name, const uint8_t digest[static SHA256_BYTES])
{
	char line[512], hex[SHA256_HEX];
	const char *at;

	hash_hex(digest, hex);
	snprintf(line, sizeof(line), "%s  %s\n", hex, name);
	at = strstr(t->old_sums, line);
	return at && (at == t->old_sums || at[-1] == '\n');
}

/* 1: stands there already, 0: may be written, -1 refused. */
static int already(struct target *t, const char *name, const uint8_t want[static SHA256_BYTES],
		   int listed)
{
	SCOPED_FD int fd = openat(t->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t have[SHA256_BYTES];
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : target_fail(t, EXPORT_FOREIGN, name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return target_fail(t, EXPORT_FOREIGN, name);
	if (read_back(fd, have) < 0)
		return target_fail_errno(t, EIO, name);
	if (!memcmp(have, want, SHA256_BYTES))
		return 1;
	return !listed || ours(t, name, have) ? 0 : target_fail(t, EXPORT_FOREIGN, name);
}

static int write_file(struct target *t, const char *name, int from)
{
	char part[256];
	SCOPED_FD int fd = -1;
	int rc;

	snprintf(part, sizeof(part), "%s.part", name);
	fd = openat(t->dir, part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return target_fail_errno(t, errno, name);
	rc = copy_all(from, fd);
	if (!rc && fsync(fd) < 0)
		rc = -errno;
	if (!rc && renameat(t->dir, part, t->dir, name) < 0)
		rc = -errno;
	if (rc < 0) {
		unlinkat(t->dir, part, 0);
		return target_fail_errno(t, -rc, name);
	}
	return 0;
}

static int put(struct target *t, const char *name, int from,
	       const uint8_t want[static SHA256_BYTES], int listed)
{
	uint8_t have[SHA256_BYTES];
	SCOPED_FD int fd = -1;
	int there = already(t, name, want, listed);

	if (there < 0 || (!there && write_file(t, name, from) < 0))
		return -1;
	t->report->written += !there;
	t->report->kept += there;
	if (!there) {
		fd = openat(t->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || read_back(fd, have) < 0)
			return target_fail_errno(t, EIO, name);
		if (memcmp(have, want, SHA256_BYTES) != 0)
			return target_fail(t, EXPORT_DIFFERS, name);
	}
	return listed ? list_sum(t, name, want) : 0;
}

int target_put(struct target *t, const char *name, int from,
	       const uint8_t want[static SHA256_BYTES])
{
	return put(t, name, from, want, 1);
}

int target_put_text(struct target *t, const char *name, const char *text, size_t bytes, int listed)
{
	SCOPED_FD int fd = memfd_create("export", MFD_CLOEXEC);
	uint8_t want[SHA256_BYTES];

	if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes || hash_fd(fd, want) < 0)
		return target_fail_errno(t, EIO, name);
	return put(t, name, fd, want, listed);
}
