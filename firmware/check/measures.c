#include "firmware/check/measures.h"

#include <math.h>

#include "firmware/check/pixels.h"

static struct check_point middle(struct check_point a, struct check_point b)
{
	return (struct check_point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
}

struct check_axes check_axes_of(const struct check_point *p)
{
	struct check_point l = middle(p[36], p[39]), r = middle(p[42], p[45]);
	double dx = r.x - l.x, dy = r.y - l.y;
	struct check_axes a = { (l.x + r.x) / 2, (l.y + r.y) / 2, fmax(hypot(dx, dy), 1), 1, 0 };

	a.c = dx / a.ied;
	a.s = dy / a.ied;
	return a;
}

static double faces(const struct check_input *in, double bystander_share)
{
	int n = 0;

	while (n < in->face_count && in->faces[n].w >= bystander_share * in->faces[0].w)
		n++;
	return n;
}

/* From the points: what framing needs, in pixels of the picture. */
static void place(const struct check_input *in, const struct check_axes *a,
		  struct check_measures *m)
{
	double low = INFINITY, high = -INFINITY, chin;

	for (int i = 0; i <= 16; i++) {
		double u = to_axes(a, in->points[i].x, in->points[i].y).x;

		low = fmin(low, u);
		high = fmax(high, u);
	}
	chin = to_axes(a, in->points[8].x, in->points[8].y).y * a->ied;
	m->ied_px = a->ied * in->scale;
	m->face_width_px = (high - low) * a->ied * in->scale;
	m->eye_line_px = a->oy * in->scale;
	m->chin_px = (a->oy + chin) * in->scale;
	m->centre_px = (a->ox + (low + high) / 2 * a->ied * a->c) * in->scale;
}

/* Without points: average proportions inside the detector's box (eyes at 0.27 of its height, face
 * as wide as the box, chin at its lower edge). */
static void place_by_box(const struct check_input *in, struct check_measures *m)
{
	const struct check_box *b = &in->faces[0];
	double eye_y = b->y + 0.27 * b->h;

	m->face_width_px = b->w * in->scale;
	m->ied_px = 0.44 * m->face_width_px;
	m->eye_line_px = eye_y * in->scale;
	m->chin_px = (b->y + b->h) * in->scale;
	m->centre_px = (b->x + b->w / 2) * in->scale;
}

static void forget(struct check_measures *m)
{
#define FORGET(field) m->field = NAN;
	CHECK_MEASURES(FORGET)
#undef FORGET
}

static struct check_axes axes_by_box(const struct check_box *b)
{
	return (struct check_axes){ b->x + b->w / 2, b->y + 0.27 * b->h, fmax(0.44 * b->w, 1), 1,
				    0 };
}

/* What all the others build on. Return: is somebody there? */
static bool begin(const struct check_input *in, double bystander_share, struct check_axes *a,
		  struct check_measures *m)
{
	forget(m);
	m->faces = faces(in, bystander_share);
	*a = (struct check_axes){ 0 };
	if (in->face_count > 0)
		*a = in->has_points ? check_axes_of(in->points) : axes_by_box(&in->faces[0]);
	check_measure_light(in, a, m);
	if (in->face_count == 0)
		return false;
	if (in->has_points)
		place(in, a, m);
	else
		place_by_box(in, m);
	return true;
}

void check_measure(const struct check_input *in, double bystander_share, struct check_measures *m)
{
	struct check_axes a;

	if (!begin(in, bystander_share, &a, m))
		return;
	check_measure_sharpness(in, &a, m);
	check_measure_skin(in, &a, m);
	check_measure_surroundings(in, &a, m);
	if (!in->has_points)
		return;
	check_measure_pose(in, &a, m);
	check_measure_eyes_mouth(in, &a, m);
	check_measure_lenses(in, &a, m);
}

/* What check_measure_surroundings() would set: the backdrop and the clothes stay, the head moves. */
static void take_over(const struct check_measures *before, struct check_measures *m)
{
	double size = m->face_width_px / before->face_width_px;

	m->crown_px = m->eye_line_px - size * (before->eye_line_px - before->crown_px);
	m->crown_seen = before->crown_seen;
	m->crown_cut = before->crown_cut;
	m->back_ev = before->back_ev;
	m->backdrop_de = before->backdrop_de;
	m->backdrop_patch = before->backdrop_patch;
	m->backdrop_l = before->backdrop_l;
	m->backdrop_c = before->backdrop_c;
	m->backdrop_h = before->backdrop_h;
	m->backdrop_shadow = before->backdrop_shadow;
	m->clothes_blue = before->clothes_blue;
	m->clothes_green = before->clothes_green;
	m->clothes_purple = before->clothes_purple;
	m->clothes_yellow = before->clothes_yellow;
	m->clothes_de = before->clothes_de;
	m->shoulders_deg = before->shoulders_deg;
	m->torso = before->torso;
}

void check_measure_live(const struct check_input *in, double bystander_share,
			const struct check_measures *before, struct check_measures *m)
{
	struct check_axes a;

	if (!begin(in, bystander_share, &a, m))
		return;
	if (before)
		take_over(before, m);
	else
		check_measure_surroundings(in, &a, m);
	if (!in->has_points)
		return;
	check_measure_pose(in, &a, m);
	check_measure_eyes_mouth(in, &a, m);
}
