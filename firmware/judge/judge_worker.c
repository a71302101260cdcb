#define LOG_MODULE "judge"
#include "firmware/judge/judge_wire.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/log.h"
#include "firmware/base/text.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/record.h"

static void hash_bytes(const uint8_t *data, size_t bytes, uint8_t out[SHA256_BYTES])
{
	struct hash *h = hash_new();

	if (!h)
		return;
	hash_update(h, data, bytes);
	hash_final(h, out);
	hash_free(h);
}

static int answer(int sock, uint32_t id, const struct judge_verdict *v, struct image *crop)
{
	int rc, fd = crop ? image_share(crop) : -1;

	rc = wire_send(sock, JUDGE_VERDICT, id, v, sizeof(*v), &fd, fd >= 0);
	if (fd >= 0)
		close(fd);
	return rc;
}

static uint32_t warned(const struct check_result *r)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].code == CHECK_MOIRE)
			return 1;
	return 0;
}

/* Nobody waits for this: the verdict is out. */
static int tell_late(int sock, struct judge *j, const struct judge_verdict *v, const uint8_t *data,
		     size_t bytes, struct judge_outcome *out)
{
	struct judge_late late = { .moire = NAN };

	judge_moire(j, data, bytes, out);
	if (isnan(out->measures.moire))
		return 0;
	memcpy(late.sha256, v->sha256, sizeof(late.sha256));
	late.moire = out->measures.moire;
	late.warns = warned(&out->result);
	return wire_send(sock, JUDGE_LATE, 0, &late, sizeof(late), NULL, 0);
}

static int judge_fd(int sock, struct judge *j, uint32_t id, int fd)
{
	SCOPED_FREE uint8_t *data = NULL;
	struct judge_verdict v = { 0 };
	struct judge_outcome out = { 0 };
	size_t bytes = 0;
	int rc = judge_read(fd, &data, &bytes);

	if (rc < 0) {
		log_w("picture cannot be read rc=%d", rc);
		check_undecodable(rc, &v.result);
		return answer(sock, id, &v, NULL);
	}
	hash_bytes(data, bytes, v.sha256);
	judge_picture(j, data, bytes, &out);
	v.bytes = bytes;
	v.result = out.result;
	v.decode_ms = out.decode_ms;
	v.judge_ms = out.judge_ms;
	v.crop_width_px = out.crop ? out.crop->width_px : 0;
	v.crop_height_px = out.crop ? out.crop->height_px : 0;
	log_i("judged level=%u code=%s decode_ms=%d judge_ms=%d", v.result.level,
	      v.result.finding_count ? check_code_word(v.result.findings[0].code) : "-",
	      out.decode_ms, out.judge_ms);
	rc = answer(sock, id, &v, out.crop);
	image_unref(out.crop);
	return rc < 0 || out.result.level == CHECK_ERROR
		       ? rc
		       : tell_late(sock, j, &v, data, bytes, &out);
}

static int on_picture(int sock, struct judge *j, void *ctx, struct wire_msg *m)
{
	SCOPED_FD int fd = wire_take_fd(m, 0);

	(void)ctx;
	if (m->type != JUDGE_PICTURE || m->length != 0 || fd < 0)
		return -EPROTO;
	return judge_fd(sock, j, m->id, fd);
}

static int configure(struct wire_msg *m, struct judge *j)
{
	const struct judge_config *c;
	struct config_error err;
	int rc;

	if (m->type != WIRE_CONFIG || !(c = wire_body(m, sizeof(*c))) ||
	    !memchr(c->preset, 0, sizeof(c->preset)) || !memchr(c->job, 0, sizeof(c->job)) ||
	    !memchr(c->landmarks, 0, sizeof(c->landmarks)))
		return -EPROTO;
	rc = judge_open(c->preset, c->job, c->landmarks, j, &err);
	if (rc < 0)
		log_e("not started: %s", err.text);
	return rc;
}

static void introduce(const struct judge *j, struct judge_ready *ready)
{
	_Static_assert(sizeof(ready->model) >= SHA256_HEX, "a hash fits");
	ready->has_landmarks = face_has_points(j->face);
	text_copy(ready->engine, sizeof(ready->engine), face_version(j->face));
	if (ready->has_landmarks)
		record_model(j->landmarks, ready->model);
}

static int serve(int sock, struct wire_msg *m, struct judge *j, judge_request on_request, void *ctx)
{
	struct judge_ready ready = { 0 };
	int rc = wire_recv(sock, -1, m);

	if (rc == 0) {
		rc = configure(m, j);
		wire_close_fds(m);
	}
	if (rc < 0)
		return rc;
	introduce(j, &ready);
	rc = wire_send(sock, JUDGE_READY, 0, &ready, sizeof(ready), NULL, 0);
	while (rc == 0) {
		rc = wire_recv(sock, -1, m);
		if (rc < 0)
			break;
		rc = on_request(sock, j, ctx, m);
		wire_close_fds(m);
	}
	return rc;
}

int judge_serve(int sock, judge_request on_request, void *ctx)
{
	SCOPED_FREE struct wire_msg *m = malloc(sizeof(*m));
	struct judge j = { 0 };
	int rc = m ? serve(sock, m, &j, on_request, ctx) : -ENOMEM;

	judge_close(&j);
	return rc == -EPIPE ? 0 : 1;
}

int judge_worker_run(int sock)
{
	return judge_serve(sock, on_picture, NULL);
}
