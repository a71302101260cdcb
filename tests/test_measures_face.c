/* What is measured on a face, against what was drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "drivers/face/face.h"
#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/judge/judge.h"
#include "tools/virtual/portraits/portrait.h"

enum { WIDE = 640, HIGH = 960, FAIR = 1, DARK = 2 };

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

/* Points found anew, as the kiosk does. */
static struct check_measures measured(const struct image *im)
{
	struct check_input in = {
		.im = im, .scale = 1, .width_px = im->width_px, .height_px = im->height_px
	};
	size_t w = (size_t)im->width_px;
	SCOPED_FREE uint8_t *px = malloc(w * (size_t)im->height_px);
	struct face_luma luma = { px, im->width_px, im->height_px, w };
	struct face_box boxes[FACE_BOXES_MAX];
	struct face_point points[FACE_POINTS];
	struct check_measures m;

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++) {
			uint32_t p = image_row(im, y)[x];

			px[(size_t)y * w + (size_t)x] =
				(uint8_t)((77 * (p >> 16 & 255) + 150 * (p >> 8 & 255) +
					   29 * (p & 255)) >>
					  8);
		}
	in.face_count = face_find(judge.face, &luma, boxes);
	assert_true(in.face_count >= 1);
	in.face_count = 1;
	in.faces[0] = (struct check_box){ boxes[0].x, boxes[0].y, boxes[0].w, boxes[0].h };
	assert_int_equal(face_points(judge.face, &luma, &boxes[0], points), 0);
	in.has_points = true;
	for (int i = 0; i < CHECK_POINTS; i++)
		in.points[i] = (struct check_point){ points[i].x, points[i].y };
	check_measure(&in, 0.3, &m);
	return m;
}

static struct check_measures drawn_at(const struct portrait_scene *s, int w, int h)
{
	struct image *im = portrait_draw(s, w, h);
	struct check_measures m;

	assert_non_null(im);
	m = measured(im);
	image_unref(im);
	return m;
}

/* A person with one thing changed: drawn(FAIR, .yaw_deg = 20). */
#define drawn(who, ...)                                                                            \
	drawn_at(&(struct portrait_scene){ .person = who, .second = -1, .eyes = 1, __VA_ARGS__ },  \
		 WIDE, HIGH)

#define assert_between(low, value, high)                                                           \
	do {                                                                                       \
		double got_ = (value);                                                             \
		if (!(got_ >= (low) && got_ <= (high)))                                            \
			fail_msg("%s = %.3f, wanted %.3f…%.3f", #value, got_, (double)(low),       \
				 (double)(high));                                                  \
	} while (0)

static struct image *mirrored(const struct image *im)
{
	struct image *out = image_new(im->width_px, im->height_px);

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(out, y)[x] = image_row(im, y)[im->width_px - 1 - x];
	return out;
}

static void pose_follows_the_head(void **state)
{
	struct check_measures straight = drawn(FAIR), m;

	(void)state;
	assert_between(-5, straight.yaw_deg, 5);
	assert_between(-9, straight.pitch_deg, 9);
	m = drawn(FAIR, .yaw_deg = 20);
	assert_between(14, m.yaw_deg, 26);
	m = drawn(DARK, .yaw_deg = -20);
	assert_between(-26, m.yaw_deg, -14);
	m = drawn(FAIR, .pitch_deg = 15);
	assert_between(7, m.pitch_deg - straight.pitch_deg, 20);
	m = drawn(FAIR, .pitch_deg = -15);
	assert_between(-20, m.pitch_deg - straight.pitch_deg, -7);
	m = drawn(FAIR, .roll_deg = 6);
	assert_between(4.5, m.roll_deg - straight.roll_deg, 7.5);
}

static void a_mirror_turns_signs_and_nothing_else(void **state)
{
	struct portrait_scene s = portrait_plain(FAIR);
	struct check_measures m, n;
	struct image *im, *mirror;

	(void)state;
	s.yaw_deg = 12;
	s.roll_deg = 4;
	s.gaze = 0.15;
	s.left_ev = -0.7;
	im = portrait_draw(&s, WIDE, HIGH);
	mirror = mirrored(im);
	m = measured(im);
	n = measured(mirror);
	image_unref(im);
	image_unref(mirror);
	assert_between(-3, m.yaw_deg + n.yaw_deg, 3);
	assert_between(-2, m.roll_deg + n.roll_deg, 2);
	assert_between(-0.06, m.gaze + n.gaze, 0.06);
	assert_between(-0.1, m.half_ev + n.half_ev, 0.1);
	assert_between(-3, m.pitch_deg - n.pitch_deg, 3);
	assert_between(-0.08, m.sharpness - n.sharpness, 0.08);
	assert_between(-0.02, m.face_light - n.face_light, 0.02);
	assert_between(-0.8, m.mouth - n.mouth, 0.8);
}

static void the_same_face_measures_the_same_when_smaller(void **state)
{
	struct portrait_scene s = portrait_plain(FAIR);
	struct check_measures m = drawn_at(&s, WIDE, HIGH), n;

	(void)state;
	n = drawn_at(&s, WIDE / 2, HIGH / 2);
	assert_between(45, n.ied_px, 70);
	assert_between(-3, m.yaw_deg - n.yaw_deg, 3);
	assert_between(-4, m.pitch_deg - n.pitch_deg, 4);
	assert_between(-0.1, m.half_ev - n.half_ev, 0.1);
	assert_between(-0.03, m.face_light - n.face_light, 0.03);
	/* nothing is called soft for being small */
	assert_true(n.sharpness > judge.preset.limits.sharpness.warn);
	assert_true(n.eye_ratio > judge.preset.limits.eyes.warn);
}

static void shut_eyes_are_told_from_open_ones(void **state)
{
	const struct check_limit *l = &judge.preset.limits.eyes;

	(void)state;
	for (int person = 0; person < 3; person++) {
		struct portrait_scene s = portrait_plain(person);
		struct check_measures open = drawn_at(&s, WIDE, HIGH), shut;

		s.eyes = 0;
		shut = drawn_at(&s, WIDE, HIGH);
		assert_true(open.eye_ratio > l->warn);
		assert_true(shut.eye_ratio < l->fail);
	}
}

/* The left half of one picture beside the right half of another. */
static void one_shut_eye_counts(void **state)
{
	struct portrait_scene s = portrait_plain(FAIR);
	struct image *open = portrait_draw(&s, WIDE, HIGH), *shut;
	struct check_measures m;

	(void)state;
	s.eyes = 0;
	shut = portrait_draw(&s, WIDE, HIGH);
	for (int y = 0; y < HIGH; y++)
		memcpy(image_row(open, y), image_row(shut, y), WIDE / 2 * 4);
	m = measured(open);
	image_unref(open);
	image_unref(shut);
	assert_true(m.eye_ratio < judge.preset.limits.eyes.fail);
}

static void mouth_and_teeth(void **state)
{
	const struct check_limit *l = &judge.preset.limits.mouth;
	struct check_measures shut = drawn(FAIR), open = drawn(FAIR, .mouth = 1);
	struct check_measures teeth = drawn(DARK, .teeth = 1);

	(void)state;
	assert_true(shut.mouth < l->warn);
	assert_true(open.mouth > l->fail);
	assert_true(teeth.mouth > l->warn);
}

static void blur_and_motion_in_every_direction(void **state)
{
	const struct check_limits *l = &judge.preset.limits;
	struct check_measures m = drawn(DARK, .blur = 1.2 / 112);

	(void)state;
	assert_true(m.sharpness < l->sharpness.fail);
	assert_true(m.anisotropy < l->moved_anisotropy);
	m = drawn(DARK, .blur = 0.5 / 112);
	assert_true(m.sharpness > l->sharpness.warn);
	for (int deg = 0; deg <= 90; deg += 45) {
		m = drawn(FAIR, .motion = 7.0 / 112, .motion_deg = deg);
		assert_true(m.sharpness < l->sharpness.fail);
		assert_true(m.anisotropy > l->moved_anisotropy);
	}
	m = drawn(DARK, .ev = -2);
	assert_true(m.sharpness > l->sharpness.warn);
	assert_true(m.laplacian > 2 * l->laplacian_fail);
}

static void light_is_read_in_stops(void **state)
{
	const struct check_limits *l = &judge.preset.limits;
	struct check_measures even = drawn(DARK), m = drawn(DARK, .left_ev = -1);

	(void)state;
	assert_between(-0.1, even.half_ev, 0.1);
	assert_between(0.9, m.half_ev, 1.1);
	m = drawn(DARK, .ev = -1);
	assert_between(-1.1, log2(m.face_light / even.face_light), -0.9);
	assert_between(-0.05, m.half_ev, 0.05);
	m = drawn(FAIR, .top = 1);
	assert_true(m.top_ev > l->top_ev_warn && even.top_ev < l->top_ev_warn);
	m = drawn(FAIR, .shadow_ev = 1.5);
	assert_true(m.shadow_share > l->shadow_share_warn);
	assert_true(even.shadow_share < l->shadow_share_warn);
	m = drawn(DARK, .shine = 1);
	assert_true(m.shine_share > 2 * even.shine_share);
}

static void a_picture_without_colour_has_no_skin_colour(void **state)
{
	struct portrait_scene s = portrait_plain(FAIR);
	struct image *im = portrait_draw(&s, WIDE, HIGH);
	struct check_measures m = measured(im);

	(void)state;
	assert_between(5, m.cast_a, 25);
	assert_between(5, m.cast_b, 35);
	for (int y = 0; y < HIGH; y++)
		for (int x = 0; x < WIDE; x++) {
			uint32_t g = image_row(im, y)[x] >> 8 & 255;

			image_row(im, y)[x] = g << 16 | g << 8 | g;
		}
	m = measured(im);
	image_unref(im);
	assert_between(-1, m.cast_a, 1);
	assert_between(-1, m.cast_b, 1);
	assert_false(isnan(m.half_ev));
}

static void what_glasses_and_flash_do(void **state)
{
	const struct check_limits *l = &judge.preset.limits;
	struct check_measures plain = drawn(FAIR), m = drawn(FAIR, .glasses = 0.035);

	(void)state;
	assert_true(plain.glasses < 0.2 && m.glasses > 0.2);
	assert_true(m.glare < l->glare.fail && m.tint > l->tint_warn);
	assert_true(m.eye_ratio > l->eyes.warn);
	m = drawn(FAIR, .glasses = 0.035, .glare = 0.2);
	assert_true(m.glare > l->glare.warn);
	m = drawn(FAIR, .glasses = 0.035, .tint = 0.8);
	assert_true(m.tint < l->tint_warn);
	m = drawn(FAIR, .gaze = 0.2);
	assert_between(0.12, m.gaze, 0.3);
	assert_true(m.glare < l->glare.fail);
	m = drawn(FAIR, .red_eye = 1);
	assert_true(plain.red_eye < l->red_eye_warn && m.red_eye > l->red_eye_warn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pose_follows_the_head),
		cmocka_unit_test(a_mirror_turns_signs_and_nothing_else),
		cmocka_unit_test(the_same_face_measures_the_same_when_smaller),
		cmocka_unit_test(shut_eyes_are_told_from_open_ones),
		cmocka_unit_test(one_shut_eye_counts),
		cmocka_unit_test(mouth_and_teeth),
		cmocka_unit_test(blur_and_motion_in_every_direction),
		cmocka_unit_test(light_is_read_in_stops),
		cmocka_unit_test(a_picture_without_colour_has_no_skin_colour),
		cmocka_unit_test(what_glasses_and_flash_do),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
