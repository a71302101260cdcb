/* `tapshot check --annotate`: what was found, drawn over the picture. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "firmware/base/jpeg.h"
#include "firmware/check/regions.h"
#include "firmware/cmd/check_cmd.h"
#include "firmware/ui/annotate.h"
#include "firmware/ui/ui.h"

enum { MARKS_MAX = 192, SIDE_PX = 1200, LEGIBLE_PX = 700 };

struct sketch {
	const struct judge_outcome *o;
	const struct check_limits *l;
	double k; /* image px per picture px */
	struct mark marks[MARKS_MAX];
	int count;
};

/* Coordinates are those of the picture. */
static struct mark *add(struct sketch *s, enum mark_shape shape, enum mark_kind kind, double x0,
			double y0, double x1, double y1)
{
	struct mark *m = &s->marks[s->count < MARKS_MAX ? s->count++ : MARKS_MAX - 1];

	*m = (struct mark){ .shape = shape,
			    .kind = kind,
			    .x0 = x0 * s->k,
			    .y0 = y0 * s->k,
			    .x1 = x1 * s->k,
			    .y1 = y1 * s->k };
	return m;
}

static void add_region(struct sketch *s, enum mark_kind kind, const struct check_region *g,
		       bool dashed, const char *label)
{
	struct mark *m;

	if (g->w <= 0)
		return;
	m = add(s, MARK_BOX, kind, g->x, g->y, g->x + g->w, g->y + g->h);
	m->dashed = dashed;
	snprintf(m->label, sizeof(m->label), "%s", label);
}

static void add_zones(struct sketch *s)
{
	static const struct {
		enum check_zone zone;
		const char *label;
	} zones[] = {
		{ CHECK_ZONE_EYES, "eyes" },	    { CHECK_ZONE_MOUTH, "mouth" },
		{ CHECK_ZONE_LEFT_CHEEK, "cheek" }, { CHECK_ZONE_RIGHT_CHEEK, "cheek" },
		{ CHECK_ZONE_CLOTHES, "clothes" },  { CHECK_ZONE_BACKDROP, "backdrop" },
	};

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct check_region g = check_zone_of(&s->o->seen, &s->o->measures, zones[i].zone);

		add_region(s, MARK_ZONE, &g, true, zones[i].label);
	}
}

static void add_faces(struct sketch *s)
{
	const struct check_input *in = &s->o->seen;

	for (int i = 0; i < in->face_count; i++) {
		const struct check_box *b = &in->faces[i];
		struct mark *m = add(s, MARK_BOX, MARK_SEEN, b->x, b->y, b->x + b->w, b->y + b->h);

		snprintf(m->label, sizeof(m->label), i ? "face %d" : "face", i + 1);
	}
	for (int i = 0; in->has_points && i < CHECK_POINTS; i++)
		add(s, MARK_DOT, MARK_SEEN, in->points[i].x, in->points[i].y, 0, 0);
}

static void level_line(struct sketch *s, enum mark_kind kind, bool dashed, double x0, double x1,
		       double y, const char *label)
{
	struct mark *m = add(s, MARK_LINE, kind, x0, y, x1, y);

	m->dashed = dashed;
	snprintf(m->label, sizeof(m->label), "%s", label);
}

static void add_head(struct sketch *s)
{
	const struct check_measures *m = &s->o->measures;
	const struct check_input *in = &s->o->seen;
	double half = 0.7 * m->face_width_px, x0 = m->centre_px - half, x1 = m->centre_px + half;
	struct check_axes a;

	if (!in->face_count)
		return;
	if (isfinite(m->crown_px))
		level_line(s, MARK_SEEN, false, x0, x1, m->crown_px,
			   m->crown_seen > 0 ? "head top" : "head top (guessed)");
	level_line(s, MARK_SEEN, false, x0, x1, m->chin_px, "chin");
	if (!in->has_points) {
		level_line(s, MARK_SEEN, false, x0, x1, m->eye_line_px, "eye line (guessed)");
		return;
	}
	a = check_axes_of(in->points);
	snprintf(add(s, MARK_LINE, MARK_SEEN, a.ox - half * a.c, a.oy - half * a.s,
		     a.ox + half * a.c, a.oy + half * a.s)
			 ->label,
		 sizeof(s->marks[0].label), "eye line %.1f°", m->roll_deg);
}

/* The finished picture, and where its rule wants head top and eyes. */
static void add_crop(struct sketch *s)
{
	const struct image_crop *c = &s->o->result.crop;
	const struct check_window *w = &s->l->window;
	double one = IMAGE_CROP_ONE, x0 = c->x / one, y0 = c->y / one, cw = c->w / one;
	double px = cw / w->width_px; /* picture px per finished px */
	char label[96];
	struct mark *m;

	if (c->w <= 0)
		return;
	m = add(s, MARK_BOX, MARK_CROP, x0, y0, x0 + cw, y0 + c->h / one);
	snprintf(m->label, sizeof(m->label), "crop %dx%d", w->width_px, w->height_px);
	snprintf(label, sizeof(label), "head top %g-%g", w->crown_min_px, w->crown_max_px);
	level_line(s, MARK_CROP, true, x0, x0 + cw, y0 + w->crown_min_px * px, label);
	level_line(s, MARK_CROP, true, x0, x0 + cw, y0 + w->crown_max_px * px, "");
	snprintf(label, sizeof(label), "eyes %g-%g", w->eyes_min_px, w->eyes_max_px);
	level_line(s, MARK_CROP, true, x0, x0 + cw, y0 + w->eyes_min_px * px, label);
	level_line(s, MARK_CROP, true, x0, x0 + cw, y0 + w->eyes_max_px * px, "");
}

static void add_findings(struct sketch *s)
{
	const struct check_result *r = &s->o->result;

	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];
		char label[96];

		snprintf(label, sizeof(label), "%s %.3g (%.3g)",
			 check_code_word((enum check_code)f->code), f->value, f->limit);
		add_region(s, f->level == CHECK_FAIL ? MARK_FAIL : MARK_WARN, &f->region, false,
			   label);
	}
}

static void title_of(const struct check_result *r, char *out, size_t size)
{
	int n = snprintf(out, size, "%s", check_level_word(r->level));

	for (uint32_t i = 0; i < r->reason_count; i++)
		n += snprintf(out + n, size - (size_t)n, "%s%s", i ? ", " : ": ",
			      check_code_word((enum check_code)r->findings[r->reasons[i]].code));
}

/* Labels need room: a small picture is shown in larger squares. Takes @im over. */
static struct image *legible(struct image *im)
{
	int side = im->width_px > im->height_px ? im->width_px : im->height_px;
	int k = (LEGIBLE_PX + side - 1) / side;
	struct image *out;

	if (k < 2)
		return im;
	out = image_new(im->width_px * k, im->height_px * k);
	for (int y = 0; out && y < out->height_px; y++)
		for (int x = 0; x < out->width_px; x++)
			image_row(out, y)[x] = image_row(im, y / k)[x / k];
	image_unref(im);
	return out;
}

static int denominator(int side_px)
{
	int d = 8;

	while (d > 1 && side_px / d < SIDE_PX)
		d /= 2;
	return d;
}

int check_annotate(const uint8_t *data, size_t bytes, const struct judge_outcome *o,
		   const struct check_limits *limits, const char *png)
{
	const struct check_result *r = &o->result;
	struct sketch s = { .o = o, .l = limits };
	struct image *im = NULL;
	struct jpeg_info info;
	char title[160];
	int rc;

	if (jpeg_decode(data, bytes,
			denominator(r->width_px > r->height_px ? r->width_px : r->height_px), &info,
			&im) != JPEG_OK)
		return -EINVAL;
	im = legible(im);
	if (!im)
		return -ENOMEM;
	s.k = (double)im->width_px / r->width_px;
	add_zones(&s);
	add_crop(&s);
	add_faces(&s);
	add_head(&s);
	add_findings(&s);
	title_of(r, title, sizeof(title));
	rc = ui_annotate(im, s.marks, s.count, title);
	if (rc == 0)
		rc = ui_write_png(im, png);
	image_unref(im);
	return rc;
}
