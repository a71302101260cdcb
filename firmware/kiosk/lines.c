/* The operator's lines under a verdict: what was measured against which limit, in the words of the
 * catalogue; findings that have no measure of their own stand first. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/kiosk/kiosk.h"

static const struct {
	const char *measure;
	enum check_code code; /* the finding it decides */
	size_t limit; /* offset of its fail limit in struct check_limits */
	bool at_least; /* the limit is a minimum */
	int decimals;
	const char *unit;
} rows[] = {
	{ "roll_deg", CHECK_TILTED, offsetof(struct check_limits, roll_deg.fail), false, 1, "°" },
	{ "yaw_deg", CHECK_TURNED, offsetof(struct check_limits, yaw_deg.fail), false, 1, "°" },
	{ "eye_ratio", CHECK_EYES_CLOSED, offsetof(struct check_limits, eyes.fail), true, 3, "" },
	{ "mouth", CHECK_MOUTH_OPEN, offsetof(struct check_limits, mouth.fail), false, 2, "" },
	{ "sharpness", CHECK_BLURRED, offsetof(struct check_limits, sharpness.fail), true, 2, "" },
	{ "over_share", CHECK_OVEREXPOSED, offsetof(struct check_limits, over_share.fail), false, 2,
	  "" },
	{ "half_ev", CHECK_HALF_LIT, offsetof(struct check_limits, half_ev.fail), false, 2, " EV" },
};

/* Three digits where they matter: 0.118, 8.42, 24.8, 248. */
static int digits_of(double v)
{
	return fabs(v) >= 100 ? 0 : fabs(v) >= 10 ? 1 : fabs(v) >= 1 ? 2 : 3;
}

static const struct check_finding *finding_of(const struct check_result *r, enum check_code code)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].code == code)
			return &r->findings[i];
	return NULL;
}

static int level_of(const struct check_result *r, enum check_code code)
{
	const struct check_finding *f = finding_of(r, code);

	return !f ? 0 : f->level == CHECK_FAIL ? 2 : 1;
}

static bool has_row(enum check_code code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return true;
	return false;
}

static struct scene_line *next_line(struct scene *sc)
{
	return sc->line_count < SCENE_LINES_MAX ? &sc->lines[sc->line_count++] : NULL;
}

/* Without a number that tells a person anything. */
static bool wordless(uint32_t code)
{
	return code <= CHECK_CUT_OFF || code == CHECK_BACKDROP_COLOUR;
}

static void finding_line(struct scene *sc, const struct check_finding *f)
{
	struct scene_line *l = next_line(sc);
	char id[48];

	if (!l)
		return;
	snprintf(id, sizeof(id), "finding.%s", check_code_word((enum check_code)f->code));
	snprintf(l->text, sizeof(l->text), "%.60s", text_get(sc->staff_lang, id));
	if (!wordless(f->code))
		snprintf(l->text + strlen(l->text), sizeof(l->text) - strlen(l->text),
			 " %.*f / %.*f", digits_of(f->value), f->value, digits_of(f->limit),
			 f->limit);
	l->level = f->level == CHECK_FAIL ? 2 : 1;
}

static void measure_line(struct scene *sc, const struct check_result *r, size_t row,
			 const struct check_limits *limits)
{
	const struct check_finding *f = finding_of(r, rows[row].code);
	double limit = f ? f->limit
			 : *(const double *)(const void *)((const char *)limits + rows[row].limit);

	for (uint32_t i = 0; i < r->measure_count; i++) {
		struct scene_line *l;
		char id[48];

		if (strcmp(r->measures[i].name, rows[row].measure) ||
		    !isfinite(r->measures[i].value))
			continue;
		l = next_line(sc);
		if (!l)
			return;
		snprintf(id, sizeof(id), "measure.%s", rows[row].measure);
		snprintf(l->text, sizeof(l->text), "%.40s %.*f%s %s %g%s",
			 text_get(sc->staff_lang, id), rows[row].decimals,
			 fabs(f ? f->value : r->measures[i].value), rows[row].unit,
			 f		      ? (rows[row].at_least ? "<" : ">")
			 : rows[row].at_least ? "≥"
					      : "≤",
			 limit, rows[row].unit);
		l->level = level_of(r, rows[row].code);
	}
}

void lines_fill(struct scene *sc, const struct check_result *r, const struct check_limits *limits)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (!has_row((enum check_code)r->findings[i].code))
			finding_line(sc, &r->findings[i]);
	for (int level = 2; level >= 0; level--) /* what decides stands first */
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
			if (level_of(r, rows[i].code) == level)
				measure_line(sc, r, i, limits);
}

static int arrow_of(int way)
{
	static const int scene[] = { [2 + CHECK_ARROW_LEFT] = 1,
				     [2 + CHECK_ARROW_RIGHT] = 2,
				     [2 + CHECK_ARROW_UP] = 3,
				     [2 + CHECK_ARROW_DOWN] = 4 };

	return scene[2 + way];
}

/* The student is told of failures only; staff of warnings too. */
void lines_words(struct scene *sc, const struct check_result *r)
{
	bool failed = sc->screen == SCREEN_FAILED;
	int way;

	if (!r->reason_count || (r->level == CHECK_PASS))
		return;
	if (failed) {
		check_reason_id(r, 0, sc->prompt_id, &way);
		sc->arrow = arrow_of(way);
	}
	if (sc->screen != SCREEN_ASKED)
		check_cure_id(&r->findings[r->reasons[0]], sc->cure_id);
	if (r->reason_count < 2)
		return;
	if (failed)
		check_reason_id(r, 1, sc->also_id, &way);
	check_cure_id(&r->findings[r->reasons[1]], sc->also_cure_id);
}

/* "本人 · 露眉露耳 · …": what the job has not switched off. */
void lines_ticks(struct scene *sc, const struct check_limits *limits)
{
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		size_t n = strlen(sc->ticks);
		char id[48];

		if (limits->level[c] != CHECK_RULE_TICK)
			continue;
		snprintf(id, sizeof(id), "tick.%s", check_code_word((enum check_code)c));
		snprintf(sc->ticks + n, sizeof(sc->ticks) - n, "%s%s",
			 n ? text_get(sc->staff_lang, "label.tick_gap") : "",
			 text_get(sc->staff_lang, id));
	}
}
