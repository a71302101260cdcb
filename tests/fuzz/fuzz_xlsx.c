/* Zips as they are, and the parts inside one: sheet, strings, styles, workbook, set apart by the byte
 * 1, so that mutations reach the XML without having to guess a checksum. */
#include <zip.h>

#include "tests/fuzz/table_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINK(id, target) "<Relationship Id='" id "' Target='" target "' Type='x/" target "'/>"

static const char links[] = "<Relationships>" LINK("a", "worksheet") LINK("b", "sharedStrings")
	LINK("c", "styles") "</Relationships>";
static const char workbook[] = "<workbook><sheets><sheet name='S' id='a'/></sheets></workbook>";

static void add(zip_t *z, const char *name, const void *data, size_t size)
{
	zip_source_t *s = zip_source_buffer(z, data, size, 0);
	zip_int64_t at = zip_file_add(z, name, s, 0);

	zip_set_file_compression(z, (zip_uint64_t)at, ZIP_CM_STORE, 0);
}

static void add_parts(zip_t *z, const uint8_t *data, size_t size)
{
	static const char *const names[] = { "xl/worksheet", "xl/sharedStrings", "xl/styles",
					     "xl/workbook.xml" };
	int part = 0;

	for (; part < 4 && (size || !part); part++) {
		const uint8_t *end = part < 3 && size ? memchr(data, 1, size) : NULL;
		size_t n = end ? (size_t)(end - data) : size;

		add(z, names[part], data, n);
		size -= end ? n + 1 : n;
		data += end ? n + 1 : n;
	}
	if (part < 4)
		add(z, names[3], workbook, sizeof(workbook) - 1);
	add(z, "xl/_rels/workbook.xml.rels", links, sizeof(links) - 1);
}

static void check_parts(const uint8_t *data, size_t size)
{
	zip_source_t *out = zip_source_buffer_create(NULL, 0, 0, NULL);
	zip_t *z = zip_open_from_source(out, ZIP_TRUNCATE, NULL);
	uint8_t *file;
	zip_stat_t st;

	zip_source_keep(out);
	add_parts(z, data, size);
	if (zip_close(z) < 0)
		abort();
	zip_source_stat(out, &st);
	file = malloc(st.size);
	zip_source_open(out);
	zip_source_read(out, file, st.size);
	zip_source_close(out);
	zip_source_free(out);
	check_table(file, st.size, NULL);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == 'P')
		check_table(data, size, NULL);
	else
		check_parts(data, size);
	return 0;
}
