#include "firmware/judge/judge_inside.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/jpeg.h"

enum {
	DECODED_SHORT_PX = 700, /* short side that is enough for all measures */
	SHARP_IED_PX = 84, /* sharpness is measured at 112, and hardly differs down to this */
	FIND_SHORT_PX = 480, /* picture in which faces are looked for */
	FIND_LONG_PX = 1000,
	CROP_W = 480,
	CROP_H = 640,
};

/* Share of the best box's score; real faces beside each other differ by less than three times. */
#define DOUBTFUL 0.15

int judge_open(const char *preset, const char *job, const char *landmarks, struct judge *j,
	       struct config_error *err)
{
	int rc;

	memset(j, 0, sizeof(*j));
	rc = preset_load(preset, job, &j->preset, err);
	if (rc < 0)
		return rc;
	snprintf(j->landmarks, sizeof(j->landmarks), "%s", landmarks ? landmarks : "");
	rc = face_open(j->preset.limits.engine, landmarks, &j->face);
	if (rc == -ENODEV)
		snprintf(err->text, sizeof(err->text), "%.160s: face.engine = %s: no such engine",
			 preset, j->preset.limits.engine);
	else if (rc < 0)
		snprintf(err->text, sizeof(err->text), "%.160s: not a 68-point model; install %s",
			 landmarks ? landmarks : "", "libdlib-data");
	return rc;
}

void judge_close(struct judge *j)
{
	face_close(j->face);
	j->face = NULL;
}

int judge_read(int fd, uint8_t **data, size_t *bytes)
{
	SCOPED_FREE uint8_t *all = NULL;
	size_t have = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < 0 || st.st_size > JUDGE_BYTES_MAX)
		return -EFBIG;
	all = malloc((size_t)st.st_size + 1);
	if (!all)
		return -ENOMEM;
	while (have < (size_t)st.st_size) {
		ssize_t n = pread(fd, all + have, (size_t)st.st_size - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	*data = all;
	all = NULL;
	*bytes = have;
	return 0;
}

struct grey {
	uint8_t *px;
	int w, h;
};

static uint8_t luma8(uint32_t p)
{
	return (uint8_t)((77 * (p >> 16 & 255) + 150 * (p >> 8 & 255) + 29 * (p & 255)) >> 8);
}

static int grey_of(const struct image *im, struct grey *out)
{
	out->w = im->width_px;
	out->h = im->height_px;
	out->px = malloc((size_t)out->w * (size_t)out->h);
	for (int y = 0; out->px && y < out->h; y++)
		for (int x = 0; x < out->w; x++)
			out->px[(size_t)y * (size_t)out->w + (size_t)x] =
				luma8(image_row(im, y)[x]);
	return out->px ? 0 : -ENOMEM;
}

static uint8_t mean(const struct grey *g, int x0, int x1, int y0, int y1)
{
	unsigned int sum = 0, n = 0;

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++, n++)
			sum += g->px[(size_t)y * (size_t)g->w + (size_t)x];
	return (uint8_t)(n ? sum / n : 0);
}

/* Area average; @step ≥ 1 old pixels per new one. @turn: by 90° clockwise on the way. */
static int shrink(const struct grey *g, double step, int turn, struct grey *out)
{
	int w = (int)fmax(g->w / step, 1), h = (int)fmax(g->h / step, 1);

	out->w = turn ? h : w;
	out->h = turn ? w : h;
	out->px = malloc((size_t)w * (size_t)h);
	for (int y = 0; out->px && y < h; y++)
		for (int x = 0; x < w; x++) {
			int x0 = (int)(x * step), x1 = (int)fmax((x + 1) * step, x0 + 1);
			int y0 = (int)(y * step), y1 = (int)fmax((y + 1) * step, y0 + 1);
			uint8_t v = mean(g, x0, x1 < g->w ? x1 : g->w, y0, y1 < g->h ? y1 : g->h);
			int tx = turn == 1 ? h - 1 - y : turn ? y : x;
			int ty = turn == 1 ? x : turn ? w - 1 - x : y;

			out->px[(size_t)ty * (size_t)out->w + (size_t)tx] = v;
		}
	return out->px ? 0 : -ENOMEM;
}

static double find_step(const struct grey *g)
{
	double shorter = fmin(g->w, g->h), longer = fmax(g->w, g->h);

	return fmax(fmax(shorter / FIND_SHORT_PX, longer / FIND_LONG_PX), 1);
}

/* A box far less sure than the best is a pattern of cloth or leaves. Return: how many stay. */
static int drop_doubtful(struct face_box *boxes, int count)
{
	double best = 0;
	int kept = 0;

	for (int i = 0; i < count; i++)
		best = fmax(best, boxes[i].score);
	for (int i = 0; i < count; i++)
		if (boxes[i].score >= DOUBTFUL * best)
			boxes[kept++] = boxes[i];
	return kept;
}

static int find_faces(struct judge *j, const struct grey *g, int turn, struct face_box *boxes)
{
	double step = find_step(g);
	struct face_luma luma;
	struct grey small;
	int n;

	if (shrink(g, step, turn, &small) < 0)
		return 0;
	luma = (struct face_luma){ small.px, small.w, small.h, (size_t)small.w };
	n = face_find(j->face, &luma, boxes);
	free(small.px);
	n = drop_doubtful(boxes, n);
	for (int i = 0; i < n; i++) {
		boxes[i].x *= step;
		boxes[i].y *= step;
		boxes[i].w *= step;
		boxes[i].h *= step;
	}
	return n;
}

static void find_points(struct judge *j, const struct grey *g, const struct face_box *box,
			struct check_input *in)
{
	struct face_luma luma = { g->px, g->w, g->h, (size_t)g->w };
	struct face_point points[FACE_POINTS];

	_Static_assert((int)FACE_POINTS == (int)CHECK_POINTS, "one numbering");
	in->has_points = face_points(j->face, &luma, box, points) == 0;
	for (int i = 0; in->has_points && i < FACE_POINTS; i++)
		in->points[i] = (struct check_point){ points[i].x, points[i].y };
}

static void find_sitter(struct judge *j, struct check_input *in)
{
	struct face_box boxes[FACE_BOXES_MAX];
	SCOPED_FREE uint8_t *px = NULL;
	struct grey g;

	if (grey_of(in->im, &g) < 0)
		return;
	px = g.px;
	in->face_count = find_faces(j, &g, 0, boxes);
	for (int i = 0; i < in->face_count; i++)
		in->faces[i] = (struct check_box){ boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h };
	if (in->face_count > 0)
		find_points(j, &g, &boxes[0], in);
	else
		in->sideways = find_faces(j, &g, 1, boxes) == 1 || find_faces(j, &g, 2, boxes) == 1;
}

struct window { /* picture px */
	double x, y, w, h;
};

/* The 3:4 piece for the screen: what the rule would cut, else the middle of the frame. */
static struct window screen_crop(const struct image_crop *found, int width_px, int height_px)
{
	struct window c = { found->x / 16.0, found->y / 16.0, found->w / 16.0, found->h / 16.0 };

	if (c.w > 0)
		return c;
	c.w = fmin(width_px, height_px * 0.75);
	c.h = c.w / 0.75;
	c.x = (width_px - c.w) / 2;
	c.y = (height_px - c.h) / 2;
	return c;
}

static uint32_t mean_colour(const struct image *im, double x0, double y0, double x1, double y1)
{
	unsigned int sum[3] = { 0, 0, 0 }, n = 0;

	for (int y = (int)y0; y < (int)fmax(y1, (int)y0 + 1); y++)
		for (int x = (int)x0; x < (int)fmax(x1, (int)x0 + 1); x++) {
			int cx = x < 0 ? 0 : x >= im->width_px ? im->width_px - 1 : x;
			int cy = y < 0 ? 0 : y >= im->height_px ? im->height_px - 1 : y;
			uint32_t p = image_row(im, cy)[cx];

			sum[0] += p >> 16 & 255;
			sum[1] += p >> 8 & 255;
			sum[2] += p & 255;
			n++;
		}
	return (sum[0] / n) << 16 | (sum[1] / n) << 8 | sum[2] / n;
}

static struct image *cut(const struct image *im, const struct window *c, double scale)
{
	double w = c->w / scale, h = c->h / scale, step = fmax(w / CROP_W, h / CROP_H);
	struct image *out;

	step = fmax(step, 1);
	out = image_new((int)fmax(w / step + 0.5, 1), (int)fmax(h / step + 0.5, 1));
	for (int y = 0; out && y < out->height_px; y++)
		for (int x = 0; x < out->width_px; x++) {
			double px = c->x / scale + x * step, py = c->y / scale + y * step;

			image_row(out, y)[x] = mean_colour(im, px, py, px + step, py + step);
		}
	return out;
}

int judge_denominator(const struct jpeg_info *info)
{
	int side = info->width_px < info->height_px ? info->width_px : info->height_px;

	for (int d = 8; d > 1; d /= 2)
		if (side / d >= DECODED_SHORT_PX)
			return d;
	return 1;
}

/* What was found, in pixels of the picture. */
static struct check_input in_picture(const struct check_input *in)
{
	struct check_input s = *in;

	s.im = NULL;
	s.scale = 1;
	for (int i = 0; i < s.face_count; i++)
		s.faces[i] =
			(struct check_box){ in->faces[i].x * in->scale, in->faces[i].y * in->scale,
					    in->faces[i].w * in->scale,
					    in->faces[i].h * in->scale };
	for (int i = 0; i < CHECK_POINTS; i++)
		s.points[i] = (struct check_point){ in->points[i].x * in->scale,
						    in->points[i].y * in->scale };
	return s;
}

void judge_image(struct judge *j, struct judge_seen *seen, struct judge_outcome *out)
{
	struct check_input *in = &seen->in;
	struct window crop;

	in->scale = (double)in->width_px / in->im->width_px;
	find_sitter(j, in);
	check_judge(in, &j->preset.limits, &seen->m, &out->result);
	out->measures = seen->m;
	out->seen = in_picture(in);
	crop = screen_crop(&out->result.crop, in->width_px, in->height_px);
	out->crop = cut(in->im, &crop, in->scale);
}

/* A sitter so far away that the coarse decode would hide a blur. */
static int finer(const struct judge_outcome *out, int denominator)
{
	while (denominator > 1 && out->measures.ied_px / denominator < SHARP_IED_PX)
		denominator /= 2;
	return denominator;
}

void judge_again(struct judge *j, const uint8_t *data, size_t bytes, int denominator,
		 struct judge_seen *seen, struct judge_outcome *out)
{
	int again = finer(out, denominator);
	const struct image *coarse = seen->in.im;
	struct image *im = NULL;
	struct jpeg_info info;

	if (again == denominator || jpeg_decode(data, bytes, again, &info, &im) != JPEG_OK)
		return;
	image_unref(out->crop);
	seen->in.im = im;
	judge_image(j, seen, out);
	seen->in.im = coarse;
	image_unref(im);
}

static void judge_decoded(struct judge *j, const struct jpeg_info *info, const struct image *im,
			  struct judge_seen *seen, struct judge_outcome *out)
{
	bool lying = info->orientation >= 5;

	seen->in = (struct check_input){ .im = im,
					 .width_px = lying ? info->height_px : info->width_px,
					 .height_px = lying ? info->width_px : info->height_px,
					 .colourless = info->components == 1 };
	seen->in.finished =
		j->finished && preset_finished(&j->preset, seen->in.width_px, seen->in.height_px);
	judge_image(j, seen, out);
}

void judge_picture(struct judge *j, const uint8_t *data, size_t bytes, struct judge_outcome *out)
{
	int64_t start = clock_now_ms(), decoded;
	struct judge_seen seen = { 0 };
	struct image *im = NULL;
	struct jpeg_info info;
	enum jpeg_fault fault = jpeg_read_info(data, bytes, &info);

	memset(out, 0, sizeof(*out));
	if (fault == JPEG_OK)
		fault = jpeg_decode(data, bytes, judge_denominator(&info), &info, &im);
	decoded = clock_now_ms();
	out->decode_ms = (int)(decoded - start);
	if (fault == JPEG_OK)
		judge_decoded(j, &info, im, &seen, out);
	else
		check_undecodable((int)fault, &out->result);
	if (fault == JPEG_OK)
		judge_again(j, data, bytes, judge_denominator(&info), &seen, out);
	image_unref(im);
	out->judge_ms = (int)(clock_now_ms() - decoded);
}
