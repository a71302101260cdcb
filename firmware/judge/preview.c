#include "firmware/judge/preview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/check/verdict.h"

enum {
	/* What the screen shows is about this wide in the body's pictures: framing is judged as for
	 * one of them, so that no frame is too small for the preset. */
	PICTURE_SHORT_PX = 3000,
	AROUND = 2, /* frames that take backdrop, clothes and hair over from the one before */
	AGAIN = 5, /* frames in which only the face of the one before is looked for */
};

/* What can be told from a frame; the rest waits for the picture. */
static const enum check_code live_codes[] = {
	CHECK_NO_FACE,	       CHECK_MANY_FACES,     CHECK_CUT_OFF,	     CHECK_FACE_SMALL,
	CHECK_FACE_LARGE,      CHECK_HEAD_HIGH,	     CHECK_HEAD_LOW,	     CHECK_OFF_CENTRE,
	CHECK_OVEREXPOSED,     CHECK_HALF_LIT,	     CHECK_TILTED,	     CHECK_TURNED,
	CHECK_NODDING,	       CHECK_EYES_CLOSED,    CHECK_BACKDROP_OBJECT,  CHECK_BACKDROP_UNEVEN,
	CHECK_BACKDROP_COLOUR, CHECK_CLOTHES_BARRED, CHECK_CLOTHES_BACKDROP,
};

struct grey {
	uint8_t *px;
	int w, h;
};

static uint8_t luma8(uint32_t p)
{
	return (uint8_t)((77 * (p >> 16 & 255) + 150 * (p >> 8 & 255) + 29 * (p & 255)) >> 8);
}

/* Luma of a frame, turned by 90° clockwise (1) or the other way (2). */
static int grey_of(const struct image *im, int turn, struct grey *out)
{
	int w = im->width_px, h = im->height_px;

	out->w = turn ? h : w;
	out->h = turn ? w : h;
	out->px = malloc((size_t)w * (size_t)h);
	for (int y = 0; out->px && y < h; y++)
		for (int x = 0; x < w; x++) {
			int tx = turn == 1 ? h - 1 - y : turn ? y : x;
			int ty = turn == 1 ? x : turn ? w - 1 - x : y;

			out->px[(size_t)ty * (size_t)out->w + (size_t)tx] =
				luma8(image_row(im, y)[x]);
		}
	return out->px ? 0 : -1;
}

static struct face_luma luma_of(const struct grey *g)
{
	return (struct face_luma){ g->px, g->w, g->h, (size_t)g->w };
}

static double clamp(double v, double least, double most)
{
	return fmin(fmax(v, least), most);
}

/* Around the face of the frame before: a quarter of the work. */
static bool find_again(struct preview *p, const struct face_luma *whole)
{
	const struct face_box *b = &p->faces[0];
	int x0 = (int)clamp(b->x - b->w / 2, 0, whole->width_px - 1);
	int y0 = (int)clamp(b->y - b->h / 2, 0, whole->height_px - 1);
	int x1 = (int)clamp(b->x + 1.5 * b->w, x0 + 1, whole->width_px);
	int y1 = (int)clamp(b->y + 1.5 * b->h, y0 + 1, whole->height_px);
	struct face_luma part = { whole->px + (size_t)y0 * whole->stride_bytes + x0, x1 - x0,
				  y1 - y0, whole->stride_bytes };
	struct face_box found[FACE_BOXES_MAX];

	if (face_find(p->judge->face, &part, found) < 1)
		return false;
	p->faces[0] = found[0];
	p->faces[0].x += x0;
	p->faces[0].y += y0;
	return true;
}

/* Who else is in the frame was seen when it was searched as a whole. */
static void find_faces(struct preview *p, const struct face_luma *luma)
{
	int n;

	if (p->face_count > 0 && p->again_left > 0 && find_again(p, luma)) {
		p->again_left--;
		return;
	}
	n = face_find(p->judge->face, luma, p->faces);
	p->face_count = n > 0 ? n : 0;
	p->again_left = AGAIN;
}

static void find_sitter(struct preview *p, const struct image *frame, struct check_input *in)
{
	struct face_point points[FACE_POINTS];
	SCOPED_FREE uint8_t *px = NULL;
	struct face_luma luma;
	struct grey g;

	if (grey_of(frame, 0, &g) < 0)
		return;
	px = g.px;
	luma = luma_of(&g);
	find_faces(p, &luma);
	if (p->face_count == 0)
		return;
	in->face_count = p->face_count;
	for (int i = 0; i < p->face_count; i++) {
		const struct face_box *b = &p->faces[i];

		in->faces[i] = (struct check_box){ b->x, b->y, b->w, b->h };
	}
	in->has_points = face_points(p->judge->face, &luma, &p->faces[0], points) == 0;
	for (int i = 0; in->has_points && i < FACE_POINTS; i++)
		in->points[i] = (struct check_point){ points[i].x, points[i].y };
}

/* Found only when the frame is turned by this: the body stands on its side. */
static bool found_turned(struct preview *p, const struct image *frame, int turn)
{
	struct face_box boxes[FACE_BOXES_MAX];
	SCOPED_FREE uint8_t *px = NULL;
	struct face_luma luma;
	struct grey g;

	if (grey_of(frame, turn, &g) < 0)
		return false;
	px = g.px;
	luma = luma_of(&g);
	return face_find(p->judge->face, &luma, boxes) > 0;
}

/* The 3:4 middle that the screen shows (see draw_image() there): what is beside it, a lamp or the
 * edge of the backdrop, is not judged. */
static struct check_region shown(const struct image *frame)
{
	struct check_region r = { 0, 0, frame->width_px, frame->height_px };

	if (r.w * 4 > r.h * 3)
		r.w = r.h * 3 / 4;
	else
		r.h = r.w * 4 / 3;
	r.x = (frame->width_px - r.w) / 2;
	r.y = (frame->height_px - r.h) / 2;
	return r;
}

/* The same pixels; it owns none of them. */
static struct image part_of(const struct image *frame, const struct check_region *r)
{
	return (struct image){ .width_px = r->w,
			       .height_px = r->h,
			       .stride_bytes = frame->stride_bytes,
			       .px = image_row(frame, r->y) + r->x };
}

static void shift(struct check_input *in, const struct check_region *r)
{
	for (int i = 0; i < in->face_count; i++) {
		in->faces[i].x -= r->x;
		in->faces[i].y -= r->y;
	}
	for (int i = 0; in->has_points && i < CHECK_POINTS; i++) {
		in->points[i].x -= r->x;
		in->points[i].y -= r->y;
	}
}

static uint64_t bit(enum check_code code)
{
	return 1ull << code;
}

static void note(const struct check_result *r, struct judge_hint *out)
{
	for (uint32_t i = 0; i < r->finding_count; i++)
		for (size_t c = 0; c < ARRAY_SIZE(live_codes); c++) {
			const struct check_finding *f = &r->findings[i];

			if (f->code != live_codes[c] || f->level != CHECK_FAIL)
				continue;
			out->found |= bit((enum check_code)f->code);
			if (f->value < 0)
				out->negative |= bit((enum check_code)f->code);
		}
}

/* The sitter is beside what is shown: there is nothing else to say. */
static bool beside(struct preview *p, const struct check_input *in, struct judge_hint *out)
{
	double x = in->faces[0].x + in->faces[0].w / 2;

	if (x >= 0 && x < in->im->width_px)
		return false;
	p->around_left = 0;
	out->found = bit(CHECK_OFF_CENTRE);
	out->negative = x < 0 ? out->found : 0;
	return true;
}

static void judge_part(struct preview *p, struct check_input *in, struct judge_hint *out)
{
	const struct check_limits *l = &p->judge->preset.limits;
	struct check_measures before = p->measures;
	bool around = p->around_left-- <= 0;
	struct check_result r;

	if (around)
		p->around_left = AROUND;
	in->scale = (double)PICTURE_SHORT_PX / in->im->width_px;
	in->width_px = (int)lround(in->im->width_px * in->scale);
	in->height_px = (int)lround(in->im->height_px * in->scale);
	check_measure_live(in, l->bystander_share, around ? NULL : &before, &p->measures);
	check_judge_measured(in, l, &p->measures, &r);
	note(&r, out);
}

/* That does not change from frame to frame. */
static bool is_sideways(struct preview *p, const struct image *frame)
{
	if (p->turned_left-- > 0)
		return p->sideways;
	p->turned_left = AGAIN;
	p->sideways = found_turned(p, frame, 1) || found_turned(p, frame, 2);
	return p->sideways;
}

void preview_judge(struct preview *p, const struct image *frame, struct judge_hint *out)
{
	struct check_region region = shown(frame);
	struct image part = part_of(frame, &region);
	struct check_input in = { .im = &part };

	memset(out, 0, sizeof(*out));
	find_sitter(p, frame, &in);
	if (in.face_count == 0) {
		p->around_left = 0;
		if (is_sideways(p, frame))
			out->flags = JUDGE_HINT_SIDEWAYS;
		else
			out->found = bit(CHECK_NO_FACE);
		return;
	}
	p->turned_left = 0;
	out->flags = JUDGE_HINT_FACE;
	out->face = (struct check_region){ (int32_t)in.faces[0].x, (int32_t)in.faces[0].y,
					   (int32_t)in.faces[0].w, (int32_t)in.faces[0].h };
	shift(&in, &region);
	if (!beside(p, &in, out))
		judge_part(p, &in, out);
}
