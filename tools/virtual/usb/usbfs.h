/*
 * The virtual bus for programs of this machine: sysfs, device nodes, usbfs and uevents by umockdev.
 * A program started with LD_PRELOAD=libumockdev-preload.so.0 and UMOCKDEV_DIR=usbfs_root() sees it
 * through its own unmodified libusb. usbfs requests are answered on a thread of umockdev's; the
 * devices are touched with the lock held only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/virtual/usb/vusb.h"

struct usbfs; /* opaque */

/** usbfs_new() - an empty bus with a root hub. NULL: no memory, or no directory could be made. */
struct usbfs *usbfs_new(void);
/** usbfs_free() - removes the directory; the devices stay their owner's. NULL is allowed. */
void usbfs_free(struct usbfs *u);
/** usbfs_root() - the directory for UMOCKDEV_DIR. */
const char *usbfs_root(const struct usbfs *u);

/** usbfs_add() - a device for port @port ("1-1.2": bus 1, hub at port 1, its port 2; hubs appear by
 * themselves). It shows on the bus while it is plugged. -EINVAL not a port of bus 1, -EBUSY taken,
 * -ENOMEM. @d must outlive the bus. */
int usbfs_add(struct usbfs *u, struct vusb *d, const char *port);

/** usbfs_lock() / usbfs_unlock() - around every use of a device that is on the bus. */
void usbfs_lock(struct usbfs *u);
void usbfs_unlock(struct usbfs *u);

/** usbfs_turn() - without the lock: let devices work, hand out what they completed, and follow plug
 * and unplug: each coming back is another device number. Return: monotonic ms of the next call, -1
 * none; also call it when usbfs_wake_fd() becomes readable, and after a control line. */
int64_t usbfs_turn(struct usbfs *u);
int usbfs_wake_fd(const struct usbfs *u);
