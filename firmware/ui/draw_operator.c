#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/*
 * The operator's view: top line, the person, what was found and what to do, then progress, devices
 * and keys. A tall box stacks them; a wide one puts the last three into a second column.
 */

static struct text_style body(const struct canvas *c)
{
	return (struct text_style){
		.em = 19 * c->s, .min_em = 12 * c->s, .colour = INK, .place = PLACE_MIDDLE
	};
}

static struct text_style small(const struct canvas *c)
{
	return (struct text_style){
		.em = 18 * c->s, .min_em = 12 * c->s, .colour = INK_SOFT, .place = PLACE_MIDDLE
	};
}

/* A white card of this height; returns its inside. */
static struct rect card(struct canvas *c, struct rect *rest, double height)
{
	struct rect r = cut_top(rest, height * c->s);

	cut_top(rest, 8 * c->s);
	fill_round(c, r, 8 * c->s, PAPER);
	return (struct rect){ r.x + 14 * c->s, r.y + 8 * c->s, r.w - 28 * c->s, r.h - 16 * c->s };
}

static bool has_person(const struct scene *s)
{
	return s->name[0] || s->masked_id[0];
}

/* --- who ----------------------------------------------------------------------------------------
 */

static void person_number(struct canvas *c, struct rect r)
{
	struct text_style st = { .em = 34 * c->s,
				 .bold = true,
				 .colour = ACTION,
				 .align = ALIGN_RIGHT,
				 .place = PLACE_MIDDLE };

	text_draw(c, r, &st, c->scene->number);
}

static void part_person(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r, row;
	struct text_style st = { .em = 32 * c->s,
				 .min_em = 14 * c->s,
				 .lines = 2,
				 .bold = true,
				 .colour = INK,
				 .place = PLACE_MIDDLE,
				 .role = ROLE_NAME };
	char line[192];

	if (!has_person(s))
		return;
	r = card(c, rest, 122);
	row = cut_top(&r, 46 * c->s);
	if (s->number[0]) {
		person_number(c, cut_right(&row, 92 * c->s));
		cut_right(&row, 8 * c->s);
	}
	text_draw(c, row, &st, s->name[0] ? s->name : s->masked_id);
	st = body(c);
	row = cut_top(&r, 30 * c->s);
	snprintf(line, sizeof(line), "%s%s%s", s->masked_id, s->typed ? " · " : "",
		 s->typed ? tr(c, "label.typed") : "");
	text_draw(c, row, &st, line);
	snprintf(line, sizeof(line), "%s%s%s", s->class_name,
		 s->class_name[0] && s->level[0] ? " · " : "", s->level);
	text_draw(c, r, &st, line);
}

/* --- what was found ------------------------------------------------------------------------------
 */

static const struct {
	enum symbol symbol;
	uint32_t colour, pale;
	const char *word;
} results[] = {
	{ SYM_TICK, PASS, PASS_PALE, "label.pass" },
	{ SYM_ALERT, 0x6b4700, AMBER_PALE, "label.warn" },
	{ SYM_RETURN, FAIL, FAIL_PALE, "label.fail" },
};

static void draw_line(struct canvas *c, struct rect r, const struct scene_line *l)
{
	struct text_style st = small(c);
	int level = CLAMP(l->level, 0, 2);

	draw_symbol(c, level == 2 ? SYM_CROSS : results[level].symbol, r.x + 8 * c->s,
		    r.y + r.h / 2, 8 * c->s, results[level].colour, PAPER);
	cut_left(&r, 22 * c->s);
	st.colour = level ? results[level].colour : INK;
	st.bold = level > 0;
	text_draw(c, r, &st, l->text);
}

static void draw_lines(struct canvas *c, struct rect r)
{
	int n = MIN(c->scene->line_count, SCENE_LINES_MAX), rows = (n + 1) / 2;
	double h = rows ? MIN(27 * c->s, r.h / rows) : 0;

	for (int i = 0; i < n; i++)
		draw_line(c,
			  (struct rect){ r.x + (i / rows) * (r.w / 2), r.y + (i % rows) * h,
					 r.w / 2 - 6 * c->s, h },
			  &c->scene->lines[i]);
}

static double lines_height(const struct scene *s)
{
	return (MIN(s->line_count, SCENE_LINES_MAX) + 1) / 2 * 27;
}

static void part_verdict(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	int v = s->verdict;
	struct rect r, head;
	char attempt[16], line[96];
	const struct text_arg args[] = { { "n", attempt }, { NULL, NULL } };
	struct text_style st = { .em = 23 * c->s, .bold = true, .place = PLACE_MIDDLE };

	if (v < 0 || v > 2)
		return;
	r = cut_top(rest, (48 + lines_height(s)) * c->s);
	cut_top(rest, 8 * c->s);
	fill_round(c, r, 8 * c->s, results[v].pale);
	r = (struct rect){ r.x + 14 * c->s, r.y + 5 * c->s, r.w - 24 * c->s, r.h - 10 * c->s };
	head = cut_top(&r, 36 * c->s);
	draw_symbol(c, results[v].symbol, head.x + 14 * c->s, head.y + head.h / 2, 14 * c->s,
		    results[v].colour, PAPER);
	cut_left(&head, 38 * c->s);
	st.colour = results[v].colour;
	text_draw(c, head, &st, tr(c, results[v].word));
	if (s->attempt > 0 && has_person(s)) {
		snprintf(attempt, sizeof(attempt), "%d", s->attempt);
		st = body(c);
		st.align = ALIGN_RIGHT;
		text_draw(c, cut_right(&head, head.w * 0.45), &st,
			  text_format(line, sizeof(line), c->lang, "label.attempt", args));
	}
	draw_lines(c, r);
}

/* --- what to do ----------------------------------------------------------------------------------
 */

/* "Label  text", the text over up to two lines. */
static void labelled(struct canvas *c, struct rect *rest, const char *label_id, const char *text,
		     bool strong)
{
	struct text_style st = small(c), value = body(c);
	struct rect r = *rest, label;
	double used;

	if (!text[0])
		return;
	label = cut_left(&r, text_width(c, &st, tr(c, label_id)) + 12 * c->s);
	st.place = value.place = PLACE_TOP;
	value.lines = 3;
	value.bold = strong;
	value.em = (strong ? 21 : 19) * c->s;
	label.y += strong ? 1.5 * c->s : 0;
	used = text_draw(c, r, &value, text);
	text_draw(c, label, &st, tr(c, label_id));
	cut_top(rest, used + 9 * c->s);
}

static void prompt_text(const struct canvas *c, char out[static 192])
{
	const struct text_arg args[] = { { "value", c->scene->prompt_arg }, { NULL, NULL } };

	text_format(out, 192, c->lang, c->scene->prompt_id, args);
}

static void part_advice(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = (struct rect){ rest->x + 14 * c->s, rest->y + 2 * c->s, rest->w - 28 * c->s,
				       rest->h };
	char text[192];

	if (s->notice_id[0])
		labelled(c, &r, "label.note", tr(c, s->notice_id), true);
	else if (s->take_card)
		labelled(c, &r, "label.note", tr(c, "notice.take_card"), true);
	if (s->cure_id[0] && s->screen != SCREEN_FAULT)
		labelled(c, &r, "label.cure", tr(c, s->cure_id), true);
	prompt_text(c, text);
	labelled(c, &r, "label.prompt", text, false);
}

/* --- screens of their own ------------------------------------------------------------------------
 */

static void draw_fault(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = card(c, rest, 190), row;
	struct text_style st = { .em = 26 * c->s,
				 .min_em = 18 * c->s,
				 .lines = 2,
				 .bold = true,
				 .colour = FAIL,
				 .place = PLACE_MIDDLE };

	row = cut_top(&r, 62 * c->s);
	draw_symbol(c, SYM_ALERT, row.x + 20 * c->s, row.y + row.h / 2, 19 * c->s, FAIL, PAPER);
	cut_left(&row, 54 * c->s);
	text_draw(c, row, &st, tr(c, s->banner_id[0] ? s->banner_id : "label.fault"));
	fill_rect(c, (struct rect){ r.x, r.y + 2 * c->s, r.w, 1.5 * c->s }, RULE);
	cut_top(&r, 12 * c->s);
	st = (struct text_style){ .em = 22 * c->s, .min_em = 16 * c->s, .lines = 4, .colour = INK };
	text_draw(c, r, &st, s->cure_id[0] ? tr(c, s->cure_id) : "");
}

/* 6 + 4 + 4 + 4 characters, as people read an identity number aloud; others in fours. */
static void group_entry(const char *entry, char *out, size_t size)
{
	size_t at = 0, n = 0;
	bool citizen = entry[0] >= '0' && entry[0] <= '9';

	for (; *entry && at + 3 < size; entry++, n++) {
		bool gap = citizen ? n >= 6 && (n - 6) % 4 == 0 : n && n % 4 == 0;

		if (gap)
			out[at++] = ' ';
		out[at++] = *entry;
	}
	out[at] = '\0';
}

static void entry_hint(struct canvas *c, struct rect r)
{
	const char *hint = c->scene->entry_hint_id;
	bool fine = !strcmp(hint, "entry.fine"), waiting = !strcmp(hint, "entry.too_short");
	uint32_t colour = fine ? PASS : waiting ? REST : FAIL;
	struct text_style st = { .em = 21 * c->s,
				 .min_em = 15 * c->s,
				 .lines = 2,
				 .bold = true,
				 .colour = colour,
				 .place = PLACE_MIDDLE };

	if (!hint[0])
		return;
	draw_symbol(c,
		    fine      ? SYM_TICK
		    : waiting ? SYM_DOTS
			      : SYM_ALERT,
		    r.x + 12 * c->s, r.y + r.h / 2, 12 * c->s, colour, PAPER);
	cut_left(&r, 34 * c->s);
	text_draw(c, r, &st, tr(c, hint));
}

static void draw_manual(struct canvas *c, struct rect *rest)
{
	struct rect r = card(c, rest, 196), row;
	struct text_style st = body(c);
	char grouped[64];

	row = cut_top(&r, 30 * c->s);
	text_draw(c, row, &st, tr(c, "label.type_number"));
	row = cut_top(&r, 58 * c->s);
	stroke_round(c, row, 6 * c->s, 2.5 * c->s, ACTION);
	group_entry(c->scene->entry, grouped, sizeof(grouped));
	st = (struct text_style){ .em = 32 * c->s,
				  .min_em = 16 * c->s,
				  .bold = true,
				  .colour = INK,
				  .place = PLACE_MIDDLE,
				  .role = ROLE_ENTRY };
	row = inset(row, 10 * c->s);
	text_draw(c, row, &st, grouped);
	fill_rect(c,
		  (struct rect){ row.x + MIN(text_width(c, &st, grouped), row.w) + 3 * c->s, row.y,
				 3 * c->s, row.h },
		  ACTION);
	cut_top(&r, 6 * c->s);
	st = body(c);
	text_draw(c, cut_top(&r, 34 * c->s), &st,
		  c->scene->entry_kind_id[0] ? tr(c, c->scene->entry_kind_id) : "");
	entry_hint(c, r);
}

/* "key.shoot" → "help.shoot" */
static void draw_help(struct canvas *c, struct rect r)
{
	const struct scene *s = c->scene;
	double h = MIN(46 * c->s, r.h / MAX(s->key_count, 1));

	for (int i = 0; i < s->key_count; i++) {
		struct rect row = cut_top(&r, h), cap = cut_left(&row, 64 * c->s);
		struct text_style st = { .em = 17 * c->s,
					 .min_em = 9 * c->s,
					 .bold = true,
					 .colour = INK,
					 .align = ALIGN_CENTRE,
					 .place = PLACE_MIDDLE };
		char id[40];

		cap = inset(cap, 4 * c->s);
		fill_round(c, cap, 5 * c->s, PAPER);
		stroke_round(c, cap, 5 * c->s, 2 * c->s, INK);
		text_draw(c, inset(cap, 3 * c->s), &st, s->keys[i].label);
		cut_left(&row, 8 * c->s);
		snprintf(id, sizeof(id), "help.%s",
			 strncmp(s->keys[i].action, "key.", 4) ? "" : s->keys[i].action + 4);
		st = (struct text_style){ .em = 19 * c->s,
					  .min_em = 12 * c->s,
					  .lines = 2,
					  .colour = INK,
					  .place = PLACE_MIDDLE };
		text_draw(c, row, &st, tr(c, id));
	}
}

/* Between visits: how far the day is. */
static void draw_waiting(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = card(c, rest, 130), row;
	struct text_style st = { .em = 54 * c->s,
				 .min_em = 24 * c->s,
				 .bold = true,
				 .colour = INK,
				 .place = PLACE_MIDDLE };
	char line[64];

	row = cut_top(&r, 30 * c->s);
	struct text_style head = small(c);
	text_draw(c, row, &head, tr(c, "label.captured"));
	snprintf(line, sizeof(line), "%lld / %lld", (long long)s->captured, (long long)s->people);
	text_draw(c, r, &st, line);
}

static void part_middle(struct canvas *c, struct rect rest)
{
	const struct scene *s = c->scene;

	if (s->screen == SCREEN_HELP) {
		draw_help(c, rest);
		return;
	}
	if (s->screen == SCREEN_FAULT)
		draw_fault(c, &rest);
	if (s->screen == SCREEN_MANUAL)
		draw_manual(c, &rest);
	if (s->screen == SCREEN_IDLE || s->screen == SCREEN_PAUSED)
		draw_waiting(c, &rest);
	part_person(c, &rest);
	part_verdict(c, &rest);
	part_advice(c, &rest);
}

static void side_parts(struct canvas *c, struct rect *rest)
{
	if (c->scene->screen != SCREEN_HELP)
		part_keys(c, rest);
	part_devices(c, rest);
	part_progress(c, rest);
}

void draw_operator(struct canvas *c)
{
	struct rect rest = c->area, side;
	bool wide = rest.w > rest.h * 1.1;

	c->s = MIN(rest.w / (wide ? 800 : 389), rest.h / (wide ? 470 : 600));
	fill_rect(c, rest, MIST);
	part_header(c, &rest);
	part_banner(c, &rest);
	if (wide) {
		side = cut_right(&rest, rest.w / 2);
		fill_rect(c, (struct rect){ side.x, side.y, 1.5 * c->s, side.h }, RULE);
		side_parts(c, &side);
	} else {
		side_parts(c, &rest);
	}
	rest = (struct rect){ rest.x + 10 * c->s, rest.y + 10 * c->s, rest.w - 20 * c->s,
			      rest.h - 10 * c->s };
	part_middle(c, rest);
}
