/* A control socket: UNIX stream, one command a line, one line back. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { LINES_CLIENTS_MAX = 8, LINES_LINE_MAX = 4096, LINES_FDS = 1 + LINES_CLIENTS_MAX };

struct lines {
	int listener; /* -1 none */
	char path[108];
	struct {
		int fd; /* -1 free */
		char line[LINES_LINE_MAX];
		size_t used;
	} clients[LINES_CLIENTS_MAX];
	/* Carry out @line; @out gets the answer without newline. false: lines_say() gives it later. */
	bool (*obey)(void *ctx, int client, char *line, char *out, size_t size);
	void *ctx;
};

/** lines_open() - listen at @path (mode 0600). @l zeroed but for obey and ctx. 0 or -errno. */
int lines_open(struct lines *l, const char *path);
void lines_close(struct lines *l);
/** lines_say() - the answer that came later. */
void lines_say(struct lines *l, int client, const char *answer);
/** lines_poll() - what to wait for; @out has LINES_FDS places. */
void lines_poll(const struct lines *l, struct pollfd *out);
/** lines_serve() - after poll() over the same places. */
void lines_serve(struct lines *l, const struct pollfd *fds);
