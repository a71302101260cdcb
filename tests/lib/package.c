#include "tests/lib/package.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/archive.h"
#include "firmware/export/manifest.h"
#include "firmware/store/job.h"

static void write_file(const char *dir, const char *name, const char *data, size_t bytes)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
}

static void make_folder(const char *to, const char *folder)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", to, folder);
	assert_true(mkdir(path, 0700) == 0 || access(path, X_OK) == 0);
}

static void copy(const char *from, const char *to)
{
	SCOPED_FD int in = open(from, O_RDONLY | O_CLOEXEC);
	SCOPED_FD int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct stat st;

	assert_true(in >= 0 && out >= 0);
	assert_int_equal(fstat(in, &st), 0);
	for (off_t at = 0; at < st.st_size;)
		assert_true(copy_file_range(in, &at, out, NULL, (size_t)(st.st_size - at), 0) > 0);
}

static void finish(struct manifest *m, const char *data, const char *to)
{
	struct manifest_files f;

	assert_int_equal(manifest_finish(m, data, &f), 0);
	write_file(to, MANIFEST_FILE, f.json, f.json_bytes);
	write_file(to, MANIFEST_SIG, f.sig, f.sig_bytes);
	write_file(to, MANIFEST_SUMS, f.sums, f.sums_bytes);
	manifest_files_free(&f);
	manifest_free(m);
}

void package_write(const char *data, const char *job, const char *kiosk, const char *to)
{
	const struct archive_file *files;
	struct archive *a;
	struct manifest *m;
	sqlite3 *db;
	char path[1024];
	size_t n;

	make_folder(to, "");
	make_folder(to, ARCHIVE_FOLDER);
	make_folder(to, ARCHIVE_FOLDER "/originals");
	make_folder(to, ARCHIVE_FOLDER "/quarantine");
	assert_int_equal(archive_open(data, job, &a), 0);
	assert_int_equal(job_open_reader(data, job, &db), 0);
	m = manifest_new(db, job, kiosk, "archive", json_object());
	sqlite3_close(db);
	n = archive_files(a, &files);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", to, files[i].path);
		copy(files[i].source, path);
		assert_int_equal(manifest_add(m, files[i].path, files[i].bytes, files[i].sha256),
				 0);
	}
	archive_close(a);
	finish(m, data, to);
}

static struct manifest *walking;
static size_t root;

static int add_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	SCOPED_FD int fd = -1;
	uint8_t sha[SHA256_BYTES];
	const char *name = path + root;
	(void)at;

	if (type != FTW_F || !strchr(name, '/'))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(hash_fd(fd, sha), 0);
	assert_int_equal(manifest_add(walking, name, st->st_size, sha), 0);
	return 0;
}

void package_seal(const char *data, const char *job, const char *kiosk, const char *to)
{
	sqlite3 *db;

	assert_int_equal(job_open_reader(data, job, &db), 0);
	walking = manifest_new(db, job, kiosk, "archive", json_object());
	sqlite3_close(db);
	root = strlen(to) + 1;
	assert_int_equal(nftw(to, add_file, 16, FTW_PHYS), 0);
	finish(walking, data, to);
}

char *package_told(const char *data, const char *job)
{
	static const char *const asks[] = {
		"SELECT kiosk, n, name, student_no, id_no, class_name, source, paid, removed FROM "
		"person ORDER BY 1, 2",
		"SELECT p.kiosk, p.n, a.kiosk, a.n FROM alias a JOIN person p ON p.id = a.person "
		"ORDER BY 3, 4",
		"SELECT p.kiosk, p.n, d.number FROM document d JOIN person p ON p.id = d.person "
		"ORDER BY 1, 2, 3",
		"SELECT u.series, u.number, p.kiosk, p.n FROM number u JOIN person p ON p.id = "
		"u.person ORDER BY 1, 2",
		"SELECT v.kiosk, v.n, v.state, p.kiosk, p.n FROM visit v JOIN person p ON p.id = "
		"v.person ORDER BY 1, 2",
		"SELECT s.kiosk, s.n, s.state, s.sha256, s.why, p.kiosk, p.n FROM shot s LEFT JOIN "
		"person p ON p.id = s.person ORDER BY 1, 2",
		"SELECT p.kiosk, p.n, c.kiosk, c.shot, c.series, c.seq FROM picture c JOIN person p "
		"ON p.id = c.person ORDER BY 1, 2",
		"SELECT kiosk, n, hex(hash) FROM event ORDER BY 1, 2",
		"SELECT kiosk, series, first, last FROM block ORDER BY 1, 2",
	};
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	sqlite3 *db;

	assert_int_equal(job_open_reader(data, job, &db), 0);
	for (size_t i = 0; i < ARRAY_SIZE(asks); i++) {
		SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, asks[i], "");

		assert_non_null(st);
		while (sqlite3_step(st) == SQLITE_ROW) {
			for (int c = 0; c < sqlite3_column_count(st); c++)
				fprintf(f, "%s|", sql_text(st, c));
			fputc('\n', f);
		}
	}
	sqlite3_close(db);
	fclose(f);
	return text;
}
