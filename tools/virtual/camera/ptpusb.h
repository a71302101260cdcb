/*
 * The virtual camera on a USB cable: PTP in containers {length u32, type u16, code u16,
 * transaction u32, payload}, little-endian, on three pipes.
 *   bulk OUT 02   command (1) with up to five parameters, data (2) from the host
 *   bulk IN 81    data (2) from the camera, response (3); one transfer ends with each container
 *   interrupt 83  events (4), only from bodies that push them
 * Class requests: Cancel 64, Get Extended Event Data 65, Device Reset 66, Get Device Status 67.
 *
 * A fault that would break a network connection halts both bulk pipes; the next Device Reset, bus
 * reset or command ends that. `unplugmid` and `unplug` pull the cable.
 *
 * Facts: USB Still Image Capture Device Definition 1.0; PIMA 15740.
 */
#pragma once

#include "tools/virtual/camera/vcam.h"
#include "tools/virtual/usb/vusb.h"

struct ptpusb; /* opaque */

enum {
	PTPUSB_IN = 0x81,
	PTPUSB_OUT = 0x02,
	PTPUSB_EVENTS = 0x83,
	PTPUSB_HEAD_BYTES = 12,
	PTPUSB_DATA_MAX = 1 << 20, /* from the host */
};

/** ptpusb_new() - @v on a cable; @v outlives it. Free after the vusb. NULL without memory. */
struct ptpusb *ptpusb_new(struct vcam *v);
void ptpusb_free(struct ptpusb *p);
/** ptpusb_model() - for vusb_new(); lives as long as @p. */
const struct vusb_model *ptpusb_model(const struct ptpusb *p);
/** ptpusb_attach() - where to send; before the first transfer. */
void ptpusb_attach(struct ptpusb *p, struct vusb *bus);
