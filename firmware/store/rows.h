/*
 * Rows of visits, shots and numbers. Every function runs inside a transaction its caller opened and
 * writes its own ledger event. They answer with a store_cause; the caller commits or rolls back.
 */
#pragma once

#include "firmware/store/job.h"
#include "firmware/store/store.h"

struct rows {
	sqlite3 *db;
	const char *kiosk;
	char series[16];
	int first, last; /* the kiosk's block; 0, 0 none */
};

enum { ROW_STATE_MAX = 16 };

struct row_shot {
	int64_t n, visit, person;
	char state[ROW_STATE_MAX], visit_state[ROW_STATE_MAX], sha256[SHA256_HEX];
	bool hash_differs; /* the judge read another file than the camera worker wrote */
};

/** rows_cause() - what SQLite's last error means for the product. */
enum store_cause rows_cause(sqlite3 *db);

/** rows_begin(), rows_end() - one transaction; rows_end() commits when @cause is STORE_OK, else
 * rolls back. Return: @cause, or why the commit failed. */
enum store_cause rows_begin(struct rows *r);
enum store_cause rows_end(struct rows *r, enum store_cause cause);

/** rows_block() - learn the series and the block; store @first…@last when given.
 * STORE_GONE: it overlaps another kiosk's block. */
enum store_cause rows_block(struct rows *r, int first, int last);

/** rows_next_free() - the number the next person without one gets; 0 none left. */
int rows_next_free(struct rows *r);

/** rows_walk_in() - a new person, or one who was taken off the roster; STORE_GONE: the roster holds one
 * of the numbers by now. */
enum store_cause rows_walk_in(struct rows *r, const struct store_newcomer *n, int64_t *person);

/** rows_capture_code() - the person of a capture code, new when nobody came with it before. */
enum store_cause rows_capture_code(struct rows *r, const void *payload, size_t bytes,
				   const char *tag, int64_t *person);

/* How many people a number found, and which of them (1…) somebody chose. */
struct row_choice {
	int rows, chosen;
};
/** rows_visit_open() - STORE_FINAL when the person's picture is delivered for good. */
enum store_cause rows_visit_open(struct rows *r, int64_t person, const char *how,
				 const char *number_source, const struct row_choice *found,
				 int64_t *visit);
enum store_cause rows_visit_close(struct rows *r, int64_t visit, const char *how, int64_t shown);

enum store_cause rows_shot_begin(struct rows *r, int64_t visit, const char *source,
				 const char *body, int64_t *shot);
/** rows_shot() - STORE_GONE when there is none. */
enum store_cause rows_shot(struct rows *r, int64_t shot, struct row_shot *out);
/** rows_shot_stored() - intent → stored, number given. @number "" for shots of nobody. */
enum store_cause rows_shot_stored(struct rows *r, const struct row_shot *shot,
				  const struct store_picture *p, bool recovered,
				  char number[static 8]);
/** rows_shot_state() - to lost, void or quarantined, with a reason word. */
enum store_cause rows_shot_state(struct rows *r, const struct row_shot *shot, const char *state,
				 const char *why);

struct row_verdict {
	const char *verdict, *reason, *measures; /* not NULL */
};
enum store_cause rows_verdict(struct rows *r, const struct row_shot *shot,
			      const struct row_verdict *v);
/** rows_accept() - this shot is the person's picture; an older one is superseded.
 * STORE_FINAL as above. */
enum store_cause rows_accept(struct rows *r, const struct row_shot *shot, const char *why,
			     char number[static 8]);
enum store_cause rows_camera_cleared(struct rows *r, const struct row_shot *shot);
enum store_cause rows_note(struct rows *r, const char *type, const char *body_json);
