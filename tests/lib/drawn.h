/* JPEG files drawn for tests of the cut: any pixels, any kind of file, any label about colour. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 0xRRGGBB of upright pixel (x, y). */
typedef uint32_t drawn_pixel(int x, int y);

struct drawn {
	int width_px, height_px; /* upright */
	drawn_pixel *pixel;
	int orientation; /* 0: no EXIF; 1…8: stored so */
	int components; /* 0 and 3 colour, 1 grey, 4 CMYK */
	int quality; /* 0: 100 */
	int subsampling; /* 0 and 444, 422, 420 */
	int progressive;
	int exif_colour; /* ColorSpace, 0 none */
	const char *interop; /* "R03", NULL none */
	const uint8_t *icc;
	size_t icc_bytes, icc_chunk; /* chunk 0: all in one */
};

/** drawn_jpeg() - the file; free(*out). Return: its bytes. */
size_t drawn_jpeg(const struct drawn *d, uint8_t **out);

/* A colour space as a profile describes it. */
struct drawn_space {
	const char *name;
	double primaries[3][3]; /* XYZ adapted to D50 of red, green, blue */
	double gamma; /* 0: the curve of sRGB as a table */
};

extern const struct drawn_space drawn_srgb, drawn_adobe, drawn_p3, drawn_wide;

/** drawn_icc() - a profile; @out at least 4096 bytes. Return: its bytes. */
size_t drawn_icc(const struct drawn_space *s, uint8_t *out);
