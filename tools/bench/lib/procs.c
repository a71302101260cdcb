#include "tools/bench/lib/procs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"

/* The process's own clock, exact: what /proc tells is sampled by the tick and misses short bursts. */
double procs_cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

double procs_peak_mb(pid_t pid)
{
	char path[64], line[256];
	SCOPED_FILE FILE *in = NULL;
	double kb = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (!strncmp(line, "VmHWM:", 6))
			kb = atof(line + 6);
	return kb / 1024;
}

static int parent_of(pid_t pid)
{
	char path[64], line[1024] = "";
	SCOPED_FILE FILE *in = NULL;
	const char *at;
	int parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (!in || !fgets(line, sizeof(line), in) || !(at = strrchr(line, ')')) ||
	    sscanf(at, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

int procs_children(pid_t parent, pid_t *out, int max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d && n < max && (e = readdir(d)))
		if (atoi(e->d_name) > 0 && parent_of(atoi(e->d_name)) == parent)
			out[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return n;
}
