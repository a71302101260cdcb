/*
 * A camera of no known make, and a telephone.
 *
 * ptp: InitiateCapture, ObjectAdded and CaptureComplete pushed, StoreFull as the answer to a
 * release; no live view, no choice of where pictures go, no focus of its own to fail but the
 * release's.
 * phone: an Android one in picture mode. It has folders, files and a battery, and no shutter.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

// clang-format off
static const struct property ptp_props[] = {
	{ 0x5001, TYPE_U8, false, 87, "", 'r', 0, { 0 }, { 0 } },
	{ 0x5005, TYPE_U16, true, 2, "", 'e', 3, { 2, 4, 6 }, { 0 } },
	{ 0x5007, TYPE_U16, true, 560, "", 'e', 3, { 400, 560, 800 }, { 0 } },
	{ 0x500d, TYPE_U32, true, 80, "", 'e', 3, { 40, 80, 166 }, { 0 } },
	{ 0x500f, TYPE_U16, true, 200, "", 'e', 4, { 100, 200, 400, 800 }, { 0 } },
	{ 0x5011, TYPE_TEXT, true, 0, "", 'n', 0, { 0 }, { 0 } },
};
static const struct property phone_props[] = {
	{ 0x5001, TYPE_U8, false, 87, "", 'r', 0, { 0 }, { 0 } },
	{ 0xd402, TYPE_TEXT, true, 0, "Telephone", 'n', 0, { 0 }, { 0 } }, /* MTP: its name */
};
static const uint16_t ptp_operations[] = {
	0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100a, 0x100b,
	0x100e, 0x1014, 0x1015, 0x1016, 0x101b,
};
static const uint16_t phone_operations[] = {
	0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100a, 0x100b,
	0x1014, 0x1015, 0x1016, 0x101b,
};
static const uint16_t events[] = {
	EV_OBJECT_ADDED, EV_OBJECT_REMOVED, EV_STORE_ADDED, EV_STORE_REMOVED, EV_PROPERTY,
	EV_STORE_FULL, EV_CAPTURE_COMPLETE,
};
// clang-format on

static uint16_t release(struct vcam *v)
{
	if (vcam_busy(v))
		return RC_BUSY;
	if (v->af_fail > 0) {
		v->af_fail--;
		return RC_GENERAL;
	}
	return vcam_expose(v, false, false);
}

static uint16_t ptp_carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			      struct vcam_reply *rp)
{
	(void)b;
	(void)rp;
	return rq->op == 0x100e ? release(v) : RC_NO_OPERATION;
}

static uint16_t phone_carry_out(struct vcam *v, const struct vcam_request *rq, struct blob *b,
				struct vcam_reply *rp)
{
	(void)v;
	(void)rq;
	(void)b;
	(void)rp;
	return RC_NO_OPERATION;
}

static void battery(struct vcam *v, long pct)
{
	props_find(v, 0x5001)->value = (uint32_t)pct;
	vcam_post(v, EV_PROPERTY, 0x5001, clock_now_ms());
}

static int jpeg_only(const struct vcam *v)
{
	(void)v;
	return FILE_JPEG;
}

static void ptp_exposure(struct vcam *v, struct exposure *out)
{
	out->iso = props_find(v, 0x500f)->value;
	out->time_10000 = props_find(v, 0x500d)->value;
	out->f_100 = props_find(v, 0x5007)->value;
}

static void phone_exposure(struct vcam *v, struct exposure *out)
{
	(void)v;
	(void)out;
}

static void hang_up(struct vcam *v)
{
	v->queued = 0; /* pushed to nobody */
}

const struct body body_ptp = {
	.name = "ptp",
	.maker = "Noname",
	.model = "PTP Camera",
	.version = "1.0",
	.serial = "019900000001",
	.make = "Noname",
	.usb_maker = "Noname",
	.usb_product = "PTP Camera",
	.vid = 0x1b3c,
	.pid = 0x0001,
	.extension = 0,
	.extension_text = "",
	.operations = ptp_operations,
	.operation_count = ARRAY_SIZE(ptp_operations),
	.events = events,
	.event_count = ARRAY_SIZE(events),
	.props = ptp_props,
	.prop_count = ARRAY_SIZE(ptp_props),
	.prefix = "PTP_",
	.folder = "VCAMS",
	.raw_ext = "DNG",
	.raw_format = FORMAT_NEF, /* "undefined" */
	.pushes = true,
	.full_rc = RC_STORE_FULL,
	.carry_out = ptp_carry_out,
	.press = release,
	.battery = battery,
	.files = jpeg_only,
	.exposure = ptp_exposure,
	.hang_up = hang_up,
};

const struct body body_phone = {
	.name = "phone",
	.maker = "Google",
	.model = "Pixel",
	.version = "1.0",
	.serial = "0199PHONE001",
	.make = "Google",
	.usb_maker = "Google",
	.usb_product = "Pixel",
	.vid = 0x18d1,
	.pid = 0x4ee1,
	.extension = 6,
	.extension_text = "microsoft.com: 1.0; android.com: 1.0;",
	.operations = phone_operations,
	.operation_count = ARRAY_SIZE(phone_operations),
	.events = events,
	.event_count = ARRAY_SIZE(events),
	.props = phone_props,
	.prop_count = ARRAY_SIZE(phone_props),
	.prefix = "PXL_",
	.folder = "Camera",
	.raw_ext = "DNG",
	.raw_format = FORMAT_NEF,
	.pushes = true,
	.full_rc = RC_STORE_FULL,
	.carry_out = phone_carry_out,
	.press = release, /* its owner takes a picture */
	.battery = battery,
	.files = jpeg_only,
	.exposure = phone_exposure,
	.hang_up = hang_up,
};
