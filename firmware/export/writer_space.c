/* Room before the first byte of a phase, and what earlier exports left. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/export/writer_inside.h"

int writer_phase(struct writer *w, const char *name, int files, int64_t bytes)
{
	if (writer_flush(w) < 0)
		return -1;
	w->progress = (struct writer_progress){
		.phase = name, .total_bytes = bytes, .total_files = files, .left_s = -1
	};
	w->began_ms = clock_now_ms();
	w->kept_bytes = 0;
	return writer_tick(w);
}

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
	enum { FOLDERS_OPEN_MAX = 128 };
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
