/* Room before the first byte of a phase, and what earlier exports left. */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/export/writer_inside.h"

/*
 * A FAT folder holds 65,536 entries of 32 bytes, two of them its own; a long name takes one for
 * itself and one for every 13 characters. A batch is there under its .part names meanwhile.
 */
enum { FAT_SLOTS_MAX = 65534, FAT_SLOT_UNITS = 13, FAT_PART_SLOTS = 21 };
/* Beside the files: their lines in journal, manifest and sums, folders, and what is left over. */
enum { LINE_BYTES = 512, REST_BYTES = 256 << 10, FOLDERS_OPEN_MAX = 128 };

struct writer_plan {
	void *names, *folders; /* trees of struct writer_name */
	int64_t need_bytes;
};

static int64_t on_stick(const struct writer *w, int64_t bytes)
{
	int64_t cluster = w->mount.cluster_bytes > 0 ? w->mount.cluster_bytes : 4096;

	return (bytes + cluster - 1) / cluster * cluster;
}

static void few_folders(struct writer *w)
{
	if (w->safe == w->count && w->dir_count > FOLDERS_OPEN_MAX)
		writer_dirs_close(w);
}

/* --- what will be put ------------------------------------------------------------------------ */

void writer_plan_free(struct writer *w)
{
	if (!w->plan)
		return;
	tdestroy(w->plan->names, writer_name_free);
	tdestroy(w->plan->folders, writer_name_free);
	free(w->plan);
	w->plan = NULL;
}

static int fat_slots(const char *base)
{
	int units = 0;

	for (; *base; base++)
		units += ((unsigned char)*base & 0xc0) != 0x80 ? 1 + ((unsigned char)*base >= 0xf0)
							       : 0;
	return 1 + (units + FAT_SLOT_UNITS - 1) / FAT_SLOT_UNITS;
}

/* The folder of @path holds one name more; a new folder takes a cluster. */
static int expect_in_folder(struct writer *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	SCOPED_FREE char *folder = strndup(path, slash ? (size_t)(slash - path) : 0);
	struct writer_name *n = folder ? writer_name_in(w, &w->plan->folders, folder, true) : NULL;

	if (!n)
		return writer_fail_errno(w, ENOMEM, path);
	if (!n->value)
		w->plan->need_bytes += on_stick(w, 1);
	n->value += fat_slots(slash ? slash + 1 : path);
	if (writer_is_fat(w) && n->value > FAT_SLOTS_MAX - WRITER_BATCH_FILES * FAT_PART_SLOTS)
		return writer_fail(w, WRITER_FULL, path);
	return 0;
}

int writer_expect(struct writer *w, const char *path, int64_t bytes)
{
	struct writer_name *name;

	if (!w->plan)
		w->plan = calloc(1, sizeof(*w->plan));
	if (w->cause || writer_name_check(w, path, bytes) < 0)
		return -1;
	if (!w->plan)
		return writer_fail_errno(w, ENOMEM, path);
	if (writer_name_in(w, &w->plan->names, path, false))
		return writer_fail(w, WRITER_NAME, path);
	name = writer_name_in(w, &w->plan->names, path, true);
	if (!name)
		return writer_fail_errno(w, ENOMEM, path);
	few_folders(w);
	/* What is there is kept, or replaced by something much like it. */
	name->value = writer_there_bytes(w, path) < 0;
	if (name->value)
		w->plan->need_bytes += on_stick(w, bytes);
	w->plan->need_bytes += LINE_BYTES;
	return w->cause ? -1 : expect_in_folder(w, path);
}

/* --- a phase --------------------------------------------------------------------------------- */

/* What earlier exports left here: kept or replaced, either way its room is ours. */
static int64_t ours_bytes(struct writer *w)
{
	int64_t all = 0, there;

	for (size_t i = 0; i < w->old.count && !w->cause; i++) {
		const struct sums_line *l = &w->old.lines[i];

		few_folders(w);
		if ((i && !strcmp(l->path, w->old.lines[i - 1].path)) || writer_was_put(w, l->path))
			continue;
		there = writer_there_bytes(w, l->path);
		all += there > 0 ? on_stick(w, there) : 0;
	}
	return all;
}

/* Without a plan: the last cluster of each file is half full, on average. */
static int64_t need_bytes(struct writer *w, int files, int64_t bytes)
{
	if (w->plan)
		return w->plan->need_bytes + REST_BYTES;
	return bytes + files * (on_stick(w, 1) / 2 + LINE_BYTES) + REST_BYTES - ours_bytes(w);
}

static int check_space(struct writer *w, int files, int64_t bytes)
{
	int64_t need = need_bytes(w, files, bytes), have;
	struct statvfs v;

	if (w->cause)
		return -1;
	if (fstatvfs(w->root, &v) < 0)
		return writer_fail_errno(w, errno, "");
	have = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	w->missing_bytes = need > have ? need - have : 0;
	/* Some programs' file systems say nothing of their room. */
	return v.f_blocks && need > have ? writer_fail(w, WRITER_FULL, "") : 0;
}

int64_t writer_missing_bytes(const struct writer *w)
{
	return w->missing_bytes;
}

static void claim_one(const void *node, VISIT which, void *ctx)
{
	const struct writer_name *n = *(struct writer_name *const *)node;

	if ((which == postorder || which == leaf) && n->value)
		writer_claim(ctx, n->path);
}

/* What will be put where nothing stands, on the stick before the first folder is made. */
static int claim(struct writer *w)
{
	int rc;

	if (!w->plan)
		return 0;
	twalk_r(w->plan->names, claim_one, w);
	rc = w->cause || w->journal < 0 ? 0 : fsync(w->journal) < 0 ? -errno : writer_sync(w);
	if (rc < 0)
		writer_fail_errno(w, -rc, WRITER_JOURNAL);
	return w->cause ? -1 : 0;
}

int writer_phase(struct writer *w, const char *name, int files, int64_t bytes)
{
	if (writer_flush(w) < 0)
		return -1;
	w->progress = (struct writer_progress){
		.phase = name, .total_bytes = bytes, .total_files = files, .left_s = -1
	};
	if (check_space(w, files, bytes) < 0 || claim(w) < 0)
		return -1;
	writer_plan_free(w);
	w->began_ms = clock_now_ms();
	w->kept_bytes = 0;
	return writer_tick(w);
}

/* --- what is stale --------------------------------------------------------------------------- */

static bool still_ours(struct writer *w, int dir, const char *base, const struct sums_line *l)
{
	uint8_t have[SHA256_BYTES];
	int64_t bytes;

	return !writer_read_back(w, dir, base, &bytes, have) &&
	       !memcmp(have, l->sha256, SHA256_BYTES);
}

/* Folders that are empty now go too; one that is not refuses by itself. */
static void drop_folders(struct writer *w, const char *path)
{
	SCOPED_FREE char *folder = strdup(path);
	const char *base;
	char *slash;
	int dir;

	while (folder && (slash = strrchr(folder, '/'))) {
		*slash = '\0';
		dir = writer_dir(w, folder, false, &base);
		if (dir < 0 || unlinkat(dir, base, AT_REMOVEDIR) < 0)
			return;
	}
}

static void drop(struct writer *w, const struct sums_line *l)
{
	SCOPED_FREE char *part = NULL;
	const char *base;
	int dir;

	dir = writer_dir(w, l->path, false, &base);
	if (dir < 0)
		return;
	if (asprintf(&part, "%s.part", base) < 0)
		part = NULL;
	else
		unlinkat(dir, part, 0);
	if (!writer_was_put(w, l->path) && still_ours(w, dir, base, l) && !unlinkat(dir, base, 0))
		drop_folders(w, l->path);
}

static int drop_all(struct writer *w)
{
	int rc = 0;

	for (size_t i = 0; i < w->old.count && !rc && !w->cause; i++) {
		drop(w, &w->old.lines[i]);
		if (w->dir_count > FOLDERS_OPEN_MAX) {
			rc = writer_sync(w);
			writer_dirs_close(w);
		}
	}
	if (!rc && unlinkat(w->root, WRITER_JOURNAL, 0) < 0 && errno != ENOENT)
		rc = -errno;
	if (!rc)
		rc = writer_sync(w);
	writer_dirs_close(w);
	return rc < 0 ? writer_fail_errno(w, -rc, "") : 0;
}

int writer_drop_stale(struct writer *w)
{
	if (writer_flush(w) < 0 || drop_all(w) < 0 || w->cause)
		return -1;
	return writer_still_there(w) ? 0 : writer_fail(w, WRITER_REMOVED, "");
}
