/*
 * Sealed parts: WinZip AES-256 archives below 4 GiB that 7-Zip opens with the job's passphrase.
 * Names inside are UTF-8 (flag set), times are constant. Each part holds manifest.json, manifest.sig
 * and SHA256SUMS of its own contents.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/export/manifest.h"

enum { SEAL_PASSPHRASE_MIN = 8, SEAL_PASSPHRASE_MAX = 128 };
#define SEAL_PART_BYTES_MAX ((int64_t)3900 << 20)

/** seal_passphrase_set() - DATA/jobs/JOB/seal, mode 0600, destroyed with the job; never in job.db.
 * Printable ASCII, no blank at either end: what every keyboard and every archive program agrees on.
 * Return: 0, -EINVAL (length, characters), -ENOENT no such job, negative errno. */
int seal_passphrase_set(const char *data_dir, const char *job, const char *passphrase);
/** seal_passphrase() - Return: 0, -ENOENT none set. Wipe @out after use. */
int seal_passphrase(const char *data_dir, const char *job,
		    char out[static SEAL_PASSPHRASE_MAX + 1]);
/** seal_passphrase_ok() - could it be one? */
bool seal_passphrase_ok(const char *passphrase);

struct seal; /* one part being made */

/** seal_open() - into @fd (empty, readable and writable; borrowed until seal_close() or seal_drop()).
 * @m is taken over. NULL without memory (@m is freed). */
struct seal *seal_open(int fd, const char *passphrase, struct manifest *m);
/** seal_put() - one file from @from (whole, from offset 0) or memory; goes into the part's manifest.
 * Both are read before the call returns. The archive grows in batches of some 32 MB.
 * Return: 0; -E2BIG: the part is full, close it and begin another with this file; -EFBIG: no part can
 * hold it; -EINVAL the path; negative errno. After anything but 0 and -E2BIG drop the part. */
int seal_put(struct seal *s, const char *path, int from);
int seal_put_bytes(struct seal *s, const char *path, const void *data, size_t bytes);
int64_t seal_bytes(const struct seal *s); /* of its contents so far */
int seal_files(const struct seal *s); /* put so far */
/** seal_close() - manifest in, archive written; frees @s. The caller syncs @fd.
 * Return: 0, negative errno (the part is no use). */
int seal_close(struct seal *s, const char *data_dir);
/** seal_drop() - give the part up; NULL is allowed. */
void seal_drop(struct seal *s);
