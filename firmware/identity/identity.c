#include "firmware/identity/identity.h"

#include <string.h>

#include "firmware/base/docnum.h"

enum { CITIZEN_CHARS = 18, LEGACY_CHARS = 15, PASSPORT_MIN = 5, PASSPORT_MAX = 17 };

/* --- characters ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* How many leading characters are digits. */
static size_t leading_digits(const char *s)
{
	size_t n = 0;

	while (is_digit(s[n]))
		n++;
	return n;
}

static bool alphanumeric(const char *s)
{
	while (is_digit(*s) || is_letter(*s))
		s++;
	return !*s;
}

static int two(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

static const char *skip_character(const char *p)
{
	p++;
	while (((unsigned char)*p & 0xc0) == 0x80)
		p++;
	return p;
}

/* Blank in any of the ways people and spreadsheets paste it. */
static bool blank(const char *p)
{
	static const char *const wide[] = { "\u00a0", "\u3000", "\u200b", "\ufeff" };

	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (!strncmp(p, wide[i], strlen(wide[i])))
			return true;
	return *p == ' ' || (*p >= '\t' && *p <= '\r');
}

/* U+FF01…U+FF5E stand for ASCII 21…7E; 0 when @p is not one of them. */
static char full_width(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] != 0xef)
		return 0;
	if (u[1] == 0xbc && u[2] >= 0x81 && u[2] <= 0xbf)
		return (char)(u[2] - 0x81 + 0x21);
	if (u[1] == 0xbd && u[2] >= 0x80 && u[2] <= 0x9e)
		return (char)(u[2] - 0x80 + 0x60);
	return 0;
}

int identity_normalise(const char *utf8, char out[static IDENTITY_MAX])
{
	const char *next;
	size_t n = 0;

	for (const char *p = utf8; *p; p = next) {
		char c = full_width(p);
		size_t bytes;

		next = skip_character(p);
		bytes = c ? 1 : (size_t)(next - p);
		if (blank(p) || (!n && *p == '\'')) /* a spreadsheet's "this is text" mark */
			continue;
		if (n + bytes >= IDENTITY_MAX) {
			out[0] = '\0';
			return -1;
		}
		if (!c)
			c = *p;
		memcpy(out + n, bytes == 1 ? &c : p, bytes);
		if (bytes == 1 && c >= 'a' && c <= 'z')
			out[n] = (char)(c - 'a' + 'A');
		n += bytes;
	}
	out[n] = '\0';
	return (int)n;
}

/* --- parts of a number ----------------------------------------------------------------------- */

static bool real_date(int year, int month, int day)
{
	static const int days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1850 || year > 2099 || month < 1 || month > 12 || day < 1 || day > days[month])
		return false;
	return month != 2 || day < 29 || leap;
}

static bool date_8(const char *yyyymmdd)
{
	return real_date(two(yyyymmdd) * 100 + two(yyyymmdd + 2), two(yyyymmdd + 4),
			 two(yyyymmdd + 6));
}

static bool date_6(int century, const char *yymmdd)
{
	return real_date(century * 100 + two(yymmdd), two(yymmdd + 2), two(yymmdd + 4));
}

static bool province(const char *s)
{
	static const char known[] =
		"11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 "
		"50 51 52 53 54 61 62 63 64 65 71";

	for (const char *p = known;; p += 3) {
		if (!memcmp(p, s, 2))
			return true;
		if (!p[2])
			return false;
	}
}

/* Sequence numbers 996–999 of the 15-digit form were kept for people born in the 1800s. */
static int legacy_century(const char *fifteen)
{
	return !memcmp(fifteen + 12, "99", 2) && fifteen[14] >= '6' ? 18 : 19;
}

/* --- one function a form --------------------------------------------------------------------- */

static enum identity_kind kind_of_18(const char *s)
{
	if (s[0] == '9')
		return IDENTITY_FOREIGNER_2023;
	if (s[0] == '8' && s[1] >= '1' && s[1] <= '3')
		return IDENTITY_RESIDENCE_PERMIT;
	return IDENTITY_CITIZEN_18;
}

static bool region_of_18(enum identity_kind kind, const char *s)
{
	if (kind == IDENTITY_FOREIGNER_2023)
		return province(s + 1);
	if (kind == IDENTITY_RESIDENCE_PERMIT)
		return !memcmp(s + 2, "0000", 4);
	return province(s);
}

static enum identity_fault check_18(const char *s, enum identity_kind *kind)
{
	size_t digits = leading_digits(s);

	*kind = kind_of_18(s);
	if (digits < 17 || (digits == 17 && s[17] != 'X'))
		return IDENTITY_BAD_CHARACTER;
	/* A spreadsheet keeps 15 digits and writes zeros for the rest. */
	if (!strcmp(s + 15, "000") && docnum_mod_11_2(s) != s[17])
		return IDENTITY_DAMAGED;
	if (!region_of_18(*kind, s))
		return IDENTITY_BAD_REGION;
	if (!date_8(s + 6))
		return IDENTITY_BAD_DATE;
	return docnum_mod_11_2(s) == s[17] ? IDENTITY_FINE : IDENTITY_BAD_CHECK;
}

static enum identity_fault check_15(const char *s)
{
	if (!province(s))
		return IDENTITY_BAD_REGION;
	return date_6(legacy_century(s), s + 6) ? IDENTITY_FINE : IDENTITY_BAD_DATE;
}

static bool old_foreigner(const char *s, size_t n)
{
	return n == LEGACY_CHARS && is_letter(s[0]) && is_letter(s[1]) && is_letter(s[2]) &&
	       leading_digits(s + 3) == 12;
}

/* Published samples of this form fail the sum, so a wrong one is a warning only. */
static enum identity_fault check_old_foreigner(const char *s)
{
	if (!date_6(19, s + 7) && !date_6(20, s + 7))
		return IDENTITY_BAD_DATE;
	return docnum_731(s, 14) == s[14] ? IDENTITY_FINE : IDENTITY_CHECK_DOUBTFUL;
}

static bool hkmo_permit(const char *s, size_t n)
{
	return (s[0] == 'H' || s[0] == 'M') && (n == 9 || n == 11) &&
	       leading_digits(s + 1) == n - 1;
}

/* Old form: 10 digits, then (B), (XY), or the letter alone. */
static bool old_taiwan_permit(const char *s, size_t n)
{
	if (leading_digits(s) != 10)
		return false;
	if (n == 11)
		return is_letter(s[10]);
	if ((n != 13 && n != 14) || s[10] != '(' || s[n - 1] != ')')
		return false;
	for (size_t i = 11; i < n - 1; i++)
		if (!is_letter(s[i]) && !is_digit(s[i]))
			return false;
	return true;
}

/* 3.70199E+17, 370199199001010000.0 */
static bool spreadsheet_number(const char *s)
{
	size_t whole = leading_digits(s), part;

	if (!whole || s[whole] != '.')
		return whole && s[whole] == 'E' && s[whole + 1] == '+';
	part = leading_digits(s + whole + 1);
	s += whole + 1 + part;
	return !*s || (s[0] == 'E' && (s[1] == '+' || is_digit(s[1])));
}

/* Something in brackets or with a hole that is none of the known forms yet. */
static enum identity_fault odd_characters(const char *s, size_t n)
{
	bool unfinished = leading_digits(s) == 10 && s[10] == '(' && n < 14 && alphanumeric(s + 11);

	if (spreadsheet_number(s))
		return IDENTITY_DAMAGED;
	return unfinished ? IDENTITY_TOO_SHORT : IDENTITY_BAD_CHARACTER;
}

/*
 * The rest: passports, 5–17 of A–Z and 0–9. Digits alone are taken for one only up to nine (the
 * longest purely numeric passports), and a long run of digits never is: it is a citizen number
 * that lacks something.
 */
static enum identity_fault check_passport(const char *s, size_t n, enum identity_kind *kind)
{
	size_t digits = leading_digits(s);

	if (n < PASSPORT_MIN || (digits == n && n > 9))
		return IDENTITY_TOO_SHORT;
	if (digits >= 12)
		return digits == n - 1 && s[digits] == 'X' ? IDENTITY_TOO_SHORT
							   : IDENTITY_BAD_CHARACTER;
	*kind = IDENTITY_PASSPORT;
	return IDENTITY_FINE;
}

static enum identity_fault classify(const char *s, enum identity_kind *kind)
{
	size_t n = strlen(s);

	*kind = IDENTITY_UNKNOWN;
	if (old_taiwan_permit(s, n) || (n == 8 && leading_digits(s) == 8)) {
		*kind = IDENTITY_TAIWAN_PERMIT;
		return IDENTITY_FINE;
	}
	if (!alphanumeric(s))
		return odd_characters(s, n);
	if (n > CITIZEN_CHARS)
		return IDENTITY_TOO_LONG;
	if (n == CITIZEN_CHARS)
		return check_18(s, kind);
	if (n == LEGACY_CHARS && leading_digits(s) == n) {
		*kind = IDENTITY_CITIZEN_15;
		return check_15(s);
	}
	if (old_foreigner(s, n)) {
		*kind = IDENTITY_FOREIGNER_OLD;
		return check_old_foreigner(s);
	}
	if (hkmo_permit(s, n)) {
		*kind = IDENTITY_HKMO_PERMIT;
		return IDENTITY_FINE;
	}
	return check_passport(s, n, kind);
}

enum identity_fault identity_check(const char *number, enum identity_kind *kind)
{
	enum identity_kind unused;

	return classify(number, kind ? kind : &unused);
}

bool identity_usable(enum identity_fault fault)
{
	return fault == IDENTITY_FINE || fault == IDENTITY_CHECK_DOUBTFUL;
}

/* --- forms of one person --------------------------------------------------------------------- */

bool identity_upgrade_15(const char *fifteen, char out[static 19])
{
	enum identity_kind kind;

	out[0] = '\0';
	if (identity_check(fifteen, &kind) != IDENTITY_FINE || kind != IDENTITY_CITIZEN_15)
		return false;
	memcpy(out, fifteen, 6);
	memcpy(out + 6, legacy_century(fifteen) == 18 ? "18" : "19", 2);
	memcpy(out + 8, fifteen + 6, 9);
	out[17] = docnum_mod_11_2(out);
	out[18] = '\0';
	return true;
}

bool identity_downgrade_18(const char *eighteen, char out[static 16])
{
	enum identity_kind kind;
	char back[19];

	out[0] = '\0';
	if (identity_check(eighteen, &kind) != IDENTITY_FINE || kind != IDENTITY_CITIZEN_18)
		return false;
	memcpy(out, eighteen, 6);
	memcpy(out + 6, eighteen + 8, 9);
	out[15] = '\0';
	/* Only where the way back leads to the same person: not 20xx, not 19xx with 996–999. */
	if (identity_upgrade_15(out, back) && !strcmp(back, eighteen))
		return true;
	out[0] = '\0';
	return false;
}

void identity_canonical(const char *number, char out[static IDENTITY_MAX])
{
	char plain[IDENTITY_MAX];
	size_t n;

	identity_normalise(number, plain);
	n = strlen(plain);
	if (identity_upgrade_15(plain, out))
		return;
	memcpy(out, plain, n + 1);
	if (n == 11 && old_taiwan_permit(plain, n)) {
		out[10] = '(';
		out[11] = plain[10];
		memcpy(out + 12, ")", 2);
	}
}

void identity_mask(const char *number, char out[static IDENTITY_MAX])
{
	size_t n = strnlen(number, IDENTITY_MAX - 1);
	size_t head = n == CITIZEN_CHARS ? 4 : n >= 8 ? 2 : 0;
	size_t tail = n == CITIZEN_CHARS ? 4 : n >= 8 ? 3 : n > 2 ? 2 : 0;

	for (size_t i = 0; i < n; i++) {
		bool shown = (i < head || i >= n - tail) && number[i] > 0x20 && number[i] < 0x7f;

		out[i] = shown ? number[i] : '*';
	}
	out[n] = '\0';
}

void identity_last_four(const char *number, char out[static 5])
{
	size_t n = strlen(number);
	const char *from = n > 4 ? number + n - 4 : number;

	while (((unsigned char)*from & 0xc0) == 0x80)
		from++;
	memcpy(out, from, strlen(from) + 1);
}

bool identity_previous_foreigner(const char *alpha3, const char *number, const char *link,
				 char out[static IDENTITY_MAX])
{
	return docnum_previous_foreigner(alpha3, number, link, out);
}
