/* The screens: each is drawn at every size, nothing is cut, missing or too small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <SDL.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"
#include "firmware/ui/samples.h"

static const int sizes[][2] = { { 800, 480 }, { 1024, 600 }, { 1920, 1080 }, { 1080, 1920 } };

static int set_up(void **state)
{
	(void)state;
	return text_init(NULL);
}

static void inside(const struct text_mark *m, struct rect r, const char *screen, int w, int h)
{
	double slack = m->em * 0.2; /* tails of g and y stand below the em box */

	if (m->ink.x < r.x - slack || m->ink.y < r.y - slack ||
	    m->ink.x + m->ink.w > r.x + r.w + slack || m->ink.y + m->ink.h > r.y + r.h + slack)
		fail_msg(
			"%s at %dx%d: \"%s\" stands outside its box (%.0f,%.0f %.0f×%.0f in %.0f,%.0f %.0f×%.0f)",
			screen, w, h, m->text, m->ink.x, m->ink.y, m->ink.w, m->ink.h, r.x, r.y,
			r.w, r.h);
}

/* Texts of one view must not lie on each other. */
static bool overlap(const struct rect *a, const struct rect *b)
{
	double w = fmin(a->x + a->w, b->x + b->w) - fmax(a->x, b->x);
	double h = fmin(a->y + a->h, b->y + b->h) - fmax(a->y, b->y);

	return w > 2 && h > 2;
}

static void check_marks(const struct draw_probe *p, const char *screen, int w, int h)
{
	assert_true(p->count < PROBE_MAX);
	for (int i = 0; i < p->count; i++) {
		const struct text_mark *m = &p->marks[i];

		if (m->cut)
			fail_msg("%s at %dx%d: \"%s\" is cut", screen, w, h, m->text);
		if (m->missing_glyphs)
			fail_msg("%s: \"%s\" has characters no font knows", screen, m->text);
		inside(m, m->box, screen, w, h);
		inside(m, p->view[m->view], screen, w, h);
		for (int k = 0; k < i; k++)
			if (overlap(&m->ink, &p->marks[k].ink))
				fail_msg("%s at %dx%d: \"%s\" lies on \"%s\"", screen, w, h,
					 m->text, p->marks[k].text);
	}
}

/* Students stand 1–3 m away. */
static void check_student_sizes(const struct draw_probe *p, const char *screen, int w, int h,
				enum lang lang)
{
	struct rect view = p->view[VIEW_STUDENT];
	double least = 28 * fmin(view.h / 600, view.w / 620) - 0.6;
	bool prompt = false;

	for (int i = 0; i < p->count; i++) {
		const struct text_mark *m = &p->marks[i];

		if (m->view != VIEW_STUDENT)
			continue;
		if (m->em < least)
			fail_msg("%s at %dx%d: \"%s\" is only %.0f px", screen, w, h, m->text,
				 m->em);
		if (m->role != ROLE_PROMPT)
			continue;
		prompt = true;
		if (lang == LANG_ZH && m->em * 0.93 < view.h / 8)
			fail_msg("%s at %dx%d: the sentence is %.0f px of %.0f", screen, w, h,
				 m->em, view.h);
		if (m->ink.h < view.h / 8 * (lang == LANG_ZH ? 0.95 : 0.75))
			fail_msg("%s at %dx%d: the sentence covers %.0f px of %.0f", screen, w, h,
				 m->ink.h, view.h);
	}
	assert_true(prompt);
}

/* The operator's half is small, but read from arm's length. */
static void check_operator_sizes(const struct draw_probe *p, const char *screen, int w, int h)
{
	double least = 13 * fmin(w / 1024.0, h / 600.0) - 0.6;

	for (int i = 0; i < p->count; i++)
		if (p->marks[i].view == VIEW_OPERATOR && p->marks[i].em < least &&
		    p->marks[i].role != ROLE_NAME)
			fail_msg("%s at %dx%d: \"%s\" is only %.1f px", screen, w, h,
				 p->marks[i].text, p->marks[i].em);
}

static void check_drawn(const struct image *im)
{
	int colours = 0;
	uint32_t seen[6];

	for (int y = 0; y < im->height_px; y += 7)
		for (int x = 0; x < im->width_px && colours < 6; x += 7) {
			uint32_t px = image_row(im, y)[x] & 0xffffff;
			int i = 0;

			while (i < colours && seen[i] != px)
				i++;
			if (i == colours)
				seen[colours++] = px;
		}
	assert_int_equal(colours, 6);
}

static void check_screen(int i, enum lang lang, enum ui_layout layout, int w, int h)
{
	static struct draw_probe probe;
	struct scene scene;
	struct image *im;

	memset(&probe, 0, sizeof(probe));
	sample_scene(i, lang, &scene);
	im = ui_draw_probed(&scene, layout, w, h, &probe);
	sample_release(&scene);
	assert_non_null(im);
	check_drawn(im);
	check_marks(&probe, sample_name(i), w, h);
	if (layout != UI_OPERATOR && (layout == UI_SPLIT || w >= h))
		check_student_sizes(&probe, sample_name(i), w, h, lang);
	if (layout == UI_SPLIT)
		check_operator_sizes(&probe, sample_name(i), w, h);
	image_unref(im);
}

static void every_screen_is_whole_and_readable(void **state)
{
	(void)state;
	for (int i = 0; i < sample_count(); i++)
		for (int l = 0; l < LANG_COUNT; l++)
			for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
				check_screen(i, (enum lang)l, UI_SPLIT, sizes[s][0], sizes[s][1]);
}

static void each_view_can_stand_alone(void **state)
{
	(void)state;
	for (int i = 0; i < sample_count(); i++)
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			check_screen(i, LANG_ZH, UI_STUDENT, sizes[s][0], sizes[s][1]);
			check_screen(i, LANG_ZH, UI_OPERATOR, sizes[s][0], sizes[s][1]);
		}
}

static void every_state_has_a_sample(void **state)
{
	bool seen[SCREEN_COUNT] = { false };

	(void)state;
	for (int i = 0; i < sample_count(); i++) {
		struct scene s;

		sample_scene(i, LANG_ZH, &s);
		seen[s.screen] = true;
		sample_release(&s);
	}
	for (int i = 0; i < SCREEN_COUNT; i++)
		assert_true(seen[i]);
}

static void scene_of(const char *name, struct scene *out)
{
	for (int i = 0; i < sample_count(); i++)
		if (!strcmp(sample_name(i), name)) {
			sample_scene(i, LANG_ZH, out);
			return;
		}
	fail_msg("no sample %s", name);
}

static void names_are_shown_whole_whatever_they_are(void **state)
{
	static const char *const names[] = {
		"王",
		"欧阳娜娜",
		"䶮",
		"𠮷野",
		"𬱖",
		"㛃𫍽",
		"买买提·阿卜杜热合曼",
		"阿卜杜热合曼·买买提吐尔逊·玉素甫江·阿不都克里木·艾则孜·吾买尔江·图尔荪·伊敏江·卡德尔",
		"Maria Fernanda dos Santos Albuquerque de Oliveira e Silva",
		"Wolfeschlegelsteinhausenbergerdorff",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(names); n++)
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			static struct draw_probe probe;
			struct scene scene;
			struct image *im;

			memset(&probe, 0, sizeof(probe));
			scene_of("framing", &scene);
			text_copy(scene.name, sizeof(scene.name), names[n]);
			im = ui_draw_probed(&scene, UI_SPLIT, sizes[s][0], sizes[s][1], &probe);
			assert_non_null(im);
			check_marks(&probe, names[n], sizes[s][0], sizes[s][1]);
			image_unref(im);
			sample_release(&scene);
		}
}

/* What the student may see: no number, no class, no words for the staff. */
static void nothing_private_stands_in_the_students_view(void **state)
{
	(void)state;
	for (int i = 0; i < sample_count(); i++) {
		static struct draw_probe p;
		struct scene s;

		memset(&p, 0, sizeof(p));
		sample_scene(i, LANG_ZH, &s);
		image_unref(ui_draw_probed(&s, UI_STUDENT, 1024, 600, &p));
		for (int k = 0; k < p.count; k++) {
			assert_null(strstr(p.marks[k].text, "1101"));
			assert_null(strstr(p.marks[k].text, "机械"));
			assert_null(strstr(p.marks[k].text, "0128"));
			assert_string_not_equal(p.marks[k].text,
						text_get(LANG_ZH, "notice.test_shot"));
			if (s.cure_id[0])
				assert_string_not_equal(p.marks[k].text,
							text_get(LANG_ZH, s.cure_id));
		}
		sample_release(&s);
	}
}

static bool is_written(const struct draw_probe *p, enum draw_view view, const char *text)
{
	for (int i = 0; i < p->count; i++)
		if (p->marks[i].view == view && strstr(p->marks[i].text, text))
			return true;
	return false;
}

/* Who shares a number is between the operator and the person who sits there. */
static void records_to_choose_from_are_the_operators(void **state)
{
	static struct draw_probe p;
	struct scene s;

	(void)state;
	memset(&p, 0, sizeof(p));
	scene_of("choose-four", &s);
	image_unref(ui_draw_probed(&s, UI_SPLIT, 800, 480, &p));
	for (int i = 0; i < s.choice_count; i++) {
		const struct scene_choice *c = &s.choices[i];

		assert_true(is_written(&p, VIEW_OPERATOR, c->student_no));
		assert_true(is_written(&p, VIEW_OPERATOR, c->class_name));
		assert_true(is_written(&p, VIEW_OPERATOR, c->level));
		assert_true(is_written(&p, VIEW_OPERATOR, c->number));
		assert_false(is_written(&p, VIEW_STUDENT, c->student_no));
		assert_false(is_written(&p, VIEW_STUDENT, c->name));
	}
	assert_true(is_written(&p, VIEW_OPERATOR, "4"));
	assert_true(is_written(&p, VIEW_OPERATOR, text_get(LANG_ZH, "label.choice_taken")));
	sample_release(&s);
}

static void live_view_is_a_mirror(void **state)
{
	struct image *live = image_new(300, 400), *im;
	struct scene s;
	int red_left = 0, red_right = 0;

	(void)state;
	assert_non_null(live);
	for (int y = 0; y < 400; y++) /* the camera sees red on its left */
		for (int x = 0; x < 150; x++)
			image_row(live, y)[x] = 0xff0000;
	scene_of("framing", &s);
	image_unref(s.live);
	s.live = live;
	im = ui_draw(&s, UI_STUDENT, 1024, 600);
	for (int x = 0; x < 400; x++) {
		uint32_t px = image_row(im, 60)[x] & 0xffffff;

		red_left += px == 0xff0000 && x < 150;
		red_right += px == 0xff0000 && x >= 160;
	}
	assert_int_equal(red_left, 0);
	assert_true(red_right > 50);
	image_unref(im);
	sample_release(&s);
}

/* --- contrast
 * ------------------------------------------------------------------------------------- */

static double linear(int v)
{
	double c = v / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
	return 0.2126 * linear(rgb >> 16 & 255) + 0.7152 * linear(rgb >> 8 & 255) +
	       0.0722 * linear(rgb & 255);
}

static void text_colours_are_seven_to_one(void **state)
{
	static const uint32_t pairs[][2] = {
		{ INK, PAPER },
		{ INK, MIST },
		{ INK_SOFT, MIST },
		{ INK_SOFT, PAPER },
		{ INK_SOFT, KEYS },
		{ INK, KEYS },
		{ INK, AMBER_PALE },
		{ ACTION, ACTION_PALE },
		{ PASS, PASS_PALE },
		{ PASS, PAPER },
		{ FAIL, FAIL_PALE },
		{ FAIL, PAPER },
		{ REST, PAPER },
		{ ACTION, PAPER },
		{ INK, PASS_PALE },
		{ AMBER_DEEP, AMBER_PALE },
		{ PAPER, INK },
		{ INK, FAIL_PALE },
		{ AMBER_DEEP, AMBER_PALE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		double a = luminance(pairs[i][0]) + 0.05, b = luminance(pairs[i][1]) + 0.05;

		if (fmax(a, b) / fmin(a, b) < 7)
			fail_msg("%06x on %06x: %.2f", pairs[i][0], pairs[i][1],
				 fmax(a, b) / fmin(a, b));
	}
}

/* --- thread
 * --------------------------------------------------------------------------------------- */

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	int count, rc;
};

static void on_saved(void *ctx, int rc)
{
	struct waiter *w = ctx;

	pthread_mutex_lock(&w->lock);
	w->count++;
	w->rc = rc;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

static int wait_saved(struct waiter *w, int count)
{
	pthread_mutex_lock(&w->lock);
	while (w->count < count)
		pthread_cond_wait(&w->done, &w->lock);
	pthread_mutex_unlock(&w->lock);
	return w->rc;
}

static struct ui *start(const char *driver, bool sound)
{
	struct ui_config config = { .driver = driver,
				    .width_px = 1024,
				    .height_px = 600,
				    .layout = UI_SPLIT,
				    .sound = sound };
	struct ui *ui = NULL;

	assert_int_equal(ui_start(&config, &ui), 0);
	return ui;
}

static bool same_picture(const char *path, const struct image *im)
{
	cairo_surface_t *s = cairo_image_surface_create_from_png(path);
	bool same = cairo_image_surface_get_width(s) == im->width_px &&
		    cairo_image_surface_get_height(s) == im->height_px;

	for (int y = 0; same && y < im->height_px; y++) {
		const uint32_t *row =
			(const uint32_t *)(void *)(cairo_image_surface_get_data(s) +
						   y * cairo_image_surface_get_stride(s));

		for (int x = 0; same && x < im->width_px; x++)
			same = (row[x] & 0xffffff) == (image_row(im, y)[x] & 0xffffff);
	}
	cairo_surface_destroy(s);
	return same;
}

static void a_screenshot_shows_the_newest_scene(void **state)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, -1 };
	char path[] = "/tmp/tapshot-ui-XXXXXX";
	struct ui *ui = start("offscreen", false);
	int fd = mkstemp(path);

	(void)state;
	for (int i = 0; i < sample_count(); i++) {
		struct scene s;
		struct image *want;

		sample_scene(i, LANG_ZH, &s);
		ui_show(ui, &s);
		ui_screenshot(ui, path, on_saved, &w);
		assert_int_equal(wait_saved(&w, i + 1), 0);
		want = ui_draw(&s, UI_SPLIT, 1024, 600);
		assert_true(same_picture(path, want));
		image_unref(want);
		sample_release(&s);
	}
	ui_screenshot(ui, "/nowhere/at/all.png", on_saved, &w);
	assert_true(wait_saved(&w, sample_count() + 1) < 0);
	ui_stop(ui);
	close(fd);
	unlink(path);
}

/* Draws @s and waits for it. */
static struct ui_drawn drawn_after(struct ui *ui, const struct scene *s)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, -1 };
	struct ui_drawn d;

	ui_show(ui, s);
	ui_screenshot(ui, "/dev/null", on_saved, &w);
	wait_saved(&w, 1);
	ui_drawn(ui, &d);
	return d;
}

static void what_was_drawn_is_counted_names_and_live_frames(void **state)
{
	struct ui *ui = start("offscreen", false);
	struct ui_drawn nobody, somebody, same, another;
	struct scene s = { .verdict = -1 };

	(void)state;
	nobody = drawn_after(ui, &s);
	assert_int_equal(nobody.name_ms, 0);
	strcpy(s.name, "测试甲");
	s.live = image_new(64, 48);
	somebody = drawn_after(ui, &s);
	assert_true(somebody.name_ms > 0);
	assert_int_equal(somebody.live_frames, nobody.live_frames + 1);
	strcpy(s.clock_text, "09:41"); /* another scene of the same person, no new frame */
	same = drawn_after(ui, &s);
	assert_int_equal(same.screens, somebody.screens + 1);
	assert_int_equal(same.name_ms, somebody.name_ms);
	assert_int_equal(same.live_frames, somebody.live_frames);
	poll(NULL, 0, 2); /* the clock counts milliseconds */
	strcpy(s.name, "测试乙");
	another = drawn_after(ui, &s);
	assert_true(another.name_ms > same.name_ms);
	image_unref(s.live);
	ui_stop(ui);
}

static void two_screens_show_one_view_each_and_are_saved_as_both(void **state)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, -1 };
	struct ui_config config = {
		.driver = "offscreen", .width_px = 1024, .height_px = 600, .layout = UI_TWO
	};
	char path[] = "/tmp/tapshot-ui-XXXXXX";
	int fd = mkstemp(path);
	struct ui *ui = NULL;
	struct image *want;
	struct scene s;

	(void)state;
	assert_int_equal(ui_start(&config, &ui), 0);
	sample_scene(0, LANG_ZH, &s);
	ui_show(ui, &s);
	ui_screenshot(ui, path, on_saved, &w);
	assert_int_equal(wait_saved(&w, 1), 0);
	want = ui_draw(&s, UI_SPLIT, 1024, 600);
	assert_true(same_picture(path, want));
	image_unref(want);
	sample_release(&s);
	ui_stop(ui);
	close(fd);
	unlink(path);
}

static bool wait_key(struct ui *ui, struct ui_key *key)
{
	struct pollfd p = { .fd = ui_fd(ui), .events = POLLIN };

	return poll(&p, 1, 5000) == 1 && ui_next_key(ui, key);
}

static void keys_come_back_in_order(void **state)
{
	struct ui *ui = start("offscreen", false);
	struct pollfd p = { .fd = ui_fd(ui), .events = POLLIN };
	struct ui_key key;

	(void)state;
	assert_false(ui_next_key(ui, &key));
	ui_press(ui, "kp_plus");
	ui_press(ui, "return");
	assert_true(wait_key(ui, &key));
	assert_string_equal(key.name, "kp_plus");
	assert_true(wait_key(ui, &key));
	assert_string_equal(key.name, "return");
	assert_false(ui_next_key(ui, &key));
	assert_int_equal(poll(&p, 1, 0), 0);
	ui_stop(ui);
}

static void a_window_hands_back_keys_by_name(void **state)
{
	static const struct {
		SDL_Keycode code;
		const char *name;
	} keys[] = { { SDLK_RETURN, "return" },
		     { SDLK_ESCAPE, "escape" },
		     { SDLK_KP_PLUS, "kp_plus" },
		     { SDLK_KP_5, "kp_5" },
		     { SDLK_KP_ENTER, "kp_enter" },
		     { SDLK_KP_MULTIPLY, "kp_multiply" },
		     { SDLK_x, "x" },
		     { SDLK_7, "7" },
		     { SDLK_BACKSPACE, "backspace" },
		     { SDLK_KP_PERIOD, "kp_period" } };
	struct ui *ui;

	(void)state;
	setenv("SDL_VIDEODRIVER", "dummy", 1);
	ui = start("window", false);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		SDL_Event e = { .key = { .type = SDL_KEYDOWN, .state = SDL_PRESSED } };
		struct ui_key key;

		e.key.keysym.sym = keys[i].code;
		SDL_PushEvent(&e);
		assert_true(wait_key(ui, &key));
		assert_string_equal(key.name, keys[i].name);
	}
	ui_stop(ui);
}

static void without_audio_it_is_silent_and_fine(void **state)
{
	struct ui *ui;

	(void)state;
	setenv("SDL_AUDIODRIVER", "nosuchdriver", 1);
	ui = start("offscreen", true);
	for (int s = 0; s < 20; s++)
		ui_sound(ui, s);
	ui_stop(ui);
	setenv("SDL_AUDIODRIVER", "dummy", 1);
	ui = start("offscreen", true);
	for (int s = 0; s < 20; s++)
		ui_sound(ui, s);
	ui_stop(ui);
	unsetenv("SDL_AUDIODRIVER");
}

static void an_unknown_display_is_refused(void **state)
{
	struct ui_config config = { .driver = "papyrus", .width_px = 800, .height_px = 480 };
	struct ui *ui = NULL;

	(void)state;
	assert_true(ui_start(&config, &ui) < 0);
	assert_null(ui);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_a_sample),
		cmocka_unit_test(every_screen_is_whole_and_readable),
		cmocka_unit_test(each_view_can_stand_alone),
		cmocka_unit_test(names_are_shown_whole_whatever_they_are),
		cmocka_unit_test(nothing_private_stands_in_the_students_view),
		cmocka_unit_test(records_to_choose_from_are_the_operators),
		cmocka_unit_test(live_view_is_a_mirror),
		cmocka_unit_test(text_colours_are_seven_to_one),
		cmocka_unit_test(a_screenshot_shows_the_newest_scene),
		cmocka_unit_test(what_was_drawn_is_counted_names_and_live_frames),
		cmocka_unit_test(two_screens_show_one_view_each_and_are_saved_as_both),
		cmocka_unit_test(keys_come_back_in_order),
		cmocka_unit_test(a_window_hands_back_keys_by_name),
		cmocka_unit_test(without_audio_it_is_silent_and_fine),
		cmocka_unit_test(an_unknown_display_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
