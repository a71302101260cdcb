/*
 * How two makers of HID readers wrap the module's frames into reports of 64 bytes.
 *
 * Derk: byte 0 counts the bytes used after it. Request: follow-up count, command, up to 61 bytes of
 * data; follow-ups C0 | index (from 1), up to 62. Answer: follow-up count, command, two status
 * bytes (90 00), up to 59 bytes; follow-ups as above. Command 34 hands data to the module.
 *
 * Miaxis: request 88 · 00 00 · length (LE, data + 1) · B1 · data · sum (LE) · padding. Answer, each
 * report: AA · two bytes · length (LE) · result · sequence (LE) · up to 54 bytes · sum (LE). The sum
 * adds all bytes from the length on. That an answer's length counts result, sequence and data is
 * our reading, by analogy with the request; a driver should go by the frame's own length.
 */
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/usb/usb_reader_internal.h"

enum {
	DERK_PASS = 0x34,
	DERK_MORE = 0xC0,
	DERK_FIRST_OUT = 61,
	DERK_FIRST_IN = 59,
	DERK_NEXT = 62,
	MIAXIS_REQUEST = 0x88,
	MIAXIS_ANSWER = 0xAA,
	MIAXIS_PASS = 0xB1,
	MIAXIS_HEAD = 5, /* before what the length counts */
	MIAXIS_DATA = 54,
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* --- Derk ------------------------------------------------------------------------------------- */

void derk_wrap(struct usb_reader *r, const uint8_t *frame, size_t bytes)
{
	size_t n = least(bytes, DERK_FIRST_IN), follow = (bytes - n + DERK_NEXT - 1) / DERK_NEXT;
	uint8_t report[HID_REPORT] = { (uint8_t)(4 + n), (uint8_t)follow, DERK_PASS, 0x90, 0x00 };

	memcpy(report + 5, frame, n);
	usb_reader_report(r, report);
	for (size_t i = 1; i <= follow; i++) {
		frame += n;
		bytes -= n;
		n = least(bytes, DERK_NEXT);
		memset(report, 0, sizeof(report));
		report[0] = (uint8_t)(1 + n);
		report[1] = (uint8_t)(DERK_MORE | i);
		memcpy(report + 2, frame, n);
		usb_reader_report(r, report);
	}
}

static void derk_first(struct usb_reader *r, const uint8_t *report, size_t used)
{
	r->request_used = 0;
	r->reports_left = 0;
	if (used < 2 || report[2] != DERK_PASS)
		return;
	r->reports_left = report[1];
	r->report_index = 1;
	r->request_used = used - 2;
	memcpy(r->request, report + 3, r->request_used);
}

static bool derk_follow(struct usb_reader *r, const uint8_t *report, size_t used)
{
	if (!r->reports_left || used < 1 || report[1] != (DERK_MORE | r->report_index))
		return false;
	memcpy(r->request + r->request_used, report + 2, used - 1);
	r->request_used += used - 1;
	r->report_index++;
	r->reports_left--;
	return true;
}

void derk_unwrap(struct usb_reader *r, const uint8_t *report, size_t bytes, int64_t now_ms)
{
	size_t used = bytes ? report[0] : 0;

	if (bytes != HID_REPORT || used > HID_REPORT - 1)
		return; /* FF acknowledges: nothing to do */
	if (!derk_follow(r, report, used))
		derk_first(r, report, used);
	if (!r->reports_left && r->request_used) {
		usb_reader_request(r, r->request, r->request_used, now_ms);
		r->request_used = 0;
	}
}

/* --- Miaxis ----------------------------------------------------------------------------------- */

static uint16_t add_up(const uint8_t *data, size_t bytes)
{
	unsigned int sum = 0;

	while (bytes--)
		sum += *data++;
	return (uint16_t)sum;
}

void miaxis_wrap(struct usb_reader *r, const uint8_t *frame, size_t bytes)
{
	for (uint16_t seq = 0; bytes; seq++) {
		size_t n = least(bytes, MIAXIS_DATA), counted = 3 + n;
		uint8_t report[HID_REPORT] = { MIAXIS_ANSWER };

		put_le16(report + 1, r->sequence);
		put_le16(report + 3, (uint16_t)counted);
		put_le16(report + 6, seq);
		memcpy(report + 8, frame, n);
		put_le16(report + MIAXIS_HEAD + counted, add_up(report + 3, 2 + counted));
		usb_reader_report(r, report);
		frame += n;
		bytes -= n;
	}
	r->sequence++;
}

/* The whole request: its sum is right and it is meant for the module. */
static void miaxis_obey(struct usb_reader *r, size_t counted, int64_t now_ms)
{
	const uint8_t *q = r->request;

	if (q[MIAXIS_HEAD] == MIAXIS_PASS &&
	    get_le16(q + MIAXIS_HEAD + counted) == add_up(q + 3, 2 + counted))
		usb_reader_request(r, q + MIAXIS_HEAD + 1, counted - 1, now_ms);
}

void miaxis_unwrap(struct usb_reader *r, const uint8_t *report, size_t bytes, int64_t now_ms)
{
	size_t counted;

	if (bytes != HID_REPORT)
		return;
	if (!r->request_used && report[0] != MIAXIS_REQUEST)
		return;
	memcpy(r->request + r->request_used, report, bytes);
	r->request_used += bytes;
	counted = get_le16(r->request + 3);
	if (counted && MIAXIS_HEAD + counted + 2 < sizeof(r->request) - HID_REPORT) {
		if (r->request_used < MIAXIS_HEAD + counted + 2)
			return;
		miaxis_obey(r, counted, now_ms);
	}
	r->request_used = 0;
}
