/* Which cells are the sitter, which are objects in the backdrop. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/ground.h"

enum { SEEN = 128 }; /* private mark in flag */

bool ground_differs(const struct ground *gr, double x, double y, struct lab c)
{
	return lab_apart(ground_model(gr, x, y), c) > fmin(fmax(2.5 * gr->noise, 6), 9);
}

/* The same surface with less light on it: a shadow, unless it is very deep. */
static bool is_shadow(struct lab m, struct lab c)
{
	double f = m.l > 1 ? c.l / m.l : 1, da = c.a - m.a * f, db = c.b - m.b * f;

	return c.l < m.l && lab_apart(m, c) < 20 && da * da + db * db < 16;
}

/* Surely head or body whatever their colour. */
static bool is_core(const struct ground *gr, int x, int y)
{
	struct check_point p = ground_axes(gr, x, y);
	double chin = gr->tall / gr->axes->ied;

	if (p.y > chin + 0.9)
		return fabs(p.x) < 1;
	return p.x * p.x / 0.64 + (p.y - 0.45 * chin) * (p.y - 0.45 * chin) / (chin * chin * 0.3) <
	       1;
}

static void mark_fore(struct ground *gr)
{
	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			int i = ground_at(gr, x, y);

			if (is_core(gr, x, y))
				gr->flag[i] |= GROUND_FORE | GROUND_SITTER;
			else if (ground_differs(gr, x, y, gr->mean[i]))
				gr->flag[i] |= GROUND_FORE;
		}
}

struct queue {
	int *cell;
	int first, last;
};

/* Neighbours of the queue's cells that carry all of @want and none of @bar get @mark. */
static void spread(struct ground *gr, struct queue *q, int want, int bar, int mark)
{
	while (q->first < q->last) {
		int i = q->cell[q->first++], x = i % gr->w, y = i / gr->w;

		for (int n = 0; n < 4; n++) {
			int nx = x + (n == 0) - (n == 1), ny = y + (n == 2) - (n == 3), j;

			if (nx < 0 || ny < 0 || nx >= gr->w || ny >= gr->h)
				continue;
			j = ground_at(gr, nx, ny);
			if ((gr->flag[j] & want) != want || (gr->flag[j] & bar))
				continue;
			gr->flag[j] |= (uint8_t)mark;
			q->cell[q->last++] = j;
		}
	}
}

static void mark_sitter(struct ground *gr, struct queue *q)
{
	q->first = q->last = 0;
	for (int i = 0; i < gr->w * gr->h; i++)
		if (gr->flag[i] & GROUND_SITTER)
			q->cell[q->last++] = i;
	spread(gr, q, GROUND_FORE, GROUND_SITTER | GROUND_ZONE, GROUND_SITTER);
}

/* Hair as it shows between the zone and the face: medians per channel would need sorting, a mean of
 * a few places is compared cell by cell instead. */
struct looks {
	struct lab hair[8];
	int n;
};

static void note_looks(const struct ground *gr, struct looks *l)
{
	static const double place[][2] = { { 0, -2 },	   { 0, -1.6 },	  { -0.8, -1.5 },
					   { 0.8, -1.5 },  { -1.5, 0.3 }, { 1.5, 0.3 },
					   { -1.4, -0.7 }, { 1.4, -0.7 } };
	const struct check_axes *a = gr->axes;

	l->n = 0;
	for (int i = 0; i < 8; i++) {
		double u = place[i][0], v = place[i][1];
		int x = (int)floor((a->ox + a->ied * (u * a->c - v * a->s) - gr->x0_px) /
				   gr->cell_px);
		int y = (int)floor((a->oy + a->ied * (u * a->s + v * a->c) - gr->y0_px) /
				   gr->cell_px);

		if (x >= 0 && y >= 0 && x < gr->w && y < gr->h &&
		    (gr->flag[ground_at(gr, x, y)] & GROUND_SITTER))
			l->hair[l->n++] = gr->mean[ground_at(gr, x, y)];
	}
}

static bool looks_like(const struct looks *l, struct lab c)
{
	for (int i = 0; i < l->n; i++)
		if (lab_apart(l->hair[i], c) < 14)
			return true;
	return false;
}

struct patch {
	int cells, hair, far;
	bool at_sitter, at_edge, at_grid_edge;
	bool from_above; /* reaches the upper edge beside the head */
};

/* What only rises behind the shoulders hangs together with them, but not with the head. */
static bool beside_head(const struct ground *gr, int x, int y)
{
	struct check_point p = ground_axes(gr, x, y);

	return fabs(p.x) < 1.8 && p.y < 0.9;
}

static void look_around(const struct ground *gr, int i, struct patch *p)
{
	int x = i % gr->w, y = i / gr->w;

	for (int n = 0; n < 4; n++) {
		int nx = x + (n == 0) - (n == 1), ny = y + (n == 2) - (n == 3);
		bool out = nx < 0 || ny < 0 || nx >= gr->w || ny >= gr->h;

		if (out) {
			p->at_edge = true;
			p->from_above |= ny < 0 && fabs(ground_axes(gr, x, y).x) > 1.3;
		} else if ((gr->flag[ground_at(gr, nx, ny)] & GROUND_SITTER) &&
			   beside_head(gr, nx, ny)) {
			p->at_sitter = true;
		} else if (!(gr->flag[ground_at(gr, nx, ny)] & GROUND_ZONE) && n < 2 &&
			   fabs(ground_px_x(gr, nx) - gr->cx) > fabs(ground_px_x(gr, x) - gr->cx)) {
			p->at_grid_edge = true;
		}
	}
}

/* Farther from the middle of the head than hair stands, IED; how much of a patch may be, IED². */
#define HAIR_REACH 2.9
#define HAIR_STRAY 0.25

static bool is_far(const struct ground *gr, int i)
{
	struct check_point p = ground_axes(gr, i % gr->w, i / gr->w);

	return p.y < 0.3 && hypot(p.x, p.y + 0.4) > HAIR_REACH;
}

static bool strays(const struct ground *gr, const struct patch *p)
{
	double side = gr->cell_px / gr->axes->ied;

	return p->far * side * side > HAIR_STRAY;
}

/* Hair and hats hang together with the head and end before the edge of what is seen, or look like
 * hair up to the picture's own edge; everything else in the zone is an object. Hair falls: what
 * comes down from above beside the head is a wall or a thing as brown as the hair before it. */
static bool belongs(const struct ground *gr, const struct patch *p)
{
	if (strays(gr, p))
		return false;
	if (!p->at_sitter) /* unless the wall is so dark that hair vanishes in it */
		return gr->coef[0][0] < GROUND_DARK && !p->at_edge && !p->at_grid_edge;
	if (p->from_above && gr->coef[0][0] >= GROUND_DARK)
		return false;
	if (!p->at_edge && !p->at_grid_edge)
		return true;
	return p->hair > 0.6 * p->cells;
}

static void judge_patch(struct ground *gr, struct queue *q, int start, const struct looks *l)
{
	struct patch p = { 0 };
	int mark;

	q->first = 0;
	q->last = 1;
	q->cell[0] = start;
	gr->flag[start] |= SEEN;
	spread(gr, q, GROUND_FORE | GROUND_ZONE, SEEN | GROUND_SITTER, SEEN);
	for (int i = 0; i < q->last; i++) {
		p.cells++;
		p.hair += looks_like(l, gr->mean[q->cell[i]]);
		p.far += is_far(gr, q->cell[i]);
		look_around(gr, q->cell[i], &p);
	}
	mark = belongs(gr, &p) ? GROUND_SITTER : GROUND_OBJECT;
	for (int i = 0; i < q->last; i++)
		gr->flag[q->cell[i]] |= (uint8_t)mark;
	if (mark == GROUND_OBJECT)
		gr->patch = fmax(gr->patch, p.cells);
}

static void mark_objects(struct ground *gr, struct queue *q)
{
	struct looks l;

	note_looks(gr, &l);
	for (int i = 0; i < gr->w * gr->h; i++) {
		int f = gr->flag[i];

		if ((f & (GROUND_ZONE | GROUND_FORE)) == (GROUND_ZONE | GROUND_FORE) &&
		    !(f & (SEEN | GROUND_SITTER)))
			judge_patch(gr, q, i, &l);
	}
}

/* Shadows in the zone are no things. */
static void forgive_shadows(struct ground *gr)
{
	for (int i = 0; i < gr->w * gr->h; i++)
		if ((gr->flag[i] & GROUND_ZONE) && (gr->flag[i] & GROUND_FORE) &&
		    is_shadow(ground_model(gr, i % gr->w, i / gr->w), gr->mean[i]))
			gr->flag[i] &= (uint8_t)~GROUND_FORE;
}

static void find_colour(struct ground *gr)
{
	double l = 0, a = 0, b = 0;
	int n = 0, all = 0;

	for (int i = 0; i < gr->w * gr->h; i++) {
		if (!(gr->flag[i] & GROUND_ZONE) || (gr->flag[i] & GROUND_SITTER))
			continue;
		all++;
		if (lab_apart(ground_model(gr, i % gr->w, i / gr->w), gr->mean[i]) > 8)
			continue;
		l += gr->mean[i].l;
		a += gr->mean[i].a;
		b += gr->mean[i].b;
		n++;
	}
	gr->plain = all ? (double)n / all : 0;
	gr->single = n >= 40 && gr->plain >= 0.6;
	if (n)
		gr->colour = (struct lab){ (float)(l / n), (float)(a / n), (float)(b / n) };
}

int ground_mark(struct ground *gr)
{
	SCOPED_FREE int *cells = malloc((size_t)gr->w * (size_t)gr->h * sizeof(*cells));
	struct queue q = { cells, 0, 0 };

	if (!cells)
		return -1;
	mark_fore(gr);
	mark_sitter(gr, &q);
	forgive_shadows(gr);
	mark_objects(gr, &q);
	find_colour(gr);
	return 0;
}
