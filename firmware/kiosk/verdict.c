/*
 * The verdict of a stored shot. The judge worker reads the file itself and hashes it again; only
 * when both hashes agree and the acceptance is committed may the screen say 拍好了, and only then
 * may the camera's copy go. A judge that crashes or hangs leaves the picture kept and unchecked.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/record.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "verdict"
#include "firmware/base/log.h"

enum { GIVE_UP_MS = 15000, LOAD_MS = 30000 };

/* --- into the store ---------------------------------------------------------------------------- */

static bool accepted(const struct check_result *r)
{
	return r->level == CHECK_PASS || r->level == CHECK_WARN;
}

static const char *level_word(uint32_t level)
{
	static const char *const words[CHECK_LEVEL_COUNT] = { "pass", "warn", "fail", "error" };

	return words[level];
}

static void explain(struct kiosk *k, const struct check_result *r)
{
	int arrow;

	k->reason_id[0] = '\0';
	if (!accepted(r))
		check_reason_id(r, 0, k->reason_id, &arrow);
}

const char *verdict_reason(const struct check_result *r)
{
	if (!r->reason_count)
		return "";
	return check_code_word((enum check_code)r->findings[r->reasons[0]].code);
}

/* A strobe that missed and lamps that change are seen from one picture to the next only. */
static void watch_light(struct kiosk *k, const struct check_result *r)
{
	static const char *const notes[] = {
		[CHECK_LIGHT_MISFIRE] = "notice.misfire", [CHECK_LIGHT_DRIFT] = "notice.drift"
	};
	enum check_light light = CHECK_LIGHT_USUAL;

	for (uint32_t i = 0; i < r->measure_count; i++)
		if (!strcmp(r->measures[i].name, "scene_light"))
			light = check_history_add(&k->verdict.history, r->measures[i].value);
	if (light != CHECK_LIGHT_USUAL)
		kiosk_notice(k, notes[light], 8000);
}

/* What is being saved, kept by itself: the kiosk may go on before the disk answers. */
struct saving {
	struct kiosk *k;
	enum purpose purpose;
	bool accepted, asked; /* asked: the photographer decides */
	uint32_t level;
	struct book *book;
	struct camera_object object;
};

/* Events are for the visit the picture belongs to, and only while it is the open one. */
static void tell_visit(struct saving *s, const struct store_reply *reply)
{
	struct kiosk *k = s->k;

	if (reply->cause == STORE_BAD_PICTURE) {
		k->shot = 0; /* there is nothing to accept */
		stage_cause_id(k->reason_id, "store", stage_store_word(reply->cause));
		session_event(&k->session, EV_VERDICT_FAIL);
	} else if (reply->cause != STORE_OK) {
		kiosk_fault(k, "store", stage_store_word(reply->cause));
		session_event(&k->session, EV_SAVE_FAULT);
	} else {
		session_event(&k->session, s->accepted ? EV_COMMITTED
					   : s->asked  ? EV_VERDICT_ASK
						       : EV_VERDICT_FAIL);
	}
}

static void on_saved(void *ctx, struct store_reply *reply)
{
	struct saving *s = ctx;
	struct kiosk *k = s->k;

	if (reply->cause == STORE_OK) { /* both hashes agree and it is committed: the copy may go */
		shoot_remove(s->book, reply->shot, &s->object);
		control_event(k, "verdict", reply->visit, reply->shot, level_word(s->level));
		kiosk_count(k);
	}
	if (s->purpose == FOR_VISIT && reply->shot == k->shot)
		tell_visit(s, reply);
	free(s);
	kiosk_settle(k);
}

static void save(struct kiosk *k, const struct judge_verdict *jv)
{
	const struct check_result *r = &jv->result;
	struct verdict *v = &k->verdict;
	struct record_by by = { .preset = &v->preset, .engine = v->engine, .model = v->model };
	SCOPED_FREE char *json = record_json(&by, r);
	const char *reason = accepted(r) ? NULL : verdict_reason(r);
	struct saving *s = calloc(1, sizeof(*s));

	if (!s)
		abort(); /* as in picture_new() */
	*s = (struct saving){ .k = k,
			      .purpose = v->purpose,
			      .level = r->level,
			      .book = v->book,
			      .object = v->object };
	s->asked = r->level == CHECK_WARN && v->preset.warn == WARN_ASK && v->purpose == FOR_VISIT;
	s->accepted = accepted(r) && v->purpose == FOR_VISIT && !s->asked;
	store_verdict(k->store, v->shot, jv->sha256, level_word(r->level), reason, json,
		      s->accepted, on_saved, s);
	v->shot = 0;
}

/* A test shot belongs to nobody: its measures are shown, nothing is accepted. */
static void show_test(struct kiosk *k)
{
	k->overlay = OVERLAY_TEST;
	k->overlay_until_ms = clock_now_ms() + 8000;
	session_event(&k->session, EV_TEST_DONE);
}

/* --- asking ------------------------------------------------------------------------------------ */

static void close_fd(struct verdict *v)
{
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
	v->request = 0;
}

void verdict_clear(struct kiosk *k)
{
	struct verdict *v = &k->verdict;

	close_fd(v);
	v->shot = 0;
	v->has_result = v->unchecked = false;
	image_unref(v->crop);
	v->crop = NULL;
}

static void ask_worker(struct kiosk *k)
{
	struct verdict *v = &k->verdict;

	if (v->fd < 0 || !v->ready || v->request)
		return;
	v->request =
		worker_request(v->worker, JUDGE_PICTURE, NULL, 0, &v->fd, 1, JUDGE_DEADLINE_MS);
	if (v->request < 0) /* still busy with a picture nobody waits for: asked again after it */
		v->request = 0;
}

/* The picture is kept; a person decides. */
static void give_up(struct kiosk *k)
{
	struct verdict *v = &k->verdict;

	log_w("shot stays unchecked shot=%lld", (long long)v->shot);
	close_fd(v);
	v->unchecked = true;
	v->shot = 0;
	text_copy(k->reason_id, sizeof(k->reason_id), "reason.unchecked");
	session_event(&k->session, v->purpose == FOR_TEST ? EV_TEST_DONE : EV_VERDICT_FAIL);
}

void verdict_ask(struct kiosk *k, const struct picture *p, int fd)
{
	struct verdict *v = &k->verdict;

	verdict_clear(k);
	v->shot = p->shot;
	v->fd = fd;
	v->purpose = p->purpose;
	v->book = p->book;
	v->object = p->object;
	v->stored_ms = clock_now_ms();
	v->give_up_ms = v->stored_ms + GIVE_UP_MS;
	v->tries = 0;
	ask_worker(k);
}

void verdict_tick(struct kiosk *k)
{
	struct verdict *v = &k->verdict;

	if (v->fd >= 0 && clock_now_ms() >= v->give_up_ms)
		give_up(k);
	if (v->load_until_ms && !v->ready && clock_now_ms() >= v->load_until_ms) {
		v->load_until_ms = 0;
		worker_give_up(v->worker);
	}
}

static void on_accepted(void *ctx, struct store_reply *reply)
{
	struct kiosk *k = ctx;

	if (reply->shot != k->shot)
		return; /* its visit is over */
	if (reply->cause == STORE_OK) {
		kiosk_count(k);
		session_event(&k->session, EV_COMMITTED);
	} else {
		kiosk_fault(k, "store", stage_store_word(reply->cause));
		session_event(&k->session, EV_SAVE_FAULT);
	}
	kiosk_settle(k);
}

void verdict_accept(struct kiosk *k)
{
	store_accept(k->store, k->shot, "photographer", on_accepted, k);
}

/* --- hearing ----------------------------------------------------------------------------------- */

static int take_crop(struct kiosk *k, const struct judge_verdict *jv, struct wire_msg *m)
{
	struct verdict *v = &k->verdict;
	int fd = wire_take_fd(m, 0);

	if (!jv->crop_width_px) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	if (fd < 0)
		return -EPROTO;
	return image_adopt(fd, jv->crop_width_px, jv->crop_height_px, &v->crop);
}

static int on_verdict(struct kiosk *k, struct wire_msg *m)
{
	const struct judge_verdict *jv = wire_body(m, sizeof(*jv));
	struct verdict *v = &k->verdict;

	if (!jv || !check_result_valid(&jv->result) || take_crop(k, jv, m) < 0)
		return -EPROTO;
	if (m->id != v->request) { /* of a picture given up meanwhile */
		image_unref(v->crop);
		v->crop = NULL;
		ask_worker(k);
		return 0;
	}
	close_fd(v);
	v->result = jv->result;
	v->has_result = true;
	explain(k, &jv->result);
	watch_light(k, &jv->result);
	log_i("judged shot=%lld level=%s decode_ms=%d judge_ms=%d", (long long)v->shot,
	      level_word(jv->result.level), jv->decode_ms, jv->judge_ms);
	v->judged = v->shot;
	memcpy(v->judged_sha256, jv->sha256, sizeof(v->judged_sha256));
	save(k, jv);
	if (v->purpose == FOR_TEST)
		show_test(k);
	return 0;
}

/* Measured beside the verdict: a note to the operator and to the ledger, never a refusal. */
static int on_late(struct kiosk *k, const struct judge_late *late)
{
	struct verdict *v = &k->verdict;
	char text[120];

	if (!late)
		return -EPROTO;
	if (!v->judged || memcmp(late->sha256, v->judged_sha256, sizeof(late->sha256)) ||
	    !isfinite(late->moire))
		return 0; /* of a picture that is past */
	snprintf(text, sizeof(text), "{\"moire\":%.3f,\"shot\":%lld,\"warn\":%.3f}", late->moire,
		 (long long)v->judged, v->preset.limits.moire_warn);
	store_note(k->store, "shot.moire", text);
	v->judged = 0;
	if (late->warns)
		kiosk_notice(k, "notice.moire", 8000);
	return 0;
}

static int on_ready(struct kiosk *k, const struct judge_ready *ready)
{
	struct verdict *v = &k->verdict;

	if (!ready || !memchr(ready->engine, 0, sizeof(ready->engine)) ||
	    !memchr(ready->model, 0, sizeof(ready->model)))
		return -EPROTO;
	v->ready = true;
	v->box_only = !ready->has_landmarks;
	text_copy(v->engine, sizeof(v->engine), ready->engine);
	text_copy(v->model, sizeof(v->model), ready->model);
	ask_worker(k);
	return 0;
}

static int on_message(void *ctx, struct wire_msg *m)
{
	struct kiosk *k = ctx;
	int rc = -EPROTO;

	if (m->type == JUDGE_READY) {
		rc = on_ready(k, wire_body(m, sizeof(struct judge_ready)));
	} else if (m->type == JUDGE_VERDICT) {
		rc = on_verdict(k, m);
	} else if (m->type == JUDGE_LATE) {
		rc = on_late(k, wire_body(m, sizeof(struct judge_late)));
	}
	kiosk_settle(k);
	return rc;
}

/* JUDGE_READY follows when the model is loaded. */
static void on_up(void *ctx)
{
	struct kiosk *k = ctx;

	k->verdict.load_until_ms = clock_now_ms() + LOAD_MS;
}

/* It may have been killed from outside: one more try. It may have died of the picture: only one. */
static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	struct kiosk *k = ctx;

	(void)request_id;
	k->verdict.ready = false;
	control_event(k, "worker", 0, 0, why == WORKER_HUNG ? "judge hung" : "judge gone");
	if (k->verdict.fd >= 0 && k->verdict.request) {
		k->verdict.request = 0;
		if (++k->verdict.tries >= 2)
			give_up(k);
	}
	kiosk_settle(k);
}

static const struct worker_ops ops = {
	.kind = "judge",
	.on_up = on_up,
	.on_message = on_message,
	.on_down = on_down,
};

/* What one job wants differently, beside its database. */
static int job_path(const struct kiosk *k, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/jobs/%s/job.conf", k->config.data, k->job);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int verdict_start(struct kiosk *k)
{
	struct judge_config c = { 0 };
	struct config_error err;

	k->verdict.fd = -1;
	if (preset_path(k->config.preset, c.preset, sizeof(c.preset)) < 0) {
		fprintf(stderr, "tapshot kiosk: judge.preset = %s: there is no such preset\n",
			k->config.preset);
		return -ENOENT;
	}
	if (job_path(k, c.job, sizeof(c.job)) < 0)
		return -ENAMETOOLONG;
	if (preset_load(c.preset, c.job, &k->verdict.preset, &err) < 0) {
		fprintf(stderr, "tapshot kiosk: %s\n", err.text);
		return -EINVAL;
	}
	text_copy(c.landmarks, sizeof(c.landmarks),
		  k->config.landmarks[0] ? k->config.landmarks : JUDGE_MODEL);
	k->verdict.config = c;
	return worker_start(k->loop, &ops, k, &c, sizeof(c), &k->verdict.worker);
}

void verdict_stop(struct kiosk *k)
{
	worker_stop(k->verdict.worker, 2000);
	verdict_clear(k);
}
