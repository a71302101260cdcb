/* What the screen says of many findings: the first in the order of blame, a second only when it
 * is independent of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

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

void check_reasons(struct check_result *r)
{
	r->reason_count = r->finding_count > 0;
	r->reasons[0] = 0;
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

/* The student sees a mirror: own right hand is at the right of the screen, left in the picture. */
static int side_of(const struct check_finding *f)
{
	if (f->code == CHECK_OFF_CENTRE || f->code == CHECK_TILTED)
		return f->value > 0 ? 1 : -1;
	return 0;
}

const char *check_reason_id(const struct check_result *r, uint32_t i, char out[48], int *arrow)
{
	const struct check_finding *f;
	int side;

	*arrow = 0;
	out[0] = 0;
	if (i >= r->reason_count)
		return out;
	f = &r->findings[r->reasons[i]];
	*arrow = side = side_of(f);
	snprintf(out, 48, "reason.%s%s", check_code_word((enum check_code)f->code),
		 side > 0   ? "_right"
		 : side < 0 ? "_left"
			    : "");
	return out;
}
