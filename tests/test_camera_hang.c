/*
 * A body that stops answering, at each operation the driver uses and in each thing the worker does.
 * The worker runs under the kiosk's own supervision: it answers in its time or is killed, and when
 * the fault is over a shot works again. All cases run at once, each with its own camera.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/camera/camera_worker.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/worker.h"
#include "tests/lib/vcamera.h"

enum {
	SHOT_MS = 4000,
	BACK_MS = CAMERA_SILENCE_MS + 2000 + 1000 + 10000, /* killed, respawned, opened */
	PATIENCE_MS = 20000, /* of the supervision itself */
	ONLINE_MS = 60000, /* all of them opening at once on a loaded machine: workers get killed */
};

/* See tests/test_camera.c. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

enum what { OPENING, SHOOTING, LIVE, REMOVING, IDLING, STOPPED };

static const struct trial {
	const char *body, *fault;
	enum what what;
	bool sdram;
} trials[] = {
	/* opening: no answer to device info, session, cards, folders, settings */
	{ "nikon", "hang 1001", OPENING, false },
	{ "nikon", "hang 1002", OPENING, false },
	{ "nikon", "hang 1004", OPENING, false },
	{ "nikon", "hang 1005", OPENING, false },
	{ "nikon", "hang 1007", OPENING, false },
	{ "nikon", "hang 1014", OPENING, false },
	{ "nikon", "hang 1015", SHOOTING, false },
	{ "canon", "hang 9114", OPENING, false },
	{ "canon", "hang 9115", OPENING, false },
	{ "canon", "hang 9116", OPENING, false },
	{ "canon", "eosprop d11b 0", OPENING, true }, /* the library's loop without an end */
	/* a shot: readiness, release, events, the picture */
	{ "nikon", "hang 90c7", SHOOTING, false },
	{ "nikon", "hang 90c8", SHOOTING, false },
	{ "nikon", "hang 9207", SHOOTING, false },
	{ "nikon", "drop 9207", SHOOTING, false },
	{ "nikon", "hang 1008", SHOOTING, false },
	{ "nikon", "hang 1009", SHOOTING, false },
	{ "nikon", "hang 101b", SHOOTING, false },
	{ "nikon", "fault 90c8 2019 100000", SHOOTING, false }, /* busy for ever */
	{ "nikon", "fault 9207 2019 100000", SHOOTING, false },
	{ "nikon", "noevent 1", SHOOTING, false }, /* gp_camera_capture(): 20 s */
	{ "nikon", "nocomplete 1", SHOOTING, false }, /* 70 s */
	{ "nikon", "cardfull on", SHOOTING, false }, /* 70 s */
	{ "nikon", "stallmid 3000", SHOOTING, false },
	{ "canon", "hang 9116", SHOOTING, false },
	{ "canon", "hang 9128", SHOOTING, false },
	{ "canon", "hang 9129", SHOOTING, false },
	{ "canon", "fault 9128 2019 100000", SHOOTING, false },
	{ "canon", "noevent 1", SHOOTING, false }, /* 90 s */
	{ "canon", "noevent 1", SHOOTING, true },
	{ "ptp", "hang 100e", SHOOTING, false },
	{ "ptp", "noevent 1", SHOOTING, false },
	{ "ptp", "nocomplete 1", SHOOTING, false }, /* for ever */
	/* the rest */
	{ "nikon", "hang 9201", LIVE, false },
	{ "nikon", "hang 9203", LIVE, false },
	{ "canon", "hang 9153", LIVE, false },
	{ "nikon", "hang 100b", REMOVING, false },
	{ "nikon", "hang 90c7", IDLING, false },
	{ "canon", "hang 911d", IDLING, false },
	{ "ptp", "hang 1004", IDLING, false },
	{ "nikon", "hostile length 3", IDLING, false },
	{ "canon", "hostile text 1", IDLING, false },
	{ "canon", "hostile events 1", SHOOTING, false },
	{ "canon", "hostile events 9", SHOOTING, false },
	{ "nikon", "", STOPPED, false }, /* what no operation can end: killed */
};

/* --- one trial, in a process of its own ------------------------------------------------------ */

static struct {
	sd_event *loop;
	struct worker *worker;
	struct vcamera cam;
	int picture, downs, frames;
	bool online, answered, lost;
	struct camera_done done;
} t;

static int on_message(void *ctx, struct wire_msg *m)
{
	(void)ctx;
	if (m->type == CAMERA_ONLINE)
		t.online = true;
	t.lost |= m->type == CAMERA_OFFLINE;
	t.frames += m->type == CAMERA_FRAME;
	if (m->type == CAMERA_DONE && wire_body(m, sizeof(t.done))) {
		memcpy(&t.done, m->body, sizeof(t.done));
		t.answered = true;
	}
	return 0;
}

static void on_up(void *ctx)
{
	(void)ctx;
}

static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	(void)ctx;
	(void)why;
	t.downs++;
	t.online = false;
	t.lost = true;
	if (request_id) {
		t.done.cause = CAMERA_HUNG;
		t.answered = true;
	}
}

static bool is_part(uint16_t type)
{
	return type == CAMERA_OBJECT || type == CAMERA_TRIGGERED;
}

static void give_up(const struct trial *c, const char *why)
{
	fprintf(stderr, "%s, \"%s\": %s (cause %u, %d restarts)\n", c->body, c->fault, why,
		t.done.cause, t.downs);
	vcamera_stop(&t.cam);
	_exit(1);
}

/* Let the loop run until *@flag, at most @ms. */
static bool until(const bool *flag, int ms)
{
	int64_t end = clock_now_ms() + ms;

	while (!*flag && clock_now_ms() < end)
		sd_event_run(t.loop, 50000);
	return *flag;
}

static void ask(const struct trial *c, uint16_t type, const void *body, size_t bytes,
		int deadline_ms)
{
	int64_t rc = worker_request(t.worker, type, body, bytes, &t.picture,
				    type == CAMERA_SHOOT ? 1 : 0, deadline_ms);

	t.answered = rc < 0;
	t.done.cause = CAMERA_HUNG;
	if (!until(&t.answered, deadline_ms + 2000 + PATIENCE_MS))
		give_up(c, "neither answered nor killed");
}

static void shoot(const struct trial *c)
{
	ask(c, CAMERA_SHOOT, NULL, 0, SHOT_MS + CAMERA_TRANSFER_MS);
}

static void live(bool on)
{
	struct camera_live l = { .on = on };

	worker_tell(t.worker, CAMERA_LIVE, &l, sizeof(l));
}

static void suffer(const struct trial *c)
{
	const bool never = false;
	struct camera_object o;

	if (c->what == REMOVING) {
		shoot(c);
		o = t.done.object;
	}
	if (c->what != OPENING && c->fault[0])
		vcamera_say(&t.cam, "%s", c->fault);
	if (c->what == STOPPED)
		kill(worker_pid(t.worker), SIGSTOP);
	if (c->what == SHOOTING)
		shoot(c);
	else if (c->what == REMOVING)
		ask(c, CAMERA_REMOVE, &o, sizeof(o), CAMERA_REMOVE_DEADLINE_MS);
	else if (c->what == LIVE)
		live(true);
	if (c->what == LIVE)
		until(&never, 3000); /* let it run into it */
	if (c->what == LIVE)
		live(false);
	if ((c->what == OPENING || c->what == STOPPED) && !until(&t.lost, PATIENCE_MS))
		give_up(c, "nobody noticed");
	if (c->what == IDLING)
		until(&t.lost, 4000);
}

/* The first shot after the fault may still find its traces; one of them must work in time. */
static void recover(const struct trial *c)
{
	int64_t end;

	vcamera_say(&t.cam, "reset");
	vcamera_say(&t.cam, "af_ms 20");
	vcamera_say(&t.cam, "write_ms 60");
	if (c->sdram && c->what == OPENING)
		vcamera_say(&t.cam, "eosprop d11b 100");
	end = clock_now_ms() + BACK_MS;
	do {
		shoot(c);
		if (t.done.cause == CAMERA_OK)
			return;
		until(&t.online, 500);
	} while (clock_now_ms() < end);
	give_up(c, "no shot works although the fault is over");
}

static const struct worker_ops supervised = {
	.kind = "camera",
	.silence_ms = CAMERA_SILENCE_MS,
	.on_up = on_up,
	.on_message = on_message,
	.is_part = is_part,
	.on_down = on_down,
};

static void run_trial(const struct trial *c)
{
	struct camera_config config = { .shot_deadline_ms = SHOT_MS, .sdram = c->sdram };
	int64_t began = clock_now_ms();

	vcamera_start_as(&t.cam, c->body, NULL);
	vcamera_say(&t.cam, "af_ms 20");
	vcamera_say(&t.cam, "write_ms 60");
	if (c->what == OPENING)
		vcamera_say(&t.cam, "%s", c->fault);
	snprintf(config.port, sizeof(config.port), "%s", t.cam.address);
	t.picture = memfd_create("picture", MFD_CLOEXEC);
	if (sd_event_default(&t.loop) < 0 ||
	    worker_start(t.loop, &supervised, NULL, &config, sizeof(config), &t.worker) < 0)
		give_up(c, "no worker");
	if (c->what != OPENING && !until(&t.online, ONLINE_MS))
		give_up(c, "did not come online");
	suffer(c);
	recover(c);
	if (getenv("TRIAL_TIMES"))
		fprintf(stderr, "%6lld ms, %d restarts: %s, \"%s\"\n",
			(long long)(clock_now_ms() - began), t.downs, c->body, c->fault);
	worker_stop(t.worker, 2000);
	vcamera_stop(&t.cam);
	_exit(0);
}

/* --- all of them ----------------------------------------------------------------------------- */

static void every_hang_ends_and_shots_work_again(void **state)
{
	const char *only = getenv("TRIAL");
	pid_t pids[ARRAY_SIZE(trials)];
	int failed = 0;

	(void)state;
	fflush(NULL);
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		pids[i] = 0;
		if (only && atoi(only) != (int)i)
			continue;
		pids[i] = fork();
		if (!pids[i])
			run_trial(&trials[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		int status = 0;

		if (pids[i] && waitpid(pids[i], &status, 0) == pids[i] && status) {
			fprintf(stderr, "trial %zu failed: %s %s\n", i, trials[i].body,
				trials[i].fault);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_hang_ends_and_shots_work_again),
	};

	if (argc == 3 && !strcmp(argv[1], "worker"))
		return camera_worker_run(3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
