/* Puts a sitter into a picture: parts on a backdrop, the head bent over its height field and lit,
 * then exposure, focus and grain. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/portraits/parts.h"

enum { STEPS = 4096, BACKDROP = 0x64c5ff };

static float linear_of[256];
static uint8_t srgb_of[STEPS + 1];

static void tables(void)
{
	for (int i = 0; i < 256; i++) {
		double c = i / 255.0;

		linear_of[i] = (float)(c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	for (int i = 0; i <= STEPS; i++) {
		double y = (double)i / STEPS;
		double c = y <= 0.0031308 ? 12.92 * y : 1.055 * pow(y, 1 / 2.4) - 0.055;

		srgb_of[i] = (uint8_t)(255 * c + 0.5);
	}
}

static uint8_t to_srgb(float y)
{
	return srgb_of[y >= 1 ? STEPS : y <= 0 ? 0 : (int)(y * STEPS + 0.5f)];
}

/* One head in the picture: where it is and how it is held. */
struct placement {
	double cx, cy, ied; /* between the eyes, px */
	double roll, yaw; /* rad */
};

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
	paint_face(cr, p, s->eyes, s->mouth);
	paint_hair_front(cr, p);
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

/* Two soft lamps at 45°, a little above the eyes, and the light of the room. 1 = facing us. */
static double light(const struct head_shape *h, double u, double v, double yaw)
{
	static const double lamps[2][3] = { { -0.62, -0.38, 0.69 }, { 0.62, -0.38, 0.69 } };
	double du, dv, n[3], len, turned, sum = 0.30;

	head_shape_slope(h, u, v, &du, &dv);
	du = fmax(-2.2, fmin(2.2, du));
	dv = fmax(-2.2, fmin(2.2, dv));
	len = sqrt(1 + du * du + dv * dv);
	turned = (-du * cos(yaw) + sin(yaw)) / len;
	n[2] = (du * sin(yaw) + cos(yaw)) / len;
	n[0] = turned;
	n[1] = -dv / len;
	for (int i = 0; i < 2; i++)
		sum += 0.52 *
		       fmax(0, n[0] * lamps[i][0] + n[1] * lamps[i][1] + n[2] * lamps[i][2] + 0.10);
	return sum / 1.12;
}

/* Which point of the flat face is seen at (x, y) of the turned one. */
static double unturn(const struct head_shape *h, double x, double v, double yaw)
{
	double u = x;

	for (int i = 0; i < 14 && yaw != 0; i++)
		u += 0.5 * ((x - (head_shape_z(h, u, v) - PIVOT_Z) * sin(yaw)) / cos(yaw) - u);
	return u;
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
		      const struct head_shape *h, const struct placement *at)
{
	const uint8_t *px = cairo_image_surface_get_data(canvas);
	int w = cairo_image_surface_get_width(canvas), ht = cairo_image_surface_get_height(canvas);
	int stride = cairo_image_surface_get_stride(canvas);
	int x0 = (int)fmax(0, at->cx - 2.5 * at->ied), y0 = (int)fmax(0, at->cy - 2.5 * at->ied);
	int x1 = (int)fmin(im->width_px, at->cx + 2.5 * at->ied);
	int y1 = (int)fmin(im->height_px, at->cy + 2.6 * at->ied);
	double c = cos(at->roll), s = sin(at->roll);

	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			double dx = (x + 0.5 - at->cx) / at->ied;
			double dy = (y + 0.5 - at->cy) / at->ied - 1.9;
			double hx = dx * c + dy * s, v = dy * c - dx * s + 1.9;
			double u = unturn(h, hx, v, at->yaw);
			float rgba[4];

			sample(px, w, ht, stride, (u + CANVAS_U) * px_per_ied - 0.5,
			       (v + CANVAS_V) * px_per_ied - 0.5, rgba);
			if (rgba[3] > 1)
				blend(image_row(im, y) + x, rgba, light(h, u, v, at->yaw));
		}
}

static void behind_head(struct image *im, const struct portrait_person *p,
			const struct placement *at)
{
	cairo_surface_t *all =
		cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						    im->width_px, im->height_px, im->stride_bytes);
	cairo_t *cr = cairo_create(all);

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
	cairo_save(cr);
	to_head(cr, at);
	paint_hair_back(cr, p, at->yaw * 180 / M_PI);
	cairo_restore(cr);
	cairo_save(cr);
	cairo_translate(cr, at->cx, at->cy);
	cairo_scale(cr, at->ied, at->ied);
	paint_body(cr, p);
	cairo_restore(cr);
	to_head(cr, at);
	paint_ears(cr, p, at->yaw * 180 / M_PI);
	cairo_destroy(cr);
	cairo_surface_flush(all);
	cairo_surface_destroy(all);
}

static void sitter(struct image *im, const struct portrait_person *p,
		   const struct portrait_scene *s, const struct placement *at)
{
	double px_per_ied = fmax(at->ied * 1.1, 60);
	cairo_surface_t *canvas = head_canvas(p, s, px_per_ied);
	struct head_shape shape;

	behind_head(im, p, at);
	if (head_shape_new(p, s->mouth, &shape) == 0) {
		bend_head(im, canvas, px_per_ied, &shape, at);
		free(shape.z);
	}
	cairo_surface_destroy(canvas);
}

static void backdrop(struct image *im)
{
	for (int y = 0; y < im->height_px; y++)
		for (int x = 0; x < im->width_px; x++)
			image_row(im, y)[x] = BACKDROP;
}

/* One direction of a box blur; three passes come close to a Gaussian. */
static void box_blur(uint32_t *px, int count, size_t step, int radius, uint32_t *line)
{
	int sum[3] = { 0, 0, 0 }, n = 2 * radius + 1;

	for (int i = 0; i < count; i++)
		line[i] = px[(size_t)i * step];
	for (int i = -radius - 1; i < count - 1; i++) {
		uint32_t in =
			line[i + radius + 1 < count ? (i + radius + 1 < 0 ? 0 : i + radius + 1)
						    : count - 1];
		uint32_t out = line[i - radius > 0 ? i - radius : 0], px_out = 0;

		for (int k = 2; k >= 0; k--) {
			sum[k] += (int)(in >> (8 * k) & 255);
			if (i >= 0)
				sum[k] -= (int)(out >> (8 * k) & 255);
			else if (i == -radius - 1)
				sum[k] += radius * (int)(line[0] >> (8 * k) & 255);
			px_out = px_out << 8 | (uint32_t)(sum[k] / n);
		}
		if (i + 1 >= 0)
			px[(size_t)(i + 1) * step] = px_out;
	}
}

static void blur(struct image *im, double sigma_px)
{
	int radius = (int)(sigma_px + 0.5),
	    most = im->width_px > im->height_px ? im->width_px : im->height_px;
	uint32_t *line = malloc((size_t)most * 4);

	for (int pass = 0; line && radius > 0 && pass < 3; pass++) {
		for (int y = 0; y < im->height_px; y++)
			box_blur(image_row(im, y), im->width_px, 1, radius, line);
		for (int x = 0; x < im->width_px; x++)
			box_blur(im->px + x, im->height_px, (size_t)im->stride_bytes / 4, radius,
				 line);
	}
	free(line);
}

/* Exposure, falling light, grain: all in linear light. */
static void expose(struct image *im, const struct portrait_scene *s, double cx, double ied)
{
	uint32_t noise = 0x9e3779b9u;

	for (int y = 0; y < im->height_px; y++) {
		uint32_t *row = image_row(im, y);

		for (int x = 0; x < im->width_px; x++) {
			double side = 1 / (1 + exp((x - cx) / (0.12 * ied)));
			float gain = s->left_ev != 0 ? (float)exp2(s->ev + s->left_ev * side)
						     : (float)exp2(s->ev);
			uint32_t px = 0;

			noise = noise * 1664525u + 1013904223u;
			for (int k = 2; k >= 0; k--) {
				int grain = (int)(noise >> (9 + 7 * k) & 3) +
					    (int)(noise >> (11 + 7 * k) & 3) - 3;
				int c = to_srgb(linear_of[row[x] >> (8 * k) & 255] * gain) +
					grain / 2;

				px = px << 8 | (uint32_t)(c < 0 ? 0 : c > 255 ? 255 : c);
			}
			row[x] = px;
		}
	}
}

/* Head and shoulders so that a 480×640 crop of 78 % of the height has eyes at 250 px. */
static struct placement place(const struct portrait_scene *s, int w, int h)
{
	double crop = fmin(0.78 * h, 0.95 * w * 4 / 3);
	struct placement at = { .ied = crop * 98 / 640,
				.roll = s->roll_deg * M_PI / 180,
				.yaw = s->yaw_deg * M_PI / 180 };

	at.cx = w / 2.0 + s->shift_u * at.ied;
	at.cy = (h - crop) * 0.4 + crop * 250 / 640;
	return at;
}

struct image *portrait_draw(const struct portrait_scene *s, int width_px, int height_px)
{
	struct image *im = image_new(width_px, height_px);
	struct placement at = place(s, width_px, height_px);

	if (!im)
		return NULL;
	if (!srgb_of[STEPS])
		tables();
	backdrop(im);
	if (s->second >= 0) {
		struct placement other = at;

		other.cx = width_px / 2.0 + 1.35 * at.ied;
		other.cy += 0.35 * at.ied;
		other.ied *= 0.85;
		sitter(im, &portrait_people[s->second], s, &other);
	}
	if (s->person >= 0)
		sitter(im, &portrait_people[s->person], s, &at);
	if (s->blur > 0)
		blur(im, s->blur * at.ied);
	expose(im, s, at.cx, at.ied);
	return im;
}
