/* The control vocabulary: one line of text changes the camera's world. */
#include "tools/virtual/camera/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"

void control_answer(struct line *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->out, l->size, fmt, ap);
	va_end(ap);
}

long control_number(const struct line *l, int i, long fallback)
{
	return i < l->count ? strtol(l->arg[i], NULL, 0) : fallback;
}

long control_hex(const struct line *l, int i)
{
	char *end = NULL;
	long x = i < l->count ? strtol(l->arg[i], &end, 16) : -1;

	return end && !*end ? x : -1;
}

bool control_flag(const struct line *l)
{
	return l->count < 2 || (strcmp(l->arg[1], "off") && strcmp(l->arg[1], "0"));
}

static void do_stat(struct vcam *v, struct line *l)
{
	int n = snprintf(
		l->out, l->size,
		"ok shots=%u presses=%u objects=%zu frames=%u live=%d session=%d plugged=%d "
		"sessions=%u",
		v->shots, v->presses, v->object_count, v->frames, v->live_on, v->session,
		v->plugged, v->sessions);

	for (int i = 0; i < v->stat_count && n > 0 && (size_t)n < l->size; i++)
		n += snprintf(l->out + n, l->size - (size_t)n, " %04x=%u", v->stats[i].op,
			      v->stats[i].count);
}

static const struct command counters[] = {
	{ "stat", do_stat },
	{ "count", do_stat }, /* where `stat` is the bus's */
	{ NULL, NULL },
};

static bool run(const struct command *c, struct vcam *v, struct line *l)
{
	for (; c->name; c++)
		if (!strcmp(l->arg[0], c->name)) {
			c->run(v, l);
			return true;
		}
	return false;
}

void vcam_control(struct vcam *v, const char *text, char *out, size_t size)
{
	SCOPED_FREE char *copy = strdup(text);
	struct line l = { .out = out, .size = size };
	char *rest = copy, *word;

	while (copy && l.count < CONTROL_ARGS_MAX && (word = strsep(&rest, " \t\r\n")))
		if (*word)
			l.arg[l.count++] = word;
	snprintf(out, size, "ok");
	if (l.count && !run(control_faults, v, &l) && !run(control_world, v, &l) &&
	    !run(control_pictures, v, &l) && !run(counters, v, &l))
		control_answer(&l, "error: no such command");
}
