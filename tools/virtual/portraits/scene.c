/* Puts a sitter into a picture: parts on a backdrop, the head bent over its height field and lit,
 * then what the camera does to it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/portraits/parts.h"

static double rad(double deg)
{
	return deg * M_PI / 180;
}

static void to_head(cairo_t *cr, const struct placement *at)
{
	cairo_translate(cr, at->cx, at->cy);
	cairo_scale(cr, at->ied, at->ied);
	cairo_translate(cr, 0, 1.9); /* the neck is the hinge of a tilted head */
	cairo_rotate(cr, at->roll);
	cairo_translate(cr, 0, -1.9);
}

static cairo_surface_t *head_canvas(const struct portrait_person *p, const struct portrait_scene *s,
				    double px_per_ied)
{
	cairo_surface_t *c =
		cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)(2 * CANVAS_U * px_per_ied),
					   (int)(2 * CANVAS_V * px_per_ied));
	cairo_t *cr = cairo_create(c);

	cairo_scale(cr, px_per_ied, px_per_ied);
	cairo_translate(cr, CANVAS_U, CANVAS_V);
	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	paint_face(cr, p, s);
	paint_hair_front(cr, p);
	paint_extras(cr, s);
	cairo_destroy(cr);
	cairo_surface_flush(c);
	return c;
}

/* Premultiplied ARGB at (x, y), bilinear. Outside: nothing. */
static void sample(const uint8_t *px, int w, int h, int stride, double x, double y, float out[4])
{
	int ix = (int)floor(x), iy = (int)floor(y);
	float fx = (float)(x - ix), fy = (float)(y - iy);
	const uint8_t *a, *b;

	memset(out, 0, 4 * sizeof(*out));
	if (ix < 0 || iy < 0 || ix + 1 >= w || iy + 1 >= h)
		return;
	a = px + (size_t)iy * (size_t)stride + (size_t)ix * 4;
	b = a + stride;
	for (int k = 0; k < 4; k++) /* B, G, R, A in memory */
		out[k] = (a[k] * (1 - fx) + a[k + 4] * fx) * (1 - fy) +
			 (b[k] * (1 - fx) + b[k + 4] * fx) * fy;
}

/* Two soft lamps at 45°, a little above the eyes; the ceiling takes its share of their light. */
static double lamps(const double n[3], double top)
{
	static const double lamp[2][3] = { { -0.62, -0.38, 0.69 }, { 0.62, -0.38, 0.69 } };
	double sum = 0, above = fmax(0, -0.93 * n[1] + 0.37 * n[2] + 0.02);

	for (int i = 0; i < 2; i++)
		sum += 0.52 *
		       fmax(0, n[0] * lamp[i][0] + n[1] * lamp[i][1] + n[2] * lamp[i][2] + 0.10);
	return (1 - top) * sum + top * 1.5 * above;
}

static double smooth(double a, double b, double x)
{
	double t = fmin(fmax((x - a) / (b - a), 0), 1);

	return t * t * (3 - 2 * t);
}

/* The parts are painted on a long face; below the eyes it is drawn this much shorter. */
static double on_canvas(double v)
{
	const double share = 0.90;

	return v > 0.1 ? 0.1 + (v - 0.1) / share : v;
}

/* 1 = a patch that faces us under the usual lamps. */
static double light(const struct head_shape *h, double u, double v, const struct placement *at,
		    const struct portrait_scene *s)
{
	double cy = cos(at->yaw), sy = sin(at->yaw), cp = cos(at->pitch), sp = sin(at->pitch);
	double du, dv, n[3], len, front, sum;

	head_shape_slope(h, u, on_canvas(v), &du, &dv);
	du = fmax(-2.2, fmin(2.2, du));
	dv = fmax(-2.2, fmin(2.2, dv));
	len = sqrt(1 + du * du + dv * dv);
	front = (du * sy + cy) / len;
	n[0] = (-du * cy + sy) / len;
	n[1] = -dv / len * cp - front * sp;
	n[2] = front * cp - dv / len * sp;
	sum = (0.30 * (1 - 0.6 * s->top) + lamps(n, s->top)) / 1.12;
	if (s->shadow_ev != 0)
		sum *= exp2(-fabs(s->shadow_ev) *
			    (1 - smooth(0.85, 1.1, hypot((u - 0.62) / 0.38, (v - 0.55) / 0.55))));
	return sum;
}

/* Which point of the flat face is seen at (x, y) of the turned one. */
static void unturn(const struct head_shape *h, double x, double y, const struct placement *at,
		   double *u, double *v)
{
	double cy = cos(at->yaw), sy = sin(at->yaw), cp = cos(at->pitch), sp = sin(at->pitch);

	*u = x;
	*v = y;
	for (int i = 0; i < 14 && (at->yaw != 0 || at->pitch != 0); i++) {
		double z = head_shape_z(h, *u, on_canvas(*v)) - PIVOT_Z, front = z * cy - *u * sy;

		*u += 0.5 * ((x - z * sy) / cy - *u);
		*v += 0.5 * ((y - PIVOT_V + front * sp) / cp + PIVOT_V - *v);
	}
}

static void blend(uint32_t *to, const float c[4], double gain)
{
	float a = c[3] / 255, out = 0;
	uint32_t px = 0;

	for (int k = 2; k >= 0; k--) {
		float over = linear_of[(int)fminf(255, c[k] / fmaxf(a, 0.004f))] * (float)gain;

		out = over * a + linear_of[*to >> (8 * k) & 255] * (1 - a);
		px = px << 8 | to_srgb(out);
	}
	*to = px;
}

static void bend_head(struct image *im, cairo_surface_t *canvas, double px_per_ied,
		      const struct head_shape *h, const struct placement *at,
		      const struct portrait_scene *scene)
{
	const uint8_t *px = cairo_image_surface_get_data(canvas);
	int w = cairo_image_surface_get_width(canvas), ht = cairo_image_surface_get_height(canvas);
	int stride = cairo_image_surface_get_stride(canvas);
	int x0 = (int)fmax(0, at->cx - 2.5 * at->ied), y0 = (int)fmax(0, at->cy - 3 * at->ied);
	int x1 = (int)fmin(im->width_px, at->cx + 2.5 * at->ied);
	int y1 = (int)fmin(im->height_px, at->cy + 2.6 * at->ied);
	double c = cos(at->roll), s = sin(at->roll);

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			double dx = (x + 0.5 - at->cx) / at->ied;
			double dy = (y + 0.5 - at->cy) / at->ied - 1.9;
			double u, v;
			float rgba[4];

			unturn(h, dx * c + dy * s, dy * c - dx * s + 1.9, at, &u, &v);
			sample(px, w, ht, stride, (u + CANVAS_U) * px_per_ied - 0.5,
			       (on_canvas(v) + CANVAS_V) * px_per_ied - 0.5, rgba);
			if (rgba[3] > 1)
				blend(image_row(im, y) + x, rgba, light(h, u, v, at, scene));
		}
}

static cairo_t *pen_on(struct image *im)
{
	cairo_surface_t *all =
		cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						    im->width_px, im->height_px, im->stride_bytes);
	cairo_t *cr = cairo_create(all);

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_surface_destroy(all);
	return cr;
}

/* The jacket reaches unequally far when the body is turned: each half is drawn in its own width. */
static void body(cairo_t *cr, const struct portrait_person *p, const struct portrait_scene *s,
		 const struct placement *at)
{
	for (int side = -1; side <= 1; side += 2) {
		cairo_save(cr);
		cairo_translate(cr, at->cx, at->cy);
		cairo_scale(cr, at->ied, at->ied);
		cairo_rectangle(cr, side < 0 ? -40 : 0, -40, 40, 80);
		if (s->torso != 0)
			cairo_clip(cr);
		cairo_new_path(cr);
		cairo_translate(cr, 0, 2.2);
		cairo_rotate(cr, rad(s->lean_deg));
		cairo_translate(cr, 0, -2.2);
		cairo_scale(cr, 1 + side * s->torso, 1);
		paint_body(cr, p, s->clothes);
		cairo_restore(cr);
		if (s->torso == 0)
			return;
	}
}

static void behind_head(struct image *im, const struct portrait_person *p,
			const struct portrait_scene *s, const struct placement *at)
{
	cairo_t *cr = pen_on(im);

	cairo_save(cr);
	to_head(cr, at);
	paint_hair_back(cr, p, at);
	cairo_restore(cr);
	body(cr, p, s, at);
	to_head(cr, at);
	paint_ears(cr, p, at);
	cairo_destroy(cr);
}

static void before_shoulders(struct image *im, const struct portrait_person *p,
			     const struct placement *at)
{
	cairo_t *cr = pen_on(im);

	to_head(cr, at);
	paint_hair_fall(cr, p, at);
	cairo_destroy(cr);
}

static void sitter(struct image *im, const struct portrait_person *p,
		   const struct portrait_scene *s, const struct placement *at)
{
	double px_per_ied = fmax(at->ied * 1.1, 60);
	cairo_surface_t *canvas = head_canvas(p, s, px_per_ied);
	struct head_shape shape;

	behind_head(im, p, s, at);
	if (head_shape_new(p, s->mouth, &shape) == 0) {
		bend_head(im, canvas, px_per_ied, &shape, at, s);
		free(shape.z);
	}
	if (p->style == HAIR_LONG)
		before_shoulders(im, p, at);
	cairo_surface_destroy(canvas);
}

/* Head and shoulders so that a 480×640 crop of 78 % of the height has eyes at 250 px. */
static struct placement place(const struct portrait_scene *s, int w, int h)
{
	double crop = fmin(0.78 * h, 0.95 * w * 4 / 3);
	struct placement at = { .ied = portrait_ied(s, w, h),
				.roll = rad(s->roll_deg),
				.yaw = rad(s->yaw_deg),
				.pitch = rad(s->pitch_deg) };

	at.cx = w / 2.0 + s->shift_u * at.ied;
	at.cy = (h - crop) * 0.4 + crop * 250 / 640 + s->shift_v * at.ied;
	return at;
}

double portrait_ied(const struct portrait_scene *s, int width_px, int height_px)
{
	double crop = fmin(0.78 * height_px, 0.95 * width_px * 4 / 3);

	return crop * 98 / 640 * (s->zoom > 0 ? s->zoom : 1);
}

static void draw_sitters(struct image *im, const struct portrait_scene *s,
			 const struct placement *at)
{
	struct portrait_person p;

	if (s->second >= 0) {
		struct placement other = *at;

		other.cx = im->width_px / 2.0 + 1.35 * at->ied;
		other.cy += 0.35 * at->ied;
		other.ied *= 0.85;
		p = portrait_relative(s->second, s->skin, s->vary);
		sitter(im, &p, s, &other);
	}
	if (s->person < 0)
		return;
	p = portrait_relative(s->person, s->skin, s->vary);
	sitter(im, &p, s, at);
}

/* Less light on the sitter than on what was there before. */
static void dim_sitter(struct image *im, const struct image *before, double ev)
{
	double gain = exp2(ev);

	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			if (image_row(im, y)[x] != image_row(before, y)[x])
				image_row(im, y)[x] = lit(image_row(im, y)[x], gain);
}

static struct image *copy_of(const struct image *im)
{
	struct image *out = image_new(im->width_px, im->height_px);

	for (int y = 0; out && y < im->height_px; y++)
		memcpy(image_row(out, y), image_row(im, y), (size_t)im->width_px * 4);
	return out;
}

static void scenery(struct image *im, const struct portrait_scene *s, const struct placement *at)
{
	cairo_t *cr;

	paint_backdrop(im, s, at);
	if (s->object == OBJECT_NONE)
		return;
	cr = pen_on(im);
	cairo_translate(cr, at->cx, at->cy);
	cairo_scale(cr, at->ied, at->ied);
	paint_object(cr, s->object);
	cairo_destroy(cr);
}

struct image *portrait_draw(const struct portrait_scene *s, int width_px, int height_px)
{
	struct image *im = image_new(width_px, height_px), *empty = NULL;
	struct placement at = place(s, width_px, height_px);

	if (!im)
		return NULL;
	colour_tables();
	scenery(im, s, &at);
	if (s->sitter_ev != 0)
		empty = copy_of(im);
	draw_sitters(im, s, &at);
	if (empty)
		dim_sitter(im, empty, s->sitter_ev);
	image_unref(empty);
	if (s->blur > 0)
		blur(im, s->blur * at.ied);
	if (s->motion > 0)
		smear(im, s->motion * at.ied, s->motion_deg);
	expose(im, s, &at);
	return im;
}
