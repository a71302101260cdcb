/* Backdrop, head top, clothes and body of drawn people against what was drawn. */
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

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/verdict.h"
#include "firmware/judge/preset.h"
#include "tools/virtual/portraits/portrait.h"

enum { WIDE = 480, HIGH = 720 };

static struct check_limits limits;

static int load(void **state)
{
	struct config_error err;
	struct preset preset;
	char path[800];

	(void)state;
	if (preset_path("chsi-480", path, sizeof(path)) < 0 ||
	    preset_load(path, NULL, &preset, &err) < 0)
		return -1;
	limits = preset.limits;
	return 0;
}

static struct portrait_scene scene(const char *text)
{
	struct portrait_scene s = portrait_plain(0);
	const char *fault = "";

	if (portrait_scene_set(&s, text, &fault) < 0)
		fail_msg("%s: %s", text, fault);
	return s;
}

/* The face where it was drawn; no engine is needed for what lies around it. */
static struct check_input input(const struct image *im, const struct portrait_scene *s)
{
	double ied = portrait_ied(s, WIDE, HIGH), side = ied / 0.44;
	double crop = fmin(0.78 * HIGH, 0.95 * WIDE * 4 / 3);
	double x = WIDE / 2.0 + s->shift_u * ied;
	double y = (HIGH - crop) * 0.4 + crop * 250 / 640 + s->shift_v * ied;

	return (struct check_input){ .im = im,
				     .scale = 1,
				     .width_px = im->width_px,
				     .height_px = im->height_px,
				     .face_count = 1,
				     .faces = { { x - side / 2, y - 0.27 * side, side, side } } };
}

static struct check_measures measure(const struct image *im, const struct check_input *in)
{
	struct check_input i = *in;
	struct check_measures m;

	i.im = im;
	check_measure(&i, 0.3, &m);
	return m;
}

static struct check_measures drawn(const char *text)
{
	struct portrait_scene s = scene(text);
	struct image *im = portrait_draw(&s, WIDE, HIGH);
	struct check_input in = input(im, &s);
	struct check_measures m = measure(im, &in);

	image_unref(im);
	return m;
}

static struct image *mirrored(const struct image *im)
{
	struct image *out = image_new(im->width_px, im->height_px);

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(out, y)[x] = image_row(im, y)[im->width_px - 1 - x];
	return out;
}

/* --- head top ---------------------------------------------------------------------------------- */

static bool is_green(uint32_t p)
{
	int r = (int)(p >> 16 & 255), g = (int)(p >> 8 & 255), b = (int)(p & 255);

	return g > r + 80 && g > b + 80;
}

/* Drawn before a colour that nobody wears. */
static double true_crown(const char *text)
{
	struct portrait_scene s = scene(text);
	struct check_input in;
	struct image *im;
	double cx, half;
	int y;

	s.backdrop = 0x00ff00;
	im = portrait_draw(&s, WIDE, HIGH);
	in = input(im, &s);
	cx = in.faces[0].x + in.faces[0].w / 2;
	half = 0.35 * in.faces[0].w;
	for (y = 0; y < HIGH; y++) {
		int n = 0, on = 0;

		for (int x = (int)(cx - half); x < cx + half; x++, n++)
			on += !is_green(image_row(im, y)[x]);
		if (on > 0.12 * n)
			break;
	}
	image_unref(im);
	return y;
}

static void the_head_top_is_found_on_any_plain_backdrop(void **state)
{
	static const char *const people[] = { "person=0", "person=1", "person=2",
					      "person=5", "person=7", "person=9,roll_deg=4" };
	static const char *const walls[] = { "noise=3", "backdrop=0xf4f4f4",
					     "backdrop=0xd8d8d8,slope_ev=0.3",
					     "slope_ev=0.6,folds=0.03" };
	char text[128];

	(void)state;
	for (size_t p = 0; p < ARRAY_SIZE(people); p++) {
		double truth = true_crown(people[p]);

		for (size_t w = p % 4; w < ARRAY_SIZE(walls); w += 3) {
			struct check_measures m;

			snprintf(text, sizeof(text), "%s,%s", people[p], walls[w]);
			m = drawn(text);
			if (m.crown_seen != 1 || fabs(m.crown_px - truth) > 14 * HIGH / 2000.0)
				fail_msg("%s: seen %g at %g, drawn at %g", text, m.crown_seen,
					 m.crown_px, truth);
			assert_int_equal((int)m.crown_cut, 0);
		}
	}
}

static void a_head_cut_by_the_upper_edge_is_noticed(void **state)
{
	struct check_measures m = drawn("person=0,shift_v=-2.4");

	(void)state;
	assert_int_equal((int)m.crown_cut, 1);
	m = drawn("person=7,shift_v=-1.2");
	assert_int_equal((int)m.crown_cut, 1);
}

static void against_its_own_colour_no_head_top_is_claimed(void **state)
{
	struct check_measures m = drawn("person=0,backdrop=0x181412");

	(void)state;
	assert_int_equal((int)m.crown_seen, 0);
	assert_true(fabs(m.eye_line_px - m.crown_px - 1.08 * (m.chin_px - m.eye_line_px)) < 1);
}

/* --- backdrop ---------------------------------------------------------------------------------- */

static void evenness_follows_slope_folds_and_shadow(void **state)
{
	static const struct {
		const char *text;
		double least, most;
	} rows[] = {
		{ "backdrop=0x3480cd", 0, 0.5 },
		{ "backdrop=0x3480cd,slope_ev=0.2", 1, 3 },
		{ "backdrop=0x3480cd,slope_ev=0.4", 3, 6 },
		{ "backdrop=0x3480cd,slope_ev=0.8", 6, 12 },
		{ "backdrop=0x3480cd,folds=0.04", 0.5, 3 },
		{ "backdrop=0x3480cd,backdrop_shadow_ev=0.3", 2, 6 },
		{ "person=1,backdrop=0xf0f0f0", 0, 0.5 },
		{ "person=5,noise=4", 0, 1.5 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct check_measures m = drawn(rows[i].text);

		if (!(m.backdrop_de >= rows[i].least && m.backdrop_de <= rows[i].most))
			fail_msg("%s: dE %g", rows[i].text, m.backdrop_de);
		if (!(m.backdrop_patch < limits.backdrop_patch.warn))
			fail_msg("%s: an object of %g", rows[i].text, m.backdrop_patch);
	}
}

static void objects_are_found_and_hair_is_none(void **state)
{
	static const char *const objects[] = { "person=0,object=door", "person=1,object=door",
					       "person=2,object=pole,backdrop=0xf4f4f4",
					       "person=1,object=person",
					       "person=7,object=person,slope_ev=0.3" };
	static const char *const none[] = { "person=1",
					    "person=1,backdrop=0xe8e8e8",
					    "person=1,vary=3",
					    "person=5,vary=9,noise=3",
					    "person=7",
					    "person=7,backdrop=0xf4f4f4",
					    "person=1,shift_u=0.4" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		struct portrait_scene s = scene(objects[i]);
		struct image *im = portrait_draw(&s, WIDE, HIGH), *mirror = mirrored(im);
		struct check_input in = input(im, &s);
		struct check_measures a = measure(im, &in), b = measure(mirror, &in);

		if (!(a.backdrop_patch > limits.backdrop_patch.fail) ||
		    !(b.backdrop_patch > limits.backdrop_patch.fail))
			fail_msg("%s: %g, mirrored %g", objects[i], a.backdrop_patch,
				 b.backdrop_patch);
		image_unref(im);
		image_unref(mirror);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct check_measures m = drawn(none[i]);

		if (!(m.backdrop_patch < limits.backdrop_patch.warn) ||
		    !(m.backdrop_de < limits.backdrop_de.warn))
			fail_msg("%s: patch %g, dE %g", none[i], m.backdrop_patch, m.backdrop_de);
	}
}

/* A frame of 3:2 across, the same sitter small in the middle: what stands far to the side is outside
 * every finished picture. */
static void an_object_far_outside_the_finished_picture_is_nobodys_business(void **state)
{
	struct portrait_scene s = scene("person=0");
	struct image *im = portrait_draw(&s, WIDE, HIGH), *wide = image_new(2 * WIDE, HIGH);
	struct check_input in = input(im, &s);
	struct check_measures m;

	(void)state;
	for (int y = 0; y < HIGH; y++)
		for (int x = 0; x < 2 * WIDE; x++)
			image_row(wide, y)[x] = x < 200	   ? 0x402010
						: x < WIDE ? image_row(im, y)[0]
							   : image_row(im, y)[x - WIDE];
	in.faces[0].x += WIDE;
	in.width_px = 2 * WIDE;
	m = measure(wide, &in);
	assert_true(m.backdrop_patch < 0.01);
	assert_true(m.backdrop_de < 1);
	image_unref(im);
	image_unref(wide);
}

/* The same sitter before another wall. */
static struct check_measures before(uint32_t (*wall)(int x, int y, uint32_t colour),
				    uint32_t colour)
{
	static struct image *im; /* drawn once */
	struct portrait_scene s = scene("person=1,backdrop=0x00ff00");
	struct image *out = image_new(WIDE, HIGH);
	struct check_measures m;
	struct check_input in;

	if (!im)
		im = portrait_draw(&s, WIDE, HIGH);
	in = input(im, &s);
	for (int y = 0; y < HIGH; y++)
		for (int x = 0; x < WIDE; x++) {
			uint32_t p = image_row(im, y)[x];

			image_row(out, y)[x] = is_green(p) ? wall(x, y, colour) : p;
		}
	m = measure(out, &in);
	image_unref(out);
	return m;
}

static uint32_t shelf(int x, int y, uint32_t colour)
{
	return ((uint32_t)(x / 23 + y / 90 * 7) * colour >> 8) & 0xffffff;
}

/* A round head of hair, 2.2 IED to the sides and 2.8 up. */
static uint32_t big_hair(int x, int y, uint32_t colour)
{
	double ied = 0.78 * HIGH * 98 / 640, crop = 0.78 * HIGH;
	double u = (x - WIDE / 2.0) / ied, v = (y - (HIGH - crop) * 0.4 - crop * 250 / 640) / ied;

	return hypot(u / 2.2, (v + 0.4) / 2.4) < 1 ? 0x2a1c16 : colour;
}

static uint32_t paint(int x, int y, uint32_t colour)
{
	(void)x;
	(void)y;
	return colour;
}

static void a_scene_is_uneven_and_claims_nothing_more(void **state)
{
	struct check_measures m = before(shelf, 2654435761u);

	(void)state;
	assert_true(m.backdrop_de > limits.backdrop_de.fail);
	assert_int_equal((int)m.crown_seen, 0);
	assert_true(isnan(m.clothes_de));
	assert_true(isnan(m.backdrop_h));
	assert_true(isnan(m.shoulders_deg));
}

static uint32_t codes_of(const struct check_measures *m)
{
	struct check_input in = {
		.scale = 1, .width_px = WIDE, .height_px = HIGH, .face_count = 1
	};
	struct check_result r;
	uint32_t got = 0;

	check_judge_measured(&in, &limits, m, &r);
	for (uint32_t i = 0; i < r.finding_count; i++)
		if (r.findings[i].level == CHECK_FAIL)
			got |= r.findings[i].code == CHECK_BACKDROP_COLOUR    ? 1
			       : r.findings[i].code == CHECK_CLOTHES_BARRED   ? 2
			       : r.findings[i].code == CHECK_CLOTHES_BACKDROP ? 4
									      : 0;
	return got;
}

static void big_hair_is_no_object_and_counts_as_head(void **state)
{
	struct check_measures m = before(big_hair, 0x64c5ff);
	double top = m.eye_line_px - 2.8 * m.ied_px;

	(void)state;
	assert_true(m.backdrop_patch < limits.backdrop_patch.warn);
	assert_true(m.backdrop_de < limits.backdrop_de.warn);
	assert_int_equal((int)m.crown_seen, 1);
	assert_true(m.crown_px > top - 2 && m.crown_px < top + 0.15 * m.ied_px);
}

static void only_blue_and_white_backdrops_pass(void **state)
{
	static const uint32_t good[] = {
		0x64c5ff, 0xffffff, 0xf0f0f0, 0x3380cd, 0xbfe0f5, 0xd8d8d4
	};
	static const uint32_t bad[] = {
		0xd03020, 0x808080, 0x30a040, 0xe0c890, 0x202020, 0xa070c0
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct check_measures m = before(paint, good[i]), n = before(paint, bad[i]);

		if (codes_of(&m) & 1)
			fail_msg("%06x refused: L %g C %g h %g", good[i], m.backdrop_l,
				 m.backdrop_c, m.backdrop_h);
		if (!(codes_of(&n) & 1))
			fail_msg("%06x passed: L %g C %g h %g", bad[i], n.backdrop_l, n.backdrop_c,
				 n.backdrop_h);
	}
}

static void a_dark_wall_is_no_back_light(void **state)
{
	struct check_measures m = before(paint, 0x303030);

	(void)state;
	assert_true(m.back_ev < 0);
	m = drawn("backdrop=0xffffff,sitter_ev=-4");
	assert_true(m.back_ev > limits.back_ev_warn);
}

/* --- clothes and body -------------------------------------------------------------------------- */

/* A round-necked top of another colour, with the folds it was drawn with. */
static struct check_measures wearing(int person, uint32_t colour)
{
	static struct image *im[8]; /* drawn once */
	struct portrait_scene s = portrait_plain(person);
	struct image *out = image_new(WIDE, HIGH);
	struct check_measures m;
	struct check_input in;

	s.clothes = 0x00ff00;
	if (!im[person])
		im[person] = portrait_draw(&s, WIDE, HIGH);
	in = input(im[person], &s);
	for (int y = 0; y < HIGH; y++)
		for (int x = 0; x < WIDE; x++) {
			uint32_t p = image_row(im[person], y)[x], light = p >> 8 & 255;

			image_row(out, y)[x] =
				!is_green(p) ? p
					     : ((colour >> 16 & 255) * light / 255) << 16 |
						       ((colour >> 8 & 255) * light / 255) << 8 |
						       (colour & 255) * light / 255;
		}
	m = measure(out, &in);
	image_unref(out);
	return m;
}

static void each_colour_of_clothes_is_judged(void **state)
{
	static const struct {
		int person; /* 1: long hair before the clothes; 6: brown skin */
		uint32_t clothes, want;
	} rows[] = {
		{ 0, 0xf5f5f5, 0 }, { 0, 0x1a1a1a, 0 }, /* white, black */
		{ 0, 0x808080, 0 }, { 0, 0xb02020, 0 }, { 6, 0x6b4226, 0 }, /* grey, red, brown */
		{ 0, 0xf0a0b8, 0 }, { 0, 0xf08020, 0 }, /* pink, orange */
		{ 0, 0xe0cfb0, 0 }, { 6, 0xe0cfb0, 0 }, /* beige */
		{ 0, 0x1c2440, 0 }, { 0, 0x28324f, 0 }, /* navy suits */
		{ 0, 0x4169e1, 2 }, { 0, 0x87ceeb, 2 }, /* royal and sky blue */
		{ 0, 0x64c5ff, 6 }, /* the backdrop's own */
		{ 1, 0x2e8b40, 2 }, { 0, 0x0c4a28, 2 }, { 6, 0x90ee40, 2 }, /* green */
		{ 0, 0xf0d020, 2 }, { 6, 0xc89a20, 2 }, /* yellow, mustard */
		{ 0, 0x7030a0, 2 }, { 1, 0xb898d8, 2 }, /* purple, lavender */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct check_measures m = wearing(rows[i].person, rows[i].clothes);

		if ((codes_of(&m) & 6) != rows[i].want)
			fail_msg("%06x on %d: blue %g green %g purple %g yellow %g, dE %g",
				 rows[i].clothes, rows[i].person, m.clothes_blue, m.clothes_green,
				 m.clothes_purple, m.clothes_yellow, m.clothes_de);
	}
}

static void clothes_must_differ_from_the_backdrop(void **state)
{
	struct check_measures m = drawn("clothes=0xf5f5f5,backdrop=0xe8e8e8");

	(void)state;
	assert_int_equal(codes_of(&m) & 6, 4);
	m = before(paint, 0xe8e8e8); /* a white shirt under a dark jacket */
	assert_int_equal(codes_of(&m) & 6, 0);
}

static void without_clothes_in_the_picture_nothing_is_said_of_them(void **state)
{
	struct check_measures m = drawn("shift_v=2.2");

	(void)state;
	assert_true(isnan(m.clothes_blue));
	assert_true(isnan(m.clothes_de));
}

static void shoulders_lean_as_drawn(void **state)
{
	static const double lean[] = { -8, 0, 8 };
	double got[3];
	char text[64];

	(void)state;
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "person=2,lean_deg=%g", lean[i]);
		got[i] = drawn(text).shoulders_deg;
	}
	assert_true(got[0] < -limits.shoulders_warn_deg && got[2] > limits.shoulders_warn_deg);
	assert_true(fabs(got[1]) < 1.5);
	assert_true(drawn("person=2,torso=0.35").torso > drawn("person=2").torso + 0.1);
}

/* --- surface ----------------------------------------------------------------------------------- */

static double moire_of(const char *text, int w, int h)
{
	struct portrait_scene s = scene(text);
	struct image *im = portrait_draw(&s, w, h);
	SCOPED_FREE uint8_t *luma = malloc((size_t)w * (size_t)h);
	double v;

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			luma[y * w + x] = (uint8_t)(image_row(im, y)[x] >> 8);
	v = check_moire(luma, w, h, w);
	image_unref(im);
	return v;
}

static void a_photographed_screen_is_told_from_a_person(void **state)
{
	(void)state;
	assert_true(moire_of("person=1,noise=3", 800, 1200) < limits.moire_warn - 1);
	assert_true(moire_of("person=1,moire=0.01", 800, 1200) > limits.moire_warn);
	assert_true(isnan(moire_of("person=1", 200, 300)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_top_is_found_on_any_plain_backdrop),
		cmocka_unit_test(a_head_cut_by_the_upper_edge_is_noticed),
		cmocka_unit_test(against_its_own_colour_no_head_top_is_claimed),
		cmocka_unit_test(evenness_follows_slope_folds_and_shadow),
		cmocka_unit_test(objects_are_found_and_hair_is_none),
		cmocka_unit_test(an_object_far_outside_the_finished_picture_is_nobodys_business),
		cmocka_unit_test(a_scene_is_uneven_and_claims_nothing_more),
		cmocka_unit_test(big_hair_is_no_object_and_counts_as_head),
		cmocka_unit_test(only_blue_and_white_backdrops_pass),
		cmocka_unit_test(a_dark_wall_is_no_back_light),
		cmocka_unit_test(each_colour_of_clothes_is_judged),
		cmocka_unit_test(clothes_must_differ_from_the_backdrop),
		cmocka_unit_test(without_clothes_in_the_picture_nothing_is_said_of_them),
		cmocka_unit_test(shoulders_lean_as_drawn),
		cmocka_unit_test(a_photographed_screen_is_told_from_a_person),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
