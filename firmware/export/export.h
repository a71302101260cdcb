/*
 * The plain export: what the school gets on a stick.
 *
 *   TO/JOB/照片/0001.jpg    accepted originals, byte-exact, by shooting number
 *   TO/JOB/名单.csv         the nine columns of the notice in its order, captured people; UTF-8 BOM
 *   TO/JOB/未采集名单.csv   people without a picture
 *   TO/JOB/SHA256SUMS       of everything above; `sha256sum -c` understands it
 *
 * Cells are plain text: a program that turns long numbers into 3.70E+17 does so on opening, not in
 * the file; import the column as text. Every file is written beside its name, fsynced, renamed,
 * read back past the cache and compared before the export says done.
 *
 * A file that is already there and holds the same bytes is left alone (an export cut short goes
 * on); one that differs is replaced only when the SHA256SUMS of an earlier export lists it with the
 * hash it has; anything else is somebody else's and refuses the export.
 */
#pragma once

#include <stddef.h>

#include "firmware/base/hash.h"

enum export_cause {
	EXPORT_OK,
	EXPORT_FULL,
	EXPORT_READ_ONLY,
	EXPORT_REMOVED, /* the target is gone or answers with I/O errors */
	EXPORT_FOREIGN, /* a file that is not ours stands there */
	EXPORT_DIFFERS, /* read back other bytes than written: a bad stick */
	EXPORT_SOURCE, /* an original is missing or altered */
	EXPORT_DATABASE,
	EXPORT_NAME, /* job name cannot be a folder */
};

struct export_report {
	enum export_cause cause;
	char where[192]; /* path inside the target, relative; for the terminal, not for a log */
	int photos, missing; /* people with and without a picture */
	int written, kept; /* files */
	char path[512]; /* TO/JOB */
};

/**
 * export_job() - export @job of @data_dir under @to, which must exist
 * Blocks for as long as the stick takes. Return: 0 or -1 with @report->cause.
 */
int export_job(const char *data_dir, const char *job, const char *to, struct export_report *report);

/** export_words() - for the terminal: what happened and what to do. */
const char *export_words(enum export_cause cause);
