#include "tests/lib/bad_jpeg.h"

#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <stdlib.h>
#include <string.h>

/* --- sound ones ------------------------------------------------------------------------------ */

static void paint_row(uint8_t *row, int y, int samples, uint32_t *state)
{
	for (int i = 0; i < samples; i++) {
		*state = *state * 1664525u + 1013904223u;
		row[i] = (uint8_t)((i / 4 + y) / 8 + (*state >> 27));
	}
}

static void configure(struct jpeg_compress_struct *c, const struct bad_recipe *r)
{
	static const J_COLOR_SPACE in[] = { JCS_RGB, JCS_GRAYSCALE, JCS_CMYK, JCS_CMYK };

	c->image_width = (JDIMENSION)r->width_px;
	c->image_height = (JDIMENSION)r->height_px;
	c->in_color_space = in[r->colour];
	c->input_components = r->colour == BAD_GREY ? 1 : r->colour == BAD_RGB ? 3 : 4;
	jpeg_set_defaults(c);
	if (r->colour == BAD_YCCK)
		jpeg_set_colorspace(c, JCS_YCCK);
	c->arith_code = r->arithmetic;
	c->restart_interval = (unsigned int)r->restart_mcus;
	if (r->progressive)
		jpeg_simple_progression(c);
}

void bad_make(struct bad_jpeg *b, const struct bad_recipe *r)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned long bytes = 0;
	uint32_t state = 1;
	uint8_t *row;

	b->data = NULL;
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, &b->data, &bytes);
	configure(&c, r);
	jpeg_start_compress(&c, TRUE);
	row = malloc((size_t)r->width_px * 4);
	while (row && c.next_scanline < c.image_height) {
		paint_row(row, (int)c.next_scanline, r->width_px * c.input_components, &state);
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	free(row);
	b->bytes = bytes;
}

/* --- by hand: libjpeg writes no such thing --------------------------------------------------- */

struct writer {
	uint8_t *at;
	unsigned int bits, count; /* not written yet */
};

static void put(struct writer *w, const void *data, size_t bytes)
{
	memcpy(w->at, data, bytes);
	w->at += bytes;
}

static void put_bits(struct writer *w, unsigned int value, unsigned int count)
{
	for (unsigned int i = count; i-- > 0;) {
		w->bits = w->bits << 1 | (value >> i & 1);
		if (++w->count < 8)
			continue;
		*w->at++ = (uint8_t)w->bits;
		if ((w->bits & 255) == 255)
			*w->at++ = 0;
		w->count = 0;
	}
}

static void flush_bits(struct writer *w)
{
	while (w->count)
		put_bits(w, 1, 1);
}

/* Spectral bands other than the first: "no more in this and the next 32,766 blocks". */
static void put_empty_scan(struct writer *w, size_t blocks)
{
	static const uint8_t head[] = { 0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0 };

	put(w, head, sizeof(head));
	while (blocks) {
		size_t run = blocks < 32767 ? blocks : 32767;
		unsigned int log2 = 0;

		while (run >> (log2 + 1))
			log2++;
		put_bits(w, log2, 4); /* the table's code for a run of 2^log2 … */
		put_bits(w, (unsigned int)(run - ((size_t)1 << log2)), log2);
		blocks -= run;
	}
	flush_bits(w);
}

static void put_tables(struct writer *w, int width_px, int height_px)
{
	static const uint8_t dqt[] = { 0xff, 0xd8, 0xff, 0xdb, 0, 67, 0 };
	static const uint8_t dht[] = { 0xff, 0xc4, 0, 20, 0, 1, 0, 0, 0, 0, 0,
				       0,    0,	   0, 0,  0, 0, 0, 0, 0, 0, 0 };
	/* AC: fifteen codes of four bits, end-of-band runs 2^0 … 2^14 */
	static const uint8_t dht_ac[] = { 0xff, 0xc4, 0, 34, 0x10, 0, 0, 0, 15, 0, 0,
					  0,	0,    0, 0,  0,	   0, 0, 0, 0,	0 };
	const uint8_t sof[] = { 0xff,
				0xc2,
				0,
				11,
				8,
				(uint8_t)(height_px >> 8),
				(uint8_t)height_px,
				(uint8_t)(width_px >> 8),
				(uint8_t)width_px,
				1,
				1,
				0x11,
				0 };

	put(w, dqt, sizeof(dqt));
	for (int i = 0; i < 64; i++)
		*w->at++ = 16;
	put(w, sof, sizeof(sof));
	put(w, dht, sizeof(dht) - 1);
	*w->at++ = 0; /* the one code: no difference */
	put(w, dht_ac, sizeof(dht_ac));
	for (int i = 0; i < 15; i++)
		*w->at++ = (uint8_t)(i << 4);
}

void bad_many_scans(struct bad_jpeg *b, int width_px, int height_px, int scans)
{
	static const uint8_t dc[] = { 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0 }, eoi[] = { 0xff, 0xd9 };
	size_t blocks = (size_t)((width_px + 7) / 8) * (size_t)((height_px + 7) / 8);
	size_t room = 1024 + blocks / 8 + (size_t)scans * (32 + blocks / 32767 * 6);
	struct writer w = { 0 };

	b->data = calloc(1, room);
	w.at = b->data;
	put_tables(&w, width_px, height_px);
	put(&w, dc, sizeof(dc));
	w.at += (blocks + 7) / 8; /* a zero bit a block */
	for (int i = 0; i < scans; i++)
		put_empty_scan(&w, blocks);
	put(&w, eoi, sizeof(eoi));
	b->bytes = (size_t)(w.at - b->data);
}

/* --- changed afterwards ---------------------------------------------------------------------- */

void bad_insert(struct bad_jpeg *b, uint8_t marker, const void *data, size_t bytes)
{
	uint8_t *grown = malloc(b->bytes + bytes + 4);

	memcpy(grown, b->data, 2);
	grown[2] = 0xff;
	grown[3] = marker;
	grown[4] = (uint8_t)((bytes + 2) >> 8);
	grown[5] = (uint8_t)(bytes + 2);
	memcpy(grown + 6, data, bytes);
	memcpy(grown + 6 + bytes, b->data + 2, b->bytes - 2);
	free(b->data);
	b->data = grown;
	b->bytes += bytes + 4;
}

uint8_t *bad_frame(struct bad_jpeg *b)
{
	size_t at = 2;

	while (at + 9 < b->bytes && b->data[at] == 0xff) {
		uint8_t m = b->data[at + 1];

		if (m >= 0xc0 && m <= 0xcf && m != 0xc4 && m != 0xc8 && m != 0xcc)
			return b->data + at + 1;
		at += 2 + (size_t)(b->data[at + 2] << 8 | b->data[at + 3]);
	}
	abort();
}

void bad_claim(struct bad_jpeg *b, int width_px, int height_px)
{
	uint8_t *f = bad_frame(b);

	f[4] = (uint8_t)(height_px >> 8);
	f[5] = (uint8_t)height_px;
	f[6] = (uint8_t)(width_px >> 8);
	f[7] = (uint8_t)width_px;
}
