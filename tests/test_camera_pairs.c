/* RAW beside JPEG, and pictures that stay in the body's memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/camera_rig.h"

/* libgphoto2 leaks a little in most sessions and more in one that cannot be opened, from modules
 * that are unloaded when leaks are looked for, so none can be told apart by name. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

/* The body's own setting, so that the driver knows what to expect. */
static void write_both(const char *order)
{
	const char *body = camrig_stat("9116") ? "canon" : "nikon";

	camrig_say("rawjpeg %s", order);
	if (!strcmp(body, "nikon"))
		camrig_say("prop 5004 7"); /* NEF + fine */
	else
		camrig_say("prop d120 1"); /* RAW + Large Fine JPEG */
	camrig_drain(50);
	camrig_status();
}

static bool same_stem(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return !strncmp(a, b, n) && b[n] == '.';
}

static void a_pair_is_one_shot_whichever_comes_first(void **state)
{
	static const char *const orders[] = { "rawfirst", "jpegfirst" };
	struct camera_object o;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		write_both(orders[i]);
		for (int k = 0; k < 2; k++) {
			camrig_shoot_whole(&o);
			assert_non_null(strstr(o.name, ".JPG"));
			assert_int_equal(o.pair, PAIR_WHOLE);
			assert_true(same_stem(o.name, o.raw_name));
			assert_null(strstr(o.raw_name, ".JPG"));
		}
	}
	camrig_drain(100);
	assert_int_equal(camrig.stray_count, 0);
	assert_int_equal(camrig_stat("objects"), 8);
}

static void the_raw_stays_when_the_picture_is_removed(void **state)
{
	struct camera_object o, raw;
	enum camera_cause cause;

	(void)state;
	write_both("rawfirst");
	camrig_must_shoot(&o);
	assert_int_equal(camrig.ops->remove(camrig.priv, &o, &cause), 0);
	raw = o;
	strcpy(raw.name, o.raw_name);
	assert_int_equal(camrig.ops->remove(camrig.priv, &raw, &cause), -ENOENT);
	assert_int_equal(camrig_stat("objects"), 1);
}

static struct camera_object listed[RIG_STRAYS_MAX];
static int listed_count;

static void collect(void *ctx, const struct camera_object *o)
{
	(void)ctx;
	assert_true(listed_count < RIG_STRAYS_MAX);
	listed[listed_count++] = *o;
}

static void a_listing_tells_the_companion(void **state)
{
	struct camera_object o;
	enum camera_cause cause;

	(void)state;
	listed_count = 0;
	camrig_must_shoot(&o);
	write_both("rawfirst");
	camrig_must_shoot(&o);
	assert_int_equal(camrig.ops->list(camrig.priv, collect, NULL, &cause), 0);
	assert_int_equal(listed_count, 2);
	assert_string_equal(listed[0].raw_name, "");
	assert_string_equal(listed[1].name, o.name);
	assert_string_equal(listed[1].raw_name, o.raw_name);
}

static void a_raw_a_moment_later_is_still_of_the_pair(void **state)
{
	struct camera_object o;

	(void)state;
	write_both("rawlate 900");
	camrig_shoot_whole(&o);
	assert_int_equal(o.pair, PAIR_WHOLE);
	assert_true(same_stem(o.name, o.raw_name));
}

static void a_raw_that_is_late_leaves_a_partial_pair_and_is_no_stray(void **state)
{
	struct camera_object o;

	(void)state;
	write_both("rawlate 2200");
	camrig_shoot_whole(&o);
	assert_int_equal(o.pair, PAIR_PARTIAL);
	assert_string_equal(o.raw_name, "");
	camrig_say("rawjpeg rawfirst");
	camrig_drain(1800);
	assert_int_equal(camrig.stray_count, 0);
	camrig_shoot_whole(&o);
	assert_int_equal(o.pair, PAIR_WHOLE);
}

static void a_raw_alone_fails_with_its_reason_and_stays(void **state)
{
	struct camera_object o;
	bool triggered;

	(void)state;
	write_both("jpeglost");
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_RAW_ONLY);
	assert_true(triggered);
	assert_int_equal(camrig_stat("objects"), 1);
	assert_int_equal(camrig.stray_count, 0);
	write_both("rawfirst");
	camrig_shoot_whole(&o);
	assert_int_equal(o.pair, PAIR_WHOLE);
	assert_int_equal(camrig.stray_count, 0);
}

static void the_button_with_raw_is_one_stray(void **state)
{
	(void)state;
	write_both("rawfirst");
	camrig_say("press");
	camrig_wait_strays(1);
	camrig_drain(300);
	assert_int_equal(camrig.stray_count, 1);
	assert_non_null(strstr(camrig.strays[0].name, ".JPG"));
}

/* --- memory ---------------------------------------------------------------------------------- */

static int setup_memory(void **state)
{
	camrig_start(*state, true);
	return 0;
}

static void compare_with(const struct camera_object *o, const void *want, size_t bytes)
{
	assert_int_equal(o->size_bytes, bytes);
	assert_int_equal(camrig.got_bytes, bytes);
	assert_memory_equal(camrig.got, want, 2);
}

static void from_memory_each_shot_is_its_own(void **state)
{
	SCOPED_FREE uint8_t *before = NULL;
	struct camera_object o;

	(void)state;
	assert_int_equal(camrig_status().second_copy, 0);
	for (int i = 0; i < 4; i++) {
		camrig_must_shoot(&o);
		assert_int_equal(o.in_memory, 1);
		assert_int_equal(camrig_fetch(&o), CAMERA_OK);
		compare_with(&o, "\xff\xd8", camrig.got_bytes);
		assert_true(!before || memcmp(before, camrig.got, camrig.got_bytes));
		free(before);
		before = malloc(camrig.got_bytes);
		memcpy(before, camrig.got, camrig.got_bytes);
	}
	assert_int_equal(camrig_stat("objects"), 0); /* no copy on the card */
	assert_int_equal(camrig.stray_count, 0);
}

/* The library itself keeps two. */
static void from_memory_the_first_of_three_can_still_be_fetched(void **state)
{
	struct camera_object o[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		camrig_must_shoot(&o[i]);
	for (int i = 0; i < 3; i++)
		assert_int_equal(camrig_fetch(&o[i]), CAMERA_OK);
}

static void from_memory_a_full_card_does_not_matter(void **state)
{
	struct camera_object o;

	(void)state;
	camrig_say("cardfull on");
	assert_int_equal(camrig_status().cause, CAMERA_OK);
	camrig_must_shoot(&o);
	assert_int_equal(camrig_fetch(&o), CAMERA_OK);
}

static void from_memory_nothing_is_deleted(void **state)
{
	enum camera_cause cause;
	struct camera_object o;

	(void)state;
	camrig_say("fill 2");
	camrig_must_shoot(&o);
	assert_int_equal(camrig.ops->remove(camrig.priv, &o, &cause), -ENOENT);
	assert_int_equal(camrig_stat("objects"), 2);
	assert_int_equal(camrig_stat("100b"), 0);
}

static const struct test {
	void (*run)(void **state);
	const char *name, *body;
	int (*setup)(void **state);
} tests[] = {
#define CARD(f)                                                                                    \
	{ f, #f, "nikon", camrig_setup },                                                          \
	{                                                                                          \
		f, #f, "canon", camrig_setup                                                       \
	}
#define MEMORY(f)                                                                                  \
	{ f, #f, "nikon", setup_memory },                                                          \
	{                                                                                          \
		f, #f, "canon", setup_memory                                                       \
	}
	CARD(a_pair_is_one_shot_whichever_comes_first),
	CARD(the_raw_stays_when_the_picture_is_removed),
	CARD(a_listing_tells_the_companion),
	CARD(a_raw_a_moment_later_is_still_of_the_pair),
	CARD(a_raw_that_is_late_leaves_a_partial_pair_and_is_no_stray),
	CARD(a_raw_alone_fails_with_its_reason_and_stays),
	CARD(the_button_with_raw_is_one_stray),
	MEMORY(from_memory_each_shot_is_its_own),
	MEMORY(from_memory_the_first_of_three_can_still_be_fetched),
	MEMORY(from_memory_a_full_card_does_not_matter),
	MEMORY(from_memory_nothing_is_deleted),
};

int main(void)
{
	struct CMUnitTest all[ARRAY_SIZE(tests)];
	static char names[ARRAY_SIZE(tests)][128];

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		snprintf(names[i], sizeof(names[i]), "%s: %s", tests[i].body, tests[i].name);
		all[i] = (struct CMUnitTest){ names[i], tests[i].run, tests[i].setup,
					      camrig_teardown, (void *)(uintptr_t)tests[i].body };
	}
	return cmocka_run_group_tests(all, NULL, NULL);
}
