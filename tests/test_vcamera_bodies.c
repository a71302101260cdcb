/* The virtual camera's bodies, by raw PTP operations without any transport. */
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

enum { OK = 0x2001, CARD = 0xc181, HOST = 0xc186, PROPERTY = 0xc189, CHOICES = 0xc18a };

/* --- Canon ---------------------------------------------------------------------------------- */

struct seen { /* in one event list */
	int records, of_type;
	uint32_t first; /* word of the first record of the type */
	uint8_t body[64];
};

/* Walk the list as a host must: lengths, types, and (8, 0) at the very end. */
static struct seen poll_events(uint32_t type)
{
	struct seen s = { 0 };
	size_t at = 0;

	assert_int_equal(raw_ask(0x9116, 0, 0, 0), OK);
	for (;;) {
		uint32_t length;

		assert_true(at + 8 <= raw_rp.bytes);
		length = get_le32(raw_rp.data + at);
		if (length == 8 && !get_le32(raw_rp.data + at + 4))
			break;
		assert_in_range(length, 8, raw_rp.bytes - at - 8);
		s.records++;
		if (get_le32(raw_rp.data + at + 4) == type && !s.of_type++) {
			s.first = get_le32(raw_rp.data + at + 8);
			memcpy(s.body, raw_rp.data + at + 8,
			       length - 8 < sizeof(s.body) ? length - 8 : sizeof(s.body));
		}
		at += length;
	}
	assert_int_equal(at + 8, raw_rp.bytes);
	return s;
}

static void eos_start(void)
{
	assert_int_equal(raw_ask(0x1002, 1, 0, 0), OK);
	assert_int_equal(raw_ask(0x9114, 1, 0, 0), OK);
	assert_int_equal(raw_ask(0x9115, 1, 0, 0), OK);
	poll_events(0);
}

static void eos_set(uint32_t code, uint32_t value)
{
	uint8_t data[12];

	put_le32(data, sizeof(data));
	put_le32(data + 4, code);
	put_le32(data + 8, value);
	assert_int_equal(raw_send(0x9110, NULL, 0, data, sizeof(data)), OK);
}

static void eos_release(void)
{
	assert_int_equal(raw_ask(0x9128, 1, 0, 0), OK);
	raw_now_ms += 300;
	assert_int_equal(raw_ask(0x9128, 2, 0, 0), OK);
	assert_int_equal(raw_ask(0x9129, 3, 0, 0), OK);
	raw_now_ms += 1000;
}

static void an_eos_tells_all_at_the_first_poll_and_changes_after(void **state)
{
	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	assert_int_equal(poll_events(PROPERTY).records, 0); /* not in event mode */
	raw_ask(0x9114, 1, 0, 0);
	raw_ask(0x9115, 1, 0, 0);
	assert_true(poll_events(PROPERTY).of_type > 20);
	assert_int_equal(poll_events(PROPERTY).records, 0);
	raw_ask(0x9115, 1, 0, 0);
	assert_true(poll_events(CHOICES).of_type > 10);
	raw_say("prop d103 0x58");
	struct seen s = poll_events(PROPERTY);
	assert_int_equal(s.first, 0xd103);
	assert_int_equal(get_le32(s.body + 4), 0x58);
}

static void an_eos_picture_goes_where_the_destination_says(void **state)
{
	struct seen s;

	(void)state;
	eos_start();
	eos_release();
	s = poll_events(CARD);
	assert_int_equal(s.of_type, 1);
	assert_int_equal(raw_ask(0x1008, s.first, 0, 0), OK);
	assert_int_equal(get_le32(s.body + 20), get_le32(raw_rp.data + 8)); /* both say its size */
	eos_set(0xd11c, 4);
	poll_events(0);
	eos_release();
	s = poll_events(HOST);
	assert_int_equal(s.of_type, 1);
	assert_int_equal(raw_ask(0x9107, s.first, 0, 1000), OK);
	assert_memory_equal(raw_rp.data, "\xff\xd8\xff", 3);
	assert_int_equal(raw_ask(0x9117, s.first, 0, 0), OK);
	assert_int_equal(raw_ask(0x9107, s.first, 0, 1000), 0x2009);
	assert_non_null(strstr(raw_say("stat"), " objects=1 "));
}

/* However late the host asks: a body that is done must not look busy for ever. */
static void an_eos_is_done_at_the_end_of_the_list(void **state)
{
	uint32_t last = 99;

	(void)state;
	eos_start();
	eos_release();
	assert_int_equal(raw_ask(0x9116, 0, 0, 0), OK);
	for (size_t at = 0; at + 12 <= raw_rp.bytes; at += get_le32(raw_rp.data + at))
		if (get_le32(raw_rp.data + at + 4) == 0xc18b)
			last = get_le32(raw_rp.data + at + 8);
	assert_int_equal(last, 0);
}

static void an_eos_without_focus_tells_and_does_not_release(void **state)
{
	struct seen s;

	(void)state;
	eos_start();
	raw_say("afail 1");
	eos_release();
	s = poll_events(0xc1a5);
	assert_int_equal(s.of_type, 1);
	assert_memory_equal(s.body + 8, "\0\0\x02", 3);
	assert_non_null(strstr(raw_say("stat"), "shots=0 "));
	eos_release();
	s = poll_events(0xc1a5);
	assert_memory_equal(s.body + 8, "\0\0\0\0\x01", 5);
	assert_non_null(strstr(raw_say("stat"), "shots=1 "));
}

static void an_eos_counts_its_shots_left(void **state)
{
	struct seen s;

	(void)state;
	eos_start();
	raw_say("cardfull on");
	s = poll_events(PROPERTY);
	assert_int_equal(s.first, 0xd11b);
	assert_int_equal(get_le32(s.body + 4), 0);
	assert_int_equal(raw_ask(0x9128, 3, 0, 0), 0x200c);
	eos_set(0xd11c, 4); /* no card needed for the host */
	s = poll_events(PROPERTY);
	eos_release();
	assert_int_equal(poll_events(HOST).of_type, 1);
	raw_say("eosprop D11B 0"); /* and the trap: no shots for ever */
	s = poll_events(PROPERTY);
	assert_int_equal(s.first, 0xd11b);
	assert_int_equal(raw_ask(0x9128, 2, 0, 0), 0x200c);
}

static void an_eos_makes_pairs_by_its_image_format(void **state)
{
	static const uint8_t raw_jpeg[44] = { 44, 0, 0, 0, 0x20, 0xd1, 0, 0, 2, 0, 0, 0, 16, 0,
					      0,  0, 6, 0, 0,	 0,    0, 0, 0, 0, 4, 0, 0,  0,
					      16, 0, 0, 0, 1,	 0,    0, 0, 0, 0, 0, 0, 3 };

	(void)state;
	eos_start();
	assert_int_equal(raw_send(0x9110, NULL, 0, raw_jpeg, sizeof(raw_jpeg)), OK);
	poll_events(0);
	eos_release();
	assert_int_equal(poll_events(CARD).of_type, 2);
	assert_non_null(strstr(raw_say("objects"), "IMG_0001.CR2"));
	assert_non_null(strstr(raw_say("objects"), "IMG_0001.JPG"));
	assert_int_equal(raw_send(0x9110, NULL, 0, raw_jpeg, 10), 0x2006);
}

static void eos_live_view_waits_for_the_mirror(void **state)
{
	(void)state;
	eos_start();
	assert_int_equal(raw_ask(0x9153, 0x100000, 0, 0), 0xa102);
	eos_set(0xd1b0, 2);
	assert_int_equal(raw_ask(0x9153, 0x100000, 0, 0), 0xa102);
	raw_now_ms += 300;
	assert_int_equal(raw_ask(0x9153, 0x100000, 0, 0), OK);
	assert_int_equal(get_le32(raw_rp.data), raw_rp.bytes);
	assert_int_equal(get_le32(raw_rp.data + 4), 1);
	assert_memory_equal(raw_rp.data + 8, "\xff\xd8", 2);
}

/* --- no make, and a telephone --------------------------------------------------------------- */

static void a_ptp_camera_pushes_its_events(void **state)
{
	struct vcam_event e;

	(void)state;
	raw_ask(0x1002, 1, 0, 0);
	assert_int_equal(raw_ask(0x100e, 0, 0, 0), OK);
	assert_false(vcam_event(raw_cam, raw_now_ms, &e));
	assert_in_range(vcam_event_due(raw_cam), raw_now_ms + 1, raw_now_ms + 2000);
	raw_now_ms += 2000;
	assert_true(vcam_event(raw_cam, raw_now_ms, &e));
	assert_int_equal(e.code, 0x4002);
	assert_int_equal(raw_ask(0x1008, e.param[0], 0, 0), OK);
	assert_true(vcam_event(raw_cam, raw_now_ms, &e));
	assert_int_equal(e.code, 0x400d);
	assert_int_equal(vcam_event_due(raw_cam), -1);
	assert_int_equal(raw_ask(0x9207, 0, 0, 0), 0x2005);
	raw_say("cardfull on");
	assert_int_equal(raw_ask(0x100e, 0, 0, 0), 0x200c);
}

static void a_telephone_has_no_shutter(void **state)
{
	(void)state;
	assert_int_equal(raw_ask(0x1001, 0, 0, 0), OK);
	assert_int_equal(get_le32(raw_rp.data + 2), 6);
	raw_ask(0x1002, 1, 0, 0);
	assert_int_equal(raw_ask(0x100e, 0, 0, 0), 0x2005);
	assert_int_equal(raw_ask(0x9128, 3, 0, 0), 0x2005);
	assert_non_null(strstr(raw_say("stat"), "sessions=1"));
}

#define B(f, body)                                                                                 \
	cmocka_unit_test_prestate_setup_teardown(f, raw_setup, raw_teardown,                       \
						 (void *)(uintptr_t)body)
#define CANON(f) B(f, "canon")

int main(void)
{
	const struct CMUnitTest tests[] = {
		CANON(an_eos_tells_all_at_the_first_poll_and_changes_after),
		CANON(an_eos_picture_goes_where_the_destination_says),
		CANON(an_eos_is_done_at_the_end_of_the_list),
		CANON(an_eos_without_focus_tells_and_does_not_release),
		CANON(an_eos_counts_its_shots_left),
		CANON(an_eos_makes_pairs_by_its_image_format),
		CANON(eos_live_view_waits_for_the_mirror),
		B(a_ptp_camera_pushes_its_events, "ptp"),
		B(a_telephone_has_no_shutter, "phone"),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
