/* Workbooks as Excel, WPS, LibreOffice and the writers of reporting tools leave them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xlsxwriter.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table.h"
#include "tests/lib/table_files.h"

static char dir[64];
static bool have_office;

static char *path_of(const char *name)
{
	static char path[4][160];
	static int n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

/* --- one workbook, written by libxlsxwriter, saved anew by LibreOffice -------------------------- */

static lxw_format *format_of(lxw_workbook *book, const char *code)
{
	lxw_format *f = workbook_add_format(book);

	format_set_num_format(f, code);
	return f;
}

static void write_numbers(lxw_workbook *book, lxw_worksheet *s)
{
	worksheet_write_number(s, 3, 0, 1, format_of(book, "0000"));
	worksheet_write_number(s, 3, 1, 17, format_of(book, "\"2026\"0000"));
	worksheet_write_number(s, 3, 2, 123456789012345, NULL);
	worksheet_write_number(s, 3, 3, 110199199001010010.0, NULL);
	worksheet_write_number(s, 3, 4, 0.1, NULL);
	worksheet_write_number(s, 3, 5, 2.5, format_of(book, "0.00"));
	worksheet_write_number(s, 4, 0, 46347, format_of(book, "yyyy\"年\"m\"月\"d\"日\""));
	worksheet_write_number(s, 4, 1, 46347.395833333336, format_of(book, "yyyy/m/d h:mm"));
	worksheet_write_number(s, 4, 2, 0.395833333333333, format_of(book, "h:mm"));
	worksheet_write_number(s, 4, 3, 38020, format_of(book, "[$-804]yyyy-mm-dd;@"));
	worksheet_write_number(s, 4, 4, -7, NULL);
	worksheet_write_number(s, 4, 5, 38020, format_of(book, "m/d/yy"));
}

static void write_book(void)
{
	lxw_workbook *book = workbook_new(path_of("书.xlsx"));
	lxw_worksheet *s = workbook_add_worksheet(book, "2026届");
	lxw_worksheet *hidden = workbook_add_worksheet(book, "代码"), *last;

	worksheet_merge_range(s, 0, 0, 0, 5, "某校2026届名单", NULL);
	worksheet_merge_range(s, 1, 0, 2, 0, "姓名", NULL);
	worksheet_merge_range(s, 1, 1, 1, 2, "证件", NULL);
	worksheet_write_string(s, 2, 1, "类型", NULL);
	worksheet_write_string(s, 2, 2, "号码", NULL);
	write_numbers(book, s);
	worksheet_write_boolean(s, 9, 0, 1, NULL);
	worksheet_write_formula_num(s, 9, 1, "=1+1", NULL, 2);
	worksheet_write_formula(s, 9, 2, "=1/0", NULL);
	worksheet_write_string(s, 9, 3, " 第一行\n第二行　", NULL);
	worksheet_write_string(s, 9, 40, "欧阳·𠮷", NULL);
	worksheet_write_string(hidden, 0, 0, "x", NULL);
	worksheet_hide(hidden);
	last = workbook_add_worksheet(book, "空");
	worksheet_write_blank(last, 5, 5, format_of(book, "0000"));
	assert_int_equal(workbook_close(book), LXW_NO_ERROR);
}

static void write_list(void)
{
	static const char *const cells[2][3] = { { "拍摄序号", "XM", "身份证号" },
						 { "0001", "样本·乙", "110199199001010010" } };
	lxw_workbook *book = workbook_new(path_of("表.xlsx"));
	lxw_worksheet *s = workbook_add_worksheet(book, NULL);

	for (int i = 0; i < 6; i++)
		worksheet_write_string(s, (lxw_row_t)(i / 3), (lxw_col_t)(i % 3),
				       cells[i / 3][i % 3], NULL);
	assert_int_equal(workbook_close(book), LXW_NO_ERROR);
}

/* Both at once: it is the start that takes time. */
static bool convert(const char *to)
{
	char cmd[512];

	snprintf(cmd, sizeof(cmd),
		 "soffice -env:UserInstallation=file://%s/profile --headless --convert-to %s "
		 "--outdir %s/out %s/书.xlsx %s/表.xlsx >/dev/null 2>&1",
		 dir, to, dir, dir, dir);
	return system(cmd) == 0;
}

static int setup(void **state)
{
	(void)state;

	strcpy(dir, "/tmp/tapshot-books-XXXXXX");
	assert_non_null(mkdtemp(dir));
	write_book();
	write_list();
	have_office = system("command -v soffice >/dev/null") == 0;
	if (!have_office)
		printf("SKIP LibreOffice is not installed\n");
	have_office = have_office && convert("xls") && convert("xlsx") && convert("dbf:dBase:76");
	return 0;
}

static int teardown(void **state)
{
	char cmd[96];
	(void)state;

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return system(cmd);
}

static void is_at(struct table *t, int row, int column, const char *text, enum cell_kind kind)
{
	assert_string_equal(table_cell(t, 0, row, column), text);
	assert_int_equal(table_cell_kind(t, 0, row, column), kind);
}

static void are_numbers_as_shown(struct table *t)
{
	is_at(t, 3, 0, "0001", CELL_NUMBER);
	is_at(t, 3, 1, "20260017", CELL_NUMBER);
	is_at(t, 3, 2, "123456789012345", CELL_NUMBER);
	is_at(t, 3, 3, "110199199001010000", CELL_NUMBER_LOST);
	is_at(t, 3, 4, "0.1", CELL_NUMBER);
	is_at(t, 3, 5, "2.50", CELL_NUMBER);
	is_at(t, 4, 0, "2026-11-21", CELL_DATE);
	is_at(t, 4, 1, "2026-11-21 09:30", CELL_DATE);
	is_at(t, 4, 2, "09:30", CELL_DATE);
	is_at(t, 4, 3, "2004-02-03", CELL_DATE);
	is_at(t, 4, 4, "-7", CELL_NUMBER);
	is_at(t, 4, 5, "2004-02-03", CELL_DATE);
}

static void are_merged_cells_spread(struct table *t)
{
	is_at(t, 0, 0, "某校2026届名单", CELL_TEXT);
	is_at(t, 0, 5, "", CELL_EMPTY);
	assert_true(table_cell_merged(t, 0, 0, 5));
	assert_false(table_cell_merged(t, 0, 0, 6));
	assert_int_equal(table_row_width(t, 0, 0), 1);
	assert_string_equal(table_cell_spread(t, 0, 0, 5), "某校2026届名单");
	assert_string_equal(table_cell_spread(t, 0, 2, 0), "姓名");
	assert_string_equal(table_cell(t, 0, 2, 0), "");
	assert_string_equal(table_cell_spread(t, 0, 1, 2), "证件");
	assert_string_equal(table_cell_spread(t, 0, 2, 2), "号码");
}

static void is_the_book(const char *path, const char *format)
{
	struct table *t = table_read(path, NULL);

	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	assert_string_equal(table_format(t), format);
	assert_int_equal(table_sheets(t), 3);
	assert_string_equal(table_sheet_name(t, 0), "2026届");
	assert_false(table_sheet_hidden(t, 0));
	assert_string_equal(table_sheet_name(t, 1), "代码");
	assert_true(table_sheet_hidden(t, 1));
	assert_int_equal(table_rows(t, 2), 0);
	assert_int_equal(table_rows(t, 0), 6);
	assert_int_equal(table_width(t, 0), 41);
	are_merged_cells_spread(t);
	are_numbers_as_shown(t);
	assert_int_equal(table_line(t, 0, 5), 10);
	is_at(t, 5, 0, "TRUE", CELL_TEXT);
	is_at(t, 5, 1, "2", CELL_NUMBER);
	is_at(t, 5, 3, "第一行\n第二行", CELL_TEXT);
	is_at(t, 5, 40, "欧阳·𠮷", CELL_TEXT);
	table_free(t);
}

static void a_book_reads_the_same_from_every_writer(void **state)
{
	(void)state;
	is_the_book(path_of("书.xlsx"), "xlsx");
	if (!have_office)
		skip();
	is_the_book(path_of("out/书.xlsx"), "xlsx");
	is_the_book(path_of("out/书.xls"), "xls");
}

static void libreoffice_saves_what_it_was_given(void **state)
{
	static const char *const names[] = { "out/表.xlsx", "out/表.xls", "out/表.dbf" };
	(void)state;

	if (!have_office)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct table *t = table_read(path_of(names[i]), NULL);

		assert_string_equal(table_fault_word(table_fault(t)), "fine");
		is_at(t, 0, 1, "XM", CELL_TEXT);
		is_at(t, 1, 0, "0001", CELL_TEXT);
		is_at(t, 1, 1, "样本·乙", CELL_TEXT);
		is_at(t, 1, 2, "110199199001010010", CELL_TEXT);
		table_free(t);
	}
}

/* --- xlsx by hand -------------------------------------------------------------------------------- */

#define RELS   "http://schemas.openxmlformats.org/package/2006/relationships"
#define STRICT "http://purl.oclc.org/ooxml/officeDocument/relationships"

/* Strict namespaces, a prefix on everything, absolute targets, other folders, sheets not in the
 * order of their files, 1904, rich text with readings. */
static void a_strict_book_with_prefixes(void **state)
{
	static const struct zip_part parts[] = {
		{ "[Content_Types].xml", "<Types/>" },
		{ "_rels/.rels",
		  "<p:Relationships xmlns:p='" RELS "'><p:Relationship Id='a' Type='" STRICT
		  "/officeDocument' Target='/book/wb.xml'/></p:Relationships>" },
		{ "book/wb.xml",
		  "<x:workbook xmlns:x='u' xmlns:q='v'><x:workbookPr date1904='true'/><x:sheets>"
		  "<x:sheet name='二' sheetId='7' q:id='k2'/>"
		  "<x:sheet name='图' sheetId='8' q:id='k3'/>"
		  "<x:sheet name='一' sheetId='2' state='veryHidden' q:id='k1'/>"
		  "</x:sheets><x:extLst><x:ext><y:workbookPr xmlns:y='w' y:chart='1'/></x:ext></x:extLst>"
		  "</x:workbook>" },
		{ "book/_rels/wb.xml.rels",
		  "<Relationships xmlns='" RELS "'>"
		  "<Relationship Id='k1' Type='" STRICT "/worksheet' Target='./s/one.xml'/>"
		  "<Relationship Id='k2' Type='" STRICT "/worksheet' Target='../other/two.xml'/>"
		  "<Relationship Id='k3' Type='" STRICT "/chartsheet' Target='s/chart.xml'/>"
		  "<Relationship Id='k4' Type='" STRICT "/sharedStrings' Target='str.xml'/>"
		  "<Relationship Id='k5' Type='" STRICT "/styles' Target='style.xml'/>"
		  "</Relationships>" },
		{ "book/str.xml",
		  "<x:sst xmlns:x='u'><x:si><x:r><x:t>测</x:t></x:r><x:r><x:rPr/>"
		  "<x:t>试</x:t></x:r><x:rPh sb='0' eb='1'><x:t>ce</x:t></x:rPh></x:si>"
		  "<x:si/><x:si><x:t>a_x000D__x000A_b_x005F_x</x:t></x:si></x:sst>" },
		{ "book/style.xml",
		  "<styleSheet><numFmts><numFmt numFmtId='176' formatCode='000'/></numFmts>"
		  "<cellStyleXfs><xf numFmtId='14'/></cellStyleXfs><cellXfs><xf numFmtId='0'/>"
		  "<xf numFmtId='31'/><xf numFmtId='176'/></cellXfs></styleSheet>" },
		{ "book/s/one.xml", "<worksheet><sheetData/></worksheet>" },
		{ "other/two.xml", "<x:worksheet xmlns:x='u'><x:sheetData><x:row r='3'>"
				   "<x:c r='B3' t='s'><x:v>0</x:v></x:c>"
				   "<x:c r='C3' t='s'><x:v>2</x:v></x:c>"
				   "<x:c r='D3' t='s'><x:v>1</x:v></x:c>"
				   "<x:c r='E3' s='1'><x:v>0</x:v></x:c>"
				   "<x:c r='F3' s='1'><x:v>1</x:v></x:c>"
				   "<x:c r='G3' s='2'><x:v>7</x:v></x:c>"
				   "</x:row></x:sheetData></x:worksheet>" },
		{ NULL, NULL },
	};
	struct made_file f = made_zip(parts, 0);
	struct table *t = table_parse(f.data, f.bytes, NULL);
	(void)state;

	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	assert_int_equal(table_sheets(t), 2);
	assert_string_equal(table_sheet_name(t, 0), "二");
	assert_string_equal(table_sheet_name(t, 1), "一");
	assert_true(table_sheet_hidden(t, 1));
	assert_int_equal(table_line(t, 0, 0), 3);
	is_at(t, 0, 0, "", CELL_EMPTY);
	is_at(t, 0, 1, "测试", CELL_TEXT);
	is_at(t, 0, 2, "a\nb_x", CELL_TEXT);
	is_at(t, 0, 3, "", CELL_EMPTY);
	is_at(t, 0, 5, "1904-01-02", CELL_DATE);
	is_at(t, 0, 6, "007", CELL_NUMBER);
	table_free(t);
	free(f.data);
}

static struct table *sheet(const char *rows)
{
	struct made_file f = made_sheet(rows);
	struct table *t = table_parse(f.data, f.bytes, NULL);

	assert_non_null(t);
	free(f.data);
	return t;
}

static void cells_that_say_no_place(void **state)
{
	struct table *t = sheet("<row><c t='inlineStr'><is><t>甲</t></is></c><c/><c t='str'>"
				"<v>3.70E+17</v></c></row><row r='5'><c><v>110199199001010010</v>"
				"</c></row><row><c t='d'><v>2026-11-21T09:30:00</v></c><c t='b'>"
				"<v>0</v></c><c t='e'><v>#N/A</v></c></row>");
	(void)state;

	is_at(t, 0, 0, "甲", CELL_TEXT);
	is_at(t, 0, 2, "3.70E+17", CELL_NUMBER_LOST);
	assert_int_equal(table_line(t, 0, 1), 5);
	is_at(t, 1, 0, "110199199001010000", CELL_NUMBER_LOST);
	assert_int_equal(table_line(t, 0, 2), 6);
	is_at(t, 2, 0, "2026-11-21 09:30", CELL_DATE);
	is_at(t, 2, 1, "FALSE", CELL_TEXT);
	is_at(t, 2, 2, "#N/A", CELL_ERROR);
	table_free(t);
}

static void formulas_show_what_they_gave(void **state)
{
	struct table *t = sheet("<row><c t='str'><f>A2&amp;\"x\"</f><v>甲x</v></c><c><f>1+1</f><v>2"
				"</v></c><c><f>MID(A1,1,2)</f><v></v></c><c><f>B1</f></c>"
				"<c t='str'><f>\"\"</f><v></v></c></row>");
	(void)state;

	is_at(t, 0, 0, "甲x", CELL_TEXT);
	is_at(t, 0, 1, "2", CELL_NUMBER);
	/* Never computed: an empty cell would be a lie. */
	is_at(t, 0, 2, "=MID(A1,1,2)", CELL_ERROR);
	is_at(t, 0, 3, "=B1", CELL_ERROR);
	is_at(t, 0, 4, "", CELL_EMPTY);
	table_free(t);
}

static void merged_down_the_rows(void **state)
{
	struct table *t = sheet("<row r='1'><c r='A1' t='str'><v>一班</v></c><c r='B1'><v>1</v></c>"
				"</row><row r='2'><c r='B2'><v>2</v></c></row><row r='9'><c r='B9'>"
				"<v>3</v></c></row></sheetData><mergeCells><mergeCell ref='A1:A9'/>"
				"<mergeCell ref='B1:XFD1048576'/></mergeCells><sheetData>");
	(void)state;

	assert_int_equal(table_rows(t, 0), 3);
	assert_string_equal(table_cell_spread(t, 0, 2, 0), "一班");
	is_at(t, 2, 1, "3", CELL_NUMBER); /* a value of its own is not covered up */
	assert_int_equal(table_width(t, 0), 2);
	table_free(t);
}

static void is_refused(const char *rows, enum table_fault fault)
{
	struct table *t = sheet(rows);

	assert_string_equal(table_fault_word(table_fault(t)), table_fault_word(fault));
	table_free(t);
}

/* 36 MB of blanks are 36 kB in the file; fifteen sheets name the same part. */
static void a_zip_bomb_is_refused(void **state)
{
	const int bytes = 36 << 20;
	char book[1024] = "<workbook><sheets>", *sheet_text = NULL;
	struct zip_part parts[] = {
		{ "[Content_Types].xml", "x" },
		{ "xl/workbook.xml", book },
		{ "xl/_rels/workbook.xml.rels",
		  "<Relationships><Relationship Id='a' Type='" STRICT "/worksheet' "
		  "Target='s.xml'/></Relationships>" },
		{ "xl/s.xml", NULL },
		{ NULL, NULL },
	};
	struct made_file f;
	struct table *t;
	(void)state;

	for (int i = 0; i < 15; i++)
		strcat(book, "<sheet name='s' id='a'/>");
	strcat(book, "</sheets></workbook>");
	assert_true(asprintf(&sheet_text, "<worksheet>%*s</worksheet>", bytes, "") > 0);
	parts[3].text = sheet_text;
	f = made_zip(parts, 0);
	free(sheet_text);
	t = table_parse(f.data, f.bytes, NULL);
	assert_int_equal(table_fault(t), TABLE_TOO_BIG);
	table_free(t);
	free(f.data);
}

static void hostile_sheets_are_refused(void **state)
{
	static const char *const doctype[] = {
		"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><worksheet>&b;</worksheet>"
	};
	struct table *t;
	(void)state;

	is_refused("<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>", TABLE_TOO_BIG);
	is_refused("<row><c t='s'><v>0</v></c></row>", TABLE_BROKEN);
	is_refused("<row><c t='s'><v>-1</v></c></row>", TABLE_BROKEN);
	is_refused("<row><c><v>1</v></row>", TABLE_BROKEN);
	is_refused("", TABLE_EMPTY);
	t = sheet("<row r='1048576'><c r='A1048576'><v>1</v></c></row>");
	assert_int_equal(table_line(t, 0, 0), 1048576);
	table_free(t);
	{
		struct made_file f =
			made_zip((struct zip_part[]){ { "[Content_Types].xml", "x" },
						      { "xl/workbook.xml", doctype[0] },
						      { NULL, NULL } },
				 0);

		t = table_parse(f.data, f.bytes, NULL);
		assert_int_equal(table_fault(t), TABLE_BROKEN);
		assert_string_equal(table_detail(t), "DOCTYPE");
		table_free(t);
		t = table_parse(f.data, f.bytes / 2, NULL);
		assert_int_equal(table_fault(t), TABLE_BROKEN);
		table_free(t);
		free(f.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_book_reads_the_same_from_every_writer),
		cmocka_unit_test(libreoffice_saves_what_it_was_given),
		cmocka_unit_test(a_strict_book_with_prefixes),
		cmocka_unit_test(cells_that_say_no_place),
		cmocka_unit_test(formulas_show_what_they_gave),
		cmocka_unit_test(merged_down_the_rows),
		cmocka_unit_test(a_zip_bomb_is_refused),
		cmocka_unit_test(hostile_sheets_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
