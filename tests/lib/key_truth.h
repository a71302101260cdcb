/*
 * Invented sitters with hair of known alpha before a backdrop of known light, photographed: what a
 * key must get right, and what would be right. All pixels are linear light, 1 = sRGB 255.
 */
#pragma once

#include <stdint.h>

#include "firmware/picture/key.h"

enum { TRUTH_W = 1920, TRUTH_H = 2560 }; /* of the photographed crop */

enum truth_hair { TRUTH_CURLY, TRUTH_LONG, TRUTH_STUBBLE, TRUTH_LOOSE, TRUTH_SHORT };

struct truth_scene {
	const char *name;
	enum truth_hair hair;
	uint32_t hair_rgb, backdrop, top; /* 0xRRGGBB */
	double shade_ev, folds, shadow_ev, spill, noise;
};

struct truth {
	float *rgba; /* TRUTH_W·TRUTH_H·4: colour times alpha, alpha */
	uint16_t *photo; /* TRUTH_W·TRUTH_H·3: composite, through 8-bit sRGB and JPEG */
};

/** truth_make() - draw and photograph a scene; truth_free() it. Aborts without memory. */
void truth_make(const struct truth_scene *s, struct truth *out);
void truth_free(struct truth *t);

/** truth_scale() - the photograph at @width_px (a divisor of TRUTH_W); free px. */
struct linear truth_scale(const struct truth *t, int width_px);

/** truth_ideal() - colour times alpha and alpha at @width_px; free() it. */
float *truth_ideal(const struct truth *t, int width_px);

/** truth_face() - the sitter's face at @width_px. */
struct key_face truth_face(int width_px);

double truth_linear(double srgb); /* 0…1 both ways */
double truth_srgb(double linear);

/** truth_lab() - CIELAB (D65) of linear sRGB. */
void truth_lab(const double rgb[3], double lab[3]);
