/* The virtual camera's faults, by raw PTP operations without any transport. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "tests/lib/vcam_raw.h"

enum { OK = 0x2001 };

/* A shot to the card; handles of its events in order. */
static int shoot(uint32_t handles[4])
{
	int n = 0;

	assert_int_equal(raw_ask(0x9207, 0xffffffff, 0, 0), OK);
	raw_now_ms += 1000;
	assert_int_equal(raw_ask(0x90c7, 0, 0, 0), OK);
	for (int i = 0; i < get_le16(raw_rp.data) && n < 4; i++)
		if (get_le16(raw_rp.data + 2 + 6 * i) == 0x4002)
			handles[n++] = get_le32(raw_rp.data + 4 + 6 * i);
	return n;
}

static uint16_t format_of(uint32_t handle)
{
	assert_int_equal(raw_ask(0x1008, handle, 0, 0), OK);
	return get_le16(raw_rp.data + 4);
}

static void pairs_come_in_every_order(void **state)
{
	uint32_t h[4];

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_say("rawjpeg on");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(format_of(h[0]), 0x3000);
	raw_say("rawjpeg jpegfirst");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(format_of(h[0]), 0x3801);
	raw_say("rawjpeg jpeglost");
	assert_int_equal(shoot(h), 1);
	assert_int_equal(format_of(h[0]), 0x3000);
	raw_say("rawjpeg rawlate 3000");
	assert_int_equal(shoot(h), 1);
	assert_int_equal(format_of(h[0]), 0x3801);
	raw_say("rawjpeg off");
	raw_now_ms += 3000;
	assert_int_equal(shoot(h), 2); /* the late one, and a new JPEG */
}

static void events_come_twice_or_late(void **state)
{
	uint32_t h[4];

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_say("twice 1");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(h[0], h[1]);
	raw_say("lateevent 5000 1");
	assert_int_equal(shoot(h), 0);
	raw_now_ms += 5000;
	assert_int_equal(shoot(h), 2);
}

static void a_size_lies_and_a_transfer_breaks(void **state)
{
	uint32_t h[4], said;

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_say("announce -500 1");
	shoot(h);
	raw_ask(0x1008, h[0], 0, 0);
	said = get_le32(raw_rp.data + 8);
	assert_int_equal(raw_ask(0x1009, h[0], 0, 0), OK);
	assert_int_equal(raw_rp.bytes, said + 500);
	assert_int_equal(raw_rp.claim, 0);
	raw_say("phase 70");
	raw_ask(0x1009, h[0], 0, 0);
	assert_int_equal(raw_rp.claim, 70);
	raw_say("stallmid 3000");
	assert_int_equal(raw_ask(0x101b, h[0], 0, 2000), OK);
	assert_int_equal(raw_rp.cut, VCAM_CUT_NONE);
	raw_ask(0x101b, h[0], 2000, 2000);
	assert_int_equal(raw_rp.cut, VCAM_CUT_STALL);
	assert_int_equal(raw_rp.cut_after, 1000);
}

static void pictures_are_spoilt_on_demand(void **state)
{
	uint32_t h[4];
	size_t whole;

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_say("cut 4000");
	shoot(h);
	raw_ask(0x1009, h[0], 0, 0);
	assert_int_equal(raw_rp.bytes, 4000);
	raw_say("bomb");
	shoot(h);
	raw_ask(0x1009, h[0], 0, 0);
	whole = raw_rp.bytes;
	assert_memory_equal(raw_rp.data + whole - 2, "\xff\xd9", 2);
	assert_non_null(memmem(raw_rp.data, whole, "\xff\xdc\xff\xdc", 4));
	raw_say("corrupt");
	shoot(h);
	raw_ask(0x1009, h[0], 0, 0);
	assert_memory_equal(raw_rp.data + raw_rp.bytes - 2, "\xff\xd9", 2);
}

static void a_locked_card_takes_nothing_and_loses_nothing(void **state)
{
	uint32_t h[4];

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	shoot(h);
	raw_say("locked on");
	assert_int_equal(raw_ask(0x1005, 0x10001, 0, 0), OK);
	assert_int_equal(get_le16(raw_rp.data + 4), 1);
	assert_int_equal(raw_ask(0x9207, 0xffffffff, 0, 0), 0x200e);
	assert_int_equal(raw_ask(0x100b, h[0], 0, 0), 0x200e);
	raw_say("locked off");
	assert_int_equal(raw_ask(0x100b, h[0], 0, 0), OK);
}

static void names_repeat_in_another_folder(void **state)
{
	uint32_t a[4], b[4], parent;

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	shoot(a);
	raw_say("wrap");
	shoot(b);
	raw_ask(0x1008, a[0], 0, 0);
	parent = get_le32(raw_rp.data + 38);
	raw_ask(0x1008, b[0], 0, 0);
	assert_int_not_equal(parent, get_le32(raw_rp.data + 38));
	assert_null(strstr(raw_say("objects"), "DSC_0002"));
	assert_int_equal(raw_ask(0x1007, 0xffffffff, 0, parent), OK);
	assert_int_equal(get_le32(raw_rp.data), 1);
}

static void a_sleeping_body_answers_when_it_wakes(void **state)
{
	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_say("sleep");
	raw_ask(0x1004, 0, 0, 0);
	assert_true(vcam_due(raw_cam, &raw_rp) == INT64_MAX);
	raw_say("wake");
	assert_in_range(vcam_due(raw_cam, &raw_rp), raw_now_ms, raw_now_ms + 10);
	raw_say("occupied on");
	raw_now_ms += 1000000;
	assert_int_equal(raw_ask(0x9207, 0xffffffff, 0, 0), 0x2019);
	raw_say("occupied off");
	raw_say("battery 0");
	assert_false(vcam_plugged(raw_cam));
}

static void two_bodies_differ_by_what_they_are_told(void **state)
{
	const struct vcam_options o = { .body = "canon",
					.serial = "0199B",
					.model = "Canon EOS R" };
	const struct vcam_options none = { .body = "teapot" };
	struct vcam *second = vcam_new(&o);

	(void)state;
	assert_string_equal(vcam_identity(second)->serial, "0199B");
	assert_string_equal(vcam_identity(second)->model, "Canon EOS R");
	assert_int_equal(vcam_identity(second)->vid, 0x04a9);
	assert_int_equal(vcam_identity(raw_cam)->vid, 0x04b0);
	assert_null(vcam_new(&none));
	vcam_free(second);
}

static void the_clock_jumps_and_is_set(void **state)
{
	uint8_t text[33] = { 16 };
	const char *when = "20300101T120000";

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	raw_ask(0x1015, 0x5011, 0, 0);
	assert_int_equal(raw_rp.data[0], 16);
	for (int i = 0; i < 15; i++)
		text[1 + 2 * i] = (uint8_t)when[i];
	assert_int_equal(raw_send(0x1016, (uint32_t[]){ 0x5011 }, 1, text, sizeof(text)), OK);
	raw_ask(0x1015, 0x5011, 0, 0);
	assert_memory_equal(raw_rp.data + 1, text + 1, 22);
}

#define T(f)                                                                                       \
	cmocka_unit_test_prestate_setup_teardown(f, raw_setup, raw_teardown,                       \
						 (void *)(uintptr_t) "nikon")

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pairs_come_in_every_order),
		T(events_come_twice_or_late),
		T(a_size_lies_and_a_transfer_breaks),
		T(pictures_are_spoilt_on_demand),
		T(a_locked_card_takes_nothing_and_loses_nothing),
		T(names_repeat_in_another_folder),
		T(a_sleeping_body_answers_when_it_wakes),
		T(two_bodies_differ_by_what_they_are_told),
		T(the_clock_jumps_and_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
