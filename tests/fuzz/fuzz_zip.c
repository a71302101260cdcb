/* A sealed part is hostile: its raw layout, then the whole verification with a passphrase. The corpus
 * is sealed with "open sesame 1". */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "firmware/export/verify.h"
#include "firmware/export/zip_walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(int fd, size_t size)
{
	struct zip_walk w;

	if (zip_walk(fd, &w) == 0) {
		if (w.count > size / 80)
			abort();
		for (size_t i = 0; i < w.count; i++)
			if (!w.entries[i].name[0])
				abort();
	} else if (!w.why[0]) {
		abort();
	}
	zip_walk_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct verify_options o = { .passphrase = "open sesame 1" };
	struct verify_report r;
	char path[32];
	int fd = memfd_create("part", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	walk(fd, size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (verify_package(path, &o, &r) == VERIFY_WHOLE)
		abort(); /* no signer was named */
	close(fd);
	return 0;
}
