/* `tapshot check`: judge any JPEG and say why, with numbers. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/check_cmd.h"
#include "firmware/cmd/cmd.h"

enum { PROGRESS_EVERY = 25 }; /* where stderr is no terminal */

struct options {
	const char *preset, *landmarks, *annotate;
	char job[600]; /* path of job.conf, "" none */
	bool json;
};

struct run {
	const struct options *opt;
	struct judge judge;
	struct check_paths paths;
	struct check_tally tally;
	size_t done;
	int status;
};

static int usage(FILE *to, int status)
{
	fprintf(to,
		"usage: tapshot check PHOTO|FOLDER|'PATTERN'... [options]\n"
		"       tapshot check --list-presets | --list-codes [--json]\n\n"
		"Judges portraits: what is wrong, by how much, and who mends it.\n\n"
		"  --preset NAME     what the picture is for (default chsi-480), or a path\n"
		"  --job JOB         with the job's own settings, DATA/jobs/JOB/job.conf (--data DIR)\n"
		"  --landmarks FILE  68-point model (default %s)\n"
		"  --json            one object per picture and line\n"
		"  --annotate OUT    draw boxes, points, lines and zones into OUT (PNG); with several\n"
		"                    pictures OUT is an existing folder\n\n"
		"Exit status: 0 all pass or warn, 1 one fails, 2 one cannot be read, 64 wrong usage.\n",
		JUDGE_MODEL);
	return status;
}

/* --- one picture ------------------------------------------------------------------------------- */

static int status_of(const struct check_result *r)
{
	return r->level == CHECK_ERROR ? EXIT_CANNOT : r->level == CHECK_FAIL ? EXIT_NO : 0;
}

/* OUT itself, or OUT/0007-name.png with several pictures. */
static int annotate(const struct run *g, const char *path, const uint8_t *data, size_t bytes,
		    const struct judge_outcome *o)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	SCOPED_FREE char *out = NULL;
	const char *dot = strrchr(name, '.');
	int stem = (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name)), rc;

	if (o->result.level == CHECK_ERROR)
		return 0;
	rc = g->paths.count > 1 ? asprintf(&out, "%s/%04zu-%.*s.png", g->opt->annotate, g->done + 1,
					   stem, name)
				: asprintf(&out, "%s", g->opt->annotate);
	if (rc < 0) {
		out = NULL;
		return -ENOMEM;
	}
	rc = check_annotate(data, bytes, o, &g->judge.preset.limits, out);
	if (rc < 0)
		fprintf(stderr, "tapshot check: %s: %s\n", out, strerror(-rc));
	return rc;
}

static void say(const struct run *g, const char *path, const uint8_t *data, size_t bytes,
		const struct judge_outcome *o)
{
	const struct check_limits *l = &g->judge.preset.limits;
	char trouble[CHECK_TROUBLE_MAX];
	struct check_subject s = { path, check_trouble(&o->result, data, bytes, trouble), o };

	if (g->opt->json)
		check_print_json(stdout, &s);
	else
		check_print_report(stdout, &s, g->paths.count > 1 ? NULL : l);
	fflush(stdout);
}

static int read_file(const char *path, uint8_t **data, size_t *bytes)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	return judge_read(fd, data, bytes);
}

static void check_one(struct run *g, const char *path)
{
	SCOPED_FREE struct judge_outcome *o = calloc(1, sizeof(*o));
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes = 0;
	int rc = o ? read_file(path, &data, &bytes) : -ENOMEM, status;

	if (!o) {
		fprintf(stderr, "tapshot check: %s\n", strerror(ENOMEM));
		g->status = EXIT_CANNOT;
		return;
	}
	if (rc < 0) {
		check_undecodable(rc, &o->result);
	} else {
		judge_picture(&g->judge, data, bytes, o);
		judge_moire(&g->judge, data, bytes, o);
	}
	say(g, path, data, bytes, o);
	check_tally_add(&g->tally, o);
	status = status_of(&o->result);
	if (g->opt->annotate && annotate(g, path, data, bytes, o) < 0)
		status = EXIT_CANNOT;
	if (status > g->status)
		g->status = status;
	image_unref(o->crop);
}

/* --- many -------------------------------------------------------------------------------------- */

static void progress(const struct run *g)
{
	size_t n = g->paths.count;

	if (n < 2 || isatty(STDOUT_FILENO))
		return; /* the reports themselves show it */
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu / %zu%s", g->done, n, g->done == n ? "\n" : "");
	else if (g->done % PROGRESS_EVERY == 0)
		fprintf(stderr, "tapshot check: %zu of %zu\n", g->done, n);
}

static void check_all(struct run *g)
{
	for (size_t i = 0; i < g->paths.count; i++) {
		check_one(g, g->paths.path[i]);
		g->done = i + 1;
		progress(g);
	}
	if (g->paths.count > 1)
		check_tally_print(g->opt->json ? stderr : stdout, &g->tally);
}

static int open_judge(struct run *g)
{
	const struct options *o = g->opt;
	struct config_error err;
	char path[800];

	if (preset_path(o->preset, path, sizeof(path)) < 0) {
		fprintf(stderr, "tapshot check: no preset “%s” (see --list-presets)\n", o->preset);
		return EXIT_USAGE;
	}
	if (judge_open(path, o->job[0] ? o->job : NULL, o->landmarks, &g->judge, &err) < 0) {
		fprintf(stderr, "tapshot check: %s\n", err.text);
		return EXIT_CANNOT;
	}
	if (!face_has_points(g->judge.face))
		fprintf(stderr,
			"tapshot check: no 68-point model at %s: eyes, mouth, gaze, glasses, tilt "
			"and turn are not judged\n",
			o->landmarks);
	return 0;
}

static bool fits_annotate(const struct run *g)
{
	struct stat st;
	bool folder = g->opt->annotate && stat(g->opt->annotate, &st) == 0 && S_ISDIR(st.st_mode);

	if (!g->opt->annotate || (g->paths.count > 1) == folder)
		return true;
	fprintf(stderr,
		g->paths.count > 1
			? "tapshot check: --annotate %s: with several pictures this must be a folder\n"
			: "tapshot check: --annotate %s: this is a folder; name the PNG\n",
		g->opt->annotate);
	return false;
}

static int check_run(struct run *g, int argc, char **argv)
{
	int rc;

	for (int i = 0; i < argc; i++) {
		rc = check_paths_add(&g->paths, argv[i]);
		if (rc)
			g->status = EXIT_CANNOT; /* what is there is judged all the same */
	}
	if (!g->paths.count)
		return EXIT_CANNOT;
	if (!fits_annotate(g))
		return EXIT_USAGE;
	rc = open_judge(g);
	if (rc)
		return rc;
	check_all(g);
	judge_close(&g->judge);
	return g->status;
}

/* --- options ----------------------------------------------------------------------------------- */

/* "--x V" or "--x=V". Return: 1 taken, 0 another one, -1 the value is missing. */
static int take(int argc, char **argv, int *i, const char *name, const char **out)
{
	size_t n = strlen(name);

	if (strncmp(argv[*i], name, n) || (argv[*i][n] && argv[*i][n] != '='))
		return 0;
	if (argv[*i][n] == '=') {
		*out = argv[*i] + n + 1;
		return 1;
	}
	if (*i + 1 >= argc) {
		fprintf(stderr, "tapshot check: %s needs a value\n", name);
		return -1;
	}
	*out = argv[++*i];
	return 1;
}

static int take_any(int argc, char **argv, int *i, struct options *o)
{
	int took = take(argc, argv, i, "--preset", &o->preset);

	if (!took)
		took = take(argc, argv, i, "--landmarks", &o->landmarks);
	return took ? took : take(argc, argv, i, "--annotate", &o->annotate);
}

/* Settings of one job; that it has none of its own is fine, that there is no such job is not. */
static int find_job(const struct cmd_common *c, struct options *o)
{
	char dir[560];

	if (!c->job)
		return 0;
	snprintf(dir, sizeof(dir), "%s/jobs/%s", c->data, c->job);
	if (!c->job[0] || strchr(c->job, '/') || c->job[0] == '.' || access(dir, X_OK) < 0) {
		fprintf(stderr, "tapshot check: no job “%s” in %s\n", c->job, c->data);
		return EXIT_USAGE;
	}
	snprintf(o->job, sizeof(o->job), "%s/job.conf", dir);
	return 0;
}

int cmd_check(int argc, char **argv)
{
	struct options o = { .preset = "chsi-480", .landmarks = JUDGE_MODEL };
	struct run g = { .opt = &o };
	bool codes = false, presets = false, literal = false;
	struct cmd_common c;
	int kept = 0, status;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help)
		return usage(stdout, 0);
	o.json = c.json;
	for (int i = 1; i < argc; i++) {
		int took = literal ? 0 : take_any(argc, argv, &i, &o);

		if (took < 0)
			return EXIT_USAGE;
		if (took)
			continue;
		if (literal || strncmp(argv[i], "--", 2))
			argv[kept++] = argv[i];
		else if (!argv[i][2])
			literal = true;
		else if (!strcmp(argv[i], "--list-codes"))
			codes = true;
		else if (!strcmp(argv[i], "--list-presets"))
			presets = true;
		else
			return fprintf(stderr, "tapshot check: unknown option %s\n", argv[i]),
			       usage(stderr, EXIT_USAGE);
	}
	if (codes || presets)
		return codes ? check_list_codes(o.json) : check_list_presets(o.json);
	status = find_job(&c, &o);
	if (status || !kept)
		return status ? status : usage(stderr, EXIT_USAGE);
	status = check_run(&g, kept, argv);
	check_paths_free(&g.paths);
	return status;
}
