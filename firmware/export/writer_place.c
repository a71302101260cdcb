/* Where a file goes: folders by descriptor, names this file system can hold, none twice. */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <wctype.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/writer_inside.h"

enum { NAME_BYTES_MAX = 255, NAME_UNITS_MAX = 255, PART_UNITS = 5 };

/* --- folders --------------------------------------------------------------------------------- */

static int known_dir(const struct writer *w, const char *path, size_t bytes)
{
	for (size_t i = w->dir_count; i-- > 0;)
		if (!strncmp(w->dirs[i].path, path, bytes) && !w->dirs[i].path[bytes])
			return w->dirs[i].fd;
	return -1;
}

static int keep_dir(struct writer *w, const char *path, size_t bytes, int fd)
{
	struct writer_dir *bigger;

	if (w->dir_count == w->dir_room) {
		size_t room = w->dir_room ? 2 * w->dir_room : 16;

		bigger = realloc(w->dirs, room * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		w->dirs = bigger;
		w->dir_room = room;
	}
	w->dirs[w->dir_count].path = strndup(path, bytes);
	if (!w->dirs[w->dir_count].path)
		return -ENOMEM;
	w->dirs[w->dir_count++].fd = fd;
	return fd;
}

/* A new folder is a cluster of zeros and an entry that points to it. Written with everything else
 * the entry comes first, and a stick pulled in between has a folder full of what was deleted there
 * before, under the same names: so it is written by itself. */
static int make_folder(struct writer *w, int up, const char *name)
{
	if (mkdirat(up, name, 0755) < 0)
		return errno == EEXIST ? 0 : -1;
	return !writer_sync_at_once(w) || !fsync(up) || errno == EINVAL ? 0 : -1;
}

/* One step down into @path[0…bytes), whose parent is @up. Descriptor, or negative errno. */
static int step(struct writer *w, int up, const char *path, size_t bytes, bool make)
{
	char name[NAME_BYTES_MAX * 3 + 1];
	size_t from = bytes;
	int fd, rc;

	while (from && path[from - 1] != '/')
		from--;
	snprintf(name, sizeof(name), "%.*s", (int)(bytes - from), path + from);
	if (make && make_folder(w, up, name) < 0)
		return -errno;
	fd = openat(up, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	rc = keep_dir(w, path, bytes, fd);
	if (rc < 0)
		close(fd);
	return rc;
}

int writer_dir(struct writer *w, const char *path, bool make, const char **base)
{
	const char *slash = strrchr(path, '/');
	size_t all = slash ? (size_t)(slash - path) : 0, done = 0;
	int fd = w->root;

	*base = slash ? slash + 1 : path;
	if (all && (fd = known_dir(w, path, all)) >= 0)
		return fd;
	for (fd = w->root; done < all;) {
		size_t to = done + (done > 0);
		int known;

		to += strcspn(path + to, "/");
		known = known_dir(w, path, to);
		fd = known >= 0 ? known : step(w, fd, path, to, make);
		if (!make && (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP))
			return -2;
		if (fd < 0)
			return writer_fail_errno(w, -fd, path);
		done = to;
	}
	return fd;
}

void writer_dirs_close(struct writer *w)
{
	for (size_t i = 0; i < w->dir_count; i++) {
		close(w->dirs[i].fd);
		free(w->dirs[i].path);
	}
	w->dir_count = 0;
}

/* --- names ----------------------------------------------------------------------------------- */

static bool windows_names(const struct writer *w)
{
	enum disk_type t = w->mount.type;

	return t == DISK_FAT || t == DISK_FAT32 || t == DISK_EXFAT || t == DISK_NTFS ||
	       (t == DISK_UNKNOWN && w->mount.fuse);
}

/* UTF-16 units of UTF-8 that is known to be valid. */
static size_t units(const char *s, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80 ? 1 + ((unsigned char)s[i] >= 0xf0) : 0;
	return n;
}

/* CON, NUL, COM1 … with any ending: no program on Windows opens these. */
static bool device_name(const char *s, size_t bytes)
{
	static const char *const names[] = { "CON", "PRN", "AUX", "NUL" };
	size_t stem = strcspn(s, "./");

	if (stem > bytes)
		stem = bytes;
	if (stem == 4 && (!strncasecmp(s, "COM", 3) || !strncasecmp(s, "LPT", 3)))
		return s[3] >= '0' && s[3] <= '9';
	for (size_t i = 0; stem == 3 && i < ARRAY_SIZE(names); i++)
		if (!strncasecmp(s, names[i], 3))
			return true;
	return false;
}

static bool fits_windows(const char *s, size_t bytes, size_t units_max)
{
	if (units(s, bytes) > units_max || s[bytes - 1] == '.' || s[bytes - 1] == ' ' ||
	    device_name(s, bytes))
		return false;
	for (size_t i = 0; i < bytes; i++)
		if (strchr("\"*:<>?|\\", s[i]))
			return false;
	return true;
}

static bool name_fits(const struct writer *w, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/"), part = path[n] ? 0 : PART_UNITS;

		if (windows_names(w) ? !fits_windows(path, n, NAME_UNITS_MAX - part)
				     : n + part > NAME_BYTES_MAX)
			return false;
		path += n + (path[n] == '/');
	}
	return true;
}

bool writer_is_fat(const struct writer *w)
{
	return w->mount.type == DISK_FAT || w->mount.type == DISK_FAT32;
}

int writer_fits(struct writer *w, const char *path, int64_t bytes)
{
	if (!sums_path_ok(path) || !name_fits(w, path))
		return writer_fail(w, WRITER_NAME, path);
	if (w->mount.file_bytes_max && bytes > w->mount.file_bytes_max)
		return writer_fail(w, WRITER_TOO_LARGE, path);
	return 0;
}

int writer_name_check(struct writer *w, const char *path, int64_t bytes)
{
	if (writer_fits(w, path, bytes) < 0)
		return -1;
	return writer_was_put(w, path) ? writer_fail(w, WRITER_NAME, path) : 0;
}

int64_t writer_there_bytes(struct writer *w, const char *path)
{
	const char *base;
	int dir = writer_dir(w, path, false, &base);
	struct stat st;

	if (dir < 0 || fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return st.st_size;
}

/* --- what was put ---------------------------------------------------------------------------- */

/* One character of valid UTF-8, in lower case; moves @s on. */
static wint_t folded(const char **s, bool fold)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] < 0x80 ? 0 : p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
	wint_t c = more ? p[0] & (0x3fu >> more) : p[0];

	for (int i = 1; i <= more; i++)
		c = c << 6 | (p[i] & 0x3f);
	*s += 1 + more;
	return fold ? towlower(c) : c;
}

int writer_names_compare(const void *a, const void *b)
{
	const struct writer_name *x = a, *y = b;
	const char *p = x->path, *q = y->path;

	while (*p && *q) {
		wint_t c = folded(&p, x->fold), d = folded(&q, x->fold);

		if (c != d)
			return c < d ? -1 : 1;
	}
	return !!*p - !!*q;
}

void writer_name_free(void *name)
{
	struct writer_name *n = name;

	if (n)
		free(n->path);
	free(n);
}

struct writer_name *writer_name_in(const struct writer *w, void **tree, const char *path, bool add)
{
	struct writer_name key = { (char *)(uintptr_t)path, windows_names(w), 0 }, *n;
	void *found = tfind(&key, tree, writer_names_compare);

	if (found || !add)
		return found ? *(struct writer_name **)found : NULL;
	n = calloc(1, sizeof(*n));
	if (n) {
		n->fold = key.fold;
		n->path = strdup(path);
	}
	if (n && n->path && tsearch(n, tree, writer_names_compare))
		return n;
	writer_name_free(n);
	return NULL;
}

bool writer_was_put(const struct writer *w, const char *path)
{
	void *tree = w->names;

	return writer_name_in(w, &tree, path, false);
}

int writer_note_put(struct writer *w, const char *path)
{
	return writer_name_in(w, &w->names, path, true) ? 0 : -ENOMEM;
}

void writer_names_free(struct writer *w)
{
	tdestroy(w->names, writer_name_free);
	w->names = NULL;
}
