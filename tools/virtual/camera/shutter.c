/* The shutter: what a release does to the card, the event queue and the busy window. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

void vcam_post(struct vcam *v, uint16_t code, uint32_t param, int64_t due_ms)
{
	if (v->queued < (int)ARRAY_SIZE(v->queue))
		v->queue[v->queued++] = (struct event){ code, param, due_ms };
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

/* The picture is in the camera; tell the host when the body would. */
static void store_picture(struct vcam *v, bool sdram, int64_t at)
{
	const struct source *src = vcam_next_source(v, true);
	struct object *o;

	if (!src)
		return;
	v->shots++;
	if (sdram) {
		free(v->sdram.head);
		memset(&v->sdram, 0, sizeof(v->sdram));
		v->sdram.handle = HANDLE_SDRAM;
		v->sdram.format = FORMAT_JPEG;
		object_make(v, &v->sdram, src);
		v->sdram_full = true;
		if (v->no_event > 0)
			v->no_event--;
		else
			vcam_post(v, EV_SDRAM_ADDED, HANDLE_SDRAM, at);
		return;
	}
	if (v->raw_jpeg && (o = card_add(v, src, FORMAT_NEF, "NEF")))
		vcam_post(v, EV_OBJECT_ADDED, o->handle, at);
	o = card_add(v, src, FORMAT_JPEG, "JPG");
	v->next_number++;
	if (!o)
		return;
	if (v->no_event > 0)
		v->no_event--;
	else
		vcam_post(v, EV_OBJECT_ADDED, o->handle, at);
}

uint16_t vcam_expose(struct vcam *v, bool focus, bool sdram)
{
	int64_t now = clock_now_ms();
	int64_t done = now + v->exposure_ms + (focus ? v->focus_ms : 0) + 40;

	if (now < v->busy_until_ms)
		return RC_BUSY;
	if (focus && v->af_fail > 0) {
		v->af_fail--;
		v->busy_until_ms = now + 2L * v->focus_ms;
		v->ready_rc = RC_OUT_OF_FOCUS;
		return RC_OK; /* the body hunts first and says so when asked whether it is ready */
	}
	if (!sdram && v->no_card)
		return RC_NO_STORE;
	if (!sdram && !vcam_free_images(v)) {
		vcam_post(v, EV_STORE_FULL, STORAGE_ID, now);
		return RC_OK;
	}
	for (int i = 0; i < v->storm; i++)
		vcam_post(v, EV_PROPERTY, i % 2 ? 0xd1f0u : v->props[i / 2 % v->prop_count].code,
			  now);
	v->busy_until_ms = done + v->write_ms;
	store_picture(v, sdram, done + v->write_ms);
	if (v->no_complete > 0)
		v->no_complete--;
	else
		vcam_post(v, sdram ? EV_SDRAM_COMPLETE : EV_CAPTURE_COMPLETE, 0, v->busy_until_ms);
	return RC_OK;
}
