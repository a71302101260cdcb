/*
 * What is measured on a portrait. Names are those of the report and of the stored record.
 *
 * Face axes: origin between the eye centres (each the middle of its two corners), u along the eye
 * line to the right of the picture, v down, unit IED = distance of the eye centres. T = eye line to
 * chin. Y = linear light (sRGB undone, 0.2126 R + 0.7152 G + 0.0722 B); luma = 0.299 R + 0.587 G +
 * 0.114 B, 0…255. skin = polygon of jaw and brows without the enlarged eyes and lips. NaN: could
 * not be measured (no points, nothing of that kind in the picture).
 */
#pragma once

#include <stdbool.h>

#include "firmware/base/image.h"

enum { CHECK_FACES_MAX = 16, CHECK_POINTS = 68 };

struct check_point {
	double x, y;
};

struct check_box {
	double x, y, w, h;
};

/* All lengths in pixels of @im. */
struct check_input {
	const struct image *im; /* orientation applied, perhaps scaled down */
	double scale; /* picture pixels per pixel of im */
	int width_px, height_px; /* of the picture */
	bool sideways; /* a face is found only when the picture is turned by 90° */
	int face_count;
	struct check_box faces[CHECK_FACES_MAX]; /* widest first */
	bool has_points;
	struct check_point points[CHECK_POINTS]; /* of faces[0], numbered as in iBUG 300-W */
};

struct check_axes {
	double ox, oy, ied; /* px of im */
	double c, s; /* of the roll */
};

struct check_measures {
	double faces; /* boxes wider than `bystander_share` of the widest */
	double roll_deg; /* angle of the eye line, clockwise in the picture positive */
	/* atan(asymmetry / 1.2), asymmetry (a−b)/(a+b) with a, b from the nose tip (30) to jaw
	 * point 2 and 14 along u; 1.2 = nose tip before the jaw points ÷ half their distance.
	 * Positive: nose towards the right of the picture. */
	double yaw_deg;
	/* smaller of both eyes: Σgx²/Σgy² (Sobel) in the middle band of a 64×40 patch whose corners
	 * are 48 px apart. Open eyes have an iris with upright edges. */
	double eye_ratio;
	double ear; /* smaller of both: (‖37−41‖ + ‖38−40‖) / 2‖36−39‖ */
	/* s = m/0.07 + t/0.03 + d/0.015: m largest inner lip gap ÷ T, t pale colourless and d dark
	 * pixels between the lips ÷ IED² */
	double mouth, mouth_gap;
	/* 0.4 × smaller eigenvalue of Jc⁻¹Jf at IED 112: fine detail left in the worst direction
	 * (J: sums of gradient products, f of picture − blur, c of blur − coarser blur) */
	double sharpness;
	double laplacian; /* variance of the 4-neighbour Laplacian of luma at IED 112 */
	double over_share; /* skin with max(R, G, B) ≥ 250 */
	double face_light; /* mean Y of the skin */
	double scene_light; /* 98th percentile of Y of the whole picture */
	/* log2 of median Y of the cheek right in the picture ÷ left (0.25 < v < 0.95, |u| > 0.25)
	 */
	double half_ev;
	double ied_px, face_width_px; /* picture px; face: jaw points 0-16 along u */
	double eye_line_px, crown_px, chin_px,
		centre_px; /* picture px from the top; from the left */
	bool crown_seen; /* crown measured against a plain backdrop, else eye line − 1.08 T */
	bool crown_cut; /* the head reaches the upper edge */
};

/** check_axes_of() - face axes from the points. */
struct check_axes check_axes_of(const struct check_point *points);

/** check_measure() - all of them. */
void check_measure(const struct check_input *in, double bystander_share, struct check_measures *m);

/* The parts, one file each. */
void check_measure_eyes_mouth(const struct check_input *in, const struct check_axes *a,
			      struct check_measures *m);
void check_measure_light(const struct check_input *in, const struct check_axes *a,
			 struct check_measures *m);
void check_measure_sharpness(const struct check_input *in, const struct check_axes *a,
			     struct check_measures *m);
void check_measure_crown(const struct check_input *in, double cx, double eye_y, double face_w,
			 double chin_to_eyes, struct check_measures *m);
