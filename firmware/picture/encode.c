/*
 * A JPEG inside a byte window: few encodings, the next one guessed from those before. Baseline JFIF
 * with nothing in it but the picture.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/picture/linear.h"

enum {
	TRIALS_MAX = 14,
	TRIALS_EACH = 6, /* of one kind of file */
	/* Qualities are counted in eighths. Between two of the library's, the finer table holds up
	 * to a diagonal of the block, the coarser one beyond it: near 100 whole steps are 20–40 %
	 * of the bytes. */
	STEPS = 8,
	DIAGONALS = 15,
};

/* Ways to write, in the order of growing files. */
static const struct kind {
	int subsampling;
	int luma_h, luma_v; /* sampling factors */
	bool optimised; /* Huffman tables of this picture, else those of the standard */
} kinds[] = { { 420, 2, 2, true }, { 422, 2, 1, true }, { 444, 1, 1, true }, { 444, 1, 1, false } };

enum { KINDS = 4, KIND_420 = 0, KIND_444 = 2 };

struct encoder {
	struct jpeg_compress_struct lib;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	unsigned char *data;
	unsigned long bytes;
};

struct job {
	const struct picture_spec *spec;
	int width_px, height_px;
	uint8_t *rgb;
	int trials;
	struct picture_file best;
};

static void on_error(j_common_ptr lib)
{
	struct encoder *e = lib->client_data;

	longjmp(e->out, 1);
}

static void on_text(j_common_ptr lib)
{
	(void)lib;
}

static void on_message(j_common_ptr lib, int level)
{
	(void)lib;
	(void)level;
}

/* The tables of whole quality @quality as the library makes them. */
static void whole_tables(struct jpeg_compress_struct *lib, int quality, UINT16 out[2][DCTSIZE2])
{
	jpeg_set_quality(lib, quality, TRUE);
	for (int i = 0; i < 2; i++)
		memcpy(out[i], lib->quant_tbl_ptrs[i]->quantval, sizeof(out[i]));
}

static void set_tables(struct jpeg_compress_struct *lib, int quality8)
{
	int part = quality8 % STEPS;
	UINT16 finer[2][DCTSIZE2], coarser[2][DCTSIZE2];

	if (part)
		whole_tables(lib, quality8 / STEPS + 1, finer);
	whole_tables(lib, quality8 / STEPS, coarser);
	for (int i = 0; part && i < 2; i++)
		for (int k = 0; k < DCTSIZE2; k++)
			if ((k / DCTSIZE + k % DCTSIZE) * STEPS < part * DIAGONALS)
				lib->quant_tbl_ptrs[i]->quantval[k] = finer[i][k];
}

static void set_up(struct encoder *e, const struct job *j, const struct kind *k, int quality8)
{
	struct jpeg_compress_struct *lib = &e->lib;

	jpeg_create_compress(lib);
	lib->client_data = e;
	jpeg_mem_dest(lib, &e->data, &e->bytes);
	lib->image_width = (JDIMENSION)j->width_px;
	lib->image_height = (JDIMENSION)j->height_px;
	lib->input_components = 3;
	lib->in_color_space = JCS_RGB;
	jpeg_set_defaults(lib);
	lib->dct_method = JDCT_ISLOW;
	lib->optimize_coding = k->optimised;
	lib->density_unit = 1; /* per inch */
	lib->X_density = lib->Y_density = (UINT16)j->spec->dpi;
	lib->comp_info[0].h_samp_factor = k->luma_h;
	lib->comp_info[0].v_samp_factor = k->luma_v;
	set_tables(lib, quality8);
}

static void write_rows(struct encoder *e, const struct job *j)
{
	jpeg_start_compress(&e->lib, TRUE);
	while (e->lib.next_scanline < e->lib.image_height) {
		JSAMPROW row = j->rgb + (size_t)e->lib.next_scanline * (size_t)j->width_px * 3;

		jpeg_write_scanlines(&e->lib, &row, 1);
	}
	jpeg_finish_compress(&e->lib);
}

/* Everything that may longjmp happens below; @e lives in the caller's frame. */
static int run(struct encoder *e, const struct job *j, const struct kind *k, int quality8)
{
	e->lib.err = jpeg_std_error(&e->errors);
	e->lib.client_data = e;
	e->errors.error_exit = on_error;
	e->errors.emit_message = on_message;
	e->errors.output_message = on_text;
	if (setjmp(e->out))
		return -1;
	set_up(e, j, k, quality8);
	write_rows(e, j);
	return 0;
}

static int encode(const struct job *j, const struct kind *k, int quality8, struct picture_file *out)
{
	SCOPED_FREE struct encoder *e = calloc(1, sizeof(*e));
	int rc = e ? run(e, j, k, quality8) : -1;

	if (e)
		jpeg_destroy_compress(&e->lib);
	if (rc < 0) {
		if (e)
			free(e->data);
		return rc;
	}
	*out = (struct picture_file){ .data = e->data,
				      .bytes = e->bytes,
				      .width_px = j->width_px,
				      .height_px = j->height_px,
				      .quality = quality8 / STEPS,
				      .subsampling = k->subsampling };
	out->in_window = out->bytes >= (size_t)j->spec->bytes_min &&
			 out->bytes <= (size_t)j->spec->bytes_max;
	return 0;
}

/* Files that fit count most, then the larger one; of those too large the smaller one. */
static bool better(const struct picture_file *a, const struct picture_file *b, size_t most)
{
	if (!b->data || a->in_window != b->in_window)
		return !b->data || a->in_window;
	if ((a->bytes <= most) != (b->bytes <= most))
		return a->bytes <= most;
	return a->bytes <= most ? a->bytes > b->bytes : a->bytes < b->bytes;
}

/* What is known of one kind of file. Qualities in eighths, exclusive. */
struct bracket {
	int low, high;
	size_t low_bytes, high_bytes; /* 0: not tried */
};

/* Bytes grow about as the inverse of the table's scale, 200 - 2 · quality. */
static int guess(const struct bracket *b, int tried, size_t bytes, size_t goal)
{
	int64_t at;

	if (b->low_bytes && b->high_bytes)
		at = b->low + (int64_t)(b->high - b->low) * (int64_t)(goal - b->low_bytes) *
				      (int64_t)b->high_bytes /
				      ((int64_t)(b->high_bytes - b->low_bytes) * (int64_t)goal);
	else
		at = 100 * STEPS - (int64_t)(100 * STEPS - tried) * (int64_t)bytes / (int64_t)goal;
	if (at <= b->low)
		at = b->low + 1;
	if (at >= b->high)
		at = b->high - 1;
	/* whole qualities where there is one */
	tried = (int)(at + STEPS / 2) / STEPS * STEPS;
	if (tried <= b->low)
		tried += STEPS;
	if (tried >= b->high)
		tried -= STEPS;
	return tried > b->low ? tried : (int)at;
}

/* Best quality of one kind. Return: 0 done; 1 all files too large; -1 the largest
 * that fits is too small; -2 no memory. */
static int search(struct job *j, const struct kind *k, int quality8)
{
	const struct picture_spec *s = j->spec;
	size_t least = (size_t)s->bytes_min, most = (size_t)s->bytes_max;
	size_t goal = most - (most - least) / 4, enough = most - (most - least) * 3 / 5;
	struct bracket b = { s->quality_min * STEPS - 1, s->quality_max * STEPS + 1, 0, 0 };

	for (int i = 0; i < TRIALS_EACH && j->trials < TRIALS_MAX && b.high - b.low > 1; i++) {
		struct picture_file f;

		j->trials++;
		if (encode(j, k, quality8, &f) < 0)
			return -2;
		if (f.bytes > most) {
			b.high = quality8;
			b.high_bytes = f.bytes;
		} else {
			b.low = quality8;
			b.low_bytes = f.bytes;
		}
		quality8 = guess(&b, quality8, f.bytes, goal);
		if (better(&f, &j->best, most)) {
			free(j->best.data);
			j->best = f;
		} else {
			free(f.data);
		}
		if (f.bytes >= enough && f.bytes <= most)
			return 0;
	}
	if (j->best.in_window)
		return 0;
	return b.low_bytes ? -1 : 1;
}

/* Much room: full colour first. Little: the usual 4:2:0. */
static int first_kind(const struct job *j)
{
	int64_t bits = (int64_t)j->spec->bytes_max * 8;

	return bits >= (int64_t)3 * j->width_px * j->height_px ? KIND_444 : KIND_420;
}

static int first_quality(const struct job *j)
{
	int64_t bits = (int64_t)j->spec->bytes_max * 8 * 16 / ((int64_t)j->width_px * j->height_px);
	int q = bits < 12 ? 75 : bits < 20 ? 86 : bits < 32 ? 92 : bits < 80 ? 96 : 100;

	q = q < j->spec->quality_min ? j->spec->quality_min : q;
	return (q > j->spec->quality_max ? j->spec->quality_max : q) * STEPS;
}

static enum picture_cause find(struct job *j)
{
	int kind = first_kind(j), quality8 = first_quality(j), rc, last = 0;

	while (kind >= 0 && kind < KINDS && j->trials < TRIALS_MAX) {
		rc = search(j, &kinds[kind], quality8);
		if (rc == -2)
			return PICTURE_NO_MEMORY;
		if (rc == 0 || (last && rc != last))
			break;
		last = rc;
		kind -= rc;
		quality8 = (rc > 0 ? j->spec->quality_min : j->spec->quality_max) * STEPS;
	}
	return PICTURE_OK;
}

static enum jpeg_fault on_row(void *ctx, int y, const uint32_t *px)
{
	(void)px;
	*(int *)ctx = y + 1;
	return JPEG_OK;
}

/* What was written is read again, as the one who gets it will. */
static bool sound(const struct picture_file *f, const struct picture_spec *spec)
{
	int rows = 0;
	const struct jpeg_sink sink = { NULL, on_row, &rows };
	struct jpeg_info info;

	return jpeg_stream(f->data, f->bytes, 8, NULL, &sink, &info) == JPEG_OK &&
	       rows == (f->height_px + 7) / 8 && info.width_px == f->width_px &&
	       info.height_px == f->height_px && info.components == 3 && f->data[13] == 1 &&
	       get_be16(f->data + 14) == spec->dpi && get_be16(f->data + 16) == spec->dpi;
}

static uint8_t *to_bytes(const struct linear *im)
{
	size_t n = (size_t)im->width_px * (size_t)im->height_px * 3;
	SCOPED_FREE struct linear_bytes *t = malloc(sizeof(*t));
	uint8_t *rgb = t ? malloc(n) : NULL;

	if (!rgb)
		return NULL;
	linear_bytes(t);
	for (size_t i = 0; i < n; i++)
		rgb[i] = t->of[im->px[i]];
	return rgb;
}

enum picture_cause picture_encode(const struct linear *im, const struct picture_spec *spec,
				  struct picture_file *out)
{
	struct job j = { .spec = spec, .width_px = im->width_px, .height_px = im->height_px };
	SCOPED_FREE uint8_t *rgb = to_bytes(im);
	enum picture_cause cause;

	if (!rgb)
		return PICTURE_NO_MEMORY;
	j.rgb = rgb;
	cause = find(&j);
	if (cause == PICTURE_OK && !sound(&j.best, spec))
		cause = PICTURE_BROKEN;
	if (cause == PICTURE_OK)
		*out = j.best;
	else
		free(j.best.data);
	return cause;
}
