/* Reader workers on a virtual USB as children of a test, and what they tell. Functions fail the test
 * by themselves. */
#pragma once

#include "drivers/reader/reader_worker.h"
#include "tests/lib/virtual_usb.h"

enum { STATION_WAIT_MS = 20000 }; /* far above what anything takes */

struct reader_station {
	struct virtual_usb *usb;
	pid_t pid;
	int sock;
	char log[96]; /* its stderr */
	struct wire_msg event; /* the last */
};

/** station_start() - a worker on @usb with this reader.port. */
void station_start(struct reader_station *s, struct virtual_usb *usb, const char *port);
/** station_stop() - hang up; it must end by itself with status 0. */
void station_stop(struct reader_station *s);

/** station_next() - the next event that is not only a sign of life. Return: its type, -1 none. */
int station_next(struct reader_station *s);
void station_expect(struct reader_station *s, int type);
/** station_expect_cause() - OFFLINE or TROUBLE with this cause. */
void station_expect_cause(struct reader_station *s, int type, enum reader_cause cause);
/** station_expect_online() - and @where is part of what it says about the way. */
void station_expect_online(struct reader_station *s, const char *where);
/** station_skip_to() - drop OFFLINE events of other causes until this type comes. */
void station_skip_to(struct reader_station *s, int type);
/** station_expect_card() - READING, then this card. */
void station_expect_card(struct reader_station *s, const char *number);
