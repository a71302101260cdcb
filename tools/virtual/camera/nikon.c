/* Nikon D750: release by 9207, events when asked by 90C7, busy windows asked by 90C8, live view by
 * 9201 to 9203. What is not in the tables below it does not do. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

// clang-format off
static const struct property props[] = {
	{ 0x5001, TYPE_U8, false, 87, "", 'r', 0, { 0 }, { 0 } }, /* battery, percent */
	{ 0x5003, TYPE_TEXT, true, 0, "6016x4016", 'e', 3, { 0 },
	  { "6016x4016", "4512x3008", "3008x2008" } }, /* image size */
	{ 0x5004, TYPE_U8, true, 2, "", 'e', 7, { 0, 1, 2, 4, 5, 6, 7 }, { 0 } }, /* quality: 2 fine */
	{ 0x5005, TYPE_U16, true, 4, "", 'e', 4, { 2, 4, 6, 0x8010 }, { 0 } }, /* white balance */
	{ 0x5007, TYPE_U16, true, 560, "", 'e', 5, { 400, 450, 500, 560, 800 }, { 0 } }, /* f-number */
	{ 0x500a, TYPE_U16, false, 0x8010, "", 'e', 3, { 1, 0x8010, 0x8011 }, { 0 } }, /* AF-S */
	{ 0x500c, TYPE_U16, true, 2, "", 'e', 2, { 2, 4 }, { 0 } }, /* flash */
	{ 0x500d, TYPE_U32, true, 80, "", 'e', 5, { 40, 50, 80, 100, 166 }, { 0 } }, /* 1/10000 s */
	{ 0x500e, TYPE_U16, false, 1, "", 'e', 4, { 1, 2, 3, 4 }, { 0 } }, /* M P A S */
	{ 0x500f, TYPE_U16, true, 200, "", 'e', 6, { 100, 200, 400, 800, 1600, 3200 }, { 0 } }, /* ISO */
	{ 0x5011, TYPE_TEXT, true, 0, "", 'n', 0, { 0 }, { 0 } }, /* clock, filled when asked */
	{ 0xd032, TYPE_U8, true, 0, "", 'e', 2, { 0, 1 }, { 0 } }, /* colour: 0 sRGB, 1 Adobe RGB */
	{ 0xd100, TYPE_U32, true, 0x0001007d, "", 'e', 3, { 0x0001003c, 0x0001007d, 0x000100fa }, { 0 } },
	{ 0xd10b, TYPE_U8, true, 0, "", 'e', 2, { 0, 1 }, { 0 } }, /* recording media: 0 card, 1 SDRAM */
	{ 0xd161, TYPE_U8, false, 0, "", 'e', 3, { 0, 1, 4 }, { 0 } }, /* AF mode */
	{ 0xd16a, TYPE_U8, false, 1, "", 'n', 0, { 0 }, { 0 } },
	{ 0xd1a2, TYPE_U8, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* live view is on */
	{ 0xd1a4, TYPE_U32, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* why live view is prohibited, bits */
};

static const uint16_t operations[] = {
	0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100a, 0x100b,
	0x100e, 0x1014, 0x1015, 0x1016, 0x101b, 0x90c0, 0x90c1, 0x90c2, 0x90c3, 0x90c7, 0x90c8,
	0x90ca, 0x90cb, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207,
};
static const uint16_t events[] = {
	EV_OBJECT_ADDED, EV_OBJECT_REMOVED, EV_PROPERTY, EV_STORE_FULL, EV_CAPTURE_COMPLETE,
	EV_SDRAM_ADDED,
};
// clang-format on

static uint16_t op_events(struct vcam *v, struct blob *b)
{
	int64_t now = clock_now_ms();
	struct blob list = { 0 };
	uint16_t count = 0;
	struct event e;

	while (vcam_due_event(v, now, &e)) {
		blob_u16(&list, e.code);
		blob_u32(&list, e.param);
		count++;
	}
	if (v->hostile == HOSTILE_EVENTS && v->hostile_left && v->hostile_left--)
		count = 0xffff;
	blob_u16(b, count);
	blob_put(b, list.data, list.bytes);
	free(list.data);
	return RC_OK;
}

static uint16_t op_ready(struct vcam *v)
{
	uint16_t rc = v->ready_rc;

	if (vcam_busy(v))
		return RC_BUSY;
	v->ready_rc = 0;
	return rc ? rc : RC_OK;
}

static void live(struct vcam *v, bool on)
{
	vcam_live(v, on);
	props_find(v, 0xd1a2)->value = on;
}

static uint16_t op_live(struct vcam *v, bool on)
{
	if (on && props_find(v, 0xd1a4)->value)
		return RC_INVALID_STATUS;
	if (on && vcam_busy(v))
		return RC_BUSY;
	live(v, on);
	return RC_OK;
}

static uint16_t op_frame(struct vcam *v, struct blob *b, struct vcam_reply *rp)
{
	static const uint8_t head[LIVE_HEADER_BYTES];
	uint16_t rc;

	if (!v->live_on)
		return RC_NOT_LIVE_VIEW;
	blob_put(b, head, sizeof(head));
	rc = vcam_live_frame(v, b, rp);
	if (rc != RC_OK)
		b->bytes = 0;
	return rc;
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
	if (vcam_busy(v))
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

static uint16_t carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			  struct vcam_reply *rp)
{
	switch (rq->op) {
	case 0x100e:
	case 0x90c0:
	case 0x90cb:
	case 0x9207:
		return op_capture(v, rq);
	case 0x90c1:
		return op_focus(v);
	case 0x90c3:
		ram_drop(v, HANDLE_SDRAM);
		return RC_OK;
	case 0x90c7:
		return op_events(v, b);
	case 0x90c8:
		return op_ready(v);
	case 0x90ca:
		return op_vendor_props(v, b);
	case 0x9201:
	case 0x9202:
		return op_live(v, rq->op == 0x9201);
	case 0x9203:
		return op_frame(v, b, rp);
	case 0x90c2:
	case 0x9204:
	case 0x9205:
	case 0x9206:
		return RC_OK;
	default:
		return RC_NO_OPERATION;
	}
}

static uint16_t press(struct vcam *v)
{
	return vcam_expose(v, !v->live_on, props_find(v, 0xd10b)->value == 1);
}

static void battery(struct vcam *v, long pct)
{
	props_find(v, 0x5001)->value = (uint32_t)pct;
	vcam_post(v, EV_PROPERTY, 0x5001, clock_now_ms());
}

/* 4: NEF alone, 5 to 7: NEF and JPEG */
static int files(const struct vcam *v)
{
	uint32_t quality = props_find((struct vcam *)(uintptr_t)v, 0x5004)->value;

	return quality == 4 ? FILE_RAW : quality > 4 ? FILE_RAW | FILE_JPEG : FILE_JPEG;
}

static void exposure(struct vcam *v, struct exposure *out)
{
	out->iso = props_find(v, 0x500f)->value;
	out->time_10000 = props_find(v, 0x500d)->value;
	out->f_100 = props_find(v, 0x5007)->value;
}

static void hang_up(struct vcam *v)
{
	if (v->live_on)
		live(v, false);
}

const struct body body_nikon = {
	.name = "nikon",
	.maker = "Nikon Corporation",
	.model = "D750",
	.version = "V1.10",
	.serial = "6000199",
	.make = "NIKON",
	.usb_maker = "NIKON",
	.usb_product = "NIKON DSC D750",
	.vid = 0x04b0,
	.pid = 0x0437,
	.extension = 0x0a,
	.extension_text = "",
	.operations = operations,
	.operation_count = ARRAY_SIZE(operations),
	.events = events,
	.event_count = ARRAY_SIZE(events),
	.props = props,
	.prop_count = ARRAY_SIZE(props),
	.prefix = "DSC_",
	.folder = "ND750",
	.raw_ext = "NEF",
	.raw_format = FORMAT_NEF,
	.carry_out = carry_out,
	.press = press,
	.battery = battery,
	.files = files,
	.exposure = exposure,
	.hang_up = hang_up,
};
