/* Live view. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"

enum {
	PREVIEW_BYTES_MIN = 1024,
	PREVIEW_MS = 4000, /* the first frame: mirror up, and an EOS takes 1.2 s */
	END_MS = 2500,
};

static int take_frame(CameraFile *file, uint8_t **jpeg, size_t *bytes)
{
	const char *data = NULL;
	unsigned long n = 0;
	int rc = gp_file_get_data_and_size(file, &data, &n);

	if (rc >= 0 && n >= PREVIEW_BYTES_MIN && !memcmp(data, "\xff\xd8", 2) &&
	    (*jpeg = malloc(n)))
		memcpy(*jpeg, data, n);
	*bytes = n;
	return rc;
}

int gphoto_preview(void *priv, uint8_t **jpeg, size_t *bytes, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	CameraFile *file = NULL;
	bool was_live = g->live;
	int rc;

	*jpeg = NULL;
	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	gphoto_forget(g);
	gphoto_limit(g, PREVIEW_MS);
	rc = gp_file_new(&file);
	if (rc >= 0)
		rc = gp_camera_capture_preview(g->cam, file, g->ctx);
	g->live = rc != GP_ERROR_NOT_SUPPORTED; /* it may have begun although no frame came */
	if (rc >= 0 && !was_live)
		gphoto_media_to_card(g);
	if (rc >= 0)
		rc = take_frame(file, jpeg, bytes);
	if (file)
		gp_file_unref(file);
	if (rc >= 0)
		return *jpeg ? 0 : -EAGAIN;
	if (!g->cut && (rc == GP_ERROR_CAMERA_BUSY || g->ptp_code == 0x2019))
		return -EAGAIN;
	return gphoto_fail(g, rc, cause);
}

int gphoto_preview_end(void *priv, enum camera_cause *cause)
{
	struct gphoto *g = priv;

	if (!g->live || !g->cam)
		return 0;
	g->live = false;
	gphoto_limit(g, END_MS);
	if (g->info.vendor == VENDOR_CANON) /* not every EOS takes the next for an end */
		gphoto_set_text(g, "output", "Off");
	if (gphoto_set_toggle(g, "viewfinder", 0) != -EIO)
		return 0;
	return gphoto_fail(g, GP_ERROR, cause);
}
