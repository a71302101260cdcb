/* Between the parts of the control vocabulary: one command line, and the commands. */
#pragma once

#include "tools/virtual/camera/vcam_internal.h"

enum { CONTROL_ARGS_MAX = 64 };

struct line {
	int count;
	char *arg[CONTROL_ARGS_MAX];
	char *out;
	size_t size;
};

struct command {
	const char *name;
	void (*run)(struct vcam *v, struct line *l);
};

/** control_answer() - in place of "ok". */
void control_answer(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** control_number() - argument @i, @fallback when there is none. */
long control_number(const struct line *l, int i, long fallback);
/** control_hex() - argument @i; -1 when it is none. */
long control_hex(const struct line *l, int i);
/** control_flag() - on unless the first argument says off. */
bool control_flag(const struct line *l);

/* Ended by a NULL name. */
extern const struct command control_faults[], control_world[], control_pictures[];
