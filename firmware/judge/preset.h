/*
 * A preset: what one kind of finished picture must be, and by which limits an original is judged
 * for it. config/presets/ID.conf holds geometry and file; its key `limits = NAME` names NAME.limits
 * in the same directory, whose values hold where the preset says nothing. A job may set levels on
 * top (job.conf beside its database).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/config.h"
#include "firmware/check/limits.h"
#include "firmware/picture/picture.h"

/* What a finished picture made elsewhere may be: often wider than what is made here, since a rule's K
 * and M have two meanings. Where the preset says nothing, the same as `file`. */
struct preset_take {
	int width_min_px, width_max_px; /* the height follows from the proportion */
	int bytes_min, bytes_max;
	int bytes_floor; /* below it the rule refuses without further words; 0: none */
};

struct preset {
	struct check_limits limits;
	struct picture_spec file;
	int replace_red, replace_green, replace_blue; /* backdrop of file.backdrop, 0…255 */
	struct preset_take take;
	int background; /* enum preset_background */
	int warn; /* enum preset_warn */
};

enum preset_background { BACKGROUND_KEEP, BACKGROUND_REPLACE };
enum preset_warn { WARN_PASS, WARN_ASK }; /* ask: the photographer decides about a warning */

/**
 * preset_load() - preset file @path and the limits it builds on
 * @job: file with `level.CODE`, `warn` and `background` of one job on top, or NULL; one that does
 *	not exist changes nothing
 * Return: 0; -ENOENT and other errnos of open; -EINVAL with file and line in @err for anything
 * impossible.
 */
int preset_load(const char *path, const char *job, struct preset *out, struct config_error *err);

/** preset_finished() - can a picture of this size be the finished picture of @p as it is? */
bool preset_finished(const struct preset *p, int width_px, int height_px);

/** preset_path() - file of preset @name: TAPSHOT_PRESETS, config/presets beside the build tree,
 * /usr/share/tapshot/presets; a name with a slash is a path itself. Return: 0 or -ENOENT. */
int preset_path(const char *name, char *out, size_t size);

/** preset_dir() - the first of these directories that exists. */
int preset_dir(char *out, size_t size);
