/* Invented scenes of every screen, for `tapshot screens` and the tests. */
#pragma once

#include "firmware/ui/scene.h"

/** sample_count(), sample_name() - how many there are; "framing", "fault-camera" … */
int sample_count(void);
const char *sample_name(int i);
/** sample_scene() - fill @out; sample_release() gives its pictures back. */
void sample_scene(int i, enum lang lang, struct scene *out);
void sample_release(struct scene *s);

/** sample_sheet_new() - an empty contact sheet for screens of this size. NULL without memory. */
struct image *sample_sheet_new(int width_px, int height_px);
/** sample_sheet_put() - the @i-th screen, reduced, into its place. */
void sample_sheet_put(struct image *sheet, const struct image *screen, int i);
