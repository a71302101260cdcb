/*
 * Invented people, drawn: every portrait here is geometry and random numbers with a fixed seed.
 * Good enough that a face detector finds them and the 68 points sit where they should; each either
 * passes the frame check or fails it for the one reason written beside it.
 *
 * Lengths are in IED, the distance between the two eye centres; u to the right of the picture, v
 * down, origin between the eyes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/image.h"

enum portrait_hair { HAIR_SHORT, HAIR_LONG, HAIR_TIED, HAIR_CROPPED, HAIR_BUN, HAIR_BALD };
enum portrait_object { OBJECT_NONE, OBJECT_DOOR, OBJECT_PERSON, OBJECT_POLE };

struct portrait_person {
	uint32_t skin, lips, hair, iris, jacket, shirt; /* 0xRRGGBB */
	enum portrait_hair style;
	double width, length; /* of the face, 1 = average */
	double eye_height, nose_width, lip_height, brow_weight; /* 1 = average */
	uint32_t seed;
	double beard; /* 0 shaven … 1 */
};

/* Everything that is 0 is as it should be, except the eyes. Lengths in IED, angles in degrees, light
 * in EV = stops; "right" is the right of the picture. Colours 0xRRGGBB, 0 = the usual one. */
struct portrait_scene {
	const char *name; /* file name without .jpg */
	const char *reason; /* "" passes, else the code `tapshot check` must name */
	int person; /* index of portrait_people; -1 nobody */
	int second; /* somebody else in the picture, -1 none */
	double roll_deg, yaw_deg;
	double eyes, mouth; /* 1 open … 0 closed; 0 closed … 1 open */
	double ev; /* exposure, stops against correct */
	double left_ev; /* left half of the picture, stops against the right */
	double blur; /* sigma in IED */
	double shift_u; /* how far the sitter sits from the middle, IED */

	/* place */
	double shift_v; /* downwards */
	double zoom; /* size of the sitter; 0 = 1 = as the kiosk frames it */
	/* the sitter */
	uint32_t skin; /* instead of the person's own */
	uint32_t
		vary; /* seed: a relative of the person, other proportions and other hair strands */
	double pitch_deg; /* chin up positive */
	double gaze; /* of the corner distance, to the right positive */
	double teeth; /* 0 … 1: a smile that shows them, jaw closed */
	double red_eye, shine; /* 0 … 1 */
	double glasses; /* thickness of the frame; 0.035 is usual */
	double glare; /* half length of a blown spot on the right lens */
	double tint; /* 0 … 1 black: how dark the lenses are */
	uint32_t clothes; /* a round-necked top instead of jacket and shirt */
	double lean_deg; /* of the shoulders, clockwise positive */
	double torso; /* (right − left reach of the shoulders) ÷ their sum */
	/* light */
	double top; /* 0 … 1: share of the light that comes from the ceiling */
	double shadow_ev; /* a shadow with a soft edge on the cheek at the right */
	double sitter_ev; /* light on the sitter alone */
	double red_ev, blue_ev; /* colour cast: gain of these channels */
	/* backdrop */
	uint32_t backdrop; /* 0 = the light blue of the rule, 100, 197, 255 */
	double slope_ev; /* right edge against the left */
	double folds; /* amplitude, share of the light */
	double backdrop_shadow_ev; /* the sitter's shadow, to the right of the head */
	enum portrait_object object; /* beside the sitter, at the left */
	/* camera */
	double motion; /* length of the smear, IED; 5 px at IED 112 = 0.0446 */
	double motion_deg; /* its direction, 0 along the rows, 90 along the columns */
	double noise; /* sd, 8-bit levels, beside the usual grain */
	double moire; /* amplitude of a two-way grating, share of the light */
};

extern const struct portrait_person portrait_people[];
extern const size_t portrait_person_count;
extern const struct portrait_scene portrait_scenes[];
extern const size_t portrait_scene_count;

/** portrait_scene_find() - by name; NULL when there is none. */
const struct portrait_scene *portrait_scene_find(const char *name);

/** portrait_plain() - the neutral scene: @person alone, eyes open. */
struct portrait_scene portrait_plain(int person);

/**
 * portrait_scene_set() - set fields by name: "yaw_deg=12,clothes=0x3f6fd8,object=door"
 * A word without "=" starts from that named scene.
 * Return: 0, or -1 with the position of the fault in *@fault (may be NULL).
 */
int portrait_scene_set(struct portrait_scene *s, const char *text, const char **fault);

/** portrait_keys() - name @i of portrait_scene_set(); NULL beyond the last. */
const char *portrait_keys(size_t i);

/** portrait_ied() - what a scene's eye distance is, px. */
double portrait_ied(const struct portrait_scene *s, int width_px, int height_px);

/** portrait_draw() - draw a scene as a camera would frame it; image_unref() the result.
 * Return: NULL without memory. */
struct image *portrait_draw(const struct portrait_scene *s, int width_px, int height_px);

/** portrait_jpeg() - encode at @quality, 300 dpi. @out malloc'ed. Return: bytes, 0 on failure. */
size_t portrait_jpeg(const struct image *im, int quality, uint8_t **out);
