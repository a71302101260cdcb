/*
 * Trees of pictures: each original is read and decoded once, however many trees want a picture of it.
 * Two threads cut ahead, the caller's writes in order. Private to the room.
 */
#pragma once

#include "firmware/export/plan.h"
#include "firmware/export/sink.h"

struct trees_report {
	int pictures;
	int outside_window; /* people */
	const struct subject *bad; /* original missing or altered: why it stopped */
	int failed; /* people whose picture could not be cut after all: plan_person.uncut is set */
};

/** trees_write() - all pictures of @p into @s; @target: the package's folder, -1 new. Return: 0; -1: @r->bad, or the sink says why. */
int trees_write(struct plan *p, struct sink *s, int target, struct trees_report *r);
