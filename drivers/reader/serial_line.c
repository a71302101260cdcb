#include "drivers/reader/serial_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "firmware/base/clock.h"

enum { WRITE_MS = 1000 };

static int open_error(void)
{
	switch (errno) {
	case EACCES:
	case EPERM:
		return -EACCES;
	case EBUSY:
	case EWOULDBLOCK:
		return -EBUSY;
	default:
		return -ENODEV;
	}
}

/* A pty refuses some of this and needs none of it, so only a line that is no tty is an error. */
static int make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -ENODEV;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB | PARENB);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	return 0;
}

int serial_open(struct serial_line *l, const char *path)
{
	int rc;

	l->fd = -1;
	if (strlen(path) >= sizeof(l->path))
		return -ENAMETOOLONG;
	strcpy(l->path, path);
	l->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0)
		return open_error();
	/* Not TIOCEXCL: it would outlive a killed worker on a pty. */
	rc = flock(l->fd, LOCK_EX | LOCK_NB) < 0 ? open_error() : make_raw(l->fd);
	if (rc < 0)
		serial_close(l);
	return rc;
}

void serial_close(struct serial_line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

bool serial_present(const struct serial_line *l)
{
	struct stat ours, theirs;

	return !fstat(l->fd, &ours) && !stat(l->path, &theirs) && ours.st_rdev == theirs.st_rdev &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

void serial_flush(struct serial_line *l)
{
	tcflush(l->fd, TCIFLUSH);
}

/* Wait for @events. Return: 1 ready, 0 time is up, -ENODEV. */
static int wait_for(int fd, short events, int timeout_ms)
{
	int64_t until = clock_now_ms() + timeout_ms;
	struct pollfd p = { .fd = fd, .events = events };
	int n;

	while ((n = poll(&p, 1, timeout_ms)) < 0 && errno == EINTR) {
		int64_t left = until - clock_now_ms();

		timeout_ms = left > 0 ? (int)left : 0;
	}
	if (n < 0 || (p.revents & POLLNVAL))
		return -ENODEV;
	if ((p.revents & (POLLHUP | POLLERR)) && !(p.revents & POLLIN))
		return -ENODEV;
	return n;
}

int serial_write(struct serial_line *l, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(l->fd, data, bytes);
		int rc;

		if (n > 0) {
			data += n;
			bytes -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -ENODEV;
		rc = wait_for(l->fd, POLLOUT, WRITE_MS);
		if (rc <= 0)
			return rc < 0 ? rc : -ETIMEDOUT;
	}
	return 0;
}

int serial_read(struct serial_line *l, uint8_t *out, size_t size, int timeout_ms)
{
	int rc = wait_for(l->fd, POLLIN, timeout_ms);
	ssize_t n;

	if (rc <= 0)
		return rc < 0 ? rc : -EAGAIN;
	n = read(l->fd, out, size);
	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return -EAGAIN;
	return -ENODEV; /* a hung-up line reads as its end or as EIO */
}

int serial_pause(struct serial_line *l, int ms)
{
	return wait_for(l->fd, 0, ms) < 0 ? -ENODEV : 0;
}
