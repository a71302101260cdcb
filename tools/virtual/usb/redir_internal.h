/* Shared by the files of the usbredir transport only. */
#pragma once

#include <usbredirparser.h>

#include "tools/virtual/usb/redir.h"

/* An interrupt pipe the guest listens to is always asked: this id, with the endpoint below it. */
#define LISTENING (UINT64_C(1) << 63)

struct flight { /* a transfer whose answer the guest waits for */
	struct flight *next;
	uint64_t id;
	bool interrupt;
	struct usb_redir_control_packet_header control;
	struct usb_redir_bulk_packet_header bulk; /* endpoint 0: it is control */
};

struct redir {
	struct vusb *d;
	char where[108];
	int fd; /* -1: not connected */
	int64_t again_ms;
	bool broken, greeted;
	struct usbredirparser *parser;
	struct flight *flights;
	uint16_t listening; /* bit by number of an interrupt IN endpoint */
};

/** redir_wire() - the parser's callbacks for packets of the guest. */
void redir_wire(struct usbredirparser *p);
/** redir_hand_out() - what the device completed, to the guest if there is one. */
void redir_hand_out(struct redir *r);
