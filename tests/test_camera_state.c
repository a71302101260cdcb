/* How the body stands: card, battery, focus, settings, clock, sleep. */
#include <errno.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void a_full_card_is_said_at_once(void **state)
{
	struct camera_status s;
	struct camera_object o;
	enum camera_cause cause;
	bool triggered;

	(void)state;
	camrig_say("cardfull on");
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.cause, CAMERA_CARD_FULL);
	assert_int_equal(s.shots_left, 0);
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_CARD_FULL);
	assert_false(triggered);
	camrig_say("cardfull off");
	camrig_must_shoot(&o);
}

static void a_missing_card_is_named(void **state)
{
	struct camera_status s;
	struct camera_object o;
	enum camera_cause cause;
	bool triggered;

	(void)state;
	camrig_say("nocard on");
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.cause, CAMERA_NO_CARD);
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_NO_CARD);
	assert_int_equal(camrig_stat("shots"), 0);
}

static void a_failed_focus_is_named_and_releases_nothing(void **state)
{
	struct camera_object o;
	bool triggered;

	(void)state;
	camrig_say("afail 1");
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_NO_FOCUS);
	assert_false(triggered);
	camrig_say("fault 9207 a002"); /* some bodies refuse at once */
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_NO_FOCUS);
	assert_false(triggered);
	assert_int_equal(camrig_stat("shots"), 0);
	camrig_must_shoot(&o);
}

static void the_battery_is_read(void **state)
{
	struct camera_status s;
	enum camera_cause cause;

	(void)state;
	camrig_say("battery 40");
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.battery_pct, 40);
	camrig_say("battery 5");
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.battery_pct, 5);
	assert_string_equal(s.model, "D750");
	assert_string_equal(s.serial, "6000199");
	assert_in_range(s.clock_offset_s + 5, 0, 10);
}

static void a_body_busy_three_times_still_shoots_once(void **state)
{
	struct camera_object o;

	(void)state;
	camrig_say("fault 9207 2019 3");
	camrig_must_shoot(&o);
	assert_int_equal(camrig_stat("shots"), 1);
}

static void a_body_that_stays_busy_is_not_believed(void **state)
{
	struct camera_object o;
	bool triggered;

	(void)state;
	camrig_say("fault 9207 2019 99999");
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_BUSY);
	assert_false(triggered);
	assert_int_equal(camrig.release_count, 0);
	camrig_say("reset");
	camrig_must_shoot(&o);
}

static void live_view_prohibited_by_the_battery_says_so(void **state)
{
	enum camera_cause cause = CAMERA_OK;
	uint8_t *jpeg;
	size_t bytes;

	(void)state;
	camrig_say("prop d1a4 0x100");
	assert_int_equal(camrig.ops->preview(camrig.priv, &jpeg, &bytes, &cause), -EIO);
	assert_int_equal(cause, CAMERA_BATTERY);
}

static void only_format_size_and_colour_are_enforced(void **state)
{
	struct camera_status s;
	enum camera_cause cause;

	(void)state;
	camrig_say("prop 5004 4"); /* NEF */
	camrig_say("prop 5003 3008x2008");
	camrig_say("prop d032 1"); /* Adobe RGB */
	camrig_say("prop d10b 1"); /* SDRAM, as another program left it */
	camrig_say("prop 500f 800");
	camrig_say("prop 5007 450");
	camrig_say("prop 5005 6");
	camrig_reopen();
	assert_int_equal(atoi(camrig_prop("5004")), 2);
	assert_memory_equal(camrig_prop("5003"), "6016x4016", 9);
	assert_int_equal(atoi(camrig_prop("d032")), 0);
	assert_int_equal(atoi(camrig_prop("d10b")), 0);
	assert_int_equal(atoi(camrig_prop("500f")), 800);
	assert_int_equal(atoi(camrig_prop("5007")), 450);
	assert_int_equal(atoi(camrig_prop("5005")), 6);
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.cause, CAMERA_OK);
	camrig_say("prop 5004 7"); /* NEF + fine: JPEG is there */
	camrig_reopen();
	assert_int_equal(atoi(camrig_prop("5004")), 7);
}

static void a_refused_setting_is_told(void **state)
{
	struct camera_status s;
	enum camera_cause cause;

	(void)state;
	camrig_say("prop d032 1");
	camrig_say("readonly d032");
	camrig_reopen();
	assert_int_equal(camrig.ops->status(camrig.priv, &s, &cause), 0);
	assert_int_equal(s.cause, CAMERA_SETTINGS);
}

static void a_dial_turned_to_raw_is_set_back_before_the_shot(void **state)
{
	struct camera_object o;

	(void)state;
	camrig_status();
	camrig_say("prop 5004 4"); /* NEF */
	camrig_shoot_whole(&o);
	assert_int_equal(atoi(camrig_prop("5004")), 2);
	assert_int_equal(camrig_status().settings_changed, 1);
	assert_int_equal(camrig_status().settings_changed, 0);
}

static void a_dial_turned_to_what_cannot_be_set_back_stops_the_shot(void **state)
{
	struct camera_object o;
	bool triggered;

	(void)state;
	camrig_say("prop 5004 4");
	camrig_say("readonly 5004");
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_SETTINGS);
	assert_false(triggered);
	assert_int_equal(camrig_stat("shots"), 0);
}

static void the_photographer_s_dials_are_told_and_left(void **state)
{
	static const char *const dials[] = { "500f 800", "500e 3", "5005 6" };
	struct camera_object o;

	(void)state;
	assert_int_equal(camrig_status().settings_changed, 0);
	for (size_t i = 0; i < ARRAY_SIZE(dials); i++) {
		camrig_say("prop %s", dials[i]);
		camrig_drain(50);
		assert_int_equal(camrig_status().settings_changed, 1);
		assert_int_equal(camrig_status().settings_changed, 0);
	}
	camrig_shoot_whole(&o);
	assert_int_equal(atoi(camrig_prop("500f")), 800);
	assert_int_equal(camrig_status().settings_changed, 0);
}

/* Choices have translated names: what is set by them fails in another language, silently. */
static void in_another_language_the_card_is_still_the_target(void **state)
{
	struct camera_object o;

	(void)state;
	setlocale(LC_ALL, "C.UTF-8");
	setenv("LANGUAGE", "de", 1);
	camrig_reopen();
	camrig_shoot_whole(&o);
	assert_int_equal(o.in_memory, 0);
	assert_int_equal(camrig_status().cause, CAMERA_OK);
	unsetenv("LANGUAGE");
	setlocale(LC_ALL, "C");
}

static void an_eos_without_room_says_so_before_or_instead_of_the_release(void **state)
{
	struct camera_object o;
	bool triggered;

	(void)state;
	camrig_say("eosprop d11b 0");
	camrig_drain(50);
	assert_int_equal(camrig_shoot(&o, &triggered), CAMERA_CARD_FULL);
	assert_false(triggered);
	assert_int_equal(camrig_stat("shots"), 0);
}

#define EOS(f) cmocka_unit_test_prestate_setup_teardown(f, camrig_setup, camrig_teardown, eos)
#define T(f)   cmocka_unit_test_setup_teardown(f, camrig_setup, camrig_teardown)

int main(void)
{
	static char eos[] = "canon";
	const struct CMUnitTest tests[] = {
		T(a_full_card_is_said_at_once),
		T(a_missing_card_is_named),
		T(a_failed_focus_is_named_and_releases_nothing),
		T(the_battery_is_read),
		T(a_body_busy_three_times_still_shoots_once),
		T(a_body_that_stays_busy_is_not_believed),
		T(live_view_prohibited_by_the_battery_says_so),
		T(only_format_size_and_colour_are_enforced),
		T(a_refused_setting_is_told),
		T(a_dial_turned_to_raw_is_set_back_before_the_shot),
		T(a_dial_turned_to_what_cannot_be_set_back_stops_the_shot),
		T(the_photographer_s_dials_are_told_and_left),
		T(in_another_language_the_card_is_still_the_target),
		EOS(an_eos_without_room_says_so_before_or_instead_of_the_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
