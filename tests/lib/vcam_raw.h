/* A virtual camera without transport, in this process, its clock standing still. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tools/virtual/camera/vcam.h"

extern int64_t raw_now_ms; /* moved by the test */
extern struct vcam *raw_cam;
extern struct vcam_reply raw_rp; /* of the last operation */

/** raw_setup() / raw_teardown() - cmocka fixtures; the state before is the body's name. */
int raw_setup(void **state);
int raw_teardown(void **state);
/** raw_send() - one operation with @count parameters and data. Return: its response code. */
uint16_t raw_send(uint16_t op, const uint32_t *p, int count, const uint8_t *data, size_t bytes);
uint16_t raw_ask(uint16_t op, uint32_t a, uint32_t b, uint32_t c);
/** raw_say() - one control line; the answer, which starts with "ok". */
const char *raw_say(const char *line);
