/* build/vreader as a child of a test: a reader on a pty that the test commands. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct virtual_reader {
	pid_t pid;
	int control; /* socket, -1 none */
	char dir[64]; /* scratch, removed at the end */
	char tty[96]; /* symbolic link to the pty */
	char port[112]; /* "serial:TTY" */
	char reply[512]; /* to the last command */
};

/** beside_tests() - path of a program of this build ("vreader" → build/vreader). */
const char *beside_tests(const char *program);

/** virtual_reader_start() - start it and wait until it is ready. Return: false when it is not. */
bool virtual_reader_start(struct virtual_reader *v);

/** virtual_reader_say() - one control line; blocks until its reply stands in v->reply.
 * Return: whether the reply is "ok…". */
bool virtual_reader_say(struct virtual_reader *v, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** virtual_reader_count() - a counter of `stat`, for example "fingerprint". */
int virtual_reader_count(struct virtual_reader *v, const char *name);

/** virtual_reader_stop() - end the child and remove its files. */
void virtual_reader_stop(struct virtual_reader *v);
