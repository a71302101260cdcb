#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/* The people a number found: digit, name, what tells them apart, and whether they have a picture. */

enum { ROW_LEAST = 44, ROW_MOST = 86, GAP = 5, ADVICE = 58 };

static void draw_digit(struct canvas *c, struct rect *row, int n)
{
	struct rect cap = cut_left(row, 46 * c->s);
	char digit[4];

	cap = (struct rect){ cap.x + 6 * c->s, cap.y + cap.h / 2 - 17 * c->s, 34 * c->s,
			     34 * c->s };
	stroke_round(c, cap, 5 * c->s, 2.5 * c->s, ACTION);
	snprintf(digit, sizeof(digit), "%d", n % 10);
	text_draw(c, cap,
		  &(struct text_style){ .em = 23 * c->s,
					.bold = true,
					.colour = ACTION,
					.align = ALIGN_CENTRE,
					.place = PLACE_MIDDLE },
		  digit);
	cut_left(row, 8 * c->s);
}

static void append(char *line, size_t size, const char *text)
{
	size_t n = strlen(line);

	if (text[0])
		snprintf(line + n, size - n, "%s%s", n ? " · " : "", text);
}

/* Beside the name: level, shooting number, and that there is a picture already. */
static void draw_taken(struct canvas *c, struct rect *row, const struct scene_choice *p)
{
	struct text_style st = text_small(c);
	char line[128] = "";

	append(line, sizeof(line), p->level);
	append(line, sizeof(line), p->number);
	append(line, sizeof(line), p->captured ? tr(c, "label.choice_taken") : "");
	st.bold = true;
	st.colour = p->captured ? AMBER_DEEP : ACTION;
	st.align = ALIGN_RIGHT;
	text_draw(c, cut_right(row, MIN(text_width(c, &st, line) + 4 * c->s, row->w * 0.6)), &st,
		  line);
	cut_right(row, 8 * c->s);
}

static void draw_choice(struct canvas *c, struct rect row, int n, const struct scene_choice *p)
{
	struct text_style st = { .em = 22 * c->s,
				 .min_em = 12 * c->s,
				 .bold = true,
				 .colour = INK,
				 .place = PLACE_MIDDLE,
				 .role = ROLE_NAME };
	char line[256] = "", name[256];
	struct rect top;

	fill_round(c, row, 8 * c->s, PAPER);
	draw_digit(c, &row, n);
	row = (struct rect){ row.x, row.y + 2 * c->s, row.w - 10 * c->s, row.h - 4 * c->s };
	top = cut_top(&row, MIN(row.h * 0.55, 34 * c->s));
	draw_taken(c, &top, p);
	text_draw(c, top, &st, name_text(p->name, name));
	append(line, sizeof(line), p->student_no);
	append(line, sizeof(line), p->class_name);
	st = text_small(c);
	st.lines = row.h > 34 * c->s ? 2 : 1;
	text_draw(c, row, &st, line);
}

void draw_choices(struct canvas *c, struct rect *rest)
{
	int count = c->scene->choice_count;
	double room = rest->h / c->s - ADVICE;
	double h = CLAMP(room / MAX(count, 1) - GAP, ROW_LEAST, ROW_MOST);

	for (int i = 0; i < count; i++) {
		draw_choice(c, cut_top(rest, h * c->s), i + 1, &c->scene->choices[i]);
		cut_top(rest, GAP * c->s);
	}
}
