/* Shared by the files of the USB core only. */
#pragma once

#include "tools/virtual/usb/vusb.h"

enum { VUSB_PIPES = VUSB_ENDPOINTS_MAX * VUSB_INTERFACES_MAX };

struct segment { /* device → host bytes that wait */
	struct segment *next;
	size_t bytes, used;
	bool end;
	uint8_t data[];
};

struct transfer {
	struct transfer *next;
	struct vusb_completion c;
	uint8_t endpoint;
	size_t room; /* IN */
	uint8_t *out; /* OUT bytes that wait for a NAK to end */
	size_t out_bytes;
};

struct pipe {
	const struct vusb_endpoint *desc;
	struct segment *first, **last;
	struct transfer *pending, **pending_last;
	bool halted;
	bool zlp_due; /* the last packet was full and the message ended with it */
	/* faults */
	int stall, lose, stray_zlp;
	int64_t nak_ms, nak_until_ms; /* asked for; since the next look at the clock */
	/* counters */
	unsigned int transfers, halts, cleared;
	uint64_t bytes;
};

struct vusb {
	const struct vusb_model *model;
	struct pipe pipes[VUSB_PIPES];
	int pipe_count;
	bool plugged, busy;
	uint8_t configuration;
	char port[32];
	struct transfer *done, **done_last;
	unsigned int opens, claims, refused, resets, controls;
};

struct pipe *vusb_pipe(struct vusb *d, uint8_t address);
void vusb_set_halt(struct vusb *d, struct pipe *p);
void vusb_clear_halt(struct vusb *d, struct pipe *p);

/** vusb_standard() - a chapter 9 request; -EPIPE: stall. IN data into @data (setup->length). */
int vusb_standard(struct vusb *d, const struct vusb_setup *s, uint8_t *data);
