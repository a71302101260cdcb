/*
 * The camera worker (`tapshot worker camera`) and what it says to the kiosk.
 *
 * It owns one body: opens it (reopens with back-off 0, 0.5, 1 s), keeps it alive, sends live-view
 * frames while asked, and reports pictures the body took by itself. Requests are answered in order;
 * the kiosk sends one at a time.
 *
 *  kiosk → worker                     worker → kiosk
 *  CAMERA_SHOOT + fd of the .part     CAMERA_DONE (struct camera_done), same id
 *  CAMERA_FETCH + fd                  CAMERA_DONE
 *  CAMERA_REMOVE                      CAMERA_DONE
 *  CAMERA_RESCAN                      CAMERA_OBJECT … (same id), then CAMERA_DONE
 *  CAMERA_LIVE (id 0, on/off)         CAMERA_FRAME events + memfd
 *                                     CAMERA_ONLINE, CAMERA_OFFLINE, CAMERA_STRAY events
 */
#pragma once

#include <stdint.h>

#include "drivers/camera/camera.h"
#include "firmware/base/wire.h"

struct camera_config { /* WIRE_CONFIG */
	char port[128]; /* "ptpip:HOST:PORT:PORT" or "usb:" */
	char serial[64]; /* the body used before: of several at the port this one first; "" any */
	uint32_t sdram; /* 1: capture target is the body's memory (no second copy) */
	int32_t shot_deadline_ms; /* from the trigger to the picture's event */
	int32_t battery_min_pct; /* below it a shot is refused */
};

enum camera_msg {
	CAMERA_SHOOT = WIRE_OWN, /* no body, fd[0] = empty file open for writing */
	CAMERA_FETCH, /* struct camera_object, fd[0] */
	CAMERA_REMOVE, /* struct camera_object */
	CAMERA_RESCAN, /* no body */
	CAMERA_LIVE, /* struct camera_live */
	CAMERA_DONE = WIRE_OWN + 16, /* struct camera_done */
	CAMERA_OBJECT, /* struct camera_object: one of a rescan */
	CAMERA_STRAY, /* struct camera_object: the body took it by itself */
	CAMERA_FRAME, /* struct camera_frame, fd[0] = sealed memfd (image.h) */
	CAMERA_ONLINE, /* struct camera_status; also when it changes */
	CAMERA_OFFLINE, /* struct camera_trouble */
	CAMERA_TRIGGERED, /* id of the CAMERA_SHOOT, struct camera_triggered: shutter is released */
};

struct camera_live {
	uint32_t on;
};

struct camera_trouble {
	uint32_t cause; /* enum camera_cause */
};

struct camera_triggered {
	int64_t at_ms; /* monotonic */
};

/* The largest live picture: what claims more is not one, and 65500 × 1800 in 40 kB would fill the
 * memory of both sides. */
enum { CAMERA_FRAME_PIXELS_MAX = 4000 * 1000 };

struct camera_frame {
	int32_t width_px, height_px;
	int64_t at_ms;
};

struct camera_done {
	uint32_t cause; /* enum camera_cause; the fields below count only for CAMERA_OK */
	uint32_t triggered; /* CAMERA_SHOOT: the shutter may have fired although cause is set */
	struct camera_object object;
	uint64_t bytes; /* written to the fd */
	uint8_t sha256[SHA256_BYTES]; /* of the bytes written, computed while streaming */
	int64_t event_ms, last_byte_ms; /* monotonic, for measurements */
};

/* Deadlines the kiosk gives (ms); the worker's own are shorter. */
enum {
	CAMERA_SHOT_DEADLINE_MAX_MS = 25000, /* of shot_deadline_ms */
	CAMERA_TRANSFER_MS = 15000, /* CAMERA_SHOOT: shot_deadline_ms and this */
	CAMERA_FETCH_DEADLINE_MS = 20000,
	CAMERA_REMOVE_DEADLINE_MS = 8000,
	CAMERA_RESCAN_DEADLINE_MS = 30000,
	CAMERA_SILENCE_MS = 12000, /* opening a body may take 10 s; else it speaks every 2 s */
};

/** camera_msg_ok() - the receiver's check of what a worker says: a type there is, its exact length,
 * every enum in range, every string terminated, one descriptor with a frame and none else. */
bool camera_msg_ok(const struct wire_msg *m);

/** camera_worker_run() - the worker's main: returns the exit status when the kiosk hangs up. */
int camera_worker_run(int sock);
