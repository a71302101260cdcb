#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/*
 * The student's view. One grid for every screen, so that nothing jumps: a picture, beside it the
 * name with the sign below, a full-width band with the one sentence. Read from 1–3 m.
 */
enum hero { HERO_LIVE, HERO_SHOT, HERO_CARD, HERO_DOCUMENT, HERO_SIGN };

static const struct look {
	uint32_t band;
	enum hero hero;
	int symbol; /* enum symbol, −1 none */
	const char *sub_id; /* small line under the sign, NULL none */
} looks[SCREEN_COUNT] = {
	[SCREEN_IDLE] = { ACTION, HERO_CARD, -1, NULL },
	[SCREEN_FOUND] = { ACTION, HERO_LIVE, -1, NULL },
	[SCREEN_FRAMING] = { ACTION, HERO_LIVE, -1, NULL },
	[SCREEN_SHOOTING] = { ACTION, HERO_LIVE, -1, NULL },
	[SCREEN_JUDGING] = { ACTION, HERO_SHOT, SYM_DOTS, NULL },
	[SCREEN_PASSED] = { PASS, HERO_SHOT, SYM_TICK, "label.final_say" },
	[SCREEN_FAILED] = { FAIL, HERO_SHOT, SYM_RETURN, "label.retake" },
	[SCREEN_NOT_ON_LIST] = { REST, HERO_SIGN, SYM_DASH, NULL },
	[SCREEN_ALREADY_CAPTURED] = { REST, HERO_SIGN, SYM_DASH, NULL },
	[SCREEN_LEFT_OPEN] = { REST, HERO_SIGN, SYM_DOTS, NULL },
	[SCREEN_FAULT] = { REST, HERO_SIGN, SYM_ALERT, NULL },
	[SCREEN_PAUSED] = { REST, HERO_SIGN, SYM_PAUSE, NULL },
	[SCREEN_MANUAL] = { ACTION, HERO_DOCUMENT, -1, NULL },
	[SCREEN_TEST] = { REST, HERO_SHOT, -1, NULL },
	[SCREEN_PIN] = { REST, HERO_SIGN, SYM_DOTS, NULL },
	[SCREEN_HELP] = { REST, HERO_SIGN, SYM_DOTS, NULL },
	[SCREEN_CHOOSE] = { REST, HERO_SIGN, SYM_DOTS, NULL },
	[SCREEN_ASKED] = { ACTION, HERO_SHOT, SYM_DOTS, NULL },
};

/* Notices that speak to the student; the others are for the operator only. */
static const char *const for_student[] = { "notice.early_tap",	  "notice.queue_full",
					   "notice.same_card",	  "notice.card_again",
					   "notice.lane_unknown", "notice.lane_captured",
					   "notice.paused",	  "notice.card_refused" };

static const char *student_notice(const struct scene *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(for_student); i++)
		if (!strcmp(for_student[i], s->notice_id))
			return for_student[i];
	return s->take_card ? "notice.take_card" : NULL;
}

static void draw_notice(struct canvas *c, struct rect *rest)
{
	const char *id = student_notice(c->scene);
	struct rect r;

	if (!id)
		return;
	r = cut_bottom(rest, 62 * c->s);
	fill_rect(c, r, AMBER_PALE);
	fill_rect(c, (struct rect){ r.x, r.y, 12 * c->s, r.h }, AMBER);
	r = inset(r, 8 * c->s);
	text_draw(c, r,
		  &(struct text_style){ .em = 38 * c->s,
					.min_em = 28 * c->s,
					.bold = true,
					.colour = INK,
					.align = ALIGN_CENTRE,
					.place = PLACE_MIDDLE },
		  tr(c, id));
}

static const char *prompt_text(struct canvas *c, char out[static 192])
{
	const struct text_arg args[] = { { "value", c->scene->prompt_arg }, { NULL, NULL } };

	return text_format(out, 192, c->lang, c->scene->prompt_id, args);
}

/* Smaller, under the first; NULL none. */
static const char *second_sentence(struct canvas *c)
{
	enum lang other = c->lang == LANG_ZH ? LANG_EN : LANG_ZH;

	if (c->scene->screen == SCREEN_IDLE) /* a foreign student has not tapped yet */
		return text_get(other, c->scene->prompt_id);
	return c->scene->also_id[0] ? tr(c, c->scene->also_id) : NULL;
}

static void draw_band(struct canvas *c, struct rect r, const struct look *look)
{
	struct text_style st = { .em = 40 * c->s,
				 .min_em = 28 * c->s,
				 .colour = PAPER,
				 .align = ALIGN_CENTRE,
				 .place = PLACE_MIDDLE };
	const char *below = second_sentence(c);
	double pad = 12 * c->s;
	char text[192];

	fill_rect(c, r, look->band);
	r = (struct rect){ r.x + 2 * pad, r.y + pad, r.w - 4 * pad, r.h - 2 * pad };
	if (below)
		text_draw(c, cut_bottom(&r, 52 * c->s), &st, below);
	text_prompt(c, r, c->area.h * 0.175, PAPER, prompt_text(c, text));
}

/* --- picture --------------------------------------------------------------------------- */

static void frame_picture(struct canvas *c, struct rect r, uint32_t colour)
{
	stroke_round(c, inset(r, -6 * c->s), 4 * c->s, 6 * c->s, colour);
}

static void draw_live(struct canvas *c, struct rect r)
{
	if (c->scene->live)
		draw_image(c, c->scene->live, r, true);
	else
		draw_person(c, r);
	draw_outline(c, r, c->scene->screen == SCREEN_SHOOTING);
}

/* Where there is no picture to show: the sign on a quiet ground of the same shape. */
static void draw_tile(struct canvas *c, struct rect r, const struct look *look)
{
	fill_rect(c, r, REST_PALE);
	draw_symbol(c, (enum symbol)look->symbol, r.x + r.w / 2, r.y + r.h / 2, r.w * 0.32,
		    look->band, PAPER);
}

static void draw_hero(struct canvas *c, struct rect r, const struct look *look)
{
	bool still = look->hero != HERO_LIVE;

	if (still && c->scene->shot)
		draw_image(c, c->scene->shot, r, false);
	else if (look->hero == HERO_SIGN)
		draw_tile(c, r, look);
	else if (still && !c->scene->live)
		draw_person(c, r);
	else
		draw_live(c, r);
	frame_picture(c, r, look->band);
}

/* --- name and sign --------------------------------------------------------------------- */

static void draw_name(struct canvas *c, struct rect *rest)
{
	struct text_style st = { .em = 60 * c->s,
				 .min_em = 28 * c->s,
				 .lines = 6,
				 .bold = true,
				 .colour = INK,
				 .role = ROLE_NAME };
	struct rect box = *rest;
	char name[256];
	double used;

	/* A long name may push the sign aside: it is what the student must check. */
	box.h -= 60 * c->s;
	used = text_draw(c, box, &st, name_text(c->scene->name, name));
	cut_top(rest, used + 14 * c->s);
	st = (struct text_style){ .em = 29 * c->s,
				  .min_em = 28 * c->s,
				  .lines = 2,
				  .colour = INK_SOFT,
				  .role = ROLE_NOT_YOU };
	used = text_draw(c, *rest, &st, tr(c, "label.not_you"));
	cut_top(rest, used + 20 * c->s);
}

static void draw_sign(struct canvas *c, struct rect r, const struct look *look)
{
	double size = MIN(r.h, MIN(r.w, 250 * c->s)), cx = r.x + r.w / 2, cy = r.y + r.h / 2;

	if (size < 48 * c->s || (look->hero == HERO_SIGN && !c->scene->shot))
		return; /* no room beside a very long name; or the sign is the picture */
	if (look->symbol >= 0)
		draw_symbol(c, (enum symbol)look->symbol, cx, cy, size * 0.48, look->band, PAPER);
	else if (c->scene->arrow)
		draw_arrow(c, c->scene->arrow, cx, cy, size * 0.96, ACTION);
	else if (c->scene->screen == SCREEN_FOUND)
		draw_seat(c, cx, cy, size * 0.42);
	else
		draw_lens(c, cx, cy, size * 0.42);
}

/* The small line under the sign; big after a failed shot, where it is the decision itself. */
static void draw_sub(struct canvas *c, struct rect *rest, const struct look *look)
{
	bool failed = c->scene->screen == SCREEN_FAILED;
	struct text_style st = { .em = (failed ? 46 : 30) * c->s,
				 .min_em = 28 * c->s,
				 .lines = 2,
				 .bold = failed,
				 .colour = failed ? FAIL : INK_SOFT,
				 .align = ALIGN_CENTRE,
				 .place = PLACE_MIDDLE };
	bool narrow;

	if (!look->sub_id || rest->h < 40 * c->s)
		return;
	narrow = text_width(c, &st, tr(c, look->sub_id)) > rest->w * 1.07;
	text_draw(c, cut_bottom(rest, MIN((narrow ? 72 : 50) * c->s, rest->h)), &st,
		  tr(c, look->sub_id));
}

static void draw_side(struct canvas *c, struct rect r, const struct look *look)
{
	struct rect names = r;

	/* On a wide screen name and sign stand side by side, else one above the other. */
	if (r.w > 620 * c->s)
		r = cut_right(&names, 320 * c->s);
	if (c->scene->name[0])
		draw_name(c, r.w < names.w ? &names : &r);
	draw_sub(c, &r, look);
	draw_sign(c, r, look);
}

/* A tall view: the name above, a large picture, the sign beside it. */
static void draw_tall(struct canvas *c, struct rect r, const struct look *look)
{
	double gap = 28 * c->s;
	struct rect hero;

	if (c->scene->name[0]) {
		struct rect names = cut_top(&r, MIN(190 * c->s, r.h * 0.3));

		draw_name(c, &names);
	}
	hero = cut_left(&r, MIN(r.h * 0.75, r.w * 0.62));
	hero.h = hero.w / 0.75;
	hero.y += (r.h - hero.h) / 2;
	r.y = hero.y;
	r.h = hero.h;
	cut_left(&r, gap);
	draw_hero(c, hero, look);
	draw_sub(c, &r, look);
	draw_sign(c, r, look);
}

/* Nobody sits there: one drawing. */
static void draw_plain(struct canvas *c, struct rect r, const struct look *look)
{
	if (look->hero == HERO_CARD)
		draw_card_reader(c, r);
	else if (look->hero == HERO_DOCUMENT)
		draw_document(c, r);
	else
		draw_symbol(c, (enum symbol)look->symbol, r.x + r.w / 2, r.y + r.h / 2,
			    MIN(MIN(r.w, r.h) * 0.42, 170 * c->s), look->band, PAPER);
}

void draw_student(struct canvas *c)
{
	const struct look *look = &looks[c->scene->screen];
	struct rect rest = c->area, hero;
	double margin, band;

	c->s = MIN(c->area.h / 600, c->area.w / 620);
	band = MIN(c->area.h * 0.35, 300 * c->s);
	margin = 28 * c->s;
	fill_rect(c, rest, PAPER);
	draw_band(c, cut_bottom(&rest, band), look);
	draw_notice(c, &rest);
	rest = inset(rest, margin);
	if (look->hero >= HERO_CARD && (look->hero != HERO_SIGN || !c->scene->name[0])) {
		draw_plain(c, rest, look);
		return;
	}
	if (c->area.h > c->area.w * 1.35) {
		draw_tall(c, rest, look);
		return;
	}
	hero = cut_left(&rest, MIN(rest.h * 0.75, rest.w * 0.46));
	hero = (struct rect){ hero.x, hero.y, hero.w, hero.w / 0.75 };
	cut_left(&rest, margin);
	draw_hero(c, hero, look);
	draw_side(c, rest, look);
}
