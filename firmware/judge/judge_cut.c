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

static void judge_opened(struct judge *j, struct picture *p, struct image *im,
			 struct judge_seen *seen, struct judge_outcome *out)
{
	int64_t start = clock_now_ms();

	seen->in.im = im;
	seen->in.colourless = picture_colourless(p);
	picture_size(p, &seen->in.width_px, &seen->in.height_px);
	judge_image(j, seen, out);
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
		judge_opened(j, p, im, &seen, out);
	for (int i = 0; i < count; i++) {
		place(&seen, &orders[i], &pieces[i]);
		if (pieces[i].crop.w)
			pieces[i].cause = picture_cut(p, &pieces[i].crop, &orders[i].preset->file,
						      &pieces[i].file);
	}
	image_unref(im);
	picture_close(p);
	return PICTURE_OK;
}
