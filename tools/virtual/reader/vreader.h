/*
 * A resident-ID reader as a device model: bytes in, bytes out, and a clock. It knows nothing of
 * what carries the bytes. It behaves like the module: find before select before read, a state of
 * its own for the card in the field, and faults on demand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/virtual/reader/vcard.h"

struct vreader; /* opaque */

enum vreader_fault {
	VFAULT_GARBLE, /* wrong checksum */
	VFAULT_SHORT, /* the answer breaks off */
	VFAULT_LATE, /* comes @value ms late */
	VFAULT_STALE, /* the previous answer comes once more in front */
	VFAULT_STATUS, /* status word @value instead of an answer */
	VFAULT_SILENT, /* no answer */
	VFAULT_PULL, /* the card leaves during the base read */
	VFAULT_SPLIT, /* byte by byte */
	VFAULT_JUNK, /* noise before the preamble */
	VFAULT_WITHHOLD, /* no answer to this base read, until the next one: then in front of it */
	VFAULT_BADLENGTH, /* text length in the base read is not 256 */
	VFAULT_COUNT,
};

struct vreader_stat {
	unsigned int reset, state, id, find, select, read, fingerprint, appended, unknown, damaged;
};

/** vreader_new() - free with vreader_free(). NULL without memory. */
struct vreader *vreader_new(void);
/** vreader_free() - NULL is allowed. */
void vreader_free(struct vreader *v);

/** vreader_feed() - bytes from the host at time @now_ms. */
void vreader_feed(struct vreader *v, int64_t now_ms, const uint8_t *data, size_t bytes);
/** vreader_take() - bytes due for the host by @now_ms. Return: how many. */
size_t vreader_take(struct vreader *v, int64_t now_ms, uint8_t *out, size_t size);
/** vreader_due() - when the next bytes for the host are due; -1 none are. */
int64_t vreader_due(const struct vreader *v);

/** vreader_place() - lay a card; it takes the place of one already there. */
void vreader_place(struct vreader *v, const struct vcard *card);
/** vreader_remove() - take the card away. */
void vreader_remove(struct vreader *v);
/** vreader_has_card() / vreader_was_read() - is one there; was it read since it was laid? */
bool vreader_has_card(const struct vreader *v);
bool vreader_was_read(const struct vreader *v);
/** vreader_power() - plugged in anew: state lost, the card stays. */
void vreader_power(struct vreader *v);

/** vreader_fault() - do @fault at the next @times commands; VFAULT_PULL waits for a base read. */
void vreader_fault(struct vreader *v, enum vreader_fault fault, int value, int times);
/** vreader_aim() - faults strike only at this command (cmd << 8 | para); 0: at any. */
void vreader_aim(struct vreader *v, unsigned int command);
/** vreader_latch() - true: find fails while a card that was read lies there; false: it goes on. */
void vreader_latch(struct vreader *v, bool on);
/** vreader_appended() - false: 30 03 is answered with 21, unknown command. */
void vreader_appended(struct vreader *v, bool known);
/** vreader_delays() - believable answer times (find 20, select 40, read 600 ms), or none. */
void vreader_delays(struct vreader *v, bool real);
/** vreader_stat() - commands since the start. */
const struct vreader_stat *vreader_stat(const struct vreader *v);
