/* Inside of collect: the parts, one file each. */
#pragma once

#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/base/jpeg.h"
#include "firmware/judge/preset.h"
#include "firmware/office/collect.h"
#include "firmware/office/photo_facts.h"
#include "firmware/office/photo_print.h"
#include "firmware/store/job.h"

enum { FILES_MAX = 20000, PATH_BYTES_MAX = 1024 };

/* What a process saw in a file; in memory both processes share. */
enum seen_state { SEEN_NOT, SEEN_BEGUN, SEEN_DONE };
struct collect_seen {
	int state; /* enum seen_state; SEEN_BEGUN for ever: the picture killed its reader */
	int error; /* negative errno of reading */
	int fault; /* enum jpeg_fault */
	int64_t bytes;
	uint8_t sha256[SHA256_BYTES];
	char kind[12]; /* of no JPEG */
	struct photo_facts facts;
	struct jpeg_info info;
	bool grey; /* colour file without colour */
	bool printed, judged;
	struct photo_print print;
	struct check_result result;
};

struct collect_file { /* beside the photo of the same index; admission photos behind them */
	char *path; /* whole */
	struct collect_seen *seen;
	bool judge; /* the portrait check is wanted */
};

struct collecting {
	const struct collect_wish *w;
	struct collect *c;
	struct job job; /* dry run: only db, in memory */
	struct preset preset;
	char preset_path[800], job_conf[800], engine[32], model[SHA256_HEX];
	struct collect_file *files;
	int file_count; /* photos and admission photos */
	struct collect_seen *seen;
	int64_t now_utc_ms;
	char *why;
};

int collect_fail(struct collecting *g, int rc, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct collect_finding *collect_find(struct collecting *g, int photo, enum collect_code code,
				     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* collect_people.c: roster into the job, people out of it. */
struct roster_file;
int collect_bad_roster(struct collecting *g, const struct roster_file *f);
int collect_import(struct collecting *g);
int collect_people(struct collecting *g);
/* collect_names.c: the folder, and whose each file is. */
int collect_folder(struct collecting *g);
int collect_match(struct collecting *g);
/* collect_see.c */
int collect_see(struct collecting *g);
/* collect_check.c: findings of file and portrait; of files with each other. */
void collect_check(struct collecting *g);
int collect_same(struct collecting *g);
/* collect_keep.c: into the books. In a dry run only the fates. */
int collect_keep(struct collecting *g);
/* collect_disk.c: a batch of files into the vault, durable. */
int collect_store_files(struct collecting *g, const int *photos, int count, int64_t first_n);
void collect_sweep(struct collecting *g, int64_t last_n);
