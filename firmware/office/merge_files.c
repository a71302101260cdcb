#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/merge_inside.h"
#include "firmware/store/vault.h"

/* A batch is synced with one syncfs(2), then its names appear: a picture under its name is whole. */
enum { BATCH_FILES = 256, BATCH_BYTES = 256 << 20, COPY_BYTES = 1 << 20, KEEP_FREE = 64 << 20 };

#define PART "merge-"

struct pending {
	char part[96], name[96];
	int to; /* directory */
};

struct copying {
	struct job *j;
	const struct package *p;
	struct merge_report *report;
	uint8_t *buf;
	struct pending *batch;
	int count;
	int64_t batch_bytes, todo, total;
};

void merge_prepare(const struct job *j)
{
	DIR *d = fdopendir(dup(j->incoming));
	struct dirent *e;

	if (d)
		rewinddir(d);
	while (d && (e = readdir(d)))
		if (!strncmp(e->d_name, PART, sizeof(PART) - 1))
			unlinkat(j->incoming, e->d_name, 0);
	if (d)
		closedir(d);
}

static int refuse(struct copying *c, int code, const char *name, const char *what)
{
	snprintf(c->report->why, sizeof(c->report->why), "%s: %s", name, what);
	return code;
}

static int flush(struct copying *c)
{
	if (!c->count)
		return 0;
	if (syncfs(c->j->incoming) < 0)
		return -errno;
	for (int i = 0; i < c->count; i++) {
		struct pending *p = &c->batch[i];

		if (renameat(c->j->incoming, p->part, p->to, p->name) < 0)
			return -errno;
	}
	if (fsync(c->j->originals) < 0 || fsync(c->j->quarantine) < 0 || fsync(c->j->incoming) < 0)
		return -errno;
	c->count = 0;
	c->batch_bytes = 0;
	return 0;
}

/* Copies what is there, hashing, and never more than it should be. */
static int copy_hashed(struct copying *c, int from, int to, int64_t bytes,
		       uint8_t sha[static SHA256_BYTES])
{
	struct hash *h = hash_new();
	int64_t at = 0;
	ssize_t got = 1;
	int rc = h ? 0 : -ENOMEM;

	while (!rc && got > 0 && at <= bytes) {
		got = read(from, c->buf, COPY_BYTES);
		if (got < 0)
			rc = -errno;
		if (got <= 0)
			break;
		hash_update(h, c->buf, (size_t)got);
		if (to >= 0 && write(to, c->buf, (size_t)got) != got)
			rc = -ENOSPC;
		at += got;
	}
	if (h)
		hash_final(h, sha);
	hash_free(h);
	return rc ? rc : at == bytes ? 0 : -EBADMSG;
}

/* An interrupted merge left it whole. */
static bool stands_already(struct copying *c, int dir, const char *name, int64_t bytes,
			   const uint8_t want[static SHA256_BYTES])
{
	SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t sha[SHA256_BYTES];

	return fd >= 0 && !copy_hashed(c, fd, -1, bytes, sha) && !memcmp(sha, want, SHA256_BYTES);
}

static int take(struct copying *c, const struct manifest_file *f, int dir, const char *name)
{
	struct pending *p = &c->batch[c->count];
	SCOPED_FD int from = package_open_file(c->p, f);
	SCOPED_FD int to = -1;
	uint8_t sha[SHA256_BYTES];
	int rc;

	if (from < 0)
		return refuse(c, -EBADMSG, name, "cannot be read in the package");
	snprintf(p->part, sizeof(p->part), PART "%d.part", c->count);
	snprintf(p->name, sizeof(p->name), "%s", name);
	p->to = dir;
	to = openat(c->j->incoming, p->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (to < 0)
		return -errno;
	rc = copy_hashed(c, from, to, f->bytes, sha);
	if (!rc && memcmp(sha, f->sha256, SHA256_BYTES) != 0)
		rc = -EBADMSG;
	if (rc)
		return refuse(c, rc, name,
			      rc == -EBADMSG
				      ? "is not what the manifest says: copy the package again"
				      : strerror(-rc));
	c->report->pictures++;
	c->report->bytes += f->bytes;
	c->batch_bytes += f->bytes;
	return ++c->count == BATCH_FILES || c->batch_bytes >= BATCH_BYTES ? flush(c) : 0;
}

static const char missing[] =
	" FROM pkg.shot s WHERE s.sha256 <> '' AND s.state NOT IN ('intent', 'lost', 'quarantined') "
	"AND NOT EXISTS (SELECT 1 FROM main.shot t WHERE t.kiosk = s.kiosk AND t.n = s.n AND "
	"t.sha256 = s.sha256 AND t.state NOT IN ('intent', 'lost', 'quarantined'))";

static int take_original(struct copying *c, sqlite3_stmt *st)
{
	char id[VAULT_ID_MAX], name[VAULT_ID_MAX + 8], inside[VAULT_ID_MAX + 32], hex[SHA256_HEX];
	const struct manifest_file *f;

	vault_id(sql_text(st, 0), sqlite3_column_int64(st, 1), id);
	snprintf(name, sizeof(name), "%s.jpg", id);
	snprintf(inside, sizeof(inside), "originals/%s", name);
	f = package_file(c->p, inside);
	if (!f)
		return refuse(c, -EBADMSG, name, "has a row, but is not in the package");
	hash_hex(f->sha256, hex);
	if (strcmp(hex, sql_text(st, 2)) != 0)
		return refuse(c, -EBADMSG, name, "is another picture than its row says");
	if (stands_already(c, c->j->originals, name, f->bytes, f->sha256))
		return 0;
	return take(c, f, c->j->originals, name);
}

static int take_originals(struct copying *c, const struct merge_options *o)
{
	char sql[640];
	SCOPED_STMT sqlite3_stmt *st = NULL;
	int64_t done = 0;
	int rc = 0, step = SQLITE_ERROR;

	snprintf(sql, sizeof(sql), "SELECT s.kiosk, s.n, s.sha256%s ORDER BY s.kiosk, s.n",
		 missing);
	st = sql_prepare(c->j->db, sql, "");
	while (st && !rc && (step = sqlite3_step(st)) == SQLITE_ROW) {
		rc = take_original(c, st);
		if (!rc && o->progress && o->progress(o->ctx, ++done, c->total))
			rc = -ECANCELED;
	}
	return rc ? rc : step == SQLITE_DONE ? 0 : -EIO;
}

/* Nobody's pictures: kept under their name; another one of that name gets the digest's head. */
static int take_quarantine(struct copying *c)
{
	const struct manifest_file *f;
	size_t i = 0;
	int rc = 0;

	while (!rc && (f = package_each(c->p, "quarantine/", &i))) {
		char name[96], hex[SHA256_HEX];
		const char *base = strrchr(f->path, '/') + 1;

		hash_hex(f->sha256, hex);
		snprintf(name, sizeof(name), "%.70s", base);
		if (stands_already(c, c->j->quarantine, name, f->bytes, f->sha256))
			continue;
		if (!faccessat(c->j->quarantine, name, F_OK, AT_SYMLINK_NOFOLLOW)) {
			snprintf(name, sizeof(name), "%.8s-%.70s", hex, base);
			if (stands_already(c, c->j->quarantine, name, f->bytes, f->sha256))
				continue;
		}
		rc = take(c, f, c->j->quarantine, name);
	}
	return rc;
}

static int check_room(struct copying *c)
{
	struct statvfs fs;
	char sql[640];

	snprintf(sql, sizeof(sql), "SELECT count(*)%s", missing);
	c->total = sql_int(c->j->db, 0, sql, "");
	snprintf(sql, sizeof(sql), "SELECT sum(s.bytes)%s", missing);
	c->todo = sql_int(c->j->db, 0, sql, "");
	if (fstatvfs(c->j->originals, &fs) < 0)
		return -errno;
	if ((int64_t)fs.f_bavail * (int64_t)fs.f_frsize >= c->todo + KEEP_FREE)
		return 0;
	snprintf(c->report->why, sizeof(c->report->why),
		 "%lld MB of pictures do not fit here; make room",
		 (long long)((c->todo + KEEP_FREE) >> 20));
	return -ENOSPC;
}

int merge_files(struct job *j, const struct package *p, const struct merge_options *o,
		struct merge_report *report)
{
	struct copying c = { .j = j, .p = p, .report = report };
	int rc = check_room(&c);

	c.buf = malloc(COPY_BYTES);
	c.batch = calloc(BATCH_FILES, sizeof(*c.batch));
	if (!rc && (!c.buf || !c.batch))
		rc = -ENOMEM;
	if (!rc)
		rc = take_originals(&c, o);
	if (!rc)
		rc = take_quarantine(&c);
	if (!rc)
		rc = flush(&c);
	if (rc)
		merge_prepare(j);
	free(c.batch);
	free(c.buf);
	return rc;
}
