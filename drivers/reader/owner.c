#include "drivers/reader/owner.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"

#define LOG_MODULE "reader"
#include "firmware/base/log.h"

/* By the node itself: links and names may differ. */
static bool holds(const char *pid, const struct stat *node)
{
	char path[300];
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	d = opendir(path);
	while (d && !found && (e = readdir(d)))
		found = !fstatat(dirfd(d), e->d_name, &st, 0) && st.st_dev == node->st_dev &&
			st.st_ino == node->st_ino;
	if (d)
		closedir(d);
	return found;
}

static void read_comm(const char *pid, char out[static 32])
{
	SCOPED_FILE FILE *f = NULL;
	char path[300];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(out, 32, f))
		strcpy(out, "?\n");
	for (char *c = out; *c; c++)
		*c = *c == '\n' ? '\0' : isgraph((unsigned char)*c) ? *c : '_';
}

void owner_log(const char *node)
{
	static char told[300];
	char comm[32], now[300] = "";
	struct dirent *e;
	struct stat st;
	DIR *d = !stat(node, &st) ? opendir("/proc") : NULL;

	while (d && !now[0] && (e = readdir(d))) {
		if (!isdigit((unsigned char)e->d_name[0]) || atoi(e->d_name) == getpid() ||
		    !holds(e->d_name, &st))
			continue;
		read_comm(e->d_name, comm);
		snprintf(now, sizeof(now), "%.20s %.31s %.200s", e->d_name, comm, node);
		if (strcmp(now, told) != 0)
			log_w("claimed by another program pid=%.20s comm=%s device=%s", e->d_name,
			      comm, node);
	}
	if (d)
		closedir(d);
	if (now[0])
		strcpy(told, now);
}
