/* Colour of the clothes: barred colours, and contrast to the backdrop. */
#include <stdlib.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/key.h"

/* Below the chin, in IED */
#define TOP    0.75
#define BOTTOM 1.7

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
static bool in_zone(const struct key *k, int x, int y)
{
	struct check_point p = key_axes(k, x, y);
	double v = p.y - k->tall / k->axes->ied;

	return v > TOP && v < BOTTOM && fabs(p.x) < fmin(1.4, 0.8 + 1.5 * (v - TOP));
}

/* Median would need sorting; cheeks are even enough for a mean. */
static bool skin_colour(const struct key *k, struct lab *out)
{
	double l = 0, a = 0, b = 0;
	int n = 0;

	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			struct check_point p = key_axes(k, x, y);
			const struct lab *c = &k->mean[key_at(k, x, y)];

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
static void mark_skin(const struct key *k, struct lab skin, uint8_t *is_skin)
{
	double chin = k->tall / k->axes->ied;

	for (int x = 0; x < k->w; x++) {
		bool on = true;

		for (int y = 0; y < k->h && on; y++) {
			struct check_point p = key_axes(k, x, y);

			if (p.y < chin + 0.3 || fabs(p.x) > 0.9)
				continue;
			on = like_skin(skin, k->mean[key_at(k, x, y)]);
			is_skin[key_at(k, x, y)] = on;
		}
	}
}

struct cloth {
	int count[BARRED_COUNT], all, skin, zone;
	int apart[128]; /* histogram of dE to the backdrop */
};

static void look(const struct key *k, const uint8_t *is_skin, struct cloth *c)
{
	for (int y = 0; y < k->h; y++)
		for (int x = 0; x < k->w; x++) {
			int i = key_at(k, x, y), d;

			if (!in_zone(k, x, y))
				continue;
			c->zone++;
			if (is_skin[i]) {
				c->skin++;
				continue;
			}
			c->all++;
			c->count[barred(k->mean[i])]++;
			d = (int)lab_apart(k->mean[i], k->colour);
			c->apart[d < 127 ? d : 127]++;
		}
}

/* In an under-exposed picture all colours lie nearer to each other: taken as if the backdrop had at
 * least this L. */
#define FULL_LIGHT 60

static double median_apart(const struct key *k, const struct cloth *c)
{
	int left = c->all / 2, d = 0;

	while (d < 127 && left >= c->apart[d])
		left -= c->apart[d++];
	return (d + 0.5) * fmax(1, (FULL_LIGHT + 16) / (k->colour.l + 16));
}

void key_clothes(const struct key *k, struct check_measures *m)
{
	SCOPED_FREE uint8_t *is_skin = calloc((size_t)k->w, (size_t)k->h);
	double scale = k->cell_px / k->axes->ied;
	struct cloth c = { 0 };
	struct lab skin;

	if (!is_skin || !skin_colour(k, &skin))
		return;
	mark_skin(k, skin, is_skin);
	look(k, is_skin, &c);
	/* a third of the zone must be in the picture, and be clothes */
	if (c.all * scale * scale < 0.7)
		return;
	m->clothes_blue = (double)c.count[BARRED_BLUE] / c.all;
	m->clothes_green = (double)c.count[BARRED_GREEN] / c.all;
	m->clothes_purple = (double)c.count[BARRED_PURPLE] / c.all;
	m->clothes_yellow = (double)c.count[BARRED_YELLOW] / c.all;
	if (k->single)
		m->clothes_de = median_apart(k, &c);
}
