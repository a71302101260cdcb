#include "firmware/base/text.h"

#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

static const char *const domains[LANG_COUNT] = { "tapshot-zh", "tapshot-en" };

static const char *installed_dir(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 16);
	char *slash;

	if (n > 0) {
		buf[n] = '\0';
		/* Beside the program, or one floor up: test programs stand in build/tests. */
		for (int up = 0; up < 2 && (slash = strrchr(buf, '/')); up++) {
			strcpy(slash, "/locale");
			if (!access(buf, R_OK))
				return buf;
			*slash = '\0';
		}
	}
	return "/usr/share/tapshot/locale";
}

int text_init(const char *dir)
{
	char buf[512], probe[640];
	int rc = 0;

	setlocale(LC_CTYPE, "C.UTF-8");
	setlocale(LC_MESSAGES, "C.UTF-8");
	unsetenv("LANGUAGE"); /* it would pick another catalogue than the domain we name */
	if (!dir)
		dir = getenv("TAPSHOT_LOCALE");
	if (!dir)
		dir = installed_dir(buf, sizeof(buf));
	for (int i = 0; i < LANG_COUNT; i++) {
		bindtextdomain(domains[i], dir);
		bind_textdomain_codeset(domains[i], "UTF-8");
		snprintf(probe, sizeof(probe), "%s/C/LC_MESSAGES/%s.mo", dir, domains[i]);
		if (access(probe, R_OK) < 0)
			rc = -ENOENT;
	}
	return rc;
}

const char *text_get(enum lang lang, const char *id)
{
	return id[0] ? dgettext(domains[lang], id) : "";
}

static const char *value_of(const struct text_arg *args, const char *name, size_t n)
{
	for (; args && args->name; args++)
		if (strlen(args->name) == n && !memcmp(args->name, name, n))
			return args->value;
	return NULL;
}

char *text_format(char *out, size_t size, enum lang lang, const char *id,
		  const struct text_arg *args)
{
	const char *p = text_get(lang, id);
	SCOPED_FREE char *full = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&full, &len);

	if (!f)
		return text_copy(out, size, p);
	while (*p) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		const char *v = end ? value_of(args, p + 1, (size_t)(end - p - 1)) : NULL;

		if (v) {
			fputs(v, f);
			p = end + 1;
		} else {
			fputc(*p++, f);
		}
	}
	fclose(f);
	return text_copy(out, size, full);
}

char *text_copy(char *out, size_t size, const char *utf8)
{
	size_t n = strnlen(utf8, size);

	if (n >= size)
		for (n = size - 1; n > 0 && ((uint8_t)utf8[n] & 0xc0) == 0x80; n--)
			;
	memcpy(out, utf8, n);
	out[n] = '\0';
	return out;
}

/* Bytes of the well-formed character at @p, 0 when it is not one (Unicode 15, table 3-7). */
static size_t character_bytes(const uint8_t *p, size_t left)
{
	static const struct {
		uint8_t from, to, second_from, second_to, bytes;
	} forms[] = {
		{ 0x00, 0x7f, 0x00, 0x00, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (p[0] < forms[i].from || p[0] > forms[i].to)
			continue;
		if (forms[i].bytes > left)
			return 0;
		if (forms[i].bytes > 1 &&
		    (p[1] < forms[i].second_from || p[1] > forms[i].second_to))
			return 0;
		for (size_t k = 2; k < forms[i].bytes; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].bytes;
	}
	return 0;
}

bool text_valid(const char *utf8, size_t bytes)
{
	const uint8_t *p = (const uint8_t *)utf8;

	for (size_t n; bytes; p += n, bytes -= n) {
		n = character_bytes(p, bytes);
		if (!n)
			return false;
	}
	return true;
}

size_t text_length(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((uint8_t)*utf8 & 0xc0) != 0x80;
	return n;
}
