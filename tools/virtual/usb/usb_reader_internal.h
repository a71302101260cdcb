/* Shared by usb_reader.c and the HID wrappers only. */
#pragma once

#include "tools/virtual/usb/usb_reader.h"

enum { SAM_HEAD = 7, HID_REPORT = 64, FRAMES_MAX = 7200 };

struct usb_reader {
	struct usb_reader_options options;
	struct vusb_description description;
	struct vusb_model model;
	struct vusb *bus;
	struct vreader *module;
	/* split */
	uint8_t head[SAM_HEAD], noise[64], request[FRAMES_MAX];
	size_t head_used, noise_used, body_left, request_used;
	/* HID: wrap one frame into reports; one report of a request came */
	void (*wrap)(struct usb_reader *r, const uint8_t *frame, size_t bytes);
	void (*unwrap)(struct usb_reader *r, const uint8_t *report, size_t bytes, int64_t now_ms);
	uint8_t out[FRAMES_MAX];
	size_t out_used;
	size_t report_data, reports_left; /* of the request under way; its data is in @request */
	uint8_t report_index;
	uint16_t sequence;
};

void derk_wrap(struct usb_reader *r, const uint8_t *frame, size_t bytes);
void derk_unwrap(struct usb_reader *r, const uint8_t *report, size_t bytes, int64_t now_ms);
void miaxis_wrap(struct usb_reader *r, const uint8_t *frame, size_t bytes);
void miaxis_unwrap(struct usb_reader *r, const uint8_t *report, size_t bytes, int64_t now_ms);

/** usb_reader_request() - a complete frame for the module. */
void usb_reader_request(struct usb_reader *r, const uint8_t *frame, size_t bytes, int64_t now_ms);
/** usb_reader_report() - one report for the host. */
void usb_reader_report(struct usb_reader *r, const uint8_t report[HID_REPORT]);
