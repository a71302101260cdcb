#include "firmware/export/template.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

/* Windows counts the whole path, drive and folders above ours too, up to 259 units. */
enum { HEADER_MAX = 96, PATH_UNITS_MAX = 200 };

const char *template_fault_word(enum template_fault fault)
{
	static const char *const words[] = {
		[TEMPLATE_FINE] = "fine",
		[TEMPLATE_UNKNOWN_FIELD] = "unknown_field",
		[TEMPLATE_BRACES] = "braces",
		[TEMPLATE_FORMAT] = "format",
		[TEMPLATE_EMPTY_FIELD] = "empty_field",
		[TEMPLATE_NOT_A_NUMBER] = "not_a_number",
		[TEMPLATE_ILLEGAL] = "illegal",
		[TEMPLATE_TOO_LONG] = "too_long",
	};

	return words[fault];
}

/* --- the template's own grammar ---------------------------------------------------------------- */

struct piece {
	const char *text; /* literal */
	size_t bytes;
	char header[HEADER_MAX]; /* "" a literal */
	int digits; /* of :0Nd, 0 none */
};

static enum template_fault format_of(const char *text, size_t bytes, struct piece *out)
{
	if (bytes < 3 || bytes > 4 || text[0] != '0' || text[bytes - 1] != 'd')
		return TEMPLATE_FORMAT;
	for (size_t i = 1; i < bytes - 1; i++) {
		if (text[i] < '0' || text[i] > '9')
			return TEMPLATE_FORMAT;
		out->digits = out->digits * 10 + text[i] - '0';
	}
	return out->digits < 1 || out->digits > 18 ? TEMPLATE_FORMAT : TEMPLATE_FINE;
}

static enum template_fault field_of(const char **at, struct piece *out)
{
	const char *start = *at + 1, *end = strpbrk(start, "{}");
	const char *colon;
	size_t n;

	if (!end || *end != '}')
		return TEMPLATE_BRACES;
	colon = memchr(start, ':', (size_t)(end - start));
	n = (size_t)((colon ? colon : end) - start);
	if (!n || n >= sizeof(out->header))
		return TEMPLATE_UNKNOWN_FIELD;
	memcpy(out->header, start, n);
	out->header[n] = '\0';
	*at = end + 1;
	return colon ? format_of(colon + 1, (size_t)(end - colon - 1), out) : TEMPLATE_FINE;
}

/* The next piece at *@at, which moves behind it. */
static enum template_fault next_piece(const char **at, struct piece *out)
{
	const char *p = *at;

	memset(out, 0, sizeof(*out));
	out->text = p;
	if ((p[0] == '{' && p[1] == '{') || (p[0] == '}' && p[1] == '}')) {
		out->bytes = 1;
		*at = p + 2;
		return TEMPLATE_FINE;
	}
	if (*p == '}')
		return TEMPLATE_BRACES;
	if (*p == '{')
		return field_of(at, out);
	out->bytes = strcspn(p, "{}");
	*at = p + out->bytes;
	return TEMPLATE_FINE;
}

static bool illegal_char(unsigned char c)
{
	return c < 0x20 || c == 0x7f || strchr("\\:*?\"<>|", c);
}

static bool literal_illegal(const char *text)
{
	for (const char *p = text; *p; p++)
		if (*p == '{' && p[1] != '{') {
			p = strchr(p, '}');
			if (!p)
				return false;
		} else if (illegal_char((unsigned char)*p)) {
			return true;
		}
	return text[0] == '/' || (text[0] && text[strlen(text) - 1] == '/') || strstr(text, "//");
}

enum template_fault template_check(const char *text, size_t *where)
{
	enum template_fault unknown = TEMPLATE_FINE;
	struct piece piece;

	*where = 0;
	if (!text[0])
		return TEMPLATE_EMPTY_FIELD;
	if (!text_valid(text, strlen(text)))
		return TEMPLATE_ILLEGAL;
	for (const char *at = text; *at;) {
		size_t here = (size_t)(at - text);
		enum template_fault fault = next_piece(&at, &piece);

		if (!fault && piece.header[0] && !subject_field_known(piece.header) && !unknown) {
			unknown = TEMPLATE_UNKNOWN_FIELD; /* a worse fault may follow */
			*where = here;
		}
		if (fault) {
			*where = here;
			return fault;
		}
	}
	if (literal_illegal(text)) {
		*where = 0;
		return TEMPLATE_ILLEGAL;
	}
	return unknown;
}

/* --- legal names ------------------------------------------------------------------------------- */

/* Names Windows gives to devices, with any ending. */
static bool device_name(const char *name, size_t bytes)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
	size_t n = strcspn(name, ".") < bytes ? strcspn(name, ".") : bytes;

	while (n && name[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		if (n == strlen(devices[i]) && !strncasecmp(name, devices[i], n))
			return true;
	return n == 4 && (!strncasecmp(name, "COM", 3) || !strncasecmp(name, "LPT", 3)) &&
	       name[3] >= '0' && name[3] <= '9';
}

static size_t units(const char *text, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += (size_t)(((unsigned char)text[i] & 0xc0) != 0x80) +
		     ((unsigned char)text[i] >= 0xf0);
	return n;
}

static enum template_fault component(const char *name, size_t bytes)
{
	if (!bytes || name[0] == ' ' || name[bytes - 1] == ' ' || name[bytes - 1] == '.')
		return TEMPLATE_ILLEGAL;
	for (size_t i = 0; i < bytes; i++)
		if (illegal_char((unsigned char)name[i]))
			return TEMPLATE_ILLEGAL;
	if (device_name(name, bytes))
		return TEMPLATE_ILLEGAL;
	return units(name, bytes) > TEMPLATE_COMPONENT_MAX ? TEMPLATE_TOO_LONG : TEMPLATE_FINE;
}

enum template_fault template_path(const char *path)
{
	if (!text_valid(path, strlen(path)))
		return TEMPLATE_ILLEGAL;
	for (const char *p = path, *end; p; p = end ? end + 1 : NULL) {
		enum template_fault fault;

		end = strchr(p, '/');
		fault = component(p, end ? (size_t)(end - p) : strlen(p));
		if (fault)
			return fault;
	}
	return units(path, strlen(path)) > PATH_UNITS_MAX ? TEMPLATE_TOO_LONG : TEMPLATE_FINE;
}

/* --- one person -------------------------------------------------------------------------------- */

static enum template_fault padded(const char *text, int digits, char out[static 64])
{
	char *end;
	long long n;

	if (text[strspn(text, "0123456789")] || strlen(text) > 18)
		return TEMPLATE_NOT_A_NUMBER;
	n = strtoll(text, &end, 10);
	snprintf(out, 64, "%0*lld", digits, n);
	return TEMPLATE_FINE;
}

static enum template_fault value_of(const struct piece *piece, const struct subject *s,
				    char buf[static 64], const char **out)
{
	const char *text = subject_field(s, piece->header, buf);

	if (!text || !text[0])
		return text || !subject_field_known(piece->header) ? TEMPLATE_EMPTY_FIELD
								   : TEMPLATE_UNKNOWN_FIELD;
	*out = text;
	for (const char *p = text; *p; p++)
		if (*p == '/' || illegal_char((unsigned char)*p)) /* a cell makes no folder */
			return TEMPLATE_ILLEGAL;
	if (piece->digits) {
		char number[64];
		enum template_fault fault = padded(text, piece->digits, number);

		memcpy(buf, number, sizeof(number));
		*out = buf;
		return fault;
	}
	return TEMPLATE_FINE;
}

/* The folders before a piece with a slash, while the last column that was looked at is theirs. */
static enum template_fault folders(char *path, size_t bytes)
{
	char *slash;
	enum template_fault fault;

	path[bytes] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return TEMPLATE_FINE;
	*slash = '\0';
	fault = template_path(path);
	*slash = '/';
	return fault;
}

enum template_fault template_expand_field(const char *text, const struct subject *s,
					  char out[static TEMPLATE_PATH_MAX], char field[static 96])
{
	size_t used = 0;
	struct piece piece;

	field[0] = '\0';
	for (const char *at = text; *at;) {
		enum template_fault fault = next_piece(&at, &piece);
		const char *value = piece.text;
		size_t bytes = piece.bytes;
		char buf[64];

		if (!fault && piece.header[0]) {
			text_copy(field, 96, piece.header);
			fault = value_of(&piece, s, buf, &value);
			bytes = fault ? 0 : strlen(value);
		}
		if (fault)
			return fault;
		if (used + bytes >= TEMPLATE_PATH_MAX)
			return TEMPLATE_TOO_LONG;
		memcpy(out + used, value, bytes);
		used += bytes;
		fault = piece.header[0] ? TEMPLATE_FINE : folders(out, used);
		if (fault)
			return fault;
	}
	out[used] = '\0';
	return template_path(out);
}

enum template_fault template_expand(const char *text, const struct subject *s,
				    char out[static TEMPLATE_PATH_MAX])
{
	char field[96];

	return template_expand_field(text, s, out, field);
}
