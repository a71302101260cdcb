/* Control vocabulary: the pictures to come, and the files there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/control.h"

static void do_picture(struct vcam *v, struct line *l)
{
	v->once = l->count > 1 ? source_load(v, l->arg[1]) : NULL;
	if (l->count > 1 && !v->once)
		control_answer(l, "error: cannot read that JPEG");
}

static void do_deck(struct vcam *v, struct line *l)
{
	v->deck_count = v->deck_next = 0;
	for (int i = 1; i < l->count; i++) {
		v->deck[v->deck_count] = source_load(v, l->arg[i]);
		if (v->deck[v->deck_count])
			v->deck_count++;
		else
			control_answer(l, "error: cannot read %s", l->arg[i]);
	}
}

static void do_rawjpeg(struct vcam *v, struct line *l)
{
	static const char *const orders[] = { "off", "rawfirst", "jpegfirst", "jpeglost",
					      "rawlate" };

	v->raw = control_flag(l) ? RAW_FIRST : RAW_OFF;
	for (size_t i = 0; l->count > 1 && i < ARRAY_SIZE(orders); i++)
		if (!strcmp(l->arg[1], orders[i]))
			v->raw = (enum raw_order)i;
	v->raw_late_ms = (int)control_number(l, 2, 1000);
}

static void do_fill(struct vcam *v, struct line *l)
{
	const struct source *s = v->deck_count ? v->deck[0] : source_plain(v);

	for (long n = control_number(l, 1, 1); n > 0 && s; n--) {
		card_add(v, s, false);
		v->next_number++;
	}
}

static void do_big(struct vcam *v, struct line *l)
{
	v->big_bytes = (size_t)control_number(l, 1, 0);
}

/* After DSC_9999 a body goes on in a new folder; set back by hand, names repeat. */
static void do_wrap(struct vcam *v, struct line *l)
{
	(void)l;
	v->folder++;
	v->next_number = 1;
}

static void do_number(struct vcam *v, struct line *l)
{
	v->next_number = (int)control_number(l, 1, 1);
}

static void do_objects(struct vcam *v, struct line *l)
{
	int n = snprintf(l->out, l->size, "ok");

	for (size_t i = 0; i < v->object_count && n > 0 && (size_t)n < l->size; i++)
		n += snprintf(l->out + n, l->size - (size_t)n, " %s:%zu", v->objects[i].name,
			      v->objects[i].bytes);
}

/* Write a card file's bytes to a host file, so that a test can compare them. */
static void do_save(struct vcam *v, struct line *l)
{
	for (size_t i = 0; l->count == 3 && i < v->object_count; i++) {
		const struct object *o = &v->objects[i];
		SCOPED_FREE uint8_t *data = NULL;
		SCOPED_FILE FILE *f = NULL;

		if (strcmp(o->name, l->arg[1]))
			continue;
		data = malloc(o->bytes);
		f = fopen(l->arg[2], "wbe");
		if (!data || !f)
			break;
		object_read(o, 0, data, o->bytes);
		if (fwrite(data, 1, o->bytes, f) == o->bytes)
			return;
	}
	control_answer(l, "error: save NAME FILE");
}

/* Someone deletes a picture on the body. */
static void do_erase(struct vcam *v, struct line *l)
{
	for (size_t i = 0; l->count == 2 && i < v->object_count; i++) {
		uint32_t handle = v->objects[i].handle;

		if (strcmp(v->objects[i].name, l->arg[1]))
			continue;
		card_remove(v, handle);
		vcam_post(v, EV_OBJECT_REMOVED, handle, clock_now_ms());
		return;
	}
	control_answer(l, "error: erase NAME");
}

const struct command control_pictures[] = {
	{ "picture", do_picture },
	{ "deck", do_deck },
	{ "rawjpeg", do_rawjpeg },
	{ "fill", do_fill },
	{ "big", do_big },
	{ "wrap", do_wrap },
	{ "number", do_number },
	{ "objects", do_objects },
	{ "save", do_save },
	{ "erase", do_erase },
	{ NULL, NULL },
};
