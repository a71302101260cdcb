#include "firmware/check/framing.h"

#include <math.h>

enum { SIZES = 80, FINE = 16 /* parts of a pixel in a recorded crop */ };

/* How much is missing on each side at one size, finished px; 0 everywhere: it fits. */
struct lack {
	double top, bottom, left, right, worst;
};

struct frame {
	const struct check_window *w;
	const struct check_measures *m;
	double width, height; /* of the picture */
};

/* One way to place the finished picture. */
struct place {
	double size; /* finished px per picture px */
	double x, y; /* of its corner, finished px */
	double cost; /* distance from the aims, in windows */
	struct lack lack;
};

static double square(double v)
{
	return v * v;
}

static double span(double low, double high)
{
	return fmax(high - low, 1);
}

/* Highest and lowest place of the crown in the finished picture that keep both windows. A crown
 * that was only guessed binds nobody. */
static int crown_window(const struct frame *f, double head, double *low, double *high)
{
	const struct check_window *w = f->w;
	double eyes_low = w->eyes_min_px - head, eyes_high = w->eyes_max_px - head;

	*low = fmax(w->crown_min_px, eyes_low);
	*high = fmin(w->crown_max_px, eyes_high);
	if (!(f->m->crown_seen > 0) || (w->crown_may_leave && *low > *high)) {
		*low = eyes_low;
		*high = eyes_high;
	}
	return *low <= *high;
}

/* Between the aim of the crown and that of the eyes, the narrower window pulling harder. */
static double crown_aim(const struct check_window *w, double head)
{
	double crown = 1 / square(span(w->crown_min_px, w->crown_max_px));
	double eyes = 1 / square(span(w->eyes_min_px, w->eyes_max_px));

	return (crown * w->crown_aim_px + eyes * (w->eyes_aim_px - head)) / (crown + eyes);
}

static int place_at(const struct frame *f, double size, struct place *out)
{
	const struct check_window *w = f->w;
	double crown = f->m->crown_px * size, head = f->m->eye_line_px * size - crown, low, high;
	double aim = crown_aim(w, head), at, x, room = f->width * size - w->width_px;
	struct lack *k = &out->lack;

	if (!crown_window(f, head, &low, &high))
		return -1;
	at = fmin(fmax(aim, low), high);
	at = fmax(fmin(at, crown), low); /* not above the picture */
	at = fmin(fmax(at, w->height_px - (f->height * size - crown)), high); /* nor below it */
	k->top = fmax(at - crown, 0);
	k->bottom = fmax(crown - at + w->height_px - f->height * size, 0);
	x = f->m->centre_px * size - w->width_px / 2.0;
	k->left = fmax(-x - w->centre_px, 0);
	k->right = fmax(x - room - w->centre_px, 0);
	k->worst = fmax(fmax(k->top, k->bottom), fmax(k->left, k->right));
	out->size = size;
	out->y = crown - at;
	out->x = fmin(fmax(x, 0), fmax(room, 0));
	out->cost = square((f->m->face_width_px * size - w->face_aim_px) /
			   span(w->face_min_px, w->face_max_px)) +
		    square((at - aim) / span(w->crown_min_px, w->crown_max_px)) +
		    square((out->x - x) / span(0, w->centre_px)) / 4;
	return 0;
}

static enum framing name_lack(const struct lack *k, double *value)
{
	*value = k->worst;
	if ((k->top > 0 && k->bottom > 0) || (k->left > 0 && k->right > 0))
		return FRAMING_LARGE;
	if (k->top > 0 && k->top >= k->bottom && k->top >= fmax(k->left, k->right))
		return FRAMING_HIGH;
	if (k->bottom > 0 && k->bottom >= fmax(k->left, k->right))
		return FRAMING_LOW;
	return k->left > k->right ? FRAMING_LEFT : FRAMING_RIGHT;
}

static int32_t clamp(double v, double most)
{
	return (int32_t)fmin(fmax(floor(v * FINE + 0.5), 0), most);
}

/* Whole sixteenths, still inside the picture and still in proportion. */
static void record(const struct frame *f, const struct place *p, struct image_crop *crop)
{
	const struct check_window *w = f->w;
	double widest = fmin(f->width, f->height * w->width_px / w->height_px) * FINE;

	crop->w = clamp(w->width_px / p->size, floor(widest));
	crop->h = (int32_t)(((int64_t)crop->w * w->height_px + w->width_px / 2) / w->width_px);
	if (crop->h > (int32_t)(f->height * FINE))
		crop->h = (int32_t)(f->height * FINE);
	crop->x = clamp(p->x / p->size, f->width * FINE - crop->w);
	crop->y = clamp(p->y / p->size, f->height * FINE - crop->h);
}

static enum framing search(const struct frame *f, double least, double most,
			   struct image_crop *crop, double *value)
{
	struct place best = { .cost = INFINITY }, nearest = { .lack.worst = INFINITY }, p;

	for (int i = 0; i <= SIZES; i++) {
		if (place_at(f, least + (most - least) * i / SIZES, &p) < 0)
			continue;
		if (p.lack.worst == 0 && p.cost < best.cost)
			best = p;
		if (p.lack.worst < nearest.lack.worst)
			nearest = p;
	}
	if (best.cost < INFINITY) {
		record(f, &best, crop);
		return FRAMING_OK;
	}
	*value = 0;
	if (nearest.lack.worst == INFINITY) /* hair so high that no size fits it and the eyes */
		return FRAMING_HIGH;
	return name_lack(&nearest.lack, value);
}

enum framing framing_find(const struct check_window *w, const struct check_measures *m,
			  int width_px, int height_px, struct image_crop *crop, double *value,
			  double *limit)
{
	struct frame f = { w, m, width_px, height_px };
	double least = w->face_min_px / m->face_width_px;
	double finest = (double)w->width_px / w->width_min_px; /* nothing is enlarged */
	double largest = fmin((double)width_px / w->width_px, (double)height_px / w->height_px);

	*limit = 0;
	*value = m->face_width_px;
	if (m->crown_cut > 0)
		return FRAMING_CUT_OFF;
	*limit = w->face_min_px / finest;
	if (least > finest)
		return FRAMING_SMALL;
	*limit = largest * w->face_max_px;
	if (m->face_width_px > *limit)
		return FRAMING_LARGE;
	*limit = 0;
	return search(&f, least, fmin(w->face_max_px / m->face_width_px, finest), crop, value);
}

/* By how much @v leaves @low…@high, negative below. */
static double outside(double v, double low, double high)
{
	return v < low ? v - low : fmax(v - high, 0);
}

enum framing framing_whole(const struct check_window *w, const struct check_measures *m,
			   int width_px, enum check_level *level, double *value, double *limit)
{
	double size = (double)w->width_px / width_px;
	double face = outside(m->face_width_px * size, w->face_min_px, w->face_max_px);
	double crown = outside(m->crown_px * size, w->crown_min_px, w->crown_max_px);
	double eyes = outside(m->eye_line_px * size, w->eyes_min_px, w->eyes_max_px);
	double centre =
		outside(m->centre_px * size - w->width_px / 2.0, -w->centre_px, w->centre_px);
	const struct {
		double by, span;
		enum framing below, above;
	} all[] = {
		{ face, span(w->face_min_px, w->face_max_px), FRAMING_SMALL, FRAMING_LARGE },
		{ m->crown_seen > 0 ? crown : 0, span(w->crown_min_px, w->crown_max_px),
		  FRAMING_HIGH, FRAMING_LOW },
		{ eyes, span(w->eyes_min_px, w->eyes_max_px), FRAMING_HIGH, FRAMING_LOW },
		{ centre, 2 * w->centre_px, FRAMING_LEFT, FRAMING_RIGHT },
	};
	enum framing worst = FRAMING_OK;

	*level = CHECK_FAIL;
	*value = *limit = 0;
	if (m->crown_cut > 0)
		return FRAMING_CUT_OFF;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		enum check_level l = fabs(all[i].by) > all[i].span / 2 ? CHECK_FAIL : CHECK_WARN;

		if (all[i].by == 0 || (worst != FRAMING_OK && l <= *level))
			continue;
		*level = l;
		worst = all[i].by < 0 ? all[i].below : all[i].above;
		*value = fabs(all[i].by);
		*limit = all[i].span / 2;
	}
	return worst;
}
