/*
 * What judging a picture costs, in turn with others on the same file: a full libjpeg decode,
 * ImageMagick, facedetect. And the memory of a judge worker that did it. All on one core, in
 * processor time, children's too: on an idle machine that is what one waits, on a busy one it still
 * compares.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/judge_wire.h"
#include "tools/bench/lib/command.h"
#include "tools/bench/lib/procs.h"
#include "tools/bench/lib/results.h"

enum { ROUNDS = 9, PEER_ROUNDS = 3, COST_ROUNDS = 3 };

struct photo {
	const char *path;
	uint8_t *data;
	size_t bytes;
	struct jpeg_info info;
	char size[40]; /* "24 MP, 4.9 MB" */
	char id[24]; /* "24mp_5mb" */
};

static bool photo_load(struct photo *p, const char *path)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	double mp, mb;

	memset(p, 0, sizeof(*p));
	p->path = path;
	if (fd < 0 || judge_read(fd, &p->data, &p->bytes) < 0 ||
	    jpeg_read_info(p->data, p->bytes, &p->info) != JPEG_OK) {
		fprintf(stderr, "verdict: %s: not a picture\n", path);
		return false;
	}
	mp = (double)p->info.width_px * p->info.height_px / 1e6;
	mb = (double)p->bytes / 1e6;
	snprintf(p->size, sizeof(p->size), "%.0f MP, %.1f MB", mp, mb);
	snprintf(p->id, sizeof(p->id), "%.0fmp_%.0fmb", mp, mb);
	return true;
}

/* --- one side each --------------------------------------------------------------------------- */

/* As a picture viewer would: every line, RGB, the library's defaults. */
static void decode_all(const struct photo *p)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	SCOPED_FREE JSAMPLE *pixels = NULL;
	size_t stride;

	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p->data, p->bytes);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	stride = (size_t)d.output_width * 3;
	pixels = malloc(stride * d.output_height);
	while (pixels && d.output_scanline < d.output_height) {
		JSAMPROW row = pixels + stride * d.output_scanline;

		jpeg_read_scanlines(&d, &row, 1);
	}
	jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
}

static double time_decode(const struct photo *p)
{
	double start = procs_cpu_ms(0);

	decode_all(p);
	return procs_cpu_ms(0) - start;
}

static double time_verdict(struct judge *j, const struct photo *p)
{
	double start = procs_cpu_ms(0);
	struct judge_outcome o;

	judge_picture(j, p->data, p->bytes, &o);
	image_unref(o.crop);
	return procs_cpu_ms(0) - start;
}

/* --- lines ----------------------------------------------------------------------------------- */

struct line {
	const char *id, *what, *peer;
	const struct samples *ours, *theirs;
	enum bench_limit kind;
	double limit;
};

static void say(const struct photo *p, const struct line *l)
{
	char id[64], what[80];

	snprintf(id, sizeof(id), "%s_%s", l->id, p->id);
	snprintf(what, sizeof(what), "%s, %s", l->what, p->size);
	bench_line(&(struct bench_line){ .id = id,
					 .what = what,
					 .fs = "-",
					 .unit = "ms",
					 .ours = l->ours,
					 .theirs = l->theirs,
					 .peer = l->peer,
					 .kind = l->kind,
					 .limit = l->limit });
}

static void against_decode(struct judge *j, const struct photo *p)
{
	static struct samples verdict, decode;

	verdict.count = decode.count = 0;
	for (int i = 0; i < ROUNDS; i++) {
		samples_add(&decode, time_decode(p));
		samples_add(&verdict, time_verdict(j, p));
	}
	say(p, &(struct line){ "verdict", "verdict", "full libjpeg RGB decode", &verdict, &decode,
			       LIMIT_PLUS, 60 });
}

/* --- facedetect: a face's rectangle, less than a verdict ------------------------------------- */

#define ARGV(...) ((char *[]){ __VA_ARGS__, NULL })

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* Python and OpenCV take half a second to start; a kiosk would start them once, so that is taken
 * off: @tiny is a picture of next to nothing. */
static double time_facedetect(const char *path, const char *tiny)
{
	double all = command_ms(ARGV(text("facedetect"), text(path)));
	double start = command_ms(ARGV(text("facedetect"), text(tiny)));

	return all < 0 || start < 0 ? -1 : all > start ? all - start : 0;
}

static double time_hinted_facedetect(const char *path, const char *tiny, const char *dir)
{
	char small[600];
	double shrink, find;

	snprintf(small, sizeof(small), "%s/small.jpg", dir);
	shrink = command_ms(ARGV(text("/usr/bin/convert"), text("-define"),
				 text("jpeg:size=1500x1500"), text(path), text("-auto-orient"),
				 text("-resize"), text("750x750"), small));
	find = shrink < 0 ? -1 : time_facedetect(small, tiny);
	return find < 0 ? -1 : shrink + find;
}

static void against_facedetect(struct judge *j, const struct photo *p, const char *dir)
{
	static struct samples verdict, full, hinted;
	char tiny[600];

	verdict.count = full.count = hinted.count = 0;
	snprintf(tiny, sizeof(tiny), "%s/tiny.jpg", dir);
	if (command_ms(ARGV(text("/usr/bin/convert"), text("-size"), text("32x32"), text("xc:gray"),
			    tiny)) < 0)
		return;
	for (int i = 0; i < PEER_ROUNDS; i++) {
		double a = time_facedetect(p->path, tiny);
		double b = time_hinted_facedetect(p->path, tiny, dir);

		if (a >= 0)
			samples_add(&full, a);
		if (b >= 0)
			samples_add(&hinted, b);
		samples_add(&verdict, time_verdict(j, p));
	}
	say(p, &(struct line){ "verdict_facedetect", "verdict", "facedetect less its start",
			       &verdict, &full, LIMIT_RATIO, 1 });
	say(p, &(struct line){ "verdict_facedetect_hint", "verdict",
			       "convert -define jpeg:size, facedetect less its start", &verdict,
			       &hinted, LIMIT_RATIO, 1 });
}

/* --- the worker ------------------------------------------------------------------------------ */

struct kept_worker {
	pid_t pid;
	int sock;
	struct wire_msg msg;
};

static bool worker_ready(struct kept_worker *w, const char *preset)
{
	struct judge_config config = { .landmarks = JUDGE_MODEL };
	int ends[2];

	if (strlen(preset) >= sizeof(config.preset) || wire_pair(ends) < 0)
		return false;
	memcpy(config.preset, preset, strlen(preset));
	w->pid = fork();
	if (w->pid == 0) {
		close(ends[0]);
		_exit(judge_worker_run(ends[1]));
	}
	close(ends[1]);
	w->sock = ends[0];
	return w->pid > 0 &&
	       wire_send(w->sock, WIRE_CONFIG, 0, &config, sizeof(config), NULL, 0) == 0 &&
	       wire_recv(w->sock, -1, &w->msg) == 0 && w->msg.type == JUDGE_READY;
}

/* Return: ms of the worker's processor time, negative without a verdict. */
static double worker_judge(struct kept_worker *w, const struct photo *p)
{
	SCOPED_FD int fd = open(p->path, O_RDONLY | O_CLOEXEC);
	double start = procs_cpu_ms(w->pid);

	if (fd < 0 || wire_send(w->sock, JUDGE_PICTURE, 1, NULL, 0, &fd, 1) < 0)
		return -1;
	do {
		if (wire_recv(w->sock, -1, &w->msg) < 0)
			return -1;
		wire_close_fds(&w->msg);
	} while (w->msg.type != JUDGE_VERDICT);
	return procs_cpu_ms(w->pid) - start;
}

/* Forked while this process is still small: its memory is the worker's alone. */
static bool through_the_worker(const char *preset, struct photo *photos, int count)
{
	static struct kept_worker w;
	static struct samples ms, mb;
	bool ok = worker_ready(&w, preset);

	for (int i = 0; ok && i < count; i++) {
		ms.count = 0;
		for (int k = 0; ok && k < PEER_ROUNDS; k++) {
			double took = worker_judge(&w, &photos[i]);

			ok = took >= 0;
			if (ok)
				samples_add(&ms, took);
		}
		say(&photos[i], &(struct line){ .id = "judge_worker",
						.what = "verdict of the worker, hash too",
						.ours = &ms });
	}
	if (ok)
		samples_add(&mb, procs_peak_mb(w.pid));
	close(w.sock);
	waitpid(w.pid, NULL, 0);
	bench_line(&(struct bench_line){ .id = "judge_worker_peak",
					 .what = "judge worker, memory at most",
					 .fs = "-",
					 .unit = "MiB",
					 .ours = &mb,
					 .kind = LIMIT_P95,
					 .limit = 200 });
	return ok;
}

/* --- cost against size ----------------------------------------------------------------------- */

static void cost(struct judge *j, const struct photo *p)
{
	static struct samples decode, verdict;
	const char *dir = getenv("BENCH_RESULTS");
	const char *base = strrchr(p->path, '/');
	SCOPED_FILE FILE *f = NULL;
	char path[600];

	base = base ? base + 1 : p->path;
	decode.count = verdict.count = 0;
	for (int i = 0; i < COST_ROUNDS; i++) {
		samples_add(&decode, time_decode(p));
		samples_add(&verdict, time_verdict(j, p));
	}
	snprintf(path, sizeof(path), "%s/costs.tsv", dir ? dir : ".");
	f = fopen(path, "ae");
	if (f)
		fprintf(f, "%.*s\t%.2f\t%.2f\t%.2f\t%.2f\n", (int)strcspn(base, "-"), base,
			(double)p->info.width_px * p->info.height_px / 1e6, (double)p->bytes / 1e6,
			samples_at(&decode, 50), samples_at(&verdict, 50));
}

/* --- all ------------------------------------------------------------------------------------- */

static void on_one_core(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	setenv("MAGICK_THREAD_LIMIT", "1", 1);
	setenv("OMP_NUM_THREADS", "1", 1);
}

static bool start(struct judge *j, const char *preset)
{
	struct config_error err;

	if (!judge_open(preset, NULL, JUDGE_MODEL, j, &err))
		return true;
	fprintf(stderr, "verdict: the judge cannot start: %s\n", err.text);
	return false;
}

static int targets(const char *preset, const char *dir, struct photo *photos, int count)
{
	bool ok = through_the_worker(preset, photos, count);
	struct judge j;

	if (!start(&j, preset))
		return 1;
	for (int i = 0; i < count; i++)
		against_decode(&j, &photos[i]);
	for (int i = 0; i < count; i++)
		against_facedetect(&j, &photos[i], dir);
	judge_close(&j);
	return ok ? 0 : 1;
}

static int costs(const char *preset, struct photo *photos, int count)
{
	struct judge j;

	if (!start(&j, preset))
		return 1;
	for (int i = 0; i < count; i++)
		cost(&j, &photos[i]);
	judge_close(&j);
	return 0;
}

int main(int argc, char **argv)
{
	static struct photo photos[16];
	char preset[800];
	int count = 0;

	if (argc < 4 || argc - 3 > (int)ARRAY_SIZE(photos)) {
		fprintf(stderr, "usage: verdict targets|costs DIR PHOTO.jpg...\n");
		return 64;
	}
	for (int i = 3; i < argc; i++)
		if (!photo_load(&photos[count++], argv[i]))
			return 1;
	if (preset_path("chsi-480", preset, sizeof(preset)) < 0)
		return 1;
	on_one_core();
	if (!strcmp(argv[1], "costs"))
		return costs(preset, photos, count);
	return targets(preset, argv[2], photos, count);
}
