#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table_build.h"

/* What other files begin with. */
static const struct {
	const char *magic;
	size_t bytes, at;
	enum table_fault fault;
} magics[] = {
	{ "%PDF-", 5, 0, TABLE_PDF },
	{ "Rar!\x1a\x07", 6, 0, TABLE_RAR },
	{ "7z\xbc\xaf\x27\x1c", 6, 0, TABLE_7Z },
	{ "\x1f\x8b\x08", 3, 0, TABLE_ZIP },
	{ "\xff\xd8\xff", 3, 0, TABLE_PICTURE },
	{ "\x89PNG", 4, 0, TABLE_PICTURE },
	{ "GIF8", 4, 0, TABLE_PICTURE },
	{ "WEBP", 4, 8, TABLE_PICTURE },
	{ "ftyp", 4, 4, TABLE_PICTURE }, /* heic, avif; a film as well */
	{ "II*\0", 4, 0, TABLE_PICTURE },
	{ "MM\0*", 4, 0, TABLE_PICTURE },
	{ "{\\rtf", 5, 0, TABLE_WORD },
};

static bool starts(const uint8_t *data, size_t bytes, const char *with, size_t n)
{
	return bytes >= n && !memcmp(data, with, n);
}

/* Some writers put lines of their own before the "%PDF-". */
static bool is_pdf(const uint8_t *data, size_t bytes)
{
	return memchr(data, 0, bytes) && memmem(data, bytes < 1024 ? bytes : 1024, "%PDF-1.", 7);
}

/* The stream without the compound file around it: BIFF2 to BIFF4, from old reporting tools. */
static bool is_bare_biff(const uint8_t *data, size_t bytes)
{
	return bytes > 8 && data[0] == 0x09 && !(data[1] & ~0x0e) && data[2] >= 4 &&
	       data[2] <= 16 && data[3] == 0 && (data[6] == 0x10 || data[6] == 0x05) &&
	       data[7] == 0;
}

static void read_text(struct table *t, const uint8_t *data, size_t bytes)
{
	table_csv_read(t, (const char *)data, bytes);
}

table_reader table_sniff(struct table *t, const uint8_t *data, size_t bytes)
{
	if (!bytes || bytes > TABLE_BYTES_MAX) {
		table_refuse(t, bytes ? TABLE_TOO_BIG : TABLE_EMPTY, NULL);
		return NULL;
	}
	if (starts(data, bytes, "PK\3\4", 4) || starts(data, bytes, "PK\5\6", 4))
		return table_xlsx_read;
	if (starts(data, bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return table_ole_read;
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (bytes > magics[i].at && starts(data + magics[i].at, bytes - magics[i].at,
						   magics[i].magic, magics[i].bytes))
			table_refuse(t, magics[i].fault, NULL);
	if (is_pdf(data, bytes))
		table_refuse(t, TABLE_PDF, NULL);
	if (t->fault)
		return NULL;
	if (is_bare_biff(data, bytes))
		return table_biff_read;
	return table_dbf_looks(data, bytes) ? table_dbf_read : read_text;
}

bool table_text_is_markup(const char *utf8, size_t bytes)
{
	static const char *const begins[] = { "<html",	      "<!doctype", "<table",  "<meta",
					      "<head",	      "<style",	   "<script", "<?xml",
					      "<div",	      "<body",	   "<!--",    "<workbook",
					      "MIME-Version:" };

	while (bytes && (*utf8 == ' ' || (*utf8 >= '\t' && *utf8 <= '\r'))) {
		utf8++;
		bytes--;
	}
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (bytes >= strlen(begins[i]) && !strncasecmp(utf8, begins[i], strlen(begins[i])))
			return true;
	return false;
}
