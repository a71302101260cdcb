/*
 * The job sheet: one printed page both sides sign two weeks before the day. What is fixed (roster
 * with its hashes, people, time, place, headcount), and the dates counted back from when the prints
 * are needed.
 */
#pragma once

#include <sqlite3.h>

/** jobsheet_write() - A4 PDF of job @code at @path.
 * Return: 0, -EINVAL (@path does not end in .pdf), -ENOMEM, or what writing gave. */
int jobsheet_write(sqlite3 *db, const char *code, const char *path);

enum jobsheet_date {
	JOBSHEET_CONFIRM, /* both sides have fixed the six items */
	JOBSHEET_SHOT, /* last day of shooting, make-up included */
	JOBSHEET_SEND, /* pictures and data are with whoever processes them */
	JOBSHEET_NEEDED, /* the prints are needed */
	JOBSHEET_DATES,
};

/** jobsheet_plan() - dates counted back from @needed (60 days for processing, 3 for checking) and
 * two weeks before @first, the first day of shooting; all as 2026-11-21, "" where it follows from
 * nothing. Return: 1 when the last day of shooting comes too late for @needed, else 0. */
int jobsheet_plan(const char *needed, const char *first, const char *last,
		  char out[static JOBSHEET_DATES][11]);
