#include "tools/virtual/reader/vreader.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"

enum {
	HEAD = 7,
	IN_MAX = 64,
	REPLY_MAX = 2400,
	QUEUE_MAX = 3 * REPLY_MAX,
	PHOTO_BYTES = 1024,
};

static const uint8_t preamble[5] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69 };

struct vreader {
	uint8_t in[IN_MAX];
	size_t in_used;
	struct {
		int64_t due_ms;
		uint8_t byte;
	} queue[QUEUE_MAX]; /* for the host, in order */
	size_t queued;
	uint8_t last[REPLY_MAX]; /* previous answer, for VFAULT_STALE */
	size_t last_bytes;
	uint8_t withheld[REPLY_MAX]; /* for VFAULT_WITHHOLD */
	size_t withheld_bytes;

	bool card_there, found, selected, authenticated, was_read;
	struct vcard card;
	bool latch, appended, real_delays;
	struct {
		int value, times;
	} faults[VFAULT_COUNT];
	unsigned int aim, now; /* command faults strike at; command being answered */
	struct vreader_stat stat;
};

struct vreader *vreader_new(void)
{
	struct vreader *v = calloc(1, sizeof(*v));

	if (v) {
		v->latch = true;
		v->appended = true;
	}
	return v;
}

void vreader_free(struct vreader *v)
{
	free(v);
}

/* --- answers --------------------------------------------------------------------------------- */

static bool strikes(struct vreader *v, enum vreader_fault fault)
{
	if (v->faults[fault].times <= 0 || (v->aim && v->aim != v->now))
		return false;
	v->faults[fault].times--;
	return true;
}

static void queue(struct vreader *v, int64_t at_ms, const uint8_t *data, size_t bytes, int gap_ms)
{
	for (size_t i = 0; i < bytes && v->queued < QUEUE_MAX; i++) {
		v->queue[v->queued].due_ms = at_ms + (int64_t)i * gap_ms;
		v->queue[v->queued++].byte = data[i];
	}
}

/* Send one frame, with whatever fault is due. */
static void transmit(struct vreader *v, int64_t at_ms, uint8_t *frame, size_t bytes)
{
	static const uint8_t junk[] = { 0x00, 0xaa, 0xaa, 0x55, 0xff, 0xaa };

	if (strikes(v, VFAULT_SILENT))
		return;
	if (v->now == 0x3001 && strikes(v, VFAULT_WITHHOLD)) {
		memcpy(v->withheld, frame, bytes);
		v->withheld_bytes = bytes;
		return;
	}
	if (v->now == 0x3001) {
		queue(v, at_ms, v->withheld, v->withheld_bytes, 0);
		v->withheld_bytes = 0;
	}
	if (strikes(v, VFAULT_LATE))
		at_ms += v->faults[VFAULT_LATE].value;
	if (strikes(v, VFAULT_STALE))
		queue(v, at_ms, v->last, v->last_bytes, 0);
	if (strikes(v, VFAULT_JUNK))
		queue(v, at_ms, junk, sizeof(junk), 0);
	memcpy(v->last, frame, bytes);
	v->last_bytes = bytes;
	if (strikes(v, VFAULT_GARBLE))
		frame[bytes - 1] ^= 0x5a;
	if (strikes(v, VFAULT_SHORT))
		bytes -= bytes / 3;
	queue(v, at_ms, frame, bytes, strikes(v, VFAULT_SPLIT) ? 1 : 0);
}

static void answer(struct vreader *v, int64_t at_ms, uint8_t sw3, const uint8_t *data, size_t bytes)
{
	uint8_t frame[REPLY_MAX];
	size_t total = HEAD + 4 + bytes;
	uint8_t x = 0;

	memcpy(frame, preamble, sizeof(preamble));
	put_be16(frame + 5, (uint16_t)(4 + bytes));
	frame[7] = frame[8] = 0;
	frame[9] = sw3;
	if (bytes)
		memcpy(frame + 10, data, bytes);
	for (size_t i = 5; i < total - 1; i++)
		x ^= frame[i];
	frame[total - 1] = x;
	transmit(v, at_ms, frame, total);
}

/* --- commands -------------------------------------------------------------------------------- */

static void forget_state(struct vreader *v)
{
	v->found = v->selected = v->authenticated = false;
}

static void on_id(struct vreader *v, int64_t at_ms)
{
	static const uint8_t id[16] = { 0x05, 0,    0x01, 0, 0xe5, 0xd6, 0x34, 0x01,
					0x39, 0x30, 0,	  0, 0x15, 0xcd, 0x5b, 0x07 };

	v->stat.id++;
	answer(v, at_ms, 0x90, id, sizeof(id));
}

static void on_find(struct vreader *v, int64_t at_ms)
{
	static const uint8_t zero[4];

	v->stat.find++;
	if (!v->card_there || (v->latch && v->was_read)) {
		v->found = v->selected = false; /* 30 03 goes on: authentication stays */
		answer(v, at_ms, 0x80, NULL, 0);
		return;
	}
	v->found = true;
	v->selected = v->authenticated = false;
	answer(v, at_ms, 0x9f, zero, sizeof(zero));
}

static void on_select(struct vreader *v, int64_t at_ms)
{
	static const uint8_t zero[8];

	v->stat.select++;
	v->selected = v->card_there && v->found;
	v->found = false;
	if (v->selected)
		answer(v, at_ms, 0x90, zero, sizeof(zero));
	else
		answer(v, at_ms, 0x81, NULL, 0);
}

static void on_read(struct vreader *v, int64_t at_ms)
{
	uint8_t data[4 + VCARD_TEXT_BYTES + PHOTO_BYTES];

	v->stat.read++;
	if (v->card_there && strikes(v, VFAULT_PULL))
		vreader_remove(v);
	if (!v->card_there || !v->selected) {
		answer(v, at_ms, 0x41, NULL, 0);
		return;
	}
	v->selected = false;
	v->authenticated = v->was_read = true;
	put_be16(data, VCARD_TEXT_BYTES);
	put_be16(data + 2, PHOTO_BYTES);
	if (strikes(v, VFAULT_BADLENGTH))
		put_be16(data, VCARD_TEXT_BYTES + 2);
	memcpy(data + 4, v->card.text, VCARD_TEXT_BYTES);
	for (int i = 0; i < PHOTO_BYTES; i++)
		data[4 + VCARD_TEXT_BYTES + i] = (uint8_t)i;
	answer(v, at_ms, 0x90, data, sizeof(data));
}

static void on_appended(struct vreader *v, int64_t at_ms)
{
	v->stat.appended++;
	if (!v->appended)
		answer(v, at_ms, 0x21, NULL, 0);
	else
		answer(v, at_ms, v->card_there && v->authenticated ? 0x91 : 0x41, NULL, 0);
}

static void on_plain(struct vreader *v, int64_t at_ms, unsigned int *count)
{
	(*count)++;
	answer(v, at_ms, 0x90, NULL, 0);
}

static int delay_ms(const struct vreader *v, uint8_t cmd, uint8_t para)
{
	if (!v->real_delays)
		return 0;
	return cmd == 0x30 ? (para == 0x01 ? 600 : 60) : cmd == 0x20 ? 20 * para : 10;
}

static void execute(struct vreader *v, int64_t now_ms, uint8_t cmd, uint8_t para)
{
	int64_t at = now_ms + delay_ms(v, cmd, para);

	v->now = (unsigned int)(cmd << 8 | para);
	if (strikes(v, VFAULT_STATUS)) {
		answer(v, at, (uint8_t)v->faults[VFAULT_STATUS].value, NULL, 0);
		return;
	}
	switch (v->now) {
	case 0x10ff:
		forget_state(v);
		v->was_read = false; /* as a power cycle: a card lying there is found again */
		on_plain(v, at, &v->stat.reset);
		break;
	case 0x11ff:
		on_plain(v, at, &v->stat.state);
		break;
	case 0x12ff:
		on_id(v, at);
		break;
	case 0x2001:
		on_find(v, at);
		break;
	case 0x2002:
		on_select(v, at);
		break;
	case 0x3001:
		on_read(v, at);
		break;
	case 0x3003:
		on_appended(v, at);
		break;
	case 0x3010:
		v->stat.fingerprint++;
		answer(v, at, 0x21, NULL, 0);
		break;
	default:
		v->stat.unknown++;
		answer(v, at, 0x21, NULL, 0);
	}
}

static void drop_in(struct vreader *v, size_t bytes)
{
	v->in_used -= bytes;
	memmove(v->in, v->in + bytes, v->in_used);
}

/* One request out of what came in; false when more bytes are needed. */
static bool one_request(struct vreader *v, int64_t now_ms)
{
	size_t length;
	uint8_t x = 0;

	while (v->in_used && memcmp(v->in, preamble, v->in_used < 5 ? v->in_used : 5))
		drop_in(v, 1);
	if (v->in_used < HEAD)
		return false;
	length = get_be16(v->in + 5);
	if (length < 3 || length > IN_MAX - HEAD) {
		v->stat.damaged++;
		drop_in(v, HEAD);
		answer(v, now_ms, 0x11, NULL, 0);
		return true;
	}
	if (v->in_used < HEAD + length)
		return false;
	for (size_t i = 5; i < HEAD + length; i++)
		x ^= v->in[i];
	if (x) {
		v->stat.damaged++;
		answer(v, now_ms, 0x10, NULL, 0);
	} else {
		execute(v, now_ms, v->in[7], v->in[8]);
	}
	drop_in(v, HEAD + length);
	return true;
}

void vreader_feed(struct vreader *v, int64_t now_ms, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		size_t n = bytes < IN_MAX - v->in_used ? bytes : IN_MAX - v->in_used;

		memcpy(v->in + v->in_used, data, n);
		v->in_used += n;
		data += n;
		bytes -= n;
		while (one_request(v, now_ms))
			;
	}
}

size_t vreader_take(struct vreader *v, int64_t now_ms, uint8_t *out, size_t size)
{
	size_t n = 0;

	while (n < size && n < v->queued && v->queue[n].due_ms <= now_ms) {
		out[n] = v->queue[n].byte;
		n++;
	}
	v->queued -= n;
	memmove(v->queue, v->queue + n, v->queued * sizeof(v->queue[0]));
	return n;
}

int64_t vreader_due(const struct vreader *v)
{
	return v->queued ? v->queue[0].due_ms : -1;
}

void vreader_place(struct vreader *v, const struct vcard *card)
{
	forget_state(v);
	v->card = *card;
	v->card_there = true;
	v->was_read = false;
}

void vreader_remove(struct vreader *v)
{
	forget_state(v);
	v->card_there = v->was_read = false;
}

bool vreader_has_card(const struct vreader *v)
{
	return v->card_there;
}

bool vreader_was_read(const struct vreader *v)
{
	return v->was_read;
}

void vreader_power(struct vreader *v)
{
	forget_state(v);
	v->was_read = false;
	v->queued = v->in_used = 0;
}

void vreader_fault(struct vreader *v, enum vreader_fault fault, int value, int times)
{
	v->faults[fault].value = value;
	v->faults[fault].times = times;
}

void vreader_aim(struct vreader *v, unsigned int command)
{
	v->aim = command;
}

void vreader_latch(struct vreader *v, bool on)
{
	v->latch = on;
}

void vreader_appended(struct vreader *v, bool known)
{
	v->appended = known;
}

void vreader_delays(struct vreader *v, bool real)
{
	v->real_delays = real;
}

const struct vreader_stat *vreader_stat(const struct vreader *v)
{
	return &v->stat;
}
