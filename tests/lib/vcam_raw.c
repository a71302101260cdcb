#include "tests/lib/vcam_raw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/base/clock.h"

int64_t raw_now_ms;
struct vcam *raw_cam;
struct vcam_reply raw_rp;

static int64_t fake_now(void)
{
	return raw_now_ms;
}

int raw_setup(void **state)
{
	const struct vcam_options o = { .body = *state };

	raw_now_ms = 1000;
	clock_set_source(fake_now);
	raw_cam = vcam_new(&o);
	return raw_cam ? 0 : -1;
}

int raw_teardown(void **state)
{
	(void)state;
	vcam_reply_free(&raw_rp);
	vcam_free(raw_cam);
	clock_set_source(NULL);
	return 0;
}

uint16_t raw_send(uint16_t op, const uint32_t *p, int count, const uint8_t *data, size_t bytes)
{
	struct vcam_request rq = { .op = op, .count = count, .data = data, .bytes = bytes };

	if (count)
		memcpy(rq.param, p, (size_t)count * 4);
	vcam_reply_free(&raw_rp);
	vcam_request(raw_cam, &rq, &raw_rp);
	return raw_rp.code;
}

uint16_t raw_ask(uint16_t op, uint32_t a, uint32_t b, uint32_t c)
{
	return raw_send(op, (uint32_t[]){ a, b, c }, 3, NULL, 0);
}

const char *raw_say(const char *line)
{
	static char out[4096];

	vcam_control(raw_cam, line, out, sizeof(out));
	assert_memory_equal(out, "ok", 2);
	return out;
}
