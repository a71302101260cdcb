/* The segments in front of a picture: EXIF, and a comment that makes no two shots the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/camera/vcam_internal.h"

static void segment(struct blob *b, uint8_t marker, const void *data, size_t bytes)
{
	blob_u8(b, 0xff);
	blob_u8(b, marker);
	blob_u8(b, (uint8_t)((bytes + 2) >> 8));
	blob_u8(b, (uint8_t)(bytes + 2));
	blob_put(b, data, bytes);
}

static void ifd_entry(struct blob *b, uint16_t tag, uint16_t type, uint32_t count, uint32_t value)
{
	blob_u16(b, tag);
	blob_u16(b, type);
	blob_u32(b, count);
	blob_u32(b, value);
}

/* EXIF as a body writes it: model, time, exposure, f-number, ISO. Offsets count from "II". */
static void exif(struct vcam *v, struct blob *out, time_t taken)
{
	enum { IFD0 = 8, SUB = IFD0 + 2 + 3 * 12 + 4, DATA = SUB + 2 + 4 * 12 + 4 };
	struct exposure e = { 200, 80, 560 };
	struct blob b = { 0 };
	char when[32];
	struct tm tm;

	v->body->exposure(v, &e);
	localtime_r(&taken, &tm);
	strftime(when, sizeof(when), "%Y:%m:%d %H:%M:%S", &tm);
	blob_put(&b, "Exif\0\0II*\0\x08\0\0\0", 14);
	blob_u16(&b, 3);
	ifd_entry(&b, 0x010f, 2, (uint32_t)strlen(v->body->make) + 1, DATA + 36); /* make */
	ifd_entry(&b, 0x0112, 3, 1, 1); /* orientation: as stored */
	ifd_entry(&b, 0x8769, 4, 1, SUB);
	blob_u32(&b, 0);
	blob_u16(&b, 4);
	ifd_entry(&b, 0x829a, 5, 1, DATA);
	ifd_entry(&b, 0x829d, 5, 1, DATA + 8);
	ifd_entry(&b, 0x8827, 3, 1, e.iso);
	ifd_entry(&b, 0x9003, 2, 20, DATA + 16);
	blob_u32(&b, 0);
	blob_u32(&b, e.time_10000);
	blob_u32(&b, 10000);
	blob_u32(&b, e.f_100);
	blob_u32(&b, 100);
	blob_put(&b, when, 20);
	blob_put(&b, v->body->make, strlen(v->body->make) + 1);
	segment(out, 0xe1, b.data, b.bytes);
	free(b.data);
}

uint8_t *object_head(struct vcam *v, unsigned int counter, time_t taken, size_t pad_bytes,
		     size_t *bytes)
{
	static const uint8_t zeros[65000];
	struct blob b = { 0 };
	char text[96];
	int n;

	blob_u8(&b, 0xff);
	blob_u8(&b, 0xd8);
	exif(v, &b, taken);
	n = snprintf(text, sizeof(text), "virtual camera shot %u at %lld", counter,
		     (long long)taken);
	segment(&b, 0xfe, text, (size_t)n);
	while (pad_bytes > 0) {
		size_t now = pad_bytes < sizeof(zeros) ? pad_bytes : sizeof(zeros);

		segment(&b, 0xef, zeros, now);
		pad_bytes -= now;
	}
	*bytes = b.bytes;
	return b.data;
}
