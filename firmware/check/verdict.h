/* From measures to a verdict, and from a verdict to the sentence. */
#pragma once

#include "firmware/check/check.h"
#include "firmware/check/limits.h"
#include "firmware/check/measures.h"

struct check_crop {
	double x, y, w, h; /* picture px; w 0: no crop obeys the windows */
};

/** check_judge() - measure and decide. Never fails. */
void check_judge(const struct check_input *in, const struct check_limits *l, struct check_result *r,
		 struct check_crop *crop);

/** check_undecodable() - the result for bytes that are no picture; @fault: enum jpeg_fault. */
void check_undecodable(int fault, struct check_result *r);
