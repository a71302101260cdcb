/*
 * A raw serial line: 8N1, no flow control, one byte stream; also a pty. Its ways are the speeds a
 * module can be set to (60 00 … 60 04), the last good one of this path first.
 *
 * The module's speed is found, never set: 60 xx is stored in the module, and the next program that
 * talks to it, or this one after a half-done change, would have to search as well.
 */
#pragma once

#include "drivers/reader/line.h"

struct serial_line {
	struct line line;
	int fd; /* -1 closed */
	int speeds[5]; /* in the order they are tried */
	char path[128];
};

/** serial_line_open() - for us alone among those who ask (flock); @path may be a symbolic link.
 * Return: 0, -ENODEV, -EACCES, -EBUSY, -ENAMETOOLONG. */
int serial_line_open(struct serial_line *l, const char *path);

/** serial_line_close() - closed lines are allowed. */
void serial_line_close(struct serial_line *l);

/** serial_line_speed() - in use now, bits a second. */
int serial_line_speed(const struct serial_line *l);
