/* The text commands of the virtual reader (tools/virtual/README.md), one line each. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/virtual/reader/vreader.h"

enum { VDECK_MAX = 256 };

struct vcontrol {
	struct vreader *reader;
	struct vcard deck[VDECK_MAX];
	int deck_count, deck_next;
	bool plugged; /* wish: the program that holds the transport follows it */
	bool tapping; /* a tap waits for its card to be read, then takes it away */
	int64_t tap_until_ms;
};

enum { VCONTROL_TAP_MS = 15000 };

/** vcontrol_line() - carry out one command; @reply gets "ok…" or "error …" without newline.
 * Return: false when the reply comes later, from vcontrol_tick() (a tap). */
bool vcontrol_line(struct vcontrol *c, int64_t now_ms, const char *line, char *reply, size_t size);

/** vcontrol_tick() - end a tap whose card was read. Return: true when @reply holds its answer. */
bool vcontrol_tick(struct vcontrol *c, int64_t now_ms, char *reply, size_t size);
