/*
 * What lies open in every package, sealed or not, so without names or numbers of people:
 * 核对单.pdf (counts, chain heads, fingerprint, sign-off), 说明.txt (what is in it, how to open and
 * check it), stats.json.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/export/people.h"
#include "firmware/store/kiosk_key.h"

#define REPORT_SHEET  "核对单.pdf"
#define REPORT_README "说明.txt"
#define REPORT_STATS  "stats.json"

struct report_part { /* a sealed part, or a folder of an open package; no personal data in paths */
	const char *path;
	int files;
	int64_t bytes;
};

struct report_package {
	const char *job, *kiosk, *profile; /* profile: its title */
	bool sealed;
	int64_t made_utc_ms;
	uint8_t public_key[KIOSK_KEY_BYTES];
	const struct report_part *parts; /* may be none */
	size_t part_count;
	/* whom the package is about; a package of one 函授站 keeps its people only */
	const struct people *people;
	int (*keep)(const void *ctx, const struct subject *s); /* NULL: everybody */
	const void *ctx;
};

/* Each: free(*out). Return: 0, -ENOMEM, -EIO. */
int report_sheet(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes);
/** report_readme() - UTF-8 with BOM, CRLF: Windows' Notepad. */
int report_readme(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes);
int report_stats(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes);

/* --- counts, for all three -------------------------------------------------------------------- */

struct report_group { /* station and class of the roster, sorted so */
	const char *station, *class_name;
	int people, captured;
};

struct report_counts {
	int people, captured, missing; /* of the roster */
	int walk_in; /* captured though not on it */
	int typed; /* captured, identified by typing */
	int warned, anyway; /* captured with a remark of the check; accepted though it said no */
	struct report_group *groups;
	size_t group_count;
};

/** report_count() - free with report_counts_free(). Strings are the people's. */
int report_count(const struct report_package *p, struct report_counts *out);
void report_counts_free(struct report_counts *c);
