/* CIELAB, D65, for the measures of colour. */
#pragma once

#include <math.h>
#include <stdint.h>

struct lab {
	float l, a, b;
};

/** lab_linear() - linear light of a byte of sRGB, 0…1. */
float lab_linear(uint32_t byte);

/** lab_of() - from linear R, G, B, 0…1. */
struct lab lab_of(double r, double g, double b);

/** lab_of_pixel() - from 0x00RRGGBB. */
struct lab lab_of_pixel(uint32_t px);

/** lab_apart() - dE76. */
static inline double lab_apart(struct lab x, struct lab y)
{
	double l = x.l - y.l, a = x.a - y.a, b = x.b - y.b;

	return sqrt(l * l + a * a + b * b);
}

/** lab_hue() - 0…360°. */
static inline double lab_hue(struct lab c)
{
	double h = atan2(c.b, c.a) * (180 / 3.14159265358979323846);

	return h < 0 ? h + 360 : h;
}
