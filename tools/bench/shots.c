/*
 * Shot round trips of a 13 MB picture: the kiosk (trigger key → durable and hashed), its camera driver
 * alone with the session open, and gphoto2 in a warm shell with `sync FILE`, `sync DIR`, `sha256sum`.
 * One virtual camera each, of the same program with the same settings; one shot of each in turn, so
 * that a busy machine is busy for all; the cameras change hands half-way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/camera/camera.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/hash.h"
#include "tools/bench/lib/peer.h"
#include "tools/bench/lib/people.h"
#include "tools/bench/lib/procs.h"
#include "tools/bench/lib/results.h"

enum {
	HALVES = 2,
	SHOTS_EACH = 10, /* in a half */
	SHELLS = 2, /* in turn, see shell_shoot() */
	CAMERAS = 2 + SHELLS,
	COLD = 4,
	PICTURE_BYTES = 13000000,
};

/* A shot in its steps, each in ms. */
struct steps {
	struct samples trigger, event, transfer, durable, whole;
};

static struct {
	struct rig rig;
	struct bench_camera cameras[CAMERAS];
	struct peer_shell shells[SHELLS];
	void *body; /* the driver's */
	const char *fs;
	int events, person;
	bool with_peer;
	struct steps kiosk, driver;
	struct samples verdict, saved, sealing, peer, cold, turn;
	struct samples kiosk_mb, workers_mb;
} b;

static void add(struct steps *s, double asked, double trigger, double event, double last,
		double durable)
{
	samples_add(&s->trigger, trigger - asked);
	samples_add(&s->event, event - trigger);
	samples_add(&s->transfer, last - event);
	samples_add(&s->durable, durable - last);
	samples_add(&s->whole, durable - asked);
}

/* --- the kiosk --------------------------------------------------------------------------------- */

static bool kiosk_start(struct bench_camera *c)
{
	static char extra[300];

	snprintf(extra, sizeof(extra),
		 "accept.after_ms = 500\nfound.show_ms = 0\ndisplay.sound = no\n"
		 "camera.port = ptpip:127.0.0.1:%d:%d",
		 c->port, c->port);
	b.rig.extra_config = extra;
	rig_start_kiosk(&b.rig);
	b.events = rig_events(&b.rig);
	return b.events >= 0 && rig_wait(&b.rig, "camera", "ok", 20000) &&
	       rig_wait_free(&b.rig, 30000);
}

static void kiosk_end(void)
{
	close(b.events);
	rig_kill_kiosk(&b.rig);
}

/* The photographer presses when the live picture is there. */
static bool live_runs(void)
{
	double from = times_get(&b.rig, "live_frames"), until = bench_now_ms() + 5000;

	while (times_get(&b.rig, "live_frames") < from + 2) {
		if (bench_now_ms() > until)
			return false;
		rig_poll_pause();
	}
	return true;
}

static bool kiosk_shoot(void)
{
	double key, verdict;

	if (!rig_wait(&b.rig, "state", "idle", 5000) || !people_lay(&b.rig, b.person++) ||
	    !event_wait(b.events, "state", "framing") || !rig_reader(&b.rig, "remove") ||
	    !live_runs())
		return false;
	key = bench_now_ms();
	if (!rig_key(&b.rig, "shoot") || !event_wait(b.events, "stored", NULL))
		return false;
	verdict = event_wait(b.events, "verdict", NULL);
	if (!verdict || !event_wait(b.events, "state", "passed"))
		return false;
	samples_add(&b.verdict, verdict - key);
	add(&b.kiosk, key, times_get(&b.rig, "trigger_ms"), times_get(&b.rig, "event_ms"),
	    times_get(&b.rig, "last_byte_ms"), times_get(&b.rig, "durable_ms"));
	return true;
}

/* --- the driver alone -------------------------------------------------------------------------- */

struct file {
	int fd;
	struct hash *hash;
	uint8_t sha256[SHA256_BYTES];
};

static int take(void *ctx, const void *data, size_t bytes)
{
	struct file *f = ctx;

	hash_update(f->hash, data, bytes);
	return write(f->fd, data, bytes) == (ssize_t)bytes ? 0 : -EIO;
}

static bool driver_open(struct bench_camera *c)
{
	struct camera_setup setup = { 0 };
	enum camera_cause cause;

	snprintf(setup.address, sizeof(setup.address), "ptpip:127.0.0.1:%d:%d", c->port, c->port);
	memset(b.body, 0, camera_drivers[0]->priv_size);
	return camera_drivers[0]->open(b.body, &setup, &cause) == 0;
}

static double released_ms;

static void on_released(void *ctx, int64_t at_ms)
{
	(void)ctx;
	released_ms = (double)at_ms;
}

static bool seal(const char *dir, int fd)
{
	char part[600], whole[600];
	SCOPED_FD int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(part, sizeof(part), "%s/driver.part", dir);
	snprintf(whole, sizeof(whole), "%s/driver.jpg", dir);
	return fsync(fd) == 0 && rename(part, whole) == 0 && folder >= 0 && fsync(folder) == 0;
}

static bool driver_shoot(void)
{
	const struct camera_ops *ops = camera_drivers[0];
	const struct camera_watch watch = { .released = on_released };
	struct file f = { .hash = hash_new() };
	struct camera_sink sink = { .write = take, .ctx = &f };
	double asked = bench_now_ms(), last;
	struct camera_object o;
	enum camera_cause cause;
	char part[600];
	bool triggered, good;

	snprintf(part, sizeof(part), "%s/driver.part", b.rig.dir);
	f.fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	good = f.fd >= 0 && f.hash && !ops->shoot(b.body, 10000, &watch, &o, &triggered, &cause) &&
	       !ops->fetch(b.body, &o, &sink, &cause);
	last = bench_now_ms();
	if (good) {
		hash_final(f.hash, f.sha256);
		good = seal(b.rig.dir, f.fd);
		add(&b.driver, asked, released_ms, (double)o.seen_ms, last, bench_now_ms());
		ops->remove(b.body, &o, &cause);
	}
	hash_free(f.hash);
	if (f.fd >= 0)
		close(f.fd);
	return good;
}

/* --- the shell --------------------------------------------------------------------------------- */

/* After each shot a shell listens three more seconds for a second file before it takes the next
 * command. That is not counted; the other one serves meanwhile. */
static bool shell_shoot(int shot)
{
	struct peer_shell *s = &b.shells[shot % SHELLS];
	double saved, sealing;

	if ((shot >= SHELLS && !peer_shell_ready(s)) || !peer_shell_shoot(s, &saved) ||
	    !peer_durable(b.rig.dir, &sealing))
		return false;
	samples_add(&b.saved, saved);
	samples_add(&b.sealing, sealing);
	samples_add(&b.peer, saved + sealing);
	return true;
}

static bool shells_start(struct bench_camera *const cameras[])
{
	bool good = true;

	for (int i = 0; i < SHELLS; i++)
		good = peer_shell_start(&b.shells[i], b.rig.dir, cameras[i]->port) && good;
	return good;
}

/* The next prompt's coming is counted too, for once. */
static void turns(struct bench_camera *c)
{
	struct peer_shell s;
	double saved, began;
	bool good = peer_shell_start(&s, b.rig.dir, c->port);

	for (int i = 0; i < 2 && good; i++) {
		began = bench_now_ms();
		good = peer_shell_shoot(&s, &saved) && peer_shell_ready(&s);
		if (good)
			samples_add(&b.turn, bench_now_ms() - began);
	}
	peer_shell_stop(&s);
}

/* --- in turn ----------------------------------------------------------------------------------- */

/* The library asks every 100 ms whether the body is ready: exposures of many lengths, the same for
 * all, so that the step favours nobody. */
static bool same_exposure(int shot)
{
	for (int i = 0; i < CAMERAS; i++)
		if (!camera_say(&b.cameras[i], "exp_ms %d", 8 + shot * 37 % 100))
			return false;
	return true;
}

static bool turn(int shot, int round)
{
	bool good = same_exposure(shot);

	for (int i = 0; i < 3 && good; i++) { /* who comes first changes */
		int who = (shot + i) % 3;

		good = who == 0	  ? kiosk_shoot()
		       : who == 1 ? driver_shoot()
				  : !b.with_peer || shell_shoot(round);
	}
	return good;
}

static void weigh(void)
{
	pid_t kids[16];
	int n = procs_children(b.rig.kiosk.pid, kids, ARRAY_SIZE(kids));
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += procs_peak_mb(kids[i]);
	samples_add(&b.kiosk_mb, procs_peak_mb(b.rig.kiosk.pid));
	samples_add(&b.workers_mb, sum);
}

static bool half(int h)
{
	struct bench_camera *c[CAMERAS];
	bool good;

	for (int i = 0; i < CAMERAS; i++)
		c[i] = &b.cameras[(i + 2 * h) % CAMERAS];
	good = driver_open(c[1]) && (!b.with_peer || shells_start(&c[2])) && kiosk_start(c[0]);
	for (int i = 0; good && i < SHOTS_EACH; i++)
		good = turn(h * SHOTS_EACH + i, i);
	weigh();
	camera_drivers[0]->close(b.body);
	kiosk_end();
	for (int i = 0; i < SHELLS && b.with_peer; i++)
		peer_shell_stop(&b.shells[i]);
	for (int i = 0; i < CAMERAS; i++)
		good = camera_free(&b.cameras[i]) && good;
	return good;
}

static void cold(void)
{
	double saved, sealing;

	for (int i = 0; i < COLD; i++)
		if (same_exposure(i) && peer_cold(b.rig.dir, b.cameras[0].port, &saved) &&
		    peer_durable(b.rig.dir, &sealing))
			samples_add(&b.cold, saved + sealing);
	turns(&b.cameras[1]);
}

/* --- the table --------------------------------------------------------------------------------- */

static void line(const char *id, const char *what, const struct samples *ours, const char *peer,
		 const struct samples *theirs, enum bench_limit kind, double limit)
{
	struct bench_line l = { .id = id,
				.what = what,
				.fs = b.fs,
				.unit = "ms",
				.ours = ours,
				.theirs = b.with_peer ? theirs : NULL,
				.peer = peer,
				.kind = kind,
				.limit = limit };

	bench_line(&l);
}

static void steps(const char *prefix, const char *who, const struct steps *s)
{
	const struct {
		const char *id, *what;
		const struct samples *of;
	} rows[] = { { "asked_to_release", "asked to release", &s->trigger },
		     { "release_to_event", "release to event", &s->event },
		     { "event_to_last_byte", "event to last byte", &s->transfer },
		     { "last_byte_to_durable", "last byte to durable", &s->durable } };
	char id[64], what[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(id, sizeof(id), "%s_%s", prefix, rows[i].id);
		snprintf(what, sizeof(what), "  %s: %s", who, rows[i].what);
		line(id, what, rows[i].of, NULL, NULL, i == 3 ? LIMIT_P50 : LIMIT_NONE, 50);
	}
}

static void mb(const char *id, const char *what, const struct samples *ours, double limit)
{
	struct bench_line l = { .id = id,
				.what = what,
				.fs = b.fs,
				.unit = "MiB",
				.ours = ours,
				.kind = LIMIT_P95,
				.limit = limit };

	bench_line(&l);
}

static void table(void)
{
	const char *warm = "warm shell + sync FILE, DIR + sha256sum";

	line("kiosk", "key to durable and hashed (kiosk)", &b.kiosk.whole, warm, &b.peer,
	     LIMIT_RATIO, 1.0);
	line("kiosk_bare", "  the same", &b.kiosk.whole, "warm shell, file saved", &b.saved,
	     LIMIT_PLUS, 60);
	line("driver", "asked to durable and hashed (driver)", &b.driver.whole, warm, &b.peer,
	     LIMIT_RATIO, 1.0);
	line("driver_bare", "  the same", &b.driver.whole, "warm shell, file saved", &b.saved,
	     LIMIT_PLUS, 60);
	if (b.cold.count)
		line("kiosk_cold", "key to durable and hashed (kiosk)", &b.kiosk.whole,
		     "gphoto2 started anew + sync + sha256sum", &b.cold, LIMIT_RATIO, 1.0);
	if (b.turn.count)
		line("kiosk_turn", "  the same", &b.kiosk.whole, "warm shell, shot to shot",
		     &b.turn, LIMIT_NONE, 0);
	line("verdict", "key to verdict (kiosk)", &b.verdict, NULL, NULL, LIMIT_NONE, 0);
	steps("kiosk", "kiosk", &b.kiosk);
	steps("driver", "driver", &b.driver);
	mb("memory_kiosk", "memory at most: kiosk", &b.kiosk_mb, 150);
	mb("memory_workers", "memory at most: all workers together", &b.workers_mb, 400);
	bench_samples("shell_sealing", b.fs, "peer", &b.sealing);
}

static bool play(const char *portraits)
{
	char name[16];
	bool good = people_import(&b.rig, HALVES * SHOTS_EACH);

	b.rig.no_camera = true; /* it has its own, see kiosk_start() */
	rig_start_devices(&b.rig);
	for (int i = 0; i < CAMERAS; i++) {
		snprintf(name, sizeof(name), "cam%d", i);
		camera_start(&b.cameras[i], b.rig.bin, b.rig.dir, name, portraits);
		good = good && camera_say(&b.cameras[i], "big %d", PICTURE_BYTES);
	}
	for (int h = 0; h < HALVES && good; h++)
		good = half(h);
	return good;
}

int main(int argc, char **argv)
{
	bool good;

	if (argc < 4) {
		fprintf(stderr, "usage: shots DIR FILE-SYSTEM PORTRAITS [cold]\n");
		return 64;
	}
	rig_init(&b.rig, argv[1]);
	b.fs = argv[2];
	b.with_peer = peer_there();
	b.body = calloc(1, camera_drivers[0]->priv_size);
	peer_home(b.rig.dir);
	good = b.body && play(argv[3]);
	if (good && b.with_peer && argc > 4)
		cold();
	rig_stop(&b.rig);
	for (int i = 0; i < CAMERAS; i++)
		camera_stop(&b.cameras[i]);
	free(b.body);
	table();
	return good ? 0 : 1;
}
