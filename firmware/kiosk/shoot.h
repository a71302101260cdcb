/* Shared by picture.c, shoot.c, camera.c, rescan.c and bodies.c only. */
#pragma once

#include "drivers/sound/sound.h"
#include "firmware/kiosk/kiosk.h"

struct picture *picture_new(struct kiosk *k, enum purpose purpose, enum shot_source source,
			    struct book *book);
void picture_free(struct picture *p);
void picture_append(struct picture **list, struct picture *p);
struct picture *picture_take_first(struct picture **list); /* NULL: empty */
/* Of this body; a visit's before strays. NULL: none */
struct picture *picture_take_for(struct picture **list, const struct book *book);
/* Ask the store for its row and .part; it then waits in the queue. */
void picture_begin(struct picture *p);
/* The worker streamed it: make it durable, then judge it or put it aside. */
void picture_arrived(struct picture *p, const struct store_picture *sp);
/* Its visit ended before the trigger: nothing was released. Frees @p. */
void picture_cancelled(struct picture *p);
/* It will not come: tell store, screen and session; frees @p. */
void picture_lost(struct picture *p, enum camera_cause cause, enum session_event ev);

/* bodies.c: which body, and its book. */
extern const struct worker_ops camera_worker_ops; /* camera.c */
/* The book of a body that says who it is; NULL: more bodies than anybody has. */
struct book *bodies_book_of(struct body *b, const struct camera_status *st);
/* The book kept under @name, made when there is none; NULL as above. */
struct book *bodies_book(struct kiosk *k, const char *name);

/* rescan.c: what lies on a body's card, and whose it is. */
void rescan_load(struct kiosk *k); /* shots an earlier run left unfinished */
void rescan_start(struct body *b);
int rescan_listed(struct body *b, const struct camera_object *o);
void rescan_finished(struct body *b, bool complete);
void rescan_settled(struct kiosk *k); /* post EV_CAMERA_BACK if nothing is on its way */
bool rescan_is_known(const struct book *book, const struct camera_object *o);
void rescan_know(struct book *book, const struct camera_object *o);
void rescan_forget(struct book *book, const struct camera_object *o); /* it was deleted */
/* A request for @p failed; it is kept as missing when its shutter may have fired. Owns @p. */
void rescan_after_failure(struct picture *p, enum camera_cause cause, bool triggered);
/* Nobody's picture: fetch it into quarantine. */
void rescan_put_aside(struct body *b, const struct camera_object *o, const char *why);
