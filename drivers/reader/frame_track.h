/*
 * How much of a frame is still to come: follows the bytes of a stream without keeping them, so that
 * a USB transport asks for exactly what is left (no answer ends in a zero-length packet, and a
 * transfer that asks for more than comes in whole packets would wait for nothing). Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "drivers/reader/sam_frame.h"

struct frame_track {
	uint8_t head[SAM_HEAD_BYTES];
	size_t have; /* of the head */
	size_t left; /* of the body */
};

/** frame_track_reset() - the stream begins anew. */
void frame_track_reset(struct frame_track *t);

/** frame_track_feed() - these bytes came. */
void frame_track_feed(struct frame_track *t, const uint8_t *data, size_t bytes);

/** frame_track_left() - bytes of the frame that has begun; 0: between frames, or inside a head. */
size_t frame_track_left(const struct frame_track *t);
