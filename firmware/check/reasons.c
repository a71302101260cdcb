/* What the screen says of many findings: the first in the order of blame, a second only when it
 * is independent of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/check/verdict.h"

static const struct {
	const char *word;
	enum check_who who;
	enum check_rule rule;
} codes[] = {
#define CHECK_ROW(name, w, by, r) [CHECK_##name] = { w, by, CHECK_RULE_##r },
	CHECK_CODES(CHECK_ROW)
#undef CHECK_ROW
};

const char *check_code_word(enum check_code code)
{
	return (unsigned int)code < CHECK_CODE_COUNT ? codes[code].word : "unknown";
}

enum check_who check_code_who(enum check_code code)
{
	return (unsigned int)code < CHECK_CODE_COUNT ? codes[code].who : CHECK_PHOTOGRAPHER;
}

enum check_rule check_code_rule(enum check_code code)
{
	return (unsigned int)code < CHECK_CODE_COUNT ? codes[code].rule : CHECK_RULE_OFF;
}

#define OF(code) (UINT64_C(1) << CHECK_##code)
#define ALL	 UINT64_MAX

_Static_assert(CHECK_CODE_COUNT <= 64, "one bit a code");

/*
 * What a finding brings along. Two findings of which one explains the other are one trouble: only
 * the one that comes first in the order of blame is said. Light and pose are not linked: a lamp that
 * is out and a head that is turned are two errands of two people.
 */
/* clang-format off */
static const struct {
	enum check_code cause;
	uint64_t explains;
} links[] = {
	{ CHECK_UNDECODABLE, ALL },
	{ CHECK_ORIENTATION, ALL },
	{ CHECK_NO_FACE, ALL },
	{ CHECK_MANY_FACES, ALL },
	/* a piece of the person is missing, or all of them is too small to see */
	{ CHECK_CUT_OFF, OF(FACE_LARGE) | OF(HEAD_HIGH) | OF(HEAD_LOW) | OF(OFF_CENTRE) |
			 OF(SHOULDERS) | OF(TORSO) },
	{ CHECK_FACE_SMALL, OF(HEAD_HIGH) | OF(HEAD_LOW) | OF(BLURRED) | OF(MOVED) | OF(TORSO) },
	{ CHECK_FACE_LARGE, OF(HEAD_HIGH) | OF(HEAD_LOW) | OF(OFF_CENTRE) | OF(SHOULDERS) |
			    OF(TORSO) },
	{ CHECK_OFF_CENTRE, OF(TORSO) },
	/* without detail nothing small can be judged */
	{ CHECK_BLURRED, OF(MOVED) | OF(EYES_CLOSED) | OF(EYES_NARROW) | OF(GAZE) |
			 OF(MOUTH_OPEN) | OF(GLARE) | OF(TINTED) | OF(RED_EYE) | OF(MOIRE) },
	{ CHECK_MOVED, OF(EYES_CLOSED) | OF(EYES_NARROW) | OF(GAZE) | OF(MOUTH_OPEN) |
		       OF(GLARE) | OF(TINTED) | OF(RED_EYE) | OF(MOIRE) },
	/* exposure and direction of the light */
	{ CHECK_OVEREXPOSED, OF(SHINE) | OF(GLARE) | OF(COLOUR_CAST) | OF(BACKDROP_COLOUR) |
			     OF(BACK_LIGHT) | OF(TOP_LIGHT) },
	{ CHECK_UNDEREXPOSED, OF(NO_FACE) | OF(COLOUR_CAST) | OF(BACKDROP_COLOUR) |
			      OF(BACK_LIGHT) | OF(FACE_SHADOW) | OF(TINTED) },
	{ CHECK_HALF_LIT, OF(FACE_SHADOW) | OF(TOP_LIGHT) | OF(BACK_LIGHT) | OF(BACKDROP_SHADOW) },
	{ CHECK_BACK_LIGHT, OF(FACE_SHADOW) | OF(TOP_LIGHT) },
	{ CHECK_TOP_LIGHT, OF(FACE_SHADOW) | OF(SHINE) },
	{ CHECK_COLOUR_CAST, OF(BACKDROP_COLOUR) },
	/* where the head points */
	{ CHECK_TILTED, OF(SHOULDERS) | OF(TORSO) },
	{ CHECK_TURNED, OF(GAZE) | OF(OFF_CENTRE) | OF(TORSO) | OF(SHOULDERS) },
	{ CHECK_NODDING, OF(EYES_CLOSED) | OF(EYES_NARROW) | OF(GAZE) },
	{ CHECK_EYES_CLOSED, OF(EYES_NARROW) | OF(GAZE) | OF(RED_EYE) },
	{ CHECK_EYES_NARROW, OF(GAZE) },
	{ CHECK_TORSO, OF(SHOULDERS) },
	/* behind and below */
	{ CHECK_BACKDROP_OBJECT, OF(BACKDROP_UNEVEN) | OF(BACKDROP_SHADOW) | OF(BACKDROP_COLOUR) },
	{ CHECK_BACKDROP_UNEVEN, OF(BACKDROP_SHADOW) | OF(BACKDROP_COLOUR) },
	{ CHECK_CLOTHES_BARRED, OF(CLOTHES_BACKDROP) },
	{ CHECK_TINTED, OF(EYES_CLOSED) | OF(EYES_NARROW) | OF(GAZE) },
	{ CHECK_GLARE, OF(TINTED) | OF(SHINE) },
};
/* clang-format on */

static bool explains(uint32_t cause, uint32_t effect)
{
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (links[i].cause == cause && links[i].explains >> effect & 1)
			return true;
	return false;
}

static bool independent(const struct check_finding *a, const struct check_finding *b)
{
	return !explains(a->code, b->code) && !explains(b->code, a->code);
}

static int find_code(const struct check_result *r, enum check_code code)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].code == code)
			return (int)i;
	return -1;
}

/* What is said rather than the first finding, when it is there too: the cause is a weaker finding, or
 * comes later in the order of blame. */
static const struct {
	enum check_code first, rather;
	enum check_level up_to; /* of the first */
	double beyond; /* which the other's value must be */
} causes[] = {
	{ CHECK_NO_FACE, CHECK_UNDEREXPOSED, CHECK_FAIL, -1 }, /* nobody is found in the dark */
	{ CHECK_EYES_CLOSED, CHECK_TINTED, CHECK_FAIL, -1 }, /* nor an iris behind dark lenses */
	{ CHECK_EYES_NARROW, CHECK_TINTED, CHECK_WARN, -1 },
	{ CHECK_BLURRED, CHECK_EYES_CLOSED, CHECK_WARN, -1 }, /* lids have less detail than eyes */
	{ CHECK_HALF_LIT, CHECK_TURNED, CHECK_FAIL, 30 }, /* nor the far cheek in view */
};

/* It depends on the colour of the skin: said alone, or after what is sure. */
static bool doubtful(uint32_t code)
{
	return code == CHECK_UNDEREXPOSED || code == CHECK_COLOUR_CAST;
}

static uint32_t main_reason(const struct check_result *r)
{
	const struct check_finding *f = r->findings;

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		int at = find_code(r, causes[i].rather);

		if (causes[i].first == f[0].code && f[0].level <= causes[i].up_to && at > 0 &&
		    fabs(f[at].value) > causes[i].beyond)
			return (uint32_t)at;
	}
	for (uint32_t i = 0; doubtful(f[0].code) && i < r->finding_count; i++)
		if (f[i].level == f[0].level && !doubtful(f[i].code) && independent(&f[0], &f[i]))
			return i;
	return 0;
}

void check_reasons(struct check_result *r)
{
	const struct check_finding *first;

	r->reason_count = 0;
	if (!r->finding_count)
		return;
	r->reasons[r->reason_count++] = main_reason(r);
	first = &r->findings[r->reasons[0]];
	for (uint32_t i = 0; i < r->finding_count && r->reason_count < CHECK_REASONS_MAX; i++)
		if (i != r->reasons[0] && r->findings[i].level == r->findings[0].level &&
		    independent(first, &r->findings[i]))
			r->reasons[r->reason_count++] = i;
}

int check_result_valid(const struct check_result *r)
{
	if (r->level >= CHECK_LEVEL_COUNT || r->finding_count > CHECK_FINDINGS_MAX ||
	    r->measure_count > CHECK_MEASURES_MAX || r->reason_count > CHECK_REASONS_MAX)
		return 0;
	if ((r->level != CHECK_PASS) != (r->finding_count > 0))
		return 0;
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].code >= CHECK_CODE_COUNT ||
		    (r->findings[i].level != CHECK_WARN && r->findings[i].level != CHECK_FAIL))
			return 0;
	for (uint32_t i = 0; i < r->reason_count; i++)
		if (r->reasons[i] >= r->finding_count)
			return 0;
	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!memchr(r->measures[i].name, 0, sizeof(r->measures[i].name)))
			return 0;
	return memchr(r->preset, 0, sizeof(r->preset)) && memchr(r->limits, 0, sizeof(r->limits));
}

/* --- sentences --------------------------------------------------------------------------------- */

/*
 * Directions. A camera's picture is not mirrored: its right is the student's own left. Signs are
 * those of measures.h; below stands what the student has to do about a positive and a negative
 * value. The arrow is that of the mirrored screen, where own right is right.
 */
static const struct {
	enum check_code code;
	const char *positive, *negative;
	int arrow_positive, arrow_negative;
} ways[] = {
	{ CHECK_OFF_CENTRE, "_right", "_left", CHECK_ARROW_RIGHT, CHECK_ARROW_LEFT },
	{ CHECK_TILTED, "_right", "_left", CHECK_ARROW_RIGHT, CHECK_ARROW_LEFT },
	{ CHECK_TURNED, "_right", "_left", CHECK_ARROW_RIGHT, CHECK_ARROW_LEFT },
	{ CHECK_NODDING, "_down", "_up", CHECK_ARROW_DOWN, CHECK_ARROW_UP },
	{ CHECK_SHOULDERS, "_left", "_right", CHECK_ARROW_NONE, CHECK_ARROW_NONE }, /* raise it */
};

static double measure_of(const struct check_result *r, const char *name)
{
	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!strcmp(r->measures[i].name, name) && isfinite(r->measures[i].value))
			return r->measures[i].value;
	return 0;
}

/* Light blue tops read as green now and then: both are said. */
static const char *barred_colour(const struct check_result *r)
{
	double blue = measure_of(r, "clothes_blue"), green = measure_of(r, "clothes_green");
	double purple = measure_of(r, "clothes_purple"), yellow = measure_of(r, "clothes_yellow");

	if (fmax(purple, yellow) <= fmax(blue, green))
		return "_blue";
	return purple > yellow ? "_purple" : "_yellow";
}

const char *check_reason_id(const struct check_result *r, uint32_t i, char out[48], int *arrow)
{
	const struct check_finding *f;
	const char *way = "";

	*arrow = CHECK_ARROW_NONE;
	out[0] = 0;
	if (i >= r->reason_count)
		return out;
	f = &r->findings[r->reasons[i]];
	for (size_t w = 0; w < ARRAY_SIZE(ways); w++) {
		if (ways[w].code != f->code)
			continue;
		way = f->value > 0 ? ways[w].positive : ways[w].negative;
		*arrow = f->value > 0 ? ways[w].arrow_positive : ways[w].arrow_negative;
	}
	if (f->code == CHECK_CLOTHES_BARRED)
		way = barred_colour(r);
	snprintf(out, 48, "reason.%s%s", check_code_word((enum check_code)f->code), way);
	return out;
}

/* enum jpeg_fault, or a negative errno: the bytes could not be had. */
static const char *undecodable_way(double fault)
{
	static const char *const words[] = {
		[JPEG_NOT_JPEG] = "_not_jpeg",	 [JPEG_BROKEN] = "_broken",
		[JPEG_TOO_BIG] = "_too_big",	 [JPEG_UNSUPPORTED] = "_unsupported",
		[JPEG_NO_MEMORY] = "_no_memory",
	};

	for (size_t i = 1; i < ARRAY_SIZE(words); i++)
		if (fault == (double)i && words[i])
			return words[i];
	return fault < 0 ? "_unreadable" : "";
}

const char *check_cure_id(const struct check_finding *f, char out[48])
{
	const char *way = f->code == CHECK_UNDECODABLE ? undecodable_way(f->value) : "";

	if (f->code == CHECK_HALF_LIT) /* brighter right in the picture: its left lamp is weak */
		way = f->value > 0 ? "_left" : "_right";
	snprintf(out, 48, "cure.%s%s", check_code_word((enum check_code)f->code), way);
	return out;
}
