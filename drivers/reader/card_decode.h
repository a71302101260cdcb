/*
 * The answer to a base read → struct card; pure, no I/O. 256 bytes of UTF-16LE text in one of four
 * layouts (the unit at offset 248 tells), padded with spaces; the 1024-byte photo is skipped.
 * Address, ethnic group and photo are never copied anywhere.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "drivers/reader/card.h"

enum { CARD_TEXT_BYTES = 256, CARD_PHOTO_BYTES = 1024 };

/**
 * card_decode() - data of a successful 30 01: both lengths, text, photo
 * Return: 0; -EBADMSG lengths wrong, no number, or one with characters no number has; -ENOTSUP a
 * card type this decoder does not know. *out is only set on 0. The caller wipes @data.
 */
int card_decode(const uint8_t *data, size_t bytes, struct card *out);

/** card_decode_text() - the same from the text block alone. */
int card_decode_text(const uint8_t text[static CARD_TEXT_BYTES], struct card *out);
