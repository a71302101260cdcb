/* Roster files are hostile: any bytes → a verdict on the file, never more rows than lines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/roster/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster_file *f = roster_file_parse(data, size);
	const struct import_problem *p;
	const struct import_result *r;

	if (!f)
		return 0;
	r = roster_file_result(f);
	if (r->rows != r->good + r->bad)
		abort();
	for (size_t i = roster_file_problems(f, &p); i-- > 0;) {
		if (p[i].line < 1 || !text_valid(p[i].value, strlen(p[i].value)))
			abort();
		roster_file_cell(f, p[i].sheet, p[i].line, p[i].column);
	}
	roster_file_free(f);
	return 0;
}
