/* What one picture cannot tell: a strobe that missed, lamps that change over the day. Pure. */
#pragma once

#include <stddef.h>

enum { CHECK_HISTORY = 16, CHECK_HISTORY_FIRST = 3 };

struct check_history { /* zeroed: nothing seen yet */
	double light[CHECK_HISTORY]; /* a ring, linear light */
	size_t count, next;
	double first[CHECK_HISTORY_FIRST]; /* the first pictures: what the day began with */
};

enum check_light {
	CHECK_LIGHT_USUAL,
	CHECK_LIGHT_MISFIRE, /* two stops or more below the running median */
	CHECK_LIGHT_DRIFT, /* the running median is half a stop from where the day began */
};

/**
 * check_history_add() - remember the light of one more picture and say how it compares
 * @light: scene_light of measures.h, the same kind every time; NaN is not remembered
 *
 * The median is that of the last CHECK_HISTORY pictures before this one; with fewer than
 * CHECK_HISTORY_FIRST everything is usual. A misfire is remembered too, so that lamps turned down
 * on purpose become the usual after CHECK_HISTORY ÷ 2 pictures.
 */
enum check_light check_history_add(struct check_history *h, double light);
