/*
 * Frames of the secure access module in every resident-ID reader; pure, no I/O.
 *
 * host → reader: AA AA AA 96 69 · length (BE, of all that follows) · CMD PARA · data · XOR
 * reader → host: AA AA AA 96 69 · length                          · SW1 SW2 SW3 · data · XOR
 * The XOR runs from the length to the last data byte. A reply does not say which request it
 * answers: only its shape tells, see sam_shape_fits(). Sources: the vendor's protocol description
 * and public drivers; GA/T 467. Unknown: 30 05. Never sent: 30 10 (fingerprints).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/reader/reader.h"

enum {
	SAM_PREAMBLE_BYTES = 5,
	SAM_HEAD_BYTES = 7, /* preamble and length */
	SAM_LENGTH_MIN = 4, /* SW1 SW2 SW3 XOR */
	SAM_LENGTH_MAX = 4096,
	SAM_FRAME_MAX = SAM_HEAD_BYTES + SAM_LENGTH_MAX,
	SAM_REQUEST_MAX = 16,
	SAM_LONGEST_BYTES = 1295, /* of the answers we ask for: a base read */
	SAM_ID_TEXT = 48, /* "05.01-20240101-0000012345-0123456789" */
};

enum sam_command {
	SAM_RESET, /* 10 FF, equals a power cycle of the module */
	SAM_STATE, /* 11 FF */
	SAM_ID, /* 12 FF */
	SAM_FIND, /* 20 01 */
	SAM_SELECT, /* 20 02 */
	SAM_READ, /* 30 01: text and photo */
	SAM_APPENDED, /* 30 03: newest address; used only to ask whether the card is still there */
	SAM_COMMAND_COUNT,
};

/* What to do about a status word; SW3 decides, SW1 and SW2 are the card's own. */
enum sam_action {
	SAM_GO_ON,
	SAM_POLL_AGAIN, /* no card */
	SAM_NO_CONTENT, /* not an error */
	SAM_RESEND, /* the module did not understand the frame: once */
	SAM_RESTART, /* begin again at find */
	SAM_PLACE_AGAIN, /* the person must lay the card again */
	SAM_REJECT, /* this card will not do */
	SAM_RESET_FIRST, /* reset the module, then service */
	SAM_SERVICE,
};

struct sam_reply {
	uint8_t sw1, sw2, sw3;
	const uint8_t *data; /* inside the parser; good until the next call on it */
	size_t bytes;
};

/* Collects bytes and finds frames; zero it before first use. */
struct sam_parser {
	uint8_t buf[SAM_FRAME_MAX + 512];
	size_t used;
	size_t done; /* leading bytes of a frame already handed out */
};

/** sam_build() - write the request for @command. Return: its length in bytes. */
size_t sam_build(enum sam_command command, uint8_t out[static SAM_REQUEST_MAX]);

/** sam_build_raw() - any CMD and PARA with up to 6 data bytes. Return: length, 0 when too long. */
size_t sam_build_raw(uint8_t cmd, uint8_t para, const uint8_t *data, size_t bytes,
		     uint8_t out[static SAM_REQUEST_MAX]);

/** sam_parser_feed() - add what came from the wire.
 * Return: bytes taken; less than @bytes only when the buffer is full: call sam_parser_next(). */
size_t sam_parser_feed(struct sam_parser *p, const uint8_t *data, size_t bytes);

/** sam_parser_next() - next whole frame; skips anything before a preamble.
 * Return: 1 *out is a frame with a good checksum; 0 more bytes are needed; -EBADMSG something
 * looked like a frame but its length or checksum is wrong (dropped; call again). */
int sam_parser_next(struct sam_parser *p, struct sam_reply *out);

/** sam_parser_partial() - has a frame begun that is not whole? */
bool sam_parser_partial(const struct sam_parser *p);

/** sam_parser_wipe() - forget every byte, in memory too. */
void sam_parser_wipe(struct sam_parser *p);

/** sam_shape_fits() - can @r be the answer to @command? A wrong shape is a stale answer. */
bool sam_shape_fits(enum sam_command command, const struct sam_reply *r);

/** sam_action() - meaning of a SW3; @cause (may be NULL) for those that are failures. */
enum sam_action sam_action(uint8_t sw3, enum reader_cause *cause);

/** sam_id_text() - the 16 bytes of 12 FF as the vendors print them. */
void sam_id_text(const uint8_t id[static 16], char out[static SAM_ID_TEXT]);
