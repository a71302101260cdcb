/*
 * A virtual tethered camera: the PTP device itself (card, properties, operations, events, busy
 * windows, faults), knowing nothing of its transport. A transport hands it requests and asks for
 * the answer until its time has come; control.c changes its world by lines of text.
 *
 * Personality: a Nikon D750 as libgphoto2 2.5.30 sees it. Vendor operations: 90C0 90CB 9207
 * capture, 90C1 AF, 90C2 mode, 90C3 drop SDRAM picture, 90C7 events, 90C8 ready?, 90CA vendor
 * property codes, 9201/9202/9203 live view, 9204-9206 focus. Events travel by 90C7 only.
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
};

struct vcam_request {
	uint16_t op;
	uint32_t transaction;
	int count;
	uint32_t param[VCAM_PARAMS_MAX];
	const uint8_t *data; /* data phase from the host, may be NULL */
	size_t bytes;
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
	bool cut; /* close the connection instead of answering */
	size_t cut_after; /* with cut: bytes of data to send before */
};

struct vcam_event { /* as a transport pushes it */
	uint16_t code;
	int count;
	uint32_t param[3];
};

struct vcam_identity { /* as the USB cable tells it */
	uint16_t vid, pid;
	const char *manufacturer, *product, *serial;
};

/** vcam_new() - a camera with a card in it. Return: NULL without memory. */
struct vcam *vcam_new(const struct vcam_options *o);
void vcam_free(struct vcam *v);

/** vcam_request() - carry out one operation; free the answer with vcam_reply_free(). */
void vcam_request(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp);
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
