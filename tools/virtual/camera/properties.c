/* Device properties, as their data sets describe and carry them. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "tools/virtual/camera/vcam_internal.h"

int props_init(struct vcam *v)
{
	size_t bytes = v->body->prop_count * sizeof(v->props[0]);

	free(v->props);
	v->props = malloc(bytes);
	if (!v->props)
		return -1;
	memcpy(v->props, v->body->props, bytes);
	v->prop_count = (int)v->body->prop_count;
	return 0;
}

struct property *props_find(struct vcam *v, uint16_t code)
{
	for (int i = 0; i < v->prop_count; i++)
		if (v->props[i].code == code)
			return &v->props[i];
	return NULL;
}

static void put_number(struct blob *b, uint16_t type, uint32_t x)
{
	if (type == TYPE_U8)
		blob_u8(b, (uint8_t)x);
	else if (type == TYPE_U16)
		blob_u16(b, (uint16_t)x);
	else
		blob_u32(b, x);
}

void props_value(const struct vcam *v, const struct property *p, struct blob *b)
{
	if (p->code == 0x5011 && !p->text[0])
		blob_time(b, time(NULL) + v->clock_offset_s);
	else if (p->type == TYPE_TEXT)
		blob_text(b, p->text);
	else
		put_number(b, p->type, p->value);
}

void props_describe(const struct vcam *v, const struct property *p, struct blob *b)
{
	blob_u16(b, p->code);
	blob_u16(b, p->type);
	blob_u8(b, p->writable);
	props_value(v, p, b); /* factory default: the same */
	props_value(v, p, b);
	blob_u8(b, p->form == 'r' ? 1 : p->form == 'e' ? 2 : 0);
	if (p->form == 'r') {
		put_number(b, p->type, 0);
		put_number(b, p->type, 100);
		put_number(b, p->type, 1);
	} else if (p->form == 'e') {
		blob_u16(b, p->choice_count);
		for (int i = 0; i < p->choice_count; i++) {
			if (p->type == TYPE_TEXT)
				blob_text(b, p->texts[i]);
			else
				put_number(b, p->type, p->choices[i]);
		}
	}
}

/* The host sets the body's clock: from now on it runs right by the host's. */
static void set_clock(struct vcam *v, const char *text)
{
	struct tm tm = { .tm_isdst = -1 };

	if (strptime(text, "%Y%m%dT%H%M%S", &tm))
		v->clock_offset_s = (int)(mktime(&tm) - time(NULL));
}

static void set_text(struct vcam *v, struct property *p, const struct vcam_request *rq)
{
	size_t n = rq->bytes ? rq->data[0] : 0;
	char text[sizeof(p->text)] = "";

	for (size_t i = 0; i + 1 < n && i + 1 < sizeof(text) && i * 2 + 2 < rq->bytes; i++)
		text[i] = (char)rq->data[1 + i * 2];
	if (p->code == 0x5011)
		set_clock(v, text);
	else
		memcpy(p->text, text, sizeof(text));
}

/* 1014 describe, 1015 value, 1016 set. */
uint16_t op_property(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	struct property *p = props_find(v, (uint16_t)rq->param[0]);

	if (!p)
		return RC_NO_PROPERTY;
	if (rq->op == 0x1014)
		props_describe(v, p, b);
	else if (rq->op == 0x1015)
		props_value(v, p, b);
	else if (!p->writable)
		return RC_READ_ONLY;
	else if (p->type == TYPE_TEXT)
		set_text(v, p, rq);
	else if (rq->bytes >= (p->type == TYPE_U8 ? 1 : p->type == TYPE_U16 ? 2 : 4))
		p->value = p->type == TYPE_U8	 ? rq->data[0]
			   : p->type == TYPE_U16 ? get_le16(rq->data)
						 : get_le32(rq->data);
	else
		return RC_BAD_PARAMETER;
	return RC_OK;
}
