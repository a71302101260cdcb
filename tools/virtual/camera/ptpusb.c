#include "tools/virtual/camera/ptpusb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/camera/dataset.h"

enum { CONTAINER_COMMAND = 1, CONTAINER_DATA, CONTAINER_RESPONSE, CONTAINER_EVENT };
enum { REQ_CANCEL = 0x64, REQ_EXTENDED_EVENT, REQ_RESET, REQ_STATUS };
enum { DRAIN_MS = 100 };
enum { STATUS_OK = 0x2001, STATUS_CANCELLED = 0x201f, CANCELLATION = 0x4001 };

struct ptpusb {
	struct vcam *v;
	struct vusb *bus;
	struct vusb_model model;
	struct vusb_description description;
	/* a transaction under way */
	bool awaiting_data, answering, halted;
	int64_t halt_ms; /* -1 none; the host fetches what came before the break first */
	struct vcam_request rq;
	size_t want; /* bytes of the data container's payload; SIZE_MAX: until a short packet */
	bool in_data; /* its header has come */
	struct blob data;
	struct vcam_reply rp;
	struct blob later; /* transfers that came while an answer was due: u32 length, bytes */
	struct vcam_event last_event;
};

static uint16_t packet_bytes(const struct ptpusb *p)
{
	return p->description.high_speed ? 512 : 64;
}

static void forget(struct ptpusb *p)
{
	vcam_reply_free(&p->rp);
	p->halt_ms = -1;
	p->awaiting_data = p->answering = p->in_data = false;
	p->data.bytes = p->later.bytes = 0;
}

static int halt(struct ptpusb *p)
{
	forget(p);
	p->halted = true;
	vusb_halt(p->bus, PTPUSB_IN);
	vusb_halt(p->bus, PTPUSB_OUT);
	return 0;
}

/* --- to the host --------------------------------------------------------------------------- */

static void put_head(uint8_t *out, size_t bytes, uint16_t type, uint16_t code, uint32_t transaction)
{
	put_le32(out, (uint32_t)bytes);
	put_le16(out + 4, type);
	put_le16(out + 6, code);
	put_le32(out + 8, transaction);
}

static void send_words(struct ptpusb *p, uint8_t endpoint, uint16_t type, uint16_t code, int count,
		       const uint32_t *param)
{
	uint8_t c[PTPUSB_HEAD_BYTES + 4 * VCAM_PARAMS_MAX];
	size_t bytes = PTPUSB_HEAD_BYTES + 4 * (size_t)count;

	put_head(c, bytes, type, code, p->rq.transaction);
	for (int i = 0; i < count; i++)
		put_le32(c + PTPUSB_HEAD_BYTES + 4 * i, param[i]);
	vusb_send(p->bus, endpoint, c, bytes, true);
}

static void send_data(struct ptpusb *p)
{
	const struct vcam_reply *rp = &p->rp;
	size_t bytes = rp->cut ? rp->cut_after : rp->bytes;
	uint8_t head[PTPUSB_HEAD_BYTES];

	put_head(head, sizeof(head) + rp->bytes + (size_t)rp->claim, CONTAINER_DATA, p->rq.op,
		 p->rq.transaction);
	vusb_send(p->bus, PTPUSB_IN, head, sizeof(head), !rp->bytes);
	if (bytes)
		vusb_send(p->bus, PTPUSB_IN, rp->data, bytes, !rp->cut);
}

/* Instead of the rest. */
static void cut(struct ptpusb *p, enum vcam_cut how, int64_t now_ms)
{
	if (how == VCAM_CUT_CLOSE)
		p->halt_ms = now_ms + DRAIN_MS;
	else if (how == VCAM_CUT_UNPLUG)
		vcam_plug(p->v, false);
	vcam_reply_free(&p->rp);
	p->rp.cut = how;
	p->rp.due_ms = INT64_MAX;
	p->answering = how == VCAM_CUT_STALL;
}

/* The answer's time has come. */
static void finish(struct ptpusb *p, int64_t now_ms)
{
	p->answering = false;
	if (!p->rp.drop && p->rp.has_data)
		send_data(p);
	if (p->rp.cut) {
		cut(p, p->rp.cut, now_ms);
		return;
	}
	if (!p->rp.drop)
		send_words(p, PTPUSB_IN, CONTAINER_RESPONSE, p->rp.code, p->rp.count, p->rp.param);
	vcam_reply_free(&p->rp);
}

/* --- from the host ------------------------------------------------------------------------- */

static void start(struct ptpusb *p)
{
	p->awaiting_data = false;
	p->rq.data = p->data.bytes ? p->data.data : NULL;
	p->rq.bytes = p->data.bytes;
	vcam_request(p->v, &p->rq, &p->rp);
	p->answering = true;
}

static int on_command(struct ptpusb *p, const uint8_t *data, size_t bytes)
{
	size_t params = (bytes - PTPUSB_HEAD_BYTES) / 4;

	if (bytes % 4 || params > VCAM_PARAMS_MAX)
		return halt(p);
	if (p->halted)
		vusb_flush(p->bus, PTPUSB_IN); /* the rest of what broke off */
	p->halted = p->in_data = false;
	p->data.bytes = 0;
	memset(&p->rq, 0, sizeof(p->rq));
	p->rq.op = get_le16(data + 6);
	p->rq.transaction = get_le32(data + 8);
	p->rq.count = (int)params;
	for (size_t i = 0; i < params; i++)
		p->rq.param[i] = get_le32(data + PTPUSB_HEAD_BYTES + 4 * i);
	p->awaiting_data = vcam_takes_data(p->rq.op);
	if (!p->awaiting_data)
		start(p);
	return 0;
}

static int on_data_head(struct ptpusb *p, const uint8_t *data)
{
	uint32_t length = get_le32(data);

	if (get_le16(data + 6) != p->rq.op || get_le32(data + 8) != p->rq.transaction ||
	    length < PTPUSB_HEAD_BYTES)
		return -EPROTO;
	p->want = length == 0xffffffff ? SIZE_MAX : length - PTPUSB_HEAD_BYTES;
	p->in_data = true;
	return p->want != SIZE_MAX && p->want > PTPUSB_DATA_MAX ? -EPROTO : 0;
}

/* The data phase may come in several transfers. */
static int on_data(struct ptpusb *p, const uint8_t *data, size_t bytes)
{
	bool is_short = bytes % packet_bytes(p) != 0 || !bytes;

	if (!p->in_data) {
		if (bytes < PTPUSB_HEAD_BYTES || on_data_head(p, data))
			return halt(p);
		data += PTPUSB_HEAD_BYTES;
		bytes -= PTPUSB_HEAD_BYTES;
	}
	if (bytes > PTPUSB_DATA_MAX - p->data.bytes || p->data.bytes + bytes > p->want)
		return halt(p);
	blob_put(&p->data, data, bytes);
	if (p->data.bytes == p->want || (p->want == SIZE_MAX && is_short))
		start(p);
	return 0;
}

static int on_transfer(struct ptpusb *p, const uint8_t *data, size_t bytes)
{
	uint16_t type;

	if (p->awaiting_data && p->in_data)
		return on_data(p, data, bytes);
	if (!bytes)
		return 0; /* ends a data phase that was a whole number of packets */
	if (bytes < PTPUSB_HEAD_BYTES)
		return halt(p);
	type = get_le16(data + 4);
	if (type == CONTAINER_DATA && p->awaiting_data)
		return on_data(p, data, bytes);
	if (type != CONTAINER_COMMAND || get_le32(data) != bytes)
		return halt(p);
	return on_command(p, data, bytes);
}

static int out(void *ctx, uint8_t endpoint, const uint8_t *data, size_t bytes, int64_t now_ms)
{
	struct ptpusb *p = ctx;

	(void)now_ms;
	if (endpoint != PTPUSB_OUT)
		return -EPIPE;
	if (!p->answering && p->halt_ms < 0)
		return on_transfer(p, data, bytes);
	if (p->later.bytes + bytes > PTPUSB_DATA_MAX)
		return -EPIPE;
	blob_u32(&p->later, (uint32_t)bytes);
	blob_put(&p->later, data, bytes);
	return 0;
}

/* Transfers that waited for the answer before them. */
static void catch_up(struct ptpusb *p)
{
	struct blob waiting = p->later;
	size_t used = 0;

	p->later = (struct blob){ 0 };
	while (!p->answering && used < waiting.bytes) {
		uint32_t bytes = get_le32(waiting.data + used);

		on_transfer(p, waiting.data + used + 4, bytes);
		used += 4 + bytes;
	}
	if (used < waiting.bytes)
		blob_put(&p->later, waiting.data + used, waiting.bytes - used);
	free(waiting.data);
}

/* --- class requests ------------------------------------------------------------------------ */

static int extended_event(const struct ptpusb *p, uint8_t *data, size_t room)
{
	const struct vcam_event *e = &p->last_event;
	struct blob b = { 0 };
	int n;

	blob_u16(&b, e->code);
	blob_u32(&b, 0);
	blob_u16(&b, (uint16_t)e->count);
	for (int i = 0; i < e->count; i++) {
		blob_u16(&b, 4);
		blob_u32(&b, e->param[i]);
	}
	n = (int)(b.bytes < room ? b.bytes : room);
	memcpy(data, b.data, (size_t)n);
	free(b.data);
	return n;
}

static int device_status(const struct ptpusb *p, uint8_t *data, size_t room)
{
	uint8_t s[12];
	size_t bytes = p->halted ? 12 : 4;

	put_le16(s, (uint16_t)bytes);
	put_le16(s + 2, p->halted ? STATUS_CANCELLED : STATUS_OK);
	put_le32(s + 4, PTPUSB_IN); /* the pipes that are halted */
	put_le32(s + 8, PTPUSB_OUT);
	bytes = bytes < room ? bytes : room;
	memcpy(data, s, bytes);
	return (int)bytes;
}

static void reset(void *ctx)
{
	struct ptpusb *p = ctx;

	forget(p);
	if (p->bus)
		vusb_flush(p->bus, PTPUSB_IN);
	p->halted = false;
	vcam_plug(p->v, true);
	vcam_disconnected(p->v);
}

static int control(void *ctx, const struct vusb_setup *s, uint8_t *data, int64_t now_ms)
{
	struct ptpusb *p = ctx;

	(void)now_ms;
	if (s->request_type == 0x21 && s->request == REQ_CANCEL) {
		if (s->length != 6 || get_le16(data) != CANCELLATION)
			return -EPIPE;
		if ((p->answering || p->awaiting_data) && get_le32(data + 2) == p->rq.transaction)
			forget(p);
		return 6;
	}
	if (s->request_type == 0x21 && s->request == REQ_RESET && !s->length) {
		reset(p);
		return 0;
	}
	if (s->request_type == 0xa1 && s->request == REQ_EXTENDED_EVENT)
		return extended_event(p, data, s->length);
	if (s->request_type == 0xa1 && s->request == REQ_STATUS)
		return device_status(p, data, s->length);
	return -EPIPE;
}

static int64_t tick(void *ctx, int64_t now_ms)
{
	struct ptpusb *p = ctx;
	int64_t next, due;

	while (p->answering && vcam_due(p->v, &p->rp) <= now_ms) {
		finish(p, now_ms);
		catch_up(p);
	}
	if (p->halt_ms >= 0 && p->halt_ms <= now_ms)
		halt(p);
	if (!vcam_plugged(p->v)) {
		if (vusb_plugged(p->bus))
			vusb_plug(p->bus, false);
		return -1;
	}
	while (vcam_event(p->v, now_ms, &p->last_event))
		send_words(p, PTPUSB_EVENTS, CONTAINER_EVENT, p->last_event.code,
			   p->last_event.count, p->last_event.param);
	next = vcam_event_due(p->v);
	due = p->answering ? vcam_due(p->v, &p->rp) : p->halt_ms >= 0 ? p->halt_ms : INT64_MAX;
	return due != INT64_MAX && (next < 0 || due < next) ? due : next;
}

/* --- life ---------------------------------------------------------------------------------- */

static void describe(struct ptpusb *p)
{
	const struct vcam_identity *id = vcam_identity(p->v);

	p->description = (struct vusb_description){
		.vid = id->vid,
		.pid = id->pid,
		.bcd_device = 0x0100,
		.high_speed = true,
		.manufacturer = id->manufacturer,
		.product = id->product,
		.serial = id->serial,
		.interface_count = 1,
		.interfaces = { { .class = 6,
				  .subclass = 1,
				  .protocol = 1,
				  .endpoint_count = 3,
				  .endpoints = { { PTPUSB_IN, VUSB_BULK, 512, 0 },
						 { PTPUSB_OUT, VUSB_BULK, 512, 0 },
						 { PTPUSB_EVENTS, VUSB_INTERRUPT, 64, 6 } } } },
	};
}

struct ptpusb *ptpusb_new(struct vcam *v)
{
	struct ptpusb *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->v = v;
	p->halt_ms = -1;
	describe(p);
	p->model = (struct vusb_model){ .description = &p->description,
					.ctx = p,
					.out = out,
					.control = control,
					.reset = reset,
					.tick = tick };
	return p;
}

void ptpusb_free(struct ptpusb *p)
{
	if (!p)
		return;
	vcam_reply_free(&p->rp);
	free(p->data.data);
	free(p->later.data);
	free(p);
}

const struct vusb_model *ptpusb_model(const struct ptpusb *p)
{
	return &p->model;
}

void ptpusb_attach(struct ptpusb *p, struct vusb *bus)
{
	p->bus = bus;
}
