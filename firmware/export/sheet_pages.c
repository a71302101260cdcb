/* People → prints → pages. Somebody whose picture cannot be cut leaves no hole. */
#include <errno.h>
#include <stdlib.h>

#include "firmware/export/sheet_inside.h"

struct sheet_piece *sheet_piece_ref(struct sheet_piece *p)
{
	p->refs++;
	return p;
}

void sheet_piece_unref(struct sheet_piece *p)
{
	if (!p || --p->refs)
		return;
	free(p->jpeg);
	free(p);
}

void sheet_report_free(struct sheet_report *r)
{
	free(r->left);
	free(r->done);
	r->left = NULL;
	r->done = NULL;
}

struct setting {
	struct sheet_job *job;
	sheet_draw_fn *draw;
	void *ctx;
	struct sheet_page page;
	struct sheet_piece *last; /* of the person before: their copies may cross pages */
	int at; /* in report->done */
};

static int left_before(const struct sheet_report *r, const struct subject *s)
{
	for (int i = 0; i < r->left_out; i++)
		if (r->left[i].s == s)
			return r->left[i].error;
	return 0;
}

static int leave_out(struct sheet_report *r, const struct subject *s, int error)
{
	struct sheet_left *more;

	if (left_before(r, s))
		return 0;
	more = realloc(r->left, (size_t)(r->left_out + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->left = more;
	r->left[r->left_out++] = (struct sheet_left){ s, error };
	return 0;
}

static int cut_piece(const struct sheet_job *j, const struct subject *s, bool again,
		     struct sheet_piece **out)
{
	struct sheet_piece *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->refs = 1;
	p->person = s->id;
	p->width_px = sheet_px(j->spec->photo_w_mm);
	p->height_px = sheet_px(j->spec->photo_h_mm);
	rc = again ? left_before(j->report, s)
		   : j->cut(j->cut_ctx, s, p->width_px, p->height_px, &p->jpeg, &p->bytes);
	if (rc < 0)
		sheet_piece_unref(p);
	else
		*out = p;
	return rc;
}

static int finish_page(struct setting *g)
{
	int rc = 0;

	if (g->page.count) {
		g->job->report->pages++;
		g->page.number++;
		rc = g->draw(g->ctx, &g->page);
	}
	for (int i = 0; i < g->page.count; i++)
		sheet_piece_unref(g->page.slots[i].piece);
	g->page.count = 0;
	return rc;
}

/* Both groups have the same people in the same order. */
static void note(struct setting *g, const struct subject *s, bool keep)
{
	struct sheet_report *r = g->job->report;
	struct sheet_done *d;

	while (g->at < r->people && r->done[g->at].s != s)
		g->at++;
	d = &r->done[g->at];
	if (g->at == r->people)
		r->done[r->people++] =
			(struct sheet_done){ .s = s, .first_page = g->page.number + 1 };
	d->hand_in += !keep;
	d->keep += keep;
	d->last_page = g->page.number + 1;
}

static int put(struct setting *g, const struct subject *s, bool keep)
{
	int rc = 0;

	if (g->page.count == g->job->layout.per_sheet)
		rc = finish_page(g);
	if (rc < 0)
		return rc;
	g->page.slots[g->page.count++] = (struct sheet_slot){ s, keep, sheet_piece_ref(g->last) };
	g->job->report->photos++;
	note(g, s, keep);
	return 0;
}

/* A person's copies. Return: 0, also when they had to be left out. */
static int put_person(struct setting *g, const struct subject *s, int hand_in, int keep)
{
	int rc;

	sheet_piece_unref(g->last);
	g->last = NULL;
	rc = cut_piece(g->job, s, g->job->once && g->page.group == GROUP_KEEP, &g->last);
	if (rc == -ENOMEM || rc == -ECANCELED)
		return rc;
	if (rc < 0)
		return leave_out(g->job->report, s, rc);
	for (int i = 0; i < hand_in + keep && rc == 0; i++)
		rc = put(g, s, i >= hand_in);
	if (rc == 0 && g->job->spec->mode == SHEET_EACH && g->page.group != GROUP_HAND_IN)
		rc = finish_page(g);
	return rc;
}

static int put_all(struct setting *g, const struct subject **all, int count, enum sheet_group group,
		   int hand_in, int keep)
{
	int rc = 0;

	g->page.group = group;
	g->at = 0;
	for (int i = 0; i < count && rc == 0 && hand_in + keep; i++)
		rc = put_person(g, all[i], hand_in, keep);
	return rc == 0 ? finish_page(g) : rc;
}

static int set_all(struct setting *g, const struct subject **all, int count)
{
	const struct sheet_spec *s = g->job->spec;
	int hand_in = s->copies_hand_in, keep = s->copies_keep, rc;

	if (!hand_in && !keep)
		hand_in = s->mode == SHEET_EACH ? g->job->layout.per_sheet : 1;
	if (!s->hand_in_first || !hand_in || !keep)
		return put_all(g, all, count, GROUP_MIXED, hand_in, keep);
	rc = put_all(g, all, count, GROUP_HAND_IN, hand_in, 0);
	return rc ? rc : put_all(g, all, count, GROUP_KEEP, 0, keep);
}

int sheet_pages(struct sheet_job *j, const struct people *p, sheet_draw_fn *draw, void *ctx)
{
	struct setting *g = calloc(1, sizeof(*g));
	const struct subject **all = NULL;
	int count = sheet_order(j->spec, p, j->remap, &all), rc = count;

	*j->report = (struct sheet_report){ 0 };
	if (g && count >= 0)
		j->report->done = calloc((size_t)count + 1, sizeof(*j->report->done));
	if (g && j->report->done) {
		*g = (struct setting){ .job = j, .draw = draw, .ctx = ctx };
		rc = set_all(g, all, count);
		for (int i = 0; i < g->page.count; i++)
			sheet_piece_unref(g->page.slots[i].piece);
		sheet_piece_unref(g->last);
	} else if (count >= 0) {
		rc = -ENOMEM;
	}
	free(all);
	free(g);
	return rc < 0 ? rc : 0;
}
