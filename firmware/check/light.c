#include <math.h>
#include <string.h>

#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

enum { BINS = 1024, OUTLINE = 17 + 10, STEP = 2 };

struct histogram {
	int count[BINS];
	int total;
};

static void add(struct histogram *h, double y)
{
	/* half a stop is many bins also in the dark: square root spacing */
	int bin = (int)(sqrt(y) * (BINS - 1));

	h->count[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
	h->total++;
}

static double percentile(const struct histogram *h, double share)
{
	int left = (int)(share * h->total), bin = 0;

	while (bin < BINS - 1 && left >= h->count[bin])
		left -= h->count[bin++];
	return (bin + 0.5) / (BINS - 1) * ((bin + 0.5) / (BINS - 1));
}

static double scene_light(const struct image *im)
{
	struct histogram h = { 0 };

	for (int y = 0; y < im->height_px; y += 4)
		for (int x = 0; x < im->width_px; x += 4)
			add(&h, light_of(image_row(im, y)[x]));
	return h.total ? percentile(&h, 0.98) : NAN;
}

static bool in_spot(double u, double v, double cu, double cv, double ru, double rv)
{
	return (u - cu) * (u - cu) / (ru * ru) + (v - cv) * (v - cv) / (rv * rv) < 1;
}

/* jaw 0…16, then the brows from right to left */
static void outline_of(const struct check_point *p, struct check_point out[OUTLINE])
{
	memcpy(out, p, 17 * sizeof(*p));
	for (int i = 0; i < 10; i++)
		out[17 + i] = p[26 - i];
}

static bool is_skin(const struct check_input *in, const struct check_point *outline, double x,
		    double y, double u, double v)
{
	if (in_spot(u, v, -0.5, 0, 0.36, 0.22) || in_spot(u, v, 0.5, 0, 0.36, 0.22))
		return false;
	if (!in->has_points) /* an ellipse that lies on the skin of any upright face */
		return in_spot(u, v, 0, 0.65, 0.85, 0.95) && !in_spot(u, v, 0, 1.17, 0.55, 0.25);
	if (inside(in->points + 48, 12, x, y) || in_spot(u, v, 0, 1.17, 0.5, 0.2))
		return false;
	return inside(outline, OUTLINE, x, y);
}

struct skin {
	struct histogram left, right; /* cheeks */
	double sum;
	int count, blown;
};

static void add_skin(struct skin *s, uint32_t px, double u, double v)
{
	uint32_t r = px >> 16 & 255, g = px >> 8 & 255, b = px & 255;
	double y = light_of(px);

	s->sum += y;
	s->count++;
	s->blown += r >= 250 || g >= 250 || b >= 250;
	if (v > 0.25 && v < 0.95 && fabs(u) > 0.25)
		add(u < 0 ? &s->left : &s->right, y);
}

static void scan_skin(const struct check_input *in, const struct check_axes *a, struct skin *s)
{
	struct check_point outline[OUTLINE];
	int reach = (int)(2.2 * a->ied) + 1, x0 = (int)a->ox - reach, y0 = (int)a->oy - reach;

	if (in->has_points)
		outline_of(in->points, outline);
	for (int y = y0 < 0 ? 0 : y0; y < in->im->height_px && y < (int)a->oy + reach; y += STEP)
		for (int x = x0 < 0 ? 0 : x0; x < in->im->width_px && x < (int)a->ox + reach;
		     x += STEP) {
			struct check_point p = to_axes(a, x + 0.5, y + 0.5);

			if (is_skin(in, outline, x + 0.5, y + 0.5, p.x, p.y))
				add_skin(s, image_row(in->im, y)[x], p.x, p.y);
		}
}

void check_measure_light(const struct check_input *in, const struct check_axes *a,
			 struct check_measures *m)
{
	struct skin s = { 0 };

	m->scene_light = scene_light(in->im);
	if (in->face_count == 0)
		return;
	scan_skin(in, a, &s);
	if (s.count < 50)
		return;
	m->face_light = s.sum / s.count;
	m->over_share = (double)s.blown / s.count;
	if (s.left.total > 20 && s.right.total > 20)
		m->half_ev = log2(percentile(&s.right, 0.5) / percentile(&s.left, 0.5));
}
