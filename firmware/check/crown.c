/* Top of the visible hair, found against a plain backdrop. */
#include <math.h>
#include <stdlib.h>

#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

struct colour {
	double r, g, b, spread;
};

/* Mean and mean deviation of a corner: a plain backdrop has hardly any deviation. */
static struct colour corner(const struct image *im, int x0, int x1, int y1)
{
	struct colour c = { 0 };
	int n = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int y = 0; y < y1; y += 4)
			for (int x = x0; x < x1; x += 4) {
				uint32_t p = image_row(im, y)[x];
				double r = p >> 16 & 255, g = p >> 8 & 255, b = p & 255;

				if (pass) {
					c.spread += fabs(r - c.r / n) + fabs(g - c.g / n) +
						    fabs(b - c.b / n);
					continue;
				}
				c.r += r;
				c.g += g;
				c.b += b;
				n++;
			}
	if (n > 0) {
		c.r /= n;
		c.g /= n;
		c.b /= n;
		c.spread /= n;
	}
	return c;
}

static double apart(const struct colour *c, uint32_t p)
{
	return fabs((p >> 16 & 255) - c->r) + fabs((p >> 8 & 255) - c->g) + fabs((p & 255) - c->b);
}

static bool plain(const struct colour *l, const struct colour *r)
{
	double level = l->r + l->g + l->b + r->r + r->g + r->b;

	return l->spread < 10 + 0.03 * level && r->spread < 10 + 0.03 * level;
}

static double covered(const struct image *im, const struct colour *l, const struct colour *r,
		      double cx, double half, int y)
{
	int n = 0, on = 0;

	for (int x = (int)(cx - half); x < (int)(cx + half); x += 2) {
		const struct colour *c = x < cx ? l : r;
		uint32_t p = pixel_at(im, x, y);

		n++;
		on += apart(l, p) > fmax(36, 0.18 * (c->r + c->g + c->b)) &&
		      apart(r, p) > fmax(36, 0.18 * (c->r + c->g + c->b));
	}
	return n ? (double)on / n : 0;
}

static void crown(const struct check_input *in, double cx, double eye_y, double face_w,
		  double chin_to_eyes, struct check_measures *m)
{
	const struct image *im = in->im;
	int side = im->width_px / 12 + 1, deep = im->height_px / 5 + 1, y = 0;
	struct colour l = corner(im, 0, side, deep);
	struct colour r = corner(im, im->width_px - side, im->width_px, deep);
	double guess = eye_y - 1.08 * chin_to_eyes;

	m->crown_px = guess * in->scale;
	if (plain(&l, &r)) {
		while (y < eye_y && covered(im, &l, &r, cx, 0.35 * face_w, y) <= 0.12)
			y++;
		m->crown_seen = y < eye_y - 0.6 * chin_to_eyes && y > eye_y - 2.2 * chin_to_eyes;
		if (m->crown_seen)
			m->crown_px = y * in->scale;
	}
	m->crown_cut = m->crown_seen ? y < 2 : eye_y < 0.75 * chin_to_eyes;
}

void check_measure_surroundings(const struct check_input *in, const struct check_axes *a,
				struct check_measures *m)
{
	(void)a;
	m->crown_seen = 0;
	crown(in, m->centre_px / in->scale, m->eye_line_px / in->scale,
	      m->face_width_px / in->scale, (m->chin_px - m->eye_line_px) / in->scale, m);
}
