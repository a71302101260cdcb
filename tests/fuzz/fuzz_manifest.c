/* A package's manifest is hostile: any bytes → refused with a word, or paths that stay inside. The text
 * behind the first NUL is taken for the signature. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/export/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t bytes = end ? (size_t)(end - data) : size;
	struct manifest_view v;
	char why[96];
	int rc = manifest_parse((const char *)data, bytes, &v, why);

	if (rc < 0 && !why[0])
		abort();
	if (rc < 0)
		return 0;
	for (size_t i = 0; i < v.file_count; i++) {
		const char *p = v.files[i].path;

		if (p[0] == '/' || strstr(p, "..") == p || strstr(p, "/../") ||
		    v.files[i].bytes < 0 || (i && strcmp(v.files[i - 1].path, p) >= 0))
			abort();
	}
	if (end &&
	    manifest_signed(&v, (const char *)data, bytes, (const char *)end + 1,
			    size - bytes - 1) &&
	    size - bytes - 1 != 89)
		abort();
	manifest_view_free(&v);
	return 0;
}
