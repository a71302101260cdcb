/*
 * A USB device as its host sees it, without a transport: descriptors, strings, endpoint halts,
 * queues of IN transfers, zero-length packets, counters. A model (a reader, a camera) sits behind
 * it; a transport (usbfs.c over umockdev, redir.c over usbredir) submits transfers and carries the
 * completions away. One thread; time comes from outside.
 *
 * Facts: USB 2.0 specification, chapters 5.8 (bulk), 8.5 (transactions), 9 (device framework).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vusb; /* opaque */

enum vusb_status {
	VUSB_OK,
	VUSB_STALL, /* endpoint halted until CLEAR_FEATURE(ENDPOINT_HALT); control: this request */
	VUSB_CANCELLED,
	VUSB_GONE, /* unplugged */
	VUSB_OVERFLOW, /* the device sent more than the host had room for */
};

enum { VUSB_BULK = 2, VUSB_INTERRUPT = 3, VUSB_ENDPOINTS_MAX = 6, VUSB_INTERFACES_MAX = 3 };

struct vusb_endpoint {
	uint8_t address; /* bit 7: IN */
	uint8_t type; /* VUSB_BULK, VUSB_INTERRUPT */
	uint16_t packet_bytes; /* wMaxPacketSize */
	uint8_t interval;
};

struct vusb_interface {
	uint8_t class, subclass, protocol;
	int endpoint_count;
	struct vusb_endpoint endpoints[VUSB_ENDPOINTS_MAX];
	const uint8_t *extra; /* class descriptors (HID), after the interface's own */
	size_t extra_bytes;
};

struct vusb_description {
	uint16_t vid, pid, bcd_device;
	uint8_t class; /* 0: per interface */
	bool high_speed; /* else full */
	const char *manufacturer, *product, *serial; /* ASCII, NULL none */
	int interface_count;
	struct vusb_interface interfaces[VUSB_INTERFACES_MAX];
};

struct vusb_setup {
	uint8_t request_type, request;
	uint16_t value, index, length;
};

/* The device behind the core. All calls come from the transport's thread. */
struct vusb_model {
	const struct vusb_description *description; /* lives as long as the vusb */
	void *ctx;
	/* One OUT transfer on @endpoint arrived whole. 0; -EPIPE: halt the endpoint. */
	int (*out)(void *ctx, uint8_t endpoint, const uint8_t *data, size_t bytes, int64_t now_ms);
	/* A class or vendor control request; IN: fill @data. Bytes, or -EPIPE to stall. NULL: stall. */
	int (*control)(void *ctx, const struct vusb_setup *s, uint8_t *data, int64_t now_ms);
	/* Plugged in, or the bus was reset: protocol state starts anew, what the device holds stays. */
	void (*reset)(void *ctx);
	/* Time has come: vusb_send() what is due. Return: monotonic ms of the next call, -1 none. */
	int64_t (*tick)(void *ctx, int64_t now_ms);
};

/** vusb_new() - free with vusb_free(). NULL without memory. */
struct vusb *vusb_new(const struct vusb_model *m);
void vusb_free(struct vusb *d);

/* --- the model's side --- */

/** vusb_send() - queue device → host bytes on IN @endpoint; copied.
 * @end: a transfer ends here: when the last packet is full, a zero-length one follows, unless the
 * host's transfer was filled exactly. */
void vusb_send(struct vusb *d, uint8_t endpoint, const void *data, size_t bytes, bool end);
/** vusb_flush() - forget what still waits to go to the host on IN @endpoint. */
void vusb_flush(struct vusb *d, uint8_t endpoint);
/** vusb_halt() - stall @endpoint from now on. */
void vusb_halt(struct vusb *d, uint8_t endpoint);

/* --- the transport's side --- */

struct vusb_completion {
	uint64_t id;
	enum vusb_status status;
	uint8_t *data; /* IN and control IN: malloc'ed, the transport frees; NULL else */
	size_t bytes; /* transferred, also for OUT */
};

/** vusb_submit() - one transfer. @endpoint 0: control, @setup set. OUT bytes in @data; IN: room for
 * @bytes. Its completion comes from vusb_reap(), perhaps much later (that is NAK). */
void vusb_submit(struct vusb *d, uint64_t id, uint8_t endpoint, const struct vusb_setup *setup,
		 const uint8_t *data, size_t bytes, int64_t now_ms);
/** vusb_cancel() - completes with VUSB_CANCELLED, keeping what was transferred. */
void vusb_cancel(struct vusb *d, uint64_t id);
/** vusb_reap() - the next completion. Return: false none. */
bool vusb_reap(struct vusb *d, struct vusb_completion *out);
/** vusb_tick() - let the model work. Return: monotonic ms of the next call, -1 none. */
int64_t vusb_tick(struct vusb *d, int64_t now_ms);
/** vusb_plug() - all pending transfers complete with VUSB_GONE; plugging in resets. */
void vusb_plug(struct vusb *d, bool in);
/** vusb_reset() - the host resets the port: pending transfers are cancelled, halts end. */
void vusb_reset(struct vusb *d);
bool vusb_plugged(const struct vusb *d);
/** vusb_note_open() / vusb_claim() - the host opened the device, claims an interface: counted.
 * Claim: 0, -EBUSY while "busy on", -EINVAL no such interface. */
void vusb_note_open(struct vusb *d);
int vusb_claim(struct vusb *d, int interface);
/** vusb_port() - the port the last "plug PORT" asked for, "" none. */
const char *vusb_port(const struct vusb *d);
const struct vusb_description *vusb_description(const struct vusb *d);
/** vusb_endpoint() - descriptor of endpoint @address, NULL none; @interface may be NULL. */
const struct vusb_endpoint *vusb_endpoint(const struct vusb *d, uint8_t address, int *interface);
/** vusb_descriptors() - device and configuration descriptors one after the other, as the kernel's
 * `descriptors` file has them. Return: bytes. */
size_t vusb_descriptors(const struct vusb *d, uint8_t *out, size_t size);

/** vusb_control_line() - faults and counters at the bus, one text command, one line of answer;
 * EP is hexadecimal, n one when left out
 *   stall EP [n]    the next n transfers on EP halt it      nak EP MS   nothing from EP for MS
 *   lose EP [n]     n OUT transfers vanish                  zlp EP [n]  n stray empty packets
 *   unplug | plug [PORT]                                    busy on|off claiming is refused
 *   stat            transfers, bytes, halts, clears by endpoint; opens, claims, resets
 * Return: false when the command is not the bus's (then it is the model's). */
bool vusb_control_line(struct vusb *d, const char *line, char *out, size_t size);
