#include "firmware/export/zip_walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

/*
 * Local header (30 bytes), then name, extra field, data:
 *   0 "PK\3\4"  4 version needed  6 flags  8 method  10 time  12 date  14 CRC-32  18 stored size
 *   22 plain size  26 name length  28 extra length
 * Directory entry (46), then name, extra field:
 *   0 "PK\1\2"  4 made by  6 version needed  8…31 as 6…29 above  32 comment length  34 disk
 *   36 internal attributes  38 external attributes  42 offset of the local header
 * End record (22):
 *   0 "PK\5\6"  4 disk  6 disk of the directory  8 entries here  10 entries  12 directory bytes
 *   16 its offset  20 comment length
 * Extra field of WinZip AES (11): 0x9901, 7, version 2, "AE", strength 3, true method.
 * Data: 16 bytes salt, 2 bytes check of the passphrase, the file, 10 bytes HMAC.
 */
enum {
	LOCAL_BYTES = 30,
	DIRECTORY_BYTES = 46,
	END_BYTES = 22,
	EXTRA_BYTES = 11,
	AES_BYTES = 16 + 2 + 10,
	AES_METHOD = 99,
	VERSION = 51,
	MADE_BY = 3 << 8 | 63, /* UNIX, as libzip writes it */
	FLAG_ENCRYPTED = 1,
	FLAG_BEST = 2, /* libzip sets it with deflate */
	FLAG_UTF8 = 1 << 11,
	DEFLATE = 8,
	NAME_MAX_BYTES = 1024,
};

struct reader {
	int fd;
	int64_t bytes;
	struct zip_walk *out;
};

static int wrong(struct zip_walk *w, const char *what, size_t entry)
{
	snprintf(w->why, sizeof(w->why), "%s (entry %zu)", what, entry);
	return -EBADMSG;
}

static int read_at(const struct reader *r, int64_t at, void *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(r->fd, (char *)to + done, bytes - done, at + (int64_t)done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* --- what our own writer puts there ----------------------------------------------------------- */

struct fields { /* of one entry, the only ones that vary */
	const char *name;
	size_t name_bytes;
	uint32_t crc, stored, plain, offset;
	uint16_t method;
};

static uint16_t flags_of(const struct fields *f)
{
	uint16_t flags = FLAG_ENCRYPTED;

	if (f->method == DEFLATE)
		flags |= FLAG_BEST;
	for (size_t i = 0; i < f->name_bytes; i++)
		if ((unsigned char)f->name[i] > 0x7e)
			flags |= FLAG_UTF8;
	return flags;
}

/* Bytes 4…29 of a local header. */
static void expect_middle(const struct fields *f, uint8_t *p)
{
	put_le16(p, VERSION);
	put_le16(p + 2, flags_of(f));
	put_le16(p + 4, AES_METHOD);
	put_le16(p + 6, ZIP_WALK_TIME);
	put_le16(p + 8, ZIP_WALK_DATE);
	put_le32(p + 10, f->crc);
	put_le32(p + 14, f->stored);
	put_le32(p + 18, f->plain);
	put_le16(p + 22, (uint16_t)f->name_bytes);
	put_le16(p + 24, EXTRA_BYTES);
}

static void expect_extra(const struct fields *f, uint8_t *p)
{
	memcpy(p,
	       "\x01\x99\x07\x00\x02\x00"
	       "AE\x03",
	       9);
	put_le16(p + 9, f->method);
}

static size_t expect_local(const struct fields *f, uint8_t *p)
{
	memcpy(p, "PK\3\4", 4);
	expect_middle(f, p + 4);
	memcpy(p + LOCAL_BYTES, f->name, f->name_bytes);
	expect_extra(f, p + LOCAL_BYTES + f->name_bytes);
	return LOCAL_BYTES + f->name_bytes + EXTRA_BYTES;
}

static size_t expect_directory(const struct fields *f, uint8_t *p)
{
	memset(p, 0, DIRECTORY_BYTES);
	memcpy(p, "PK\1\2", 4);
	put_le16(p + 4, MADE_BY);
	expect_middle(f, p + 6);
	put_le32(p + 38, ZIP_WALK_ATTRIBUTES);
	put_le32(p + 42, f->offset);
	memcpy(p + DIRECTORY_BYTES, f->name, f->name_bytes);
	expect_extra(f, p + DIRECTORY_BYTES + f->name_bytes);
	return DIRECTORY_BYTES + f->name_bytes + EXTRA_BYTES;
}

/* --- one entry -------------------------------------------------------------------------------- */

/* The varying fields as the directory states them. Return: 0, -EBADMSG. */
static int read_fields(struct zip_walk *w, const uint8_t *p, size_t left, struct fields *f)
{
	size_t name_bytes;

	if (left < DIRECTORY_BYTES)
		return wrong(w, "the directory is cut short", w->count);
	name_bytes = get_le16(p + 28);
	if (!name_bytes || name_bytes > NAME_MAX_BYTES ||
	    left < DIRECTORY_BYTES + name_bytes + EXTRA_BYTES)
		return wrong(w, "the directory is cut short", w->count);
	*f = (struct fields){
		.name = (const char *)p + DIRECTORY_BYTES,
		.name_bytes = name_bytes,
		.crc = get_le32(p + 16),
		.stored = get_le32(p + 20),
		.plain = get_le32(p + 24),
		.offset = get_le32(p + 42),
		.method = get_le16(p + DIRECTORY_BYTES + name_bytes + 9),
	};
	if (memchr(f->name, 0, name_bytes) || !text_valid(f->name, name_bytes))
		return wrong(w, "a name is not text", w->count);
	if (f->stored < AES_BYTES || (f->method != 0 && f->method != DEFLATE) ||
	    (!f->method && f->plain != f->stored - AES_BYTES))
		return wrong(w, "sizes or method cannot be", w->count);
	return 0;
}

static int check_entry(struct reader *r, const uint8_t *p, const struct fields *f, int64_t at,
		       int64_t limit)
{
	uint8_t want[DIRECTORY_BYTES + NAME_MAX_BYTES + EXTRA_BYTES], have[sizeof(want)];
	size_t n = expect_directory(f, want);
	int rc;

	if (memcmp(want, p, n) != 0 || f->offset != at)
		return wrong(r->out, "the directory is not as written", r->out->count);
	n = expect_local(f, want);
	if (at + (int64_t)n + f->stored > limit)
		return wrong(r->out, "data beyond the directory", r->out->count);
	rc = read_at(r, at, have, n);
	if (rc < 0)
		return rc;
	if (memcmp(want, have, n) != 0)
		return wrong(r->out, "a file's header is not as written", r->out->count);
	return 0;
}

static int keep(struct zip_walk *w, const struct fields *f)
{
	struct zip_entry *e = &w->entries[w->count];

	e->name = strndup(f->name, f->name_bytes);
	if (!e->name)
		return -ENOMEM;
	e->bytes = f->plain;
	e->deflated = f->method == DEFLATE;
	w->count++;
	return 0;
}

static int walk_directory(struct reader *r, const uint8_t *p, size_t bytes, size_t entries,
			  int64_t directory_at)
{
	struct fields f;
	int64_t at = 0;
	int rc;

	for (size_t i = 0; i < entries; i++) {
		size_t n;

		rc = read_fields(r->out, p, bytes, &f);
		if (!rc)
			rc = check_entry(r, p, &f, at, directory_at);
		if (!rc)
			rc = keep(r->out, &f);
		if (rc < 0)
			return rc;
		n = DIRECTORY_BYTES + f.name_bytes + EXTRA_BYTES;
		at += LOCAL_BYTES + (int64_t)f.name_bytes + EXTRA_BYTES + f.stored;
		p += n;
		bytes -= n;
	}
	if (bytes || at != directory_at)
		return wrong(r->out, "bytes that belong to no file", entries);
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int read_end(struct reader *r, size_t *entries, size_t *bytes, int64_t *at)
{
	uint8_t end[END_BYTES], want[END_BYTES] = "PK\5\6";
	int rc;

	if (r->bytes < END_BYTES || r->bytes > UINT32_MAX)
		return wrong(r->out, "no archive of ours", 0);
	rc = read_at(r, r->bytes - END_BYTES, end, END_BYTES);
	if (rc < 0)
		return rc;
	*entries = get_le16(end + 10);
	*bytes = get_le32(end + 12);
	*at = get_le32(end + 16);
	put_le16(want + 8, (uint16_t)*entries);
	put_le16(want + 10, (uint16_t)*entries);
	put_le32(want + 12, (uint32_t)*bytes);
	put_le32(want + 16, (uint32_t)*at);
	if (memcmp(want, end, END_BYTES) != 0 || *at + (int64_t)*bytes + END_BYTES != r->bytes ||
	    *bytes < *entries * (DIRECTORY_BYTES + 1 + EXTRA_BYTES))
		return wrong(r->out, "the end record is not as written", 0);
	return 0;
}

/* libzip and 7-Zip take the first or the last of two. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check_names(struct zip_walk *w)
{
	SCOPED_FREE char **names = calloc(w->count + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t i = 0; i < w->count; i++)
		names[i] = w->entries[i].name;
	qsort(names, w->count, sizeof(*names), by_name);
	for (size_t i = 1; i < w->count; i++)
		if (!strcmp(names[i], names[i - 1]))
			return wrong(w, "two files of one name", i);
	return 0;
}

int zip_walk(int fd, struct zip_walk *out)
{
	struct reader r = { .fd = fd, .out = out };
	SCOPED_FREE uint8_t *directory = NULL;
	size_t entries = 0, bytes = 0;
	struct stat st;
	int64_t at = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	if (fstat(fd, &st) < 0)
		return -errno;
	r.bytes = st.st_size;
	rc = read_end(&r, &entries, &bytes, &at);
	if (rc < 0)
		return rc;
	directory = malloc(bytes + 1);
	out->entries = calloc(entries + 1, sizeof(*out->entries));
	if (!directory || !out->entries)
		return -ENOMEM;
	rc = read_at(&r, at, directory, bytes);
	if (!rc)
		rc = walk_directory(&r, directory, bytes, entries, at);
	return rc ? rc : check_names(out);
}

void zip_walk_free(struct zip_walk *w)
{
	for (size_t i = 0; w->entries && i < w->count; i++)
		free(w->entries[i].name);
	free(w->entries);
	memset(w, 0, sizeof(*w));
}
