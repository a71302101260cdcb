/* `tapshot check` as a person or a script meets it: exit status, words, keys, folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/check.h"
#include "tools/virtual/portraits/portrait.h"

static char folder[] = "/tmp/tapshot-check-XXXXXX";
static char program[600];
static char out[400000], err[20000]; /* of the last run */

static void write_bytes(const char *name, const void *data, size_t bytes)
{
	SCOPED_FILE FILE *f = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, bytes, f), bytes);
}

static void write_portrait(const char *scene, const char *name)
{
	struct image *im = portrait_draw(portrait_scene_find(scene), 800, 1200);
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = portrait_jpeg(im, 92, &jpeg);

	write_bytes(name, jpeg, bytes);
	image_unref(im);
}

static void make_dir(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int set_up(void **state)
{
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 20);

	(void)state;
	if (n < 0 || !mkdtemp(folder))
		return -1;
	program[n] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/tapshot");
	make_dir("day");
	make_dir("day/inner");
	make_dir("empty");
	make_dir("marks");
	make_dir("jobs");
	make_dir("jobs/demo");
	write_portrait("good-1", "day/b-good.jpg");
	write_portrait("blink", "day/a-blink.JPG");
	write_portrait("good-2", "day/inner/good.jpeg");
	write_bytes("day/notes.txt", "no picture", 10);
	write_bytes("text.jpg", "no picture", 10);
	write_bytes("png.jpg", "\x89PNG\r\n\x1a\n", 8);
	write_bytes("nothing.jpg", "", 0);
	write_bytes("jobs/demo/job.conf", "level.eyes_closed = warn\n", 25);
	return 0;
}

static int tear_down(void **state)
{
	char command[80];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void slurp(const char *name, char *text, size_t size)
{
	SCOPED_FILE FILE *f = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, size - 1, f)] = '\0';
}

/* Runs in the folder. Return: exit status. */
static int run(const char *args)
{
	char command[2000];
	int status;

	snprintf(command, sizeof(command), "cd %s && %s check %s >.out 2>.err", folder, program,
		 args);
	status = system(command);
	slurp(".out", out, sizeof(out));
	slurp(".err", err, sizeof(err));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_says(const char *text, const char *want)
{
	if (!strstr(text, want))
		fail_msg("“%s” says no “%s”", text, want);
}

static json_t *one_object(void)
{
	json_error_t e;
	json_t *j = json_loads(out, 0, &e);

	if (!j)
		fail_msg("%s: %s", e.text, out);
	assert_string_equal(strchr(out, '\n'), "\n"); /* one line */
	return j;
}

static const char *word(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	assert_non_null(text);
	return text;
}

static void a_report_has_the_keys_that_are_documented(void **state)
{
	json_t *j, *f, *why;

	(void)state;
	assert_int_equal(run("--json day/a-blink.JPG"), 1);
	j = one_object();
	assert_string_equal(word(j, "verdict"), "fail");
	assert_string_equal(word(j, "file"), "day/a-blink.JPG");
	f = json_array_get(json_object_get(j, "findings"), 0);
	assert_string_equal(word(f, "code"), "eyes_closed");
	assert_string_equal(word(f, "level"), "fail");
	assert_true(json_number_value(json_object_get(f, "value")) <
		    json_number_value(json_object_get(f, "limit")));
	assert_int_equal(json_array_size(json_object_get(f, "region")), 4);
	why = json_array_get(json_object_get(j, "reasons"), 0);
	assert_string_equal(word(why, "code"), "eyes_closed");
	assert_string_equal(word(why, "who"), "student");
	assert_string_equal(word(why, "text_zh"), "眨眼了，再来一张");
	assert_string_equal(word(why, "text_en"), "You blinked · once more");
	assert_true(json_is_number(json_object_get(json_object_get(j, "measures"), "eye_ratio")));
	assert_true(json_is_number(json_object_get(json_object_get(j, "ms"), "decode")));
	assert_int_equal(json_array_size(json_object_get(j, "crop")), 4);
	json_decref(j);
}

static void what_is_no_picture_is_an_error_with_a_reason(void **state)
{
	json_t *j, *f;

	(void)state;
	assert_int_equal(run("--landmarks none --json png.jpg"), 2);
	j = one_object();
	assert_string_equal(word(j, "verdict"), "error");
	f = json_array_get(json_object_get(j, "findings"), 0);
	assert_string_equal(word(f, "code"), "undecodable");
	assert_says(word(j, "trouble"), "PNG");
	assert_int_equal(json_array_size(json_object_get(j, "reasons")), 1);
	json_decref(j);
	assert_int_equal(run("--landmarks none text.jpg nothing.jpg absent.jpg day/b-good.jpg"), 2);
	assert_says(out, "not a JPEG");
	assert_says(out, "it is empty");
	assert_says(out, "No such file");
	assert_says(out, "b-good.jpg: pass");
}

static void a_folder_is_judged_in_order_with_a_table(void **state)
{
	char *a, *b, *inner;

	(void)state;
	assert_int_equal(run("day"), 1);
	a = strstr(out, "day/a-blink.JPG: fail (eyes_closed)");
	b = strstr(out, "day/b-good.jpg: pass");
	inner = strstr(out, "day/inner/good.jpeg: pass");
	assert_true(a && b && inner && a < b && b < inner);
	assert_null(strstr(out, "notes.txt"));
	assert_says(inner, "3 pictures");
	assert_says(inner, "eyes_closed");
	assert_int_equal(run("--landmarks none --json \"day/*.jpg\" 'day/inn*'"), 0);
	assert_says(out, "day/b-good.jpg");
	assert_says(out, "day/inner/good.jpeg");
	assert_says(err, "2 pictures");
}

static void where_nothing_is_it_says_so(void **state)
{
	(void)state;
	assert_int_equal(run("empty"), 2);
	assert_says(err, "empty: no *.jpg");
	assert_int_equal(run("'day/*.xyz'"), 2);
	assert_says(err, "nothing fits");
}

static void wrong_usage_is_64(void **state)
{
	(void)state;
	assert_int_equal(run(""), 64);
	assert_int_equal(run("--nonsense day"), 64);
	assert_int_equal(run("--preset"), 64);
	assert_int_equal(run("--preset no-such day"), 64);
	assert_int_equal(run("--job absent --data . day"), 64);
	assert_int_equal(run("--job ../jobs/demo --data . day"), 64);
	assert_int_equal(run("day --annotate out.png"), 64);
	assert_int_equal(run("--help"), 0);
}

static void a_job_softens(void **state)
{
	(void)state;
	assert_int_equal(run("--job demo --data . day/a-blink.JPG"), 0);
	assert_says(out, "warn eyes_closed");
	write_bytes("jobs/demo/job.conf", "level.eyes_closed = maybe\n", 26);
	assert_int_equal(run("--job demo --data . day/a-blink.JPG"), 2);
	assert_says(err, "job.conf:1");
}

static void assert_png(const char *name, bool there)
{
	unsigned char head[8] = { 0 };
	SCOPED_FILE FILE *f = NULL;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	assert_int_equal(f && fread(head, 1, 8, f) == 8 && !memcmp(head, "\x89PNG", 4), there);
}

static void marks_are_drawn_beside(void **state)
{
	(void)state;
	assert_int_equal(run("day/a-blink.JPG --annotate one.png"), 1);
	assert_png("one.png", true);
	assert_int_equal(run("--landmarks none day --annotate marks"), 0);
	assert_png("marks/0001-a-blink.png", true);
	assert_png("marks/0003-good.png", true);
	assert_int_equal(run("--landmarks none day/b-good.jpg --annotate no/where.png"), 2);
	assert_int_equal(run("--landmarks none text.jpg --annotate none.png"), 2);
	assert_png("none.png", false);
}

static void lists_name_every_code_and_preset(void **state)
{
	(void)state;
	assert_int_equal(run("--list-codes"), 0);
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++)
		assert_says(out, check_code_word((enum check_code)c));
	assert_says(out, "ticked");
	assert_says(out, "measured");
	assert_null(strstr(out, "cure."));
	assert_int_equal(run("--list-presets"), 0);
	assert_says(out, "chsi-480");
	assert_says(out, "960x1280");
	assert_says(out, "300 dpi");
	assert_true(strstr(out, "id-358") < strstr(out, "xinhua-960"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_has_the_keys_that_are_documented),
		cmocka_unit_test(what_is_no_picture_is_an_error_with_a_reason),
		cmocka_unit_test(a_folder_is_judged_in_order_with_a_table),
		cmocka_unit_test(where_nothing_is_it_says_so),
		cmocka_unit_test(wrong_usage_is_64),
		cmocka_unit_test(a_job_softens),
		cmocka_unit_test(marks_are_drawn_beside),
		cmocka_unit_test(lists_name_every_code_and_preset),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
