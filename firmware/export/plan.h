/*
 * Everything an export will write, before its first byte: who is in, where each finished picture lies
 * in its original, every path, every archive part, and all that stands against it. Private to the
 * room.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "firmware/export/people.h"
#include "firmware/export/profile.h"
#include "firmware/export/template.h"
#include "firmware/judge/preset.h"

enum plan_fault_kind {
	PLAN_TEMPLATE, /* fault says which */
	PLAN_COLLISION, /* other: with whom; NULL: with a file of the package itself */
};

struct plan_fault {
	enum plan_fault_kind kind;
	enum template_fault fault;
	const struct subject *who, *other;
	int tree;
	char field[96]; /* header the fault is about; of a collision: the path */
};

/* A person's place in the package. */
struct plan_person {
	const struct subject *s;
	struct image_crop crop[PROFILE_TREES_MAX]; /* by preset; w 0: none */
	bool whole[PROFILE_TREES_MAX]; /* by preset: the original is this picture already */
	const char *uncut; /* reason word: some picture cannot be cut; NULL: all is well */
	char *path[PROFILE_TREES_MAX]; /* by tree, with the split's folder; NULL: not in it */
	bool left_out; /* by --leave-out, because of its name */
	bool outside_window; /* a picture's bytes: set while cutting */
	int part; /* in plan.parts */
};

/* One archive when sealed; one folder's worth of people. */
struct plan_part {
	char *folder; /* of the split, with its slash; "" none */
	char *name; /* path of the archive, without .zip */
	int first, count; /* in plan.people */
	bool kept; /* stands there whole from an export that was cut short */
	bool doubtful; /* somebody in it belongs on 需人工处理: seen while cutting */
};

struct plan_wish {
	const char *data_dir, *job;
	const struct subject *only; /* single: this person */
	bool leave_out; /* people whose names cannot be are left out instead of refused */
	int job_split; /* of the job's field */
	bool several_series; /* of the job, whoever is in this package */
};

struct plan {
	const struct profile *profile;
	char job_dir[512];
	struct preset presets[PROFILE_TREES_MAX];
	int preset_of[PROFILE_TREES_MAX]; /* of a tree; -1 the original */
	int preset_count;
	struct plan_person *people; /* sorted by part, then number */
	int count;
	struct plan_part *parts;
	int part_count;
	struct plan_fault *faults;
	int fault_count;
	int uncut, left_out, files;
	int64_t bytes; /* upper estimate of the pictures */
	bool several_series;
	int job_split;
};

enum plan_cause {
	PLAN_OK,
	PLAN_NAMES, /* faults stand against it */
	PLAN_PRESET, /* a preset of the profile cannot be read: text in @why */
	PLAN_FIELD, /* the profile names a field nobody has: in @why */
	PLAN_MEMORY,
};

/** plan_make() - @people must outlive the plan. @why at least 256 bytes. */
enum plan_cause plan_make(const struct profile *profile, const struct people *people,
			  const struct plan_wish *wish, struct plan *out, char why[static 256]);
void plan_free(struct plan *p);

/** plan_bytes() - at most what the file of @who in tree @t will have. */
int64_t plan_bytes(const struct plan *p, const struct plan_person *who, int t);

/** plan_folder() - where the split @split puts somebody: "", or a folder with its slash. */
void plan_folder(const struct plan *p, int split, const struct subject *s, char out[static 160]);

/* --- inside ------------------------------------------------------------------------------------ */

/** plan_crops() - fill crop[] and uncut of everybody. Return: 0, -ENOMEM. */
int plan_crops(struct plan *p, const struct plan_wish *wish);
/** plan_names() - fill path[], find what stands against them. Return: 0, -ENOMEM. */
int plan_names(struct plan *p, const struct plan_wish *wish);
/** plan_parts() - group people into parts. Return: 0, -ENOMEM. */
int plan_parts(struct plan *p);
int plan_complain(struct plan *p, const struct plan_fault *fault);
/** plan_key() - a path as file systems compare it: NFC, case folded. free() it. */
char *plan_key(const char *path);
