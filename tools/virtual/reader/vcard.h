/*
 * An invented card for the virtual reader: the 256-byte text block a real one would hold.
 * Written on its own from the layouts, not from the decoder, so that a mistake shows.
 */
#pragma once

#include <stdint.h>

enum { VCARD_TEXT_BYTES = 256 };

struct vcard {
	uint8_t text[VCARD_TEXT_BYTES];
};

/**
 * vcard_parse() - "TYPE key=value …", TYPE one of resident J I Y; _ in a value stands for a space
 * Keys: name latin number sex nation birth address authority from to (to=long: long-term) permit
 * count nationality version office renewal link. Missing ones are blank.
 * Return: NULL, or what is wrong.
 */
const char *vcard_parse(const char *line, struct vcard *out);
