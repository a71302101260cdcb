/* A picture on its way from the camera into a file: hashed and pushed to the disk as it comes. */
#pragma once

#include "drivers/camera/camera.h"
#include "firmware/base/hash.h"

/**
 * transfer_fetch() - empty @fd and stream @o into it
 * @sha256, @bytes: of what was written, also when it failed
 * The last fsync of the file stays the caller's, and is short.
 * Return: what ops->fetch() documents; -EIO with CAMERA_FAULT when the file cannot be written.
 */
int transfer_fetch(const struct camera_ops *ops, void *priv, const struct camera_object *o, int fd,
		   uint8_t sha256[static SHA256_BYTES], uint64_t *bytes, enum camera_cause *cause);
