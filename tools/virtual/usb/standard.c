/* Descriptors and the requests of chapter 9, which every device answers alike. */
#include <errno.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/usb/vusb_internal.h"

enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	SET_ADDRESS = 5,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	SET_CONFIGURATION = 9,
	GET_INTERFACE = 10,
	SET_INTERFACE = 11,
};

enum { DT_DEVICE = 1, DT_CONFIG = 2, DT_STRING = 3, DT_INTERFACE = 4, DT_ENDPOINT = 5 };
enum { TO_DEVICE = 0, TO_INTERFACE = 1, TO_ENDPOINT = 2 };
enum { MANUFACTURER = 1, PRODUCT = 2, SERIAL = 3 };
enum { DEVICE_BYTES = 18, CONFIG_BYTES = 9, DESCRIPTORS_MAX = 1024 };

struct writer {
	uint8_t *out;
	size_t size, used;
};

static void put(struct writer *w, const void *data, size_t bytes)
{
	if (w->used + bytes <= w->size)
		memcpy(w->out + w->used, data, bytes);
	w->used += bytes;
}

static void put_device(struct writer *w, const struct vusb_description *d)
{
	uint8_t b[DEVICE_BYTES] = { DEVICE_BYTES, DT_DEVICE, 0x00, 0x02, d->class, 0, 0, 64 };

	put_le16(b + 8, d->vid);
	put_le16(b + 10, d->pid);
	put_le16(b + 12, d->bcd_device);
	b[14] = d->manufacturer ? MANUFACTURER : 0;
	b[15] = d->product ? PRODUCT : 0;
	b[16] = d->serial ? SERIAL : 0;
	b[17] = 1;
	put(w, b, sizeof(b));
}

static void put_interface(struct writer *w, int number, const struct vusb_interface *f)
{
	uint8_t b[9] = { sizeof(b), DT_INTERFACE, (uint8_t)number, 0, (uint8_t)f->endpoint_count,
			 f->class,  f->subclass,  f->protocol,	   0 };

	put(w, b, sizeof(b));
	if (f->extra_bytes)
		put(w, f->extra, f->extra_bytes);
	for (int i = 0; i < f->endpoint_count; i++) {
		const struct vusb_endpoint *e = &f->endpoints[i];
		uint8_t k[7] = { sizeof(k), DT_ENDPOINT, e->address, e->type, 0, 0, e->interval };

		put_le16(k + 4, e->packet_bytes);
		put(w, k, sizeof(k));
	}
}

static void put_configuration(struct writer *w, const struct vusb_description *d)
{
	size_t start = w->used;
	uint8_t b[CONFIG_BYTES] = {
		CONFIG_BYTES, DT_CONFIG, 0, 0, (uint8_t)d->interface_count, 1, 0, 0xC0, 50
	};

	put(w, b, sizeof(b));
	for (int i = 0; i < d->interface_count; i++)
		put_interface(w, i, &d->interfaces[i]);
	if (start + CONFIG_BYTES <= w->size)
		put_le16(w->out + start + 2, (uint16_t)(w->used - start));
}

size_t vusb_descriptors(const struct vusb *d, uint8_t *out, size_t size)
{
	struct writer w = { out, size, 0 };

	put_device(&w, d->model->description);
	put_configuration(&w, d->model->description);
	return w.used < size ? w.used : size;
}

static int get_string(const struct vusb_description *d, int index, uint8_t *out)
{
	const char *texts[] = { NULL, d->manufacturer, d->product, d->serial };
	size_t n;

	out[1] = DT_STRING;
	if (!index) { /* the languages: US English */
		out[0] = 4;
		put_le16(out + 2, 0x0409);
		return 4;
	}
	if (index > SERIAL || !texts[index])
		return -EPIPE;
	n = strnlen(texts[index], 126);
	for (size_t i = 0; i < n; i++)
		put_le16(out + 2 + 2 * i, (uint8_t)texts[index][i]);
	out[0] = (uint8_t)(2 + 2 * n);
	return out[0];
}

static int get_descriptor(struct vusb *d, const struct vusb_setup *s, uint8_t *data)
{
	uint8_t all[DESCRIPTORS_MAX];
	size_t n = vusb_descriptors(d, all, sizeof(all));
	const uint8_t *from = all;
	int type = s->value >> 8, index = s->value & 0xFF, bytes;

	if (type == DT_DEVICE) {
		bytes = DEVICE_BYTES;
	} else if (type == DT_CONFIG && !index) {
		from = all + DEVICE_BYTES;
		bytes = (int)n - DEVICE_BYTES;
	} else if (type == DT_STRING) {
		bytes = get_string(d->model->description, index, all);
	} else {
		return -EPIPE;
	}
	if (bytes > s->length)
		bytes = s->length;
	if (bytes > 0)
		memcpy(data, from, (size_t)bytes);
	return bytes;
}

static int get_status(struct vusb *d, const struct vusb_setup *s, uint8_t *data)
{
	struct pipe *p = vusb_pipe(d, (uint8_t)s->index);
	int to = s->request_type & 0x1F;
	uint8_t status[2] = { 0, 0 };

	if (to == TO_ENDPOINT && s->index && !p)
		return -EPIPE;
	status[0] = to == TO_DEVICE ? 1 : to == TO_ENDPOINT && p && p->halted; /* self powered */
	memcpy(data, status, s->length < 2 ? s->length : 2);
	return 2;
}

static int set_feature(struct vusb *d, const struct vusb_setup *s, bool on)
{
	struct pipe *p = vusb_pipe(d, (uint8_t)s->index);

	if ((s->request_type & 0x1F) != TO_ENDPOINT)
		return 0;
	if (!p)
		return -EPIPE;
	if (on)
		vusb_set_halt(d, p);
	else
		vusb_clear_halt(d, p);
	return 0;
}

static int one_byte(const struct vusb_setup *s, uint8_t *data, uint8_t value)
{
	if (s->length)
		data[0] = value;
	return 1;
}

int vusb_standard(struct vusb *d, const struct vusb_setup *s, uint8_t *data)
{
	switch (s->request) {
	case GET_DESCRIPTOR:
		/* reports of a HID are asked from the interface: the model's business */
		return (s->request_type & 0x1F) == TO_DEVICE ? get_descriptor(d, s, data) : -EPIPE;
	case GET_STATUS:
		return get_status(d, s, data);
	case CLEAR_FEATURE:
	case SET_FEATURE:
		return set_feature(d, s, s->request == SET_FEATURE);
	case GET_CONFIGURATION:
		return one_byte(s, data, d->configuration);
	case SET_CONFIGURATION:
		if (s->value > 1)
			return -EPIPE;
		d->configuration = (uint8_t)s->value;
		return 0;
	case GET_INTERFACE:
		return one_byte(s, data, 0);
	case SET_INTERFACE:
		return s->value ? -EPIPE : 0;
	case SET_ADDRESS:
		return 0;
	default:
		return -EPIPE;
	}
}
