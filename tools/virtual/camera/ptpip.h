/*
 * PTP/IP framing (CIPA DC-005): packets of {length u32, type u32, payload} over two TCP
 * connections, one for commands and data, one for events. Bytes only; the sockets are in serve.c.
 *  1/2 init command request/ack   3/4 init event request/ack   5 init fail
 *  6 operation request  7 response  8 event  9 start data  10 data  11 cancel  12 end data
 *  13/14 probe request/response
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tools/virtual/camera/vcam.h"

enum {
	PTPIP_INIT_COMMAND = 1,
	PTPIP_INIT_COMMAND_ACK,
	PTPIP_INIT_EVENT,
	PTPIP_INIT_EVENT_ACK,
	PTPIP_INIT_FAIL,
	PTPIP_REQUEST,
	PTPIP_RESPONSE,
	PTPIP_EVENT,
	PTPIP_START_DATA,
	PTPIP_DATA,
	PTPIP_CANCEL,
	PTPIP_END_DATA,
	PTPIP_PROBE,
	PTPIP_PROBE_ANSWER,
	PTPIP_HEAD_BYTES = 8,
	PTPIP_PACKET_MAX = 1 << 20,
	PTPIP_CHUNK_BYTES = 64 * 1024,
};

struct ptpip_packet {
	uint32_t type;
	const uint8_t *payload; /* inside the caller's buffer */
	size_t bytes;
};

/**
 * ptpip_parse() - the first packet of @data
 * Return: bytes it takes; 0 when more are needed; -EPROTO for a length that cannot be.
 */
long ptpip_parse(const uint8_t *data, size_t bytes, struct ptpip_packet *out);

/** ptpip_request() - read a request's payload. Return: 0, -EPROTO. */
int ptpip_request(const struct ptpip_packet *p, struct vcam_request *out, uint32_t *data_phase);

/** ptpip_frame() - write one packet into @out (payload follows its 8-byte head). Return: bytes,
 * 0 when it does not fit. */
size_t ptpip_frame(uint8_t *out, size_t size, uint32_t type, const void *payload, size_t bytes);

/** ptpip_response() - the response packet of @rp. Return: bytes. */
size_t ptpip_response(uint8_t *out, size_t size, uint32_t transaction, const struct vcam_reply *rp);

/** serve() - run the camera until SIGTERM: PTP/IP on 127.0.0.1 and the control socket.
 * @port 0 takes a free one. Prints "READY port=N" to @ready_fd when both accept.
 * Return: 0 or a negative errno. */
int ptpip_serve(struct vcam *v, int port, const char *control, int ready_fd);
