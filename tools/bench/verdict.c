/*
 * What judging and cutting a picture cost, in turn with others on the same file: a full libjpeg
 * decode, ImageMagick, facedetect. And the memory of the processes that did it. All on one core, in
 * processor time, children's too: on an idle machine that is what one waits, on a busy one it still
 * compares.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge_cut.h"
#include "firmware/judge/judge_wire.h"
#include "tools/bench/lib/command.h"
#include "tools/bench/lib/photo.h"
#include "tools/bench/lib/procs.h"

#define CONVERT "/usr/bin/convert"

enum { ROUNDS = 7, PEER_ROUNDS = 3, COST_ROUNDS = 3, MEMORY_MIB = 200, CUTS = 2 };

/* The finished pictures, a small and a large one. */
static const char *const cut_names[CUTS] = { "chsi-480", "xinhua-960" };
static struct preset cuts[CUTS];
static char main_preset[800], scratch[512];

static double verdict_ms(struct judge *j, const struct photo *p)
{
	double start = procs_cpu_ms(0);
	struct judge_outcome o;

	judge_picture(j, p->data, p->bytes, &o);
	image_unref(o.crop);
	return procs_cpu_ms(0) - start;
}

/* @crop: where, both the same piece of the picture; NULL: judged, and placed by its rule. @placed:
 * where that was, may be NULL. Return: negative when a file is missing. */
static double finish_ms(struct judge *j, const struct photo *p, const struct image_crop *crop,
			struct image_crop *placed)
{
	double start = procs_cpu_ms(0), ms;
	struct judge_order orders[CUTS] = { 0 };
	struct judge_piece pieces[CUTS];
	struct judge_outcome o = { 0 };
	bool ok = true;

	for (int i = 0; i < CUTS; i++) {
		orders[i].preset = &cuts[i];
		if (crop)
			orders[i].crop = *crop;
	}
	judge_cut(crop ? NULL : j, p->data, p->bytes, orders, CUTS, &o, pieces);
	ms = procs_cpu_ms(0) - start;
	image_unref(o.crop);
	for (int i = 0; i < CUTS; i++) {
		ok &= pieces[i].crop.w && pieces[i].cause == PICTURE_OK;
		free(pieces[i].file.data);
	}
	if (placed)
		*placed = pieces[0].crop;
	return ok ? ms : -1;
}

static void add(struct samples *s, double value)
{
	if (value >= 0)
		samples_add(s, value);
}

/* --- a full decode --------------------------------------------------------------------------- */

static void against_decode(struct judge *j, const struct photo *p)
{
	static struct samples verdict, finish, decode;

	verdict.count = finish.count = decode.count = 0;
	for (int i = 0; i < ROUNDS; i++) {
		add(&decode, photo_decode_ms(p));
		add(&verdict, verdict_ms(j, p));
		add(&finish, finish_ms(j, p, NULL, NULL));
	}
	photo_line(p, (struct bench_line){ .id = "verdict",
					   .what = "verdict",
					   .ours = &verdict,
					   .theirs = &decode,
					   .peer = "full libjpeg RGB decode",
					   .kind = LIMIT_PLUS,
					   .limit = 60 });
	photo_line(p, (struct bench_line){ .id = "finish",
					   .what = "verdict, two files",
					   .ours = &finish,
					   .theirs = &decode,
					   .peer = "full libjpeg RGB decode",
					   .kind = LIMIT_PLUS,
					   .limit = 250 });
}

/* --- ImageMagick: the same two pieces of the picture ----------------------------------------- */

static double convert_ms(const struct photo *p, const struct image_crop *c, int denominator)
{
	int one = IMAGE_CROP_ONE * denominator;
	char hint[80] = "";

	if (denominator > 1)
		snprintf(hint, sizeof(hint), "-define jpeg:size=%dx%d",
			 p->info.width_px / denominator, p->info.height_px / denominator);
	return command_ms("exec " CONVERT " %s '%s' -auto-orient -crop %dx%d%+d%+d +repage "
			  "-density 300 -quality 92 \\( +clone -resize %dx%d! -write '%s/a.jpg' "
			  "+delete \\) -resize %dx%d! '%s/b.jpg'",
			  hint, p->path, c->w / one, c->h / one, c->x / one, c->y / one,
			  cuts[0].file.width_px, cuts[0].file.height_px, scratch,
			  cuts[1].file.width_px, cuts[1].file.height_px, scratch);
}

/* The smallest of the pictures libjpeg makes cheaply in which nothing has to be enlarged. */
static int hint_for(const struct image_crop *c)
{
	int d = 8;

	while (d > 1 && c->w / IMAGE_CROP_ONE / d < cuts[1].file.width_px)
		d /= 2;
	return d;
}

static void against_convert(struct judge *j, const struct photo *p)
{
	static struct samples ours, plain, hinted;
	struct image_crop c;

	if (finish_ms(j, p, NULL, &c) < 0)
		return;
	ours.count = plain.count = hinted.count = 0;
	for (int i = 0; i < PEER_ROUNDS; i++) {
		add(&plain, convert_ms(p, &c, 1));
		add(&hinted, convert_ms(p, &c, hint_for(&c)));
		add(&ours, finish_ms(j, p, &c, NULL));
	}
	photo_line(p, (struct bench_line){ .id = "cut_convert",
					   .what = "two files, no verdict",
					   .ours = &ours,
					   .theirs = &plain,
					   .peer = "convert",
					   .kind = LIMIT_RATIO,
					   .limit = 1 });
	photo_line(p, (struct bench_line){ .id = "cut_convert_hint",
					   .what = "two files, no verdict",
					   .ours = &ours,
					   .theirs = &hinted,
					   .peer = "convert -define jpeg:size",
					   .kind = LIMIT_RATIO,
					   .limit = 1 });
}

/* --- facedetect: a face's rectangle, less than a verdict ------------------------------------- */

/* @start_ms: Python and OpenCV take half a second to start; a kiosk would start them once. */
static double facedetect_ms(const char *path, double start_ms)
{
	double all = command_ms("exec facedetect '%s'", path);

	return all < 0 || start_ms < 0 ? -1 : all > start_ms ? all - start_ms : 0;
}

static double hinted_facedetect_ms(const char *path, double start_ms)
{
	char small[600];
	double shrink, find;

	snprintf(small, sizeof(small), "%s/small.jpg", scratch);
	shrink = command_ms("exec " CONVERT " -define jpeg:size=1500x1500 '%s' -auto-orient "
			    "-resize 750x750 '%s'",
			    path, small);
	find = shrink < 0 ? -1 : facedetect_ms(small, start_ms);
	return find < 0 ? -1 : shrink + find;
}

static void against_facedetect(struct judge *j, const struct photo *p)
{
	static struct samples ours, plain, hinted;

	ours.count = plain.count = hinted.count = 0;
	command_ms("exec " CONVERT " -size 32x32 xc:gray '%s/tiny.jpg'", scratch);
	for (int i = 0; i < PEER_ROUNDS; i++) {
		double start_ms = command_ms("exec facedetect '%s/tiny.jpg'", scratch);

		add(&plain, facedetect_ms(p->path, start_ms));
		add(&hinted, hinted_facedetect_ms(p->path, start_ms));
		add(&ours, verdict_ms(j, p));
	}
	photo_line(p, (struct bench_line){ .id = "verdict_facedetect",
					   .what = "verdict",
					   .ours = &ours,
					   .theirs = &plain,
					   .peer = "facedetect less its start",
					   .kind = LIMIT_RATIO,
					   .limit = 1 });
	photo_line(p, (struct bench_line){ .id = "verdict_facedetect_hint",
					   .what = "verdict",
					   .ours = &ours,
					   .theirs = &hinted,
					   .peer = "convert -define jpeg:size, facedetect",
					   .kind = LIMIT_RATIO,
					   .limit = 1 });
}

/* --- memory: in children, forked while this process is still small --------------------------- */

static void memory_line(const char *id, const char *what, double mib)
{
	static struct samples one;

	one.count = 0;
	samples_add(&one, mib);
	bench_line(&(struct bench_line){ .id = id,
					 .what = what,
					 .fs = "-",
					 .unit = "MiB",
					 .ours = &one,
					 .kind = LIMIT_P95,
					 .limit = MEMORY_MIB });
}

struct kept_worker {
	pid_t pid;
	int sock;
	struct wire_msg msg;
};

static bool worker_ready(struct kept_worker *w)
{
	struct judge_config config = { .landmarks = JUDGE_MODEL };
	int ends[2];

	if (strlen(main_preset) >= sizeof(config.preset) || wire_pair(ends) < 0)
		return false;
	memcpy(config.preset, main_preset, strlen(main_preset));
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

/* Return: the worker's processor time, negative without a verdict. */
static double worker_ms(struct kept_worker *w, const struct photo *p)
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

static void through_the_worker(const struct photo *photos, int count)
{
	static struct kept_worker w;
	static struct samples ms;
	double mib = 0;

	if (worker_ready(&w)) {
		for (int i = 0; i < count; i++) {
			ms.count = 0;
			for (int k = 0; k < PEER_ROUNDS; k++)
				add(&ms, worker_ms(&w, &photos[i]));
			photo_line(&photos[i], (struct bench_line){ .id = "judge_worker",
								    .what = "worker, hash too",
								    .ours = &ms });
		}
		mib = procs_peak_mb(w.pid);
	}
	close(w.sock);
	waitpid(w.pid, NULL, 0);
	memory_line("judge_worker_peak", "judge worker, memory at most", mib);
}

static bool start(struct judge *j)
{
	struct config_error err;

	if (!judge_open(main_preset, NULL, JUDGE_MODEL, j, &err))
		return true;
	fprintf(stderr, "verdict: the judge cannot start: %s\n", err.text);
	return false;
}

static void finish_all(const struct photo *photos, int count)
{
	struct judge j;

	if (!start(&j))
		_exit(1);
	for (int i = 0; i < count; i++)
		finish_ms(&j, &photos[i], NULL, NULL);
	_exit(0);
}

static void memory_of_cutting(const struct photo *photos, int count)
{
	struct rusage used = { 0 };
	pid_t pid = fork();

	if (pid == 0)
		finish_all(photos, count);
	wait4(pid, NULL, 0, &used);
	memory_line("finish_peak", "verdict, two files, memory at most",
		    (double)used.ru_maxrss / 1024);
}

/* --- cost against size ----------------------------------------------------------------------- */

static void cost(struct judge *j, const struct photo *p)
{
	static struct samples decode, verdict, finish;
	const char *dir = getenv("BENCH_RESULTS"), *base = strrchr(p->path, '/');
	SCOPED_FILE FILE *f = NULL;
	char path[600];

	base = base ? base + 1 : p->path;
	decode.count = verdict.count = finish.count = 0;
	for (int i = 0; i < COST_ROUNDS; i++) {
		add(&decode, photo_decode_ms(p));
		add(&verdict, verdict_ms(j, p));
		add(&finish, finish_ms(j, p, NULL, NULL));
	}
	snprintf(path, sizeof(path), "%s/costs.tsv", dir ? dir : scratch);
	f = fopen(path, "ae");
	if (f)
		fprintf(f, "%.*s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\n", (int)strcspn(base, "-"), base,
			p->mp, p->mb, samples_at(&decode, 50), samples_at(&verdict, 50),
			samples_at(&finish, 50));
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

static bool load_presets(void)
{
	struct config_error err;
	char path[800];

	for (int i = 0; i < CUTS; i++)
		if (preset_path(cut_names[i], path, sizeof(path)) < 0 ||
		    preset_load(path, NULL, &cuts[i], &err) < 0)
			return false;
	return preset_path(cut_names[0], main_preset, sizeof(main_preset)) == 0;
}

static void targets(struct judge *j, const struct photo *photos, int count)
{
	for (int i = 0; i < count; i++)
		against_decode(j, &photos[i]);
	for (int i = 0; i < count; i++)
		against_convert(j, &photos[i]);
	for (int i = 0; i < count; i++)
		against_facedetect(j, &photos[i]);
}

int main(int argc, char **argv)
{
	bool only_costs = argc > 1 && !strcmp(argv[1], "costs");
	static struct photo photos[16];
	struct judge j;
	int count = 0;

	if (argc < 4 || argc - 3 > (int)ARRAY_SIZE(photos)) {
		fprintf(stderr, "usage: verdict targets|costs DIR PHOTO.jpg...\n");
		return 64;
	}
	snprintf(scratch, sizeof(scratch), "%s", argv[2]);
	on_one_core();
	for (int i = 3; i < argc; i++)
		if (!photo_load(&photos[count++], argv[i]))
			return 1;
	if (!load_presets())
		return 1;
	if (!only_costs) {
		through_the_worker(photos, count);
		memory_of_cutting(photos, count);
	}
	if (!start(&j))
		return 1;
	if (!only_costs)
		targets(&j, photos, count);
	for (int i = 0; only_costs && i < count; i++)
		cost(&j, &photos[i]);
	judge_close(&j);
	return 0;
}
