#include "firmware/judge/judge_cut.h"

#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/judge/judge_inside.h"

/* Findings that leave no place for a finished picture. */
static bool about_place(uint32_t code)
{
	static const enum check_code codes[] = {
		CHECK_ORIENTATION, CHECK_NO_FACE,   CHECK_CUT_OFF,  CHECK_FACE_SMALL,
		CHECK_FACE_LARGE,  CHECK_HEAD_HIGH, CHECK_HEAD_LOW, CHECK_OFF_CENTRE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

static void why_not(const struct check_result *r, struct judge_piece *p)
{
	p->code = CHECK_NO_FACE;
	for (uint32_t i = 0; i < r->finding_count; i++)
		if (about_place(r->findings[i].code)) {
			p->code = r->findings[i].code;
			p->value = r->findings[i].value;
			p->limit = r->findings[i].limit;
			return;
		}
}

static void place(const struct judge_seen *seen, const struct judge_order *o, struct judge_piece *p)
{
	struct check_result r;

	p->crop = o->crop;
	if (p->crop.w)
		return;
	check_judge_measured(&seen->in, &o->preset->limits, &seen->m, &r);
	p->crop = r.crop;
	if (!p->crop.w)
		why_not(&r, p);
}

/* From the picture the face was found in to 1/16 px of the finished one. */
static struct key_point in_piece(const struct judge_seen *seen, const struct image_crop *c,
				 const struct linear *im, double x, double y)
{
	double sx = seen->in.scale * im->width_px * IMAGE_CROP_ONE / c->w;
	double sy = seen->in.scale * im->height_px * IMAGE_CROP_ONE / c->h;
	double left = (double)c->x * im->width_px / c->w, top = (double)c->y * im->height_px / c->h;

	return (struct key_point){ (int32_t)((x * sx - left) * KEY_POINT_ONE),
				   (int32_t)((y * sy - top) * KEY_POINT_ONE) };
}

static struct key_face face_in(const struct judge_seen *seen, const struct image_crop *c,
			       const struct linear *im)
{
	const struct check_box *box = &seen->in.faces[0];
	const struct check_point *at = seen->in.points;
	struct key_face f = { 0 };
	struct key_point end;

	if (seen->in.face_count < 1)
		return f;
	f.box = in_piece(seen, c, im, box->x, box->y);
	end = in_piece(seen, c, im, box->x + box->w, box->y + box->h);
	f.box_size = (struct key_point){ end.x - f.box.x, end.y - f.box.y };
	if (!seen->in.has_points)
		return f;
	f.jaw_count = KEY_JAW_POINTS;
	for (int i = 0; i < KEY_JAW_POINTS; i++)
		f.jaw[i] = in_piece(seen, c, im, at[i].x, at[i].y);
	for (int i = 0; i < KEY_BROW_POINTS; i++)
		f.brows[i] =
			in_piece(seen, c, im, at[KEY_JAW_POINTS + i].x, at[KEY_JAW_POINTS + i].y);
	return f;
}

static enum picture_cause replace(const struct judge_seen *seen, const struct picture_spec *spec,
				  struct linear *im, struct judge_piece *p)
{
	struct key_face face = face_in(seen, &p->crop, im);
	uint16_t target[3];

	for (int c = 0; c < 3; c++)
		target[c] = linear_of_srgb[spec->backdrop >> (16 - 8 * c) & 255];
	p->key = key_replace(im, &face, target, NULL);
	if (p->key == KEY_NO_MEMORY)
		return PICTURE_NO_MEMORY;
	return p->key == KEY_OK ? picture_encode(im, spec, &p->replaced) : PICTURE_OK;
}

static void make(struct picture *p, const struct judge_seen *seen, const struct judge_order *o,
		 struct judge_piece *piece)
{
	const struct picture_spec *spec = &o->preset->file;
	struct linear *im = NULL;

	piece->cause = picture_resample(p, &piece->crop, spec, &im);
	if (piece->cause == PICTURE_OK)
		piece->cause = picture_encode(im, spec, &piece->file);
	if (piece->cause == PICTURE_OK && o->replace)
		piece->cause = replace(seen, spec, im, piece);
	linear_free(im);
}

struct original {
	const uint8_t *data;
	size_t bytes;
};

static void judge_opened(struct judge *j, const struct original *o, struct picture *p,
			 struct image *im, struct judge_seen *seen, struct judge_outcome *out)
{
	int64_t start = clock_now_ms();
	struct jpeg_info info;

	seen->in.im = im;
	seen->in.colourless = picture_colourless(p);
	picture_size(p, &seen->in.width_px, &seen->in.height_px);
	judge_image(j, seen, out);
	if (jpeg_read_info(o->data, o->bytes, &info) == JPEG_OK)
		judge_again(j, o->data, o->bytes, judge_denominator(&info), seen, out);
	out->judge_ms = (int)(clock_now_ms() - start);
}

static enum picture_cause open_for(const struct judge *j, const uint8_t *data, size_t bytes,
				   struct judge_outcome *out, struct picture **p)
{
	int64_t start = clock_now_ms();
	enum picture_cause cause;
	struct jpeg_info info;
	enum jpeg_fault fault = jpeg_read_info(data, bytes, &info);

	cause = picture_open(data, bytes, j && fault == JPEG_OK ? judge_denominator(&info) : 0, p);
	if (j)
		out->decode_ms = (int)(clock_now_ms() - start);
	if (j && cause != PICTURE_OK)
		check_undecodable((int)(fault == JPEG_OK ? JPEG_BROKEN : fault), &out->result);
	return cause;
}

enum picture_cause judge_cut(struct judge *j, const uint8_t *data, size_t bytes,
			     const struct judge_order *orders, int count, struct judge_outcome *out,
			     struct judge_piece *pieces)
{
	struct judge_seen seen = { 0 };
	struct picture *p = NULL;
	struct image *im;
	enum picture_cause cause;

	memset(pieces, 0, (size_t)count * sizeof(*pieces));
	if (j)
		memset(out, 0, sizeof(*out));
	cause = open_for(j, data, bytes, out, &p);
	for (int i = 0; i < count && cause != PICTURE_OK; i++)
		pieces[i].cause = cause;
	if (cause != PICTURE_OK)
		return cause;
	im = picture_reduced(p);
	if (j)
		judge_opened(j, &(struct original){ data, bytes }, p, im, &seen, out);
	for (int i = 0; i < count; i++) {
		place(&seen, &orders[i], &pieces[i]);
		if (pieces[i].crop.w)
			make(p, &seen, &orders[i], &pieces[i]);
	}
	image_unref(im);
	picture_close(p);
	return PICTURE_OK;
}
