/* build/vreader: the reader model on a pseudo-terminal, with a control socket. See README.md. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/reader/control.h"
#include "tools/virtual/usb/lines.h"

struct program {
	struct vcontrol control;
	const char *link, *socket;
	int master; /* -1: unplugged */
	int slave; /* held open, so that a driver closing its end is no hang-up for us */
	struct lines lines;
	int asker; /* client whose tap is answered later */
	int speed; /* bits a second the module is set to; 0: any will do */
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static int usage(void)
{
	fprintf(stderr, "usage: vreader [--link PATH] [--control PATH] [--deck FILE] "
			"[--mode latch|continuous] [--timing real|none] [--speed BITS]\n");
	return 64;
}

static void unplug(struct program *p)
{
	if (p->link)
		unlink(p->link);
	if (p->slave >= 0)
		close(p->slave);
	if (p->master >= 0)
		close(p->master);
	p->master = p->slave = -1;
	vreader_power(p->control.reader);
}

static int plug(struct program *p)
{
	struct termios t;
	char path[64];

	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->master < 0 || grantpt(p->master) < 0 || unlockpt(p->master) < 0 ||
	    ptsname_r(p->master, path, sizeof(path)) != 0)
		return -1;
	p->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (p->slave < 0 || tcgetattr(p->slave, &t) < 0)
		return -1;
	cfmakeraw(&t); /* nothing is echoed back before the driver has set the line up */
	tcsetattr(p->slave, TCSANOW, &t);
	if (p->link) {
		unlink(p->link);
		if (symlink(path, p->link) < 0)
			return -1;
	}
	printf("READY path=%s\n", path);
	fflush(stdout);
	return 0;
}

static int follow_plug(struct program *p)
{
	if (p->control.plugged && p->master < 0)
		return plug(p);
	if (!p->control.plugged && p->master >= 0)
		unplug(p);
	return 0;
}

static bool on_line(void *ctx, int client, char *line, char *out, size_t size)
{
	struct program *p = ctx;
	bool now;

	if (sscanf(line, "speed %d", &p->speed) == 1) {
		snprintf(out, size, "ok");
		return true;
	}
	now = vcontrol_line(&p->control, clock_now_ms(), line, out, size);
	if (now)
		follow_plug(p);
	else
		p->asker = client;
	return now;
}

static bool same_speed(const struct program *p)
{
	static const struct {
		int bits;
		speed_t code;
	} speeds[] = { { 115200, B115200 },
		       { 57600, B57600 },
		       { 38400, B38400 },
		       { 19200, B19200 },
		       { 9600, B9600 } };
	struct termios t;

	if (!p->speed || tcgetattr(p->slave, &t) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (cfgetospeed(&t) == speeds[i].code)
			return speeds[i].bits == p->speed;
	return false;
}

/* What a line set to another speed makes of the bytes. */
static void distort(const struct program *p, uint8_t *data, size_t bytes)
{
	if (same_speed(p))
		return;
	for (size_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(data[i] << 3 ^ 0xe7);
}

static void exchange(struct program *p)
{
	uint8_t buf[512];
	ssize_t n;
	size_t due;

	if (p->master < 0)
		return;
	while ((n = read(p->master, buf, sizeof(buf))) > 0) {
		distort(p, buf, (size_t)n);
		vreader_feed(p->control.reader, clock_now_ms(), buf, (size_t)n);
	}
	while ((due = vreader_take(p->control.reader, clock_now_ms(), buf,
				   p->speed ? 48 : sizeof(buf))) > 0) {
		distort(p, buf, due);
		if (write(p->master, buf, due) < 0)
			return;
		if (p->speed) /* the bytes take their time */
			poll(NULL, 0, (int)(due * 10000 / (size_t)p->speed));
	}
}

static int next_wait_ms(const struct program *p)
{
	int64_t due = vreader_due(p->control.reader), now = clock_now_ms();

	if (p->control.tapping && (due < 0 || due > now + 20))
		return 20;
	return due < 0 ? -1 : due > now ? (int)(due - now) : 0;
}

/* Signals come only inside ppoll(): one between a look at `stopping` and the wait would be slept
 * over. */
static void serve(struct program *p, const sigset_t *unblocked)
{
	while (!stopping) {
		int wait_ms = next_wait_ms(p);
		struct timespec wait = { .tv_sec = wait_ms / 1000,
					 .tv_nsec = wait_ms % 1000 * 1000000L };
		struct pollfd fds[1 + LINES_FDS] = { { p->master, POLLIN, 0 } };
		char reply[512];

		lines_poll(&p->lines, fds + 1);
		if (ppoll(fds, 1 + LINES_FDS, wait_ms < 0 ? NULL : &wait, unblocked) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		exchange(p);
		lines_serve(&p->lines, fds + 1);
		if (vcontrol_tick(&p->control, clock_now_ms(), reply, sizeof(reply)))
			lines_say(&p->lines, p->asker, reply);
	}
}

/* Options that are commands of the control socket too. */
static int option(struct program *p, const char *name, const char *value)
{
	char line[1100], reply[512];

	if (!strcmp(name, "--link")) {
		p->link = value;
		return 0;
	}
	if (!strcmp(name, "--control")) {
		p->socket = value;
		return 0;
	}
	if (!strcmp(name, "--speed")) {
		p->speed = atoi(value);
		return 0;
	}
	if (strcmp(name, "--deck") && strcmp(name, "--mode") && strcmp(name, "--timing"))
		return -1;
	snprintf(line, sizeof(line), "%s %s", name + 2, value);
	vcontrol_line(&p->control, 0, line, reply, sizeof(reply));
	if (!strcmp(reply, "ok"))
		return 0;
	fprintf(stderr, "vreader: %s %s: %s\n", name, value, reply);
	return -1;
}

static void catch_signals(sigset_t *unblocked)
{
	struct sigaction stop = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN); /* nobody may be reading READY any more */
}

int main(int argc, char **argv)
{
	static struct program p = { .master = -1,
				    .slave = -1,
				    .lines = { .listener = -1, .obey = on_line, .ctx = &p } };
	sigset_t unblocked;
	int rc;

	p.control.reader = vreader_new();
	p.control.plugged = true;
	if (!p.control.reader)
		return 1;
	for (int i = 1; i < argc; i += 2)
		if (i + 1 >= argc || option(&p, argv[i], argv[i + 1]) < 0)
			return usage();
	catch_signals(&unblocked);
	if (p.socket && (rc = lines_open(&p.lines, p.socket)) < 0) {
		fprintf(stderr, "vreader: %s: %s\n", p.socket, strerror(-rc));
		return 1;
	}
	if (plug(&p) < 0) {
		perror("vreader: pty");
		return 1;
	}
	serve(&p, &unblocked);
	unplug(&p);
	lines_close(&p.lines);
	vreader_free(p.control.reader);
	return 0;
}
