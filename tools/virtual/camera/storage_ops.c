/* Operations on the card: storages, handles, object data sets, objects themselves. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tools/virtual/camera/vcam_internal.h"

uint16_t op_storage_ids(struct vcam *v, struct blob *b)
{
	blob_u32(b, 1);
	blob_u32(b, v->no_card ? STORAGE_EMPTY : STORAGE_ID);
	return RC_OK;
}

uint16_t op_storage_info(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	bool phone = v->body == &body_phone;

	if (rq->param[0] != STORAGE_ID)
		return RC_BAD_STORAGE;
	if (v->no_card)
		return RC_NO_STORE;
	blob_u16(b, phone ? 3 : 4); /* fixed, or removable RAM */
	blob_u16(b, phone ? 2 : 3); /* hierarchical, or DCF */
	blob_u16(b, v->locked ? 1 : 0);
	blob_u64(b, 32ULL << 30);
	blob_u64(b, (uint64_t)vcam_free_images(v) * (12ULL << 20));
	blob_u32(b, phone ? 0xffffffff : (uint32_t)vcam_free_images(v));
	blob_text(b, phone ? "Internal storage" : "SD");
	blob_text(b, "");
	return RC_OK;
}

static int folders(const struct vcam *v)
{
	int n = v->folder + 1;

	for (size_t i = 0; i < v->object_count; i++)
		if (v->objects[i].folder >= n)
			n = v->objects[i].folder + 1;
	return n;
}

uint16_t op_handles(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	uint32_t parent = rq->param[2], count = 0;
	struct blob list = { 0 };

	if (v->no_card)
		return RC_NO_STORE;
	if (parent == 0 || parent == 0xffffffff) {
		blob_u32(&list, HANDLE_DCIM);
		count++;
	}
	for (int i = 0; i < folders(v) && (parent == 0 || parent == HANDLE_DCIM); i++, count++)
		blob_u32(&list, HANDLE_FOLDER + (uint32_t)i);
	for (size_t i = 0; i < v->object_count; i++) {
		if (parent != 0 && parent != HANDLE_FOLDER + (uint32_t)v->objects[i].folder)
			continue;
		blob_u32(&list, v->objects[i].handle);
		count++;
	}
	if (v->hostile == HOSTILE_ARRAY && v->hostile_left && v->hostile_left--)
		count = 0x3fffffff;
	blob_u32(b, count);
	blob_put(b, list.data, list.bytes);
	free(list.data);
	return RC_OK;
}

static void describe(struct vcam *v, struct blob *b, uint32_t storage, const struct object *o,
		     uint32_t parent, const char *name)
{
	blob_u32(b, storage);
	blob_u16(b, o ? o->format : FORMAT_FOLDER);
	blob_u16(b, 0);
	blob_u32(b, o ? (uint32_t)((long)o->bytes + o->announce) : 0);
	blob_u16(b, o ? FORMAT_JPEG : 0); /* thumbnail */
	blob_u32(b, 0);
	blob_u32(b, o ? 160 : 0);
	blob_u32(b, o ? 120 : 0);
	blob_u32(b, o ? (uint32_t)o->src->width_px : 0);
	blob_u32(b, o ? (uint32_t)o->src->height_px : 0);
	blob_u32(b, o ? 24 : 0);
	blob_u32(b, parent);
	blob_u16(b, o ? 0 : 1);
	blob_u32(b, 0);
	blob_u32(b, 0);
	if (v->hostile == HOSTILE_TEXT && v->hostile_left && v->hostile_left--) {
		blob_u8(b, 255); /* and nothing behind it */
		return;
	}
	blob_text(b, name);
	if (o) {
		blob_time(b, o->taken);
		blob_time(b, o->taken);
	} else {
		blob_text(b, "");
		blob_text(b, "");
	}
	blob_text(b, "");
}

static void folder_name(const struct vcam *v, int i, char *out, size_t size)
{
	if (v->body == &body_phone)
		snprintf(out, size, "%s", v->body->folder);
	else
		snprintf(out, size, "%03d%s", 100 + i, v->body->folder);
}

uint16_t op_object_info(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	uint32_t handle = rq->param[0];
	const struct object *o;
	char name[24];

	if (handle == HANDLE_DCIM) {
		describe(v, b, STORAGE_ID, NULL, 0, "DCIM");
	} else if (handle >= HANDLE_FOLDER && handle < HANDLE_FOLDER + (uint32_t)folders(v)) {
		folder_name(v, (int)(handle - HANDLE_FOLDER), name, sizeof(name));
		describe(v, b, STORAGE_ID, NULL, HANDLE_DCIM, name);
	} else if ((o = card_find(v, handle))) {
		bool ram = o >= v->ram && o < v->ram + RAM_MAX;

		describe(v, b, ram ? 0 : STORAGE_ID, o,
			 ram ? 0 : HANDLE_FOLDER + (uint32_t)o->folder, o->name);
	} else {
		return RC_BAD_HANDLE;
	}
	return RC_OK;
}

/* Something befalls the transfer in the middle. */
static void break_off(struct vcam *v, size_t from, size_t bytes, struct vcam_reply *rp)
{
	if (v->mid == MID_OFF || v->mid_bytes < from || v->mid_bytes >= from + bytes)
		return;
	rp->cut = v->mid == MID_STALL	? VCAM_CUT_STALL
		  : v->mid == MID_CLOSE ? VCAM_CUT_CLOSE
					: VCAM_CUT_UNPLUG;
	rp->cut_after = v->mid_bytes - from;
	v->mid = MID_OFF;
}

uint16_t op_object(struct vcam *v, uint32_t handle, size_t from, size_t bytes,
		   struct vcam_reply *rp)
{
	const struct object *o = card_find(v, handle);

	if (!o)
		return RC_BAD_HANDLE;
	if (from > o->bytes)
		return RC_BAD_PARAMETER;
	bytes = bytes < o->bytes - from ? bytes : o->bytes - from;
	rp->data = malloc(bytes + 1);
	if (!rp->data)
		return RC_GENERAL;
	object_read(o, from, rp->data, bytes);
	rp->bytes = bytes;
	rp->claim = v->phase;
	v->phase = 0;
	if (v->rate_bytes_per_ms > 0)
		rp->due_ms += (int64_t)(bytes / (size_t)v->rate_bytes_per_ms);
	break_off(v, from, bytes, rp);
	return RC_OK;
}

/* 100B with handle FFFFFFFF empties the card, as on the real thing. */
uint16_t op_delete(struct vcam *v, uint32_t handle)
{
	if (v->locked)
		return RC_STORE_READ_ONLY;
	if (handle == 0xffffffff) {
		card_clear(v);
		return RC_OK;
	}
	return card_remove(v, handle) ? RC_BAD_HANDLE : RC_OK;
}
