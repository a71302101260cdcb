/* The drivers of this class, for table.c, and what they share. */
#pragma once

#include "drivers/disk/disk.h"

extern const struct disk_ops disk_plain, disk_helper;

/** disk_fill() - what is mounted at info->path into @info. 0, negative errno. */
int disk_fill(struct disk_info *info);
