/*
 * manifest.json of a package: what it is, where it came from, and the SHA-256 of every file in it;
 * manifest.sig: Ed25519 by the kiosk's key over its bytes; SHA256SUMS for anybody's own tools. A
 * sealed part (ZIP) carries all three of its own inside.
 *
 *   { "format": "tapshot-package-1", "job", "kind", "feature_code", "school": {name, code, type},
 *     "contact": {name, phone, address}, "kiosk": {id, public_key, fingerprint}, "profile",
 *     "made": "2026-11-21T09:30:00Z", "counts": {…}, "chain": [{kiosk, n, hash}],
 *     "files": [{path, bytes, sha256}] }
 */
#pragma once

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/store/kiosk_key.h"

#define MANIFEST_FORMAT "tapshot-package-1"
#define MANIFEST_FILE	"manifest.json"
#define MANIFEST_SIG	"manifest.sig"
#define MANIFEST_SUMS	"SHA256SUMS"

enum { MANIFEST_BYTES_MAX = 64 << 20 };

struct manifest; /* opaque: being made */

/** manifest_new() - head from the job: fields, kiosk, chain heads. @counts: reference taken over. */
struct manifest *manifest_new(sqlite3 *db, const char *job, const char *kiosk, const char *profile,
			      json_t *counts);
void manifest_free(struct manifest *m);
/** manifest_add() - Return: 0; -EINVAL: no package may have such a path (manifest_path_ok()); -ENOMEM. */
int manifest_add(struct manifest *m, const char *path, int64_t bytes,
		 const uint8_t sha256[static SHA256_BYTES]);
/** manifest_finish() - the three files' bytes, signed with the kiosk's key in @data_dir. Once.
 * SHA256SUMS lists the other two beside the package's files.
 * Return: 0, -ENOMEM, -EIO (key), -EEXIST (a path was added twice). */
struct manifest_files {
	char *json, *sums, *sig; /* sig: text, one line of base64 */
	size_t json_bytes, sums_bytes, sig_bytes;
};
int manifest_finish(struct manifest *m, const char *data_dir, struct manifest_files *out);

void manifest_files_free(struct manifest_files *f);

/** manifest_chain() - newest event of every kiosk's chain: [{kiosk, n, hash}]. */
json_t *manifest_chain(sqlite3 *db);
/** manifest_sums() - SHA256SUMS of @files (sorted by path) and of @f's other two, into @f.
 * Return: 0, -ENOMEM. */
struct manifest_sum {
	const char *path, *sha256; /* hex */
};
int manifest_sums(const struct manifest_sum *files, size_t count, struct manifest_files *f);
/** manifest_sig_text() - the line of manifest.sig; free() it. NULL without memory. */
char *manifest_sig_text(const uint8_t sig[static KIOSK_SIG_BYTES]);

/* --- reading: hostile bytes ------------------------------------------------------------------- */

struct manifest_file {
	const char *path;
	int64_t bytes;
	uint8_t sha256[SHA256_BYTES];
};
struct manifest_view {
	json_t *root; /* borrowed strings below live in it */
	const char *job, *kiosk, *profile, *fingerprint;
	uint8_t public_key[32];
	struct manifest_file *files; /* paths checked: relative, no .., unique */
	size_t file_count;
};
/** manifest_path_ok() - relative UTF-8 of at most 12 components, none ., .. or empty or ending in a
 * dot or blank, nothing Windows refuses, none of the three files above. */
bool manifest_path_ok(const char *path);
/** manifest_parse() - files come sorted by path, unique also where case is ignored.
 * Return: 0, -EINVAL with a word in @why, -ENOMEM. */
int manifest_parse(const char *json, size_t bytes, struct manifest_view *out, char why[static 96]);
void manifest_view_free(struct manifest_view *v);
/** manifest_signed() - does @sig verify @json under @v's own public key? */
bool manifest_signed(const struct manifest_view *v, const char *json, size_t bytes, const char *sig,
		     size_t sig_bytes);
