/*
 * Frames inside HID reports of 64 bytes: every maker wraps them in its own way. Pure, no I/O.
 * Sources: public drivers of the two makers.
 *
 * Derk: byte 0 counts the bytes used after it (at most 63), the rest is zero. Request: follow-up
 * count, command 34 (hand to the module), the frame. Answer: follow-up count, 34, two status bytes
 * (90 00: good), up to 59 bytes of the frame; then follow-ups, C0 | index (from 1), up to 62 bytes.
 * FF in byte 0 is an acknowledgement and carries nothing.
 *
 * Miaxis: request 88 · 00 00 · length (LE, B1 and frame) · B1 · frame · sum (LE). Answer, every
 * report: AA · serial number (2) · length (LE) · result · sequence (2) · up to 54 bytes of the frame ·
 * sum (LE). The sum adds all bytes from the length on. Unknown: whether the length is the report's
 * or the whole answer's (both are taken), where the sequence begins, what results other than 0 mean.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HID_REPORT_BYTES = 64 };

/* Where an answer of several reports stands; zero it before each request. */
struct hid_state {
	bool begun;
	unsigned int follow, index; /* Derk: reports still to come, number of the next */
	size_t left, total; /* Miaxis: bytes of the frame still to come, of all of it */
	uint16_t sequence[2]; /* Miaxis: of the last report, read either way round */
};

struct hid_codec {
	const char *name;
	/* @frame into one report. False: it is too long for one; no request of ours is. */
	bool (*wrap)(const uint8_t *frame, size_t bytes, uint8_t report[static HID_REPORT_BYTES]);
	/* One report → bytes of the frame in @out. Return: how many; 0 not part of an answer;
	 * -EBADMSG the answer is damaged, or the reader refused the request. */
	int (*unwrap)(struct hid_state *s, const uint8_t report[static HID_REPORT_BYTES],
		      uint8_t out[static HID_REPORT_BYTES]);
};

extern const struct hid_codec hid_derk, hid_miaxis;
