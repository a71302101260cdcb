/*
 * Talking to the module over a line of any kind: one command, one answer, with the deadlines,
 * resends and checks that tell a late answer from the one that was asked for.
 */
#pragma once

#include "drivers/reader/sam_frame.h"
#include "drivers/reader/line.h"

enum { SAM_FIRST_BYTE_MS = 1500 }; /* 4000 for a base read, then 500 between pieces */

struct sam_link {
	struct line *line;
	struct sam_parser parser;
};

/** sam_link_drain() - drop what came and wipe what is kept; also after a card's bytes were used. */
void sam_link_drain(struct sam_link *l);

/** sam_link_once() - drain, send, wait for an answer of the command's shape
 * *r points into the link until the next call.
 * Return: 0; -EBADMSG checksum wrong; -EMSGSIZE it broke off; -ETIMEDOUT nothing came; -ENODEV. */
int sam_link_once(struct sam_link *l, enum sam_command command, struct sam_reply *r);

/** sam_link_command() - the same, and once more when either side did not understand the other. */
int sam_link_command(struct sam_link *l, enum sam_command command, struct sam_reply *r);

/** sam_link_resync() - after a time-out: find the place in the stream again
 * A late answer may be on its way, and nothing in it says what it answers. The SAM id has a shape
 * of its own, so it marks where we are; a reset is the second try.
 * Return: 0, -ETIMEDOUT, -ENODEV. */
int sam_link_resync(struct sam_link *l);

/** sam_link_find_way() - by which of the line's ways does the module answer?
 * Asks 11 FF on each for the line's probe_ms; then, for a module that is slow to start, waits
 * longer, on the first alone where there are many.
 * Return: 0; -ETIMEDOUT; -ENODEV. */
int sam_link_find_way(struct sam_link *l);

/** sam_link_bring_up() - is the module well? A failed self-test gets one reset.
 * Return: 0; -EIO faulty (*cause); -ETIMEDOUT; -ENODEV. */
int sam_link_bring_up(struct sam_link *l, enum reader_cause *cause);
