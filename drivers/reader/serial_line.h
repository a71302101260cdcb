/* A raw serial line, non-blocking underneath, with deadlines on top. Used by reader_serial.c. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct serial_line {
	int fd; /* -1 closed */
	char path[128];
};

/** serial_open() - 115200 8N1 raw, for us alone among those who ask (flock).
 * Return: 0, -ENODEV, -EACCES, -EBUSY, -ENAMETOOLONG. */
int serial_open(struct serial_line *l, const char *path);

/** serial_close() - closed lines are allowed. */
void serial_close(struct serial_line *l);

/** serial_present() - does the path still lead to the device that was opened? */
bool serial_present(const struct serial_line *l);

/** serial_flush() - drop everything that came and was not read. */
void serial_flush(struct serial_line *l);

/** serial_write() - all of it. Return: 0, -ENODEV, -ETIMEDOUT. */
int serial_write(struct serial_line *l, const uint8_t *data, size_t bytes);

/** serial_read() - what there is, waiting at most @timeout_ms for the first byte.
 * Return: bytes > 0; -EAGAIN nothing came; -ENODEV unplugged. */
int serial_read(struct serial_line *l, uint8_t *out, size_t size, int timeout_ms);

/** serial_pause() - let @ms pass; ends early, -ENODEV, when the device goes. */
int serial_pause(struct serial_line *l, int ms);
