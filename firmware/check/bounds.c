/* Which limits hold for which measure, for those who show or store them. */
#include <math.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/verdict.h"

enum { NEVER = -1 };

static const struct row {
	const char *measure;
	enum check_code code;
	int warn, fail; /* offsets in struct check_limits */
	bool at_least;
} rows[] = {
#define AT(field) (int)offsetof(struct check_limits, field)
#define BOTH(measure, code, field, at_least)                                                       \
	{                                                                                          \
#measure, CHECK_##code, AT(field.warn), AT(field.fail), at_least                   \
	}
#define WARNS(measure, code, field, at_least)                                                      \
	{                                                                                          \
#measure, CHECK_##code, AT(field), NEVER, at_least                                 \
	}
	BOTH(sharpness, BLURRED, sharpness, true),
	{ "laplacian", CHECK_BLURRED, NEVER, AT(laplacian_fail), true },
	{ "anisotropy", CHECK_MOVED, AT(moved_anisotropy), NEVER, false },
	BOTH(over_share, OVEREXPOSED, over_share, false),
	WARNS(face_light, UNDEREXPOSED, under_warn, true),
	BOTH(half_ev, HALF_LIT, half_ev, false),
	WARNS(back_ev, BACK_LIGHT, back_ev_warn, false),
	WARNS(top_ev, TOP_LIGHT, top_ev_warn, false),
	WARNS(shadow_share, FACE_SHADOW, shadow_share_warn, false),
	BOTH(roll_deg, TILTED, roll_deg, false),
	BOTH(yaw_deg, TURNED, yaw_deg, false),
	BOTH(pitch_deg, NODDING, pitch_deg, false),
	BOTH(eye_ratio, EYES_CLOSED, eyes, true),
	WARNS(ear, EYES_NARROW, eyes_ear_vote, true),
	WARNS(gaze, GAZE, gaze_warn, false),
	BOTH(mouth, MOUTH_OPEN, mouth, false),
	BOTH(backdrop_patch, BACKDROP_OBJECT, backdrop_patch, false),
	BOTH(backdrop_de, BACKDROP_UNEVEN, backdrop_de, false),
	WARNS(backdrop_shadow, BACKDROP_SHADOW, backdrop_shadow_warn, false),
	BOTH(clothes_blue, CLOTHES_BARRED, clothes_barred, false),
	BOTH(clothes_green, CLOTHES_BARRED, clothes_barred, false),
	BOTH(clothes_purple, CLOTHES_BARRED, clothes_barred, false),
	BOTH(clothes_yellow, CLOTHES_BARRED, clothes_barred, false),
	BOTH(clothes_de, CLOTHES_BACKDROP, clothes_de, true),
	WARNS(glare, GLARE, glare.warn, false),
	WARNS(tint, TINTED, tint_warn, true),
	WARNS(red_eye, RED_EYE, red_eye_warn, false),
	WARNS(shoulders_deg, SHOULDERS, shoulders_warn_deg, false),
	WARNS(torso, TORSO, torso_warn, false),
	WARNS(shine_share, SHINE, shine_share_warn, false),
	WARNS(moire, MOIRE, moire_warn, false),
};

static double limit_at(const struct check_limits *l, int at)
{
	return at == NEVER ? NAN : *(const double *)(const void *)((const char *)l + at);
}

size_t check_bounds(const struct check_limits *l, struct check_bound out[CHECK_BOUNDS_MAX])
{
	_Static_assert(ARRAY_SIZE(rows) <= CHECK_BOUNDS_MAX, "room for all");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		out[i] = (struct check_bound){ rows[i].measure, rows[i].code,
					       limit_at(l, rows[i].warn), limit_at(l, rows[i].fail),
					       rows[i].at_least };
	return ARRAY_SIZE(rows);
}
