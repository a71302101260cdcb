#include "firmware/check/framing.h"

#include <math.h>

enum { SIZES = 60 };

/* How much is missing on each side at one size, finished px; 0 everywhere: it fits. */
struct lack {
	double top, bottom, left, right, worst;
};

/* Highest and lowest place of the crown in the finished picture that keep both windows. */
static int crown_window(const struct check_limits *l, double head, double *low, double *high)
{
	*low = fmax(l->crown_min_px, l->eyes_min_px - head);
	*high = fmin(l->crown_max_px, l->eyes_max_px - head);
	return *low <= *high;
}

static int try_size(const struct check_limits *l, const struct check_measures *m, double s,
		    double width, double height, struct lack *out, struct framing_crop *crop)
{
	double low, high, crown = m->crown_px * s, centre = m->centre_px * s, at, x;

	if (!crown_window(l, (m->eye_line_px - m->crown_px) * s, &low, &high))
		return -1;
	at = (low + high) / 2;
	at = fmax(fmin(at, crown), low); /* not above the picture */
	at = fmin(fmax(at, l->crop_height_px - (height * s - crown)), high); /* nor below it */
	out->top = fmax(at - crown, 0);
	out->bottom = fmax(crown - at + l->crop_height_px - height * s, 0);
	x = centre - l->crop_width_px / 2.0;
	out->left = fmax(-x - l->centre_px, 0);
	out->right = fmax(x + l->crop_width_px - width * s - l->centre_px, 0);
	x = fmin(fmax(x, 0), fmax(width * s - l->crop_width_px, 0));
	out->worst = fmax(fmax(out->top, out->bottom), fmax(out->left, out->right));
	*crop = (struct framing_crop){ x / s, (crown - at) / s, l->crop_width_px / s,
				       l->crop_height_px / s, s };
	return 0;
}

static enum framing name_lack(const struct lack *k, double *value)
{
	*value = k->worst;
	if (k->top > 0 && k->top >= k->bottom && k->top >= fmax(k->left, k->right))
		return FRAMING_HIGH;
	if (k->bottom > 0 && k->bottom >= fmax(k->left, k->right))
		return FRAMING_LOW;
	return k->left > k->right ? FRAMING_LEFT : FRAMING_RIGHT;
}

enum framing framing_find(const struct check_limits *l, const struct check_measures *m,
			  int width_px, int height_px, struct framing_crop *crop, double *value,
			  double *limit)
{
	double least = l->face_min_px / m->face_width_px, best = INFINITY;
	double most = fmin(l->face_max_px / m->face_width_px, 1), aim;
	struct lack nearest = { .worst = INFINITY };

	*limit = 0;
	if (m->crown_cut)
		return FRAMING_CUT_OFF;
	*value = m->face_width_px;
	*limit = l->face_min_px;
	if (least > 1) /* fewer pixels than the finished picture needs */
		return FRAMING_SMALL;
	*limit = fmin((double)width_px / l->crop_width_px, (double)height_px / l->crop_height_px) *
		 l->face_max_px;
	if (m->face_width_px > *limit)
		return FRAMING_LARGE;
	aim = l->face_aim_px / m->face_width_px;
	for (int i = 0; i <= SIZES; i++) {
		double s = least + (most - least) * i / SIZES;
		struct framing_crop c;
		struct lack k;

		if (try_size(l, m, s, width_px, height_px, &k, &c) < 0)
			continue;
		if (k.worst == 0 && fabs(s - aim) < best) {
			best = fabs(s - aim);
			*crop = c;
		}
		if (k.worst < nearest.worst)
			nearest = k;
	}
	if (best < INFINITY)
		return FRAMING_OK;
	if (nearest.worst == INFINITY) /* hair so high that no size fits head top and eyes */
		return FRAMING_HIGH;
	*limit = 0;
	if ((nearest.top > 0 && nearest.bottom > 0) || (nearest.left > 0 && nearest.right > 0))
		return FRAMING_LARGE;
	return name_lack(&nearest, value);
}
