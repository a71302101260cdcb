/* Files of a school made byte by byte, for what no program at hand writes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct zip_part {
	const char *name, *text; /* @name NULL ends a list */
};

struct made_file {
	uint8_t *data; /* free() it */
	size_t bytes;
};

/** made_zip() - a zip of @parts; @stored: not compressed. */
struct made_file made_zip(const struct zip_part *parts, int stored);
/** made_sheet() - an xlsx whose only sheet holds @sheet_data inside <sheetData>. */
struct made_file made_sheet(const char *sheet_data);
/** made_ole() - a compound file with one stream, padded to 4096 bytes. */
struct made_file made_ole(const char *stream, const void *data, size_t bytes);
/** made_record() - one record of an xls behind @bytes of @out. Return: bytes then. */
size_t made_record(uint8_t *out, size_t bytes, unsigned int id, const void *data, size_t n);
