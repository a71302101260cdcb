#include "firmware/base/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

#define ALL_SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static bool side_ok(int px)
{
	return px >= 1 && px <= IMAGE_SIDE_MAX;
}

struct image *image_new(int width_px, int height_px)
{
	struct image *im;

	if (!side_ok(width_px) || !side_ok(height_px))
		return NULL;
	im = calloc(1, sizeof(*im));
	if (!im)
		return NULL;
	im->px = calloc((size_t)width_px * (size_t)height_px, 4);
	if (!im->px) {
		free(im);
		return NULL;
	}
	im->width_px = width_px;
	im->height_px = height_px;
	im->stride_bytes = width_px * 4;
	im->refs = 1;
	return im;
}

struct image *image_ref(struct image *im)
{
	if (im)
		__atomic_add_fetch(&im->refs, 1, __ATOMIC_RELAXED);
	return im;
}

void image_unref(struct image *im)
{
	if (!im || __atomic_sub_fetch(&im->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (im->mapped_bytes)
		munmap(im->px, im->mapped_bytes);
	else
		free(im->px);
	free(im);
}

int image_share(const struct image *im)
{
	size_t row_bytes = (size_t)im->width_px * 4;
	size_t bytes = row_bytes * (size_t)im->height_px;
	SCOPED_FD int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *map;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return -errno;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	for (int y = 0; y < im->height_px; y++)
		memcpy(map + (size_t)y * row_bytes, image_row(im, y), row_bytes);
	munmap(map, bytes);
	if (fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
		return -errno;
	return steal_fd(&fd);
}

int image_adopt(int fd_in, int width_px, int height_px, struct image **out)
{
	SCOPED_FD int fd = fd_in;
	struct image *im;
	struct stat st;
	size_t bytes;

	if (!side_ok(width_px) || !side_ok(height_px))
		return -EPROTO;
	bytes = (size_t)width_px * (size_t)height_px * 4;
	if (fcntl(fd, F_GET_SEALS) != ALL_SEALS || fstat(fd, &st) < 0 ||
	    (size_t)st.st_size != bytes)
		return -EPROTO;
	im = calloc(1, sizeof(*im));
	if (!im)
		return -ENOMEM;
	im->px = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (im->px == MAP_FAILED) {
		free(im);
		return -errno;
	}
	im->mapped_bytes = bytes;
	im->width_px = width_px;
	im->height_px = height_px;
	im->stride_bytes = width_px * 4;
	im->refs = 1;
	*out = im;
	return 0;
}
