/*
 * Readers on the virtual bus: the module (vreader) behind the pipes of each family of devices, and
 * two devices that are no readers. Only frames travel; the module does not know about them.
 */
#pragma once

#include "tools/virtual/reader/vreader.h"
#include "tools/virtual/usb/vusb.h"

enum usb_reader_kind {
	USB_READER_SPLIT, /* 0400:c35a, two pipe pairs: 7 bytes of head | rest */
	USB_READER_SINGLE, /* 0400:c35a with one pair, whole frames */
	USB_READER_SYNJONES, /* 0316:5020, as single */
	USB_READER_DERK, /* 0483:572b, HID */
	USB_READER_MIAXIS, /* 10c4:0007, HID */
	USB_READER_DFU, /* 0483:df11, a reader waiting for firmware: never to be opened */
	USB_READER_FOREIGN, /* 0400:c361, some device of the same vendor number */
};

/* How the pairs of a USB_READER_SPLIT device work; the descriptors show both all the same. */
enum usb_reader_pairs { USB_PAIRS_SPLIT, USB_PAIRS_FIRST, USB_PAIRS_SECOND };

struct usb_reader_options {
	enum usb_reader_kind kind;
	enum usb_reader_pairs pairs;
	uint16_t packet_bytes; /* 0: 64 */
	const char *serial; /* NULL none; lives as long as the reader */
	bool high_speed;
	bool interrupt; /* SINGLE, SYNJONES: interrupt pipes instead of bulk */
	uint16_t vid, pid; /* 0: the kind's */
};

struct usb_reader; /* opaque */

/** usb_reader_new() - a device on the bus, unplugged; free with usb_reader_free(). NULL: no memory. */
struct usb_reader *usb_reader_new(const struct usb_reader_options *o);
void usb_reader_free(struct usb_reader *r);
struct vusb *usb_reader_bus(struct usb_reader *r);
/** usb_reader_module() - the module inside; never NULL, though DFU and FOREIGN do not use it. */
struct vreader *usb_reader_module(struct usb_reader *r);
