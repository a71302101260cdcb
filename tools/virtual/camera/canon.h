/* The pieces of the virtual EOS: properties, the event list, operations. */
#pragma once

#include "tools/virtual/camera/vcam_internal.h"

enum { CANON_PROPS = 27 };
extern const struct property canon_props[CANON_PROPS];

void canon_exposure(struct vcam *v, struct exposure *out);
int canon_files(const struct vcam *v);

/* canon_events.c */
/** canon_get_event() - operation 9116: what has happened since the last time. */
uint16_t canon_get_event(struct vcam *v, struct blob *b);
/** canon_set_property() - operation 9110. */
uint16_t canon_set_property(struct vcam *v, const struct vcam_request *rq);
/** canon_shots_left() - AvailableShots as the body counts now; tells the host when it changed. */
void canon_shots_left(struct vcam *v);
