#include "tests/lib/drawn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "firmware/base/bytes.h"
#include "firmware/base/jpeg.h"

const struct drawn_space drawn_srgb = {
	"sRGB IEC61966-2.1",
	{ { 0.4360, 0.2225, 0.0139 }, { 0.3851, 0.7169, 0.0971 }, { 0.1431, 0.0606, 0.7141 } },
	0
};
const struct drawn_space drawn_adobe = {
	"Adobe RGB (1998)",
	{ { 0.6097, 0.3111, 0.0195 }, { 0.2053, 0.6257, 0.0609 }, { 0.1492, 0.0632, 0.7446 } },
	2.19921875
};
const struct drawn_space drawn_p3 = {
	"Display P3",
	{ { 0.5151, 0.2412, -0.0011 }, { 0.2920, 0.6922, 0.0419 }, { 0.1571, 0.0666, 0.7841 } },
	0
};
const struct drawn_space drawn_wide = {
	"A wide space",
	{ { 0.7977, 0.2880, 0.0000 }, { 0.1352, 0.7119, 0.0000 }, { 0.0313, 0.0001, 0.8249 } },
	1.8
};

static void put32(uint8_t *p, uint32_t v)
{
	put_be16(p, (uint16_t)(v >> 16));
	put_be16(p + 2, (uint16_t)v);
}

enum { TAGS = 7, CURVE = 256 };

static size_t put_curve(const struct drawn_space *s, uint8_t *p)
{
	memcpy(p, "curv", 4);
	if (s->gamma > 0) {
		put32(p + 8, 1);
		put_be16(p + 12, (uint16_t)lround(s->gamma * 256));
		return 16;
	}
	put32(p + 8, CURVE);
	for (int i = 0; i < CURVE; i++) {
		double v = i / (CURVE - 1.0);

		v = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
		put_be16(p + 12 + 2 * i, (uint16_t)lround(v * 65535));
	}
	return 12 + 2 * CURVE;
}

static size_t put_tag(uint8_t *icc, int i, const char *name, size_t at, size_t bytes)
{
	uint8_t *row = icc + 132 + 12 * i;

	memcpy(row, name, 4);
	put32(row + 4, (uint32_t)at);
	put32(row + 8, (uint32_t)bytes);
	return at + bytes;
}

size_t drawn_icc(const struct drawn_space *s, uint8_t *out)
{
	static const char *const xyz[] = { "rXYZ", "gXYZ", "bXYZ" };
	static const char *const trc[] = { "rTRC", "gTRC", "bTRC" };
	size_t at = 132 + 12 * TAGS, curve, bytes;

	memset(out, 0, 4096);
	memcpy(out + 12, "mntrRGB XYZ ", 12);
	memcpy(out + 36, "acsp", 4);
	put32(out + 128, TAGS);
	for (int c = 0; c < 3; c++) {
		memcpy(out + at, "XYZ ", 4);
		for (int i = 0; i < 3; i++)
			put32(out + at + 8 + 4 * (size_t)i,
			      (uint32_t)lround(s->primaries[c][i] * 65536));
		at = put_tag(out, c, xyz[c], at, 20);
	}
	curve = at;
	bytes = put_curve(s, out + at);
	for (int c = 0; c < 3; c++)
		at = put_tag(out, 3 + c, trc[c], curve, bytes);
	memcpy(out + at, "desc", 4);
	put32(out + at + 8, (uint32_t)strlen(s->name) + 1);
	memcpy(out + at + 12, s->name, strlen(s->name));
	at = put_tag(out, 6, "desc", at, 90);
	put32(out, (uint32_t)at);
	return at;
}

static void entry(uint8_t *p, int tag, int type, uint32_t count, uint32_t value)
{
	put_le16(p, (uint16_t)tag);
	put_le16(p + 2, (uint16_t)type);
	put_le32(p + 4, count);
	put_le32(p + 8, value);
}

/* Three directories one after the other: picture, camera, interoperability. */
static void write_exif(struct jpeg_compress_struct *c, const struct drawn *d)
{
	uint8_t e[6 + 8 + 30 + 30 + 18] = "Exif\0\0II*\0\x08\0\0\0", *t = e + 6;

	put_le16(t + 8, 2);
	entry(t + 10, 0x0112, 3, 1, (uint32_t)(d->orientation ? d->orientation : 1));
	entry(t + 22, 0x8769, 4, 1, 38);
	put_le16(t + 38, 2);
	entry(t + 40, 0xa001, 3, 1, (uint32_t)d->exif_colour);
	entry(t + 52, 0xa005, 4, 1, 68);
	put_le16(t + 68, 1);
	entry(t + 70, 1, 2, 4, d->interop ? get_le32((const uint8_t *)d->interop) : 0);
	jpeg_write_marker(c, JPEG_APP0 + 1, e, sizeof(e));
}

static void write_icc(struct jpeg_compress_struct *c, const struct drawn *d)
{
	size_t chunk = d->icc_chunk ? d->icc_chunk : d->icc_bytes;
	size_t count = (d->icc_bytes + chunk - 1) / chunk;
	uint8_t m[14 + 4096] = "ICC_PROFILE";

	for (size_t i = 0; i < count; i++) {
		size_t n = d->icc_bytes - i * chunk < chunk ? d->icc_bytes - i * chunk : chunk;

		m[12] = (uint8_t)(i + 1);
		m[13] = (uint8_t)count;
		memcpy(m + 14, d->icc + i * chunk, n);
		jpeg_write_marker(c, JPEG_APP0 + 2, m, (unsigned int)(14 + n));
	}
}

static void draw_row(const struct drawn *d, int y, int w, int h, uint8_t *row)
{
	struct jpeg_walk at = jpeg_walk(d->orientation ? d->orientation : 1, y, w, h);
	int n = d->components ? d->components : 3;

	for (int x = 0; x < w; x++) {
		uint32_t p = d->pixel(at.x + x * at.dx, at.y + x * at.dy);

		for (int c = 0; c < n; c++)
			row[x * n + c] = (uint8_t)(p >> (16 - 8 * (c % 3)));
	}
}

static void set_up(struct jpeg_compress_struct *c, const struct drawn *d)
{
	int n = d->components ? d->components : 3;

	c->input_components = n;
	c->in_color_space = n == 1 ? JCS_GRAYSCALE : n == 3 ? JCS_RGB : JCS_CMYK;
	jpeg_set_defaults(c);
	jpeg_set_quality(c, d->quality ? d->quality : 100, TRUE);
	c->comp_info[0].h_samp_factor = d->subsampling == 420 || d->subsampling == 422 ? 2 : 1;
	c->comp_info[0].v_samp_factor = d->subsampling == 420 ? 2 : 1;
	if (d->progressive)
		jpeg_simple_progression(c);
}

size_t drawn_jpeg(const struct drawn *d, uint8_t **out)
{
	int w = d->orientation >= 5 ? d->height_px : d->width_px;
	int h = d->orientation >= 5 ? d->width_px : d->height_px;
	uint8_t *row = malloc((size_t)w * 4);
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned long bytes = 0;
	JSAMPROW rows = row;

	*out = NULL;
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &bytes);
	c.image_width = (JDIMENSION)w;
	c.image_height = (JDIMENSION)h;
	set_up(&c, d);
	jpeg_start_compress(&c, TRUE);
	if (d->orientation || d->exif_colour)
		write_exif(&c, d);
	if (d->icc)
		write_icc(&c, d);
	while (c.next_scanline < c.image_height) {
		draw_row(d, (int)c.next_scanline, w, h, row);
		jpeg_write_scanlines(&c, &rows, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	return bytes;
}
