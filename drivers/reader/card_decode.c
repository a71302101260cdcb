#include "drivers/reader/card_decode.h"

#include <errno.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/docnum.h"

/* Offsets and lengths in bytes. "a" layouts share everything up to 219. */
enum {
	NAME = 0,
	NAME_LEN = 30,
	SEX = 30,
	BIRTH = 36,
	DATE_LEN = 16,
	NUMBER = 122,
	NUMBER_LEN = 36,
	FROM = 188,
	TO = 204,
	J_PERMIT = 220,
	J_PERMIT_LEN = 18,
	I_LATIN_LEN = 120,
	I_SEX = 120,
	I_NUMBER_LEN = 30,
	I_NATION = 152,
	I_NAME = 158,
	I_BIRTH = 220,
	Y_LATIN = 52,
	Y_LATIN_LEN = 70,
	Y_TAIL = 220,
	Y_TAIL_LEN = 22,
	Y_NATION = 242,
	NATION_LEN = 6,
	TYPE = 248,
	Y_LINK = 250,
	Y_LINK_LEN = 6,
};

/* Only these pad: names keep their inner spaces and dots. */
static size_t trimmed(const uint8_t *field, size_t bytes)
{
	while (bytes) {
		uint16_t unit = get_le16(field + bytes - 2);

		if (unit != 0x0020 && unit != 0x3000 && unit != 0)
			break;
		bytes -= 2;
	}
	return bytes;
}

/* One character; a lone surrogate or a control character becomes U+FFFD. Returns bytes taken. */
static size_t character(const uint8_t *p, size_t left, uint32_t *out)
{
	uint32_t unit = get_le16(p);

	*out = unit;
	if ((unit & 0xfc00) == 0xd800 && left >= 4) {
		uint32_t low = get_le16(p + 2);

		if ((low & 0xfc00) == 0xdc00) {
			*out = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
			return 4;
		}
	}
	if ((unit & 0xf800) == 0xd800 || unit < 0x20 || (unit >= 0x7f && unit < 0xa0))
		*out = 0xfffd;
	return 2;
}

static bool doubtful(uint32_t c)
{
	return c == 0xfffd || (c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000;
}

static size_t put_utf8(char *out, uint32_t c)
{
	static const uint8_t lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

/* @out holds 3 bytes for every unit and the zero. Returns whether a person should look at it. */
static bool text_field(const uint8_t *field, size_t bytes, char *out, size_t size)
{
	size_t len = trimmed(field, bytes), n = 0;
	bool look = false;
	uint32_t c;

	for (size_t at = 0; at < len && n + 5 <= size;) {
		at += character(field + at, len - at, &c);
		look |= doubtful(c);
		n += put_utf8(out + n, c);
	}
	out[n] = '\0';
	return look;
}

/* Letters and digits only, upper case. Returns false, @out empty, for anything else. */
static bool ascii_field(const uint8_t *field, size_t bytes, char *out)
{
	size_t units = trimmed(field, bytes) / 2;

	out[0] = '\0';
	for (size_t i = 0; i < units; i++) {
		uint16_t c = get_le16(field + 2 * i);
		bool small = c >= 'a' && c <= 'z';

		if (!small && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9')) {
			out[0] = '\0';
			return false;
		}
		out[i] = (char)(small ? c - 'a' + 'A' : c);
		out[i + 1] = '\0';
	}
	return true;
}

/* YYYYMMDD, or "" for long-term and anything that is not eight digits. */
static void date_field(const uint8_t *field, char out[static 9])
{
	for (int i = 0; i < 8; i++) {
		uint16_t c = get_le16(field + 2 * i);

		if (c < '0' || c > '9') {
			out[0] = '\0';
			return;
		}
		out[i] = (char)c;
	}
	out[8] = '\0';
}

static enum card_sex sex_field(const uint8_t *field)
{
	switch (get_le16(field)) {
	case '1':
		return CARD_SEX_MALE;
	case '2':
		return CARD_SEX_FEMALE;
	case '9':
		return CARD_SEX_UNSTATED;
	default:
		return CARD_SEX_UNKNOWN;
	}
}

static bool common(const uint8_t *t, struct card *c)
{
	c->name_needs_check = text_field(t + NAME, NAME_LEN, c->name, sizeof(c->name));
	c->sex = sex_field(t + SEX);
	date_field(t + BIRTH, c->birth);
	return ascii_field(t + NUMBER, NUMBER_LEN, c->number);
}

static bool residence_permit(const uint8_t *t, struct card *c)
{
	ascii_field(t + J_PERMIT, J_PERMIT_LEN, c->other_number);
	return common(t, c);
}

static bool foreigner_2017(const uint8_t *t, struct card *c)
{
	bool latin = text_field(t, I_LATIN_LEN, c->name_latin, sizeof(c->name_latin));
	bool own = text_field(t + I_NAME, NAME_LEN, c->name, sizeof(c->name));

	c->name_needs_check = latin || own;
	c->sex = sex_field(t + I_SEX);
	date_field(t + I_BIRTH, c->birth);
	ascii_field(t + I_NATION, NATION_LEN, c->nationality);
	return ascii_field(t + NUMBER, I_NUMBER_LEN, c->number);
}

static bool foreigner_2023(const uint8_t *t, struct card *c)
{
	uint8_t latin[Y_LATIN_LEN + Y_TAIL_LEN];
	char link[4], previous[16];
	bool good = common(t, c);

	memcpy(latin, t + Y_LATIN, Y_LATIN_LEN);
	memcpy(latin + Y_LATIN_LEN, t + Y_TAIL, Y_TAIL_LEN); /* goes on without a separator */
	c->name_needs_check |=
		text_field(latin, sizeof(latin), c->name_latin, sizeof(c->name_latin));
	explicit_bzero(latin, sizeof(latin));
	ascii_field(t + Y_NATION, NATION_LEN, c->nationality);
	ascii_field(t + Y_LINK, Y_LINK_LEN, link);
	if (docnum_previous_foreigner(c->nationality, c->number, link, previous))
		memcpy(c->other_number, previous, sizeof(previous));
	return good;
}

static bool fields(const uint8_t *t, struct card *c)
{
	switch ((enum card_type)c->type) {
	case CARD_FOREIGNER_2017:
		return foreigner_2017(t, c);
	case CARD_RESIDENCE_PERMIT:
		return residence_permit(t, c);
	case CARD_FOREIGNER_2023:
		return foreigner_2023(t, c);
	case CARD_RESIDENT:
	case CARD_TYPE_COUNT:
		break;
	}
	return common(t, c);
}

static int type_of(uint16_t unit)
{
	switch (unit) {
	case 0x0020:
	case 0:
		return CARD_RESIDENT;
	case 'I':
		return CARD_FOREIGNER_2017;
	case 'J':
		return CARD_RESIDENCE_PERMIT;
	case 'Y':
		return CARD_FOREIGNER_2023;
	default:
		return -ENOTSUP;
	}
}

int card_decode_text(const uint8_t text[static CARD_TEXT_BYTES], struct card *out)
{
	struct card c = { 0 };
	int type = type_of(get_le16(text + TYPE));
	int rc = 0;

	if (type < 0)
		return type;
	c.type = (uint32_t)type;
	if (!fields(text, &c) || !c.number[0])
		rc = -EBADMSG;
	date_field(text + FROM, c.valid_from);
	date_field(text + TO, c.valid_to);
	if (!rc)
		*out = c;
	explicit_bzero(&c, sizeof(c));
	return rc;
}

int card_decode(const uint8_t *data, size_t bytes, struct card *out)
{
	if (bytes != 4 + CARD_TEXT_BYTES + CARD_PHOTO_BYTES || get_be16(data) != CARD_TEXT_BYTES ||
	    get_be16(data + 2) != CARD_PHOTO_BYTES)
		return -EBADMSG;
	return card_decode_text(data + 4, out);
}
