/*
 * Hints while somebody sits down: frames of the live view go to a worker of their own, one at a
 * time; what comes while it is busy is dropped. Nothing waits for it: without it the visit goes on
 * as it would, only silent.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "hints"
#include "firmware/base/log.h"

enum {
	DEADLINE_MS = 10000, /* far more than a frame takes: at nice 10 it may have to wait long */
	LOAD_MS = 120000,
	OLD_MS = 1000, /* what is said about an older frame is no news */
	GAP_MS = 45, /* between two frames: every second one of 26 a second is enough */
	DEATHS_MAX = 5, /* without a frame judged in between */
	PAUSE_MS = 60000, /* after that many */
};

#define BIT(name) (1ull << CHECK_##name)

/* What the sitter can put right alone; the rest is said to the photographer only. */
#define FOR_STUDENT                                                                                \
	(BIT(NO_FACE) | BIT(OFF_CENTRE) | BIT(TILTED) | BIT(TURNED) | BIT(NODDING) |               \
	 BIT(EYES_CLOSED) | BIT(CLOTHES_BARRED) | BIT(CLOTHES_BACKDROP))

/* Where the sitter is in the outline; light and backdrop are not their fault. */
#define PLACE                                                                                      \
	(BIT(MANY_FACES) | BIT(CUT_OFF) | BIT(FACE_SMALL) | BIT(FACE_LARGE) | BIT(HEAD_HIGH) |     \
	 BIT(HEAD_LOW))
/* Of these a frame taken without the flash tells nothing. */
#define LIGHT (BIT(OVEREXPOSED) | BIT(HALF_LIT) | BIT(BACKDROP_UNEVEN) | BIT(BACKDROP_COLOUR))

static bool wanted(const struct kiosk *k)
{
	enum session_state st = k->session.state;

	return st == ST_FOUND || st == ST_FRAMING;
}

static void forget(struct kiosk *k)
{
	struct hints *h = &k->hints;

	steady_reset(&h->student, FOR_STUDENT);
	steady_reset(&h->staff, k->config.framing_flash ? ~LIGHT : ~0ull);
	h->request = 0;
}

bool hints_want(const struct kiosk *k)
{
	const struct hints *h = &k->hints;

	return h->ready && wanted(k) && !worker_busy(h->worker) &&
	       clock_now_ms() - h->sent_ms >= GAP_MS;
}

void hints_frame(struct kiosk *k, int fd, int width_px, int height_px)
{
	struct judge_preview p = { width_px, height_px };
	struct hints *h = &k->hints;

	h->sent_ms = clock_now_ms();
	h->request = worker_request(h->worker, JUDGE_PREVIEW, &p, sizeof(p), &fd, 1, DEADLINE_MS);
	if (h->request < 0)
		h->request = 0;
}

void hints_entered(struct kiosk *k)
{
	if (k->session.state != ST_FRAMING)
		forget(k);
}

/* --- hearing ----------------------------------------------------------------------------------- */

static bool valid(const struct judge_hint *j)
{
	return j && !(j->found >> CHECK_CODE_COUNT) && !(j->negative & ~j->found);
}

static int on_hint(struct kiosk *k, const struct wire_msg *m)
{
	const struct judge_hint *j = wire_body(m, sizeof(*j));
	int64_t now = clock_now_ms();
	struct hints *h = &k->hints;

	if (!valid(j))
		return -EPROTO;
	h->deaths = 0;
	h->judged++;
	h->cpu_us += j->took_us;
	if (m->id != h->request || now - h->sent_ms > OLD_MS)
		return 0; /* of somebody who has gone, or too late */
	if (j->flags & JUDGE_HINT_SIDEWAYS) {
		forget(k);
		return 0;
	}
	steady_hear(&h->student, j->found, j->negative, now);
	steady_hear(&h->staff, j->found, j->negative, now);
	return 0;
}

/* The next frame or tick draws it. */
static int on_message(void *ctx, struct wire_msg *m)
{
	struct kiosk *k = ctx;

	if (m->type == JUDGE_READY && wire_body(m, sizeof(struct judge_ready))) {
		k->hints.ready = true;
		k->hints.load_until_ms = 0;
		return 0;
	}
	return m->type == JUDGE_HINT ? on_hint(k, m) : -EPROTO;
}

static void on_up(void *ctx)
{
	((struct kiosk *)ctx)->hints.load_until_ms = clock_now_ms() + LOAD_MS;
}

static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	struct kiosk *k = ctx;

	(void)request_id;
	k->hints.ready = false;
	k->hints.load_until_ms = 0;
	k->hints.deaths++;
	forget(k);
	control_event(k, "worker", 0, 0, why == WORKER_HUNG ? "hints hung" : "hints gone");
}

static const struct worker_ops ops = {
	.kind = "hints",
	.on_up = on_up,
	.on_message = on_message,
	.on_down = on_down,
};

/* --- its life ---------------------------------------------------------------------------------- */

/* Reading the model again and again would cost more than hints are worth. */
static void pause_worker(struct hints *h, int64_t now)
{
	log_w("hints worker does not live: off for a while");
	worker_stop(h->worker, 0);
	h->worker = NULL;
	h->ready = false;
	h->deaths = 0;
	h->start_ms = now + PAUSE_MS;
}

/* Only when the judge of the pictures is there: its model comes first. */
static void start(struct kiosk *k, int64_t now)
{
	const struct judge_config *c = &k->verdict.config;

	if (!k->verdict.ready || now < k->hints.start_ms)
		return;
	forget(k);
	if (worker_start(k->loop, &ops, k, c, sizeof(*c), &k->hints.worker) < 0)
		k->hints.start_ms = now + PAUSE_MS;
}

void hints_tick(struct kiosk *k)
{
	struct hints *h = &k->hints;
	int64_t now = clock_now_ms();

	if (!k->config.framing_hints)
		return;
	steady_tick(&h->student, now);
	steady_tick(&h->staff, now);
	if (!h->worker)
		start(k, now);
	else if (h->deaths >= DEATHS_MAX)
		pause_worker(h, now);
	else if (h->load_until_ms && now >= h->load_until_ms) {
		h->load_until_ms = 0;
		worker_give_up(h->worker);
	}
}

void hints_stop(struct kiosk *k)
{
	worker_stop(k->hints.worker, 0);
	k->hints.worker = NULL;
	k->hints.ready = false;
}

/* --- showing ----------------------------------------------------------------------------------- */

/* Directions are the sitter's own: see check_reason_id(). */
static const char *side_of(const struct steady *s)
{
	if (s->code == CHECK_OFF_CENTRE || s->code == CHECK_TILTED)
		return s->negative ? "_left" : "_right";
	if (s->code == CHECK_NODDING)
		return s->negative ? "_down" : "_up";
	return "";
}

static void fill_student(const struct steady *s, struct scene *sc)
{
	if (s->state != STEADY_SAY)
		return;
	snprintf(sc->prompt_id, sizeof(sc->prompt_id), "hint.%s%s", check_code_word(s->code),
		 side_of(s));
	if (s->code == CHECK_OFF_CENTRE || s->code == CHECK_TILTED)
		sc->arrow = s->negative ? 1 : 2;
}

static enum outline outline_of(const struct hints *h)
{
	if (h->student.state == STEADY_SAY ||
	    (h->staff.state == STEADY_SAY && (1ull << h->staff.code & PLACE)))
		return OUTLINE_AMBER;
	return h->student.state == STEADY_FINE ? OUTLINE_FINE : OUTLINE_PLAIN;
}

void hints_fill(const struct kiosk *k, struct scene *sc)
{
	const struct steady *staff = &k->hints.staff;

	if (sc->screen != SCREEN_FRAMING)
		return;
	sc->outline = outline_of(&k->hints);
	fill_student(&k->hints.student, sc);
	if (staff->state == STEADY_SAY)
		snprintf(sc->cure_id, sizeof(sc->cure_id), "cure.hint.%s",
			 check_code_word(staff->code));
}

const char *hints_word(const struct kiosk *k)
{
	const struct steady *s = &k->hints.staff;

	if (k->session.state != ST_FRAMING || s->state != STEADY_SAY)
		return "";
	return check_code_word(s->code);
}
