/*
 * What a card says: the decoded text block of a resident-ID style chip card. Address, ethnic group,
 * chip photo and fingerprints are never kept. All strings are UTF-8, zero-terminated, trimmed.
 * Layouts: GA/T 467 readers, four card types told apart by the unit at offset 248.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum card_type {
	CARD_RESIDENT, /* citizen's identity card */
	CARD_FOREIGNER_2017, /* 'I' permanent residence, 15-character number */
	CARD_RESIDENCE_PERMIT, /* 'J' Hong Kong, Macao, Taiwan residents */
	CARD_FOREIGNER_2023, /* 'Y' permanent residence, 18 digits beginning with 9 */
	CARD_TYPE_COUNT,
};

enum card_sex {
	CARD_SEX_UNKNOWN = 0,
	CARD_SEX_MALE = 1,
	CARD_SEX_FEMALE = 2,
	CARD_SEX_UNSTATED = 9
};

struct card {
	uint32_t type; /* enum card_type */
	uint32_t sex; /* enum card_sex */
	char name[64]; /* Chinese name; may be empty on a foreigner's card */
	char name_latin[192]; /* foreigner's cards, else "" */
	char number[24]; /* upper case */
	char other_number
		[24]; /* J: travel permit; Y: previous number derived from the link; else "" */
	char nationality[4]; /* alpha-3, foreigner's cards, else "" */
	char birth[9]; /* YYYYMMDD, "" unknown */
	char valid_from[9], valid_to[9]; /* YYYYMMDD; valid_to "" = long-term */
	uint32_t name_needs_check; /* 1: private-use or broken characters in the name */
};
