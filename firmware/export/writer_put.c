/* Bytes into PATH.part, or the finding that they stand there already. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/manifest.h"
#include "firmware/export/writer_inside.h"

enum { KICK_BYTES = 4 << 20 };

/* They list the others and so are listed nowhere. */
static bool lists_others(const char *path)
{
	return !strcmp(path, MANIFEST_SUMS) || !strcmp(path, MANIFEST_FILE) ||
	       !strcmp(path, MANIFEST_SIG);
}

/* 1: stands there already, 0: may be written, -1 refused. @want NULL: not known, never the same. */
static int already(struct writer *w, int dir, const char *path, const char *base,
		   const struct writer_source *from, const uint8_t *want)
{
	SCOPED_FD int fd = openat(dir, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t have[SHA256_BYTES];
	struct stat st;
	int64_t bytes;
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : writer_fail_errno(w, errno, path);
	if (fstat(fd, &st) < 0)
		return writer_fail_errno(w, errno, path);
	if (!S_ISREG(st.st_mode))
		return writer_fail(w, WRITER_FOREIGN, path);
	if (lists_others(path) && st.st_size != from->bytes)
		return 0;
	rc = writer_settle(w, fd);
	if (!rc)
		rc = writer_read_back(w, dir, base, &bytes, have);
	if (rc < 0)
		return writer_fail_errno(w, -rc, path);
	if (bytes == from->bytes && want && !memcmp(have, want, SHA256_BYTES))
		return 1;
	if (lists_others(path) || sums_has(&w->old, path, have) ||
	    sums_has(&w->old, path, writer_claimed))
		return 0;
	return writer_fail(w, WRITER_FOREIGN, path);
}

static ssize_t source_read(struct writer *w, const struct writer_source *from, int64_t at,
			   const uint8_t **piece)
{
	int64_t left = from->bytes - at;

	if (from->fd >= 0) {
		*piece = w->chunk;
		return pread(from->fd, w->chunk, WRITER_CHUNK, at);
	}
	*piece = from->data + at;
	return left < WRITER_CHUNK ? (ssize_t)left : WRITER_CHUNK;
}

static int write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno != EINTR)
			return -errno;
		data += n < 0 ? 0 : n;
		bytes -= n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

/* The device has work while the next bytes are fetched and hashed. A program's file system has
 * handed them to its device's cache already. */
static void kick(struct writer *w, int fd)
{
	sync_file_range(w->raw >= 0 ? w->raw : fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* 0, -1 after writer_fail(). */
static int copy(struct writer *w, const char *path, const struct writer_source *from, int to,
		struct hash *h)
{
	const uint8_t *piece;
	int64_t at = 0;
	ssize_t n;
	int rc;

	while ((n = source_read(w, from, at, &piece)) != 0) {
		if (n < 0)
			return writer_fail(w, WRITER_SOURCE, path);
		hash_update(h, piece, (size_t)n);
		rc = write_all(to, piece, (size_t)n);
		if (rc < 0)
			return writer_fail_errno(w, -rc, path);
		at += n;
		if (at % KICK_BYTES == 0)
			kick(w, to);
		if (at % WRITER_BATCH_BYTES == 0 && writer_tick(w) < 0)
			return -1;
	}
	kick(w, to);
	return at == from->bytes ? 0 : writer_fail(w, WRITER_SOURCE, path);
}

/* Never what an earlier file of this name leads to: a new one. */
static int open_part(struct writer *w, int dir, const char *path, const char *base)
{
	char part[1024];
	int fd;

	snprintf(part, sizeof(part), "%s.part", base);
	for (int again = 0; again < 2; again++) {
		fd = openat(dir, part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST || unlinkat(dir, part, 0) < 0)
			break;
	}
	return writer_fail_errno(w, errno, path);
}

static int write_part(struct writer *w, int dir, const char *path, const char *base,
		      const struct writer_source *from, uint8_t sha256[static SHA256_BYTES])
{
	SCOPED_FD int fd = open_part(w, dir, path, base);
	struct hash *h;
	int rc;

	if (fd < 0)
		return -1;
	h = hash_new();
	rc = h ? copy(w, path, from, fd, h) : writer_fail_errno(w, ENOMEM, path);
	if (!rc)
		hash_final(h, sha256);
	hash_free(h);
	return rc;
}

static void drop_part(struct writer *w, const char *path)
{
	char part[1024];
	const char *base;
	int dir = writer_dir(w, path, false, &base);

	snprintf(part, sizeof(part), "%s.part", base);
	if (dir >= 0)
		unlinkat(dir, part, 0);
}

static int remember(struct writer *w, const char *path, int64_t bytes,
		    const uint8_t sha256[static SHA256_BYTES], bool kept)
{
	struct writer_entry *e = writer_entry_new(w, path);

	if (!e)
		return -1;
	e->bytes = bytes;
	e->kept = kept;
	memcpy(e->sha256, sha256, SHA256_BYTES);
	w->pending_bytes += bytes;
	if (w->count - w->safe >= WRITER_BATCH_FILES || w->pending_bytes >= WRITER_BATCH_BYTES)
		return writer_flush(w);
	return writer_tick(w);
}

/* @want NULL: whatever it is. */
static int put(struct writer *w, const char *path, const struct writer_source *from,
	       const uint8_t *want)
{
	uint8_t sha256[SHA256_BYTES];
	const char *base;
	int dir, there;

	if (w->cause || writer_name_check(w, path, from->bytes) < 0)
		return -1;
	if (w->safe < w->count && w->pending_bytes + from->bytes > WRITER_BATCH_BYTES &&
	    writer_flush(w) < 0)
		return -1;
	dir = writer_dir(w, path, true, &base);
	there = dir < 0 ? -1 : already(w, dir, path, base, from, want);
	if (there < 0)
		return -1;
	if (there)
		return remember(w, path, from->bytes, want, true);
	if (write_part(w, dir, path, base, from, sha256) < 0)
		return -1;
	if (want && memcmp(sha256, want, SHA256_BYTES) != 0) {
		drop_part(w, path);
		return writer_fail(w, WRITER_SOURCE, path);
	}
	return remember(w, path, from->bytes, sha256, false);
}

int writer_put(struct writer *w, const char *path, int from,
	       const uint8_t want[static SHA256_BYTES])
{
	struct stat st;

	if (fstat(from, &st) < 0 || !S_ISREG(st.st_mode))
		return writer_fail(w, WRITER_SOURCE, path);
	return put(w, path, &(struct writer_source){ from, NULL, st.st_size }, want);
}

int writer_put_bytes(struct writer *w, const char *path, const void *data, size_t bytes)
{
	uint8_t want[SHA256_BYTES];
	struct hash *h = hash_new();

	if (!h)
		return writer_fail_errno(w, ENOMEM, path);
	hash_update(h, data, bytes);
	hash_final(h, want);
	hash_free(h);
	return put(w, path, &(struct writer_source){ -1, data, (int64_t)bytes }, want);
}

/* --- files that somebody else fills ---------------------------------------------------------- */

int writer_create(struct writer *w, const char *path)
{
	const char *base;
	int dir;

	if (w->cause || writer_name_check(w, path, 0) < 0)
		return -1;
	if (w->scratch) {
		w->begun = open(w->scratch, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
		return w->begun >= 0 ? w->begun : writer_fail(w, WRITER_IO, path);
	}
	dir = writer_dir(w, path, true, &base);
	if (dir < 0 || already(w, dir, path, base, &(struct writer_source){ -1, NULL, -1 }, NULL))
		return -1;
	w->begun = open_part(w, dir, path, base);
	return w->begun;
}

/* It was filled on the stick itself: what can be compared is what stands there now. */
static int add_in_place(struct writer *w, const char *path, int fd, int64_t bytes)
{
	uint8_t sha256[SHA256_BYTES];
	int rc = hash_fd(fd, sha256);

	if (rc < 0)
		return writer_fail_errno(w, -rc, path);
	return remember(w, path, bytes, sha256, false);
}

int writer_add(struct writer *w, const char *path, int fd)
{
	struct stat st;

	if (w->cause)
		return -1;
	if (fd < 0 || fd != w->begun || fstat(fd, &st) < 0)
		return writer_fail(w, WRITER_SOURCE, path);
	w->begun = -1;
	if (w->scratch)
		return put(w, path, &(struct writer_source){ fd, NULL, st.st_size }, NULL);
	if (writer_name_check(w, path, st.st_size) < 0)
		return -1;
	return add_in_place(w, path, fd, st.st_size);
}
