/* An open file as libzip reads and grows it in place. Private to the room. */
#pragma once

#include <zip.h>

/** seal_source() - over @fd (borrowed). NULL without memory. */
zip_source_t *seal_source(int fd);
