/* A display without a screen: pictures are drawn and dropped, no key ever comes. Uses no SDL. */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "drivers/display/display_drivers.h"

struct offscreen {
	int wake_fd;
};

static int offscreen_open(void *priv, int *width_px, int *height_px)
{
	struct offscreen *o = priv;

	(void)width_px;
	(void)height_px;
	o->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return o->wake_fd < 0 ? -errno : 0;
}

static void offscreen_close(void *priv)
{
	struct offscreen *o = priv;

	close(o->wake_fd);
}

static int offscreen_present(void *priv, const struct image *im)
{
	(void)priv;
	(void)im;
	return 0;
}

static bool offscreen_wait(void *priv, int timeout_ms, struct display_key *key, bool *resized,
			   int *width_px, int *height_px)
{
	struct offscreen *o = priv;
	struct pollfd p = { .fd = o->wake_fd, .events = POLLIN };
	uint64_t n;

	(void)key;
	(void)resized;
	(void)width_px;
	(void)height_px;
	if (poll(&p, 1, timeout_ms) == 1 && read(o->wake_fd, &n, sizeof(n)) < 0)
		return false;
	return false;
}

static void offscreen_wake(void *priv)
{
	struct offscreen *o = priv;
	uint64_t one = 1;
	ssize_t n = write(o->wake_fd, &one, sizeof(one));

	(void)n; /* a full counter wakes as well */
}

const struct display_ops display_offscreen = {
	.name = "offscreen",
	.priv_size = sizeof(struct offscreen),
	.open = offscreen_open,
	.close = offscreen_close,
	.present = offscreen_present,
	.wait = offscreen_wait,
	.wake = offscreen_wake,
};
