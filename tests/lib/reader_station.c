#include "tests/lib/reader_station.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/worker.h"
#include "tests/lib/virtual_reader.h"

void station_start(struct reader_station *s, struct virtual_usb *usb, const char *port)
{
	static int serial;
	struct reader_config config = { 0 };
	int ends[2];

	memset(s, 0, sizeof(*s));
	s->usb = usb;
	snprintf(s->log, sizeof(s->log), "%s/log%d", usb->dir, serial++);
	assert_int_equal(wire_pair(ends), 0);
	s->pid = fork();
	if (!s->pid) {
		int log = open(s->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(ends[1], WORKER_FD);
		dup2(log, 2);
		virtual_usb_enter(usb);
		execl(beside_tests("tapshot"), "tapshot", "worker", "reader", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	s->sock = ends[0];
	snprintf(config.port, sizeof(config.port), "%s", port);
	assert_int_equal(wire_send(s->sock, WIRE_CONFIG, 0, &config, sizeof(config), NULL, 0), 0);
}

void station_stop(struct reader_station *s)
{
	int status;

	close(s->sock);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("the worker ended with %x, see %s", (unsigned int)status, s->log);
	unlink(s->log);
}

int station_next(struct reader_station *s)
{
	int rc;

	do
		rc = wire_recv(s->sock, STATION_WAIT_MS, &s->event);
	while (!rc && s->event.type == WIRE_PROGRESS);
	return rc ? -1 : s->event.type;
}

void station_expect(struct reader_station *s, int type)
{
	assert_int_equal(station_next(s), type);
}

void station_expect_cause(struct reader_station *s, int type, enum reader_cause cause)
{
	const struct reader_trouble *t;

	station_expect(s, type);
	t = wire_body(&s->event, sizeof(*t));
	assert_non_null(t);
	assert_int_equal(t->cause, cause);
}

void station_expect_online(struct reader_station *s, const char *where)
{
	const struct reader_online *on;

	station_skip_to(s, READER_EVENT_ONLINE);
	on = wire_body(&s->event, sizeof(*on));
	assert_non_null(on);
	assert_string_equal(on->identity, "05.01-20240101-0000012345-0123456789");
	if (!strstr(on->where, where))
		fail_msg("online at \"%s\", not %s", on->where, where);
}

void station_skip_to(struct reader_station *s, int type)
{
	int got;

	while ((got = station_next(s)) == READER_EVENT_OFFLINE && got != type)
		;
	assert_int_equal(got, type);
}

void station_expect_card(struct reader_station *s, const char *number)
{
	const struct reader_card *c;

	station_expect(s, READER_EVENT_READING);
	station_expect(s, READER_EVENT_CARD);
	c = wire_body(&s->event, sizeof(*c));
	assert_non_null(c);
	assert_string_equal(c->card.number, number);
}
