/* SHA256SUMS from a stick: whatever it says, its paths stay inside, and each line is found again. */
#include <stdlib.h>
#include <string.h>

#include "firmware/export/writer_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);
	struct sums s = { .lines = NULL };

	if (!text)
		abort();
	memcpy(text, data, size);
	if (sums_parse(&s, text, size) < 0)
		abort();
	free(text);
	for (size_t i = 0; i < s.count; i++)
		if (!sums_path_ok(s.lines[i].path) || s.lines[i].path[0] == '/' ||
		    !strncmp(s.lines[i].path, "../", 3) || strstr(s.lines[i].path, "/../") ||
		    !sums_has(&s, s.lines[i].path, s.lines[i].sha256))
			abort();
	sums_fini(&s);
	return 0;
}
