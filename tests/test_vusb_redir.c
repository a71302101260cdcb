/* The reader in a virtual machine: the other end of usbredir, as QEMU would be it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <usbredirparser.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/usb/redir.h"
#include "tools/virtual/usb/usb_reader.h"

enum { WAIT_MS = 5000 };

static const uint8_t find_card[10] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22 };

static struct guest {
	char dir[64], path[96];
	int listener, fd;
	struct usbredirparser *parser;
	struct usb_reader *reader;
	struct redir *redir;
	/* what came last */
	int connects, interfaces, configured, answers;
	uint64_t id;
	uint8_t status, data[2048];
	size_t bytes;
	struct usb_redir_device_connect_header device;
	struct usb_redir_ep_info_header endpoints;
} g;

static void came(uint64_t id, uint8_t status, uint8_t *data, int bytes)
{
	g.answers++;
	g.id = id;
	g.status = status;
	g.bytes = (size_t)bytes < sizeof(g.data) ? (size_t)bytes : sizeof(g.data);
	if (data)
		memcpy(g.data, data, g.bytes);
	usbredirparser_free_packet_data(g.parser, data);
}

static void on_device(void *p, struct usb_redir_device_connect_header *h)
{
	(void)p;
	g.device = *h;
	g.connects++;
}

static void on_interfaces(void *p, struct usb_redir_interface_info_header *h)
{
	(void)p;
	(void)h;
	g.interfaces++;
}

static void on_endpoints(void *p, struct usb_redir_ep_info_header *h)
{
	(void)p;
	g.endpoints = *h;
}

static void on_configured(void *p, uint64_t id, struct usb_redir_configuration_status_header *h)
{
	(void)p;
	(void)id;
	g.configured += h->status == usb_redir_success && h->configuration == 1;
}

static void on_listening(void *p, uint64_t id,
			 struct usb_redir_interrupt_receiving_status_header *h)
{
	(void)p;
	(void)id;
	(void)h;
}

static void on_control(void *p, uint64_t id, struct usb_redir_control_packet_header *h,
		       uint8_t *data, int bytes)
{
	(void)p;
	came(id, h->status, data, bytes);
}

static void on_bulk(void *p, uint64_t id, struct usb_redir_bulk_packet_header *h, uint8_t *data,
		    int bytes)
{
	(void)p;
	came(id, h->status, data, bytes);
}

static void on_interrupt(void *p, uint64_t id, struct usb_redir_interrupt_packet_header *h,
			 uint8_t *data, int bytes)
{
	(void)p;
	came(id, h->status, data, bytes);
}

static int on_read(void *p, uint8_t *data, int count)
{
	ssize_t n = recv(g.fd, data, (size_t)count, MSG_DONTWAIT);

	(void)p;
	return n > 0 ? (int)n : n < 0 && errno == EAGAIN ? 0 : -1;
}

static int on_write(void *p, uint8_t *data, int count)
{
	(void)p;
	return (int)send(g.fd, data, (size_t)count, MSG_NOSIGNAL);
}

static void on_log(void *p, int level, const char *message)
{
	(void)p;
	if (level <= usbredirparser_warning)
		print_error("%s\n", message);
}

static void greet(void)
{
	static const int caps[] = { usb_redir_cap_connect_device_version,
				    usb_redir_cap_ep_info_max_packet_size, usb_redir_cap_64bits_ids,
				    usb_redir_cap_32bits_bulk_length };
	uint32_t bits[USB_REDIR_CAPS_SIZE] = { 0 };
	struct usbredirparser *p = usbredirparser_create();

	p->log_func = on_log;
	p->read_func = on_read;
	p->write_func = on_write;
	p->device_connect_func = on_device;
	p->interface_info_func = on_interfaces;
	p->ep_info_func = on_endpoints;
	p->configuration_status_func = on_configured;
	p->interrupt_receiving_status_func = on_listening;
	p->control_packet_func = on_control;
	p->bulk_packet_func = on_bulk;
	p->interrupt_packet_func = on_interrupt;
	for (size_t i = 0; i < 4; i++)
		usbredirparser_caps_set_cap(bits, caps[i]);
	usbredirparser_init(p, "guest", bits, USB_REDIR_CAPS_SIZE, 0);
	g.parser = p;
}

/* Both ends take a turn. Return: false when the other one hung up. */
static bool turn(void)
{
	struct pollfd f[2] = { redir_poll(g.redir), { g.fd, POLLIN, 0 } };
	bool up = true;

	poll(f, 2, 5);
	redir_turn(g.redir);
	if (g.fd < 0) {
		g.fd = accept4(g.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (g.fd >= 0)
			greet();
		return true;
	}
	up = usbredirparser_do_read(g.parser) >= 0;
	if (usbredirparser_has_data_to_write(g.parser))
		usbredirparser_do_write(g.parser);
	return up;
}

static void until(const int *count, int value)
{
	int64_t end = clock_now_ms() + WAIT_MS;

	while (*count < value && clock_now_ms() < end)
		assert_true(turn());
	assert_int_equal(*count, value);
}

static void let_turns_pass(int n)
{
	while (n--)
		assert_true(turn());
}

static void start(enum usb_reader_kind kind)
{
	const struct usb_reader_options o = { .kind = kind, .serial = "A1" };
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memset(&g, 0, sizeof(g));
	strcpy(g.dir, "/tmp/tapshot-redir-XXXXXX");
	assert_non_null(mkdtemp(g.dir));
	snprintf(g.path, sizeof(g.path), "%s/guest", g.dir);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", g.path);
	g.fd = -1;
	g.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(g.listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(g.listener, 1), 0);
	g.reader = usb_reader_new(&o);
	g.redir = redir_new(usb_reader_bus(g.reader), g.path);
	vusb_plug(usb_reader_bus(g.reader), true);
	until(&g.connects, 1);
}

static void hang_up(void)
{
	if (g.parser)
		usbredirparser_destroy(g.parser);
	if (g.fd >= 0)
		close(g.fd);
	g.parser = NULL;
	g.fd = -1;
}

static int stop(void **state)
{
	(void)state;
	hang_up();
	redir_free(g.redir);
	usb_reader_free(g.reader);
	close(g.listener);
	unlink(g.path);
	rmdir(g.dir);
	return 0;
}

static int start_split(void **state)
{
	(void)state;
	start(USB_READER_SPLIT);
	return 0;
}

static int start_hid(void **state)
{
	(void)state;
	start(USB_READER_DERK);
	return 0;
}

static void bulk(uint64_t id, uint8_t ep, const uint8_t *data, int bytes)
{
	struct usb_redir_bulk_packet_header h = { .endpoint = ep, .length = (uint16_t)bytes };
	uint8_t copy[64];

	if (data)
		memcpy(copy, data, (size_t)bytes);
	usbredirparser_send_bulk_packet(g.parser, id, &h, data ? copy : NULL, data ? bytes : 0);
}

static void control(uint64_t id, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
		    uint16_t length)
{
	struct usb_redir_control_packet_header h = { .endpoint = type & 0x80,
						     .request = request,
						     .requesttype = type,
						     .value = value,
						     .index = index,
						     .length = length };

	usbredirparser_send_control_packet(g.parser, id, &h, NULL, 0);
}

static void expect(uint64_t id, uint8_t status, size_t bytes)
{
	until(&g.answers, g.answers + 1);
	assert_int_equal(g.id, id);
	assert_int_equal(g.status, status);
	assert_int_equal(g.bytes, bytes);
}

static void find_a_card(void)
{
	bulk(10, 0x02, find_card, 7);
	expect(10, usb_redir_success, 0);
	bulk(11, 0x06, find_card + 7, 3);
	expect(11, usb_redir_success, 0);
	bulk(12, 0x81, NULL, 64);
	expect(12, usb_redir_success, 7);
	bulk(13, 0x85, NULL, 128);
	expect(13, usb_redir_success, 4);
	assert_int_equal(g.data[2], 0x80); /* no card */
}

static void the_guest_learns_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(g.device.vendor_id, 0x0400);
	assert_int_equal(g.device.product_id, 0xc35a);
	assert_int_equal(g.device.speed, usb_redir_speed_full);
	assert_int_equal(g.endpoints.type[0x02], usb_redir_type_bulk);
	assert_int_equal(g.endpoints.type[0x10 | 5], usb_redir_type_bulk);
	assert_int_equal(g.endpoints.max_packet_size[0x10 | 1], 64);
	assert_int_equal(g.endpoints.type[0x03], usb_redir_type_invalid);
	control(1, 0x80, 6, 0x0100, 0, 64);
	expect(1, usb_redir_success, 18);
	assert_int_equal(get_le16(g.data + 8), 0x0400);
	control(2, 0x80, 6, 0x0303, 0x0409, 255);
	expect(2, usb_redir_success, 6);
	control(3, 0x80, 6, 0x0f00, 0, 255);
	expect(3, usb_redir_stall, 0);
	usbredirparser_send_set_configuration(g.parser, 4,
					      &(struct usb_redir_set_configuration_header){ 1 });
	until(&g.configured, 1);
	assert_int_equal(g.interfaces, 2); /* at first, and again */
}

static void a_card_is_asked_for_through_the_pipes(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++)
		find_a_card();
}

static void a_halted_pipe_is_cleared(void **state)
{
	char out[64];

	(void)state;
	assert_true(vusb_control_line(usb_reader_bus(g.reader), "stall 81", out, sizeof(out)));
	bulk(1, 0x81, NULL, 64);
	expect(1, usb_redir_stall, 0);
	control(2, 0x02, 1, 0, 0x81, 0);
	expect(2, usb_redir_success, 0);
	find_a_card();
}

static void a_transfer_waits_until_it_is_cancelled(void **state)
{
	(void)state;
	bulk(1, 0x81, NULL, 64);
	let_turns_pass(5);
	assert_int_equal(g.answers, 0);
	usbredirparser_send_cancel_data_packet(g.parser, 1);
	expect(1, usb_redir_cancelled, 0);
	usbredirparser_send_cancel_data_packet(g.parser, 1); /* too late: no second answer */
	let_turns_pass(5);
	assert_int_equal(g.answers, 1);
	bulk(2, 0x44, find_card, 7);
	expect(2, usb_redir_stall, 0);
	find_a_card();
}

static void pulling_the_plug_hangs_up(void **state)
{
	struct vusb *bus = usb_reader_bus(g.reader);
	int64_t end = clock_now_ms() + WAIT_MS;

	(void)state;
	bulk(1, 0x81, NULL, 64);
	let_turns_pass(3);
	vusb_plug(bus, false);
	while (turn())
		assert_true(clock_now_ms() < end);
	hang_up();
	vusb_plug(bus, true);
	until(&g.connects, 2);
	find_a_card();
}

static void a_guest_that_left_finds_it_again(void **state)
{
	(void)state;
	bulk(10, 0x02, find_card, 7);
	expect(10, usb_redir_success, 0);
	hang_up(); /* between the halves of a request */
	until(&g.connects, 2);
	find_a_card();
}

static void reports_come_when_they_come(void **state)
{
	struct usb_redir_interrupt_packet_header h = { 0x01, 0, 64 };
	uint8_t report[64] = { 12, 0, 0x34 };

	(void)state;
	memcpy(report + 3, find_card, sizeof(find_card));
	usbredirparser_send_start_interrupt_receiving(
		g.parser, 1, &(struct usb_redir_start_interrupt_receiving_header){ 0x81 });
	for (int i = 0; i < 3; i++) {
		usbredirparser_send_interrupt_packet(g.parser, 2, &h, report, 64);
		until(&g.answers, 2 * i + 2); /* the transfer's end, and the report */
		assert_int_equal(g.status, usb_redir_success);
	}
	assert_int_equal(g.id, 0);
	assert_int_equal(g.bytes, 64);
	assert_int_equal(g.data[2], 0x34);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, start_split, stop)
	const struct CMUnitTest tests[] = {
		T(the_guest_learns_what_it_is),
		T(a_card_is_asked_for_through_the_pipes),
		T(a_halted_pipe_is_cleared),
		T(a_transfer_waits_until_it_is_cancelled),
		T(pulling_the_plug_hangs_up),
		T(a_guest_that_left_finds_it_again),
		cmocka_unit_test_setup_teardown(reports_come_when_they_come, start_hid, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
