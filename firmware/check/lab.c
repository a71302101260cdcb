#include "firmware/check/lab.h"

float lab_linear(uint32_t byte)
{
	static float table[256];
	double c = byte / 255.0;

	if (table[byte] == 0)
		table[byte] = (float)(c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	return table[byte];
}

static float root(double t)
{
	return (float)(t > 216.0 / 24389 ? cbrtf((float)t) : (24389.0 / 27 * t + 16) / 116);
}

struct lab lab_of(double r, double g, double b)
{
	float x = root((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
	float y = root(0.2126729 * r + 0.7151522 * g + 0.0721750 * b);
	float z = root((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883);

	return (struct lab){ 116 * y - 16, 500 * (x - y), 200 * (y - z) };
}

struct lab lab_of_pixel(uint32_t px)
{
	return lab_of(lab_linear(px >> 16 & 255), lab_linear(px >> 8 & 255), lab_linear(px & 255));
}
