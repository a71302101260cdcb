/* What lens, hand and sensor do to the picture. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/portraits/parts.h"

/* Box of radius @r with fractional ends, so that three passes have exactly the wished variance. */
struct box {
	int r;
	float inner, end; /* weights */
};

static struct box box_for(double sigma)
{
	double v = sigma * sigma / 3; /* of one pass */
	int r = (int)((sqrt(12 * v + 1) - 1) / 2);
	double body = r * (r + 1) * (2 * r + 1) / 3.0; /* Σx² of the whole box */
	double e = (v * (2 * r + 1) - body) / (2 * ((r + 1) * (r + 1) - v));
	double sum = 2 * r + 1 + 2 * e;

	return (struct box){ r, (float)(1 / sum), (float)(e / sum) };
}

static float at_or_edge(const float *line, int n, int i)
{
	return line[i < 0 ? 0 : i >= n ? n - 1 : i];
}

static void box_pass(const float *in, float *out, int n, const struct box *b)
{
	double sum = 0;

	for (int i = -b->r; i <= b->r; i++)
		sum += at_or_edge(in, n, i);
	for (int i = 0; i < n; i++) {
		float ends = at_or_edge(in, n, i - b->r - 1) + at_or_edge(in, n, i + b->r + 1);

		out[i] = (float)sum * b->inner + ends * b->end;
		sum += at_or_edge(in, n, i + b->r + 1) - at_or_edge(in, n, i - b->r);
	}
}

/* A line of the picture: @step apart. Three passes a channel. */
static void blur_line(uint32_t *px, int n, size_t step, const struct box *b, float *work)
{
	float *a = work, *c = work + n;

	for (int k = 0; k < 24; k += 8) {
		for (int i = 0; i < n; i++)
			a[i] = (float)(px[(size_t)i * step] >> k & 255);
		box_pass(a, c, n, b);
		box_pass(c, a, n, b);
		box_pass(a, c, n, b);
		for (int i = 0; i < n; i++) {
			uint32_t *to = &px[(size_t)i * step];

			*to = (*to & ~(255u << k)) | (uint32_t)(c[i] + 0.5f) << k;
		}
	}
}

void blur(struct image *im, double sigma_px)
{
	int most = im->width_px > im->height_px ? im->width_px : im->height_px;
	float *work = malloc(2 * (size_t)most * sizeof(*work));
	struct box b = box_for(sigma_px);

	for (int y = 0; work && y < im->height_px; y++)
		blur_line(image_row(im, y), im->width_px, 1, &b, work);
	for (int x = 0; work && x < im->width_px; x++)
		blur_line(im->px + x, im->height_px, (size_t)im->stride_bytes / 4, &b, work);
	free(work);
}

static void add_bilinear(const struct image *im, double x, double y, float sum[3])
{
	double cx = fmin(fmax(x, 0), im->width_px - 1.001);
	double cy = fmin(fmax(y, 0), im->height_px - 1.001);
	int ix = (int)cx, iy = (int)cy;
	float fx = (float)(cx - ix), fy = (float)(cy - iy);
	const uint32_t *a = image_row(im, iy) + ix, *b = image_row(im, iy + 1) + ix;

	for (int k = 0; k < 3; k++) {
		float top = linear_of[a[0] >> (8 * k) & 255] * (1 - fx) +
			    linear_of[a[1] >> (8 * k) & 255] * fx;
		float low = linear_of[b[0] >> (8 * k) & 255] * (1 - fx) +
			    linear_of[b[1] >> (8 * k) & 255] * fx;

		sum[k] += top * (1 - fy) + low * fy;
	}
}

/* Every point smeared along a line of @length_px. */
void smear(struct image *im, double length_px, double deg)
{
	struct image *was = image_new(im->width_px, im->height_px);
	int n = (int)ceil(length_px * 1.5) + 1;
	double dx = cos(deg * M_PI / 180) * length_px, dy = -sin(deg * M_PI / 180) * length_px;

	for (int y = 0; was && y < im->height_px; y++)
		memcpy(image_row(was, y), image_row(im, y), (size_t)im->width_px * 4);
	for (int y = 0; was && y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++) {
			float sum[3] = { 0 };
			uint32_t px = 0;

			for (int i = 0; i < n; i++) {
				double t = (i + 0.5) / n - 0.5;

				add_bilinear(was, x + t * dx, y + t * dy, sum);
			}
			for (int k = 2; k >= 0; k--)
				px = px << 8 | to_srgb(sum[k] / (float)n);
			image_row(im, y)[x] = px;
		}
	image_unref(was);
}

/* Light that falls off to one side, cast, grating: one factor a channel. */
static void gains_at(const struct portrait_scene *s, const struct placement *at, int x, int y,
		     float gain[3])
{
	double ev = s->ev, all;

	if (s->left_ev != 0)
		ev += s->left_ev / (1 + exp((x - at->cx) / (0.12 * at->ied)));
	all = exp2(ev);
	if (s->moire != 0)
		all *= 1 + s->moire * (sin(x * 1.27) + sin(y * 1.33));
	gain[0] = (float)(all * exp2(s->blue_ev));
	gain[1] = (float)all;
	gain[2] = (float)(all * exp2(s->red_ev));
}

static int grain(uint32_t *noise, int k, double sd, struct rng *r)
{
	int g = (int)(*noise >> (9 + 7 * k) & 3) + (int)(*noise >> (11 + 7 * k) & 3) - 3;

	return g / 2 + (sd > 0 ? (int)lround(sd * rng_spread(r)) : 0);
}

void expose(struct image *im, const struct portrait_scene *s, const struct placement *at)
{
	uint32_t noise = 0x9e3779b9u;
	struct rng r = { 0x2545f4914f6cdd1dull };
	bool same = s->left_ev == 0 && s->moire == 0;
	float gain[3];

	gains_at(s, at, 0, 0, gain);
	for (int y = 0; y < im->height_px; y++) {
		uint32_t *row = image_row(im, y);

		for (int x = 0; x < im->width_px; x++) {
			uint32_t px = 0;

			if (!same)
				gains_at(s, at, x, y, gain);
			/* not a congruential generator: its low bits repeat and look like a grating */
			noise ^= noise << 13;
			noise ^= noise >> 17;
			noise ^= noise << 5;
			for (int k = 2; k >= 0; k--) {
				int c = to_srgb(linear_of[row[x] >> (8 * k) & 255] * gain[k]) +
					grain(&noise, k, s->noise, &r);

				px = px << 8 | (uint32_t)(c < 0 ? 0 : c > 255 ? 255 : c);
			}
			row[x] = px;
		}
	}
}
