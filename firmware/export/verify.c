#include "firmware/export/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/verify_run.h"

enum { BLOCK_BYTES = 1 << 20, TELL_BYTES = 4 << 20 };
/* A file of mostly holes is none of ours, and reading it could take for ever. */
#define HOLLOW_BYTES ((int64_t)1 << 30)

const char *verify_word(enum verify_what what)
{
	static const char *const words[VERIFY_WHAT_COUNT] = {
		[VERIFY_MISSING] = "missing",	    [VERIFY_ALTERED] = "altered",
		[VERIFY_EXTRA] = "extra",	    [VERIFY_LINK] = "link",
		[VERIFY_MANIFEST] = "manifest",	    [VERIFY_SIGNATURE] = "signature",
		[VERIFY_SIGNER] = "signer",	    [VERIFY_ARCHIVE] = "archive",
		[VERIFY_PASSPHRASE] = "passphrase", [VERIFY_UNREADABLE] = "unreadable",
		[VERIFY_NO_PACKAGE] = "no_package",
	};

	return words[what];
}

void verify_found(struct verify_run *run, enum verify_what what, const char *part, const char *path,
		  const char *detail)
{
	if (what == VERIFY_PASSPHRASE || what == VERIFY_UNREADABLE || what == VERIFY_NO_PACKAGE)
		run->cannot++;
	else
		run->wrong++;
	run->r->found++;
	if (run->o->found)
		run->o->found(run->o->ctx, what, part, path, detail ? detail : "");
}

const char *verify_passphrase(struct verify_run *run)
{
	if (!run->asked)
		run->passphrase = run->o->passphrase ? run->o->passphrase
				  : run->o->ask	     ? run->o->ask(run->o->ctx)
						     : NULL;
	run->asked = true;
	return run->passphrase;
}

void verify_step(struct verify_run *run, int64_t bytes)
{
	run->done += bytes;
	run->r->bytes += bytes;
	if (!run->o->progress || run->done - run->told < TELL_BYTES)
		return;
	run->told = run->done;
	if (run->o->progress(run->o->ctx, run->done, run->total))
		run->stopped = true;
}

/* --- one file of the folder ------------------------------------------------------------------- */

static int hash_file(struct verify_run *run, int fd, uint8_t out[static SHA256_BYTES])
{
	SCOPED_FREE char *block = malloc(BLOCK_BYTES);
	struct hash *h = hash_new();
	int64_t at = 0;
	ssize_t n = -1;
	int rc = 0;

	/* from the stick, not from memory: it may just have been written */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (block && h && !run->stopped && (n = pread(fd, block, BLOCK_BYTES, at)) > 0) {
		hash_update(h, block, (size_t)n);
		at += n;
		verify_step(run, n);
	}
	if (!block || !h)
		rc = -ENOMEM;
	else if (n < 0)
		rc = -errno;
	else
		hash_final(h, out);
	hash_free(h);
	return rc;
}

static bool is_part(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcasecmp(path + n - 4, ".zip");
}

static void check_part(struct verify_run *run, const char *path, int fd)
{
	run->r->parts++;
	if (verify_passphrase(run))
		verify_part(run, path, fd, false);
}

/* Return: true when @fd can be what @f says; else it was named. */
static bool check_shape(struct verify_run *run, int fd, const struct manifest_file *f)
{
	char detail[96];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		verify_found(run, VERIFY_UNREADABLE, "", f->path, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		verify_found(run, VERIFY_LINK, "", f->path, NULL);
		return false;
	}
	if (st.st_size != f->bytes) {
		snprintf(detail, sizeof(detail), "%lld bytes, written were %lld",
			 (long long)st.st_size, (long long)f->bytes);
		verify_found(run, VERIFY_ALTERED, "", f->path, detail);
		return false;
	}
	if (st.st_size > HOLLOW_BYTES && (int64_t)st.st_blocks * 512 < st.st_size / 64) {
		verify_found(run, VERIFY_ALTERED, "", f->path, "it is mostly holes");
		return false;
	}
	return true;
}

static void check_file(struct verify_run *run, void *ctx, const struct verify_item *item,
		       const struct manifest_file *f)
{
	SCOPED_FD int fd =
		openat(*(int *)ctx, item->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t digest[SHA256_BYTES];
	int rc;

	if (!check_shape(run, fd, f))
		return;
	rc = hash_file(run, fd, digest);
	if (rc < 0)
		verify_found(run, VERIFY_UNREADABLE, "", f->path, strerror(-rc));
	else if (!run->stopped && memcmp(digest, f->sha256, sizeof(digest)) != 0)
		verify_found(run, VERIFY_ALTERED, "", f->path, NULL);
	else if (!run->stopped && is_part(f->path))
		check_part(run, f->path, fd);
}

/* --- the folder's own three files ------------------------------------------------------------- */

static int read_small(int dir, const char *name, char **out, size_t *bytes)
{
	SCOPED_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	*out = NULL;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MANIFEST_BYTES_MAX)
		return -EFBIG;
	*out = malloc((size_t)st.st_size + 1);
	if (!*out)
		return -ENOMEM;
	for (*bytes = 0; *bytes < (size_t)st.st_size; *bytes += (size_t)n) {
		n = pread(fd, *out + *bytes, (size_t)st.st_size - *bytes, (off_t)*bytes);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

/* Return: 0 or -1 when one could not be read, which was said. */
static int read_meta(struct verify_run *run, int dir, struct verify_meta *m)
{
	const struct {
		const char *name;
		char **data;
		size_t *bytes;
	} three[] = { { MANIFEST_FILE, &m->json, &m->json_bytes },
		      { MANIFEST_SIG, &m->sig, &m->sig_bytes },
		      { MANIFEST_SUMS, &m->sums, &m->sums_bytes } };

	for (size_t i = 0; i < ARRAY_SIZE(three); i++) {
		int rc = read_small(dir, three[i].name, three[i].data, three[i].bytes);

		if (rc == -EFBIG || rc == -ELOOP)
			verify_found(run, VERIFY_MANIFEST, "", three[i].name,
				     "not a file of a sane size");
		else if (rc < 0)
			verify_found(run, VERIFY_UNREADABLE, "", three[i].name, strerror(-rc));
		if (rc < 0)
			return -1;
	}
	return 0;
}

static void count_total(struct verify_run *run, const struct manifest_view *v)
{
	for (size_t i = 0; i < v->file_count; i++) {
		bool twice = is_part(v->files[i].path) && verify_passphrase(run);

		if (v->files[i].bytes < INT64_MAX / 4 - run->total)
			run->total += (1 + twice) * v->files[i].bytes;
	}
}

static void verify_folder(struct verify_run *run, int dir)
{
	struct verify_meta meta = { .json = NULL };
	struct verify_item *items = NULL;
	struct manifest_view v;
	size_t count = 0;
	bool trusted;
	int rc;

	if (read_meta(run, dir, &meta) < 0)
		goto done;
	if (!meta.json && !meta.sig && !meta.sums) {
		verify_found(run, VERIFY_NO_PACKAGE, "", "", NULL);
		goto done;
	}
	if (verify_manifest(run, "", &meta, &v, &trusted) < 0)
		goto done;
	rc = verify_tree(run, dir, &items, &count);
	if (rc < 0)
		verify_found(run, VERIFY_UNREADABLE, "", "", strerror(-rc));
	run->r->files = (int)v.file_count;
	count_total(run, &v);
	if (!rc)
		verify_compare(run, "", &v, items, count, check_file, &dir);
	verify_items_free(items, count);
	manifest_view_free(&v);
done:
	verify_meta_free(&meta);
}

static void verify_lone_part(struct verify_run *run, int fd, int64_t bytes)
{
	run->r->parts = 1;
	run->total = bytes;
	verify_part(run, "", fd, true);
}

static enum verify_result conclude(const struct verify_run *run)
{
	if (run->wrong)
		return VERIFY_WRONG;
	if (run->cannot || run->stopped || !run->r->signed_by)
		return VERIFY_CANNOT;
	return run->o->signer ? VERIFY_WHOLE : VERIFY_UNPROVEN;
}

enum verify_result verify_package(const char *path, const struct verify_options *o,
				  struct verify_report *r)
{
	struct verify_run run = { .o = o, .r = r };
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	memset(r, 0, sizeof(*r));
	if (fd < 0 || fstat(fd, &st) < 0)
		verify_found(&run, VERIFY_UNREADABLE, "", "", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		verify_folder(&run, fd);
	else if (S_ISREG(st.st_mode))
		verify_lone_part(&run, fd, st.st_size);
	else
		verify_found(&run, VERIFY_NO_PACKAGE, "", "", NULL);
	r->result = conclude(&run);
	return r->result;
}
