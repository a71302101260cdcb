/*
 * Corrections after delivery (勘误). The school's list becomes errata, one a person; a human chooses
 * another frame of that person; the delta holds what changed. Nothing is overwritten: both pictures
 * stay, the old one superseded, and undo gives it back. Everything works on a job in DATA, and the job
 * may have come from archive packages after the kiosk was erased (merge.h).
 *
 * Events and errata are the office's own (kiosk id OFFICE), so that a kiosk's chain stays its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/roster/roster.h"
#include "firmware/roster/table.h"
#include "firmware/store/job.h"

#define ERRATA_KIOSK "OFFICE"

enum { ERRATA_WHY_MAX = 256 };

/** errata_open() - for writing; beside a running kiosk between two visits. A transaction is begun.
 * Return: 0; -EAGAIN somebody is being photographed; as job_open(). */
int errata_open(const char *data_dir, const char *job, struct job *out);
/** errata_close() - @keep: commit, else roll back. Return: 0, -EIO. */
int errata_close(struct job *j, bool keep);

enum errata_row {
	ERRATA_ADDED,
	ERRATA_ALREADY, /* open, or chosen and not delivered yet */
	ERRATA_NOBODY,
	ERRATA_SEVERAL, /* more than one person; more columns would tell */
	ERRATA_CONTRADICTS, /* the number is one person's, the name or 学号 another's */
	ERRATA_NO_PICTURE, /* of this person there is none at all */
	ERRATA_ROW_COUNT,
};
const char *errata_row_word(enum errata_row row);

struct errata_line {
	const char *sheet;
	int line;
	enum errata_row row;
	const char *id_no, *student_no, *name, *reason; /* as in the file */
	int64_t erratum, person; /* 0 none */
};
/**
 * errata_import() - a list of any roster format with 身份证号, 学号 or 姓名, and 原因
 * @each is told of every row. Return: 0; -EINVAL no sheet has such columns; -EIO.
 */
int errata_import(struct job *j, const struct table *t,
		  int (*each)(void *ctx, const struct errata_line *l), void *ctx);

struct erratum {
	const char *kiosk; /* whose: (kiosk, n) */
	int64_t n, person;
	const char *name, *student_no, *id_no, *class_name, *reason, *why; /* why: of the choice */
	const char *old_kiosk, *new_kiosk;
	int64_t old_shot, new_shot; /* 0 none */
	int64_t added_utc_ms, chosen_utc_ms;
	bool delivered;
};
/** errata_each() - in the order they came. @open_only: not delivered. */
int errata_each(sqlite3 *db, bool open_only, int (*each)(void *ctx, const struct erratum *e),
		void *ctx);

struct frame {
	char id[32]; /* K1-000041 */
	const char *kiosk, *state, *verdict, *reason, *why;
	int64_t shot, visit;
	int attempt;
	int64_t stored_utc_ms;
	bool counts; /* the picture as it stands */
	char path[JOB_PATH_MAX + 64];
};
/** errata_frames() - every attempt of @person, of all kiosks, oldest first. */
int errata_frames(sqlite3 *db, const char *job_dir, int64_t person,
		  int (*each)(void *ctx, const struct frame *f), void *ctx);

/** errata_person() - who @key is: document number, 学号, name or shooting number.
 * Return: id; 0 nobody; -E2BIG several; -EIO. */
int64_t errata_person(sqlite3 *db, const char *key);

/**
 * errata_choose() - frame @id becomes @person's picture, inside the transaction
 * Settles the open erratum of the person, else makes one.
 * Return: 0; -EINVAL with @why; -EIO.
 */
int errata_choose(struct job *j, int64_t person, const char *id, const char *reason,
		  char why[static ERRATA_WHY_MAX]);
/** errata_undo() - the last choice for @person taken back; a delivered one by an erratum of its own.
 * Return: 0; -EINVAL with @why; -EIO. */
int errata_undo(struct job *j, int64_t person, const char *reason, char why[static ERRATA_WHY_MAX]);
