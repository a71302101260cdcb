/*
 * What carries frames to a module and back: a serial line, a pair of USB pipes, HID reports. A
 * transport puts a struct line first in its own struct and fills in @ops and @ways when it opens.
 *
 * Some transports can reach the module in more than one way (a speed, a set of pipes) and nothing
 * tells which one is right but an answer; sam_link_bring_up() tries them in order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line;

struct line_ops {
	/* Is the device that was opened still there? Does not block. */
	bool (*present)(struct line *l);
	/* Drop everything that came and was not read. Blocks up to 100 ms. */
	void (*drain)(struct line *l);
	/* Send one whole request. Blocks up to 2 s. 0, -ENODEV, -ETIMEDOUT. */
	int (*write)(struct line *l, const uint8_t *frame, size_t bytes);
	/* What there is of an answer, waiting at most @timeout_ms for the first byte.
	 * bytes > 0; -EAGAIN nothing came; -EBADMSG part of the answer is lost for good: ask again;
	 * -ENODEV unplugged. */
	int (*read)(struct line *l, uint8_t *out, size_t size, int timeout_ms);
	/* Let @ms pass; may end early with -ENODEV when the device goes. */
	int (*pause)(struct line *l, int ms);
	/* Reach the module by way 0 … ways - 1 from now on. NULL: there is but one. */
	void (*use_way)(struct line *l, int way);
	/* How long @bytes travel, in ms. NULL: no time to speak of. */
	int (*travel_ms)(const struct line *l, size_t bytes);
};

struct line {
	const struct line_ops *ops;
	int ways; /* at least 1; way 0 is the likeliest */
	int way; /* in use */
	int probe_ms; /* to wait for an answer, and for sending, while looking for the way */
	bool probing; /* looking for it now */
};

/** line_travel_ms() - how long @bytes are on their way. */
static inline int line_travel_ms(const struct line *l, size_t bytes)
{
	return l->ops->travel_ms ? l->ops->travel_ms(l, bytes) : 0;
}
