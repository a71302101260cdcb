#include "drivers/display/display_drivers.h"

const struct display_ops *const display_drivers[] = { &display_window, &display_offscreen, NULL };
