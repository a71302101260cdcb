/*
 * Canon EOS 80D: remote mode 9114, event mode 9115, events 9116, settings 9110, release 9128 and
 * 9129 (1 half, 2 full), pictures for the host 9107 and 9117, live view by D1B0 and 9153.
 *
 * Half press focuses; whether it found anything comes as an event. Without focus the full press
 * does not release. Unknown: what a body answers to a release with a full or locked card; here it
 * is PTP's own code for it.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/canon.h"

enum { RELEASE_HALF = 1, RELEASE_FULL = 2, DESTINATION_HOST = 4, LIVE_TO_HOST = 2, MANUAL = 3 };

static const uint16_t operations[] = {
	0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100a,
	0x100b, 0x1014, 0x101b, 0x9101, 0x9102, 0x9104, 0x9105, 0x9107, 0x9108, 0x9110,
	0x9114, 0x9115, 0x9116, 0x9117, 0x911a, 0x911b, 0x911c, 0x911d, 0x9127, 0x9128,
	0x9129, 0x913d, 0x9151, 0x9152, 0x9153, 0x9154, 0x9155, 0x9160,
};
static const uint16_t events[] = {
	0xc181, EV_OBJECT_REMOVED, 0xc186, 0xc189, 0xc18a, EV_EOS_STATUS,
};

static uint32_t value(struct vcam *v, uint16_t code)
{
	return props_find(v, code)->value;
}

static uint16_t op_device_info_ex(struct vcam *v, struct blob *b)
{
	blob_u32(b, 0);
	blob_u32(b, (uint32_t)ARRAY_SIZE(events));
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		blob_u32(b, events[i]);
	blob_u32(b, (uint32_t)v->prop_count - 1);
	for (int i = 1; i < v->prop_count; i++)
		blob_u32(b, v->props[i].code);
	blob_u32(b, 1); /* a third list, unknown; libgphoto2 refuses an empty one */
	blob_u32(b, 0);
	return RC_OK;
}

static uint16_t op_request_property(struct vcam *v, uint32_t code)
{
	const struct property *p = props_find(v, (uint16_t)code);

	if (!p)
		return RC_GENERAL;
	vcam_post(v, EV_PROPERTY, p->code, clock_now_ms());
	return RC_OK;
}

static uint16_t half_press(struct vcam *v)
{
	int64_t now = clock_now_ms();

	if (vcam_busy(v))
		return RC_BUSY;
	if (v->half_pressed || value(v, 0xd108) == MANUAL)
		return RC_OK;
	v->half_pressed = true;
	v->no_focus = v->af_fail > 0;
	v->af_fail -= v->no_focus;
	v->focus_until_ms = now + v->focus_ms;
	vcam_post(v, EV_EOS_FOCUS, !v->no_focus, v->focus_until_ms);
	return RC_OK;
}

static uint16_t full_press(struct vcam *v)
{
	bool host = value(v, 0xd11c) == DESTINATION_HOST;
	int64_t now = clock_now_ms();
	uint16_t rc;

	if (vcam_busy(v))
		return RC_BUSY;
	if (v->no_focus)
		return RC_OK; /* one-shot focus holds the shutter back */
	if (!value(v, 0xd11b) && (host || !v->no_card))
		return RC_STORE_FULL;
	rc = vcam_expose(v, false, host);
	if (rc == RC_OK) {
		vcam_post(v, EV_EOS_STATUS, 1, now);
		props_find(v, 0xd1ac)->value++;
	}
	return rc;
}

static uint16_t op_release(struct vcam *v, uint32_t how)
{
	uint16_t rc = RC_OK;

	if (how & RELEASE_HALF)
		rc = half_press(v);
	if (rc == RC_OK && how & RELEASE_FULL)
		rc = full_press(v);
	return rc;
}

static uint16_t op_let_go(struct vcam *v, uint32_t how)
{
	if (how & RELEASE_HALF)
		v->half_pressed = v->no_focus = false;
	return RC_OK;
}

static uint16_t op_set(struct vcam *v, const struct vcam_request *rq)
{
	uint16_t rc;

	if (vcam_busy(v))
		return RC_BUSY;
	rc = canon_set_property(v, rq);
	vcam_live(v, value(v, 0xd1b0) & LIVE_TO_HOST);
	canon_shots_left(v);
	return rc;
}

/* {length, 1, JPEG} */
static uint16_t op_frame(struct vcam *v, struct blob *b, struct vcam_reply *rp)
{
	struct blob frame = { 0 };
	uint16_t rc = v->live_on ? vcam_live_frame(v, &frame, rp) : RC_BUSY;

	if (rc == RC_OK) {
		blob_u32(b, (uint32_t)(8 + frame.bytes));
		blob_u32(b, 1);
		blob_put(b, frame.data, frame.bytes);
	}
	free(frame.data);
	return rc == RC_BUSY ? RC_EOS_NOT_READY : rc;
}

/* Focus in live view; what it found comes as an event. */
static uint16_t op_focus(struct vcam *v)
{
	if (!v->live_on)
		return RC_GENERAL;
	if (vcam_busy(v))
		return RC_BUSY;
	vcam_post(v, EV_EOS_FOCUS, v->af_fail <= 0, clock_now_ms() + v->focus_ms);
	v->af_fail -= v->af_fail > 0;
	return RC_OK;
}

static uint16_t op_modes(struct vcam *v, const struct vcam_request *rq)
{
	if (rq->op == 0x9115) {
		v->remote = rq->param[0];
		v->dump = v->remote;
		v->queued = 0;
	}
	return RC_OK;
}

static uint16_t op_pictures(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp)
{
	switch (rq->op) {
	case 0x9104:
		return op_object(v, rq->param[0], 0, SIZE_MAX, rp);
	case 0x9105:
		return op_delete(v, rq->param[0]);
	case 0x9107:
		return op_object(v, rq->param[0], rq->param[1], rq->param[2], rp);
	default:
		ram_drop(v, rq->param[0]);
		return RC_OK;
	}
}

static uint16_t carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			  struct vcam_reply *rp)
{
	switch (rq->op) {
	case 0x9101:
		return op_storage_ids(v, b);
	case 0x9102:
		return op_storage_info(v, rq, b);
	case 0x9104:
	case 0x9105:
	case 0x9107:
	case 0x9117:
		return op_pictures(v, rq, rp);
	case 0x9108:
		return op_device_info_ex(v, b);
	case 0x9110:
		return op_set(v, rq);
	case 0x9114:
	case 0x9115:
		return op_modes(v, rq);
	case 0x9116:
		return canon_get_event(v, b);
	case 0x9127:
		return op_request_property(v, rq->param[0]);
	case 0x9128:
		return op_release(v, rq->param[0]);
	case 0x9129:
		return op_let_go(v, rq->param[0]);
	case 0x9153:
		return op_frame(v, b, rp);
	case 0x9154:
		return op_focus(v);
	default:
		/* host's capacity, locks, keep-alive, lens: nothing that shows */
		return rq->op >= 0x9000 ? RC_OK : RC_NO_OPERATION;
	}
}

static uint16_t press(struct vcam *v)
{
	uint16_t rc = op_release(v, RELEASE_HALF | RELEASE_FULL);

	op_let_go(v, RELEASE_HALF);
	return rc;
}

static void battery(struct vcam *v, long pct)
{
	props_find(v, 0x5001)->value = (uint32_t)pct;
	props_find(v, 0xd111)->value = pct < 10	  ? 0
				       : pct < 38 ? 5
				       : pct < 63 ? 1
				       : pct < 88 ? 4
						  : 2;
	vcam_post(v, EV_PROPERTY, 0xd111, clock_now_ms());
}

static void hang_up(struct vcam *v)
{
	v->remote = v->dump = v->half_pressed = v->no_focus = false;
	props_find(v, 0xd1b0)->value = 0;
	props_find(v, 0xd11c)->value = 2;
	vcam_live(v, false);
}

const struct body body_canon = {
	.name = "canon",
	.maker = "Canon Inc.",
	.model = "Canon EOS 80D",
	.version = "3-1.0.2",
	.serial = "019900000080",
	.make = "Canon",
	.usb_maker = "Canon Inc.",
	.usb_product = "Canon Digital Camera",
	.vid = 0x04a9,
	.pid = 0x3294,
	.extension = 0x0b,
	.extension_text = "",
	.operations = operations,
	.operation_count = ARRAY_SIZE(operations),
	.events = events,
	.event_count = ARRAY_SIZE(events),
	.props = canon_props,
	.prop_count = ARRAY_SIZE(canon_props),
	.prefix = "IMG_",
	.folder = "CANON",
	.raw_ext = "CR2",
	.raw_format = FORMAT_CR2,
	.full_rc = RC_STORE_FULL,
	.carry_out = carry_out,
	.press = press,
	.battery = battery,
	.files = canon_files,
	.exposure = canon_exposure,
	.hang_up = hang_up,
};
