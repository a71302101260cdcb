/*
 * Number blocks: which shooting numbers a kiosk may give, by series. Blocks of one series never
 * overlap. Where a kiosk's block ends, it goes on in the next series it has a block in (rows.h).
 */
#pragma once

#include <sqlite3.h>

enum { BLOCK_WHY_MAX = 160, BLOCK_LAST = 9999 };

/**
 * block_set() - @kiosk gives @first…@last in @series, inside the caller's transaction, with its event
 * Numbers it gave already stay. @author: whose chain the event stands in.
 * Return: 0; -EINVAL not within 1…9999, or an id that cannot be; -EEXIST with @why: whose numbers
 * these are; -EIO.
 */
int block_set(sqlite3 *db, const char *author, const char *kiosk, const char *series, int first,
	      int last, char why[static BLOCK_WHY_MAX]);

/** block_plan() - blocks of @each numbers for @count kiosks that have none yet, one after the other from
 * the first free number of the job's series; past 9999 they go on in the next series.
 * Return: 0, -EINVAL, -EIO. */
int block_plan(sqlite3 *db, const char *author, const char *const *kiosks, int count, int each,
	       char why[static BLOCK_WHY_MAX]);

struct block_row {
	const char *kiosk, *series;
	int first, last, given; /* given: numbers of it that are somebody's */
};
int block_each(sqlite3 *db, int (*tell)(void *ctx, const struct block_row *b), void *ctx);
