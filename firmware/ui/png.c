#include <cairo.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/ui.h"

/* A name in /dev would be replaced by the picture. */
static bool is_special(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Written beside and renamed, so that a reader who waits for the name finds a whole picture. */
int ui_write_png(const struct image *im, const char *path)
{
	SCOPED_FREE char *part = NULL;
	cairo_surface_t *s;
	cairo_status_t status;

	if (is_special(path))
		return -EINVAL;
	if (asprintf(&part, "%s.part", path) < 0) {
		part = NULL;
		return -ENOMEM;
	}
	s = cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						im->width_px, im->height_px, im->stride_bytes);
	errno = 0;
	status = cairo_surface_write_to_png(s, part);
	cairo_surface_destroy(s);
	if (status != CAIRO_STATUS_SUCCESS || rename(part, path) < 0) {
		int err = errno ? errno : EIO; /* of the library's fopen() or of rename() */

		unlink(part);
		return status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -err;
	}
	return 0;
}
