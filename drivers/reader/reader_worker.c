#include "drivers/reader/reader_worker.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "drivers/reader/arrival.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "reader"
#include "firmware/base/log.h"

enum { POLL_MS = 200, ALIVE_MS = 2000, SETTLE_MS = 50 };

struct station {
	int sock;
	struct reader_config config;
	struct reader *reader; /* NULL: offline */
	bool latched; /* a card was read and still lies there */
	bool told_offline;
	enum reader_cause offline_cause;
	enum reader_cause trouble; /* what the kiosk was told about the card lying there */
	int failures; /* opens in a row */
	int arrival; /* while offline: arrival_watch(), else -1 */
	int64_t alive_at_ms;
};

static struct wire_msg message; /* 64 KiB: too large for the stack */

static int tell(struct station *st, uint16_t type, const void *body, size_t bytes)
{
	return wire_send(st->sock, type, 0, body, bytes, NULL, 0);
}

static int tell_cause(struct station *st, uint16_t type, enum reader_cause cause)
{
	struct reader_trouble t = { .cause = cause };

	return tell(st, type, &t, sizeof(t));
}

static void stop_watching(struct station *st)
{
	if (st->arrival >= 0)
		close(st->arrival);
	st->arrival = -1;
}

static int went_offline(struct station *st, enum reader_cause cause)
{
	reader_close(st->reader);
	st->reader = NULL;
	st->latched = false;
	st->trouble = READER_OK;
	if (st->told_offline && st->offline_cause == cause)
		return 0;
	st->told_offline = true;
	st->offline_cause = cause;
	log_w("offline cause=%d", (int)cause);
	return tell_cause(st, READER_EVENT_OFFLINE, cause);
}

static int open_reader(struct station *st)
{
	struct reader_online on = { 0 };
	int rc = reader_open(st->config.port, &st->reader);

	if (rc < 0) {
		st->failures++;
		return went_offline(st, reader_cause_of(rc));
	}
	st->failures = 0;
	st->told_offline = false;
	strncpy(on.identity, reader_identity(st->reader), sizeof(on.identity) - 1);
	strncpy(on.where, reader_where(st->reader), sizeof(on.where) - 1);
	stop_watching(st);
	log_i("online at=\"%s\" sam=%s", on.where, on.identity);
	return tell(st, READER_EVENT_ONLINE, &on, sizeof(on));
}

/* A lost reader is opened at once; after that 0.5 s, then 1 s. */
static int pause_ms(const struct station *st)
{
	if (st->reader)
		return POLL_MS;
	return st->failures == 0 ? 0 : st->failures == 1 ? 500 : 1000;
}

static int lost(struct station *st, int rc, enum reader_cause cause)
{
	if (rc == -ENODEV)
		cause = READER_LOST;
	else if (cause == READER_OK)
		cause = reader_cause_of(rc);
	return went_offline(st, cause);
}

/* The same card failing again and again is one trouble. */
static int unreadable(struct station *st, enum reader_cause cause)
{
	if (st->trouble == cause)
		return 0;
	st->trouble = cause;
	log_i("card not read cause=%d", (int)cause);
	return tell_cause(st, READER_EVENT_TROUBLE, cause);
}

static int read_found(struct station *st)
{
	struct reader_card event = { 0 };
	enum reader_cause cause;
	int rc = st->trouble == READER_OK ? tell(st, READER_EVENT_READING, NULL, 0) : 0;

	if (rc < 0)
		return rc;
	rc = reader_read(st->reader, &event.card, &cause);
	if (rc == -EBADMSG)
		return unreadable(st, cause);
	if (rc < 0)
		return lost(st, rc, cause);
	event.at_ms = clock_now_ms();
	st->latched = true;
	st->trouble = READER_OK;
	rc = tell(st, READER_EVENT_CARD, &event, sizeof(event));
	explicit_bzero(&event, sizeof(event));
	return rc;
}

static int poll_latched(struct station *st)
{
	int rc = reader_poll_removed(st->reader);

	if (rc < 0)
		return lost(st, rc, READER_OK);
	if (!rc)
		return 0;
	st->latched = false;
	return tell(st, READER_EVENT_REMOVED, NULL, 0);
}

/* So that the kiosk sees a hang. */
static int say_alive(struct station *st)
{
	int64_t now = clock_now_ms();

	if (now < st->alive_at_ms)
		return 0;
	st->alive_at_ms = now + ALIVE_MS;
	return tell(st, WIRE_PROGRESS, NULL, 0);
}

/* One turn. Negative only when the kiosk is gone. */
static int turn(struct station *st)
{
	enum reader_cause cause;
	int rc = say_alive(st);

	if (rc < 0)
		return rc;
	if (!st->reader)
		return open_reader(st);
	if (st->latched) {
		rc = poll_latched(st);
		if (rc < 0 || st->latched || !st->reader)
			return rc;
	}
	rc = reader_find(st->reader, 0, &cause);
	if (rc == -EAGAIN) {
		st->trouble = READER_OK; /* whatever failed is gone */
		return 0;
	}
	return rc < 0 ? lost(st, rc, cause) : read_found(st);
}

/* Wait for the kiosk; less long when a device comes meanwhile. Return: ms still to wait. */
static int wait_or_arrival(struct station *st, int timeout_ms)
{
	struct pollfd fds[2] = { { st->sock, POLLIN, 0 }, { -1, POLLIN, 0 } };

	if (st->reader || timeout_ms <= 0)
		return timeout_ms;
	if (st->arrival < 0)
		st->arrival = arrival_watch(st->config.port);
	fds[1].fd = st->arrival;
	if (poll(fds, 2, timeout_ms) <= 0 || !fds[1].revents)
		return 0;
	stop_watching(st); /* the next watch sees a folder that came, too */
	return SETTLE_MS;
}

/* 0 go on; 1 the kiosk hung up or broke the protocol. */
static int hear(struct station *st, int timeout_ms)
{
	const struct reader_config *c;
	int rc = wire_recv(st->sock, wait_or_arrival(st, timeout_ms), &message);

	if (rc == -EAGAIN)
		return 0;
	if (rc < 0)
		return 1;
	wire_close_fds(&message);
	c = wire_body(&message, sizeof(*c));
	if (message.type != WIRE_CONFIG || !c || !memchr(c->port, 0, sizeof(c->port)))
		return 1;
	reader_close(st->reader);
	stop_watching(st);
	*st = (struct station){ .sock = st->sock, .config = *c, .arrival = -1 };
	return 0;
}

int reader_worker_run(int sock)
{
	struct station st = { .sock = sock, .arrival = -1 };
	int stop = hear(&st, -1);

	while (!stop && turn(&st) >= 0)
		stop = hear(&st, pause_ms(&st));
	reader_close(st.reader);
	stop_watching(&st);
	return 0;
}
