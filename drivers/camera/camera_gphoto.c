/* Every body libgphoto2 knows, over USB or PTP/IP. */
#include "drivers/camera/gphoto.h"

extern const struct camera_ops camera_gphoto_ops;

const struct camera_ops camera_gphoto_ops = {
	.name = "gphoto",
	.priv_size = sizeof(struct gphoto),
	.find = gphoto_find,
	.open = gphoto_open,
	.close = gphoto_close,
	.status = gphoto_status,
	.shoot = gphoto_shoot,
	.fetch = gphoto_fetch,
	.remove = gphoto_remove,
	.drain = gphoto_drain,
	.list = gphoto_list,
	.preview = gphoto_preview,
	.preview_end = gphoto_preview_end,
};
