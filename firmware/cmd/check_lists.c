/* `tapshot check --list-codes` and `--list-presets`. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/check_cmd.h"
#include "firmware/cmd/cmd.h"

static const char *const rules[] = { "fail", "warn", "off", "tick" };

static const char *cure(enum lang lang, const char *word)
{
	char id[64];

	snprintf(id, sizeof(id), "cure.%s", word);
	return text_get(lang, id);
}

/* The operator's question about what is only ticked. */
static const char *question(enum lang lang, const char *word)
{
	char id[64];

	snprintf(id, sizeof(id), "tick.%s", word);
	return text_get(lang, id);
}

static void print_code(enum check_code c, bool json)
{
	const char *word = check_code_word(c), *how;
	enum check_rule rule = check_code_rule(c);
	bool ticked = rule == CHECK_RULE_TICK;
	json_t *j;

	how = ticked ? "ticked" : "measured";
	if (!json) {
		printf("%-16s %-12s %-5s %-8s %s / %s\n", word, check_who_word(check_code_who(c)),
		       rules[rule], how, cure(LANG_EN, word), cure(LANG_ZH, word));
		return;
	}
	j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "code", word, "who",
		      check_who_word(check_code_who(c)), "level", rules[rule], "how", how,
		      "cure_en", cure(LANG_EN, word), "cure_zh", cure(LANG_ZH, word));
	if (ticked)
		json_object_set_new(j, "question_en", json_string(question(LANG_EN, word)));
	if (ticked)
		json_object_set_new(j, "question_zh", json_string(question(LANG_ZH, word)));
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(j);
}

int check_list_codes(bool json)
{
	if (!json)
		printf("%-16s %-12s %-5s %-8s %s\n", "code", "who acts", "level", "how",
		       "what to do");
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++)
		print_code((enum check_code)c, json);
	if (!json)
		printf("\nIn the order of blame. level: fail = may refuse, warn = never alone, "
		       "tick = the operator looks,\nthe machine never claims it. A preset or job "
		       "sets `level.CODE`.\n");
	return 0;
}

static const char *backdrops(const struct preset *p)
{
	const struct check_limits *l = &p->limits;

	return l->backdrop_blue && l->backdrop_white ? "blue or white"
	       : l->backdrop_blue		     ? "blue"
						     : "white";
}

static void print_preset(const struct preset *p, bool json)
{
	const struct check_limits *l = &p->limits;
	char size[32], bytes[32], limits[40];
	json_t *j;

	if (json) {
		j = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:s, "
			      "s:s}",
			      "id", l->id, "version", l->version, "limits", l->base,
			      "limits_version", l->base_version, "width_px", p->file.width_px,
			      "height_px", p->file.height_px, "width_min_px", p->file.width_min_px,
			      "dpi", p->file.dpi, "bytes_min", (int)p->file.bytes_min, "bytes_max",
			      (int)p->file.bytes_max, "quality_min", p->file.quality_min,
			      "quality_max", p->file.quality_max, "extension", p->file.extension,
			      "backdrop", backdrops(p));
		json_dumpf(j, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(j);
		return;
	}
	snprintf(size, sizeof(size), "%dx%d", p->file.width_px, p->file.height_px);
	snprintf(bytes, sizeof(bytes), "%lld-%lld", (long long)p->file.bytes_min,
		 (long long)p->file.bytes_max);
	snprintf(limits, sizeof(limits), "%s/%s", l->base, l->base_version);
	printf("%-12s %-7s %-10s %4d dpi  %-15s q%d-%-4d %-4s %-13s %s\n", l->id, l->version, size,
	       p->file.dpi, bytes, p->file.quality_min, p->file.quality_max, p->file.extension,
	       backdrops(p), limits);
}

static int is_conf(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && !strcmp(e->d_name + n - 5, ".conf") && e->d_name[0] != '.';
}

int check_list_presets(bool json)
{
	struct dirent **names = NULL;
	char dir[512], path[800];
	struct config_error err;
	struct preset p;
	int n = -1, status = 0;

	if (preset_dir(dir, sizeof(dir)) == 0)
		n = scandir(dir, &names, is_conf, alphasort);
	if (n <= 0) {
		fprintf(stderr, "tapshot check: no presets found (TAPSHOT_PRESETS, config/presets, "
				"/usr/share/tapshot/presets)\n");
		free(names);
		return EXIT_CANNOT;
	}
	if (!json)
		printf("%-12s %-7s %-10s %-9s %-15s %-8s %-4s %-13s %s\n", "id", "version", "size",
		       "dots", "bytes", "quality", "ext", "backdrop", "limits");
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (preset_load(path, NULL, &p, &err) < 0) {
			fprintf(stderr, "tapshot check: %s\n", err.text);
			status = EXIT_CANNOT;
		} else {
			print_preset(&p, json);
		}
		free(names[i]);
	}
	free(names);
	return status;
}
