#include "firmware/export/unseal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/seal_source.h"
#include "firmware/export/zip_walk.h"

enum { PARTS_MAX = 256, FILE_BYTES_MAX = 1 << 30, BLOCK_BYTES = 256 << 10, SIG_MAX = 4096 };

struct part {
	int fd;
	zip_t *zip;
	struct zip_walk walk;
	struct manifest_view view;
};

struct entry {
	struct part *part;
	size_t at;
};

struct unseal {
	struct part parts[PARTS_MAX];
	int count;
	struct manifest_file *files;
	size_t file_count;
	int locked; /* parts the passphrase does not open */
};

static int refuse(char *why, const char *part, const char *what)
{
	snprintf(why, UNSEAL_WHY_MAX, "%.120s: %s", part, what);
	return -EBADMSG;
}

static void close_part(struct part *p)
{
	if (p->zip)
		zip_discard(p->zip);
	manifest_view_free(&p->view);
	zip_walk_free(&p->walk);
	if (p->fd >= 0)
		close(p->fd);
}

static long find(const struct part *p, const char *name)
{
	for (size_t i = 0; i < p->walk.count; i++)
		if (!strcmp(p->walk.entries[i].name, name))
			return (long)i;
	return -1;
}

/* Into @to or *@small, exactly @max bytes. What they are is for the signature or the digest to say: the
 * archive's own sums are not asked. */
static int read_entry(struct part *p, long at, int to, struct hash *h, int64_t max, char **small)
{
	SCOPED_FREE char *block = malloc(BLOCK_BYTES);
	zip_file_t *f = at >= 0 && block ? zip_fopen_index(p->zip, (zip_uint64_t)at, 0) : NULL;
	int64_t bytes = 0;
	zip_int64_t n = 0;
	int rc = 0;

	if (!f)
		return -EACCES;
	if (small)
		*small = calloc(1, (size_t)max + 1);
	while (!rc && bytes <= max && (n = zip_fread(f, block, BLOCK_BYTES)) > 0) {
		if (bytes + n > max || (small && !*small))
			rc = -EBADMSG;
		else if (small)
			memcpy(*small + bytes, block, (size_t)n);
		else if (write(to, block, (size_t)n) != n)
			rc = -ENOMEM;
		if (h)
			hash_update(h, block, (size_t)n);
		bytes += n;
	}
	zip_fclose(f);
	return rc ? rc : n < 0 || bytes != max ? -EBADMSG : 0;
}

static int read_small(struct part *p, const char *name, int64_t max, char **out, size_t *bytes)
{
	long at = find(p, name);

	*out = NULL;
	if (at < 0 || p->walk.entries[at].bytes > max)
		return -EBADMSG;
	*bytes = (size_t)p->walk.entries[at].bytes;
	return read_entry(p, at, -1, NULL, (int64_t)*bytes, out);
}

static int read_manifest(struct part *p, const struct manifest_view *outer, const char *name,
			 char *why)
{
	SCOPED_FREE char *json = NULL, *sig = NULL;
	size_t bytes = 0, sig_bytes = 0;
	char inner[96] = "";
	int rc = read_small(p, MANIFEST_FILE, MANIFEST_BYTES_MAX, &json, &bytes);

	if (rc == -EACCES)
		return rc;
	if (rc < 0 || read_small(p, MANIFEST_SIG, SIG_MAX, &sig, &sig_bytes) < 0)
		return refuse(why, name, "it has no manifest of its own");
	if (manifest_parse(json, bytes, &p->view, inner) < 0)
		return refuse(why, name, inner);
	if (!manifest_signed(&p->view, json, bytes, sig, sig_bytes) ||
	    memcmp(p->view.public_key, outer->public_key, sizeof(outer->public_key)) != 0)
		return refuse(why, name, "it is not signed by the package's kiosk");
	return 0;
}

static int open_part(struct unseal *u, int dir, const struct manifest_view *outer,
		     const struct manifest_file *f, const char *passphrase, char *why)
{
	struct part *p = &u->parts[u->count];
	zip_source_t *source;
	int rc;

	memset(p, 0, sizeof(*p));
	p->fd = openat(dir, f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (p->fd < 0)
		return refuse(why, f->path, strerror(errno));
	u->count++;
	if (zip_walk(p->fd, &p->walk) < 0)
		return refuse(why, f->path, p->walk.why);
	source = seal_source(p->fd);
	p->zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;
	if (source && !p->zip)
		zip_source_free(source);
	if (!p->zip || zip_set_default_password(p->zip, passphrase) < 0 ||
	    zip_get_num_entries(p->zip, 0) != (zip_int64_t)p->walk.count)
		return refuse(why, f->path, "it does not open");
	rc = read_manifest(p, outer, f->path, why);
	if (rc == -EACCES) {
		u->locked++;
		close_part(p);
		u->count--;
		return 0;
	}
	return rc;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_file *)a)->path,
		      ((const struct manifest_file *)b)->path);
}

static int join(struct unseal *u, char *why)
{
	size_t n = 0;

	for (int i = 0; i < u->count; i++)
		n += u->parts[i].view.file_count;
	u->files = calloc(n + 1, sizeof(*u->files));
	if (!u->files)
		return -ENOMEM;
	for (int i = 0; i < u->count; i++)
		for (size_t k = 0; k < u->parts[i].view.file_count; k++)
			u->files[u->file_count++] = u->parts[i].view.files[k];
	qsort(u->files, u->file_count, sizeof(*u->files), by_path);
	for (size_t i = 1; i < u->file_count; i++)
		if (!strcmp(u->files[i - 1].path, u->files[i].path))
			return refuse(why, u->files[i].path, "it is in two parts");
	return 0;
}

static bool is_part(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcmp(path + n - 4, ".zip");
}

int unseal_open(int dir, const struct manifest_view *outer, const char *passphrase,
		struct unseal **out, char why[static UNSEAL_WHY_MAX])
{
	struct unseal *u = calloc(1, sizeof(*u));
	int rc = u ? 0 : -ENOMEM;

	for (size_t i = 0; i < outer->file_count && !rc; i++)
		if (is_part(outer->files[i].path))
			rc = u->count == PARTS_MAX
				     ? refuse(why, outer->files[i].path, "too many parts")
				     : open_part(u, dir, outer, &outer->files[i], passphrase, why);
	if (!rc && !u->count)
		rc = u->locked ? -EACCES : -ENOENT;
	if (!rc)
		rc = join(u, why);
	if (rc) {
		unseal_close(u);
		return rc;
	}
	*out = u;
	return 0;
}

void unseal_close(struct unseal *u)
{
	for (int i = 0; u && i < u->count; i++)
		close_part(&u->parts[i]);
	if (u)
		free(u->files);
	free(u);
}

size_t unseal_files(const struct unseal *u, const struct manifest_file **out)
{
	*out = u->files;
	return u->file_count;
}

/* What the part's manifest says of it; its strings are the views', so no other has this pointer. */
static bool find_entry(struct unseal *u, const struct manifest_file *f, struct entry *e)
{
	for (int i = 0; i < u->count; i++) {
		const struct manifest_view *v = &u->parts[i].view;

		if (!bsearch(f, v->files, v->file_count, sizeof(*v->files), by_path))
			continue;
		long at = find(&u->parts[i], f->path);

		*e = (struct entry){ &u->parts[i], (size_t)at };
		return at >= 0;
	}
	return false;
}

int unseal_file(struct unseal *u, const char *path)
{
	const struct manifest_file key = { .path = path };
	const struct manifest_file *f =
		bsearch(&key, u->files, u->file_count, sizeof(*u->files), by_path);
	SCOPED_FD int fd = memfd_create("unsealed", MFD_CLOEXEC);
	uint8_t sha[SHA256_BYTES];
	struct hash *h;
	struct entry e;
	int rc;

	if (!f || !find_entry(u, f, &e))
		return -ENOENT;
	if (f->bytes > FILE_BYTES_MAX)
		return -EFBIG;
	h = hash_new();
	if (fd < 0 || !h) {
		hash_free(h);
		return -ENOMEM;
	}
	rc = read_entry(e.part, (long)e.at, fd, h, f->bytes, NULL);
	hash_final(h, sha);
	hash_free(h);
	if (!rc && memcmp(sha, f->sha256, sizeof(sha)) != 0)
		rc = -EBADMSG;
	if (rc || lseek(fd, 0, SEEK_SET) < 0)
		return rc == -EACCES ? -EBADMSG : rc ? rc : -errno;
	return steal_fd(&fd);
}
