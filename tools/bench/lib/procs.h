/* What a kiosk and its workers use. */
#pragma once

#include <sys/types.h>

/** procs_cpu_ms() - user and system time of @pid (0: this process) so far; 0 when it is gone. */
double procs_cpu_ms(pid_t pid);
/** procs_peak_mb() - most memory @pid ever had resident (VmHWM), MiB. */
double procs_peak_mb(pid_t pid);
/** procs_children() - children of @parent into @out, at most @max. Return: how many. */
int procs_children(pid_t parent, pid_t *out, int max);
