/* Operations on the card: storages, handles, object data sets, objects themselves. */
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/camera/vcam_internal.h"

uint16_t op_storage_ids(struct vcam *v, struct blob *b)
{
	blob_u32(b, 1);
	blob_u32(b, v->no_card ? STORAGE_EMPTY : STORAGE_ID);
	return RC_OK;
}

uint16_t op_storage_info(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	if (rq->param[0] != STORAGE_ID)
		return RC_BAD_STORAGE;
	if (v->no_card)
		return RC_NO_STORE;
	blob_u16(b, 4); /* removable RAM */
	blob_u16(b, 3); /* DCF */
	blob_u16(b, 0);
	blob_u64(b, 32ULL << 30);
	blob_u64(b, (uint64_t)vcam_free_images(v) * (12ULL << 20));
	blob_u32(b, (uint32_t)vcam_free_images(v));
	blob_text(b, "SD");
	blob_text(b, "");
	return RC_OK;
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
	if (parent == 0 || parent == HANDLE_DCIM) {
		blob_u32(&list, HANDLE_FOLDER);
		count++;
	}
	for (size_t i = 0; i < v->object_count && (parent == 0 || parent == HANDLE_FOLDER); i++) {
		blob_u32(&list, v->objects[i].handle);
		count++;
	}
	blob_u32(b, count);
	blob_put(b, list.data, list.bytes);
	free(list.data);
	return RC_OK;
}

static void describe(struct blob *b, uint32_t storage, uint16_t format, const struct object *o,
		     uint32_t parent, const char *name)
{
	blob_u32(b, storage);
	blob_u16(b, format);
	blob_u16(b, 0);
	blob_u32(b, o ? (uint32_t)o->bytes : 0);
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

uint16_t op_object_info(struct vcam *v, const struct vcam_request *rq, struct blob *b)
{
	const struct object *o;

	if (rq->param[0] == HANDLE_DCIM)
		describe(b, STORAGE_ID, FORMAT_FOLDER, NULL, 0, "DCIM");
	else if (rq->param[0] == HANDLE_FOLDER)
		describe(b, STORAGE_ID, FORMAT_FOLDER, NULL, HANDLE_DCIM, "100ND750");
	else if ((o = card_find(v, rq->param[0])))
		describe(b, o == &v->sdram ? 0 : STORAGE_ID, o->format, o,
			 o == &v->sdram ? 0 : HANDLE_FOLDER, o->name[0] ? o->name : "DSC_0000.JPG");
	else
		return RC_BAD_HANDLE;
	return RC_OK;
}

/* GetObject, or GetPartialObject with offset and length. */
uint16_t op_object(struct vcam *v, const struct vcam_request *rq, struct vcam_reply *rp)
{
	const struct object *o = card_find(v, rq->param[0]);
	size_t from = 0, bytes;

	if (!o)
		return RC_BAD_HANDLE;
	bytes = o->bytes;
	if (rq->op == 0x101b) {
		from = rq->param[1];
		if (from > o->bytes)
			return RC_BAD_PARAMETER;
		bytes = rq->param[2] < o->bytes - from ? rq->param[2] : o->bytes - from;
		rp->count = 1;
		rp->param[0] = (uint32_t)bytes;
	}
	rp->data = malloc(bytes + 1);
	if (!rp->data)
		return RC_GENERAL;
	object_read(o, from, rp->data, bytes);
	rp->bytes = bytes;
	if (v->rate_bytes_per_ms > 0)
		rp->due_ms += (int64_t)(bytes / (size_t)v->rate_bytes_per_ms);
	if (v->close_mid && v->close_mid >= from && v->close_mid < from + bytes) {
		rp->cut = true;
		rp->cut_after = v->close_mid - from;
		v->close_mid = 0;
	}
	return RC_OK;
}

/* 100B with handle FFFFFFFF empties the card, as on the real thing. */
uint16_t op_delete(struct vcam *v, const struct vcam_request *rq)
{
	if (rq->param[0] == 0xffffffff) {
		card_clear(v);
		return RC_OK;
	}
	return card_remove(v, rq->param[0]) ? RC_BAD_HANDLE : RC_OK;
}
