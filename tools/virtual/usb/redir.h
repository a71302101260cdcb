/*
 * A device of the virtual bus in a virtual machine: usbredir, as the side that owns the device. The
 * other side listens (QEMU: -chardev socket,server=on + -device usb-redir). Connecting is plugging
 * in, hanging up is pulling out.
 *
 * Facts: usbredir protocol 0.7. Left out: isochronous pipes, bulk streams, buffered bulk input.
 */
#pragma once

#include <poll.h>
#include <stdint.h>

#include "tools/virtual/usb/vusb.h"

struct redir; /* opaque */

/** redir_new() - @d for the one who listens at @where: a UNIX socket's path, or HOST:PORT. It keeps
 * trying while @d is plugged. @d must outlive it. NULL without memory. */
struct redir *redir_new(struct vusb *d, const char *where);
void redir_free(struct redir *r);
/** redir_poll() - what to wait for before the next redir_turn(). */
struct pollfd redir_poll(const struct redir *r);
/** redir_turn() - read, work, write. Return: monotonic ms of the next call, -1 none. */
int64_t redir_turn(struct redir *r);
