/*
 * Canon EOS GetEvent: a list of {length u32, type u32, body}, closed by (8, 0).
 *   C181 object on the card   C186 object for the host   C189 property   C18A its choices
 *   C18B status (1 at work, 0 done)   C1A5 focus and other readings (OLC)
 * The first poll after SetEventMode tells every property and its choices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/canon.h"

enum {
	EOS_OBJECT_CARD = 0xc181,
	EOS_OBJECT_HOST = 0xc186,
	EOS_PROPERTY = 0xc189,
	EOS_CHOICES = 0xc18a,
	EOS_STATUS = 0xc18b,
	EOS_OLC = 0xc1a5,
	EOS_REMOVED = 0xc182,
	OLC_FOCUS = 0x0100,
	DESTINATION_HOST = 4,
	HOST_SHOTS = 9999,
};

static void record(struct blob *b, uint32_t type, const struct blob *body)
{
	blob_u32(b, (uint32_t)(8 + body->bytes));
	blob_u32(b, type);
	blob_put(b, body->data, body->bytes);
}

/* A RAW, or a JPEG, as ImageFormat lists it: {16, type, size, compression}. */
static void put_format(struct blob *b, uint32_t value)
{
	blob_u32(b, value == 1 ? 2 : 1);
	if (value) {
		blob_u32(b, 16);
		blob_u32(b, 6);
		blob_u32(b, 0);
		blob_u32(b, 4);
	}
	if (value < 2) {
		blob_u32(b, 16);
		blob_u32(b, 1);
		blob_u32(b, 0);
		blob_u32(b, 3);
	}
}

/* The body's clock has no zone: its local time, counted as if it were UTC. */
static uint32_t local_clock(const struct vcam *v)
{
	time_t now = time(NULL) + v->clock_offset_s;
	struct tm tm;

	localtime_r(&now, &tm);
	return (uint32_t)timegm(&tm);
}

static void put_value(const struct vcam *v, const struct property *p, struct blob *b)
{
	const char *text = p->code == 0xd1af ? v->serial : p->text;

	if (p->type == TYPE_TEXT)
		blob_put(b, text, strlen(text) + 1);
	else if (p->type == TYPE_EOS_FORMAT)
		put_format(b, p->value);
	else
		blob_u32(b, p->type == TYPE_EOS_TIME ? local_clock(v) : p->value);
}

static void put_property(const struct vcam *v, const struct property *p, struct blob *b)
{
	struct blob body = { 0 };

	blob_u32(&body, p->code);
	put_value(v, p, &body);
	record(b, EOS_PROPERTY, &body);
	free(body.data);
}

static void put_choices(const struct property *p, struct blob *b)
{
	struct blob body = { 0 };

	if (p->form != 'e')
		return;
	blob_u32(&body, p->code);
	blob_u32(&body, 3); /* kind of list */
	blob_u32(&body, p->choice_count);
	for (int i = 0; i < p->choice_count; i++) {
		if (p->type == TYPE_EOS_FORMAT)
			put_format(&body, p->choices[i]);
		else
			blob_u32(&body, p->choices[i]);
	}
	record(b, EOS_CHOICES, &body);
	free(body.data);
}

/* On the card: handle, storage, format, …, size at 28, parent at 32, name at 40. */
static void put_card_object(const struct object *o, struct blob *b)
{
	struct blob body = { 0 };

	blob_u32(&body, o->handle);
	blob_u32(&body, STORAGE_ID);
	blob_u32(&body, o->format);
	blob_u32(&body, 0);
	blob_u32(&body, 0);
	blob_u32(&body, (uint32_t)((long)o->bytes + o->announce));
	blob_u32(&body, HANDLE_FOLDER + (uint32_t)o->folder);
	blob_u32(&body, o->handle);
	blob_put(&body, o->name, sizeof(o->name));
	blob_u32(&body, (uint32_t)o->taken);
	record(b, EOS_OBJECT_CARD, &body);
	free(body.data);
}

/* For the host: handle, format at 12, size at 20, name at 28. */
static void put_host_object(const struct object *o, struct blob *b)
{
	struct blob body = { 0 };

	blob_u32(&body, o->handle);
	blob_u32(&body, o->format);
	blob_u32(&body, 0);
	blob_u32(&body, (uint32_t)((long)o->bytes + o->announce));
	blob_u32(&body, 0);
	blob_put(&body, o->name, sizeof(o->name));
	blob_u32(&body, 0);
	record(b, EOS_OBJECT_HOST, &body);
	free(body.data);
}

static void put_number(struct blob *b, uint32_t type, uint32_t value)
{
	struct blob body = { 0 };

	blob_u32(&body, value);
	record(b, type, &body);
	free(body.data);
}

static void put_focus(struct blob *b, bool found)
{
	static const uint8_t good[6] = { 0, 0, 0, 0, 1, 0 }, bad[6] = { 0, 0, 2, 0, 0, 0 };
	struct blob body = { 0 };

	blob_u32(&body, 4 + 4 + 6);
	blob_u16(&body, OLC_FOCUS);
	blob_u16(&body, 0);
	blob_put(&body, found ? good : bad, 6);
	record(b, EOS_OLC, &body);
	free(body.data);
}

static void put_event(struct vcam *v, const struct event *e, struct blob *b)
{
	const struct object *o = card_find(v, e->param);
	const struct property *p = props_find(v, (uint16_t)e->param);

	if (e->code == EV_OBJECT_ADDED && o)
		put_card_object(o, b);
	else if (e->code == EV_SDRAM_ADDED && o)
		put_host_object(o, b);
	else if (e->code == EV_PROPERTY && p)
		put_property(v, p, b);
	else if (e->code == EV_EOS_CHOICES && p)
		put_choices(p, b);
	else if (e->code == EV_OBJECT_REMOVED)
		put_number(b, EOS_REMOVED, e->param);
	else if (e->code == EV_EOS_FOCUS)
		put_focus(b, e->param);
	else if (e->code == EV_EOS_STATUS)
		put_number(b, EOS_STATUS, e->param);
	else if (e->code == EV_CAPTURE_COMPLETE || e->code == EV_SDRAM_COMPLETE)
		put_number(b, EOS_STATUS, 0);
}

static void put_everything(struct vcam *v, struct blob *b)
{
	for (int i = 0; i < v->prop_count; i++)
		if (v->props[i].code >= 0xd000)
			put_property(v, &v->props[i], b);
	for (int i = 0; i < v->prop_count; i++)
		if (v->props[i].code >= 0xd000)
			put_choices(&v->props[i], b);
}

/* Texts without their end, lists longer than the data, a million events. */
static void put_hostile(struct vcam *v, struct blob *b)
{
	if (!v->hostile_left || v->hostile == HOSTILE_OFF || v->hostile == HOSTILE_LENGTH)
		return;
	v->hostile_left--;
	for (int i = 0; v->hostile == HOSTILE_EVENTS && i < 1000000; i++)
		put_number(b, EOS_STATUS, 0);
	if (v->hostile == HOSTILE_TEXT) {
		blob_u32(b, 8 + 4 + 4);
		blob_u32(b, EOS_PROPERTY);
		blob_u32(b, 0xd115);
		blob_u32(b, 0x41414141);
	}
	if (v->hostile == HOSTILE_ARRAY) {
		blob_u32(b, 8 + 12);
		blob_u32(b, EOS_CHOICES);
		blob_u32(b, 0xd103);
		blob_u32(b, 3);
		blob_u32(b, 0x1ffff);
	}
}

void canon_shots_left(struct vcam *v)
{
	struct property *left = props_find(v, 0xd11b);
	bool host = props_find(v, 0xd11c)->value == DESTINATION_HOST;
	uint32_t now = host ? HOST_SHOTS : v->no_card ? 0 : (uint32_t)vcam_free_images(v);

	if (!left->writable && left->value != now) { /* writable: held by hand */
		left->value = now;
		vcam_post(v, EV_PROPERTY, 0xd11b, clock_now_ms());
	}
}

uint16_t canon_get_event(struct vcam *v, struct blob *b)
{
	struct event e;

	if (!v->remote) {
		blob_u32(b, 8);
		blob_u32(b, 0);
		return RC_OK;
	}
	canon_shots_left(v);
	if (v->dump)
		put_everything(v, b);
	v->dump = false;
	put_hostile(v, b);
	while (vcam_due_event(v, clock_now_ms(), &e))
		put_event(v, &e, b);
	blob_u32(b, 8);
	blob_u32(b, 0);
	return RC_OK;
}

/* {length, property, value}; a text is ASCII, an ImageFormat a list of files. */
uint16_t canon_set_property(struct vcam *v, const struct vcam_request *rq)
{
	struct property *p =
		rq->bytes >= 12 ? props_find(v, (uint16_t)get_le32(rq->data + 4)) : NULL;
	uint32_t x = p ? get_le32(rq->data + 8) : 0;

	if (rq->bytes < 12)
		return RC_BAD_PARAMETER;
	if (!p)
		return RC_NO_PROPERTY;
	if (!p->writable || p->code == 0xd11b)
		return RC_READ_ONLY;
	if (p->type == TYPE_TEXT)
		snprintf(p->text, sizeof(p->text), "%.*s", (int)(rq->bytes - 8),
			 (const char *)rq->data + 8);
	else if (p->type == TYPE_EOS_TIME)
		v->clock_offset_s += (int)(x - local_clock(v));
	else if (p->type == TYPE_EOS_FORMAT && rq->bytes >= 20)
		p->value = x == 2 ? 1 : get_le32(rq->data + 16) == 6 ? 2 : 0;
	else
		p->value = p->type == TYPE_U8 ? (uint8_t)x : p->type == TYPE_U16 ? (uint16_t)x : x;
	vcam_post(v, EV_PROPERTY, p->code, clock_now_ms());
	return RC_OK;
}
