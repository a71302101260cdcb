/* Who holds a device: for the log, so that staff can be told which program to close. */
#pragma once

/** owner_log() - find another process that has @node open and log its pid and command name, once
 * until it changes. What /proc hides from us is not named. */
void owner_log(const char *node);
