/* Steps of merge_package(); see merge.h. The package's database is attached as `pkg`. */
#pragma once

#include "firmware/office/merge.h"

/** merge_map() - temp tables: label (kiosk ids as they are kept), ahead (chains that bring news), map
 * (people of the package → people here, NULL new). */
int merge_map(struct job *j, const struct package *p);
/** merge_conflicts() - Return: 0; -EEXIST with @why. */
int merge_conflicts(struct job *j, char *why, size_t size);
/** merge_rows() - one transaction. */
int merge_rows(struct job *j, const struct package *p, struct merge_report *report);
/** merge_files() - pictures that are not here yet: durable before it returns. */
int merge_files(struct job *j, const struct package *p, const struct merge_options *o,
		struct merge_report *report);
