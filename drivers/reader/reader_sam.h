/*
 * The card sequence of a secure access module, once for every transport: state, SAM id, then find,
 * select, base read, and removal of the card that was read. Not sent, ever: 30 10 (fingerprints are
 * none of our business, so nothing is lost with old 05.01 modules, which answer it with 21), 60 xx
 * (see serial_line.h), 61 FF (the default frame size works), vendor-private commands (FA …, DC …).
 *
 * Ladder after a fault: the command again; 10 FF; then the caller closes and opens; the USB driver
 * resets the device when it stays silent; then it is reported. See reader.h for what each call says.
 */
#pragma once

#include "drivers/reader/reader.h"
#include "drivers/reader/sam_link.h"

/* First in a driver's private part, so that the functions below serve in its reader_ops. */
struct sam_reader {
	struct sam_link link;
	char id[SAM_ID_TEXT];
	/* the card that was read */
	bool latched;
	bool keeps_finding; /* find went on seeing it */
	int64_t hidden_since_ms; /* first "no card" of an unbroken run, 0 none */
	int64_t read_at_ms;
	int unreadable;
	char number[24]; /* of the latched card: wiped with the latch */
	/* learnt about the module */
	bool no_appended; /* 30 03 leads nowhere */
	bool appended_works; /* 30 03 has answered for a card that lay there */
	int64_t owed_until_ms; /* an answer to a base read we gave up on may come until then */
	/* another card, read while the latch was on */
	bool waiting;
	struct card next;
};

/** reader_sam_open() - find the way, bring the module up, read its id; @line stays the caller's.
 * Return: 0, -ETIMEDOUT, -EIO, -ENODEV. */
int reader_sam_open(struct sam_reader *s, struct line *line);
/** reader_sam_forget() - wipe everything, at the end. */
void reader_sam_forget(struct sam_reader *s);

/* As in struct reader_ops; @priv is the struct sam_reader. */
int reader_sam_find(void *priv, int timeout_ms, enum reader_cause *cause);
int reader_sam_read(void *priv, struct card *out, enum reader_cause *cause);
int reader_sam_poll_removed(void *priv);
const char *reader_sam_identity(void *priv);
