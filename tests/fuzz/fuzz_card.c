/* The card decoder: whatever the bytes, the strings are terminated and strict UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "drivers/reader/card_decode.h"
#include "firmware/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *s, size_t size)
{
	if (strnlen(s, size) == size || !text_valid(s, strlen(s)))
		abort();
}

static void check_card(const struct card *c)
{
	check(c->name, sizeof(c->name));
	check(c->name_latin, sizeof(c->name_latin));
	check(c->number, sizeof(c->number));
	check(c->other_number, sizeof(c->other_number));
	check(c->nationality, sizeof(c->nationality));
	check(c->birth, sizeof(c->birth));
	check(c->valid_from, sizeof(c->valid_from));
	check(c->valid_to, sizeof(c->valid_to));
	if (c->type >= CARD_TYPE_COUNT || !c->number[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *text;
	struct card c;

	if (!card_decode(data, size, &c))
		check_card(&c);
	if (size < CARD_TEXT_BYTES)
		return 0;
	text = malloc(CARD_TEXT_BYTES); /* exact size: one byte over is seen */
	memcpy(text, data, CARD_TEXT_BYTES);
	if (!card_decode_text(text, &c))
		check_card(&c);
	free(text);
	return 0;
}
