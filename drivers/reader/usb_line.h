/*
 * Two kinds of line over USB: frames on bulk (or interrupt) pipes, and frames in HID reports.
 *
 * Bulk readers carry a frame in one of two forms under the same ids: split, its head on OUT 02 and
 * the rest on OUT 06, answers on IN 81 and IN 85; or whole, on one pair. Where all four pipes exist
 * nothing but an answer tells which, so these are the line's ways: split, whole on the last pair,
 * whole on the first. Packet sizes are read, never assumed; no zero-length packet is sent or needed.
 */
#pragma once

#include "drivers/reader/frame_track.h"
#include "drivers/reader/hid_codec.h"
#include "drivers/reader/line.h"
#include "drivers/reader/usb_bus.h"

enum usb_pipes { USB_PIPES_SPLIT, USB_PIPES_LAST, USB_PIPES_FIRST };

struct usb_line {
	struct line line;
	struct usb_open usb;
	enum usb_pipes order[3]; /* of the ways */
	int head_out, body_out, head_in, body_in; /* in usb.out and usb.in, for the split form */
	struct frame_track track;
	const struct hid_codec *codec; /* HID; else NULL */
	struct hid_state state;
	/* taken from the device and not yet handed on; in HID first a report in the making */
	uint8_t buf[5 * USB_PACKET_MAX];
	size_t at, used;
	uint8_t report[HID_REPORT_BYTES];
	size_t report_used;
};

/** usb_line_bulk() / usb_line_hid() - make a line of an opened device.
 * @good: enum usb_pipes that worked the last time, -1 unknown. */
void usb_line_bulk(struct usb_line *l, int good);
void usb_line_hid(struct usb_line *l, const struct hid_codec *codec);

/** usb_line_pipes() - in use now. */
enum usb_pipes usb_line_pipes(const struct usb_line *l);

/** usb_line_wipe() - forget what was received, in memory too. */
void usb_line_wipe(struct usb_line *l);
