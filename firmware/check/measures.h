/*
 * What is measured on a portrait. Names are those of the report and of the stored record.
 *
 * Face axes: origin between the eye centres (each the middle of its two corners), u along the eye
 * line to the right of the picture, v down, unit IED = distance of the eye centres. T = eye line to
 * chin. Y = linear light (sRGB undone, 0.2126 R + 0.7152 G + 0.0722 B); luma = 0.299 R + 0.587 G +
 * 0.114 B, 0…255. L, a, b, C, h: CIELAB, D65; dE = Euclidean distance in it (dE76). skin = polygon
 * of jaw and brows without the enlarged eyes and lips. EV = log2 of a ratio of Y. NaN: could not be
 * measured (no points, nothing of that kind in the picture), which is never a finding.
 *
 * Formulas and first limits: our study on 305 labelled faces; the ideas of face_light, over_share,
 * the colour box of cast_a/cast_b and T as head size are those of OFIQ (ISO/IEC 29794-5).
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
	bool colourless; /* the file is a grey picture */
	bool finished; /* it is the finished picture already: the whole frame is the crop */
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
	/* --- place ---------------------------------------------------------------------------- */
	double faces; /* boxes wider than `bystander_share` of the widest */
	double ied_px, face_width_px; /* picture px; face: jaw points 0-16 along u */
	double eye_line_px, crown_px, chin_px; /* picture px from the top */
	double centre_px; /* of the face, picture px from the left */
	double crown_seen; /* 1: measured against a plain backdrop; 0: eye line − 1.08 T */
	double crown_cut; /* 1: the head reaches the upper edge */
	/* --- pose ----------------------------------------------------------------------------- */
	double roll_deg; /* angle of the eye line, clockwise in the picture positive */
	/* pose.c: weak-perspective fit of a mean 3-D face to eye corners, nose, chin and jaw ends.
	 * yaw: nose towards the right of the picture positive; pitch: chin up positive, 0 = mean of
	 * straight faces, shrunk because half of a reading is the length of somebody's nose */
	double yaw_deg, pitch_deg;
	/* --- eyes and mouth ------------------------------------------------------------------- */
	/* smaller of both eyes: Σgx² ÷ Σ(gy² + (0.45 × skin luma)²) (Sobel) in the middle 32×16 of
	 * a 64×40 patch whose corners are 48 px apart. Open eyes have an iris with upright edges:
	 * 0.3…2; closed ones 0.05…0.14, also where the points missed them */
	double eye_ratio;
	double ear; /* smaller of both: (‖37−41‖ + ‖38−40‖) / 2‖36−39‖ */
	/* s = m/0.07 + t/0.03 + d/0.015: m largest inner lip gap ÷ T, t pale colourless (over
	 * the inner rim of the lips and a quarter of them) and d dark pixels between them ÷ IED² */
	double mouth, mouth_gap;
	/* centroid of the darkest third of the eye polygon along the corner axis ÷ corner distance,
	 * mean of both eyes; towards the right of the picture positive */
	double gaze;
	double red_eye; /* brightest 5×5 mean of R − max(G, B) in an eye patch − the skin below */
	double glasses; /* strongest vertical luma step across the nose bridge ÷ mean luma */
	double glare; /* largest blob of min(R, G, B) ≥ 225, not the white of the
			* eyes, |u| < 0.95, −0.36 < v < 0.42; IED² */
	double tint; /* luma under the eyes ÷ luma of the cheeks: dark lenses */
	/* --- sharpness ------------------------------------------------------------------------ */
	/* G0 the face at IED 112 (smaller faces at their own size), G1…G4 blurred by 1 2 1 of step
	 * 1, 1, 2, 4; J: sums of gradient products, f of G1 − G2, c of G3 − G4. Smaller eigenvalue
	 * of Jc⁻¹Jf: fine detail left in the worst direction. Sharp 0.5…1.1; blur of 0.8 px 0.3, of
	 * 1.2 px 0.16; moved by 5 px 0.2, in any direction */
	double sharpness;
	double anisotropy; /* log2 of the eigenvalues' ratio: high = smeared in one direction */
	double laplacian; /* variance of G0's 4-neighbour Laplacian, at mean luma 110 */
	double noise; /* median absolute second difference of luma on the cheeks; information */
	/* --- light on the face ---------------------------------------------------------------- */
	double over_share; /* skin with max(R, G, B) ≥ 250 */
	double face_light; /* mean Y of the skin */
	double scene_light; /* 98th percentile of Y of the whole picture */
	/* median Y of the cheek right in the picture ÷ left (0.25 < v < 0.95, |u| > 0.25; hair left
	 * out by its hue, log2 R/G off the skin's by 0.45), EV */
	double half_ev;
	/* brighter of forehead and nose ridge ÷ geometric mean of sockets, below nose and below lip,
	 * medians, EV: 0.2…1 without a lamp overhead, which adds what it lights more */
	double top_ev;
	/* backdrop ÷ face, EV; the face is taken to be at least 0.6 × as light as the whites of
	 * its eyes, so that it means the same for all skins */
	double back_ev;
	/* share of the skin in patches one stop below its 70th percentile whose rim is an edge
	 * (0.9 EV within 0.19 IED), hair left out */
	double shadow_share;
	/* share of the skin that is 1.5× its median light, 1.3× the light around it (0.5 IED) and
	 * paler than the skin (log2 R/B 0.25 lower) */
	double shine_share;
	double cast_a, cast_b; /* a and b of the mean light of the cheeks */
	/* --- backdrop ------------------------------------------------------------------------- */
	/* Zone: |u| > 1.75 and v < 0.9, or v < −2.35, and within 1.25 face widths of the middle of
	 * the face and 0.45 above the crown, which is what a finished picture can show. Hair that
	 * reaches into it is left out. NaN but for backdrop_de and back_ev: no single colour. */
	double backdrop_de; /* 95th percentile of dE of block means (0.12 IED) to their median */
	/* largest connected patch with dE > 6…9 (by noise) to a smooth surface fitted to the
	 * backdrop, no soft shadow, not hanging on the head; IED² */
	double backdrop_patch;
	double backdrop_l, backdrop_c, backdrop_h; /* L, C and h (0…360°) of the median */
	double backdrop_shadow; /* mean L far from the head − near it, the darker side */
	/* --- clothes and body ----------------------------------------------------------------- */
	/* share of the clothes (chin + 0.75 … chin + 1.7 IED, |u| < 1.4, without skin) that is so
	 * coloured; L > 18. blue C > 14, 225–295°; purple C > 14, 295–345°, both more below L 32;
	 * green C > 12, 115–225°; yellow C > 32, 70–115° */
	double clothes_blue, clothes_green, clothes_purple, clothes_yellow;
	/* median dE of the outer clothes (chin + 0.9 … 1.7 IED, 0.7 < |u| < 1.7) to the backdrop,
	 * at a backdrop L ≥ 60 */
	double clothes_de;
	double shoulders_deg; /* slope of the shoulder line, clockwise in the picture positive */
	double torso; /* (right − left reach of the shoulders from the chin) ÷ their sum */
	/* --- surface -------------------------------------------------------------------------- */
	/* check_moire(): mean height of the six largest peaks (half of them mirror images) of the
	 * log power spectrum above its 15×15 median (on the axes: above a median along them),
	 * 0.08…0.48 cycles/px, off the multiples of a JPEG’s 8-px grid; second largest of six
	 * tiles; natural log */
	double moire;
};

/* All fields above by name: X(field). */
#define CHECK_MEASURES(X)                                                                          \
	X(faces)                                                                                   \
	X(ied_px)                                                                                  \
	X(face_width_px)                                                                           \
	X(eye_line_px)                                                                             \
	X(crown_px)                                                                                \
	X(chin_px)                                                                                 \
	X(centre_px)                                                                               \
	X(crown_seen)                                                                              \
	X(crown_cut)                                                                               \
	X(roll_deg)                                                                                \
	X(yaw_deg)                                                                                 \
	X(pitch_deg)                                                                               \
	X(eye_ratio)                                                                               \
	X(ear)                                                                                     \
	X(mouth)                                                                                   \
	X(mouth_gap)                                                                               \
	X(gaze)                                                                                    \
	X(red_eye)                                                                                 \
	X(glasses)                                                                                 \
	X(glare)                                                                                   \
	X(tint)                                                                                    \
	X(sharpness)                                                                               \
	X(anisotropy)                                                                              \
	X(laplacian)                                                                               \
	X(noise)                                                                                   \
	X(over_share)                                                                              \
	X(face_light)                                                                              \
	X(scene_light)                                                                             \
	X(half_ev)                                                                                 \
	X(top_ev)                                                                                  \
	X(back_ev)                                                                                 \
	X(shadow_share)                                                                            \
	X(shine_share)                                                                             \
	X(cast_a)                                                                                  \
	X(cast_b)                                                                                  \
	X(backdrop_de)                                                                             \
	X(backdrop_patch)                                                                          \
	X(backdrop_l)                                                                              \
	X(backdrop_c)                                                                              \
	X(backdrop_h)                                                                              \
	X(backdrop_shadow)                                                                         \
	X(clothes_blue)                                                                            \
	X(clothes_green)                                                                           \
	X(clothes_purple)                                                                          \
	X(clothes_yellow)                                                                          \
	X(clothes_de)                                                                              \
	X(shoulders_deg)                                                                           \
	X(torso)                                                                                   \
	X(moire)

/** check_axes_of() - face axes from the points. */
struct check_axes check_axes_of(const struct check_point *points);

/** check_measure() - all but moire. */
void check_measure(const struct check_input *in, double bystander_share, struct check_measures *m);

/** check_measure_live() - what can be told from a small soft frame in a few ms: place, pose, eyes,
 * light and surroundings; the rest stays NaN.
 * @before: of an earlier frame, NULL none: surroundings are taken over from it, the head's height too;
 *	not @m itself */
void check_measure_live(const struct check_input *in, double bystander_share,
			const struct check_measures *before, struct check_measures *m);

enum { CHECK_MOIRE_TILE = 256 };

/**
 * check_moire() - periodic structure in luma at the picture's native size
 * @luma: tiles of CHECK_MOIRE_TILE² are taken from it; smaller: NaN
 */
double check_moire(const uint8_t *luma, int width_px, int height_px, int stride_bytes);

/* The parts, one file each. They set their fields or leave them NaN. */
void check_measure_pose(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m);
void check_measure_eyes_mouth(const struct check_input *in, const struct check_axes *a,
			      struct check_measures *m);
/* gaze, red_eye, glasses, glare, tint; needs over_share */
void check_measure_lenses(const struct check_input *in, const struct check_axes *a,
			  struct check_measures *m);
void check_measure_sharpness(const struct check_input *in, const struct check_axes *a,
			     struct check_measures *m);
/* over_share, face_light, scene_light, half_ev */
void check_measure_light(const struct check_input *in, const struct check_axes *a,
			 struct check_measures *m);
/* top_ev (with points), shadow_share, shine_share, cast_a, cast_b, noise */
void check_measure_skin(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m);
/* crown_*, backdrop_*, back_ev, clothes_*, shoulders_deg, torso; place and light are known */
void check_measure_surroundings(const struct check_input *in, const struct check_axes *a,
				struct check_measures *m);
