/* The worker of the live hints: frames in, what would be refused out. */
#include "firmware/judge/judge_wire.h"

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#include "firmware/judge/preview.h"

static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int on_frame(int sock, struct judge *j, void *ctx, struct wire_msg *m)
{
	const struct judge_preview *f = wire_body(m, sizeof(*f));
	int64_t from = cpu_us();
	struct preview *p = ctx;
	struct judge_hint h;
	struct image *im;
	int rc, fd;

	if (m->type != JUDGE_PREVIEW || !f || (fd = wire_take_fd(m, 0)) < 0)
		return -EPROTO;
	rc = image_adopt(fd, f->width_px, f->height_px, &im);
	if (rc < 0)
		return rc;
	p->judge = j;
	preview_judge(p, im, &h);
	image_unref(im);
	h.took_us = (int32_t)(cpu_us() - from);
	return wire_send(sock, JUDGE_HINT, m->id, &h, sizeof(h), NULL, 0);
}

int judge_hints_run(int sock)
{
	struct preview p = { 0 };

	/* Before the model is read: the judge of the pictures and the screen come first. */
	setpriority(PRIO_PROCESS, 0, JUDGE_HINTS_NICE);
	return judge_serve(sock, on_frame, &p);
}
