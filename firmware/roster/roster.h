/*
 * The roster of one job: people and the numbers they are known by, in job.db. Look-ups run on the
 * caller's own read-only connection; only import writes (before the kiosk runs, or through the
 * store).
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/identity/identity.h"

struct person {
	int64_t id; /* internal key: stable for the life of the job */
	char name[208];
	char sex[16];
	char student_no[32];
	char id_no[IDENTITY_MAX]; /* as the roster states it, normalised */
	char level[48], class_name[64], station[64], branch[64], major[64];
	char seq[8]; /* shooting number from the roster or given later; "" none yet */
	char series[16];
	bool walk_in; /* not of the roster: added at the kiosk */
	bool captured; /* an accepted picture exists, or the roster pre-marked it */
};

struct roster; /* opaque: prepared statements on one connection, one thread */

/** roster_open() - prepare look-ups on @db (may be read-only). Return: 0, -EIO. */
int roster_open(sqlite3 *db, struct roster **out);
void roster_close(struct roster *r);

enum { ROSTER_MATCHES_MAX = 8 };

/**
 * roster_find() - everybody known by exactly this document number
 * Compared in canonical form; a 15-digit number finds the person listed by the 18-digit one and the
 * other way round. Never a near miss.
 * Return: matches written to @out (0…max), or -EIO.
 */
int roster_find(struct roster *r, const char *number, struct person *out, int max);

/** roster_find_student_no() - by 学号, exact. */
int roster_find_student_no(struct roster *r, const char *student_no, struct person *out, int max);

/** roster_find_name() - by name, exact. */
int roster_find_name(struct roster *r, const char *name, struct person *out, int max);

/** roster_get() - by internal key. Return: 0, -ENOENT, -EIO. */
int roster_get(struct roster *r, int64_t id, struct person *out);

struct roster_counts {
	int64_t people, captured;
	int64_t unnumbered; /* people who will need a number of some kiosk's block */
	int64_t numbers_left; /* free numbers of this kiosk's block */
};

/** roster_counts() - for the operator's view. @kiosk names the block. */
int roster_counts(struct roster *r, const char *kiosk, struct roster_counts *out);

/* What tells two rosters apart, for the paper both sides sign. */
struct roster_seal {
	int64_t people;
	int64_t imported_utc_ms; /* the newest file; 0 none */
	char file_sha256[SHA256_HEX]; /* of that file; "" none */
	uint8_t sha256[SHA256_BYTES]; /* of everybody's number, 学号, name and 拍摄序号 */
};

/** roster_seal() - the same people give the same hash, in whatever order they came.
 * Return: 0, -EIO. */
int roster_seal(sqlite3 *db, struct roster_seal *out);

/* A row of a file that could not go in. */
struct roster_aside {
	char name[208], student_no[64], class_name[64], sheet[64];
	char faults[256]; /* row_fault_word()s, separated by blanks */
	int line;
};

/** roster_find_aside() - by name, 学号 or number as it stands in the file; not those a later file
 * brought. Return: how many (0…max), -EIO. */
int roster_find_aside(sqlite3 *db, const char *who, struct roster_aside *out, int max);

/* A job that is photographed before its roster comes. */
struct roster_sides {
	int64_t both, only_picture, only_roster;
};
int roster_sides(sqlite3 *db, struct roster_sides *out);
