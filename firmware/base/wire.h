/*
 * The worker protocol: messages between the kiosk and its worker processes, both sides.
 *
 * One SOCK_SEQPACKET datagram is one message: a 16-byte header, then a body of fixed little-endian
 * structs (both sides are the same binary on the same machine), up to two file descriptors.
 * Requests carry an id > 0 and are answered with the same id; unsolicited events have id 0. One
 * request is in flight at a time. The receiver checks magic, length and descriptor count here, and
 * every enum, count and string of the body where it is read; the kiosk kills a worker at the first
 * wrong one. Workers send codes, never sentences.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC 0x31505354u /* "TSP1": protocol and its version */

enum {
	WIRE_HEAD_BYTES = 16,
	WIRE_BODY_MAX = 65536 - WIRE_HEAD_BYTES,
	WIRE_FDS_MAX = 2,
};

/* Types below 16 mean the same for every worker; each class starts its own at WIRE_OWN. */
enum wire_type {
	WIRE_CONFIG = 1, /* kiosk → worker, first message: the class's config struct */
	WIRE_PROGRESS =
		2, /* worker → kiosk, every 500 ms inside a long request with its id; with id 0
			      “I am alive” */
	WIRE_OWN = 16,
};

struct wire_head {
	uint32_t magic;
	uint16_t type;
	uint16_t reserved; /* 0 */
	uint32_t id;
	uint32_t length; /* bytes of the body */
};
_Static_assert(sizeof(struct wire_head) == WIRE_HEAD_BYTES, "header is 16 bytes");

struct wire_msg {
	uint16_t type;
	uint32_t id;
	uint32_t length;
	int fds[WIRE_FDS_MAX]; /* -1 where none; owned by whoever received the message */
	int fd_count;
	_Alignas(8) uint8_t body[WIRE_BODY_MAX];
};

/**
 * wire_pair() - a connected SOCK_SEQPACKET pair, both ends close-on-exec.
 * Return: 0 or negative errno.
 */
int wire_pair(int ends[static 2]);

/**
 * wire_send() - send one message; @fds stay the caller's.
 * Return: 0; -EPIPE the other side is gone; -EMSGSIZE; other negative errno. May block while the
 * socket buffer is full (peer not reading).
 */
int wire_send(int sock, uint16_t type, uint32_t id, const void *body, size_t length, const int *fds,
	      int fd_count);

/**
 * wire_recv() - receive one message within @timeout_ms (0: only what is there, -1: wait for ever)
 * Descriptors arrive close-on-exec; release them with wire_close_fds() unless taken over.
 * Return: 0; -EAGAIN none came; -EPIPE the other side is gone; -EPROTO malformed (fds closed).
 */
int wire_recv(int sock, int timeout_ms, struct wire_msg *m);

/** wire_wait_readable() - poll @fd. Return: 0 readable, -EAGAIN after @timeout_ms (-1: never). */
int wire_wait_readable(int fd, int timeout_ms);

/** wire_take_fd() - take descriptor @i out of the message; -1 when it has none. */
int wire_take_fd(struct wire_msg *m, int i);

/** wire_close_fds() - close what was not taken. */
void wire_close_fds(struct wire_msg *m);

/** wire_body() - the body as a struct of exactly @size bytes, or NULL when the length differs. */
const void *wire_body(const struct wire_msg *m, size_t size);
