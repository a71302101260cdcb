/*
 * A package as merge and errata take it: a folder with manifest.json whose archive (export/archive.h)
 * is inside. Everything in it is hostile until checked: the manifest is parsed and its signature
 * verified, files are opened below the folder without following links, sealed parts are
 * opened with their passphrase and hold the same signature, the database is copied to a private place, compared with its digest, and looked through before a row of it is used.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/export/manifest.h"
#include "firmware/export/unseal.h"

enum { PACKAGE_PATH_MAX = 1024, PACKAGE_WHY_MAX = 256, PACKAGE_PREFIX_MAX = 256 };

struct package {
	char path[PACKAGE_PATH_MAX];
	int dir;
	struct manifest_view view;
	const struct manifest_file *files; /* of the view, or of its sealed parts */
	size_t file_count;
	struct unseal *unseal; /* NULL: nothing sealed */
	uint8_t manifest_sha256[SHA256_BYTES];
	char prefix[PACKAGE_PREFIX_MAX]; /* of the archive inside: "存档/", "" */
	char db[PACKAGE_PATH_MAX]; /* the checked private copy */
	bool trusted; /* signed by one of the named signers */
	char why[PACKAGE_WHY_MAX]; /* what is wrong with it and what to do; for the terminal */
};

/**
 * package_open() - manifest, signature, private copy of the database as @copy, checked and migrated
 * @signers: fingerprints of which one must have signed it; none: any. @passphrase: for sealed parts,
 * NULL none.
 * Return: 0; -EBADMSG: no package we take, @out->why says what; negative errno (also with why).
 * Close it in any case.
 */
int package_open(const char *path, const char *copy, const char *const *signers,
		 size_t signer_count, const char *passphrase, struct package *out);
void package_close(struct package *p);

/** package_file() - the manifest's line of @name below the archive ("originals/K1-000001.jpg"); NULL. */
const struct manifest_file *package_file(const struct package *p, const char *name);
/** package_open_file() - Return: descriptor, negative errno (-ELOOP: a link). */
int package_open_file(const struct package *p, const struct manifest_file *f);
/** package_each() - files of the archive whose name begins with @folder ("quarantine/"), from *@i on;
 * NULL after the last. */
const struct manifest_file *package_each(const struct package *p, const char *folder, size_t *i);

/** package_db_check() - is the database @path one this program could have made, up to rows and
 * chains? Migrates it. Return: 0, -EBADMSG with @why, -EIO. */
int package_db_check(const char *path, char why[static PACKAGE_WHY_MAX]);
