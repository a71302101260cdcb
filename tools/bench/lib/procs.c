#include "tools/bench/lib/procs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

struct fields {
	int parent;
	unsigned long user, system; /* clock ticks */
};

static int read_stat(pid_t pid, struct fields *f)
{
	char path[64], line[1024] = "";
	SCOPED_FILE FILE *in = NULL;
	const char *at;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (!in || !fgets(line, sizeof(line), in) || !(at = strrchr(line, ')')))
		return -1;
	return sscanf(at, ") %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &f->parent,
		      &f->user, &f->system) == 3
		       ? 0
		       : -1;
}

double procs_cpu_ms(pid_t pid)
{
	struct fields f;

	if (read_stat(pid, &f))
		return 0;
	return (double)(f.user + f.system) * 1000 / (double)sysconf(_SC_CLK_TCK);
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

int procs_children(pid_t parent, pid_t *out, int max)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	struct fields f;
	int n = 0;

	while (d && n < max && (e = readdir(d)))
		if (atoi(e->d_name) > 0 && !read_stat(atoi(e->d_name), &f) && f.parent == parent)
			out[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	return n;
}
