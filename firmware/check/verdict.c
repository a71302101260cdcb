#include "firmware/check/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/check/framing.h"

static const struct {
	const char *word;
	enum check_who who;
} codes[] = {
#define CHECK_ROW(name, w, by) [CHECK_##name] = { w, by },
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

static void find(struct check_result *r, enum check_code code, enum check_level level, double value,
		 double limit)
{
	struct check_finding f = { code, level, value, limit };

	if (r->finding_count < CHECK_FINDINGS_MAX)
		r->findings[r->finding_count++] = f;
}

/* @value must stay below warn and fail; NaN is no finding. */
static void at_most(struct check_result *r, enum check_code code, double value, double warn,
		    double fail)
{
	if (fabs(value) > fail)
		find(r, code, CHECK_FAIL, value, fail);
	else if (fabs(value) > warn)
		find(r, code, CHECK_WARN, value, warn);
}

static void at_least(struct check_result *r, enum check_code code, double value, double warn,
		     double fail)
{
	if (value < fail)
		find(r, code, CHECK_FAIL, value, fail);
	else if (value < warn)
		find(r, code, CHECK_WARN, value, warn);
}

static void judge_framing(const struct check_input *in, const struct check_limits *l,
			  const struct check_measures *m, struct check_result *r,
			  struct framing_crop *crop)
{
	static const enum check_code code[] = {
		[FRAMING_CUT_OFF] = CHECK_CUT_OFF,  [FRAMING_SMALL] = CHECK_FACE_SMALL,
		[FRAMING_LARGE] = CHECK_FACE_LARGE, [FRAMING_HIGH] = CHECK_HEAD_HIGH,
		[FRAMING_LOW] = CHECK_HEAD_LOW,	    [FRAMING_LEFT] = CHECK_OFF_CENTRE,
		[FRAMING_RIGHT] = CHECK_OFF_CENTRE,
	};
	double value = 0, limit = 0, share;
	enum framing f;

	f = framing_find(l, m, in->width_px, in->height_px, crop, &value, &limit);
	if (f != FRAMING_OK) {
		find(r, code[f], CHECK_FAIL, f == FRAMING_LEFT ? -value : value, limit);
		return;
	}
	share = m->face_width_px / fmin(in->width_px, in->height_px);
	if (share < l->face_share_warn)
		find(r, CHECK_FACE_SMALL, CHECK_WARN, share, l->face_share_warn);
}

/* Dark skin alone must not fail: only a picture without anything bright in it does. */
static void judge_dark(const struct check_limits *l, const struct check_measures *m,
		       struct check_result *r)
{
	if (m->face_light < l->under_fail && m->scene_light < l->under_scene)
		find(r, CHECK_UNDEREXPOSED, CHECK_FAIL, m->face_light, l->under_fail);
	else if (m->face_light < l->under_warn)
		find(r, CHECK_UNDEREXPOSED, CHECK_WARN, m->face_light, l->under_warn);
}

static void judge_eyes(const struct check_limits *l, const struct check_measures *m,
		       struct check_result *r)
{
	bool narrow = m->ear < l->ear_vote;

	if (m->eye_ratio < l->eyes_fail || (narrow && m->eye_ratio < l->eyes_warn))
		find(r, CHECK_EYES_CLOSED, CHECK_FAIL, m->eye_ratio, l->eyes_fail);
	else if (narrow || m->eye_ratio < l->eyes_warn)
		find(r, CHECK_EYES_CLOSED, CHECK_WARN, m->eye_ratio, l->eyes_warn);
}

static void judge_face(const struct check_limits *l, const struct check_measures *m,
		       struct check_result *r)
{
	at_least(r, CHECK_BLURRED, m->sharpness, l->sharp_warn, l->sharp_fail);
	if (m->laplacian < l->laplacian_fail && !(m->sharpness < l->sharp_fail))
		find(r, CHECK_BLURRED, CHECK_FAIL, m->laplacian, l->laplacian_fail);
	at_most(r, CHECK_OVEREXPOSED, m->over_share, l->over_warn, l->over_fail);
	judge_dark(l, m, r);
	at_most(r, CHECK_HALF_LIT, m->half_ev, l->half_warn_ev, l->half_fail_ev);
	at_most(r, CHECK_TILTED, m->roll_deg, l->roll_warn_deg, l->roll_fail_deg);
	at_most(r, CHECK_TURNED, m->yaw_deg, l->yaw_warn_deg, l->yaw_fail_deg);
	judge_eyes(l, m, r);
	at_most(r, CHECK_MOUTH_OPEN, m->mouth, l->mouth_warn, l->mouth_fail);
}

/* Nobody found: say the light when that is why. */
static void judge_nobody(const struct check_input *in, const struct check_limits *l,
			 const struct check_measures *m, struct check_result *r)
{
	if (in->sideways)
		find(r, CHECK_ORIENTATION, CHECK_FAIL, 90, 0);
	else if (m->scene_light < l->under_scene)
		find(r, CHECK_UNDEREXPOSED, CHECK_FAIL, m->scene_light, l->under_scene);
	else
		find(r, CHECK_NO_FACE, CHECK_FAIL, 0, 1);
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

static void keep(struct check_result *r, const char *name, double value)
{
	struct check_measure *k = &r->measures[r->measure_count++];

	strncpy(k->name, name, sizeof(k->name) - 1);
	k->value = value;
}

static void keep_all(const struct check_measures *m, struct check_result *r)
{
	const struct {
		const char *name;
		double value;
	} all[] = {
		{ "faces", m->faces },
		{ "face_width_px", m->face_width_px },
		{ "ied_px", m->ied_px },
		{ "eye_line_px", m->eye_line_px },
		{ "crown_px", m->crown_px },
		{ "crown_seen", m->crown_seen },
		{ "chin_px", m->chin_px },
		{ "centre_px", m->centre_px },
		{ "sharpness", m->sharpness },
		{ "laplacian", m->laplacian },
		{ "over_share", m->over_share },
		{ "face_light", m->face_light },
		{ "scene_light", m->scene_light },
		{ "half_ev", m->half_ev },
		{ "roll_deg", m->roll_deg },
		{ "yaw_deg", m->yaw_deg },
		{ "eye_ratio", m->eye_ratio },
		{ "ear", m->ear },
		{ "mouth", m->mouth },
		{ "mouth_gap", m->mouth_gap },
	};

	_Static_assert(sizeof(all) / sizeof(all[0]) <= CHECK_MEASURES_MAX, "room for all");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		keep(r, all[i].name, all[i].value);
}

static void name_preset(struct check_result *r, const struct check_limits *l)
{
	size_t n = strnlen(l->id, sizeof(l->id) - 1);

	memcpy(r->preset, l->id, n);
	r->preset[n++] = '/';
	memcpy(r->preset + n, l->version, strnlen(l->version, sizeof(r->preset) - 1 - n));
}

void check_judge(const struct check_input *in, const struct check_limits *l, struct check_result *r,
		 struct check_crop *crop)
{
	struct framing_crop found = { 0 };
	struct check_measures m;

	memset(r, 0, sizeof(*r));
	r->width_px = in->width_px;
	r->height_px = in->height_px;
	name_preset(r, l);
	check_measure(in, l->bystander_share, &m);
	keep_all(&m, r);
	if (in->face_count == 0) {
		judge_nobody(in, l, &m, r);
	} else {
		r->face_x = (int)(in->faces[0].x * in->scale);
		r->face_y = (int)(in->faces[0].y * in->scale);
		r->face_w = (int)(in->faces[0].w * in->scale);
		r->face_h = (int)(in->faces[0].h * in->scale);
		if (m.faces > 1)
			find(r, CHECK_MANY_FACES, CHECK_FAIL, m.faces, 1);
		judge_framing(in, l, &m, r, &found);
		judge_face(l, &m, r);
	}
	sort(r);
	*crop = (struct check_crop){ found.x, found.y, found.w, found.h };
}

void check_undecodable(int broken, struct check_result *r)
{
	memset(r, 0, sizeof(*r));
	find(r, CHECK_UNDECODABLE, CHECK_FAIL, broken, 0);
	r->level = CHECK_ERROR;
}

int check_result_valid(const struct check_result *r)
{
	if (r->level >= CHECK_LEVEL_COUNT || r->finding_count > CHECK_FINDINGS_MAX ||
	    r->measure_count > CHECK_MEASURES_MAX)
		return 0;
	if ((r->level != CHECK_PASS) != (r->finding_count > 0))
		return 0;
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].code >= CHECK_CODE_COUNT ||
		    (r->findings[i].level != CHECK_WARN && r->findings[i].level != CHECK_FAIL))
			return 0;
	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!memchr(r->measures[i].name, 0, sizeof(r->measures[i].name)))
			return 0;
	return memchr(r->preset, 0, sizeof(r->preset)) != NULL;
}

/* The student sees a mirror: own right hand is at the right of the screen, left in the picture. */
static int side_of(const struct check_finding *f)
{
	if (f->code == CHECK_OFF_CENTRE || f->code == CHECK_TILTED)
		return f->value > 0 ? 1 : -1;
	return 0;
}

const char *check_reason_id(const struct check_result *r, char out[48], int *arrow)
{
	int side;

	*arrow = 0;
	out[0] = 0;
	if (r->level < CHECK_WARN || r->finding_count == 0)
		return out;
	side = side_of(&r->findings[0]);
	*arrow = side;
	snprintf(out, 48, "reason.%s%s", check_code_word((enum check_code)r->findings[0].code),
		 side > 0   ? "_right"
		 : side < 0 ? "_left"
			    : "");
	return out;
}
