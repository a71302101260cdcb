/* The frame parser: any bytes in any pieces; first byte is the size of a piece. */
#include <stdlib.h>

#include "drivers/reader/sam_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink; /* reading the bytes is the test */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sam_parser *p = calloc(1, sizeof(*p));
	size_t piece = size ? data[0] + 1u : 1;
	struct sam_reply r;
	uint8_t x = 0;
	int rc;

	for (size_t at = size ? 1 : 0; at < size;) {
		size_t n = size - at < piece ? size - at : piece;

		at += sam_parser_feed(p, data + at, n);
		while ((rc = sam_parser_next(p, &r)) != 0) {
			for (size_t i = 0; rc == 1 && i < r.bytes; i++)
				x ^= r.data[i];
			for (int c = 0; rc == 1 && c < SAM_COMMAND_COUNT; c++)
				x ^= sam_shape_fits((enum sam_command)c, &r);
		}
	}
	free(p);
	sink = x;
	return 0;
}
