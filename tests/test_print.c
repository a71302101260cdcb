/* tapshot print: a job's own pictures on sheets, address labels, what is said when it cannot be. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/export.h"
#include "firmware/export/print.h"
#include "firmware/export/sheet_cut.h"
#include "firmware/judge/preset.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"
#include "tests/lib/school.h"

enum { PEOPLE = 12, PATH = 256 };

static char dir[64];
static struct school_person who[PEOPLE + 1];

static const char *in_dir(const char *name, char out[static PATH])
{
	snprintf(out, PATH, "%s/%s", dir, name);
	return out;
}

static void write_text(const char *name, const char *text)
{
	char path[PATH];
	SCOPED_FILE FILE *f = fopen(in_dir(name, path), "w");

	assert_non_null(f);
	fputs(text, f);
}

static bool stands(const char *name)
{
	char path[PATH];

	return access(in_dir(name, path), F_OK) == 0;
}

static char *said(const char *format, ...)
{
	static char out[1 << 18];
	char command[1024];
	va_list args;
	size_t n;
	FILE *p;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(out, 1, sizeof(out) - 1, p);
	out[n] = '\0';
	assert_int_equal(pclose(p), 0);
	return out;
}

static struct print_wish wish(const char *sheet, const char *out)
{
	static char path[PATH];

	return (struct print_wish){
		.sheet = sheet, .out = in_dir(out, path), .hand_in = -1, .keep = -1
	};
}

static void set_field(enum job_field f, const char *value)
{
	struct job j;

	assert_int_equal(job_open(dir, "TEST", false, &j), 0);
	assert_int_equal(sql_run(j.db, "BEGIN", ""), SQLITE_DONE);
	assert_int_equal(job_field_set(j.db, "K1", f, value), 0);
	assert_int_equal(sql_run(j.db, "COMMIT", ""), SQLITE_DONE);
	job_close(&j);
}

/* --- the cut ----------------------------------------------------------------------------------- */

/* The head is as high in the picture whatever its width, and never beyond the preset's windows. */
static void a_preset_is_scaled_to_the_photo(void **state)
{
	struct preset two, five;
	struct config_error err;
	char path[PATH];

	(void)state;
	assert_int_equal(preset_path("print-2in", path, sizeof(path)), 0);
	assert_int_equal(preset_load(path, NULL, &two, &err), 0);
	five = two;
	sheet_scale(&five, 390, 567); /* 33 × 48 */
	assert_int_equal(five.file.width_px, 390);
	assert_int_equal(five.file.height_px, 567);
	assert_int_equal(five.file.dpi, 300);
	assert_int_equal((int)(five.limits.window.eyes_aim_px * 1000 / 567),
			 (int)(two.limits.window.eyes_aim_px * 1000 / 626));
	assert_string_not_equal(five.limits.id, two.limits.id);
	sheet_scale(&two, 413, 626);
	assert_string_equal(two.limits.id, "print-2in");
}

/* --- sheets of a job --------------------------------------------------------------------------- */

static void everybody_with_a_picture_is_printed(void **state)
{
	struct print_wish w = wish("five-33x48", "all.pdf");
	struct print_result r;
	char list[PATH], *text;

	(void)state;
	w.list = in_dir("list.csv", list);
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.people, PEOPLE - 1);
	assert_int_equal(r.report.pages, PEOPLE - 1);
	assert_int_equal(r.without, 1); /* one did not come */
	assert_int_equal(r.report.left_out, 0);
	print_result_free(&r);
	text = said(
		"pdfimages -list %s | tail -n +3 | awk '{print $4, $5, $9, $13, $14}' | sort -u",
		w.out);
	assert_string_equal(text, "390 567 jpeg 300 300\n");
	text = said("pdftotext -f 2 -l 2 %s -", w.out);
	assert_non_null(strstr(text, "留存"));
	text = said("wc -l < %s; grep -c ',1,4' %s", list, list);
	assert_string_equal(text, "12\n11\n");
	assert_false(stands("all.pdf.part"));
}

static void one_class_one_person(void **state)
{
	struct print_wish w = wish("six-35x49", "some.pdf");
	struct print_result r;
	int in_class = 0;

	(void)state;
	for (int i = 1; i <= PEOPLE; i++)
		in_class += !strcmp(who[i].class_name, who[1].class_name);
	w.class_name = who[1].class_name;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.people + r.without, in_class);
	print_result_free(&r);
	w.class_name = NULL;
	w.person = who[2].student_no;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.people, 1);
	assert_string_equal(r.report.done[0].s->name, who[2].name);
	print_result_free(&r);
	w.person = "987";
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -EINVAL);
	print_result_free(&r);
	w.person = NULL;
	w.class_name = "没有的班";
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -EINVAL);
	print_result_free(&r);
}

static void copies_come_from_the_job_unless_said(void **state)
{
	struct print_wish w = wish("six-35x49", "copies.pdf");
	struct print_result r;

	(void)state;
	w.person = who[2].student_no;
	set_field(JOB_FIELD(PRINT_HAND_IN), "2");
	set_field(JOB_FIELD(PRINT_KEEP), "5");
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.photos, 7);
	assert_int_equal(r.report.pages, 2);
	print_result_free(&r);
	w.keep = 1;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.photos, 3);
	print_result_free(&r);
	w.keep = w.hand_in = -1;
	w.sheet = "diploma-35x53"; /* only about the copy to hand in */
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.photos, 2);
	print_result_free(&r);
	w.hand_in = 0;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -EINVAL);
	print_result_free(&r);
	set_field(JOB_FIELD(PRINT_HAND_IN), "");
	set_field(JOB_FIELD(PRINT_KEEP), "");
}

static void jpeg_pages_of_a_shorter_run_leave_none_of_the_longer(void **state)
{
	struct print_wish w = wish("five-33x48", "pages");
	struct print_result r;
	struct jpeg_info info;
	uint8_t head[4096];
	char path[PATH];
	SCOPED_FILE FILE *f = NULL;

	(void)state;
	w.jpeg = true;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	print_result_free(&r);
	assert_true(stands("pages/five-33x48-011.jpg") && stands("pages/five-33x48-011-back.jpg"));
	f = fopen(in_dir("pages/five-33x48-001.jpg", path), "r");
	assert_non_null(f);
	jpeg_read_info(head, fread(head, 1, sizeof(head), f), &info);
	assert_int_equal(info.width_px, 1795);
	assert_int_equal(info.height_px, 1205);
	assert_int_equal(info.colour, JPEG_SRGB);
	w.person = who[2].student_no;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	print_result_free(&r);
	assert_true(stands("pages/five-33x48-001.jpg"));
	assert_false(stands("pages/five-33x48-002.jpg") || stands("pages/five-33x48-011-back.jpg"));
}

static void numbers_on_the_back_come_from_the_table(void **state)
{
	struct print_wish w = wish("diploma-35x53", "mapped.pdf");
	struct print_result r;
	char table[2048] = "学号,新学号\n", path[PATH], *text;

	(void)state;
	for (int i = 1; i <= PEOPLE; i++)
		if (i != 3)
			sprintf(table + strlen(table), "%s,2023%08d\n", who[i].student_no, 100 - i);
	write_text("map.csv", table);
	w.remap = in_dir("map.csv", path);
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.unmapped_count, 1);
	assert_string_equal(r.unmapped[0]->student_no, who[3].student_no);
	/* sorted by what is printed: 11 digits before 12, then the last on the list */
	assert_int_equal(r.report.people, PEOPLE - 1);
	assert_string_equal(r.report.done[0].s->student_no, who[3].student_no);
	assert_string_equal(r.report.done[1].s->student_no, who[PEOPLE].student_no);
	print_result_free(&r);
	text = said("pdftotext -f 2 -l 2 %s -", w.out);
	assert_non_null(strstr(text, "202300000088"));
	assert_null(strstr(text, who[PEOPLE].student_no));
	write_text("map.csv", "学号,新学号\n1234567,7654321\n"); /* another school's */
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -EINVAL);
	print_result_free(&r);
	/* a new number that is still somebody's own */
	sprintf(table, "学号,新学号\n%s,%s\n", who[1].student_no, who[3].student_no);
	write_text("map.csv", table);
	unlink(w.out);
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -EINVAL);
	assert_non_null(strstr(r.why, who[3].student_no));
	print_result_free(&r);
	assert_false(stands("mapped.pdf"));
}

static void an_altered_original_is_left_out_and_named(void **state)
{
	struct print_wish w = wish("four-35x53", "altered.pdf");
	struct print_result r;
	char original[PATH * 2];
	uint8_t byte;
	int fd;

	(void)state;
	w.person = who[4].student_no;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	snprintf(original, sizeof(original), "%s/jobs/TEST/originals/%s-%06lld.jpg", dir,
		 r.report.done[0].s->kiosk, (long long)r.report.done[0].s->shot);
	print_result_free(&r);
	fd = open(original, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 5000), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
	w.person = NULL;
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), 0);
	assert_int_equal(r.report.left_out, 1);
	assert_int_equal(r.report.left[0].error, -EUCLEAN);
	assert_string_equal(r.report.left[0].s->student_no, who[4].student_no);
	assert_int_equal(r.report.people, PEOPLE - 2);
	print_result_free(&r);
	w.person = who[4].student_no; /* nobody is left: what stood there stays */
	assert_int_equal(print_sheets(dir, "TEST", &w, &r), -ENODATA);
	print_result_free(&r);
	assert_true(stands("altered.pdf"));
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
	close(fd);
}

/* --- the command ------------------------------------------------------------------------------- */

static int command(const char *const *args)
{
	char *argv[24] = { (char *)(uintptr_t) "print", (char *)(uintptr_t) "--data", dir };
	int argc = 3;

	for (; *args; args++)
		argv[argc++] = (char *)(uintptr_t)*args;
	return cmd_print(argc, argv);
}

#define COMMAND(...) command((const char *const[]){ __VA_ARGS__, NULL })

static void the_command_says_how_it_went(void **state)
{
	char out[PATH], folder[PATH];
	int null = open("/dev/null", O_WRONLY), err = dup(2), std = dup(1);

	(void)state;
	in_dir("c.pdf", out);
	in_dir("c", folder);
	fflush(NULL);
	dup2(null, 1);
	dup2(null, 2);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out), 0);
	assert_int_equal(COMMAND("--sheet=eight-1in", "-o", folder, "--jpeg", "--json"), 0);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", folder), EXIT_USAGE);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out, "--jpeg"), EXIT_USAGE);
	assert_int_equal(COMMAND("--sheet", "six-35x49"), EXIT_USAGE);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out, "--keep", "x"), EXIT_USAGE);
	assert_int_equal(COMMAND("--sheet", "none", "-o", out), EXIT_CANNOT);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out, "--job", "NONE"), EXIT_CANNOT);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out, "--sort", "无"), EXIT_CANNOT);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", "/nowhere/x.pdf"), EXIT_CANNOT);
	assert_int_equal(COMMAND("--sheet", "six-35x49", "-o", out, "--list", "x.txt"),
			 EXIT_CANNOT);
	in_dir("c.xlsx", folder);
	assert_int_equal(COMMAND("--labels", "-o", out, "--list", folder), 0);
	assert_int_equal(COMMAND("--labels", "-o", out), 0);
	assert_int_equal(COMMAND("--labels", "-o", out, "--first", "25"), EXIT_CANNOT);
	fflush(NULL);
	dup2(std, 1);
	dup2(err, 2);
	close(null);
	close(std);
	close(err);
	assert_true(stands("c/eight-1in-011.jpg") && stands("c.xlsx"));
}

/* The kiosk is erased; the office prints once more from the archive. */
static void a_job_comes_back_from_its_archive(void **state)
{
	struct export_wish e = {
		.data_dir = dir, .job = "TEST", .profile = "archive", .plain = true
	};
	struct export_report report;
	char to[PATH], package[PATH], data[PATH], out[PATH];
	char *argv[] = { (char *)(uintptr_t) "print",
			 (char *)(uintptr_t) "--data",
			 data,
			 (char *)(uintptr_t) "--job",
			 (char *)(uintptr_t) "BACK",
			 (char *)(uintptr_t) "--from",
			 package,
			 (char *)(uintptr_t) "--sheet",
			 (char *)(uintptr_t) "diploma-35x53",
			 (char *)(uintptr_t) "-o",
			 out };

	(void)state;
	e.to = in_dir("stick", to);
	assert_int_equal(export_package(&e, &report), 0);
	text_copy(package, sizeof(package), report.path);
	export_report_fini(&report);
	in_dir("office", data);
	assert_int_equal(mkdir(data, 0700), 0);
	in_dir("back.pdf", out);
	assert_int_equal(cmd_print(ARRAY_SIZE(argv), argv), 0);
	assert_string_equal(said("pdfimages -list %s | tail -n +3 | wc -l", out), "11\n");
}

/* --- labels ------------------------------------------------------------------------------------ */

static void labels_name_station_address_and_counts(void **state)
{
	struct print_labels_wish w = { .copies = 5, .first = 1 };
	char out[PATH], addresses[PATH], table[1024] = "函授站,地址,联系人,电话\n", why[512],
					 line[128];
	int pages, stations = 0, with = 0;
	const char *text;

	(void)state;
	set_field(JOB_FIELD(CONTACT_ADDRESS), "东山市学府路 1 号");
	set_field(JOB_FIELD(CONTACT), "李老师");
	for (int i = 1; i <= PEOPLE; i++) {
		bool seen = strstr(table, who[i].station) != NULL;

		stations += !seen;
		with += i != 11 && !strcmp(who[i].station, who[1].station); /* 11 did not come */
		if (!seen)
			sprintf(table + strlen(table), "%s,西山路 %d 号,王%d,0530\n",
				who[i].station, i, i);
	}
	w.out = in_dir("labels.pdf", out);
	assert_int_equal(print_labels(dir, "TEST", &w, &pages, why), stations);
	assert_int_equal(pages, 1);
	text = said("pdftotext -raw %s -", out);
	assert_non_null(strstr(text, who[1].station));
	assert_non_null(strstr(text, "东山市学府路 1 号"));
	assert_non_null(strstr(text, "李老师"));
	write_text("addresses.csv", table);
	w.addresses = in_dir("addresses.csv", addresses);
	w.only = who[1].station;
	assert_int_equal(print_labels(dir, "TEST", &w, &pages, why), 1);
	text = said("pdftotext -raw %s -", out);
	assert_non_null(strstr(text, "西山路 1 号"));
	assert_null(strstr(text, "东山市"));
	snprintf(line, sizeof(line), "%d 人，每人 5 张，共 %d 张", with, 5 * with);
	assert_non_null(strstr(text, line));
	write_text("addresses.csv", "函授站,地址\n别处,西山路\n");
	assert_int_equal(print_labels(dir, "TEST", &w, &pages, why), -EINVAL);
	assert_non_null(strstr(why, who[1].station));
	w = (struct print_labels_wish){ .out = out, .by = "姓名", .copies = 1 };
	w.first = 24; /* the last of the first sheet */
	assert_int_equal(print_labels(dir, "TEST", &w, &pages, why), PEOPLE);
	assert_int_equal(pages, 2);
}

static int set_up(void **state)
{
	struct school_wish w = { .people = PEOPLE,
				 .seed = 7,
				 .pictures = 2,
				 .missing_every = 11,
				 .walk_in_every = -1,
				 .anyway_every = -1,
				 .void_every = -1,
				 .again_every = -1,
				 .typed_every = -1,
				 .attempts_every = -1 };

	(void)state;
	text_init(NULL);
	strcpy(dir, "/tmp/tapshot-print-XXXXXX");
	if (!mkdtemp(dir) || school_make(dir, &w) < 0)
		return -1;
	for (int i = 1; i <= PEOPLE; i++)
		school_person(7, i, &who[i]);
	return 0;
}

static int tear_down(void **state)
{
	char rm[128];

	(void)state;
	snprintf(rm, sizeof(rm), "rm -rf %s", dir);
	return system(rm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preset_is_scaled_to_the_photo),
		cmocka_unit_test(everybody_with_a_picture_is_printed),
		cmocka_unit_test(one_class_one_person),
		cmocka_unit_test(copies_come_from_the_job_unless_said),
		cmocka_unit_test(jpeg_pages_of_a_shorter_run_leave_none_of_the_longer),
		cmocka_unit_test(numbers_on_the_back_come_from_the_table),
		cmocka_unit_test(an_altered_original_is_left_out_and_named),
		cmocka_unit_test(the_command_says_how_it_went),
		cmocka_unit_test(a_job_comes_back_from_its_archive),
		cmocka_unit_test(labels_name_station_address_and_counts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
