/* Limits of one kind of picture. They stand in config/presets/ID.conf, never in code. */
#pragma once

#include <stddef.h>

#include "firmware/base/config.h"

struct check_limits {
	char id[24], version[8];
	/* the finished picture, px, and where things must lie in it */
	int crop_width_px, crop_height_px;
	double crown_min_px, crown_max_px, eyes_min_px, eyes_max_px;
	double face_min_px, face_max_px, face_aim_px;
	double centre_px; /* how far the face may be from the crop's middle */
	double face_share_warn; /* face width ÷ short side of the picture */
	double bystander_share; /* second box ÷ largest box */
	double roll_warn_deg, roll_fail_deg, yaw_warn_deg, yaw_fail_deg;
	double eyes_warn, eyes_fail, ear_vote;
	double mouth_warn, mouth_fail;
	double sharp_warn, sharp_fail, laplacian_fail;
	double over_warn, over_fail;
	double under_warn, under_fail, under_scene;
	double half_warn_ev, half_fail_ev;
};

extern const struct config_key check_limits_keys[];
extern const size_t check_limits_key_count;

/** check_limits_fault() - what is impossible about these limits, in English; NULL when sound. */
const char *check_limits_fault(const struct check_limits *l);
