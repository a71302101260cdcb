/*
 * Contract of a tethered camera driver. Used only inside the camera worker: one thread, calls may
 * block as stated, and a call that never returns is the parent's business (it kills the worker).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/hash.h"
#include "firmware/base/image.h"

/* Why something did not work; the kiosk turns it into a sentence. */
enum camera_cause {
	CAMERA_OK,
	CAMERA_GONE, /* unplugged, switched off, asleep */
	CAMERA_BUSY, /* stays busy although retried */
	CAMERA_CLAIMED, /* another program holds it */
	CAMERA_NO_FOCUS,
	CAMERA_CARD_FULL,
	CAMERA_NO_CARD,
	CAMERA_BATTERY, /* exhausted, or below the level at which a shot is safe */
	CAMERA_SETTINGS, /* not JPEG, wrong size, colour space or capture target, and refused */
	CAMERA_CARD_LOCKED, /* the card is write-protected */
	CAMERA_NO_PICTURE, /* trigger accepted, no picture within the deadline */
	CAMERA_RAW_ONLY, /* only the raw file came: the body must write JPEG or both */
	CAMERA_TRANSFER, /* short, cut or damaged transfer, also after one more try */
	CAMERA_UNSUPPORTED, /* no such function on this body */
	CAMERA_FAULT, /* anything else */
	CAMERA_HUNG, /* the worker was killed by its watchdog (set by the parent) */
	CAMERA_CAUSE_COUNT,
};

/* Which body, and how it is to be used. */
struct camera_setup {
	char address[128]; /* "usb:" any body, "usb:BUS,DEVICE", "ptpip:HOST:PORT:PORT" */
	char serial[64]; /* of several bodies this one first; "" any. Never a condition. */
	bool sdram; /* pictures stay in the body's memory: no second copy on its card */
	/* Called about every 500 ms while the body is being talked to inside a call; may be NULL. */
	void (*alive)(void *ctx);
	void *alive_ctx;
};

/* A picture's raw companion. It stays on the card, never deleted by us. */
enum camera_pair {
	PAIR_NONE, /* the body writes JPEG alone */
	PAIR_WHOLE, /* JPEG and raw of the same release */
	PAIR_PARTIAL, /* the body writes both, the raw did not come in time */
};

/* A picture on the camera's card. */
struct camera_object {
	char folder[96], name[64]; /* libgphoto2's address of it */
	char raw_name[64]; /* its raw companion in the same folder; "" none */
	uint32_t pair; /* enum camera_pair */
	uint32_t in_memory; /* 1: in the body's memory, there is no copy on the card */
	uint64_t size_bytes; /* as the camera says; 0 unknown */
	int64_t taken_s; /* the camera's clock, seconds since 1970; 0 unknown */
	int64_t seen_ms; /* monotonic, when its event came; 0: found by a listing */
	int64_t not_before_ms; /* monotonic: its button was not pressed earlier, as far as the
				* driver can tell; 0 unknown */
};

struct camera_status {
	char model[64], serial[64];
	int battery_pct; /* -1 unknown */
	int shots_left; /* on the card; -1 unknown */
	uint32_t cause; /* enum camera_cause: CAMERA_OK or why the next shot would fail */
	int64_t clock_offset_s; /* camera − host; INT64_MIN unknown */
	uint32_t second_copy; /* 1: what is taken also lies on the body's card */
	uint32_t settings_changed; /* 1: somebody turned a dial since the last look: set back, or
				    * accepted where it is the photographer's to choose */
};

struct camera; /* opaque */

/* Receives a picture while it streams. Return 0, or negative errno to abort the transfer. */
struct camera_sink {
	int (*write)(void *ctx, const void *data, size_t bytes);
	void *ctx;
};

/* Who is told what happens inside a call; each may be NULL. */
struct camera_watch {
	/* A picture the body took by itself (its own button), or one that comes too late. */
	void (*stray)(void *ctx, const struct camera_object *o);
	/* The shutter was released at monotonic @at_ms. */
	void (*released)(void *ctx, int64_t at_ms);
	void *ctx;
};

struct camera_ops {
	const char *name;
	size_t priv_size; /* zeroed before the first open() */

	/* Each still camera at @address ("usb:" may be several), without opening one: what
	 * camera_setup.address takes. Blocks up to 2 s. 0 or -ENOMEM. */
	int (*find)(const char *address, void (*each)(void *ctx, const char *address), void *ctx);
	/* Find, open and set up a body; read back what matters. Only what is a still camera is taken:
	 * never a phone or a player. Of several: @setup->serial, else the first that is not claimed.
	 * Blocks up to 10 s, on a card with thousands of pictures longer. 0 or -EIO with *cause. After close() the same
	 * @priv may be opened again: pictures the same body took meanwhile are then strays. */
	int (*open)(void *priv, const struct camera_setup *setup, enum camera_cause *cause);
	void (*close)(void *priv); /* never fails; blocks up to 5 s */
	/* Battery, space, model, serial; also the keep-alive. Blocks up to 3 s. */
	int (*status)(void *priv, struct camera_status *out, enum camera_cause *cause);
	/* Release the shutter and wait for the picture's event, at most @deadline_ms (a lost event
	 * costs up to 3 s more: the card is looked through). Anything that was waiting before the
	 * release goes to w->stray. Ends live view first, so that the body can focus.
	 * 0: *out is the picture of this trigger, still on the camera. -EIO with *cause; then
	 * *triggered says whether the shutter may have fired. */
	int (*shoot)(void *priv, int deadline_ms, const struct camera_watch *w,
		     struct camera_object *out, bool *triggered, enum camera_cause *cause);
	/* Stream the picture; fails unless size and JPEG end marker are right. -EIO with *cause:
	 * CAMERA_TRANSFER and CAMERA_GONE are worth one more try on an emptied sink. */
	int (*fetch)(void *priv, const struct camera_object *o, const struct camera_sink *sink,
		     enum camera_cause *cause);
	/* Remove it from the card. -ENOENT when it is not there. */
	int (*remove)(void *priv, const struct camera_object *o, enum camera_cause *cause);
	/* Events that came by themselves (body button); calls w->stray for each new picture. Blocks
	 * up to @wait_ms when nothing comes. */
	int (*drain)(void *priv, int wait_ms, const struct camera_watch *w,
		     enum camera_cause *cause);
	/* List all JPEG pictures on the card afresh, newest folder last; calls @each. */
	int (*list)(void *priv, void (*each)(void *ctx, const struct camera_object *), void *ctx,
		    enum camera_cause *cause);
	/* One live-view frame as JPEG bytes (malloc'ed, caller frees). -EAGAIN: none ready yet. */
	int (*preview)(void *priv, uint8_t **jpeg, size_t *bytes, enum camera_cause *cause);
	/* End live view: mirror down, heat and battery. */
	int (*preview_end)(void *priv, enum camera_cause *cause);
};

/* Every driver, ended by NULL: drivers/camera/table.c */
extern const struct camera_ops *const camera_drivers[];
