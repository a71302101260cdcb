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

enum portrait_hair { HAIR_SHORT, HAIR_LONG, HAIR_TIED, HAIR_CROPPED };

struct portrait_person {
	uint32_t skin, lips, hair, iris, jacket, shirt; /* 0xRRGGBB */
	enum portrait_hair style;
	double width, length; /* of the face, 1 = average */
	double eye_height, nose_width, lip_height, brow_weight; /* 1 = average */
	uint32_t seed;
};

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
};

extern const struct portrait_person portrait_people[];
extern const struct portrait_scene portrait_scenes[];
extern const size_t portrait_scene_count;

/** portrait_scene_find() - by name; NULL when there is none. */
const struct portrait_scene *portrait_scene_find(const char *name);

/** portrait_draw() - draw a scene as a camera would frame it; image_unref() the result.
 * Return: NULL without memory. */
struct image *portrait_draw(const struct portrait_scene *s, int width_px, int height_px);

/** portrait_jpeg() - encode at @quality, 300 dpi. @out malloc'ed. Return: bytes, 0 on failure. */
size_t portrait_jpeg(const struct image *im, int quality, uint8_t **out);
