/* What the finished picture would show around the head. */
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/ground.h"

/* Light of a light skin ÷ that of the whites of its eyes */
#define EYE_WHITE 0.6

enum { BLOCK = 3 /* cells of 0.04 IED */ };

struct blocks {
	struct lab *mean;
	float *sorted;
	int n;
};

/* Strands and soft edges reach a cell beyond what is marked as sitter. */
static bool near_sitter(const struct ground *gr, int x, int y, int reach)
{
	for (int dy = -reach; dy <= reach; dy++)
		for (int dx = -reach; dx <= reach; dx++) {
			int nx = x + dx, ny = y + dy;

			if (nx >= 0 && ny >= 0 && nx < gr->w && ny < gr->h &&
			    (gr->flag[ground_at(gr, nx, ny)] & GROUND_SITTER))
				return true;
		}
	return false;
}

/* A block counts when all of it is zone and, where the backdrop is plain enough to know, none of it
 * sitter. */
static bool mean_of_block(const struct ground *gr, int x0, int y0, struct lab *out)
{
	double l = 0, a = 0, b = 0;

	for (int y = y0; y < y0 + BLOCK; y++)
		for (int x = x0; x < x0 + BLOCK; x++) {
			const struct lab *c = &gr->mean[ground_at(gr, x, y)];

			if (!(gr->flag[ground_at(gr, x, y)] & GROUND_ZONE))
				return false;
			l += c->l;
			a += c->a;
			b += c->b;
		}
	if (gr->single && near_sitter(gr, x0 + 1, y0 + 1, 2))
		return false;
	*out = (struct lab){ (float)(l / (BLOCK * BLOCK)), (float)(a / (BLOCK * BLOCK)),
			     (float)(b / (BLOCK * BLOCK)) };
	return true;
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static float ranked(struct blocks *s, double share)
{
	qsort(s->sorted, (size_t)s->n, sizeof(*s->sorted), by_size);
	return s->sorted[(int)(share * (s->n - 1) + 0.5)];
}

static float median_of(struct blocks *s, size_t channel)
{
	for (int i = 0; i < s->n; i++)
		s->sorted[i] = channel == 0   ? s->mean[i].l
			       : channel == 1 ? s->mean[i].a
					      : s->mean[i].b;
	return ranked(s, 0.5);
}

static void evenness(const struct ground *gr, struct blocks *s, struct check_measures *m)
{
	struct lab mid;

	for (int y = 0; y + BLOCK <= gr->h; y += BLOCK)
		for (int x = 0; x + BLOCK <= gr->w; x += BLOCK)
			s->n += mean_of_block(gr, x, y, &s->mean[s->n]);
	if (s->n < 12)
		return;
	mid = (struct lab){ median_of(s, 0), median_of(s, 1), median_of(s, 2) };
	for (int i = 0; i < s->n; i++)
		s->sorted[i] = (float)lab_apart(mid, s->mean[i]);
	m->backdrop_de = ranked(s, 0.95);
	if (!gr->single)
		return;
	m->backdrop_l = mid.l;
	m->backdrop_c = hypot(mid.a, mid.b);
	m->backdrop_h = lab_hue(mid);
}

/* Is there sitter within @reach cells on this row, towards the middle? */
static int gap_to_sitter(const struct ground *gr, int x, int y, int side, int most)
{
	for (int d = 1; d <= most && x - d * side >= 0 && x - d * side < gr->w; d++)
		if (gr->flag[ground_at(gr, x - d * side, y)] & GROUND_SITTER)
			return d;
	return most + 1;
}

/* L far from the head minus L near it on one side of the picture. */
static double shadow(const struct ground *gr, int side)
{
	const double ied = gr->axes->ied / gr->cell_px;
	double near = 0, far = 0;
	int nears = 0, fars = 0;

	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			struct check_point p = ground_axes(gr, x, y);
			int i = ground_at(gr, x, y), gap;

			if (p.x * side < 0.7 || p.y < -1.5 || p.y > 0.9 ||
			    (gr->flag[i] & (GROUND_SITTER | GROUND_OBJECT)))
				continue;
			if (fabs(ground_px_x(gr, x) - gr->cx) > 1.25 * gr->face_w)
				continue;
			gap = gap_to_sitter(gr, x, y, side, (int)ied);
			if (gap > 0.1 * ied && gap < 0.45 * ied) {
				near += gr->mean[i].l;
				nears++;
			} else if (gap > 0.8 * ied && (gr->flag[i] & GROUND_ZONE)) {
				far += gr->mean[i].l;
				fars++;
			}
		}
	return nears > 20 && fars > 20 ? far / fars - near / nears : NAN;
}

static double light_from(double l)
{
	double f = (l + 16) / 116;

	return f > 0.207 ? f * f * f : l / 903.3;
}

/* Mean light of the zone, plain or not. */
static double zone_light(const struct ground *gr)
{
	double sum = 0;
	int n = 0;

	for (int i = 0; i < gr->w * gr->h; i++) {
		if (!(gr->flag[i] & GROUND_ZONE) || (gr->flag[i] & GROUND_SITTER))
			continue;
		sum += light_from(gr->mean[i].l);
		n++;
	}
	return n > 40 ? sum / n : NAN;
}

/* The whites of the eyes: the 95th percentile around both. They are as light in any face, so that a
 * dark skin is not taken for one without light. */
static double white_of_eyes(const struct ground *gr)
{
	int count[101] = { 0 }, n = 0, l = 100;

	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			struct check_point p = ground_axes(gr, x, y);

			if (fabs(p.y) > 0.13 || fabs(p.x) < 0.2 || fabs(p.x) > 0.8)
				continue;
			count[(int)fmin(fmax(gr->mean[ground_at(gr, x, y)].l, 0), 100)]++;
			n++;
		}
	for (int above = 0; l > 0 && (above += count[l]) <= n / 20;)
		l--;
	return light_from(l);
}

void ground_backdrop(const struct ground *gr, struct check_measures *m)
{
	size_t most = (size_t)(gr->w / BLOCK + 1) * (size_t)(gr->h / BLOCK + 1);
	SCOPED_FREE struct lab *mean = malloc(most * sizeof(*mean));
	SCOPED_FREE float *sorted = malloc(most * sizeof(*sorted));
	struct blocks s = { mean, sorted, 0 };
	double scale = gr->cell_px / gr->axes->ied, face;

	if (!mean || !sorted)
		return;
	evenness(gr, &s, m);
	face = fmax(fmax(m->face_light, EYE_WHITE * white_of_eyes(gr)), 1e-4);
	m->back_ev = log2(fmax(zone_light(gr), 1e-4) / face);
	if (!gr->single)
		return;
	m->backdrop_patch = gr->patch * scale * scale;
	m->backdrop_shadow = fmax(shadow(gr, -1), shadow(gr, 1));
}
