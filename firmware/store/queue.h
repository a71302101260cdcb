/* Requests to the store thread and their way back. Private to the room. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "firmware/store/rows.h"
#include "firmware/store/vault.h"

enum op_kind {
	OP_VISIT_OPEN,
	OP_VISIT_CLOSE,
	OP_SHOT_BEGIN,
	OP_SHOT_RESUME,
	OP_SHOT_STORED,
	OP_SHOT_LOST,
	OP_VERDICT,
	OP_ACCEPT,
	OP_VOID,
	OP_QUARANTINE,
	OP_CAMERA_CLEARED,
	OP_NOTE,
	OP_WALK_IN,
	OP_OPEN_CARD,
	OP_CAPTURE_CODE,
	OP_KIND_COUNT,
};

enum { OP_WORD_MAX = 48, OP_TEXT_MAX = 8192 };

struct op {
	struct op *next;
	enum op_kind kind;
	int64_t subject; /* person, visit or shot, bytes of a code: by kind */
	char word[OP_WORD_MAX]; /* how, source, why, verdict, type: by kind */
	char word2[OP_WORD_MAX]; /* number source, reason */
	char text[OP_TEXT_MAX]; /* measures, body of a note, camera of a shot */
	int64_t shown; /* of a visit that closes: the shot seen as accepted */
	struct row_choice found; /* of a visit that opens */
	bool accept;
	uint8_t sha256[SHA256_BYTES];
	struct store_picture picture;
	struct store_newcomer newcomer;
	store_reply_fn *fn;
	void *ctx;
	struct store_reply reply;
};

struct op_list {
	struct op *head, **tail;
};

enum { PARTS_MAX = 8 };

/* A .part that is being written: our duplicate of its descriptor, so that fsync() reports the
 * errors of exactly these writes. */
struct part {
	int64_t shot;
	int fd;
};

struct store {
	struct job job;
	struct rows rows;
	char kiosk[16], data_dir[JOB_PATH_MAX];
	int64_t reserve_bytes;
	struct part parts[PARTS_MAX];

	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* guards the lists and stopping */
	pthread_cond_t more;
	struct op_list todo, done;
	bool stopping;
	int event_fd;
	int wal_pages;
	atomic_int broken; /* enum store_cause: sticky until the store is opened again */
};

/** op_run() - do one request on the store thread; fills op->reply. */
void op_run(struct store *s, struct op *op);
/** op_drop() - wipe and free a request; a reply nobody took is closed. */
void op_drop(struct op *op);
