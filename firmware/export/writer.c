#include "firmware/export/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/export/writer_inside.h"

const char *writer_cause_word(enum writer_cause cause)
{
	static const char *const words[WRITER_CAUSE_COUNT] = {
		[WRITER_OK] = "ok",
		[WRITER_FULL] = "full",
		[WRITER_READ_ONLY] = "read_only",
		[WRITER_REMOVED] = "removed",
		[WRITER_FOREIGN] = "foreign",
		[WRITER_DIFFERS] = "differs",
		[WRITER_TOO_LARGE] = "too_large",
		[WRITER_NAME] = "name",
		[WRITER_SOURCE] = "source",
		[WRITER_CANCELLED] = "cancelled",
		[WRITER_IO] = "io",
	};

	return (unsigned int)cause < WRITER_CAUSE_COUNT ? words[cause] : words[WRITER_IO];
}

int writer_fail(struct writer *w, enum writer_cause cause, const char *where)
{
	if (w->cause)
		return -1;
	w->cause = cause;
	text_copy(w->where, sizeof(w->where), where);
	return -1;
}

static enum writer_cause cause_of(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return WRITER_FULL;
	case EFBIG:
		return WRITER_TOO_LARGE;
	case EROFS:
	case EACCES:
	case EPERM:
		return WRITER_READ_ONLY;
	case ENAMETOOLONG:
	case EINVAL:
	case EILSEQ:
		return WRITER_NAME;
	case ELOOP:
	case ENOTDIR:
	case EISDIR:
		return WRITER_FOREIGN;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		return WRITER_IO;
	default:
		/* EIO, ENODEV, ENOTCONN, ESHUTDOWN, ENXIO, ESTALE, a folder that is no more … */
		return WRITER_REMOVED;
	}
}

int writer_fail_errno(struct writer *w, int error, const char *where)
{
	return writer_fail(w, cause_of(error), where);
}

enum writer_cause writer_failure(const struct writer *w, char where[static 256])
{
	text_copy(where, 256, w->where);
	return w->cause;
}

void writer_counts(const struct writer *w, int *written, int *kept)
{
	*written = w->written;
	*kept = w->kept;
}

int writer_each(const struct writer *w, writer_each_fn *fn, void *ctx)
{
	int rc = 0;

	for (size_t i = 0; i < w->count && !rc; i++)
		rc = fn(ctx, w->entries[i].path, w->entries[i].bytes, w->entries[i].sha256);
	return rc;
}

struct writer_entry *writer_entry_new(struct writer *w, const char *path)
{
	struct writer_entry *bigger, *e;
	size_t room = w->room ? 2 * w->room : 256;

	if (w->count == w->room) {
		bigger = realloc(w->entries, room * sizeof(*bigger));
		if (!bigger) {
			writer_fail_errno(w, ENOMEM, path);
			return NULL;
		}
		w->entries = bigger;
		w->room = room;
	}
	e = &w->entries[w->count];
	memset(e, 0, sizeof(*e));
	e->path = strdup(path);
	if (!e->path || writer_note_put(w, path) < 0) {
		free(e->path);
		writer_fail_errno(w, ENOMEM, path);
		return NULL;
	}
	w->count++;
	return e;
}

/* --- progress and space ---------------------------------------------------------------------- */

/* From what this phase took so far; what was kept came at the speed of reading and says nothing. */
static int left_s(const struct writer *w)
{
	int64_t ms = clock_now_ms() - w->began_ms, done = w->progress.done_bytes - w->kept_bytes,
		left = w->progress.total_bytes - w->progress.done_bytes;

	if (left <= 0)
		return 0;
	return ms < 1000 || done <= 0 ? -1 : (int)((double)left / (double)done * (double)ms / 1e3);
}

int writer_tick(struct writer *w)
{
	if (w->cause)
		return -1;
	w->progress.left_s = left_s(w);
	if (w->options.progress && w->options.progress(w->options.ctx, &w->progress))
		return writer_fail(w, WRITER_CANCELLED, "");
	return 0;
}

/* --- open and close -------------------------------------------------------------------------- */

/* The folder and those above it, one step at a time. */
static int open_folder(struct writer *w, int at, const char *folder)
{
	SCOPED_FD int up = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[256];

	if (up < 0)
		return writer_fail_errno(w, errno, folder);
	while (*folder) {
		size_t n = strcspn(folder, "/");
		int down;

		snprintf(name, sizeof(name), "%.*s", (int)n, folder);
		if (mkdirat(up, name, 0755) < 0 && errno != EEXIST)
			return writer_fail_errno(w, errno, name);
		down = openat(up, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (down < 0)
			return writer_fail_errno(w, errno, name);
		if (w->parent >= 0)
			close(w->parent);
		w->parent = steal_fd(&up);
		up = down;
		folder += n + (folder[n] == '/');
	}
	w->root = steal_fd(&up);
	return 0;
}

static int open_image(const char *source)
{
	char name[128], path[512];
	SCOPED_FILE FILE *f = NULL;

	snprintf(name, sizeof(name), "/sys/block/%.64s/loop/backing_file",
		 source + strlen("/dev/"));
	f = fopen(name, "re");
	if (!f || !fgets(path, sizeof(path), f))
		return -1;
	path[strcspn(path, "\n")] = '\0';
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* What a program's file system read of its device stays in the device's cache, and what a loop
 * device read in its image's, where asking the file alone does not reach. Only root may do this;
 * without it the read-back of such a stick may come from there. */
static void open_raw(struct writer *w)
{
	const char *source = w->mount.source;

	if (strncmp(source, "/dev/", 5) != 0)
		return;
	if (w->mount.fuse)
		w->raw = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (!strncmp(source, "/dev/loop", 9))
		w->image = open_image(source);
}

static int look_at_target(struct writer *w)
{
	struct stat st;
	int rc = fstat(w->root, &st) < 0 ? -errno : disk_mount_of(w->root, &w->mount);

	if (rc < 0)
		return writer_fail_errno(w, -rc, "");
	if (w->mount.read_only)
		return writer_fail(w, WRITER_READ_ONLY, "");
	w->device = st.st_dev;
	open_raw(w);
	rc = sums_read(&w->old, w->root, MANIFEST_SUMS);
	if (!rc)
		rc = sums_read(&w->old, w->root, WRITER_JOURNAL);
	return rc < 0 ? writer_fail_errno(w, -rc, MANIFEST_SUMS) : 0;
}

static int open_writer(struct writer *w, int at, const char *folder, const struct writer_options *o)
{
	if (o)
		w->options = *o;
	w->parent = w->root = w->raw = w->image = w->journal = w->begun = -1;
	w->direct = true;
	w->progress.phase = "";
	w->progress.left_s = -1;
	w->began_ms = clock_now_ms();
	if (w->options.scratch)
		w->scratch = strdup(w->options.scratch);
	if ((w->options.scratch && !w->scratch) ||
	    posix_memalign((void **)&w->chunk, 4096, WRITER_CHUNK))
		return writer_fail_errno(w, ENOMEM, "");
	if (*folder && !sums_path_ok(folder))
		return writer_fail(w, WRITER_NAME, folder);
	return open_folder(w, at, folder) < 0 ? -1 : look_at_target(w);
}

int writer_open(int at, const char *folder, const struct writer_options *o, struct writer **out,
		enum writer_cause *cause)
{
	struct writer *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	*cause = WRITER_IO;
	if (!w)
		return -1;
	rc = open_writer(w, at, folder, o);
	*cause = w->cause;
	if (rc < 0)
		writer_close(w);
	else
		*out = w;
	return rc;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

void writer_close(struct writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++)
		free(w->entries[i].path);
	free(w->entries);
	writer_names_free(w);
	writer_plan_free(w);
	writer_dirs_close(w);
	free(w->dirs);
	sums_fini(&w->old);
	close_if(w->journal);
	close_if(w->raw);
	close_if(w->image);
	close_if(w->root);
	close_if(w->parent);
	free(w->chunk);
	free(w->scratch);
	free(w);
}
