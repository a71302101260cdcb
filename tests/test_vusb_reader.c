/* Readers behind the USB core: whatever the pipes, the module's frames come through whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/usb/usb_reader.h"

enum { FRAME_MAX = 4096, BASE_BYTES = 1295, HID_BYTES = 64 };

static const uint8_t find[10] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22 };
static const uint8_t pick[10] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x20, 0x02, 0x21 };
static const uint8_t base[10] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x30, 0x01, 0x32 };

static struct usb_reader *reader;
static struct vusb *bus;
static uint64_t last_id;

static void make(const struct usb_reader_options *o)
{
	struct vcard card;

	reader = usb_reader_new(o);
	assert_non_null(reader);
	bus = usb_reader_bus(reader);
	vusb_plug(bus, true);
	assert_null(vcard_parse("resident name=测试甲 number=110199199001010010 sex=1 "
				"birth=19900101 from=20200101 to=20300101",
				&card));
	vreader_place(usb_reader_module(reader), &card);
}

static void send_to(uint8_t ep, const uint8_t *data, size_t bytes)
{
	struct vusb_completion c = { 0 };

	vusb_submit(bus, ++last_id, ep, NULL, data, bytes, 0);
	assert_true(vusb_reap(bus, &c));
	assert_int_equal(c.id, last_id);
	assert_int_equal(c.status, VUSB_OK);
	assert_int_equal(c.bytes, bytes);
	free(c.data);
}

/* One transfer with room for 512; 0 when nothing waits. */
static size_t fetch(uint8_t ep, uint8_t *out)
{
	struct vusb_completion c = { 0 };

	vusb_submit(bus, ++last_id, ep, NULL, NULL, 512, 0);
	vusb_cancel(bus, last_id);
	assert_true(vusb_reap(bus, &c));
	memcpy(out, c.data, c.bytes);
	free(c.data);
	return c.bytes;
}

static size_t fetch_all(uint8_t ep, uint8_t *out)
{
	size_t n, total = 0;

	while ((n = fetch(ep, out + total)) > 0)
		total += n;
	return total;
}

/* The three ways of a frame through the pipes. */

static size_t ask_split(const uint8_t *request, uint8_t *answer)
{
	size_t n;

	send_to(0x02, request, 7);
	send_to(0x06, request + 7, 3);
	n = fetch_all(0x81, answer);
	assert_int_equal(n, 7);
	return n + fetch_all(0x85, answer + n);
}

static size_t ask_first(const uint8_t *request, uint8_t *answer)
{
	send_to(0x02, request, 10);
	return fetch_all(0x81, answer);
}

static size_t ask_second(const uint8_t *request, uint8_t *answer)
{
	uint8_t nothing[512];
	size_t n;

	send_to(0x02, request, 7); /* dead */
	send_to(0x06, request, 10);
	n = fetch_all(0x85, answer);
	assert_int_equal(fetch(0x81, nothing), 0);
	return n;
}

/* Follow-ups are counted, data is joined; see hid_wrap.c. */
static size_t ask_derk(const uint8_t *request, uint8_t *answer)
{
	uint8_t r[512] = { 2 + 10, 0, 0x34 };
	size_t total;
	int follow;

	memcpy(r + 3, request, 10);
	send_to(0x01, r, HID_BYTES);
	assert_int_equal(fetch(0x81, r), HID_BYTES);
	assert_int_equal(r[2], 0x34);
	assert_int_equal(r[3] << 8 | r[4], 0x9000);
	follow = r[1];
	total = r[0] - 4u;
	memcpy(answer, r + 5, total);
	for (int i = 1; i <= follow; i++) {
		assert_int_equal(fetch(0x81, r), HID_BYTES);
		assert_int_equal(r[1], 0xc0 | i);
		memcpy(answer + total, r + 2, r[0] - 1u);
		total += r[0] - 1u;
	}
	assert_int_equal(fetch(0x81, r), 0);
	return total;
}

static uint16_t sum_of(const uint8_t *data, size_t bytes)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < bytes; i++)
		sum += data[i];
	return (uint16_t)sum;
}

static size_t ask_miaxis(const uint8_t *request, uint8_t *answer)
{
	uint8_t r[512] = { 0x88, 0, 0, 11, 0, 0xb1 };
	size_t total = 0;
	int seq = 0;

	memcpy(r + 6, request, 10);
	put_le16(r + 16, sum_of(r + 3, 13));
	send_to(0x01, r, HID_BYTES);
	while (fetch(0x81, r)) {
		size_t n = get_le16(r + 3) - 3u;

		assert_int_equal(r[0], 0xaa);
		assert_int_equal(get_le16(r + 6), seq++);
		assert_int_equal(get_le16(r + 8 + n), sum_of(r + 3, 5 + n));
		memcpy(answer + total, r + 8, n);
		total += n;
	}
	return total;
}

static const struct way {
	enum usb_reader_kind kind;
	enum usb_reader_pairs pairs;
	size_t (*ask)(const uint8_t *request, uint8_t *answer);
} ways[] = {
	{ USB_READER_SPLIT, USB_PAIRS_SPLIT, ask_split },
	{ USB_READER_SPLIT, USB_PAIRS_FIRST, ask_first },
	{ USB_READER_SPLIT, USB_PAIRS_SECOND, ask_second },
	{ USB_READER_SINGLE, USB_PAIRS_SPLIT, ask_first },
	{ USB_READER_SYNJONES, USB_PAIRS_SPLIT, ask_first },
	{ USB_READER_DERK, USB_PAIRS_SPLIT, ask_derk },
	{ USB_READER_MIAXIS, USB_PAIRS_SPLIT, ask_miaxis },
};

static void read_card(const struct way *way, uint16_t packet_bytes)
{
	const struct usb_reader_options o = { .kind = way->kind,
					      .pairs = way->pairs,
					      .packet_bytes = packet_bytes };
	uint8_t answer[FRAME_MAX], x = 0;

	make(&o);
	assert_int_equal(way->ask(find, answer), 15);
	assert_int_equal(way->ask(pick, answer), 19);
	assert_int_equal(way->ask(base, answer), BASE_BYTES);
	assert_memory_equal(answer, find, 5);
	assert_int_equal(answer[9], 0x90);
	for (int i = 5; i < BASE_BYTES; i++)
		x ^= answer[i];
	assert_int_equal(x, 0);
	usb_reader_free(reader);
}

static void every_way_brings_a_whole_card(void **state)
{
	static const uint16_t packets[] = { 8, 64, 512 };

	(void)state;
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++)
		for (int p = 0; p < 3; p++)
			read_card(&ways[w], packets[p]);
}

static void faults_of_the_module_keep_to_their_pipes(void **state)
{
	const struct usb_reader_options o = { .kind = USB_READER_SPLIT };
	uint8_t in[FRAME_MAX];

	(void)state;
	make(&o);
	vreader_fault(usb_reader_module(reader), VFAULT_JUNK, 0, 1);
	send_to(0x02, find, 7);
	send_to(0x06, find + 7, 3);
	assert_int_equal(fetch_all(0x81, in), 6 + 7); /* noise stands where a head would */
	assert_int_equal(fetch_all(0x85, in), 8);
	vreader_fault(usb_reader_module(reader), VFAULT_SHORT, 0, 1);
	send_to(0x02, find, 7);
	send_to(0x06, find + 7, 3);
	assert_int_equal(fetch_all(0x81, in), 7);
	assert_int_equal(fetch_all(0x85, in), 3); /* 15 less a third */
	ask_split(find, in); /* the next one is whole again */
	usb_reader_free(reader);
}

static void what_is_no_reader_answers_nothing(void **state)
{
	const struct usb_reader_options dfu = { .kind = USB_READER_DFU };
	const struct usb_reader_options foreign = { .kind = USB_READER_FOREIGN };
	struct vusb_completion c = { 0 };

	(void)state;
	make(&dfu);
	assert_null(vusb_endpoint(bus, 0x02, NULL));
	usb_reader_free(reader);
	make(&foreign);
	assert_int_equal(vusb_description(bus)->vid, 0x0400);
	vusb_submit(bus, 1, 0x02, NULL, find, 10, 0);
	assert_true(vusb_reap(bus, &c));
	assert_int_equal(c.status, VUSB_STALL);
	usb_reader_free(reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_brings_a_whole_card),
		cmocka_unit_test(faults_of_the_module_keep_to_their_pipes),
		cmocka_unit_test(what_is_no_reader_answers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
