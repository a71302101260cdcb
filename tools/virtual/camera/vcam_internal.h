/* Inside the virtual camera: shared by its model, card, pictures, properties and control. */
#pragma once

#include "tools/virtual/camera/body.h"
#include "tools/virtual/camera/card.h"
#include "tools/virtual/camera/dataset.h"
#include "tools/virtual/camera/ptp.h"
#include "tools/virtual/camera/vcam.h"

struct fault { /* of one operation code */
	uint16_t op;
	enum { FAULT_RC, FAULT_DELAY, FAULT_DROP, FAULT_CLOSE, FAULT_HANG } kind;
	int value, left;
};

struct event {
	uint16_t code;
	uint32_t param;
	int64_t due_ms;
};

enum raw_order { RAW_OFF, RAW_FIRST, JPEG_FIRST, JPEG_LOST, RAW_LATE };
enum hostile { HOSTILE_OFF, HOSTILE_LENGTH, HOSTILE_TEXT, HOSTILE_EVENTS, HOSTILE_ARRAY };
enum mid { MID_OFF, MID_CLOSE, MID_STALL, MID_UNPLUG };

enum { RAM_MAX = 4 };

struct vcam {
	const struct body *body;
	char model[40], serial[40];
	struct vcam_identity identity;

	struct source *sources; /* everything loaded */
	const struct source *deck[64];
	const struct source *live_deck[16];
	int deck_count, deck_next, live_count, live_next;
	const struct source *once; /* the next shot only */

	struct object *objects; /* on the card, oldest first */
	size_t object_count, object_cap;
	struct object ram[RAM_MAX]; /* pictures for the host only; handle 0: free */
	int ram_next;
	uint32_t next_handle;
	int next_number, folder; /* of the file counter; 0: the first */

	struct property *props;
	int prop_count;

	struct event queue[256];
	int queued;
	struct fault faults[32];
	int fault_count;
	struct {
		uint16_t op;
		uint32_t count;
	} stats[96];
	int stat_count;

	bool session, plugged, live_on, card_full, no_card, locked, asleep, occupied;
	bool dump, remote, half_pressed, no_focus; /* Canon: tell everything at the next poll */
	int64_t busy_until_ms, live_frame_ms, focus_until_ms;
	uint16_t ready_rc; /* what the next 90C8 after the busy window says; 0 RC_OK */
	int exposure_ms, focus_ms, write_ms, op_latency_ms, rate_bytes_per_ms;
	int clock_offset_s; /* the body's clock − the host's */
	int no_event, no_complete, af_fail, storm, twice, late_event, late_ms, raw_late_ms;
	int announce_left, cut_left, corrupt_left, bomb_left;
	long announce, phase; /* phase: the next object's data phase lies by so many bytes */
	enum raw_order raw;
	enum hostile hostile;
	enum mid mid; /* what happens to the next object's transfer after mid_bytes */
	size_t big_bytes, mid_bytes, cut_bytes;
	unsigned int shots, frames, presses, sessions, hostile_left;
	int free_images;
};

/* properties.c */
int props_init(struct vcam *v);
struct property *props_find(struct vcam *v, uint16_t code);
void props_describe(const struct vcam *v, const struct property *p, struct blob *b);
void props_value(const struct vcam *v, const struct property *p, struct blob *b);
uint16_t op_property(struct vcam *v, const struct vcam_request *rq, struct blob *b);

/* storage_ops.c: operations by their PTP names */
uint16_t op_storage_ids(struct vcam *v, struct blob *b);
uint16_t op_storage_info(struct vcam *v, const struct vcam_request *rq, struct blob *b);
uint16_t op_handles(struct vcam *v, const struct vcam_request *rq, struct blob *b);
uint16_t op_object_info(struct vcam *v, const struct vcam_request *rq, struct blob *b);
/** op_object() - @bytes of a picture from @from on; SIZE_MAX: the rest. */
uint16_t op_object(struct vcam *v, uint32_t handle, size_t from, size_t bytes,
		   struct vcam_reply *rp);
uint16_t op_delete(struct vcam *v, uint32_t handle);

/* shutter.c */
/** vcam_next_source() - the next shot's picture; @take: and it is used up. */
const struct source *vcam_next_source(struct vcam *v, bool take);
int vcam_free_images(const struct vcam *v);
bool vcam_busy(const struct vcam *v);
void vcam_post(struct vcam *v, uint16_t code, uint32_t param, int64_t due_ms);
/** vcam_due_event() - take the next event whose time has come. */
bool vcam_due_event(struct vcam *v, int64_t now_ms, struct event *out);
/** vcam_expose() - release the shutter now; the picture goes to the card, or to the body's memory.
 * Return: a PTP response code. */
uint16_t vcam_expose(struct vcam *v, bool focus, bool ram);
/** vcam_live_frame() - the next frame's bytes after @b's; RC_BUSY while the mirror moves. */
uint16_t vcam_live_frame(struct vcam *v, struct blob *b, struct vcam_reply *rp);
/** vcam_live() - mirror up, mirror down. */
void vcam_live(struct vcam *v, bool on);

/* vcam.c */
void vcam_reset(struct vcam *v);
