/* The USB core without a transport: what a host would see of any device behind it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/usb/vusb.h"

enum { IN = 0x81, OUT = 0x02, PACKET = 8 };

static const struct vusb_description description = {
	.vid = 0x1234,
	.pid = 0x5678,
	.bcd_device = 0x0102,
	.product = "Thing",
	.interface_count = 1,
	.interfaces = { { .class = 0xff,
			  .endpoint_count = 2,
			  .endpoints = { { IN, VUSB_BULK, PACKET, 0 },
					 { OUT, VUSB_BULK, PACKET, 0 } } } },
};

static struct thing {
	struct vusb *bus;
	struct vusb_model model;
	int outs, resets;
	uint8_t last[64];
	size_t last_bytes;
} t;

static int on_out(void *ctx, uint8_t ep, const uint8_t *data, size_t bytes, int64_t now_ms)
{
	(void)ctx;
	(void)ep;
	(void)now_ms;
	t.outs++;
	t.last_bytes = bytes < sizeof(t.last) ? bytes : sizeof(t.last);
	memcpy(t.last, data, t.last_bytes);
	return bytes && data[0] == 'x' ? -EPIPE : 0;
}

static void on_reset(void *ctx)
{
	(void)ctx;
	t.resets++;
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.model = (struct vusb_model){ &description, &t, on_out, NULL, on_reset, NULL };
	t.bus = vusb_new(&t.model);
	vusb_plug(t.bus, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vusb_free(t.bus);
	return 0;
}

static void ask(uint64_t id, size_t room)
{
	vusb_submit(t.bus, id, IN, NULL, NULL, room, 0);
}

/* The next completion is @id with @status and these bytes. */
static void expect(uint64_t id, enum vusb_status status, const char *bytes)
{
	struct vusb_completion c = { 0 };

	assert_true(vusb_reap(t.bus, &c));
	assert_int_equal(c.id, id);
	assert_int_equal(c.status, status);
	assert_int_equal(c.bytes, strlen(bytes));
	if (c.bytes && c.data)
		assert_memory_equal(c.data, bytes, c.bytes);
	free(c.data);
}

static void expect_nothing(void)
{
	struct vusb_completion c;

	assert_false(vusb_reap(t.bus, &c));
}

static enum vusb_status control(const struct vusb_setup *s, uint8_t *data, size_t *bytes)
{
	struct vusb_completion c = { 0 };

	vusb_submit(t.bus, 99, 0, s, data, s->length, 0);
	assert_true(vusb_reap(t.bus, &c));
	assert_int_equal(c.id, 99);
	if (c.data && c.bytes)
		memcpy(data, c.data, c.bytes);
	*bytes = c.bytes;
	free(c.data);
	return c.status;
}

static void say(const char *line)
{
	char out[512];

	assert_true(vusb_control_line(t.bus, line, out, sizeof(out)));
	assert_string_equal(out, "ok");
}

static void descriptors_tell_what_the_device_is(void **state)
{
	uint8_t d[256];
	size_t n;

	(void)state;
	assert_int_equal(control(&(struct vusb_setup){ 0x80, 6, 0x0100, 0, 18 }, d, &n), VUSB_OK);
	assert_int_equal(n, 18);
	assert_int_equal(get_le16(d + 8), 0x1234);
	assert_int_equal(get_le16(d + 10), 0x5678);
	assert_int_equal(d[14], 0); /* no manufacturer */
	assert_int_equal(control(&(struct vusb_setup){ 0x80, 6, 0x0200, 0, 255 }, d, &n), VUSB_OK);
	assert_int_equal(n, 9 + 9 + 7 + 7);
	assert_int_equal(get_le16(d + 2), n);
	assert_int_equal(d[9 + 9 + 2], IN);
	assert_int_equal(get_le16(d + 9 + 9 + 4), PACKET);
	/* as the host asks first: only the head, to learn the length */
	assert_int_equal(control(&(struct vusb_setup){ 0x80, 6, 0x0200, 0, 9 }, d, &n), VUSB_OK);
	assert_int_equal(n, 9);
	assert_int_equal(control(&(struct vusb_setup){ 0x80, 6, 0x0302, 0x0409, 255 }, d, &n),
			 VUSB_OK);
	assert_int_equal(n, 2 + 2 * 5);
	assert_int_equal(d[2], 'T');
	assert_int_equal(control(&(struct vusb_setup){ 0x80, 6, 0x0301, 0x0409, 255 }, d, &n),
			 VUSB_STALL);
	/* both one after the other, as in sysfs */
	assert_int_equal(vusb_descriptors(t.bus, d, sizeof(d)), 18 + 32);
}

static void transfers_wait_in_order_until_bytes_come(void **state)
{
	(void)state;
	ask(1, 16);
	ask(2, 16);
	expect_nothing();
	vusb_send(t.bus, IN, "abc", 3, true);
	expect(1, VUSB_OK, "abc");
	expect_nothing();
	vusb_send(t.bus, IN, "de", 2, true);
	vusb_send(t.bus, IN, "f", 1, true);
	expect(2, VUSB_OK, "de"); /* a short packet ends it: the next message is the next one's */
	ask(3, 16);
	expect(3, VUSB_OK, "f");
}

static void a_message_in_parts_is_one_message(void **state)
{
	(void)state;
	ask(1, 32);
	vusb_send(t.bus, IN, "0123456789", 10, false);
	expect_nothing();
	vusb_send(t.bus, IN, "ab", 2, true);
	expect(1, VUSB_OK, "0123456789ab");
}

static void a_full_last_packet_is_followed_by_an_empty_one(void **state)
{
	(void)state;
	ask(1, 32);
	vusb_send(t.bus, IN, "0123456789abcdef", 16, true);
	expect(1, VUSB_OK, "0123456789abcdef"); /* ended: there was room for more */
	ask(2, 16);
	vusb_send(t.bus, IN, "0123456789abcdef", 16, true);
	expect(2, VUSB_OK, "0123456789abcdef");
	ask(3, 16); /* the one before was filled exactly: nothing is left over */
	expect_nothing();
	vusb_send(t.bus, IN, "x", 1, true);
	expect(3, VUSB_OK, "x");
}

static void a_long_message_fills_transfer_after_transfer(void **state)
{
	(void)state;
	vusb_send(t.bus, IN, "0123456789abcdefXYZ", 19, true);
	ask(1, 8);
	ask(2, 16);
	expect(1, VUSB_OK, "01234567");
	expect(2, VUSB_OK, "89abcdefXYZ");
}

static void a_packet_larger_than_the_room_is_an_overflow(void **state)
{
	(void)state;
	ask(1, 5);
	vusb_send(t.bus, IN, "0123456789", 10, true);
	expect(1, VUSB_OVERFLOW, "");
	ask(2, 8);
	expect(2, VUSB_OK, "89"); /* the packet is lost, not the rest */
}

static void a_stray_empty_packet_ends_a_transfer(void **state)
{
	(void)state;
	say("zlp 81");
	ask(1, 16);
	expect(1, VUSB_OK, "");
	ask(2, 16);
	expect_nothing();
}

static void a_halt_lasts_until_it_is_cleared(void **state)
{
	const struct vusb_setup clear = { 0x02, 1, 0, IN, 0 };
	uint8_t status[2];
	size_t n;

	(void)state;
	say("stall 81");
	vusb_send(t.bus, IN, "abc", 3, true);
	ask(1, 16);
	expect(1, VUSB_STALL, "");
	ask(2, 16);
	expect(2, VUSB_STALL, "");
	assert_int_equal(control(&(struct vusb_setup){ 0x82, 0, 0, IN, 2 }, status, &n), VUSB_OK);
	assert_int_equal(status[0], 1);
	assert_int_equal(control(&clear, NULL, &n), VUSB_OK);
	ask(3, 16);
	expect(3, VUSB_OK, "abc");
	/* the device's own refusal halts too */
	vusb_submit(t.bus, 4, OUT, NULL, (const uint8_t *)"x", 1, 0);
	expect(4, VUSB_STALL, "");
	vusb_submit(t.bus, 5, OUT, NULL, (const uint8_t *)"y", 1, 0);
	expect(5, VUSB_STALL, "");
	assert_int_equal(t.outs, 1);
}

static void a_cancelled_transfer_keeps_what_it_got(void **state)
{
	(void)state;
	ask(1, 32);
	ask(2, 32);
	vusb_send(t.bus, IN, "0123456789", 10, false); /* one packet went, two bytes wait */
	vusb_cancel(t.bus, 1);
	expect(1, VUSB_CANCELLED, "01234567");
	vusb_cancel(t.bus, 1); /* again: nothing */
	expect_nothing();
	vusb_send(t.bus, IN, "!", 1, true);
	expect(2, VUSB_OK, "89!");
}

static void unplugging_ends_everything(void **state)
{
	(void)state;
	ask(1, 16);
	vusb_send(t.bus, IN, "0123456789", 10, false);
	say("unplug");
	expect(1, VUSB_GONE, "01234567");
	assert_false(vusb_plugged(t.bus));
	ask(2, 16);
	expect(2, VUSB_GONE, "");
	say("plug 1-1.2");
	assert_int_equal(t.resets, 2); /* at first, and now */
	assert_string_equal(vusb_port(t.bus), "1-1.2");
	ask(3, 16); /* nothing old comes */
	expect_nothing();
}

static void nak_holds_both_ways_for_its_time(void **state)
{
	(void)state;
	say("nak 81 100");
	say("nak 2 50");
	vusb_send(t.bus, IN, "abc", 3, true);
	ask(1, 16);
	vusb_submit(t.bus, 2, OUT, NULL, (const uint8_t *)"q", 1, 1000);
	assert_int_equal(vusb_tick(t.bus, 1000), 1050);
	expect_nothing();
	assert_int_equal(vusb_tick(t.bus, 1050), 1100);
	expect(2, VUSB_OK, "q");
	assert_int_equal(t.outs, 1);
	expect_nothing();
	vusb_tick(t.bus, 1100);
	expect(1, VUSB_OK, "abc");
}

static void lost_transfers_never_reach_the_device(void **state)
{
	(void)state;
	say("lose 2 2");
	for (uint64_t i = 1; i <= 3; i++) {
		vusb_submit(t.bus, i, OUT, NULL, (const uint8_t *)"abc", 3, 0);
		expect(i, VUSB_OK, "abc");
	}
	assert_int_equal(t.outs, 1);
}

static void what_happened_is_counted(void **state)
{
	char out[512];

	(void)state;
	vusb_note_open(t.bus);
	assert_int_equal(vusb_claim(t.bus, 0), 0);
	assert_int_equal(vusb_claim(t.bus, 1), -EINVAL);
	say("busy on");
	assert_int_equal(vusb_claim(t.bus, 0), -EBUSY);
	vusb_submit(t.bus, 1, OUT, NULL, (const uint8_t *)"abc", 3, 0);
	expect(1, VUSB_OK, "abc");
	assert_true(vusb_control_line(t.bus, "stat", out, sizeof(out)));
	assert_non_null(strstr(out, " opens=1 claims=1 refused=1 resets=0 "));
	assert_non_null(strstr(out, " ep02=1 ep02_bytes=3 ep02_halts=0 "));
	assert_false(vusb_control_line(t.bus, "card resident", out, sizeof(out)));
	assert_true(vusb_control_line(t.bus, "stall 44", out, sizeof(out)));
	assert_string_equal(out, "error no such endpoint");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(descriptors_tell_what_the_device_is),
		T(transfers_wait_in_order_until_bytes_come),
		T(a_message_in_parts_is_one_message),
		T(a_full_last_packet_is_followed_by_an_empty_one),
		T(a_long_message_fills_transfer_after_transfer),
		T(a_packet_larger_than_the_room_is_an_overflow),
		T(a_stray_empty_packet_ends_a_transfer),
		T(a_halt_lasts_until_it_is_cleared),
		T(a_cancelled_transfer_keeps_what_it_got),
		T(unplugging_ends_everything),
		T(nak_holds_both_ways_for_its_time),
		T(lost_transfers_never_reach_the_device),
		T(what_happened_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
