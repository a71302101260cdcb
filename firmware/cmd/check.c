/* `tapshot check`: judge any JPEG and say why, with numbers. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/judge/judge.h"

static const char *const levels[] = { "pass", "warn", "fail", "error" };
static const char *const people[] = { "student", "photographer", "setup" };

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: tapshot check PHOTO... [--preset NAME] [--landmarks FILE] [--json]\n"
		    "       tapshot check --list-presets | --list-codes\n\n"
		    "Judges portraits by a preset (default chsi-480).\n"
		    "Exit status: 0 all pass or warn, 1 one fails, 2 one cannot be read.\n");
	return status;
}

static int list_codes(void)
{
	char id[48];

	printf("%-14s %-13s %s\n", "code", "who acts", "what to do");
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		snprintf(id, sizeof(id), "cure.%s", check_code_word((enum check_code)c));
		printf("%-14s %-13s %s\n", check_code_word((enum check_code)c),
		       people[check_code_who((enum check_code)c)], text_get(LANG_EN, id));
	}
	return 0;
}

static int list_presets(void)
{
	char dir[512], path[800];
	struct config_error err;
	struct preset l;
	struct dirent *e;
	DIR *d = preset_dir(dir, sizeof(dir)) == 0 ? opendir(dir) : NULL;

	while (d && (e = readdir(d))) {
		if (!strstr(e->d_name, ".conf"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (preset_load(path, NULL, &l, &err) < 0)
			fprintf(stderr, "tapshot check: %s\n", err.text);
		else
			printf("%-12s version %-4s %dx%d\n", l.limits.id, l.limits.version,
			       l.file.width_px, l.file.height_px);
	}
	if (d)
		closedir(d);
	return d ? 0 : EXIT_CANNOT;
}

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *findings_json(const struct check_result *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "code",
						      check_code_word((enum check_code)f->code),
						      "level", levels[f->level], "value",
						      number(f->value), "limit", number(f->limit)));
	}
	return list;
}

/* What the screen would say: the main reason only. */
static json_t *reasons_json(const struct check_result *r)
{
	json_t *list = json_array();
	enum check_code code = (enum check_code)r->findings[0].code;
	char id[48];
	int arrow;

	if (r->level == CHECK_PASS)
		return list;
	check_reason_id(r, 0, id, &arrow);
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:s, s:s}", "code", check_code_word(code),
					"who", people[check_code_who(code)], "text_zh",
					text_get(LANG_ZH, id), "text_en", text_get(LANG_EN, id)));
	return list;
}

static json_t *measures_json(const struct check_result *r)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < r->measure_count; i++)
		json_object_set_new(o, r->measures[i].name, number(r->measures[i].value));
	return o;
}

static json_t *outcome_json(const char *path, const struct judge_outcome *o)
{
	const struct check_result *r = &o->result;

	return json_pack("{s:s%, s:s, s:s, s:o, s:o, s:o, s:{s:i, s:i}, s:[i,i,i,i], s:{s:i, s:i}}",
			 "file", path, strlen(path), "verdict", levels[r->level], "preset",
			 r->preset, "findings", findings_json(r), "reasons", reasons_json(r),
			 "measures", measures_json(r), "size", "width_px", r->width_px, "height_px",
			 r->height_px, "face", r->face.x, r->face.y, r->face.w, r->face.h, "ms",
			 "decode", o->decode_ms, "judge", o->judge_ms);
}

static void print_json(const char *path, const struct judge_outcome *o)
{
	json_t *j = outcome_json(path, o);

	if (!j)
		return;
	json_dumpf(j, stdout, JSON_REAL_PRECISION(5));
	putchar('\n');
	json_decref(j);
}

static void print_report(const char *path, const struct judge_outcome *o)
{
	const struct check_result *r = &o->result;
	char id[48];
	int arrow;

	printf("%s: %s", path, levels[r->level]);
	check_reason_id(r, 0, id, &arrow);
	if (r->level != CHECK_PASS)
		printf(" (%s) %s / %s", check_code_word((enum check_code)r->findings[0].code),
		       text_get(LANG_ZH, id), text_get(LANG_EN, id));
	printf("\n");
	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		snprintf(id, sizeof(id), "cure.%s", check_code_word((enum check_code)f->code));
		printf("  %-4s %-13s value %.3g, limit %.3g; %s: %s\n", levels[f->level],
		       check_code_word((enum check_code)f->code), f->value, f->limit,
		       people[check_code_who((enum check_code)f->code)], text_get(LANG_EN, id));
	}
	printf("  %dx%d, preset %s, decode %d ms, judge %d ms\n ", r->width_px, r->height_px,
	       r->preset, o->decode_ms, o->judge_ms);
	for (uint32_t i = 0; i < r->measure_count; i++)
		printf(" %s=%.4g", r->measures[i].name, r->measures[i].value);
	printf("\n");
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static int check_file(struct judge *j, const char *path, int json)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	SCOPED_FREE uint8_t *data = NULL;
	struct judge_outcome o;
	size_t bytes = 0;
	int rc = fd < 0 ? -errno : judge_read(fd, &data, &bytes);

	if (rc < 0) {
		fprintf(stderr, "tapshot check: %s: %s\n", path, strerror(-rc));
		return EXIT_CANNOT;
	}
	judge_picture(j, data, bytes, &o);
	if (json)
		print_json(path, &o);
	else
		print_report(path, &o);
	image_unref(o.crop);
	return o.result.level == CHECK_ERROR  ? EXIT_CANNOT
	       : o.result.level == CHECK_FAIL ? EXIT_NO
					      : 0;
}

static int check_files(int argc, char **argv, const char *preset, const char *landmarks, int json)
{
	struct config_error err;
	struct judge j;
	char path[800];
	int status = 0;

	if (preset_path(preset, path, sizeof(path)) < 0) {
		fprintf(stderr, "tapshot check: no preset “%s” (see --list-presets)\n", preset);
		return EXIT_USAGE;
	}
	if (judge_open(path, NULL, landmarks, &j, &err) < 0) {
		fprintf(stderr, "tapshot check: %s\n", err.text);
		return EXIT_CANNOT;
	}
	if (!face_has_points(j.face))
		fprintf(stderr,
			"tapshot check: no 68-point model at %s: eyes, mouth, tilt and turn "
			"are not judged\n",
			landmarks);
	for (int i = 0; i < argc; i++)
		status = worse(status, check_file(&j, argv[i], json));
	judge_close(&j);
	return status;
}

static int take(int argc, char **argv, int *i, const char *name, const char **out)
{
	if (strcmp(argv[*i], name))
		return 0;
	if (*i + 1 >= argc)
		return -1;
	*out = argv[++*i];
	return 1;
}

int cmd_check(int argc, char **argv)
{
	const char *preset = "chsi-480", *landmarks = JUDGE_MODEL;
	struct cmd_common c;
	int kept = 0;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help)
		return usage(stdout, 0);
	for (int i = 1; i < argc; i++) {
		int took = take(argc, argv, &i, "--preset", &preset);

		if (!took)
			took = take(argc, argv, &i, "--landmarks", &landmarks);
		if (took > 0)
			continue;
		if (!took && !strcmp(argv[i], "--list-codes"))
			return list_codes();
		if (!took && !strcmp(argv[i], "--list-presets"))
			return list_presets();
		if (took < 0 || !strncmp(argv[i], "--", 2))
			return usage(stderr, EXIT_USAGE);
		argv[kept++] = argv[i];
	}
	if (!kept)
		return usage(stderr, EXIT_USAGE);
	return check_files(kept, argv, preset, landmarks, c.json);
}
