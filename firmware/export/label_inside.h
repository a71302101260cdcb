/* Inside the labels: a table of addresses. */
#pragma once

#include "firmware/export/labels.h"

struct address {
	char name[128], place[512], contact[128], phone[128];
};

struct addresses; /* opaque */

/** addresses_load() - of any roster format; @by: header of the column that names the station.
 * Return: 0; -EINVAL with @why; -ENOMEM. */
int addresses_load(const char *path, const char *by, struct addresses **out, char why[static 256]);
/** addresses_find() - NULL: none, also when @a is NULL. */
const struct address *addresses_find(const struct addresses *a, const char *name);
void addresses_free(struct addresses *a);
