/* Compound files, and the record streams inside them without one. */
#include "tests/fuzz/table_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_table(data, size, NULL);
	return 0;
}
