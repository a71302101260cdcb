/* The card: files that survive unplugging, each the bytes of a source with a head of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/camera/vcam_internal.h"

struct object *card_find(struct vcam *v, uint32_t handle)
{
	if (handle == HANDLE_SDRAM)
		return v->sdram_full ? &v->sdram : NULL;
	for (size_t i = 0; i < v->object_count; i++)
		if (v->objects[i].handle == handle)
			return &v->objects[i];
	return NULL;
}

void object_make(struct vcam *v, struct object *o, const struct source *src)
{
	size_t pad = v->big_bytes > src->bytes ? v->big_bytes - src->bytes : 0;

	o->src = src;
	o->taken = time(NULL) + v->clock_offset_s;
	o->head = object_head(v, v->shots, o->taken, pad, &o->head_bytes);
	o->bytes = o->head_bytes + src->bytes - 2;
}

struct object *card_add(struct vcam *v, const struct source *src, uint16_t format, const char *ext)
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
	memset(o, 0, sizeof(*o));
	o->handle = v->next_handle++;
	o->format = format;
	snprintf(o->name, sizeof(o->name), "DSC_%04d.%s", v->next_number % 10000, ext);
	object_make(v, o, src);
	return o;
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
	free(v->sdram.head);
	memset(&v->sdram, 0, sizeof(v->sdram));
	v->sdram_full = false;
}

void object_read(const struct object *o, size_t offset, uint8_t *out, size_t bytes)
{
	if (offset < o->head_bytes) {
		size_t n = o->head_bytes - offset < bytes ? o->head_bytes - offset : bytes;

		memcpy(out, o->head + offset, n);
		out += n;
		offset += n;
		bytes -= n;
	}
	if (bytes)
		memcpy(out, o->src->data + 2 + (offset - o->head_bytes), bytes);
}
