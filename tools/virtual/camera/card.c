/* The card: files that survive unplugging, each the bytes of a source with a head of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/vcam_internal.h"

struct object *card_find(struct vcam *v, uint32_t handle)
{
	for (int i = 0; handle && i < RAM_MAX; i++)
		if (v->ram[i].handle == handle)
			return &v->ram[i];
	for (size_t i = 0; i < v->object_count; i++)
		if (v->objects[i].handle == handle)
			return &v->objects[i];
	return NULL;
}

static bool take(int *left)
{
	if (*left <= 0)
		return false;
	--*left;
	return true;
}

static void make(struct vcam *v, struct object *o, const struct source *src, bool raw)
{
	size_t pad = v->big_bytes > src->bytes ? v->big_bytes - src->bytes : 0;

	memset(o, 0, sizeof(*o));
	o->format = raw ? v->body->raw_format : FORMAT_JPEG;
	snprintf(o->name, sizeof(o->name), "%s%04d.%s", v->body->prefix, v->next_number % 10000,
		 raw ? v->body->raw_ext : "JPG");
	o->folder = v->folder;
	o->src = src;
	o->taken = time(NULL) + v->clock_offset_s;
	o->head = object_head(v, v->shots, o->taken, pad, &o->head_bytes);
	o->bytes = o->head_bytes + src->bytes - 2;
	if (raw)
		return; /* the faults below are for what the kiosk keeps */
	o->announce = take(&v->announce_left) ? v->announce : 0;
	o->corrupt = take(&v->corrupt_left);
	o->bomb = take(&v->bomb_left);
	if (take(&v->cut_left) && v->cut_bytes < o->bytes)
		o->bytes = v->cut_bytes;
}

struct object *card_add(struct vcam *v, const struct source *src, bool raw)
{
	struct object *o;

	if (v->object_count == v->object_cap) {
		size_t cap = v->object_cap * 2 + 16;
		struct object *grown = realloc(v->objects, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		v->objects = grown;
		v->object_cap = cap;
	}
	o = &v->objects[v->object_count++];
	make(v, o, src, raw);
	o->handle = v->next_handle++;
	return o;
}

struct object *ram_add(struct vcam *v, const struct source *src, bool raw, uint32_t handle)
{
	struct object *o = &v->ram[handle ? 0 : v->ram_next++ % RAM_MAX];

	free(o->head);
	make(v, o, src, raw);
	o->handle = handle ? handle : v->next_handle++;
	return o;
}

void ram_drop(struct vcam *v, uint32_t handle)
{
	for (int i = 0; i < RAM_MAX; i++) {
		if (v->ram[i].handle != handle)
			continue;
		free(v->ram[i].head);
		memset(&v->ram[i], 0, sizeof(v->ram[i]));
	}
}

int card_remove(struct vcam *v, uint32_t handle)
{
	for (size_t i = 0; i < v->object_count; i++) {
		if (v->objects[i].handle != handle)
			continue;
		free(v->objects[i].head);
		memmove(&v->objects[i], &v->objects[i + 1],
			(v->object_count - i - 1) * sizeof(v->objects[0]));
		v->object_count--;
		return 0;
	}
	return -1;
}

void card_clear(struct vcam *v)
{
	for (size_t i = 0; i < v->object_count; i++)
		free(v->objects[i].head);
	v->object_count = 0;
	for (int i = 0; i < RAM_MAX; i++)
		ram_drop(v, v->ram[i].handle);
}

/* A bomb says 65500 × 65500 in its frame header and has the bytes of a small picture. */
static void spoil(const struct object *o, size_t offset, uint8_t *out, size_t bytes)
{
	static const uint8_t huge[4] = { 0xff, 0xdc, 0xff, 0xdc };
	const uint8_t *d = o->src->data;
	size_t at = 2, body = o->head_bytes - 2; /* of the source's bytes, in the file */

	while (o->bomb && at + 9 < o->src->bytes && d[at] == 0xff && (d[at + 1] & 0xfc) != 0xc0)
		at += 2 + (size_t)(d[at + 2] << 8 | d[at + 3]);
	for (size_t i = 0; o->bomb && i < sizeof(huge); i++)
		if (body + at + 5 + i >= offset && body + at + 5 + i < offset + bytes)
			out[body + at + 5 + i - offset] = huge[i];
	for (size_t i = 0; o->corrupt && i < bytes; i++)
		if (offset + i > o->bytes / 2 && offset + i + 2 < o->bytes)
			out[i] = (uint8_t)(out[i] ^ (0x5a + offset + i));
}

void object_read(const struct object *o, size_t offset, uint8_t *out, size_t bytes)
{
	uint8_t *to = out;
	size_t from = offset, left = bytes;

	if (from < o->head_bytes) {
		size_t n = o->head_bytes - from < left ? o->head_bytes - from : left;

		memcpy(to, o->head + from, n);
		to += n;
		from += n;
		left -= n;
	}
	if (left)
		memcpy(to, o->src->data + 2 + (from - o->head_bytes), left);
	if (o->corrupt || o->bomb)
		spoil(o, offset, out, bytes);
}
