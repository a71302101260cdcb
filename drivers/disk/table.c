#include <stddef.h>
#include <string.h>

#include "drivers/disk/disk_drivers.h"
#include "firmware/base/cleanup.h"

static const struct disk_ops *const drivers[] = { &disk_plain, &disk_helper };

const struct disk_ops *disk_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return drivers[i];
	return NULL;
}
