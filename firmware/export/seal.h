/*
 * Sealed parts: WinZip AES-256 archives below 4 GiB that 7-Zip opens with the job's passphrase.
 * Names inside are UTF-8 (flag set). Each part holds manifest.json, manifest.sig and SHA256SUMS of
 * its own contents.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/export/manifest.h"

enum { SEAL_PASSPHRASE_MIN = 8, SEAL_PASSPHRASE_MAX = 128 };
#define SEAL_PART_BYTES_MAX ((int64_t)3900 << 20)

/** seal_passphrase_set() - DATA/jobs/JOB/seal, mode 0600, destroyed with the job; never in job.db.
 * Return: 0, -EINVAL (length, characters), negative errno. */
int seal_passphrase_set(const char *data_dir, const char *job, const char *passphrase);
/** seal_passphrase() - Return: 0, -ENOENT none set. Wipe @out after use. */
int seal_passphrase(const char *data_dir, const char *job,
		    char out[static SEAL_PASSPHRASE_MAX + 1]);

struct seal; /* one part being made */

/** seal_open() - into @fd (empty, readable and writable; borrowed). NULL without memory. */
struct seal *seal_open(int fd, const char *passphrase, struct manifest *m);
/** seal_put() - one file from @from (whole) or memory; goes into the part's manifest.
 * Return: 0; -E2BIG: the part is full, close it and begin another; negative errno. */
int seal_put(struct seal *s, const char *path, int from);
int seal_put_bytes(struct seal *s, const char *path, const void *data, size_t bytes);
int64_t seal_bytes(const struct seal *s); /* of its contents so far */
/** seal_close() - manifest in, archive written. Return: 0, negative errno (the part is no use). */
int seal_close(struct seal *s, const char *data_dir);
