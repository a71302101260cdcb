#include "firmware/check/limits.h"

#include "firmware/base/cleanup.h"

#define AT(field) .offset = offsetof(struct check_limits, field)
#define TEXT(key, field)                                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_STRING, AT(field),                                     \
		.size = sizeof(((struct check_limits *)0)->field)                                  \
	}
#define SIDE(key, field)                                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, AT(field), .min = 64, .max = 8192                 \
	}
#define NUM(key, field, top)                                                                       \
	{                                                                                          \
		.name = key, .type = CONFIG_DOUBLE, AT(field), .min = 0, .max = top                \
	}
#define LAB(key, field)                                                                            \
	{                                                                                          \
		.name = key, .type = CONFIG_DOUBLE, AT(field), .min = -128, .max = 128             \
	}
#define FLAG(key, field)                                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_BOOL, AT(field)                                        \
	}

static const char *const rules[] = { "fail", "warn", "off", "tick", NULL };

#define RULE_FAIL "fail"
#define RULE_WARN "warn"
#define RULE_OFF  "off"
#define RULE_TICK "tick"

const struct config_key check_limits_keys[] = {
	TEXT("id", id),
	TEXT("version", version),
	TEXT("limits", base),
	TEXT("limits.version", base_version),
	TEXT("face.engine", engine),
	SIDE("crop.width_px", window.width_px),
	SIDE("crop.height_px", window.height_px),
	SIDE("crop.width_min_px", window.width_min_px),
	NUM("crop.crown_min_px", window.crown_min_px, 8192),
	NUM("crop.crown_max_px", window.crown_max_px, 8192),
	NUM("crop.crown_aim_px", window.crown_aim_px, 8192),
	NUM("crop.eyes_min_px", window.eyes_min_px, 8192),
	NUM("crop.eyes_max_px", window.eyes_max_px, 8192),
	NUM("crop.eyes_aim_px", window.eyes_aim_px, 8192),
	NUM("crop.face_min_px", window.face_min_px, 8192),
	NUM("crop.face_max_px", window.face_max_px, 8192),
	NUM("crop.face_aim_px", window.face_aim_px, 8192),
	NUM("crop.centre_px", window.centre_px, 1000),
	FLAG("crop.crown_may_leave", window.crown_may_leave),
	NUM("face.share_warn", face_share_warn, 1),
	NUM("face.bystander_share", bystander_share, 1),
	NUM("roll.warn_deg", roll_deg.warn, 90),
	NUM("roll.fail_deg", roll_deg.fail, 90),
	NUM("yaw.warn_deg", yaw_deg.warn, 90),
	NUM("yaw.fail_deg", yaw_deg.fail, 90),
	NUM("pitch.warn_deg", pitch_deg.warn, 90),
	NUM("pitch.fail_deg", pitch_deg.fail, 90),
	NUM("eyes.warn", eyes.warn, 10),
	NUM("eyes.fail", eyes.fail, 10),
	NUM("eyes.ear_vote", eyes_ear_vote, 1),
	NUM("mouth.warn", mouth.warn, 100),
	NUM("mouth.fail", mouth.fail, 100),
	NUM("gaze.warn", gaze_warn, 1),
	NUM("sharpness.warn", sharpness.warn, 10),
	NUM("sharpness.fail", sharpness.fail, 10),
	NUM("sharpness.laplacian_fail", laplacian_fail, 1000),
	NUM("sharpness.moved", moved_anisotropy, 20),
	NUM("over.warn", over_share.warn, 1),
	NUM("over.fail", over_share.fail, 1),
	NUM("under.warn", under_warn, 1),
	NUM("under.scene", under_scene, 1),
	NUM("under.bright", under_bright, 1),
	NUM("half_lit.warn_ev", half_ev.warn, 10),
	NUM("half_lit.fail_ev", half_ev.fail, 10),
	NUM("top_light.warn_ev", top_ev_warn, 10),
	NUM("back_light.warn_ev", back_ev_warn, 10),
	NUM("face_shadow.warn", shadow_share_warn, 1),
	NUM("shine.warn", shine_share_warn, 1),
	LAB("cast.a_min", cast_a_min),
	LAB("cast.a_max", cast_a_max),
	LAB("cast.b_min", cast_b_min),
	LAB("cast.b_max", cast_b_max),
	NUM("backdrop.uneven_warn", backdrop_de.warn, 200),
	NUM("backdrop.uneven_fail", backdrop_de.fail, 200),
	NUM("backdrop.object_warn", backdrop_patch.warn, 100),
	NUM("backdrop.object_fail", backdrop_patch.fail, 100),
	NUM("backdrop.shadow_warn", backdrop_shadow_warn, 100),
	FLAG("backdrop.blue", backdrop_blue),
	FLAG("backdrop.white", backdrop_white),
	NUM("backdrop.blue_hue_min_deg", blue_hue_min_deg, 360),
	NUM("backdrop.blue_hue_max_deg", blue_hue_max_deg, 360),
	NUM("backdrop.blue_chroma_min", blue_chroma_min, 200),
	NUM("backdrop.white_light_min", white_light_min, 100),
	NUM("backdrop.white_chroma_max", white_chroma_max, 200),
	NUM("clothes.barred_warn", clothes_barred.warn, 1),
	NUM("clothes.barred_fail", clothes_barred.fail, 1),
	NUM("clothes.contrast_warn", clothes_de.warn, 200),
	NUM("clothes.contrast_fail", clothes_de.fail, 200),
	NUM("glare.warn", glare.warn, 10),
	NUM("glare.warn_unblown", glare.fail, 10),
	NUM("tinted.warn", tint_warn, 10),
	NUM("red_eye.warn", red_eye_warn, 255),
	NUM("shoulders.warn_deg", shoulders_warn_deg, 90),
	NUM("torso.warn", torso_warn, 1),
	NUM("moire.warn", moire_warn, 100),
#define LEVEL(code, word, who, rule)                                                               \
	{ .name = "level." word,                                                                   \
	  .type = CONFIG_CHOICE,                                                                   \
	  AT(level[CHECK_##code]),                                                                 \
	  .choices = rules,                                                                        \
	  .fallback = RULE_##rule },
	CHECK_CODES(LEVEL)
#undef LEVEL
};
const size_t check_limits_key_count = ARRAY_SIZE(check_limits_keys);

static const char *const level_keys[CHECK_CODE_COUNT] = {
#define KEY(code, word, who, rule) [CHECK_##code] = "level." word,
	CHECK_CODES(KEY)
#undef KEY
};

/* One row per pair that must not be the wrong way round. */
static const struct pair {
	size_t low, high;
	const char *low_key, *high_key, *text;
} pairs[] = {
#define PAIR(l, h, low_key, high_key, text)                                                        \
	{                                                                                          \
		offsetof(struct check_limits, l), offsetof(struct check_limits, h), low_key,       \
			high_key, text                                                             \
	}
#define SPAN(l, h, low_key, high_key)                                                              \
	PAIR(l, h, low_key, high_key, "the minimum lies above its maximum")
#define WINDOW(part)                                                                               \
	SPAN(window.part##_min_px, window.part##_max_px, "crop." #part "_min_px",                  \
	     "crop." #part "_max_px"),                                                             \
		PAIR(window.part##_min_px, window.part##_aim_px, "crop." #part "_min_px",          \
		     "crop." #part "_aim_px", "the aim lies outside its window"),                  \
		PAIR(window.part##_aim_px, window.part##_max_px, "crop." #part "_aim_px",          \
		     "crop." #part "_max_px", "the aim lies outside its window")
#define AT_MOST(field, warn_key, fail_key)                                                         \
	PAIR(field.warn, field.fail, warn_key, fail_key, "the warning stands beyond the failure")
#define AT_LEAST(field, warn_key, fail_key)                                                        \
	PAIR(field.fail, field.warn, fail_key, warn_key, "the warning stands beyond the failure")
	WINDOW(crown),
	WINDOW(eyes),
	WINDOW(face),
	AT_MOST(roll_deg, "roll.warn_deg", "roll.fail_deg"),
	AT_MOST(yaw_deg, "yaw.warn_deg", "yaw.fail_deg"),
	AT_MOST(pitch_deg, "pitch.warn_deg", "pitch.fail_deg"),
	AT_LEAST(eyes, "eyes.warn", "eyes.fail"),
	AT_MOST(mouth, "mouth.warn", "mouth.fail"),
	AT_LEAST(sharpness, "sharpness.warn", "sharpness.fail"),
	AT_MOST(over_share, "over.warn", "over.fail"),
	AT_MOST(half_ev, "half_lit.warn_ev", "half_lit.fail_ev"),
	AT_MOST(backdrop_de, "backdrop.uneven_warn", "backdrop.uneven_fail"),
	AT_MOST(backdrop_patch, "backdrop.object_warn", "backdrop.object_fail"),
	AT_MOST(clothes_barred, "clothes.barred_warn", "clothes.barred_fail"),
	AT_LEAST(clothes_de, "clothes.contrast_warn", "clothes.contrast_fail"),
	SPAN(cast_a_min, cast_a_max, "cast.a_min", "cast.a_max"),
	SPAN(cast_b_min, cast_b_max, "cast.b_min", "cast.b_max"),
	SPAN(blue_hue_min_deg, blue_hue_max_deg, "backdrop.blue_hue_min_deg",
	     "backdrop.blue_hue_max_deg"),
};

static double pair_value(const struct check_limits *l, size_t at)
{
	return *(const double *)(const void *)((const char *)l + at);
}

static const char *window_fault(const struct check_window *w, const char **key)
{
	*key = "crop.eyes_max_px";
	if (w->eyes_max_px >= w->height_px)
		return "the eyes would lie below the finished picture";
	*key = "crop.face_max_px";
	if (w->face_max_px > w->width_px)
		return "the face would be wider than the finished picture";
	*key = "crop.crown_min_px";
	if (w->crown_min_px >= w->eyes_max_px)
		return "the head top cannot lie below the eyes";
	*key = "crop.width_min_px";
	if (w->width_min_px > w->width_px)
		return "the smallest width is more than the full one";
	return NULL;
}

/* What depends on the colour of skin never refuses anybody; what nobody measures neither. */
static const char *level_fault(const struct check_limits *l, const char **key)
{
	for (unsigned int c = 0; c < CHECK_CODE_COUNT; c++) {
		int level = l->level[c];
		bool ticked = check_code_rule((enum check_code)c) == CHECK_RULE_TICK;

		*key = level_keys[c];
		if ((c == CHECK_UNDEREXPOSED || c == CHECK_COLOUR_CAST) && level == CHECK_RULE_FAIL)
			return "it depends on skin tone and may only warn";
		if (ticked && level != CHECK_RULE_TICK && level != CHECK_RULE_OFF)
			return "it is not measured: tick or off";
		if (!ticked && level == CHECK_RULE_TICK)
			return "it is measured: fail, warn or off";
	}
	return NULL;
}

const char *check_limits_fault(const struct check_limits *l, const char **key, const char **other)
{
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		*key = pairs[i].low_key;
		*other = pairs[i].high_key;
		if (pair_value(l, pairs[i].low) > pair_value(l, pairs[i].high))
			return pairs[i].text;
	}
	*other = NULL;
	*key = "version";
	if (!l->version[0])
		return "a version is needed: it is stored with every picture";
	*key = "backdrop.blue";
	if (!l->backdrop_blue && !l->backdrop_white &&
	    l->level[CHECK_BACKDROP_COLOUR] != CHECK_RULE_OFF)
		return "no colour would be allowed; backdrop.white = yes, or level.backdrop_colour = off";
	text = window_fault(&l->window, key);
	return text ? text : level_fault(l, key);
}
