/* Workbooks of Excel 5 to 2003, record by record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/roster/table.h"
#include "tests/lib/table_files.h"

static void is_at(struct table *t, int row, int column, const char *text, enum cell_kind kind)
{
	assert_string_equal(table_cell(t, 0, row, column), text);
	assert_int_equal(table_cell_kind(t, 0, row, column), kind);
}

#define PUT(id, ...)                                                                               \
	n = made_record(b, n, id, (const uint8_t[]){ __VA_ARGS__ },                                \
			sizeof((const uint8_t[]){ __VA_ARGS__ }))

static struct table *parse_ole(const uint8_t *stream, size_t n)
{
	struct made_file f = made_ole("Workbook", stream, n);
	struct table *t = table_parse(f.data, f.bytes, NULL);

	free(f.data);
	return t;
}

static void an_xls_with_a_password_is_named(void **state)
{
	uint8_t b[256];
	size_t n = 0;
	struct table *t;
	(void)state;

	PUT(0x809, 0, 6, 5, 0);
	PUT(0x2f, 1, 0, 1, 0, 1, 0);
	PUT(0x0a);
	t = parse_ole(b, n);
	assert_int_equal(table_fault(t), TABLE_ENCRYPTED);
	table_free(t);
}

/* One shared string goes on in a CONTINUE, there in wide characters; a formula has its text in a
 * record of its own; dates count from 1904. */
static void strings_across_records(void **state)
{
	uint8_t b[512];
	size_t n = 0, bound;
	struct table *t;
	(void)state;

	PUT(0x809, 0, 6, 5, 0);
	PUT(0x22, 1, 0);
	PUT(0xe0, 0, 0, 14, 0);
	bound = n + 4;
	PUT(0x85, 0, 0, 0, 0, 1, 0, 1, 0, 'S');
	PUT(0xfc, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 8, 1, 0, 'a', 'b');
	PUT(0x3c, 1, 0x32, 0x75, 0x59, 0x4e, 0, 0);
	PUT(0x3c, 0, 0);
	PUT(0x0a);
	b[bound] = (uint8_t)n;
	PUT(0x809, 0, 6, 0x10, 0);
	PUT(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0x06, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0);
	PUT(0x207, 1, 0, 1, 0x32, 0x75);
	PUT(0xbd, 1, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 7, 0, 0, 0, 1, 0);
	PUT(0x205, 1, 0, 2, 0, 0, 0, 0x2a, 1);
	PUT(0x0a);
	t = parse_ole(b, n);
	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	assert_true(table_sheet_hidden(t, 0));
	is_at(t, 0, 0, "ab甲乙", CELL_TEXT);
	is_at(t, 0, 1, "甲", CELL_TEXT);
	is_at(t, 1, 0, "1904-01-02", CELL_DATE);
	is_at(t, 1, 1, "0.01", CELL_NUMBER);
	is_at(t, 1, 2, "#N/A", CELL_ERROR);
	table_free(t);
	t = parse_ole(b, bound + 20);
	assert_int_equal(table_fault(t), TABLE_BROKEN);
	table_free(t);
}

/* The oldest kind, from reporting tools: no compound file, texts in GBK. */
static void a_bare_stream_of_biff2(void **state)
{
	uint8_t b[256];
	size_t n = 0;
	struct table *t;
	(void)state;

	PUT(0x09, 2, 0, 0x10, 0);
	PUT(0x04, 0, 0, 0, 0, 0, 0, 0, 4, 0xd0, 0xd5, 0xc3, 0xfb);
	PUT(0x02, 1, 0, 0, 0, 0, 0, 0, 7, 0);
	PUT(0x03, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f);
	PUT(0x0a);
	t = table_parse(b, n, NULL);
	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	is_at(t, 0, 0, "姓名", CELL_TEXT);
	is_at(t, 1, 0, "7", CELL_NUMBER);
	is_at(t, 1, 1, "1.5", CELL_NUMBER);
	table_free(t);
}

/* Excel 5 and 95: texts in the code page of the machine. */
static void a_book_of_biff5(void **state)
{
	uint8_t b[256];
	size_t n = 0;
	struct table *t;
	(void)state;

	PUT(0x809, 0, 5, 5, 0, 0, 0, 0, 0);
	PUT(0x85, 30, 0, 0, 0, 0, 0, 3, 'S', 0xb1, 0xed);
	PUT(0x0a);
	PUT(0x809, 0, 5, 0x10, 0, 0, 0, 0, 0);
	PUT(0x204, 0, 0, 0, 0, 0, 0, 4, 0, 0xd0, 0xd5, 0xc3, 0xfb);
	PUT(0x0a);
	t = parse_ole(b, n);
	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	assert_string_equal(table_sheet_name(t, 0), "S表");
	is_at(t, 0, 0, "姓名", CELL_TEXT);
	table_free(t);
}

/* Converters leave the result of "甲"&"x" to Excel, and a 0 in its place. */
static void a_formula_of_text_that_was_never_computed(void **state)
{
	uint8_t b[256];
	size_t n = 0;
	struct table *t;
	(void)state;

	PUT(0x809, 0, 6, 5, 0);
	PUT(0x85, 25, 0, 0, 0, 0, 0, 1, 0, 'S');
	PUT(0x0a);
	b[12] = (uint8_t)n;
	PUT(0x809, 0, 6, 0x10, 0);
	PUT(0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0x17, 0, 8);
	PUT(0x06, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0x1e, 0, 0);
	PUT(0x0a);
	t = parse_ole(b, n);
	assert_string_equal(table_fault_word(table_fault(t)), "fine");
	is_at(t, 0, 0, "=", CELL_ERROR);
	is_at(t, 0, 1, "0", CELL_NUMBER);
	table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_xls_with_a_password_is_named),
		cmocka_unit_test(strings_across_records),
		cmocka_unit_test(a_bare_stream_of_biff2),
		cmocka_unit_test(a_book_of_biff5),
		cmocka_unit_test(a_formula_of_text_that_was_never_computed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
