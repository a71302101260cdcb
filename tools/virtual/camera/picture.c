/* Pictures: JPEG files from a folder or made here, each shot marked by segments of its own. */
#include <dirent.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/vcam_internal.h"

enum { PLAIN_W = 1504, PLAIN_H = 2256, LIVE_W = 640, LIVE_H = 424, LIVE_QUALITY = 75 };

struct trap { /* libjpeg's way out */
	struct jpeg_error_mgr base;
	jmp_buf out;
};

static void on_error(j_common_ptr c)
{
	longjmp(((struct trap *)c->err)->out, 1);
}

static void on_message(j_common_ptr c)
{
	(void)c;
}

static void trap_init(struct trap *t, struct jpeg_error_mgr **err)
{
	*err = jpeg_std_error(&t->base);
	t->base.error_exit = on_error;
	t->base.output_message = on_message;
}

/* Encode @rgb (packed) into a malloc'ed JPEG. */
static uint8_t *encode(const uint8_t *rgb, int w, int h, int quality, size_t *bytes)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr err;
	unsigned char *out = NULL;
	unsigned long n = 0;

	c.err = jpeg_std_error(&err);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &out, &n);
	c.image_width = (JDIMENSION)w;
	c.image_height = (JDIMENSION)h;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = (JSAMPROW)(uintptr_t)(rgb + (size_t)c.next_scanline * (size_t)w * 3);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	*bytes = n;
	return out;
}

/* Decode at the smallest scale not below @min_w; malloc'ed RGB. NULL: not a JPEG we can read.
 * min_w 0: read the sizes only. */
static uint8_t *decode(const uint8_t *data, size_t bytes, int min_w, int *w, int *h)
{
	struct jpeg_decompress_struct d;
	uint8_t *volatile rgb = NULL;
	struct trap t;

	trap_init(&t, &d.err);
	jpeg_create_decompress(&d);
	*w = *h = 0;
	if (setjmp(t.out)) {
		jpeg_destroy_decompress(&d);
		free(rgb);
		return NULL;
	}
	jpeg_mem_src(&d, data, bytes);
	jpeg_read_header(&d, TRUE);
	*w = (int)d.image_width;
	*h = (int)d.image_height;
	if (min_w > 0) {
		d.scale_num = 1;
		d.scale_denom = 8;
		while (d.scale_denom > 1 && (int)(d.image_width / d.scale_denom) < min_w)
			d.scale_denom /= 2;
		d.out_color_space = JCS_RGB;
		jpeg_start_decompress(&d);
		*w = (int)d.output_width;
		*h = (int)d.output_height;
		rgb = malloc((size_t)*w * (size_t)*h * 3);
		while (rgb && d.output_scanline < d.output_height) {
			JSAMPROW row = rgb + (size_t)d.output_scanline * (size_t)*w * 3;

			jpeg_read_scanlines(&d, &row, 1);
		}
		jpeg_abort_decompress(&d);
	}
	jpeg_destroy_decompress(&d);
	return rgb;
}

static const struct source *adopt(struct vcam *v, const char *path, uint8_t *data, size_t bytes)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s) {
		free(data);
		return NULL;
	}
	snprintf(s->path, sizeof(s->path), "%s", path);
	s->data = data;
	s->bytes = bytes;
	decode(data, bytes, 0, &s->width_px, &s->height_px);
	s->next = v->sources;
	v->sources = s;
	return s;
}

const struct source *source_load(struct vcam *v, const char *path)
{
	SCOPED_FILE FILE *f = NULL;
	uint8_t *data;
	long size;

	for (const struct source *s = v->sources; s; s = s->next)
		if (!strcmp(s->path, path))
			return s;
	f = fopen(path, "rbe");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 4 || fseek(f, 0, SEEK_SET))
		return NULL;
	data = malloc((size_t)size);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size || get_be16(data) != 0xffd8) {
		free(data);
		return NULL;
	}
	return adopt(v, path, data, (size_t)size);
}

const struct source *source_plain(struct vcam *v)
{
	SCOPED_FREE uint8_t *rgb = malloc((size_t)PLAIN_W * PLAIN_H * 3);
	uint8_t *jpeg;
	size_t bytes;

	for (const struct source *s = v->sources; s; s = s->next)
		if (!strcmp(s->path, ":plain"))
			return s;
	if (!rgb)
		return NULL;
	for (int y = 0; y < PLAIN_H; y++)
		for (int x = 0; x < PLAIN_W; x++) {
			uint8_t *p = rgb + ((size_t)y * PLAIN_W + (size_t)x) * 3;
			int dx = x - PLAIN_W / 2, dy = y - PLAIN_H / 2;

			p[0] = (uint8_t)(90 + (x * 100) / PLAIN_W);
			p[1] = (uint8_t)(120 + (y * 60) / PLAIN_H);
			p[2] = (uint8_t)((dx * dx) / 4 + (dy * dy) / 9 < 90000 ? 60 : 200);
		}
	jpeg = encode(rgb, PLAIN_W, PLAIN_H, 90, &bytes);
	return jpeg ? adopt(v, ":plain", jpeg, bytes) : NULL;
}

static int is_jpeg(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

int source_folder(struct vcam *v, const char *dir, const struct source **out, int max)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_jpeg, alphasort);
	int found = 0;

	for (int i = 0; i < n; i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		if (found < max && (out[found] = source_load(v, path)))
			found++;
		free(names[i]);
	}
	free(names);
	return found;
}

/* Nearest neighbour: the picture fills the 3:4 middle of a LIVE_W × LIVE_H frame, as a body framed for
 * portraits shows it; what is beside it is dark. */
static void middle_of_frame(const uint8_t *rgb, int w, int h, uint8_t *out)
{
	int ow = LIVE_H * 3 / 4, oh = ow * h / w;

	if (oh < LIVE_H) {
		oh = LIVE_H;
		ow = oh * w / h;
	}
	memset(out, 16, (size_t)LIVE_W * LIVE_H * 3);
	for (int y = 0; y < LIVE_H; y++)
		for (int x = 0; x < LIVE_W; x++) {
			int sx = (x - (LIVE_W - ow) / 2) * w / ow,
			    sy = (y + (oh - LIVE_H) / 2) * h / oh;

			if (x >= (LIVE_W - ow) / 2 && sx < w && sy < h)
				memcpy(out + ((size_t)y * LIVE_W + (size_t)x) * 3,
				       rgb + ((size_t)sy * (size_t)w + (size_t)sx) * 3, 3);
		}
}

const uint8_t *source_live(const struct source *cs, size_t *bytes)
{
	struct source *s = (struct source *)(uintptr_t)cs; /* a cache inside */
	SCOPED_FREE uint8_t *rgb = NULL;
	SCOPED_FREE uint8_t *small = NULL;
	int w, h;

	if (!s->live) {
		rgb = decode(s->data, s->bytes, LIVE_W, &w, &h);
		small = malloc((size_t)LIVE_W * LIVE_H * 3);
		if (!rgb || !small || w < 1 || h < 1)
			return NULL;
		middle_of_frame(rgb, w, h, small);
		s->live = encode(small, LIVE_W, LIVE_H, LIVE_QUALITY, &s->live_bytes);
	}
	*bytes = s->live_bytes;
	return s->live;
}
