#include "tests/lib/table_files.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

static const char links[] =
	"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
	"<Relationship Id=\"r1\" Target=\"xl/workbook.xml\" Type=\"http://schemas.openxmlformats."
	"org/officeDocument/2006/relationships/officeDocument\"/></Relationships>";
static const char sheet_links[] =
	"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
	"<Relationship Id=\"s1\" Target=\"worksheets/sheet1.xml\" Type=\"http://schemas."
	"openxmlformats.org/officeDocument/2006/relationships/worksheet\"/></Relationships>";
static const char workbook[] =
	"<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
	"<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"s1\"/></sheets></workbook>";

struct made_file made_zip(const struct zip_part *parts, int stored)
{
	zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(out, ZIP_TRUNCATE, NULL);
	struct made_file made;
	zip_stat_t st;

	assert(z);
	zip_source_keep(out);
	for (; parts->name; parts++) {
		zip_source_t *s = zip_source_buffer(z, parts->text, strlen(parts->text), 0);
		zip_int64_t at = zip_file_add(z, parts->name, s, 0);

		zip_set_file_compression(z, (zip_uint64_t)at,
					 stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
	}
	assert(zip_close(z) == 0);
	zip_source_stat(out, &st);
	made.bytes = st.size;
	made.data = malloc(made.bytes);
	zip_source_open(out);
	assert(zip_source_read(out, made.data, made.bytes) == (zip_int64_t)made.bytes);
	zip_source_close(out);
	zip_source_free(out);
	return made;
}

struct made_file made_sheet(const char *sheet_data)
{
	struct made_file made;
	char *sheet;

	assert(asprintf(&sheet, "<worksheet><sheetData>%s</sheetData></worksheet>", sheet_data) >
	       0);
	made = made_zip((const struct zip_part[]){ { "[Content_Types].xml", "<Types/>" },
						   { "_rels/.rels", links },
						   { "xl/workbook.xml", workbook },
						   { "xl/_rels/workbook.xml.rels", sheet_links },
						   { "xl/worksheets/sheet1.xml", sheet },
						   { NULL, NULL } },
			0);
	free(sheet);
	return made;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void entry(uint8_t *p, const char *name, int type, uint32_t start, uint32_t bytes)
{
	for (size_t i = 0; name[i]; i++)
		p[i * 2] = (uint8_t)name[i];
	p[64] = (uint8_t)(2 * strlen(name) + 2);
	p[66] = (uint8_t)type;
	memset(p + 68, 0xff, 12);
	put32(p + 116, start);
	put32(p + 120, bytes);
}

/* Sector 0 is the FAT, 1 the directory, the stream follows. */
struct made_file made_ole(const char *stream, const void *data, size_t bytes)
{
	size_t length = bytes < 4096 ? 4096 : bytes, sectors = (length + 511) / 512;
	struct made_file made = { calloc(sectors + 3, 512), (sectors + 3) * 512 };
	uint8_t *h = made.data;

	assert(sectors <= 100);
	memcpy(h, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	h[24] = 0x3e;
	h[26] = 3;
	h[28] = 0xfe;
	h[29] = 0xff;
	h[30] = 9;
	h[32] = 6;
	put32(h + 44, 1);
	put32(h + 48, 1);
	put32(h + 56, 4096);
	put32(h + 60, 0xfffffffe);
	put32(h + 68, 0xfffffffe);
	memset(h + 76, 0xff, 436);
	put32(h + 76, 0);
	memset(h + 512, 0xff, 512);
	put32(h + 512, 0xfffffffd);
	put32(h + 516, 0xfffffffe);
	for (size_t i = 0; i < sectors; i++)
		put32(h + 520 + i * 4, i + 1 < sectors ? (uint32_t)i + 3 : 0xfffffffe);
	entry(h + 1024, "Root Entry", 5, 0xfffffffe, 0);
	put32(h + 1024 + 76, 1);
	entry(h + 1024 + 128, stream, 2, 2, (uint32_t)length);
	memcpy(h + 1536, data, bytes);
	return made;
}

size_t made_record(uint8_t *out, size_t bytes, unsigned int id, const void *data, size_t n)
{
	out[bytes] = (uint8_t)id;
	out[bytes + 1] = (uint8_t)(id >> 8);
	out[bytes + 2] = (uint8_t)n;
	out[bytes + 3] = (uint8_t)(n >> 8);
	memcpy(out + bytes + 4, data, n);
	return bytes + 4 + n;
}
