#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table_build.h"

static const struct {
	const char *name, *iconv;
} encodings[] = {
	{ "UTF-8", "UTF-8" },	    { "UTF8", "UTF-8" },      { "UTF-8 with BOM", "UTF-8" },
	{ "65001", "UTF-8" },	    { "CP65001", "UTF-8" },   { "GB18030", "GB18030" },
	{ "54936", "GB18030" },	    { "GBK", "GB18030" },     { "GB2312", "GB18030" },
	{ "936", "GB18030" },	    { "CP936", "GB18030" },   { "OEM 936", "GB18030" },
	{ "ANSI 936", "GB18030" },  { "LDID/77", "GB18030" }, { "UTF-16LE", "UTF-16LE" },
	{ "UTF-16BE", "UTF-16BE" },
};

const char *table_iconv_name(const char *encoding)
{
	for (size_t i = 0; i < ARRAY_SIZE(encodings); i++)
		if (!strcasecmp(encoding, encodings[i].name))
			return encodings[i].iconv;
	return NULL;
}

/* What cannot be read becomes "??", as in the lists of the admission offices. */
static bool step_over(char **in, size_t *in_left, char **out, size_t *out_left)
{
	if ((errno != EILSEQ && errno != EINVAL) || !*in_left || *out_left < 2)
		return false;
	*(*out)++ = '?';
	*(*out)++ = '?';
	*out_left -= 2;
	(*in)++;
	(*in_left)--;
	return true;
}

char *table_convert(const char *encoding, const char *data, size_t bytes, size_t *out_bytes,
		    size_t *torn)
{
	size_t in_left = bytes, out_left = bytes * 3 + 4, all = out_left;
	char *in = (char *)(uintptr_t)data, *text, *out;
	iconv_t cd = iconv_open("UTF-8", encoding);
	size_t rc;

	if (cd == (iconv_t)-1)
		return NULL;
	text = out = malloc(out_left);
	rc = out ? iconv(cd, &in, &in_left, &out, &out_left) : (size_t)-1;
	while (out && torn && rc == (size_t)-1 && step_over(&in, &in_left, &out, &out_left)) {
		++*torn;
		rc = iconv(cd, &in, &in_left, &out, &out_left);
	}
	iconv_close(cd);
	if (rc == (size_t)-1) {
		free(text);
		return NULL;
	}
	*out_bytes = all - out_left;
	return text;
}
