#include "drivers/reader/reader_worker.h"

#include <string.h>

#include "firmware/base/text.h"

static bool text_ok(const char *field, size_t size)
{
	return memchr(field, 0, size) && text_valid(field, strlen(field));
}

#define TEXT_OK(field) text_ok(field, sizeof(field))

static bool card_ok(const struct card *c)
{
	return c->type < CARD_TYPE_COUNT && TEXT_OK(c->name) && TEXT_OK(c->name_latin) &&
	       TEXT_OK(c->number) && TEXT_OK(c->other_number) && TEXT_OK(c->nationality) &&
	       TEXT_OK(c->birth) && TEXT_OK(c->valid_from) && TEXT_OK(c->valid_to);
}

static bool trouble_ok(const struct wire_msg *m)
{
	const struct reader_trouble *t = wire_body(m, sizeof(*t));

	return t && t->cause < READER_CAUSE_COUNT;
}

bool reader_msg_ok(const struct wire_msg *m)
{
	const struct reader_online *online;
	const struct reader_card *card;

	if (m->fd_count)
		return false;
	switch (m->type) {
	case READER_EVENT_ONLINE:
		online = wire_body(m, sizeof(*online));
		return online && TEXT_OK(online->identity);
	case READER_EVENT_OFFLINE:
	case READER_EVENT_TROUBLE:
		return trouble_ok(m);
	case READER_EVENT_READING:
	case READER_EVENT_REMOVED:
		return !m->length;
	case READER_EVENT_CARD:
		card = wire_body(m, sizeof(*card));
		return card && card_ok(&card->card);
	default:
		return false;
	}
}
