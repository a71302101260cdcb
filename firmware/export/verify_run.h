/* One verification on its way. Private to the room. */
#pragma once

#include "firmware/export/manifest.h"
#include "firmware/export/verify.h"

struct verify_run {
	const struct verify_options *o;
	struct verify_report *r;
	int wrong, cannot;
	int64_t done, total, told; /* bytes */
	const char *passphrase; /* given or asked for */
	bool asked;
	bool stopped;
	bool have_key; /* of the package: its parts must be signed by it */
	uint8_t key[32];
};

/* A package's or part's own three files. */
struct verify_meta {
	char *json, *sig, *sums;
	size_t json_bytes, sig_bytes, sums_bytes;
};
void verify_meta_free(struct verify_meta *m);

/* What lies there, to be held against the manifest. Sorted by name. */
struct verify_item {
	char *name; /* ends in '/': an empty folder */
	size_t at; /* in an archive */
	bool link; /* neither file nor folder */
};
typedef void verify_check_fn(struct verify_run *run, void *ctx, const struct verify_item *item,
			     const struct manifest_file *f);

/** verify_found() - note it; @what decides whether the package is wrong or cannot be read. */
void verify_found(struct verify_run *run, enum verify_what what, const char *part, const char *path,
		  const char *detail);
/** verify_passphrase() - asks at its first call; NULL: none. */
const char *verify_passphrase(struct verify_run *run);
/** verify_step() - @bytes more were read. */
void verify_step(struct verify_run *run, int64_t bytes);
/** verify_manifest() - parse, signature, signer, SHA256SUMS. Missing ones are named.
 * Return: 0 and *v usable (free it); -EBADMSG: there is nothing to hold files against. *trusted: its
 * signature holds and is by whom it should be. */
int verify_manifest(struct verify_run *run, const char *part, const struct verify_meta *m,
		    struct manifest_view *v, bool *trusted);
/** verify_compare() - names every missing and extra one; @check is called for each that is there. */
void verify_compare(struct verify_run *run, const char *part, const struct manifest_view *v,
		    struct verify_item *items, size_t count, verify_check_fn *check, void *ctx);
/** verify_is_meta() - one of the three? */
bool verify_is_meta(const char *name);

/** verify_tree() - all below the folder @dir. Return: 0, negative errno. Free with
 * verify_items_free(). */
int verify_tree(struct verify_run *run, int dir, struct verify_item **out, size_t *count);
void verify_items_free(struct verify_item *items, size_t count);

/** verify_part() - the inside of the sealed part behind @fd. @alone: its own manifest names signer and
 * job of the whole verification. */
void verify_part(struct verify_run *run, const char *part, int fd, bool alone);
