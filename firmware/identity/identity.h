/*
 * Document numbers: normalise, classify, validate, mask. Pure; no I/O.
 * Sources: GB 11643 (citizen numbers, MOD 11-2), ICAO-style 7-3-1 check of the old foreigner
 * number, the National Immigration Administration's 2023 number, published formats of permits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { IDENTITY_MAX = 24 }; /* bytes of a normalised number with its zero */

enum identity_kind {
	IDENTITY_UNKNOWN, /* none of the forms below */
	IDENTITY_CITIZEN_18,
	IDENTITY_CITIZEN_15, /* first-generation form of a citizen number */
	IDENTITY_RESIDENCE_PERMIT, /* 81/82/83…, residents of Hong Kong, Macao, Taiwan */
	IDENTITY_HKMO_PERMIT, /* H/M + 8 or 10 digits */
	IDENTITY_TAIWAN_PERMIT, /* 8 digits; old 10 digits + bracket or letter */
	IDENTITY_FOREIGNER_OLD, /* 3 letters + 12 digits */
	IDENTITY_FOREIGNER_2023, /* 9 + 17 */
	IDENTITY_PASSPORT, /* 5–17 of A–Z, 0–9 */
	IDENTITY_KIND_COUNT,
};

enum identity_fault {
	IDENTITY_FINE,
	IDENTITY_TOO_SHORT, /* may still become valid by typing on */
	IDENTITY_TOO_LONG,
	IDENTITY_BAD_CHARACTER,
	IDENTITY_BAD_CHECK, /* check digit differs */
	IDENTITY_BAD_DATE,
	IDENTITY_BAD_REGION,
	IDENTITY_CHECK_DOUBTFUL, /* old foreigner number whose check differs: a warning */
	IDENTITY_DAMAGED, /* spreadsheet damage: 3.70E+17, trailing 000 */
	IDENTITY_FAULT_COUNT,
};

/** identity_normalise() - trim, drop inner spaces, full-width → ASCII, letters upper case
 * Return: length, or -1 when it does not fit. */
int identity_normalise(const char *utf8, char out[static IDENTITY_MAX]);

/** identity_check() - classify a normalised number.
 * @kind may be NULL. Return: IDENTITY_FINE or IDENTITY_CHECK_DOUBTFUL when it can be used. */
enum identity_fault identity_check(const char *number, enum identity_kind *kind);

/** identity_usable() - FINE or DOUBTFUL. */
bool identity_usable(enum identity_fault fault);

/** identity_upgrade_15() - the 18-digit form of a 15-digit citizen number.
 * Return: false when @fifteen is not one. */
bool identity_upgrade_15(const char *fifteen, char out[static 19]);

/** identity_downgrade_18() - the 15-digit form of an 18-digit citizen number, where upgrading it
 * leads back: born 19xx (or 18xx with sequence 996–999). */
bool identity_downgrade_18(const char *eighteen, char out[static 16]);

/** identity_canonical() - the form numbers are compared in: a 15-digit citizen number becomes its
 * 18-digit form, 1234567890B becomes 1234567890(B); everything else is the normalised number; ""
 * when it does not fit. @number need not be normalised. */
void identity_canonical(const char *number, char out[static IDENTITY_MAX]);

/** identity_mask() - for screens and lists: 18 characters → 3701**********123X; shorter numbers
 * keep the first 2 and the last 3 (≥ 8), else only the last 2. */
void identity_mask(const char *number, char out[static IDENTITY_MAX]);

/** identity_last_four() - the last four characters, brackets counted as characters. */
void identity_last_four(const char *number, char out[static 5]);

/** identity_previous_foreigner() - old 15-character number behind a 2023 card
 * @alpha3 nationality, @number 18 digits, @link 3 digits. false when the link is blank or odd. */
bool identity_previous_foreigner(const char *alpha3, const char *number, const char *link,
				 char out[static IDENTITY_MAX]);
