/* Where the descriptions of sheets and labels are. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/text.h"
#include "firmware/export/labels.h"
#include "firmware/export/sheets.h"

static int beside_program(char *out, size_t size)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *cut;

	if (n < 0)
		return -ENOENT;
	exe[n] = 0;
	while ((cut = strrchr(exe, '/')) && cut != exe) { /* build/tapshot, build/tests/test_x */
		*cut = 0;
		if ((size_t)snprintf(out, size, "%s/config/export", exe) < size &&
		    access(out, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

static int folder(char *out, size_t size)
{
	const char *dir = getenv("TAPSHOT_EXPORT");

	snprintf(out, size, "%s", dir ? dir : "/usr/share/tapshot/export");
	if (access(out, R_OK) == 0)
		return 0;
	return dir ? -ENOENT : beside_program(out, size);
}

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n > e && !strcmp(name + n - e, ending);
}

static int path_of(const char *name, const char *ending, char *out, size_t size)
{
	char dir[512];

	if (strchr(name, '/') || ends(name, ending))
		snprintf(out, size, "%s", name);
	else if (folder(dir, sizeof(dir)) < 0 ||
		 (size_t)snprintf(out, size, "%s/%s%s", dir, name, ending) >= size)
		return -ENOENT;
	return access(out, R_OK) ? -ENOENT : 0;
}

int sheet_path(const char *name, char *out, size_t size)
{
	return path_of(name, ".sheet", out, size);
}

int label_path(const char *name, char *out, size_t size)
{
	return path_of(name, ".labels", out, size);
}

void sheet_names(const char *ending, char *out, size_t size)
{
	struct dirent **all = NULL;
	char dir[512];
	int n = folder(dir, sizeof(dir)) < 0 ? 0 : scandir(dir, &all, NULL, alphasort);

	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		size_t used = strlen(out);

		if (ends(all[i]->d_name, ending) && used + strlen(all[i]->d_name) + 3 < size) {
			snprintf(out + used, size - used, "%s%s", used ? ", " : "", all[i]->d_name);
			out[strlen(out) - strlen(ending)] = '\0';
		}
		free(all[i]);
	}
	free(all);
}
