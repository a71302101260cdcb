#include "firmware/check/limits.h"

#include "firmware/base/cleanup.h"

#define TEXT(key, field)                                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_STRING,                                                \
		.offset = offsetof(struct check_limits, field),                                    \
		.size = sizeof(((struct check_limits *)0)->field)                                  \
	}
#define SIDE(key, field)                                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, .offset = offsetof(struct check_limits, field),   \
		.min = 64, .max = 8192                                                             \
	}
#define NUM(key, field, top)                                                                       \
	{                                                                                          \
		.name = key, .type = CONFIG_DOUBLE,                                                \
		.offset = offsetof(struct check_limits, field), .min = 0, .max = top               \
	}

const struct config_key check_limits_keys[] = {
	TEXT("id", id),
	TEXT("version", version),
	SIDE("crop.width_px", crop_width_px),
	SIDE("crop.height_px", crop_height_px),
	NUM("crop.crown_min_px", crown_min_px, 8192),
	NUM("crop.crown_max_px", crown_max_px, 8192),
	NUM("crop.eyes_min_px", eyes_min_px, 8192),
	NUM("crop.eyes_max_px", eyes_max_px, 8192),
	NUM("crop.face_min_px", face_min_px, 8192),
	NUM("crop.face_max_px", face_max_px, 8192),
	NUM("crop.face_aim_px", face_aim_px, 8192),
	NUM("crop.centre_px", centre_px, 1000),
	NUM("face.share_warn", face_share_warn, 1),
	NUM("face.bystander_share", bystander_share, 1),
	NUM("roll.warn_deg", roll_warn_deg, 90),
	NUM("roll.fail_deg", roll_fail_deg, 90),
	NUM("yaw.warn_deg", yaw_warn_deg, 90),
	NUM("yaw.fail_deg", yaw_fail_deg, 90),
	NUM("eyes.warn", eyes_warn, 10),
	NUM("eyes.fail", eyes_fail, 10),
	NUM("eyes.ear_vote", ear_vote, 1),
	NUM("mouth.warn", mouth_warn, 100),
	NUM("mouth.fail", mouth_fail, 100),
	NUM("sharpness.warn", sharp_warn, 10),
	NUM("sharpness.fail", sharp_fail, 10),
	NUM("sharpness.laplacian_fail", laplacian_fail, 1000),
	NUM("over.warn", over_warn, 1),
	NUM("over.fail", over_fail, 1),
	NUM("under.warn", under_warn, 1),
	NUM("under.fail", under_fail, 1),
	NUM("under.scene", under_scene, 1),
	NUM("half_lit.warn_ev", half_warn_ev, 10),
	NUM("half_lit.fail_ev", half_fail_ev, 10),
};
const size_t check_limits_key_count = ARRAY_SIZE(check_limits_keys);

const char *check_limits_fault(const struct check_limits *l)
{
	if (l->crown_min_px > l->crown_max_px || l->eyes_min_px > l->eyes_max_px ||
	    l->face_min_px > l->face_max_px)
		return "a minimum lies above its maximum";
	if (l->eyes_max_px >= l->crop_height_px || l->face_max_px > l->crop_width_px)
		return "a window lies outside the finished picture";
	if (l->crown_min_px >= l->eyes_max_px)
		return "the head top cannot lie below the eyes";
	if (l->roll_warn_deg > l->roll_fail_deg || l->yaw_warn_deg > l->yaw_fail_deg ||
	    l->mouth_warn > l->mouth_fail || l->over_warn > l->over_fail ||
	    l->half_warn_ev > l->half_fail_ev)
		return "a warning stands beyond its failure";
	if (l->eyes_warn < l->eyes_fail || l->sharp_warn < l->sharp_fail ||
	    l->under_warn < l->under_fail)
		return "a warning stands beyond its failure";
	return NULL;
}
