/*
 * A batch: journal, sync, read back, rename, sync. Files are called .part until their bytes came
 * back from the device; the journal knows them before they get their names.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/export/writer_inside.h"

/* --- sync ------------------------------------------------------------------------------------ */

/* On a stick one syncfs() beats 64 fsync(), each of which writes the allocation table. On a disk
 * that others use it would wait for their bytes too. */
bool writer_sync_at_once(const struct writer *w)
{
	enum disk_type t = w->mount.type;

	return w->mount.fuse || t == DISK_FAT || t == DISK_FAT32 || t == DISK_EXFAT;
}

/* Some file systems cannot sync a folder and say EINVAL: then syncfs() must do. */
static int sync_dir(int fd)
{
	if (fd < 0 || !fsync(fd))
		return 0;
	return errno == EINVAL && !syncfs(fd) ? 0 : -errno;
}

/* A program's file system hears of fsync() only; the kernel's own is content with syncfs(). */
int writer_sync(struct writer *w)
{
	int rc = sync_dir(w->root);

	for (size_t i = 0; i < w->dir_count && !rc; i++)
		rc = sync_dir(w->dirs[i].fd);
	if (!rc)
		rc = sync_dir(w->parent);
	if (!rc && writer_sync_at_once(w) && syncfs(w->root) < 0)
		rc = -errno;
	return rc;
}

int writer_settle(struct writer *w, int fd)
{
	if (writer_sync_at_once(w) ? w->settled : !fsync(fd))
		return 0;
	if (writer_sync_at_once(w)) {
		int rc = writer_sync(w);

		w->settled = !rc;
		writer_drop_caches(w);
		return rc;
	}
	return -errno;
}

/* --- read back ------------------------------------------------------------------------------- */

void writer_drop_caches(struct writer *w)
{
	if (w->raw >= 0)
		posix_fadvise(w->raw, 0, 0, POSIX_FADV_DONTNEED);
	if (w->image >= 0)
		posix_fadvise(w->image, 0, 0, POSIX_FADV_DONTNEED);
}

static int open_uncached(struct writer *w, int dir, const char *name)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = -1;

	if (w->direct)
		fd = openat(dir, name, flags | O_DIRECT);
	if (fd < 0 && (!w->direct || errno == EINVAL)) {
		w->direct = false;
		fd = openat(dir, name, flags);
		if (fd >= 0)
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	return fd < 0 ? -errno : fd;
}

/* The last piece of a file is shorter than O_DIRECT's unit: the read asks for a whole chunk. */
static int hash_all(struct writer *w, int fd, struct hash *h, int64_t *bytes)
{
	ssize_t n = 512;

	for (*bytes = 0; n > 0 && n % 512 == 0; *bytes += n) {
		n = pread(fd, w->chunk, WRITER_CHUNK, *bytes);
		if (n < 0)
			return -errno;
		hash_update(h, w->chunk, (size_t)n);
	}
	return 0;
}

static int hash_back(struct writer *w, int dir, const char *name, int64_t *bytes,
		     uint8_t out[static SHA256_BYTES])
{
	SCOPED_FD int fd = open_uncached(w, dir, name);
	struct hash *h = hash_new();
	int rc = fd < 0 ? fd : !h ? -ENOMEM : hash_all(w, fd, h, bytes);

	if (!rc)
		hash_final(h, out);
	hash_free(h);
	return rc;
}

int writer_read_back(struct writer *w, int dir, const char *name, int64_t *bytes,
		     uint8_t out[static SHA256_BYTES])
{
	int rc = hash_back(w, dir, name, bytes, out);

	if (rc == -EINVAL && w->direct) {
		w->direct = false; /* opened with it, but cannot read so */
		rc = hash_back(w, dir, name, bytes, out);
	}
	return rc;
}

const uint8_t writer_claimed[SHA256_BYTES] = { 0 };

/* --- the journal ----------------------------------------------------------------------------- */

static int append(struct writer *w, const char *path, const uint8_t sha256[static SHA256_BYTES])
{
	SCOPED_FREE char *line = NULL;
	int n = sums_print(&line, path, sha256);
	ssize_t done = n < 0 ? -1 : write(w->journal, line, (size_t)n);

	if (n < 0)
		return -ENOMEM;
	return done == n ? 0 : done < 0 ? -errno : -ENOSPC;
}

/* The sums of the last whole export are lost when the new ones take their place, so they go into
 * the journal first. A line cut short by a pulled stick is ended, so that it spoils no other. */
static int begin_journal(struct writer *w)
{
	struct sums kept = { .lines = NULL };
	int rc = sums_read(&kept, w->root, WRITER_JOURNAL);

	if (rc < 0)
		return rc;
	w->journal = openat(w->root, WRITER_JOURNAL,
			    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (w->journal < 0)
		rc = -errno;
	else if (lseek(w->journal, 0, SEEK_END) > 0 && write(w->journal, "\n", 1) != 1)
		rc = -EIO;
	for (size_t i = 0; i < w->old.count && !rc; i++)
		if (!sums_has(&kept, w->old.lines[i].path, w->old.lines[i].sha256))
			rc = append(w, w->old.lines[i].path, w->old.lines[i].sha256);
	sums_fini(&kept);
	return rc;
}

int writer_claim(struct writer *w, const char *path)
{
	int rc = w->journal < 0 ? begin_journal(w) : 0;

	if (!rc && !sums_has(&w->old, path, writer_claimed))
		rc = append(w, path, writer_claimed);
	return rc < 0 ? writer_fail_errno(w, -rc, WRITER_JOURNAL) : 0;
}

static int write_journal(struct writer *w)
{
	int rc = w->journal < 0 ? begin_journal(w) : 0;

	for (size_t i = w->safe; i < w->count && !rc; i++)
		if (!w->entries[i].kept)
			rc = append(w, w->entries[i].path, w->entries[i].sha256);
	if (!rc && !writer_sync_at_once(w) && fsync(w->journal) < 0)
		rc = -errno;
	return rc < 0 ? writer_fail_errno(w, -rc, WRITER_JOURNAL) : 0;
}

/* --- flush ----------------------------------------------------------------------------------- */

bool writer_still_there(const struct writer *w)
{
	char link[64], path[4096];
	struct stat st;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", w->root);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0)
		return true; /* no /proc: nothing to hold it against */
	path[n] = '\0';
	if (stat(path, &st) < 0)
		return errno == EACCES;
	return st.st_dev == w->device;
}

static int part_of(struct writer *w, const struct writer_entry *e, char part[static 1024],
		   const char **base)
{
	int dir = writer_dir(w, e->path, true, base);

	snprintf(part, 1024, "%s.part", *base);
	return dir;
}

static int sync_file(struct writer *w, const struct writer_entry *e)
{
	char part[1024];
	const char *base;
	int dir = part_of(w, e, part, &base);
	SCOPED_FD int fd = dir < 0 ? -1 : openat(dir, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (dir < 0)
		return -1;
	return fd < 0 || fsync(fd) < 0 ? writer_fail_errno(w, errno, e->path) : 0;
}

static int sync_batch(struct writer *w)
{
	int rc;

	for (size_t i = w->safe; i < w->count && !writer_sync_at_once(w); i++)
		if (!w->entries[i].kept && sync_file(w, &w->entries[i]) < 0)
			return -1;
	rc = writer_sync(w);
	return rc < 0 ? writer_fail_errno(w, -rc, "") : 0;
}

static int compare_entry(struct writer *w, const struct writer_entry *e, int dir, const char *name)
{
	uint8_t have[SHA256_BYTES];
	int64_t bytes;
	int rc = writer_read_back(w, dir, name, &bytes, have);

	if (rc < 0)
		return writer_fail_errno(w, -rc, e->path);
	if (bytes != e->bytes || memcmp(have, e->sha256, SHA256_BYTES) != 0)
		return writer_fail(w, WRITER_DIFFERS, e->path);
	return 0;
}

static int compare_batch(struct writer *w)
{
	char part[1024];
	const char *base;

	for (size_t i = w->safe; i < w->count; i++) {
		const struct writer_entry *e = &w->entries[i];
		int dir = e->kept ? -1 : part_of(w, e, part, &base);

		if (!e->kept && (dir < 0 || compare_entry(w, e, dir, part) < 0))
			return -1;
		if (writer_tick(w) < 0)
			return -1;
	}
	return 0;
}

/* A stick with less inside than it says may begin again at its first cell and so eat what was
 * verified long ago, oldest first: one old file is looked at again with each batch. */
static int compare_old(struct writer *w)
{
	const struct writer_entry *e;
	const char *base;
	int dir;

	if (!w->safe)
		return 0;
	e = &w->entries[w->again % w->safe];
	w->again = w->again % 2 ? (w->again + 1) % w->safe : w->again + 1;
	if (e->bytes > WRITER_BATCH_BYTES)
		return 0;
	dir = writer_dir(w, e->path, true, &base);
	return dir < 0 ? -1 : compare_entry(w, e, dir, base);
}

static int name_batch(struct writer *w)
{
	char part[1024];
	const char *base;
	int rc;

	for (size_t i = w->safe; i < w->count; i++) {
		const struct writer_entry *e = &w->entries[i];
		int dir = e->kept ? -1 : part_of(w, e, part, &base);

		if (e->kept)
			continue;
		if (dir < 0)
			return -1;
		if (renameat(dir, part, dir, base) < 0)
			return writer_fail_errno(w, errno, e->path);
	}
	rc = writer_sync(w);
	return rc < 0 ? writer_fail_errno(w, -rc, "") : 0;
}

static void count_batch(struct writer *w)
{
	for (; w->safe < w->count; w->safe++) {
		const struct writer_entry *e = &w->entries[w->safe];

		w->progress.done_bytes += e->bytes;
		w->progress.files++;
		w->kept_bytes += e->kept ? e->bytes : 0;
		w->written += !e->kept;
		w->kept += e->kept;
	}
	w->pending_bytes = 0;
	writer_dirs_close(w);
}

static bool all_kept(const struct writer *w)
{
	for (size_t i = w->safe; i < w->count; i++)
		if (!w->entries[i].kept)
			return false;
	return true;
}

static int verify_batch(struct writer *w)
{
	int64_t began_ms = clock_now_ms();
	int rc;

	writer_drop_caches(w);
	rc = compare_batch(w) < 0 || compare_old(w) < 0 ? -1 : 0;

	w->verify_ms += clock_now_ms() - began_ms;
	return rc;
}

int64_t writer_verify_ms(const struct writer *w)
{
	return w->verify_ms;
}

static int flush_batch(struct writer *w)
{
	if (!all_kept(w) &&
	    (write_journal(w) < 0 || sync_batch(w) < 0 || verify_batch(w) < 0 || name_batch(w) < 0))
		return -1;
	if (!writer_still_there(w))
		return writer_fail(w, WRITER_REMOVED, "");
	count_batch(w);
	return writer_tick(w);
}

int writer_flush(struct writer *w)
{
	if (w->cause)
		return -1;
	if (w->safe < w->count)
		return flush_batch(w);
	return writer_still_there(w) ? 0 : writer_fail(w, WRITER_REMOVED, "");
}
