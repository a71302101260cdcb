#include <stdio.h>

#include "firmware/ui/draw.h"

/* The strip of the operator's view that says where the visit stands, with the judge's numbers. */

struct tone {
	enum symbol symbol;
	uint32_t colour, pale;
	const char *word;
	const char *cure; /* what to do when the scene names nothing better */
};

static const struct tone verdicts[] = {
	{ SYM_TICK, PASS, PASS_PALE, "label.pass", NULL },
	{ SYM_ALERT, AMBER_DEEP, AMBER_PALE, "label.warn", NULL },
	{ SYM_RETURN, FAIL, FAIL_PALE, "label.fail", NULL },
};

static const struct tone states[SCREEN_COUNT] = {
	[SCREEN_IDLE] = { SYM_TICK, PASS, PASS_PALE, "label.state_idle", "cure.idle" },
	[SCREEN_FOUND] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_found", "cure.found" },
	[SCREEN_FRAMING] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_framing", "cure.framing" },
	[SCREEN_SHOOTING] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_shooting", NULL },
	[SCREEN_JUDGING] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_judging", "cure.judging" },
	[SCREEN_PASSED] = { SYM_TICK, PASS, PASS_PALE, "label.state_passed", "cure.passed" },
	[SCREEN_FAILED] = { SYM_RETURN, FAIL, FAIL_PALE, "label.state_failed", NULL },
	[SCREEN_NOT_ON_LIST] = { SYM_DASH, REST, PAPER, "label.state_not_on_list",
				 "cure.not_on_list" },
	[SCREEN_ALREADY_CAPTURED] = { SYM_DASH, REST, PAPER, "label.state_already_captured",
				      "cure.already_captured" },
	[SCREEN_LEFT_OPEN] = { SYM_ALERT, AMBER_DEEP, AMBER_PALE, "label.state_left_open",
			       "cure.left_open" },
	[SCREEN_FAULT] = { SYM_ALERT, FAIL, FAIL_PALE, "label.state_fault", NULL },
	[SCREEN_PAUSED] = { SYM_PAUSE, REST, PAPER, "label.state_paused", "cure.paused" },
	[SCREEN_MANUAL] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_manual", "cure.manual" },
	[SCREEN_TEST] = { SYM_DASH, REST, PAPER, "label.state_test", "cure.test" },
	[SCREEN_PIN] = { SYM_DOTS, ACTION, ACTION_PALE, "label.state_pin", "cure.pin" },
	[SCREEN_HELP] = { SYM_DASH, REST, PAPER, "label.state_help", NULL },
	[SCREEN_CHOOSE] = { SYM_ALERT, AMBER_DEEP, AMBER_PALE, "label.state_choose",
			    "cure.choose" },
	[SCREEN_ASKED] = { SYM_ALERT, AMBER_DEEP, AMBER_PALE, "label.state_asked", "cure.asked" },
};

static void draw_line(struct canvas *c, struct rect r, double em, const struct scene_line *l)
{
	const struct tone *t = &verdicts[CLAMP(l->level, 0, 2)];
	struct text_style st = text_small(c);

	draw_symbol(c, l->level >= 2 ? SYM_CROSS : t->symbol, r.x + 8 * c->s, r.y + r.h / 2,
		    8 * c->s, t->colour, PAPER);
	cut_left(&r, 22 * c->s);
	st.em = em;
	st.colour = l->level > 0 ? t->colour : INK;
	st.bold = l->level > 0;
	text_draw(c, r, &st, l->text);
}

enum { LINE_H = 23, STRIP_H = 40, ROWS_MAX = 5, SIGN_W = 22 };

/* Two short lines share a row, a long one has it alone; what is beyond ROWS_MAX is not shown (the
 * scene brings the most important first). */
struct rows {
	int count; /* rows */
	int lines; /* lines that found room */
	double em;
	struct {
		int row, column;
		bool whole;
	} at[SCENE_LINES_MAX];
};

static void lay_rows(struct canvas *c, double w, int most, struct rows *out)
{
	struct text_style st = text_small(c);
	double half = w / 2 - (SIGN_W + 4) * c->s, widest = 1;
	bool open = false;

	*out = (struct rows){ .em = st.em };
	for (int i = 0; i < MIN(c->scene->line_count, SCENE_LINES_MAX); i++) {
		double line;
		bool whole;

		st.bold = c->scene->lines[i].level > 0;
		line = text_width(c, &st, c->scene->lines[i].text);
		whole = line * 0.88 > half;

		if ((whole || !open) && out->count >= most)
			break;
		if (whole || !open)
			out->count++;
		out->at[i].row = out->count - 1;
		out->at[i].column = !whole && open;
		out->at[i].whole = whole;
		open = !whole && !open;
		widest = whole ? widest : MAX(widest, line);
		out->lines = i + 1;
	}
	/* One size for all: the longest of the short lines decides. */
	out->em = st.em * MIN(1, half / widest);
}

static void draw_rows(struct canvas *c, struct rect r, const struct rows *rows)
{
	double h = LINE_H * c->s, half = r.w / 2;

	for (int i = 0; i < rows->lines; i++) {
		bool whole = rows->at[i].whole;

		draw_line(c,
			  (struct rect){ r.x + rows->at[i].column * half, r.y + rows->at[i].row * h,
					 whole ? r.w : half - 4 * c->s, h },
			  rows->em, &c->scene->lines[i]);
	}
}

/* Fine measures give way to what must be said and looked at; what was found does not. */
static int rows_wanted(struct canvas *c, const struct rect *rest)
{
	const struct scene *s = c->scene;
	double room = (rest->h - advice_height(c, rest->w)) / c->s - STRIP_H - 16;
	int found = 0;

	while (found < s->line_count && s->lines[found].level > 0)
		found++;
	return CLAMP((int)(room / LINE_H), CLAMP(found, 1, 2), ROWS_MAX);
}

static void draw_attempt(struct canvas *c, struct rect *head)
{
	char attempt[16], line[96];
	const struct text_arg args[] = { { "n", attempt }, { NULL, NULL } };
	struct text_style st = text_body(c);

	if (c->scene->attempt < 1 || !c->scene->name[0])
		return;
	snprintf(attempt, sizeof(attempt), "%d", c->scene->attempt);
	text_format(line, sizeof(line), c->lang, "label.attempt", args);
	st.align = ALIGN_RIGHT;
	text_draw(c, cut_right(head, text_width(c, &st, line) + 4 * c->s), &st, line);
	cut_right(head, 8 * c->s);
}

void part_state(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	bool judged = s->verdict >= 0 && s->verdict <= 2;
	bool decided = judged && s->screen != SCREEN_ASKED;
	const struct tone *t = decided ? &verdicts[s->verdict] : &states[s->screen];
	struct rows rows = { 0 };
	struct text_style st = { .em = 22 * c->s,
				 .min_em = 14 * c->s,
				 .bold = true,
				 .colour = t->colour,
				 .place = PLACE_MIDDLE };
	struct rect r, head;

	if (judged)
		lay_rows(c, rest->w - 20 * c->s, rows_wanted(c, rest), &rows);
	r = cut_top(rest, (STRIP_H + rows.count * LINE_H + (rows.count ? 6 : 0)) * c->s);
	cut_top(rest, 7 * c->s);
	fill_round(c, r, 8 * c->s, t->pale);
	r = (struct rect){ r.x + 12 * c->s, r.y, r.w - 20 * c->s, r.h };
	head = cut_top(&r, STRIP_H * c->s);
	draw_symbol(c, t->symbol, head.x + 13 * c->s, head.y + head.h / 2, 13 * c->s, t->colour,
		    PAPER);
	cut_left(&head, 36 * c->s);
	draw_attempt(c, &head);
	text_draw(c, head, &st, tr(c, t->word));
	if (judged)
		draw_rows(c, r, &rows);
}

const char *state_cure(enum screen screen)
{
	return states[screen].cure;
}
