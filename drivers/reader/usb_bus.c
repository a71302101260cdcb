#include "drivers/reader/usb_bus.h"

#include <errno.h>
#include <libusb-1.0/libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/reader/owner.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "reader"
#include "firmware/base/log.h"

enum { DRAIN_MS = 5, DRAIN_ALL_MS = 80 };

/* --- finding --------------------------------------------------------------------------------- */

/* Root hubs and what hangs in no port have no path. */
static bool path_of(libusb_device *d, char out[static USB_PATH_MAX])
{
	uint8_t ports[8];
	int n = libusb_get_port_numbers(d, ports, sizeof(ports));
	int at = snprintf(out, USB_PATH_MAX, "%d", libusb_get_bus_number(d));

	for (int i = 0; i < n && at < USB_PATH_MAX; i++)
		at += snprintf(out + at, (size_t)(USB_PATH_MAX - at), "%c%d", i ? '.' : '-',
			       ports[i]);
	return n > 0 && at < USB_PATH_MAX;
}

static bool look_at(libusb_device *d, struct usb_seen *out)
{
	struct libusb_device_descriptor desc;

	if (libusb_get_device_descriptor(d, &desc) != 0)
		return false;
	out->row = usb_device_known(desc.idVendor, desc.idProduct);
	out->bus = libusb_get_bus_number(d);
	out->number = libusb_get_device_address(d);
	return out->row && path_of(d, out->path);
}

static int by_path(const void *a, const void *b)
{
	return strverscmp(((const struct usb_seen *)a)->path, ((const struct usb_seen *)b)->path);
}

int usb_bus_list(struct usb_seen *out, int max)
{
	libusb_context *ctx;
	libusb_device **list;
	ssize_t n;
	int found = 0;

	if (libusb_init(&ctx) != 0)
		return -EIO;
	n = libusb_get_device_list(ctx, &list);
	for (ssize_t i = 0; i < n && found < max; i++)
		found += look_at(list[i], &out[found]);
	if (n >= 0)
		libusb_free_device_list(list, 1);
	libusb_exit(ctx);
	qsort(out, (size_t)found, sizeof(*out), by_path);
	return found;
}

/* --- opening --------------------------------------------------------------------------------- */

static int errno_of(int rc)
{
	switch (rc) {
	case LIBUSB_SUCCESS:
		return 0;
	case LIBUSB_ERROR_ACCESS:
		return -EACCES;
	case LIBUSB_ERROR_BUSY:
		return -EBUSY;
	case LIBUSB_ERROR_NO_MEM:
		return -ENOMEM;
	case LIBUSB_ERROR_NO_DEVICE:
	case LIBUSB_ERROR_NOT_FOUND:
		return -ENODEV;
	default:
		return -EIO;
	}
}

/* The same device, not another that took its place since it was listed. */
static int open_handle(struct usb_open *u)
{
	libusb_device **list;
	ssize_t n = libusb_get_device_list(u->ctx, &list);
	struct usb_seen s;
	int rc = -ENODEV;

	for (ssize_t i = 0; i < n; i++) {
		if (!look_at(list[i], &s) || s.row != u->seen.row || s.number != u->seen.number ||
		    strcmp(s.path, u->seen.path) != 0)
			continue;
		rc = errno_of(libusb_open(list[i], &u->handle));
		break;
	}
	if (n >= 0)
		libusb_free_device_list(list, 1);
	return rc;
}

static void list_pipes(struct usb_open *u, const struct libusb_interface_descriptor *d)
{
	u->interface = d->bInterfaceNumber;
	u->ins = u->outs = 0;
	for (int i = 0; i < d->bNumEndpoints; i++) {
		const struct libusb_endpoint_descriptor *e = &d->endpoint[i];
		bool in = e->bEndpointAddress & LIBUSB_ENDPOINT_IN;
		int type = e->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK;
		int *count = in ? &u->ins : &u->outs;
		struct usb_pipe p = { e->bEndpointAddress, type == LIBUSB_TRANSFER_TYPE_INTERRUPT,
				      e->wMaxPacketSize & 0x7ff };

		if ((type != LIBUSB_TRANSFER_TYPE_BULK && !p.interrupt) ||
		    *count == USB_PIPES_MAX || p.packet_bytes < 1 ||
		    p.packet_bytes > USB_PACKET_MAX)
			continue;
		(in ? u->in : u->out)[(*count)++] = p;
	}
}

/* Only first settings: nothing known has others. */
static int choose_interface(struct usb_open *u, int class)
{
	struct libusb_config_descriptor *c;
	int rc = libusb_get_active_config_descriptor(libusb_get_device(u->handle), &c);
	bool chosen = false;

	if (rc != 0)
		return rc == LIBUSB_ERROR_NO_DEVICE ? -ENODEV : -EIO;
	for (int pass = 0; pass < 2 && !chosen; pass++) {
		for (int i = 0; i < c->bNumInterfaces && !chosen; i++) {
			if (c->interface[i].num_altsetting < 1)
				continue;
			if (!pass && c->interface[i].altsetting[0].bInterfaceClass != class)
				continue;
			list_pipes(u, &c->interface[i].altsetting[0]);
			chosen = u->ins && u->outs;
		}
	}
	libusb_free_config_descriptor(c);
	return chosen ? 0 : -ENOTSUP;
}

static int claim(struct usb_open *u)
{
	char node[64];
	int rc;

	libusb_set_auto_detach_kernel_driver(u->handle, 1);
	rc = errno_of(libusb_claim_interface(u->handle, u->interface));
	if (rc == -EBUSY) {
		snprintf(node, sizeof(node), "/dev/bus/usb/%03d/%03d", u->seen.bus, u->seen.number);
		owner_log(node);
	}
	return rc;
}

int usb_bus_open(struct usb_open *u, const struct usb_seen *seen, int class)
{
	int rc;

	memset(u, 0, sizeof(*u));
	u->seen = *seen;
	u->interface = -1;
	if (libusb_init(&u->ctx) != 0) {
		u->ctx = NULL;
		return -EIO;
	}
	rc = open_handle(u);
	if (!rc)
		rc = choose_interface(u, class);
	if (!rc)
		rc = claim(u);
	if (rc < 0) {
		u->interface = -1;
		usb_bus_close(u);
	}
	return rc;
}

void usb_bus_close(struct usb_open *u)
{
	if (u->handle && u->interface >= 0)
		libusb_release_interface(u->handle, u->interface);
	if (u->handle)
		libusb_close(u->handle);
	if (u->ctx)
		libusb_exit(u->ctx);
	u->handle = NULL;
	u->ctx = NULL;
}

int usb_bus_reset(struct usb_open *u)
{
	int rc = libusb_reset_device(u->handle);

	log_i("reset port=usb:%s rc=%d", u->seen.path, rc);
	if (rc != 0)
		u->gone = true;
	return rc ? -ENODEV : 0;
}

/* --- moving bytes ---------------------------------------------------------------------------- */

/* An I/O error is what a device that is just leaving gives: closing and opening is the cure. */
static int failed(struct usb_open *u, const struct usb_pipe *p, int rc)
{
	switch (rc) {
	case LIBUSB_ERROR_TIMEOUT:
		return -ETIMEDOUT;
	case LIBUSB_ERROR_OVERFLOW:
		return -EOVERFLOW;
	case LIBUSB_ERROR_PIPE:
		if (libusb_clear_halt(u->handle, p->address) == LIBUSB_ERROR_NO_DEVICE)
			u->gone = true;
		return u->gone ? -ENODEV : -EPIPE;
	default:
		u->gone = true;
		return -ENODEV;
	}
}

int usb_bus_move(struct usb_open *u, const struct usb_pipe *p, uint8_t *data, int bytes,
		 int timeout_ms)
{
	unsigned int ms = timeout_ms > 0 ? (unsigned int)timeout_ms : 1; /* 0 would be for ever */
	int done = 0, rc;

	if (u->gone)
		return -ENODEV;
	if (p->interrupt)
		rc = libusb_interrupt_transfer(u->handle, p->address, data, bytes, &done, ms);
	else
		rc = libusb_bulk_transfer(u->handle, p->address, data, bytes, &done, ms);
	if (rc == 0 || (rc == LIBUSB_ERROR_TIMEOUT && done > 0))
		return done;
	return failed(u, p, rc);
}

void usb_bus_drain(struct usb_open *u)
{
	int64_t until = clock_now_ms() + DRAIN_ALL_MS;
	uint8_t dropped[USB_PACKET_MAX * 2];

	for (int i = 0; i < u->ins; i++) {
		const struct usb_pipe *p = &u->in[i];
		int room = (int)sizeof(dropped) / p->packet_bytes * p->packet_bytes, rc;

		do
			rc = usb_bus_move(u, p, dropped, room, DRAIN_MS);
		while (rc != -ETIMEDOUT && rc != -ENODEV && clock_now_ms() < until);
	}
	explicit_bzero(dropped, sizeof(dropped)); /* may have been a card */
}
