/* From measures to words: levels, the order of blame, what is said, where to look. Measures are
 * filled by hand: no picture, no face engine. */
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
#include "firmware/base/jpeg.h"
#include "firmware/base/text.h"
#include "firmware/check/history.h"
#include "firmware/check/regions.h"
#include "firmware/check/verdict.h"
#include "firmware/judge/preset.h"

enum { WIDE = 4000, HIGH = 6000 };

static struct preset preset;
static struct check_input in;
static struct check_measures m;
static struct check_result r;

static void load_preset(const char *name)
{
	struct config_error err;
	char path[800];

	assert_int_equal(preset_path(name, path, sizeof(path)), 0);
	if (preset_load(path, NULL, &preset, &err) < 0)
		fail_msg("%s", err.text);
}

/* A face in the middle that everything is right with; measures not named stay unmeasured. */
static int good_portrait(void **state)
{
	(void)state;
	load_preset("chsi-480");
	memset(&in, 0, sizeof(in));
	in.scale = 5;
	in.width_px = WIDE;
	in.height_px = HIGH;
	in.face_count = 1;
	in.faces[0] = (struct check_box){ 280, 450, 240, 240 };
#define FORGET(field) m.field = NAN;
	CHECK_MEASURES(FORGET)
#undef FORGET
	m.faces = 1;
	m.ied_px = 560;
	m.face_width_px = 1240;
	m.eye_line_px = 2600;
	m.crown_px = 1700;
	m.chin_px = 3400;
	m.centre_px = WIDE / 2.0;
	m.crown_seen = 1;
	m.crown_cut = 0;
	return 0;
}

static void judge(void)
{
	check_judge_measured(&in, &preset.limits, &m, &r);
	assert_true(check_result_valid(&r));
}

static const char *said(uint32_t i)
{
	return i < r.reason_count ? check_code_word((enum check_code)r.findings[r.reasons[i]].code)
				  : "";
}

static void assert_said(const char *first, const char *second)
{
	judge();
	if (strcmp(said(0), first) || strcmp(said(1), second))
		fail_msg("said “%s” “%s”, wanted “%s” “%s”", said(0), said(1), first, second);
}

static void assert_sentence(uint32_t i, const char *want, int arrow)
{
	char id[48];
	int got;

	assert_string_equal(check_reason_id(&r, i, id, &got), want);
	assert_int_equal(got, arrow);
	assert_string_not_equal(text_get(LANG_ZH, id), id);
	assert_string_not_equal(text_get(LANG_EN, id), id);
}

/* --- levels ------------------------------------------------------------------------------------ */

static void what_was_not_measured_is_no_finding(void **state)
{
	(void)state;
	assert_said("", "");
	assert_int_equal(r.level, CHECK_PASS);
	assert_true(r.crop.w > 0);
}

static void a_warning_has_a_reason_too(void **state)
{
	(void)state;
	m.roll_deg = 6;
	assert_said("tilted", "");
	assert_int_equal(r.level, CHECK_WARN);
	m.shoulders_deg = 9; /* a tilted head explains it */
	assert_said("tilted", "");
	m.glare = 0.1;
	assert_said("tilted", "glare");
}

static void skin_tone_refuses_nobody(void **state)
{
	(void)state;
	m.face_light = 0.01;
	m.cast_a = 60;
	m.cast_b = 60;
	judge();
	assert_int_equal(r.level, CHECK_WARN);
}

static void a_job_sets_levels(void **state)
{
	(void)state;
	m.roll_deg = 20;
	m.gaze = 0.3;
	preset.limits.level[CHECK_TILTED] = CHECK_RULE_WARN;
	assert_said("tilted", "gaze");
	assert_int_equal(r.level, CHECK_WARN);
	preset.limits.level[CHECK_GAZE] = CHECK_RULE_FAIL;
	assert_said("gaze", "");
	assert_int_equal(r.level, CHECK_FAIL);
	preset.limits.level[CHECK_TILTED] = preset.limits.level[CHECK_GAZE] = CHECK_RULE_OFF;
	assert_said("", "");
}

/* --- what is said ------------------------------------------------------------------------------ */

static void one_main_reason_in_the_order_of_blame(void **state)
{
	(void)state;
	m.mouth = 9;
	m.roll_deg = 15;
	m.half_ev = 2;
	m.sharpness = 0.1;
	assert_said("blurred", "half_lit"); /* a blurred mouth is nobody's */
	assert_int_equal(r.finding_count, 4);
	m.sharpness = 0.9;
	assert_said("half_lit", "tilted");
	m.faces = 2;
	assert_said("many_faces", "");
}

static void a_second_reason_only_if_independent(void **state)
{
	(void)state;
	m.eye_ratio = 0.05;
	m.gaze = 0.5;
	assert_said("eyes_closed", "");
	m.mouth = 9;
	assert_said("eyes_closed", "mouth_open");
	m.over_share = 0.5;
	m.shine_share = 0.5;
	assert_said("overexposed", "eyes_closed");
	good_portrait(NULL);
	m.backdrop_patch = 2;
	m.backdrop_de = 30;
	m.backdrop_c = 60;
	m.backdrop_h = 20;
	m.backdrop_l = 40;
	assert_said("backdrop_object", "");
	m.clothes_green = 0.9;
	m.clothes_de = 5;
	assert_said("backdrop_object", "clothes_barred");
}

static void a_failure_is_not_diluted_by_warnings(void **state)
{
	(void)state;
	m.eye_ratio = 0.05;
	m.moire = 9;
	assert_said("eyes_closed", "");
	assert_int_equal(r.finding_count, 2);
}

static void nobody_in_the_dark_is_told_of_the_dark(void **state)
{
	(void)state;
	in.face_count = 0;
	m.faces = 0;
	m.scene_light = 0.9;
	assert_said("no_face", "");
	m.scene_light = 0.01;
	assert_said("underexposed", "");
	assert_int_equal(r.level, CHECK_FAIL);
	in.sideways = true;
	assert_said("orientation", "");
}

static void dark_lenses_are_no_closed_eyes(void **state)
{
	(void)state;
	m.eye_ratio = 0.05;
	m.tint = 0.2;
	assert_said("tinted", "");
	assert_int_equal(r.level, CHECK_FAIL);
	m.mouth = 9;
	assert_said("tinted", "mouth_open");
}

/* Dark skin reads as a dark picture: what is sure is said before it. */
static void what_depends_on_skin_comes_after_what_is_sure(void **state)
{
	(void)state;
	m.face_light = 0.05;
	assert_said("underexposed", "");
	m.pitch_deg = 12;
	assert_said("nodding", "underexposed");
	m.mouth = 9;
	assert_said("mouth_open", "");
}

/* Every code explained by nothing stands alone; the table has no row that says nothing. */
static void no_finding_explains_itself_away(void **state)
{
	(void)state;
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		memset(&r, 0, sizeof(r));
		r.level = CHECK_FAIL;
		r.finding_count = 1;
		r.findings[0].code = c;
		r.findings[0].level = CHECK_FAIL;
		check_reasons(&r);
		assert_int_equal(r.reason_count, 1);
		assert_int_equal(r.reasons[0], 0);
	}
}

static void sides_are_the_students_own(void **state)
{
	(void)state;
	m.roll_deg = 12; /* clockwise: the head leans to the right of the picture, own left */
	judge();
	assert_sentence(0, "reason.tilted_right", CHECK_ARROW_RIGHT);
	m.roll_deg = -12;
	m.yaw_deg = 20; /* nose to the right of the picture */
	judge();
	assert_sentence(0, "reason.tilted_left", CHECK_ARROW_LEFT);
	assert_sentence(1, "reason.turned_right", CHECK_ARROW_RIGHT);
	m.roll_deg = m.yaw_deg = NAN;
	m.pitch_deg = 20;
	judge();
	assert_sentence(0, "reason.nodding_down", CHECK_ARROW_DOWN);
	m.pitch_deg = -20;
	m.shoulders_deg = 10; /* right in the picture is low: own left */
	judge();
	assert_sentence(0, "reason.nodding_up", CHECK_ARROW_UP);
	m.pitch_deg = NAN;
	judge();
	assert_sentence(0, "reason.shoulders_left", CHECK_ARROW_NONE);
	m.shoulders_deg = NAN;
	m.centre_px = WIDE - 600; /* right in the picture: own left is there, go to own right */
	judge();
	assert_sentence(0, "reason.off_centre_right", CHECK_ARROW_RIGHT);
}

static void barred_colours_are_named(void **state)
{
	(void)state;
	m.clothes_purple = 0.8;
	judge();
	assert_sentence(0, "reason.clothes_barred_purple", 0);
	m.clothes_green = 0.9;
	judge();
	assert_sentence(0, "reason.clothes_barred_blue", 0); /* “blue or green” */
}

/* --- words ------------------------------------------------------------------------------------- */

static void assert_words(const char *prefix, const char *word)
{
	char id[80];

	snprintf(id, sizeof(id), "%s%s", prefix, word);
	for (int l = 0; l < LANG_COUNT; l++)
		if (!strcmp(text_get((enum lang)l, id), id))
			fail_msg("no sentence for %s", id);
}

static void every_code_and_measure_has_its_words(void **state)
{
	static const char *const names[] = {
#define NAME(field) #field,
		CHECK_MEASURES(NAME)
#undef NAME
	};

	(void)state;
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		const char *word = check_code_word((enum check_code)c);

		assert_words("reason.", word);
		assert_words("cure.", word);
		assert_words("finding.", word);
		if (check_code_rule((enum check_code)c) == CHECK_RULE_TICK)
			assert_words("tick.", word);
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_words("measure.", names[i]);
}

static void cures_know_the_lamp_and_the_fault(void **state)
{
	struct check_finding f = { .code = CHECK_HALF_LIT, .value = 1 };
	char id[48];

	(void)state;
	assert_string_equal(check_cure_id(&f, id), "cure.half_lit_left");
	f.value = -1;
	assert_string_equal(check_cure_id(&f, id), "cure.half_lit_right");
	f.code = CHECK_UNDECODABLE;
	for (int fault = -5; fault <= JPEG_NO_MEMORY; fault++) {
		f.value = fault;
		assert_words(check_cure_id(&f, id), "");
	}
	f.value = JPEG_TOO_BIG;
	assert_string_equal(check_cure_id(&f, id), "cure.undecodable_too_big");
}

/* --- where to look ----------------------------------------------------------------------------- */

static const struct check_region *region(enum check_code code)
{
	for (uint32_t i = 0; i < r.finding_count; i++)
		if (r.findings[i].code == code)
			return &r.findings[i].region;
	fail_msg("no finding %s", check_code_word(code));
	return NULL;
}

static bool holds(const struct check_region *g, int x, int y)
{
	return x >= g->x && x < g->x + g->w && y >= g->y && y < g->y + g->h;
}

static void findings_say_where_to_look(void **state)
{
	const struct check_region *g;

	(void)state;
	m.eye_ratio = 0.01;
	m.half_ev = 2;
	m.backdrop_de = 50;
	m.clothes_de = 1;
	judge();
	g = region(CHECK_EYES_CLOSED);
	assert_true(holds(g, WIDE / 2 - 250, 2574) && holds(g, WIDE / 2 + 250, 2574));
	assert_true(g->h < 600);
	g = region(CHECK_HALF_LIT); /* brighter right: look left */
	assert_true(g->w > 0 && g->x + g->w <= WIDE / 2);
	g = region(CHECK_BACKDROP_UNEVEN);
	assert_true(holds(g, 10, 10) && !holds(g, 10, HIGH - 10));
	g = region(CHECK_CLOTHES_BACKDROP);
	assert_true(holds(g, WIDE / 2, 3400 + 600) && !holds(g, WIDE / 2, 2600));
}

static void regions_stay_inside_the_picture(void **state)
{
	(void)state;
	in.faces[0] = (struct check_box){ -60, -40, 5000, 5000 };
	in.faces[1] = (struct check_box){ 700, 1100, 300, 300 };
	in.face_count = 2;
	m.faces = 2;
	m.centre_px = 100;
	m.crown_px = -1000;
	m.crown_cut = 1;
	m.clothes_de = 1;
	judge();
	for (uint32_t i = 0; i < r.finding_count; i++) {
		const struct check_region *g = &r.findings[i].region;

		assert_true(g->x >= 0 && g->y >= 0 && g->w >= 0 && g->h >= 0);
		assert_true(g->x + g->w <= WIDE && g->y + g->h <= HIGH);
	}
	assert_true(holds(region(CHECK_MANY_FACES), 3600, 5600));
}

/* --- strobes that miss and lamps that drift ---------------------------------------------------- */

static void a_strobe_that_misses_is_noticed(void **state)
{
	struct check_history h = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(check_history_add(&h, 0.5 + 0.02 * i), CHECK_LIGHT_USUAL);
	assert_int_equal(check_history_add(&h, 0.11), CHECK_LIGHT_MISFIRE);
	assert_int_equal(check_history_add(&h, 0.5), CHECK_LIGHT_USUAL);
	assert_int_equal(check_history_add(&h, NAN), CHECK_LIGHT_USUAL);
	assert_int_equal(check_history_add(&h, 0.01), CHECK_LIGHT_MISFIRE);
}

static void a_misfire_does_not_become_the_usual(void **state)
{
	struct check_history h = { 0 };

	(void)state;
	for (int i = 0; i < CHECK_HISTORY; i++)
		check_history_add(&h, 0.5);
	for (int i = 0; i < CHECK_HISTORY / 2 - 1; i++)
		assert_int_equal(check_history_add(&h, 0.05), CHECK_LIGHT_MISFIRE);
	for (int i = 0; i < CHECK_HISTORY; i++) /* lamps were turned down on purpose: believed */
		check_history_add(&h, 0.05);
	assert_int_not_equal(check_history_add(&h, 0.05), CHECK_LIGHT_MISFIRE);
}

static void slow_drift_is_noticed(void **state)
{
	struct check_history h = { 0 };
	enum check_light last = CHECK_LIGHT_USUAL;

	(void)state;
	for (int i = 0; i < 60; i++) {
		last = check_history_add(&h, 0.5 * exp2(-i / 60.0));
		assert_int_not_equal(last, CHECK_LIGHT_MISFIRE);
	}
	assert_int_equal(last, CHECK_LIGHT_DRIFT);
}

static int load_words(void **state)
{
	(void)state;
	return text_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_not_measured_is_no_finding, good_portrait),
		cmocka_unit_test_setup(a_warning_has_a_reason_too, good_portrait),
		cmocka_unit_test_setup(skin_tone_refuses_nobody, good_portrait),
		cmocka_unit_test_setup(a_job_sets_levels, good_portrait),
		cmocka_unit_test_setup(one_main_reason_in_the_order_of_blame, good_portrait),
		cmocka_unit_test_setup(a_second_reason_only_if_independent, good_portrait),
		cmocka_unit_test_setup(a_failure_is_not_diluted_by_warnings, good_portrait),
		cmocka_unit_test_setup(nobody_in_the_dark_is_told_of_the_dark, good_portrait),
		cmocka_unit_test_setup(dark_lenses_are_no_closed_eyes, good_portrait),
		cmocka_unit_test_setup(what_depends_on_skin_comes_after_what_is_sure,
				       good_portrait),
		cmocka_unit_test(no_finding_explains_itself_away),
		cmocka_unit_test_setup(sides_are_the_students_own, good_portrait),
		cmocka_unit_test_setup(barred_colours_are_named, good_portrait),
		cmocka_unit_test(every_code_and_measure_has_its_words),
		cmocka_unit_test(cures_know_the_lamp_and_the_fault),
		cmocka_unit_test_setup(findings_say_where_to_look, good_portrait),
		cmocka_unit_test_setup(regions_stay_inside_the_picture, good_portrait),
		cmocka_unit_test(a_strobe_that_misses_is_noticed),
		cmocka_unit_test(a_misfire_does_not_become_the_usual),
		cmocka_unit_test(slow_drift_is_noticed),
	};

	return cmocka_run_group_tests(tests, load_words, NULL);
}
