/* The operator's help page: what each key does, and whose packages these are. */
#include <stdio.h>
#include <string.h>

#include "firmware/ui/draw.h"

/* By which a school knows this kiosk's packages: read aloud or copied by hand, so on one line. */
static void draw_fingerprint(struct canvas *c, struct rect *rest)
{
	struct rect row;
	struct text_style st = text_small(c);

	if (!c->scene->fingerprint[0])
		return;
	row = cut_bottom(rest, 26 * c->s);
	fill_rect(c, (struct rect){ row.x, row.y, row.w, 1.5 * c->s }, RULE);
	row = inset(row, 3 * c->s);
	text_draw(c, cut_left(&row, text_width(c, &st, tr(c, "label.fingerprint")) + 10 * c->s),
		  &st, tr(c, "label.fingerprint"));
	st = (struct text_style){ .em = 17 * c->s,
				  .min_em = 10 * c->s,
				  .bold = true,
				  .colour = INK,
				  .place = PLACE_MIDDLE };
	text_draw(c, row, &st, c->scene->fingerprint);
}

void draw_help(struct canvas *c, struct rect r)
{
	const struct scene *s = c->scene;
	double h;

	draw_fingerprint(c, &r);
	h = MIN(46 * c->s, r.h / MAX(s->key_count, 1));

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
