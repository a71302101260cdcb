/*
 * Roll, yaw and pitch of the head from the points: the weak-perspective picture of a mean face that
 * fits them best. From 1.5 m on the perspective itself is too small to matter.
 */
#include <math.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

/*
 * The mean face in IED: x to the right of the picture, y down, z towards the camera from the inner
 * eye corners. x and y: mean of the points of frontal photographs, so that pitch 0 is a straight
 * face as it is usually held. z: textbook facial depths of adults for an eye distance of 61 mm
 * (outer corners 9 mm behind the inner, root of the nose 9 mm before them, tip 29, its base 14,
 * wings 10, underside of the chin −5, side of the face before the ear −43 as far as the points show
 * it: they slide along the cheek of a turned head), × 0.75: the points give way less than the head
 * turns, and heads drawn 20° turned read 17° with it.
 */
static const struct landmark {
	int point;
	double weight, x, y, z;
} face[] = {
	{ 36, 1.0, -0.706, -0.014, -0.113 }, { 39, 1.0, -0.294, 0.014, 0.000 },
	{ 42, 1.0, 0.294, 0.014, 0.000 },    { 45, 1.0, 0.706, -0.014, -0.113 },
	{ 27, 1.0, 0.000, -0.056, 0.113 },   { 28, 1.0, 0.000, 0.126, 0.188 },
	{ 29, 1.0, 0.000, 0.310, 0.278 },    { 30, 1.0, 0.000, 0.499, 0.360 },
	{ 31, 1.0, -0.209, 0.653, 0.128 },   { 32, 1.0, -0.108, 0.685, 0.165 },
	{ 33, 1.0, 0.000, 0.713, 0.180 },    { 34, 1.0, 0.108, 0.685, 0.165 },
	{ 35, 1.0, 0.209, 0.653, 0.128 },    { 8, 0.3, 0.000, 1.794, -0.060 },
	{ 0, 0.1, -1.080, 0.043, -0.525 },   { 16, 0.1, 1.080, 0.043, -0.525 },
};

/* A long nose looks like a lowered head: of a reading this much is the head's on average. */
static const double PITCH_SHARE = 0.58;

enum { X, Y, Z };

struct vector {
	double at[3];
};

static struct vector cross(struct vector a, struct vector b)
{
	return (struct vector){ { a.at[Y] * b.at[Z] - a.at[Z] * b.at[Y],
				  a.at[Z] * b.at[X] - a.at[X] * b.at[Z],
				  a.at[X] * b.at[Y] - a.at[Y] * b.at[X] } };
}

static double dot(struct vector a, struct vector b)
{
	return a.at[X] * b.at[X] + a.at[Y] * b.at[Y] + a.at[Z] * b.at[Z];
}

static struct vector blend(double s, struct vector a, double t, struct vector b)
{
	return (struct vector){ { s * a.at[X] + t * b.at[X], s * a.at[Y] + t * b.at[Y],
				  s * a.at[Z] + t * b.at[Z] } };
}

/* Weighted sums over the landmarks, both sides centred. */
struct sums {
	struct vector shape[3]; /* Σ w X Xᵀ */
	struct vector u, v; /* Σ w u X, Σ w v X */
};

static struct vector model(const struct landmark *l)
{
	return (struct vector){ { l->x, l->y, l->z } };
}

static struct vector centre_of_model(void)
{
	struct vector sum = { { 0, 0, 0 } };
	double weight = 0;

	for (size_t i = 0; i < ARRAY_SIZE(face); i++) {
		sum = blend(1, sum, face[i].weight, model(&face[i]));
		weight += face[i].weight;
	}
	return blend(1 / weight, sum, 0, sum);
}

/* The centre of the model is taken off: the centre of the points then falls out by itself. */
static struct sums sum_up(const struct check_input *in, const struct check_axes *a)
{
	struct vector centre = centre_of_model();
	struct sums s = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(face); i++) {
		const struct check_point *at = &in->points[face[i].point];
		struct check_point p = to_axes(a, at->x, at->y);
		struct vector m = blend(1, model(&face[i]), -1, centre);

		for (int k = X; k <= Z; k++)
			s.shape[k] = blend(1, s.shape[k], face[i].weight * m.at[k], m);
		s.u = blend(1, s.u, face[i].weight * p.x, m);
		s.v = blend(1, s.v, face[i].weight * p.y, m);
	}
	return s;
}

/* (Σ w X Xᵀ)⁻¹ b. The mean face is no plane: the determinant is far from 0. */
static struct vector solve(const struct sums *s, struct vector b)
{
	struct vector p = cross(s->shape[Y], s->shape[Z]), q = cross(s->shape[Z], s->shape[X]);
	struct vector r = cross(s->shape[X], s->shape[Y]);
	double det = dot(s->shape[X], p);
	struct vector sum = blend(b.at[X], p, b.at[Y], q);

	return blend(1 / det, sum, b.at[Z] / det, r);
}

/* The two rows of a rotation nearest to @u, @v: (A Aᵀ)^-½ A. false: the points are on a line. */
static bool orthonormal(struct vector *u, struct vector *v)
{
	double p = dot(*u, *u), q = dot(*u, *v), r = dot(*v, *v);
	double root = sqrt(fmax(p * r - q * q, 0)), t = sqrt(p + r + 2 * root), det;
	struct vector old = *u;

	if (!(root > 1e-6))
		return false;
	det = ((p + root) * (r + root) - q * q) / t;
	*u = blend((r + root) / det, old, -q / det, *v);
	*v = blend(-q / det, old, (p + root) / det, *v);
	return true;
}

void check_measure_pose(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m)
{
	struct sums s = sum_up(in, a);
	struct vector u = solve(&s, s.u), v = solve(&s, s.v);

	m->roll_deg = atan2(a->s, a->c) * 180 / M_PI;
	if (!orthonormal(&u, &v))
		return;
	m->yaw_deg = atan2(u.at[Z], cross(u, v).at[Z]) * 180 / M_PI;
	m->pitch_deg = -PITCH_SHARE * asin(fmax(-1, fmin(1, v.at[Z]))) * 180 / M_PI;
}
