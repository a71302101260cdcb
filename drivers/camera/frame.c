#include "drivers/camera/frame.h"

#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "drivers/camera/camera_worker.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/jpeg.h"

enum { UNREAD_BYTES_MAX = 8192 }; /* of frames the kiosk has not taken */

bool frame_wanted(int sock)
{
	int unread = 0;

	return ioctl(sock, SIOCOUTQ, &unread) < 0 || unread < UNREAD_BYTES_MAX;
}

void frame_send(int sock, const uint8_t *jpeg, size_t bytes)
{
	struct camera_frame f = { .at_ms = clock_now_ms() };
	struct image *im = NULL;
	struct jpeg_info info;

	if (jpeg_read_info(jpeg, bytes, &info) != JPEG_OK ||
	    (int64_t)info.width_px * info.height_px > CAMERA_FRAME_PIXELS_MAX ||
	    jpeg_decode(jpeg, bytes, 1, &info, &im) != JPEG_OK)
		return;
	f.width_px = im->width_px;
	f.height_px = im->height_px;
	SCOPED_FD int fd = image_share(im);
	image_unref(im);
	if (fd >= 0)
		wire_send(sock, CAMERA_FRAME, 0, &f, sizeof(f), &fd, 1);
}
