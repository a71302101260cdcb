/* What the library says to itself, and what its failures mean. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { DESCRIPTORS = 256, ALIVE_MS = 500, MUTE_MS = 700 };

static void on_error(GPContext *ctx, const char *text, void *data)
{
	struct gphoto *g = data;

	(void)ctx;
	snprintf(g->text, sizeof(g->text), "%s", text);
}

/* 100E generic; 90C0, 90CB, 9207 Nikon; 910F, 9128 EOS; 901A PowerShot. (9207 is also Sony's.) */
static bool releases(unsigned int op)
{
	return op == 0x100e || op == 0x90c0 || op == 0x90cb || op == 0x9207 || op == 0x910f ||
	       op == 0x9128 || op == 0x901a;
}

/* A loop inside the library ends when its next operation fails. PTP/IP: our only Internet sockets
 * are its; the port is a shell there. USB: the port is what it writes to. */
static void cut(struct gphoto *g)
{
	int domain;
	socklen_t size = sizeof(domain);

	g->cut = true;
	g->stuck++;
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) && domain == AF_INET)
			shutdown(fd, SHUT_RDWR);
	if (g->cam && g->cam->port && !strncmp(g->setup.address, "usb", 3))
		gp_port_close(g->cam->port);
}

void gphoto_alive(struct gphoto *g)
{
	int64_t now = clock_now_ms();

	if (!g->setup.alive || now - g->alive_ms < ALIVE_MS)
		return;
	g->alive_ms = now;
	g->setup.alive(g->setup.alive_ctx);
}

/* The body is asked something: it is not the library that hangs. */
static void on_operation(struct gphoto *g, const char *line)
{
	int64_t now = clock_now_ms();

	sscanf(line, "Sending PTP_OC 0x%x", &g->op);
	if (g->limit_ms && !g->cut && now >= g->limit_ms) {
		g->mute = now - g->asked_ms >= MUTE_MS;
		cut(g);
	}
	g->asked_ms = now;
	gphoto_alive(g);
}

static void note_info(struct gphoto *g, const char *line)
{
	unsigned int op;

	if (!strncmp(line, "Device info:", 12))
		memset(&g->info, 0, sizeof(g->info));
	else if (!strncmp(line, "Vendor extension ID:", 20))
		sscanf(line + 20, " 0x%x", &g->info.vendor);
	else if (!strncmp(line, "Vendor extension desc", 21))
		g->info.android = strcasestr(line, "android") != NULL;
	else if (!strncmp(line, "Supported operations:", 21))
		g->info.listing = true;
	else if (!strncmp(line, "Events Supported:", 17))
		g->info.listing = false;
	else if (g->info.listing && sscanf(line, " 0x%x (", &op) == 1)
		g->info.releases |= releases(op);
}

/* PTP/IP tells each answer. USB tells that it reads one, and afterwards only if it was not good. */
static void note_release(struct gphoto *g, const char *line)
{
	unsigned int code, op;
	const char *at;

	if (!strncmp(line, "Reading PTP_OC", 14) && strstr(line, "response") &&
	    sscanf(line, "Reading PTP_OC 0x%x", &op) == 1 && releases(op)) {
		g->release_code = 0x2001;
		g->release_ms = clock_now_ms();
	}
	at = strstr(line, "(result=0x");
	if (!at || sscanf(at, "(result=0x%x", &code) != 1)
		return;
	g->ptp_code = code > 0x2001 ? code : 0;
	if (releases(g->op)) {
		g->release_code = code;
		g->release_ms = clock_now_ms();
	}
	g->op = 0;
}

static void note_failure(struct gphoto *g, const char *line)
{
	const char *at = strrchr(line, '(');
	unsigned int code, op;

	if (!at || sscanf(at, "(0x%x)", &code) != 1)
		return;
	if (code >= 0x2000)
		g->ptp_code = code;
	if (g->following && strstr(line, "resp failed") && sscanf(line, "PTP_OC 0x%x", &op) == 1 &&
	    releases(op))
		g->release_code = code >= 0x2000 ? code : 0; /* 0: who knows */
}

static void on_log(GPLogLevel level, const char *domain, const char *line, void *data)
{
	struct gphoto *g = data;
	unsigned int type;

	(void)domain;
	if (level == GP_LOG_ERROR) {
		note_failure(g, line);
		return;
	}
	if (!strncmp(line, "Sending PTP_OC", 14)) {
		on_operation(g, line);
		return;
	}
	/* 1 and 2 are the library's numbers of "a picture on the card" and "… in memory" */
	if (sscanf(line, "discarding event type %u", &type) == 1)
		g->discarded |= type == 1 || type == 2;
	if (g->following)
		note_release(g, line);
	note_info(g, line);
}

void gphoto_deaf(struct gphoto *g, bool deaf)
{
	if (deaf)
		gp_log_remove_func(g->log_id);
	else
		g->log_id = gp_log_add_func(GP_LOG_DEBUG, on_log, g);
}

void gphoto_listen_in(struct gphoto *g)
{
	gp_context_set_error_func(g->ctx, on_error, g);
	g->log_id = gp_log_add_func(GP_LOG_DEBUG, on_log, g);
}

static void on_alarm(int sig)
{
	(void)sig; /* its select() returns, that is all */
}

void gphoto_limit(struct gphoto *g, int ms)
{
	int wake_ms = ms ? ms + 2 : 0; /* when it wakes the time is over by the coarser clock too */
	struct itimerval t = { .it_value = { .tv_sec = wake_ms / 1000,
					     .tv_usec = wake_ms % 1000 * 1000 } };
	struct sigaction wake = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	g->limit_ms = ms ? clock_now_ms() + ms : 0;
	sigaction(SIGALRM, &wake, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

void gphoto_follow(struct gphoto *g, bool on)
{
	g->following = on;
	if (on)
		g->op = g->release_code = 0;
}

void gphoto_forget(struct gphoto *g)
{
	g->text[0] = 0;
	g->ptp_code = 0;
}

static bool says(const struct gphoto *g, const char *word)
{
	return strcasestr(g->text, word) != NULL;
}

static enum camera_cause from_ptp(unsigned int code)
{
	switch (code) {
	case 0x200c:
		return CAMERA_CARD_FULL;
	case 0x200e:
		return CAMERA_CARD_LOCKED;
	case 0x2013:
		return CAMERA_NO_CARD;
	case 0x2019:
		return CAMERA_BUSY;
	case 0xa002:
		return CAMERA_NO_FOCUS;
	case 0x2005:
		return CAMERA_UNSUPPORTED;
	default:
		return CAMERA_OK;
	}
}

static enum camera_cause from_text(const struct gphoto *g)
{
	if (says(g, "focus"))
		return CAMERA_NO_FOCUS;
	if (says(g, "battery"))
		return CAMERA_BATTERY;
	if (says(g, "read-only") || says(g, "card protected"))
		return CAMERA_CARD_LOCKED;
	if (says(g, "no card"))
		return CAMERA_NO_CARD;
	return says(g, "memory on card") ? CAMERA_CARD_FULL : CAMERA_OK;
}

static enum camera_cause from_result(struct gphoto *g, int rc)
{
	enum camera_cause known = from_ptp(g->ptp_code);
	int battery;

	if (rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK)
		return CAMERA_CLAIMED;
	if (g->cut) /* BUSY: it answered all the time, and never with an end */
		return g->mute ? CAMERA_GONE : CAMERA_BUSY;
	if (from_text(g))
		return from_text(g);
	if (rc == GP_ERROR_NO_SPACE)
		return CAMERA_CARD_FULL;
	if (known)
		return known;
	if (rc == GP_ERROR_CAMERA_BUSY)
		return CAMERA_BUSY;
	if (rc == GP_ERROR_NOT_SUPPORTED)
		return CAMERA_UNSUPPORTED;
	if (!gphoto_ping(g, NULL, NULL))
		return CAMERA_GONE;
	battery = gphoto_battery(g);
	return battery >= 0 && battery <= 5 ? CAMERA_BATTERY : CAMERA_FAULT;
}

int gphoto_fail(struct gphoto *g, int rc, enum camera_cause *cause)
{
	*cause = from_result(g, rc);
	log_i("library failed rc=%d ptp=%04x cut=%d cause=%d", rc, g->ptp_code, g->cut,
	      (int)*cause);
	return -EIO;
}
