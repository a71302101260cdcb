#include "drivers/reader/sam_frame.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"

static const uint8_t preamble[SAM_PREAMBLE_BYTES] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69 };

static const struct {
	uint8_t cmd, para;
	uint8_t good; /* SW3 of success */
	uint16_t bytes; /* of data in a success */
} commands[SAM_COMMAND_COUNT] = {
	[SAM_RESET] = { 0x10, 0xff, 0x90, 0 },	   [SAM_STATE] = { 0x11, 0xff, 0x90, 0 },
	[SAM_ID] = { 0x12, 0xff, 0x90, 16 },	   [SAM_FIND] = { 0x20, 0x01, 0x9f, 4 },
	[SAM_SELECT] = { 0x20, 0x02, 0x90, 8 },	   [SAM_READ] = { 0x30, 0x01, 0x90, 1284 },
	[SAM_APPENDED] = { 0x30, 0x03, 0x90, 70 },
};

static const struct {
	uint8_t sw3;
	enum sam_action action;
	enum reader_cause cause;
} statuses[] = {
	{ 0x90, SAM_GO_ON, READER_OK },
	{ 0x9f, SAM_GO_ON, READER_OK }, /* find: a card */
	{ 0x80, SAM_POLL_AGAIN, READER_OK }, /* none, or the one already read */
	{ 0x91, SAM_NO_CONTENT, READER_OK },
	{ 0x10, SAM_RESEND, READER_GARBLED }, /* our checksum */
	{ 0x11, SAM_RESEND, READER_GARBLED }, /* our length */
	{ 0x21, SAM_RESTART, READER_GARBLED }, /* unknown command: not one of ours */
	{ 0x23, SAM_RESTART, READER_CARD_MOVED }, /* not permitted now */
	{ 0x24, SAM_RESTART, READER_CARD_MOVED }, /* unidentified */
	{ 0x31, SAM_PLACE_AGAIN, READER_CARD_MOVED }, /* card could not authenticate module */
	{ 0x32, SAM_REJECT, READER_CARD_REFUSED }, /* module could not authenticate card */
	{ 0x33, SAM_REJECT, READER_CARD_REFUSED }, /* content not verified */
	{ 0x40, SAM_REJECT, READER_CARD_REFUSED }, /* not a card of this kind */
	{ 0x41, SAM_PLACE_AGAIN, READER_CARD_MOVED },
	{ 0x47, SAM_RESTART, READER_CARD_MOVED }, /* no random number */
	{ 0x60, SAM_RESET_FIRST, READER_MODULE_FAULT }, /* self-test */
	{ 0x66, SAM_SERVICE, READER_MODULE_FAULT }, /* not authorised */
	{ 0x81, SAM_RESTART, READER_CARD_MOVED }, /* select failed */
};

static uint8_t xor_of(const uint8_t *p, size_t bytes)
{
	uint8_t x = 0;

	while (bytes--)
		x ^= *p++;
	return x;
}

size_t sam_build_raw(uint8_t cmd, uint8_t para, const uint8_t *data, size_t bytes,
		     uint8_t out[static SAM_REQUEST_MAX])
{
	size_t total = SAM_HEAD_BYTES + 3 + bytes;

	if (bytes > SAM_REQUEST_MAX - SAM_HEAD_BYTES - 3)
		return 0;
	memcpy(out, preamble, sizeof(preamble));
	put_be16(out + 5, (uint16_t)(bytes + 3));
	out[7] = cmd;
	out[8] = para;
	if (bytes)
		memcpy(out + 9, data, bytes);
	out[total - 1] = xor_of(out + SAM_PREAMBLE_BYTES, total - 1 - SAM_PREAMBLE_BYTES);
	return total;
}

size_t sam_build(enum sam_command command, uint8_t out[static SAM_REQUEST_MAX])
{
	return sam_build_raw(commands[command].cmd, commands[command].para, NULL, 0, out);
}

static void drop(struct sam_parser *p, size_t bytes)
{
	p->used -= bytes;
	memmove(p->buf, p->buf + bytes, p->used);
}

static void drop_done(struct sam_parser *p)
{
	if (p->done)
		drop(p, p->done);
	p->done = 0;
}

/* First place where a preamble, or the beginning of one at the end of the bytes, stands. */
static size_t find_preamble(const struct sam_parser *p)
{
	for (size_t at = 0; at < p->used; at++) {
		size_t n = p->used - at;

		if (n > sizeof(preamble))
			n = sizeof(preamble);
		if (!memcmp(p->buf + at, preamble, n))
			return at;
	}
	return p->used;
}

size_t sam_parser_feed(struct sam_parser *p, const uint8_t *data, size_t bytes)
{
	drop_done(p);
	if (bytes > sizeof(p->buf) - p->used)
		bytes = sizeof(p->buf) - p->used;
	memcpy(p->buf + p->used, data, bytes);
	p->used += bytes;
	return bytes;
}

int sam_parser_next(struct sam_parser *p, struct sam_reply *out)
{
	size_t length;

	drop_done(p);
	drop(p, find_preamble(p));
	if (p->used < SAM_HEAD_BYTES)
		return 0;
	length = get_be16(p->buf + 5);
	if (length >= SAM_LENGTH_MIN && length <= SAM_LENGTH_MAX) {
		if (p->used < SAM_HEAD_BYTES + length)
			return 0;
		if (!xor_of(p->buf + SAM_PREAMBLE_BYTES, length + 2)) {
			out->sw1 = p->buf[7];
			out->sw2 = p->buf[8];
			out->sw3 = p->buf[9];
			out->data = p->buf + 10;
			out->bytes = length - SAM_LENGTH_MIN;
			p->done = SAM_HEAD_BYTES + length;
			return 1;
		}
	}
	drop(p, 1); /* a true preamble may stand inside what this one claimed */
	return -EBADMSG;
}

bool sam_parser_partial(const struct sam_parser *p)
{
	return p->used - p->done >= SAM_PREAMBLE_BYTES;
}

void sam_parser_wipe(struct sam_parser *p)
{
	explicit_bzero(p, sizeof(*p));
}

bool sam_shape_fits(enum sam_command command, const struct sam_reply *r)
{
	if (r->sw3 == commands[command].good)
		return r->bytes == commands[command].bytes;
	if (r->bytes)
		return false;
	switch (r->sw3) { /* words that belong to one command only */
	case 0x90:
	case 0x9f:
		return false;
	case 0x80:
		return command == SAM_FIND;
	case 0x81:
		return command == SAM_SELECT || command == SAM_READ || command == SAM_APPENDED;
	case 0x91:
		return command == SAM_APPENDED;
	default:
		return true;
	}
}

enum sam_action sam_action(uint8_t sw3, enum reader_cause *cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (statuses[i].sw3 != sw3)
			continue;
		if (cause)
			*cause = statuses[i].cause;
		return statuses[i].action;
	}
	if (cause)
		*cause = READER_GARBLED;
	return SAM_RESTART;
}

void sam_id_text(const uint8_t id[static 16], char out[static SAM_ID_TEXT])
{
	snprintf(out, SAM_ID_TEXT, "%02u.%02u-%08u-%010u-%010u", get_le16(id), get_le16(id + 2),
		 get_le32(id + 4), get_le32(id + 8), get_le32(id + 12));
}
