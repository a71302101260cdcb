/*
 * Hints that do not flicker: from findings frame by frame to one thing to say. A finding is said
 * when it was there for half a second (closed eyes a second: everybody blinks), stays for at least
 * a second, and gives way to a more important one only then. Pure; times are monotonic.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/check/check.h"

enum steady_state {
	STEADY_UNKNOWN, /* nothing heard lately, or nothing can be told */
	STEADY_FINE,
	STEADY_SAY,
};

struct steady {
	/* private */
	struct {
		int64_t since_ms, last_ms; /* of one row of sightings; last 0: none */
		uint32_t last_frame;
		bool negative;
	} seen[CHECK_CODE_COUNT];
	uint64_t codes; /* of which it speaks */
	uint32_t frame; /* how many were heard */
	int64_t since_ms, heard_ms, said_ms; /* row of results; newest; when @code came up */
	/* public, read only */
	enum steady_state state;
	enum check_code code; /* while STEADY_SAY */
	bool negative;
};

/** steady_reset() - somebody else sits there. @codes: bits of the codes it may ever say. */
void steady_reset(struct steady *s, uint64_t codes);

/** steady_hear() - one frame's findings as bits; @negative as in struct judge_hint. */
void steady_hear(struct steady *s, uint64_t found, uint64_t negative, int64_t now_ms);

/** steady_tick() - time has passed; without new frames what was said is forgotten. */
void steady_tick(struct steady *s, int64_t now_ms);
