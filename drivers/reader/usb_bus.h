/*
 * Readers on the USB bus: finding them by the id table, opening one, moving bytes over its pipes.
 * libusb stands behind this header and nowhere else. One context for each open: the list is then
 * always fresh, also where no hotplug event of the kernel reaches us.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/reader/usb_devices.h"

enum { USB_PATH_MAX = 32, USB_SEEN_MAX = 16, USB_PACKET_MAX = 1024 };

/* A known device on the bus, opened by nobody here. */
struct usb_seen {
	char path[USB_PATH_MAX]; /* "1-1.2": bus, then the ports down to it */
	int bus, number; /* /dev/bus/usb/BUS/NUMBER */
	const struct usb_device_row *row;
};

struct usb_pipe {
	uint8_t address;
	bool interrupt; /* else bulk */
	int packet_bytes; /* 1 … USB_PACKET_MAX */
};

enum { USB_PIPES_MAX = 8 };

struct usb_open {
	struct libusb_context *ctx;
	struct libusb_device_handle *handle; /* NULL: closed */
	struct usb_seen seen;
	int interface;
	struct usb_pipe in[USB_PIPES_MAX], out[USB_PIPES_MAX]; /* as the interface lists them */
	int ins, outs;
	bool gone; /* a transfer has said so */
};

/** usb_bus_list() - known devices, by path. Opens none. Return: how many, or -EIO without a bus. */
int usb_bus_list(struct usb_seen *out, int max);

/** usb_bus_open() - open @seen, take the kernel's driver off, claim the interface, list its pipes.
 * Prefers an interface of class @class, then the first that has pipes both ways.
 * Return: 0; -ENODEV left meanwhile; -EACCES; -EBUSY claimed by another program (its owner is in the
 * log); -EIO; -ENOTSUP no interface with pipes both ways. */
int usb_bus_open(struct usb_open *u, const struct usb_seen *seen, int class);

/** usb_bus_close() - also after a failed open. */
void usb_bus_close(struct usb_open *u);

/** usb_bus_reset() - reset the device, keeping what was claimed. Blocks up to 1 s or so.
 * Return: 0; -ENODEV it came back as another one, or not at all: close and open. */
int usb_bus_reset(struct usb_open *u);

/** usb_bus_move() - one transfer on @p; for IN, @bytes is a multiple of the packet size.
 * Return: bytes moved, also when only a part came before the time was up, 0 for an empty transfer;
 * -ETIMEDOUT; -EPIPE the pipe was halted (and is not any more); -EOVERFLOW more came than asked for
 * (lost); -ENODEV. */
int usb_bus_move(struct usb_open *u, const struct usb_pipe *p, uint8_t *data, int bytes,
		 int timeout_ms);

/** usb_bus_drain() - read and drop what waits in the IN pipes; up to 100 ms. */
void usb_bus_drain(struct usb_open *u);
