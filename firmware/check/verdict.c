#include "firmware/check/verdict.h"

#include <math.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/framing.h"
#include "firmware/check/regions.h"

/* The finding is added unless the preset or job silences its code; "warn" softens it; "fail" hardens
 * what by itself only warns. */
static void find(const struct check_limits *l, struct check_result *r, enum check_code code,
		 enum check_level level, double value, double limit)
{
	struct check_finding f = { .code = code, .level = level, .value = value, .limit = limit };

	if (l->level[code] == CHECK_RULE_OFF || l->level[code] == CHECK_RULE_TICK)
		return;
	if (l->level[code] == CHECK_RULE_WARN)
		f.level = CHECK_WARN;
	else if (check_code_rule(code) == CHECK_RULE_WARN)
		f.level = CHECK_FAIL;
	if (r->finding_count < CHECK_FINDINGS_MAX)
		r->findings[r->finding_count++] = f;
}

/* Measures against two limits. Which way, and what it is called. */
enum side { AT_MOST, AT_LEAST, AT_MOST_SIGNED };

static const struct rule {
	enum check_code code;
	size_t measure, limit;
	enum side side;
} rules[] = {
#define RULE(code, measure, limit, side)                                                           \
	{                                                                                          \
		CHECK_##code, offsetof(struct check_measures, measure),                            \
			offsetof(struct check_limits, limit), side                                 \
	}
	RULE(OVEREXPOSED, over_share, over_share, AT_MOST),
	RULE(HALF_LIT, half_ev, half_ev, AT_MOST),
	RULE(TILTED, roll_deg, roll_deg, AT_MOST),
	RULE(TURNED, yaw_deg, yaw_deg, AT_MOST),
	RULE(NODDING, pitch_deg, pitch_deg, AT_MOST),
	RULE(MOUTH_OPEN, mouth, mouth, AT_MOST),
	RULE(BACKDROP_UNEVEN, backdrop_de, backdrop_de, AT_MOST),
	RULE(BACKDROP_OBJECT, backdrop_patch, backdrop_patch, AT_MOST),
	RULE(CLOTHES_BACKDROP, clothes_de, clothes_de, AT_LEAST),
}, warnings[] = { /* the limit is one number */
	RULE(BACK_LIGHT, back_ev, back_ev_warn, AT_MOST_SIGNED),
	RULE(TOP_LIGHT, top_ev, top_ev_warn, AT_MOST),
	RULE(FACE_SHADOW, shadow_share, shadow_share_warn, AT_MOST),
	RULE(SHINE, shine_share, shine_share_warn, AT_MOST),
	RULE(GAZE, gaze, gaze_warn, AT_MOST),
	RULE(BACKDROP_SHADOW, backdrop_shadow, backdrop_shadow_warn, AT_MOST_SIGNED),
	RULE(TINTED, tint, tint_warn, AT_LEAST),
	RULE(RED_EYE, red_eye, red_eye_warn, AT_MOST),
	RULE(SHOULDERS, shoulders_deg, shoulders_warn_deg, AT_MOST),
	RULE(TORSO, torso, torso_warn, AT_MOST),
	RULE(MOIRE, moire, moire_warn, AT_MOST),
};

static double number_at(const void *base, size_t offset)
{
	return *(const double *)(const void *)((const char *)base + offset);
}

/* NaN is beyond nothing. */
static bool beyond(enum side side, double value, double limit)
{
	if (side == AT_LEAST)
		return value < limit;
	return (side == AT_MOST ? fabs(value) : value) > limit;
}

static void apply(const struct check_limits *l, const struct rule *rule,
		  const struct check_measures *m, struct check_result *r)
{
	double value = number_at(m, rule->measure);
	struct check_limit limit;

	memcpy(&limit, (const char *)l + rule->limit, sizeof(limit));
	if (beyond(rule->side, value, limit.fail))
		find(l, r, rule->code, CHECK_FAIL, value, limit.fail);
	else if (beyond(rule->side, value, limit.warn))
		find(l, r, rule->code, CHECK_WARN, value, limit.warn);
}

static void apply_warning(const struct check_limits *l, const struct rule *rule,
			  const struct check_measures *m, struct check_result *r)
{
	double value = number_at(m, rule->measure), limit = number_at(l, rule->limit);

	if (beyond(rule->side, value, limit))
		find(l, r, rule->code, CHECK_WARN, value, limit);
}

/* A dark face in a bright picture is a dark skin, or back light, which has a word of its own. */
static void judge_darkness(const struct check_limits *l, const struct check_measures *m,
			   struct check_result *r)
{
	if (m->face_light < l->under_warn && !(m->scene_light > l->under_bright))
		find(l, r, CHECK_UNDEREXPOSED, CHECK_WARN, m->face_light, l->under_warn);
}

/* How far cheeks or eyes lie beyond a side of the picture, picture px. */
static double beyond_side(const struct check_input *in)
{
	double most = 0;

	for (int i = 2; in->has_points && i < 48; i++) {
		double x = in->points[i].x * in->scale;

		if (i <= 14 || i >= 36) /* jaw without the ears; eyes */
			most = fmax(most, fmax(-x, x - in->width_px));
	}
	return most;
}

static void judge_framing(const struct check_input *in, const struct check_limits *l,
			  const struct check_measures *m, struct check_result *r)
{
	static const enum check_code code[] = {
		[FRAMING_CUT_OFF] = CHECK_CUT_OFF,  [FRAMING_SMALL] = CHECK_FACE_SMALL,
		[FRAMING_LARGE] = CHECK_FACE_LARGE, [FRAMING_HIGH] = CHECK_HEAD_HIGH,
		[FRAMING_LOW] = CHECK_HEAD_LOW,	    [FRAMING_LEFT] = CHECK_OFF_CENTRE,
		[FRAMING_RIGHT] = CHECK_OFF_CENTRE,
	};
	double value = 0, limit = 0, share;
	enum check_level level = CHECK_FAIL;
	enum framing f;

	/* framing says to which side as well */
	if (!(m->crown_cut > 0) && beyond_side(in) > 0.03 * m->face_width_px)
		find(l, r, CHECK_CUT_OFF, CHECK_FAIL, beyond_side(in), 0);
	if (in->finished) {
		f = framing_whole(&l->window, m, in->width_px, &level, &value, &limit);
		r->crop = (struct image_crop){ 0, 0, in->width_px * IMAGE_CROP_ONE,
					       in->height_px * IMAGE_CROP_ONE };
	} else {
		f = framing_find(&l->window, m, in->width_px, in->height_px, &r->crop, &value,
				 &limit);
	}
	if (f != FRAMING_OK) {
		find(l, r, code[f], level, f == FRAMING_LEFT ? -value : value, limit);
		return;
	}
	share = m->face_width_px / fmin(in->width_px, in->height_px);
	if (share < l->face_share_warn)
		find(l, r, CHECK_FACE_SMALL, CHECK_WARN, share, l->face_share_warn);
}

/* Closed fails, narrow warns; the points only add their vote. */
static void judge_eyes(const struct check_limits *l, const struct check_measures *m,
		       struct check_result *r)
{
	bool narrow = m->ear < l->eyes_ear_vote;

	if (m->eye_ratio < l->eyes.fail || (narrow && m->eye_ratio < l->eyes.warn))
		find(l, r, CHECK_EYES_CLOSED, CHECK_FAIL, m->eye_ratio, l->eyes.fail);
	else if (m->eye_ratio < l->eyes.warn)
		find(l, r, CHECK_EYES_NARROW, CHECK_WARN, m->eye_ratio, l->eyes.warn);
	else if (narrow)
		find(l, r, CHECK_EYES_NARROW, CHECK_WARN, m->ear, l->eyes_ear_vote);
}

/* A smear in one direction is called a movement. */
static void judge_sharpness(const struct check_limits *l, const struct check_measures *m,
			    struct check_result *r)
{
	bool moved = m->anisotropy > l->moved_anisotropy;
	enum check_code code = moved ? CHECK_MOVED : CHECK_BLURRED;

	if (m->sharpness < l->sharpness.fail)
		find(l, r, code, CHECK_FAIL, m->sharpness, l->sharpness.fail);
	else if (m->laplacian < l->laplacian_fail)
		find(l, r, code, CHECK_FAIL, m->laplacian, l->laplacian_fail);
	else if (m->sharpness < l->sharpness.warn)
		find(l, r, code, CHECK_WARN, m->sharpness, l->sharpness.warn);
}

static void judge_cast(const struct check_limits *l, const struct check_measures *m,
		       struct check_result *r)
{
	if (m->cast_a < l->cast_a_min)
		find(l, r, CHECK_COLOUR_CAST, CHECK_WARN, m->cast_a, l->cast_a_min);
	else if (m->cast_a > l->cast_a_max)
		find(l, r, CHECK_COLOUR_CAST, CHECK_WARN, m->cast_a, l->cast_a_max);
	else if (m->cast_b < l->cast_b_min)
		find(l, r, CHECK_COLOUR_CAST, CHECK_WARN, m->cast_b, l->cast_b_min);
	else if (m->cast_b > l->cast_b_max)
		find(l, r, CHECK_COLOUR_CAST, CHECK_WARN, m->cast_b, l->cast_b_max);
}

/* The end of the blues that is nearer. */
static double off_blue(const struct check_limits *l, double hue_deg)
{
	return fabs(hue_deg - l->blue_hue_min_deg) < fabs(hue_deg - l->blue_hue_max_deg)
		       ? l->blue_hue_min_deg
		       : l->blue_hue_max_deg;
}

static void judge_backdrop_colour(const struct check_limits *l, const struct check_measures *m,
				  struct check_result *r)
{
	const enum check_code code = CHECK_BACKDROP_COLOUR;
	bool blue = m->backdrop_c >= l->blue_chroma_min && m->backdrop_h >= l->blue_hue_min_deg &&
		    m->backdrop_h <= l->blue_hue_max_deg;
	bool white = m->backdrop_c <= l->white_chroma_max && m->backdrop_l >= l->white_light_min;

	if (isnan(m->backdrop_c) || (blue && l->backdrop_blue) || (white && l->backdrop_white))
		return;
	if (l->backdrop_white && m->backdrop_c <= l->white_chroma_max)
		find(l, r, code, CHECK_FAIL, m->backdrop_l,
		     l->white_light_min); /* too dark a grey */
	else if (!l->backdrop_blue)
		find(l, r, code, CHECK_FAIL, m->backdrop_c, l->white_chroma_max);
	else if (m->backdrop_c < l->blue_chroma_min)
		find(l, r, code, CHECK_FAIL, m->backdrop_c, l->blue_chroma_min);
	else
		find(l, r, code, CHECK_FAIL, m->backdrop_h, off_blue(l, m->backdrop_h));
}

static void judge_clothes(const struct check_limits *l, const struct check_measures *m,
			  struct check_result *r)
{
	double most = fmax(fmax(m->clothes_blue, m->clothes_green),
			   fmax(m->clothes_purple, m->clothes_yellow));

	if (most > l->clothes_barred.fail)
		find(l, r, CHECK_CLOTHES_BARRED, CHECK_FAIL, most, l->clothes_barred.fail);
	else if (most > l->clothes_barred.warn)
		find(l, r, CHECK_CLOTHES_BARRED, CHECK_WARN, most, l->clothes_barred.warn);
}

/* Small spots count only where the skin around is not blown as well. */
static void judge_glare(const struct check_limits *l, const struct check_measures *m,
			struct check_result *r)
{
	double limit = m->over_share < 0.05 ? l->glare.fail : l->glare.warn;

	if (m->glare > limit)
		find(l, r, CHECK_GLARE, CHECK_WARN, m->glare, limit);
}

static void judge_face(const struct check_input *in, const struct check_limits *l,
		       const struct check_measures *m, struct check_result *r)
{
	if (m->faces > 1)
		find(l, r, CHECK_MANY_FACES, CHECK_FAIL, m->faces, 1);
	judge_framing(in, l, m, r);
	judge_sharpness(l, m, r);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		apply(l, &rules[i], m, r);
	for (size_t i = 0; i < ARRAY_SIZE(warnings); i++) {
		/* dark lenses are no shade under the brows */
		if (warnings[i].code == CHECK_TOP_LIGHT && m->tint < l->tint_warn)
			continue;
		apply_warning(l, &warnings[i], m, r);
	}
	judge_darkness(l, m, r);
	judge_eyes(l, m, r);
	judge_cast(l, m, r);
	judge_backdrop_colour(l, m, r);
	judge_clothes(l, m, r);
	judge_glare(l, m, r);
}

/* Nobody found: say the light as well when that is why. */
static void judge_nobody(const struct check_input *in, const struct check_limits *l,
			 const struct check_measures *m, struct check_result *r)
{
	if (in->sideways)
		find(l, r, CHECK_ORIENTATION, CHECK_FAIL, 90, 0);
	else
		find(l, r, CHECK_NO_FACE, CHECK_FAIL, 0, 1);
	if (m->scene_light < l->under_scene)
		find(l, r, CHECK_UNDEREXPOSED, CHECK_WARN, m->scene_light, l->under_scene);
}

/* Failures before warnings, each in the order of blame. */
static bool before(const struct check_finding *a, const struct check_finding *b)
{
	return a->level != b->level ? a->level > b->level : a->code < b->code;
}

static void sort(struct check_result *r)
{
	for (uint32_t i = 1; i < r->finding_count; i++)
		for (uint32_t j = i; j > 0 && before(&r->findings[j], &r->findings[j - 1]); j--) {
			struct check_finding f = r->findings[j];

			r->findings[j] = r->findings[j - 1];
			r->findings[j - 1] = f;
		}
	r->level = r->finding_count ? r->findings[0].level : CHECK_PASS;
}

static void keep_all(const struct check_measures *m, struct check_result *r)
{
	static const struct {
		const char *name;
		size_t at;
	} all[] = {
#define ROW(field) { #field, offsetof(struct check_measures, field) },
		CHECK_MEASURES(ROW)
#undef ROW
	};

	_Static_assert(ARRAY_SIZE(all) <= CHECK_MEASURES_MAX, "room for all");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct check_measure *k = &r->measures[r->measure_count++];

		strncpy(k->name, all[i].name, sizeof(k->name) - 1);
		k->value = number_at(m, all[i].at);
	}
}

/* "chsi-480/2" */
static void name_version(char out[32], const char *id, const char *version)
{
	size_t n = strnlen(id, 22);

	memcpy(out, id, n);
	out[n++] = '/';
	memcpy(out + n, version, strnlen(version, 8));
}

static void place_face(const struct check_input *in, struct check_result *r)
{
	const struct check_box *b = &in->faces[0];

	r->face = (struct check_region){ (int32_t)(b->x * in->scale), (int32_t)(b->y * in->scale),
					 (int32_t)(b->w * in->scale), (int32_t)(b->h * in->scale) };
}

void check_judge_measured(const struct check_input *in, const struct check_limits *l,
			  const struct check_measures *m, struct check_result *r)
{
	memset(r, 0, sizeof(*r));
	r->width_px = in->width_px;
	r->height_px = in->height_px;
	name_version(r->preset, l->id, l->version);
	name_version(r->limits, l->base, l->base_version);
	keep_all(m, r);
	if (in->face_count == 0) {
		judge_nobody(in, l, m, r);
	} else {
		place_face(in, r);
		judge_face(in, l, m, r);
	}
	sort(r);
	check_regions(in, m, r);
	check_reasons(r);
}

void check_judge(const struct check_input *in, const struct check_limits *l,
		 struct check_measures *m, struct check_result *r)
{
	check_measure(in, l->bystander_share, m);
	check_judge_measured(in, l, m, r);
}

void check_undecodable(int fault, struct check_result *r)
{
	memset(r, 0, sizeof(*r));
	r->findings[0] =
		(struct check_finding){ CHECK_UNDECODABLE, CHECK_FAIL, fault, 0, { 0, 0, 0, 0 } };
	r->finding_count = r->reason_count = 1;
	r->level = CHECK_ERROR;
}
