/* Which cells are the sitter, which are objects in the backdrop. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/key.h"

enum { SEEN = 128 }; /* private mark in key.flag */

bool key_differs(const struct key *k, double x, double y, struct lab c)
{
	return lab_apart(key_model(k, x, y), c) > fmin(fmax(2.5 * k->noise, 6), 9);
}

/* The same surface with less light on it: a shadow, unless it is very deep. */
static bool is_shadow(struct lab m, struct lab c)
{
	double f = m.l > 1 ? c.l / m.l : 1, da = c.a - m.a * f, db = c.b - m.b * f;

	return c.l < m.l && lab_apart(m, c) < 20 && da * da + db * db < 16;
}

/* Surely head or body whatever their colour. */
static bool is_core(const struct key *k, int x, int y)
{
	struct check_point p = key_axes(k, x, y);
	double chin = k->tall / k->axes->ied;

	if (p.y > chin + 0.9)
		return fabs(p.x) < 1;
	return p.x * p.x / 0.64 + (p.y - 0.45 * chin) * (p.y - 0.45 * chin) / (chin * chin * 0.3) <
	       1;
}

static void mark_fore(struct key *k)
{
	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			int i = key_at(k, x, y);

			if (is_core(k, x, y))
				k->flag[i] |= KEY_FORE | KEY_SITTER;
			else if (key_differs(k, x, y, k->mean[i]))
				k->flag[i] |= KEY_FORE;
		}
}

struct queue {
	int *cell;
	int first, last;
};

/* Neighbours of the queue's cells that carry all of @want and none of @bar get @mark. */
static void spread(struct key *k, struct queue *q, int want, int bar, int mark)
{
	while (q->first < q->last) {
		int i = q->cell[q->first++], x = i % k->w, y = i / k->w;

		for (int n = 0; n < 4; n++) {
			int nx = x + (n == 0) - (n == 1), ny = y + (n == 2) - (n == 3), j;

			if (nx < 0 || ny < 0 || nx >= k->w || ny >= k->h)
				continue;
			j = key_at(k, nx, ny);
			if ((k->flag[j] & want) != want || (k->flag[j] & bar))
				continue;
			k->flag[j] |= (uint8_t)mark;
			q->cell[q->last++] = j;
		}
	}
}

static void mark_sitter(struct key *k, struct queue *q)
{
	q->first = q->last = 0;
	for (int i = 0; i < k->w * k->h; i++)
		if (k->flag[i] & KEY_SITTER)
			q->cell[q->last++] = i;
	spread(k, q, KEY_FORE, KEY_SITTER | KEY_ZONE, KEY_SITTER);
}

/* Hair as it shows between the zone and the face: medians per channel would need sorting, a mean of
 * a few places is compared cell by cell instead. */
struct looks {
	struct lab hair[8];
	int n;
};

static void note_looks(const struct key *k, struct looks *l)
{
	static const double place[][2] = { { 0, -2 },	   { 0, -1.6 },	  { -0.8, -1.5 },
					   { 0.8, -1.5 },  { -1.5, 0.3 }, { 1.5, 0.3 },
					   { -1.4, -0.7 }, { 1.4, -0.7 } };
	const struct check_axes *a = k->axes;

	l->n = 0;
	for (int i = 0; i < 8; i++) {
		double u = place[i][0], v = place[i][1];
		int x = (int)floor((a->ox + a->ied * (u * a->c - v * a->s) - k->x0_px) /
				   k->cell_px);
		int y = (int)floor((a->oy + a->ied * (u * a->s + v * a->c) - k->y0_px) /
				   k->cell_px);

		if (x >= 0 && y >= 0 && x < k->w && y < k->h &&
		    (k->flag[key_at(k, x, y)] & KEY_SITTER))
			l->hair[l->n++] = k->mean[key_at(k, x, y)];
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
	int cells, hair;
	bool at_sitter, at_edge, at_grid_edge;
};

/* What only rises behind the shoulders hangs together with them, but not with the head. */
static bool beside_head(const struct key *k, int x, int y)
{
	struct check_point p = key_axes(k, x, y);

	return fabs(p.x) < 1.8 && p.y < 0.9;
}

static void look_around(const struct key *k, int i, struct patch *p)
{
	int x = i % k->w, y = i / k->w;

	for (int n = 0; n < 4; n++) {
		int nx = x + (n == 0) - (n == 1), ny = y + (n == 2) - (n == 3);
		bool out = nx < 0 || ny < 0 || nx >= k->w || ny >= k->h;

		if (out)
			p->at_edge = true;
		else if ((k->flag[key_at(k, nx, ny)] & KEY_SITTER) && beside_head(k, nx, ny))
			p->at_sitter = true;
		else if (!(k->flag[key_at(k, nx, ny)] & KEY_ZONE) && n < 2 &&
			 fabs(key_px_x(k, nx) - k->cx) > fabs(key_px_x(k, x) - k->cx))
			p->at_grid_edge = true;
	}
}

/* Hair and hats hang together with the head and end before the edge of what is seen, or look like
 * hair up to the picture's own edge; everything else in the zone is an object. */
static bool belongs(const struct key *k, const struct patch *p)
{
	if (!p->at_sitter) /* unless the wall is so dark that hair vanishes in it */
		return k->coef[0][0] < KEY_DARK && !p->at_edge && !p->at_grid_edge;
	if (!p->at_edge && !p->at_grid_edge)
		return true;
	return p->hair > 0.6 * p->cells;
}

static void judge_patch(struct key *k, struct queue *q, int start, const struct looks *l)
{
	struct patch p = { 0 };
	int mark;

	q->first = 0;
	q->last = 1;
	q->cell[0] = start;
	k->flag[start] |= SEEN;
	spread(k, q, KEY_FORE | KEY_ZONE, SEEN | KEY_SITTER, SEEN);
	for (int i = 0; i < q->last; i++) {
		p.cells++;
		p.hair += looks_like(l, k->mean[q->cell[i]]);
		look_around(k, q->cell[i], &p);
	}
	mark = belongs(k, &p) ? KEY_SITTER : KEY_OBJECT;
	for (int i = 0; i < q->last; i++)
		k->flag[q->cell[i]] |= (uint8_t)mark;
	if (mark == KEY_OBJECT)
		k->patch = fmax(k->patch, p.cells);
}

static void mark_objects(struct key *k, struct queue *q)
{
	struct looks l;

	note_looks(k, &l);
	for (int i = 0; i < k->w * k->h; i++) {
		int f = k->flag[i];

		if ((f & (KEY_ZONE | KEY_FORE)) == (KEY_ZONE | KEY_FORE) &&
		    !(f & (SEEN | KEY_SITTER)))
			judge_patch(k, q, i, &l);
	}
}

/* Shadows in the zone are no things. */
static void forgive_shadows(struct key *k)
{
	for (int i = 0; i < k->w * k->h; i++)
		if ((k->flag[i] & KEY_ZONE) && (k->flag[i] & KEY_FORE) &&
		    is_shadow(key_model(k, i % k->w, i / k->w), k->mean[i]))
			k->flag[i] &= (uint8_t)~KEY_FORE;
}

static void find_colour(struct key *k)
{
	double l = 0, a = 0, b = 0;
	int n = 0, all = 0;

	for (int i = 0; i < k->w * k->h; i++) {
		if (!(k->flag[i] & KEY_ZONE) || (k->flag[i] & KEY_SITTER))
			continue;
		all++;
		if (lab_apart(key_model(k, i % k->w, i / k->w), k->mean[i]) > 8)
			continue;
		l += k->mean[i].l;
		a += k->mean[i].a;
		b += k->mean[i].b;
		n++;
	}
	k->plain = all ? (double)n / all : 0;
	k->single = n >= 40 && k->plain >= 0.6;
	if (n)
		k->colour = (struct lab){ (float)(l / n), (float)(a / n), (float)(b / n) };
}

int key_mark(struct key *k)
{
	SCOPED_FREE int *cells = malloc((size_t)k->w * (size_t)k->h * sizeof(*cells));
	struct queue q = { cells, 0, 0 };

	if (!cells)
		return -1;
	mark_fore(k);
	mark_sitter(k, &q);
	forgive_shadows(k);
	mark_objects(k, &q);
	find_colour(k);
	return 0;
}
