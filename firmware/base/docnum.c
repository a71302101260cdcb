#include "firmware/base/docnum.h"

#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

char docnum_mod_11_2(const char *seventeen)
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int i = 0; i < 17; i++) {
		if (!is_digit(seventeen[i]))
			return 0;
		sum += (seventeen[i] - '0') * weights[i];
	}
	return "10X98765432"[sum % 11];
}

char docnum_731(const char *chars, size_t n)
{
	static const unsigned int weights[3] = { 7, 3, 1 };
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_digit(chars[i]))
			sum += (unsigned int)(chars[i] - '0') * weights[i % 3];
		else if (is_letter(chars[i]))
			sum += (unsigned int)(chars[i] - 'A' + 10) * weights[i % 3];
		else
			return 0;
	}
	return (char)('0' + sum % 10);
}

/* Exactly @n characters, all accepted by @is. */
static bool consists_of(const char *s, size_t n, bool (*is)(char))
{
	for (size_t i = 0; i < n; i++)
		if (!is(s[i]))
			return false;
	return !s[n];
}

bool docnum_previous_foreigner(const char *alpha3, const char *number, const char *link,
			       char out[static 16])
{
	out[0] = '\0';
	if (!consists_of(alpha3, 3, is_letter) || !consists_of(link, 3, is_digit) ||
	    strlen(number) != 18 || number[0] != '9' || !docnum_mod_11_2(number))
		return false;
	memcpy(out, alpha3, 3);
	memcpy(out + 3, number + 1, 2); /* province */
	memcpy(out + 5, link, 2); /* city */
	memcpy(out + 7, number + 8, 6); /* YYMMDD */
	out[13] = link[2];
	out[14] = docnum_731(out, 14);
	out[15] = '\0';
	return true;
}
