/* The drivers of this class, for table.c. */
#pragma once

#include "drivers/display/display.h"

extern const struct display_ops display_offscreen, display_window;
