/* Limits of one kind of picture. They stand in config/presets, never in code. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/config.h"
#include "firmware/check/check.h"

/* Where things must lie in the finished picture: px of it at its full size. */
struct check_window {
	int width_px, height_px;
	int width_min_px; /* it may be made smaller down to this width, never larger */
	double crown_min_px, crown_max_px, crown_aim_px; /* top of the hair, from the top */
	double eyes_min_px, eyes_max_px, eyes_aim_px; /* eye line, from the top */
	double face_min_px, face_max_px, face_aim_px; /* cheek to cheek */
	double centre_px; /* how far the face may be from the middle */
	bool crown_may_leave; /* the eye line wins over room above very high hair */
};

/* A warning and a failure; a finding lies beyond them. */
struct check_limit {
	double warn, fail;
};

struct check_limits {
	char id[24], version[8]; /* of the preset */
	char base[24], base_version[8]; /* of the limits it builds on: key `limits` */
	char engine[16]; /* face engine these limits were measured with */
	struct check_window window;
	double face_share_warn; /* face width ÷ short side of the picture */
	double bystander_share; /* second box ÷ largest box */
	struct check_limit roll_deg, yaw_deg, pitch_deg; /* at most, both directions */
	struct check_limit eyes; /* eye_ratio, at least: fail closed, warn narrow */
	double eyes_ear_vote; /* ear below it adds its vote */
	struct check_limit mouth; /* at most */
	double gaze_warn; /* at most */
	struct check_limit sharpness; /* at least */
	double laplacian_fail; /* at least */
	double moved_anisotropy; /* above it a blur is called a movement */
	struct check_limit over_share; /* at most */
	double under_warn, under_scene; /* face_light, at least; scene_light when nobody is found */
	double under_bright; /* scene_light above it: the picture is light, the skin is dark */
	struct check_limit half_ev; /* at most */
	double top_ev_warn, back_ev_warn, shadow_share_warn, shine_share_warn; /* at most */
	double cast_a_min, cast_a_max, cast_b_min, cast_b_max;
	struct check_limit backdrop_de, backdrop_patch; /* at most */
	double backdrop_shadow_warn; /* at most */
	bool backdrop_blue, backdrop_white; /* colours allowed; white: also light grey */
	double blue_hue_min_deg, blue_hue_max_deg, blue_chroma_min;
	double white_light_min, white_chroma_max; /* L, C */
	struct check_limit clothes_barred; /* largest share of a barred colour, at most */
	struct check_limit clothes_de; /* at least */
	struct check_limit glare; /* at most; .fail where the skin is blown, see verdict.c */
	double tint_warn; /* at least */
	double red_eye_warn, shoulders_warn_deg, torso_warn, moire_warn; /* at most */
	int level[CHECK_CODE_COUNT]; /* enum check_rule */
};

extern const struct config_key check_limits_keys[];
extern const size_t check_limits_key_count;

/**
 * check_limits_fault() - what is impossible about these limits
 * @key: the key to look at; @other: the one it contradicts, NULL none
 * Return: a sentence in English; NULL when they are sound.
 */
const char *check_limits_fault(const struct check_limits *l, const char **key, const char **other);
