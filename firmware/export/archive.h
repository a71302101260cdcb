/*
 * The archive in a package: everything a later merge or erratum needs.
 *
 *   存档/job.db                        consistent copy of the job's database, without passphrases
 *   存档/originals/KIOSK-NNNNNN.jpg    every attempt, whatever became of it
 *   存档/quarantine/...                pictures nobody claims
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"

#define ARCHIVE_FOLDER "存档"

struct archive_file {
	char *path; /* inside the package, UTF-8 */
	char *source; /* absolute; stays as it is until archive_close() */
	int64_t bytes;
	uint8_t sha256[SHA256_BYTES]; /* what the record says of an original */
};

struct archive; /* opaque */

/**
 * archive_open() - copy the database, list the files; beside a running kiosk too
 * The copy lies in the job's derived/ and goes with archive_close(). Files of rows are listed
 * whether they stand there or not: who puts them into the package finds what is missing.
 * Return: 0, -ENOENT no such job, -ENOMEM, negative errno.
 */
int archive_open(const char *data_dir, const char *job, struct archive **out);
/** archive_files() - job.db first. Live until archive_close(). */
size_t archive_files(const struct archive *a, const struct archive_file **out);
int64_t archive_bytes(const struct archive *a);
/** archive_close() - NULL is allowed. */
void archive_close(struct archive *a);
