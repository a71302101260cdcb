#include "drivers/reader/frame_track.h"

#include <string.h>

#include "firmware/base/bytes.h"

static const uint8_t preamble[SAM_PREAMBLE_BYTES] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69 };

void frame_track_reset(struct frame_track *t)
{
	t->have = t->left = 0;
}

/* Drop leading bytes until what is kept can be the beginning of a frame. */
static void align(struct frame_track *t)
{
	while (t->have &&
	       memcmp(t->head, preamble, t->have < sizeof(preamble) ? t->have : sizeof(preamble)))
		memmove(t->head, t->head + 1, --t->have);
}

static void take_head(struct frame_track *t, uint8_t byte)
{
	size_t length;

	t->head[t->have++] = byte;
	align(t);
	if (t->have < SAM_HEAD_BYTES)
		return;
	length = get_be16(t->head + SAM_PREAMBLE_BYTES);
	if (length >= SAM_LENGTH_MIN && length <= SAM_LENGTH_MAX) {
		t->left = length;
		t->have = 0;
		return;
	}
	memmove(t->head, t->head + 1, --t->have);
	align(t);
}

void frame_track_feed(struct frame_track *t, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		size_t n = t->left < bytes ? t->left : bytes;

		if (!n) {
			take_head(t, *data);
			n = 1;
		} else {
			t->left -= n;
		}
		data += n;
		bytes -= n;
	}
}

size_t frame_track_left(const struct frame_track *t)
{
	return t->left;
}
