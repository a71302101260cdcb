/*
 * What is sitter and what is backdrop: a coarse grid of mean colours around the head, a smooth model
 * of the backdrop (degree-2 surface per channel of CIELAB, fitted with re-weighting from the
 * commonest colour beside and above the head), and what differs from it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/check/lab.h"
#include "firmware/check/measures.h"

enum key_flag {
	KEY_ZONE = 1, /* beside or above the head, where the finished picture shows backdrop */
	KEY_FORE = 2, /* differs from the model */
	KEY_SITTER = 4, /* and hangs together with the head or body */
	KEY_OBJECT = 8, /* in the zone, differs, and is none of the sitter's */
};

enum { KEY_TERMS = 6, KEY_SIDE_MAX = 320 };

/* L of a backdrop in which dark hair cannot be told from it */
#define KEY_DARK 15

struct key {
	const struct check_input *in;
	const struct check_axes *axes;
	/* all px of the picture in hand */
	double cx, eye_y, chin_y, face_w, tall; /* tall: eye line to chin */
	int cell_px, x0_px, y0_px; /* of the grid */
	int w, h; /* cells */
	struct lab *mean;
	uint8_t *flag;
	bool cut_left, cut_right; /* the picture ends there, not only the grid */
	double coef[3][KEY_TERMS]; /* L, a, b over x, y = −1…1 across the grid */
	double noise; /* 90th percentile of dE between backdrop cells and model */
	int zone_cells;
	double plain; /* share of the zone, without the sitter, that obeys the model */
	bool single; /* the backdrop has one colour */
	struct lab colour; /* its median */
	double patch; /* largest KEY_OBJECT, cells */
};

/** key_open() - measure the grid, fit, mark. key_close() in any case.
 * Return: 0; -1 without memory or face, or when nothing of the backdrop is in the picture. */
int key_open(struct key *k, const struct check_input *in, const struct check_axes *a,
	     const struct check_measures *m);
void key_close(struct key *k);

/** key_model() - backdrop expected at a cell; fractions allowed. */
struct lab key_model(const struct key *k, double x, double y);

/** key_differs() - is this colour no backdrop, at that cell? */
bool key_differs(const struct key *k, double x, double y, struct lab c);

/** key_fit() - key.coef from the grid, in key_fit.c; needs mean and KEY_ZONE. */
int key_fit(struct key *k);

/** key_mark() - KEY_FORE, KEY_SITTER, KEY_OBJECT and what is counted from them, in key_mark.c. */
int key_mark(struct key *k);

static inline int key_at(const struct key *k, int x, int y)
{
	return y * k->w + x;
}

static inline double key_px_x(const struct key *k, double x)
{
	return k->x0_px + (x + 0.5) * k->cell_px;
}

static inline double key_px_y(const struct key *k, double y)
{
	return k->y0_px + (y + 0.5) * k->cell_px;
}

/** key_axes() - middle of a cell in face axes. */
static inline struct check_point key_axes(const struct key *k, int x, int y)
{
	const struct check_axes *a = k->axes;
	double dx = (key_px_x(k, x) - a->ox) / a->ied, dy = (key_px_y(k, y) - a->oy) / a->ied;

	return (struct check_point){ dx * a->c + dy * a->s, dy * a->c - dx * a->s };
}

/* The parts of check_measure_surroundings(). */
void key_crown(const struct key *k, struct check_measures *m);
void key_backdrop(const struct key *k, struct check_measures *m);
void key_clothes(const struct key *k, struct check_measures *m);
void key_body(const struct key *k, struct check_measures *m);
