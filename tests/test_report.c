/* What lies open in every package: right counts, the evidence, and nobody's name or number. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/export/report.h"
#include "firmware/store/job.h"
#include "tests/lib/packed.h"
#include "tests/lib/school.h"

static char top[64];
static sqlite3 *db;
static struct people people;
static struct report_package package;

static int sh(const char *fmt, ...)
{
	char cmd[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

static int set_up(void **state)
{
	static const struct report_part parts[] = { { "一班.zip", 40, 123456789 } };
	const struct school_wish wish = {
		.job = "J", .people = 60, .pictures = 1, .width_px = 240
	};

	(void)state;
	text_init("build/locale");
	strcpy(top, "/tmp/tapshot-report-XXXXXX");
	assert_non_null(mkdtemp(top));
	assert_int_equal(school_make(top, &wish), 0);
	assert_int_equal(job_open_reader(top, "J", &db), 0);
	assert_int_equal(people_load(db, &people), 0);
	package = (struct report_package){ .job = "J",
					   .kiosk = "K1",
					   .profile = "采集",
					   .sealed = true,
					   .made_utc_ms = clock_utc_ms(),
					   .parts = parts,
					   .part_count = 1,
					   .people = &people };
	return kiosk_key_public(top, package.public_key);
}

static int tear_down(void **state)
{
	(void)state;
	people_free(&people);
	sqlite3_close(db);
	return sh("rm -rf %s", top);
}

/* The PDF as text, lines as they stand. */
static char *sheet_text(void)
{
	char path[96];
	size_t bytes;
	void *pdf;

	assert_int_equal(report_sheet(db, &package, &pdf, &bytes), 0);
	snprintf(path, sizeof(path), "%s/sheet.pdf", top);
	packed_write(path, pdf, bytes);
	free(pdf);
	assert_int_equal(sh("cd %s && pdftotext -layout sheet.pdf sheet.txt", top), 0);
	snprintf(path, sizeof(path), "%s/sheet.txt", top);
	return packed_read(path, &bytes);
}

static void names_nobody(const char *text)
{
	for (int i = 0; i < people.count; i++) {
		const struct subject *s = &people.all[i];

		assert_null(strstr(text, s->id_no));
		assert_null(strstr(text, s->student_no));
		if (strlen(s->name) > 6) /* two characters may be in a place's name */
			assert_null(strstr(text, s->name));
	}
}

static int with_picture(int walk_in)
{
	int n = 0;

	for (int i = 0; i < people.count; i++)
		n += people.all[i].shot && people.all[i].walk_in == walk_in;
	return n;
}

static void counts_are_those_of_the_people(void **state)
{
	struct report_counts c;
	int people_sum = 0, captured_sum = 0;

	(void)state;
	assert_int_equal(report_count(&package, &c), 0);
	assert_int_equal(c.people, 60);
	assert_int_equal(c.captured, with_picture(0));
	assert_int_equal(c.walk_in, with_picture(1));
	assert_int_equal(c.missing, c.people - c.captured);
	assert_true(c.missing > 0 && c.typed > 0);
	for (size_t i = 0; i < c.group_count; i++) {
		people_sum += c.groups[i].people;
		captured_sum += c.groups[i].captured;
	}
	assert_int_equal(people_sum, c.people);
	assert_int_equal(captured_sum, c.captured);
	report_counts_free(&c);
}

static void the_sheet_carries_the_evidence(void **state)
{
	json_t *chain = manifest_chain(db);
	const char *hash = json_string_value(json_object_get(json_array_get(chain, 0), "hash"));
	char fingerprint[KIOSK_FINGERPRINT_MAX], eight[9], *text = sheet_text();

	(void)state;
	kiosk_fingerprint(package.public_key, fingerprint);
	assert_non_null(strstr(text, fingerprint));
	snprintf(eight, sizeof(eight), "%s", hash);
	assert_non_null(strstr(text, eight));
	snprintf(eight, sizeof(eight), "%s", hash + 56);
	assert_non_null(strstr(text, eight));
	assert_non_null(strstr(text, "照片采集成果核对单"));
	assert_non_null(strstr(text, "未采集"));
	assert_non_null(strstr(text, "一班.zip"));
	assert_non_null(strstr(text, "签字"));
	assert_null(strstr(text, "handover."));
	names_nobody(text);
	free(text);
	json_decref(chain);
}

/* Hundreds of classes go over pages; a very long name is cut, nothing runs over the edge. */
static void many_classes_take_more_pages(void **state)
{
	static char names[300][160];
	struct subject *all = calloc(300, sizeof(*all));
	struct people many = { .all = all, .count = 300 };
	char *text;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(
			names[i], sizeof(names[i]), "%03d班%s", i,
			i == 7 ? "（高等学历继续教育成人本科函授学前教育专业升本科二年制春季入学班）"
			       : "");
		all[i].class_name = names[i];
	}
	package.people = &many;
	text = sheet_text();
	for (int i = 0; i < 300; i++)
		if (i != 7)
			assert_non_null(strstr(text, names[i]));
	assert_non_null(strstr(text, "第 8 页"));
	free(text);
	free(all);
}

static void the_readme_opens_in_notepad(void **state)
{
	char fingerprint[KIOSK_FINGERPRINT_MAX];
	size_t bytes;
	void *text;

	(void)state;
	assert_int_equal(report_readme(db, &package, &text, &bytes), 0);
	assert_memory_equal(text, "\xef\xbb\xbf", 3);
	for (char *p = text; (p = strchr(p, '\n')); p++)
		assert_int_equal(p[-1], '\r');
	kiosk_fingerprint(package.public_key, fingerprint);
	assert_non_null(strstr(text, fingerprint));
	assert_non_null(strstr(text, "7-Zip"));
	assert_non_null(strstr(text, "不输密码也能看到")); /* names inside a ZIP are not hidden */
	assert_non_null(strstr(text, "邮寄地址："));
	assert_null(strchr(text, '{'));
	assert_true(text_valid(text, bytes));
	names_nobody(text);
	free(text);
	package.sealed = false;
	assert_int_equal(report_readme(db, &package, &text, &bytes), 0);
	assert_null(strstr(text, "密码"));
	free(text);
}

static void the_stats_are_numbers_only(void **state)
{
	size_t bytes;
	void *text;
	json_t *o;

	(void)state;
	assert_int_equal(report_stats(db, &package, &text, &bytes), 0);
	names_nobody(text);
	o = json_loadb(text, bytes, 0, NULL);
	assert_non_null(o);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(o, "people"), "captured")),
		with_picture(0));
	assert_true(json_object_size(json_object_get(o, "reasons")) > 0);
	assert_true(json_integer_value(
			    json_object_get(json_object_get(o, "timing"), "visit_ms_median")) > 0);
	json_decref(o);
	free(text);
}

static int of_one_class(const void *ctx, const struct subject *s)
{
	return !strcmp(s->class_name, ctx);
}

static void a_package_of_one_class_counts_that_class(void **state)
{
	struct report_counts c;

	(void)state;
	package.keep = of_one_class;
	package.ctx = people.all[0].class_name;
	assert_int_equal(report_count(&package, &c), 0);
	assert_int_equal(c.group_count, 1);
	assert_int_equal(c.groups[0].people, c.people);
	assert_true(c.people > 0 && c.people < 60);
	report_counts_free(&c);
}

int main(void)
{
#define FRESH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FRESH(counts_are_those_of_the_people),
		FRESH(the_sheet_carries_the_evidence),
		FRESH(many_classes_take_more_pages),
		FRESH(the_readme_opens_in_notepad),
		FRESH(the_stats_are_numbers_only),
		FRESH(a_package_of_one_class_counts_that_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
