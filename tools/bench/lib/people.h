/* Invented people for the benches' rosters, and taps of their cards. */
#pragma once

#include "tests/lib/rig.h"

/** people_import() - a roster of @count people into the rig's job. */
bool people_import(struct rig *r, int count);
/** people_lay() - lay the card of @person (0 …) on the reader. */
bool people_lay(struct rig *r, int person);

/** event_wait() - the next event of @type (and @state, if not NULL) on connection @events.
 * Return: its time, ms; 0 when it does not come within 20 s. */
double event_wait(int events, const char *type, const char *state);
/** times_get() - field @name of the state's `times`; 0 not known. */
double times_get(struct rig *r, const char *name);
