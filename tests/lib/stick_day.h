/* An invented export for sticks: the same files for the same number, written through the writer. */
#pragma once

#include <stdbool.h>

#include "firmware/export/writer.h"

struct stick_day {
	unsigned int seed; /* of the pictures */
	unsigned int lists; /* of the lists, which change from run to run */
	int files; /* pictures */
	bool debris; /* what a pull and its repair left in the folders is no fault */
	int (*meddle)(void *ctx,
		      const struct writer_progress *p); /* with every progress, or NULL */
	void *meddler;
	/* of the last stick_day_write(): */
	int safe; /* files said to be verified, in the order written */
	enum writer_cause cause;
	char where[256];
};

/** stick_day_write() - all of it below @at/JOB, to the end. Return: 0 it said done, -1. */
int stick_day_write(struct stick_day *d, int at);
/** stick_day_check() - do the first @count files stand there whole? Says on stderr which not. */
bool stick_day_check(const struct stick_day *d, const char *at, int count);
/** stick_day_clean() - does nothing but this export stand there, nothing unfinished? */
bool stick_day_clean(const struct stick_day *d, const char *at);
