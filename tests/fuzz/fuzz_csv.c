/* Text files are hostile: guessed, and held to be GB18030 and UTF-16. */
#include "tests/fuzz/table_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct table_wish gb = { .encoding = "GB18030" }, wide = { .encoding = "UTF-16LE" };

	check_table(data, size, NULL);
	check_table(data, size, &gb);
	check_table(data, size, &wide);
	return 0;
}
