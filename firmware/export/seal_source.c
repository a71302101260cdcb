/*
 * libzip's file, as an open descriptor. Its own file source writes a temporary beside a path and
 * renames it: on a stick that is a second copy, and a name the writer does not know. Because this one
 * can keep what stands there (BEGIN_WRITE_CLONING), a further zip_close() writes the new entries
 * over the old directory and a new directory after them, and nothing else.
 */
#include "firmware/export/seal_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct part_file {
	int fd;
	off_t read_at, write_at;
	zip_error_t error;
};

static zip_int64_t fail(struct part_file *f, int zip_code, int error)
{
	zip_error_set(&f->error, zip_code, error);
	return -1;
}

static zip_int64_t do_read(struct part_file *f, void *data, zip_uint64_t bytes)
{
	ssize_t n = pread(f->fd, data, bytes, f->read_at);

	if (n < 0)
		return fail(f, ZIP_ER_READ, errno);
	f->read_at += n;
	return n;
}

static zip_int64_t do_write(struct part_file *f, const void *data, zip_uint64_t bytes)
{
	zip_uint64_t done = 0;

	while (done < bytes) {
		ssize_t n = pwrite(f->fd, (const char *)data + done, bytes - done,
				   f->write_at + (off_t)done);

		if (n <= 0)
			return fail(f, ZIP_ER_WRITE, n ? errno : ENOSPC);
		done += (zip_uint64_t)n;
	}
	f->write_at += (off_t)bytes;
	return (zip_int64_t)bytes;
}

static zip_int64_t do_stat(struct part_file *f, void *data)
{
	zip_stat_t *out = data;
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return fail(f, ZIP_ER_READ, errno);
	zip_stat_init(out);
	out->size = (zip_uint64_t)st.st_size;
	out->valid = ZIP_STAT_SIZE;
	return sizeof(*out);
}

static zip_int64_t do_seek(struct part_file *f, void *data, zip_uint64_t bytes, off_t *at)
{
	struct stat st;
	zip_int64_t to;

	if (fstat(f->fd, &st) < 0)
		return fail(f, ZIP_ER_SEEK, errno);
	to = zip_source_seek_compute_offset(
		(zip_uint64_t)*at,
		(zip_uint64_t)(at == &f->write_at && *at > st.st_size ? *at : st.st_size), data,
		bytes, &f->error);
	if (to < 0)
		return -1;
	*at = to;
	return 0;
}

static zip_int64_t begin(struct part_file *f, zip_uint64_t keep)
{
	f->write_at = (off_t)keep;
	return 0;
}

static zip_int64_t on_command(void *user, void *data, zip_uint64_t bytes, zip_source_cmd_t command)
{
	struct part_file *f = user;

	switch ((int)command) {
	case ZIP_SOURCE_OPEN:
		f->read_at = 0;
		return 0;
	case ZIP_SOURCE_READ:
		return do_read(f, data, bytes);
	case ZIP_SOURCE_CLOSE:
		return 0;
	case ZIP_SOURCE_STAT:
		return do_stat(f, data);
	case ZIP_SOURCE_ERROR:
		return zip_error_to_data(&f->error, data, bytes);
	case ZIP_SOURCE_FREE:
		free(f);
		return 0;
	case ZIP_SOURCE_SEEK:
		return do_seek(f, data, bytes, &f->read_at);
	case ZIP_SOURCE_TELL:
		return f->read_at;
	case ZIP_SOURCE_BEGIN_WRITE:
		return begin(f, 0);
	case ZIP_SOURCE_BEGIN_WRITE_CLONING:
		return begin(f, bytes);
	case ZIP_SOURCE_WRITE:
		return do_write(f, data, bytes);
	case ZIP_SOURCE_SEEK_WRITE:
		return do_seek(f, data, bytes, &f->write_at);
	case ZIP_SOURCE_TELL_WRITE:
		return f->write_at;
	case ZIP_SOURCE_COMMIT_WRITE:
		return ftruncate(f->fd, f->write_at) < 0 ? fail(f, ZIP_ER_WRITE, errno) : 0;
	case ZIP_SOURCE_ROLLBACK_WRITE: /* the caller drops the part */
	case ZIP_SOURCE_REMOVE:
		return 0;
	case ZIP_SOURCE_SUPPORTS:
		return ZIP_SOURCE_SUPPORTS_WRITABLE |
		       ZIP_SOURCE_MAKE_COMMAND_BITMASK(ZIP_SOURCE_BEGIN_WRITE_CLONING);
	default:
		return fail(f, ZIP_ER_OPNOTSUPP, 0);
	}
}

zip_source_t *seal_source(int fd)
{
	struct part_file *f = calloc(1, sizeof(*f));
	zip_source_t *source;

	if (!f)
		return NULL;
	f->fd = fd;
	zip_error_init(&f->error);
	source = zip_source_function_create(on_command, f, NULL);
	if (!source)
		free(f);
	return source;
}
