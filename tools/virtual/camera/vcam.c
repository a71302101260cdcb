/* Life of the virtual camera. */
#include "tools/virtual/camera/vcam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/vcam_internal.h"

static const struct body *const bodies[] = { &body_nikon, &body_canon, &body_ptp, &body_phone };

/* What somebody may have changed in the world around the body. */
static void reset_world(struct vcam *v)
{
	v->plugged = true;
	v->card_full = v->no_card = v->locked = v->asleep = v->occupied = false;
	v->free_images = 2000;
	v->once = NULL;
	v->raw = RAW_OFF;
	v->clock_offset_s = 0;
}

static void reset_faults(struct vcam *v)
{
	v->queued = v->fault_count = v->stat_count = 0;
	v->no_event = v->no_complete = v->af_fail = v->storm = 0;
	v->twice = v->late_event = v->late_ms = v->raw_late_ms = 0;
	v->announce_left = v->cut_left = v->corrupt_left = v->bomb_left = 0;
	v->announce = v->phase = 0;
	v->hostile = HOSTILE_OFF;
	v->hostile_left = 0;
	v->mid = MID_OFF;
	v->big_bytes = v->mid_bytes = v->cut_bytes = 0;
}

/* Timing of a mid-range DSLR: focus 200 ms, mirror and curtain 40 ms, write 200 ms, USB 3. */
void vcam_reset(struct vcam *v)
{
	reset_world(v);
	reset_faults(v);
	v->busy_until_ms = 0;
	v->ready_rc = 0;
	v->half_pressed = v->no_focus = false;
	v->dump = v->remote;
	v->exposure_ms = 8;
	v->focus_ms = 200;
	v->write_ms = 200;
	v->op_latency_ms = 1;
	v->rate_bytes_per_ms = 80000;
	if (props_init(v))
		abort();
	if (v->live_on)
		v->body->hang_up(v);
}

static void identify(struct vcam *v, const struct vcam_options *o)
{
	const struct body *b = v->body;

	snprintf(v->model, sizeof(v->model), "%s", o->model ? o->model : b->model);
	snprintf(v->serial, sizeof(v->serial), "%s", o->serial ? o->serial : b->serial);
	v->identity = (struct vcam_identity){ b->vid,	      b->pid,	 b->usb_maker,
					      b->usb_product, v->serial, v->model };
}

struct vcam *vcam_new(const struct vcam_options *o)
{
	const char *name = o->body ? o->body : "nikon";
	struct vcam *v = calloc(1, sizeof(*v));

	for (size_t i = 0; v && i < ARRAY_SIZE(bodies); i++)
		if (!strcmp(bodies[i]->name, name))
			v->body = bodies[i];
	if (!v || !v->body) {
		free(v);
		return NULL;
	}
	identify(v, o);
	v->next_handle = HANDLE_FIRST;
	v->next_number = 1;
	vcam_reset(v);
	if (o->portraits)
		v->deck_count = source_folder(v, o->portraits, v->deck, (int)ARRAY_SIZE(v->deck));
	if (o->live)
		v->live_count =
			source_folder(v, o->live, v->live_deck, (int)ARRAY_SIZE(v->live_deck));
	return v;
}

void vcam_free(struct vcam *v)
{
	if (!v)
		return;
	card_clear(v);
	free(v->objects);
	free(v->props);
	while (v->sources) {
		struct source *s = v->sources;

		v->sources = s->next;
		free(s->data);
		free(s->live);
		free(s);
	}
	free(v);
}

const struct vcam_identity *vcam_identity(const struct vcam *v)
{
	return &v->identity;
}

bool vcam_plugged(const struct vcam *v)
{
	return v->plugged;
}

void vcam_plug(struct vcam *v, bool in)
{
	v->plugged = in;
	if (!in)
		vcam_disconnected(v);
}

void vcam_disconnected(struct vcam *v)
{
	v->session = false;
	v->body->hang_up(v);
}
