#include "firmware/check/regions.h"

#include <math.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/pixels.h"

struct edges { /* px of the picture */
	double x0, y0, x1, y1;
};

static const struct edges nothing = { INFINITY, INFINITY, -INFINITY, -INFINITY };

static void take_in(struct edges *e, double x, double y)
{
	e->x0 = fmin(e->x0, x);
	e->y0 = fmin(e->y0, y);
	e->x1 = fmax(e->x1, x);
	e->y1 = fmax(e->y1, y);
}

static struct check_region region_of(const struct check_input *in, const struct edges *e)
{
	double x0 = fmax(floor(e->x0), 0), x1 = fmin(ceil(e->x1), in->width_px);
	double y0 = fmax(floor(e->y0), 0), y1 = fmin(ceil(e->y1), in->height_px);

	if (!(x1 > x0 && y1 > y0))
		return (struct check_region){ 0, 0, 0, 0 };
	return (struct check_region){ (int32_t)x0, (int32_t)y0, (int32_t)(x1 - x0),
				      (int32_t)(y1 - y0) };
}

static struct edges box_edges(const struct check_input *in, const struct check_box *b)
{
	return (struct edges){ b->x * in->scale, b->y * in->scale, (b->x + b->w) * in->scale,
			       (b->y + b->h) * in->scale };
}

/* Zones in the face axes: u across, v down from the eyes, or from the chin. */
static const struct box {
	double u0, u1, v0, v1;
	bool below_chin;
} boxes[CHECK_ZONE_COUNT] = {
	[CHECK_ZONE_BROW] = { -0.9, 0.9, -1.0, -0.15, false },
	[CHECK_ZONE_EYES] = { -0.95, 0.95, -0.36, 0.42, false },
	[CHECK_ZONE_LEFT_CHEEK] = { -0.95, -0.25, 0.25, 0.95, false },
	[CHECK_ZONE_RIGHT_CHEEK] = { 0.25, 0.95, 0.25, 0.95, false },
	[CHECK_ZONE_SHOULDERS] = { -2.6, 2.6, 0.1, 1.7, true },
	[CHECK_ZONE_CLOTHES] = { -1.4, 1.4, 0.75, 1.7, true },
};

static struct edges axes_edges(const struct check_input *in, const struct check_axes *a,
			       const struct check_measures *m, const struct box *b)
{
	double below = b->below_chin ? (m->chin_px / in->scale - a->oy) / a->ied : 0;
	struct edges e = nothing;

	for (int corner = 0; corner < 4; corner++) {
		struct check_point p = from_axes(a, corner & 1 ? b->u1 : b->u0,
						 (corner & 2 ? b->v1 : b->v0) + below);

		take_in(&e, p.x * in->scale, p.y * in->scale);
	}
	return e;
}

static struct edges mouth_edges(const struct check_input *in, const struct check_axes *a)
{
	double room = 0.15 * a->ied;
	struct edges e = nothing;

	for (int i = 48; in->has_points && i < CHECK_POINTS; i++) {
		const struct check_point *p = &in->points[i];

		take_in(&e, (p->x - room) * in->scale, (p->y - room) * in->scale);
		take_in(&e, (p->x + room) * in->scale, (p->y + room) * in->scale);
	}
	return e;
}

static struct edges head_edges(const struct check_measures *m)
{
	double half = 0.6 * m->face_width_px;

	return (struct edges){ m->centre_px - half, m->crown_px, m->centre_px + half, m->chin_px };
}

static struct check_axes axes_of(const struct check_input *in)
{
	const struct check_box *b = &in->faces[0];

	if (in->has_points)
		return check_axes_of(in->points);
	return (struct check_axes){ b->x + b->w / 2, b->y + 0.27 * b->h, fmax(0.44 * b->w, 1), 1,
				    0 };
}

struct check_region check_zone_of(const struct check_input *in, const struct check_measures *m,
				  enum check_zone zone)
{
	struct check_axes a = axes_of(in);
	struct edges e = nothing;

	if (in->face_count == 0 || zone == CHECK_ZONE_NONE)
		return region_of(in, &nothing);
	if (zone == CHECK_ZONE_FACE)
		e = box_edges(in, &in->faces[0]);
	else if (zone == CHECK_ZONE_SECOND_FACE)
		e = in->face_count > 1 ? box_edges(in, &in->faces[1]) : nothing;
	else if (zone == CHECK_ZONE_HEAD)
		e = head_edges(m);
	else if (zone == CHECK_ZONE_MOUTH)
		e = mouth_edges(in, &a);
	else if (zone == CHECK_ZONE_BACKDROP)
		e = (struct edges){ 0, 0, in->width_px, m->chin_px };
	else
		e = axes_edges(in, &a, m, &boxes[zone]);
	return region_of(in, &e);
}

static const enum check_zone zones[CHECK_CODE_COUNT] = {
	[CHECK_MANY_FACES] = CHECK_ZONE_SECOND_FACE,
	[CHECK_CUT_OFF] = CHECK_ZONE_HEAD,
	[CHECK_FACE_SMALL] = CHECK_ZONE_HEAD,
	[CHECK_FACE_LARGE] = CHECK_ZONE_HEAD,
	[CHECK_HEAD_HIGH] = CHECK_ZONE_HEAD,
	[CHECK_HEAD_LOW] = CHECK_ZONE_HEAD,
	[CHECK_OFF_CENTRE] = CHECK_ZONE_HEAD,
	[CHECK_BLURRED] = CHECK_ZONE_FACE,
	[CHECK_MOVED] = CHECK_ZONE_FACE,
	[CHECK_OVEREXPOSED] = CHECK_ZONE_FACE,
	[CHECK_UNDEREXPOSED] = CHECK_ZONE_FACE,
	[CHECK_HALF_LIT] = CHECK_ZONE_RIGHT_CHEEK, /* the darker one, see below */
	[CHECK_BACK_LIGHT] = CHECK_ZONE_FACE,
	[CHECK_TOP_LIGHT] = CHECK_ZONE_BROW,
	[CHECK_FACE_SHADOW] = CHECK_ZONE_FACE,
	[CHECK_TILTED] = CHECK_ZONE_HEAD,
	[CHECK_TURNED] = CHECK_ZONE_FACE,
	[CHECK_NODDING] = CHECK_ZONE_FACE,
	[CHECK_EYES_CLOSED] = CHECK_ZONE_EYES,
	[CHECK_EYES_NARROW] = CHECK_ZONE_EYES,
	[CHECK_GAZE] = CHECK_ZONE_EYES,
	[CHECK_MOUTH_OPEN] = CHECK_ZONE_MOUTH,
	[CHECK_BACKDROP_OBJECT] = CHECK_ZONE_BACKDROP,
	[CHECK_BACKDROP_UNEVEN] = CHECK_ZONE_BACKDROP,
	[CHECK_BACKDROP_COLOUR] = CHECK_ZONE_BACKDROP,
	[CHECK_BACKDROP_SHADOW] = CHECK_ZONE_BACKDROP,
	[CHECK_CLOTHES_BARRED] = CHECK_ZONE_CLOTHES,
	[CHECK_CLOTHES_BACKDROP] = CHECK_ZONE_CLOTHES,
	[CHECK_GLARE] = CHECK_ZONE_EYES,
	[CHECK_TINTED] = CHECK_ZONE_EYES,
	[CHECK_RED_EYE] = CHECK_ZONE_EYES,
	[CHECK_SHOULDERS] = CHECK_ZONE_SHOULDERS,
	[CHECK_TORSO] = CHECK_ZONE_SHOULDERS,
	[CHECK_SHINE] = CHECK_ZONE_FACE,
	[CHECK_COLOUR_CAST] = CHECK_ZONE_FACE,
	[CHECK_MOIRE] = CHECK_ZONE_FACE,
};

void check_regions(const struct check_input *in, const struct check_measures *m,
		   struct check_result *r)
{
	for (uint32_t i = 0; i < r->finding_count; i++) {
		struct check_finding *f = &r->findings[i];
		enum check_zone zone = zones[f->code];

		if (f->code == CHECK_HALF_LIT && f->value > 0)
			zone = CHECK_ZONE_LEFT_CHEEK;
		f->region = check_zone_of(in, m, zone);
	}
}
