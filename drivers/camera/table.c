#include "drivers/camera/camera.h"

extern const struct camera_ops camera_gphoto_ops;

const struct camera_ops *const camera_drivers[] = { &camera_gphoto_ops, NULL };
