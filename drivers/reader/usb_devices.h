/*
 * The readers known by their USB ids: the one table behind opening, the udev rules and the device
 * list of the README. A device that is not in it is never opened, whatever its vendor number.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum usb_framing {
	USB_FRAMES_BULK, /* frames on pipes, whole or split over two pairs */
	USB_FRAMES_DERK, /* HID reports, hid_codec.h */
	USB_FRAMES_MIAXIS,
	USB_FRAMES_UNKNOWN, /* a reader, but nothing public says how it is talked to: not opened */
	USB_NO_READER, /* a reader waiting for new firmware: never opened */
};

struct usb_device_row {
	uint16_t vid, pid;
	const char *model;
	enum usb_framing framing;
	const char *source; /* of the ids and the framing */
};

/* Ended by a row whose model is NULL; sorted by ids. */
extern const struct usb_device_row usb_devices[];

/** usb_device_known() - the row of these ids, or NULL. */
const struct usb_device_row *usb_device_known(uint16_t vid, uint16_t pid);

/** usb_framing_words() - "bulk", "HID (Derk)" … and for the last two why it cannot be used. */
const char *usb_framing_words(enum usb_framing framing);

/** usb_device_supported() - can it be read? */
int usb_device_supported(const struct usb_device_row *row);

/** usb_devices_udev() / usb_devices_markdown() - write the rules file, the README's table. */
void usb_devices_udev(FILE *to);
void usb_devices_markdown(FILE *to);
