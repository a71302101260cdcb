/* The catalogues: complete in both languages, and every id the program uses is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { IDS_MAX = 2000, PROMPT_MAX = 14 };

struct catalogue {
	int count;
	char *id[IDS_MAX];
};

static struct catalogue catalogues[LANG_COUNT];

static void read_catalogue(const char *path, struct catalogue *c)
{
	char line[1024], id[128];
	SCOPED_FILE FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "msgid \"%127[^\"]\"", id) == 1 && c->count < IDS_MAX)
			c->id[c->count++] = strdup(id);
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(text_init(NULL), 0);
	read_catalogue("config/locale/zh.po", &catalogues[LANG_ZH]);
	read_catalogue("config/locale/en.po", &catalogues[LANG_EN]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int l = 0; l < LANG_COUNT; l++)
		for (int i = 0; i < catalogues[l].count; i++)
			free(catalogues[l].id[i]);
	return 0;
}

static bool has(const struct catalogue *c, const char *id)
{
	for (int i = 0; i < c->count; i++)
		if (!strcmp(c->id[i], id))
			return true;
	return false;
}

static void both_languages_have_the_same_ids(void **state)
{
	int missing = 0;

	(void)state;
	for (int l = 0; l < LANG_COUNT; l++)
		for (int i = 0; i < catalogues[l].count; i++)
			if (!has(&catalogues[!l], catalogues[l].id[i])) {
				print_error("only in one language: %s\n", catalogues[l].id[i]);
				missing++;
			}
	assert_int_equal(missing, 0);
	assert_true(catalogues[0].count > 150);
}

static void every_id_has_a_sentence(void **state)
{
	(void)state;
	for (int l = 0; l < LANG_COUNT; l++)
		for (int i = 0; i < catalogues[l].count; i++) {
			const char *id = catalogues[l].id[i], *text = text_get((enum lang)l, id);

			assert_string_not_equal(text, id);
			assert_true(text[0]);
		}
}

static void the_student_reads_at_most_14_characters(void **state)
{
	int too_long = 0;

	(void)state;
	for (int i = 0; i < catalogues[LANG_ZH].count; i++) {
		const char *id = catalogues[LANG_ZH].id[i], *text = text_get(LANG_ZH, id);

		if (strncmp(id, "prompt.", 7) && strncmp(id, "reason.", 7) &&
		    strncmp(id, "hint.", 5))
			continue;
		if (text_length(text) > PROMPT_MAX) {
			print_error("%s: %s\n", id, text);
			too_long++;
		}
	}
	assert_int_equal(too_long, 0);
}

/* Placeholders of a sentence, sorted by first letter, as one string. */
static int count_placeholder(const char *text, const char *name)
{
	int n = 0;

	for (const char *p = strstr(text, name); p; p = strstr(p + 1, name))
		n++;
	return n;
}

static void placeholders_agree(void **state)
{
	(void)state;
	for (int i = 0; i < catalogues[LANG_ZH].count; i++) {
		const char *id = catalogues[LANG_ZH].id[i];
		const char *zh = text_get(LANG_ZH, id), *en = text_get(LANG_EN, id);
		char name[64];

		for (const char *p = strchr(zh, '{'); p; p = strchr(p + 1, '{')) {
			assert_int_equal(sscanf(p, "%63[^}]", name), 1);
			assert_int_equal(count_placeholder(zh, name), count_placeholder(en, name));
		}
		assert_int_equal(count_placeholder(zh, "{"), count_placeholder(en, "{"));
	}
}

/* --- ids in the code
 * ------------------------------------------------------------------------------ */

static const char *const prefixes[] = { "prompt.",  "notice.",	"fault.", "cure.",  "key.",
					"help.",    "entry.",	"kind.",  "label.", "reason.",
					"measure.", "finding.", "tick.",  "hint." };

/* A whole id: lower case, digits, dots and underscores, ending in a letter or digit. */
static bool is_id(const char *s)
{
	size_t n = strlen(s);
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		known = known ||
			(!strncmp(s, prefixes[i], strlen(prefixes[i])) && n > strlen(prefixes[i]));
	return known && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.") == n &&
	       s[n - 1] != '.' && s[n - 1] != '_';
}

static int check_file(const char *path)
{
	SCOPED_FILE FILE *f = fopen(path, "r");
	char line[1024];
	int missing = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *save = NULL;
		int part = 0;

		for (char *t = strtok_r(line, "\"", &save); t; t = strtok_r(NULL, "\"", &save))
			if (part++ % 2 && is_id(t) && !has(&catalogues[LANG_ZH], t)) {
				print_error("%s uses %s, which no catalogue has\n", path, t);
				missing++;
			}
	}
	return missing;
}

static void every_id_in_the_code_is_in_the_catalogues(void **state)
{
	static const char *const rooms[] = { "firmware/ui/*.c", "firmware/kiosk/*.c",
					     "firmware/check/*.c", "firmware/cmd/*.c" };
	int missing = 0;

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(rooms); r++) {
		glob_t g;

		if (glob(rooms[r], 0, NULL, &g))
			continue;
		for (size_t i = 0; i < g.gl_pathc; i++)
			missing += check_file(g.gl_pathv[i]);
		globfree(&g);
	}
	assert_int_equal(missing, 0);
}

/* Ids that the program builds from names of enum values; the headers are the source of the names.
 */
static void check_enum(const char *header, const char *prefix, const char *ids)
{
	SCOPED_FILE FILE *f = fopen(header, "r");
	char line[512], name[64], id[128];
	int found = 0, missing = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		size_t n = strlen(prefix);

		if (sscanf(line, " %63[A-Z0-9_],", name) != 1 || strncmp(name, prefix, n) ||
		    strstr(name, "_COUNT") || !strchr(line, ','))
			continue;
		for (char *p = name; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		snprintf(id, sizeof(id), "%s%s", ids, strchr(ids, '#') ? "" : name);
		if (!strncmp(ids, "entry.", 6) || !strncmp(ids, "kind.", 5))
			snprintf(id, sizeof(id), "%s%s", ids, name + n);
		found++;
		if (!has(&catalogues[LANG_ZH], id)) {
			print_error("no sentence for %s\n", id);
			missing++;
		}
	}
	assert_true(found > 3);
	assert_int_equal(missing, 0);
}

static void every_cause_has_a_sentence_and_a_cure(void **state)
{
	(void)state;
	check_enum("drivers/reader/reader.h", "READER_", "fault.");
	check_enum("drivers/reader/reader.h", "READER_", "cure.fault.");
	check_enum("drivers/camera/camera.h", "CAMERA_", "fault.");
	check_enum("drivers/camera/camera.h", "CAMERA_", "cure.fault.");
	check_enum("firmware/store/store.h", "STORE_", "fault.");
	check_enum("firmware/store/store.h", "STORE_", "cure.fault.");
}

static void words_of_the_trade_stay_inside(void **state)
{
	static const char *const zh[] = { "隔离", "访问", "错误" }, *const en[] = { "quarantine",
										    "visit",
										    "error" };

	(void)state;
	for (int i = 0; i < catalogues[LANG_ZH].count; i++) {
		const char *id = catalogues[LANG_ZH].id[i];

		assert_string_not_equal(text_get(LANG_ZH, id), "通过");
		for (size_t w = 0; w < ARRAY_SIZE(zh); w++) {
			assert_null(strstr(text_get(LANG_ZH, id), zh[w]));
			assert_null(strcasestr(text_get(LANG_EN, id), en[w]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_languages_have_the_same_ids),
		cmocka_unit_test(every_id_has_a_sentence),
		cmocka_unit_test(the_student_reads_at_most_14_characters),
		cmocka_unit_test(placeholders_agree),
		cmocka_unit_test(every_id_in_the_code_is_in_the_catalogues),
		cmocka_unit_test(every_cause_has_a_sentence_and_a_cure),
		cmocka_unit_test(words_of_the_trade_stay_inside),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
