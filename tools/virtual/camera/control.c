/* The control vocabulary: one line of text changes the camera's world. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

enum { ARGS_MAX = 64 };

struct line {
	int count;
	char *arg[ARGS_MAX];
	char *out;
	size_t size;
};

static void answer(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void answer(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->out, l->size, fmt, ap);
	va_end(ap);
}

static long number(const struct line *l, int i, long fallback)
{
	return i < l->count ? strtol(l->arg[i], NULL, 0) : fallback;
}

static long hex(const struct line *l, int i)
{
	char *end = NULL;
	long x = i < l->count ? strtol(l->arg[i], &end, 16) : -1;

	return end && !*end ? x : -1;
}

static bool flag(const struct line *l)
{
	return l->count < 2 || !strcmp(l->arg[1], "on") || !strcmp(l->arg[1], "1");
}

static void add_fault(struct vcam *v, struct line *l, int kind, int value, long times)
{
	long op = hex(l, 1);

	if (kind == FAULT_RC && (value < 0x2000 || value > 0xffff))
		op = -1;
	for (int i = 0; i < v->fault_count; i++) /* reuse what is used up */
		if (v->faults[i].left <= 0)
			v->faults[i--] = v->faults[--v->fault_count];
	if (op < 0 || op > 0xffff || times < 1 || v->fault_count == (int)ARRAY_SIZE(v->faults)) {
		answer(l, "error: OP and RC in hex, n > 0, at most %zu", ARRAY_SIZE(v->faults));
		return;
	}
	v->faults[v->fault_count++] = (struct fault){ (uint16_t)op, kind, value, (int)times };
}

static void do_fault(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_RC, (int)hex(l, 2), number(l, 3, 1));
}

static void do_delay(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_DELAY, (int)number(l, 2, 0), number(l, 3, 1));
}

static void do_drop(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_DROP, 0, number(l, 2, 1));
}

static void do_close(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_CLOSE, 0, 1);
}

static void do_hang(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_HANG, 0, 1);
}

static void do_closemid(struct vcam *v, struct line *l)
{
	v->close_mid = (size_t)number(l, 1, 1);
}

static void do_unplug(struct vcam *v, struct line *l)
{
	(void)l;
	vcam_plug(v, false);
}

static void do_plug(struct vcam *v, struct line *l)
{
	(void)l;
	vcam_plug(v, true);
}

static void do_press(struct vcam *v, struct line *l)
{
	bool sdram = props_find(v, 0xd10b)->value == 1;
	uint16_t rc = vcam_expose(v, !v->live_on, sdram);

	v->presses++;
	if (rc != RC_OK)
		answer(l, "error %04x", rc);
}

static void do_prop(struct vcam *v, struct line *l)
{
	struct property *p = props_find(v, (uint16_t)hex(l, 1));

	if (!p) {
		answer(l, "error: no such property");
	} else if (l->count < 3) {
		if (p->type == 0xffff)
			answer(l, "ok %s", p->text);
		else
			answer(l, "ok %u", p->value);
	} else {
		if (p->type == 0xffff)
			snprintf(p->text, sizeof(p->text), "%s", l->arg[2]);
		else
			p->value = (uint32_t)number(l, 2, 0);
		vcam_post(v, EV_PROPERTY, p->code, clock_now_ms());
	}
}

static void do_readonly(struct vcam *v, struct line *l)
{
	struct property *p = props_find(v, (uint16_t)hex(l, 1));

	if (p)
		p->writable = false;
}

static void do_battery(struct vcam *v, struct line *l)
{
	props_find(v, 0x5001)->value = (uint32_t)number(l, 1, 100);
	vcam_post(v, EV_PROPERTY, 0x5001, clock_now_ms());
}

static void do_noevent(struct vcam *v, struct line *l)
{
	v->no_event = (int)number(l, 1, 1);
}

static void do_nocomplete(struct vcam *v, struct line *l)
{
	v->no_complete = (int)number(l, 1, 1);
}

static void do_afail(struct vcam *v, struct line *l)
{
	v->af_fail = (int)number(l, 1, 1);
}

static void do_rawjpeg(struct vcam *v, struct line *l)
{
	v->raw_jpeg = flag(l);
}

static void do_cardfull(struct vcam *v, struct line *l)
{
	v->card_full = flag(l);
}

static void do_nocard(struct vcam *v, struct line *l)
{
	v->no_card = flag(l);
	vcam_post(v, v->no_card ? 0x4005 : 0x4004, STORAGE_ID, clock_now_ms());
}

static void do_fill(struct vcam *v, struct line *l)
{
	const struct source *s = v->deck_count ? v->deck[0] : source_plain(v);

	for (long n = number(l, 1, 1); n > 0 && s; n--) {
		card_add(v, s, FORMAT_JPEG, "JPG");
		v->next_number++;
	}
}

static void do_oplat(struct vcam *v, struct line *l)
{
	v->op_latency_ms = (int)number(l, 1, 0);
}

static void do_storm(struct vcam *v, struct line *l)
{
	v->storm = (int)number(l, 1, 0);
}

static void do_big(struct vcam *v, struct line *l)
{
	v->big_bytes = (size_t)number(l, 1, 0);
}

static void do_exp_ms(struct vcam *v, struct line *l)
{
	v->exposure_ms = (int)number(l, 1, 8);
}

static void do_clock(struct vcam *v, struct line *l)
{
	v->clock_offset_s = (int)number(l, 1, 0);
}

static void do_af_ms(struct vcam *v, struct line *l)
{
	v->focus_ms = (int)number(l, 1, 250);
}

static void do_write_ms(struct vcam *v, struct line *l)
{
	v->write_ms = (int)number(l, 1, 250);
}

static void do_rate(struct vcam *v, struct line *l)
{
	v->rate_bytes_per_ms = (int)number(l, 1, 0) * 1000;
}

static void do_picture(struct vcam *v, struct line *l)
{
	v->once = l->count > 1 ? source_load(v, l->arg[1]) : NULL;
	if (l->count > 1 && !v->once)
		answer(l, "error: cannot read that JPEG");
}

static void do_deck(struct vcam *v, struct line *l)
{
	v->deck_count = v->deck_next = 0;
	for (int i = 1; i < l->count; i++) {
		v->deck[v->deck_count] = source_load(v, l->arg[i]);
		if (v->deck[v->deck_count])
			v->deck_count++;
		else
			answer(l, "error: cannot read %s", l->arg[i]);
	}
}

static void do_reset(struct vcam *v, struct line *l)
{
	(void)l;
	vcam_reset(v);
}

static void do_stat(struct vcam *v, struct line *l)
{
	int n = snprintf(
		l->out, l->size,
		"ok shots=%u presses=%u objects=%zu frames=%u live=%d session=%d plugged=%d",
		v->shots, v->presses, v->object_count, v->frames, v->live_on, v->session,
		v->plugged);

	for (int i = 0; i < v->stat_count && n > 0 && (size_t)n < l->size; i++)
		n += snprintf(l->out + n, l->size - (size_t)n, " %04x=%u", v->stats[i].op,
			      v->stats[i].count);
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
	answer(l, "error: save NAME FILE");
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
	answer(l, "error: erase NAME");
}

static const struct {
	const char *name;
	void (*run)(struct vcam *v, struct line *l);
} commands[] = {
	{ "fault", do_fault },	     { "delay", do_delay },
	{ "drop", do_drop },	     { "close", do_close },
	{ "closemid", do_closemid }, { "hang", do_hang },
	{ "unplug", do_unplug },     { "plug", do_plug },
	{ "press", do_press },	     { "prop", do_prop },
	{ "readonly", do_readonly }, { "battery", do_battery },
	{ "noevent", do_noevent },   { "nocomplete", do_nocomplete },
	{ "afail", do_afail },	     { "rawjpeg", do_rawjpeg },
	{ "cardfull", do_cardfull }, { "nocard", do_nocard },
	{ "fill", do_fill },	     { "oplat", do_oplat },
	{ "storm", do_storm },	     { "big", do_big },
	{ "exp_ms", do_exp_ms },     { "af_ms", do_af_ms },
	{ "write_ms", do_write_ms }, { "rate", do_rate },
	{ "picture", do_picture },   { "deck", do_deck },
	{ "reset", do_reset },	     { "stat", do_stat },
	{ "objects", do_objects },   { "save", do_save },
	{ "erase", do_erase },	     { "clock", do_clock },
};

void vcam_control(struct vcam *v, const char *text, char *out, size_t size)
{
	SCOPED_FREE char *copy = strdup(text);
	struct line l = { .out = out, .size = size };
	char *rest = copy, *word;

	while (copy && l.count < ARGS_MAX && (word = strsep(&rest, " \t\r\n")))
		if (*word)
			l.arg[l.count++] = word;
	snprintf(out, size, "ok");
	for (size_t i = 0; l.count && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(l.arg[0], commands[i].name)) {
			commands[i].run(v, &l);
			return;
		}
	if (l.count)
		answer(&l, "error: no such command");
}
