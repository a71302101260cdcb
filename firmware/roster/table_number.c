#include "firmware/roster/table_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/text.h"

/* A double carries 15 decimal digits whole; spreadsheets write zeros for the rest. */
#define WHOLE_MAX 1e15

/* --- format codes --------------------------------------------------------------------------------
 */

struct scan {
	bool date, digits, after_digits, odd;
	int zeros, decimals;
	bool point, percent;
	size_t before, after;
};

static void literal(struct number_format *f, struct scan *s, const char *p, size_t n)
{
	char *to = s->digits ? f->after : f->before;
	size_t *used = s->digits ? &s->after : &s->before;

	if (*used + n >= sizeof(f->before)) {
		s->odd = true;
		return;
	}
	memcpy(to + *used, p, n);
	*used += n;
	s->after_digits = s->digits;
}

/* [Red] and [$-804] say nothing here, [h] is a duration, [>=5] a choice. */
static void bracket(struct scan *s, const char *p)
{
	if (strchr("hHmMsS", *p))
		s->date = true;
	if (strchr("<>=", *p))
		s->odd = true;
}

static void digit(struct scan *s, char c)
{
	s->odd = s->odd || s->after_digits;
	s->digits = true;
	if (s->point)
		s->decimals += c == '0';
	else
		s->zeros += c == '0';
}

/* One plain character of a code. */
static void letter(struct number_format *f, struct scan *s, const char *p)
{
	if (strchr("yYmMdDhHsS", *p))
		s->date = true;
	else if (strchr("0#?", *p))
		digit(s, *p);
	else if (*p == '.')
		s->point = true;
	else if (*p == '%')
		s->percent = true;
	else if (strchr("eE/@", *p))
		s->odd = true;
	else if (*p != ',')
		literal(f, s, p, 1);
}

/* The section for positive numbers is the one that counts. */
static void scan_code(struct number_format *f, struct scan *s, const char *code)
{
	for (const char *p = code; *p && *p != ';'; p++) {
		const char *end = NULL;

		if (*p == '"' || *p == '[')
			end = strchr(p + 1, *p == '"' ? '"' : ']');
		if (end && *p == '"')
			literal(f, s, p + 1, (size_t)(end - p - 1));
		else if (end)
			bracket(s, p + 1);
		else if ((*p == '\\' || *p == '_' || *p == '*') && p[1])
			end = p + 1;
		else
			letter(f, s, p);
		if (end && *p == '\\')
			literal(f, s, end, 1);
		p = end ? end : p;
	}
}

void number_format_parse(struct number_format *f, const char *code)
{
	struct scan s = { .date = false };

	*f = (struct number_format){ .look = NUMBER_GENERAL };
	/* "G/通用格式" is what Chinese Excel calls General. */
	if (!strncasecmp(code, "General", 7) || !strncmp(code, "G/", 2))
		return;
	scan_code(f, &s, code);
	if (s.date) {
		f->look = NUMBER_DATE;
	} else if (s.digits && !s.odd && s.zeros <= 20 && s.decimals <= 15 &&
		   text_valid(f->before, s.before) && text_valid(f->after, s.after)) {
		f->look = NUMBER_FIXED;
		f->zeros = s.zeros;
		f->decimals = s.decimals;
		f->percent = s.percent;
	}
}

void number_format_builtin(struct number_format *f, unsigned int id)
{
	static const char *const codes[] = {
		[1] = "0", [2] = "0.00", [3] = "#,##0", [4] = "#,##0.00", [9] = "0%", [10] = "0.00%"
	};

	*f = (struct number_format){ .look = NUMBER_GENERAL };
	/* 27–36 and 50–58 are the dates of Chinese, Japanese and Korean Excel. */
	if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) ||
	    (id >= 50 && id <= 58))
		f->look = NUMBER_DATE;
	else if (id < sizeof(codes) / sizeof(codes[0]) && codes[id])
		number_format_parse(f, codes[id]);
	else if (id >= 37 && id <= 40)
		number_format_parse(f, id < 39 ? "0" : "0.00");
}

/* --- showing -------------------------------------------------------------------------------------
 */

bool number_parse(const char *text, double *value)
{
	char *end;

	if (!*text || strspn(text, "0123456789+-.eE") != strlen(text))
		return false;
	*value = strtod(text, &end);
	return !*end && isfinite(*value);
}

static void trim_zeros(char *text)
{
	size_t n = strlen(text);

	while (strchr(text, '.') && n && (text[n - 1] == '0' || text[n - 1] == '.')) {
		bool point = text[n - 1] == '.';

		text[--n] = '\0';
		if (point)
			break;
	}
}

/* 15 digits and zeros, as the formula bar shows them. */
static void show_lost(double value, char out[static NUMBER_SHOWN_MAX])
{
	char digits[32];
	int exponent, n;

	snprintf(digits, sizeof(digits), "%.14e", fabs(value));
	exponent = atoi(strchr(digits, 'e') + 1);
	if (exponent >= NUMBER_SHOWN_MAX - 8) {
		snprintf(out, NUMBER_SHOWN_MAX, "%.14e", value);
		return;
	}
	n = snprintf(out, NUMBER_SHOWN_MAX, "%s%c%.14s", value < 0 ? "-" : "", digits[0],
		     digits + 2);
	for (int i = 14; i < exponent; i++)
		out[n++] = '0';
	out[n] = '\0';
}

static void show_general(double value, char out[static NUMBER_SHOWN_MAX])
{
	snprintf(out, NUMBER_SHOWN_MAX, "%.15g", value);
	if (!strchr(out, 'e'))
		return;
	snprintf(out, NUMBER_SHOWN_MAX, "%.20f", value);
	trim_zeros(out);
}

static void show_fixed(double value, const struct number_format *f,
		       char out[static NUMBER_SHOWN_MAX])
{
	double shown = fabs(value) * (f->percent ? 100 : 1);
	int width = f->zeros + (f->decimals ? f->decimals + 1 : 0);
	char digits[64];

	/* 2.675 is 2.67499… in a double; 15 digits are what was meant. */
	snprintf(digits, sizeof(digits), "%.15g", shown);
	shown = strtod(digits, NULL);
	shown = nextafter(shown, INFINITY);
	snprintf(digits, sizeof(digits), "%0*.*f", width, f->decimals, shown);
	snprintf(out, NUMBER_SHOWN_MAX, "%s%s%s%s%s", value < 0 ? "-" : "", f->before, digits,
		 f->percent ? "%" : "", f->after);
}

/* Days since 1970-01-01 → year, month, day of the Gregorian calendar. */
static void civil(long days, int *year, int *month, int *day)
{
	long z = days + 719468, era = z / 146097, doe = z - era * 146097;
	long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	long doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool show_date(double value, bool from_1904, char out[static NUMBER_SHOWN_MAX])
{
	long long seconds;
	int year = 1900, month = 2, day = 29, n = 0;
	long days, rest;

	if (value < 0 || value >= 2958466)
		return false;
	seconds = llround(value * 86400);
	days = (long)(seconds / 86400);
	rest = (long)(seconds % 86400);
	/* Excel keeps a 29 February 1900, day 60, that never was. */
	if (from_1904)
		civil(days - 24107, &year, &month, &day);
	else if (days != 60)
		civil(days - (days < 60 ? 25568 : 25569), &year, &month, &day);
	if (days)
		n = snprintf(out, NUMBER_SHOWN_MAX, "%04d-%02d-%02d", year, month, day);
	if (rest || !days)
		n += snprintf(out + n, NUMBER_SHOWN_MAX - (size_t)n, "%s%02ld:%02ld", n ? " " : "",
			      rest / 3600, rest / 60 % 60);
	if (rest % 60)
		snprintf(out + n, NUMBER_SHOWN_MAX - (size_t)n, ":%02ld", rest % 60);
	return true;
}

enum cell_kind number_show(double value, const struct number_format *f, bool from_1904,
			   char out[static NUMBER_SHOWN_MAX])
{
	if (f->look == NUMBER_DATE && show_date(value, from_1904, out))
		return CELL_DATE;
	if (fabs(value) >= WHOLE_MAX) {
		show_lost(value, out);
		return CELL_NUMBER_LOST;
	}
	if (f->look == NUMBER_FIXED)
		show_fixed(value, f, out);
	else
		show_general(value == 0 ? 0 : value, out);
	return CELL_NUMBER;
}
