#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/*
 * The operator's view: top line, the person, what was found and what to do, then progress, devices
 * and keys. A tall box stacks them; a wide one puts the last three into a second column.
 */

/* A white card of this height; returns its inside. */
static struct rect card(struct canvas *c, struct rect *rest, double height)
{
	struct rect r = cut_top(rest, height * c->s);

	cut_top(rest, 7 * c->s);
	fill_round(c, r, 8 * c->s, PAPER);
	return (struct rect){ r.x + 14 * c->s, r.y + 6 * c->s, r.w - 28 * c->s, r.h - 12 * c->s };
}

/* --- who ------------------------------------------------------------------------------- */

/* "a · b", or the one there is. */
static const char *joined(char *out, size_t size, const char *a, const char *b)
{
	snprintf(out, size, "%s%s%s", a, a[0] && b[0] ? " · " : "", b);
	return out;
}

/* The shooting number, under it what it is. */
static void person_number(struct canvas *c, struct rect *r, double name_h)
{
	struct rect row = cut_right(r, 100 * c->s), label;
	struct text_style st = { .em = 34 * c->s,
				 .bold = true,
				 .colour = ACTION,
				 .align = ALIGN_RIGHT,
				 .place = PLACE_MIDDLE };

	label = (struct rect){ row.x, row.y + name_h, row.w, 26 * c->s };
	row.h = name_h;
	text_draw(c, row, &st, c->scene->number);
	st = text_small(c);
	st.align = ALIGN_RIGHT;
	text_draw(c, label, &st, tr(c, "label.number"));
}

static void part_person(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r, row, numbers;
	struct text_style st = { .em = 32 * c->s,
				 .min_em = 12 * c->s,
				 .lines = 3,
				 .bold = true,
				 .colour = INK,
				 .place = PLACE_MIDDLE,
				 .role = ROLE_NAME };
	const char *name = s->name[0] ? s->name : s->masked_id;
	bool long_name = text_width(c, &st, name) > rest->w;
	double name_h = (long_name ? 62 : 40) * c->s;
	char line[256];

	if (!name[0] || s->screen == SCREEN_CHOOSE)
		return;
	if (!s->name[0] && !s->typed && !s->class_name[0]) { /* a card nobody knows: one line */
		r = card(c, rest, 52);
		text_draw(c, r, &st, name);
		return;
	}
	r = card(c, rest, long_name ? 126 : 104);
	numbers = r;
	row = cut_top(&r, name_h);
	if (s->number[0]) {
		person_number(c, &numbers, name_h);
		cut_right(&row, 108 * c->s);
	}
	text_draw(c, row, &st, name_text(name, line));
	st = text_body(c);
	row = cut_top(&r, 26 * c->s);
	row.w = s->number[0] ? numbers.w : row.w;
	text_draw(c, row, &st,
		  joined(line, sizeof(line), s->name[0] ? s->masked_id : "",
			 s->typed ? tr(c, "label.typed") : ""));
	text_draw(c, r, &st, joined(line, sizeof(line), s->class_name, s->level));
}

/* --- what to do ------------------------------------------------------------------------ */

enum { ADVICE_LINES = 3, ADVICE_GAP = 8 };

/* One "Label  text" of the advice; most needed first. */
struct advice {
	const char *label_id, *text;
	bool strong;
};

static double label_width(struct canvas *c, const struct advice *a)
{
	struct text_style st = text_small(c);

	return text_width(c, &st, tr(c, a->label_id)) + 12 * c->s;
}

/* What it takes at width @w, about; 0 for "". */
static double advice_needs(struct canvas *c, const struct advice *a, double w)
{
	struct text_style st = text_body(c);
	double lines;

	if (!a->text[0])
		return 0;
	st.bold = a->strong;
	lines = ceil(text_width(c, &st, a->text) * 1.06 / (w - label_width(c, a)));
	return MIN(lines, ADVICE_LINES) * st.em * 1.38 + ADVICE_GAP * c->s;
}

static void draw_advice(struct canvas *c, struct rect *rest, const struct advice *a)
{
	struct text_style st = text_small(c), value = text_body(c);
	struct rect r = *rest, label;
	double used;

	if (!a->text[0] || rest->h < advice_needs(c, a, rest->w) - ADVICE_GAP * c->s)
		return;
	label = cut_left(&r, label_width(c, a));
	st.place = value.place = PLACE_TOP;
	value.lines = ADVICE_LINES;
	value.bold = a->strong;
	used = text_draw(c, r, &value, a->text);
	label.y += 0.5 * c->s;
	text_draw(c, label, &st, tr(c, a->label_id));
	cut_top(rest, used + ADVICE_GAP * c->s);
}

/* What the student reads, both sentences. */
static void prompt_text(const struct canvas *c, char out[static 192])
{
	const struct text_arg args[] = { { "value", c->scene->prompt_arg }, { NULL, NULL } };
	size_t n;

	text_format(out, 192, c->lang, c->scene->prompt_id, args);
	n = strlen(out);
	if (c->scene->also_id[0] && n + 8 < 192) {
		strcpy(out + n, " / ");
		text_copy(out + n + 3, 192 - n - 3, tr(c, c->scene->also_id));
	}
}

/* The scene's own cure, that of a standing trouble, or what one does in this state. */
static const char *cure_text(const struct canvas *c)
{
	const struct scene *s = c->scene;
	char id[64];

	if (s->screen == SCREEN_FAULT)
		return "";
	if (s->cure_id[0])
		return tr(c, s->cure_id);
	if (s->banner_id[0]) {
		snprintf(id, sizeof(id), "cure.%s", s->banner_id);
		return tr(c, id);
	}
	return state_cure(s->screen) ? tr(c, state_cure(s->screen)) : "";
}

enum { ADVICE_MAX = 5 };

struct advice_texts { /* room */
	char prompt[192], ticks[1024];
};

/* Chinese may be broken after any character; a list only after its commas. */
static void break_at_commas(const char *list, char *out, size_t size)
{
	static const char comma[] = "、", joiner[] = "\u2060";
	size_t n = 0;

	while (*list && n + 8 < size) {
		size_t bytes = (size_t)(g_utf8_next_char(list) - list);
		bool chinese = bytes == 3 && strncmp(list, comma, 3);

		memcpy(out + n, list, bytes);
		n += bytes;
		list += bytes;
		if (chinese && *list) {
			memcpy(out + n, joiner, 3);
			n += 3;
		}
	}
	out[n] = '\0';
}

static void collect_advice(const struct canvas *c, struct advice out[static ADVICE_MAX],
			   struct advice_texts *room)
{
	const struct scene *s = c->scene;
	const char *note = s->notice_id[0] ? s->notice_id
			   : s->take_card  ? "notice.take_card"
					   : NULL;

	prompt_text(c, room->prompt);
	break_at_commas(s->ticks, room->ticks, sizeof(room->ticks));
	out[0] = (struct advice){ "label.note", note ? tr(c, note) : "", true };
	out[1] = (struct advice){ "label.cure", cure_text(c), true };
	out[2] = (struct advice){ "label.also", s->also_cure_id[0] ? tr(c, s->also_cure_id) : "",
				  false };
	out[3] = (struct advice){ "label.ticks", room->ticks, false };
	out[4] = (struct advice){ "label.prompt", room->prompt, false };
}

double advice_height(struct canvas *c, double w)
{
	struct advice all[ADVICE_MAX];
	struct advice_texts room;
	double h = 0;

	collect_advice(c, all, &room);
	for (int i = 0; i < ADVICE_MAX - 1; i++) /* the student's sentence stands there anyway */
		h += advice_needs(c, &all[i], w - 22 * c->s);
	return h;
}

/* What finds no room is left out. */
static void part_advice(struct canvas *c, struct rect *rest)
{
	struct advice all[ADVICE_MAX];
	struct advice_texts room;

	cut_top(rest, 3 * c->s);
	*rest = (struct rect){ rest->x + 14 * c->s, rest->y, rest->w - 22 * c->s, rest->h };
	collect_advice(c, all, &room);
	for (int i = 0; i < ADVICE_MAX; i++)
		draw_advice(c, rest, &all[i]);
}

/* The operator's own screen shows the picture too; beside the student's view it would be twice. */
static void part_picture(struct canvas *c, struct rect rest)
{
	const struct scene *s = c->scene;
	bool still = s->shot && s->screen != SCREEN_FRAMING && s->screen != SCREEN_SHOOTING;
	double h = MIN(rest.h - 8 * c->s, rest.w / 0.75);

	if ((!c->alone && !c->wide) || h < 90 * c->s || (!still && !s->live))
		return;
	rest = (struct rect){ rest.x, rest.y, h * 0.75, h };
	draw_image(c, still ? s->shot : s->live, rest, false);
	if (!still)
		draw_outline(c, rest, false);
	stroke_round(c, rest, 2 * c->s, 1.5 * c->s, INK);
}

/* --- screens of their own -------------------------------------------------------------- */

static void draw_fault(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	const char *cure = s->cure_id[0] ? tr(c, s->cure_id) : "";
	struct text_style text = {
		.em = 22 * c->s, .min_em = 14 * c->s, .lines = 5, .colour = INK
	};
	int lines = 1 + (int)(text_width(c, &text, cure) * 1.1 / (rest->w - 28 * c->s));
	struct rect r = card(c, rest, 98 + CLAMP(lines, 2, 4) * 28), row;
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
	text_draw(c, r, &text, cure);
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

	waiting |= !strcmp(hint, "entry.pin") || !strcmp(hint, "entry.pin_checking");
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
	struct rect r = card(c, rest, 158), row;
	struct text_style st = text_body(c);
	char grouped[64];
	double caret;

	row = cut_top(&r, 58 * c->s);
	stroke_round(c, row, 6 * c->s, 2.5 * c->s, ACTION);
	group_entry(c->scene->entry, grouped, sizeof(grouped));
	st = (struct text_style){ .em = 34 * c->s,
				  .min_em = 16 * c->s,
				  .bold = true,
				  .colour = INK,
				  .place = PLACE_MIDDLE,
				  .role = ROLE_ENTRY };
	row = inset(row, 12 * c->s);
	row.w -= 4 * c->s;
	caret = MIN(text_width(c, &st, grouped), row.w);
	text_draw(c, row, &st, grouped);
	fill_rect(c, (struct rect){ row.x + caret + 3 * c->s, row.y, 2.5 * c->s, row.h }, ACTION);
	cut_top(&r, 6 * c->s);
	st = text_body(c);
	text_draw(
		c, cut_top(&r, 32 * c->s), &st,
		tr(c, c->scene->entry_kind_id[0] ? c->scene->entry_kind_id : "label.type_number"));
	entry_hint(c, r);
}

/* "key.shoot" → "help.shoot" */
/* Between visits: how far the day is. */
static void draw_waiting(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = card(c, rest, 140), row, left;
	struct text_style st = text_small(c);
	char line[64], count[24];
	const struct text_arg args[] = { { "left", count }, { NULL, NULL } };

	row = cut_top(&r, 28 * c->s);
	left = cut_right(&row, row.w * 0.6);
	text_draw(c, row, &st, tr(c, "label.captured"));
	st.align = ALIGN_RIGHT;
	snprintf(count, sizeof(count), "%lld", (long long)s->numbers_left);
	text_draw(c, left, &st,
		  text_format(line, sizeof(line), c->lang, "label.numbers_left", args));
	draw_bar(c, cut_bottom(&r, 10 * c->s));
	cut_bottom(&r, 8 * c->s);
	st = (struct text_style){ .em = 58 * c->s,
				  .min_em = 24 * c->s,
				  .bold = true,
				  .colour = INK,
				  .place = PLACE_MIDDLE };
	snprintf(line, sizeof(line), "%lld / %lld", (long long)s->captured, (long long)s->people);
	text_draw(c, r, &st, line);
}

/* The big count stands in the middle: no small one at the side. */
static bool counts_large(const struct scene *s)
{
	return s->screen == SCREEN_IDLE || s->screen == SCREEN_PAUSED;
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
	part_person(c, &rest);
	/* never "ready" under a banner that says otherwise */
	if (s->screen != SCREEN_FAULT && !(s->screen == SCREEN_IDLE && s->banner_id[0]))
		part_state(c, &rest);
	if (s->screen == SCREEN_MANUAL || s->screen == SCREEN_PIN)
		draw_manual(c, &rest);
	if (s->screen == SCREEN_CHOOSE)
		draw_choices(c, &rest);
	if (counts_large(s) && !c->wide)
		draw_waiting(c, &rest);
	part_advice(c, &rest);
	part_picture(c, rest);
}

static void side_parts(struct canvas *c, struct rect *rest)
{
	part_keys(c, rest, 24.5 + CLAMP((c->area.h / c->s - 600) / 8, 0, 20));
	part_devices(c, rest);
	if (!counts_large(c->scene))
		part_progress(c, rest);
	part_next(c, rest);
}

/* A column of its own: the same pieces from the top, keys as tall as the room lets. */
static void side_column(struct canvas *c, struct rect side)
{
	struct rect top = inset(side, 9 * c->s);

	top.h = side.h;
	draw_waiting(c, &top);
	side.h -= top.y - side.y;
	side.y = top.y;
	part_keys(c, &side, CLAMP((side.h / c->s - 76) / 5, 20, 64));
	part_devices(c, &side);
	part_next(c, &side);
}

void draw_operator(struct canvas *c)
{
	struct rect rest = c->area, side;

	c->wide = rest.w > rest.h * 1.1;
	c->s = MIN(rest.w / (c->wide ? 790 : 389), rest.h / (c->wide ? 430 : 600));
	fill_rect(c, rest, MIST);
	part_header(c, &rest);
	part_banner(c, &rest);
	if (c->wide) {
		side = cut_right(&rest, rest.w / 2);
		fill_rect(c, (struct rect){ side.x, side.y, 1.5 * c->s, side.h }, RULE);
		side_column(c, side);
	} else if (c->scene->screen == SCREEN_HELP) {
		part_devices(c, &rest);
	} else {
		side_parts(c, &rest);
	}
	rest = (struct rect){ rest.x + 10 * c->s, rest.y + 9 * c->s, rest.w - 20 * c->s,
			      rest.h - 10 * c->s };
	part_middle(c, rest);
}
