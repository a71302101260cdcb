/*
 * Files onto a stick that may be pulled, full, slow or false. A file counts only after its batch
 * (at most 64 files or 32 MB) was synced (syncfs, then the directories), read back past the cache
 * (O_DIRECT, else POSIX_FADV_DONTNEED) and compared. Until then it is called NAME.part; what an
 * earlier, interrupted export left whole is kept.
 *
 * A file that stands there already: same bytes: kept; listed with the hash it has in SHA256SUMS of
 * an earlier export, or in the journal of one that was cut short: replaced; else it is somebody
 * else's and refuses the export. SHA256SUMS, manifest.json and manifest.sig list the others and are
 * always replaced.
 *
 * The journal, `tapshot.part`, lists every file before it gets its name; writer_drop_stale() takes
 * it away again, so it stands only where an export is not finished.
 *
 * Everything goes through descriptors of the folder opened first: what is mounted over or under its
 * path later is never written to, and makes the next flush say WRITER_REMOVED.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"

enum writer_cause {
	WRITER_OK,
	WRITER_FULL,
	WRITER_READ_ONLY,
	WRITER_REMOVED, /* gone, or answers with I/O errors */
	WRITER_FOREIGN, /* a file that is not ours stands there */
	WRITER_DIFFERS, /* read back other bytes than written: a bad or false stick */
	WRITER_TOO_LARGE, /* a file beyond what this file system holds (FAT32: 4 GiB − 1) */
	WRITER_NAME, /* this file system refuses the name */
	WRITER_SOURCE, /* the original is missing or altered */
	WRITER_CANCELLED,
	WRITER_IO,
	WRITER_CAUSE_COUNT,
};

struct writer_progress {
	const char *phase; /* "lists", "pictures", "originals" */
	int64_t done_bytes, total_bytes; /* verified, of this phase */
	int files, total_files;
	int left_s; /* estimate, -1 not yet */
};

struct writer; /* opaque */

struct writer_options {
	/* Called between files and batches; return non-zero to stop (WRITER_CANCELLED). */
	int (*progress)(void *ctx, const struct writer_progress *p);
	void *ctx;
	/* Folder for archives until they are whole, NULL: beside their name on the stick. With it,
	 * what is read back is compared with bytes that never were on the stick; files there have no
	 * name and vanish with the process. */
	const char *scratch;
};

/**
 * writer_open() - write below @folder of the directory @at (both must exist or can be made)
 * Return: 0 or -1 with *cause.
 */
int writer_open(int at, const char *folder, const struct writer_options *o, struct writer **out,
		enum writer_cause *cause);
/** writer_expect() - optional, before writer_phase(): @path will be put, with @bytes or about as many. What this
 * file system cannot hold (names, sizes, folders, two names that are one to it) is then found before
 * the first byte of the phase, and its space is counted in clusters. Return: 0 or -1. */
int writer_expect(struct writer *w, const char *path, int64_t bytes);
/** writer_phase() - a new phase of @files files, @bytes bytes: flushes, then checks free space before
 * the first byte (what is kept or replaced from earlier needs none). Return: 0 or -1 (WRITER_FULL;
 * writer_missing_bytes() says by how much). */
int writer_phase(struct writer *w, const char *name, int files, int64_t bytes);
/** writer_missing_bytes() - what the last refused phase would have needed more. */
int64_t writer_missing_bytes(const struct writer *w);
/** writer_put() - @path (UTF-8, relative, `/`) gets the bytes of @from, from offset 0 to its end,
 * whose digest must be @want (WRITER_SOURCE). */
int writer_put(struct writer *w, const char *path, int from,
	       const uint8_t want[static SHA256_BYTES]);
/** writer_put_bytes() - same from memory. */
int writer_put_bytes(struct writer *w, const char *path, const void *data, size_t bytes);
/** writer_create() - a file for somebody else to fill (an archive), in the scratch folder, else
 * PATH.part; opened for reading and writing; the caller closes it after writer_add(). One at a
 * time. Return: descriptor or -1. */
int writer_create(struct writer *w, const char *path);
/** writer_add() - what was filled is whole: hashed as it stands, then batched like the others. */
int writer_add(struct writer *w, const char *path, int fd);
/** writer_flush() - everything put so far is synced, read back, renamed. */
int writer_flush(struct writer *w);
/** writer_drop_stale() - flush, then remove files that an earlier export wrote (its sums list them),
 * that still are what it wrote, and that this export did not put; then the journal: this export is
 * whole. Without this call the next one goes on from here. */
int writer_drop_stale(struct writer *w);

/** writer_each() - every file put so far, in the order put: path, bytes, digest. For manifests. */
typedef int writer_each_fn(void *ctx, const char *path, int64_t bytes,
			   const uint8_t sha256[static SHA256_BYTES]);
int writer_each(const struct writer *w, writer_each_fn *fn, void *ctx);

/** writer_failure() - why the last call said -1, and at which path. */
enum writer_cause writer_failure(const struct writer *w, char where[static 256]);
/** writer_counts() - files written and files kept from an earlier export. */
void writer_counts(const struct writer *w, int *written, int *kept);
/** writer_verify_ms() - time spent so far on reading back. */
int64_t writer_verify_ms(const struct writer *w);
/** writer_close() - NULL is allowed. Files not flushed stay as .part. */
void writer_close(struct writer *w);
/** writer_cause_word() - one lower-case word, for `writer.cause.WORD` in the locale. */
const char *writer_cause_word(enum writer_cause cause);
