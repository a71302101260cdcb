#include "drivers/reader/serial_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/reader/hint.h"
#include "drivers/reader/owner.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

enum { WRITE_MS = 1000, PROBE_MS = 300 };

static const struct {
	int bits;
	speed_t code;
} speeds[] = {
	{ 115200, B115200 }, { 57600, B57600 }, { 38400, B38400 },
	{ 19200, B19200 },   { 9600, B9600 },
};

static struct serial_line *serial(struct line *l)
{
	return (struct serial_line *)l;
}

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

static void set_speed(struct termios *t, int bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].bits == bits)
			cfsetspeed(t, speeds[i].code);
}

/* A pty refuses some of this and needs none of it, so only a line that is no tty is an error. */
static int make_raw(int fd, int bits)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		return -ENODEV;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB | PARENB);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	set_speed(&t, bits);
	tcsetattr(fd, TCSANOW, &t);
	return 0;
}

/* The last good speed of this path, then from the fastest down. */
static void order_speeds(struct serial_line *l)
{
	int good = hint_of(l->path)->good, n = 0;

	if (good > 0)
		l->speeds[n++] = good;
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].bits != good)
			l->speeds[n++] = speeds[i].bits;
	l->line.ways = n;
	l->line.way = 0;
	l->line.probe_ms = PROBE_MS;
}

static bool present(struct line *line)
{
	struct serial_line *l = serial(line);
	struct stat ours, theirs;

	return !fstat(l->fd, &ours) && !stat(l->path, &theirs) && ours.st_rdev == theirs.st_rdev &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static void drain(struct line *l)
{
	tcflush(serial(l)->fd, TCIFLUSH);
}

static void use_way(struct line *line, int way)
{
	struct serial_line *l = serial(line);
	struct termios t;

	line->way = way;
	if (tcgetattr(l->fd, &t) < 0)
		return; /* gone: the next read says so */
	set_speed(&t, l->speeds[way]);
	tcsetattr(l->fd, TCSANOW, &t);
}

static int travel_ms(const struct line *line, size_t bytes)
{
	const struct serial_line *l = (const struct serial_line *)line;

	return (int)(bytes * 10 * 1000 / (size_t)serial_line_speed(l)); /* start, 8 bits, stop */
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

static int put(struct line *line, const uint8_t *data, size_t bytes)
{
	struct serial_line *l = serial(line);

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

static int get(struct line *line, uint8_t *out, size_t size, int timeout_ms)
{
	struct serial_line *l = serial(line);
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

static int rest(struct line *l, int ms)
{
	return wait_for(serial(l)->fd, 0, ms) < 0 ? -ENODEV : 0;
}

static const struct line_ops ops = {
	.present = present,
	.drain = drain,
	.write = put,
	.read = get,
	.pause = rest,
	.use_way = use_way,
	.travel_ms = travel_ms,
};

int serial_line_open(struct serial_line *l, const char *path)
{
	int rc;

	l->fd = -1;
	l->line.ops = &ops;
	if (strlen(path) >= sizeof(l->path))
		return -ENAMETOOLONG;
	strcpy(l->path, path);
	order_speeds(l);
	l->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0)
		return open_error();
	/* Not TIOCEXCL: it would outlive a killed worker on a pty. */
	rc = flock(l->fd, LOCK_EX | LOCK_NB) < 0 ? open_error() : make_raw(l->fd, l->speeds[0]);
	if (rc == -EBUSY)
		owner_log(path);
	if (rc < 0)
		serial_line_close(l);
	return rc;
}

void serial_line_close(struct serial_line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

int serial_line_speed(const struct serial_line *l)
{
	return l->speeds[l->line.way];
}
