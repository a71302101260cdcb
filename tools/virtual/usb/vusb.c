#include "tools/virtual/usb/vusb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/usb/vusb_internal.h"

struct pipe *vusb_pipe(struct vusb *d, uint8_t address)
{
	for (int i = 0; i < d->pipe_count; i++)
		if (d->pipes[i].desc->address == address)
			return &d->pipes[i];
	return NULL;
}

const struct vusb_endpoint *vusb_endpoint(const struct vusb *d, uint8_t address, int *interface)
{
	const struct vusb_description *desc = d->model->description;

	for (int i = 0; i < desc->interface_count; i++)
		for (int e = 0; e < desc->interfaces[i].endpoint_count; e++)
			if (desc->interfaces[i].endpoints[e].address == address) {
				if (interface)
					*interface = i;
				return &desc->interfaces[i].endpoints[e];
			}
	return NULL;
}

const struct vusb_description *vusb_description(const struct vusb *d)
{
	return d->model->description;
}

static bool is_in(uint8_t endpoint)
{
	return endpoint & 0x80;
}

static void complete(struct vusb *d, struct transfer *t, enum vusb_status status)
{
	struct pipe *p = vusb_pipe(d, t->endpoint);

	t->c.status = status;
	t->next = NULL;
	*d->done_last = t;
	d->done_last = &t->next;
	if (p && status == VUSB_OK) {
		p->transfers++;
		p->bytes += t->c.bytes;
	}
}

static struct transfer *pop(struct pipe *p)
{
	struct transfer *t = p->pending;

	p->pending = t->next;
	if (!p->pending)
		p->pending_last = &p->pending;
	return t;
}

static void complete_all(struct vusb *d, struct pipe *p, enum vusb_status status)
{
	while (p->pending)
		complete(d, pop(p), status);
}

static void drop_segment(struct pipe *p)
{
	struct segment *s = p->first;

	p->first = s->next;
	if (!p->first)
		p->last = &p->first;
	free(s);
}

static void drop_segments(struct pipe *p)
{
	while (p->first)
		drop_segment(p);
	p->zlp_due = false;
}

void vusb_set_halt(struct vusb *d, struct pipe *p)
{
	if (!p->halted)
		p->halts++;
	p->halted = true;
	complete_all(d, p, VUSB_STALL);
}

/* What the device had already put into the pipe's buffer stays: a host may fetch it afterwards. */
void vusb_clear_halt(struct vusb *d, struct pipe *p)
{
	(void)d;
	if (p->halted)
		p->cleared++;
	p->halted = false;
}

/* --- device → host ---------------------------------------------------------------------------- */

/* Bytes of the message that stand ready, up to one packet; @ends: the message ends within. */
static size_t next_packet(const struct pipe *p, bool *ends)
{
	size_t have = 0, size = p->desc->packet_bytes;

	*ends = false;
	for (const struct segment *s = p->first; s && have < size && !*ends; s = s->next) {
		have += s->bytes - s->used;
		*ends = s->end && have <= size;
	}
	return have < size ? have : size;
}

static void take(struct pipe *p, uint8_t *out, size_t bytes)
{
	while (p->first) {
		struct segment *s = p->first;
		size_t n = s->bytes - s->used;

		n = n < bytes ? n : bytes;
		if (out)
			memcpy(out, s->data + s->used, n);
		out = out ? out + n : NULL;
		s->used += n;
		bytes -= n;
		if (s->used < s->bytes)
			return;
		if (!bytes) {
			drop_segment(p);
			return;
		}
		drop_segment(p);
	}
}

enum fill { FILL_WAIT, FILL_DONE, FILL_OVERFLOW };

/* One packet after the other into the transfer at the head. */
static enum fill fill(struct pipe *p, struct transfer *t)
{
	for (;;) {
		size_t size = p->desc->packet_bytes, n;
		bool ends;

		if (p->stray_zlp > 0 || p->zlp_due) {
			if (p->zlp_due)
				p->zlp_due = false;
			else
				p->stray_zlp--;
			return FILL_DONE;
		}
		n = next_packet(p, &ends);
		if (!p->first || (n < size && !ends))
			return FILL_WAIT;
		if (n > t->room - t->c.bytes) {
			take(p, NULL, n);
			return FILL_OVERFLOW;
		}
		take(p, t->c.data + t->c.bytes, n);
		t->c.bytes += n;
		if (n < size || t->c.bytes == t->room)
			return FILL_DONE;
		p->zlp_due = ends;
	}
}

static void pump_in(struct vusb *d, struct pipe *p)
{
	while (p->pending && !p->nak_until_ms && !p->nak_ms) {
		enum fill f;

		if (p->stall > 0) {
			p->stall--;
			vusb_set_halt(d, p);
			return;
		}
		f = fill(p, p->pending);
		if (f == FILL_WAIT)
			return;
		complete(d, pop(p), f == FILL_DONE ? VUSB_OK : VUSB_OVERFLOW);
	}
}

void vusb_send(struct vusb *d, uint8_t endpoint, const void *data, size_t bytes, bool end)
{
	struct pipe *p = vusb_pipe(d, endpoint);
	struct segment *s;

	if (!p || !d->plugged)
		return;
	s = malloc(sizeof(*s) + bytes);
	if (!s)
		return;
	*s = (struct segment){ .bytes = bytes, .end = end };
	if (bytes)
		memcpy(s->data, data, bytes);
	*p->last = s;
	p->last = &s->next;
	pump_in(d, p);
}

void vusb_flush(struct vusb *d, uint8_t endpoint)
{
	struct pipe *p = vusb_pipe(d, endpoint);

	if (p)
		drop_segments(p);
}

void vusb_halt(struct vusb *d, uint8_t endpoint)
{
	struct pipe *p = vusb_pipe(d, endpoint);

	if (p)
		vusb_set_halt(d, p);
}

/* --- host → device ---------------------------------------------------------------------------- */

/* The host learns that its bytes arrived before it gets the device's answer to them. */
static void deliver_out(struct vusb *d, struct pipe *p, struct transfer *t, int64_t now_ms)
{
	bool lost = p->lose > 0, refused = p->stall > 0;

	t->c.bytes = t->out_bytes;
	complete(d, t, VUSB_OK);
	if (lost) {
		p->lose--;
		return;
	}
	p->stall -= refused;
	if (!refused)
		refused =
			d->model->out(d->model->ctx, t->endpoint, t->out, t->out_bytes, now_ms) < 0;
	if (!refused)
		return;
	p->transfers--;
	p->bytes -= t->out_bytes;
	t->c.bytes = 0;
	t->c.status = VUSB_STALL;
	vusb_set_halt(d, p);
}

static void pump_out(struct vusb *d, struct pipe *p, int64_t now_ms)
{
	while (p->pending && !p->nak_until_ms && !p->nak_ms)
		deliver_out(d, p, pop(p), now_ms);
}

static void control(struct vusb *d, struct transfer *t, const struct vusb_setup *s, int64_t now_ms)
{
	bool in = s->request_type & 0x80;
	bool standard = !(s->request_type & 0x60);
	uint8_t *data = in ? t->c.data : t->out;
	int n = standard ? vusb_standard(d, s, data) : -EPIPE;

	d->controls++;
	if (n < 0 && d->model->control)
		n = d->model->control(d->model->ctx, s, data, now_ms);
	if (n > s->length)
		n = s->length;
	t->c.bytes = n < 0 ? 0 : in ? (size_t)n : t->out_bytes;
	complete(d, t, n < 0 ? VUSB_STALL : VUSB_OK);
}

/* --- transport -------------------------------------------------------------------------------- */

static struct transfer *new_transfer(uint64_t id, uint8_t endpoint, const struct vusb_setup *s,
				     const uint8_t *data, size_t bytes)
{
	struct transfer *t = calloc(1, sizeof(*t));
	bool in = endpoint ? is_in(endpoint) : s->request_type & 0x80;
	size_t size = endpoint ? bytes : s->length;
	uint8_t *buffer = calloc(1, size ? size : 1);

	if (!t || !buffer) {
		free(t);
		free(buffer);
		return NULL;
	}
	t->c.id = id;
	t->endpoint = endpoint;
	if (in) {
		t->c.data = buffer;
		t->room = size;
		return t;
	}
	t->out = buffer;
	t->out_bytes = bytes < size ? bytes : size;
	if (data && t->out_bytes)
		memcpy(buffer, data, t->out_bytes);
	return t;
}

void vusb_submit(struct vusb *d, uint64_t id, uint8_t endpoint, const struct vusb_setup *setup,
		 const uint8_t *data, size_t bytes, int64_t now_ms)
{
	struct transfer *t = new_transfer(id, endpoint, setup, data, bytes);
	struct pipe *p = vusb_pipe(d, endpoint);

	if (!t)
		return;
	if (!d->plugged) {
		complete(d, t, VUSB_GONE);
	} else if (!endpoint) {
		control(d, t, setup, now_ms);
	} else if (!p || p->halted) {
		complete(d, t, VUSB_STALL);
	} else {
		*p->pending_last = t;
		p->pending_last = &t->next;
		if (is_in(endpoint))
			pump_in(d, p);
		else
			pump_out(d, p, now_ms);
	}
}

void vusb_cancel(struct vusb *d, uint64_t id)
{
	for (int i = 0; i < d->pipe_count; i++) {
		struct pipe *p = &d->pipes[i];

		for (struct transfer **at = &p->pending, *t; (t = *at); at = &t->next) {
			if (t->c.id != id)
				continue;
			*at = t->next;
			if (!t->next)
				p->pending_last = at;
			complete(d, t, VUSB_CANCELLED);
			return;
		}
	}
}

bool vusb_reap(struct vusb *d, struct vusb_completion *out)
{
	struct transfer *t = d->done;

	if (!t)
		return false;
	d->done = t->next;
	if (!d->done)
		d->done_last = &d->done;
	*out = t->c;
	free(t->out);
	free(t);
	return true;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* A NAK of so many ms begins when the clock is first seen after the command. */
static int64_t tick_pipe(struct vusb *d, struct pipe *p, int64_t now_ms)
{
	if (p->nak_ms)
		p->nak_until_ms = now_ms + p->nak_ms;
	p->nak_ms = 0;
	if (p->nak_until_ms && now_ms < p->nak_until_ms)
		return p->nak_until_ms;
	p->nak_until_ms = 0;
	if (is_in(p->desc->address))
		pump_in(d, p);
	else
		pump_out(d, p, now_ms);
	return -1;
}

int64_t vusb_tick(struct vusb *d, int64_t now_ms)
{
	int64_t due = -1;

	if (!d->plugged)
		return -1;
	for (int i = 0; i < d->pipe_count; i++)
		due = earlier(due, tick_pipe(d, &d->pipes[i], now_ms));
	if (d->model->tick)
		due = earlier(due, d->model->tick(d->model->ctx, now_ms));
	return due;
}

void vusb_plug(struct vusb *d, bool in)
{
	if (d->plugged == in)
		return;
	for (int i = 0; i < d->pipe_count; i++) {
		complete_all(d, &d->pipes[i], VUSB_GONE);
		drop_segments(&d->pipes[i]);
		d->pipes[i].halted = false;
	}
	d->plugged = in;
	d->configuration = 1; /* the host's kernel does that on its own */
	if (in && d->model->reset)
		d->model->reset(d->model->ctx);
}

void vusb_reset(struct vusb *d)
{
	d->resets++;
	for (int i = 0; i < d->pipe_count; i++) {
		complete_all(d, &d->pipes[i], VUSB_CANCELLED);
		drop_segments(&d->pipes[i]);
		d->pipes[i].halted = false;
	}
	if (d->model->reset)
		d->model->reset(d->model->ctx);
}

bool vusb_plugged(const struct vusb *d)
{
	return d->plugged;
}

const char *vusb_port(const struct vusb *d)
{
	return d->port;
}

void vusb_note_open(struct vusb *d)
{
	d->opens++;
}

int vusb_claim(struct vusb *d, int interface)
{
	if (interface < 0 || interface >= d->model->description->interface_count)
		return -EINVAL;
	if (d->busy) {
		d->refused++;
		return -EBUSY;
	}
	d->claims++;
	return 0;
}

struct vusb *vusb_new(const struct vusb_model *m)
{
	const struct vusb_description *desc = m->description;
	struct vusb *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->model = m;
	d->done_last = &d->done;
	for (int i = 0; i < desc->interface_count; i++)
		for (int e = 0; e < desc->interfaces[i].endpoint_count; e++) {
			struct pipe *p = &d->pipes[d->pipe_count++];

			p->desc = &desc->interfaces[i].endpoints[e];
			p->last = &p->first;
			p->pending_last = &p->pending;
		}
	return d;
}

void vusb_free(struct vusb *d)
{
	struct vusb_completion c;

	if (!d)
		return;
	for (int i = 0; i < d->pipe_count; i++) {
		complete_all(d, &d->pipes[i], VUSB_GONE);
		drop_segments(&d->pipes[i]);
	}
	while (vusb_reap(d, &c))
		free(c.data);
	free(d);
}
