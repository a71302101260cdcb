/*
 * A worker process seen from the kiosk's loop: the same binary, re-executed as
 * `tapshot worker KIND`, with the protocol of wire.h on descriptor 3.
 *
 * worker.c spawns it, gives each request its deadline (SIGTERM, 2 s, SIGKILL), kills at the first
 * malformed message, and starts it again with a back-off of 0, 0.5, 1, 1 … s. All callbacks run on
 * the loop; nothing here blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "firmware/base/wire.h"

struct worker; /* opaque */

enum worker_loss {
	WORKER_EXITED, /* it ended or crashed */
	WORKER_HUNG, /* missed its deadline and was killed */
	WORKER_ROGUE, /* broke the protocol and was killed */
};

struct worker_ops {
	const char *kind; /* "reader", "camera", "judge", "files" */
	/* It promises to say something at least this often while no request is in flight
	 * (a WIRE_PROGRESS with id 0 will do); longer silence is a hang. 0: it may be silent. */
	int silence_ms;
	/* It runs and has its config. Also after every restart. */
	void (*on_up)(void *ctx);
	/* A message came; m->id 0 is an event, else the answer (the request is then over) or a
	 * WIRE_PROGRESS. Descriptors not taken are closed afterwards.
	 * Return 0, or -EPROTO when the body is not what the type promises: it is then killed. */
	int (*on_message)(void *ctx, struct wire_msg *m);
	/* Answers of this type are followed by more for the same request. NULL: there are none. */
	bool (*is_part)(uint16_t type);
	/* It is gone; @request_id is the request that will not be answered, 0 for none. */
	void (*on_down)(void *ctx, enum worker_loss why, uint32_t request_id);
};

/**
 * worker_start() - spawn and supervise until worker_stop()
 * @config: body of the WIRE_CONFIG message sent after every (re)start; copied
 * Return: 0; a failed spawn is retried by the back-off and reported through on_down.
 */
int worker_start(sd_event *loop, const struct worker_ops *ops, void *ctx, const void *config,
		 size_t config_bytes, struct worker **out);

/**
 * worker_request() - send a request; its answer comes to on_message
 * @deadline_ms: from now until the answer; a WIRE_PROGRESS does not extend it
 * @fds: stay the caller's
 * Return: the request id (> 0); -EBUSY one is in flight; -ENOTCONN not running now.
 */
int64_t worker_request(struct worker *w, uint16_t type, const void *body, size_t length,
		       const int *fds, int fd_count, int deadline_ms);

/** worker_tell() - send a message that has no answer (id 0). Return: 0, -ENOTCONN, -EAGAIN. */
int worker_tell(struct worker *w, uint16_t type, const void *body, size_t length);

/** worker_busy() - is a request in flight? */
bool worker_busy(const struct worker *w);

/** worker_pid() - for tests and the log; 0 while none runs. */
int worker_pid(const struct worker *w);

/** worker_give_up() - its owner sees that it hangs (WORKER_HUNG): SIGTERM, 2 s, SIGKILL, anew. */
void worker_give_up(struct worker *w);

/** worker_restart_now() - do not wait for the back-off: the device has come back. */
void worker_restart_now(struct worker *w);

/** worker_stop() - EOF, SIGTERM after @grace_ms, SIGKILL 2 s later; blocks until it is reaped.
 * NULL is allowed. */
void worker_stop(struct worker *w, int grace_ms);

/* The worker's side: descriptor it finds the protocol on. */
enum { WORKER_FD = 3 };
