/* One export under way. Private to the room. */
#pragma once

#include "firmware/export/export.h"
#include "firmware/export/list.h"
#include "firmware/export/plan.h"
#include "firmware/export/sink.h"
#include "firmware/export/trees.h"

/* A list's file, made before the first byte. */
struct export_file {
	char *part; /* archive it goes into when sealed */
	char *path;
	void *data;
	size_t bytes;
};

struct export_going {
	const struct export_wish *w;
	struct export_report *report;
	struct profile profile;
	sqlite3 *db;
	struct people people;
	struct plan plan;
	struct sink sink;
	struct export_file *files;
	int file_count;
	int64_t file_bytes;
	char kiosk[16], folder[256];
	char passphrase[SEAL_PASSPHRASE_MAX + 1];
	uint8_t manifest_sha256[SHA256_BYTES];
	bool scratch; /* archives are built on the kiosk's disk, then copied */
};

/** export_stop() - first cause wins. Return: -1. */
int export_stop(struct export_going *g, enum export_cause cause, const char *where);

/** export_lists() - every list of the profile into g->files. Return: 0 or -1. */
int export_lists(struct export_going *g);
/** export_delta_people() - only those stay. export_delta_lists() - only lists of delivered people stay.
 * export_delta_files() - what the caller adds, into g->files. Return: 0 or -1. */
void export_delta_people(struct export_going *g);
void export_delta_lists(struct export_going *g);
int export_delta_files(struct export_going *g);
/** export_uncut() - who needs a human; NULL: nobody. */
struct list *export_uncut(const struct export_going *g);
/** export_add_file() - @l as @path; of a .dbf its .cpg too. Takes over @l. */
int export_add_file(struct export_going *g, struct list *l, const char *part, const char *path);

/** export_sheets() - the profile's print sheets as one PDF. export_archive() - the job and every
 * attempt. Both into the sink. Return: 0 or -1. */
int export_sheets(struct export_going *g);
int export_archive(struct export_going *g);
/** export_papers() - 核对单, 说明, stats.json, after everything else is in. Return: 0 or -1. */
int export_papers(struct export_going *g);
/** export_manifest() - manifest, signature, sums, of everything put so far; export_sums() - the sums
 * alone. Return: 0 or -1. */
int export_manifest(struct export_going *g);
int export_sums(struct export_going *g);
/** export_room() - room below the folder @to, before anything is made there. export_expect() - tell the
 * writer everything that will be put. Return: 0 or -1. */
int export_room(struct export_going *g, int to);
int export_expect(struct export_going *g);
/** export_scratch_room() - could the largest archive be built in @dir? Else on the stick itself. */
bool export_scratch_room(const struct export_going *g, const char *dir);
/** export_failed() - what the sink or the writer said. Return: -1. */
int export_failed(struct export_going *g);
void export_free_files(struct export_going *g);
