/* Pictures for print sheets, cut from the originals of a job. */
#pragma once

#include "firmware/export/sheets.h"

struct sheet_cutter; /* opaque */

/**
 * sheet_cutter_new() - by the windows of the sheet's preset, scaled to the photo's height
 * @job_dir: DATA/jobs/JOB, its job.conf holds too
 * @landmarks: model for pictures whose record holds no face, or NULL: the usual one
 * Return: 0; -ENOENT no such preset; -EINVAL; @err says which.
 */
int sheet_cutter_new(const struct sheet_spec *s, const char *job_dir, const char *landmarks,
		     struct sheet_cutter **out, struct config_error *err);
void sheet_cutter_free(struct sheet_cutter *c);

/** sheet_cutter_cut() - a sheet_cut_fn. Also: -ENOENT the original is missing, -EUCLEAN altered,
 * -EBADMSG cannot be read, -ERANGE no face or no room for this photo, -EDOM too few pixels. */
int sheet_cutter_cut(void *ctx, const struct subject *s, int width_px, int height_px, void **jpeg,
		     size_t *bytes);
/** sheet_cut_word() - what to say of such an error. */
const char *sheet_cut_word(int error);

/** sheet_scale() - @p for a photo of these pixels: its geometry by height, the width by itself. */
struct preset;
void sheet_scale(struct preset *p, int width_px, int height_px);
