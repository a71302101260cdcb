#include "drivers/camera/camera_worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/frame.h"
#include "drivers/camera/transfer.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum {
	/* libgphoto2 2.5.30 keeps the sockets of connections that were refused half-way: a fresh
	 * process takes over before they are many. */
	FAILED_OPENS_MAX = 60,
	IDLE_POLL_MS = 200, /* how late a body press may be noticed */
	STATUS_MS = 2500,
	ALIVE_MS = 2000,
	FRAME_MS = 38, /* at most 26 frames a second */
	FRAMES_PER_POLL = 5,
	LIVE_RETRY_MS = 1000,
	LIVE_NEVER_MS = 60000, /* this body has no live view; perhaps the next one has */
	STUCK_MAX = 3, /* shots that failed for no reason of the picture's, then a new process */
};

struct worker_state {
	int sock;
	struct camera_config config;
	const struct camera_ops *ops;
	void *priv;
	bool online, live, first_try;
	int failed_opens;
	uint32_t request_id; /* of the request being answered; 0 none */
	int64_t retry_ms, retry_at_ms, status_at_ms, frame_at_ms, alive_at_ms;
	int frames_since_poll;
	struct camera_status status;
	uint32_t offline_cause;
	int stuck; /* in a row */
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static int tell(struct worker_state *w, uint16_t type, uint32_t id, const void *body, size_t bytes)
{
	return wire_send(w->sock, type, id, body, bytes, NULL, 0);
}

static void on_stray(void *ctx, const struct camera_object *o)
{
	struct worker_state *w = ctx;

	log_i("body took a picture bytes=%llu", (unsigned long long)o->size_bytes);
	tell(w, CAMERA_STRAY, 0, o, sizeof(*o));
}

static void on_released(void *ctx, int64_t at_ms)
{
	struct worker_state *w = ctx;
	struct camera_triggered t = { .at_ms = at_ms };

	tell(w, CAMERA_TRIGGERED, w->request_id, &t, sizeof(t));
}

static struct camera_watch watch(struct worker_state *w)
{
	return (struct camera_watch){ .stray = on_stray, .released = on_released, .ctx = w };
}

/* --- being there or not ------------------------------------------------------------------ */

static void say_offline(struct worker_state *w, enum camera_cause cause)
{
	struct camera_trouble t = { .cause = cause };

	if (w->offline_cause == (uint32_t)cause)
		return;
	w->offline_cause = cause;
	tell(w, CAMERA_OFFLINE, 0, &t, sizeof(t));
}

static void go_offline(struct worker_state *w, enum camera_cause cause)
{
	if (w->online)
		w->ops->close(w->priv);
	w->online = false;
	w->retry_ms = 0;
	w->retry_at_ms = clock_now_ms();
	say_offline(w, cause);
}

/* The shot that would fail is refused before the person is asked to smile. */
static void judge_status(const struct worker_state *w, struct camera_status *s)
{
	if (s->battery_pct >= 0 && s->battery_pct < w->config.battery_min_pct &&
	    s->cause == CAMERA_OK)
		s->cause = CAMERA_BATTERY;
}

static bool status_differs(const struct camera_status *a, const struct camera_status *b)
{
	return a->cause != b->cause || a->battery_pct != b->battery_pct ||
	       a->shots_left != b->shots_left || strcmp(a->serial, b->serial) ||
	       a->clock_offset_s / 60 != b->clock_offset_s / 60 || a->settings_changed;
}

static void check_status(struct worker_state *w, bool always)
{
	enum camera_cause cause = CAMERA_FAULT;
	struct camera_status s;

	w->status_at_ms = clock_now_ms() + STATUS_MS;
	if (w->ops->status(w->priv, &s, &cause) < 0) {
		go_offline(w, cause);
		return;
	}
	judge_status(w, &s);
	if (always || status_differs(&s, &w->status))
		tell(w, CAMERA_ONLINE, 0, &s, sizeof(s));
	w->status = s;
}

/* A card with thousands of pictures keeps open() and list() busy for long. */
static void on_alive(void *ctx)
{
	struct worker_state *w = ctx;

	tell(w, WIRE_PROGRESS, w->request_id, NULL, 0);
}

static int open_body(struct worker_state *w, enum camera_cause *cause)
{
	struct camera_setup setup = { .sdram = w->config.sdram != 0,
				      .alive = on_alive,
				      .alive_ctx = w };

	memcpy(setup.address, w->config.port, sizeof(setup.address));
	memcpy(setup.serial, w->config.serial, sizeof(setup.serial));
	return w->ops->open(w->priv, &setup, cause);
}

static void try_open(struct worker_state *w)
{
	enum camera_cause cause = CAMERA_GONE;

	if (open_body(w, &cause) < 0) {
		w->retry_ms = w->retry_ms ? 1000 : 500;
		w->retry_at_ms = clock_now_ms() + w->retry_ms;
		say_offline(w, cause);
		if (++w->failed_opens >= FAILED_OPENS_MAX)
			stopping = 1;
		return;
	}
	w->online = true;
	w->offline_cause = CAMERA_OK;
	w->frame_at_ms = 0;
	log_i("camera open");
	check_status(w, true);
}

/* A call failed: only when the body is gone is the session over. */
static void after_failure(struct worker_state *w, enum camera_cause cause)
{
	if (cause == CAMERA_GONE || cause == CAMERA_CLAIMED)
		go_offline(w, cause);
	else
		w->status_at_ms = 0;
}

/* --- pictures ---------------------------------------------------------------------------- */

static int fetch_once(struct worker_state *w, const struct camera_object *o, int fd,
		      struct camera_done *done, enum camera_cause *cause)
{
	int rc = transfer_fetch(w->ops, w->priv, o, fd, done->sha256, &done->bytes, cause);

	done->last_byte_ms = clock_now_ms();
	return rc;
}

/* Another body may have been opened in its place: a picture of that name is another picture there.
 * @a: who was there before; no model: nobody was. */
static bool same_body(const struct camera_status *a, const struct camera_status *b)
{
	return !a->model[0] || (!strcmp(a->serial, b->serial) && !strcmp(a->model, b->model));
}

/* A cut transfer is tried once more, on a new session when the old one is broken. */
static void fetch(struct worker_state *w, const struct camera_object *o, int fd,
		  struct camera_done *done)
{
	const struct camera_status before = w->status;
	enum camera_cause cause, ignored;

	done->object = *o;
	if (!fetch_once(w, o, fd, done, &cause))
		return;
	log_w("transfer failed, once more cause=%d", (int)cause);
	if (cause == CAMERA_GONE || cause == CAMERA_TRANSFER) {
		if (!o->in_memory) /* that would not survive a new session */
			w->ops->close(w->priv);
		w->online = o->in_memory || !open_body(w, &ignored);
		if (!w->online)
			go_offline(w, CAMERA_GONE);
		else if (!o->in_memory)
			check_status(w, false);
		if (!w->online || !same_body(&before, &w->status))
			cause = CAMERA_GONE;
		else if (!fetch_once(w, o, fd, done, &cause))
			return;
		if (w->online && cause == CAMERA_GONE)
			go_offline(w, cause);
	}
	done->cause = cause;
}

static void do_shoot(struct worker_state *w, int fd, struct camera_done *done)
{
	const struct camera_watch watching = watch(w);
	enum camera_cause cause = CAMERA_FAULT;
	struct camera_object o;
	bool triggered = false;

	if (w->status.cause != CAMERA_OK)
		check_status(w, false); /* it may have been cured since the last look */
	if (!w->online || w->status.cause != CAMERA_OK) {
		done->cause = w->online ? w->status.cause : w->offline_cause;
		return;
	}
	if (w->ops->shoot(w->priv, w->config.shot_deadline_ms, &watching, &o, &triggered, &cause)) {
		done->cause = cause;
		done->triggered = triggered;
		w->stuck += cause == CAMERA_BUSY || cause == CAMERA_FAULT;
		after_failure(w, cause);
		return;
	}
	w->stuck = 0;
	done->triggered = 1;
	done->event_ms = o.seen_ms;
	fetch(w, &o, fd, done);
}

static void do_remove(struct worker_state *w, const struct camera_object *o,
		      struct camera_done *done)
{
	enum camera_cause cause = CAMERA_FAULT;
	int rc = w->ops->remove(w->priv, o, &cause);

	done->object = *o;
	if (rc == 0 || rc == -ENOENT)
		return; /* either way it is not there */
	done->cause = cause;
	after_failure(w, cause);
}

static void on_listed(void *ctx, const struct camera_object *o)
{
	struct worker_state *w = ctx;

	tell(w, CAMERA_OBJECT, w->request_id, o, sizeof(*o));
}

static void do_rescan(struct worker_state *w, struct camera_done *done)
{
	enum camera_cause cause = CAMERA_FAULT;

	if (w->ops->list(w->priv, on_listed, w, &cause) < 0) {
		done->cause = cause;
		after_failure(w, cause);
	}
}

/* --- requests ---------------------------------------------------------------------------- */

/* Strings from the kiosk end inside their field. */
static const struct camera_object *object_of(struct wire_msg *m)
{
	const struct camera_object *o = wire_body(m, sizeof(*o));

	return o && memchr(o->folder, 0, sizeof(o->folder)) && memchr(o->name, 0, sizeof(o->name))
		       ? o
		       : NULL;
}

static int answer(struct worker_state *w, struct wire_msg *m)
{
	const struct camera_status before = w->status;
	struct camera_done done = { .cause = CAMERA_OK };
	const struct camera_object *o = NULL;
	SCOPED_FD int fd = wire_take_fd(m, 0);

	if ((m->type == CAMERA_FETCH || m->type == CAMERA_REMOVE) && !(o = object_of(m)))
		return -EPROTO;
	if ((m->type == CAMERA_SHOOT || m->type == CAMERA_FETCH) && fd < 0)
		return -EPROTO;
	w->request_id = m->id;
	if (!w->online)
		try_open(w);
	if (!w->online)
		done.cause = w->offline_cause;
	else if (!same_body(&before, &w->status)) /* asked of the one that was there before */
		done.cause = CAMERA_GONE;
	else if (m->type == CAMERA_SHOOT)
		do_shoot(w, fd, &done);
	else if (m->type == CAMERA_FETCH)
		fetch(w, o, fd, &done);
	else if (m->type == CAMERA_REMOVE)
		do_remove(w, o, &done);
	else
		do_rescan(w, &done);
	w->frame_at_ms = 0;
	return tell(w, CAMERA_DONE, m->id, &done, sizeof(done));
}

static int set_live(struct worker_state *w, struct wire_msg *m)
{
	const struct camera_live *l = wire_body(m, sizeof(*l));
	enum camera_cause cause;

	if (!l)
		return -EPROTO;
	w->live = l->on != 0;
	w->frame_at_ms = 0;
	if (!w->live && w->online)
		w->ops->preview_end(w->priv, &cause);
	return 0;
}

static int on_message(struct worker_state *w, struct wire_msg *m)
{
	int rc = -EPROTO;

	if (m->type == CAMERA_LIVE)
		rc = set_live(w, m);
	else if (m->type >= CAMERA_SHOOT && m->type <= CAMERA_RESCAN && m->id)
		rc = answer(w, m);
	wire_close_fds(m);
	return rc;
}

/* --- between requests -------------------------------------------------------------------- */

static void live_frame(struct worker_state *w)
{
	enum camera_cause cause = CAMERA_FAULT;
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes;
	int rc;

	w->frame_at_ms = clock_now_ms() + FRAME_MS;
	if (!frame_wanted(w->sock))
		return;
	rc = w->ops->preview(w->priv, &jpeg, &bytes, &cause);
	if (!rc)
		frame_send(w->sock, jpeg, bytes);
	if (!rc || rc == -EAGAIN)
		return;
	w->frame_at_ms =
		clock_now_ms() + (cause == CAMERA_UNSUPPORTED ? LIVE_NEVER_MS : LIVE_RETRY_MS);
	after_failure(w, cause);
}

static void listen_to_body(struct worker_state *w)
{
	const struct camera_watch watching = watch(w);
	enum camera_cause cause = CAMERA_FAULT;

	w->frames_since_poll = 0;
	if (w->ops->drain(w->priv, 0, &watching, &cause) < 0)
		after_failure(w, cause);
}

/* One turn of what the worker does by itself. */
static void idle(struct worker_state *w)
{
	int64_t now = clock_now_ms();

	w->request_id = 0;
	if (now >= w->alive_at_ms) {
		tell(w, WIRE_PROGRESS, 0, NULL, 0);
		w->alive_at_ms = now + ALIVE_MS;
	}
	if (!w->online) {
		if (now >= w->retry_at_ms)
			try_open(w);
		return;
	}
	if (w->live && now >= w->frame_at_ms) {
		live_frame(w);
		w->frames_since_poll++;
	}
	/* Without live view the next frame is far away, and the body is listened to all the same. */
	if (w->online && (!w->live || w->frames_since_poll >= FRAMES_PER_POLL ||
			  w->frame_at_ms > clock_now_ms() + FRAME_MS))
		listen_to_body(w);
	if (w->online && clock_now_ms() >= w->status_at_ms)
		check_status(w, false);
}

static int pause_ms(const struct worker_state *w)
{
	int64_t now = clock_now_ms(), until = now + IDLE_POLL_MS;

	if (!w->online)
		until = w->retry_at_ms;
	else if (w->live)
		until = w->frame_at_ms < until ? w->frame_at_ms : until;
	return until > now ? (int)(until - now) : 0;
}

static int run(struct worker_state *w, struct wire_msg *m)
{
	int rc = 0;

	try_open(w);
	while (!stopping && rc >= 0 && w->stuck < STUCK_MAX) {
		rc = wire_recv(w->sock, pause_ms(w), m);
		if (!rc)
			rc = on_message(w, m);
		else if (rc == -EAGAIN || rc == -EINTR)
			rc = 0;
		if (!rc && !stopping)
			idle(w);
	}
	if (w->online)
		w->ops->close(w->priv); /* otherwise the body stays locked */
	if (w->stuck >= STUCK_MAX) {
		log_e("camera stays stuck, giving this process up");
		return 1;
	}
	return rc == 0 || rc == -EPIPE ? 0 : 1;
}

static int take_config(struct worker_state *w, struct wire_msg *m)
{
	const struct camera_config *c;

	if (wire_recv(w->sock, -1, m) < 0 || m->type != WIRE_CONFIG ||
	    !(c = wire_body(m, sizeof(*c))) || !memchr(c->port, 0, sizeof(c->port)) ||
	    !memchr(c->serial, 0, sizeof(c->serial)) || c->shot_deadline_ms < 100 ||
	    c->shot_deadline_ms > CAMERA_SHOT_DEADLINE_MAX_MS)
		return -EPROTO;
	w->config = *c;
	return 0;
}

int camera_worker_run(int sock)
{
	struct sigaction term = { .sa_handler = on_signal };
	struct worker_state w = { .sock = sock, .ops = camera_drivers[0] };
	SCOPED_FREE struct wire_msg *m = malloc(sizeof(*m));
	int rc;

	stopping = 0;
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGINT, &term, NULL);
	signal(SIGPIPE, SIG_IGN);
	w.priv = calloc(1, w.ops->priv_size);
	if (!m || !w.priv || take_config(&w, m) < 0) {
		free(w.priv);
		return 1;
	}
	rc = run(&w, m);
	free(w.priv);
	return rc;
}
