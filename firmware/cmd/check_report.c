/* What `tapshot check` says about a picture: one JSON object, or a page for people. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/check_cmd.h"

const char *check_level_word(uint32_t level)
{
	static const char *const words[CHECK_LEVEL_COUNT] = { "pass", "warn", "fail", "error" };

	return level < CHECK_LEVEL_COUNT ? words[level] : "";
}

const char *check_who_word(enum check_who who)
{
	static const char *const words[CHECK_WHO_COUNT] = { "student", "photographer", "setup" };

	return words[who];
}

static const char *code_word(const struct check_finding *f)
{
	return check_code_word((enum check_code)f->code);
}

static const char *who_word(const struct check_finding *f)
{
	return check_who_word(check_code_who((enum check_code)f->code));
}

/* --- JSON -------------------------------------------------------------------------------------- */

static json_t *number(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *region_json(const struct check_region *g)
{
	return g->w > 0 ? json_pack("[i,i,i,i]", g->x, g->y, g->w, g->h) : json_null();
}

static json_t *crop_json(const struct image_crop *c)
{
	double one = IMAGE_CROP_ONE;

	return c->w > 0 ? json_pack("[f,f,f,f]", c->x / one, c->y / one, c->w / one, c->h / one)
			: json_null();
}

static json_t *findings_json(const struct check_result *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:o, s:o, s:o}", "code", code_word(f),
						"level", check_level_word(f->level), "value",
						number(f->value), "limit", number(f->limit),
						"region", region_json(&f->region)));
	}
	return list;
}

static json_t *reasons_json(const struct check_result *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->reason_count; i++) {
		const struct check_finding *f = &r->findings[r->reasons[i]];
		char say[48], cure[48];
		int arrow;

		check_reason_id(r, i, say, &arrow);
		check_cure_id(f, cure);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "code",
						      code_word(f), "who", who_word(f), "text_zh",
						      text_get(LANG_ZH, say), "text_en",
						      text_get(LANG_EN, say), "cure_zh",
						      text_get(LANG_ZH, cure), "cure_en",
						      text_get(LANG_EN, cure)));
	}
	return list;
}

static json_t *measures_json(const struct check_result *r)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < r->measure_count; i++)
		json_object_set_new(o, r->measures[i].name, number(r->measures[i].value));
	return o;
}

/* A path of any bytes: JSON knows only UTF-8. */
static json_t *path_json(const char *path)
{
	char plain[4096];
	size_t n = strnlen(path, sizeof(plain) - 1);

	if (text_valid(path, strlen(path)))
		return json_string(path);
	for (size_t i = 0; i < n; i++)
		plain[i] = (char)((unsigned char)path[i] < 128 ? path[i] : '?');
	plain[n] = '\0';
	return json_string(plain);
}

static json_t *outcome_json(const struct check_subject *s)
{
	const struct check_result *r = &s->o->result;
	json_t *o = json_pack("{s:o, s:s}", "file", path_json(s->path), "verdict",
			      check_level_word(r->level));

	json_object_set_new(o, "preset", json_string(r->preset));
	json_object_set_new(o, "limits", json_string(r->limits));
	json_object_set_new(o, "findings", findings_json(r));
	json_object_set_new(o, "reasons", reasons_json(r));
	json_object_set_new(o, "measures", measures_json(r));
	json_object_set_new(
		o, "size",
		json_pack("{s:i, s:i}", "width_px", r->width_px, "height_px", r->height_px));
	json_object_set_new(o, "face", region_json(&r->face));
	json_object_set_new(o, "crop", crop_json(&r->crop));
	json_object_set_new(o, "ms",
			    json_pack("{s:i, s:i, s:i}", "decode", s->o->decode_ms, "judge",
				      s->o->judge_ms, "total", s->o->decode_ms + s->o->judge_ms));
	if (s->trouble[0])
		json_object_set_new(o, "trouble", json_string(s->trouble));
	return o;
}

void check_print_json(FILE *to, const struct check_subject *s)
{
	json_t *j = outcome_json(s);

	json_dumpf(j, to, JSON_REAL_PRECISION(6));
	putc('\n', to);
	json_decref(j);
}

/* --- for people -------------------------------------------------------------------------------- */

static void print_reasons(FILE *to, const struct check_result *r)
{
	for (uint32_t i = 0; i < r->reason_count; i++) {
		const struct check_finding *f = &r->findings[r->reasons[i]];
		char say[48], cure[48];
		int arrow;

		check_reason_id(r, i, say, &arrow);
		check_cure_id(f, cure);
		fprintf(to, "  %s: %s / %s\n      %s: %s\n", i ? "also" : "says",
			text_get(LANG_ZH, say), text_get(LANG_EN, say), who_word(f),
			text_get(LANG_EN, cure));
	}
}

static void print_findings(FILE *to, const struct check_result *r)
{
	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		fprintf(to, "  %-4s %-16s %10.4g  limit %-8.4g", check_level_word(f->level),
			code_word(f), f->value, f->limit);
		if (f->region.w > 0)
			fprintf(to, " at %d,%d %dx%d", f->region.x, f->region.y, f->region.w,
				f->region.h);
		putc('\n', to);
	}
}

static const struct check_bound *bound_of(const struct check_bound *b, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(b[i].measure, name))
			return &b[i];
	return NULL;
}

static void print_limits(FILE *to, const struct check_bound *b)
{
	const char *sign = b->at_least ? "<" : ">";

	if (isfinite(b->warn))
		fprintf(to, "  warn %s %-6.4g", sign, b->warn);
	if (isfinite(b->fail))
		fprintf(to, "  fail %s %-6.4g", sign, b->fail);
	fprintf(to, "  %s", check_code_word(b->code));
}

static void print_measures(FILE *to, const struct check_result *r, const struct check_limits *l)
{
	struct check_bound bounds[CHECK_BOUNDS_MAX];
	size_t n = check_bounds(l, bounds);

	for (uint32_t i = 0; i < r->measure_count; i++) {
		const struct check_measure *m = &r->measures[i];
		const struct check_bound *b = bound_of(bounds, n, m->name);

		fprintf(to, "  %-16s", m->name);
		if (isfinite(m->value))
			fprintf(to, " %10.4g", m->value);
		else
			fprintf(to, " %10s", "-");
		if (b)
			print_limits(to, b);
		putc('\n', to);
	}
}

void check_print_report(FILE *to, const struct check_subject *s, const struct check_limits *limits)
{
	const struct check_result *r = &s->o->result;

	fprintf(to, "%s: %s", s->path, check_level_word(r->level));
	if (s->trouble[0])
		fprintf(to, " (undecodable): %s", s->trouble);
	for (uint32_t i = 0; i < r->reason_count && !s->trouble[0]; i++)
		fprintf(to, "%s%s", i ? ", " : " (", code_word(&r->findings[r->reasons[i]]));
	fprintf(to, "%s\n", r->reason_count && !s->trouble[0] ? ")" : "");
	print_reasons(to, r);
	if (!s->trouble[0])
		print_findings(to, r);
	if (!limits || s->trouble[0])
		return;
	fprintf(to, "  %dx%d px, preset %s, limits %s, decode %d ms, judge %d ms\n", r->width_px,
		r->height_px, r->preset, r->limits, s->o->decode_ms, s->o->judge_ms);
	if (r->crop.w > 0)
		fprintf(to, "  crop %.1f,%.1f %.1fx%.1f px\n", r->crop.x / (double)IMAGE_CROP_ONE,
			r->crop.y / (double)IMAGE_CROP_ONE, r->crop.w / (double)IMAGE_CROP_ONE,
			r->crop.h / (double)IMAGE_CROP_ONE);
	print_measures(to, r, limits);
}

/* --- many pictures ----------------------------------------------------------------------------- */

void check_tally_add(struct check_tally *t, const struct judge_outcome *o)
{
	const struct check_result *r = &o->result;

	t->pictures++;
	t->levels[r->level]++;
	t->ms += o->decode_ms + o->judge_ms;
	for (uint32_t i = 0; i < r->finding_count; i++)
		t->codes[r->findings[i].code][r->findings[i].level]++;
	if (r->reason_count)
		t->main[r->findings[r->reasons[0]].code]++;
}

void check_tally_print(FILE *to, const struct check_tally *t)
{
	fprintf(to, "\n%zu pictures, %lld ms each\n", t->pictures,
		t->pictures ? t->ms / (long long)t->pictures : 0);
	for (uint32_t l = 0; l < CHECK_LEVEL_COUNT; l++)
		fprintf(to, "  %-6s %6zu  %5.1f %%\n", check_level_word(l), t->levels[l],
			t->pictures ? 100.0 * (double)t->levels[l] / (double)t->pictures : 0);
	fprintf(to, "  %-16s %6s %6s %6s\n", "code", "fail", "warn", "main");
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		const size_t *n = t->codes[c];

		if (n[CHECK_FAIL] || n[CHECK_WARN])
			fprintf(to, "  %-16s %6zu %6zu %6zu\n", check_code_word((enum check_code)c),
				n[CHECK_FAIL], n[CHECK_WARN], t->main[c]);
	}
}
