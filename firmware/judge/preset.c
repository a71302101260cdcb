#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/judge/judge.h"

static int beside_program(char *out, size_t size)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *cut;

	if (n < 0)
		return -errno;
	exe[n] = 0;
	while ((cut = strrchr(exe, '/')) && cut != exe) { /* build/tapshot, build/tests/test_x */
		*cut = 0;
		if ((size_t)snprintf(out, size, "%s/config/presets", exe) < size &&
		    access(out, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int judge_preset_dir(char *out, size_t size)
{
	const char *dir = getenv("TAPSHOT_PRESETS");

	if (dir) {
		snprintf(out, size, "%s", dir);
		return access(out, R_OK) ? -ENOENT : 0;
	}
	snprintf(out, size, "/usr/share/tapshot/presets");
	if (access(out, R_OK) == 0)
		return 0;
	return beside_program(out, size);
}

int judge_preset_path(const char *name, char *out, size_t size)
{
	char dir[512];

	if (strchr(name, '/')) {
		snprintf(out, size, "%s", name);
	} else {
		if (judge_preset_dir(dir, sizeof(dir)) < 0)
			return -ENOENT;
		snprintf(out, size, "%s/%s.conf", dir, name);
	}
	return access(out, R_OK) ? -ENOENT : 0;
}
