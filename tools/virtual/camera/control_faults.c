/* Control vocabulary: what goes wrong on the line and in the body's answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/control.h"

static void add_fault(struct vcam *v, struct line *l, int kind, int value, long times)
{
	long op = control_hex(l, 1);

	if (kind == FAULT_RC && (value < 0x2000 || value > 0xffff))
		op = -1;
	for (int i = 0; i < v->fault_count; i++) /* reuse what is used up */
		if (v->faults[i].left <= 0)
			v->faults[i--] = v->faults[--v->fault_count];
	if (op < 0 || op > 0xffff || times < 1 || v->fault_count == (int)ARRAY_SIZE(v->faults)) {
		control_answer(l, "error: OP and RC in hex, n > 0, at most %zu",
			       ARRAY_SIZE(v->faults));
		return;
	}
	v->faults[v->fault_count++] = (struct fault){ (uint16_t)op, kind, value, (int)times };
}

static void do_fault(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_RC, (int)control_hex(l, 2), control_number(l, 3, 1));
}

static void do_delay(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_DELAY, (int)control_number(l, 2, 0), control_number(l, 3, 1));
}

static void do_drop(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_DROP, 0, control_number(l, 2, 1));
}

static void do_close(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_CLOSE, 0, 1);
}

static void do_hang(struct vcam *v, struct line *l)
{
	add_fault(v, l, FAULT_HANG, 0, 1);
}

static void mid(struct vcam *v, struct line *l, enum mid what)
{
	v->mid = what;
	v->mid_bytes = (size_t)control_number(l, 1, 1);
}

static void do_closemid(struct vcam *v, struct line *l)
{
	mid(v, l, MID_CLOSE);
}

static void do_stallmid(struct vcam *v, struct line *l)
{
	mid(v, l, MID_STALL);
}

static void do_unplugmid(struct vcam *v, struct line *l)
{
	mid(v, l, MID_UNPLUG);
}

static void do_noevent(struct vcam *v, struct line *l)
{
	v->no_event = (int)control_number(l, 1, 1);
}

static void do_nocomplete(struct vcam *v, struct line *l)
{
	v->no_complete = (int)control_number(l, 1, 1);
}

static void do_afail(struct vcam *v, struct line *l)
{
	v->af_fail = (int)control_number(l, 1, 1);
}

static void do_storm(struct vcam *v, struct line *l)
{
	v->storm = (int)control_number(l, 1, 0);
}

static void do_twice(struct vcam *v, struct line *l)
{
	v->twice = (int)control_number(l, 1, 1);
}

static void do_lateevent(struct vcam *v, struct line *l)
{
	v->late_ms = (int)control_number(l, 1, 1000);
	v->late_event = (int)control_number(l, 2, 1);
}

static void do_announce(struct vcam *v, struct line *l)
{
	v->announce = control_number(l, 1, 0);
	v->announce_left = (int)control_number(l, 2, 1);
}

static void do_phase(struct vcam *v, struct line *l)
{
	v->phase = control_number(l, 1, 0);
}

static void do_cut(struct vcam *v, struct line *l)
{
	v->cut_bytes = (size_t)control_number(l, 1, 1000);
	v->cut_left = (int)control_number(l, 2, 1);
}

static void do_corrupt(struct vcam *v, struct line *l)
{
	v->corrupt_left = (int)control_number(l, 1, 1);
}

static void do_bomb(struct vcam *v, struct line *l)
{
	v->bomb_left = (int)control_number(l, 1, 1);
}

static void do_hostile(struct vcam *v, struct line *l)
{
	static const char *const kinds[] = { "off", "length", "text", "events", "array" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (l->count < 2 || strcmp(l->arg[1], kinds[i]))
			continue;
		v->hostile = (enum hostile)i;
		v->hostile_left = (unsigned int)control_number(
			l, 2, i == HOSTILE_EVENTS && v->body->pushes ? 1000000 : 1);
		return;
	}
	control_answer(l, "error: hostile off|length|text|events|array [n]");
}

const struct command control_faults[] = {
	{ "fault", do_fault },
	{ "delay", do_delay },
	{ "drop", do_drop },
	{ "close", do_close },
	{ "hang", do_hang },
	{ "closemid", do_closemid },
	{ "stallmid", do_stallmid },
	{ "unplugmid", do_unplugmid },
	{ "noevent", do_noevent },
	{ "nocomplete", do_nocomplete },
	{ "afail", do_afail },
	{ "storm", do_storm },
	{ "twice", do_twice },
	{ "lateevent", do_lateevent },
	{ "announce", do_announce },
	{ "phase", do_phase },
	{ "cut", do_cut },
	{ "corrupt", do_corrupt },
	{ "bomb", do_bomb },
	{ "hostile", do_hostile },
	{ NULL, NULL },
};
