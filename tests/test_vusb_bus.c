/* The virtual bus as unmodified libusb and systemd see it. */
#include <libusb-1.0/libusb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-device.h>
#include <systemd/sd-event.h>

#include <cmocka.h>

#include "firmware/base/clock.h"
#include "tests/lib/usb_bus.h"

enum { SPLIT, SINGLE, DERK, DFU, SECOND };

static const char *const devices[] = {
	[SPLIT] = "reader-split,serial=A1,port=1-1.2",
	[SINGLE] = "reader-synjones,packet=8,port=1-2",
	[DERK] = "reader-derk,port=1-3",
	[DFU] = "dfu,port=1-4",
	[SECOND] = "reader-split,pairs=second,port=1-1.3,packet=512",
	NULL,
};

/* "Who are you?" and the beginning of the answer. */
static const uint8_t question[10] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x11, 0xff, 0xed };
static const uint8_t answer_head[7] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x04 };
static const uint8_t answer_rest[4] = { 0x00, 0x00, 0x90, 0x94 };

static libusb_context *usb;

static libusb_device *find(int bus_port, int hub_port)
{
	libusb_device **list, *found = NULL;
	ssize_t n = libusb_get_device_list(usb, &list);
	uint8_t ports[8];

	for (ssize_t i = 0; i < n; i++) {
		int depth = libusb_get_port_numbers(list[i], ports, sizeof(ports));

		if (depth == (hub_port ? 2 : 1) && ports[0] == bus_port &&
		    (!hub_port || ports[1] == hub_port))
			found = libusb_ref_device(list[i]);
	}
	libusb_free_device_list(list, 1);
	return found;
}

static libusb_device_handle *open_at(int bus_port, int hub_port)
{
	libusb_device *d = find(bus_port, hub_port);
	libusb_device_handle *h = NULL;

	assert_non_null(d);
	assert_int_equal(libusb_open(d, &h), 0);
	libusb_unref_device(d);
	return h;
}

static libusb_device_handle *claim_at(int bus_port, int hub_port)
{
	libusb_device_handle *h = open_at(bus_port, hub_port);

	assert_int_equal(libusb_claim_interface(h, 0), 0);
	return h;
}

static int send_bytes(libusb_device_handle *h, uint8_t ep, const uint8_t *data, int bytes)
{
	uint8_t copy[64];
	int n = 0, rc;

	memcpy(copy, data, (size_t)bytes);
	rc = libusb_bulk_transfer(h, ep, copy, bytes, &n, 2000);
	return rc ? rc : n == bytes ? 0 : -99;
}

static int receive(libusb_device_handle *h, uint8_t ep, void *out, int room, int timeout_ms)
{
	int n = 0, rc = libusb_bulk_transfer(h, ep, out, room, &n, (unsigned int)timeout_ms);

	return rc ? rc : n;
}

static void ask_split(libusb_device_handle *h)
{
	assert_int_equal(send_bytes(h, 0x02, question, 7), 0);
	assert_int_equal(send_bytes(h, 0x06, question + 7, 3), 0);
}

static void expect_split(libusb_device_handle *h)
{
	uint8_t in[512];

	assert_int_equal(receive(h, 0x81, in, sizeof(in), 2000), 7);
	assert_memory_equal(in, answer_head, 7);
	assert_int_equal(receive(h, 0x85, in, sizeof(in), 2000), 4);
	assert_memory_equal(in, answer_rest, 4);
}

static void every_device_is_where_it_was_put(void **state)
{
	struct libusb_device_descriptor d;
	libusb_device_handle *h;
	uint8_t text[64];

	(void)state;
	h = open_at(1, 2);
	libusb_get_device_descriptor(libusb_get_device(h), &d);
	assert_int_equal(d.idVendor, 0x0400);
	assert_int_equal(d.idProduct, 0xc35a);
	assert_int_equal(libusb_get_string_descriptor_ascii(h, d.iSerialNumber, text, 64), 2);
	assert_string_equal((char *)text, "A1");
	assert_int_equal(libusb_get_max_packet_size(libusb_get_device(h), 0x85), 64);
	libusb_close(h);
	h = open_at(2, 0);
	assert_int_equal(libusb_get_max_packet_size(libusb_get_device(h), 0x81), 8);
	libusb_close(h);
	assert_int_equal(usb_bus_count(DFU, "opens"), 0);
}

static void frames_go_round_in_both_modes(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	uint8_t in[512];

	(void)state;
	for (int i = 0; i < 20; i++) {
		ask_split(h);
		expect_split(h);
	}
	libusb_close(h);
	h = claim_at(2, 0);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(send_bytes(h, 0x02, question, 10), 0);
		assert_int_equal(receive(h, 0x81, in, sizeof(in), 2000), 11);
		assert_memory_equal(in, answer_head, 7);
		assert_memory_equal(in + 7, answer_rest, 4);
	}
	libusb_close(h);
}

static void split_pipes_may_be_dead(void **state)
{
	libusb_device_handle *h = claim_at(1, 3);
	uint8_t in[512];

	(void)state;
	ask_split(h);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 50), LIBUSB_ERROR_TIMEOUT);
	assert_int_equal(send_bytes(h, 0x06, question, 10), 0);
	assert_int_equal(receive(h, 0x85, in, sizeof(in), 2000), 11);
	libusb_close(h);
}

static void a_time_out_loses_nothing(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	uint8_t in[512];
	int64_t start = clock_now_ms();

	(void)state;
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 100), LIBUSB_ERROR_TIMEOUT);
	assert_true(clock_now_ms() - start >= 100);
	ask_split(h);
	expect_split(h);
	assert_true(usb_bus_say(SPLIT, "lose 06"));
	ask_split(h);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 50), LIBUSB_ERROR_TIMEOUT);
	ask_split(h);
	expect_split(h);
	libusb_close(h);
}

static void a_stalled_pipe_works_again_after_clear_halt(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	uint8_t in[512];

	(void)state;
	assert_true(usb_bus_say(SPLIT, "stall 81"));
	ask_split(h);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 1000), LIBUSB_ERROR_PIPE);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 1000), LIBUSB_ERROR_PIPE);
	assert_int_equal(libusb_clear_halt(h, 0x81), 0);
	expect_split(h);
	assert_true(usb_bus_say(SPLIT, "stall 2"));
	assert_int_equal(send_bytes(h, 0x02, question, 7), LIBUSB_ERROR_PIPE);
	assert_int_equal(libusb_clear_halt(h, 0x02), 0);
	ask_split(h);
	expect_split(h);
	assert_int_equal(usb_bus_count(SPLIT, "ep81_cleared"), 1);
	libusb_close(h);
}

static void an_empty_packet_is_a_transfer_of_nothing(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	uint8_t in[512];

	(void)state;
	assert_true(usb_bus_say(SPLIT, "zlp 81"));
	ask_split(h);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 1000), 0);
	expect_split(h);
	libusb_close(h);
}

static void a_reset_forgets_answers_under_way(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	uint8_t in[512];

	(void)state;
	ask_split(h);
	assert_int_equal(libusb_reset_device(h), 0);
	assert_int_equal(receive(h, 0x81, in, sizeof(in), 50), LIBUSB_ERROR_TIMEOUT);
	ask_split(h);
	expect_split(h);
	libusb_close(h);
}

static void a_claimed_interface_is_busy(void **state)
{
	libusb_device_handle *first = claim_at(1, 2), *second = open_at(1, 2);

	(void)state;
	assert_int_equal(libusb_claim_interface(second, 0), LIBUSB_ERROR_BUSY);
	libusb_close(first);
	assert_int_equal(libusb_claim_interface(second, 0), 0);
	libusb_close(second);
	assert_true(usb_bus_say(SPLIT, "busy on"));
	second = open_at(1, 2);
	assert_int_equal(libusb_claim_interface(second, 0), LIBUSB_ERROR_BUSY);
	assert_true(usb_bus_say(SPLIT, "busy off"));
	assert_int_equal(libusb_claim_interface(second, 0), 0);
	libusb_close(second);
}

static void a_hid_belongs_to_the_kernel_until_detached(void **state)
{
	libusb_device_handle *h = open_at(3, 0);
	uint8_t report[64] = { 12, 0, 0x34 };
	int n = 0;

	(void)state;
	memcpy(report + 3, question, sizeof(question));
	assert_int_equal(libusb_kernel_driver_active(h, 0), 1);
	assert_int_equal(libusb_claim_interface(h, 0), LIBUSB_ERROR_BUSY);
	libusb_set_auto_detach_kernel_driver(h, 1);
	assert_int_equal(libusb_claim_interface(h, 0), 0);
	assert_int_equal(libusb_interrupt_transfer(h, 0x01, report, 64, &n, 1000), 0);
	assert_int_equal(libusb_interrupt_transfer(h, 0x81, report, 64, &n, 1000), 0);
	assert_int_equal(n, 64);
	assert_int_equal(report[0], 4 + 11);
	assert_int_equal(report[2], 0x34);
	assert_int_equal(report[3], 0x90);
	assert_memory_equal(report + 5, answer_head, 7);
	assert_memory_equal(report + 12, answer_rest, 4);
	libusb_release_interface(h, 0);
	assert_int_equal(libusb_kernel_driver_active(h, 0), 1);
	libusb_close(h);
}

/* --- transfers under way ---------------------------------------------------------------------- */

struct flying {
	struct libusb_transfer *t;
	uint8_t in[512];
	int done;
};

static void LIBUSB_CALL on_landed(struct libusb_transfer *t)
{
	*(int *)t->user_data = 1;
}

static void take_off(struct flying *f, libusb_device_handle *h)
{
	f->done = 0;
	f->t = libusb_alloc_transfer(0);
	libusb_fill_bulk_transfer(f->t, h, 0x81, f->in, sizeof(f->in), on_landed, &f->done, 0);
	assert_int_equal(libusb_submit_transfer(f->t), 0);
}

static int land(struct flying *f)
{
	int status;

	while (!f->done)
		libusb_handle_events_completed(usb, &f->done);
	status = f->t->status;
	libusb_free_transfer(f->t);
	return status;
}

static void a_transfer_can_be_cancelled(void **state)
{
	libusb_device_handle *h = claim_at(1, 2);
	struct flying f;

	(void)state;
	take_off(&f, h);
	assert_int_equal(libusb_cancel_transfer(f.t), 0);
	assert_int_equal(land(&f), LIBUSB_TRANSFER_CANCELLED);
	ask_split(h);
	expect_split(h);
	libusb_close(h);
}

static int arrived, left;

static int LIBUSB_CALL on_hotplug(libusb_context *c, libusb_device *d, libusb_hotplug_event e,
				  void *p)
{
	(void)c;
	(void)d;
	(void)p;
	if (e == LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED)
		arrived++;
	else
		left++;
	return 0;
}

static bool becomes(const int *what, int count)
{
	int64_t until = clock_now_ms() + 10000;

	while (*what < count && clock_now_ms() < until)
		libusb_handle_events_timeout_completed(usb, &(struct timeval){ 0, 50000 }, NULL);
	return *what == count;
}

static void unplugging_is_seen_at_once_and_plugging_too(void **state)
{
	libusb_hotplug_callback_handle callback;
	libusb_device_handle *h = claim_at(1, 2);
	int address = libusb_get_device_address(libusb_get_device(h));
	struct flying f;

	(void)state;
	arrived = left = 0;
	libusb_hotplug_register_callback(
		usb, LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT, 0,
		0x0400, 0xc35a, LIBUSB_HOTPLUG_MATCH_ANY, on_hotplug, NULL, &callback);
	take_off(&f, h);
	assert_true(usb_bus_say(SPLIT, "unplug"));
	assert_int_equal(land(&f), LIBUSB_TRANSFER_NO_DEVICE);
	assert_int_equal(send_bytes(h, 0x02, question, 7), LIBUSB_ERROR_NO_DEVICE);
	libusb_close(h);
	assert_true(becomes(&left, 1));
	assert_null(find(1, 2));
	assert_true(usb_bus_say(SPLIT, "plug"));
	assert_true(becomes(&arrived, 1));
	h = claim_at(1, 2);
	assert_int_not_equal(libusb_get_device_address(libusb_get_device(h)), address);
	ask_split(h);
	expect_split(h);
	libusb_close(h);
	assert_true(usb_bus_say(SPLIT, "unplug"));
	assert_true(usb_bus_say(SPLIT, "plug 1-1.4"));
	assert_true(becomes(&arrived, 2));
	libusb_close(claim_at(1, 4));
	assert_true(usb_bus_say(SPLIT, "unplug"));
	assert_true(usb_bus_say(SPLIT, "plug 1-1.2"));
	assert_true(becomes(&arrived, 3));
	libusb_hotplug_deregister_callback(usb, callback);
}

/* A bus has 127 numbers; each plug takes another one. */
static void numbers_of_devices_long_gone_are_used_again(void **state)
{
	libusb_device_handle *h;

	(void)state;
	for (int i = 0; i < 150; i++) {
		assert_true(usb_bus_say(SPLIT, "unplug"));
		assert_true(usb_bus_say(SPLIT, "plug"));
	}
	libusb_exit(usb);
	assert_int_equal(libusb_init(&usb), 0);
	h = claim_at(1, 2);
	ask_split(h);
	expect_split(h);
	libusb_close(h);
}

static int on_uevent(sd_device_monitor *m, sd_device *d, void *p)
{
	const char *name = "", *type = "";
	sd_device_action_t action;

	sd_device_get_sysname(d, &name);
	sd_device_get_devtype(d, &type);
	sd_device_get_action(d, &action);
	if (strcmp(name, "1-1.2") || strcmp(type, "usb_device"))
		return 0;
	*(sd_device_action_t *)p = action;
	return sd_event_exit(sd_device_monitor_get_event(m), 0);
}

static void systemd_sees_the_same_events(void **state)
{
	sd_device_action_t seen = _SD_DEVICE_ACTION_INVALID;
	sd_event *loop = NULL;
	sd_device_monitor *m = NULL;

	(void)state;
	assert_true(sd_event_new(&loop) >= 0);
	assert_true(sd_device_monitor_new(&m) >= 0);
	assert_true(sd_device_monitor_filter_add_match_subsystem_devtype(m, "usb", NULL) >= 0);
	assert_true(sd_device_monitor_attach_event(m, loop) >= 0);
	assert_true(sd_device_monitor_start(m, on_uevent, &seen) >= 0);
	assert_true(usb_bus_say(SPLIT, "unplug"));
	assert_true(sd_event_loop(loop) >= 0);
	assert_int_equal(seen, SD_DEVICE_REMOVE);
	sd_device_monitor_unref(m);
	sd_event_unref(loop);
	assert_true(usb_bus_say(SPLIT, "plug"));
}

static int open_usb(void **state)
{
	(void)state;
	return libusb_init(&usb);
}

static int close_usb(void **state)
{
	(void)state;
	libusb_exit(usb);
	return 0;
}

int main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_usb, close_usb)
	const struct CMUnitTest tests[] = {
		T(every_device_is_where_it_was_put),
		T(frames_go_round_in_both_modes),
		T(split_pipes_may_be_dead),
		T(a_time_out_loses_nothing),
		T(a_stalled_pipe_works_again_after_clear_halt),
		T(an_empty_packet_is_a_transfer_of_nothing),
		T(a_reset_forgets_answers_under_way),
		T(a_claimed_interface_is_busy),
		T(a_hid_belongs_to_the_kernel_until_detached),
		T(a_transfer_can_be_cancelled),
		T(unplugging_is_seen_at_once_and_plugging_too),
		T(numbers_of_devices_long_gone_are_used_again),
		T(systemd_sees_the_same_events),
	};
	int rc;

	(void)argc;
	usb_bus_enter(argv, devices);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	usb_bus_leave();
	return rc;
}
