#include "firmware/check/pixels.h"

double luma_between(const struct image *im, double x, double y)
{
	double fx = floor(x), fy = floor(y), dx = x - fx, dy = y - fy;
	int ix = (int)fx, iy = (int)fy;
	double top =
		luma_of(pixel_at(im, ix, iy)) * (1 - dx) + luma_of(pixel_at(im, ix + 1, iy)) * dx;
	double low = luma_of(pixel_at(im, ix, iy + 1)) * (1 - dx) +
		     luma_of(pixel_at(im, ix + 1, iy + 1)) * dx;

	return top * (1 - dy) + low * dy;
}

double light_of_byte(uint32_t byte)
{
	static double table[256];
	double c = byte / 255.0;

	if (table[byte] == 0)
		table[byte] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
	return table[byte];
}

double light_of(uint32_t p)
{
	return 0.2126 * light_of_byte(p >> 16 & 255) + 0.7152 * light_of_byte(p >> 8 & 255) +
	       0.0722 * light_of_byte(p & 255);
}

bool inside(const struct check_point *poly, int n, double x, double y)
{
	bool in = false;

	for (int i = 0, j = n - 1; i < n; j = i++)
		if ((poly[i].y > y) != (poly[j].y > y) &&
		    x < (poly[j].x - poly[i].x) * (y - poly[i].y) / (poly[j].y - poly[i].y) +
				    poly[i].x)
			in = !in;
	return in;
}
