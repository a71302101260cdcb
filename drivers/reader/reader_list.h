/* Every reader that can be seen on this machine, for staff: what to write into kiosk.conf. */
#pragma once

#include "drivers/reader/reader.h"

struct reader_seen {
	char port[160]; /* for reader.port */
	char model[96];
	char transport[96]; /* how it is talked to, or would be */
	char identity[48]; /* SAM id, "" when it did not say */
	enum reader_cause cause; /* READER_OK: it can be used */
};

enum { READER_SEEN_MAX = 32 };

/** reader_list() - known USB readers by path, then USB serial ports (/dev/ttyUSB*, /dev/ttyACM*).
 * Opens each that is supported and asks for its id: blocks for some seconds each that is silent.
 * Return: how many. */
int reader_list(struct reader_seen out[static READER_SEEN_MAX]);
