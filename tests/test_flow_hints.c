/* Hints on the framing screen: said in time, steady, and never in the way of the picture. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/flow.h"
#include "tools/virtual/portraits/portrait.h"

enum { LOOK_MS = 20 };

#define NO_HINT "看镜头，坐直"

static struct rig rig = { .extra_config = FLOW_QUICK };
static struct rig *const r = &rig;
static char text[256];

static long long frames_judged(void)
{
	json_t *state = rig_state(r);
	long long n = 0;

	assert_non_null(state);
	n = json_integer_value(json_object_get(json_object_get(state, "times"), "hint_frames"));
	json_decref(state);
	return n;
}

/* Until so many more frames were looked at. */
static void frames_pass(int count)
{
	long long until = frames_judged() + count;
	int64_t patience = clock_now_ms() + FLOW_PATIENCE_MS;

	while (frames_judged() < until) {
		if (clock_now_ms() > patience)
			fail_msg("no hints come");
		poll(NULL, 0, LOOK_MS);
	}
}

static void sits(int person, const char *picture)
{
	flow_is(r, "hints", "ok");
	flow_picture(r, picture);
	flow_framed(r, person);
}

/* The camera sees good-1 with these changes. */
static void looks(const char *changes)
{
	struct portrait_scene scene = *portrait_scene_find("good-1");
	SCOPED_FREE uint8_t *jpeg = NULL;
	SCOPED_FILE FILE *f = NULL;
	struct image *im;
	char path[300], command[320];
	size_t bytes;

	assert_int_equal(portrait_scene_set(&scene, changes, NULL), 0);
	im = portrait_draw(&scene, 800, 1200);
	assert_non_null(im);
	bytes = portrait_jpeg(im, 90, &jpeg);
	image_unref(im);
	snprintf(path, sizeof(path), "%.250s/%s.jpg", r->dir, changes);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(jpeg, 1, bytes, f), bytes);
	assert_int_equal(fflush(f), 0);
	snprintf(command, sizeof(command), "picture %s", path);
	flow_camera(r, command);
}

static void a_good_sitter_hears_no_hint(void **state)
{
	(void)state;
	sits(0, "good-1");
	frames_pass(30);
	assert_string_equal(flow_text(r, "hint", text), "");
	assert_string_equal(flow_text(r, "prompt_zh", text), NO_HINT);
	flow_pass(r, true);
}

static void an_empty_seat_is_said_until_somebody_sits(void **state)
{
	(void)state;
	sits(1, "empty");
	flow_is(r, "hint", "no_face");
	assert_string_equal(flow_text(r, "prompt_zh", text), "请坐好，看镜头");
	flow_picture(r, "good-2");
	flow_is(r, "prompt_zh", NO_HINT);
	assert_string_equal(flow_text(r, "hint", text), "");
	flow_pass(r, true);
	flow_camera(r, "picture");
}

/* The shirt is found before the shot; with a jacket over it the picture passes. */
static void a_barred_shirt_is_said_before_the_shot(void **state)
{
	(void)state;
	flow_is(r, "hints", "ok");
	looks("clothes=0x2e9b4f");
	flow_framed(r, 10);
	flow_is(r, "hint", "clothes_barred");
	flow_is(r, "prompt_zh", "上衣颜色不行，请加外套");
	flow_picture(r, "good-1");
	flow_is(r, "prompt_zh", NO_HINT);
	flow_pass(r, true);
	flow_camera(r, "picture");
}

static void a_sitter_at_one_side_is_sent_to_the_middle(void **state)
{
	(void)state;
	flow_is(r, "hints", "ok");
	looks("shift_u=1.5");
	flow_framed(r, 11);
	flow_is(r, "hint", "off_centre");
	flow_is(r, "prompt_zh", "往右坐一点");
	looks("shift_u=-1.5");
	flow_is(r, "prompt_zh", "往左坐一点");
	flow_key(r, "cancel");
	flow_camera(r, "picture");
}

static void a_turned_head_hears_what_to_do(void **state)
{
	(void)state;
	sits(2, "turned");
	flow_is(r, "hint", "turned");
	flow_is(r, "prompt_zh", "脸转正，看镜头");
	flow_key(r, "cancel");
	flow_state(r, "idle");
	assert_string_equal(flow_text(r, "hint", text), "");
}

/* What is wrong with the light the student cannot help. */
static void the_light_is_the_photographers_business(void **state)
{
	(void)state;
	sits(3, "half-lit");
	flow_is(r, "hint", "half_lit");
	assert_string_equal(flow_text(r, "prompt_zh", text), NO_HINT);
}

static void a_hint_does_not_follow_to_the_next_person(void **state)
{
	(void)state;
	sits(4, "turned");
	flow_is(r, "hint", "turned");
	flow_key(r, "cancel");
	sits(5, "good-1");
	frames_pass(20);
	assert_string_equal(flow_text(r, "hint", text), "");
}

/* --- never in the way -------------------------------------------------------------------------- */

static void a_dead_worker_disturbs_nobody(void **state)
{
	(void)state;
	sits(6, "good-1");
	assert_int_equal(kill(rig_worker_pid(r, "hints"), SIGKILL), 0);
	flow_pass(r, true);
	assert_string_equal(flow_text(r, "banner", text), "");
	sits(7, "turned"); /* it is there again */
	flow_is(r, "hint", "turned");
}

/* It stands still in the middle of a frame: hint gone, picture taken, judged and accepted. */
static void a_hung_worker_disturbs_nobody(void **state)
{
	pid_t pid;

	(void)state;
	sits(8, "turned");
	flow_is(r, "hint", "turned");
	pid = rig_worker_pid(r, "hints");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	flow_is(r, "prompt_zh", NO_HINT);
	flow_state(r, "framing");
	flow_picture(r, "good-1");
	flow_pass(r, true);
	kill(pid, SIGKILL);
	flow_is(r, "hints", "offline");
	flow_is(r, "hints", "ok");
}

/* Not a frame is looked at between the trigger and the verdict. */
static void the_shot_has_the_machine_for_itself(void **state)
{
	long long before;

	(void)state;
	sits(9, "good-1");
	frames_pass(3);
	flow_camera(r, "delay 101b 600 1");
	flow_camera(r, "delay 1009 600 1");
	flow_key(r, "shoot");
	flow_state(r, "shooting");
	before = frames_judged();
	flow_state(r, "passed");
	assert_true(frames_judged() <= before + 1); /* the one that was with the worker */
}

/* One that dies at every start is left alone; the visits go on. */
static void a_worker_that_never_lives_is_given_up(void **state)
{
	int64_t patience = clock_now_ms() + FLOW_PATIENCE_MS;
	pid_t pid, last = 0;

	(void)state;
	for (int deaths = 0; deaths < 5; deaths++) {
		while ((pid = rig_worker_pid(r, "hints")) == last || pid <= 0) {
			if (clock_now_ms() > patience)
				fail_msg("it is not started again");
			poll(NULL, 0, LOOK_MS);
		}
		kill(pid, SIGKILL);
		last = pid;
	}
	while (rig_worker_pid(r, "hints") > 0) {
		if (clock_now_ms() > patience)
			fail_msg("it is started again and again");
		poll(NULL, 0, LOOK_MS);
	}
	flow_picture(r, "good-1");
	flow_framed(r, 12);
	flow_pass(r, true);
	assert_string_equal(flow_text(r, "hints", text), "offline");
	assert_int_equal(rig_worker_pid(r, "hints"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(a_good_sitter_hears_no_hint),
		FLOW(an_empty_seat_is_said_until_somebody_sits),
		FLOW(a_barred_shirt_is_said_before_the_shot),
		FLOW(a_sitter_at_one_side_is_sent_to_the_middle),
		FLOW(a_turned_head_hears_what_to_do),
		FLOW(the_light_is_the_photographers_business),
		FLOW(a_hint_does_not_follow_to_the_next_person),
		FLOW(a_dead_worker_disturbs_nobody),
		FLOW(a_hung_worker_disturbs_nobody),
		FLOW(the_shot_has_the_machine_for_itself),
		FLOW(a_worker_that_never_lives_is_given_up),
	};

	return FLOW_MAIN(r, tests);
}
