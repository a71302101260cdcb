/*
 * The reader worker (`tapshot worker reader`) and what it says to the kiosk. It owns one reader,
 * reopens it by itself (back-off 0, 0.5, 1 s) and reports by events (id 0); the kiosk only sends
 * its configuration.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "drivers/reader/card.h"
#include "drivers/reader/reader.h"
#include "firmware/base/wire.h"

struct reader_config { /* WIRE_CONFIG */
	char port[128]; /* "serial:PATH", "usb", "usb:1-1.2" */
};

enum reader_event_type {
	READER_EVENT_ONLINE = WIRE_OWN, /* struct reader_online */
	READER_EVENT_OFFLINE, /* struct reader_trouble */
	READER_EVENT_READING, /* no body: a card was found, reading begins */
	READER_EVENT_CARD, /* struct reader_card */
	READER_EVENT_REMOVED, /* no body: the card that was read has left the field */
	READER_EVENT_TROUBLE, /* struct reader_trouble: a card could not be read */
};

struct reader_online {
	char identity[48]; /* SAM id, "" when it has none: which module this is */
	char where[READER_WHERE]; /* "usb:1-1.2 0400:c35a split" */
};

struct reader_trouble {
	uint32_t cause; /* enum reader_cause */
};

struct reader_card {
	struct card card;
	int64_t at_ms; /* monotonic, when the last byte of the card came */
};

/* The longest turn (another card read while one lies there, byte by byte) and some air; between turns
 * it says WIRE_PROGRESS every 2 s. */
enum { READER_SILENCE_MS = 25000 };

/** reader_msg_ok() - the receiver's check of what a worker says: a type there is, its exact length,
 * every enum in range, every text terminated and strict UTF-8, no descriptor. */
bool reader_msg_ok(const struct wire_msg *m);

/** reader_worker_run() - the worker's main: returns the exit status when the kiosk hangs up. */
int reader_worker_run(int sock);
