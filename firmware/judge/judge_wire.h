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
	JUDGE_LATE = WIRE_OWN + 19, /* event, struct judge_late */
	JUDGE_PREVIEW = WIRE_OWN + 1, /* struct judge_preview, fd[0] = its pixels (sealed memfd) */
	JUDGE_HINT = WIRE_OWN + 18, /* struct judge_hint */
};

/*
 * Live hints (`tapshot worker hints`): the same first message and JUDGE_READY, then frames of the
 * live view, one at a time. A process of its own at nice 10: it may be late, dead or missing, and
 * no picture waits for it.
 */
struct judge_preview {
	int32_t width_px, height_px;
};

enum judge_hint_flag {
	JUDGE_HINT_FACE = 1, /* somebody is there: @face */
	JUDGE_HINT_SIDEWAYS = 2, /* only when the frame is turned: nothing can be said of it */
};

struct judge_hint {
	uint64_t found; /* bit of each enum check_code that the picture would be refused for */
	uint64_t negative; /* of these: its value is below 0 (left, chin down) */
	uint32_t flags; /* enum judge_hint_flag */
	int32_t took_us; /* CPU time of the worker */
	struct check_region face; /* px of the frame */
};
_Static_assert((int)CHECK_CODE_COUNT < 64, "a bit for each code");

struct judge_ready {
	uint32_t has_landmarks;
	char engine[32]; /* "dlib 19.24" */
	char model[80]; /* SHA-256 of the 68-point file, "" none */
};

struct judge_verdict {
	uint8_t sha256[SHA256_BYTES]; /* the judge's own hash of the file */
	uint64_t bytes;
	struct check_result result; /* fixed-size, no pointers */
	int32_t crop_width_px, crop_height_px; /* 0: no crop sent */
	int32_t decode_ms, judge_ms;
};

/* Follows a verdict: what takes longer than a queue should wait for. */
struct judge_late {
	uint8_t sha256[SHA256_BYTES]; /* of the picture it is about */
	double moire; /* as in check_measures */
	uint32_t warns; /* beyond the limit of preset and job */
};

enum { JUDGE_DEADLINE_MS = 10000, JUDGE_HINTS_NICE = 10 };

/** judge_worker_run() - the worker's main: returns the exit status when the kiosk hangs up. */
int judge_worker_run(int sock);

/** judge_hints_run() - the same for the worker of the live hints. */
int judge_hints_run(int sock);

/* What the two have in common: configuration, JUDGE_READY, then request after request. */
struct judge;
typedef int (*judge_request)(int sock, struct judge *j, void *ctx, struct wire_msg *m);
int judge_serve(int sock, judge_request on_request, void *ctx);
