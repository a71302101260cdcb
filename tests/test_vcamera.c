/* The virtual camera: its device model without any transport, and the PTP/IP framing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/ptpip.h"

static int64_t now_ms; /* the model's clock stands still unless a test moves it */

static int64_t fake_now(void)
{
	return now_ms;
}

static struct vcam *cam;
static struct vcam_reply rp;

static int setup(void **state)
{
	const struct vcam_options o = { 0 };

	(void)state;
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

static uint16_t ask(uint16_t op, uint32_t a, uint32_t b, uint32_t c)
{
	const struct vcam_request rq = { .op = op, .count = 3, .param = { a, b, c } };

	vcam_reply_free(&rp);
	vcam_request(cam, &rq, &rp);
	return rp.code;
}

static const char *say(const char *line)
{
	static char out[2048];

	vcam_control(cam, line, out, sizeof(out));
	return out;
}

/* Events waiting now; *handle of the object added, 0 none. */
static int events(uint32_t *handle)
{
	*handle = 0;
	assert_int_equal(ask(0x90c7, 0, 0, 0), 0x2001);
	for (int i = 0; i < get_le16(rp.data); i++)
		if (get_le16(rp.data + 2 + 6 * i) == 0x4002)
			*handle = get_le32(rp.data + 4 + 6 * i);
	return get_le16(rp.data);
}

static void a_session_comes_first(void **state)
{
	(void)state;
	assert_int_equal(ask(0x1001, 0, 0, 0), 0x2001);
	assert_int_equal(ask(0x1007, 0xffffffff, 0, 0), 0x2003);
	assert_int_equal(ask(0x1002, 1, 0, 0), 0x2001);
	assert_int_equal(ask(0x1002, 1, 0, 0), 0x201e);
	assert_int_equal(ask(0x1007, 0xffffffff, 0, 0), 0x2001);
	assert_int_equal(ask(0x7777, 0, 0, 0), 0x2005);
}

static void a_release_takes_its_time_and_tells_when_it_is_done(void **state)
{
	uint32_t handle;

	(void)state;
	ask(0x1002, 1, 0, 0);
	assert_int_equal(ask(0x9207, 0xfffffffe, 0, 0), 0x2001);
	assert_int_equal(ask(0x90c8, 0, 0, 0), 0x2019);
	assert_int_equal(ask(0x9207, 0xfffffffe, 0, 0), 0x2019);
	assert_int_equal(events(&handle), 0);
	now_ms += 1000;
	assert_int_equal(ask(0x90c8, 0, 0, 0), 0x2001);
	assert_int_equal(events(&handle), 2);
	assert_int_not_equal(handle, 0);
	assert_int_equal(events(&handle), 0);
}

static uint32_t shot(void)
{
	uint32_t handle;

	assert_int_equal(ask(0x9207, 0xffffffff, 0, 0), 0x2001);
	now_ms += 1000;
	events(&handle);
	return handle;
}

static void two_shots_of_one_picture_differ_and_parts_make_the_whole(void **state)
{
	uint8_t *first;
	size_t bytes;

	(void)state;
	ask(0x1002, 1, 0, 0);
	uint32_t a = shot(), b = shot();

	assert_int_equal(ask(0x1009, a, 0, 0), 0x2001);
	bytes = rp.bytes;
	first = malloc(bytes);
	memcpy(first, rp.data, bytes);
	assert_memory_equal(first, "\xff\xd8", 2);
	assert_memory_equal(first + bytes - 2, "\xff\xd9", 2);
	assert_int_equal(ask(0x101b, a, 100, 5000), 0x2001);
	assert_int_equal(rp.bytes, 5000);
	assert_memory_equal(rp.data, first + 100, 5000);
	assert_int_equal(ask(0x101b, a, (uint32_t)bytes - 10, 5000), 0x2001);
	assert_int_equal(rp.bytes, 10);
	assert_int_equal(ask(0x101b, a, 0xfffffff0, 5000), 0x2006);
	assert_int_equal(ask(0x1009, b, 0, 0), 0x2001);
	assert_true(rp.bytes != bytes || memcmp(rp.data, first, bytes) != 0);
	free(first);
}

static void the_card_outlives_the_cable(void **state)
{
	uint32_t handle;

	(void)state;
	ask(0x1002, 1, 0, 0);
	handle = shot();
	say("unplug");
	assert_false(vcam_plugged(cam));
	say("plug");
	ask(0x1002, 1, 0, 0);
	assert_int_equal(ask(0x1008, handle, 0, 0), 0x2001);
	assert_int_equal(ask(0x100b, handle, 0, 0), 0x2001);
	assert_int_equal(ask(0x1008, handle, 0, 0), 0x2009);
	assert_int_equal(ask(0x100b, handle, 0, 0), 0x2009);
}

static void faults_are_used_up(void **state)
{
	(void)state;
	ask(0x1002, 1, 0, 0);
	assert_memory_equal(say("fault 1004 2019 2"), "ok", 2);
	assert_int_equal(ask(0x1004, 0, 0, 0), 0x2019);
	assert_int_equal(ask(0x1004, 0, 0, 0), 0x2019);
	assert_int_equal(ask(0x1004, 0, 0, 0), 0x2001);
	say("delay 1004 500");
	ask(0x1004, 0, 0, 0);
	assert_true(rp.due_ms >= now_ms + 500);
	say("hang 1004");
	ask(0x1004, 0, 0, 0);
	assert_true(rp.due_ms == INT64_MAX);
	assert_memory_equal(say("fault zz"), "error", 5);
	assert_memory_equal(say("no such thing"), "error", 5);
	assert_memory_equal(say(""), "ok", 2);
}

static void live_frames_differ_and_stop_with_live_view(void **state)
{
	uint8_t *first;
	size_t bytes;

	(void)state;
	ask(0x1002, 1, 0, 0);
	assert_int_equal(ask(0x9203, 0, 0, 0), 0xa00b);
	assert_int_equal(ask(0x9201, 0, 0, 0), 0x2001);
	assert_int_equal(ask(0x9203, 0, 0, 0), 0x2019); /* the mirror is on its way */
	now_ms += 1000;
	assert_int_equal(ask(0x9203, 0, 0, 0), 0x2001);
	bytes = rp.bytes;
	first = malloc(bytes);
	memcpy(first, rp.data, bytes);
	assert_memory_equal(first + 384, "\xff\xd8", 2);
	assert_int_equal(ask(0x9203, 0, 0, 0), 0x2001);
	assert_true(rp.bytes != bytes || memcmp(first, rp.data, bytes) != 0);
	assert_true(rp.due_ms > now_ms); /* not faster than 30 a second */
	free(first);
	ask(0x9202, 0, 0, 0);
	assert_int_equal(ask(0x9203, 0, 0, 0), 0xa00b);
}

static void packets_are_cut_where_they_end(void **state)
{
	uint8_t buf[64], two[128];
	struct ptpip_packet k;
	size_t n = ptpip_frame(buf, sizeof(buf), PTPIP_PROBE, "abc", 3);

	(void)state;
	assert_int_equal(n, 11);
	memcpy(two, buf, n);
	memcpy(two + n, buf, n);
	for (size_t have = 0; have < n; have++)
		assert_int_equal(ptpip_parse(two, have, &k), 0);
	assert_int_equal(ptpip_parse(two, 2 * n, &k), (long)n);
	assert_int_equal(k.type, PTPIP_PROBE);
	assert_int_equal(k.bytes, 3);
	put_le32(buf, 7);
	assert_int_equal(ptpip_parse(buf, sizeof(buf), &k), -EPROTO);
	put_le32(buf, 0xffffffff);
	assert_int_equal(ptpip_parse(buf, sizeof(buf), &k), -EPROTO);
	assert_int_equal(ptpip_frame(buf, 10, PTPIP_PROBE, "abc", 3), 0);
}

static void requests_carry_up_to_five_parameters(void **state)
{
	uint8_t payload[64] = { 0 };
	struct vcam_request rq;
	struct ptpip_packet k = { .type = PTPIP_REQUEST, .payload = payload };
	uint32_t phase;

	(void)state;
	put_le32(payload, 1);
	put_le16(payload + 4, 0x1007);
	put_le32(payload + 6, 77);
	put_le32(payload + 10, 0xffffffff);
	k.bytes = 14;
	assert_int_equal(ptpip_request(&k, &rq, &phase), 0);
	assert_int_equal(rq.op, 0x1007);
	assert_int_equal(rq.transaction, 77);
	assert_int_equal(rq.count, 1);
	assert_true(rq.param[0] == 0xffffffff);
	k.bytes = 13;
	assert_int_equal(ptpip_request(&k, &rq, &phase), -EPROTO);
	k.bytes = 9;
	assert_int_equal(ptpip_request(&k, &rq, &phase), -EPROTO);
	k.bytes = 34;
	assert_int_equal(ptpip_request(&k, &rq, &phase), -EPROTO);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_session_comes_first),
		T(a_release_takes_its_time_and_tells_when_it_is_done),
		T(two_shots_of_one_picture_differ_and_parts_make_the_whole),
		T(the_card_outlives_the_cable),
		T(faults_are_used_up),
		T(live_frames_differ_and_stop_with_live_view),
		T(packets_are_cut_where_they_end),
		T(requests_carry_up_to_five_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
