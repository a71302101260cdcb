#include "firmware/base/worker.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#define LOG_MODULE "worker"
#include "firmware/base/log.h"

enum { KILL_AFTER_MS = 2000, HEALTHY_MS = 10000 };

struct worker {
	sd_event *loop;
	const struct worker_ops *ops;
	void *ctx;
	void *config;
	size_t config_bytes;

	pid_t pid; /* 0: none runs */
	int sock; /* our end */
	int pidfd; /* readable when it has ended: no signal handler, no SIGCHLD */
	sd_event_source *on_sock, *on_exit, *on_timer;
	enum { TIMER_NONE, TIMER_DEADLINE, TIMER_SILENCE, TIMER_KILL, TIMER_RESTART } timer;
	enum worker_loss loss; /* why it is about to go, set before a kill */

	uint32_t last_id, in_flight; /* in_flight: id of the request not answered yet, 0 none */
	int failures; /* starts in a row that did not live HEALTHY_MS */
	int64_t started_ms;
	struct wire_msg msg; /* scratch: too large for a stack frame */
};

static int on_timer(sd_event_source *src, uint64_t usec, void *ctx);
static void start(struct worker *w);

/* --- timer: one per worker, meaning by w->timer ------------------------------------------------ */

static void arm(struct worker *w, int timer, int64_t in_ms)
{
	w->timer = timer;
	sd_event_source_set_time(w->on_timer, (uint64_t)(clock_now_ms() + in_ms) * 1000);
	sd_event_source_set_enabled(w->on_timer, SD_EVENT_ONESHOT);
}

static void disarm(struct worker *w)
{
	w->timer = TIMER_NONE;
	sd_event_source_set_enabled(w->on_timer, SD_EVENT_OFF);
}

/* Between requests: from now on it may be silent only so long. */
static void expect_life(struct worker *w)
{
	if (w->in_flight || w->timer == TIMER_KILL)
		return;
	if (w->ops->silence_ms)
		arm(w, TIMER_SILENCE, w->ops->silence_ms);
	else
		disarm(w);
}

/* --- ending ------------------------------------------------------------------------------------ */

static void forget_process(struct worker *w)
{
	w->on_sock = sd_event_source_disable_unref(w->on_sock);
	w->on_exit = sd_event_source_disable_unref(w->on_exit);
	if (w->sock >= 0)
		close(w->sock);
	if (w->pidfd >= 0)
		close(w->pidfd);
	w->sock = w->pidfd = -1;
	w->pid = 0;
}

/* Stop listening to it, then SIGTERM; TIMER_KILL follows up. */
static void condemn(struct worker *w, enum worker_loss why)
{
	if (!w->pid || w->timer == TIMER_KILL)
		return;
	w->loss = why;
	w->on_sock = sd_event_source_disable_unref(w->on_sock);
	kill(w->pid, SIGTERM);
	arm(w, TIMER_KILL, KILL_AFTER_MS);
}

static int64_t back_off_ms(const struct worker *w)
{
	return w->failures <= 1 ? 0 : w->failures == 2 ? 500 : 1000;
}

static int on_exit_child(sd_event_source *src, int pidfd, uint32_t events, void *ctx)
{
	struct worker *w = ctx;
	uint32_t lost = w->in_flight;
	bool healthy = clock_now_ms() - w->started_ms >= HEALTHY_MS;
	siginfo_t si = { 0 };

	(void)src;
	(void)events;
	waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED);
	log_w("worker gone kind=%s pid=%d code=%d status=%d why=%d", w->ops->kind, (int)w->pid,
	      si.si_code, si.si_status, (int)w->loss);
	forget_process(w);
	disarm(w);
	w->in_flight = 0;
	w->failures = healthy ? 1 : w->failures + 1;
	arm(w, TIMER_RESTART, back_off_ms(w));
	w->ops->on_down(w->ctx, w->loss, lost);
	return 0;
}

static int on_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct worker *w = ctx;

	(void)src;
	(void)usec;
	switch (w->timer) {
	case TIMER_DEADLINE:
		log_w("deadline missed kind=%s request=%u", w->ops->kind, w->in_flight);
		condemn(w, WORKER_HUNG);
		break;
	case TIMER_SILENCE:
		log_w("silent for too long kind=%s", w->ops->kind);
		condemn(w, WORKER_HUNG);
		break;
	case TIMER_KILL:
		kill(w->pid, SIGKILL);
		break;
	case TIMER_RESTART:
		start(w);
		break;
	case TIMER_NONE:
		break;
	}
	return 0;
}

/* --- talking ----------------------------------------------------------------------------------- */

static void deliver(struct worker *w)
{
	struct wire_msg *m = &w->msg;
	bool answer = m->id && m->type != WIRE_PROGRESS;

	if (m->id && m->id != w->in_flight) {
		log_w("answer to no request kind=%s id=%u", w->ops->kind, m->id);
		condemn(w, WORKER_ROGUE);
		return;
	}
	if (answer && w->ops->is_part && w->ops->is_part(m->type))
		answer = false;
	if (answer)
		w->in_flight = 0;
	expect_life(w);
	if (m->type != WIRE_PROGRESS && w->ops->on_message(w->ctx, m) < 0) {
		log_w("malformed message kind=%s type=%u", w->ops->kind, m->type);
		condemn(w, WORKER_ROGUE);
	}
}

static int on_socket(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct worker *w = ctx;
	int rc;

	(void)src;
	(void)events;
	/* A few at a time, so that a chatty worker cannot starve the loop. */
	for (int i = 0; i < 8 && w->on_sock; i++) {
		rc = wire_recv(fd, 0, &w->msg);
		if (rc == -EAGAIN)
			return 0;
		if (rc == -EPIPE) { /* the exit follows; a process that only closed it is killed */
			condemn(w, WORKER_EXITED);
			return 0;
		}
		if (rc < 0) {
			condemn(w, WORKER_ROGUE);
			return 0;
		}
		deliver(w);
		wire_close_fds(&w->msg);
	}
	return 0;
}

int64_t worker_request(struct worker *w, uint16_t type, const void *body, size_t length,
		       const int *fds, int fd_count, int deadline_ms)
{
	int rc;

	if (!w->pid || w->timer == TIMER_KILL)
		return -ENOTCONN;
	if (w->in_flight)
		return -EBUSY;
	if (++w->last_id == 0)
		w->last_id = 1;
	rc = wire_send(w->sock, type, w->last_id, body, length, fds, fd_count);
	if (rc < 0)
		return rc == -EPIPE ? -ENOTCONN : rc;
	w->in_flight = w->last_id;
	arm(w, TIMER_DEADLINE, deadline_ms);
	return w->in_flight;
}

int worker_tell(struct worker *w, uint16_t type, const void *body, size_t length)
{
	int rc;

	if (!w->pid || w->timer == TIMER_KILL)
		return -ENOTCONN;
	rc = wire_send(w->sock, type, 0, body, length, NULL, 0);
	return rc == -EPIPE ? -ENOTCONN : rc;
}

bool worker_busy(const struct worker *w)
{
	return w->in_flight != 0;
}

int worker_pid(const struct worker *w)
{
	return (int)w->pid;
}

/* --- starting ---------------------------------------------------------------------------------- */

static int spawn(const char *kind, int sock, pid_t *pid)
{
	char *argv[] = { (char[]){ "tapshot" }, (char[]){ "worker" }, (char *)(uintptr_t)kind,
			 NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, sock, WORKER_FD);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn(pid, "/proc/self/exe", &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return -rc;
}

static int launch(struct worker *w)
{
	int ends[2];
	int rc = wire_pair(ends);

	if (rc < 0)
		return rc;
	w->sock = ends[0];
	rc = spawn(w->ops->kind, ends[1], &w->pid);
	close(ends[1]);
	if (rc < 0) {
		w->pid = 0;
		return rc;
	}
	w->pidfd = pidfd_open(w->pid, 0);
	if (w->pidfd < 0)
		return -errno;
	rc = sd_event_add_io(w->loop, &w->on_sock, w->sock, EPOLLIN, on_socket, w);
	if (rc >= 0)
		rc = sd_event_add_io(w->loop, &w->on_exit, w->pidfd, EPOLLIN, on_exit_child, w);
	if (rc >= 0)
		rc = wire_send(w->sock, WIRE_CONFIG, 0, w->config, w->config_bytes, NULL, 0);
	return rc;
}

static void start(struct worker *w)
{
	int rc;

	disarm(w);
	w->loss = WORKER_EXITED;
	w->started_ms = clock_now_ms();
	rc = launch(w);
	if (rc == 0) {
		log_i("worker up kind=%s pid=%d", w->ops->kind, (int)w->pid);
		expect_life(w);
		w->ops->on_up(w->ctx);
		return;
	}
	log_e("worker cannot start kind=%s rc=%d", w->ops->kind, rc);
	if (w->pid) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
	}
	forget_process(w);
	w->failures++;
	arm(w, TIMER_RESTART, 1000);
	w->ops->on_down(w->ctx, WORKER_EXITED, 0);
}

int worker_start(sd_event *loop, const struct worker_ops *ops, void *ctx, const void *config,
		 size_t config_bytes, struct worker **out)
{
	struct worker *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->loop = sd_event_ref(loop);
	w->ops = ops;
	w->ctx = ctx;
	w->sock = w->pidfd = -1;
	w->config = malloc(config_bytes ? config_bytes : 1);
	rc = w->config
		     ? sd_event_add_time(loop, &w->on_timer, CLOCK_MONOTONIC, 0, 1000, on_timer, w)
		     : -ENOMEM;
	if (rc < 0) {
		worker_stop(w, 0);
		return rc;
	}
	memcpy(w->config, config, config_bytes);
	w->config_bytes = config_bytes;
	*out = w;
	arm(w, TIMER_RESTART, 0);
	return 0;
}

void worker_give_up(struct worker *w)
{
	log_w("given up kind=%s", w->ops->kind);
	condemn(w, WORKER_HUNG);
}

void worker_restart_now(struct worker *w)
{
	if (w->timer == TIMER_RESTART)
		arm(w, TIMER_RESTART, 0);
}

static bool reaped_within(pid_t pid, int ms)
{
	int fd = pidfd_open(pid, 0);
	siginfo_t si = { 0 };
	int64_t until = clock_now_ms() + ms;

	while (fd >= 0 && waitid(P_PIDFD, (id_t)fd, &si, WEXITED | WNOHANG) == 0 && !si.si_pid &&
	       clock_now_ms() < until)
		wire_wait_readable(fd, (int)(until - clock_now_ms()));
	if (fd >= 0)
		close(fd);
	return si.si_pid == pid;
}

void worker_stop(struct worker *w, int grace_ms)
{
	pid_t pid;

	if (!w)
		return;
	pid = w->pid;
	forget_process(w); /* closes the socket: the worker sees the end and leaves */
	if (pid && !reaped_within(pid, grace_ms)) {
		kill(pid, SIGTERM);
		if (!reaped_within(pid, KILL_AFTER_MS)) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
	}
	sd_event_source_disable_unref(w->on_timer);
	sd_event_unref(w->loop);
	free(w->config);
	free(w);
}
