#include "tests/lib/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/seal.h"
#include "firmware/store/job.h"

char *packed_read(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "rb");
	char *data;

	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*bytes = (size_t)ftell(f);
	rewind(f);
	data = malloc(*bytes + 1);
	if (fread(data, 1, *bytes, f) != *bytes)
		abort();
	data[*bytes] = 0;
	fclose(f);
	return data;
}

void packed_write(const char *path, const void *data, size_t bytes)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, bytes, f) != bytes || fclose(f))
		abort();
}

static int put(struct manifest *m, const char *folder, const char *path, const void *data,
	       size_t bytes)
{
	char full[512];
	uint8_t digest[SHA256_BYTES];
	struct hash *h = hash_new();

	snprintf(full, sizeof(full), "%s/%s", folder, path);
	packed_write(full, data, bytes);
	hash_update(h, data, bytes);
	hash_final(h, digest);
	hash_free(h);
	return manifest_add(m, path, (int64_t)bytes, digest);
}

static int fill_part(struct seal *s, int files)
{
	char path[64], text[200];
	static const char list[] = "学号,姓名\r\n1,甲\r\n1,甲\r\n1,甲\r\n1,甲\r\n";
	int rc = seal_put_bytes(s, "名单.csv", list, sizeof(list) - 1);

	for (int i = 0; !rc && i < files; i++) {
		snprintf(path, sizeof(path), "照片/%04d.jpg", i + 1);
		memset(text, 'a' + i % 26, sizeof(text));
		rc = seal_put_bytes(s, path, text, 1 + (size_t)(i * 37) % sizeof(text));
	}
	return rc;
}

static int put_part(struct manifest *m, sqlite3 *db, const char *data_dir, const char *folder,
		    const char *passphrase, int files)
{
	SCOPED_FD int fd = -1;
	char full[512];
	uint8_t digest[SHA256_BYTES];
	struct seal *s;
	struct stat st;
	int rc;

	snprintf(full, sizeof(full), "%s/一班.zip", folder);
	fd = open(full, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	s = seal_open(fd, passphrase, manifest_new(db, "J", "K1", "test", NULL));
	rc = fill_part(s, files);
	if (rc < 0) {
		seal_drop(s);
		return rc;
	}
	rc = seal_close(s, data_dir);
	if (!rc)
		rc = hash_fd(fd, digest);
	if (!rc)
		rc = fstat(fd, &st) < 0 ? -errno : 0;
	return rc ? rc : manifest_add(m, "一班.zip", st.st_size, digest);
}

static int write_meta(struct manifest *m, const char *data_dir, const char *folder)
{
	struct manifest_files f;
	char full[512];
	int rc = manifest_finish(m, data_dir, &f);

	if (rc < 0)
		return rc;
	snprintf(full, sizeof(full), "%s/%s", folder, MANIFEST_FILE);
	packed_write(full, f.json, f.json_bytes);
	snprintf(full, sizeof(full), "%s/%s", folder, MANIFEST_SIG);
	packed_write(full, f.sig, f.sig_bytes);
	snprintf(full, sizeof(full), "%s/%s", folder, MANIFEST_SUMS);
	packed_write(full, f.sums, f.sums_bytes);
	manifest_files_free(&f);
	return 0;
}

int packed_make(const char *data_dir, const char *folder, const char *passphrase, int part_files)
{
	struct manifest *m;
	char full[512];
	struct job j;
	int rc = job_open(data_dir, "J", true, &j);

	if (rc < 0)
		return rc;
	mkdir(folder, 0755);
	snprintf(full, sizeof(full), "%s/名单", folder);
	mkdir(full, 0755);
	m = manifest_new(j.db, "J", "K1", "test", json_pack("{s:i}", "people", 2));
	rc = put(m, folder, "说明.txt", "read me\r\n", 9);
	if (!rc)
		rc = put(m, folder, "名单/captured.csv", "a,b\r\n1,2\r\n", 10);
	if (!rc && passphrase)
		rc = put_part(m, j.db, data_dir, folder, passphrase, part_files);
	if (!rc)
		rc = write_meta(m, data_dir, folder);
	manifest_free(m);
	job_close(&j);
	return rc;
}
