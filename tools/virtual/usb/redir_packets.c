/* usbredir packets: what the guest asks, what the device answers. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tools/virtual/usb/redir_internal.h"

enum { UNUSED = 255, TRANSFER_MAX = 16 << 20 };

static uint8_t status_of(enum vusb_status s)
{
	switch (s) {
	case VUSB_OK:
		return usb_redir_success;
	case VUSB_STALL:
		return usb_redir_stall;
	case VUSB_CANCELLED:
		return usb_redir_cancelled;
	case VUSB_OVERFLOW:
		return usb_redir_babble;
	case VUSB_GONE:
		break;
	}
	return usb_redir_ioerror;
}

/* --- to the guest ----------------------------------------------------------------------------- */

static size_t slot(uint8_t endpoint)
{
	return (size_t)((endpoint & 0x80) >> 3 | (endpoint & 0x0f));
}

static void tell_interfaces(struct redir *r)
{
	const struct vusb_description *d = vusb_description(r->d);
	struct usb_redir_interface_info_header i = { .interface_count =
							     (uint32_t)d->interface_count };
	struct usb_redir_ep_info_header e = { 0 };

	memset(e.type, UNUSED, sizeof(e.type));
	e.type[0] = e.type[slot(0x80)] = usb_redir_type_control;
	e.max_packet_size[0] = e.max_packet_size[slot(0x80)] = 64;
	for (int k = 0; k < d->interface_count; k++) {
		const struct vusb_interface *f = &d->interfaces[k];

		i.interface[k] = (uint8_t)k;
		i.interface_class[k] = f->class;
		i.interface_subclass[k] = f->subclass;
		i.interface_protocol[k] = f->protocol;
		for (int n = 0; n < f->endpoint_count; n++) {
			size_t s = slot(f->endpoints[n].address);

			e.type[s] = f->endpoints[n].type; /* as in the descriptor */
			e.interval[s] = f->endpoints[n].interval;
			e.interface[s] = (uint8_t)k;
			e.max_packet_size[s] = f->endpoints[n].packet_bytes;
		}
	}
	usbredirparser_send_interface_info(r->parser, &i);
	usbredirparser_send_ep_info(r->parser, &e);
}

static void on_hello(void *priv, struct usb_redir_hello_header *hello)
{
	struct redir *r = priv;
	const struct vusb_description *d = vusb_description(r->d);
	struct usb_redir_device_connect_header c = {
		.speed = d->high_speed ? usb_redir_speed_high : usb_redir_speed_full,
		.device_class = d->class,
		.vendor_id = d->vid,
		.product_id = d->pid,
		.device_version_bcd = d->bcd_device,
	};

	(void)hello;
	if (r->greeted)
		return;
	r->greeted = true;
	tell_interfaces(r);
	usbredirparser_send_device_connect(r->parser, &c);
}

static void answer(struct redir *r, struct flight *f, const struct vusb_completion *c)
{
	uint8_t *data = c->data;
	int bytes = data ? (int)c->bytes : 0;

	if (!f->bulk.endpoint) {
		f->control.status = status_of(c->status);
		f->control.length = (uint16_t)c->bytes;
		usbredirparser_send_control_packet(r->parser, f->id, &f->control, data, bytes);
	} else if (f->interrupt) {
		struct usb_redir_interrupt_packet_header h = { f->bulk.endpoint,
							       status_of(c->status),
							       (uint16_t)c->bytes };

		usbredirparser_send_interrupt_packet(r->parser, f->id, &h, data, bytes);
	} else {
		f->bulk.status = status_of(c->status);
		f->bulk.length = (uint16_t)c->bytes;
		f->bulk.length_high = (uint16_t)(c->bytes >> 16);
		usbredirparser_send_bulk_packet(r->parser, f->id, &f->bulk, data, bytes);
	}
}

static void listen_to(struct redir *r, uint8_t endpoint)
{
	const struct vusb_endpoint *e = vusb_endpoint(r->d, endpoint, NULL);

	vusb_submit(r->d, LISTENING | endpoint, endpoint, NULL, NULL, e->packet_bytes,
		    clock_now_ms());
}

static void heard(struct redir *r, const struct vusb_completion *c)
{
	uint8_t endpoint = (uint8_t)c->id;
	struct usb_redir_interrupt_packet_header h = { endpoint, status_of(c->status),
						       (uint16_t)c->bytes };

	if (!(r->listening & 1u << (endpoint & 0x0f)) || c->status == VUSB_CANCELLED)
		return;
	usbredirparser_send_interrupt_packet(r->parser, 0, &h, c->data, (int)c->bytes);
	if (c->status == VUSB_OK)
		listen_to(r, endpoint);
	else
		r->listening &= (uint16_t) ~(1u << (endpoint & 0x0f));
}

static struct flight *take_flight(struct redir *r, uint64_t id)
{
	for (struct flight **at = &r->flights, *f; (f = *at); at = &f->next)
		if (f->id == id) {
			*at = f->next;
			return f;
		}
	return NULL;
}

void redir_hand_out(struct redir *r)
{
	struct vusb_completion c;

	while (vusb_reap(r->d, &c)) {
		struct flight *f = c.id & LISTENING ? NULL : take_flight(r, c.id);

		if (r->fd >= 0 && f)
			answer(r, f, &c);
		else if (r->fd >= 0 && c.id & LISTENING)
			heard(r, &c);
		free(f);
		free(c.data);
	}
}

/* --- from the guest --------------------------------------------------------------------------- */

static struct flight *new_flight(struct redir *r, uint64_t id)
{
	struct flight *f = calloc(1, sizeof(*f));

	if (!f || id & LISTENING) {
		free(f);
		r->broken = true;
		return NULL;
	}
	f->id = id;
	f->next = r->flights;
	r->flights = f;
	return f;
}

static void on_control(void *priv, uint64_t id, struct usb_redir_control_packet_header *h,
		       uint8_t *data, int bytes)
{
	struct redir *r = priv;
	struct vusb_setup s = { h->requesttype, h->request, h->value, h->index, h->length };
	struct flight *f = new_flight(r, id);

	if (f) {
		f->control = *h;
		vusb_submit(r->d, id, 0, &s, data, (size_t)bytes, clock_now_ms());
	}
	usbredirparser_free_packet_data(r->parser, data);
}

static void on_transfer(struct redir *r, struct flight *f, uint8_t *data, size_t bytes)
{
	uint8_t endpoint = f->bulk.endpoint;
	struct vusb_completion bad = { .id = f->id, .status = VUSB_STALL };

	if (vusb_endpoint(r->d, endpoint, NULL) && bytes <= TRANSFER_MAX) {
		vusb_submit(r->d, f->id, endpoint, NULL, data, bytes, clock_now_ms());
		return;
	}
	answer(r, f, &bad);
	free(take_flight(r, f->id));
}

static void on_bulk(void *priv, uint64_t id, struct usb_redir_bulk_packet_header *h, uint8_t *data,
		    int bytes)
{
	struct redir *r = priv;
	struct flight *f = new_flight(r, id);

	if (f) {
		f->bulk = *h;
		on_transfer(r, f, data,
			    h->endpoint & 0x80 ? h->length | (size_t)h->length_high << 16
					       : (size_t)bytes);
	}
	usbredirparser_free_packet_data(r->parser, data);
}

static void on_interrupt(void *priv, uint64_t id, struct usb_redir_interrupt_packet_header *h,
			 uint8_t *data, int bytes)
{
	struct redir *r = priv;
	struct flight *f = h->endpoint & 0x80 ? NULL : new_flight(r, id);

	if (f) {
		f->interrupt = true;
		f->bulk.endpoint = h->endpoint;
		on_transfer(r, f, data, (size_t)bytes);
	}
	usbredirparser_free_packet_data(r->parser, data);
}

static void on_cancel(void *priv, uint64_t id)
{
	struct redir *r = priv;

	if (!(id & LISTENING))
		vusb_cancel(r->d, id);
}

static void on_reset(void *priv)
{
	struct redir *r = priv;

	r->listening = 0;
	vusb_reset(r->d);
}

/* A request of chapter 9 the protocol has packets of its own for. */
static uint8_t standard(struct redir *r, uint8_t type, uint8_t request, uint16_t value,
			uint16_t index)
{
	const struct vusb_setup s = { type, request, value, index, 0 };
	struct vusb_completion c;
	uint8_t status = usb_redir_ioerror;

	redir_hand_out(r);
	vusb_submit(r->d, LISTENING, 0, &s, NULL, 0, clock_now_ms());
	while (vusb_reap(r->d, &c)) {
		if (c.id == LISTENING)
			status = status_of(c.status);
		free(c.data);
	}
	return status;
}

static void on_set_configuration(void *priv, uint64_t id,
				 struct usb_redir_set_configuration_header *h)
{
	struct redir *r = priv;
	struct usb_redir_configuration_status_header s = {
		standard(r, 0x00, 9, h->configuration, 0), h->configuration
	};

	tell_interfaces(r);
	usbredirparser_send_configuration_status(r->parser, id, &s);
}

static void on_get_configuration(void *priv, uint64_t id)
{
	struct redir *r = priv;
	struct usb_redir_configuration_status_header s = { usb_redir_success, 1 };

	usbredirparser_send_configuration_status(r->parser, id, &s);
}

static void on_set_alt_setting(void *priv, uint64_t id, struct usb_redir_set_alt_setting_header *h)
{
	struct redir *r = priv;
	struct usb_redir_alt_setting_status_header s = {
		standard(r, 0x01, 11, h->alt, h->interface), h->interface, h->alt
	};

	tell_interfaces(r);
	usbredirparser_send_alt_setting_status(r->parser, id, &s);
}

static void on_get_alt_setting(void *priv, uint64_t id, struct usb_redir_get_alt_setting_header *h)
{
	struct redir *r = priv;
	struct usb_redir_alt_setting_status_header s = { usb_redir_success, h->interface, 0 };

	usbredirparser_send_alt_setting_status(r->parser, id, &s);
}

static void on_start_listening(void *priv, uint64_t id,
			       struct usb_redir_start_interrupt_receiving_header *h)
{
	struct redir *r = priv;
	const struct vusb_endpoint *e = vusb_endpoint(r->d, h->endpoint, NULL);
	bool good = e && e->type == VUSB_INTERRUPT && h->endpoint & 0x80;
	struct usb_redir_interrupt_receiving_status_header s = { good ? usb_redir_success
								      : usb_redir_inval,
								 h->endpoint };

	usbredirparser_send_interrupt_receiving_status(r->parser, id, &s);
	if (!good || r->listening & 1u << (h->endpoint & 0x0f))
		return;
	r->listening |= (uint16_t)(1u << (h->endpoint & 0x0f));
	listen_to(r, h->endpoint);
}

static void on_stop_listening(void *priv, uint64_t id,
			      struct usb_redir_stop_interrupt_receiving_header *h)
{
	struct redir *r = priv;
	struct usb_redir_interrupt_receiving_status_header s = { usb_redir_success, h->endpoint };

	r->listening &= (uint16_t) ~(1u << (h->endpoint & 0x0f));
	vusb_cancel(r->d, LISTENING | h->endpoint);
	usbredirparser_send_interrupt_receiving_status(r->parser, id, &s);
}

static void on_nothing(void *priv)
{
	(void)priv;
}

void redir_wire(struct usbredirparser *p)
{
	p->hello_func = on_hello;
	p->reset_func = on_reset;
	p->set_configuration_func = on_set_configuration;
	p->get_configuration_func = on_get_configuration;
	p->set_alt_setting_func = on_set_alt_setting;
	p->get_alt_setting_func = on_get_alt_setting;
	p->start_interrupt_receiving_func = on_start_listening;
	p->stop_interrupt_receiving_func = on_stop_listening;
	p->cancel_data_packet_func = on_cancel;
	p->control_packet_func = on_control;
	p->bulk_packet_func = on_bulk;
	p->interrupt_packet_func = on_interrupt;
	p->filter_reject_func = on_nothing;
	p->device_disconnect_ack_func = on_nothing;
}
