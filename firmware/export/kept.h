/*
 * Archives that an export cut short left whole on the stick. Each sealing has bytes of its own, so a
 * second export could not know them again; the kiosk notes what went into each (DATA/jobs/JOB/
 * derived/parts, digests only), and an archive that would hold the same and still has the noted bytes
 * is neither cut nor sealed nor written again. Private to the room.
 */
#pragma once

#include <stdbool.h>

#include "firmware/export/plan.h"
#include "firmware/export/sink.h"

/** kept_part() - does the archive of @part stand there, whole? Then it is put as kept. */
bool kept_part(const struct plan *p, int part, struct sink *s, int target);
/** kept_note() - remember the archive that was just added. Failing costs time only. */
void kept_note(const struct plan *p, int part, const struct sink *s);
