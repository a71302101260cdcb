/* What stands between frames and USB, without a device: HID reports, frames followed over transfers,
 * the id table and what is written from it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/reader/frame_track.h"
#include "drivers/reader/hid_codec.h"
#include "drivers/reader/usb_devices.h"
#include "firmware/base/cleanup.h"

/* tests/fuzz/corpus/hid: first byte the maker, then the reports of one answer. */
static uint8_t reports[64 * HID_REPORT_BYTES];

static size_t load(const char *name)
{
	SCOPED_FILE FILE *f = NULL;
	char path[128];
	size_t n;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/hid/%s", name);
	f = fopen(path, "re");
	if (!f || fgetc(f) == EOF)
		fail_msg("%s is missing: run this from the top folder", path);
	n = fread(reports, 1, sizeof(reports), f);
	return n / HID_REPORT_BYTES;
}

/* Unwrap @count reports; the first error, or the bytes of the frame. */
static int unwrap(const struct hid_codec *codec, size_t count, uint8_t *frame)
{
	struct hid_state s = { 0 };
	int total = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t out[HID_REPORT_BYTES];
		int rc = codec->unwrap(&s, reports + i * HID_REPORT_BYTES, out);

		if (rc < 0)
			return rc;
		memcpy(frame + total, out, (size_t)rc);
		total += rc;
	}
	return total;
}

static void requests_are_wrapped_as_written_down(void **state)
{
	static const uint8_t derk[] = { 0x0c, 0x00, 0x34, 0xaa, 0xaa, 0xaa, 0x96,
					0x69, 0x00, 0x03, 0x20, 0x01, 0x22, 0x00 };
	static const uint8_t miaxis[] = { 0x88, 0x00, 0x00, 0x0b, 0x00, 0xb1, 0xaa,
					  0xaa, 0xaa, 0x96, 0x69, 0x00, 0x03, 0x20,
					  0x01, 0x22, 0xff, 0x03, 0x00 };
	uint8_t frame[SAM_REQUEST_MAX], report[HID_REPORT_BYTES];
	size_t n = sam_build(SAM_FIND, frame);

	(void)state;
	assert_true(hid_derk.wrap(frame, n, report));
	assert_memory_equal(report, derk, sizeof(derk));
	assert_true(hid_miaxis.wrap(frame, n, report));
	assert_memory_equal(report, miaxis, sizeof(miaxis));
	assert_false(hid_derk.wrap(reports, 62, report));
	assert_false(hid_miaxis.wrap(reports, 57, report));
}

static void long_answers_come_out_whole(void **state)
{
	static struct sam_parser p;
	uint8_t frame[2 * SAM_LONGEST_BYTES];
	struct sam_reply r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t count = load(i ? "miaxis_read" : "derk_read");

		assert_int_equal(count, i ? 24 : 21);
		assert_int_equal(unwrap(i ? &hid_miaxis : &hid_derk, count, frame),
				 SAM_LONGEST_BYTES);
		memset(&p, 0, sizeof(p));
		sam_parser_feed(&p, frame, SAM_LONGEST_BYTES);
		assert_int_equal(sam_parser_next(&p, &r), 1);
		assert_true(sam_shape_fits(SAM_READ, &r));
	}
}

static void a_lost_or_damaged_report_is_noticed(void **state)
{
	uint8_t frame[2 * SAM_LONGEST_BYTES];

	(void)state;
	assert_int_equal(unwrap(&hid_derk, load("derk_lost_report"), frame), -EBADMSG);
	assert_int_equal(unwrap(&hid_miaxis, load("miaxis_lost_report"), frame), -EBADMSG);
	load("miaxis_read");
	reports[HID_REPORT_BYTES + 20] ^= 1;
	assert_int_equal(unwrap(&hid_miaxis, 24, frame), -EBADMSG);
	load("derk_find");
	reports[3] = 0x6a; /* the reader's own status */
	assert_int_equal(unwrap(&hid_derk, 1, frame), -EBADMSG);
}

static void what_is_older_is_no_answer(void **state)
{
	struct hid_state s = { 0 };
	uint8_t out[HID_REPORT_BYTES];

	(void)state;
	load("derk_read");
	assert_int_equal(hid_derk.unwrap(&s, reports + HID_REPORT_BYTES, out), 0);
	load("miaxis_read");
	assert_int_equal(hid_miaxis.unwrap(&s, reports + HID_REPORT_BYTES, out), 0);
}

static void a_frame_is_followed_over_transfers(void **state)
{
	static const uint8_t head[] = { 0x00, 0xaa, 0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x05, 0x08 };
	struct frame_track t = { 0 };

	(void)state;
	frame_track_feed(&t, head, sizeof(head));
	assert_int_equal(frame_track_left(&t), 0x508);
	frame_track_feed(&t, reports, 0x500);
	assert_int_equal(frame_track_left(&t), 8);
	frame_track_feed(&t, reports, 8);
	assert_int_equal(frame_track_left(&t), 0);
	frame_track_feed(&t, head + 1, sizeof(head) - 2);
	assert_int_equal(frame_track_left(&t), 0);
	frame_track_reset(&t);
	frame_track_feed(&t, head + sizeof(head) - 1, 1);
	assert_int_equal(frame_track_left(&t), 0);
}

/* --- the id table ---------------------------------------------------------------------------- */

static char *slurp(const char *path)
{
	SCOPED_FILE FILE *f = fopen(path, "re");
	char *text = calloc(1, 65536);

	if (!f || !text || !fread(text, 1, 65535, f))
		fail_msg("%s is missing: run this from the top folder", path);
	return text;
}

static char *written(void (*write_it)(FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write_it(f);
	fclose(f);
	return text;
}

static void what_is_committed_is_what_the_table_says(void **state)
{
	SCOPED_FREE char *rules = slurp("board/udev/70-tapshot-reader.rules");
	SCOPED_FREE char *readme = slurp("README.md");
	SCOPED_FREE char *udev = written(usb_devices_udev);
	SCOPED_FREE char *markdown = written(usb_devices_markdown);

	(void)state;
	assert_string_equal(rules, udev); /* tapshot reader devices --udev */
	if (!strstr(readme, markdown))
		fail_msg("README.md: the list is not `tapshot reader devices --markdown`");
}

static void only_exact_ids_of_usable_readers_get_rights(void **state)
{
	SCOPED_FREE char *udev = written(usb_devices_udev);

	(void)state;
	assert_null(strstr(udev, "df11"));
	assert_null(strstr(udev, "8159"));
	assert_null(strstr(udev, "ATTR{idVendor}==\"0400\", \\")); /* never by vendor alone */
	assert_non_null(strstr(udev, "ATTR{idVendor}==\"0400\", ATTR{idProduct}==\"c35a\""));
	assert_null(usb_device_known(0x0400, 0xc361));
	assert_false(usb_device_supported(usb_device_known(0x0483, 0xdf11)));
	assert_true(usb_device_supported(usb_device_known(0x0400, 0xc35a)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_wrapped_as_written_down),
		cmocka_unit_test(long_answers_come_out_whole),
		cmocka_unit_test(a_lost_or_damaged_report_is_noticed),
		cmocka_unit_test(what_is_older_is_no_answer),
		cmocka_unit_test(a_frame_is_followed_over_transfers),
		cmocka_unit_test(what_is_committed_is_what_the_table_says),
		cmocka_unit_test(only_exact_ids_of_usable_readers_get_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
