/* Control vocabulary: the body, its dials, its card slot, the cable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/control.h"

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
	uint16_t rc;

	v->asleep = false;
	v->presses++;
	rc = v->body->press(v);
	if (rc != RC_OK)
		control_answer(l, "error %04x", rc);
}

static void do_prop(struct vcam *v, struct line *l)
{
	struct property *p = props_find(v, (uint16_t)control_hex(l, 1));

	if (!p) {
		control_answer(l, "error: no such property");
	} else if (l->count < 3) {
		if (p->type == TYPE_TEXT)
			control_answer(l, "ok %s", p->text);
		else
			control_answer(l, "ok %u", p->value);
	} else {
		if (p->type == TYPE_TEXT)
			snprintf(p->text, sizeof(p->text), "%s", l->arg[2]);
		else
			p->value = (uint32_t)control_number(l, 2, 0);
		if (p->code == 0xd11b)
			p->writable = true; /* the body no longer counts itself */
		vcam_post(v, EV_PROPERTY, p->code, clock_now_ms());
	}
}

static void do_readonly(struct vcam *v, struct line *l)
{
	struct property *p = props_find(v, (uint16_t)control_hex(l, 1));

	if (p)
		p->writable = false;
}

/* An empty one switches the body off in the middle of what it does. */
static void do_battery(struct vcam *v, struct line *l)
{
	long pct = control_number(l, 1, 100);

	v->body->battery(v, pct);
	if (pct <= 0)
		vcam_plug(v, false);
}

static void do_cardfull(struct vcam *v, struct line *l)
{
	v->card_full = control_flag(l);
}

static void do_nocard(struct vcam *v, struct line *l)
{
	v->no_card = control_flag(l);
	vcam_post(v, v->no_card ? EV_STORE_REMOVED : EV_STORE_ADDED, STORAGE_ID, clock_now_ms());
}

static void do_locked(struct vcam *v, struct line *l)
{
	v->locked = control_flag(l);
}

static void do_occupied(struct vcam *v, struct line *l)
{
	v->occupied = control_flag(l);
}

static void do_sleep(struct vcam *v, struct line *l)
{
	(void)l;
	v->asleep = true;
}

static void do_wake(struct vcam *v, struct line *l)
{
	(void)l;
	v->asleep = false;
}

static void do_oplat(struct vcam *v, struct line *l)
{
	v->op_latency_ms = (int)control_number(l, 1, 0);
}

static void do_exp_ms(struct vcam *v, struct line *l)
{
	v->exposure_ms = (int)control_number(l, 1, 8);
}

static void do_af_ms(struct vcam *v, struct line *l)
{
	v->focus_ms = (int)control_number(l, 1, 250);
}

static void do_write_ms(struct vcam *v, struct line *l)
{
	v->write_ms = (int)control_number(l, 1, 250);
}

static void do_rate(struct vcam *v, struct line *l)
{
	v->rate_bytes_per_ms = (int)control_number(l, 1, 0) * 1000;
}

static void do_clock(struct vcam *v, struct line *l)
{
	v->clock_offset_s = (int)control_number(l, 1, 0);
	if (props_find(v, 0xd113))
		vcam_post(v, EV_PROPERTY, 0xd113, clock_now_ms());
}

static void do_reset(struct vcam *v, struct line *l)
{
	(void)l;
	vcam_reset(v);
}

const struct command control_world[] = {
	{ "unplug", do_unplug },     { "plug", do_plug },
	{ "press", do_press },	     { "prop", do_prop },
	{ "eosprop", do_prop },	     { "readonly", do_readonly },
	{ "battery", do_battery },   { "cardfull", do_cardfull },
	{ "nocard", do_nocard },     { "locked", do_locked },
	{ "occupied", do_occupied }, { "busy", do_occupied },
	{ "sleep", do_sleep },	     { "wake", do_wake },
	{ "oplat", do_oplat },	     { "exp_ms", do_exp_ms },
	{ "af_ms", do_af_ms },	     { "write_ms", do_write_ms },
	{ "rate", do_rate },	     { "clock", do_clock },
	{ "reset", do_reset },	     { NULL, NULL },
};
