/* The inside of a sealed part. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/seal_source.h"
#include "firmware/export/verify_run.h"
#include "firmware/export/zip_walk.h"

enum { BLOCK_BYTES = 256 << 10 };
/* Text shrinks some tenfold; what grows more than this is made to fill memory or time. */
enum { EXPANSION_MAX = 100, EXPANSION_FREE = 256 << 20 };

struct part {
	const char *name;
	struct zip_walk walk;
	zip_t *zip;
	const char *passphrase;
	int64_t bytes;
};

/* Not zip_set_default_password(): libzip wipes what it copies for one file, not that. */
static zip_file_t *open_entry(struct part *p, size_t at, zip_flags_t flags)
{
	return zip_fopen_index_encrypted(p->zip, at, flags, p->passphrase);
}

/* Return: 0 and the plain bytes in *out (free it); -EBADMSG; -ENOMEM. */
static int read_entry(struct part *p, size_t at, zip_flags_t flags, char **out, size_t *bytes)
{
	size_t want = (size_t)p->walk.entries[at].bytes;
	zip_file_t *f = open_entry(p, at, flags);
	zip_int64_t n = 0;

	*bytes = 0;
	*out = f ? malloc(want + 1) : NULL;
	while (*out && *bytes <= want && (n = zip_fread(f, *out + *bytes, want + 1 - *bytes)) > 0)
		*bytes += (size_t)n;
	if (f)
		zip_fclose(f);
	if (!*out || n < 0 || *bytes != want) {
		free(*out);
		*out = NULL;
		return -EBADMSG;
	}
	return 0;
}

/* libzip stops where a deflated stream ends, before it has checked the HMAC: read what was encrypted
 * to its end. */
static bool authentic(struct part *p, size_t at)
{
	bool deflated = p->walk.entries[at].deflated;
	zip_file_t *f = deflated ? open_entry(p, at, ZIP_FL_COMPRESSED) : NULL;
	char block[16384];
	zip_int64_t n;

	if (!deflated)
		return true;
	if (!f)
		return false;
	do
		n = zip_fread(f, block, sizeof(block));
	while (n > 0);
	zip_fclose(f);
	return n == 0;
}

static int hash_entry(struct verify_run *run, struct part *p, size_t at, char *block,
		      struct hash *h, int64_t *bytes)
{
	zip_file_t *f = open_entry(p, at, 0);
	int64_t want = p->walk.entries[at].bytes;
	zip_int64_t n = 0;

	*bytes = 0;
	if (!f)
		return -EBADMSG;
	while (*bytes <= want && !run->stopped && (n = zip_fread(f, block, BLOCK_BYTES)) > 0) {
		hash_update(h, block, (size_t)n);
		*bytes += n;
		verify_step(run, n);
	}
	zip_fclose(f);
	return n < 0 || *bytes != want ? -EBADMSG : 0;
}

static void check_entry(struct verify_run *run, void *ctx, const struct verify_item *item,
			const struct manifest_file *f)
{
	struct part *p = ctx;
	SCOPED_FREE char *block = malloc(BLOCK_BYTES);
	uint8_t digest[SHA256_BYTES];
	struct hash *h = hash_new();
	int64_t bytes;
	int rc = block && h ? hash_entry(run, p, item->at, block, h, &bytes) : -ENOMEM;

	if (h)
		hash_final(h, digest);
	hash_free(h);
	run->r->inside++;
	if (rc == -ENOMEM)
		verify_found(run, VERIFY_UNREADABLE, p->name, f->path, strerror(ENOMEM));
	else if (!run->stopped &&
		 (rc < 0 || bytes != f->bytes || memcmp(digest, f->sha256, sizeof(digest)) != 0 ||
		  !authentic(p, item->at)))
		verify_found(run, VERIFY_ALTERED, p->name, f->path, NULL);
}

/* --- its own three files ---------------------------------------------------------------------- */

static int read_meta(struct verify_run *run, struct part *p, size_t at, struct verify_meta *m)
{
	const char *name = p->walk.entries[at].name;
	char **data = !strcmp(name, MANIFEST_FILE)  ? &m->json
		      : !strcmp(name, MANIFEST_SIG) ? &m->sig
						    : &m->sums;
	size_t *bytes = data == &m->json  ? &m->json_bytes
			: data == &m->sig ? &m->sig_bytes
					  : &m->sums_bytes;

	if (p->walk.entries[at].bytes <= MANIFEST_BYTES_MAX &&
	    read_entry(p, at, 0, data, bytes) == 0 && authentic(p, at))
		return 0;
	verify_found(run, VERIFY_ALTERED, p->name, name, NULL);
	return -1;
}

/* Return: 0 or -1, which was said. */
static int read_metas(struct verify_run *run, struct part *p, struct verify_meta *m)
{
	int rc = 0;

	for (size_t i = 0; i < p->walk.count; i++)
		if (verify_is_meta(p->walk.entries[i].name) && read_meta(run, p, i, m) < 0)
			rc = -1;
	return rc;
}

static struct verify_item *items_of(const struct zip_walk *w)
{
	struct verify_item *items = calloc(w->count + 1, sizeof(*items));

	for (size_t i = 0; items && i < w->count; i++)
		items[i] = (struct verify_item){ .name = w->entries[i].name, .at = i };
	return items;
}

static void compare(struct verify_run *run, struct part *p, bool alone)
{
	struct verify_meta meta = { .json = NULL };
	struct verify_item *items = items_of(&p->walk);
	struct manifest_view v;
	bool trusted;

	/* what nobody vouches for is not unpacked: it may be made to last for ever */
	if (items && read_metas(run, p, &meta) == 0 &&
	    verify_manifest(run, p->name, &meta, &v, &trusted) == 0) {
		if (alone)
			run->r->files = (int)v.file_count;
		if (trusted)
			verify_compare(run, p->name, &v, items, p->walk.count, check_entry, p);
		manifest_view_free(&v);
	}
	free(items);
	verify_meta_free(&meta);
}

/* --- the archive ------------------------------------------------------------------------------ */

/* A wrong passphrase opens none of them; an altered entry leaves the others. */
static bool opens(struct part *p)
{
	for (size_t i = 0; i < p->walk.count && i < 16; i++) {
		zip_file_t *f = open_entry(p, i, 0);

		if (f) {
			zip_fclose(f);
			return true;
		}
	}
	return false;
}

static bool expands_sanely(const struct part *p)
{
	int64_t plain = 0;

	for (size_t i = 0; i < p->walk.count; i++)
		plain += p->walk.entries[i].bytes;
	return plain <= p->bytes * EXPANSION_MAX + EXPANSION_FREE;
}

static zip_t *open_zip(int fd)
{
	zip_source_t *source = seal_source(fd);
	zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, NULL) : NULL;

	if (source && !zip)
		zip_source_free(source);
	return zip;
}

static void verify_opened(struct verify_run *run, struct part *p, int fd, bool alone)
{
	if (!expands_sanely(p)) {
		verify_found(run, VERIFY_ARCHIVE, p->name, "", "it would grow beyond all measure");
		return;
	}
	p->passphrase = verify_passphrase(run);
	if (!p->passphrase) {
		verify_found(run, VERIFY_PASSPHRASE, p->name, "", "none given");
		return;
	}
	p->zip = open_zip(fd);
	if (!p->zip || zip_get_num_entries(p->zip, 0) != (zip_int64_t)p->walk.count) {
		verify_found(run, VERIFY_ARCHIVE, p->name, "", "it does not open");
	} else if (!opens(p)) {
		verify_found(run, VERIFY_PASSPHRASE, p->name, "", "");
	} else {
		run->r->opened++;
		compare(run, p, alone);
	}
	if (p->zip)
		zip_discard(p->zip);
}

void verify_part(struct verify_run *run, const char *part, int fd, bool alone)
{
	struct part p = { .name = part };
	struct stat st;
	int rc = zip_walk(fd, &p.walk);

	p.bytes = fstat(fd, &st) < 0 ? 0 : st.st_size;
	if (rc == -EBADMSG)
		verify_found(run, VERIFY_ARCHIVE, part, "", p.walk.why);
	else if (rc < 0)
		verify_found(run, VERIFY_UNREADABLE, part, "", strerror(-rc));
	else
		verify_opened(run, &p, fd, alone);
	zip_walk_free(&p.walk);
}
