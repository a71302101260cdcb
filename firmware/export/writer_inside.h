/* The writer's parts among themselves. Private to writer*.c. */
#pragma once

#include "drivers/disk/disk.h"
#include "firmware/export/writer.h"
#include "firmware/export/writer_sums.h"

enum { WRITER_BATCH_FILES = 64, WRITER_BATCH_BYTES = 32 << 20, WRITER_CHUNK = 1 << 20 };
#define WRITER_JOURNAL "tapshot.part"

/* Where bytes come from: a descriptor, or memory when @fd is -1. */
struct writer_source {
	int fd;
	const uint8_t *data;
	int64_t bytes;
};

struct writer_entry {
	char *path;
	int64_t bytes;
	uint8_t sha256[SHA256_BYTES];
	bool kept;
};

struct writer_dir {
	char *path; /* "" the folder itself */
	int fd;
};

struct writer {
	int parent, root; /* the folder's parent when we made it, else -1; the folder */
	struct disk_mount mount;
	dev_t device;
	int raw; /* the block device below a program's file system, -1 */
	int image; /* the file behind a loop device, -1 */
	struct writer_options options;
	char *scratch;
	uint8_t *chunk; /* WRITER_CHUNK, aligned for O_DIRECT */
	bool direct; /* O_DIRECT still believed in */
	bool settled; /* everything older than this writer is on the device */

	struct sums old; /* what earlier exports wrote */
	int journal; /* -1 not begun */

	struct writer_entry *entries;
	size_t count, room, safe; /* entries before @safe are verified */
	int64_t pending_bytes;
	size_t again; /* the next verified entry to look at once more */
	int begun; /* descriptor handed out by writer_create(), -1 none */
	void *names; /* tsearch(3): every path put, folded */

	struct writer_dir *dirs;
	size_t dir_count, dir_room;

	struct writer_progress progress;
	int64_t began_ms, kept_bytes; /* of this phase */
	struct writer_plan *plan; /* writer_expect(), NULL: nothing said */
	int64_t missing_bytes, verify_ms;
	enum writer_cause cause;
	char where[256];
	int written, kept;
};

/* writer.c */
int writer_fail(struct writer *w, enum writer_cause cause, const char *where);
int writer_fail_errno(struct writer *w, int error, const char *where);
/** writer_tick() - tell the progress. Return: 0, -1 cancelled. */
int writer_tick(struct writer *w);
/** writer_entry_new() - room for one more, path copied. NULL after writer_fail(). */
struct writer_entry *writer_entry_new(struct writer *w, const char *path);

/* writer_place.c */
/** writer_dir() - descriptor of the folder of @path, borrowed; made if @make. @base: its last
 * part. Return: descriptor, -1 after writer_fail(), or -2: not there (only without @make). */
int writer_dir(struct writer *w, const char *path, bool make, const char **base);
void writer_dirs_close(struct writer *w);
/** writer_fits() - can this file system hold @path and @bytes? 0, -1 after writer_fail(). */
int writer_fits(struct writer *w, const char *path, int64_t bytes);
/** writer_name_check() - writer_fits(), and was it not put before? */
int writer_name_check(struct writer *w, const char *path, int64_t bytes);
/** writer_there_bytes() - is @path there? Its bytes, -1 not. */
int64_t writer_there_bytes(struct writer *w, const char *path);
/** writer_names_compare() - for trees of struct writer_name: one name to this file system? */
struct writer_name {
	char *path;
	bool fold; /* upper and lower case are one */
	int64_t value;
};
int writer_names_compare(const void *a, const void *b);
/** writer_name_in() - the name @path of @tree, put there if @add. NULL: not there, or no memory. */
struct writer_name *writer_name_in(const struct writer *w, void **tree, const char *path, bool add);
void writer_name_free(void *name);
bool writer_was_put(const struct writer *w, const char *path);
int writer_note_put(struct writer *w, const char *path);
void writer_names_free(struct writer *w);

/** writer_is_fat() - FAT12, FAT16 or FAT32? */
bool writer_is_fat(const struct writer *w);

/* writer_space.c */
void writer_plan_free(struct writer *w);

/* writer_batch.c */
/** writer_sync_at_once() - a stick: syncfs() instead of many fsync(). */
bool writer_sync_at_once(const struct writer *w);
/** writer_sync() - the folders in use, on a stick with everything in them. 0, negative errno. */
int writer_sync(struct writer *w);
/** writer_settle() - bytes of @fd, which an earlier process may have left in the cache, are on the
 * device. 0, negative errno. */
int writer_settle(struct writer *w, int fd);
/** writer_read_back() - digest of the file as the device gives it. 0, negative errno. */
int writer_read_back(struct writer *w, int dir, const char *name, int64_t *bytes,
		     uint8_t out[static SHA256_BYTES]);
/*
 * A line of the journal with this digest: nothing stood there when the export began. What does when
 * it goes on is its own, whatever a repairer made of it: a pulled FAT stick can come back with
 * folders full of names without their bytes.
 */
extern const uint8_t writer_claimed[SHA256_BYTES];
int writer_claim(struct writer *w, const char *path);
/** writer_drop_caches() - forget what lies below the file system, where O_DIRECT does not reach. */
void writer_drop_caches(struct writer *w);
/** writer_still_there() - is the folder's path still on the device we opened? */
bool writer_still_there(const struct writer *w);
