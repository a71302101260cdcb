/* The follower of frames over USB transfers: any bytes, in pieces of the size of the first one; it
 * must say the same as when they come one by one. */
#include <stdlib.h>

#include "drivers/reader/frame_track.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_track pieces = { 0 }, single = { 0 };
	size_t piece = size ? data[0] + 1u : 1;

	for (size_t at = 1; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		frame_track_feed(&pieces, data + at, n);
		for (size_t i = 0; i < n; i++)
			frame_track_feed(&single, data + at + i, 1);
		if (frame_track_left(&pieces) != frame_track_left(&single) ||
		    frame_track_left(&pieces) > SAM_LENGTH_MAX)
			abort();
	}
	return 0;
}
