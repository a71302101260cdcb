/* Any file a school may send, read as its sender sees it: text, dbf, and what is no table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <shapefil.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/table.h"
#include "tests/lib/table_files.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tapshot-table-XXXXXX");
	assert_non_null(mkdtemp(dir));
	return text_init(NULL);
}

static int teardown(void **state)
{
	char cmd[96];
	(void)state;

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static struct table *parse(const char *bytes, size_t n, const struct table_wish *wish)
{
	struct table *t;
	char *exact = malloc(n ? n : 1); /* a sanitizer sees one byte over */

	memcpy(exact, bytes, n);
	t = table_parse(exact, n, wish);
	free(exact);
	assert_non_null(t);
	return t;
}

static void is_cell(struct table *t, int row, int column, const char *text)
{
	assert_string_equal(table_cell(t, 0, row, column), text);
}

/* Reads as 姓名 beside 测试甲 over 张三 beside 1. */
static void is_small_list(const char *bytes, size_t n, const char *encoding, char separator)
{
	struct table *t = parse(bytes, n, NULL);

	assert_int_equal(table_fault(t), TABLE_FINE);
	assert_string_equal(table_format(t), "csv");
	assert_string_equal(table_encoding(t), encoding);
	assert_int_equal(table_separator(t), separator);
	assert_int_equal(table_rows(t, 0), 2);
	is_cell(t, 0, 0, "姓名");
	is_cell(t, 0, 1, "序号");
	is_cell(t, 1, 0, "张三");
	is_cell(t, 1, 1, "0001");
	table_free(t);
}

#define SMALL(text, encoding, separator) is_small_list(text, sizeof(text) - 1, encoding, separator)

static void text_in_every_encoding_and_separator(void **state)
{
	(void)state;
	SMALL("姓名,序号\n张三,0001\n", "UTF-8", ',');
	SMALL("\xef\xbb\xbf姓名;序号\r\n张三;0001", "UTF-8 with BOM", ';');
	SMALL("\xd0\xd5\xc3\xfb\t\xd0\xf2\xba\xc5\r\xd5\xc5\xc8\xfd\t0001\r", "GB18030", '\t');
	SMALL("\xff\xfe\xd3\x59\x0d\x54\x09\0\x8f\x5e\xf7\x53\r\0\n\0\x20\x5f\x09\x4e\t\0"
	      "0\0000\0000\0001\0\r\0\n\0",
	      "UTF-16LE", '\t');
	SMALL("\x59\xd3\x54\x0d\0,\x5e\x8f\x53\xf7\0\n\x5f\x20\x4e\x09\0,\0000\0000\0000\0001\0\n",
	      "UTF-16BE", ',');
	SMALL("sep=;\n姓名;序号\n张三;0001\n", "UTF-8", ';');
	SMALL("姓名,序号\r\n张三,0001\r\n\x1a\0\0", "UTF-8", ',');
	SMALL("姓名;序号\n\"张三\";=\"0001\"\n\n\n", "UTF-8", ';');
}

/* One torn character in a long list is shown as such; the rest is as good as before. */
static void a_torn_character_does_not_refuse_a_list(void **state)
{
	static const char *const torn[] = { "欧\xe9\x98,\n", "\xc5\xb7\xff,\n" };
	static const char *const whole[] = { "张三丰,\n", "\xd5\xc5\xc8\xfd\xb7\xe1,\n" };
	(void)state;

	for (int k = 0; k < 2; k++) {
		char text[2048] = "";
		struct table *t;

		for (int i = 0; i < 101; i++)
			strcat(text, i == 50 ? torn[k] : whole[k]);
		t = parse(text, strlen(text), NULL);
		assert_string_equal(table_fault_word(table_fault(t)), "fine");
		assert_string_equal(table_encoding(t), k ? "GB18030" : "UTF-8");
		assert_memory_equal(table_cell(t, 0, 50, 0), "欧??", 5);
		is_cell(t, 51, 0, "张三丰");
		table_free(t);
	}
}

static void a_wish_overrides_the_guess(void **state)
{
	static const char big[] = "\xd0\xd5|a,b";
	const struct table_wish wish = { .encoding = "GBK", .separator = '|' };
	struct table *t = parse(big, sizeof(big) - 1, &wish);
	(void)state;

	is_cell(t, 0, 0, "姓");
	is_cell(t, 0, 1, "a,b");
	table_free(t);
	t = parse("姓", 3, &(struct table_wish){ .encoding = "UTF-7" });
	assert_int_equal(table_fault(t), TABLE_ENCODING);
	table_free(t);
}

static void quotes_line_ends_and_blanks(void **state)
{
	static const char text[] = "a, \"b\"\"c\nd\" ,e\n"
				   "\n"
				   " \t,　x　,\n"
				   "12\"3,4,,\n";
	struct table *t = parse(text, sizeof(text) - 1, NULL);
	(void)state;

	is_cell(t, 0, 1, "b\"c\nd");
	is_cell(t, 0, 2, "e");
	is_cell(t, 0, 3, "");
	is_cell(t, 1, 1, "x");
	is_cell(t, 2, 0, "12\"3");
	assert_int_equal(table_line(t, 0, 0), 1);
	assert_int_equal(table_line(t, 0, 1), 3);
	assert_int_equal(table_line(t, 0, 2), 4);
	assert_int_equal(table_row_width(t, 0, 2), 2);
	assert_int_equal(table_width(t, 0), 3);
	table_free(t);
	t = parse("a,b\n\"c,d\n", 9, NULL);
	assert_int_equal(table_fault(t), TABLE_QUOTES);
	table_free(t);
}

static void a_number_that_lost_its_digits_is_known(void **state)
{
	static const char text[] = "3.70E+17,1.1e+5,370E17,E+17,3.7E+17号";
	struct table *t = parse(text, sizeof(text) - 1, NULL);
	(void)state;

	assert_int_equal(table_cell_kind(t, 0, 0, 0), CELL_NUMBER_LOST);
	assert_int_equal(table_cell_kind(t, 0, 0, 1), CELL_NUMBER_LOST);
	for (int i = 2; i < 5; i++)
		assert_int_equal(table_cell_kind(t, 0, 0, i), CELL_TEXT);
	table_free(t);
}

/* --- what is no table ----------------------------------------------------------------------------
 */

static void is_refused(const void *bytes, size_t n, enum table_fault fault)
{
	struct table *t = parse(bytes, n, NULL);
	char id[64];

	assert_string_equal(table_fault_word(table_fault(t)), table_fault_word(fault));
	assert_int_equal(table_sheets(t), 0);
	snprintf(id, sizeof(id), "table.fault.%s", table_fault_word(fault));
	for (int lang = 0; lang < LANG_COUNT; lang++)
		assert_string_not_equal(text_get((enum lang)lang, id), id);
	snprintf(id, sizeof(id), "table.cure.%s", table_fault_word(fault));
	for (int lang = 0; lang < LANG_COUNT; lang++)
		assert_string_not_equal(text_get((enum lang)lang, id), id);
	table_free(t);
}

#define REFUSED(text, fault) is_refused(text, sizeof(text) - 1, fault)

static void other_files_are_named(void **state)
{
	(void)state;
	REFUSED("", TABLE_EMPTY);
	REFUSED("\n \n", TABLE_EMPTY);
	REFUSED("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", TABLE_PDF);
	REFUSED("Rar!\x1a\x07\x01\0abc", TABLE_RAR);
	REFUSED("7z\xbc\xaf\x27\x1c\0\4abc", TABLE_7Z);
	REFUSED("\xff\xd8\xff\xe0\0\x10JFIF\0", TABLE_PICTURE);
	REFUSED("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", TABLE_PICTURE);
	REFUSED("GIF89a\1\0\1\0\0", TABLE_PICTURE);
	REFUSED("RIFF\x24\0\0\0WEBPVP8 ", TABLE_PICTURE);
	REFUSED("\0\0\0\x18"
		"ftypheic\0\0\0\0mif1heic",
		TABLE_PICTURE);
	REFUSED("{\\rtf1\\ansi x}", TABLE_WORD);
	REFUSED("\r\n<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><table>", TABLE_HTML);
	REFUSED("\xef\xbb\xbf<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>",
		TABLE_HTML);
	REFUSED("姓名,\xff\xff\xff\n", TABLE_ENCODING);
	REFUSED("姓名,学\xe5\xad", TABLE_BROKEN);
	REFUSED("a\0b\1\2\3\4\5\6\7,\n", TABLE_OTHER);
}

static void zips_and_compound_files_are_named(void **state)
{
	static const struct {
		struct zip_part part;
		enum table_fault fault;
	} zips[] = {
		{ { "名单.xlsx", "x" }, TABLE_ZIP },
		{ { "word/document.xml", "x" }, TABLE_WORD },
		{ { "xl/workbook.bin", "x" }, TABLE_XLSB },
		{ { "mimetype", "application/vnd.oasis.opendocument.spreadsheet" }, TABLE_ODS },
	};
	static const struct {
		const char *stream;
		enum table_fault fault;
	} oles[] = { { "EncryptedPackage", TABLE_ENCRYPTED },
		     { "WordDocument", TABLE_WORD },
		     { "Contents", TABLE_OTHER },
		     { "Workbook", TABLE_BROKEN } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(zips); i++) {
		struct made_file f =
			made_zip((struct zip_part[]){ zips[i].part, { NULL, NULL } }, 0);

		is_refused(f.data, f.bytes, zips[i].fault);
		free(f.data);
	}
	for (size_t i = 0; i < ARRAY_SIZE(oles); i++) {
		struct made_file f = made_ole(oles[i].stream, "xxxx", 4);

		is_refused(f.data, f.bytes, oles[i].fault);
		is_refused(f.data, 600, TABLE_BROKEN);
		free(f.data);
	}
}

static struct table *read_as(const char *name, const void *data, size_t bytes)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_int_equal(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
	return table_read(path, NULL);
}

static void the_name_of_the_file_does_not_matter(void **state)
{
	struct made_file xlsx = made_sheet("<row><c t=\"inlineStr\"><is><t>甲</t></is></c></row>");
	struct made_file et = made_ole("Contents", "x", 1);
	struct table *t;
	(void)state;

	t = read_as("名单(1).xlsx.download", xlsx.data, xlsx.bytes);
	assert_string_equal(table_format(t), "xlsx");
	table_free(t);
	t = read_as("名单.xls", "a,b\n", 4);
	assert_string_equal(table_format(t), "csv");
	is_cell(t, 0, 1, "b");
	table_free(t);
	/* Only a compound file that says nothing of itself is called what its name says. */
	t = read_as("名单.et", et.data, et.bytes);
	assert_int_equal(table_fault(t), TABLE_ET);
	table_free(t);
	t = table_read("/nowhere/名单.xlsx", NULL);
	assert_int_equal(table_fault(t), TABLE_UNREADABLE);
	table_free(t);
	t = table_read("/tmp", NULL);
	assert_int_equal(table_fault(t), TABLE_UNREADABLE);
	table_free(t);
	free(xlsx.data);
	free(et.data);
}

/* --- dbf -----------------------------------------------------------------------------------------
 */

static const char *make_dbf(const char *name, const char *code_page, const char *person)
{
	static char path[128];
	DBFHandle d;

	snprintf(path, sizeof(path), "%s/%s.dbf", dir, name);
	d = DBFCreateEx(path, code_page);
	assert_non_null(d);
	DBFAddField(d, "XM", FTString, 24, 0);
	DBFAddField(d, "XH", FTString, 15, 0);
	DBFAddField(d, "SFZH", FTDouble, 18, 0);
	DBFAddField(d, "CSRQ", FTDate, 8, 0);
	DBFAddField(d, "YJ", FTLogical, 1, 0);
	DBFAddField(d, "XZ", FTDouble, 5, 1);
	for (int i = 0; i < 3; i++) {
		DBFWriteStringAttribute(d, i, 0, i == 2 ? "Li" : person);
		DBFWriteStringAttribute(d, i, 1, "0012");
	}
	DBFWriteDoubleAttribute(d, 0, 2, 110199199001010010.0);
	DBFWriteIntegerAttribute(d, 0, 3, 20040203);
	DBFWriteLogicalAttribute(d, 0, 4, 'T');
	DBFWriteDoubleAttribute(d, 0, 5, 2.5);
	DBFMarkRecordDeleted(d, 1, 1);
	DBFClose(d);
	return path;
}

static void a_dbf_shows_fields_as_the_header(void **state)
{
	static const char *const first[] = { "测试甲",	   "0012", "110199199001010016",
					     "2004-02-03", "TRUE", "2.5" };
	struct table *t = table_read(make_dbf("gbk", "LDID/77", "\xb2\xe2\xca\xd4\xbc\xd7"), NULL);
	(void)state;

	assert_int_equal(table_fault(t), TABLE_FINE);
	assert_string_equal(table_format(t), "dbf");
	assert_string_equal(table_encoding(t), "GB18030");
	assert_int_equal(table_rows(t, 0), 3);
	is_cell(t, 0, 2, "SFZH");
	for (int i = 0; i < 6; i++)
		is_cell(t, 1, i, first[i]);
	assert_int_equal(table_cell_kind(t, 0, 1, 1), CELL_TEXT);
	assert_int_equal(table_cell_kind(t, 0, 1, 2), CELL_NUMBER_LOST);
	assert_int_equal(table_cell_kind(t, 0, 1, 3), CELL_DATE);
	/* The deleted one is no row. */
	is_cell(t, 2, 0, "Li");
	assert_int_equal(table_line(t, 0, 2), 3);
	is_cell(t, 2, 3, "");
	table_free(t);
}

static void a_dbf_in_utf8_or_without_a_word(void **state)
{
	struct table *t = table_read(make_dbf("cpg", "UTF-8", "测试甲"), NULL);
	const char *path;
	(void)state;

	assert_string_equal(table_encoding(t), "UTF-8");
	is_cell(t, 1, 0, "测试甲");
	table_free(t);
	t = table_read(make_dbf("none", NULL, "\xb2\xe2\xca\xd4\xbc\xd7"), NULL);
	is_cell(t, 1, 0, "测试甲");
	table_free(t);
	/* A name cut in the middle of a character. */
	t = table_read(make_dbf("torn", "LDID/77", "\xb2\xe2\xca\xd4\xbc"), NULL);
	is_cell(t, 1, 0, "测试??");
	table_free(t);
	/* 联通 in GBK is valid UTF-8 as well: here the header says which. */
	t = table_read(make_dbf("said", "LDID/77", "\xc1\xaa\xcd\xa8"), NULL);
	is_cell(t, 1, 0, "联通");
	table_free(t);
	path = make_dbf("wish", NULL, "测试甲");
	t = table_read(path, &(struct table_wish){ .encoding = "UTF-8" });
	is_cell(t, 1, 0, "测试甲");
	table_free(t);
}

static void a_dbf_cut_short_is_refused(void **state)
{
	const char *path = make_dbf("cut", "LDID/77", "x");
	char bytes[1024];
	FILE *f = fopen(path, "rb");
	size_t n = fread(bytes, 1, sizeof(bytes), f);
	(void)state;

	fclose(f);
	is_refused(bytes, n - 40, TABLE_BROKEN);
	bytes[15] = 1;
	is_refused(bytes, n, TABLE_ENCRYPTED);
}

/* --- limits --------------------------------------------------------------------------------------
 */

static int told;

static void on_progress(void *ctx, int rows)
{
	(void)ctx;
	assert_true(rows > told);
	told = rows;
}

static void too_wide_and_too_long_are_refused(void **state)
{
	const struct table_wish wish = { .progress = on_progress };
	SCOPED_FREE char *text = malloc(200001 * 2 + 1);
	struct table *t;
	(void)state;

	for (int i = 0; i < 200001; i++)
		memcpy(text + 2 * i, "1\n", 2);
	t = parse(text, 400000, &wish);
	assert_int_equal(table_fault(t), TABLE_FINE);
	assert_int_equal(table_rows(t, 0), 200000);
	assert_int_equal(told, 200000);
	table_free(t);
	is_refused(text, 400002, TABLE_TOO_BIG);
	for (int i = 0; i < 257; i++)
		memcpy(text + 2 * i, i < 256 ? "1," : "1\n", 2);
	is_refused(text, 257 * 2, TABLE_TOO_BIG);
	memcpy(text + 256 * 2, ",\n", 2);
	t = parse(text, 257 * 2, NULL);
	assert_int_equal(table_width(t, 0), 256);
	table_free(t);
	/* Out of bounds is empty, not a crash. */
	t = parse("a", 1, NULL);
	assert_string_equal(table_cell(t, 0, 1, 0), "");
	assert_string_equal(table_cell(t, 1, 0, -1), "");
	assert_string_equal(table_sheet_name(t, 7), "");
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_in_every_encoding_and_separator),
		cmocka_unit_test(a_torn_character_does_not_refuse_a_list),
		cmocka_unit_test(a_wish_overrides_the_guess),
		cmocka_unit_test(quotes_line_ends_and_blanks),
		cmocka_unit_test(a_number_that_lost_its_digits_is_known),
		cmocka_unit_test(other_files_are_named),
		cmocka_unit_test(zips_and_compound_files_are_named),
		cmocka_unit_test(the_name_of_the_file_does_not_matter),
		cmocka_unit_test(a_dbf_shows_fields_as_the_header),
		cmocka_unit_test(a_dbf_in_utf8_or_without_a_word),
		cmocka_unit_test(a_dbf_cut_short_is_refused),
		cmocka_unit_test(too_wide_and_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
