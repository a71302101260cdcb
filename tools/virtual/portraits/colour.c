/* sRGB to linear light and back, by table. */
#include <math.h>

#include "tools/virtual/portraits/parts.h"

enum { STEPS = 4096 };

float linear_of[256];
static uint8_t srgb_of[STEPS + 1];

void colour_tables(void)
{
	if (srgb_of[STEPS])
		return;
	for (int i = 0; i < 256; i++) {
		double c = i / 255.0;

		linear_of[i] = (float)(c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	for (int i = 0; i <= STEPS; i++) {
		double y = (double)i / STEPS;
		double c = y <= 0.0031308 ? 12.92 * y : 1.055 * pow(y, 1 / 2.4) - 0.055;

		srgb_of[i] = (uint8_t)(255 * c + 0.5);
	}
}

uint8_t to_srgb(float y)
{
	return srgb_of[y >= 1 ? STEPS : y <= 0 ? 0 : (int)(y * STEPS + 0.5f)];
}

uint32_t lit(uint32_t rgb, double gain)
{
	uint32_t px = 0;

	for (int k = 2; k >= 0; k--)
		px = px << 8 | to_srgb(linear_of[rgb >> (8 * k) & 255] * (float)gain);
	return px;
}
