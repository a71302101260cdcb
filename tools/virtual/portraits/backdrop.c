/* What stands behind the sitter. */
#include <math.h>

#include "tools/virtual/portraits/parts.h"

enum { RULE_BLUE = 0x64c5ff };

/* The sitter's own shadow: a soft ellipse of head and shoulders, to the right and a little lower. */
static double shadow_at(double u, double v)
{
	double head = hypot((u - 1.1) / 1.7, v / 2.1), body = hypot((u - 1.1) / 3.4, (v - 4.4) / 2);
	double near = fmin(head, body);

	return 1 / (1 + exp((near - 1) / 0.12));
}

void paint_backdrop(struct image *im, const struct portrait_scene *s, const struct placement *at)
{
	uint32_t colour = s->backdrop ? s->backdrop : RULE_BLUE;
	int plain = s->slope_ev == 0 && s->folds == 0 && s->backdrop_shadow_ev == 0;

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++) {
			double u = (x - at->cx) / at->ied, v = (y - at->cy) / at->ied, gain;

			if (plain) {
				image_row(im, y)[x] = colour;
				continue;
			}
			gain = exp2(s->slope_ev * ((double)x / im->width_px - 0.5));
			gain *= 1 + s->folds * sin(u * 5.5 + 0.6 * sin(v * 0.7)) *
					    (0.7 + 0.3 * sin(u * 2.1 + 1));
			if (s->backdrop_shadow_ev != 0)
				gain *= exp2(-fabs(s->backdrop_shadow_ev) * shadow_at(u, v));
			image_row(im, y)[x] = lit(colour, gain);
		}
}

static void door(cairo_t *cr)
{
	cairo_rectangle(cr, -2.75, -20, 0.45, 40);
	ink(cr, 0x8a6240, 1, 1);
	cairo_fill(cr);
	cairo_rectangle(cr, -2.42, -20, 0.10, 40);
	ink(cr, 0x5a3c24, 1, 1);
	cairo_fill(cr);
}

static void bystander(cairo_t *cr)
{
	cairo_arc(cr, -3.6, 0.4, 1.15, 0, 2 * M_PI); /* back of a head at the edge */
	ink(cr, 0x2a211c, 1, 1);
	cairo_fill(cr);
	cairo_arc(cr, -3.9, 4.0, 2.0, 0, 2 * M_PI);
	ink(cr, 0x7a3030, 1, 1);
	cairo_fill(cr);
}

static void pole(cairo_t *cr)
{
	cairo_rectangle(cr, -2.45, -20, 0.30, 40);
	ink(cr, 0x707478, 1, 1);
	cairo_fill(cr);
	cairo_rectangle(cr, -2.40, -20, 0.08, 40);
	ink(cr, 0xb0b4b8, 1, 1);
	cairo_fill(cr);
}

void paint_object(cairo_t *cr, enum portrait_object object)
{
	if (object == OBJECT_DOOR)
		door(cr);
	else if (object == OBJECT_PERSON)
		bystander(cr);
	else if (object == OBJECT_POLE)
		pole(cr);
}
