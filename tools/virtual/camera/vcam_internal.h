/* Inside the virtual camera: shared by its model, card, pictures, properties and control. */
#pragma once

#include <time.h>

#include "tools/virtual/camera/dataset.h"
#include "tools/virtual/camera/vcam.h"

enum { /* PTP response codes (PIMA 15740) and Nikon's own */
       RC_OK = 0x2001,
       RC_GENERAL = 0x2002,
       RC_NO_SESSION = 0x2003,
       RC_NO_OPERATION = 0x2005,
       RC_BAD_PARAMETER = 0x2006,
       RC_BAD_STORAGE = 0x2008,
       RC_BAD_HANDLE = 0x2009,
       RC_NO_PROPERTY = 0x200a,
       RC_STORE_FULL = 0x200c,
       RC_READ_ONLY = 0x200f,
       RC_NO_STORE = 0x2013,
       RC_BUSY = 0x2019,
       RC_SESSION_OPEN = 0x201e,
       RC_OUT_OF_FOCUS = 0xa002,
       RC_INVALID_STATUS = 0xa004,
       RC_NOT_LIVE_VIEW = 0xa00b,
};

enum { /* events */
       EV_OBJECT_ADDED = 0x4002,
       EV_OBJECT_REMOVED = 0x4003,
       EV_PROPERTY = 0x4006,
       EV_STORE_FULL = 0x400a,
       EV_CAPTURE_COMPLETE = 0x400d,
       EV_SDRAM_ADDED = 0xc101,
       EV_SDRAM_COMPLETE = 0xc102,
};

enum {
	STORAGE_ID = 0x00010001,
	STORAGE_EMPTY = 0x00010000, /* slot without a card */
	HANDLE_DCIM = 0x00010000 | 0x1,
	HANDLE_FOLDER = 0x00010000 | 0x2,
	HANDLE_FIRST = 0x00011001,
	FORMAT_FOLDER = 0x3001,
	FORMAT_JPEG = 0x3801,
	FORMAT_NEF = 0x3000,
	LIVE_HEADER_BYTES = 384,
};
#define HANDLE_SDRAM 0xffff0001u

/* Bytes of one JPEG file from outside, loaded once, shared by the objects made from it. */
struct source {
	char path[256];
	uint8_t *data;
	size_t bytes;
	int width_px, height_px;
	uint8_t *live; /* scaled for live view; NULL until first needed */
	size_t live_bytes;
	struct source *next;
};

/* A file on the card: @head (SOI and our own segments) followed by the source without its SOI. */
struct object {
	uint32_t handle;
	uint16_t format;
	char name[16];
	time_t taken;
	uint8_t *head;
	size_t head_bytes, bytes;
	const struct source *src;
};

struct property {
	uint16_t code, type; /* type: 2 u8, 4 u16, 6 u32, 0xffff string */
	bool writable;
	uint32_t value;
	char text[24];
	char form; /* 'n' none, 'r' range 0…100, 'e' enumeration */
	uint8_t choice_count;
	uint32_t choices[12];
	const char *texts[4];
};

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

struct vcam {
	struct source *sources; /* everything loaded */
	const struct source *deck[64];
	const struct source *live_deck[16];
	int deck_count, deck_next, live_count, live_next;
	const struct source *once; /* the next shot only */

	struct object *objects; /* on the card, oldest first */
	size_t object_count, object_cap;
	struct object sdram;
	bool sdram_full;
	uint32_t next_handle;
	int next_number;

	struct property *props;
	int prop_count;

	struct event queue[256];
	int queued;
	struct fault faults[32];
	int fault_count;
	struct {
		uint16_t op;
		uint32_t count;
	} stats[64];
	int stat_count;

	bool session, plugged, live_on, card_full, no_card, raw_jpeg;
	int64_t busy_until_ms, live_frame_ms;
	uint16_t ready_rc; /* what the next 90C8 after the busy window says; 0 RC_OK */
	int exposure_ms, focus_ms, write_ms, op_latency_ms, rate_bytes_per_ms;
	int clock_offset_s; /* the body's clock − the host's */
	int no_event, no_complete, af_fail, storm;
	size_t big_bytes, close_mid; /* close_mid: 0 off */
	unsigned int shots, frames, presses;
	int free_images;
};

/* picture.c */
const struct source *source_load(struct vcam *v, const char *path);
const struct source *source_plain(struct vcam *v);
int source_folder(struct vcam *v, const char *dir, const struct source **out, int max);
/** source_live() - the scaled frame of @s; NULL when it cannot be decoded. */
const uint8_t *source_live(const struct source *s, size_t *bytes);
/** object_head() - SOI + EXIF + COM that make shot @counter unique; @pad_bytes more in APP15. */
uint8_t *object_head(const struct vcam *v, unsigned int counter, time_t taken, size_t pad_bytes,
		     size_t *bytes);

/* card.c */
struct object *card_find(struct vcam *v, uint32_t handle);
/** card_add() - a new file from @src; NULL without memory. */
struct object *card_add(struct vcam *v, const struct source *src, uint16_t format, const char *ext);
int card_remove(struct vcam *v, uint32_t handle);
void object_make(struct vcam *v, struct object *o, const struct source *src);
void object_read(const struct object *o, size_t offset, uint8_t *out, size_t bytes);
void card_clear(struct vcam *v);

/* properties.c */
int props_init(struct vcam *v);
struct property *props_find(struct vcam *v, uint16_t code);
void props_describe(const struct property *p, struct blob *b);
void props_value(const struct property *p, struct blob *b);

/* storage_ops.c: operations by their PTP names */
uint16_t op_storage_ids(struct vcam *v, struct blob *b);
uint16_t op_storage_info(struct vcam *v, const struct vcam_request *rq, struct blob *b);
uint16_t op_handles(struct vcam *v, const struct vcam_request *rq, struct blob *b);
uint16_t op_object_info(struct vcam *v, const struct vcam_request *rq, struct blob *b);
uint16_t op_object(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp);
uint16_t op_delete(struct vcam *v, const struct vcam_request *rq);

/* shutter.c */
/** vcam_next_source() - the next shot's picture; @take: and it is used up. */
const struct source *vcam_next_source(struct vcam *v, bool take);
int vcam_free_images(const struct vcam *v);
void vcam_post(struct vcam *v, uint16_t code, uint32_t param, int64_t due_ms);
/** vcam_expose() - release the shutter now. Return: a PTP response code. */
uint16_t vcam_expose(struct vcam *v, bool focus, bool sdram);
void vcam_reset(struct vcam *v);
