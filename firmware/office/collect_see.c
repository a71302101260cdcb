/*
 * Looking at the files, in processes of their own: decoders and the face engine meet bytes from
 * anywhere, two processors share the work, and a picture that kills its reader costs only itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/judge/record.h"
#include "firmware/office/collect_inside.h"

enum { PROCESSES = 2, PROCESSES_MAX = 16, PRINT_SHORT_PX = 288, GREY_MEAN = 2 };

/* What the processes share beside the files. */
struct common {
	atomic_int next; /* file to look at */
	char engine[32];
};

/* --- in the child ------------------------------------------------------------------------------ */

static int read_file(const char *path, uint8_t **data, size_t *bytes)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	return judge_read(fd, data, bytes);
}

static bool colourless(const struct image *im)
{
	int64_t sum = 0;

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++) {
			uint32_t p = image_row(im, y)[x];
			int r = p >> 16 & 255, g = p >> 8 & 255, b = p & 255;

			sum += abs(r - g) + abs(b - g);
		}
	return sum < (int64_t)GREY_MEAN * im->width_px * im->height_px;
}

static void take_print(struct collect_seen *s, const uint8_t *data, size_t bytes)
{
	int side = s->info.width_px < s->info.height_px ? s->info.width_px : s->info.height_px;
	int denominator = 8;
	struct image *im = NULL;
	struct jpeg_info info;

	while (denominator > 1 && side / denominator < PRINT_SHORT_PX)
		denominator /= 2;
	s->fault = (int)jpeg_decode(data, bytes, denominator, &info, &im);
	if (s->fault != JPEG_OK)
		return;
	s->grey = s->info.components == 1 || colourless(im);
	photo_print(im, &s->print);
	s->printed = true;
	image_unref(im);
}

static void judge(struct judge *j, struct collect_seen *s, const uint8_t *data, size_t bytes)
{
	struct judge_outcome o = { 0 };

	judge_picture(j, data, bytes, &o);
	judge_moire(j, data, bytes, &o);
	image_unref(o.crop);
	s->result = o.result;
	s->judged = true;
}

static void see(struct judge *j, const struct collect_file *f)
{
	SCOPED_FREE uint8_t *data = NULL;
	struct collect_seen *s = f->seen;
	struct hash *h = hash_new();
	size_t bytes = 0;

	s->error = h ? read_file(f->path, &data, &bytes) : -ENOMEM;
	s->bytes = (int64_t)bytes;
	if (!s->error) {
		hash_update(h, data, bytes);
		hash_final(h, s->sha256);
		photo_facts(data, bytes, &s->facts);
		text_copy(s->kind, sizeof(s->kind), photo_kind(data, bytes));
		s->fault = (int)jpeg_read_info(data, bytes, &s->info);
		if (s->fault == JPEG_OK)
			take_print(s, data, bytes);
		if (s->fault == JPEG_OK && f->judge)
			judge(j, s, data, bytes);
	}
	hash_free(h);
}

static int child(struct collecting *g, struct common *common, int tell)
{
	struct judge j = { 0 };
	struct config_error err;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (g->job.dir >= 0)
		close(g->job.dir); /* the lock ends with the parent, not with its last child */
	if (judge_open(g->preset_path, g->job_conf, g->w->landmarks, &j, &err) < 0)
		return 1;
	j.finished = true;
	text_copy(common->engine, sizeof(common->engine), face_version(j.face));
	while ((i = atomic_fetch_add(&common->next, 1)) < g->file_count) {
		struct collect_seen *s = g->files[i].seen;

		if (s->state != SEEN_NOT)
			continue;
		s->state = SEEN_BEGUN;
		see(&j, &g->files[i]);
		s->state = SEEN_DONE;
		if (write(tell, "", 1) < 0)
			return 1;
	}
	judge_close(&j);
	return 0;
}

/* --- in the parent ----------------------------------------------------------------------------- */

static int count_state(const struct collecting *g, int state)
{
	int n = 0;

	for (int i = 0; i < g->file_count; i++)
		n += g->files[i].seen->state == state;
	return n;
}

/* Until every child has hung up. */
static void follow(struct collecting *g, int hear)
{
	int done = g->file_count - count_state(g, SEEN_NOT);
	char bytes[64];
	ssize_t n;

	while ((n = read(hear, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR)) {
		done += n > 0 ? (int)n : 0;
		if (g->w->progress)
			g->w->progress(g->w->ctx, done, g->file_count);
	}
}

static int start(struct collecting *g, struct common *common, const int ends[2], pid_t *pid)
{
	*pid = fork();
	if (*pid == 0) {
		close(ends[0]);
		_exit(child(g, common, ends[1]));
	}
	return *pid < 0 ? -errno : 0;
}

/* All files once, by all children. Return: 0, or 1 when one could not start its judge. */
static int round_of(struct collecting *g, struct common *common)
{
	int wanted = g->w->processes ? g->w->processes : PROCESSES, ends[2], status, rc = 0;
	pid_t pids[PROCESSES_MAX];
	int count = 0;

	atomic_store(&common->next, 0);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	while (!rc && count < wanted && count < PROCESSES_MAX)
		rc = start(g, common, ends, &pids[count++]);
	count -= rc < 0;
	close(ends[1]);
	follow(g, ends[0]);
	close(ends[0]);
	for (int i = 0; i < count; i++)
		if (waitpid(pids[i], &status, 0) == pids[i] && WIFEXITED(status) &&
		    WEXITSTATUS(status))
			rc = 1;
	return rc;
}

static void *shared(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* As long as a child dies over a picture, the others are left for the next round. */
static int all_rounds(struct collecting *g, struct common *common)
{
	int left = count_state(g, SEEN_NOT), before = left + 1, rc = 0;

	while (left && left < before && !rc) {
		before = left;
		rc = round_of(g, common);
		left = count_state(g, SEEN_NOT);
	}
	if (left || rc)
		return collect_fail(g, -EIO,
				    "the pictures could not be looked at: the check does not "
				    "start (face model %.120s)",
				    g->w->landmarks);
	return 0;
}

int collect_see(struct collecting *g)
{
	int64_t began_ms = clock_now_ms();
	struct common *common = shared(sizeof(*common));
	int rc;

	g->seen = shared(((size_t)g->file_count + 1) * sizeof(*g->seen));
	if (!common || !g->seen) {
		if (common)
			munmap(common, sizeof(*common));
		return -ENOMEM;
	}
	for (int i = 0; i < g->file_count; i++) {
		g->files[i].seen = &g->seen[i];
		g->files[i].judge = i < g->c->count && g->c->photos[i].person;
		g->c->judged += g->files[i].judge;
	}
	rc = all_rounds(g, common);
	g->c->judged_ms = clock_now_ms() - began_ms;
	text_copy(g->engine, sizeof(g->engine), common->engine);
	munmap(common, sizeof(*common));
	return rc;
}
