#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"

/* Option with a value, "--x V" or "--x=V". Returns how many arguments it took, 0 not this one. */
static int take_value(int argc, char **argv, int i, const char *name, const char **out)
{
	size_t n = strlen(name);

	if (strncmp(argv[i], name, n))
		return 0;
	if (argv[i][n] == '=') {
		*out = argv[i] + n + 1;
		return 1;
	}
	if (argv[i][n])
		return 0;
	if (i + 1 >= argc) {
		fprintf(stderr, "tapshot: %s needs a value\n", name);
		return -1;
	}
	*out = argv[i + 1];
	return 2;
}

int cmd_common(int argc, char **argv, struct cmd_common *c)
{
	int kept = 0;

	memset(c, 0, sizeof(*c));
	for (int i = 0, took; i < argc; i += took) {
		took = take_value(argc, argv, i, "--data", &c->data);
		if (!took)
			took = take_value(argc, argv, i, "--config", &c->config);
		if (!took)
			took = take_value(argc, argv, i, "--job", &c->job);
		if (took < 0)
			return -1;
		if (took)
			continue;
		took = 1;
		if (!strcmp(argv[i], "--json"))
			c->json = 1;
		else if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			c->help = 1;
		else
			argv[kept++] = argv[i];
	}
	c->data_given = c->data != NULL;
	if (!c->data)
		c->data = getenv("TAPSHOT_DATA");
	if (!c->data)
		c->data = "/var/lib/tapshot";
	return kept;
}

int cmd_pick_job(const struct cmd_common *c, char out[static 64])
{
	char path[512];
	struct dirent *e;
	int found = 0;
	DIR *d;

	if (c->job) {
		text_copy(out, 64, c->job);
		return 0;
	}
	snprintf(path, sizeof(path), "%s/jobs", c->data);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		found++;
		text_copy(out, 64, e->d_name);
	}
	if (d)
		closedir(d);
	if (found == 1)
		return 0;
	fprintf(stderr,
		found ? "tapshot: %s holds %d jobs; name one with --job\n"
		      : "tapshot: %s holds no job; make one with: tapshot roster import FILE --job JOB\n",
		path, found);
	return -1;
}

int cmd_job_settings(const struct cmd_common *c, char *out, size_t size)
{
	char dir[560];

	out[0] = 0;
	if (!c->job)
		return 0;
	snprintf(dir, sizeof(dir), "%s/jobs/%s", c->data, c->job);
	if (!c->job[0] || strchr(c->job, '/') || c->job[0] == '.' || access(dir, X_OK) < 0) {
		fprintf(stderr, "tapshot: no job “%s” in %s\n", c->job, c->data);
		return -1;
	}
	snprintf(out, size, "%s/job.conf", dir);
	return 0;
}
