/*
 * An export: what the school gets on a stick, as a profile (profile.h) says.
 *
 * Without a profile it is the plain one:
 *   TO/JOB/照片/0001.jpg    accepted originals, byte-exact, by shooting number
 *   TO/JOB/名单.csv         the nine columns of the notice in its order, captured people; UTF-8 BOM
 *   TO/JOB/未采集名单.csv   people without a picture
 *   TO/JOB/SHA256SUMS       of everything above; `sha256sum -c` understands it
 * With one it goes into TO/JOB-PROFILE/, originals into TO/JOB-originals/.
 *
 * Order: every name is checked and the room is counted before the first byte; lists; finished
 * pictures; what was written is read back; manifest; "deliverables safe"; then originals as a package
 * of their own. Files of an earlier export: see writer.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/hash.h"
#include "firmware/export/writer.h"

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
	EXPORT_PROFILE, /* no such profile, or it or its presets are wrong: detail */
	EXPORT_KIND, /* the profile is for another kind of job */
	EXPORT_NAMES, /* names that cannot be, in report.faults; nothing was written */
	EXPORT_PASSPHRASE, /* the job has none and the profile seals */
	EXPORT_PERSON, /* a profile for one person, and none or several were named */
	EXPORT_TOO_LARGE, /* for this file system */
	EXPORT_REFUSED_NAME, /* by this file system */
	EXPORT_CANCELLED,
	EXPORT_KEY, /* the kiosk's key cannot be used */
	EXPORT_IO, /* memory or files of the kiosk itself */
	EXPORT_CAUSE_COUNT,
};

/* Something that stands against a name. */
struct export_fault {
	char who[96], other[96]; /* masked; other "" none */
	char field[96]; /* header; of a collision: the path */
	char word[24]; /* "empty_field" …, "collision" */
};

struct export_report {
	enum export_cause cause;
	char where[192]; /* path inside the target, relative; for the terminal, not for a log */
	char detail[256];
	int photos, missing; /* people with and without a picture */
	int written, kept; /* files */
	char path[512]; /* TO/JOB */
	/* of a profile's package */
	char profile[32];
	int pictures; /* finished files, all trees */
	int uncut, left_out, outside_window; /* people on the list 需人工处理 */
	int unprinted; /* people who are on no print sheet */
	int blank; /* people with an empty cell in the table whose columns the profile names */
	int lost_chars; /* characters a list's encoding lacks, shown as 〓 */
	int parts; /* archives */
	bool sealed, safe; /* safe: verified by reading back */
	bool recorded; /* noted in the job's ledger */
	struct export_fault *faults; /* at most EXPORT_FAULTS_MAX */
	int fault_count; /* of all */
};

enum { EXPORT_FAULTS_MAX = 200 };

enum export_originals { EXPORT_ORIGINALS_PROFILE, EXPORT_ORIGINALS_NOW, EXPORT_ORIGINALS_LATER };

/* A delta after delivery: some people's deliverables once more, cut by the same profile, with what
 * the caller adds; into TO/JOB-勘误N-PROFILE/. Of the profile's lists those of delivered people. */
struct export_extra {
	const char *path;
	const void *data;
	size_t bytes;
};
struct export_delta {
	const int64_t *people; /* ids */
	int count;
	const struct export_extra *extra;
	int extra_count;
};

struct export_wish {
	const char *data_dir, *job, *to;
	const char *profile; /* name or path; NULL: plain */
	const char *kiosk; /* whose ledger notes it; NULL: the job's only one */
	const char *person; /* single: 身份证号 or 学号 or shooting number */
	const struct export_delta *delta; /* NULL: everybody */
	bool plain; /* not sealed although the profile seals */
	bool leave_out; /* people whose names cannot be are left out and listed */
	int (*progress)(void *ctx, const struct writer_progress *p);
	void *ctx;
};

/**
 * export_package() - one profile's package; blocks for as long as the stick takes
 * @report: zeroed by the call; export_report_fini() it
 * Return: 0, or -1 with report.cause (report.safe may be true when only the ledger failed).
 */
int export_package(const struct export_wish *w, struct export_report *report);
void export_report_fini(struct export_report *report);

/** export_job() - the plain export of @job below @to. Return: 0 or -1 with @report->cause. */
int export_job(const char *data_dir, const char *job, const char *to, struct export_report *report);

/** export_profiles() - the job's own list of profiles (field `profiles`), "" none. */
void export_profiles(const char *data_dir, const char *job, char *out, size_t size);
/** export_originals_after() - does @profile want the originals as a package of its own? */
bool export_originals_after(const char *profile);

/** export_words() - for the terminal: what happened and what to do. */
const char *export_words(enum export_cause cause);
/** export_fault_words() - what stands against a name and what to do. */
const char *export_fault_words(const char *word);
