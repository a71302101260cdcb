/*
 * The files of a package's sealed parts, one at a time, without unpacking the parts. A part counts
 * when it is laid out as ours (zip_walk.h), opens with the passphrase, and its own manifest is signed
 * by the key of the package around it; a file when its bytes have the digest of that manifest.
 */
#pragma once

#include "firmware/export/manifest.h"

enum { UNSEAL_WHY_MAX = 256 };

struct unseal; /* opaque */

/** unseal_open() - every part @outer lists, in the folder @dir (borrowed as long as the handle lives)
 * Return: 0; -ENOENT there is none; -EACCES the passphrase opens none; -EBADMSG with @why; -ENOMEM. */
int unseal_open(int dir, const struct manifest_view *outer, const char *passphrase,
		struct unseal **out, char why[static UNSEAL_WHY_MAX]);
void unseal_close(struct unseal *u); /* NULL is allowed */
/** unseal_files() - of all parts, sorted by path. */
size_t unseal_files(const struct unseal *u, const struct manifest_file **out);
/** unseal_file() - @path's bytes, checked, in a nameless file in memory, at offset 0.
 * Return: descriptor; -ENOENT, -EFBIG (over 1 GiB), -EBADMSG, -ENOMEM. */
int unseal_file(struct unseal *u, const char *path);
