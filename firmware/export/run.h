/*
 * What was delivered: rows of verified exports in job.db. They start the retention clock, lock the
 * people of a final export, and tell erase which pictures stand in a package somewhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/export/people.h"

struct export_run {
	const char *profile;
	const char *kind; /* full, delta, originals, lists */
	uint8_t manifest_sha256
		[SHA256_BYTES]; /* of manifest.json's bytes; sealed: of the first part's */
	int files;
	bool final; /* locks its people */
};

/**
 * export_run_record() - after everything was read back and compared; beside a running kiosk too
 * @kiosk: who exports (chain of the ledger event export.verified). @people: everybody who was in it;
 * the ones with a picture are recorded with it, and errata these pictures settle as delivered. NULL:
 * nobody (lists).
 * @n: number of the run, may be NULL.
 * Return: 0, -ENOENT, -EUCLEAN, -EBUSY, -EIO (nothing recorded).
 */
int export_run_record(const char *data_dir, const char *job, const char *kiosk,
		      const struct export_run *r, const struct people *people, int64_t *n);
