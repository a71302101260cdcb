/* Frames of the module and the card's text: every worked example of the protocol notes. The people
 * are invented (county xx0199); the photo is the pattern 00 01 … FF, whose XOR is 0. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/reader/card_decode.h"
#include "drivers/reader/sam_frame.h"
#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"

enum { BASE_TOTAL = 1295 };

static const char text_resident[] =
	"4B6DD58B32752000200020002000200020002000200020002000200020003100"
	"30003100310039003900300030003100300031001753AC4E025E4B6DD58B3A53"
	"3A798B4FEF8D11FFF75320002000200020002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020002000310031003000"
	"3100390039003100390039003000300031003000310030003000310030004B6D"
	"D58B025E6C51895B405C37682C670652405C2000200020002000200032003000"
	"3200300030003100300031003200300033003000300031003000310020002000"
	"2000200020002000200020002000200020002000200020002000200020002000";
static const char text_long_term[] =
	"4B6DD58B594E2000200020002000200020002000200020002000200020003200"
	"3100310031003900350030003000360031003500BD8F815B01774B6DD58BBF53"
	"37682C6751673200C47E20002000200020002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020002000320031003000"
	"3100390039003100390035003000300036003100350030003000320036004B6D"
	"D58BBF536C51895B405C20002000200020002000200020002000200032003000"
	"3100320030003300300031007F951F6720002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020002000200020002000";
static const char text_permit[] =
	"37682C67194E2000200020002000200020002000200020002000200020003100"
	"20002000310039003000310030003100300031008F79FA5E01774B6DD58B025E"
	"3A798B4FEF8D3300F75320002000200020002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020002000380033003000"
	"3000300030003100390030003100300031003000310030003000310039004B6D"
	"D58B025E6C51895B405C20002000200020002000200020002000200032003000"
	"3100390030003900300031003200300032003400300039003000310030003000"
	"3000300030003000300031002000300031002000200020004A00200020002000";
static const char text_foreigner_2017[] =
	"530050004500430049004D0045004E002C00200041004C005000480041002000"
	"42005200410056004F0020002000200020002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020002000200020002000"
	"2000200020002000200020002000200020002000200020003100470042005200"
	"3300310030003000300031003000310030003100310030004700420052003768"
	"2C67014E20002000200020002000200020002000200020002000200032003000"
	"3100380030003100300031003200300032003800300031003000310031003900"
	"3000310030003100300031003000310031003500300030004900200020002000";
static const char text_foreigner_2023[] =
	"37682C67014E2000200020002000200020002000200020002000200020003100"
	"3000300031003900300031003000310030003100530050004500430049004D00"
	"45004E002C00200041004C00500048004100200042005200410056004F002000"
	"2000200020002000200020002000200020002000200020002000390033003100"
	"3800320036003100390030003100300031003000310030003000310030002000"
	"2000200020002000200020002000200020002000200020002000200032003000"
	"3200340030003100300031003200300033003400300031003000310020002000"
	"2000200020002000200020002000200020004700420052005900300030003100";

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = 0;

	for (const char *p = hex; *p;) {
		char pair[3] = { p[0], p[1], 0 };

		if (*p == ' ') {
			p++;
			continue;
		}
		out[n++] = (uint8_t)strtoul(pair, NULL, 16);
		p += 2;
	}
	return n;
}

static struct sam_parser parser;
static struct sam_reply reply;

static int fresh(void **state)
{
	(void)state;
	sam_parser_wipe(&parser);
	return 0;
}

static int feed(const char *hex)
{
	uint8_t bytes[512];
	size_t n = unhex(hex, bytes);

	assert_int_equal(sam_parser_feed(&parser, bytes, n), n);
	return sam_parser_next(&parser, &reply);
}

/* --- requests -------------------------------------------------------------------------------- */

static void expect_request(const uint8_t *request, size_t n, const char *hex)
{
	uint8_t expected[SAM_REQUEST_MAX];

	assert_int_equal(n, unhex(hex, expected));
	assert_memory_equal(request, expected, n);
}

static void requests_are_as_written_down(void **state)
{
	static const char *const expected[SAM_COMMAND_COUNT] = {
		[SAM_RESET] = "AA AA AA 96 69 00 03 10 FF EC",
		[SAM_STATE] = "AA AA AA 96 69 00 03 11 FF ED",
		[SAM_ID] = "AA AA AA 96 69 00 03 12 FF EE",
		[SAM_FIND] = "AA AA AA 96 69 00 03 20 01 22",
		[SAM_SELECT] = "AA AA AA 96 69 00 03 20 02 21",
		[SAM_READ] = "AA AA AA 96 69 00 03 30 01 32",
		[SAM_APPENDED] = "AA AA AA 96 69 00 03 30 03 30",
	};
	uint8_t out[SAM_REQUEST_MAX];

	(void)state;
	for (int i = 0; i < SAM_COMMAND_COUNT; i++)
		expect_request(out, sam_build((enum sam_command)i, out), expected[i]);
}

static void maintenance_requests_carry_data(void **state)
{
	static const char *const speeds[] = {
		"AA AA AA 96 69 00 03 60 00 63", "AA AA AA 96 69 00 03 60 01 62",
		"AA AA AA 96 69 00 03 60 02 61", "AA AA AA 96 69 00 03 60 03 60",
		"AA AA AA 96 69 00 03 60 04 67",
	};
	static const uint8_t size = 0x50, much[7];
	uint8_t out[SAM_REQUEST_MAX];

	(void)state;
	expect_request(out, sam_build_raw(0x61, 0xff, &size, 1, out),
		       "AA AA AA 96 69 00 04 61 FF 50 CA");
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		expect_request(out, sam_build_raw(0x60, (uint8_t)i, NULL, 0, out), speeds[i]);
	assert_int_equal(sam_build_raw(0x61, 0xff, much, sizeof(much), out), 0);
}

/* --- replies --------------------------------------------------------------------------------- */

static void short_replies_parse_and_fit_their_command(void **state)
{
	static const struct {
		enum sam_command command;
		uint8_t sw3;
		const char *hex;
	} replies[] = {
		{ SAM_STATE, 0x90, "AA AA AA 96 69 00 04 00 00 90 94" },
		{ SAM_STATE, 0x60, "AA AA AA 96 69 00 04 00 00 60 64" },
		{ SAM_RESET, 0x90, "AA AA AA 96 69 00 04 00 00 90 94" },
		{ SAM_FIND, 0x9f, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97" },
		{ SAM_FIND, 0x9f, "AA AA AA 96 69 00 08 00 00 9F 11 22 33 44 D3" },
		{ SAM_FIND, 0x80, "AA AA AA 96 69 00 04 00 00 80 84" },
		{ SAM_SELECT, 0x90, "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C" },
		{ SAM_SELECT, 0x81, "AA AA AA 96 69 00 04 00 00 81 85" },
		{ SAM_APPENDED, 0x91, "AA AA AA 96 69 00 04 00 00 91 95" },
		{ SAM_READ, 0x41, "AA AA AA 96 69 00 04 00 00 41 45" },
		{ SAM_READ, 0x41, "AA AA AA 96 69 00 04 6A 82 41 AD" },
		{ SAM_READ, 0x21, "AA AA AA 96 69 00 04 00 00 21 25" },
		{ SAM_FIND, 0x10, "AA AA AA 96 69 00 04 00 00 10 14" },
		{ SAM_FIND, 0x11, "AA AA AA 96 69 00 04 00 00 11 15" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		assert_int_equal(feed(replies[i].hex), 1);
		assert_int_equal(reply.sw3, replies[i].sw3);
		assert_true(sam_shape_fits(replies[i].command, &reply));
		assert_int_equal(sam_parser_next(&parser, &reply), 0);
	}
}

static void the_module_says_its_id(void **state)
{
	char text[SAM_ID_TEXT];

	(void)state;
	assert_int_equal(feed("AA AA AA 96 69 00 14 00 00 90 05 00 01 00 E5 D6 34 01 39 30 00 00 "
			      "15 CD 5B 07 0B"),
			 1);
	assert_true(sam_shape_fits(SAM_ID, &reply));
	sam_id_text(reply.data, text);
	assert_string_equal(text, "05.01-20240101-0000012345-0123456789");
}

static void the_newest_address_has_its_shape(void **state)
{
	(void)state;
	assert_int_equal(feed("AAAAAA9669004A0000900A4E776D025E4B6DD58B3A5337682C67EF8D3500F753"
			      "2000200020002000200020002000200020002000200020002000200020002000"
			      "200020002000200020002000200020002E"),
			 1);
	assert_true(sam_shape_fits(SAM_APPENDED, &reply));
	assert_false(sam_shape_fits(SAM_READ, &reply));
}

static void an_answer_to_something_else_is_seen_by_its_shape(void **state)
{
	static const struct {
		enum sam_command command;
		const char *hex;
	} stale[] = {
		{ SAM_SELECT, "AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97" },
		{ SAM_READ, "AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C" },
		{ SAM_FIND, "AA AA AA 96 69 00 04 00 00 90 94" },
		{ SAM_READ, "AA AA AA 96 69 00 04 00 00 80 84" },
		{ SAM_READ, "AA AA AA 96 69 00 04 00 00 91 95" },
		{ SAM_FIND, "AA AA AA 96 69 00 04 00 00 81 85" },
		{ SAM_ID, "AA AA AA 96 69 00 04 00 00 90 94" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stale); i++) {
		assert_int_equal(feed(stale[i].hex), 1);
		assert_false(sam_shape_fits(stale[i].command, &reply));
	}
}

static void noise_and_overlapping_preambles_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(feed("00 FF AA AA 96 AA AA AA AA AA 96 69 00 04 00 00 90 94"), 1);
	assert_int_equal(reply.sw3, 0x90);
	assert_int_equal(feed("69 AA AA AA"), 0); /* the beginning of the next is kept */
	assert_int_equal(feed("96 69 00 04 00 00 80 84 AA AA"), 1);
	assert_int_equal(reply.sw3, 0x80);
	assert_int_equal(feed("AA 96 69 00 04 00 00 41 45"), 1);
	assert_int_equal(reply.sw3, 0x41);
}

static void two_frames_in_one_piece_are_two(void **state)
{
	(void)state;
	assert_int_equal(feed("AA AA AA 96 69 00 04 00 00 80 84 AA AA AA 96 69 00 04 00 00 90 94"),
			 1);
	assert_int_equal(reply.sw3, 0x80);
	assert_int_equal(sam_parser_next(&parser, &reply), 1);
	assert_int_equal(reply.sw3, 0x90);
	assert_int_equal(sam_parser_next(&parser, &reply), 0);
}

static void wrong_checksums_and_lengths_are_not_frames(void **state)
{
	static const char *const bad[] = {
		"AA AA AA 96 69 00 04 00 00 90 95",
		"AA AA AA 96 69 00 03 00 00 90",
		"AA AA AA 96 69 10 01 00 00 90 94",
		"AA AA AA 96 69 FF FF 00 00 90 94",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(feed(bad[i]), -EBADMSG);
		while (sam_parser_next(&parser, &reply) < 0)
			;
		assert_int_equal(feed("AA AA AA 96 69 00 04 00 00 90 94"), 1);
	}
}

static void the_longest_frame_fits(void **state)
{
	static uint8_t frame[SAM_FRAME_MAX];
	size_t at = 0;

	(void)state;
	unhex("AA AA AA 96 69 10 00 00 00 90", frame);
	frame[SAM_FRAME_MAX - 1] = 0x80;
	while (at < sizeof(frame))
		at += sam_parser_feed(&parser, frame + at, sizeof(frame) - at);
	assert_int_equal(sam_parser_next(&parser, &reply), 1);
	assert_int_equal(reply.bytes, SAM_LENGTH_MAX - SAM_LENGTH_MIN);
	assert_false(sam_shape_fits(SAM_READ, &reply));
}

/* --- base reads ------------------------------------------------------------------------------ */

/* Frame = head + text + pattern photo (+ fingerprint) + @chk. */
static size_t base_frame(const char *head, const char *text, size_t finger, uint8_t chk,
			 uint8_t *out)
{
	size_t n = unhex(head, out);

	n += unhex(text, out + n);
	for (int i = 0; i < CARD_PHOTO_BYTES; i++)
		out[n++] = (uint8_t)i;
	for (size_t i = 0; i < finger; i++)
		out[n++] = i ? (uint8_t)i : 0x43;
	out[n++] = chk;
	return n;
}

static struct card read_frame(const char *text, uint8_t chk)
{
	uint8_t frame[BASE_TOTAL];
	struct card c;

	assert_int_equal(
		base_frame("AA AA AA 96 69 05 08 00 00 90 01 00 04 00", text, 0, chk, frame),
		BASE_TOTAL);
	for (size_t i = 0; i < sizeof(frame) - 1; i++) { /* in single bytes */
		sam_parser_feed(&parser, frame + i, 1);
		assert_int_equal(sam_parser_next(&parser, &reply), 0);
	}
	sam_parser_feed(&parser, frame + sizeof(frame) - 1, 1);
	assert_int_equal(sam_parser_next(&parser, &reply), 1);
	assert_true(sam_shape_fits(SAM_READ, &reply));
	assert_int_equal(card_decode(reply.data, reply.bytes, &c), 0);
	return c;
}

static void a_resident_card(void **state)
{
	struct card c = read_frame(text_resident, 0x79);

	(void)state;
	assert_int_equal(c.type, CARD_RESIDENT);
	assert_string_equal(c.name, "测试甲");
	assert_int_equal(c.sex, CARD_SEX_MALE);
	assert_string_equal(c.birth, "19900101");
	assert_string_equal(c.number, "110199199001010010");
	assert_string_equal(c.valid_from, "20200101");
	assert_string_equal(c.valid_to, "20300101");
	assert_string_equal(c.name_latin, "");
	assert_string_equal(c.other_number, "");
	assert_int_equal(c.name_needs_check, 0);
}

static void a_long_term_card(void **state)
{
	struct card c = read_frame(text_long_term, 0xb5);

	(void)state;
	assert_string_equal(c.name, "测试乙");
	assert_int_equal(c.sex, CARD_SEX_FEMALE);
	assert_string_equal(c.number, "210199195006150026");
	assert_string_equal(c.valid_from, "20120301");
	assert_string_equal(c.valid_to, "");
}

static void a_residence_permit(void **state)
{
	struct card c = read_frame(text_permit, 0x08);

	(void)state;
	assert_int_equal(c.type, CARD_RESIDENCE_PERMIT);
	assert_string_equal(c.name, "样本丙");
	assert_string_equal(c.number, "830000190101010019");
	assert_string_equal(c.other_number, "00000001");
	assert_string_equal(c.birth, "19010101");
	assert_string_equal(c.valid_to, "20240901");
}

static void a_foreigners_card_of_2017(void **state)
{
	struct card c = read_frame(text_foreigner_2017, 0x8c);

	(void)state;
	assert_int_equal(c.type, CARD_FOREIGNER_2017);
	assert_string_equal(c.name, "样本丁");
	assert_string_equal(c.name_latin, "SPECIMEN, ALPHA BRAVO");
	assert_int_equal(c.sex, CARD_SEX_MALE);
	assert_string_equal(c.number, "GBR310001010110");
	assert_string_equal(c.nationality, "GBR");
	assert_string_equal(c.birth, "19010101");
	assert_string_equal(c.valid_from, "20180101");
	assert_string_equal(c.valid_to, "20280101");
}

static void a_foreigners_card_of_2023(void **state)
{
	struct card c = read_frame(text_foreigner_2023, 0xf0);

	(void)state;
	assert_int_equal(c.type, CARD_FOREIGNER_2023);
	assert_string_equal(c.name, "样本丁");
	assert_string_equal(c.name_latin, "SPECIMEN, ALPHA BRAVO");
	assert_string_equal(c.number, "931826190101010010");
	assert_string_equal(c.other_number, "GBR310001010110");
	assert_string_equal(c.nationality, "GBR");
	assert_string_equal(c.valid_from, "20240101");
	assert_string_equal(c.valid_to, "20340101");
}

static void frames_with_fingerprints_are_no_answer_to_our_read(void **state)
{
	static const struct {
		const char *head;
		size_t finger, total;
		uint8_t chk;
	} frames[] = {
		{ "AA AA AA 96 69 05 0A 00 00 90 01 00 04 00 00 00", 0, 1297, 0x7b },
		{ "AA AA AA 96 69 07 0A 00 00 90 01 00 04 00 02 00", 512, 1809, 0x38 },
		{ "AA AA AA 96 69 09 0A 00 00 90 01 00 04 00 04 00", 1024, 2321, 0x30 },
	};
	uint8_t frame[2321];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
		size_t n = base_frame(frames[i].head, text_resident, frames[i].finger,
				      frames[i].chk, frame);

		assert_int_equal(n, frames[i].total);
		assert_int_equal(sam_parser_feed(&parser, frame, n), n);
		assert_int_equal(sam_parser_next(&parser, &reply), 1);
		assert_false(sam_shape_fits(SAM_READ, &reply));
	}
}

/* --- the card's text ------------------------------------------------------------------------- */

static uint8_t text[CARD_TEXT_BYTES];

static void set_unit(size_t at, uint16_t unit)
{
	put_le16(text + at, unit);
}

static void names_keep_rare_characters_and_say_so(void **state)
{
	struct card c;

	(void)state;
	unhex(text_resident, text);
	set_unit(0, 0xd85d); /* U+27631, outside the first plane */
	set_unit(2, 0xde31);
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name, "\U00027631甲");
	assert_int_equal(c.name_needs_check, 0);
	set_unit(2, 0x4e00); /* the second half is missing */
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name, "\ufffd一甲");
	assert_int_equal(c.name_needs_check, 1);
	set_unit(0, 0xe123); /* private use */
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name, "\ue123一甲");
	assert_int_equal(c.name_needs_check, 1);
	set_unit(0, 0); /* does not hide what follows */
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name, "\ufffd一甲");
}

static void padding_goes_and_inner_spaces_stay(void **state)
{
	struct card c;

	(void)state;
	unhex(text_resident, text);
	set_unit(2, 0x00b7);
	set_unit(6, 0x0020);
	set_unit(8, 0x4e59);
	set_unit(10, 0x3000);
	set_unit(12, 0);
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name, "测·甲 乙");
	set_unit(122 + 34, 'x');
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.number, "11019919900101001X");
}

static void a_full_latin_name_goes_on_in_its_tail(void **state)
{
	struct card c;

	(void)state;
	unhex(text_foreigner_2023, text);
	for (size_t i = 0; i < 35; i++)
		set_unit(52 + 2 * i, 'A');
	for (size_t i = 0; i < 11; i++)
		set_unit(220 + 2 * i, 'B');
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.name_latin, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBB");
}

static void a_card_without_a_link_has_no_previous_number(void **state)
{
	struct card c;

	(void)state;
	unhex(text_foreigner_2023, text);
	set_unit(250, ' ');
	assert_int_equal(card_decode_text(text, &c), 0);
	assert_string_equal(c.other_number, "");
}

static void what_is_no_card_is_refused(void **state)
{
	uint8_t data[4 + CARD_TEXT_BYTES + CARD_PHOTO_BYTES] = { 1, 0, 4, 0 };
	struct card c;

	(void)state;
	unhex(text_resident, data + 4);
	assert_int_equal(card_decode(data, sizeof(data), &c), 0);
	assert_int_equal(card_decode(data, sizeof(data) - 1, &c), -EBADMSG);
	data[1] = 2; /* text length */
	assert_int_equal(card_decode(data, sizeof(data), &c), -EBADMSG);
	data[1] = 0;
	data[2] = 2; /* photo length */
	assert_int_equal(card_decode(data, sizeof(data), &c), -EBADMSG);
	unhex(text_resident, text);
	set_unit(248, 'Z');
	assert_int_equal(card_decode_text(text, &c), -ENOTSUP);
	set_unit(248, ' ');
	set_unit(130, 0x4e00);
	assert_int_equal(card_decode_text(text, &c), -EBADMSG);
	for (size_t i = 122; i < 158; i += 2)
		set_unit(i, ' ');
	assert_int_equal(card_decode_text(text, &c), -EBADMSG);
}

static void status_words_say_who_must_act(void **state)
{
	static const struct {
		uint8_t sw3;
		enum sam_action action;
		enum reader_cause cause;
	} words[] = {
		{ 0x90, SAM_GO_ON, READER_OK },
		{ 0x91, SAM_NO_CONTENT, READER_OK },
		{ 0x10, SAM_RESEND, READER_GARBLED },
		{ 0x31, SAM_PLACE_AGAIN, READER_CARD_MOVED },
		{ 0x32, SAM_REJECT, READER_CARD_REFUSED },
		{ 0x33, SAM_REJECT, READER_CARD_REFUSED },
		{ 0x40, SAM_REJECT, READER_CARD_REFUSED },
		{ 0x41, SAM_PLACE_AGAIN, READER_CARD_MOVED },
		{ 0x60, SAM_RESET_FIRST, READER_MODULE_FAULT },
		{ 0x66, SAM_SERVICE, READER_MODULE_FAULT },
		{ 0x55, SAM_RESTART, READER_GARBLED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		enum reader_cause cause = READER_CAUSE_COUNT;

		assert_int_equal(sam_action(words[i].sw3, &cause), words[i].action);
		assert_int_equal(cause, words[i].cause);
	}
}

#define FRESH(f) cmocka_unit_test_setup(f, fresh)

/* HID readers wrap the same frames, each maker in its own way (codecs come with those readers): a
 * report of 64 bytes, padded with zeros. */
static void frames_inside_hid_reports_are_the_same_frames(void **state)
{
	static const uint8_t derk[64] = { 0x13, 0x00, 0x34, 0x90, 0x00, 0xaa, 0xaa,
					  0xaa, 0x96, 0x69, 0x00, 0x08, 0x00, 0x00,
					  0x9f, 0x00, 0x00, 0x00, 0x00, 0x97 };
	static const uint8_t miaxis[64] = { 0xaa, 0x00, 0x00, 0x12, 0x00, 0x00, 0x00, 0x00, 0xaa,
					    0xaa, 0xaa, 0x96, 0x69, 0x00, 0x08, 0x00, 0x00, 0x9f,
					    0x00, 0x00, 0x00, 0x00, 0x97, 0x4d, 0x04 };
	static const uint8_t derk_find[] = { 0x0c, 0x00, 0x34, 0xaa, 0xaa, 0xaa, 0x96,
					     0x69, 0x00, 0x03, 0x20, 0x01, 0x22 };
	static const uint8_t miaxis_find[] = {
		0x88, 0x00, 0x00, 0x0b, 0x00, 0xb1, 0xaa, 0xaa, 0xaa,
		0x96, 0x69, 0x00, 0x03, 0x20, 0x01, 0x22, 0xff, 0x03
	};
	static struct sam_parser p;
	uint8_t find[SAM_REQUEST_MAX];
	size_t n = sam_build(SAM_FIND, find);
	struct sam_reply r;
	(void)state;

	memset(&p, 0, sizeof(p));
	sam_parser_feed(&p, derk, sizeof(derk));
	sam_parser_feed(&p, miaxis, sizeof(miaxis));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sam_parser_next(&p, &r), 1);
		assert_true(sam_shape_fits(SAM_FIND, &r));
		assert_int_equal(r.sw3, 0x9f);
	}
	assert_memory_equal(derk_find + 3, find, n);
	assert_memory_equal(miaxis_find + 6, find, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(frames_inside_hid_reports_are_the_same_frames),
		FRESH(requests_are_as_written_down),
		FRESH(maintenance_requests_carry_data),
		FRESH(short_replies_parse_and_fit_their_command),
		FRESH(the_module_says_its_id),
		FRESH(the_newest_address_has_its_shape),
		FRESH(an_answer_to_something_else_is_seen_by_its_shape),
		FRESH(noise_and_overlapping_preambles_are_skipped),
		FRESH(two_frames_in_one_piece_are_two),
		FRESH(wrong_checksums_and_lengths_are_not_frames),
		FRESH(the_longest_frame_fits),
		FRESH(a_resident_card),
		FRESH(a_long_term_card),
		FRESH(a_residence_permit),
		FRESH(a_foreigners_card_of_2017),
		FRESH(a_foreigners_card_of_2023),
		FRESH(frames_with_fingerprints_are_no_answer_to_our_read),
		FRESH(names_keep_rare_characters_and_say_so),
		FRESH(padding_goes_and_inner_spaces_stay),
		FRESH(a_full_latin_name_goes_on_in_its_tail),
		FRESH(a_card_without_a_link_has_no_previous_number),
		FRESH(what_is_no_card_is_refused),
		FRESH(status_words_say_who_must_act),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
