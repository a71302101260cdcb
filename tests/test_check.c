/* Portraits through the real decoder, the real face engine and the real preset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/judge_wire.h"
#include "tools/virtual/portraits/portrait.h"

enum { WIDE = 1000, HIGH = 1500 };

static struct judge judge;

static int load(void **state)
{
	struct config_error err;
	char preset[800];

	(void)state;
	if (preset_path("chsi-480", preset, sizeof(preset)) < 0)
		return -1;
	if (judge_open(preset, NULL, JUDGE_MODEL, &judge, &err) == 0)
		return face_has_points(judge.face) ? 0 : -1;
	print_error("%s\n", err.text);
	return -1;
}

static int unload(void **state)
{
	(void)state;
	judge_close(&judge);
	return 0;
}

static struct check_result verdict_of(const struct image *im, int quality)
{
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = portrait_jpeg(im, quality, &jpeg);
	struct judge_outcome o;

	judge_picture(&judge, jpeg, bytes, &o);
	assert_true(check_result_valid(&o.result));
	image_unref(o.crop);
	return o.result;
}

static const char *reason(const struct check_result *r)
{
	return r->reason_count ? check_code_word((enum check_code)r->findings[r->reasons[0]].code)
			       : "";
}

static double measure(const struct check_result *r, const char *name)
{
	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!strcmp(r->measures[i].name, name))
			return r->measures[i].value;
	fail_msg("no measure %s", name);
	return 0;
}

static bool may_only_warn(const char *word)
{
	for (int k = 0; k < CHECK_CODE_COUNT; k++)
		if (!strcmp(check_code_word((enum check_code)k), word))
			return check_code_rule((enum check_code)k) == CHECK_RULE_WARN;
	return false;
}

static void assert_verdict(const struct portrait_scene *s, const char *how,
			   const struct check_result *r)
{
	uint32_t level = !*s->reason		    ? CHECK_PASS
			 : may_only_warn(s->reason) ? CHECK_WARN
						    : CHECK_FAIL;

	if (strcmp(reason(r), s->reason) || r->level != level)
		fail_msg("%s %s: level %u “%s”, wanted “%s”", s->name, how, r->level, reason(r),
			 s->reason);
}

static struct image *mirrored(const struct image *im)
{
	struct image *out = image_new(im->width_px, im->height_px);

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(out, y)[x] = image_row(im, y)[im->width_px - 1 - x];
	return out;
}

static void each_portrait_gets_its_own_reason_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < portrait_scene_count; i++) {
		const struct portrait_scene *s = &portrait_scenes[i];
		struct image *im = portrait_draw(s, WIDE, HIGH);
		struct image *small = portrait_draw(s, WIDE * 3 / 4, HIGH * 3 / 4);
		struct image *mirror = mirrored(small);
		struct check_result r = verdict_of(im, 92);

		assert_verdict(s, "as taken", &r);
		r = verdict_of(mirror, 70);
		assert_verdict(s, "mirrored, at 75 % and quality 70", &r);
		image_unref(im);
		image_unref(mirror);
		image_unref(small);
	}
}

static struct check_result draw_and_judge(const struct portrait_scene *s, int w, int h)
{
	struct image *im = portrait_draw(s, w, h);
	struct check_result r = verdict_of(im, 92);

	image_unref(im);
	return r;
}

static void measures_agree_with_what_was_drawn(void **state)
{
	struct portrait_scene s = *portrait_scene_find("good-4");
	struct check_result r = draw_and_judge(&s, WIDE, HIGH);
	double ied = 0.78 * HIGH * 98 / 640, roll0 = measure(&r, "roll_deg");

	(void)state;
	assert_true(fabs(measure(&r, "ied_px") - ied) < 0.06 * ied);
	assert_true(fabs(measure(&r, "roll_deg")) < 2);
	assert_true(fabs(measure(&r, "yaw_deg")) < 4);
	assert_int_equal((int)measure(&r, "crown_seen"), 1);
	s.roll_deg = 6;
	r = draw_and_judge(&s, WIDE, HIGH);
	assert_true(fabs(measure(&r, "roll_deg") - roll0 - 6) < 1.5);
	s.roll_deg = 0;
	s.left_ev = -1;
	r = draw_and_judge(&s, WIDE, HIGH);
	assert_true(fabs(measure(&r, "half_ev") - 1) < 0.15);
}

static void the_sentence_points_to_the_students_own_side(void **state)
{
	struct portrait_scene s = *portrait_scene_find("tilted");
	struct check_result r = draw_and_judge(&s, WIDE, HIGH);
	char id[48];
	int arrow;

	(void)state;
	/* the crown leans to the right of the picture, the student's own left */
	assert_string_equal(check_reason_id(&r, 0, id, &arrow), "reason.tilted_right");
	assert_int_equal(arrow, 1);
	s.roll_deg = -s.roll_deg;
	r = draw_and_judge(&s, WIDE, HIGH);
	assert_string_equal(check_reason_id(&r, 0, id, &arrow), "reason.tilted_left");
	assert_int_equal(arrow, -1);
}

/* A window of a larger drawing: what a badly aimed camera would see. */
static struct check_result aimed(int x0, int y0, int w, int h)
{
	struct image *all = portrait_draw(portrait_scene_find("good-4"), 1600, 2400);
	struct image *part = image_new(w, h);
	struct check_result r;

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			int px = x0 + x, py = y0 + y;

			px = px < 0 ? 0 : px > 1599 ? 1599 : px;
			py = py < 0 ? 0 : py > 2399 ? 2399 : py;
			image_row(part, y)[x] = image_row(all, py)[px];
		}
	r = verdict_of(part, 92);
	image_unref(all);
	image_unref(part);
	return r;
}

static void bad_framing_is_named(void **state)
{
	/* in the drawing: eyes at y ≈ 943, crown ≈ 462, IED 287, face 655 wide, middle x = 800 */
	struct check_result r = aimed(0, 700, 1600, 1700);

	(void)state;
	assert_string_equal(reason(&r), "cut_off");
	r = aimed(0, 455, 1600, 1900);
	assert_string_equal(reason(&r), "head_high");
	r = aimed(0, 0, 1600, 1500);
	assert_string_equal(reason(&r), "head_low");
	r = aimed(420, 0, 1180, 2200);
	assert_string_equal(reason(&r), "off_centre");
	assert_true(r.findings[0].value < 0);
	r = aimed(380, 380, 840, 1100);
	assert_string_equal(reason(&r), "face_large");
	r = draw_and_judge(portrait_scene_find("good-4"), 320, 480);
	assert_string_equal(reason(&r), "face_small");
}

static void a_dark_skin_is_no_dark_picture(void **state)
{
	struct portrait_scene s = *portrait_scene_find("good-3");
	struct check_result r;

	(void)state;
	s.ev = -0.7; /* still a usable exposure: may warn, must not fail */
	r = draw_and_judge(&s, WIDE, HIGH);
	assert_int_not_equal(r.level, CHECK_FAIL);
}

static void without_the_model_the_box_still_tells_much(void **state)
{
	struct judge with = judge;
	struct check_result r;

	(void)state;
	assert_int_equal(face_open("dlib", "/nonexistent", &judge.face), 0);
	assert_false(face_has_points(judge.face));
	r = draw_and_judge(portrait_scene_find("good-1"), WIDE, HIGH);
	assert_int_equal(r.level, CHECK_PASS);
	assert_true(isnan(measure(&r, "eye_ratio")));
	r = draw_and_judge(portrait_scene_find("blurred"), WIDE, HIGH);
	assert_string_equal(reason(&r), "blurred");
	face_close(judge.face);
	judge = with;
}

static void bytes_that_are_no_picture_are_an_error(void **state)
{
	static const uint8_t junk[] = { 0xff, 0xd8, 0xff, 0xe0, 1, 2, 3 };
	struct judge_outcome o;

	(void)state;
	judge_picture(&judge, junk, sizeof(junk), &o);
	assert_int_equal(o.result.level, CHECK_ERROR);
	assert_string_equal(reason(&o.result), "undecodable");
	assert_null(o.crop);
}

static void impossible_limits_are_refused(void **state)
{
	struct check_limits l = judge.preset.limits;
	const char *key, *other;

	(void)state;
	assert_null(check_limits_fault(&l, &key, &other));
	l.window.face_min_px = 400;
	assert_non_null(check_limits_fault(&l, &key, &other));
	assert_string_equal(key, "crop.face_min_px");
	l = judge.preset.limits;
	l.roll_deg.warn = 20;
	assert_non_null(check_limits_fault(&l, &key, &other));
	assert_string_equal(key, "roll.warn_deg");
	l = judge.preset.limits;
	l.level[CHECK_UNDEREXPOSED] = CHECK_RULE_FAIL;
	assert_non_null(check_limits_fault(&l, &key, &other));
}

/* Real photographs beside the checkout, labelled; nothing of them is kept here. */
static void real_photos_are_found_and_closed_eyes_noticed(void **state)
{
	static const char folder[] = "../shared/portraits/";
	int portraits = 0, found = 0, closed = 0, noticed = 0, posed = 0, refused = 0;
	char path[512], line[1024];
	SCOPED_FILE FILE *labels = NULL;

	(void)state;
	snprintf(path, sizeof(path), "%sLABELS.tsv", folder);
	labels = fopen(path, "r");
	if (!labels) {
		print_message("no labelled photographs in %s\n", folder);
		skip();
	}
	while (fgets(line, sizeof(line), labels)) {
		SCOPED_FREE uint8_t *data = NULL;
		SCOPED_FILE FILE *f = NULL;
		struct judge_outcome o;
		size_t bytes = 0;

		if (!strstr(line, "single frontal") || !strstr(line, ".jpg"))
			continue;
		snprintf(path, sizeof(path), "%s%.*s", folder, (int)strcspn(line, "\t"), line);
		f = fopen(path, "rb");
		if (!f || judge_read(fileno(f), &data, &bytes) < 0)
			continue;
		judge_picture(&judge, data, bytes, &o);
		image_unref(o.crop);
		portraits++;
		found += measure(&o.result, "faces") == 1;
		if (strstr(line, "eyes_closed") || strstr(line, "one_eye")) {
			closed++;
			noticed += o.result.level != CHECK_PASS &&
				   measure(&o.result, "eye_ratio") < judge.preset.limits.eyes.warn;
		} else {
			posed++;
			refused += measure(&o.result, "eye_ratio") < judge.preset.limits.eyes.fail;
		}
	}
	print_message("%d portraits: one face in %d; closed eyes noticed %d of %d, "
		      "open eyes refused %d of %d\n",
		      portraits, found, noticed, closed, refused, posed);
	assert_int_equal(found, portraits);
	assert_int_equal(noticed, closed);
	assert_int_equal(refused, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_portrait_gets_its_own_reason_and_no_other),
		cmocka_unit_test(measures_agree_with_what_was_drawn),
		cmocka_unit_test(the_sentence_points_to_the_students_own_side),
		cmocka_unit_test(bad_framing_is_named),
		cmocka_unit_test(a_dark_skin_is_no_dark_picture),
		cmocka_unit_test(without_the_model_the_box_still_tells_much),
		cmocka_unit_test(bytes_that_are_no_picture_are_an_error),
		cmocka_unit_test(impossible_limits_are_refused),
		cmocka_unit_test(real_photos_are_found_and_closed_eyes_noticed),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
