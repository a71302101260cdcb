/* `tapshot cut`: names, exit status, report, and what stands on the disk afterwards. */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/judge/preset.h"
#include "tools/virtual/portraits/portrait.h"

enum { ARGS_MAX = 24, PATH_BYTES = 256 };

static char dir[64] = "/tmp/tapshot-cut-XXXXXX";
static char photo[PATH_BYTES]; /* a portrait that passes */
static char text[65536]; /* what the last command printed */

static const char *in_dir(const char *name)
{
	static char paths[8][PATH_BYTES];
	static int next;
	char *p = paths[next++ % 8];

	snprintf(p, PATH_BYTES, "%s/%s", dir, name);
	return p;
}

static void put(const char *name, const void *data, size_t bytes)
{
	SCOPED_FILE FILE *f = fopen(in_dir(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, bytes, f), bytes);
}

static size_t get(const char *path, uint8_t **data)
{
	SCOPED_FILE FILE *f = fopen(path, "rb");
	struct stat st;

	if (!f)
		fail_msg("%s is not there", path);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*data = malloc((size_t)st.st_size + 1);
	assert_int_equal(fread(*data, 1, (size_t)st.st_size, f), st.st_size);
	return (size_t)st.st_size;
}

static void assert_same(const char *a, const char *b)
{
	SCOPED_FREE uint8_t *da = NULL, *db = NULL;
	size_t n = get(a, &da);

	assert_int_equal(get(b, &db), n);
	assert_memory_equal(da, db, n);
}

static int files(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while ((e = readdir(d)))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void make_photo(const char *scene, const char *name)
{
	struct image *im = portrait_draw(portrait_scene_find(scene), 1200, 1800);
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes;

	assert_non_null(im);
	bytes = portrait_jpeg(im, 92, &data);
	put(name, data, bytes);
	image_unref(im);
}

static int set_up(void **state)
{
	(void)state;
	text_init(NULL);
	if (!mkdtemp(dir))
		return -1;
	make_photo("good-1", "900000000000000001.jpg");
	snprintf(photo, sizeof(photo), "%s", in_dir("900000000000000001.jpg"));
	return 0;
}

static int tear_down(void **state)
{
	char rm[PATH_BYTES];

	(void)state;
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	return system(rm);
}

/* Runs the command with these words; its standard output goes to @text. */
static int run(const char *first, ...)
{
	char *argv[ARGS_MAX] = { (char *)(uintptr_t) "cut", (char *)(uintptr_t)first };
	SCOPED_FD int saved = dup(1);
	SCOPED_FD int to = memfd_create("said", MFD_CLOEXEC);
	int argc = 1, status;
	ssize_t n;
	va_list words;

	va_start(words, first);
	while (argv[argc])
		argv[++argc] = va_arg(words, char *);
	va_end(words);
	fflush(stdout);
	dup2(to, 1);
	status = cmd_cut(argc, argv);
	fflush(stdout);
	dup2(saved, 1);
	n = pread(to, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = 0;
	return status;
}

#define CUT(...) run(__VA_ARGS__, NULL)

static json_t *said(void)
{
	json_t *j = json_loads(text, 0, NULL);

	assert_non_null(j);
	return j;
}

static const char *word(json_t *j, size_t i, const char *key)
{
	const char *s = json_string_value(
		json_object_get(json_array_get(json_object_get(j, "cuts"), i), key));

	return s ? s : "";
}

static void a_recorded_geometry_gives_the_same_file_again(void **state)
{
	char geometry[80];
	json_t *j, *g;

	(void)state;
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("a.jpg"), "--landmarks",
			     "", "--json"),
			 0);
	j = said();
	assert_string_equal(word(j, 0, "preset"), "chsi-480");
	assert_int_equal(strlen(word(j, 0, "sha256")), 64);
	g = json_object_get(json_array_get(json_object_get(j, "cuts"), 0), "geometry");
	snprintf(geometry, sizeof(geometry), "%d,%d,%d,%d",
		 (int)json_integer_value(json_array_get(g, 0)),
		 (int)json_integer_value(json_array_get(g, 1)),
		 (int)json_integer_value(json_array_get(g, 2)),
		 (int)json_integer_value(json_array_get(g, 3)));
	json_decref(j);
	assert_int_equal(
		CUT(photo, "--preset", "chsi-480", "-o", in_dir("b.jpg"), "--geometry", geometry),
		0);
	assert_same(in_dir("a.jpg"), in_dir("b.jpg"));
	unlink(in_dir("a.jpg"));
	unlink(in_dir("b.jpg"));
	assert_int_equal(files(), 1);
}

static void several_files_come_from_one_call(void **state)
{
	(void)state;
	mkdir(in_dir("out"), 0755);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("out"), "--geometry",
			     "0,0,15360,20480", "--preset", "id-358", "-o", in_dir("out"),
			     "--geometry", "160,160,11456,14112"),
			 0);
	assert_int_equal(access(in_dir("out/900000000000000001-chsi-480.jpg"), R_OK), 0);
	assert_int_equal(access(in_dir("out/900000000000000001-id-358.jpg"), R_OK), 0);
}

static void a_folder_takes_the_name_and_the_presets_extension(void **state)
{
	SCOPED_FREE uint8_t *preset = NULL;
	char path[512];
	size_t n;
	char *at;

	(void)state;
	assert_int_equal(preset_path("chsi-480", path, sizeof(path)), 0);
	n = get(path, &preset);
	preset[n] = 0;
	at = strstr((char *)preset, "extension = jpg");
	assert_non_null(at);
	memcpy(at, "extension = JPG", 15);
	put("upper.conf", preset, n);
	mkdir(in_dir("upper"), 0755);
	assert_int_equal(CUT(photo, "--preset", in_dir("upper.conf"), "-o", in_dir("upper"),
			     "--geometry", "0,0,15360,20480"),
			 0);
	assert_int_equal(access(in_dir("upper/900000000000000001.JPG"), R_OK), 0);
}

static void the_original_and_devices_are_never_overwritten(void **state)
{
	SCOPED_FREE uint8_t *before = NULL, *after = NULL;
	size_t n = get(photo, &before);
	struct stat st;

	(void)state;
	assert_int_equal(
		CUT(photo, "--preset", "chsi-480", "-o", photo, "--geometry", "0,0,15360,20480"),
		EXIT_CANNOT);
	assert_int_equal(
		CUT(photo, "--preset", "chsi-480", "-o", dir, "--geometry", "0,0,15360,20480"),
		EXIT_CANNOT);
	assert_int_equal(get(photo, &after), n);
	assert_memory_equal(before, after, n);
	assert_int_equal(mkfifo(in_dir("pipe"), 0600), 0);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("pipe"), "--geometry",
			     "0,0,15360,20480"),
			 EXIT_CANNOT);
	assert_int_equal(stat(in_dir("pipe"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

static void who_cannot_be_placed_gets_a_reason_and_no_file(void **state)
{
	int before;
	json_t *j;

	(void)state;
	make_photo("empty", "nobody.jpg");
	before = files();
	assert_int_equal(CUT(in_dir("nobody.jpg"), "--preset", "chsi-480", "-o", in_dir("n.jpg"),
			     "--landmarks", "", "--json"),
			 EXIT_NO);
	j = said();
	assert_string_equal(word(j, 0, "error"), "no_face");
	assert_string_not_equal(word(j, 0, "text_zh"), "");
	json_decref(j);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("n.jpg"), "--geometry",
			     "9999,0,15360,20480", "--json"),
			 EXIT_NO);
	j = said();
	assert_string_equal(word(j, 0, "error"), "outside");
	json_decref(j);
	assert_int_equal(files(), before);
}

static void what_cannot_be_read_leaves_nothing(void **state)
{
	SCOPED_FREE uint8_t *data = NULL;
	size_t n = get(photo, &data);
	int before;
	json_t *j;

	(void)state;
	put("torn.jpg", data, n / 2);
	before = files();
	assert_int_equal(CUT(in_dir("torn.jpg"), "--preset", "chsi-480", "-o", in_dir("t.jpg"),
			     "--geometry", "0,0,15360,20480", "--json"),
			 EXIT_CANNOT);
	j = said();
	assert_string_equal(word(j, 0, "error"), "broken");
	json_decref(j);
	assert_int_equal(CUT(in_dir("absent.jpg"), "--preset", "chsi-480", "-o", in_dir("t.jpg"),
			     "--geometry", "0,0,15360,20480"),
			 EXIT_CANNOT);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("no/such/t.jpg"),
			     "--geometry", "0,0,15360,20480"),
			 EXIT_CANNOT);
	assert_int_equal(files(), before);
}

static void wrong_words_are_told_as_usage(void **state)
{
	(void)state;
	assert_int_equal(CUT(photo), EXIT_USAGE);
	assert_int_equal(CUT(photo, "--preset", "chsi-480"), EXIT_USAGE);
	assert_int_equal(CUT(photo, "-o", "x.jpg"), EXIT_USAGE);
	assert_int_equal(CUT("--preset", "chsi-480", "-o", "x.jpg"), EXIT_USAGE);
	assert_int_equal(CUT(photo, "--preset", "none-such", "-o", "x.jpg"), EXIT_USAGE);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", "x.jpg", "--geometry", "1,2,3"),
			 EXIT_USAGE);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", "x.jpg", "--background", "blue"),
			 EXIT_USAGE);
}

static void a_replaced_backdrop_stands_beside_the_plain_cut(void **state)
{
	json_t *j;

	(void)state;
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("r.jpg"), "--landmarks",
			     "", "--background", "replace", "--json"),
			 0);
	j = said();
	assert_string_equal(word(j, 0, "background"), "keep");
	assert_string_equal(word(j, 0, "out"), in_dir("r.jpg"));
	assert_string_equal(word(j, 1, "background"), "replace");
	assert_string_equal(word(j, 1, "out"), in_dir("r-replaced.jpg"));
	json_decref(j);
	assert_int_equal(access(in_dir("r.jpg"), R_OK), 0);
	assert_int_equal(access(in_dir("r-replaced.jpg"), R_OK), 0);
}

static void a_job_may_ask_for_the_replaced_backdrop(void **state)
{
	(void)state;
	mkdir(in_dir("jobs"), 0755);
	mkdir(in_dir("jobs/spring"), 0755);
	put("jobs/spring/job.conf", "background = replace\n", 21);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("j.jpg"), "--landmarks",
			     "", "--data", dir, "--job", "spring"),
			 0);
	assert_int_equal(access(in_dir("j-replaced.jpg"), R_OK), 0);
	assert_int_equal(CUT(photo, "--preset", "chsi-480", "-o", in_dir("j.jpg"), "--data", dir,
			     "--job", "none"),
			 EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_geometry_gives_the_same_file_again),
		cmocka_unit_test(several_files_come_from_one_call),
		cmocka_unit_test(a_folder_takes_the_name_and_the_presets_extension),
		cmocka_unit_test(the_original_and_devices_are_never_overwritten),
		cmocka_unit_test(who_cannot_be_placed_gets_a_reason_and_no_file),
		cmocka_unit_test(what_cannot_be_read_leaves_nothing),
		cmocka_unit_test(wrong_words_are_told_as_usage),
		cmocka_unit_test(a_replaced_backdrop_stands_beside_the_plain_cut),
		cmocka_unit_test(a_job_may_ask_for_the_replaced_backdrop),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
