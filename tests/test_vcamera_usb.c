/* The virtual camera's USB containers, transfer by transfer on the device core. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/ptpusb.h"

enum { OK = 0x2001, ROOM = 1 << 20 };

static int64_t now_ms;
static struct vcam *cam;
static struct ptpusb *cable;
static struct vusb *bus;
static uint64_t last_id;
static uint32_t transaction;
static struct vusb_completion got;
static uint8_t *data; /* the last data container's payload */
static size_t data_bytes;

static int64_t fake_now(void)
{
	return now_ms;
}

static int setup(void **state)
{
	const struct vcam_options o = { .body = *state };

	now_ms = 1000;
	transaction = 0;
	clock_set_source(fake_now);
	cam = vcam_new(&o);
	cable = ptpusb_new(cam);
	bus = vusb_new(ptpusb_model(cable));
	ptpusb_attach(cable, bus);
	vusb_plug(bus, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(got.data);
	free(data);
	got.data = data = NULL;
	vusb_free(bus);
	ptpusb_free(cable);
	vcam_free(cam);
	clock_set_source(NULL);
	return 0;
}

/* Until transfer @id completes, at most ten seconds of the camera's time. */
static enum vusb_status wait_for(uint64_t id)
{
	for (int64_t end = now_ms + 10000; now_ms < end; now_ms += 5) {
		vusb_tick(bus, now_ms);
		free(got.data);
		got.data = NULL;
		if (vusb_reap(bus, &got)) {
			assert_int_equal(got.id, id);
			return got.status;
		}
	}
	vusb_cancel(bus, id);
	free(got.data);
	assert_true(vusb_reap(bus, &got));
	return got.status;
}

static enum vusb_status out(const void *bytes, size_t n)
{
	vusb_submit(bus, ++last_id, PTPUSB_OUT, NULL, bytes, n, now_ms);
	return wait_for(last_id);
}

static enum vusb_status in(uint8_t endpoint, size_t room)
{
	vusb_submit(bus, ++last_id, endpoint, NULL, NULL, room, now_ms);
	return wait_for(last_id);
}

static enum vusb_status control(uint8_t type, uint8_t request, const void *bytes, uint16_t n)
{
	const struct vusb_setup s = { type, request, 0, 0, n };

	vusb_submit(bus, ++last_id, 0, &s, bytes, n, now_ms);
	return wait_for(last_id);
}

static enum vusb_status clear_halt(uint8_t endpoint)
{
	const struct vusb_setup s = { 0x02, 1, 0, endpoint, 0 };

	vusb_submit(bus, ++last_id, 0, &s, NULL, 0, now_ms);
	return wait_for(last_id);
}

static size_t command(uint8_t *c, uint16_t op, uint32_t a, uint32_t b)
{
	put_le32(c, 20);
	put_le16(c + 4, 1);
	put_le16(c + 6, op);
	put_le32(c + 8, ++transaction);
	put_le32(c + 12, a);
	put_le32(c + 16, b);
	return 20;
}

static void keep_payload(void)
{
	data = realloc(data, data_bytes + got.bytes);
	memcpy(data + data_bytes, got.data, got.bytes);
	data_bytes += got.bytes;
}

/* One transaction, the data phase read @room at a time. Return: the response's code. */
static uint16_t ask_by(uint16_t op, uint32_t a, uint32_t b, size_t room)
{
	uint8_t c[20];

	data_bytes = 0;
	assert_int_equal(out(c, command(c, op, a, b)), VUSB_OK);
	assert_int_equal(in(PTPUSB_IN, room), VUSB_OK);
	if (get_le16(got.data + 4) == 2) {
		uint32_t length = get_le32(got.data);

		assert_int_equal(get_le16(got.data + 6), op);
		keep_payload();
		while (data_bytes < length) {
			assert_int_equal(in(PTPUSB_IN, room), VUSB_OK);
			keep_payload();
		}
		assert_int_equal(data_bytes, length);
		assert_int_equal(in(PTPUSB_IN, room), VUSB_OK);
	}
	assert_int_equal(get_le16(got.data + 4), 3);
	assert_int_equal(get_le32(got.data + 8), transaction);
	return get_le16(got.data + 6);
}

static uint16_t ask(uint16_t op, uint32_t a, uint32_t b)
{
	return ask_by(op, a, b, ROOM);
}

static const char *say(const char *line)
{
	static char answer[4096];

	vcam_control(cam, line, answer, sizeof(answer));
	assert_memory_equal(answer, "ok", 2);
	return answer;
}

static uint32_t a_picture(void)
{
	uint32_t handle = 0;

	assert_int_equal(ask(0x9207, 0xffffffff, 0), OK);
	now_ms += 1000;
	assert_int_equal(ask(0x90c7, 0, 0), OK);
	for (int i = 0; i < get_le16(data + 12); i++)
		if (get_le16(data + 14 + 6 * i) == 0x4002)
			handle = get_le32(data + 16 + 6 * i);
	assert_int_not_equal(handle, 0);
	return handle;
}

static void a_read_never_crosses_a_container(void **state)
{
	uint32_t handle;
	size_t whole;

	(void)state;
	assert_int_equal(ask(0x1002, 1, 0), OK);
	handle = a_picture();
	assert_int_equal(ask(0x1009, handle, 0), OK);
	whole = data_bytes;
	assert_memory_equal(data + 12, "\xff\xd8", 2);
	assert_memory_equal(data + whole - 2, "\xff\xd9", 2);
	assert_int_equal(ask_by(0x1009, handle, 0, 512), OK);
	assert_int_equal(data_bytes, whole);
	assert_int_equal(ask_by(0x1009, handle, 0, 4096), OK);
	assert_int_equal(data_bytes, whole);
}

/* 512 − 12 bytes of picture: the data container fills its last packet. */
static void a_full_last_packet_is_followed_by_an_empty_one(void **state)
{
	uint8_t c[24];
	uint32_t handle;

	(void)state;
	ask(0x1002, 1, 0);
	handle = a_picture();
	command(c, 0x101b, handle, 0);
	put_le32(c, 24);
	put_le32(c + 20, 500);
	assert_int_equal(out(c, 24), VUSB_OK);
	assert_int_equal(in(PTPUSB_IN, 4096), VUSB_OK);
	assert_int_equal(got.bytes, 512);
	assert_int_equal(in(PTPUSB_IN, 4096), VUSB_OK);
	assert_int_equal(got.bytes, 16); /* the response, with the number of bytes */
	assert_int_equal(get_le16(got.data + 4), 3);
}

static void the_hosts_data_may_come_in_pieces(void **state)
{
	uint8_t c[20], d[14];

	(void)state;
	ask(0x1002, 1, 0);
	command(c, 0x1016, 0x500f, 0);
	assert_int_equal(out(c, 20), VUSB_OK);
	put_le32(d, 14);
	put_le16(d + 4, 2);
	put_le16(d + 6, 0x1016);
	put_le32(d + 8, transaction);
	put_le16(d + 12, 800);
	assert_int_equal(out(d, 12), VUSB_OK);
	assert_int_equal(out(d + 12, 1), VUSB_OK);
	assert_int_equal(out(d + 13, 1), VUSB_OK);
	assert_int_equal(in(PTPUSB_IN, ROOM), VUSB_OK);
	assert_int_equal(get_le16(got.data + 6), OK);
	assert_string_equal(say("prop 500f"), "ok 800");
}

static void nonsense_halts_until_it_is_cleared(void **state)
{
	uint8_t c[20];

	(void)state;
	ask(0x1002, 1, 0);
	command(c, 0x1004, 0, 0);
	put_le32(c, 999);
	out(c, 20);
	assert_int_equal(in(PTPUSB_IN, ROOM), VUSB_STALL);
	assert_int_equal(control(0xa1, 0x67, NULL, 64), VUSB_OK);
	assert_int_equal(get_le16(got.data), 12);
	assert_int_equal(get_le16(got.data + 2), 0x201f);
	clear_halt(PTPUSB_IN);
	clear_halt(PTPUSB_OUT);
	assert_int_equal(ask(0x1004, 0, 0), OK);
	assert_int_equal(control(0xa1, 0x67, NULL, 64), VUSB_OK);
	assert_int_equal(get_le16(got.data + 2), OK);
}

static void a_broken_transfer_stalls_and_leaves_nothing_behind(void **state)
{
	uint32_t handle;
	uint8_t c[20];

	(void)state;
	ask(0x1002, 1, 0);
	handle = a_picture();
	say("closemid 3000");
	out(c, command(c, 0x1009, handle, 0));
	assert_int_equal(in(PTPUSB_IN, 1024), VUSB_OK);
	assert_int_equal(in(PTPUSB_IN, ROOM), VUSB_STALL);
	clear_halt(PTPUSB_IN);
	clear_halt(PTPUSB_OUT);
	assert_int_equal(ask(0x1009, handle, 0), OK);
	assert_memory_equal(data + data_bytes - 2, "\xff\xd9", 2);
}

static void cancel_ends_a_transfer_that_hangs(void **state)
{
	uint8_t c[20], cancel[6];

	(void)state;
	ask(0x1002, 1, 0);
	say("hang 1004");
	out(c, command(c, 0x1004, 0, 0));
	assert_int_equal(in(PTPUSB_IN, ROOM), VUSB_CANCELLED);
	put_le16(cancel, 0x4001);
	put_le32(cancel + 2, transaction);
	assert_int_equal(control(0x21, 0x64, cancel, 6), VUSB_OK);
	assert_int_equal(ask(0x1004, 0, 0), OK);
	say("hang 1004");
	out(c, command(c, 0x1004, 0, 0));
	assert_int_equal(control(0x21, 0x66, NULL, 0), VUSB_OK);
	assert_int_equal(ask(0x1004, 0, 0), 0x2003); /* the session is gone too */
	assert_int_equal(control(0x21, 0x69, NULL, 0), VUSB_STALL);
}

static void the_cable_goes_in_the_middle(void **state)
{
	uint32_t handle;
	uint8_t c[20];

	(void)state;
	ask(0x1002, 1, 0);
	handle = a_picture();
	say("unplugmid 3000");
	out(c, command(c, 0x1009, handle, 0));
	assert_int_equal(in(PTPUSB_IN, ROOM), VUSB_GONE);
	assert_false(vusb_plugged(bus));
	vusb_plug(bus, true);
	assert_int_equal(ask(0x1002, 1, 0), OK);
	assert_int_equal(ask(0x1009, handle, 0), OK); /* the card kept it */
}

static void pushed_events_come_on_the_interrupt_pipe(void **state)
{
	(void)state;
	ask(0x1002, 1, 0);
	assert_int_equal(ask(0x100e, 0, 0), OK);
	assert_int_equal(in(PTPUSB_EVENTS, 64), VUSB_OK);
	assert_int_equal(got.bytes, 16);
	assert_int_equal(get_le16(got.data + 4), 4);
	assert_int_equal(get_le16(got.data + 6), 0x4002);
	assert_int_equal(in(PTPUSB_EVENTS, 64), VUSB_OK);
	assert_int_equal(get_le16(got.data + 6), 0x400d);
	assert_int_equal(control(0xa1, 0x65, NULL, 64), VUSB_OK);
	assert_int_equal(get_le16(got.data), 0x400d);
}

static void a_nikon_pushes_none(void **state)
{
	(void)state;
	ask(0x1002, 1, 0);
	a_picture();
	assert_int_equal(in(PTPUSB_EVENTS, 64), VUSB_CANCELLED);
}

#define B(f, b)	 cmocka_unit_test_prestate_setup_teardown(f, setup, teardown, (void *)(uintptr_t)b)
#define NIKON(f) B(f, "nikon")

int main(void)
{
	const struct CMUnitTest tests[] = {
		NIKON(a_read_never_crosses_a_container),
		NIKON(a_full_last_packet_is_followed_by_an_empty_one),
		NIKON(the_hosts_data_may_come_in_pieces),
		NIKON(nonsense_halts_until_it_is_cleared),
		NIKON(a_broken_transfer_stalls_and_leaves_nothing_behind),
		NIKON(cancel_ends_a_transfer_that_hangs),
		NIKON(the_cable_goes_in_the_middle),
		B(pushed_events_come_on_the_interrupt_pipe, "ptp"),
		NIKON(a_nikon_pushes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
