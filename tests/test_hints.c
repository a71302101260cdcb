/* Live hints: what a frame shows, and what becomes of it over time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "firmware/judge/preview.h"
#include "firmware/kiosk/steady.h"
#include "tools/virtual/portraits/portrait.h"

enum { FRAME_W = 640, FRAME_H = 424, FRAME_MS = 80 };

#define BIT(name) (1ull << CHECK_##name)

/* --- over time --------------------------------------------------------------------------------- */

static struct steady s;
static int64_t now;

static int fresh(void **state)
{
	(void)state;
	now = 1000000;
	steady_reset(&s, ~0ull);
	return 0;
}

/* Frames with these findings for @ms. */
static void see(uint64_t found, uint64_t negative, int ms)
{
	for (int64_t until = now + ms; now < until; now += FRAME_MS)
		steady_hear(&s, found, negative, now);
}

static void assert_says(enum check_code code)
{
	assert_int_equal(s.state, STEADY_SAY);
	assert_int_equal(s.code, code);
}

static void nothing_is_known_at_first(void **state)
{
	(void)state;
	assert_int_equal(s.state, STEADY_UNKNOWN);
	see(0, 0, 300);
	assert_int_equal(s.state, STEADY_UNKNOWN);
	see(0, 0, 400);
	assert_int_equal(s.state, STEADY_FINE);
}

static void a_finding_is_said_after_half_a_second(void **state)
{
	(void)state;
	see(0, 0, 1000);
	see(BIT(TURNED), 0, 400);
	assert_int_equal(s.state, STEADY_FINE);
	see(BIT(TURNED), 0, 300);
	assert_says(CHECK_TURNED);
}

static void a_missed_frame_does_not_begin_anew(void **state)
{
	(void)state;
	see(BIT(TURNED), 0, 320);
	see(0, 0, 160);
	see(BIT(TURNED), 0, 160);
	assert_says(CHECK_TURNED);
}

static void a_blink_is_not_said_closed_eyes_are(void **state)
{
	(void)state;
	see(0, 0, 1000);
	for (int i = 0; i < 5; i++) {
		see(BIT(EYES_CLOSED), 0, 800);
		assert_int_equal(s.state, STEADY_FINE);
		see(0, 0, 1000);
	}
	see(BIT(EYES_CLOSED), 0, 1200);
	assert_says(CHECK_EYES_CLOSED);
}

static void what_is_said_stays_a_second_then_goes(void **state)
{
	(void)state;
	see(BIT(TURNED), 0, 600);
	assert_says(CHECK_TURNED);
	see(0, 0, 700);
	assert_says(CHECK_TURNED);
	see(0, 0, 800);
	assert_int_equal(s.state, STEADY_FINE);
}

/* A value about its limit: said, silent, said … is what nobody wants to look at. */
static void a_finding_that_comes_and_goes_does_not_flicker(void **state)
{
	enum steady_state last;
	int changes = 0;

	(void)state;
	see(BIT(TURNED), 0, 600);
	last = s.state;
	for (int i = 0; i < 60; i++) {
		see(i % 3 ? BIT(TURNED) : 0, 0, FRAME_MS);
		changes += s.state != last;
		last = s.state;
	}
	assert_int_equal(changes, 0);
}

static void the_more_important_one_takes_over(void **state)
{
	(void)state;
	see(BIT(CLOTHES_BARRED), 0, 2000);
	assert_says(CHECK_CLOTHES_BARRED);
	see(BIT(CLOTHES_BARRED) | BIT(OFF_CENTRE), 0, 700);
	assert_says(CHECK_OFF_CENTRE);
	see(BIT(CLOTHES_BARRED), 0, 1500);
	assert_says(CHECK_CLOTHES_BARRED);
}

static void the_other_side_is_another_hint(void **state)
{
	(void)state;
	see(BIT(OFF_CENTRE), BIT(OFF_CENTRE), 700);
	assert_says(CHECK_OFF_CENTRE);
	assert_true(s.negative);
	see(BIT(OFF_CENTRE), 0, 1200);
	assert_says(CHECK_OFF_CENTRE);
	assert_false(s.negative);
}

static void without_frames_nothing_stays(void **state)
{
	(void)state;
	see(BIT(TURNED), 0, 700);
	steady_tick(&s, now + 500);
	assert_says(CHECK_TURNED);
	steady_tick(&s, now + 2000);
	assert_int_equal(s.state, STEADY_UNKNOWN);
}

/* A machine that has time for two frames a second only. */
static void rare_frames_still_speak(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++, now += 500)
		steady_hear(&s, BIT(TURNED), 0, now);
	assert_says(CHECK_TURNED);
	for (int i = 0; i < 4; i++, now += 500)
		steady_hear(&s, 0, 0, now);
	assert_int_equal(s.state, STEADY_FINE);
}

static void it_speaks_only_of_what_it_may(void **state)
{
	(void)state;
	steady_reset(&s, BIT(TURNED));
	see(BIT(BACKDROP_UNEVEN), 0, 2000);
	assert_int_equal(s.state, STEADY_FINE);
	see(BIT(BACKDROP_UNEVEN) | BIT(TURNED), 0, 700);
	assert_says(CHECK_TURNED);
}

/* --- one frame --------------------------------------------------------------------------------- */

static struct judge judge;
static struct preview preview;

static int open_judge(void **state)
{
	struct config_error err;
	char path[256];

	(void)state;
	assert_int_equal(preset_path("chsi-480", path, sizeof(path)), 0);
	assert_int_equal(judge_open(path, NULL, JUDGE_MODEL, &judge, &err), 0);
	preview.judge = &judge;
	return 0;
}

static int close_judge(void **state)
{
	(void)state;
	judge_close(&judge);
	return 0;
}

/* The next frame shows this. */
static struct judge_hint next(const struct portrait_scene *scene)
{
	struct image *im = portrait_draw(scene, FRAME_W, FRAME_H);
	struct judge_hint h;

	assert_non_null(im);
	preview_judge(&preview, im, &h);
	image_unref(im);
	return h;
}

/* The first frame does. */
static struct judge_hint judged(const struct portrait_scene *scene)
{
	preview = (struct preview){ .judge = &judge };
	return next(scene);
}

static struct portrait_scene scene_of(const char *name)
{
	return *portrait_scene_find(name);
}

static void good_sitters_get_no_hint(void **state)
{
	static const char *const names[] = { "good-1", "good-2", "good-3", "good-4", "good-5" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct portrait_scene sc = scene_of(names[i]);
		struct judge_hint h = judged(&sc);

		assert_int_equal(h.found, 0);
		assert_int_equal(h.flags, JUDGE_HINT_FACE);
		assert_in_range(h.face.x + h.face.w / 2, FRAME_W / 2 - 30, FRAME_W / 2 + 30);
	}
}

static void faults_are_found(void **state)
{
	static const struct {
		const char *name;
		enum check_code code;
	} rows[] = {
		{ "blink", CHECK_EYES_CLOSED },	 { "turned", CHECK_TURNED },
		{ "tilted", CHECK_TILTED },	 { "half-lit", CHECK_HALF_LIT },
		{ "bright", CHECK_OVEREXPOSED }, { "two", CHECK_MANY_FACES },
		{ "empty", CHECK_NO_FACE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct portrait_scene sc = scene_of(rows[i].name);

		if (!(judged(&sc).found & 1ull << rows[i].code))
			fail_msg("%s is not seen", rows[i].name);
	}
}

/* The shirt is found before the shot; what may be worn is not. */
static void the_shirt_is_seen(void **state)
{
	static const struct {
		uint32_t top;
		uint64_t found;
	} rows[] = {
		{ 0x2e9b4f, BIT(CLOTHES_BARRED) }, /* green */
		{ 0xe8c81e, BIT(CLOTHES_BARRED) }, /* yellow */
		{ 0x8a3fb4, BIT(CLOTHES_BARRED) }, /* purple */
		{ 0x64c5ff, BIT(CLOTHES_BARRED) | BIT(CLOTHES_BACKDROP) }, /* as the backdrop */
		{ 0x1a2238, 0 }, /* navy */
		{ 0xf4f4f2, 0 },
		{ 0x161616, 0 },
		{ 0xb02a2a, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct portrait_scene sc = scene_of(i % 2 ? "good-1" : "good-2");
		struct judge_hint h;

		sc.clothes = rows[i].top;
		h = judged(&sc);
		if (h.found != rows[i].found)
			fail_msg("top %06x: %llx", rows[i].top, (unsigned long long)h.found);
	}
}

static void a_sitter_at_one_side_is_sent_to_the_middle(void **state)
{
	struct portrait_scene sc = scene_of("good-2");
	struct judge_hint h;

	(void)state;
	for (double shift = 1.6; shift < 4; shift += 0.8) { /* into the part that is not shown */
		sc.shift_u = shift;
		h = judged(&sc);
		assert_true(h.found & BIT(OFF_CENTRE));
		assert_false(h.negative & BIT(OFF_CENTRE));
		sc.shift_u = -shift;
		h = judged(&sc);
		assert_true(h.negative & BIT(OFF_CENTRE));
	}
}

/* The sitter is followed, and still whoever comes along is seen, in every frame from then on. */
static void a_second_face_is_seen_soon_and_stays_seen(void **state)
{
	struct portrait_scene alone = scene_of("good-1"), both = scene_of("two");
	int frame = 0;

	(void)state;
	for (int i = 0; i < 8; i++)
		assert_int_equal(next(&alone).found & BIT(MANY_FACES), 0);
	while (!(next(&both).found & BIT(MANY_FACES)))
		assert_true(++frame < 8);
	for (int i = 0; i < 8; i++)
		assert_true(next(&both).found & BIT(MANY_FACES));
}

/* Not every frame is measured as a whole: that must not show. */
static void the_shirt_is_seen_in_every_frame(void **state)
{
	struct portrait_scene green = scene_of("good-1"), good = scene_of("good-2");

	(void)state;
	preview = (struct preview){ .judge = &judge };
	green.clothes = 0x2e9b4f;
	for (int i = 0; i < 8; i++)
		assert_int_equal(next(&green).found, BIT(CLOTHES_BARRED));
	for (int i = 0; i < 3; i++)
		next(&good);
	for (int i = 0; i < 8; i++)
		assert_int_equal(next(&good).found, 0);
}

/* From one side to the other, and away. */
static void the_face_is_followed(void **state)
{
	struct portrait_scene sc = scene_of("good-2"), empty = scene_of("empty");
	double ied = portrait_ied(&sc, FRAME_W, FRAME_H);

	(void)state;
	for (double shift = -0.8; shift <= 0.8; shift += 0.2) {
		struct judge_hint h;

		sc.shift_u = shift;
		h = next(&sc);
		assert_in_range(h.face.x + h.face.w / 2, FRAME_W / 2 + (int)(shift * ied) - 30,
				FRAME_W / 2 + (int)(shift * ied) + 30);
	}
	assert_int_equal(next(&empty).found, BIT(NO_FACE));
}

/* A body mounted upright sends its frames lying: silence, not "no face". */
static void a_lying_frame_says_nothing(void **state)
{
	struct portrait_scene sc = scene_of("good-1");
	struct image *up = portrait_draw(&sc, FRAME_H, FRAME_W);
	struct image *im = image_new(FRAME_W, FRAME_H);
	struct judge_hint h;

	(void)state;
	for (int y = 0; y < FRAME_H; y++)
		for (int x = 0; x < FRAME_W; x++)
			image_row(im, y)[x] = image_row(up, x)[FRAME_H - 1 - y];
	preview = (struct preview){ .judge = &judge };
	preview_judge(&preview, im, &h);
	image_unref(up);
	image_unref(im);
	assert_int_equal(h.flags, JUDGE_HINT_SIDEWAYS);
	assert_int_equal(h.found, 0);
}

/* Without the 68 points place and light are still told, and nothing invented. */
static void without_the_model_place_and_light_are_seen(void **state)
{
	struct portrait_scene good = scene_of("good-1"), dim = scene_of("half-lit"),
			      aside = scene_of("good-2");
	struct config_error err;
	struct judge boxes;
	char path[256];

	(void)state;
	assert_int_equal(preset_path("chsi-480", path, sizeof(path)), 0);
	assert_int_equal(judge_open(path, NULL, "", &boxes, &err), 0);
	preview = (struct preview){ .judge = &boxes };
	assert_int_equal(next(&good).found, 0);
	assert_true(next(&dim).found & BIT(HALF_LIT));
	aside.shift_u = 2;
	assert_true(next(&aside).found & BIT(OFF_CENTRE));
	judge_close(&boxes);
}

static void a_strange_frame_does_no_harm(void **state)
{
	static const int sides[][2] = { { 1, 1 }, { 16, 1 }, { 3, 900 }, { 1800, 2 } };
	struct judge_hint h;

	(void)state;
	preview = (struct preview){ .judge = &judge };
	for (size_t i = 0; i < 4; i++) {
		struct image *im = image_new(sides[i][0], sides[i][1]);

		preview_judge(&preview, im, &h);
		image_unref(im);
		assert_int_equal(h.found, BIT(NO_FACE));
	}
}

int main(void)
{
	const struct CMUnitTest over_time[] = {
		cmocka_unit_test_setup(nothing_is_known_at_first, fresh),
		cmocka_unit_test_setup(a_finding_is_said_after_half_a_second, fresh),
		cmocka_unit_test_setup(a_missed_frame_does_not_begin_anew, fresh),
		cmocka_unit_test_setup(a_blink_is_not_said_closed_eyes_are, fresh),
		cmocka_unit_test_setup(what_is_said_stays_a_second_then_goes, fresh),
		cmocka_unit_test_setup(a_finding_that_comes_and_goes_does_not_flicker, fresh),
		cmocka_unit_test_setup(the_more_important_one_takes_over, fresh),
		cmocka_unit_test_setup(the_other_side_is_another_hint, fresh),
		cmocka_unit_test_setup(without_frames_nothing_stays, fresh),
		cmocka_unit_test_setup(rare_frames_still_speak, fresh),
		cmocka_unit_test_setup(it_speaks_only_of_what_it_may, fresh),
	};
	const struct CMUnitTest frames[] = {
		cmocka_unit_test(good_sitters_get_no_hint),
		cmocka_unit_test(faults_are_found),
		cmocka_unit_test(the_shirt_is_seen),
		cmocka_unit_test(a_sitter_at_one_side_is_sent_to_the_middle),
		cmocka_unit_test(a_second_face_is_seen_soon_and_stays_seen),
		cmocka_unit_test(the_shirt_is_seen_in_every_frame),
		cmocka_unit_test(the_face_is_followed),
		cmocka_unit_test(a_lying_frame_says_nothing),
		cmocka_unit_test(without_the_model_place_and_light_are_seen),
		cmocka_unit_test(a_strange_frame_does_no_harm),
	};
	int rc = cmocka_run_group_tests(over_time, NULL, NULL);

	return rc + cmocka_run_group_tests(frames, open_judge, close_judge);
}
