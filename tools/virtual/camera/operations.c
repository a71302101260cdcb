/* The device model: operations in, answers out, time passing in between. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

static uint16_t op_device_info(struct vcam *v, struct blob *b)
{
	const struct body *body = v->body;
	const uint16_t formats[] = { FORMAT_JPEG, FORMAT_FOLDER, body->raw_format };
	uint16_t standard[16];
	uint32_t n = 0;

	for (int i = 0; i < v->prop_count && n < ARRAY_SIZE(standard); i++)
		if (v->props[i].code < 0xd000 || v->body->pushes)
			standard[n++] = v->props[i].code;
	blob_u16(b, 100);
	blob_u32(b, body->extension);
	blob_u16(b, 100);
	blob_text(b, body->extension_text);
	blob_u16(b, 0);
	blob_u16s(b, body->operations, (uint32_t)body->operation_count);
	blob_u16s(b, body->events, (uint32_t)body->event_count);
	blob_u16s(b, standard, n);
	blob_u16s(b, formats, 1);
	blob_u16s(b, formats, ARRAY_SIZE(formats));
	blob_text(b, body->maker);
	blob_text(b, v->model);
	blob_text(b, body->version);
	blob_text(b, v->serial);
	return RC_OK;
}

static uint16_t session(struct vcam *v, bool open)
{
	if (open && v->session)
		return RC_SESSION_OPEN;
	if (!open && !v->session)
		return RC_NO_SESSION;
	v->session = open;
	if (open)
		v->sessions++;
	if (!open || v->body->pushes)
		v->body->hang_up(v);
	return RC_OK;
}

static uint16_t op_partial(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp)
{
	uint16_t rc = op_object(v, rq->param[0], rq->param[1], rq->param[2], rp);

	rp->count = 1;
	rp->param[0] = (uint32_t)rp->bytes;
	return rc;
}

/* What every PTP camera does. */
static uint16_t standard(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			 struct vcam_reply *rp)
{
	switch (rq->op) {
	case 0x1001:
		return op_device_info(v, b);
	case 0x1002:
	case 0x1003:
		return session(v, rq->op == 0x1002);
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
		return op_object(v, rq->param[0], 0, SIZE_MAX, rp);
	case 0x101b:
		return op_partial(v, rq, rp);
	case 0x100a:
		return RC_NO_THUMBNAIL;
	case 0x100b:
		return op_delete(v, rq->param[0]);
	case 0x1014:
	case 0x1015:
	case 0x1016:
		return op_property(v, rq, b);
	default:
		return RC_NO_OPERATION;
	}
}

static bool knows(const struct vcam *v, uint16_t op)
{
	for (size_t i = 0; i < v->body->operation_count; i++)
		if (v->body->operations[i] == op)
			return true;
	return false;
}

static uint16_t carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			  struct vcam_reply *rp)
{
	uint16_t rc;

	if (!v->session && rq->op != 0x1001 && rq->op != 0x1002)
		return RC_NO_SESSION;
	if (!knows(v, rq->op))
		return RC_NO_OPERATION;
	rc = v->body->carry_out(v, rq, b, rp);
	return rc == RC_NO_OPERATION ? standard(v, rq, b, rp) : rc;
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

/* A fault that stands in for the operation. Return: it was one. */
static bool instead(const struct fault *f, struct vcam_reply *rp)
{
	if (!f || f->kind == FAULT_DROP || f->kind == FAULT_DELAY)
		return false;
	if (f->kind == FAULT_RC)
		rp->code = (uint16_t)f->value;
	else if (f->kind == FAULT_CLOSE)
		rp->cut = VCAM_CUT_CLOSE;
	else
		rp->due_ms = INT64_MAX;
	return true;
}

void vcam_request(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp)
{
	const struct fault *delay = take_fault(v, rq->op, true);
	const struct fault *f = take_fault(v, rq->op, false);
	struct blob b = { 0 };

	memset(rp, 0, sizeof(*rp));
	count_operation(v, rq->op);
	rp->due_ms = clock_now_ms() + v->op_latency_ms + (delay ? delay->value : 0);
	if (instead(f, rp))
		return;
	rp->code = carry_out(v, rq, &b, rp);
	rp->drop = f && f->kind == FAULT_DROP;
	if (b.data) {
		free(rp->data);
		rp->data = b.data;
		rp->bytes = b.bytes;
	}
	rp->has_data = rp->code == RC_OK && rp->data;
	if (rp->has_data && v->hostile == HOSTILE_LENGTH && v->hostile_left && v->hostile_left--)
		rp->claim = 0x10000000;
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

bool vcam_event(struct vcam *v, int64_t now_ms, struct vcam_event *out)
{
	struct event e;

	if (!v->body->pushes || !v->session || v->asleep)
		return false;
	if (v->hostile == HOSTILE_EVENTS && v->hostile_left) {
		v->hostile_left--;
		*out = (struct vcam_event){ EV_PROPERTY, 1, { 0xd1f0 } };
		return true;
	}
	if (!vcam_due_event(v, now_ms, &e))
		return false;
	*out = (struct vcam_event){ e.code, 1, { e.param } };
	return true;
}

int64_t vcam_event_due(const struct vcam *v)
{
	int64_t due = -1;

	if (!v->body->pushes || !v->session || v->asleep)
		return -1;
	if (v->hostile == HOSTILE_EVENTS && v->hostile_left)
		return 0;
	for (int i = 0; i < v->queued; i++)
		if (due < 0 || v->queue[i].due_ms < due)
			due = v->queue[i].due_ms;
	return due;
}

int64_t vcam_due(const struct vcam *v, const struct vcam_reply *rp)
{
	return v->asleep ? INT64_MAX : rp->due_ms;
}
