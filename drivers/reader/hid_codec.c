#include "drivers/reader/hid_codec.h"

#include <errno.h>
#include <string.h>

#include "drivers/reader/sam_frame.h"
#include "firmware/base/bytes.h"

/* --- Derk ------------------------------------------------------------------------------------ */

enum {
	DERK_TO_MODULE = 0x34,
	DERK_FOLLOW = 0xc0,
	DERK_ACK = 0xff,
	DERK_ANSWER_HEAD = 4, /* follow-up count, command, status */
	DERK_USED_MAX = HID_REPORT_BYTES - 1,
};

static bool derk_wrap(const uint8_t *frame, size_t bytes, uint8_t report[static HID_REPORT_BYTES])
{
	if (bytes > DERK_USED_MAX - 2)
		return false;
	memset(report, 0, HID_REPORT_BYTES);
	report[0] = (uint8_t)(bytes + 2);
	report[2] = DERK_TO_MODULE;
	memcpy(report + 3, frame, bytes);
	return true;
}

static int derk_first(struct hid_state *s, const uint8_t *payload, size_t used, uint8_t *out)
{
	if (used < DERK_ANSWER_HEAD || payload[0] >= DERK_FOLLOW || payload[1] != DERK_TO_MODULE)
		return 0; /* the rest of something older, or an answer to somebody else */
	if (payload[0] > 0x3f || payload[2] != 0x90 || payload[3] != 0x00)
		return -EBADMSG;
	s->follow = payload[0];
	s->index = 1;
	s->begun = s->follow > 0;
	memcpy(out, payload + DERK_ANSWER_HEAD, used - DERK_ANSWER_HEAD);
	return (int)(used - DERK_ANSWER_HEAD);
}

static int derk_unwrap(struct hid_state *s, const uint8_t report[static HID_REPORT_BYTES],
		       uint8_t out[static HID_REPORT_BYTES])
{
	const uint8_t *payload = report + 1;
	size_t used = report[0];

	if (used == DERK_ACK || (!used && !s->begun))
		return 0;
	if (used < 1 || used > DERK_USED_MAX) {
		s->begun = false;
		return -EBADMSG;
	}
	if (!s->begun)
		return derk_first(s, payload, used, out);
	s->begun = --s->follow > 0;
	if (payload[0] != (DERK_FOLLOW | s->index++)) {
		s->begun = false;
		return -EBADMSG;
	}
	memcpy(out, payload + 1, used - 1);
	return (int)(used - 1);
}

const struct hid_codec hid_derk = { "derk", derk_wrap, derk_unwrap };

/* --- Miaxis ---------------------------------------------------------------------------------- */

enum {
	MIAXIS_REQUEST = 0x88,
	MIAXIS_ANSWER = 0xaa,
	MIAXIS_TO_MODULE = 0xb1,
	MIAXIS_LENGTH_AT = 3,
	MIAXIS_DATA_AT = 8,
	MIAXIS_DATA_MAX = 54,
	MIAXIS_COUNTED = 3, /* result and sequence, beside the data */
};

static uint16_t sum_of(const uint8_t *p, size_t bytes)
{
	unsigned int sum = 0;

	while (bytes--)
		sum += *p++;
	return (uint16_t)sum;
}

static bool miaxis_wrap(const uint8_t *frame, size_t bytes, uint8_t report[static HID_REPORT_BYTES])
{
	if (bytes > HID_REPORT_BYTES - 8)
		return false;
	memset(report, 0, HID_REPORT_BYTES);
	report[0] = MIAXIS_REQUEST;
	put_le16(report + MIAXIS_LENGTH_AT, (uint16_t)(bytes + 1));
	report[5] = MIAXIS_TO_MODULE;
	memcpy(report + 6, frame, bytes);
	put_le16(report + 6 + bytes, sum_of(report + MIAXIS_LENGTH_AT, bytes + 3));
	return true;
}

/* The frame's own length says how many reports there will be. */
static int miaxis_begin(struct hid_state *s, const uint8_t *report, size_t claimed)
{
	static const uint8_t preamble[] = { 0xaa, 0xaa, 0xaa, 0x96, 0x69 };
	const uint8_t *frame = report + MIAXIS_DATA_AT;
	size_t length;

	if (claimed < SAM_HEAD_BYTES || memcmp(frame, preamble, sizeof(preamble)) != 0)
		return report[5] ? -EBADMSG : 0; /* refused; or the rest of something older */
	length = get_be16(frame + SAM_PREAMBLE_BYTES);
	if (length < SAM_LENGTH_MIN || length > SAM_LENGTH_MAX)
		return -EBADMSG;
	s->left = s->total = SAM_HEAD_BYTES + length;
	return 1;
}

/* Reports may be lost or come twice; where the count begins, and which way round it is, is unknown. */
static bool in_sequence(struct hid_state *s, const uint8_t *at)
{
	uint16_t le = get_le16(at), be = get_be16(at);
	bool good = !s->begun || (uint16_t)(s->sequence[0] + 1) == le ||
		    (uint16_t)(s->sequence[1] + 1) == be || (!le && !s->sequence[0]);

	s->sequence[0] = le;
	s->sequence[1] = be;
	return good;
}

static int miaxis_unwrap(struct hid_state *s, const uint8_t report[static HID_REPORT_BYTES],
			 uint8_t out[static HID_REPORT_BYTES])
{
	size_t counted = get_le16(report + MIAXIS_LENGTH_AT), claimed, n;
	bool follows = s->begun;
	int rc;

	if (report[0] != MIAXIS_ANSWER)
		return 0;
	claimed = counted < MIAXIS_COUNTED ? 0 : counted - MIAXIS_COUNTED;
	if (!follows && (rc = miaxis_begin(s, report, claimed)) <= 0)
		return rc;
	n = s->left < MIAXIS_DATA_MAX ? s->left : MIAXIS_DATA_MAX;
	rc = (claimed == n || claimed == s->total) && in_sequence(s, report + 6) &&
			     get_le16(report + MIAXIS_DATA_AT + n) ==
				     sum_of(report + MIAXIS_LENGTH_AT, 5 + n)
		     ? (int)n
		     : -EBADMSG;
	s->left -= n;
	s->begun = rc > 0 && s->left > 0;
	if (rc > 0)
		memcpy(out, report + MIAXIS_DATA_AT, n);
	return rc;
}

const struct hid_codec hid_miaxis = { "miaxis", miaxis_wrap, miaxis_unwrap };
