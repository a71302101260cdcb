/*
 * A virtual tethered camera: the PTP device itself (card, properties, operations, events, busy
 * windows, faults), knowing nothing of its transport. A transport hands it requests and asks for
 * the answer until its time has come; control.c changes its world by lines of text.
 *
 * Bodies, as libgphoto2 2.5.30 sees them (body.h):
 *   nikon  D750; events travel by GetEvent (90C7) only
 *   canon  EOS 80D; events by GetEvent (9116) only
 *   ptp    a camera of no known make: InitiateCapture, events pushed, no live view, no focus
 *   phone  shows its pictures by MTP, cannot release anything
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vcam; /* opaque */

enum { VCAM_PARAMS_MAX = 5 };

struct vcam_options {
	const char *portraits; /* folder of *.jpg; NULL: a plain picture is made */
	const char *live; /* folder of *.jpg for live view; NULL: the next picture, scaled */
	const char *body; /* NULL: nikon */
	const char *model, *serial; /* DeviceInfo's; NULL: the body's own. Copied. */
};

struct vcam_request {
	uint16_t op;
	uint32_t transaction;
	int count;
	uint32_t param[VCAM_PARAMS_MAX];
	const uint8_t *data; /* data phase from the host, may be NULL */
	size_t bytes;
};

enum vcam_cut {
	VCAM_CUT_NONE,
	VCAM_CUT_CLOSE, /* network: connection closed; USB: both pipes halted */
	VCAM_CUT_STALL, /* nothing more comes */
	VCAM_CUT_UNPLUG, /* the cable goes */
};

struct vcam_reply {
	uint16_t code;
	int count;
	uint32_t param[VCAM_PARAMS_MAX];
	bool has_data; /* a data phase, even of 0 bytes, goes before the response */
	uint8_t *data; /* malloc'ed, owned by the reply */
	size_t bytes;
	int64_t due_ms; /* monotonic: not before; INT64_MAX: never */
	bool drop; /* do not answer at all */
	enum vcam_cut cut; /* instead of an answer */
	size_t cut_after; /* with cut: bytes of data to send before */
	long claim; /* the data phase announces so many bytes more than it brings */
};

struct vcam_event { /* as a transport pushes it */
	uint16_t code;
	int count;
	uint32_t param[3];
};

struct vcam_identity { /* as the USB cable tells it */
	uint16_t vid, pid;
	const char *manufacturer, *product, *serial;
	const char *model; /* the network's name */
};

/** vcam_new() - a camera with a card in it. Return: NULL without memory or for an unknown body. */
struct vcam *vcam_new(const struct vcam_options *o);
void vcam_free(struct vcam *v);

/** vcam_request() - carry out one operation; free the answer with vcam_reply_free(). */
void vcam_request(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp);
/** vcam_due() - when to give the answer; INT64_MAX while the body sleeps. */
int64_t vcam_due(const struct vcam *v, const struct vcam_reply *rp);
void vcam_reply_free(struct vcam_reply *rp);

/** vcam_takes_data() - does @op bring data from the host? A USB command does not say. */
bool vcam_takes_data(uint16_t op);

/** vcam_event() - the next event a body pushes and whose time has come. Return: false none. */
bool vcam_event(struct vcam *v, int64_t now_ms, struct vcam_event *out);
/** vcam_event_due() - when the next one comes, monotonic ms; -1 none. */
int64_t vcam_event_due(const struct vcam *v);

const struct vcam_identity *vcam_identity(const struct vcam *v);

/** vcam_plugged() - false: the transport must drop its connections and refuse new ones. */
bool vcam_plugged(const struct vcam *v);
/** vcam_plug() - the cable; the card keeps its files. */
void vcam_plug(struct vcam *v, bool in);
/** vcam_disconnected() - the transport lost the host: the session is over. */
void vcam_disconnected(struct vcam *v);

/**
 * vcam_control() - one line of the control vocabulary (see README.md in this folder)
 * Writes one line of answer without newline ("ok …" or "error …").
 */
void vcam_control(struct vcam *v, const char *line, char *out, size_t size);
