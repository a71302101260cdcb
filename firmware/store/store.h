/*
 * The store: sole writer of a job's database and vault, on its own thread. The promise of the
 * product lives here: what a reply says is durable has been fsynced, renamed into place, its
 * directories fsynced, and committed with synchronous=FULL.
 *
 * Every store_*() call below queues and returns at once; its reply is delivered by store_dispatch()
 * on the caller's thread, in order. Only one thread may call these functions (the loop's).
 *
 * Ids: a visit and a shot are (kiosk, n), n gapless from 1 for each. A shot's vault name is
 * KIOSK-NNNNNN.jpg: no personal data.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/hash.h"

struct store; /* opaque */

enum store_cause {
	STORE_OK,
	STORE_FULL, /* less room than the reserve: no new visit */
	STORE_READ_ONLY, /* the file system refuses writes: no new visit; export still works */
	STORE_IO, /* write, fsync or rename failed: state unknown, recovery decides */
	STORE_DATABASE, /* damaged or locked */
	STORE_NUMBERS_USED_UP, /* the block has no free number for a person without one */
	STORE_BAD_PICTURE, /* size, end marker or hash disagree */
	STORE_GONE, /* no such visit or shot, or in a state that forbids it */
	STORE_FINAL, /* the person's picture is delivered: it changes by an erratum only */
	STORE_PIN_WRONG,
	STORE_PIN_NONE, /* no PIN is set, or it cannot be read */
	STORE_CAUSE_COUNT,
};

enum shot_source { SHOT_TRIGGER, SHOT_BODY, SHOT_TEST, SHOT_STRAY };
enum visit_how { VISIT_CARD, VISIT_TYPED, VISIT_AGAIN };
enum visit_end { VISIT_ACCEPTED, VISIT_CANCELLED, VISIT_SWAPPED, VISIT_LEFT_OPEN };

struct store_config {
	const char *data_dir; /* DATA */
	const char *job; /* job code: its directory under DATA/jobs */
	const char *kiosk; /* "K1" */
	int64_t reserve_bytes; /* below this much free space no new visit */
	int number_first, number_last; /* this kiosk's block in the job's default series; 0, 0: as
					  stored with the job */
};

/* What recovery found at start. */
struct store_recovery {
	int finished; /* shots whose file stood but whose row was not written: completed */
	int refetch; /* shots that must be fetched again from the camera's card */
	int quarantined; /* files nobody claims */
	int missing; /* stored rows without a file: alarm */
	int64_t open_visit; /* a visit that was open, 0 none */
	int64_t open_person;
	int64_t open_shot; /* its newest stored shot that is not accepted, 0 none */
};

enum { STORE_BODY_MAX = 200 };

struct store_reply {
	enum store_cause cause;
	int64_t visit, shot; /* n */
	int64_t person; /* store_walk_in: the new row */
	char shot_id[32]; /* "K1-000041" */
	char number[8]; /* shooting number, "" none */
	int fd; /* store_shot_begin: the empty .part, open for writing; store_shot_stored: the
		   original, open for reading; -1 else. The callback owns it. */
	int64_t bytes;
	int64_t durable_ms; /* monotonic, when fsync and commit were done */
};

typedef void store_reply_fn(void *ctx, struct store_reply *reply);

/**
 * store_open() - open or create the job's directory, migrate, recover, start the thread
 * Blocks; call before the loop runs. A job must exist (roster import or `tapshot job` made it),
 * else -ENOENT.
 * Return: 0 or negative errno with *cause.
 */
int store_open(const struct store_config *config, struct store **out, struct store_recovery *found,
	       enum store_cause *cause);
/** store_close() - finish what is queued, stop the thread. NULL is allowed. */
void store_close(struct store *s);

/** store_fd() - readable when store_dispatch() has something to deliver. */
int store_fd(const struct store *s);
void store_dispatch(struct store *s);

/** store_health() - can a new visit be opened now? Cheap, any thread; also free bytes. */
enum store_cause store_health(struct store *s, int64_t *free_bytes);

/** store_db_path() - the job database, for read-only connections. Lives as long as @s. */
const char *store_db_path(const struct store *s);

/* A visit: commit that @person sits down. reply.visit. */
void store_visit_open(struct store *s, int64_t person, enum visit_how how,
		      const char *number_source, store_reply_fn *fn, void *ctx);
/* The same, where the number found @rows people and somebody chose the @chosen-th (1…) of them. */
void store_visit_open_chosen(struct store *s, int64_t person, enum visit_how how,
			     const char *number_source, int rows, int chosen, store_reply_fn *fn,
			     void *ctx);
/* @shown: the shot whose acceptance the person has seen, 0 none. A visit that is cancelled keeps no
 * other: what a slow disk accepted behind the photographer's back is taken back. */
void store_visit_close(struct store *s, int64_t visit, enum visit_end how, int64_t shown,
		       store_reply_fn *fn, void *ctx);

/* Somebody who is not on the roster, as their card says or as typed; "" not known. */
struct store_newcomer {
	char id_no[24]; /* normalised, as the card states it */
	char documents
		[2][24]; /* canonical: what they are found by from now on; the second may be "" */
	char name[192], sex[16];
	bool typed; /* the number came from the keyboard: nothing else is known */
	bool open; /* the job is photographed before its roster comes: nobody is asked */
};

/* A person who was not on the roster, added when @pin is the photographer's (pin.h): one row, marked
 * as added here, with a ledger event. reply.person. The check keeps the store thread busy for about
 * 0.1 s; nobody is being photographed then. */
void store_walk_in(struct store *s, const char *pin, const struct store_newcomer *n,
		   store_reply_fn *fn, void *ctx);

/* The same without a PIN, from a card's fields, in a job whose field `roster` is "open"; STORE_GONE in
 * any other, or when the number is known by now. A later roster fills the record. */
void store_open_card(struct store *s, const struct store_newcomer *n, store_reply_fn *fn,
		     void *ctx);

/* Somebody of a GRAD job, by their capture code: what the scanner read, byte for byte, and the four
 * characters both screens show. The same payload is the same person. reply.person; reply.shot: the
 * accepted picture they have already, 0 none. STORE_GONE: no GRAD job. */
enum { STORE_PAYLOAD_MAX = 4096 };
void store_capture_code(struct store *s, const void *payload, size_t bytes, const char *tag,
			store_reply_fn *fn, void *ctx);

/* A shot's intent: row + incoming/ID.part. @visit 0: test shot or stray. reply.shot, shot_id, fd.
 * @body: on whose card it will lie (serial number, or MODEL@PORT); "" unknown. */
void store_shot_begin(struct store *s, int64_t visit, enum shot_source source, const char *body,
		      store_reply_fn *fn, void *ctx);

/* The .part of a shot an earlier run began and did not finish, or whose picture came broken:
 * emptied, to be fetched once more. Only while it is an intent. reply.shot_id, fd. */
void store_shot_resume(struct store *s, int64_t shot, store_reply_fn *fn, void *ctx);

/* What the camera worker says of the picture it streamed into the .part. */
struct store_picture {
	int64_t bytes;
	uint8_t sha256[SHA256_BYTES];
	char camera_folder[96], camera_name[64];
	int64_t taken_s;
	const char *raw; /* its raw companion: "whole", "partial" (a literal); NULL: none is due */
};

/* fsync, check size and end marker, rename to originals/, fsync directories, number, commit.
 * reply.number, fd (read-only), durable_ms. */
void store_shot_stored(struct store *s, int64_t shot, const struct store_picture *p,
		       store_reply_fn *fn, void *ctx);
/* The picture will not come: intent ends, with a reason word. */
void store_shot_lost(struct store *s, int64_t shot, const char *reason, store_reply_fn *fn,
		     void *ctx);

/* The judge's result. @sha256: its own hash of the file, compared with the stored one.
 * @measures_json: raw values, may be NULL. @accept: the verdict accepts the picture in the same
 * transaction; an older accepted shot of the visit is then superseded. */
void store_verdict(struct store *s, int64_t shot, const uint8_t sha256[static SHA256_BYTES],
		   const char *verdict, const char *reason, const char *measures_json, bool accept,
		   store_reply_fn *fn, void *ctx);
/* The photographer's decisions. */
void store_accept(struct store *s, int64_t shot, const char *why, store_reply_fn *fn, void *ctx);
void store_void(struct store *s, int64_t shot, const char *why, store_reply_fn *fn, void *ctx);

/* A stored or incoming picture that belongs to nobody: moved to quarantine/, row marked. */
void store_quarantine(struct store *s, int64_t shot, const char *why, store_reply_fn *fn,
		      void *ctx);
/* The camera's copy is deleted. */
void store_camera_cleared(struct store *s, int64_t shot, store_reply_fn *fn, void *ctx);

/* Any other fact for the ledger: @type a word, @body_json an object without personal data. */
void store_note(struct store *s, const char *type, const char *body_json);

/* --- reading, on any connection; used by commands and by the kiosk ---------------------------- */

struct shot_row {
	int64_t visit, shot;
	char shot_id[32], number[8], state[16], source[16], path[320], sha256[SHA256_HEX];
	int64_t bytes;
	int attempt; /* 1… within the visit */
	char verdict[16], reason[32];
};

/** store_each_shot() - all shots of the job in order. @db from store_open_reader().
 * Return: 0, what @each returned when not 0, or -EIO. */
struct sqlite3;
int store_open_reader(const char *data_dir, const char *job, struct sqlite3 **db);
int store_each_shot(struct sqlite3 *db, int (*each)(void *ctx, const struct shot_row *row),
		    void *ctx);
/** store_refetch_list() - intents whose picture may still be on the camera's card. */
struct store_refetch {
	int64_t shot, visit;
	char body[STORE_BODY_MAX]; /* the picture can be on this body's card only */
	char camera_folder[96], camera_name[64];
	int64_t size_bytes, taken_s, trigger_utc_ms;
};
int store_each_refetch(struct sqlite3 *db, int (*each)(void *ctx, const struct store_refetch *r),
		       void *ctx);
/** store_last_body() - the body of @kiosk's newest shot that names one, "" none. */
void store_last_body(struct sqlite3 *db, const char *kiosk, char out[static STORE_BODY_MAX]);
