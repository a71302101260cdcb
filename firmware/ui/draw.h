/*
 * Inside the ui room: canvas, palette, type, shapes. One canvas draws one view (the student's or
 * the operator's); lengths are pixels, `c->s` scales sizes that were chosen for a 1024×600 screen.
 */
#pragma once

#include <cairo.h>
#include <pango/pangocairo.h>

#include "firmware/base/fonts.h"
#include "firmware/ui/scene.h"
#include "firmware/ui/ui.h"

struct rect {
	double x, y, w, h;
};

/* Every text colour is ≥ 7:1 on the ground it is used on (WCAG AAA), for bright rooms. */
enum palette {
	INK = 0x0e1a26,
	INK_SOFT = 0x36424f,
	PAPER = 0xffffff,
	MIST = 0xe9edf1,
	RULE = 0xc3ccd5,
	FAINT = 0x8793a0, /* shapes only, never text */
	ACTION = 0x0b4f8a,
	ACTION_PALE = 0xe1edf7,
	PASS = 0x005a33,
	PASS_PALE = 0xe4f5ea,
	FAIL = 0x98230c,
	FAIL_PALE = 0xfdf0eb,
	REST = 0x3a5068,
	REST_PALE = 0xe3e9ef,
	AMBER = 0xf2b01e, /* shapes only */
	AMBER_PALE = 0xffecbd,
	AMBER_DEEP = 0x604000,
	GOOD = 0x3fdc8a, /* the outline on a picture only */
	KEYS = 0xdbe2e9,
};

enum text_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };
enum text_place { PLACE_TOP, PLACE_MIDDLE, PLACE_BOTTOM };
enum text_role { ROLE_BODY, ROLE_PROMPT, ROLE_NAME, ROLE_NOT_YOU, ROLE_ENTRY };
enum draw_view { VIEW_STUDENT, VIEW_OPERATOR };

struct text_style {
	double em; /* pixels; shrinks down to min_em when the box is too small */
	double min_em; /* 0: 0.6 × em */
	int lines; /* at most; 0 means 1 */
	bool bold;
	uint32_t colour;
	enum text_align align;
	enum text_place place;
	enum text_role role;
};

/* What was written where, for tests: nothing may be cut, missing or small. */
struct text_mark {
	enum draw_view view;
	enum text_role role;
	struct rect box, ink;
	double em;
	int lines, missing_glyphs;
	bool cut;
	char text[160];
};

enum { PROBE_MAX = 160 };
struct draw_probe {
	struct rect view[2];
	bool drawn[2];
	int count;
	struct text_mark marks[PROBE_MAX];
};

struct canvas {
	cairo_t *cr;
	PangoLayout *layout;
	const struct scene *scene;
	enum draw_view view;
	enum lang lang;
	struct rect area;
	double s;
	bool alone; /* the only view on this display */
	bool wide; /* operator's view in two columns */
	struct draw_probe *probe; /* NULL outside tests */
};

/* draw.c */
struct image *ui_draw_probed(const struct scene *scene, enum ui_layout layout, int width_px,
			     int height_px, struct draw_probe *probe);
/* Draws over an existing image; false without memory. */
bool ui_draw_into(struct image *im, const struct scene *scene, enum ui_layout layout,
		  struct draw_probe *probe);

/* draw_student.c, draw_operator.c: one view each, into c->area */
void draw_student(struct canvas *c);
void draw_operator(struct canvas *c);

/* draw_text.c */
PangoLayout *text_layout_new(cairo_t *cr);
/* Write into the box, shrinking and wrapping to fit. Return: height used, 0 for "". */
double text_draw(struct canvas *c, struct rect box, const struct text_style *st, const char *utf8);
double text_width(struct canvas *c, const struct text_style *st, const char *utf8);
/* The student's sentence: balanced lines, as large as the box lets. */
void text_prompt(struct canvas *c, struct rect box, double em_max, uint32_t colour,
		 const char *utf8);
/* A name ready to be wrapped: no line may begin with the dot between its parts. */
const char *name_text(const char *name, char out[static 256]);
/* Catalogue text of the view's language. */
const char *tr(const struct canvas *c, const char *id);

/* draw_shapes.c */
void set_ink(struct canvas *c, uint32_t rgb);
void fill_rect(struct canvas *c, struct rect r, uint32_t rgb);
void round_path(struct canvas *c, struct rect r, double radius);
void fill_round(struct canvas *c, struct rect r, double radius, uint32_t rgb);
void stroke_round(struct canvas *c, struct rect r, double radius, double width, uint32_t rgb);
struct rect inset(struct rect r, double by);
struct rect cut_top(struct rect *r, double h);
struct rect cut_bottom(struct rect *r, double h);
struct rect cut_left(struct rect *r, double w);
struct rect cut_right(struct rect *r, double w);

enum symbol { SYM_TICK, SYM_RETURN, SYM_DASH, SYM_PAUSE, SYM_ALERT, SYM_DOTS, SYM_CROSS };
/* A disc (SYM_ALERT: a triangle) with a sign; shape tells as much as colour. */
void draw_symbol(struct canvas *c, enum symbol what, double cx, double cy, double r,
		 uint32_t ground, uint32_t sign);
/* direction as scene.arrow */
void draw_arrow(struct canvas *c, int direction, double cx, double cy, double size, uint32_t rgb);

/* draw_pictures.c */
void draw_card_reader(struct canvas *c, struct rect r);
void draw_document(struct canvas *c, struct rect r);
void draw_lens(struct canvas *c, double cx, double cy, double r);
void draw_seat(struct canvas *c, double cx, double cy, double r);
void draw_person(struct canvas *c, struct rect r);
void draw_outline(struct canvas *c, struct rect r, bool solid); /* in the scene's colour */
/* Fill the box with the picture, cut to the box's shape around the centre. */
void draw_image(struct canvas *c, const struct image *im, struct rect r, bool mirror);
enum icon { ICON_READER, ICON_LANE, ICON_CAMERA, ICON_DISK };
void draw_icon(struct canvas *c, enum icon what, struct rect r, uint32_t rgb);
void draw_battery(struct canvas *c, struct rect r, int pct, uint32_t rgb);

/* draw_parts.c: pieces of the operator's view; each takes its box from the rest */
void part_header(struct canvas *c, struct rect *rest);
void part_banner(struct canvas *c, struct rect *rest);
/* @row: height of a key's row at scale 1 */
void part_keys(struct canvas *c, struct rect *rest, double row);
void part_next(struct canvas *c, struct rect *rest);
void part_devices(struct canvas *c, struct rect *rest);
void part_progress(struct canvas *c, struct rect *rest);
void draw_bar(struct canvas *c, struct rect r);
struct text_style text_body(const struct canvas *c);
struct text_style text_small(const struct canvas *c);

/* draw_choose.c: the records a number found, with the digits that choose */
void draw_choices(struct canvas *c, struct rect *rest);
void draw_help(struct canvas *c, struct rect rest);

/* draw_operator.c: height of what must be said under the state, at width @w */
double advice_height(struct canvas *c, double w);

/* draw_state.c */
void part_state(struct canvas *c, struct rect *rest);
/* What one does on this screen, message id; NULL nothing. */
const char *state_cure(enum screen screen);
