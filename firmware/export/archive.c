#include "firmware/export/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/store/job.h"
#include "firmware/store/vault.h"

struct archive {
	char dir[JOB_PATH_MAX], copy[JOB_PATH_MAX + 64];
	struct archive_file *files;
	size_t count, room;
	int64_t bytes;
};

static struct archive_file *add(struct archive *a, const char *folder, const char *name,
				const char *source)
{
	struct archive_file *f;

	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 256;
		void *more = realloc(a->files, room * sizeof(*a->files));

		if (!more)
			return NULL;
		a->files = more;
		a->room = room;
	}
	f = &a->files[a->count];
	memset(f, 0, sizeof(*f));
	if (asprintf(&f->path, "%s/%s%s", ARCHIVE_FOLDER, folder, name) < 0)
		return NULL;
	f->source = strdup(source);
	if (!f->source) {
		free(f->path);
		return NULL;
	}
	a->count++;
	return f;
}

static int measure(struct archive *a, struct archive_file *f)
{
	SCOPED_FD int fd = open(f->source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	f->bytes = st.st_size;
	a->bytes += f->bytes;
	return hash_fd(fd, f->sha256);
}

/* Both a file of its own (a stick cannot be relied on for -wal beside it) and one moment of the job. */
static int copy_db(struct archive *a, sqlite3 *db)
{
	sqlite3 *copy = NULL;
	int rc;

	snprintf(a->copy, sizeof(a->copy), "%s/derived/archive-%d.db", a->dir, (int)getpid());
	unlink(a->copy);
	if (sql_run(db, "VACUUM INTO ?", "s", a->copy) != SQLITE_DONE)
		return sqlite3_errcode(db) == SQLITE_FULL ? -ENOSPC : -EIO;
	rc = sqlite3_open_v2(a->copy, &copy, SQLITE_OPEN_READWRITE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	sqlite3_close(copy);
	return rc == SQLITE_OK && chmod(a->copy, 0600) == 0 ? 0 : -EIO;
}

static int hex_digest(const char *hex, uint8_t out[static SHA256_BYTES])
{
	for (int i = 0; i < SHA256_BYTES; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &out[i]) != 1)
			return -EINVAL;
	return 0;
}

static int add_original(struct archive *a, sqlite3_stmt *st)
{
	char id[VAULT_ID_MAX], name[VAULT_ID_MAX + 8], source[JOB_PATH_MAX + 64];
	struct archive_file *f;

	vault_id(sql_text(st, 0), sqlite3_column_int64(st, 1), id);
	snprintf(name, sizeof(name), "%s.jpg", id);
	snprintf(source, sizeof(source), "%s/originals/%s", a->dir, name);
	f = add(a, "originals/", name, source);
	if (!f)
		return -ENOMEM;
	f->bytes = sqlite3_column_int64(st, 3);
	a->bytes += f->bytes;
	return hex_digest(sql_text(st, 2), f->sha256);
}

/* From the copy: what was shot after it belongs to the next archive. */
static int add_originals(struct archive *a)
{
	sqlite3 *copy = NULL;
	sqlite3_stmt *st = NULL;
	int rc = -EIO;

	if (sqlite3_open_v2(a->copy, &copy, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
		st = sql_prepare(copy,
				 "SELECT kiosk, n, sha256, bytes FROM shot WHERE length(sha256) = "
				 "64 AND state NOT IN ('intent', 'lost', 'quarantined') "
				 "ORDER BY kiosk, n",
				 "");
	if (st)
		for (rc = 0; !rc && sqlite3_step(st) == SQLITE_ROW;)
			rc = add_original(a, st);
	if (!rc && sqlite3_errcode(copy) != SQLITE_DONE)
		rc = -EIO;
	sqlite3_finalize(st);
	sqlite3_close(copy);
	return rc;
}

static int add_quarantine(struct archive *a)
{
	char dir[JOB_PATH_MAX + 16], source[sizeof(dir) + 256];
	struct archive_file *f;
	struct dirent *e;
	int rc = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/quarantine", a->dir);
	d = opendir(dir);
	while (d && !rc && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(source, sizeof(source), "%s/%s", dir, e->d_name);
		f = add(a, "quarantine/", e->d_name, source);
		rc = f ? measure(a, f) : -ENOMEM;
	}
	if (d)
		closedir(d);
	return rc;
}

static int fill(struct archive *a, sqlite3 *db)
{
	struct archive_file *f;
	int rc = copy_db(a, db);

	if (rc < 0)
		return rc;
	f = add(a, "", "job.db", a->copy);
	rc = f ? measure(a, f) : -ENOMEM;
	if (!rc)
		rc = add_originals(a);
	return rc ? rc : add_quarantine(a);
}

int archive_open(const char *data_dir, const char *job, struct archive **out)
{
	struct archive *a = calloc(1, sizeof(*a));
	sqlite3 *db = NULL;
	const char *file;
	int rc;

	if (!a)
		return -ENOMEM;
	rc = job_open_reader(data_dir, job, &db);
	if (!rc) {
		file = sqlite3_db_filename(db, "main");
		snprintf(a->dir, sizeof(a->dir), "%.*s", (int)(strrchr(file, '/') - file), file);
		rc = fill(a, db);
	}
	sqlite3_close(db);
	if (rc < 0) {
		archive_close(a);
		return rc;
	}
	*out = a;
	return 0;
}

size_t archive_files(const struct archive *a, const struct archive_file **out)
{
	*out = a->files;
	return a->count;
}

int64_t archive_bytes(const struct archive *a)
{
	return a->bytes;
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->count; i++) {
		free(a->files[i].path);
		free(a->files[i].source);
	}
	free(a->files);
	if (a->copy[0])
		unlink(a->copy);
	free(a);
}
