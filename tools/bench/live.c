/*
 * Live view: frames a second on the screen, and what a frame costs in CPU time, against `gphoto2
 * --capture-movie` on the same camera. gphoto2 only copies the frames' bytes; ours decodes, checks
 * and draws them. So the worker is held against gphoto2 and a libjpeg decode of each frame, and the
 * drawing stands on its own line.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/bench/lib/peer.h"
#include "tools/bench/lib/people.h"
#include "tools/bench/lib/procs.h"
#include "tools/bench/lib/results.h"

enum { WINDOWS = 6, WINDOW_MS = 1000, DECODES = 100 };

static struct {
	struct rig rig;
	struct bench_camera camera;
	const char *fs;
	int events;
	struct samples fps, worker, kiosk,
		share; /* per window: a second, ms a frame, % of a core */
	struct samples hint_fps, hint; /* frames judged a second; ms of CPU each */
	struct samples peer_fps, peer_copy, peer_decode, peer_share;
} b;

/* What is counted at the ends of a window. */
struct reading {
	double at_ms, frames, worker_ms, kiosk_ms, hints, hints_ms;
};

static void add(struct samples *fps, struct samples *worker, struct samples *kiosk,
		struct samples *share, const struct reading *a, const struct reading *z)
{
	double frames = z->frames - a->frames, ms = z->at_ms - a->at_ms;

	if (frames <= 0)
		return;
	samples_add(fps, frames * 1000 / ms);
	samples_add(worker, (z->worker_ms - a->worker_ms) / frames);
	if (kiosk)
		samples_add(kiosk, (z->kiosk_ms - a->kiosk_ms) / frames);
	samples_add(share, 100 * (z->worker_ms - a->worker_ms + z->kiosk_ms - a->kiosk_ms) / ms);
}

static void pass(int ms)
{
	poll(NULL, 0, ms);
}

/* --- ours -------------------------------------------------------------------------------------- */

static struct reading read_ours(pid_t worker)
{
	return (struct reading){ .frames = times_get(&b.rig, "live_frames"),
				 .worker_ms = procs_cpu_ms(worker),
				 .kiosk_ms = procs_cpu_ms(b.rig.kiosk.pid),
				 .hints = times_get(&b.rig, "hint_frames"),
				 .hints_ms = times_get(&b.rig, "hint_cpu_us") / 1000,
				 .at_ms = bench_now_ms() };
}

static void add_hints(const struct reading *a, const struct reading *z)
{
	double frames = z->hints - a->hints;

	samples_add(&b.hint_fps, frames * 1000 / (z->at_ms - a->at_ms));
	if (frames > 0)
		samples_add(&b.hint, (z->hints_ms - a->hints_ms) / frames);
}

static bool ours(void)
{
	pid_t worker = rig_worker_pid(&b.rig, "camera");
	struct reading a, z;

	if (!people_lay(&b.rig, 0) || !event_wait(b.events, "state", "framing") ||
	    !rig_reader(&b.rig, "remove"))
		return false;
	pass(1000);
	a = read_ours(worker);
	for (int i = 0; i < WINDOWS; i++, a = z) {
		pass(WINDOW_MS);
		z = read_ours(worker);
		add(&b.fps, &b.worker, &b.kiosk, &b.share, &a, &z);
		add_hints(&a, &z);
	}
	return rig_key(&b.rig, "cancel");
}

/* --- gphoto2 ----------------------------------------------------------------------------------- */

static pid_t movie(const char *path)
{
	char address[64];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(address, sizeof(address), "ptpip:127.0.0.1:%d:%d", b.camera.port, b.camera.port);
	dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	dup2(open("/dev/null", O_WRONLY), 2);
	setenv("HOME", b.rig.dir, 1);
	execlp("gphoto2", "gphoto2", "--port", address, "--capture-movie=30s", "--stdout",
	       (char *)NULL);
	_exit(127);
}

static struct reading read_peer(pid_t pid)
{
	char answer[4096] = "";
	const char *at;

	rig_ask(b.camera.control, answer, sizeof(answer), "stat");
	at = strstr(answer, " frames=");
	return (struct reading){ .frames = at ? atof(at + 8) : 0,
				 .worker_ms = procs_cpu_ms(pid),
				 .at_ms = bench_now_ms() };
}

static uint8_t *slurp(const char *path, size_t *bytes)
{
	SCOPED_FILE FILE *f = fopen(path, "rbe");
	uint8_t *data = malloc(1 << 20);

	*bytes = f && data ? fread(data, 1, 1 << 20, f) : 0;
	return data;
}

static void decode(const uint8_t *data, size_t bytes)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	SCOPED_FREE JSAMPLE *row = NULL;

	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, data, bytes);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_EXT_BGRX;
	jpeg_start_decompress(&d);
	row = malloc((size_t)d.output_width * 4);
	while (d.output_scanline < d.output_height)
		jpeg_read_scanlines(&d, &row, 1);
	jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
}

/* CPU time of decoding the movie's first frame. */
static double decode_ms(const char *path)
{
	SCOPED_FREE uint8_t *data = NULL;
	struct timespec a, z;
	size_t bytes;

	data = slurp(path, &bytes);
	if (bytes < 4 || data[0] != 0xff || data[1] != 0xd8)
		return 0;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int i = 0; i < DECODES; i++)
		decode(data, bytes);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &z);
	return ((double)(z.tv_sec - a.tv_sec) * 1e3 + (double)(z.tv_nsec - a.tv_nsec) / 1e6) /
	       DECODES;
}

static void peer(void)
{
	char path[300];
	struct reading a, z;
	double more;
	pid_t pid;

	snprintf(path, sizeof(path), "%.250s/movie.mjpg", b.rig.dir);
	pid = movie(path);
	pass(1500);
	a = read_peer(pid);
	for (int i = 0; i < WINDOWS; i++, a = z) {
		pass(WINDOW_MS);
		z = read_peer(pid);
		add(&b.peer_fps, &b.peer_copy, NULL, &b.peer_share, &a, &z);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	more = decode_ms(path);
	for (int i = 0; i < b.peer_copy.count; i++)
		samples_add(&b.peer_decode, b.peer_copy.v[i] + more);
	unlink(path);
}

/* --- the table --------------------------------------------------------------------------------- */

static void line(const char *id, const char *what, const char *unit, const struct samples *ours_,
		 const char *peer_, const struct samples *theirs)
{
	struct bench_line l = { .id = id,
				.what = what,
				.fs = "-",
				.unit = unit,
				.ours = ours_,
				.theirs = theirs && theirs->count ? theirs : NULL,
				.peer = peer_ };

	bench_line(&l);
}

static bool play(void)
{
	static char extra[300];
	bool good = people_import(&b.rig, 1);

	b.rig.no_camera = true;
	rig_start_devices(&b.rig);
	snprintf(extra, sizeof(extra),
		 "found.show_ms = 0\ndisplay.sound = no\n"
		 "camera.port = ptpip:127.0.0.1:%d:%d",
		 b.camera.port, b.camera.port);
	b.rig.extra_config = extra;
	rig_start_kiosk(&b.rig);
	b.events = rig_events(&b.rig);
	good = good && rig_wait(&b.rig, "camera", "ok", 20000) && rig_wait_free(&b.rig, 20000) &&
	       rig_wait(&b.rig, "hints", "ok", 20000) && ours();
	close(b.events);
	rig_kill_kiosk(&b.rig);
	if (good && peer_there() && camera_free(&b.camera))
		peer();
	rig_stop(&b.rig);
	return good;
}

int main(int argc, char **argv)
{
	bool good;

	if (argc < 3) {
		fprintf(stderr, "usage: live DIR PORTRAITS\n");
		return 64;
	}
	rig_init(&b.rig, argv[1]);
	peer_home(b.rig.dir);
	camera_start(&b.camera, b.rig.bin, b.rig.dir, "camera", argv[2]);
	good = play();
	camera_stop(&b.camera);
	line("live_fps", "live view: frames on the screen", "1/s", &b.fps,
	     "gphoto2 --capture-movie, bytes to a file", &b.peer_fps);
	line("live_worker", "  CPU a frame: worker (decodes)", "ms", &b.worker,
	     "gphoto2 + libjpeg decode of each frame", &b.peer_decode);
	line("live_copy", "  the same", "ms", &b.worker, "gphoto2, copies only", &b.peer_copy);
	line("live_kiosk", "  CPU a frame: kiosk (draws both views)", "ms", &b.kiosk, NULL, NULL);
	line("live_share", "  CPU share: worker + kiosk", "%", &b.share, "gphoto2 --capture-movie",
	     &b.peer_share);
	line("hint_fps", "  hints: frames judged, at nice 10", "1/s", &b.hint_fps, NULL, NULL);
	line("hint_worker", "  CPU a judged frame", "ms", &b.hint, NULL, NULL);
	return good ? 0 : 1;
}
