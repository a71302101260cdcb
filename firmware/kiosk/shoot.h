/* Shared by picture.c, shoot.c, camera.c and rescan.c only. */
#pragma once

#include "drivers/sound/sound.h"
#include "firmware/kiosk/kiosk.h"

struct picture *picture_new(struct kiosk *k, enum purpose purpose, enum shot_source source);
void picture_free(struct picture *p);
void picture_append(struct picture **list, struct picture *p);
struct picture *picture_take_first(struct picture **list); /* NULL: empty */
struct picture *picture_take_most_urgent(struct picture **list); /* a visit's before strays */
/* Ask the store for its row and .part; it then waits in the queue. */
void picture_begin(struct picture *p);
/* The worker streamed it: make it durable, then judge it or put it aside. */
void picture_arrived(struct picture *p, const struct store_picture *sp);
/* Its visit ended before the trigger: nothing was released. Frees @p. */
void picture_cancelled(struct picture *p);
/* It will not come: tell store, screen and session; frees @p. */
void picture_lost(struct picture *p, enum camera_cause cause, enum session_event ev);

/* rescan.c: what lies on the camera's card, and whose it is. */
void rescan_load(struct kiosk *k); /* shots an earlier run left unfinished */
void rescan_start(struct kiosk *k);
int rescan_listed(struct kiosk *k, const struct camera_object *o);
void rescan_finished(struct kiosk *k, bool complete);
void rescan_settled(struct kiosk *k); /* post EV_CAMERA_BACK if nothing is on its way */
bool rescan_is_known(struct kiosk *k, const struct camera_object *o);
void rescan_know(struct kiosk *k, const struct camera_object *o);
/* A request for @p failed; it is kept as missing when its shutter may have fired. Owns @p. */
void rescan_after_failure(struct kiosk *k, struct picture *p, enum camera_cause cause,
			  bool triggered);
/* Nobody's picture: fetch it into quarantine. */
void rescan_put_aside(struct kiosk *k, const struct camera_object *o, const char *why);
