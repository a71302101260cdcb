/*
 * The people of a job and the picture that counts of each, read in one snapshot: what trees, lists
 * and print sheets are made of. Strings live as long as the `people`.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/base/image.h"

struct subject {
	int64_t id; /* person */
	const char *name, *sex, *student_no, *id_no, *doc_type, *exam_no, *level, *category,
		*study_form, *years, *class_name, *station, *branch, *campus, *major, *major_code,
		*grade, *cohort, *birth, *entered, *graduates, *school_type, *school_code,
		*school_name, *slot, *place, *team, *mailing, *remark, *paid, *source;
	const char *extra; /* header, value, header, value … each zero-terminated; ends with "" */
	const char *tag; /* of a capture code, "" none */
	const char *series;
	int seq; /* shooting number, 0 none */
	bool premarked, removed;
	bool walk_in; /* not of the roster: added at a kiosk */
	/* the picture that counts; shot 0: none */
	const char *kiosk, *verdict, *reason, *why, *sha256, *measures;
	int64_t shot, visit, bytes, stored_utc_ms;
	const char *how, *number_source; /* of the visit: card, typed …; why it was typed */
};

struct people {
	struct subject *all;
	int count;
	void *arena;
};

/** people_load() - everybody of the job, by series, then number, then class and 学号.
 * Return: 0, -EIO, -ENOMEM. */
int people_load(sqlite3 *db, struct people *out);
void people_free(struct people *p);

/** subject_field() - by roster header (学号, 班级, 拍摄序号 …), one of the job's own columns among
 * them where this person has a cell in it; NULL: no such field. */
const char *subject_field(const struct subject *s, const char *header, char buf[static 64]);

/** subject_field_known() - is @header the name of a field everybody has? */
bool subject_field_known(const char *header);

/** subject_masked() - who is meant, for a report on a terminal: number, 学号 and 身份证号 masked. */
void subject_masked(const struct subject *s, char *out, size_t size);

/** subject_original() - DATA/jobs/JOB/originals/KIOSK-NNNNNN.jpg of the picture that counts. */
void subject_original(const struct subject *s, const char *job_dir, char *out, size_t size);

struct preset;
/** subject_crop() - where the finished picture of @p lies, from the recorded measures.
 * Return: false when the record has none (accepted by hand, no face): judge the original again. */
bool subject_crop(const struct subject *s, const struct preset *p, struct image_crop *out);
