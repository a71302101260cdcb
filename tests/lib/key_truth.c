#include "tests/lib/key_truth.h"

#include <cairo.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"

/* The aim of the 480×640 preset, four times. */
enum { MID_X = 960, EYES_Y = 1000, CHIN_Y = 1470, CROWN_Y = 330 };
enum { FACE_RX = 415, FACE_RY = 500, FACE_Y = 970 };

static uint64_t rng_state;

static uint32_t bits(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)(rng_state >> 32);
}

static double unit(void)
{
	return bits() / 4294967296.0;
}

static double spread(void)
{
	return (unit() + unit() + unit() + unit() - 2) * 1.732;
}

double truth_linear(double v)
{
	return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

double truth_srgb(double v)
{
	return v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055;
}

static double lab_f(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

void truth_lab(const double c[3], double lab[3])
{
	const double x = lab_f((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047);
	const double y = lab_f(0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]);
	const double z = lab_f((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);

	lab[0] = 116 * y - 16;
	lab[1] = 500 * (x - y);
	lab[2] = 200 * (y - z);
}

static void ink(cairo_t *cr, uint32_t rgb, double gain)
{
	double c[3];

	for (int i = 0; i < 3; i++)
		c[i] = fmin(1, (double)(rgb >> (16 - 8 * i) & 255) / 255 * gain);
	cairo_set_source_rgb(cr, c[0], c[1], c[2]);
}

static void oval(cairo_t *cr, double x, double y, double rx, double ry)
{
	cairo_save(cr);
	cairo_translate(cr, x, y);
	cairo_scale(cr, rx, ry);
	cairo_arc(cr, 0, 0, 1, 0, 2 * M_PI);
	cairo_restore(cr);
	cairo_fill(cr);
}

struct strand {
	double x, y, angle, length; /* from a root, in a direction */
	double bend; /* how far the tip leaves the line */
	double curl, turns; /* radius and number of the curls */
	double width;
};

static void draw_strand(cairo_t *cr, const struct strand *s)
{
	const double ux = cos(s->angle), uy = sin(s->angle), phase = unit() * 6.28;

	cairo_move_to(cr, s->x, s->y);
	for (int i = 1; i <= 24; i++) {
		const double t = i / 24.0, a = phase + 6.28 * s->turns * t;
		const double along = s->length * t + s->curl * t * cos(a);
		const double aside = s->bend * t * t + s->curl * t * sin(a);

		cairo_line_to(cr, s->x + ux * along - uy * aside, s->y + uy * along + ux * aside);
	}
	cairo_set_line_width(cr, s->width);
	cairo_stroke(cr);
}

/* Hair roots lie on the skull, an oval; strands point outwards and are combed towards @comb. */
struct style {
	int strands;
	double grow, ragged, comb, bend, curl, turns, width;
	double rx, ry; /* of the mass below the strands */
};

static const struct style styles[] = {
	[TRUTH_CURLY] = { 6000, 60, 40, 0.0, 40, 14, 2.0, 2.2, 470, 590 },
	[TRUTH_LONG] = { 5000, 40, 18, 1.2, 25, 0, 0, 1.8, 480, 620 },
	[TRUTH_STUBBLE] = { 9000, 16, 5, 0.1, 3, 0, 0, 1.8, 440, 610 },
	[TRUTH_LOOSE] = { 700, 80, 45, 0.1, 50, 26, 1.6, 4.0, 450, 580 },
	[TRUTH_SHORT] = { 5000, 45, 18, 0.4, 20, 0, 0, 1.8, 450, 600 },
};

static void hair(cairo_t *cr, const struct truth_scene *s)
{
	const struct style *st = &styles[s->hair];
	const double top = CROWN_Y + st->grow + st->ry;

	ink(cr, s->hair_rgb, 0.8);
	oval(cr, MID_X, top, st->rx, st->ry);
	if (s->hair == TRUTH_LONG)
		cairo_rectangle(cr, MID_X - st->rx, top, 2 * st->rx, 800);
	cairo_fill(cr);
	for (int i = 0; i < st->strands; i++) {
		const double at = -M_PI + M_PI * unit() * 1.0;
		const double dip = s->hair == TRUTH_LONG ? 800 * unit() * (unit() < 0.5) : 0;
		struct strand h = { .x = MID_X + st->rx * 0.97 * cos(at),
				    .y = top + st->ry * 0.97 * sin(at) + dip,
				    .angle = at + (cos(at) > 0 ? 1 : -1) * st->comb,
				    .length = fmax(4, st->grow + st->ragged * spread()),
				    .bend = st->bend * spread(),
				    .curl = st->curl * (0.5 + unit()),
				    .turns = st->turns * (0.5 + unit()),
				    .width = st->width * (0.4 + unit()) };

		if (dip > 0)
			h.x = MID_X + (unit() < 0.5 ? -1 : 1) * st->rx * 0.97, h.y = top + dip,
			h.angle = M_PI / 2 + 0.25 * spread(), h.length += 80;
		ink(cr, s->hair_rgb, 0.6 + 0.8 * unit());
		draw_strand(cr, &h);
	}
}

static void face(cairo_t *cr)
{
	cairo_pattern_t *p = cairo_pattern_create_linear(MID_X - FACE_RX, 0, MID_X + FACE_RX, 0);

	cairo_pattern_add_color_stop_rgb(p, 0, 0.62, 0.45, 0.38);
	cairo_pattern_add_color_stop_rgb(p, 0.3, 0.88, 0.70, 0.60);
	cairo_pattern_add_color_stop_rgb(p, 1, 0.66, 0.48, 0.40);
	cairo_set_source(cr, p);
	cairo_rectangle(cr, MID_X - 210, FACE_Y + 250, 420, 640); /* neck */
	cairo_rectangle(cr, MID_X - FACE_RX, EYES_Y - 300, 2 * FACE_RX, 280); /* temples */
	cairo_fill(cr);
	oval(cr, MID_X - FACE_RX, FACE_Y + 40, 60, 110); /* ears */
	oval(cr, MID_X + FACE_RX, FACE_Y + 40, 60, 110);
	oval(cr, MID_X, FACE_Y, FACE_RX, FACE_RY);
	cairo_pattern_destroy(p);
	for (int i = -1; i <= 1; i += 2) {
		ink(cr, 0xf0f0f0, 1);
		oval(cr, MID_X + i * 180, EYES_Y, 62, 30);
		ink(cr, 0x5b8fd0, 1); /* blue eyes: nothing inside a face is backdrop */
		oval(cr, MID_X + i * 180, EYES_Y, 30, 30);
	}
	ink(cr, 0xb06060, 1);
	oval(cr, MID_X, CHIN_Y - 170, 130, 32);
}

static void body(cairo_t *cr, uint32_t top)
{
	ink(cr, top, 1);
	cairo_move_to(cr, 100, TRUTH_H);
	cairo_curve_to(cr, 130, 1900, 300, 1820, MID_X - 230, 1640);
	cairo_curve_to(cr, MID_X - 150, 1800, MID_X + 150, 1800, MID_X + 230, 1640);
	cairo_curve_to(cr, 1620, 1820, 1790, 1900, 1820, TRUTH_H);
	cairo_close_path(cr);
	cairo_fill(cr);
	for (int i = 0; i < 14; i++) { /* creases */
		struct strand s = {
			250 + 110 * i, 2050, M_PI / 2 + 0.2 * spread(), 420, 60 * spread(), 0, 0, 14
		};

		ink(cr, top, 0.75 + 0.4 * unit());
		draw_strand(cr, &s);
	}
}

/* The sitter on nothing, as colour times alpha in linear light. */
static float *draw(const struct truth_scene *s)
{
	cairo_surface_t *surface =
		cairo_image_surface_create(CAIRO_FORMAT_ARGB32, TRUTH_W, TRUTH_H);
	cairo_t *cr = cairo_create(surface);
	float *out = malloc(sizeof(*out) * TRUTH_W * TRUTH_H * 4);
	float lut[256];
	const uint32_t *px;

	if (!out)
		abort();
	for (int i = 0; i < 256; i++)
		lut[i] = (float)truth_linear(i / 255.0);
	if (s->hair == TRUTH_LONG)
		hair(cr, s);
	face(cr);
	body(cr, s->top);
	if (s->hair != TRUTH_LONG) {
		cairo_rectangle(cr, 0, 0, TRUTH_W, EYES_Y - 250);
		cairo_rectangle(cr, 0, 0, MID_X - FACE_RX + 20, EYES_Y);
		cairo_rectangle(cr, MID_X + FACE_RX - 20, 0, TRUTH_W, EYES_Y);
		cairo_clip(cr);
		hair(cr, s);
	}
	cairo_destroy(cr);
	cairo_surface_flush(surface);
	px = (const uint32_t *)(const void *)cairo_image_surface_get_data(surface);
	for (size_t i = 0; i < (size_t)TRUTH_W * TRUTH_H; i++) {
		const uint32_t a = px[i] >> 24;

		for (int c = 0; c < 3; c++) {
			const uint32_t v = px[i] >> (16 - 8 * c) & 255;

			out[i * 4 + (size_t)c] =
				a ? lut[v * 255 / a > 255 ? 255 : v * 255 / a] * (float)a / 255 : 0;
		}
		out[i * 4 + 3] = (float)a / 255;
	}
	cairo_surface_destroy(surface);
	return out;
}

/* The outline of the hair stands 10 cm behind the eyes in focus, and a sensor has its own blur:
 * binomial, each pass of sigma 0.7 px. */
enum { LENS_PASSES = 3 };

static void lens(float *rgba)
{
	static float above[TRUTH_W * 4], here[TRUTH_W * 4];

	for (int y = 0; y < TRUTH_H; y++) {
		float *p = rgba + (size_t)y * TRUTH_W * 4, last[4], now[4];

		memcpy(last, p, sizeof(last));
		for (int x = 0; x + 1 < TRUTH_W; x++)
			for (int c = 0; c < 4; c++) {
				now[c] = p[x * 4 + c];
				p[x * 4 + c] = (last[c] + 2 * now[c] + p[x * 4 + 4 + c]) / 4;
				last[c] = now[c];
			}
	}
	memcpy(above, rgba, sizeof(above));
	for (int y = 0; y + 1 < TRUTH_H; y++) {
		float *p = rgba + (size_t)y * TRUTH_W * 4;

		memcpy(here, p, sizeof(here));
		for (int i = 0; i < TRUTH_W * 4; i++)
			p[i] = (above[i] + 2 * here[i] + p[TRUTH_W * 4 + i]) / 4;
		memcpy(above, here, sizeof(above));
	}
}

/* Alpha at 1/16 size, blurred: for the shadow and for spill. */
enum { SOFT = 16, SOFT_W = TRUTH_W / SOFT, SOFT_H = TRUTH_H / SOFT };

static void soften(const float *rgba, int radius, float *out)
{
	static float small[SOFT_W * SOFT_H], tmp[SOFT_W * SOFT_H];

	for (int y = 0; y < SOFT_H; y++)
		for (int x = 0; x < SOFT_W; x++) {
			float v = 0;

			for (int i = 0; i < SOFT * SOFT; i += 5)
				v += rgba[((size_t)(y * SOFT + i / SOFT) * TRUTH_W +
					   (size_t)(x * SOFT + i % SOFT)) *
						  4 +
					  3];
			small[y * SOFT_W + x] = v / 52;
		}
	for (int pass = 0; pass < 3; pass++) {
		for (int y = 0; y < SOFT_H; y++)
			for (int x = 0; x < SOFT_W; x++) {
				float v = 0;

				for (int i = -radius; i <= radius; i++)
					v += small[y * SOFT_W + (x + i < 0	   ? 0
								 : x + i >= SOFT_W ? SOFT_W - 1
										   : x + i)];
				tmp[y * SOFT_W + x] = v / (float)(2 * radius + 1);
			}
		for (int y = 0; y < SOFT_H; y++)
			for (int x = 0; x < SOFT_W; x++) {
				float v = 0;

				for (int i = -radius; i <= radius; i++)
					v += tmp[(y + i < 0	    ? 0
						  : y + i >= SOFT_H ? SOFT_H - 1
								    : y + i) *
							 SOFT_W +
						 x];
				small[y * SOFT_W + x] = v / (float)(2 * radius + 1);
			}
	}
	memcpy(out, small, sizeof(small));
}

static float soft_at(const float *soft, double x, double y)
{
	double fx = fmin(fmax(x / SOFT - 0.5, 0), SOFT_W - 1.001);
	double fy = fmin(fmax(y / SOFT - 0.5, 0), SOFT_H - 1.001);
	const int cx = (int)fx, cy = (int)fy;
	const float *p = soft + cy * SOFT_W + cx;

	fx -= cx;
	fy -= cy;
	return (float)((1 - fy) * ((1 - fx) * p[0] + fx * p[1]) +
		       fy * ((1 - fx) * p[SOFT_W] + fx * p[SOFT_W + 1]));
}

/* Light on the backdrop at a place, 1 = as painted. */
static double light(const struct truth_scene *s, const float *shadow, int x, int y)
{
	const double u = (double)x / TRUTH_W - 0.5, v = (double)y / TRUTH_H - 0.5;
	const double slope = s->shade_ev * (0.7 * u - 0.3 * v - 0.5 * u * u);
	const double fold = s->folds * (0.6 * sin(u * 31 + v * 5) + 0.4 * sin(u * 13 - v * 17));
	const double dark = s->shadow_ev * (double)soft_at(shadow, x - 110, y - 70);

	return exp2(slope - dark) * (1 + fold);
}

static uint8_t developed(double v, const uint8_t *lut)
{
	const int i = (int)(v * 4095 + 0.5);

	return lut[i < 0 ? 0 : i > 4095 ? 4095 : i];
}

static void photograph(const struct truth_scene *s, const float *rgba, uint8_t *rgb)
{
	static float shadow[SOFT_W * SOFT_H], halo[SOFT_W * SOFT_H];
	static uint8_t lut[4096];
	double base[3];

	for (int i = 0; i < 4096; i++)
		lut[i] = (uint8_t)(truth_srgb(i / 4095.0) * 255 + 0.5);
	soften(rgba, 4, shadow);
	soften(rgba, 2, halo);
	for (int c = 0; c < 3; c++)
		base[c] = truth_linear((s->backdrop >> (16 - 8 * c) & 255) / 255.0);
	for (int y = 0; y < TRUTH_H; y++)
		for (int x = 0; x < TRUTH_W; x++) {
			const float *f = rgba + ((size_t)y * TRUTH_W + (size_t)x) * 4;
			uint8_t *p = rgb + ((size_t)y * TRUTH_W + (size_t)x) * 3;
			const double a = (double)f[3], lit = a < 1 ? light(s, shadow, x, y) : 0;
			/* as much as the backdrop fills of what the spot sees */
			const double spill = s->spill * (double)(1 - soft_at(halo, x, y));

			for (int c = 0; c < 3; c++) {
				double v = (double)f[c] * (1 - spill) + a * spill * base[c] +
					   (1 - a) * lit * base[c];

				v += s->noise * sqrt(v * 0.18 + 0.001) * spread();
				p[c] = developed(v, lut);
			}
		}
}

/* 4:2:2 at quality 95, as a camera writes it. */
static size_t encode(const uint8_t *rgb, uint8_t **out)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned long bytes = 0;

	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &bytes);
	c.image_width = TRUTH_W;
	c.image_height = TRUTH_H;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 95, TRUE);
	c.comp_info[0].h_samp_factor = 2;
	c.comp_info[0].v_samp_factor = 1;
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = (JSAMPROW)(uintptr_t)(rgb + (size_t)c.next_scanline * TRUTH_W * 3);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return bytes;
}

static uint16_t *decode(const uint8_t *data, size_t bytes)
{
	uint16_t *out = malloc(sizeof(*out) * TRUTH_W * TRUTH_H * 3), lut[256];
	struct jpeg_info info;
	struct image *im;

	if (!out || jpeg_decode(data, bytes, 1, &info, &im) != JPEG_OK)
		abort();
	for (int i = 0; i < 256; i++)
		lut[i] = (uint16_t)(truth_linear(i / 255.0) * 65535 + 0.5);
	for (int y = 0; y < TRUTH_H; y++)
		for (int x = 0; x < TRUTH_W; x++)
			for (int c = 0; c < 3; c++)
				out[((size_t)y * TRUTH_W + (size_t)x) * 3 + (size_t)c] =
					lut[image_row(im, y)[x] >> (16 - 8 * c) & 255];
	image_unref(im);
	return out;
}

void truth_make(const struct truth_scene *s, struct truth *out)
{
	SCOPED_FREE uint8_t *rgb = malloc((size_t)TRUTH_W * TRUTH_H * 3);
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes;

	if (!rgb)
		abort();
	rng_state = 0x9e3779b97f4a7c15u;
	out->rgba = draw(s);
	for (int i = 0; i < LENS_PASSES; i++)
		lens(out->rgba);
	photograph(s, out->rgba, rgb);
	bytes = encode(rgb, &jpeg);
	out->photo = decode(jpeg, bytes);
}

void truth_free(struct truth *t)
{
	free(t->rgba);
	free(t->photo);
}

struct linear truth_scale(const struct truth *t, int width_px)
{
	const int n = TRUTH_W / width_px, h = TRUTH_H / n;
	struct linear out = { width_px, h, calloc((size_t)(width_px * h) * 3, sizeof(*out.px)) };

	if (!out.px)
		abort();
	for (int i = 0; i < width_px * h * 3; i++) {
		const int x = i / 3 % width_px * n, y = i / 3 / width_px * n;
		uint32_t sum = 0;

		for (int j = 0; j < n * n; j++)
			sum += t->photo[((y + j / n) * TRUTH_W + x + j % n) * 3 + i % 3];
		out.px[i] = (uint16_t)((sum + (uint32_t)(n * n / 2)) / (uint32_t)(n * n));
	}
	return out;
}

float *truth_ideal(const struct truth *t, int width_px)
{
	const int n = TRUTH_W / width_px, h = TRUTH_H / n;
	float *out = malloc((size_t)(width_px * h) * 4 * sizeof(*out));

	if (!out)
		abort();
	for (int i = 0; i < width_px * h * 4; i++) {
		const int x = i / 4 % width_px * n, y = i / 4 / width_px * n;
		float sum = 0;

		for (int j = 0; j < n * n; j++)
			sum += t->rgba[((y + j / n) * TRUTH_W + x + j % n) * 4 + i % 4];
		out[i] = sum / (float)(n * n);
	}
	return out;
}

struct key_face truth_face(int width_px)
{
	const int one = KEY_POINT_ONE * width_px / 480; /* lengths in px of a 480 picture */
	struct key_face f = {
		.box = { 132 * one, 200 * one },
		.box_size = { 216 * one, 168 * one },
		.jaw_count = KEY_JAW_POINTS,
	};

	for (int i = 0; i < KEY_JAW_POINTS; i++) {
		const double a = M_PI * (KEY_JAW_POINTS - 1 - i) / (KEY_JAW_POINTS - 1);

		f.jaw[i].x = (int32_t)((MID_X + 0.97 * FACE_RX * cos(a)) / 4 * one);
		f.jaw[i].y = (int32_t)((FACE_Y + 0.98 * FACE_RY * sin(a)) / 4 * one);
	}
	for (int i = 0; i < KEY_BROW_POINTS; i++)
		f.brows[i] = (struct key_point){ (150 + 20 * i) * one, 225 * one };
	return f;
}
