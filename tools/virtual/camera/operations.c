/* The device model: operations in, answers out, time passing in between. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/vcam_internal.h"

static const uint16_t operations[] = {
	0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100a, 0x100b,
	0x100e, 0x1014, 0x1015, 0x1016, 0x101b, 0x90c0, 0x90c1, 0x90c2, 0x90c3, 0x90c7, 0x90c8,
	0x90ca, 0x90cb, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207,
};

static uint16_t op_device_info(struct vcam *v, struct blob *b)
{
	static const uint16_t events[] = { EV_OBJECT_ADDED, EV_OBJECT_REMOVED,	 EV_PROPERTY,
					   EV_STORE_FULL,   EV_CAPTURE_COMPLETE, EV_SDRAM_ADDED };
	static const uint16_t formats[] = { FORMAT_JPEG, FORMAT_NEF, FORMAT_FOLDER };
	uint16_t standard[16];
	uint32_t n = 0;

	for (int i = 0; i < v->prop_count && n < ARRAY_SIZE(standard); i++)
		if (v->props[i].code < 0xd000)
			standard[n++] = v->props[i].code;
	blob_u16(b, 100);
	blob_u32(b, 0x0a);
	blob_u16(b, 100);
	blob_text(b, "");
	blob_u16(b, 0);
	blob_u16s(b, operations, ARRAY_SIZE(operations));
	blob_u16s(b, events, ARRAY_SIZE(events));
	blob_u16s(b, standard, n);
	blob_u16s(b, formats, 1);
	blob_u16s(b, formats, ARRAY_SIZE(formats));
	blob_text(b, "Nikon Corporation");
	blob_text(b, "D750");
	blob_text(b, "V1.10");
	blob_text(b, "6000199");
	return RC_OK;
}

static uint16_t op_property(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	struct property *p = props_find(v, (uint16_t)rq->param[0]);

	if (!p)
		return RC_NO_PROPERTY;
	if (rq->op == 0x1014)
		props_describe(p, b);
	else if (rq->op == 0x1015)
		props_value(p, b);
	else if (!p->writable)
		return RC_READ_ONLY;
	else if (p->type == 0xffff) {
		size_t n = rq->bytes ? rq->data[0] : 0;

		memset(p->text, 0, sizeof(p->text));
		for (size_t i = 0; i + 1 < n && i + 1 < sizeof(p->text) && i * 2 + 2 < rq->bytes;
		     i++)
			p->text[i] = (char)rq->data[1 + i * 2];
	} else if (rq->bytes >= (p->type == 2 ? 1 : p->type == 4 ? 2 : 4))
		p->value = p->type == 2	  ? rq->data[0]
			   : p->type == 4 ? get_le16(rq->data)
					  : get_le32(rq->data);
	else
		return RC_BAD_PARAMETER;
	return RC_OK;
}

static uint16_t op_events(struct vcam *v, struct blob *b)
{
	int64_t now = clock_now_ms();
	struct blob list = { 0 };
	uint16_t count = 0;
	int kept = 0;

	for (int i = 0; i < v->queued; i++) {
		if (v->queue[i].due_ms > now) {
			v->queue[kept++] = v->queue[i];
			continue;
		}
		blob_u16(&list, v->queue[i].code);
		blob_u32(&list, v->queue[i].param);
		count++;
	}
	v->queued = kept;
	blob_u16(b, count);
	blob_put(b, list.data, list.bytes);
	free(list.data);
	return RC_OK;
}

static uint16_t op_ready(struct vcam *v)
{
	uint16_t rc = v->ready_rc;

	if (clock_now_ms() < v->busy_until_ms)
		return RC_BUSY;
	v->ready_rc = 0;
	return rc ? rc : RC_OK;
}

static uint16_t op_live(struct vcam *v, uint16_t op)
{
	int64_t now = clock_now_ms();

	if (op == 0x9201) {
		if (props_find(v, 0xd1a4)->value)
			return RC_INVALID_STATUS;
		if (now < v->busy_until_ms)
			return RC_BUSY;
		if (!v->live_on)
			v->busy_until_ms = now + 250; /* mirror */
	}
	v->live_on = op == 0x9201;
	props_find(v, 0xd1a2)->value = v->live_on;
	return RC_OK;
}

static uint16_t op_live_frame(struct vcam *v, struct blob *b, struct vcam_reply *rp)
{
	uint8_t head[LIVE_HEADER_BYTES] = { 0 };
	const struct source *s = v->live_count ? v->live_deck[v->live_next++ % v->live_count]
					       : vcam_next_source(v, false);
	int64_t now = clock_now_ms();
	uint8_t com[10] = { 0xff, 0xd8, 0xff, 0xfe, 0, 6 };
	const uint8_t *frame;
	size_t bytes;

	if (!v->live_on)
		return RC_NOT_LIVE_VIEW;
	if (now < v->busy_until_ms)
		return RC_BUSY;
	frame = s ? source_live(s, &bytes) : NULL;
	if (!frame)
		return RC_GENERAL;
	put_le32(com + 6, ++v->frames);
	blob_put(b, head, sizeof(head));
	blob_put(b, com, sizeof(com));
	blob_put(b, frame + 2, bytes - 2);
	if (v->live_frame_ms > now) /* 30 frames a second */
		rp->due_ms += v->live_frame_ms - now;
	v->live_frame_ms = (v->live_frame_ms > now ? v->live_frame_ms : now) + 33;
	return RC_OK;
}

static uint16_t op_capture(struct vcam *v, const struct vcam_request *rq)
{
	bool sdram =
		rq->op == 0x90c0 || rq->op == 0x90cb || (rq->op == 0x9207 && rq->param[1] == 1);
	bool focus = rq->op == 0x90cb || rq->op == 0x100e ||
		     (rq->op == 0x9207 && rq->param[0] == 0xfffffffe);

	return vcam_expose(v, focus && !v->live_on, sdram);
}

static uint16_t op_focus(struct vcam *v)
{
	if (clock_now_ms() < v->busy_until_ms)
		return RC_BUSY;
	v->busy_until_ms = clock_now_ms() + v->focus_ms;
	if (v->af_fail > 0) {
		v->af_fail--;
		v->ready_rc = RC_OUT_OF_FOCUS;
	}
	return RC_OK;
}

static uint16_t op_vendor_props(struct vcam *v, struct blob *b)
{
	uint16_t codes[32];
	uint32_t n = 0;

	for (int i = 0; i < v->prop_count && n < ARRAY_SIZE(codes); i++)
		if (v->props[i].code >= 0xd000)
			codes[n++] = v->props[i].code;
	blob_u16s(b, codes, n);
	return RC_OK;
}

static uint16_t session(struct vcam *v, uint16_t op)
{
	if (op == 0x1002 && v->session)
		return RC_SESSION_OPEN;
	if (op == 0x1003 && !v->session)
		return RC_NO_SESSION;
	v->session = op == 0x1002;
	if (!v->session && v->live_on)
		op_live(v, 0x9202);
	return RC_OK;
}

static uint16_t carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			  struct vcam_reply *rp)
{
	if (!v->session && rq->op != 0x1001 && rq->op != 0x1002)
		return RC_NO_SESSION;
	switch (rq->op) {
	case 0x1001:
		return op_device_info(v, b);
	case 0x1002:
	case 0x1003:
		return session(v, rq->op);
	case 0x1004:
		return op_storage_ids(v, b);
	case 0x1005:
		return op_storage_info(v, rq, b);
	case 0x1006:
		rp->count = 1;
		rp->param[0] = (uint32_t)v->object_count;
		return RC_OK;
	case 0x1007:
		return op_handles(v, rq, b);
	case 0x1008:
		return op_object_info(v, rq, b);
	case 0x1009:
	case 0x101b:
		return op_object(v, rq, rp);
	case 0x100a:
		return 0x2010; /* no thumbnail */
	case 0x100b:
		return op_delete(v, rq);
	case 0x1014:
	case 0x1015:
	case 0x1016:
		return op_property(v, rq, b);
	case 0x100e:
	case 0x90c0:
	case 0x90cb:
	case 0x9207:
		return op_capture(v, rq);
	case 0x90c1:
		return op_focus(v);
	case 0x90c3:
		v->sdram_full = false;
		return RC_OK;
	case 0x90c7:
		return op_events(v, b);
	case 0x90c8:
		return op_ready(v);
	case 0x90ca:
		return op_vendor_props(v, b);
	case 0x9201:
	case 0x9202:
		return op_live(v, rq->op);
	case 0x9203:
		return op_live_frame(v, b, rp);
	case 0x90c2:
	case 0x9204:
	case 0x9205:
	case 0x9206:
		return RC_OK;
	default:
		return RC_NO_OPERATION;
	}
}

static void count_operation(struct vcam *v, uint16_t op)
{
	int i = 0;

	while (i < v->stat_count && v->stats[i].op != op)
		i++;
	if (i == (int)ARRAY_SIZE(v->stats))
		return;
	if (i == v->stat_count)
		v->stats[v->stat_count++].op = op;
	v->stats[i].count++;
}

/* A fault for this operation, used up by one. NULL: none. */
static const struct fault *take_fault(struct vcam *v, uint16_t op, int kind_delay)
{
	for (int i = 0; i < v->fault_count; i++) {
		struct fault *f = &v->faults[i];

		if (f->op == op && f->left > 0 && (f->kind == FAULT_DELAY) == kind_delay) {
			f->left--;
			return f;
		}
	}
	return NULL;
}

void vcam_request(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp)
{
	const struct fault *delay = take_fault(v, rq->op, true);
	const struct fault *f = take_fault(v, rq->op, false);
	struct blob b = { 0 };

	memset(rp, 0, sizeof(*rp));
	count_operation(v, rq->op);
	rp->due_ms = clock_now_ms() + v->op_latency_ms + (delay ? delay->value : 0);
	if (f && f->kind == FAULT_RC) {
		rp->code = (uint16_t)f->value;
		return;
	}
	if (f && f->kind == FAULT_CLOSE) {
		rp->cut = true;
		return;
	}
	if (f && f->kind == FAULT_HANG) {
		rp->due_ms = INT64_MAX;
		return;
	}
	rp->code = carry_out(v, rq, &b, rp);
	rp->drop = f && f->kind == FAULT_DROP;
	if (b.data) {
		free(rp->data);
		rp->data = b.data;
		rp->bytes = b.bytes;
	}
	rp->has_data = rp->code == RC_OK && rp->data;
}

void vcam_reply_free(struct vcam_reply *rp)
{
	free(rp->data);
	rp->data = NULL;
}

bool vcam_takes_data(uint16_t op)
{
	return op == 0x100c || op == 0x100d || op == 0x1016 || op == 0x9110;
}

/* A Nikon body keeps its events until it is asked for them. */
bool vcam_event(struct vcam *v, int64_t now_ms, struct vcam_event *out)
{
	(void)v;
	(void)now_ms;
	(void)out;
	return false;
}

int64_t vcam_event_due(const struct vcam *v)
{
	(void)v;
	return -1;
}

const struct vcam_identity *vcam_identity(const struct vcam *v)
{
	static const struct vcam_identity d750 = { 0x04b0, 0x0437, "NIKON", "NIKON DSC D750",
						   "000006000199" };

	(void)v;
	return &d750;
}

bool vcam_plugged(const struct vcam *v)
{
	return v->plugged;
}

void vcam_plug(struct vcam *v, bool in)
{
	v->plugged = in;
	if (!in)
		vcam_disconnected(v);
}

void vcam_disconnected(struct vcam *v)
{
	v->session = false;
	if (v->live_on)
		op_live(v, 0x9202);
}
