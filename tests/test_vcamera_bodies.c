/* The virtual camera's bodies and its faults, by raw PTP operations without any transport. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam.h"

enum { OK = 0x2001, CARD = 0xc181, HOST = 0xc186, PROPERTY = 0xc189, CHOICES = 0xc18a };

static int64_t now_ms;
static struct vcam *cam;
static struct vcam_reply rp;

static int64_t fake_now(void)
{
	return now_ms;
}

static int setup(void **state)
{
	const struct vcam_options o = { .body = *state };

	now_ms = 1000;
	clock_set_source(fake_now);
	cam = vcam_new(&o);
	return cam ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	vcam_reply_free(&rp);
	vcam_free(cam);
	clock_set_source(NULL);
	return 0;
}

static uint16_t send(uint16_t op, const uint32_t *p, int count, const uint8_t *data, size_t bytes)
{
	struct vcam_request rq = { .op = op, .count = count, .data = data, .bytes = bytes };

	if (count)
		memcpy(rq.param, p, (size_t)count * 4);
	vcam_reply_free(&rp);
	vcam_request(cam, &rq, &rp);
	return rp.code;
}

static uint16_t ask(uint16_t op, uint32_t a, uint32_t b, uint32_t c)
{
	return send(op, (uint32_t[]){ a, b, c }, 3, NULL, 0);
}

static const char *say(const char *line)
{
	static char out[4096];

	vcam_control(cam, line, out, sizeof(out));
	assert_memory_equal(out, "ok", 2);
	return out;
}

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

	assert_int_equal(ask(0x9116, 0, 0, 0), OK);
	for (;;) {
		uint32_t length;

		assert_true(at + 8 <= rp.bytes);
		length = get_le32(rp.data + at);
		if (length == 8 && !get_le32(rp.data + at + 4))
			break;
		assert_in_range(length, 8, rp.bytes - at - 8);
		s.records++;
		if (get_le32(rp.data + at + 4) == type && !s.of_type++) {
			s.first = get_le32(rp.data + at + 8);
			memcpy(s.body, rp.data + at + 8,
			       length - 8 < sizeof(s.body) ? length - 8 : sizeof(s.body));
		}
		at += length;
	}
	assert_int_equal(at + 8, rp.bytes);
	return s;
}

static void eos_start(void)
{
	assert_int_equal(ask(0x1002, 1, 0, 0), OK);
	assert_int_equal(ask(0x9114, 1, 0, 0), OK);
	assert_int_equal(ask(0x9115, 1, 0, 0), OK);
	poll_events(0);
}

static void eos_set(uint32_t code, uint32_t value)
{
	uint8_t data[12];

	put_le32(data, sizeof(data));
	put_le32(data + 4, code);
	put_le32(data + 8, value);
	assert_int_equal(send(0x9110, NULL, 0, data, sizeof(data)), OK);
}

static void eos_release(void)
{
	assert_int_equal(ask(0x9128, 1, 0, 0), OK);
	now_ms += 300;
	assert_int_equal(ask(0x9128, 2, 0, 0), OK);
	assert_int_equal(ask(0x9129, 3, 0, 0), OK);
	now_ms += 1000;
}

static void an_eos_tells_all_at_the_first_poll_and_changes_after(void **state)
{
	(void)state;
	ask(0x1002, 1, 0, 0);
	assert_int_equal(poll_events(PROPERTY).records, 0); /* not in event mode */
	ask(0x9114, 1, 0, 0);
	ask(0x9115, 1, 0, 0);
	assert_true(poll_events(PROPERTY).of_type > 20);
	assert_int_equal(poll_events(PROPERTY).records, 0);
	ask(0x9115, 1, 0, 0);
	assert_true(poll_events(CHOICES).of_type > 10);
	say("prop d103 0x58");
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
	assert_int_equal(ask(0x1008, s.first, 0, 0), OK);
	assert_int_equal(get_le32(s.body + 20), get_le32(rp.data + 8)); /* both say its size */
	eos_set(0xd11c, 4);
	poll_events(0);
	eos_release();
	s = poll_events(HOST);
	assert_int_equal(s.of_type, 1);
	assert_int_equal(ask(0x9107, s.first, 0, 1000), OK);
	assert_memory_equal(rp.data, "\xff\xd8\xff", 3);
	assert_int_equal(ask(0x9117, s.first, 0, 0), OK);
	assert_int_equal(ask(0x9107, s.first, 0, 1000), 0x2009);
	assert_non_null(strstr(say("stat"), " objects=1 "));
}

/* However late the host asks: a body that is done must not look busy for ever. */
static void an_eos_is_done_at_the_end_of_the_list(void **state)
{
	uint32_t last = 99;

	(void)state;
	eos_start();
	eos_release();
	assert_int_equal(ask(0x9116, 0, 0, 0), OK);
	for (size_t at = 0; at + 12 <= rp.bytes; at += get_le32(rp.data + at))
		if (get_le32(rp.data + at + 4) == 0xc18b)
			last = get_le32(rp.data + at + 8);
	assert_int_equal(last, 0);
}

static void an_eos_without_focus_tells_and_does_not_release(void **state)
{
	struct seen s;

	(void)state;
	eos_start();
	say("afail 1");
	eos_release();
	s = poll_events(0xc1a5);
	assert_int_equal(s.of_type, 1);
	assert_memory_equal(s.body + 8, "\0\0\x02", 3);
	assert_non_null(strstr(say("stat"), "shots=0 "));
	eos_release();
	s = poll_events(0xc1a5);
	assert_memory_equal(s.body + 8, "\0\0\0\0\x01", 5);
	assert_non_null(strstr(say("stat"), "shots=1 "));
}

static void an_eos_counts_its_shots_left(void **state)
{
	struct seen s;

	(void)state;
	eos_start();
	say("cardfull on");
	s = poll_events(PROPERTY);
	assert_int_equal(s.first, 0xd11b);
	assert_int_equal(get_le32(s.body + 4), 0);
	assert_int_equal(ask(0x9128, 3, 0, 0), 0x200c);
	eos_set(0xd11c, 4); /* no card needed for the host */
	s = poll_events(PROPERTY);
	eos_release();
	assert_int_equal(poll_events(HOST).of_type, 1);
	say("eosprop D11B 0"); /* and the trap: no shots for ever */
	s = poll_events(PROPERTY);
	assert_int_equal(s.first, 0xd11b);
	assert_int_equal(ask(0x9128, 2, 0, 0), 0x200c);
}

static void an_eos_makes_pairs_by_its_image_format(void **state)
{
	static const uint8_t raw_jpeg[44] = { 44, 0, 0, 0, 0x20, 0xd1, 0, 0, 2, 0, 0, 0, 16, 0,
					      0,  0, 6, 0, 0,	 0,    0, 0, 0, 0, 4, 0, 0,  0,
					      16, 0, 0, 0, 1,	 0,    0, 0, 0, 0, 0, 0, 3 };

	(void)state;
	eos_start();
	assert_int_equal(send(0x9110, NULL, 0, raw_jpeg, sizeof(raw_jpeg)), OK);
	poll_events(0);
	eos_release();
	assert_int_equal(poll_events(CARD).of_type, 2);
	assert_non_null(strstr(say("objects"), "IMG_0001.CR2"));
	assert_non_null(strstr(say("objects"), "IMG_0001.JPG"));
	assert_int_equal(send(0x9110, NULL, 0, raw_jpeg, 10), 0x2006);
}

static void eos_live_view_waits_for_the_mirror(void **state)
{
	(void)state;
	eos_start();
	assert_int_equal(ask(0x9153, 0x100000, 0, 0), 0xa102);
	eos_set(0xd1b0, 2);
	assert_int_equal(ask(0x9153, 0x100000, 0, 0), 0xa102);
	now_ms += 300;
	assert_int_equal(ask(0x9153, 0x100000, 0, 0), OK);
	assert_int_equal(get_le32(rp.data), rp.bytes);
	assert_int_equal(get_le32(rp.data + 4), 1);
	assert_memory_equal(rp.data + 8, "\xff\xd8", 2);
}

/* --- no make, and a telephone --------------------------------------------------------------- */

static void a_ptp_camera_pushes_its_events(void **state)
{
	struct vcam_event e;

	(void)state;
	ask(0x1002, 1, 0, 0);
	assert_int_equal(ask(0x100e, 0, 0, 0), OK);
	assert_false(vcam_event(cam, now_ms, &e));
	assert_in_range(vcam_event_due(cam), now_ms + 1, now_ms + 2000);
	now_ms += 2000;
	assert_true(vcam_event(cam, now_ms, &e));
	assert_int_equal(e.code, 0x4002);
	assert_int_equal(ask(0x1008, e.param[0], 0, 0), OK);
	assert_true(vcam_event(cam, now_ms, &e));
	assert_int_equal(e.code, 0x400d);
	assert_int_equal(vcam_event_due(cam), -1);
	assert_int_equal(ask(0x9207, 0, 0, 0), 0x2005);
	say("cardfull on");
	assert_int_equal(ask(0x100e, 0, 0, 0), 0x200c);
}

static void a_telephone_has_no_shutter(void **state)
{
	(void)state;
	assert_int_equal(ask(0x1001, 0, 0, 0), OK);
	assert_int_equal(get_le32(rp.data + 2), 6);
	ask(0x1002, 1, 0, 0);
	assert_int_equal(ask(0x100e, 0, 0, 0), 0x2005);
	assert_int_equal(ask(0x9128, 3, 0, 0), 0x2005);
	assert_non_null(strstr(say("stat"), "sessions=1"));
}

/* --- faults --------------------------------------------------------------------------------- */

/* A shot to the card; handles of its events in order. */
static int shoot(uint32_t handles[4])
{
	int n = 0;

	assert_int_equal(ask(0x9207, 0xffffffff, 0, 0), OK);
	now_ms += 1000;
	assert_int_equal(ask(0x90c7, 0, 0, 0), OK);
	for (int i = 0; i < get_le16(rp.data) && n < 4; i++)
		if (get_le16(rp.data + 2 + 6 * i) == 0x4002)
			handles[n++] = get_le32(rp.data + 4 + 6 * i);
	return n;
}

static uint16_t format_of(uint32_t handle)
{
	assert_int_equal(ask(0x1008, handle, 0, 0), OK);
	return get_le16(rp.data + 4);
}

static void pairs_come_in_every_order(void **state)
{
	uint32_t h[4];

	(void)state;
	ask(0x1002, 1, 0, 0);
	say("rawjpeg on");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(format_of(h[0]), 0x3000);
	say("rawjpeg jpegfirst");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(format_of(h[0]), 0x3801);
	say("rawjpeg jpeglost");
	assert_int_equal(shoot(h), 1);
	assert_int_equal(format_of(h[0]), 0x3000);
	say("rawjpeg rawlate 3000");
	assert_int_equal(shoot(h), 1);
	assert_int_equal(format_of(h[0]), 0x3801);
	say("rawjpeg off");
	now_ms += 3000;
	assert_int_equal(shoot(h), 2); /* the late one, and a new JPEG */
}

static void events_come_twice_or_late(void **state)
{
	uint32_t h[4];

	(void)state;
	ask(0x1002, 1, 0, 0);
	say("twice 1");
	assert_int_equal(shoot(h), 2);
	assert_int_equal(h[0], h[1]);
	say("lateevent 5000 1");
	assert_int_equal(shoot(h), 0);
	now_ms += 5000;
	assert_int_equal(shoot(h), 2);
}

static void a_size_lies_and_a_transfer_breaks(void **state)
{
	uint32_t h[4], said;

	(void)state;
	ask(0x1002, 1, 0, 0);
	say("announce -500 1");
	shoot(h);
	ask(0x1008, h[0], 0, 0);
	said = get_le32(rp.data + 8);
	assert_int_equal(ask(0x1009, h[0], 0, 0), OK);
	assert_int_equal(rp.bytes, said + 500);
	assert_int_equal(rp.claim, 0);
	say("phase 70");
	ask(0x1009, h[0], 0, 0);
	assert_int_equal(rp.claim, 70);
	say("stallmid 3000");
	assert_int_equal(ask(0x101b, h[0], 0, 2000), OK);
	assert_int_equal(rp.cut, VCAM_CUT_NONE);
	ask(0x101b, h[0], 2000, 2000);
	assert_int_equal(rp.cut, VCAM_CUT_STALL);
	assert_int_equal(rp.cut_after, 1000);
}

static void pictures_are_spoilt_on_demand(void **state)
{
	uint32_t h[4];
	size_t whole;

	(void)state;
	ask(0x1002, 1, 0, 0);
	say("cut 4000");
	shoot(h);
	ask(0x1009, h[0], 0, 0);
	assert_int_equal(rp.bytes, 4000);
	say("bomb");
	shoot(h);
	ask(0x1009, h[0], 0, 0);
	whole = rp.bytes;
	assert_memory_equal(rp.data + whole - 2, "\xff\xd9", 2);
	assert_non_null(memmem(rp.data, whole, "\xff\xdc\xff\xdc", 4));
	say("corrupt");
	shoot(h);
	ask(0x1009, h[0], 0, 0);
	assert_memory_equal(rp.data + rp.bytes - 2, "\xff\xd9", 2);
}

static void a_locked_card_takes_nothing_and_loses_nothing(void **state)
{
	uint32_t h[4];

	(void)state;
	ask(0x1002, 1, 0, 0);
	shoot(h);
	say("locked on");
	assert_int_equal(ask(0x1005, 0x10001, 0, 0), OK);
	assert_int_equal(get_le16(rp.data + 4), 1);
	assert_int_equal(ask(0x9207, 0xffffffff, 0, 0), 0x200e);
	assert_int_equal(ask(0x100b, h[0], 0, 0), 0x200e);
	say("locked off");
	assert_int_equal(ask(0x100b, h[0], 0, 0), OK);
}

static void names_repeat_in_another_folder(void **state)
{
	uint32_t a[4], b[4], parent;

	(void)state;
	ask(0x1002, 1, 0, 0);
	shoot(a);
	say("wrap");
	shoot(b);
	ask(0x1008, a[0], 0, 0);
	parent = get_le32(rp.data + 38);
	ask(0x1008, b[0], 0, 0);
	assert_int_not_equal(parent, get_le32(rp.data + 38));
	assert_null(strstr(say("objects"), "DSC_0002"));
	assert_int_equal(ask(0x1007, 0xffffffff, 0, parent), OK);
	assert_int_equal(get_le32(rp.data), 1);
}

static void a_sleeping_body_answers_when_it_wakes(void **state)
{
	(void)state;
	ask(0x1002, 1, 0, 0);
	say("sleep");
	ask(0x1004, 0, 0, 0);
	assert_true(vcam_due(cam, &rp) == INT64_MAX);
	say("wake");
	assert_in_range(vcam_due(cam, &rp), now_ms, now_ms + 10);
	say("occupied on");
	now_ms += 1000000;
	assert_int_equal(ask(0x9207, 0xffffffff, 0, 0), 0x2019);
	say("occupied off");
	say("battery 0");
	assert_false(vcam_plugged(cam));
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
	assert_int_equal(vcam_identity(cam)->vid, 0x04b0);
	assert_null(vcam_new(&none));
	vcam_free(second);
}

static void the_clock_jumps_and_is_set(void **state)
{
	uint8_t text[33] = { 16 };
	const char *when = "20300101T120000";

	(void)state;
	ask(0x1002, 1, 0, 0);
	ask(0x1015, 0x5011, 0, 0);
	assert_int_equal(rp.data[0], 16);
	for (int i = 0; i < 15; i++)
		text[1 + 2 * i] = (uint8_t)when[i];
	assert_int_equal(send(0x1016, (uint32_t[]){ 0x5011 }, 1, text, sizeof(text)), OK);
	ask(0x1015, 0x5011, 0, 0);
	assert_memory_equal(rp.data + 1, text + 1, 22);
}

#define B(f, body)                                                                                 \
	cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, (void *)(uintptr_t)body)
#define CANON(f) B(f, "canon")
#define NIKON(f) B(f, "nikon")

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
		NIKON(pairs_come_in_every_order),
		NIKON(events_come_twice_or_late),
		NIKON(a_size_lies_and_a_transfer_breaks),
		NIKON(pictures_are_spoilt_on_demand),
		NIKON(a_locked_card_takes_nothing_and_loses_nothing),
		NIKON(names_repeat_in_another_folder),
		NIKON(a_sleeping_body_answers_when_it_wakes),
		NIKON(two_bodies_differ_by_what_they_are_told),
		NIKON(the_clock_jumps_and_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
