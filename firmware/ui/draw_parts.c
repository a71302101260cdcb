#include <stdio.h>

#include "firmware/base/cleanup.h"
#include "firmware/ui/draw.h"

/* Type scale of the operator's view at 1024×600; times c->s. Three sizes, two weights. */
enum { T_BODY = 19, T_TITLE = 23 };

struct text_style text_body(const struct canvas *c)
{
	return (struct text_style){
		.em = 19 * c->s, .min_em = 12 * c->s, .colour = INK, .place = PLACE_MIDDLE
	};
}

struct text_style text_small(const struct canvas *c)
{
	return (struct text_style){
		.em = 18 * c->s, .min_em = 12 * c->s, .colour = INK_SOFT, .place = PLACE_MIDDLE
	};
}

/* Job and kiosk, and of the camera what one should never forget. */
static void header_line(const struct canvas *c, char *line, size_t size)
{
	const struct scene *s = c->scene;
	int n = snprintf(line, size, "%s · %s", s->job, s->kiosk);

	if (s->second_body && n > 0 && (size_t)n < size)
		n += snprintf(line + n, size - (size_t)n, " · %s", tr(c, "label.second_body"));
	if (s->body_serial[0] && n > 0 && (size_t)n < size)
		n += snprintf(line + n, size - (size_t)n, " …%s", s->body_serial);
	if (s->no_second_copy && n > 0 && (size_t)n < size)
		snprintf(line + n, size - (size_t)n, " · %s", tr(c, "label.no_second_copy"));
}

void part_header(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = cut_top(rest, 56 * c->s), row;
	struct text_style st = { .em = T_TITLE * c->s,
				 .min_em = 18 * c->s,
				 .bold = true,
				 .colour = PAPER,
				 .place = PLACE_MIDDLE };
	char line[256];

	fill_rect(c, r, INK);
	r = (struct rect){ r.x + 14 * c->s, r.y + 4 * c->s, r.w - 28 * c->s, r.h - 8 * c->s };
	row = cut_right(&r, 70 * c->s);
	st.align = ALIGN_RIGHT;
	text_draw(c, row, &st, s->clock_text);
	cut_right(&r, 8 * c->s);
	row = cut_top(&r, r.h / 2);
	st = (struct text_style){ .em = 20 * c->s,
				  .min_em = 13 * c->s,
				  .bold = true,
				  .colour = PAPER,
				  .place = PLACE_MIDDLE };
	text_draw(c, row, &st, s->school);
	st.em = 18 * c->s;
	st.bold = false;
	header_line(c, line, sizeof(line));
	text_draw(c, r, &st, line);
}

void part_banner(struct canvas *c, struct rect *rest)
{
	struct rect r;

	if (!c->scene->banner_id[0] || c->scene->screen == SCREEN_FAULT)
		return;
	r = cut_top(rest, 38 * c->s);
	fill_rect(c, r, FAIL);
	r = (struct rect){ r.x + 14 * c->s, r.y, r.w - 28 * c->s, r.h };
	draw_symbol(c, SYM_ALERT, r.x + 12 * c->s, r.y + r.h / 2, 12 * c->s, PAPER, FAIL);
	cut_left(&r, 34 * c->s);
	text_draw(c, r,
		  &(struct text_style){ .em = 20 * c->s,
					.min_em = 16 * c->s,
					.bold = true,
					.colour = PAPER,
					.place = PLACE_MIDDLE },
		  tr(c, c->scene->banner_id));
}

/* --- keys ------------------------------------------------------------------------------ */

static void draw_key(struct canvas *c, struct rect r, const struct scene_key *k)
{
	uint32_t colour = k->enabled ? INK : INK_SOFT;
	struct text_style st = { .em = 17 * c->s,
				 .min_em = 9 * c->s,
				 .bold = k->enabled,
				 .colour = colour,
				 .align = ALIGN_CENTRE,
				 .place = PLACE_MIDDLE };
	struct rect cap = cut_left(&r, 58 * c->s);

	cap = inset(cap, 2 * c->s);
	if (k->enabled)
		fill_round(c, cap, 5 * c->s, PAPER);
	stroke_round(c, cap, 5 * c->s, (k->enabled ? 2 : 1) * c->s, k->enabled ? INK : FAINT);
	text_draw(c, inset(cap, 3 * c->s), &st, k->label);
	cut_left(&r, 8 * c->s);
	st.em = T_BODY * c->s;
	st.min_em = 11 * c->s;
	st.align = ALIGN_LEFT;
	text_draw(c, r, &st, tr(c, k->action));
}

void part_keys(struct canvas *c, struct rect *rest, double row)
{
	int rows = (c->scene->key_count + 1) / 2;
	struct rect r;

	if (!rows)
		return;
	row *= c->s;
	r = cut_bottom(rest, row * rows + 10 * c->s);
	fill_rect(c, r, KEYS);
	r = (struct rect){ r.x + 12 * c->s, r.y + 5 * c->s, r.w - 24 * c->s, r.h - 10 * c->s };
	for (int i = 0; i < c->scene->key_count; i++)
		draw_key(c,
			 (struct rect){ r.x + (i / rows) * (r.w / 2), r.y + (i % rows) * row,
					r.w / 2 - 4 * c->s, row },
			 &c->scene->keys[i]);
}

/* --- devices --------------------------------------------------------------------------- */

static void device_text(const struct canvas *c, enum icon what, char *out, size_t size)
{
	const struct scene *s = c->scene;

	out[0] = '\0';
	if (what == ICON_CAMERA && s->camera != DEVICE_OFFLINE && s->shots_left >= 0)
		snprintf(out, size, "%d", s->shots_left);
}

static void draw_device(struct canvas *c, struct rect r, enum icon what, enum scene_device state)
{
	static const struct {
		enum symbol symbol;
		uint32_t colour;
	} states[] = {
		[DEVICE_OK] = { SYM_TICK, PASS },
		[DEVICE_WARN] = { SYM_ALERT, AMBER },
		[DEVICE_OFFLINE] = { SYM_CROSS, FAIL },
		[DEVICE_NONE] = { SYM_DASH, REST },
	};
	double u = c->s, y = r.y + r.h / 2;
	char text[24];

	draw_icon(c, what, (struct rect){ r.x, y - 12 * u, 24 * u, 24 * u }, INK);
	draw_symbol(c, states[state].symbol, r.x + 36 * u, y, 9 * u, states[state].colour,
		    state == DEVICE_WARN ? INK : PAPER);
	device_text(c, what, text, sizeof(text));
	cut_left(&r, 50 * u);
	if (what == ICON_CAMERA && c->scene->battery_pct >= 0 && state != DEVICE_OFFLINE) {
		draw_battery(c, (struct rect){ r.x, y - 8 * u, 30 * u, 16 * u },
			     c->scene->battery_pct, c->scene->battery_pct <= 30 ? FAIL : INK);
		cut_left(&r, 35 * u);
	}
	text_draw(c, r,
		  &(struct text_style){
			  .em = 18 * u, .min_em = 12 * u, .colour = INK, .place = PLACE_MIDDLE },
		  text);
}

void part_devices(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = cut_bottom(rest, 34 * c->s);
	double unit;
	int narrow = s->lane == DEVICE_NONE ? 2 : 3;

	fill_rect(c, (struct rect){ r.x, r.y, r.w, 1.5 * c->s }, RULE);
	r = (struct rect){ r.x + 14 * c->s, r.y, r.w - 20 * c->s, r.h };
	unit = r.w / (narrow + 2.2);
	draw_device(c, cut_left(&r, unit), ICON_READER, s->reader);
	if (narrow == 3)
		draw_device(c, cut_left(&r, unit), ICON_LANE, s->lane);
	draw_device(c, cut_left(&r, unit * 2.2), ICON_CAMERA, s->camera);
	draw_device(c, r, ICON_DISK, s->disk);
}

/* --- progress and next ----------------------------------------------------------------- */

void draw_bar(struct canvas *c, struct rect r)
{
	const struct scene *s = c->scene;
	double part = s->people > 0 ? (double)s->captured / (double)s->people : 0;
	struct rect done = r;

	fill_round(c, r, r.h / 2, RULE);
	done.w = MAX(r.h, r.w * CLAMP(part, 0, 1));
	if (s->captured > 0)
		fill_round(c, done, r.h / 2, PASS);
}

void part_next(struct canvas *c, struct rect *rest)
{
	struct text_style st = {
		.em = 18 * c->s, .min_em = 12 * c->s, .colour = INK, .place = PLACE_MIDDLE
	};
	char line[160] = "";
	struct rect r;

	if (!c->scene->next_count)
		return;
	r = cut_bottom(rest, 28 * c->s);
	r = (struct rect){ r.x + 14 * c->s, r.y, r.w - 28 * c->s, r.h };
	text_draw(c, cut_left(&r, text_width(c, &st, tr(c, "label.next")) + 12 * c->s), &st,
		  tr(c, "label.next"));
	if (c->scene->next_count > 1)
		snprintf(line, sizeof(line), "%s   +%d", c->scene->next_masked[0],
			 c->scene->next_count - 1);
	else
		text_copy(line, sizeof(line), c->scene->next_masked[0]);
	st.bold = true;
	text_draw(c, r, &st, line);
}

void part_progress(struct canvas *c, struct rect *rest)
{
	const struct scene *s = c->scene;
	struct rect r = cut_bottom(rest, 42 * c->s), row;
	struct text_style st = {
		.em = T_BODY * c->s, .min_em = 12 * c->s, .colour = INK, .place = PLACE_MIDDLE
	};
	char people[24], captured[24], left[24], line[128];
	const struct text_arg args[] = {
		{ "captured", captured }, { "people", people }, { "left", left }, { NULL, NULL }
	};

	snprintf(people, sizeof(people), "%lld", (long long)s->people);
	snprintf(captured, sizeof(captured), "%lld", (long long)s->captured);
	snprintf(left, sizeof(left), "%lld", (long long)s->numbers_left);
	r = (struct rect){ r.x + 14 * c->s, r.y + 2 * c->s, r.w - 28 * c->s, r.h - 9 * c->s };
	draw_bar(c, cut_bottom(&r, 7 * c->s));
	row = cut_right(&r, r.w * 0.45);
	st.bold = true;
	text_draw(c, r, &st, text_format(line, sizeof(line), c->lang, "label.progress", args));
	st.bold = false;
	st.align = ALIGN_RIGHT;
	text_draw(c, row, &st,
		  text_format(line, sizeof(line), c->lang, "label.numbers_left", args));
}
