/* Presets, limits and jobs: what is impossible is refused at load, with file, line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/preset.h"

static char folder[] = "/tmp/tapshot-presets-XXXXXX";
static char said_text[sizeof(((struct config_error *)0)->text)];

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void write_file(const char *name, const char *text)
{
	SCOPED_FILE FILE *f = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
}

/* A file of config/presets with one line replaced; its number, 0 appended. */
static int copy_with(const char *from, const char *to, const char *key, const char *line)
{
	char source[800], text[800], all[16000] = "";
	SCOPED_FILE FILE *f = NULL;
	int n = 0, at = 0;

	assert_int_equal(preset_dir(source, sizeof(source) - 100), 0);
	snprintf(source + strlen(source), 100, "/%s", from);
	f = fopen(source, "r");
	assert_non_null(f);
	while (fgets(text, sizeof(text), f)) {
		bool here = !strncmp(text, key, strlen(key)) && key[0];

		n++;
		at = here ? n : at;
		strcat(all, here ? line : text);
		if (here)
			strcat(all, "\n");
	}
	if (!at)
		strcat(all, line);
	write_file(to, all);
	return at;
}

static int load(const char *conf, const char *job)
{
	char path[200], job_path[200];
	struct config_error err = { "" };
	struct preset p;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", folder, conf);
	snprintf(job_path, sizeof(job_path), "%s/%s", folder, job ? job : "");
	rc = preset_load(path, job ? job_path : NULL, &p, &err);
	memcpy(said_text, err.text, sizeof(said_text));
	return rc;
}

static void assert_refused(const char *conf, const char *job, const char *where, const char *key)
{
	if (load(conf, job) >= 0)
		fail_msg("%s %s was taken", conf, job ? job : "");
	if (!strstr(said_text, where) || !strstr(said_text, key))
		fail_msg("“%s” names neither %s nor %s", said_text, where, key);
}

static void an_impossible_preset_is_refused_with_file_and_line(void **state)
{
	char where[60];

	(void)state;
	copy_with("portrait.limits", "portrait.limits", "", "");
	copy_with("chsi-480.conf", "good.conf", "", "");
	assert_int_equal(load("good.conf", NULL), 0);
	snprintf(where, sizeof(where), "bad.conf:%d:",
		 copy_with("chsi-480.conf", "bad.conf", "crop.eyes_min_px",
			   "crop.eyes_min_px = 310"));
	assert_refused("bad.conf", NULL, where, "crop.eyes_min_px");
	copy_with("chsi-480.conf", "bad.conf", "limits", "limits = nowhere");
	assert_refused("bad.conf", NULL, "bad.conf:", "limits");
	copy_with("chsi-480.conf", "bad.conf", "limits", "");
	assert_refused("bad.conf", NULL, "bad.conf", "limits");
	copy_with("chsi-480.conf", "bad.conf", "file.dpi", "");
	assert_refused("bad.conf", NULL, "bad.conf", "file.dpi");
	copy_with("chsi-480.conf", "bad.conf", "file.bytes_min", "file.bytes_min = 50000");
	assert_refused("bad.conf", NULL, "bad.conf:", "file.bytes_min");
	copy_with("chsi-480.conf", "bad.conf", "", "eyes.wide = 3\n");
	assert_refused("bad.conf", NULL, "bad.conf:", "eyes.wide");
	write_file("bad.conf", "\x01\x02\xff garbage\n[[[\n");
	assert_refused("bad.conf", NULL, "bad.conf:1", "");
}

static void a_fault_in_the_limits_file_is_named_there(void **state)
{
	char where[60];

	(void)state;
	snprintf(where, sizeof(where), "odd.limits:%d:",
		 copy_with("portrait.limits", "odd.limits", "roll.warn_deg", "roll.warn_deg = 30"));
	copy_with("chsi-480.conf", "odd.conf", "limits", "limits = odd");
	assert_refused("odd.conf", NULL, where, "roll.warn_deg");
	copy_with("portrait.limits", "odd.limits", "mouth.fail", "mouth.fail = much");
	assert_refused("odd.conf", NULL, "odd.limits:", "mouth.fail");
}

static void a_job_softens_and_is_refused_where_it_is_impossible(void **state)
{
	(void)state;
	write_file("job.conf", "# ours\nlevel.mouth_open = warn\nwarn = ask\nbackground = replace\n"
			       "roll.fail_deg = 12\n");
	assert_int_equal(load("good.conf", "job.conf"), 0);
	assert_int_equal(load("good.conf", "absent.conf"), 0);
	write_file("job.conf", "# ours\nlevel.underexposed = fail\n");
	assert_refused("good.conf", "job.conf", "job.conf:2:", "level.underexposed");
	write_file("job.conf", "level.colour_cast = fail\n");
	assert_refused("good.conf", "job.conf", "job.conf:1:", "level.colour_cast");
	write_file("job.conf", "\nroll.fail_deg = 4\n"); /* below the limits' warning */
	assert_refused("good.conf", "job.conf", "job.conf:2:", "roll.fail_deg");
	write_file("job.conf", "\n\nlevel.smile = off\n");
	assert_refused("good.conf", "job.conf", "job.conf:3:", "level.smile");
	write_file("job.conf", "warn = never\n");
	assert_refused("good.conf", "job.conf", "job.conf:1:", "warn");
	write_file("job.conf", "level.mask = fail\n"); /* nobody measures it */
	assert_refused("good.conf", "job.conf", "job.conf:1:", "level.mask");
	write_file("job.conf", "level.turned = tick\n");
	assert_refused("good.conf", "job.conf", "job.conf:1:", "level.turned");
	write_file("job.conf", "limits = elsewhere\n"); /* the record would lie */
	assert_refused("good.conf", "job.conf", "job.conf:1:", "limits");
	write_file("job.conf", "level.mask = off\n");
	assert_int_equal(load("good.conf", "job.conf"), 0);
}

static void every_preset_we_ship_is_sound(void **state)
{
	static const char *const ids[] = { "chsi-480", "xinhua-960", "qcp-upload",
					   "id-358",   "print-1in",  "print-2in" };
	struct config_error err;
	struct preset preset;
	char path[800];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		assert_int_equal(preset_path(ids[i], path, sizeof(path)), 0);
		if (preset_load(path, NULL, &preset, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(preset.limits.id, ids[i]);
		assert_string_equal(preset.limits.base, "portrait");
		assert_true(preset.limits.base_version[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_impossible_preset_is_refused_with_file_and_line),
		cmocka_unit_test(a_fault_in_the_limits_file_is_named_there),
		cmocka_unit_test(a_job_softens_and_is_refused_where_it_is_impossible),
		cmocka_unit_test(every_preset_we_ship_is_sound),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
