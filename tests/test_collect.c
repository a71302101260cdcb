/* Pictures made elsewhere: whose each is, what is wrong with it, which two are one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/store/job.h"
#include "tests/lib/collected.h"
#include "tests/lib/drawn.h"
#include "tests/lib/school.h"
#include "tools/virtual/portraits/portrait.h"

static struct collected in;

static int new_folder(void **state)
{
	(void)state;
	collected_init(&in, 20);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	collected_drop(&in);
	return 0;
}

/* Without the 68-point model, whose loading takes longer than all the rest. */
static struct collect *look(void)
{
	struct collect_wish w = { .dry_run = true,
				  .landmarks = "",
				  .allow = UINT64_C(1) << COLLECT_FRAME };

	return collected_run(&in, &w);
}

static bool is_missing(const struct collect *r, const char *number)
{
	for (int i = 0; i < r->missing_count; i++)
		if (!strcmp(r->missing[i]->number, number))
			return true;
	return false;
}

static void a_name_is_a_number_of_the_roster_or_nobodys(void **state)
{
	static const char *const odd[] = {
		"0001 (1).jpg",		 "0002副本.jpg", "0003 - 副本.JPG", "IMG_0003.jpg",
		"微信图片_20260301.jpg", "０００４.jpg", " 0004.jpg"
	};
	struct collect *r;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		collected_put_person(in.folder, odd[i], (int)i % COLLECTED_PEOPLE, odd[i]);
	collected_put_person(in.folder, "一班/0011.JPEG", 0, "");
	collected_put_person(in.folder, "二班/0012.JPG", 1, "");
	collected_put_person(in.folder, "13.jpg", 2, "");
	collected_put_person(in.folder, "9998.jpg", 3, "");
	collected_put_person(in.folder, "._0015.jpg", 4, "hidden");
	collected_put_person(in.folder, "Thumbs.db", 4, "");
	collected_put_person(in.folder, "名单.xls", 4, "");
	r = look();
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_true(collected_has(r, odd[i], COLLECT_NAME));
		assert_null(collected_photo(r, odd[i])->person);
	}
	assert_string_equal(collected_photo(r, "一班/0011.JPEG")->person->number, "0011");
	assert_string_equal(collected_photo(r, "二班/0012.JPG")->person->number, "0012");
	assert_true(collected_has(r, "13.jpg", COLLECT_WIDTH));
	assert_string_equal(collected_photo(r, "13.jpg")->findings[0].value, "0013");
	assert_true(collected_has(r, "9998.jpg", COLLECT_NOBODY));
	assert_int_equal(r->count, 11);
	assert_int_equal(r->other_files, 1);
	assert_int_equal(r->missing_count, 18);
	assert_true(is_missing(r, "0013"));
	assert_false(is_missing(r, "0011"));
	assert_false(collect_fine(r));
	collect_free(r);
}

static void of_two_files_for_one_number_none_is_taken(void **state)
{
	struct collect *r;
	(void)state;

	collected_put_person(in.folder, "a/0001.jpg", 0, "");
	collected_put_person(in.folder, "b/0001.jpg", 1, "");
	collected_put_person(in.folder, "0002.jpg", 2, "");
	collected_put_person(in.folder, "2.jpg", 3, "");
	collected_put_person(in.folder, "0003.jpg", 4, "");
	r = look();
	assert_true(collected_has(r, "a/0001.jpg", COLLECT_TWICE));
	assert_true(collected_has(r, "b/0001.jpg", COLLECT_TWICE));
	assert_true(collected_has(r, "0002.jpg", COLLECT_TWICE));
	assert_true(collected_has(r, "2.jpg", COLLECT_WIDTH));
	assert_int_equal(r->fates[COLLECT_TAKEN], 1);
	assert_int_equal(collected_photo(r, "0003.jpg")->fate, COLLECT_TAKEN);
	collect_free(r);
}

static void other_keys_are_the_roster_s(void **state)
{
	struct collect_wish w = { .dry_run = true, .key = COLLECT_STUDENT_NO, .landmarks = "" };
	struct school_person p, q;
	char name[64], id[64];
	struct collect *r;
	(void)state;

	school_person(11, 3, &p);
	school_person(11, 4, &q);
	snprintf(name, sizeof(name), "%s.jpg", p.student_no);
	collected_put_person(in.folder, name, 0, "");
	snprintf(id, sizeof(id), "%s.jpg", q.id_no);
	collected_put_person(in.folder, id, 1, "");
	r = collected_run(&in, &w);
	assert_string_equal(collected_photo(r, name)->person->number, "0003");
	assert_true(collected_has(r, id, COLLECT_NOBODY));
	collect_free(r);
	w.key = COLLECT_ID_NO;
	r = collected_run(&in, &w);
	assert_string_equal(collected_photo(r, id)->person->number, "0004");
	assert_true(collected_has(r, name, COLLECT_NOBODY));
	collect_free(r);
}

/* --- the file ---------------------------------------------------------------------------------- */

static void put_made(const char *name, const struct bad_recipe *recipe)
{
	struct bad_jpeg b;

	bad_make(&b, recipe);
	collected_put(in.folder, name, &b);
	free(b.data);
}

static void put_exif(const char *name, int which, const char *taken, const char *software)
{
	struct bad_jpeg b;

	collected_picture(which, &b);
	collected_exif(&b, taken, software); /* before the first one: the first counts */
	collected_put(in.folder, name, &b);
	free(b.data);
}

static void put_profile(const char *name, int which)
{
	uint8_t icc[4200] = "ICC_PROFILE\0\1\1";
	size_t n = drawn_icc(&drawn_adobe, icc + 14);
	struct bad_jpeg b;

	collected_picture(which, &b);
	bad_insert(&b, 0xe2, icc, n + 14);
	collected_put(in.folder, name, &b);
	free(b.data);
}

static void each_fault_of_a_file_is_named(void **state)
{
	static const uint8_t png[] = "\x89PNG\r\n\x1a\n and more of it";
	struct bad_jpeg cut, odd = { (uint8_t *)(uintptr_t)png, sizeof(png) };
	struct collect *r;
	(void)state;

	put_made("0001.jpg", &(struct bad_recipe){ 480, 640, BAD_CMYK, false, false, 0 });
	put_made("0002.jpg", &(struct bad_recipe){ 480, 640, BAD_GREY, false, false, 0 });
	put_made("0003.jpg", &(struct bad_recipe){ 960, 720, BAD_RGB, false, false, 0 });
	collected_picture(0, &cut);
	cut.bytes /= 2;
	collected_put(in.folder, "0004.jpg", &cut);
	free(cut.data);
	collected_put(in.folder, "0005.jpg", &odd);
	odd.bytes = 0;
	collected_put(in.folder, "0006.jpg", &odd);
	put_profile("0007.jpg", 1);
	put_exif("0008.jpg", 2, "2019:05:01 10:00:00", "");
	put_exif("0009.jpg", 3, "2199:01:01 10:00:00", "Adobe Photoshop CC (Windows)");
	put_exif("0010.jpg", 4, "", "");
	r = look();
	assert_true(collected_has(r, "0001.jpg", COLLECT_CMYK));
	assert_true(collected_has(r, "0002.jpg", COLLECT_GREY));
	assert_true(collected_has(r, "0003.jpg", COLLECT_SIZE));
	assert_true(collected_has(r, "0003.jpg", COLLECT_DENSITY));
	assert_true(collected_has(r, "0003.jpg", COLLECT_BYTES));
	assert_true(collected_has(r, "0003.jpg", COLLECT_FRAME)); /* nobody is in it */
	assert_true(collected_has(r, "0004.jpg", COLLECT_UNREADABLE));
	assert_true(collected_has(r, "0005.jpg", COLLECT_TYPE));
	assert_string_equal(collected_photo(r, "0005.jpg")->findings[0].value, "PNG");
	assert_true(collected_has(r, "0006.jpg", COLLECT_TYPE));
	assert_true(collected_has(r, "0007.jpg", COLLECT_PROFILE));
	assert_true(collected_has(r, "0008.jpg", COLLECT_OLD));
	assert_true(collected_has(r, "0009.jpg", COLLECT_FUTURE));
	assert_true(collected_has(r, "0009.jpg", COLLECT_EDITED));
	assert_true(collected_has(r, "0010.jpg", COLLECT_NO_DATE));
	for (int i = 0; i < 7; i++)
		assert_int_equal(r->photos[i].level, COLLECT_REFUSE);
	/* doubts refuse nobody */
	assert_int_equal(r->photos[7].fate, COLLECT_TAKEN);
	assert_int_equal(r->photos[8].fate, COLLECT_TAKEN);
	assert_int_equal(r->photos[9].fate, COLLECT_TAKEN);
	collect_free(r);
}

static void a_flag_that_turns_the_picture_is_refused(void **state)
{
	uint8_t exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0";
	struct collect *r;
	struct bad_jpeg b;
	(void)state;

	collected_picture(0, &b);
	bad_insert(&b, 0xe1, exif, sizeof(exif));
	collected_put(in.folder, "0001.jpg", &b);
	free(b.data);
	r = look();
	assert_true(collected_has(r, "0001.jpg", COLLECT_ORIENTATION));
	assert_int_equal(r->fates[COLLECT_REJECTED], 1);
	collect_free(r);
}

/* --- the same picture -------------------------------------------------------------------------- */

/* Decoded, changed and saved again. */
static void put_copy(const char *folder, const char *name, int which, int quality, bool mirrored)
{
	struct image *im = NULL, *out;
	struct jpeg_info info;
	struct bad_jpeg b;

	collected_picture(which, &b);
	assert_int_equal(jpeg_decode(b.data, b.bytes, 1, &info, &im), JPEG_OK);
	free(b.data);
	out = image_new(im->width_px, im->height_px);
	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(out, y)[x] =
				image_row(im, y)[mirrored ? im->width_px - 1 - x : x];
	b.bytes = portrait_jpeg(out, quality, &b.data);
	collected_put(folder, name, &b);
	free(b.data);
	image_unref(im);
	image_unref(out);
}

static void one_picture_for_two_people_is_refused_for_both(void **state)
{
	struct collect *r;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collected_put_person(in.folder, "0002.jpg", 0, "");
	collected_put_person(in.folder, "0003.jpg", 1, "");
	put_copy(in.folder, "0004.jpg", 1, 70, false);
	collected_put_person(in.folder, "0005.jpg", 2, "");
	put_copy(in.folder, "0006.jpg", 2, 90, true);
	collected_put_person(in.folder, "0007.jpg", 3, "");
	collected_put_person(in.folder, "0007副本.jpg", 3, "");
	r = look();
	assert_true(collected_has(r, "0001.jpg", COLLECT_SAME_FILE));
	assert_true(collected_has(r, "0002.jpg", COLLECT_SAME_FILE));
	assert_true(collected_has(r, "0003.jpg", COLLECT_SAME_PICTURE));
	assert_true(collected_has(r, "0004.jpg", COLLECT_SAME_PICTURE));
	assert_true(collected_has(r, "0005.jpg", COLLECT_MIRRORED));
	assert_true(collected_has(r, "0006.jpg", COLLECT_MIRRORED));
	assert_int_equal(r->fates[COLLECT_REJECTED], 6);
	/* a copy of one's own, lying beside it, is no reason */
	assert_true(collected_has(r, "0007.jpg", COLLECT_SAME_FILE));
	assert_int_equal(collected_photo(r, "0007.jpg")->fate, COLLECT_TAKEN);
	collect_free(r);
}

static void an_admission_photo_does_not_come_again(void **state)
{
	struct collect_wish w = { .dry_run = true,
				  .admission = in.old,
				  .landmarks = "",
				  .allow = UINT64_C(1) << COLLECT_FRAME };
	struct collect *r;
	(void)state;

	collected_put_person(in.old, "24119900001.jpg", 0, "");
	put_copy(in.old, "24119900002.jpg", 1, 80, false);
	collected_put_person(in.old, "24119900003.jpg", 3, "");
	for (int i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%04d.jpg", i + 1);
		collected_put_person(in.folder, name, i, "");
	}
	r = collected_run(&in, &w);
	assert_true(collected_has(r, "0001.jpg", COLLECT_ADMISSION));
	assert_string_equal(collected_photo(r, "0001.jpg")
				    ->findings[collected_photo(r, "0001.jpg")->finding_count - 1]
				    .value,
			    "24119900001.jpg");
	assert_true(collected_has(r, "0002.jpg", COLLECT_ADMISSION));
	assert_false(collected_has(r, "0003.jpg", COLLECT_ADMISSION));
	assert_int_equal(r->fates[COLLECT_TAKEN], 1);
	collect_free(r);
}

static void the_report_opens_with_what_needs_a_hand(void **state)
{
	struct collect *r;
	char path[128], text[4096] = "";
	SCOPED_FILE FILE *f = NULL;
	(void)state;

	collected_put_person(in.folder, "0001.jpg", 0, "");
	collected_put_person(in.folder, "0002 (1).jpg", 1, "");
	r = look();
	snprintf(path, sizeof(path), "%s/report.csv", in.dir);
	assert_int_equal(collect_report(r, path), 0);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	assert_non_null(strstr(text, "0002 (1).jpg"));
	assert_non_null(strstr(text, "只用编号命名"));
	assert_true(strstr(text, "0002 (1).jpg") < strstr(text, "0001.jpg,"));
	assert_non_null(strstr(text, "缺照片"));
	assert_non_null(strstr(text, "0020"));
	collect_free(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, new_folder, drop_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_a_number_of_the_roster_or_nobodys),
		TEST(of_two_files_for_one_number_none_is_taken),
		TEST(other_keys_are_the_roster_s),
		TEST(each_fault_of_a_file_is_named),
		TEST(a_flag_that_turns_the_picture_is_refused),
		TEST(one_picture_for_two_people_is_refused_for_both),
		TEST(an_admission_photo_does_not_come_again),
		TEST(the_report_opens_with_what_needs_a_hand),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
