/* Colour of the clothes: barred colours, and contrast to the backdrop. */
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/ground.h"

/* Below the chin, in IED */
#define TOP	  0.75
#define BOTTOM	  1.7
#define OUTER_TOP 0.9

enum { BARRED_NONE, BARRED_BLUE, BARRED_PURPLE, BARRED_GREEN, BARRED_YELLOW, BARRED_COUNT };

/* Navy and black cloth have hardly any colour left; the darker, the more is asked for. */
static int barred(struct lab c)
{
	double chroma = hypot(c.a, c.b), hue = lab_hue(c);
	double dark = fmax(0, 1.5 * (32 - c.l));

	if (c.l <= 18)
		return BARRED_NONE;
	if (chroma > 14 + dark && hue >= 225 && hue < 295)
		return BARRED_BLUE;
	if (chroma > 14 + dark && hue >= 295 && hue < 345)
		return BARRED_PURPLE;
	if (chroma > 12 && hue >= 115 && hue < 225)
		return BARRED_GREEN;
	return chroma > 32 && hue >= 70 && hue < 115 ? BARRED_YELLOW : BARRED_NONE;
}

/* The zone narrows towards the neck, where a slim sitter leaves backdrop in view. */
static bool in_zone(const struct ground *gr, int x, int y)
{
	struct check_point p = ground_axes(gr, x, y);
	double v = p.y - gr->tall / gr->axes->ied;

	return v > TOP && v < BOTTOM && fabs(p.x) < fmin(1.4, 0.8 + 1.5 * (v - TOP));
}

/* Where clothes meet the backdrop: the jacket, not the shirt in its opening. */
static bool in_outer_zone(const struct ground *gr, int x, int y)
{
	struct check_point p = ground_axes(gr, x, y);
	double v = p.y - gr->tall / gr->axes->ied;

	return v > OUTER_TOP && v < BOTTOM && fabs(p.x) > 0.7 && fabs(p.x) < 1.7;
}

/* Median would need sorting; cheeks are even enough for a mean. */
static bool skin_colour(const struct ground *gr, struct lab *out)
{
	double l = 0, a = 0, b = 0;
	int n = 0;

	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			struct check_point p = ground_axes(gr, x, y);
			const struct lab *c = &gr->mean[ground_at(gr, x, y)];

			if (p.y < 0.35 || p.y > 0.9 || fabs(p.x) > 0.6)
				continue;
			l += c->l;
			a += c->a;
			b += c->b;
			n++;
		}
	if (n)
		*out = (struct lab){ (float)(l / n), (float)(a / n), (float)(b / n) };
	return n > 0;
}

static bool like_skin(struct lab skin, struct lab c)
{
	return hypot(c.a - skin.a, c.b - skin.b) < 9 && fabs(c.l - skin.l) < 35;
}

/* Skin that hangs together with the throat: down each column from the chin, as long as it lasts. A
 * brown or pink top begins below a collar, and a column that is skin to the end is a top of that
 * colour. */
static void mark_skin(const struct ground *gr, struct lab skin, uint8_t *is_skin)
{
	double chin = gr->tall / gr->axes->ied;

	for (int x = 0; x < gr->w; x++) {
		bool on = true;

		for (int y = 0; y < gr->h && on; y++) {
			struct check_point p = ground_axes(gr, x, y);

			if (p.y < chin + 0.3 || fabs(p.x) > 0.9)
				continue;
			on = like_skin(skin, gr->mean[ground_at(gr, x, y)]);
			is_skin[ground_at(gr, x, y)] = on;
		}
	}
}

struct cloth {
	int count[BARRED_COUNT], all;
	int apart[128], outer; /* histogram of dE to the backdrop */
};

static void look(const struct ground *gr, const uint8_t *is_skin, struct cloth *c)
{
	for (int y = 0; y < gr->h; y++)
		for (int x = 0; x < gr->w; x++) {
			int i = ground_at(gr, x, y), d = (int)lab_apart(gr->mean[i], gr->colour);

			if (is_skin[i])
				continue;
			if (in_zone(gr, x, y)) {
				c->all++;
				c->count[barred(gr->mean[i])]++;
			}
			if (in_outer_zone(gr, x, y)) {
				c->outer++;
				c->apart[d < 127 ? d : 127]++;
			}
		}
}

/* In an under-exposed picture all colours lie nearer to each other: taken as if the backdrop had at
 * least this L. */
#define FULL_LIGHT 60

static double median_apart(const struct ground *gr, const struct cloth *c)
{
	int left = c->outer / 2, d = 0;

	while (d < 127 && left >= c->apart[d])
		left -= c->apart[d++];
	return (d + 0.5) * fmax(1, (FULL_LIGHT + 16) / (gr->colour.l + 16));
}

void ground_clothes(const struct ground *gr, struct check_measures *m)
{
	SCOPED_FREE uint8_t *is_skin = calloc((size_t)gr->w, (size_t)gr->h);
	double scale = gr->cell_px / gr->axes->ied;
	struct cloth c = { 0 };
	struct lab skin;

	if (!is_skin || !skin_colour(gr, &skin))
		return;
	mark_skin(gr, skin, is_skin);
	look(gr, is_skin, &c);
	/* a third of the zone must be in the picture, and be clothes */
	if (c.all * scale * scale < 0.7)
		return;
	m->clothes_blue = (double)c.count[BARRED_BLUE] / c.all;
	m->clothes_green = (double)c.count[BARRED_GREEN] / c.all;
	m->clothes_purple = (double)c.count[BARRED_PURPLE] / c.all;
	m->clothes_yellow = (double)c.count[BARRED_YELLOW] / c.all;
	if (gr->single && c.outer * scale * scale > 0.5)
		m->clothes_de = median_apart(gr, &c);
}
