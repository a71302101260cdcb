/* Life of the virtual camera. */
#include "tools/virtual/camera/vcam.h"

#include <stdlib.h>

#include "tools/virtual/camera/vcam_internal.h"

/* Timing of a mid-range DSLR: focus 200 ms, mirror and curtain 40 ms, write 200 ms, USB 3. */
void vcam_reset(struct vcam *v)
{
	v->queued = v->fault_count = v->stat_count = 0;
	v->plugged = true;
	v->card_full = v->no_card = v->raw_jpeg = false;
	v->busy_until_ms = 0;
	v->ready_rc = 0;
	v->exposure_ms = 8;
	v->focus_ms = 200;
	v->write_ms = 200;
	v->op_latency_ms = 1;
	v->rate_bytes_per_ms = 80000;
	v->no_event = v->no_complete = v->af_fail = v->storm = 0;
	v->big_bytes = v->close_mid = 0;
	v->once = NULL;
	v->free_images = 2000;
	if (props_init(v))
		abort();
	props_find(v, 0xd1a2)->value = v->live_on;
}

struct vcam *vcam_new(const struct vcam_options *o)
{
	struct vcam *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->next_handle = HANDLE_FIRST;
	v->next_number = 1;
	vcam_reset(v);
	if (o->portraits)
		v->deck_count = source_folder(v, o->portraits, v->deck,
					      (int)(sizeof(v->deck) / sizeof(v->deck[0])));
	if (o->live)
		v->live_count =
			source_folder(v, o->live, v->live_deck,
				      (int)(sizeof(v->live_deck) / sizeof(v->live_deck[0])));
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
