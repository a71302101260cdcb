/*
 * How often is the check right? Pictures whose truth is known are judged by the real decoder, face
 * engine and limits, and counted: drawn people (cells.c: one cell a fault), labelled photographs
 * (labels.c) and photographs made worse step by step (degrade.c).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "firmware/judge/judge.h"
#include "tools/virtual/portraits/portrait.h"

enum { TONES = 6 };
extern const uint32_t accuracy_tones[TONES]; /* skin, lightest first */

enum cell_kind {
	CELL_GOOD, /* must not be refused */
	CELL_GROSS, /* a fault that nobody may miss */
	CELL_FAULT, /* a fault that must refuse the picture */
	CELL_WARN, /* a fault that is to be seen, fail or warn */
};

/* A cell of the balanced set: people of all tones, all people, each with one of @levels. */
struct cell {
	const char *name;
	enum cell_kind kind;
	const char *codes; /* "blurred|moved": what may be said of it, the best first; "" good */
	const char *common; /* scene words of all pictures of the cell */
	const char *levels; /* '|' between: each picture takes the next one */
	int count, small_count; /* in the full and in the small set */
};
extern const struct cell accuracy_cells[];
extern const size_t accuracy_cell_count;

/* One picture to draw. */
struct drawn {
	size_t cell;
	int tone;
	struct portrait_scene scene;
};

/** drawn_list() - all pictures of the set, or @share of each cell; free *@out. Return: how many, 0 on a fault in a cell. */
size_t drawn_list(bool small, double share, struct drawn **out);

/* What is kept of a judged picture. */
struct judged {
	struct check_result result;
	bool done;
};

typedef void (*crew_task)(struct judge *j, size_t i, void *arg, struct check_result *out);

/**
 * crew_run() - do tasks 0 … @count − 1 in @workers forked processes
 * @j: opened once; the processes share the model's memory
 * Return: the results (crew_free() them), NULL on a failure of the system.
 */
struct judged *crew_run(struct judge *j, size_t count, int workers, crew_task task, void *arg);
void crew_free(struct judged *all, size_t count);

/** judged_level() - strongest level among findings of @codes ("a|b"); CHECK_PASS: none. */
enum check_level judged_level(const struct check_result *r, const char *codes);
/** judged_main() - the word of the main reason, "-" none. */
const char *judged_main(const struct check_result *r);
/** judged_measure() - a measure by name, NaN absent. */
double judged_measure(const struct check_result *r, const char *name);
/** codes_have() - is @word one of "a|b|c"? */
bool codes_have(const char *codes, const char *word);

/** accuracy_judge() - encode as a camera would and judge. */
void accuracy_judge(struct judge *j, const struct image *im, int quality, struct check_result *out);

/* --- tables ------------------------------------------------------------------------------- */

struct tally { /* of one cell */
	int pictures, failed, warned, main_right; /* failed, warned: by one of its codes */
	int refused; /* by any code */
};
struct tally cell_tally(const struct drawn *d, const struct judged *all, size_t n, size_t cell);

/** drawn_run() - draw and judge the set. Return: results (crew_free()), NULL on failure. */
struct judged *drawn_run(struct judge *j, const struct drawn *d, size_t n, bool small, int workers);

void print_cells(const struct drawn *d, const struct judged *all, size_t n);
void print_confusion(const struct drawn *d, const struct judged *all, size_t n);
void print_tones(const struct drawn *d, const struct judged *all, size_t n);
void print_costs(const struct judged *all, const bool *good, size_t n, const char *of);
void print_errors(const struct drawn *d, const struct judged *all, size_t n);
/** print_goals() - Return: how many are missed. */
int print_goals(const struct drawn *d, const struct judged *all, size_t n);

/* --- the stored table --------------------------------------------------------------------- */

/** table_write() - rates of every cell and errors of measures into @path. 0 or negative errno. */
int table_write(const char *path, bool small, const struct drawn *d, const struct judged *all,
		size_t n);
/** table_compare() - Return: rows that got worse, each said on @to; negative errno. */
int table_compare(const char *path, bool small, const struct drawn *d, const struct judged *all,
		  size_t n, FILE *to);

/* Mean error of a measure against what was drawn. */
struct error_row {
	const char *measure;
	double mean; /* absolute */
	int pictures;
};
enum { ERROR_ROWS = 6 };
void error_rows(const struct drawn *d, const struct judged *all, size_t n,
		struct error_row rows[ERROR_ROWS]);

/* --- photographs -------------------------------------------------------------------------- */

enum { PHOTO_FAULTS = 8 };
struct photo {
	char path[512];
	char name[128];
	char class[64];
	bool judged; /* its class can be judged by the machine */
	int fault_count; /* 0: nothing known to be wrong */
	struct photo_fault {
		const char *word; /* of the label */
		const char *codes; /* what may be said of it */
		bool gross; /* nobody may miss it */
	} faults[PHOTO_FAULTS];
};

/** photos_load() - LABELS.tsv of @folder; free *@out. Return: how many, or negative errno. */
int photos_load(const char *folder, struct photo **out);

/** photos_report() - judge them, print tables. @curve: how many of them are made worse too. */
int photos_report(struct judge *j, const char *folder, int workers, int curve, bool verbose);

/** degrade() - a step of a fault added to a portrait. @ied, @cx: px. image_unref() the result. */
enum degradation { WORSE_NONE, WORSE_BLUR, WORSE_MOTION, WORSE_EV, WORSE_HALF, WORSE_JPEG };
struct step {
	enum degradation what;
	double strength, deg; /* px at IED 112, EV, quality */
	const char *codes;
	bool gross; /* nobody may miss it */
};
extern const struct step degrade_steps[];
extern const size_t degrade_step_count;
struct image *degrade(const struct image *im, const struct step *s, double ied, double cx);

/** photo_image() - JPEG or PNG as pixels, at most 1,600 px wide; image_unref(). NULL: not one. */
struct image *photo_image(const char *path);
