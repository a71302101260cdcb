#include "tools/virtual/reader/vcard.h"

#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"

struct field {
	const char *types; /* letters of the types that have it: R J I Y */
	const char *key;
	uint16_t at, bytes;
};

static const struct field fields[] = {
	{ "RJY", "name", 0, 30 },	{ "I", "latin", 0, 120 },
	{ "I", "name", 158, 30 },	{ "RJY", "sex", 30, 2 },
	{ "I", "sex", 120, 2 },		{ "R", "nation", 32, 4 },
	{ "Y", "renewal", 32, 4 },	{ "RJY", "birth", 36, 16 },
	{ "I", "birth", 220, 16 },	{ "RJ", "address", 52, 70 },
	{ "Y", "latin", 52, 70 },	{ "RJY", "number", 122, 36 },
	{ "I", "number", 122, 30 },	{ "I", "nationality", 152, 6 },
	{ "RJ", "authority", 158, 30 }, { "RJIY", "from", 188, 16 },
	{ "RJIY", "to", 204, 16 },	{ "J", "permit", 220, 18 },
	{ "J", "count", 238, 4 },	{ "I", "version", 236, 4 },
	{ "I", "office", 240, 8 },	{ "Y", "nationality", 242, 6 },
	{ "Y", "link", 250, 6 },
};

static int to_utf16(const char *value, uint8_t *out, size_t size)
{
	iconv_t cd = iconv_open("UTF-16LE", "UTF-8");
	char *in = (char *)(uintptr_t)value, *to = (char *)out;
	size_t left = strlen(value), room = size;
	size_t rc = cd == (iconv_t)-1 ? (size_t)-1 : iconv(cd, &in, &left, &to, &room);

	if (cd != (iconv_t)-1)
		iconv_close(cd);
	return rc == (size_t)-1 ? -1 : (int)(size - room);
}

static const char *put(struct vcard *c, char type, const char *key, const char *value)
{
	uint8_t units[256];
	int bytes = to_utf16(strcmp(value, "long") ? value : "长期", units, sizeof(units));
	const struct field *f = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].key, key) && strchr(fields[i].types, type))
			f = &fields[i];
	if (!f)
		return "unknown field for this type of card";
	if (bytes < 0)
		return "value is not UTF-8 or too long";
	if (type == 'Y' && f->at == 52 && bytes > 70) { /* the name goes on at 220 */
		if (bytes > 92)
			return "value too long for the field";
		memcpy(c->text + 220, units + 70, (size_t)bytes - 70);
		bytes = 70;
	}
	if (bytes > f->bytes)
		return "value too long for the field";
	memcpy(c->text + f->at, units, (size_t)bytes);
	return NULL;
}

static char type_of(const char *word)
{
	if (!strcmp(word, "resident"))
		return 'R';
	return strlen(word) == 1 && strchr("JIY", word[0]) ? word[0] : 0;
}

const char *vcard_parse(const char *line, struct vcard *out)
{
	char copy[1024], *save, *word;
	const char *wrong = NULL;
	char type;

	if (snprintf(copy, sizeof(copy), "%s", line) >= (int)sizeof(copy))
		return "line too long";
	word = strtok_r(copy, " \t\r\n", &save);
	type = word ? type_of(word) : 0;
	if (!type)
		return "type must be resident, J, I or Y";
	for (int i = 0; i < VCARD_TEXT_BYTES; i += 2) {
		out->text[i] = ' ';
		out->text[i + 1] = 0;
	}
	if (type != 'R')
		out->text[248] = (uint8_t)type;
	while (!wrong && (word = strtok_r(NULL, " \t\r\n", &save))) {
		char *eq = strchr(word, '=');

		if (!eq)
			return "a field is written key=value";
		*eq = '\0';
		for (char *p = eq + 1; *p; p++)
			*p = *p == '_' ? ' ' : *p;
		wrong = put(out, type, word, eq + 1);
	}
	return wrong;
}
