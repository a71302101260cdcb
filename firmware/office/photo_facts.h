/*
 * What a JPEG file made elsewhere says about itself: frame, density, when it was taken, who wrote it.
 * Only markers are read, nothing is decoded. Bytes are hostile.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct photo_facts {
	bool jpeg; /* begins FF D8 and has a frame header */
	int width_px, height_px; /* as stored */
	int components, precision; /* 3 and 8: 24 bit */
	bool progressive, exif; /* exif: there is some; the first counts */
	int dpi_x, dpi_y; /* JFIF, else EXIF; 0: not said */
	char taken
		[20]; /* "2026-03-01T10:20:30", DateTimeOriginal, else DateTimeDigitized; "" none */
	char changed[20]; /* DateTime: when it was written last */
	char camera[64]; /* make and model, printable ASCII */
	char editor[32]; /* software known to alter pictures: "Photoshop"; "" no trace */
};

void photo_facts(const uint8_t *data, size_t bytes, struct photo_facts *out);

/** photo_kind() - what a file that is no JPEG is: "PNG", "HEIC" …; "" unknown, "empty". */
const char *photo_kind(const uint8_t *data, size_t bytes);
