/* The control sockets of the rig: questions, answers, events. */
#include "tests/lib/rig.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/base/clock.h"

int rig_connect(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int64_t until = clock_now_ms() + 20000;
	int fd;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	do {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
			return fd;
		close(fd);
		rig_poll_pause();
	} while (clock_now_ms() < until);
	return -1;
}

static bool read_line(int sock, char *answer, size_t size)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	size_t n = 0;

	while (poll(&p, 1, 10000) > 0) {
		char c;

		if (recv(sock, &c, 1, 0) != 1)
			return false;
		if (c == '\n') {
			answer[n] = '\0';
			return true;
		}
		if (n + 1 < size)
			answer[n++] = c;
	}
	return false;
}

static bool ask(int sock, char *answer, size_t size, const char *fmt, va_list ap)
{
	char line[2048];
	int n = vsnprintf(line, sizeof(line) - 1, fmt, ap);

	if (sock < 0 || n < 0 || n >= (int)sizeof(line) - 1)
		return false;
	line[n++] = '\n';
	return send(sock, line, (size_t)n, MSG_NOSIGNAL) == n && read_line(sock, answer, size);
}

bool rig_ask(int sock, char *answer, size_t size, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = ask(sock, answer, size, fmt, ap);
	va_end(ap);
	return ok;
}

static bool device_said_ok(int sock, const char *fmt, va_list ap)
{
	char answer[4096];

	if (!ask(sock, answer, sizeof(answer), fmt, ap))
		return false;
	if (strncmp(answer, "ok", 2))
		fprintf(stderr, "rig: device answered: %s\n", answer);
	return !strncmp(answer, "ok", 2);
}

bool rig_reader(struct rig *r, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = device_said_ok(r->reader_sock, fmt, ap);
	va_end(ap);
	return ok;
}

bool rig_lane(struct rig *r, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = device_said_ok(r->lane_sock, fmt, ap);
	va_end(ap);
	return ok;
}

bool rig_spare(struct rig *r, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = device_said_ok(r->spare_sock, fmt, ap);
	va_end(ap);
	return ok;
}

bool rig_camera(struct rig *r, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = device_said_ok(r->camera_sock, fmt, ap);
	va_end(ap);
	return ok;
}

static bool kiosk_said_ok(struct rig *r, const char *command, const char *arg)
{
	char answer[1024];

	return rig_ask(r->kiosk_sock, answer, sizeof(answer), "%s %s", command, arg) &&
	       strstr(answer, "\"ok\":true");
}

bool rig_key(struct rig *r, const char *name)
{
	return kiosk_said_ok(r, "key", name);
}

bool rig_type(struct rig *r, const char *text)
{
	return kiosk_said_ok(r, "type", text);
}

bool rig_screenshot(struct rig *r, const char *path)
{
	return kiosk_said_ok(r, "screenshot", path);
}

json_t *rig_state(struct rig *r)
{
	char answer[8192];

	if (!rig_ask(r->kiosk_sock, answer, sizeof(answer), "state"))
		return NULL;
	return json_loads(answer, 0, NULL);
}

bool rig_is(struct rig *r, const char *field, const char *value)
{
	json_t *st = rig_state(r);
	const char *now = st ? json_string_value(json_object_get(st, field)) : NULL;
	bool is = now && !strcmp(now, value);

	json_decref(st);
	return is;
}

bool rig_wait(struct rig *r, const char *field, const char *value, int ms)
{
	int64_t until = clock_now_ms() + ms;

	while (!rig_is(r, field, value)) {
		if (clock_now_ms() > until)
			return false;
		rig_poll_pause();
	}
	return true;
}

bool rig_wait_free(struct rig *r, int ms)
{
	return rig_wait(r, "judge", "ok", ms) &&
	       (r->no_camera || rig_wait(r, "camera", "ok", ms)) &&
	       rig_wait(r, "reader", "ok", ms) && rig_wait(r, "state", "idle", ms);
}

int rig_events(struct rig *r)
{
	char control[320], answer[256];
	int sock;

	snprintf(control, sizeof(control), "%s/kiosk.ctl", r->dir);
	sock = rig_connect(control);
	if (sock >= 0 && !rig_ask(sock, answer, sizeof(answer), "events")) {
		close(sock);
		return -1;
	}
	return sock;
}

json_t *rig_next_event(int sock, int ms, bool *gone)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char line[4096];

	*gone = false;
	if (poll(&p, 1, ms) <= 0)
		return NULL;
	*gone = !read_line(sock, line, sizeof(line));
	return *gone ? NULL : json_loads(line, 0, NULL);
}
