#include "firmware/export/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/seal_source.h"
#include "firmware/export/zip_walk.h"

/*
 * libzip reads what is added only in zip_close(): three thousand pictures would be three thousand
 * open files or gigabytes of memory. So the archive is closed and opened again every so often; see
 * seal_source.c for why that costs no second copy.
 */
#define BATCH_BYTES ((int64_t)32 << 20)
enum { BATCH_FILES = 256, FILES_MAX = 60000 };

struct seal {
	int fd;
	char passphrase[SEAL_PASSPHRASE_MAX + 1];
	struct manifest *manifest;
	zip_t *zip; /* NULL between batches */
	int64_t contents, archive; /* bytes: put so far; at most in the file */
	int64_t batch; /* in memory */
	int files, batch_files;
};

struct seal *seal_open(int fd, const char *passphrase, struct manifest *m)
{
	struct seal *s = calloc(1, sizeof(*s));

	if (!s || strlen(passphrase) > SEAL_PASSPHRASE_MAX) {
		manifest_free(m);
		free(s);
		return NULL;
	}
	s->fd = fd;
	strcpy(s->passphrase, passphrase);
	s->manifest = m;
	return s;
}

void seal_drop(struct seal *s)
{
	if (!s)
		return;
	if (s->zip)
		zip_discard(s->zip);
	manifest_free(s->manifest);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

static int zip_errno(zip_error_t *e)
{
	int error = zip_error_system_type(e) == ZIP_ET_SYS ? zip_error_code_system(e) : 0;

	return error ? -error : -EIO;
}

static int begin_batch(struct seal *s)
{
	zip_source_t *source;
	zip_error_t error;
	int rc;

	if (s->zip)
		return 0;
	source = seal_source(s->fd);
	if (!source)
		return -ENOMEM;
	zip_error_init(&error);
	s->zip = zip_open_from_source(source, s->files ? 0 : ZIP_CREATE | ZIP_TRUNCATE, &error);
	rc = s->zip ? 0 : zip_errno(&error);
	if (!s->zip)
		zip_source_free(source);
	zip_error_fini(&error);
	return rc;
}

static int end_batch(struct seal *s)
{
	int rc = 0;

	if (s->zip && zip_close(s->zip) < 0) {
		rc = zip_errno(zip_get_error(s->zip));
		zip_discard(s->zip);
	}
	s->zip = NULL;
	s->batch = s->batch_files = 0;
	return rc;
}

/* Pictures, PDF and Office files are compressed already. */
static bool worth_deflating(const char *path)
{
	static const char *const text[] = { ".csv", ".txt", ".json",	 ".dbf",
					    ".cpg", ".db",  "SHA256SUMS" };
	size_t n = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		if (n >= strlen(text[i]) && !strcasecmp(path + n - strlen(text[i]), text[i]))
			return true;
	return false;
}

/* @source is taken over. */
static int add_entry(struct seal *s, const char *path, zip_source_t *source)
{
	zip_int64_t i;

	if (!source)
		return -ENOMEM;
	i = zip_file_add(s->zip, path, source, ZIP_FL_ENC_UTF_8);
	if (i < 0) {
		zip_source_free(source);
		return -EINVAL;
	}
	if (zip_set_file_compression(s->zip, (zip_uint64_t)i,
				     worth_deflating(path) ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
				     0) < 0 ||
	    zip_file_set_encryption(s->zip, (zip_uint64_t)i, ZIP_EM_AES_256, s->passphrase) < 0 ||
	    zip_file_set_dostime(s->zip, (zip_uint64_t)i, ZIP_WALK_TIME, ZIP_WALK_DATE, 0) < 0 ||
	    zip_file_set_external_attributes(s->zip, (zip_uint64_t)i, 0, ZIP_OPSYS_UNIX,
					     ZIP_WALK_ATTRIBUTES) < 0)
		return -EIO;
	return 0;
}

/* At most what @bytes called @path take: both headers, AES frame, a deflate that gains nothing. */
static int64_t room_for(const char *path, int64_t bytes)
{
	return bytes + bytes / 1000 + 2 * (int64_t)strlen(path) + 256;
}

/* What stands at the end of every part: its manifest and the like, about. */
static int64_t tail_room(const struct seal *s)
{
	return 65536 + (int64_t)s->files * 4096;
}

static int check_room(const struct seal *s, const char *path, int64_t bytes)
{
	if (!manifest_path_ok(path))
		return -EINVAL;
	if (bytes > SEAL_PART_BYTES_MAX - (1 << 20))
		return -EFBIG;
	if (s->files >= FILES_MAX ||
	    s->archive + room_for(path, bytes) + tail_room(s) > SEAL_PART_BYTES_MAX)
		return s->files ? -E2BIG : -EFBIG;
	return 0;
}

static int count(struct seal *s, const char *path, int64_t bytes, int64_t held)
{
	s->contents += bytes;
	s->archive += room_for(path, bytes);
	s->batch += held;
	s->files++;
	s->batch_files++;
	return s->batch >= BATCH_BYTES || s->batch_files >= BATCH_FILES ? end_batch(s) : 0;
}

/* @data is taken over. */
static int add_memory(struct seal *s, const char *path, void *data, size_t bytes)
{
	zip_source_t *source;
	int rc = begin_batch(s);

	if (rc < 0) {
		free(data);
		return rc;
	}
	if (!bytes) { /* libzip forgets to free it */
		free(data);
		data = NULL;
	}
	source = zip_source_buffer(s->zip, data, bytes, data != NULL);
	if (!source)
		free(data);
	rc = add_entry(s, path, source);
	return rc < 0 ? rc : count(s, path, (int64_t)bytes, (int64_t)bytes);
}

static int digest_of(const void *data, size_t bytes, uint8_t out[static SHA256_BYTES])
{
	struct hash *h = hash_new();

	if (!h)
		return -ENOMEM;
	hash_update(h, data, bytes);
	hash_final(h, out);
	hash_free(h);
	return 0;
}

/* @data is taken over. */
static int put_memory(struct seal *s, const char *path, void *data, size_t bytes)
{
	uint8_t digest[SHA256_BYTES];
	int rc = digest_of(data, bytes, digest);

	if (!rc)
		rc = manifest_add(s->manifest, path, (int64_t)bytes, digest);
	if (rc < 0) {
		free(data);
		return rc;
	}
	return add_memory(s, path, data, bytes);
}

int seal_put_bytes(struct seal *s, const char *path, const void *data, size_t bytes)
{
	int rc = check_room(s, path, (int64_t)bytes);
	void *copy;

	if (rc < 0)
		return rc;
	copy = malloc(bytes ? bytes : 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, bytes);
	return put_memory(s, path, copy, bytes);
}

static int read_all(int fd, char *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(fd, to + done, bytes - done, (off_t)done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* Too large for memory: a batch of its own, read by libzip from the descriptor. */
static int put_large(struct seal *s, const char *path, int from, int64_t bytes)
{
	uint8_t digest[SHA256_BYTES];
	char name[32];
	int rc = hash_fd(from, digest);

	if (!rc)
		rc = manifest_add(s->manifest, path, bytes, digest);
	if (!rc)
		rc = end_batch(s);
	if (!rc)
		rc = begin_batch(s);
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", from);
	rc = add_entry(s, path, zip_source_file(s->zip, name, 0, bytes));
	return rc < 0 ? rc : count(s, path, bytes, BATCH_BYTES);
}

int seal_put(struct seal *s, const char *path, int from)
{
	struct stat st;
	char *data;
	int rc;

	if (fstat(from, &st) < 0)
		return -errno;
	rc = check_room(s, path, st.st_size);
	if (rc < 0)
		return rc;
	if (st.st_size > BATCH_BYTES)
		return put_large(s, path, from, st.st_size);
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!data)
		return -ENOMEM;
	rc = read_all(from, data, (size_t)st.st_size);
	if (rc < 0) {
		free(data);
		return rc;
	}
	return put_memory(s, path, data, (size_t)st.st_size);
}

int64_t seal_bytes(const struct seal *s)
{
	return s->contents;
}

int seal_files(const struct seal *s)
{
	return s->files;
}

/* @text is taken over. */
static int add_tail(struct seal *s, int rc, const char *path, char **text, size_t bytes)
{
	char *data = *text;

	*text = NULL;
	if (rc < 0) {
		free(data);
		return rc;
	}
	return add_memory(s, path, data, bytes);
}

int seal_close(struct seal *s, const char *data_dir)
{
	struct manifest_files f;
	int rc = manifest_finish(s->manifest, data_dir, &f);

	if (!rc) {
		rc = add_tail(s, rc, MANIFEST_FILE, &f.json, f.json_bytes);
		rc = add_tail(s, rc, MANIFEST_SIG, &f.sig, f.sig_bytes);
		rc = add_tail(s, rc, MANIFEST_SUMS, &f.sums, f.sums_bytes);
		manifest_files_free(&f);
	}
	if (!rc)
		rc = end_batch(s);
	seal_drop(s);
	return rc;
}
