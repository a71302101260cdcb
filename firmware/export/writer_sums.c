#include "firmware/export/writer_sums.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { PATH_BYTES_MAX = 1000, DEPTH_MAX = 16, FILE_BYTES_MAX = 64 << 20 };

static bool component_ok(const char *name, size_t bytes)
{
	static const char part[] = ".part";

	if (!bytes || (name[0] == '.' && (bytes == 1 || (bytes == 2 && name[1] == '.'))))
		return false;
	if (bytes >= strlen(part) && !strncmp(name + bytes - strlen(part), part, strlen(part)))
		return false;
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '\\')
			return false;
	return true;
}

bool sums_path_ok(const char *path)
{
	size_t bytes = strnlen(path, PATH_BYTES_MAX + 1), n;

	if (bytes > PATH_BYTES_MAX || !text_valid(path, bytes))
		return false;
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		n = strcspn(path, "/");
		if (!component_ok(path, n))
			return false;
		if (!path[n])
			return true;
		path += n + 1;
	}
	return false;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool digest_of(const char *hex, uint8_t out[static SHA256_BYTES])
{
	for (int i = 0; i < SHA256_BYTES; i++) {
		int hi = nibble(hex[2 * i]), lo = hi < 0 ? -1 : nibble(hex[2 * i + 1]);

		if (lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

/* One line without its end: 64 hex digits, a blank, a blank or `*`, the path. */
static int add_line(struct sums *s, const char *line, size_t bytes)
{
	enum { HEX = 2 * SHA256_BYTES };
	struct sums_line l = { .path = NULL };

	if (bytes <= HEX + 2 || bytes > HEX + 2 + PATH_BYTES_MAX || memchr(line, 0, bytes) ||
	    line[HEX] != ' ' || (line[HEX + 1] != ' ' && line[HEX + 1] != '*') ||
	    !digest_of(line, l.sha256))
		return 0;
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct sums_line *bigger = realloc(s->lines, room * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		s->lines = bigger;
		s->room = room;
	}
	l.path = strndup(line + HEX + 2, bytes - HEX - 2);
	if (!l.path)
		return -ENOMEM;
	if (sums_path_ok(l.path))
		s->lines[s->count++] = l;
	else
		free(l.path);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct sums_line *x = a, *y = b;
	int rc = strcmp(x->path, y->path);

	return rc ? rc : memcmp(x->sha256, y->sha256, SHA256_BYTES);
}

static void sort(struct sums *s)
{
	size_t kept = 0;

	if (!s->count)
		return;
	qsort(s->lines, s->count, sizeof(s->lines[0]), compare);
	for (size_t i = 1; i < s->count; i++)
		if (compare(&s->lines[kept], &s->lines[i]))
			s->lines[++kept] = s->lines[i];
		else
			free(s->lines[i].path);
	s->count = kept + 1;
}

int sums_parse(struct sums *s, const char *text, size_t bytes)
{
	const char *end = text + bytes, *stop;
	int rc = 0;

	/* A line without an end was cut short by a pulled stick: it says nothing. */
	for (; !rc && text < end && (stop = memchr(text, '\n', (size_t)(end - text)));
	     text = stop + 1)
		rc = add_line(s, text, (size_t)(stop - text) - (stop > text && stop[-1] == '\r'));
	sort(s);
	return rc;
}

int sums_read(struct sums *s, int dir, const char *name)
{
	SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	SCOPED_FREE char *text = NULL;
	struct stat st;
	ssize_t n, got = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX)
		return 0;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (got < st.st_size &&
	       (n = pread(fd, text + got, (size_t)(st.st_size - got), got)) != 0) {
		if (n < 0)
			return -errno;
		got += n;
	}
	return sums_parse(s, text, (size_t)got);
}

bool sums_has(const struct sums *s, const char *path, const uint8_t sha256[static SHA256_BYTES])
{
	struct sums_line key = { .path = (char *)(uintptr_t)path };

	memcpy(key.sha256, sha256, SHA256_BYTES);
	return s->count && bsearch(&key, s->lines, s->count, sizeof(key), compare);
}

int sums_print(char **out, const char *path, const uint8_t sha256[static SHA256_BYTES])
{
	char hex[SHA256_HEX];
	int n;

	hash_hex(sha256, hex);
	n = asprintf(out, "%s  %s\n", hex, path);
	if (n < 0)
		*out = NULL;
	return n;
}

void sums_fini(struct sums *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->lines[i].path);
	free(s->lines);
	memset(s, 0, sizeof(*s));
}
