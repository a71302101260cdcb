#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/docnum.h"
#include "firmware/identity/identity.h"

struct sample {
	const char *number;
	enum identity_kind kind;
	enum identity_fault fault;
};

static const struct sample samples[] = {
	/* published specimens and invented people (county xx0199) */
	{ "11019919491231002X", IDENTITY_CITIZEN_18, IDENTITY_FINE },
	{ "110199199001010010", IDENTITY_CITIZEN_18, IDENTITY_FINE },
	{ "110199199001010011", IDENTITY_CITIZEN_18, IDENTITY_BAD_CHECK },
	{ "110199199002300010", IDENTITY_CITIZEN_18, IDENTITY_BAD_DATE },
	{ "110199190002290010", IDENTITY_CITIZEN_18, IDENTITY_BAD_DATE },
	{ "010199199001010010", IDENTITY_CITIZEN_18, IDENTITY_BAD_REGION },
	{ "1101991990010100A0", IDENTITY_CITIZEN_18, IDENTITY_BAD_CHARACTER },
	{ "11019919900101001A", IDENTITY_CITIZEN_18, IDENTITY_BAD_CHARACTER },
	{ "110199900101001", IDENTITY_CITIZEN_15, IDENTITY_FINE },
	{ "110199901301001", IDENTITY_CITIZEN_15, IDENTITY_BAD_DATE },
	{ "990199900101001", IDENTITY_CITIZEN_15, IDENTITY_BAD_REGION },
	{ "830000190101010019", IDENTITY_RESIDENCE_PERMIT, IDENTITY_FINE },
	{ "830001190101010019", IDENTITY_RESIDENCE_PERMIT, IDENTITY_BAD_REGION },
	{ "H12345678", IDENTITY_HKMO_PERMIT, IDENTITY_FINE },
	{ "M1234567801", IDENTITY_HKMO_PERMIT, IDENTITY_FINE },
	{ "01234567", IDENTITY_TAIWAN_PERMIT, IDENTITY_FINE },
	{ "1234567890(B)", IDENTITY_TAIWAN_PERMIT, IDENTITY_FINE },
	{ "1234567890(01)", IDENTITY_TAIWAN_PERMIT, IDENTITY_FINE },
	{ "1234567890B", IDENTITY_TAIWAN_PERMIT, IDENTITY_FINE },
	{ "PAK310080010103", IDENTITY_FOREIGNER_OLD, IDENTITY_FINE },
	{ "CAN110081080319", IDENTITY_FOREIGNER_OLD, IDENTITY_CHECK_DOUBTFUL },
	{ "PAK310080130103", IDENTITY_FOREIGNER_OLD, IDENTITY_BAD_DATE },
	{ "932682198501010017", IDENTITY_FOREIGNER_2023, IDENTITY_FINE },
	{ "911124198108030024", IDENTITY_FOREIGNER_2023, IDENTITY_FINE },
	{ "931586198001010028", IDENTITY_FOREIGNER_2023, IDENTITY_FINE },
	{ "931586198001010029", IDENTITY_FOREIGNER_2023, IDENTITY_BAD_CHECK },
	{ "999586198001010028", IDENTITY_FOREIGNER_2023, IDENTITY_BAD_REGION },
	{ "E12345678", IDENTITY_PASSPORT, IDENTITY_FINE },
	{ "EA1234567", IDENTITY_PASSPORT, IDENTITY_FINE },
	{ "G12345678", IDENTITY_PASSPORT, IDENTITY_FINE },
	{ "141234567", IDENTITY_PASSPORT, IDENTITY_FINE },
	{ "MA1234567", IDENTITY_PASSPORT, IDENTITY_FINE },
	{ "X0123456", IDENTITY_PASSPORT, IDENTITY_FINE },
	/* half typed, cut, or damaged */
	{ "", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "3701", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "11019919900101", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "11019919900101001", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "1101991949123100X", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "1234567890(", IDENTITY_UNKNOWN, IDENTITY_TOO_SHORT },
	{ "1101991990010100100", IDENTITY_UNKNOWN, IDENTITY_TOO_LONG },
	{ "3.70199E+17", IDENTITY_UNKNOWN, IDENTITY_DAMAGED },
	{ "4E+17", IDENTITY_UNKNOWN, IDENTITY_DAMAGED },
	{ "370199199001020000", IDENTITY_CITIZEN_18, IDENTITY_DAMAGED },
	{ "37019919900101-011", IDENTITY_UNKNOWN, IDENTITY_BAD_CHARACTER },
	{ "张三", IDENTITY_UNKNOWN, IDENTITY_BAD_CHARACTER },
};

static void every_kind_of_number_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		enum identity_kind kind;
		enum identity_fault fault = identity_check(samples[i].number, &kind);

		if (fault != samples[i].fault || kind != samples[i].kind)
			fail_msg("%s: fault %d kind %d", samples[i].number, (int)fault, (int)kind);
	}
}

static void every_single_wrong_digit_is_noticed(void **state)
{
	const char good[] = "110199199001010010";

	(void)state;
	for (size_t i = 0; i < 18; i++) {
		for (char c = '0'; c <= '9'; c++) {
			char typed[19];

			memcpy(typed, good, sizeof(typed));
			typed[i] = c;
			assert_true(identity_usable(identity_check(typed, NULL)) == (c == good[i]));
		}
	}
}

static void a_pasted_number_is_cleaned(void **state)
{
	static const char *const pasted[][2] = {
		{ "  11019919491231002x\r\n", "11019919491231002X" },
		{ "110199 19491231 002X", "11019919491231002X" },
		{ "'110199199001010010", "110199199001010010" },
		{ "１１０１９９１９４９１２３１００２ｘ", "11019919491231002X" },
		{ "1234567890（b）", "1234567890(B)" },
		{ "\u3000e12345678\u00a0", "E12345678" },
	};
	char out[IDENTITY_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pasted); i++) {
		assert_int_equal(identity_normalise(pasted[i][0], out), (int)strlen(pasted[i][1]));
		assert_string_equal(out, pasted[i][1]);
	}
	assert_int_equal(identity_normalise("123456789012345678901234", out), -1);
}

static void fifteen_and_eighteen_digits_are_one_person(void **state)
{
	char out[IDENTITY_MAX];

	(void)state;
	assert_true(identity_upgrade_15("110199900101001", out));
	assert_string_equal(out, "110199199001010010");
	assert_true(identity_downgrade_18("110199199001010010", out));
	assert_string_equal(out, "110199900101001");
	identity_canonical("110199 900101 001", out);
	assert_string_equal(out, "110199199001010010");
	identity_canonical("11019919491231002x", out);
	assert_string_equal(out, "11019919491231002X");
	assert_false(identity_upgrade_15("PAK310080010103", out));
}

static void the_old_sequence_of_centenarians_means_the_1800s(void **state)
{
	char out[IDENTITY_MAX], back[16];

	(void)state;
	assert_true(identity_upgrade_15("110199950101997", out));
	assert_memory_equal(out, "11019918950101997", 17);
	assert_int_equal(identity_check(out, NULL), IDENTITY_FINE);
	assert_true(identity_downgrade_18(out, back));
	assert_string_equal(back, "110199950101997");
	assert_true(identity_upgrade_15("110199950101995", out));
	assert_memory_equal(out, "11019919950101995", 17);
}

static void a_person_of_this_century_has_no_short_form(void **state)
{
	char n[19] = "11019920050101001", out[16];

	(void)state;
	n[17] = docnum_mod_11_2(n);
	assert_int_equal(identity_check(n, NULL), IDENTITY_FINE);
	assert_false(identity_downgrade_18(n, out));
}

static void a_bare_letter_and_a_bracketed_one_are_one_permit(void **state)
{
	char out[IDENTITY_MAX];

	(void)state;
	identity_canonical("1234567890b", out);
	assert_string_equal(out, "1234567890(B)");
}

static void masks_hide_birth_and_sequence(void **state)
{
	static const char *const masks[][2] = {
		{ "37019919900101123X", "3701**********123X" },
		{ "370199900101001", "37**********001" },
		{ "H12345678", "H1****678" },
		{ "1234567890(B)", "12********(B)" },
		{ "A1234", "***34" },
		{ "12", "**" },
		{ "", "" },
	};
	char out[IDENTITY_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(masks); i++) {
		identity_mask(masks[i][0], out);
		assert_string_equal(out, masks[i][1]);
	}
}

static void last_four_is_a_rule_about_characters(void **state)
{
	char out[5];

	(void)state;
	identity_last_four("11019919491231002X", out);
	assert_string_equal(out, "002X");
	identity_last_four("1234567890(B)", out);
	assert_string_equal(out, "0(B)");
	identity_last_four("12", out);
	assert_string_equal(out, "12");
}

static void a_2023_card_leads_to_its_old_number(void **state)
{
	char out[IDENTITY_MAX];

	(void)state;
	assert_true(identity_previous_foreigner("GBR", "931826190101010010", "001", out));
	assert_string_equal(out, "GBR310001010110");
	assert_int_equal(identity_check(out, NULL), IDENTITY_FINE);
	assert_false(identity_previous_foreigner("GBR", "931826190101010010", "", out));
	assert_false(identity_previous_foreigner("GBR", "931826190101010010", "0 1", out));
	assert_false(identity_previous_foreigner("", "931826190101010010", "001", out));
	assert_false(identity_previous_foreigner("GBR", "110199199001010010", "001", out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_number_is_told_apart),
		cmocka_unit_test(every_single_wrong_digit_is_noticed),
		cmocka_unit_test(a_pasted_number_is_cleaned),
		cmocka_unit_test(fifteen_and_eighteen_digits_are_one_person),
		cmocka_unit_test(the_old_sequence_of_centenarians_means_the_1800s),
		cmocka_unit_test(a_person_of_this_century_has_no_short_form),
		cmocka_unit_test(a_bare_letter_and_a_bracketed_one_are_one_permit),
		cmocka_unit_test(masks_hide_birth_and_sequence),
		cmocka_unit_test(last_four_is_a_rule_about_characters),
		cmocka_unit_test(a_2023_card_leads_to_its_old_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
