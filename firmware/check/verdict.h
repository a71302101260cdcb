/* From measures to a verdict. */
#pragma once

#include "firmware/check/check.h"
#include "firmware/check/limits.h"
#include "firmware/check/measures.h"

/** check_judge() - measure and decide. Never fails. @m: the measures, set. */
void check_judge(const struct check_input *in, const struct check_limits *l,
		 struct check_measures *m, struct check_result *r);

/** check_judge_measured() - decide by measures that are there already (moire came later, or other
 * limits are asked for the same picture). */
void check_judge_measured(const struct check_input *in, const struct check_limits *l,
			  const struct check_measures *m, struct check_result *r);

/** check_undecodable() - the result for bytes that are no picture; @fault: enum jpeg_fault. */
void check_undecodable(int fault, struct check_result *r);

enum { CHECK_BOUNDS_MAX = 48 };

/* A measure and the limits in force for it: for reports and records. */
struct check_bound {
	const char *measure; /* its name */
	enum check_code code; /* of the finding beyond it */
	double warn, fail; /* NaN: it never does */
	bool at_least; /* the limits are minimums */
};

/** check_bounds() - all measures that have limits. Return: how many stand in @out. */
size_t check_bounds(const struct check_limits *l, struct check_bound out[CHECK_BOUNDS_MAX]);

/** check_reasons() - from sorted findings: which one or two the screen names. See reasons.c. */
void check_reasons(struct check_result *r);
