/*
 * Packages of several kiosks → one job. Everything is known by who made it: visits, shots, events,
 * remarks, exports by (kiosk, n), so a package that comes twice changes nothing, an older one after
 * a newer one neither, and the order of packages does not matter. People are joined by (kiosk, n), by
 * a common document number with the same 学号 (or the same shooting number), by the capture code.
 * Nothing is renumbered; what two kiosks say differently stays, and is listed for a human.
 *
 * A package goes in whole or not at all: pictures are copied, synced and renamed first, then the rows
 * follow in one transaction. Interrupted, the same call once more ends it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/office/package.h"
#include "firmware/store/job.h"

struct merge_report {
	char kiosks[128]; /* that photographed in this package: "K1", "K1 K2" */
	char fingerprint[KIOSK_FINGERPRINT_MAX];
	bool trusted; /* signed by a named signer */
	bool known; /* this very package is in already: nothing was done */
	int64_t people, joined; /* new; already here */
	int64_t visits, shots, events; /* new */
	int64_t pictures, bytes; /* copied */
	char why[PACKAGE_WHY_MAX * 2]; /* of a refusal; for the terminal */
};

struct merge_options {
	const char *const *signers; /* fingerprints; none: any */
	size_t signer_count;
	const char *passphrase; /* of sealed archives, NULL none */
	/* Between pictures; non-zero stops (-ECANCELED). May be NULL. */
	int (*progress)(void *ctx, int64_t done, int64_t total);
	void *ctx;
};

/**
 * merge_package() - folder @path into @j, opened for writing; an empty job takes its fields over
 * Return: 0; -EEXIST: it contradicts what is in (numbers, a kiosk id used twice), -EBADMSG: no package
 * we take, both with report->why and nothing changed; -ENOSPC; -ECANCELED; other negative errno.
 */
int merge_package(struct job *j, const char *path, const struct merge_options *o,
		  struct merge_report *report);

/** merge_prepare() - make room for a merge in @j: what an interrupted one left is removed. */
void merge_prepare(const struct job *j);

/** merge_close() - close @j; a job that nothing came into, and that was not there before, goes again. */
void merge_close(struct job *j);

/* --- for a human ------------------------------------------------------------------------------ */

enum double_kind {
	DOUBLE_PICTURES, /* one person, accepted pictures of several kiosks */
	DOUBLE_NUMBERS, /* one person, several shooting numbers */
	DOUBLE_PEOPLE, /* two records share a document number, not the 学号; pictures of both */
	DOUBLE_NAMES, /* kiosks know one record by different names */
};

struct merge_double {
	enum double_kind kind;
	int64_t person, other; /* other: of DOUBLE_PEOPLE */
	const char *name, *student_no, *id_no;
	const char
		*what; /* "K1-000003* K2-000041": * counts now; numbers; the other's 学号; names */
};

/** merge_doubles() - each once. Return: 0, what @each returned when not 0, -EIO. */
int merge_doubles(sqlite3 *db, int (*each)(void *ctx, const struct merge_double *d), void *ctx);
const char *merge_double_word(enum double_kind kind);
