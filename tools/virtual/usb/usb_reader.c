#include "tools/virtual/usb/usb_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/usb/usb_reader_internal.h"

enum { OUT_A = 0x02, OUT_B = 0x06, IN_A = 0x81, IN_B = 0x85, HID_OUT = 0x01, HID_IN = 0x81 };
enum { CLASS_HID = 3, CLASS_DFU = 0xFE, CLASS_VENDOR = 0xFF };

static const uint8_t preamble[5] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69 };

/* HID 1.11, 6.2.1: one report descriptor of 34 bytes (report_descriptor below). */
static const uint8_t hid_descriptor[9] = { 9, 0x21, 0x11, 0x01, 0, 1, 0x22, 34, 0 };
static const uint8_t report_descriptor[34] = {
	0x06, 0x00, 0xff, /* usage page: vendor */
	0x09, 0x01, 0xa1, 0x01, /* usage 1, collection */
	0x09, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, /* 64 in */
	0x09, 0x03, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02, /* 64 out */
	0xc0,
};

/* --- answers: the module's bytes into the pipes ----------------------------------------------- */

static void send_noise(struct usb_reader *r)
{
	if (r->noise_used)
		vusb_send(r->bus, IN_A, r->noise, r->noise_used, true);
	r->noise_used = 0;
}

/* What cannot begin a frame is noise; it goes where a head would go. */
static void head_byte(struct usb_reader *r, uint8_t byte)
{
	r->head[r->head_used++] = byte;
	while (r->head_used &&
	       memcmp(r->head, preamble,
		      r->head_used < sizeof(preamble) ? r->head_used : sizeof(preamble))) {
		if (r->noise_used == sizeof(r->noise))
			send_noise(r);
		r->noise[r->noise_used++] = r->head[0];
		memmove(r->head, r->head + 1, --r->head_used);
	}
	if (r->head_used < SAM_HEAD)
		return;
	send_noise(r);
	vusb_send(r->bus, IN_A, r->head, SAM_HEAD, true);
	r->body_left = get_be16(r->head + 5);
	r->head_used = 0;
}

/* Split: 7 bytes of head on one pipe, Len bytes on the other. */
static void send_split(struct usb_reader *r, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		size_t n = bytes < r->body_left ? bytes : r->body_left;

		if (n) {
			vusb_send(r->bus, IN_B, data, n, true);
			r->body_left -= n;
		} else {
			head_byte(r, *data);
			n = 1;
		}
		data += n;
		bytes -= n;
	}
}

static void split_ended(struct usb_reader *r)
{
	send_noise(r);
	if (r->head_used)
		vusb_send(r->bus, IN_A, r->head, r->head_used, true);
	r->head_used = r->body_left = 0;
}

/* HID: one frame after the other is wrapped, noise before it included. */
static size_t frame_end(const uint8_t *data, size_t bytes)
{
	const uint8_t *at = memmem(data, bytes, preamble, sizeof(preamble));
	size_t before = at ? (size_t)(at - data) : bytes, need;

	if (!at || bytes - before < SAM_HEAD)
		return 0;
	need = before + SAM_HEAD + get_be16(at + 5);
	return need <= bytes ? need : 0;
}

static void wrap_whole(struct usb_reader *r, bool over)
{
	size_t n, used = 0;

	while ((n = frame_end(r->out + used, r->out_used - used)) ||
	       (over && (n = r->out_used - used))) {
		r->wrap(r, r->out + used, n);
		used += n;
	}
	r->out_used -= used;
	memmove(r->out, r->out + used, r->out_used);
}

static void send_answer(struct usb_reader *r, const uint8_t *data, size_t bytes, bool over)
{
	if (r->wrap) {
		if (bytes > sizeof(r->out) - r->out_used)
			bytes = sizeof(r->out) - r->out_used;
		memcpy(r->out + r->out_used, data, bytes);
		r->out_used += bytes;
		wrap_whole(r, over);
	} else if (r->options.kind == USB_READER_SPLIT && r->options.pairs == USB_PAIRS_SPLIT) {
		send_split(r, data, bytes);
		if (over)
			split_ended(r);
	} else {
		vusb_send(r->bus, r->options.pairs == USB_PAIRS_SECOND ? IN_B : IN_A, data, bytes,
			  true);
	}
}

static int64_t on_tick(void *ctx, int64_t now_ms)
{
	struct usb_reader *r = ctx;
	uint8_t due[FRAMES_MAX];
	size_t n = vreader_take(r->module, now_ms, due, sizeof(due));

	if (n)
		send_answer(r, due, n, vreader_due(r->module) < 0);
	return vreader_due(r->module);
}

/* --- requests --------------------------------------------------------------------------------- */

static void feed(struct usb_reader *r, const uint8_t *data, size_t bytes, int64_t now_ms)
{
	vreader_feed(r->module, now_ms, data, bytes);
	on_tick(r, now_ms);
}

/* The firmware waits for exactly 7 bytes on the first pipe, then for the rest on the second. */
static void out_split(struct usb_reader *r, uint8_t ep, const uint8_t *data, size_t bytes,
		      int64_t now_ms)
{
	if (ep == OUT_A) {
		r->request_used = bytes == SAM_HEAD ? bytes : 0;
		memcpy(r->request, data, r->request_used);
		return;
	}
	if (!r->request_used)
		return;
	r->request_used = 0;
	feed(r, r->request, SAM_HEAD, now_ms);
	feed(r, data, bytes, now_ms);
}

static int on_out(void *ctx, uint8_t ep, const uint8_t *data, size_t bytes, int64_t now_ms)
{
	struct usb_reader *r = ctx;

	if (r->unwrap)
		r->unwrap(r, data, bytes, now_ms);
	else if (r->options.kind >= USB_READER_DFU)
		return -EPIPE;
	else if (r->options.kind != USB_READER_SPLIT)
		feed(r, data, bytes, now_ms);
	else if (r->options.pairs == USB_PAIRS_SPLIT)
		out_split(r, ep, data, bytes, now_ms);
	else if (ep == (r->options.pairs == USB_PAIRS_FIRST ? OUT_A : OUT_B))
		feed(r, data, bytes, now_ms);
	return 0;
}

void usb_reader_request(struct usb_reader *r, const uint8_t *frame, size_t bytes, int64_t now_ms)
{
	feed(r, frame, bytes, now_ms);
}

void usb_reader_report(struct usb_reader *r, const uint8_t report[HID_REPORT])
{
	vusb_send(r->bus, HID_IN, report, HID_REPORT, true);
}

static int on_control(void *ctx, const struct vusb_setup *s, uint8_t *data, int64_t now_ms)
{
	struct usb_reader *r = ctx;
	size_t n = s->length < sizeof(report_descriptor) ? s->length : sizeof(report_descriptor);

	(void)now_ms;
	if (!r->wrap)
		return -EPIPE;
	if (s->request_type == 0x81 && s->request == 6 && s->value == 0x2200) {
		memcpy(data, report_descriptor, n);
		return (int)n;
	}
	return s->request_type == 0x21 && s->request == 0x0a ? 0 : -EPIPE; /* SET_IDLE */
}

static void on_reset(void *ctx)
{
	struct usb_reader *r = ctx;
	uint8_t rest[FRAMES_MAX];

	vreader_power(r->module);
	while (vreader_take(r->module, INT64_MAX, rest, sizeof(rest)))
		;
	r->head_used = r->noise_used = r->body_left = r->out_used = r->request_used = 0;
	r->report_data = r->reports_left = 0;
}

/* --- what it looks like ----------------------------------------------------------------------- */

static const struct {
	uint16_t vid, pid;
	const char *manufacturer, *product;
	uint8_t class;
} kinds[] = {
	[USB_READER_SPLIT] = { 0x0400, 0xc35a, "Virtual", "ID card reader", CLASS_VENDOR },
	[USB_READER_SINGLE] = { 0x0400, 0xc35a, "Virtual", "ID card reader", CLASS_VENDOR },
	[USB_READER_SYNJONES] = { 0x0316, 0x5020, "Virtual", "Multi reader", CLASS_VENDOR },
	[USB_READER_DERK] = { 0x0483, 0x572b, "Virtual", "HID reader A", CLASS_HID },
	[USB_READER_MIAXIS] = { 0x10c4, 0x0007, "Virtual", "HID reader B", CLASS_HID },
	[USB_READER_DFU] = { 0x0483, 0xdf11, "Virtual", "DFU", CLASS_DFU },
	[USB_READER_FOREIGN] = { 0x0400, 0xc361, "Virtual", "Oscilloscope", CLASS_VENDOR },
};

static void add_endpoint(struct usb_reader *r, uint8_t address)
{
	struct vusb_interface *f = &r->description.interfaces[0];
	bool hid = r->options.kind == USB_READER_DERK || r->options.kind == USB_READER_MIAXIS;
	bool interrupt = hid || (r->options.interrupt && r->options.kind != USB_READER_SPLIT);

	f->endpoints[f->endpoint_count++] = (struct vusb_endpoint){
		.address = address,
		.type = interrupt ? VUSB_INTERRUPT : VUSB_BULK,
		.packet_bytes = r->options.packet_bytes ? r->options.packet_bytes : 64,
		.interval = interrupt ? 1 : 0,
	};
}

static void add_endpoints(struct usb_reader *r)
{
	switch (r->options.kind) {
	case USB_READER_SPLIT:
		add_endpoint(r, IN_A);
		add_endpoint(r, OUT_A);
		add_endpoint(r, IN_B);
		add_endpoint(r, OUT_B);
		break;
	case USB_READER_DERK:
	case USB_READER_MIAXIS:
		add_endpoint(r, HID_IN);
		add_endpoint(r, HID_OUT);
		break;
	case USB_READER_SINGLE:
	case USB_READER_SYNJONES:
	case USB_READER_FOREIGN:
		add_endpoint(r, IN_A);
		add_endpoint(r, OUT_A);
		break;
	case USB_READER_DFU:
		break;
	}
}

static void describe(struct usb_reader *r)
{
	const struct usb_reader_options *o = &r->options;
	struct vusb_interface *f = &r->description.interfaces[0];

	r->description = (struct vusb_description){
		.vid = o->vid ? o->vid : kinds[o->kind].vid,
		.pid = o->pid ? o->pid : kinds[o->kind].pid,
		.bcd_device = 0x0063,
		.high_speed = o->high_speed,
		.manufacturer = kinds[o->kind].manufacturer,
		.product = kinds[o->kind].product,
		.serial = o->serial,
		.interface_count = 1,
	};
	f->class = kinds[o->kind].class;
	if (f->class == CLASS_HID) {
		f->extra = hid_descriptor;
		f->extra_bytes = sizeof(hid_descriptor);
	}
	if (f->class == CLASS_DFU) {
		f->subclass = 1;
		f->protocol = 2;
	}
	add_endpoints(r);
}

struct usb_reader *usb_reader_new(const struct usb_reader_options *o)
{
	struct usb_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->options = *o;
	describe(r);
	if (o->kind == USB_READER_DERK) {
		r->wrap = derk_wrap;
		r->unwrap = derk_unwrap;
	} else if (o->kind == USB_READER_MIAXIS) {
		r->wrap = miaxis_wrap;
		r->unwrap = miaxis_unwrap;
	}
	r->model = (struct vusb_model){ &r->description, r, on_out, on_control, on_reset, on_tick };
	r->module = vreader_new();
	r->bus = vusb_new(&r->model);
	if (!r->module || !r->bus) {
		usb_reader_free(r);
		return NULL;
	}
	return r;
}

void usb_reader_free(struct usb_reader *r)
{
	if (!r)
		return;
	vusb_free(r->bus);
	vreader_free(r->module);
	free(r);
}

struct vusb *usb_reader_bus(struct usb_reader *r)
{
	return r->bus;
}

struct vreader *usb_reader_module(struct usb_reader *r)
{
	return r->module;
}
