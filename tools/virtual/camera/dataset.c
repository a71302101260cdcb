/* PTP data sets: little-endian numbers, counted arrays, UCS-2 strings with their length in front.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/camera/dataset.h"

void blob_put(struct blob *b, const void *data, size_t bytes)
{
	if (b->bytes + bytes > b->cap) {
		b->cap = (b->bytes + bytes) * 2 + 64;
		b->data = realloc(b->data, b->cap);
		if (!b->data)
			abort();
	}
	if (bytes)
		memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
}

void blob_u8(struct blob *b, uint8_t x)
{
	blob_put(b, &x, 1);
}

void blob_u16(struct blob *b, uint16_t x)
{
	uint8_t le[2];

	put_le16(le, x);
	blob_put(b, le, sizeof(le));
}

void blob_u32(struct blob *b, uint32_t x)
{
	uint8_t le[4];

	put_le32(le, x);
	blob_put(b, le, sizeof(le));
}

void blob_u64(struct blob *b, uint64_t x)
{
	uint8_t le[8];

	put_le64(le, x);
	blob_put(b, le, sizeof(le));
}

void blob_text(struct blob *b, const char *ascii)
{
	size_t n = strlen(ascii);

	if (!n) {
		blob_u8(b, 0);
		return;
	}
	blob_u8(b, (uint8_t)(n + 1));
	for (size_t i = 0; i <= n; i++)
		blob_u16(b, (uint8_t)ascii[i]);
}

void blob_u16s(struct blob *b, const uint16_t *x, uint32_t count)
{
	blob_u32(b, count);
	for (uint32_t i = 0; i < count; i++)
		blob_u16(b, x[i]);
}

void blob_time(struct blob *b, time_t t)
{
	char text[32];
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%S", &tm);
	blob_text(b, text);
}
