/* Bytes that grow, and PTP's numbers and strings in them. Without memory it ends the program. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct blob {
	uint8_t *data; /* malloc'ed, the owner frees */
	size_t bytes, cap;
};

void blob_put(struct blob *b, const void *data, size_t bytes);
void blob_u8(struct blob *b, uint8_t x);
void blob_u16(struct blob *b, uint16_t x);
void blob_u32(struct blob *b, uint32_t x);
void blob_u64(struct blob *b, uint64_t x);
void blob_text(struct blob *b, const char *ascii);
void blob_u16s(struct blob *b, const uint16_t *x, uint32_t count);
void blob_time(struct blob *b, time_t t);
