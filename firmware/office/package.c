#include "firmware/office/package.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { DB_BYTES_MAX = 1 << 30, SIG_BYTES_MAX = 4096, COPY_BYTES = 1 << 20 };

__attribute__((format(printf, 3, 4))) static int refuse(struct package *p, int code,
							const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, sizeof(p->why), fmt, ap);
	va_end(ap);
	return code;
}

static int open_below(int dir, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	struct stat st;
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static int read_small(int dir, const char *name, size_t max, char **out, size_t *bytes)
{
	SCOPED_FD int fd = open_below(dir, name);
	struct stat st;
	ssize_t got = 0;

	*out = NULL;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > (off_t)max)
		return -EFBIG;
	*out = malloc((size_t)st.st_size + 1);
	if (!*out)
		return -ENOMEM;
	for (*bytes = 0; *bytes < (size_t)st.st_size; *bytes += (size_t)got) {
		got = read(fd, *out + *bytes, (size_t)st.st_size - *bytes);
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
	}
	(*out)[*bytes] = '\0';
	return 0;
}

/* --- manifest --------------------------------------------------------------------------------- */

static int check_signer(struct package *p, const char *const *signers, size_t count)
{
	char own[KIOSK_FINGERPRINT_MAX];

	/* What the manifest says of itself is no fingerprint: it is computed from the key. */
	kiosk_fingerprint(p->view.public_key, own);
	for (size_t i = 0; i < count; i++)
		if (kiosk_fingerprint_same(own, signers[i]))
			p->trusted = true;
	if (!count || p->trusted)
		return 0;
	return refuse(p, -EBADMSG, "signed by %s, which is none of the signers named", own);
}

static int read_manifest(struct package *p, const char *const *signers, size_t count)
{
	SCOPED_FREE char *json = NULL, *sig = NULL;
	size_t bytes, sig_bytes;
	char why[96] = "";
	struct hash *h;
	int rc = read_small(p->dir, MANIFEST_FILE, MANIFEST_BYTES_MAX, &json, &bytes);

	if (rc < 0)
		return refuse(p, -EBADMSG, "no package: it has no readable %s (%s)", MANIFEST_FILE,
			      strerror(-rc));
	rc = manifest_parse(json, bytes, &p->view, why);
	if (rc < 0)
		return refuse(p, rc == -ENOMEM ? rc : -EBADMSG, "%s: %s", MANIFEST_FILE, why);
	rc = read_small(p->dir, MANIFEST_SIG, SIG_BYTES_MAX, &sig, &sig_bytes);
	if (rc < 0 || !manifest_signed(&p->view, json, bytes, sig, sig_bytes))
		return refuse(
			p, -EBADMSG,
			"the signature does not belong to %s: it was changed after the export",
			MANIFEST_FILE);
	h = hash_new();
	if (!h)
		return -ENOMEM;
	hash_update(h, json, bytes);
	hash_final(h, p->manifest_sha256);
	hash_free(h);
	return check_signer(p, signers, count);
}

/* The archive is where its job.db is. */
static bool find_archive(struct package *p)
{
	static const char db[] = "job.db";

	for (size_t i = 0; i < p->file_count; i++) {
		const char *path = p->files[i].path;
		size_t n = strlen(path), tail = sizeof(db) - 1;

		if (n < tail || strcmp(path + n - tail, db) != 0 ||
		    (n > tail && path[n - tail - 1] != '/') || n - tail >= sizeof(p->prefix))
			continue;
		memcpy(p->prefix, path, n - tail);
		p->prefix[n - tail] = '\0';
		return true;
	}
	return false;
}

static int open_parts(struct package *p, const char *passphrase)
{
	int rc = unseal_open(p->dir, &p->view, passphrase ? passphrase : "", &p->unseal, p->why);

	if (rc == -EACCES)
		return refuse(p, -EBADMSG, "%s",
			      passphrase ? "the passphrase does not open its sealed parts"
					 : "it is sealed: give its passphrase with "
					   "--passphrase-file, or unpack the archive with 7-Zip");
	if (!rc)
		p->file_count = unseal_files(p->unseal, &p->files);
	return rc == -ENOENT ? 0 : rc;
}

static int find_files(struct package *p, const char *passphrase)
{
	int rc = 0;

	p->files = p->view.files;
	p->file_count = p->view.file_count;
	if (find_archive(p))
		return 0;
	rc = open_parts(p, passphrase);
	if (!rc && !find_archive(p))
		return refuse(p, -EBADMSG,
			      "no job.db in it: export with a profile that says archive = yes");
	return rc;
}

static int by_path(const void *key, const void *row)
{
	return strcmp(key, ((const struct manifest_file *)row)->path);
}

const struct manifest_file *package_file(const struct package *p, const char *name)
{
	char path[PACKAGE_PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", p->prefix, name) >= (int)sizeof(path))
		return NULL;
	return bsearch(path, p->files, p->file_count, sizeof(*p->files), by_path);
}

const struct manifest_file *package_each(const struct package *p, const char *folder, size_t *i)
{
	char path[PACKAGE_PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof(path), "%s%s", p->prefix, folder);

	while (*i < p->file_count) {
		const struct manifest_file *f = &p->files[(*i)++];

		if (!strncmp(f->path, path, n))
			return f;
	}
	return NULL;
}

int package_open_file(const struct package *p, const struct manifest_file *f)
{
	return p->unseal ? unseal_file(p->unseal, f->path) : open_below(p->dir, f->path);
}

/* --- database --------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to, int64_t bytes, struct hash *h)
{
	SCOPED_FREE uint8_t *buf = malloc(COPY_BYTES);
	int64_t at = 0;

	if (!buf)
		return -ENOMEM;
	while (at <= bytes) { /* one more: a file that is longer than it says */
		ssize_t got = read(from, buf, COPY_BYTES);

		if (got < 0)
			return -errno;
		if (!got)
			break;
		at += got;
		hash_update(h, buf, (size_t)got);
		if (write(to, buf, (size_t)got) != got)
			return -ENOSPC;
	}
	return at == bytes ? 0 : -EBADMSG;
}

static int copy_db(struct package *p)
{
	const struct manifest_file *f = package_file(p, "job.db");
	SCOPED_FD int from = f ? package_open_file(p, f) : -ENOENT;
	SCOPED_FD int to = -1;
	uint8_t sha[SHA256_BYTES];
	struct hash *h;
	int rc;

	if (from < 0)
		return refuse(p, -EBADMSG, "job.db cannot be read: %s", strerror(-from));
	if (f->bytes > DB_BYTES_MAX)
		return refuse(p, -EBADMSG, "job.db is larger than 1 GiB");
	unlink(p->db);
	to = open(p->db, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return refuse(p, -errno, "%s: %s", p->db, strerror(errno));
	h = hash_new();
	if (!h)
		return -ENOMEM;
	rc = copy_bytes(from, to, f->bytes, h);
	hash_final(h, sha);
	hash_free(h);
	if (!rc && memcmp(sha, f->sha256, SHA256_BYTES) != 0)
		rc = -EBADMSG;
	if (rc == -EBADMSG)
		return refuse(p, rc,
			      "job.db is not what the manifest says: copy the package again");
	return rc < 0 ? refuse(p, rc, "job.db: %s", strerror(-rc)) : 0;
}

int package_open(const char *path, const char *copy, const char *const *signers, size_t count,
		 const char *passphrase, struct package *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	text_copy(out->path, sizeof(out->path), path);
	out->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->dir < 0)
		return refuse(out, -errno, "%s", strerror(errno));
	if (snprintf(out->db, sizeof(out->db), "%s", copy) >= (int)sizeof(out->db))
		return -ENAMETOOLONG;
	rc = read_manifest(out, signers, count);
	if (!rc)
		rc = find_files(out, passphrase);
	if (!rc)
		rc = copy_db(out);
	return rc ? rc : package_db_check(out->db, out->why);
}

void package_close(struct package *p)
{
	char beside[PACKAGE_PATH_MAX + 16];
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; p->db[0] && i < ARRAY_SIZE(tails); i++) {
		snprintf(beside, sizeof(beside), "%s%s", p->db, tails[i]);
		unlink(beside);
	}
	unseal_close(p->unseal);
	p->unseal = NULL;
	manifest_view_free(&p->view);
	if (p->dir >= 0)
		close(p->dir);
	p->dir = -1;
}
