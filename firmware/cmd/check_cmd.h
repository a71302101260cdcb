/* The pieces of `tapshot check`: what to judge, how to say it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "firmware/judge/judge.h"

/* --- check_inputs.c ------------------------------------------------------------------------------ */

struct check_paths {
	char **path; /* own */
	size_t count;
};

/**
 * check_paths_add() - a file, every *.jpg and *.jpeg below a folder, or what a quoted pattern finds
 * Folders and patterns in order of names; hidden files are left out.
 * Return: 0; 1 nothing there (said on stderr); -ENOMEM.
 */
int check_paths_add(struct check_paths *p, const char *arg);
void check_paths_free(struct check_paths *p);

/* --- check_lists.c ------------------------------------------------------------------------------- */

int check_list_codes(bool json);
int check_list_presets(bool json);

/* --- check_trouble.c ----------------------------------------------------------------------------- */

enum { CHECK_TROUBLE_MAX = 160 };

/** check_trouble() - why nothing could be judged, in English: "not a JPEG (it is a PNG)"; "" when
 * something was. Return: @out. */
const char *check_trouble(const struct check_result *r, const uint8_t *data, size_t bytes,
			  char out[CHECK_TROUBLE_MAX]);

/* --- check_report.c ------------------------------------------------------------------------------ */

const char *check_level_word(uint32_t level); /* "pass", "warn", "fail", "error" */
const char *check_who_word(enum check_who who);

struct check_subject { /* one picture and what was found */
	const char *path;
	const char *trouble; /* of check_trouble() */
	const struct judge_outcome *o;
};

/** check_print_json() - one object in one line; keys: firmware/check/README.md. */
void check_print_json(FILE *to, const struct check_subject *s);

/** check_print_report() - for people. @limits: those in force; NULL: without the table of measures. */
void check_print_report(FILE *to, const struct check_subject *s, const struct check_limits *limits);

/* What came out over many pictures. */
struct check_tally {
	size_t pictures, levels[CHECK_LEVEL_COUNT];
	size_t codes[CHECK_CODE_COUNT][CHECK_LEVEL_COUNT]; /* pictures with this finding */
	size_t main[CHECK_CODE_COUNT]; /* in which it was the main reason */
	long long ms;
};

void check_tally_add(struct check_tally *t, const struct judge_outcome *o);
void check_tally_print(FILE *to, const struct check_tally *t);

/* --- check_annotate.c ---------------------------------------------------------------------------- */

/**
 * check_annotate() - the picture in @data with boxes, points, lines and zones drawn, as PNG
 * Return: 0 or negative errno (-EINVAL: not decodable).
 */
int check_annotate(const uint8_t *data, size_t bytes, const struct judge_outcome *o,
		   const struct check_limits *limits, const char *png);
