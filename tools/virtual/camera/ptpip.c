#include "tools/virtual/camera/ptpip.h"

#include <errno.h>
#include <string.h>

#include "firmware/base/bytes.h"

long ptpip_parse(const uint8_t *data, size_t bytes, struct ptpip_packet *out)
{
	uint32_t length;

	if (bytes < PTPIP_HEAD_BYTES)
		return 0;
	length = get_le32(data);
	if (length < PTPIP_HEAD_BYTES || length > PTPIP_PACKET_MAX)
		return -EPROTO;
	if (bytes < length)
		return 0;
	out->type = get_le32(data + 4);
	out->payload = data + PTPIP_HEAD_BYTES;
	out->bytes = length - PTPIP_HEAD_BYTES;
	return (long)length;
}

int ptpip_request(const struct ptpip_packet *p, struct vcam_request *out, uint32_t *data_phase)
{
	memset(out, 0, sizeof(*out));
	if (p->type != PTPIP_REQUEST || p->bytes < 10 || (p->bytes - 10) % 4 ||
	    p->bytes > 10 + 4 * VCAM_PARAMS_MAX)
		return -EPROTO;
	*data_phase = get_le32(p->payload);
	out->op = get_le16(p->payload + 4);
	out->transaction = get_le32(p->payload + 6);
	out->count = (int)((p->bytes - 10) / 4);
	for (int i = 0; i < out->count; i++)
		out->param[i] = get_le32(p->payload + 10 + 4 * i);
	return 0;
}

size_t ptpip_frame(uint8_t *out, size_t size, uint32_t type, const void *payload, size_t bytes)
{
	if (size < PTPIP_HEAD_BYTES + bytes)
		return 0;
	put_le32(out, (uint32_t)(PTPIP_HEAD_BYTES + bytes));
	put_le32(out + 4, type);
	if (bytes)
		memcpy(out + PTPIP_HEAD_BYTES, payload, bytes);
	return PTPIP_HEAD_BYTES + bytes;
}

size_t ptpip_response(uint8_t *out, size_t size, uint32_t transaction, const struct vcam_reply *rp)
{
	uint8_t payload[6 + 4 * VCAM_PARAMS_MAX];

	put_le16(payload, rp->code);
	put_le32(payload + 2, transaction);
	for (int i = 0; i < rp->count; i++)
		put_le32(payload + 6 + 4 * i, rp->param[i]);
	return ptpip_frame(out, size, PTPIP_RESPONSE, payload, 6 + 4 * (size_t)rp->count);
}
