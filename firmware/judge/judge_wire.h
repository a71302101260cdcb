/*
 * The judge worker (`tapshot worker judge`) and what it says to the kiosk: decode the picture, find
 * the face, measure, decide. It gets a read-only descriptor and never sees a name.
 */
#pragma once

#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/base/wire.h"
#include "firmware/check/check.h"

struct judge_config { /* WIRE_CONFIG */
	char preset[256]; /* path of the preset file */
	char job[256]; /* path of the job's own settings, "" none */
	char landmarks[256]; /* path of the 68-point model; "" or missing: box-only checks */
};

enum judge_msg {
	JUDGE_PICTURE = WIRE_OWN, /* no body, fd[0] = picture, read-only */
	JUDGE_VERDICT =
		WIRE_OWN + 16, /* struct judge_verdict; fd[0] = crop (sealed memfd) if any */
	JUDGE_READY, /* event, struct judge_ready: model loaded, requests are welcome */
};

struct judge_ready {
	uint32_t has_landmarks;
};

struct judge_verdict {
	uint8_t sha256[SHA256_BYTES]; /* the judge's own hash of the file */
	uint64_t bytes;
	struct check_result result; /* fixed-size, no pointers */
	int32_t crop_width_px, crop_height_px; /* 0: no crop sent */
	int32_t decode_ms, judge_ms;
};

enum { JUDGE_DEADLINE_MS = 10000 };

/** judge_worker_run() - the worker's main: returns the exit status when the kiosk hangs up. */
int judge_worker_run(int sock);
