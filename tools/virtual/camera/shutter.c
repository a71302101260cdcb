/* The shutter: what a release does to the card, the event queue and the busy window. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

enum { MIRROR_MS = 250, CURTAIN_MS = 40, FRAME_MS = 33 };

void vcam_post(struct vcam *v, uint16_t code, uint32_t param, int64_t due_ms)
{
	if (v->queued < (int)ARRAY_SIZE(v->queue))
		v->queue[v->queued++] = (struct event){ code, param, due_ms };
}

/* In the order they are due, however late the host asks. */
bool vcam_due_event(struct vcam *v, int64_t now_ms, struct event *out)
{
	int first = 0;

	for (int i = 1; i < v->queued; i++)
		if (v->queue[i].due_ms < v->queue[first].due_ms)
			first = i;
	if (!v->queued || v->queue[first].due_ms > now_ms)
		return false;
	*out = v->queue[first];
	v->queued--;
	memmove(&v->queue[first], &v->queue[first + 1],
		(size_t)(v->queued - first) * sizeof(v->queue[0]));
	return true;
}

const struct source *vcam_next_source(struct vcam *v, bool take)
{
	const struct source *s = v->once;

	if (s) {
		if (take)
			v->once = NULL;
		return s;
	}
	if (!v->deck_count)
		return source_plain(v);
	s = v->deck[v->deck_next % v->deck_count];
	if (take)
		v->deck_next++;
	return s;
}

int vcam_free_images(const struct vcam *v)
{
	int left = v->free_images - (int)v->object_count;

	return v->card_full || left < 0 ? 0 : left;
}

bool vcam_busy(const struct vcam *v)
{
	return v->occupied || clock_now_ms() < v->busy_until_ms;
}

static void announce(struct vcam *v, const struct object *o, bool ram, int64_t at)
{
	uint16_t code = ram ? EV_SDRAM_ADDED : EV_OBJECT_ADDED;

	if (v->no_event > 0) {
		v->no_event--;
		return;
	}
	if (v->late_event > 0) {
		v->late_event--;
		at += v->late_ms;
	}
	vcam_post(v, code, o->handle, at);
	if (v->twice > 0) {
		v->twice--;
		vcam_post(v, code, o->handle, at);
	}
}

static struct object *store(struct vcam *v, const struct source *src, bool raw, bool ram)
{
	if (!ram)
		return card_add(v, src, raw);
	return ram_add(v, src, raw, v->body == &body_nikon ? HANDLE_SDRAM : 0);
}

static void store_raw(struct vcam *v, const struct source *src, bool ram, int64_t at)
{
	const struct object *o = store(v, src, true, ram);

	if (o)
		vcam_post(v, ram ? EV_SDRAM_ADDED : EV_OBJECT_ADDED, o->handle,
			  at + (v->raw == RAW_LATE ? v->raw_late_ms : 0));
}

static void store_jpeg(struct vcam *v, const struct source *src, bool ram, int64_t at)
{
	const struct object *o = store(v, src, false, ram);

	if (o)
		announce(v, o, ram, at);
}

/* The picture is in the camera; tell the host when the body would. */
static void store_picture(struct vcam *v, bool ram, int64_t at)
{
	const struct source *src = vcam_next_source(v, true);
	int files = v->body->files(v) | (v->raw ? FILE_RAW : 0);
	bool jpeg_first = v->raw == JPEG_FIRST || v->raw == RAW_LATE;

	if (!src)
		return;
	if (v->raw == JPEG_LOST)
		files = FILE_RAW;
	if (ram && v->body == &body_nikon)
		files = FILE_JPEG; /* its memory has one place */
	v->shots++;
	if (files & FILE_RAW && !jpeg_first)
		store_raw(v, src, ram, at);
	if (files & FILE_JPEG)
		store_jpeg(v, src, ram, at);
	if (files & FILE_RAW && jpeg_first)
		store_raw(v, src, ram, at);
	v->next_number++;
}

static uint16_t card_ready(struct vcam *v, int64_t now)
{
	if (v->no_card)
		return RC_NO_STORE;
	if (v->locked)
		return RC_STORE_READ_ONLY;
	if (vcam_free_images(v))
		return 0;
	vcam_post(v, EV_STORE_FULL, STORAGE_ID, now);
	return v->body->full_rc ? v->body->full_rc : RC_OK;
}

uint16_t vcam_expose(struct vcam *v, bool focus, bool ram)
{
	int64_t now = clock_now_ms();
	int64_t done = now + v->exposure_ms + (focus ? v->focus_ms : 0) + CURTAIN_MS + v->write_ms;
	uint16_t rc;

	if (vcam_busy(v))
		return RC_BUSY;
	if (focus && v->af_fail > 0) {
		v->af_fail--;
		v->busy_until_ms = now + 2L * v->focus_ms;
		v->ready_rc = RC_OUT_OF_FOCUS;
		return RC_OK; /* the body hunts first and says so when asked whether it is ready */
	}
	rc = ram ? 0 : card_ready(v, now);
	if (rc)
		return rc;
	for (int i = 0; i < v->storm; i++)
		vcam_post(v, EV_PROPERTY, i % 2 ? 0xd1f0u : v->props[i / 2 % v->prop_count].code,
			  now);
	v->busy_until_ms = done;
	store_picture(v, ram, done);
	if (v->no_complete > 0)
		v->no_complete--;
	else
		vcam_post(v, ram ? EV_SDRAM_COMPLETE : EV_CAPTURE_COMPLETE, 0, done);
	return RC_OK;
}

void vcam_live(struct vcam *v, bool on)
{
	if (on && !v->live_on)
		v->busy_until_ms = clock_now_ms() + MIRROR_MS;
	v->live_on = on;
}

uint16_t vcam_live_frame(struct vcam *v, struct blob *b, struct vcam_reply *rp)
{
	const struct source *s = v->live_count ? v->live_deck[v->live_next++ % v->live_count]
					       : vcam_next_source(v, false);
	int64_t now = clock_now_ms();
	uint8_t com[10] = { 0xff, 0xd8, 0xff, 0xfe, 0, 6 };
	const uint8_t *frame;
	size_t bytes;

	if (vcam_busy(v))
		return RC_BUSY;
	frame = s ? source_live(s, &bytes) : NULL;
	if (!frame)
		return RC_GENERAL;
	put_le32(com + 6, ++v->frames);
	blob_put(b, com, sizeof(com));
	blob_put(b, frame + 2, bytes - 2);
	if (v->live_frame_ms > now) /* 30 frames a second */
		rp->due_ms += v->live_frame_ms - now;
	v->live_frame_ms = (v->live_frame_ms > now ? v->live_frame_ms : now) + FRAME_MS;
	return RC_OK;
}
