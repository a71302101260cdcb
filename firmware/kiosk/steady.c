#include "firmware/kiosk/steady.h"

#include <string.h>

enum {
	SAY_AFTER_MS = 500,
	EYES_AFTER_MS = 1000,
	FINE_AFTER_MS = 500,
	STAY_MS = 1000,
	/* A finding missed in between does not begin its time anew: so long, or in one frame. */
	GAP_MS = 300,
	GAP_FRAMES = 1,
	FORGET_MS = 1500,
};

void steady_reset(struct steady *s, uint64_t codes)
{
	memset(s, 0, sizeof(*s));
	s->codes = codes;
}

static bool there(const struct steady *s, int code, int64_t now_ms)
{
	return s->seen[code].last_ms && (now_ms - s->seen[code].last_ms <= GAP_MS ||
					 s->frame - s->seen[code].last_frame <= GAP_FRAMES);
}

static bool ripe(const struct steady *s, int code, int64_t now_ms)
{
	int64_t after = code == CHECK_EYES_CLOSED ? EYES_AFTER_MS : SAY_AFTER_MS;

	return there(s, code, now_ms) && s->seen[code].last_ms - s->seen[code].since_ms >= after;
}

static void sight(struct steady *s, int code, bool negative, int64_t now_ms)
{
	if (!there(s, code, now_ms) || s->seen[code].negative != negative)
		s->seen[code].since_ms = now_ms;
	s->seen[code].last_ms = now_ms;
	s->seen[code].last_frame = s->frame;
	s->seen[code].negative = negative;
}

static void say(struct steady *s, int code, int64_t now_ms)
{
	bool same = s->state == STEADY_SAY && s->code == (enum check_code)code &&
		    s->negative == s->seen[code].negative;

	if (same)
		return;
	s->state = STEADY_SAY;
	s->code = (enum check_code)code;
	s->negative = s->seen[code].negative;
	s->said_ms = now_ms;
}

static void decide(struct steady *s, int64_t now_ms)
{
	bool clear = now_ms - s->since_ms >= FINE_AFTER_MS;

	if (s->state == STEADY_SAY && now_ms - s->said_ms < STAY_MS)
		return;
	for (int code = 0; code < CHECK_CODE_COUNT; code++) /* order of blame */
		if (ripe(s, code, now_ms)) {
			say(s, code, now_ms);
			return;
		}
	for (int code = 0; code < CHECK_CODE_COUNT; code++)
		clear = clear && !there(s, code, now_ms);
	if (clear)
		s->state = STEADY_FINE;
	else if (s->state == STEADY_SAY && !there(s, (int)s->code, now_ms))
		s->state = STEADY_UNKNOWN;
}

void steady_hear(struct steady *s, uint64_t found, uint64_t negative, int64_t now_ms)
{
	if (!s->heard_ms || now_ms - s->heard_ms > FORGET_MS)
		s->since_ms = now_ms;
	s->heard_ms = now_ms;
	s->frame++;
	for (int code = 0; code < CHECK_CODE_COUNT; code++)
		if (s->codes & found & 1ull << code)
			sight(s, code, negative & 1ull << code, now_ms);
	decide(s, now_ms);
}

void steady_tick(struct steady *s, int64_t now_ms)
{
	if (s->heard_ms && now_ms - s->heard_ms > FORGET_MS)
		steady_reset(s, s->codes);
}
