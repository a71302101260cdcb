/* The first bytes of a stick: read without harm, and the answer is one of the words. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/disk/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("stick", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if ((unsigned int)disk_type_at(fd) >= DISK_TYPE_COUNT)
		abort();
	close(fd);
	return 0;
}
